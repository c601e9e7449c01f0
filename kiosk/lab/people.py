"""Who comes through the day, with which books, and how they behave."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from kiosk.circulation.intents import Do
from kiosk.circulation.policy import PinRule
from kiosk.circulation.views import Errand
from kiosk.lab.plans import Manners
from kiosk.lab.stock import BLOCKED, COPIES, ODD, ONE_BOOK, PINS, UNTAGGED, Books

PATRONS = (*("21000001", "21000003", "21000005", "21000006", "21000007") * 3, ONE_BOOK, ONE_BOOK, BLOCKED)
"""Who comes how often."""

STACKS = (*(1,) * 26, *(2,) * 26, *(3,) * 14, *(4,) * 7, *(5,) * 4, *(6,) * 2, 7, *(8,) * 3, *(0,) * 4)
"""How many books a patron brings, as often as it stands there."""

GAPS_S = (*(0.1, 0.1, 0.5, 1.2, 4.0, 4.0) * 8, *(15.0,) * 4, 60.0, 240.0)
"""How long after the one before a patron comes: mostly right behind. Quiet hours show little, and a still
kiosk looks at its field every ten seconds."""


@dataclass
class _Stack:
    """What one patron has with them."""

    books: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    renews: tuple[Do, ...] = ()

    def put(self, books: Books, book: str | None, *, back: bool = False) -> None:
        """One more book, if there is one."""
        if book is not None:
            self.books.append(book)
            self.tags += books.tags(book, back=back)


def person(chance: random.Random, books: Books, number: int, pin: PinRule, takes_only: bool) -> Manners:
    """The patron of visit `number`."""
    errand = Errand.RETURN if takes_only else chance.choice((Errand.LOAN, Errand.LOAN, Errand.RETURN))
    patron = chance.choice(PATRONS)
    stack = _Stack()
    for _ in range(chance.choice(STACKS)):
        if errand is Errand.RETURN:
            stack.put(books, books.take_back(stack.books), back=True)
        else:
            stack.put(books, books.take(stack.books))
    if errand is Errand.LOAN and chance.random() < 0.25:
        own = books.take_own(patron, stack.books)
        if own is not None:
            stack.odd.append("renews")
            stack.put(books, own)
            stack.renews = chance.choice(((Do.YES,), (Do.YES, Do.YES), (Do.NO,), (Do.NO, Do.YES)))
    if errand is Errand.RETURN:
        stack.odd.append("returns")
        books.returned(stack.books)
    else:
        books.lent(patron, stack.books)
    return _manners(chance, number, patron, errand, stack, pin)


def _manners(
    chance: random.Random, number: int, patron: str, errand: Errand, stack: _Stack, pin: PinRule
) -> Manners:
    tags, odd = stack.tags, stack.odd
    split = chance.choice((len(tags), len(tags), chance.randint(0, len(tags))))
    before, after = tags[:split], tags[split:]
    # two tags in one book are put down with it
    whole = [uid for uid in after if uid in COPIES]
    before, after = [*before, *whole], [uid for uid in after if uid not in COPIES]
    if len(before) > 2 and chance.random() < 0.3:
        chance.shuffle(before)
    scans: list[str] = []
    if chance.random() < 0.05:
        name, uid = chance.choice(tuple(ODD.items()))
        odd.append(name)
        chance.choice((before, after)).append(uid)
    if chance.random() < 0.04:
        scans.append(chance.choice(UNTAGGED))
        odd.append("no-tag")
    if chance.random() < 0.01:
        scans.append("39|\x02 000001")
        odd.append("bad-code")
    right = PINS[patron]
    wrong_pins = 0
    if pin is PinRule.ALWAYS and right and errand is Errand.LOAN and chance.random() < 0.15:
        wrong_pins = chance.choice((1, 1, 3))
        odd.append("wrong-pin")
    walks_away, other_card = None, ""
    if chance.random() < 0.05:
        walks_away = chance.uniform(0.0, 4.0)
        odd.append("walks-away")
    if errand is Errand.LOAN and chance.random() < 0.05:
        other_card = chance.choice([each for each in PINS if each != patron])
        odd.append("two-cards")
    leaves: tuple[str, ...] = ()
    if [*before, *after] and chance.random() < 0.1:
        leaves = tuple(chance.sample([*before, *after], k=chance.randint(1, len([*before, *after]))))
        odd.append("leaves-books")
    return Manners(
        patron=patron,
        pin=right or "00000000",
        before=tuple(before),
        after=tuple(after),
        leaves=leaves,
        scans=tuple(scans),
        wrong_pins=wrong_pins,
        walks_away=walks_away,
        patience_s=chance.choice((2.0, 8.0, 20.0, 20.0)),
        fiddles=chance.random() < 0.08,
        puts_back=chance.random() < 0.8,
        claims=chance.random() < 0.3,
        clears=chance.random() < 0.7,
        lifts_to_scan=chance.random() < 0.6,
        tries=chance.choice((1, 3)),
        other_card=other_card,
        pace_s=chance.uniform(0.15, 0.6),
        gap_s=chance.choice(GAPS_S),
        errand=errand,
        renews=stack.renews,
        receipt=chance.random() < 0.7,
        lingers=chance.random() < 0.4,
        number=number,
        odd=tuple(odd),
    )
