"""What goes wrong with the reader beside what `faults` draws: its plug is pulled in the middle of a write, or
of a frame of its answer, or it answers when nobody waits any more. The same for all makes; drawn apart, so
that all else of a day stays what it was, and a day without it is the very same.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from kiosk.circulation.views import Errand
from kiosk.lab.plans import Command, Fault, Plan, When

UNPLUG: Command = {"do": "unplug", "device": "reader"}
PLUG: Command = {"do": "plug", "device": "reader"}

WRITING_S = 0.08
"""From the row that lets a tag be written until its answer has come: the slowest line takes 15 ms, a write
20, and others are written before it."""


LATE_S = (1.2, 1.7, 3.5)
"""What FEIG's driver does not wait for, what 3M's does not, and what that of PC/SC does not."""


def with_pulled_plugs(plan: Plan) -> Plan:
    """The same day with what befalls its reader."""
    chance = random.Random(f"kiosk pulled {plan.seed}")
    if chance.random() < 0.6:
        return plan
    number = max((fault.number for fault in plan.faults), default=0)
    more = []
    for _ in range(chance.choice((1, 1, 2, 3))):
        person = chance.choice(plan.people)
        number += 1
        fault = chance.choice(KINDS)(chance, person.errand)
        more.append(replace(fault, visit=person.number, number=number))
    return replace(plan, faults=(*plan.faults, *more))


def _back(chance: random.Random) -> tuple[float, Command]:
    return chance.choice((chance.uniform(0.03, 0.5), chance.uniform(2.0, 6.0))), PLUG


def _in_mid_write(chance: random.Random, errand: Errand) -> Fault:
    """Its plug is pulled between the row that lets a tag be written and the tag's answer."""
    del errand
    when = When("answer", chance.randint(1, 3), chance.uniform(0.0, WRITING_S))
    return Fault("reader-pulled", when, (UNPLUG,), (_back(chance),))


def _in_mid_proof(chance: random.Random, errand: Errand) -> Fault:
    """The same between a write and its proof."""
    del errand
    when = When("written", chance.randint(1, 3), chance.uniform(0.0, WRITING_S))
    return Fault("reader-pulled", when, (UNPLUG,), (_back(chance),))


def _in_mid_frame(chance: random.Random, errand: Errand) -> Fault:
    """Half of an answer comes, and then the plug is pulled."""
    when = When(chance.choice(("answer", "written", "09" if errand is Errand.RETURN else "11")))
    half: Command = {"do": "garble", "device": "reader", "how": "half", "count": 1}
    half |= chance.choice(({}, {"message": "27"}, {"message": "2B"}))
    pulled = chance.uniform(0.01, 0.1)
    later, plug = _back(chance)
    return Fault("reader-half", when, (half,), ((pulled, UNPLUG), (pulled + later, plug)))


def _too_late(chance: random.Random, errand: Errand) -> Fault:
    """It answers, when nobody waits any more."""
    del errand
    slow: Command = {"do": "slow", "device": "reader", "seconds": chance.choice(LATE_S)}
    when = When(chance.choice(("answer", "written", "read")), chance.randint(1, 3))
    return Fault("reader-late", when, (slow,), ((chance.uniform(0.1, 2.0), slow | {"seconds": 0}),))


KINDS: tuple[Callable[[random.Random, Errand], Fault], ...] = (
    *(_in_mid_write, _in_mid_write, _in_mid_proof),
    *(_in_mid_frame, _too_late),
)
"""What is drawn how often."""
