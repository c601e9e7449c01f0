"""The wire to the reader with a stop watch on it: how long each exchange took from the driver's end.

What of that was the air's is in the far side's record; the rest is the wire's: two trips, and the far
side's timer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from kiosk.wires import OpenWire, Wire

Span = tuple[float, float]
"""From when until when, in monotonic seconds."""


class Exchange(NamedTuple):
    """A question and its answer: from when until when (monotonic seconds), and the bytes of both."""

    start: float
    end: float
    size: int


class TimedWire(Wire):
    """A wire whose exchanges are written down in `exchanges`, oldest first."""

    def __init__(self, wire: Wire, exchanges: list[Exchange]) -> None:
        self._wire = wire
        self._exchanges = exchanges
        self._asked: tuple[float, int] | None = None

    async def send(self, data: bytes) -> None:
        """As the wire's own."""
        self._asked = time.monotonic(), len(data)
        await self._wire.send(data)

    async def receive(self, until: float | None = None) -> bytes:
        """As the wire's own; ends the exchange, or goes on with its answer."""
        data = await self._wire.receive(until)
        self._heard(time.monotonic(), len(data))
        return data

    async def ask(self, data: bytes, until: float) -> bytes:
        """As the wire's own."""
        self._asked = time.monotonic(), len(data)
        answer = await self._wire.ask(data, until)
        self._heard(time.monotonic(), len(answer))
        return answer

    async def close(self) -> None:
        """As the wire's own."""
        await self._wire.close()

    def _heard(self, now: float, size: int) -> None:
        if self._asked is not None:
            began, asked = self._asked
            self._exchanges.append(Exchange(began, now, asked + size))
            self._asked = None
        elif self._exchanges:  # an answer in pieces
            last = self._exchanges[-1]
            self._exchanges[-1] = Exchange(last.start, now, last.size + size)


def timed(open_wire: OpenWire, exchanges: list[Exchange]) -> OpenWire:
    """`open_wire`, with what is asked over it written down."""

    async def open_it() -> Wire:
        return TimedWire(await open_wire(), exchanges)

    return open_it


def within(spans: Sequence[Span], begin: float, end: float) -> float:
    """Seconds between `begin` and `end` that lie in one of the spans, which may overlap."""
    total, reached = 0.0, begin
    for start, stop in sorted(spans):
        until = min(stop, end)
        if until > max(start, reached):
            total += until - max(start, reached)
            reached = until
    return total
