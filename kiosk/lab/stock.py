"""The stock: which books the library of the day has, what makes each difficult, and who has them.

The draw keeps account of where each book should be after each visit, as if nothing went wrong; so books
go out, come back and go out again through the day. Where something did go wrong, a patron brings what
they should have: that is one more thing that happens in libraries.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from kiosk.simulator import scenery as sc
from kiosk.simulator.lanternfield import BLANK, DAMAGED, FOREIGN, PATRON_CARD, lanternfield

UNTAGGED = ("39000008", "39000097", "39000098")
"""Items without a tag; the last two are not in the catalogue."""

UNREADABLE = "39000099"
"""The book with the damaged tag. The kiosk cannot know which book the tag is in; the far sides do, so that
the judge sees that this book is never said to have no tag."""

COPIED = "39000048"
"""A book with a second tag in it, a copy of the first."""

MORE = tuple(f"390000{number}" for number in range(21, 48))
"""Books of the laboratory's own, beside those of Lanternfield."""

PLAIN = ("39000001", "39000002", "39000003", "39000004", "39000005", "39000009", "39000010", *MORE)
"""Items that are lent to whoever asks, and come back without ado."""

COMING_BACK = ("39000019", "39000020")
"""The same, on loan when the day begins."""

DIFFICULT = (
    *("39000006", "39000007", "39000012", "39000013", "39000014", "39000015", "39000016", "39000017"),
    *("39000018", COPIED),
)
"""On hold, stays armed, with somebody else, not for loan, three parts, hold shelf, other branch, not on
loan, two parts, a copied tag."""

OTHERS = "21000099"
"""Somebody who never comes here, and has many books."""

ODD = {"damaged": DAMAGED, "foreign": FOREIGN, "blank": BLANK, "card-on-pad": PATRON_CARD}
"""Tags that are no books, by the name of the fault."""

PINS = {
    "21000001": "50817263",
    "21000002": "61928374",
    "21000003": "",
    "21000004": "72039485",
    "21000005": "83140596",
    "21000006": "",
    "21000007": "94251607",
}
"""PINs of eight digits: a shorter one can stand in a time stamp by chance (see `canaries.SHORT`)."""

NAMES = {"21000005": "Jonas Pellworm", "21000006": "Рита Волкова", "21000007": "Odile Sanctuary"}
"""Patrons of the laboratory's own."""

BLOCKED, ONE_BOOK = "21000002", "21000004"
"""Who may not borrow at all, and who may have one book only."""


@cache
def library() -> sc.Scenery:
    """The library of every day, before anything is drawn. Made once: encoding its tags takes its time."""
    plain = lanternfield()
    items = tuple(
        sc.Item(barcode, f"Volume {barcode[-2:]} of the Long Row", "") for barcode in (*MORE, COPIED)
    )
    tags = [sc.tag_for(barcode, int(barcode[-2:])) for barcode in (*MORE, COPIED)]
    tags.append(replace(tags[-1], uid=sc.tag_for(COPIED, 90).uid))
    tags += [replace(tag, barcode=UNREADABLE) if tag.uid == DAMAGED else tag for tag in plain.tags]
    people = (*plain.patrons, *(sc.Patron(number, name) for number, name in NAMES.items()))
    return replace(
        plain,
        patrons=tuple(replace(patron, pin=PINS[patron.id]) for patron in people),
        items=(*plain.items, *items, sc.Item(UNREADABLE, "Torn Pages", "Ilse Brandt")),
        tags=tuple(_encoded(tag) for tag in tags),
    )


COPIES = frozenset({sc.tag_for(COPIED, 48).uid, sc.tag_for(COPIED, 90).uid})
"""The tags of the book that has two."""


def _encoded(tag: sc.Tag) -> sc.Tag:
    """The same tag, its content worked out once and for all."""
    if tag.data is not None or tag.damaged or tag.backwards:
        return tag
    return replace(tag, data=tag.memory().hex())


class Books:
    """The stock through a day. `loans` are those of before it, `afi` (by UID) is how tags are then."""

    def __init__(self, chance: random.Random) -> None:
        scenery = library()
        self._chance = chance
        self._tags: dict[str, tuple[str, ...]] = {}
        for tag in scenery.tags:
            if tag.uid not in ODD.values():
                self._tags[tag.barcode] = (*self._tags.get(tag.barcode, ()), tag.uid)
        self.barcode_of = {uid: barcode for barcode, uids in self._tags.items() for uid in uids}
        self._with = {loan.item: loan.patron for loan in scenery.loans}
        self.loans = list(scenery.loans)
        self.afi: dict[str, int] = {}
        self._renewed: set[str] = set()
        for book in chance.sample(PLAIN, k=9):
            patron = chance.choice((OTHERS, OTHERS, *PINS))
            self._with[book] = patron
            self.loans.append(sc.Loan(patron, book))
            if chance.random() < 0.9:
                self.afi |= dict.fromkeys(self._tags[book], sc.LOANED)

    def take(self, stack: Iterable[str]) -> str | None:
        """One more book from the shelf, mostly one that makes no difficulties."""
        used = set(stack)
        pool = [book for book in PLAIN if book not in self._with and book not in used]
        if not pool or self._chance.random() < 0.15:
            pool = [book for book in DIFFICULT if book not in used] or pool
        return self._chance.choice(pool) if pool else None

    def take_back(self, stack: Iterable[str]) -> str | None:
        """One more book that comes back."""
        used = set(stack)
        pool = [book for book in (*PLAIN, *COMING_BACK) if book in self._with and book not in used]
        if not pool or self._chance.random() < 0.2:
            pool = [book for book in DIFFICULT if book not in used] or pool
        return self._chance.choice(pool) if pool else None

    def take_own(self, patron: str, stack: Iterable[str]) -> str | None:
        """A book that this patron has already."""
        used = set(stack)
        own = [book for book in PLAIN if self._with.get(book) == patron and book not in used]
        return self._chance.choice(own) if own else None

    def tags(self, book: str, *, back: bool = False) -> tuple[str, ...]:
        """Its tags; now and then a part is missing where it comes back."""
        tags = self._tags[book]
        if back and len(tags) > 1 and self._chance.random() < 0.15:
            return tags[1:]
        return tags

    def lent(self, patron: str, books: Iterable[str]) -> None:
        """Where they are after a visit, if all goes well."""
        for book in books:
            has = sum(1 for each in self._with.values() if each == patron)
            if patron != BLOCKED and not (patron == ONE_BOOK and has) and book in PLAIN:
                self._with.setdefault(book, patron)

    def returned(self, books: Iterable[str]) -> None:
        """The same for books that came back."""
        for book in books:
            self._with.pop(book, None)
