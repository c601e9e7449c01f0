"""Dates: `YYYYMMDDZZZZHHMMSS`, with the zone in one of three styles.

| ZZZZ   | means                                          | as a datetime                       |
|--------|------------------------------------------------|-------------------------------------|
| blank  | local time, which the standard prefers         | naive                               |
| `   Z` | UTC                                            | aware, UTC                          |
| `   A` | a military letter: so many hours east of UTC   | aware, with that fixed offset       |

So the datetime itself says how it is written, and `moment_of` makes one in the style that an ACS wants.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from typing import Final

from kiosk.sip2.errors import EncodeError
from kiosk.sip2.fields import DATE_WIDTH

MILITARY: Final = {
    letter: hours
    for letters, start, step in (("ABCDEFGHIKLM", 1, 1), ("NOPQRSTUVWXY", -1, -1), ("Z", 0, 1))
    for hours, letter in zip(range(start, start + step * len(letters), step), letters, strict=True)
}
"""Military time zones: hours east of UTC by letter (J is local time and not used)."""

_LETTERS: Final = {timedelta(hours=hours): letter for letter, hours in MILITARY.items()}


class DateZone(StrEnum):
    """The three styles, by the names that profiles use."""

    LOCAL = "local"
    UTC = "utc"
    OFFSET = "offset"


def moment_of(wall: float, zone: DateZone | str = DateZone.LOCAL) -> datetime:
    """A moment (seconds since 1970), to the second, so that it is written in this style."""
    second = math.floor(wall)
    if zone == DateZone.LOCAL:
        return datetime.fromtimestamp(second)  # noqa: DTZ006 - without a zone it is local time
    moment = datetime.fromtimestamp(second, UTC)
    return moment if zone == DateZone.UTC else moment.astimezone()


def read_date(text: str) -> datetime | None:
    """A date as in the table above; None when it is no date (blanks, zeros, nonsense). A zone that is none
    counts as blank."""
    return _read(text) if len(text) == DATE_WIDTH else None


@lru_cache(maxsize=32)  # answers of one second bear one date, and loans of one day have one due date
def _read(text: str) -> datetime | None:
    day, zone, clock = text[:8], text[8:12].strip(), text[12:]
    if not (text.isascii() and day.isdigit() and clock.isdigit()):
        return None
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}")
    except ValueError:
        return None
    hours = MILITARY.get(zone.upper()) if zone else None
    if hours is None:
        return moment
    return moment.replace(tzinfo=timezone(timedelta(hours=hours)) if hours else UTC)


@lru_cache(maxsize=8)  # a message has two dates, and a second many messages
def _write(moment: datetime, offset: timedelta | None) -> str:
    zone = " "
    if offset is not None:
        if offset not in _LETTERS:  # half an hour has no letter
            try:
                moment, offset = moment.astimezone(UTC), timedelta()
            except OverflowError:  # the first or the last day that there is
                raise EncodeError("date", "is out of range") from None
        zone = _LETTERS[offset]
    return f"{moment:%Y%m%d}".rjust(8, "0") + f"   {zone}{moment:%H%M%S}"


def write_date(moment: datetime | None) -> str:
    """A date as in the table above. An offset that no letter stands for is written as UTC.

    Raises:
        EncodeError: there is none. Some ACS close the connection on a blank date, so none is ever sent.
    """
    if moment is None:
        raise EncodeError("date", "is missing")
    # The offset is a part of the key: two moments in different zones may be equal.
    return _write(moment, moment.utcoffset())
