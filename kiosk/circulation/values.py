"""The words of circulation: the values that every room speaks of.

All are frozen, comparable and free of I/O. Adapters may import this module (with `reasons` and
`facts`) and nothing else of circulation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from kiosk.circulation.reasons import Reason

Uid = NewType("Uid", str)
"""A tag's unique id: 16 upper-case hex digits, most significant byte first (`E004...`)."""

SagaId = NewType("SagaId", str)
"""One loan (later: return, renewal...) from its intent to its settling; unique for ever."""

AFI_IN_STOCK = 0x07
"""Application family identifier of an armed item (ISO 28560-1; registered for libraries)."""

AFI_ON_LOAN = 0xC2
"""Application family identifier of an item that may leave (ISO 28560-1)."""


@dataclass(frozen=True, slots=True)
class PatronId:
    """The id that the ILS knows a patron by (SIP2 AA). Never printed: its repr is masked."""

    value: str

    def __repr__(self) -> str:
        return "PatronId(***)"


@dataclass(frozen=True, slots=True)
class Pin:
    """A patron's PIN (SIP2 AD). Lives in memory for one session; its repr is masked."""

    value: str

    def __repr__(self) -> str:
        return "Pin(***)"


@dataclass(frozen=True, slots=True)
class Untrusted:
    """Text that somebody else wrote (SIP2 AF): may choose words, never a transition (promise 7)."""

    raw: str

    def shown(self, limit: int = 160) -> str:
        """The text as a screen may show it: printable characters only, one line, at most `limit`."""
        kept = "".join(ch if ch.isprintable() else " " for ch in self.raw)
        return " ".join(kept.split())[:limit]


@dataclass(frozen=True, slots=True, order=True)
class ItemKey:
    """An item: its id as the ILS knows it (SIP2 AB) and its owner (ISIL, empty when unknown)."""

    id: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """When an item is due: a day, a moment, or text that only the ILS understands."""

    value: date | datetime | Untrusted


@dataclass(frozen=True, slots=True)
class ItemTag:
    """A tag that carries an item: part `part` of `parts` (both from 1; `parts` 0 is unknown)."""

    item: ItemKey
    part: int = 1
    parts: int = 1


@dataclass(frozen=True, slots=True)
class CardTag:
    """A patron card that lies on the pad (ISO 28560 type of usage 8): never written, never lent."""

    patron: PatronId


@dataclass(frozen=True, slots=True)
class UnreadTag:
    """A tag whose content says nothing that we understand; `reason` says in which way."""

    reason: Reason


TagContent = ItemTag | CardTag | UnreadTag


@dataclass(frozen=True, slots=True)
class SeenTag:
    """One tag in the field, fully read: its AFI byte and its content."""

    uid: Uid
    afi: int
    content: TagContent


class Device(StrEnum):
    """What the desk watches over."""

    ILS = "ils"
    PAD = "pad"
    CARDS = "cards"
    JOURNAL = "journal"


class Condition(StrEnum):
    """How a device is: `missing` does nothing, `degraded` does some of its work."""

    READY = "ready"
    DEGRADED = "degraded"
    MISSING = "missing"


# ---- what the ILS answers -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Welcome:
    """The patron may borrow. `charged` are the item ids already on loan to this patron."""

    name: str
    charged: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Denied:
    """The patron may not borrow, or not yet (`reason` PIN_WRONG or PIN_NEEDED: ask again)."""

    reason: Reason
    note: Untrusted | None = None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The ILS could not be asked, or did not answer a question that changes nothing."""

    reason: Reason


SignInAnswer = Welcome | Denied | NoAnswer


@dataclass(frozen=True, slots=True)
class Lent:
    """The ILS has lent the item. `release`: the security bit may be cleared (the profile's rule)."""

    release: bool
    title: str = ""
    due: Due | None = None
    renewal: bool = False
    note: Untrusted | None = None


@dataclass(frozen=True, slots=True)
class NotLent:
    """The ILS refused, or could not be asked at all: the item is surely not lent by us."""

    reason: Reason
    title: str = ""
    note: Untrusted | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """It was asked and nobody knows what became of it: to be settled, never to be repeated."""


LoanAnswer = Lent | NotLent | Doubt


@dataclass(frozen=True, slots=True)
class ItemDescription:
    """What an item is called, asked without changing anything (SIP2 17/18)."""

    item: ItemKey
    title: str
    author: str = ""


# ---- the journal ----------------------------------------------------------------------------


class RowKind(StrEnum):
    """Kinds of journal rows of a loan saga, in the order in which they may follow each other."""

    INTENT = "intent"
    ANSWER = "answer"
    SETTLED = "settled"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the journal. `payload` holds nothing personal; `sealed` may, encrypted.

    A row with `closes` set settles its saga: the keys of the saga's sealed parts are destroyed
    in the same flush. `payload` values are JSON scalars or lists of them.
    """

    saga: SagaId
    kind: RowKind
    payload: Mapping[str, object] = field(default_factory=dict)
    sealed: Mapping[str, str] | None = None
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Flushed:
    """Proof that a row is on the disk: made by the journal's worker only, asked for by effects."""

    seq: int
    saga: SagaId
    kind: RowKind


# ---- what the devices report: adapters make these, and the desk posts them as events --------


@dataclass(frozen=True, slots=True)
class TagRead:
    """A tag arrived in the field and was read (once for each arrival)."""

    tag: SeenTag


@dataclass(frozen=True, slots=True)
class TagsLeft:
    """These tags are no longer in the field (missed twice, by addressed reads)."""

    uids: tuple[Uid, ...]


@dataclass(frozen=True, slots=True)
class CardShown:
    """A patron card was read, on whatever reader."""

    patron: PatronId


@dataclass(frozen=True, slots=True)
class CardUnread:
    """A card was shown that names no patron."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class CodeScanned:
    """A barcode was scanned or typed. Which of the two it can be, `ids` says; both may be set when
    the library's rules do not tell them apart; `problem` when it can be neither."""

    patron: PatronId | None = None
    item: ItemKey | None = None
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """A device's condition, as its supervisor sees it."""

    device: Device
    condition: Condition
    reason: Reason | None = None


PadReport = TagRead | TagsLeft | DeviceChanged
"""What the pad's owner reports."""

CardReport = CardShown | CardUnread | DeviceChanged
"""What a card reader's owner reports."""
