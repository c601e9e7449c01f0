"""Is the login of the kiosk one that anybody would try? It is compared with lists; none is tried out, since
many an ILS locks an account after a few wrong ones."""

from __future__ import annotations

import re
from typing import Final

from kiosk.ils.settings import IlsSettings

DEFAULTS: Final = frozenset(
    {
        ("scclient", "clientpwd"),
        ("sip-01", "sip-01"),
        ("sip2", "sip2"),
        ("koha", "koha"),
        ("term1", "term1"),
        ("term2", "term2"),
        ("login1", "passwd1"),
        ("sip", "sip"),
        ("sipuser", "sippass"),
        ("selfcheck", "selfcheck"),
        ("selfcheck", "lantern"),
        ("admin", "admin"),
    }
)
"""Accounts in sample configurations, documentation and test vectors; ours of the simulated ILS too."""

COMMON: Final = frozenset((
    "password", "passwort", "passw0rd", "password1", "password123", "secret", "geheim", "changeme",
    "change_me", "letmein", "welcome", "qwerty", "qwertz", "0000", "1111", "1234", "12345", "123456",
    "1234567", "12345678", "123456789", "1234567890", "111111", "abc123", "admin", "root", "guest",
    "test", "testing", "default", "library", "bibliothek", "biblioteca", "bibliotheque", "selfcheck",
    "selfcheckout", "selfservice", "checkout", "kiosk", "kiosk1", "sip", "sip2", "sip2pass", "sippass",
    "clientpwd", "passwd1", "terminal", "koha", "evergreen", "sierra", "polaris", "symphony", "folio",
    "alma", "lantern", "librarian", "staff", "public",
))  # fmt: skip
"""What is tried first."""

SHORTEST: Final = 8
"""Characters below which a program finds it in a while."""


def weakness_of(settings: IlsSettings) -> str:
    """Why the login could be guessed, without a word of it; empty when nothing tells against it."""
    user, password = settings.login_user.casefold(), settings.login_password.casefold()
    if not password:
        return "the password is empty"
    if (user, password) in DEFAULTS:
        return "user and password stand in a sample configuration"
    plain = re.sub(r"[^a-z0-9]", "", password)
    if password in COMMON or plain in COMMON or plain.rstrip("0123456789") in COMMON:
        return "the password is among those that are tried first"
    if password == user or password == user[::-1] or _with_digits(password, user):
        return "the password is made from the user's name"
    places = (settings.institution, settings.location, settings.host.partition(".")[0])
    if any(place and _with_digits(password, place.casefold()) for place in places):
        return "the password is a name of the library or of the place"
    if len(password) < SHORTEST:
        return f"the password is shorter than {SHORTEST} characters"
    return ""


def _with_digits(password: str, name: str) -> bool:
    """Whether it is this name, with digits or signs around it at most."""
    return bool(name) and password.strip("0123456789!?.-_#*") in {name, name.strip("0123456789!?.-_#*")} - {
        ""
    }
