"""Profiles: how one make of ACS differs from the next, as data. `load("standard")` gives a shipped one."""

from kiosk.sip2.profiles.profile import ALERTS, NO_ALERT, NamedPattern, Profile, load, names, with_alerts

__all__ = ["ALERTS", "NO_ALERT", "NamedPattern", "Profile", "load", "names", "with_alerts"]
