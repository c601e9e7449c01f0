"""Which make of ILS a day has, and what a technician has set the kiosk to for it: the make's profile, mostly,
and a login at its prompts where it wants that. Drawn apart, so that all else of a day stays what it was.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from kiosk.circulation.policy import PinRule
from kiosk.lab.case import Rules
from kiosk.lab.plans import Command, Fault, Plan
from kiosk.lab.readers import PACES
from kiosk.simulator.makes import make_of
from kiosk.sip2.profiles import load

OTHERS = (
    *("koha", "koha", "koha", "evergreen", "evergreen", "standard", "standard", "folio", "folio"),
    *("pysip2-strict", "invenio", "fsip2", "symphony", "horizon", "polaris", "sierra", "sierra"),
    *("voyager", "alma", "eos"),
)
"""The makes of ILS of every other day; on the rest it is Lanternfield's own."""

UNCHOSEN = "standard"
"""What a kiosk speaks where nobody chose a profile."""

PROFILES: Mapping[str, str] = {"lantern": UNCHOSEN, "pysip2-strict": UNCHOSEN, "invenio": UNCHOSEN} | {
    "fsip2": "folio"
}
"""The profile that a technician takes for makes that have none of their own name."""

UNSEEN = frozenset({"flip", "checksum", "sequence"})
"""What is wrong with an answer that only a checksum, or the digit beside it, would show."""


SAYS_U, TRUSTS_LISTS = "desensitize_unknown_as_yes", "release_when_settled"
"""What a library may say otherwise in a profile file of its own: U in a 12 is a Y (fsip2 says nothing else);
what the patron's list shows to be lent may be released, though no 12 came."""


def rules_of(plan: Plan) -> Rules:
    """What the judge must allow on this day."""
    return Rules(
        u_releases=SAYS_U in plan.knobs,
        release_after_settling=TRUSTS_LISTS in plan.knobs,
        pace=PACES[plan.scenery.reader.make],
    )


def profile_for(make: str) -> str:
    """The shipped profile that fits a make best."""
    return PROFILES.get(make, make)


def of_its_make(plan: Plan) -> Plan:
    """The same day with the ILS that it has, and a kiosk that is set to it. One time in four nobody has
    chosen a profile; otherwise the library may have written its own, based on that of the make. Only how
    long the ILS may take stays what it was, and it writes in the letters that the kiosk is set to."""
    chance = random.Random(f"kiosk ils {plan.seed}")
    if chance.random() < 0.5:
        return plan
    ils, make = plan.scenery.ils, chance.choice(OTHERS)
    chosen = chance.random() < 0.75
    knobs = (SAYS_U,) if make == "fsip2" else ()
    if chance.random() < 0.2:
        knobs = (*knobs, TRUSTS_LISTS)
    other = plan.scenery.speaking_as(make)
    profile = load(profile_for(make) if chosen else UNCHOSEN)
    # what FOLIO does unless a library asks for more, and then a kiosk that was not told so gives it up
    checks = load(profile_for(make)).error_detection
    manners = replace(other.ils, timeout=ils.timeout, charset=profile.charset, error_detection=checks)
    return replace(
        plan,
        scenery=replace(other, ils=manners),
        profile=profile.name,
        knobs=knobs if chosen else (),
        pin=PinRule.ALWAYS if chosen and make_of(make).pin_on_loan else plan.pin,
        faults=plan.faults if checks else tuple(map(_to_be_seen, plan.faults)),
    )


def _to_be_seen(fault: Fault) -> Fault:
    """The same fault where nobody sends checksums: a wrong bit is one that nobody can know of, so that what
    is spoilt is spoilt for all to see."""
    if not any(act.get("how") in UNSEEN for act in fault.acts):
        return fault
    return replace(fault, name="ils-garbled-garbage", acts=tuple(map(_garbage, fault.acts)))


def _garbage(act: Command) -> Command:
    return act | {"how": "garbage"} if act.get("how") in UNSEEN else act
