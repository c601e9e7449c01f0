"""The port over a chip's lines: set, pulse, on_edge.

Levels are logical: True is active, whatever the wire's polarity; the back end knows that. A `Chip` is
such a back end, blocking; `ChipLines` makes the port of it and is where time passes (loop time).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NoReturn, Protocol, TypeVar, TypeVarTuple

from kiosk.doors import RunBlocking
from kiosk.security_gate.errors import GateGone, StuckActive, StuckIdle

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

FOLLOW_S = 0.2
"""A line that has not followed after so long is stuck: relays switch within 20 ms (our margin is tenfold)."""

LOOK_S = 0.01
"""Pause between two looks at a line that has not followed yet."""

WAIT_S = 0.5
"""How long one question for edges may wait; the wait ends that much after the gate was closed."""


class Lines(Protocol):
    """The lines of one chip. Every method but `close` raises GateAway when the chip is away."""

    async def set(self, line: int, level: bool) -> None:
        """Set an output and see that it follows. Raises LineStuck."""

    async def pulse(self, line: int, seconds: float) -> None:
        """Make an output active for so long; a pulse that is on already becomes longer.

        Ends when the line is idle again. Raises LineStuck when the line did not follow, either way.
        """

    def on_edge(self, line: int, callback: Callable[[bool], None]) -> None:
        """Call back, on the loop, with each new level of an input that has lasted (not a bounce)."""

    async def close(self) -> None:
        """Make every output idle and let go of all lines. Never raises; may be called again."""


class Chip(Protocol):
    """A back end: the lines of an open chip, blocking. Opening it has made every output idle.

    All methods belong to one thread but `edges`, which may wait in another.
    """

    def write(self, line: int, level: bool) -> None:
        """Set an output. Raises GateAway."""

    def read(self, line: int) -> bool:
        """The level that a line really has. Raises GateAway."""

    def edges(self, timeout_s: float) -> list[tuple[int, bool]]:
        """Wait for inputs to change, `timeout_s` seconds at most: (line, its new level), oldest first.

        Raises GateAway.
        """

    def close(self) -> None:
        """Make every output idle and let go of the lines. Never raises; may be called again."""


class ChipLines:
    """The lines of an open chip; meets `Lines`."""

    def __init__(
        self, chip: Chip, run_blocking: RunBlocking, run_waiting: RunBlocking, feedback: dict[int, int]
    ) -> None:
        """Take over an open chip.

        Args:
            chip: the back end.
            run_blocking: runs its calls, in one thread.
            run_waiting: runs its `edges`, in a thread of their own.
            feedback: the input that follows an output, by output; an output that has none is read itself.
        """
        self._chip = chip
        self._run_blocking = run_blocking
        self._run_waiting = run_waiting
        self._feedback = feedback
        self._callbacks: dict[int, list[Callable[[bool], None]]] = {}
        self._turn = asyncio.Lock()
        self._ends: dict[int, float] = {}
        """When a pulse ends, in loop time, by its line."""
        self._pulses: dict[int, asyncio.Task[None]] = {}

    async def set(self, line: int, level: bool) -> None:
        """Set an output and see that it follows (see `Lines`)."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            await self._run_blocking(self._chip.write, line, level)
            latest = loop.time() + FOLLOW_S
            while await self.level(line) != level:
                if loop.time() >= latest:
                    if level:
                        raise StuckIdle(f"line {line} stays idle")
                    raise StuckActive(f"line {line} stays active")
                await asyncio.sleep(LOOK_S)

    async def level(self, line: int) -> bool:
        """The level that an output really has, at its feedback if it has one. Raises GateAway."""
        return await self._run_blocking(self._chip.read, self._feedback.get(line, line))

    def pulsing(self, line: int) -> bool:
        """Whether a pulse is on."""
        return line in self._pulses

    async def pulse(self, line: int, seconds: float) -> None:
        """Make an output active for so long (see `Lines`)."""
        now = asyncio.get_running_loop().time()
        self._ends[line] = max(self._ends.get(line, 0.0), now + seconds)
        pulse = self._pulses.get(line)
        if pulse is None:
            pulse = asyncio.create_task(self._pulse(line, seconds), name=f"gate: pulse of line {line}")
            pulse.add_done_callback(_look_at)
            self._pulses[line] = pulse
        # Whoever asked may be cancelled; the pulse still ends as it should.
        try:
            await asyncio.shield(pulse)
        except asyncio.CancelledError as error:
            asking = asyncio.current_task()
            if pulse.cancelled() and asking is not None and not asking.cancelling():
                raise GateGone("the lines were closed in the middle of a pulse") from error
            raise

    async def _pulse(self, line: int, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        ends = self._ends
        try:
            while ends[line] > loop.time():  # again when it was asked for while it was being ended
                try:
                    await self.set(line, True)
                    ends[line] = max(ends[line], loop.time() + seconds)
                    seconds = 0.0
                    while ends[line] > loop.time():
                        await self._until(ends[line])
                finally:
                    await self.set(line, False)
        finally:
            del ends[line], self._pulses[line]

    @staticmethod
    async def _until(moment: float) -> None:
        await asyncio.sleep(moment - asyncio.get_running_loop().time())

    def on_edge(self, line: int, callback: Callable[[bool], None]) -> None:
        """Call back with each new level of an input (see `Lines`), while `hear` runs."""
        self._callbacks.setdefault(line, []).append(callback)

    async def hear(self) -> NoReturn:
        """Carry edges to their callbacks. Raises GateAway."""
        while True:
            for line, level in await self._run_waiting(self._chip.edges, WAIT_S):
                for callback in self._callbacks.get(line, ()):
                    callback(level)

    async def close(self) -> None:
        """End pulses, make every output idle and let go of the lines (see `Lines`)."""
        pulses = list(self._pulses.values())
        for pulse in pulses:
            pulse.cancel()
        await asyncio.gather(*pulses, return_exceptions=True)
        await self._run_blocking(self._chip.close)


def _look_at(pulse: asyncio.Task[None]) -> None:
    """If whoever asked for the pulse is gone, nobody else looks at what became of it."""
    if not pulse.cancelled():
        pulse.exception()
