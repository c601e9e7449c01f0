"""Profiles: how one make of ACS differs from the next, as data, and how each difference is known.
`load("koha")` gives a shipped one, `find` also a library's own file."""

from kiosk.sip2.profiles.evidence import Claim, Evidence, NamedPattern
from kiosk.sip2.profiles.files import find, from_table, load, load_file, names
from kiosk.sip2.profiles.profile import ALERTS, CHOICES, NO_ALERT, OURS, Profile, with_alerts

__all__ = [
    "ALERTS",
    "CHOICES",
    "NO_ALERT",
    "OURS",
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
