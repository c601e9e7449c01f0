"""Whether the machine can afford what moves for ever. No window in here.

Without a GPU a frame may cost most of the time until the next one. A picture that nods then takes the whole
processor, and a finger waits for it. So what moves for ever rests where its frames cost too much.
"""

from __future__ import annotations

from collections.abc import Callable

DEAR = 0.5
"""A frame that takes this share of the time until the next one is dear."""

PATIENCE = 6
"""So many dear frames in a row are no accident."""

REST_S = 900.0
"""Seconds of rest; then it is tried again, since the machine may have been busy with something else."""


class Pace:
    """The pace of what moves for ever, `interval` seconds from frame to frame."""

    def __init__(self, interval: float, *, mono: Callable[[], float]) -> None:
        """`mono` gives seconds of a clock that never jumps."""
        self._limit = DEAR * interval
        self._mono = mono
        self._dear = 0
        self._rests_until = mono()

    @property
    def rests(self) -> bool:
        """Whether nothing is to move for ever now."""
        return self._mono() < self._rests_until

    def frame(self, took: float) -> None:
        """A frame was drawn, which took so many seconds."""
        self._dear = self._dear + 1 if took > self._limit else 0
        if self._dear >= PATIENCE:
            self._dear = 0
            self._rests_until = self._mono() + REST_S
