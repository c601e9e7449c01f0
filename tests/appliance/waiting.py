"""Waiting for what shows only when one looks: far sides' reports, screens."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")

LOOK_S = 0.25
PICTURE_S = 2.0
"""Between two pictures: while one is taken the emulated machine stands still, for a good part of a second."""


class TooLate(AssertionError):
    """What was waited for did not come."""


def until(look: Callable[[], _T | None], what: str, within: float, every: float = LOOK_S) -> _T:
    """Look until there is something (not None, not False), and return it.

    Raises:
        TooLate: it did not come within so many seconds.
    """
    end = time.monotonic() + within
    while True:
        found = look()
        if found is not None and found is not False:
            return found
        if time.monotonic() > end:
            raise TooLate(f"{what}: not within {within:.0f} s")
        time.sleep(every)
