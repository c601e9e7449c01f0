"""Off-hours: when the screen is black, and what wakes it. No window in here.

The panel's own light stays on: SDL has no word for it under KMSDRM. Black is what saves the picture from
burning in, and the reading room from glowing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

AWAKE_S = 60.0
"""Seconds that the screen stays lit after the last sign of life, in off-hours."""

LOOK_S = 1.0
"""Seconds between two looks at the clock."""


class Blanking:
    """Whether the screen is black. `begin` and `end` are local times of the day, such as "22:00"; off-hours
    may go over midnight."""

    def __init__(self, begin: str, end: str, *, wall: Callable[[], float], mono: Callable[[], float]) -> None:
        """`wall` gives seconds since 1970, `mono` seconds of a clock that never jumps.

        Raises:
            ValueError: not a time of the day.
        """
        self._begin, self._end = _minutes(begin), _minutes(end)
        self._wall, self._mono = wall, mono
        self._awake_until = mono() + AWAKE_S  # whoever switches it on wants to see that it works

    def wake(self) -> None:
        """Somebody is here."""
        self._awake_until = self._mono() + AWAKE_S

    def dark(self) -> bool:
        """Whether the screen is to be black now."""
        if self._mono() < self._awake_until:
            return False
        now = time.localtime(self._wall())
        minute = 60 * now.tm_hour + now.tm_min
        if self._begin <= self._end:
            return self._begin <= minute < self._end
        return minute >= self._begin or minute < self._end


def _minutes(text: str) -> int:
    hour, minute = text.split(":")
    return 60 * int(hour) + int(minute)
