"""When branches are open, and what is due when: no loan ends on a day when nobody could bring it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

END_OF_DAY = "    235900"
"""The time of day at which loans end, as the 18 characters of a date have it."""

LONGEST_HOLIDAY = 366
"""A branch that is closed for so many days on end is closed for good: then dates are left alone."""


class Calendar:
    """The closed days of one branch: weekdays by name, dates as `2026-12-24`.

    Raises:
        ValueError: an entry is neither.
    """

    def __init__(self, closed: Iterable[str] = ()) -> None:
        self._weekdays: set[int] = set()
        self._dates: set[dt.date] = set()
        for entry in closed:
            if entry.lower() in WEEKDAYS:
                self._weekdays.add(WEEKDAYS.index(entry.lower()))
                continue
            try:
                self._dates.add(dt.date.fromisoformat(entry))
            except ValueError as error:
                raise ValueError(
                    f"closed: {entry!r} is neither a weekday (monday...) nor a date (2026-12-24)"
                ) from error

    def is_open(self, day: dt.date) -> bool:
        """Whether the branch is open on a day."""
        return day.weekday() not in self._weekdays and day not in self._dates

    def due(self, today: str, days: int) -> str:
        """The due date (18 characters) of what is lent `today` (18 characters) for so many days; "" where
        today is no date."""
        try:
            day = dt.date(int(today[:4]), int(today[4:6]), int(today[6:8]))
            nominal = day + dt.timedelta(days)
            later = (nominal + dt.timedelta(more) for more in range(LONGEST_HOLIDAY))
            end = next((each for each in later if self.is_open(each)), nominal)
        except (ValueError, OverflowError):
            return ""
        return f"{end:%Y%m%d}{END_OF_DAY}"


def is_past(due: str, today: str) -> bool:
    """Whether a due date lies before `today`; both have 18 characters, else it does not."""
    day, time = due[:8], due[12:18]
    return day.isdecimal() and time.isdecimal() and (day, time) < (today[:8], today[12:18])
