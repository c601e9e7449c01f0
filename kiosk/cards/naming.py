"""Whom a card names: what on it is taken for the id, what the library's chain makes of that, or why it names
nobody. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from kiosk.cards.settings import CardNaming, Source
from kiosk.circulation.reasons import Reason
from kiosk.ids import IdRules, Stage
from kiosk.rfid.cards import Card
from kiosk.rfid.tags import BlankTag, DamagedTag, ForeignTag, LibraryTag, Model, TagMemory


class Why(StrEnum):
    """Why a card names nobody."""

    BOOK = "book"
    """It is the tag of an item."""
    DAMAGED = "damaged"
    """It is laid out as a library's tags are, and no id on it can be believed: it may be a book."""
    NOTHING = "nothing"
    """It carries nothing of what may name a patron here."""
    RANDOM_UID = "random-uid"
    """Its uid is another one each time."""
    ODD_UID = "odd-uid"
    """Its uid is of a length that no uid has."""
    REFUSED = "refused"
    """The chain makes no id of it: the last stage says at which step."""


REASONS: Mapping[Why, Reason] = MappingProxyType(
    {Why.BOOK: Reason.CARD_IS_BOOK, Why.RANDOM_UID: Reason.CARD_RANDOM}
)
"""What a patron is told; of the others that the card could not be read."""


@dataclass(frozen=True, slots=True)
class Named:
    """What came of a card: the patron's id, or why there is none.

    `source` is what was taken for the id, `raw` that very text; both empty where nothing was.
    """

    patron: str | None = None
    why: Why | None = None
    source: Source | None = None
    raw: str = ""
    stages: tuple[Stage, ...] = ()

    @property
    def reason(self) -> Reason | None:
        """What the patron is told; None when the card names one."""
        return None if self.why is None else REASONS.get(self.why, Reason.CARD_UNREADABLE)


def carried(card: Card, source: Source) -> str | None:
    """What a card carries of this kind; None when it does not."""
    match source:
        case Source.TEXT:
            return card.text
        case Source.URI:
            return card.uri
        case Source.LIBRARY:
            memory = card.memory
            return memory.item_id if isinstance(memory, LibraryTag) and memory.is_patron_card else None
        case Source.UID:
            return card.uid


def _may_be_a_book(memory: TagMemory | None) -> bool:
    """Whether what stands there has, or is to have, the structure of a library's tags. A card with nothing on
    it that we know may still be known by its uid."""
    match memory:
        case DamagedTag():
            return True
        case BlankTag() | ForeignTag():
            return memory.model is not Model.UNKNOWN
    return False


def name_of(card: Card, naming: CardNaming, ids: IdRules) -> Named:
    """Whom a card names, by the library's settings and rules. Never raises."""
    if isinstance(card.memory, LibraryTag) and not card.memory.is_patron_card:
        return Named(why=Why.BOOK)
    if _may_be_a_book(card.memory):
        return Named(why=Why.DAMAGED)
    for source in getattr(naming, card.kind.family.value):
        raw = carried(card, source)
        if raw is None:
            continue
        if source is Source.UID and card.uid_is_random:
            return Named(why=Why.RANDOM_UID, source=source, raw=raw)
        if source is Source.UID and not card.uid_is_whole:
            return Named(why=Why.ODD_UID, source=source, raw=raw)
        stages = ids.explain_uid(raw) if source is Source.UID else ids.explain_patron(raw)
        patron = stages[-1].value
        return Named(patron, None if patron is not None else Why.REFUSED, source, raw, stages)
    # a telephone that carries nothing else can be told from a card that should have been written
    return Named(why=Why.RANDOM_UID if card.uid_is_random else Why.NOTHING)
