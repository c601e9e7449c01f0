"""Intents: what a patron wants, as the screen reports it.

The screen sends each intent with the session and the revision of the view that the finger saw
(`Pressed`), so that a late *Finish* cannot end the next patron's session.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.circulation.views import Section


class Do(StrEnum):
    """Intents that need no further word."""

    CONTINUE = "continue"
    BACK = "back"
    FINISH = "finish"
    MORE_TIME = "more-time"
    MINE = "mine"
    NOT_MINE = "not-mine"
    CALL_STAFF = "call-staff"
    CLOSE_HELP = "close-help"
    DELETE = "delete"
    TEXT_SIZE = "text-size"
    CONTRAST = "contrast"
    NEXT_LANGUAGE = "next-language"
    RETURN = "return"
    YES = "yes"
    NO = "no"
    PRINT = "print"
    PAY = "pay"
    ACCOUNT = "account"
    RENEW_ALL = "renew-all"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit of the PIN, `0` to `9`; kept out of its repr, and so out of a fault that is logged."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Language:
    """The patron chose a language by its tag (`en`, `ar`)."""

    tag: str


@dataclass(frozen=True, slots=True)
class Renew:
    """The patron wants to renew the item of a row, of the list or of the account, named by its key. Nothing
    is sent before `Do.YES`."""

    key: str


@dataclass(frozen=True, slots=True)
class Hold:
    """The patron wants a hold on the item of a row, named by its key. Nothing is sent before `Do.YES`."""

    key: str


@dataclass(frozen=True, slots=True)
class Look:
    """The patron wants another section of their account on the screen."""

    at: Section


Intent = Do | Digit | Language | Renew | Hold | Look


@dataclass(frozen=True, slots=True)
class Pressed:
    """An intent together with the view that it answers."""

    session: int
    revision: int
    intent: Intent
