"""What of a proposed profile is still only assumed, and how that could be seen. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from kiosk.doctor.findings import StillAssumed
from kiosk.sip2.profiles import KNOBS, OURS, Evidence, Profile

EXERCISE: Final = "--exercise PATRON ITEM"

AT_THE_KIOSK: Final = "no run; at the kiosk,"

TO_SEE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "login_prompt": "no prompt came, so that it does not matter",
        "password_prompt": "no prompt came, so that it does not matter",
        "charset": "--patron or --item with letters beyond ASCII in the name or the title",
        "date_zone": "its dates come in another zone than the kiosk sends, which may be right: ask its maker",
        "patron_password_on_checkout": f"{EXERCISE} with a PIN",
        "nb_due": EXERCISE,
        "no_block": EXERCISE,
        "fee_acknowledged": EXERCISE,
        "empty_passwords": "--item, without terminal_password",
        "desensitize_unknown_as_yes": f"{EXERCISE}, where its 12 says desensitise Y",
        "hold_count": "--patron who has a hold that cannot be fetched yet",
        "paging": "--patron who has two loans or two holds",
        "expiry_field": "--patron",
        "alert_types": f"{AT_THE_KIOSK} return an item that is on hold, and one of another branch",
        "alert_alone": f"{AT_THE_KIOSK} return an item that its ILS wants somebody to look at",
        "due_formats": f"--item that is on loan, or {EXERCISE}",
        "screen_noise": f"{AT_THE_KIOSK} refusals: Test of the library system lists what no rule knows",
        "screen_reasons": f"{AT_THE_KIOSK} refusals: Test of the library system lists what no rule knows",
    }
)
"""What has to be done for it to be seen at work. What is not here is seen in any run."""


def still_assumed(profile: Profile) -> tuple[StillAssumed, ...]:
    """What is only assumed of it, in the order of the knobs, each with what would show it."""
    return tuple(StillAssumed(knob, TO_SEE.get(knob, "any run")) for knob in profile.assumed)


def evidence_of(profile: Profile, seen: Iterable[str]) -> Mapping[str, int]:
    """How many of the knobs that say something of an ILS are known in which way: `seen` now (these), else
    `observed`, `documented`, or `assumed`. One with several rows is known as the least of them is."""
    now, assumed = set(seen), set(profile.assumed)
    counts = Counter({"seen": 0, **{how.value: 0 for how in Evidence}})
    for knob in KNOBS:
        hows = {one.how for one in profile.claims if one.knob == knob}
        if knob in OURS:
            continue
        if knob in now:
            counts["seen"] += 1
        elif knob in assumed:
            counts[Evidence.ASSUMED.value] += 1
        else:
            known = Evidence.OBSERVED if hows == {Evidence.OBSERVED} else Evidence.DOCUMENTED
            counts[known.value] += 1
    return counts
