"""The stock: which books there are for a story, what makes each of them difficult, who has them before."""

from __future__ import annotations

import random

from kiosk.simulator import scenery as sc
from kiosk.simulator.lanternfield import BLANK, DAMAGED, FOREIGN, PATRON_CARD, lanternfield

UNTAGGED = "39000008"
"""The one item of the scenery that has no tag."""

UNREADABLE = "39000099"
"""The book with the damaged tag. The kiosk cannot know which book the tag is in; the far sides do, so that
the judge sees that this book is never said to have no tag."""

SOUND = ("39000001", "39000002", "39000003", "39000004", "39000005", "39000009", "39000010")
"""Items that are lent to whoever asks."""

COMING_BACK = ("39000019", "39000020", *SOUND)
"""Items that are brought back without ado; those that are not on loan in the scenery are lent out first."""

GOING_ELSEWHERE = ("39000015", "39000016", "39000017", "39000006", "39000018", "39000014", "39000007")
"""Hold shelf, other branch, not on loan, on hold and not on loan, two and three parts, stays armed."""

NOT_ON_LOAN = ("39000017", "39000006")
"""Brought back although nobody had them."""

OTHERS = "21000099"
"""Somebody who never comes here, and has many books."""

DIFFICULT = ("39000006", "39000007", "39000011", "39000012", "39000013", "39000014")
"""On hold, stays armed, Anna's already, with somebody else, not for loan, three parts."""

ODD = {"damaged": DAMAGED, "foreign": FOREIGN, "blank": BLANK, "card-on-pad": PATRON_CARD}
"""Tags that are no books, by the name of the fault."""


class Books:
    """The stock: every book is taken from it once. `loans` and `afi` (by UID) are how it is before."""

    def __init__(self, chance: random.Random) -> None:
        scenery = lanternfield()
        self._chance = chance
        self._tags: dict[str, tuple[str, ...]] = {}
        for tag in scenery.tags:
            if tag.uid not in ODD.values():
                self._tags[tag.barcode] = (*self._tags.get(tag.barcode, ()), tag.uid)
        self._odd = list(ODD)
        self._lent = {loan.item for loan in scenery.loans}
        self.loans: list[sc.Loan] = []
        self.afi: dict[str, int] = {}

    def take(self) -> tuple[str, ...]:
        """The tags of one more book, mostly one that makes no difficulties."""
        pool = [book for book in SOUND if book in self._tags]
        if not pool or self._chance.random() < 0.2:
            pool = [book for book in DIFFICULT if book in self._tags] or pool
        return self._tags.pop(self._chance.choice(pool)) if pool else ()

    def take_back(self) -> tuple[str, ...]:
        """The tags of one more book that comes back."""
        pool = [book for book in COMING_BACK if book in self._tags]
        if not pool or self._chance.random() < 0.4:
            pool = [book for book in GOING_ELSEWHERE if book in self._tags] or pool
        if not pool:
            return ()
        book = self._chance.choice(pool)
        if book not in NOT_ON_LOAN:
            self.lend_out(book, OTHERS)
        tags = self._tags.pop(book)
        if len(tags) > 1 and self._chance.random() < 0.2:
            return tags[1:]  # a part is missing
        return tags

    def take_own(self, patron: str) -> tuple[str, ...]:
        """The tags of a book that this patron has already."""
        pool = [book for book in SOUND if book in self._tags]
        if not pool:
            return ()
        book = self._chance.choice(pool)
        self.lend_out(book, patron)
        return self._tags.pop(book)

    def lend_out(self, book: str, patron: str) -> None:
        """Let a book be on loan before the story, its tag mostly released."""
        if book not in self._lent:
            self._lent.add(book)
            self.loans.append(sc.Loan(patron, book))
            if self._chance.random() < 0.9:
                self.afi |= dict.fromkeys(self._tags.get(book, ()), sc.LOANED)

    def take_odd(self) -> tuple[str, str]:
        """The name and the tag of something that is no book."""
        name = self._odd.pop(self._chance.randrange(len(self._odd)))
        return name, ODD[name]
