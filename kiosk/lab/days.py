"""One seed, one opening day: who comes, with which books, and what goes wrong when. All of it is drawn
here and in `people`, `stock`, `faults`, `fees`, `accounts`, `makes`, `readers`, `heap` and `pulled`; a plan
is plain frozen data, and the seed alone decides it.
"""

from __future__ import annotations

import random
from dataclasses import replace

from kiosk.circulation.policy import Mode, PinRule
from kiosk.lab import faults
from kiosk.lab.accounts import with_accounts
from kiosk.lab.fees import with_money
from kiosk.lab.heap import with_its_tags
from kiosk.lab.makes import of_its_make
from kiosk.lab.people import person
from kiosk.lab.plans import Manners, Plan
from kiosk.lab.pulled import with_pulled_plugs
from kiosk.lab.readers import before_its_reader
from kiosk.lab.stock import Books, library
from kiosk.simulator import scenery as sc

VISITS = (17, 19, 20, 21, 22, 22, 24, 26)
"""How many visits a day has. Not each becomes a session (the kiosk may be dark, or somebody else's): about
twenty do."""

FAULTS = (3, 4, 5, 6, 7, 8, 9, 10, 12)
"""How many faults are drawn for a day; not each of them meets its moment."""

FULL = 100
"""One seed in so many plays every poll and has the product's own times."""

PRINTING, LOSSY, RECORDED = (50, 24), (50, 7), (50, 33)
"""One seed in so many, and which: has a printer; has a disk that drops what was not flushed; runs the
flight recorder."""


def draw(seed: int) -> Plan:
    """The day of this seed."""
    chance = random.Random(f"kiosk day {seed}")
    pin = chance.choice((PinRule.NEVER, PinRule.NEVER, PinRule.ALWAYS))
    takes_only = chance.random() < 0.05
    books = Books(chance)
    people = tuple(
        person(chance, books, number + 1, pin, takes_only) for number in range(chance.choice(VISITS))
    )
    printer, gate = _one_in(seed, PRINTING), chance.random() < 0.3
    odd: list[str] = []
    quick = seed % FULL != FULL - 1
    plan = Plan(
        seed=seed,
        scenery=_scenery(chance, books, odd, quick=quick, people=people),
        people=people,
        faults=faults.draw(chance, people, chance.choice(FAULTS), printer=printer, gate=gate),
        odd=tuple(odd),
        pin=pin,
        quick=quick,
        conscience=chance.random() < 0.6,
        mode=Mode.RETURNS if takes_only else Mode.LOANS_AND_RETURNS,
        printer=printer,
        gate=gate,
        lossy=_one_in(seed, LOSSY),
        recorded=_one_in(seed, RECORDED),
    )
    plan = of_its_make(with_accounts(with_money(plan)))
    return with_pulled_plugs(with_its_tags(before_its_reader(plan)))


def _one_in(seed: int, which: tuple[int, int]) -> bool:
    return seed % which[0] == which[1]


def _scenery(
    chance: random.Random, books: Books, odd: list[str], *, quick: bool, people: tuple[Manners, ...]
) -> sc.Scenery:
    plain = library()
    weak: dict[str, float] = {}
    if chance.random() < 0.15:
        tags = [uid for each in people for uid in (*each.before, *each.after)]
        weak = {uid: chance.uniform(0.02, 0.25) for uid in chance.sample(tags, k=min(2, len(tags)))}
        odd += ["weak-tag"] * len(weak)
    changed = books.afi.keys() | weak.keys()
    return replace(
        plain,
        loans=tuple(books.loans),
        tags=tuple(
            replace(tag, afi=books.afi.get(tag.uid, tag.afi), weak=weak.get(tag.uid, 0.0))
            if tag.uid in changed
            else tag
            for tag in plain.tags
        ),
        ils=replace(
            plain.ils,
            answer_seconds=chance.choice((0.005, 0.02, 0.05, 0.3)),
            timeout="020" if quick else "100",
            replays=chance.random() < 0.3,
            returns_unlent=chance.random() < 0.4,
        ),
        reader=replace(plain.reader, ont=chance.random() < 0.7),
    )
