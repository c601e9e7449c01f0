"""Money and wishes of a day: what costs a fee, who owes something and pays, who wants a hold, when staff
look in, and what goes wrong with all that. Drawn after everything else, by a chance of its own, so that the
rest of a day stays as it is.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from kiosk.circulation.intents import Do
from kiosk.circulation.policy import Mode
from kiosk.circulation.views import Errand
from kiosk.lab.plans import Command, Fault, Manners, Plan, When
from kiosk.lab.stock import DIFFICULT, PINS, PLAIN
from kiosk.simulator import scenery as sc

AMOUNTS = ("0.50", "2.50", "7.35", "12.00")
"""What people owe."""

FEES = ("1.00", "2.50")
"""What a loan costs."""

ANSWERS = ((Do.YES,), (Do.YES,), (Do.YES, Do.YES), (Do.NO,), (Do.NO, Do.YES))
"""What people answer, one question after the other; to all further ones they say no."""

WALKING_OFF = ("fee", "hold", "payment", "paying")
"""Questions (and the sheet of the till) before which somebody walks off."""

ABOUT_MONEY = ("money-asked", "money", "taken", "37", "payment", "answer", "intent")
ABOUT_HOLDS = ("15", "hold", "answer", "intent")
ABOUT_FEES = ("11", "11", "lent", "answer", "intent")
"""Moments of a visit with a payment, a hold, a fee (see `faults.MOMENTS`): the till was asked, it has taken
the money, the row that says so is on the disk, the ILS hears a 37, has booked it..."""

CUTS = 2
"""Power cuts about money in one day, at most."""


def with_money(plan: Plan) -> Plan:
    """The same day with all that, as far as it is a day on which this library has it."""
    chance = random.Random(f"kiosk money {plan.seed}")
    if plan.mode is Mode.RETURNS:
        return plan
    till, costs = chance.random() < 0.6, chance.random() < 0.6
    holds, staff = chance.random() < 0.4, chance.random() < 0.5
    scenery = plan.scenery
    if till:
        owing = {patron: _owes(chance) for patron in PINS if chance.random() < 0.5}
        patrons = tuple(replace(each, owes=owing.get(each.id, ())) for each in scenery.patrons)
        scenery = replace(scenery, patrons=patrons)
    if costs:
        scenery = scenery.costing(chance.choice(FEES), *chance.sample((*PLAIN, *DIFFICULT[:1]), k=8))
    if chance.random() < 0.3:
        scenery = replace(scenery, ils=replace(scenery.ils, credits=True))
    day = replace(plan, scenery=scenery, till=till, holds=holds)
    people = tuple(_person(chance, day, person, costs=costs, staff=staff) for person in plan.people)
    day = replace(day, people=people)
    return replace(day, faults=(*plan.faults, *_faults(chance, day)))


def _owes(chance: random.Random) -> tuple[sc.Debt, ...]:
    return tuple(
        sc.Debt(f"F{number}", chance.choice(AMOUNTS), "Overdue") for number in range(chance.choice((1, 1, 2)))
    )


def _person(chance: random.Random, day: Plan, person: Manners, *, costs: bool, staff: bool) -> Manners:
    odd = list(person.odd)
    looks_in = staff and chance.random() < 0.1
    if looks_in:
        odd.append("staff")
    if person.errand is not Errand.LOAN:
        return replace(person, staff=looks_in, odd=tuple(odd))
    scenery = day.scenery
    brought = {*person.before, *person.after}
    books = {tag.barcode for tag in scenery.tags if tag.uid in brought}
    owing = any(patron.id == person.patron and patron.owes for patron in scenery.patrons)
    pays = chance.choice(ANSWERS) if chance.random() < 0.8 else ()
    wants = chance.choice(ANSWERS) if chance.random() < 0.8 else ()
    agrees = chance.choice(ANSWERS)
    if day.till and owing and pays:
        odd.append("pays")
    if costs and any(item.fee for item in scenery.items if item.barcode in books):
        odd.append("fee")
    if day.holds and wants:
        odd.append("holds")
    walks_off = ""
    if chance.random() < 0.06:
        walks_off = chance.choice(WALKING_OFF)
    return replace(
        person,
        pays=pays if day.till else (),
        holds=wants if day.holds else (),
        agrees=agrees,
        walks_off=walks_off,
        staff=looks_in,
        odd=tuple(odd),
    )


# ---- faults -----------------------------------------------------------------------------------


def _faults(chance: random.Random, day: Plan) -> tuple[Fault, ...]:
    matters = [
        (person, matter)
        for person in day.people
        for matter in ("pays", "pays", "holds", "fee")
        if matter in person.odd
    ]
    if not matters:
        return ()
    often = chance.choice((0, 1, 2, 2, 3, 4))
    about = (chance.choice(matters) for _ in range(often))
    return befalling(day, ((person, _fault(chance, matter)) for person, matter in about), CUTS)


def _fault(chance: random.Random, matter: str) -> Fault:
    moments, code = {
        "pays": (ABOUT_MONEY, "37"),
        "holds": (ABOUT_HOLDS, "15"),
        "fee": (ABOUT_FEES, "11"),
    }[matter]
    kinds = ["cut", "cut", "ils", "ils", "ils-away", "disk", *(["till"] * 3 if matter == "pays" else [])]
    moment = chance.choice(moments)
    count = chance.randint(1, 4) if moment in {"answer", "intent", "11", "lent"} else 1
    when = When(moment, count, 0.0)
    match chance.choice(kinds):
        case "ils":
            lent = matter == "fee" and chance.random() < 0.3
            return not_answering(chance, When("lent" if lent else "list"), code)
        case "till":
            return _till(chance)
        case what:
            return failing(chance, when, what)


def befalling(day: Plan, drawn: Iterable[tuple[Manners, Fault]], cuts_at_most: int) -> tuple[Fault, ...]:
    """Faults of the visits in which they wait, numbered behind those that the day has; power cuts beyond the
    most are left out."""
    number, cuts, found = max((fault.number for fault in day.faults), default=0), 0, []
    for person, fault in drawn:
        if fault.cut is not None:
            cuts += 1
            if cuts > cuts_at_most:
                continue
        number += 1
        found.append(replace(fault, visit=person.number, number=number))
    return tuple(found)


def failing(chance: random.Random, when: When, what: str) -> Fault:
    """At a moment something fails on which all depends: the power (`cut`), the connection to the ILS
    (`ils-away`) or the `disk`."""
    match what:
        case "cut":
            steps = chance.choice((0, chance.randint(0, 30), chance.randint(0, 300)))
            return Fault("power-cut", when, cut=steps, dark_s=chance.uniform(4.0, 9.0))
        case "ils-away":
            away = chance.choice((chance.uniform(0.1, 1.0), chance.uniform(2.0, 12.0)))
            act: Command = {"do": "unplug", "device": "ils"}
            return Fault("ils-away", when, (act,), ((away, {"do": "plug", "device": "ils"}),))
        case _:
            how = chance.choice(("full", "refuses"))
            well: Command = {"do": "disk", "how": "well"}
            return Fault(
                f"disk-{how}", when, ({"do": "disk", "how": how},), ((chance.uniform(0.2, 12.0), well),)
            )


def not_answering(chance: random.Random, when: When, code: str) -> Fault:
    """From a moment on the ILS does not answer a message as it should."""
    executes = chance.random() < 0.5
    about: Command = {"device": "ils", "message": code, "count": 1}
    done = "executed" if executes else "not-executed"
    match chance.choice(("silent", "hang-up", "garble", "storm", "restart", "slow")):
        case "silent":
            return Fault(f"ils-silent-{done}", when, (about | {"do": "silent", "execute": executes},))
        case "hang-up":
            return Fault(f"ils-dropped-{done}", when, (about | {"do": "hang-up", "execute": executes},))
        case "garble":
            how = chance.choice(("garbage", "half", "flip"))
            return Fault(f"ils-garbled-{how}", when, (about | {"do": "garble", "how": how},))
        case "storm":
            return Fault("ils-96-storm", when, (about | {"do": "storm", "count": chance.choice((1, 2, 6))},))
        case "restart":
            act = about | {"do": "restart", "seconds": chance.choice((0.0, 2.0)), "execute": executes}
            return Fault("ils-restarted", when, (act,))
        case _:
            slow: Command = {
                "do": "slow",
                "device": "ils",
                "seconds": chance.choice((0.4, 2.5)),
                "message": code,
            }
            return Fault("ils-slow", when, (slow,), ((chance.uniform(8, 20), slow | {"seconds": 0}),))


def _till(chance: random.Random) -> Fault:
    """The till declines, is given up by the patron, is slow, falls silent or goes away."""
    how = chance.choice(("declines", "cancelled", "slow", "late", "silent-taken", "silent", "away"))
    if how == "away":
        when = When(
            chance.choice(("list", "money-asked", "money")), 1, chance.choice((0.0, chance.uniform(0, 2)))
        )
        back: Command = {"do": "till", "how": "back"}
        return Fault("till-away", when, ({"do": "till", "how": how},), ((chance.uniform(0.5, 8.0), back),))
    return Fault(f"till-{how}", When("list"), ({"do": "till", "how": how},))
