"""Profiles: how one make of ACS differs from the next, as data, and how each difference is known.
`load("koha")` gives a shipped one, `find` also a library's own file."""

from kiosk.sip2.profiles.evidence import Claim, Evidence, NamedPattern
from kiosk.sip2.profiles.files import find, from_table, load, load_file, names
from kiosk.sip2.profiles.profile import (
    ALERTS,
    BY_THE_STANDARD,
    CHOICES,
    KNOBS,
    NO_ALERT,
    OURS,
    SHORTEST_WAIT_S,
    Profile,
    with_alerts,
)

__all__ = [
    "ALERTS",
    "BY_THE_STANDARD",
    "CHOICES",
    "KNOBS",
    "NO_ALERT",
    "OURS",
    "SHORTEST_WAIT_S",
    "Claim",
    "Evidence",
    "NamedPattern",
    "Profile",
    "find",
    "from_table",
    "load",
    "load_file",
    "names",
    "with_alerts",
]
