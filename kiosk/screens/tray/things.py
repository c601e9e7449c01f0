"""What lies on the tray, as values: books and cards from the scenery, and how the desk stands now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kiosk.typeset import Bitmap

ROOM_TO_BORROW, ROOM_TO_BRING = 10, 6
"""How many pieces there is room for."""


class Kind(StrEnum):
    """What is special about a book, as it lies there when the desk is set up."""

    ORDINARY = "ordinary"
    PARTS = "parts"
    DAMAGED = "damaged"
    HELD = "held"
    ELSEWHERE = "elsewhere"
    NO_CHIP = "no-chip"
    YOURS = "yours"
    BACK = "back"
    BACK_HELD = "back-held"
    BACK_AWAY = "back-away"


_WANTED: Mapping[Kind, int] = {
    Kind.ORDINARY: 3,
    Kind.PARTS: 1,
    Kind.DAMAGED: 1,
    Kind.HELD: 1,
    Kind.ELSEWHERE: 1,
    Kind.NO_CHIP: 1,
    Kind.YOURS: 1,
    Kind.BACK: 2,
    Kind.BACK_HELD: 1,
    Kind.BACK_AWAY: 1,
}
"""How many books of each kind are taken, before room that is left is filled with ordinary ones."""

BRINGING = frozenset({Kind.BACK, Kind.BACK_HELD, Kind.BACK_AWAY})
"""Books that come back; all others are to be borrowed."""


@dataclass(frozen=True, slots=True)
class Book:
    """One piece that a hand can move: a book, or one part of a set. `uid` is that of its chip, "" for
    none. `part` counts from 1 up to `parts`. `lent` is who had it at first, "" for nobody."""

    kind: Kind
    barcode: str
    title: str
    uid: str = ""
    part: int = 1
    parts: int = 1
    lent: str = ""

    @property
    def key(self) -> str:
        """Its name among all pieces."""
        return self.uid or self.barcode


@dataclass(frozen=True, slots=True)
class PatronCard:
    """A patron's card. `blocked`: they may not borrow; `one`: they may have one book at a time."""

    id: str
    name: str
    pin: str
    blocked: bool
    one: bool


@dataclass(frozen=True, slots=True)
class Things:
    """Everything that lies on the tray; it never changes."""

    books: tuple[Book, ...] = ()
    cards: tuple[PatronCard, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """Patrons by id."""
        return {card.id: card.name for card in self.cards}


@dataclass(frozen=True, slots=True)
class Paper:
    """The paper that came out: how many pieces, and pictures of it, one below the other."""

    pieces: int
    pages: tuple[Bitmap, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """One release of the gate: wall time in seconds since 1970, and seconds for which it lasted (None:
    it lasts)."""

    at: float
    lasted: float | None


@dataclass(frozen=True, slots=True)
class Desk:
    """How the desk stands now.

    `pad` has the UIDs that lie on the pad, `card` the id of the card on the reader, `unplugged` names
    devices, `lent` tells who has an item. `gate_open`: the release line is active.
    """

    things: Things = field(default_factory=Things)
    pad: frozenset[str] = frozenset()
    card: str | None = None
    unplugged: frozenset[str] = frozenset()
    paper_out: bool = False
    cover_open: bool = False
    jammed: bool = False
    gate_open: bool = False
    opened: tuple[Opening, ...] = ()
    lent: Mapping[str, str] = field(default_factory=dict)
    paper: Paper = Paper(0)


def things(scenery: Mapping[str, Any], *, pad: bool = True, cards: bool = True) -> Things:
    """What to play with, from the far sides' answer to `scenery`; nothing for a pad or a card reader that
    is a real one."""
    people = [
        PatronCard(each["id"], each["name"], each["pin"], each["blocked"], each["max_loans"] == 1)
        for each in scenery["patrons"]
    ]
    return Things(_books(scenery) if pad else (), _cards(people) if cards else ())


def _cards(people: Sequence[PatronCard]) -> tuple[PatronCard, ...]:
    """One of each: without trouble, blocked, with one book at a time. All have a PIN to type."""
    chosen: list[PatronCard] = []
    for card in people:
        if card.pin and (card.blocked, card.one) not in {(each.blocked, each.one) for each in chosen}:
            chosen.append(card)
    return tuple(chosen[:3])


def _books(scenery: Mapping[str, Any]) -> tuple[Book, ...]:
    tags: dict[str, list[Mapping[str, Any]]] = {}
    for tag in scenery["tags"]:
        tags.setdefault(tag["barcode"], []).append(tag)
    items = {each["barcode"]: each for each in scenery["items"]}
    first = next((each["id"] for each in scenery["patrons"] if each["pin"] and not each["blocked"]), "")
    sets = [
        made
        for barcode in dict.fromkeys([*items, *tags])
        if (made := _pieces(barcode, items.get(barcode), tags.get(barcode, []), scenery["lent"], first))
    ]
    taken: list[tuple[Book, ...]] = []
    for kind, count in _WANTED.items():
        taken += [each for each in sets if each[0].kind is kind and len(each) <= 2][:count]
    spare = [each for each in sets if each not in taken and each[0].kind in {Kind.ORDINARY, Kind.BACK}]
    borrow = _room([each for each in [*taken, *spare] if each[0].kind not in BRINGING], ROOM_TO_BORROW)
    bring = _room([each for each in [*taken, *spare] if each[0].kind in BRINGING], ROOM_TO_BRING)
    return (*borrow, *bring)


def _room(sets: Sequence[tuple[Book, ...]], room: int) -> list[Book]:
    taken: list[Book] = []
    for pieces in sets:
        if len(taken) + len(pieces) <= room:
            taken += pieces
    return taken


def _pieces(
    barcode: str,
    item: Mapping[str, Any] | None,
    tags: Sequence[Mapping[str, Any]],
    lent: Mapping[str, str],
    first: str,
) -> tuple[Book, ...]:
    """The pieces of one item; nothing for one that tells no story here. `first` is the first patron."""
    if item is not None and item["odd"]:
        return ()
    title = item["title"] if item is not None else barcode
    holder = lent.get(barcode, "")
    broken = next((tag["uid"] for tag in tags if tag["damaged"]), None)
    if broken is not None:
        return (Book(Kind.DAMAGED, barcode, title, broken, lent=holder),)
    if not tags:
        return (Book(Kind.NO_CHIP, barcode, title, lent=holder),)
    kind = _kind(item, tags, holder, first)
    return tuple(
        Book(kind, barcode, title, tag["uid"], tag["part"], tag["parts"], holder)
        for tag in sorted(tags, key=lambda tag: int(tag["part"]))
    )


def _kind(item: Mapping[str, Any] | None, tags: Sequence[Mapping[str, Any]], holder: str, first: str) -> Kind:
    held, away = bool(item and item["held"]), bool(item and item["away"])
    if holder and holder == first:
        return Kind.YOURS
    if not tags[0]["armed"]:
        return Kind.BACK_HELD if held else Kind.BACK_AWAY if away else Kind.BACK
    if holder:
        return Kind.ELSEWHERE
    if held:
        return Kind.HELD
    return Kind.PARTS if len(tags) > 1 else Kind.ORDINARY
