"""*Test the chain*: cards, codes and tags as they come in, step by step, for the maintenance screen.

Whatever comes in is told to whoever follows, and kept and logged nowhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from kiosk.cards import CardNaming, Named, Source, Why, name_of
from kiosk.circulation.values import SeenTag, Uid
from kiosk.ids import IdRules, Stage
from kiosk.maintenance.views import Came, ChainEnd, ChainFact, ChainFound, ChainStage
from kiosk.rfid.cards import Card, CardKind, Family
from kiosk.rfid.errors import CardError
from kiosk.rfid.tags import BlankTag, DamagedTag, LibraryTag, NdefMessage, TagMemory

LOOK_S = 0.2
"""Pause between two looks at the pad."""

PATRON, ITEM = "patron", "item"
"""What a chain looks for (`ChainEnd.asks`)."""

UNREAD = "unread"
"""Why a card or a tag says nothing: it could not be read."""

Found = Callable[[ChainFound], None]


@dataclass(frozen=True, slots=True)
class Pad:
    """The pad, as far as the chain goes.

    Attributes:
        tags: the tags that lie on it now.
        memory: what stands on one of them; None when it did not answer.
    """

    tags: Callable[[], Sequence[SeenTag]]
    memory: Callable[[Uid], Awaitable[TagMemory | None]]


class ChainWatch:
    """Follows what comes in (meets `maintenance.ports.ChainSource`). All is called on the core's loop."""

    def __init__(self, naming: CardNaming, ids: IdRules, pad: Pad) -> None:
        """By these rules."""
        self._naming = naming
        self._ids = ids
        self._pad = pad
        self._came: Found | None = None
        self._looking: asyncio.Task[None] | None = None

    def follow(self, came: Found | None) -> None:
        """Tell of each card, code and tag from now on; None: of none any more."""
        self._came = came
        if self._looking is not None:
            self._looking.cancel()
        self._looking = None if came is None else asyncio.get_running_loop().create_task(self._look(came))

    def card(self, card: Card | CardError) -> None:
        """A card was shown."""
        if self._came is not None:
            failed = isinstance(card, CardError)
            self._came(
                ChainFound(Came.CARD, (), (ChainEnd(PATRON, why=UNREAD),))
                if failed or not isinstance(card, Card)
                else of_card(card, self._naming, self._ids)
            )

    def code(self, code: str) -> None:
        """A code was scanned or typed."""
        if self._came is not None:
            self._came(of_code(code, self._ids))

    async def _look(self, came: Found) -> None:
        """Tell of each tag that is put down, and of those that lie there now."""
        told: set[Uid] = set()
        while True:
            there = {tag.uid for tag in self._pad.tags()}
            told &= there
            for uid in sorted(there - told):
                memory = await self._pad.memory(uid)
                told.add(uid)
                came(of_tag(uid, memory, self._ids))
            await asyncio.sleep(LOOK_S)


# ---- what came in ---------------------------------------------------------------------------


def of_card(card: Card, naming: CardNaming, ids: IdRules) -> ChainFound:
    """A card: what it is, all that it carries, and whom it names."""
    facts = [ChainFact("kind", says=f"maintenance.chain.kind.{card.kind.value}")]
    if card.uid:
        name = "idm" if card.kind is CardKind.FELICA else "uid"
        facts += [ChainFact(name, card.uid), ChainFact(f"{name}-turned", _turned(card.uid))]
    ndef = card.ndef or NdefMessage()
    facts += [ChainFact("text", each) for each in ndef.texts]
    facts += [ChainFact("uri", each) for each in ndef.uris]
    if card.kind.family is Family.VICINITY and card.memory is not None:
        facts += tag_facts(card.memory)
    return ChainFound(Came.CARD, tuple(facts), (_named(name_of(card, naming, ids)),))


def _named(named: Named) -> ChainEnd:
    source = {Source.LIBRARY: "tag"}.get(named.source, named.source.value) if named.source else ""
    why = "" if named.why is None else named.why.value
    return ChainEnd(PATRON, source, _stages(named.stages), named.patron or "", why)


def of_code(code: str, ids: IdRules) -> ChainFound:
    """A code: it may be a patron's, an item's, or either."""
    ends = (
        _end(PATRON, "code", ids.explain_patron(code)),
        _end(ITEM, "code", ids.explain_item(code)),
    )
    return ChainFound(Came.CODE, (ChainFact("code", code),), ends)


def of_tag(uid: str, memory: TagMemory | None, ids: IdRules) -> ChainFound:
    """A tag on the pad; `memory` None when it did not answer."""
    facts: tuple[ChainFact, ...] = (ChainFact("uid", uid), ChainFact("uid-turned", _turned(uid)))
    if memory is None:
        return ChainFound(Came.TAG, facts, (ChainEnd(ITEM, why=UNREAD),))
    facts += tag_facts(memory)
    if isinstance(memory, LibraryTag):
        patron = memory.is_patron_card
        stages = ids.explain_patron(memory.item_id) if patron else ids.explain_item(memory.item_id)
        return ChainFound(Came.TAG, facts, (_end(PATRON if patron else ITEM, "tag", stages),))
    why = (
        "blank"
        if isinstance(memory, BlankTag)
        else "damaged"
        if isinstance(memory, DamagedTag)
        else "foreign"
    )
    return ChainFound(Came.TAG, facts, (ChainEnd(ITEM, why=why),))


def tag_facts(memory: TagMemory) -> tuple[ChainFact, ...]:
    """What a library's tag carries."""
    if not isinstance(memory, LibraryTag):
        return ()
    use = "patron-card" if memory.is_patron_card else "item"
    facts = [
        ChainFact("use", says=f"maintenance.chain.use.{use}"),
        ChainFact("model", memory.model.value),
        ChainFact("tag", memory.item_id),
    ]
    if memory.owner:
        facts.append(ChainFact("owner", memory.owner))
    if (memory.part, memory.parts) != (1, 1):
        facts.append(ChainFact("part", f"{memory.part}/{memory.parts or '?'}"))
    return tuple(facts)


def _end(asks: str, source: str, stages: tuple[Stage, ...]) -> ChainEnd:
    found = stages[-1].value
    why = Why.REFUSED.value if found is None else ""
    return ChainEnd(asks, source, _stages(stages), found or "", why)


def _stages(stages: tuple[Stage, ...]) -> tuple[ChainStage, ...]:
    return tuple(
        ChainStage(each.step, each.value or "", "" if each.problem is None else each.problem.value)
        for each in stages
    )


def _turned(uid: str) -> str:
    return bytes.fromhex(uid)[::-1].hex().upper()
