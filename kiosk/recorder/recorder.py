"""The recorder at the desk: hears every step, and never makes it wait."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from kiosk.circulation.effects import Effect
from kiosk.circulation.events import Stamped
from kiosk.circulation.state import State
from kiosk.doors import RunBlocking
from kiosk.recorder.names import KEY_BYTES, StandIns
from kiosk.recorder.ring import Line, Ring
from kiosk.recorder.segment import Fall, event_line, fall_line, head_line
from kiosk.recorder.settings import RecorderSettings
from kiosk.recorder.trace import kind_of, places_of, trace_of

log = logging.getLogger(__name__)

WRITE_S = 1.0
"""A line is handed to the disk after so long, with all that have come meanwhile."""

PRUNE_S = 600.0
"""Pause between two looks for segments that have become too old, on a kiosk that nobody uses."""

SEGMENT_S = 1800.0
"""Age of a segment after which the next quiet moment begins another: what is kept is counted in these."""

SEGMENT_BYTES = 400_000
"""Size after which the next quiet moment begins another, before packing; about a tenth of it is left."""

LONGEST_BYTES = 4 * SEGMENT_BYTES
"""Size after which another begins whatever the moment: a session that does not end must not fill the ring."""

WAITING_STEPS = 20_000
"""What may wait for the disk. A disk that takes nothing for so long is broken."""


class _Step(NamedTuple):
    """A step as it was heard: what followed, or how the reducer fell."""

    before: State
    stamped: Stamped
    after: State | Fall
    effects: Sequence[Effect] = ()


class FlightRecorder:
    """Keeps the last hours on the disk (meets `desk.ports.Recorder`).

    What is heard waits as it came, for about a second, and is made into lines at one go in the disk's thread:
    the desk has other things to do while a patron waits, and a warm processor needs a third of the time for
    it. Everything personal is replaced before a line is made (`names`), so it never comes as far as the
    disk. Whatever goes wrong, a full disk or a fault of its own, switches it off with one line in the log;
    the kiosk does not notice.

    Args:
        folder: the ring's, inside the kiosk's data folder.
        settings: for how long, and how much.
        version: of the product, as it stands in each segment.
        run_blocking: a door to blocking work whose thread nobody else uses.
        wall: seconds since 1970.
        key: gives so many random bytes; one key a segment, which is nowhere else.
    """

    def __init__(
        self,
        folder: Path,
        settings: RecorderSettings,
        *,
        version: str,
        run_blocking: RunBlocking,
        wall: Callable[[], float],
        key: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Touches nothing yet."""
        self._ring = Ring(folder, settings.megabytes * 1_000_000, settings.hours * 3600)
        self._version = version
        self._run_blocking = run_blocking
        self._wall = wall
        self._key = key
        self._on = settings.hours > 0
        self._steps: deque[_Step] = deque()
        self._come = asyncio.Event()
        # these belong to the disk's thread
        self._names: StandIns | None = None
        self._last: State | None = None
        self._since = 0.0
        self._size = 0

    @property
    def on(self) -> bool:
        """Whether it records."""
        return self._on

    # ---- at the desk --------------------------------------------------------------------------

    def stepped(self, before: State, stamped: Stamped, after: State, effects: Sequence[Effect]) -> None:
        """Record one step. Returns at once and raises nothing."""
        self._hear(_Step(before, stamped, after, effects))

    def fell(self, before: State, stamped: Stamped, error: BaseException) -> None:
        """Record that the reducer raised, which ends the segment. Returns at once and raises nothing."""
        try:
            fall = Fall(kind_of(error), places_of(error))
        except Exception as own:  # noqa: BLE001 - no fault of the recorder may reach the desk
            self._off("a fault of its own", own)
        else:
            self._hear(_Step(before, stamped, fall))

    def _hear(self, step: _Step) -> None:
        if not self._on:
            return
        self._steps.append(step)
        if len(self._steps) > WAITING_STEPS:
            self._off("the disk takes nothing", None)
        self._come.set()

    # ---- at the disk --------------------------------------------------------------------------

    async def run(self) -> None:
        """Write what was recorded, until cancelled; then write what is left and end the segment."""
        try:
            await self._at_the_disk(self._prune)
            while True:
                await self._some_steps()
        finally:
            await self.close()

    async def _some_steps(self) -> None:
        try:
            async with asyncio.timeout(PRUNE_S):
                await self._come.wait()
        except TimeoutError:
            await self._at_the_disk(self._prune)
            return
        await asyncio.sleep(WRITE_S)
        # before the steps are taken: what comes meanwhile is another call
        self._come.clear()
        await self._at_the_disk(self._write)

    async def close(self) -> None:
        """Write what is left and end the segment; what comes now begins another. May be called again."""
        await self._at_the_disk(self._write_all)

    def abandon(self) -> None:
        """The power is cut (the laboratory's): what was not written is lost."""
        self._on = False
        self._steps.clear()
        self._ring.abandon()

    async def _at_the_disk(self, work: Callable[[], None]) -> None:
        try:
            await self._run_blocking(work)
        except OSError as error:
            self._off(error.strerror or "the disk", None)
        except Exception as error:  # noqa: BLE001 - as above
            self._off("a fault of its own", error)

    def _off(self, why: str, error: Exception | None) -> None:
        if self._on:
            self._on = False
            detail = f"\n{trace_of(error)}" if error is not None else ""
            log.warning("K-REC-001: the flight recorder is off until the next start: %s%s", why, detail)
        self._steps.clear()

    # ---- in the disk's thread -----------------------------------------------------------------

    def _write(self) -> None:
        """Steps are taken here, so that none is lost when a write is not begun."""
        lines: list[Line] = []
        for _ in range(len(self._steps)):
            lines += self._lines_of(self._steps.popleft())
        if not lines:
            return
        self._ring.write(lines)
        if any(line.begins for line in lines):
            self._prune()

    def _write_all(self) -> None:
        if self._on:
            self._write()
        self._names = self._last = None
        self._ring.end()

    def _prune(self) -> None:
        self._ring.prune(self._wall())

    def _lines_of(self, step: _Step) -> Iterator[Line]:
        """The line of a step, after the head of a segment if it begins one."""
        before, stamped, after, effects = step
        if self._names is None or before is not self._last or self._is_full(step):
            # a desk that was set up anew begins with a state of its own
            self._names = StandIns(self._key(KEY_BYTES))
            self._since, self._size = stamped.when.mono, 0
            yield self._counted(Line(head_line(before, self._version, self._names), True, stamped.when.wall))
        if isinstance(after, Fall):
            yield Line(fall_line(stamped, after, self._names))
            self._names = self._last = None
        else:
            yield self._counted(Line(event_line(stamped, after, effects, self._names)))
            self._last = after

    def _is_full(self, step: _Step) -> bool:
        old = step.stamped.when.mono - self._since > SEGMENT_S or self._size > SEGMENT_BYTES
        return (old and step.before.session is None) or self._size > LONGEST_BYTES

    def _counted(self, line: Line) -> Line:
        self._size += len(line.text)
        return line
