"""Profiles: how one make of ACS differs from the next, as data. `load("standard")` gives a shipped one."""

from kiosk.sip2.profiles.profile import NamedPattern, Profile, load, names

__all__ = ["NamedPattern", "Profile", "load", "names"]
