"""How one make of ILS writes: dates, due dates, amounts, numbers, and its own words for a refusal."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal

from kiosk.simulator import sip
from kiosk.simulator.accounts import NOTHING, plain
from kiosk.simulator.lending import Lending
from kiosk.simulator.personality import Personality
from kiosk.simulator.scenery import Scenery

Fields = list[tuple[str, str]]

Answer = tuple[str, Fields]
"""Code and fixed fields of an answer, and its variable fields."""


class Phrases:
    """The writing of one ILS.

    `wall` gives seconds since 1970 for the dates of the answers; without it they repeat the date of the
    request.
    """

    def __init__(
        self, scenery: Scenery, make: Personality, lending: Lending, wall: Callable[[], float] | None
    ) -> None:
        self._manners = scenery.ils
        self._lending = lending
        self._wall = wall
        self._second: tuple[int, str] = (0, "")
        self._language = make.language
        self._texts = make.texts
        self.due = _DUE[make.due]
        """A due date (18 characters, or free text) as AH has it."""
        self.amount = _AMOUNTS[make.amounts]
        """An amount as BV has it."""

    def says(self, text: str) -> str:
        """What this make says instead of Lanternfield's words."""
        return self._texts.get(text, text)

    def language(self, request: sip.Request, asked: str) -> str:
        """The language of an answer: the patron's own wins, as on real servers, or the make's habit."""
        if self._language == "patron":
            patron = self._lending.patrons.get(request.get("AA"))
            return patron.language if patron is not None else asked
        return asked if self._language == "request" else "000"

    def owed(self, who: str) -> Decimal:
        """What a patron owes, never less than nothing."""
        return max(self._lending.accounts.balance(who), NOTHING)

    def today(self, asked: str) -> str:
        """The transaction date of an answer, 18 characters."""
        if self._wall is None:
            return asked
        wall = self._wall() + self._manners.clock_ahead_s
        second, text = self._second
        if int(wall) != second or not text:
            # not by strftime, which looks each time whether the zone of this machine has changed
            zone = self._manners.zone
            year, month, day, hour, minute, second, *_ = time.gmtime(wall) if zone else time.localtime(wall)
            text = f"{year:04d}{month:02d}{day:02d}{zone:>4}{hour:02d}{minute:02d}{second:02d}"
            self._second = int(wall), text
        return text


def window(request: sip.Request, entries: list[str], extra: int = 0) -> list[str]:
    """The entries that were asked for (BP to BQ, from 1); all without them. `extra`: so many too many."""
    first, last = request.get("BP"), request.get("BQ")
    start = max(int(first), 1) - 1 if first.isdecimal() else 0
    return entries[start : int(last) + extra if last.isdecimal() else None]


def _as_it_is(due: str) -> str:
    return due


def _dated(form: str) -> Callable[[str], str]:
    """A writer of due dates; what is no date stays as it is."""

    def write(due: str) -> str:
        parts = (due[:4], due[4:6], due[6:8], due[12:14], due[14:16], due[16:18])
        if len(due) != 18 or not all(part.isdecimal() for part in parts):
            return due
        return form.format(*parts)

    return write


_DUE: dict[str, Callable[[str], str]] = {
    "sip": _as_it_is,
    "iso": _dated("{0}-{1}-{2}"),
    "iso-time": _dated("{0}-{1}-{2} {3}:{4}:{5}"),
    "us": _dated("{1}/{2}/{0}"),
}


def _short(amount: str | Decimal) -> str:
    text = plain(amount)
    return text.rstrip("0").rstrip(".")


def _grouped(amount: str | Decimal) -> str:
    return f"{Decimal(amount):,.2f}"


_AMOUNTS: dict[str, Callable[[str | Decimal], str]] = {
    "plain": plain,
    "short": _short,
    "grouped": _grouped,
    "none": plain,
}
