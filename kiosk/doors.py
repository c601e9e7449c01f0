"""What every adapter is handed, and does in the same way: a door to blocking work, and patience.

Imports nothing of ours. `app.Doors` holds the doors themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

JITTER = 0.25
"""Largest part of a rest that chance adds, so that the kiosks of a library do not reconnect in step."""


class RunBlocking(Protocol):
    """The door to blocking work: one worker thread in the kiosk, inline in the laboratory."""

    async def __call__(self, fn: Callable[[*Ts], T], /, *args: *Ts) -> T:
        """Run `fn(*args)` there and give back what it returns or raises."""


def rest(losses: int, first_s: float, longest_s: float, random: Random) -> float:
    """Seconds for which a device is left alone after it was lost `losses` times in a row (from 1): `first_s`,
    then twice as long each time up to `longest_s`, and a little more by chance."""
    return min(first_s * 2.0 ** min(losses - 1, 16), longest_s) * (1 + JITTER * random.random())
