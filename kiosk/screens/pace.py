"""Whether the machine keeps up with what moves for ever. No window in here.

Without a GPU a frame may take longer than the time until the next one. A picture that nods then costs the
whole processor, and a finger waits for it. So what moves for ever rests where it cannot keep its pace.
"""

from __future__ import annotations

from collections.abc import Callable

LATE = 1.25
"""A frame that comes after so many times its interval is late."""

PATIENCE = 6
"""So many late frames in a row are no accident."""

REST_S = 900.0
"""Seconds of rest; then it is tried again, since the machine may have been busy with something else."""


class Pace:
    """The pace of what moves for ever, `interval` seconds from frame to frame."""

    def __init__(self, interval: float, *, mono: Callable[[], float]) -> None:
        """`mono` gives seconds of a clock that never jumps."""
        self._limit = LATE * interval
        self._mono = mono
        self._late = 0
        self._rests_until = mono()

    @property
    def rests(self) -> bool:
        """Whether nothing is to move for ever now."""
        return self._mono() < self._rests_until

    def frame(self, after: float) -> None:
        """A frame came, `after` seconds from the one before."""
        self._late = self._late + 1 if after > self._limit else 0
        if self._late >= PATIENCE:
            self._late = 0
            self._rests_until = self._mono() + REST_S
