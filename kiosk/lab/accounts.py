"""Who looks into their account, what they do there, what they may not renew, and what goes wrong meanwhile.
Drawn after everything else, by a chance of its own, so that the rest of a day stays as it is.
"""

from __future__ import annotations

import random
from dataclasses import replace

from kiosk.circulation.intents import Do
from kiosk.circulation.policy import Mode
from kiosk.circulation.views import Errand
from kiosk.lab.fees import befalling, failing, not_answering
from kiosk.lab.plans import Command, Fault, Manners, Plan, When
from kiosk.lab.stock import BLOCKED, ONE_BOOK, OTHERS, PLAIN

READINGS = (
    ("loans",),
    ("holds", "fees", "loans"),
    ("renew",),
    ("renew", "renew", "all"),
    *[("all",)] * 5,
    ("all", "fees", "all"),
    ("put", "all", "put"),
    ("renew", "put", "back", "all"),
    ("back", "holds", "renew"),
)
"""What people do in their account, one after the other: look at a section, ask for one renewal or for all,
put a book on the pad, go back to their books and open it again. See `reading.Reading`."""

ANSWERS = ((Do.YES,), (Do.YES, Do.YES, Do.YES), (Do.YES, Do.YES, Do.YES), (Do.NO, Do.YES), (Do.YES, Do.NO))
"""What they answer there, one question after the other; to all further ones they say no."""

WALKING_OFF = "renew-all"
"""The question before which somebody walks off."""

MOMENTS = ("account", "65", "65", "29", "renewed", "renewed", "intent", "answer", "answer")
"""What a fault about an account waits for: it is on the screen, the ILS hears a 65 or a 29, has renewed a
loan, a row is flushed."""

ABOUT = ("65", "65", "65", "29", "29", "63", "17")
"""What the ILS does not answer there."""

CUTS = 2
"""Power cuts about accounts in one day, at most."""

FEW = frozenset({BLOCKED, ONE_BOOK})
"""Who may not have several books."""

EXHAUSTED = 9
"""How many books cannot be renewed, on most days."""

SHARE = 0.2
"""How many of those who borrow look into their account."""


def with_accounts(plan: Plan) -> Plan:
    """The same day with all that, as far as it is a day on which patrons sign in."""
    if plan.mode is Mode.RETURNS:
        return plan
    chance = random.Random(f"kiosk account {plan.seed}")
    scenery = plan.scenery
    exhausted = chance.sample(PLAIN, k=EXHAUSTED) if chance.random() < 0.6 else []
    late = {loan.item for loan in scenery.loans if chance.random() < 0.1}
    scenery = replace(
        scenery,
        items=tuple(
            replace(item, renewals=0) if item.barcode in exhausted else item for item in scenery.items
        ),
        loans=tuple(replace(loan, overdue=True) if loan.item in late else loan for loan in scenery.loans),
    )
    people = tuple(_person(chance, person) for person in plan.people)
    readers = [person.patron for person in people if person.reads and person.patron not in FEW]
    if readers:
        # who has several books has something to renew at once
        loans = (
            replace(loan, patron=chance.choice(readers)) if loan.patron == OTHERS else loan
            for loan in scenery.loans
        )
        scenery = replace(scenery, loans=tuple(loans))
    day = replace(plan, scenery=scenery, people=people, untitled=chance.random() < 0.25)
    return replace(day, faults=(*day.faults, *_faults(chance, day)))


def _person(chance: random.Random, person: Manners) -> Manners:
    if person.errand is not Errand.LOAN or chance.random() >= SHARE:
        return person
    before, after = person.before, person.after
    if chance.random() < 0.5:
        # they look into it first, with their books in hand: what a 65 renews was lent before
        before, after = (), (*before, *after)
    return replace(
        person,
        before=before,
        after=after,
        reads=chance.choice(READINGS),
        reads_first=chance.random() < 0.7,
        sure=chance.choice(ANSWERS),
        hurried=chance.random() < 0.3,
        walks_off=WALKING_OFF if chance.random() < 0.08 else person.walks_off,
        odd=(*person.odd, "account"),
    )


# ---- faults -----------------------------------------------------------------------------------


def _faults(chance: random.Random, day: Plan) -> tuple[Fault, ...]:
    readers = [person for person in day.people if person.reads]
    if not readers:
        return ()
    often = chance.choice((0, 1, 1, 2, 3))
    return befalling(day, ((chance.choice(readers), _fault(chance)) for _ in range(often)), CUTS)


def _fault(chance: random.Random) -> Fault:
    moment = chance.choice(MOMENTS)
    when = When(moment, chance.choice((1, 1, 2, 3)) if moment != "account" else 1)
    match chance.choice(("cut", "ils", "ils", "ils", "ils-away", "disk", "lifted")):
        case "ils":
            return not_answering(chance, When("account"), chance.choice(ABOUT))
        case "lifted":
            lift: Command = {"do": "lift", "tags": ["*"]}
            back: Command = {"do": "put", "tags": ["*"]}
            return Fault("lifted", when, (lift,), ((chance.uniform(3.0, 8.0), back),))
        case what:
            return failing(chance, when, what)
