"""The recorder at the desk: hears every step, and never makes it wait."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from kiosk.circulation.effects import Effect
from kiosk.circulation.events import Stamped
from kiosk.circulation.state import State
from kiosk.doors import RunBlocking
from kiosk.recorder.names import KEY_BYTES, StandIns
from kiosk.recorder.ring import Line, Ring
from kiosk.recorder.segment import event_line, fall_line, head_line
from kiosk.recorder.settings import RecorderSettings
from kiosk.recorder.trace import trace_of

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

WAITING_BYTES = 8_000_000
"""What may wait for the disk. A disk that takes nothing for so long is broken."""


class FlightRecorder:
    """Keeps the last hours on the disk (meets `desk.ports.Recorder`).

    Everything personal is replaced before a line is made (`names`), here and at once: what waits for the disk
    could be shown to anybody. Whatever goes wrong, a full disk or a fault of its own, switches it off with
    one line in the log; the kiosk does not notice.

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
        self._names: StandIns | None = None
        self._last: State | None = None
        self._since = 0.0
        self._size = 0
        self._lines: deque[Line] = deque()
        self._waiting = 0
        self._come = asyncio.Event()

    @property
    def on(self) -> bool:
        """Whether it records."""
        return self._on

    # ---- at the desk --------------------------------------------------------------------------

    def stepped(self, before: State, stamped: Stamped, after: State, effects: Sequence[Effect]) -> None:
        """Record one step. Returns at once and raises nothing."""
        if not self._on:
            return
        try:
            names = self._names_for(before, stamped)
            self._put(Line(event_line(stamped, after, effects, names)))
            self._last = after
        except Exception as error:  # noqa: BLE001 - no fault of the recorder may reach the desk
            self._off("a fault of its own", error)

    def fell(self, before: State, stamped: Stamped, error: BaseException) -> None:
        """Record that the reducer raised, which ends the segment. Returns at once and raises nothing."""
        if not self._on:
            return
        try:
            names = self._names_for(before, stamped)
            self._put(Line(fall_line(stamped, error, names)))
            self._last = self._names = None
        except Exception as own:  # noqa: BLE001 - as above
            self._off("a fault of its own", own)

    def _names_for(self, before: State, stamped: Stamped) -> StandIns:
        """The stand-ins of the segment that this step belongs to; it may begin one."""
        old = stamped.when.mono - self._since > SEGMENT_S or self._size > SEGMENT_BYTES
        full = (old and before.session is None) or self._size > LONGEST_BYTES
        # a desk that was set up anew begins with a state of its own
        if self._names is not None and before is self._last and not full:
            return self._names
        self._names = StandIns(self._key(KEY_BYTES))
        self._since, self._size = stamped.when.mono, 0
        self._put(Line(head_line(before, self._version, self._names), begins=True, at=stamped.when.wall))
        return self._names

    def _put(self, line: Line) -> None:
        self._lines.append(line)
        self._size += len(line.text)
        self._waiting += len(line.text)
        if self._waiting > WAITING_BYTES:
            self._off("the disk takes nothing", None)
        self._come.set()

    # ---- at the disk --------------------------------------------------------------------------

    async def run(self) -> None:
        """Write what was recorded, until cancelled; then write what is left and end the segment."""
        try:
            await self._at_the_disk(self._prune)
            while True:
                await self._some_lines()
        finally:
            await self.close()

    async def _some_lines(self) -> None:
        try:
            async with asyncio.timeout(PRUNE_S):
                await self._come.wait()
        except TimeoutError:
            await self._at_the_disk(self._prune)
            return
        await asyncio.sleep(WRITE_S)
        # before the lines are taken: what comes meanwhile is another call
        self._come.clear()
        await self._at_the_disk(self._write)

    async def close(self) -> None:
        """Write what is left and end the segment; what comes now begins another. May be called again."""
        self._names = self._last = None
        await self._at_the_disk(self._write_all)

    def abandon(self) -> None:
        """The power is cut (the laboratory's): what was not written is lost."""
        self._on = False
        self._lines.clear()
        self._ring.abandon()

    async def _at_the_disk(self, work: Callable[[], None]) -> None:
        try:
            await self._run_blocking(work)
        except OSError as error:
            self._off(error.strerror or "the disk", None)
        except Exception as error:  # noqa: BLE001 - as above
            self._off("a fault of its own", error)

    def _write(self) -> None:
        """In the worker's thread. Lines are taken here, so that none is lost when a write is not begun."""
        lines = []
        while self._lines:
            lines.append(self._lines.popleft())
        self._waiting = 0
        if not lines:
            return
        self._ring.write(lines)
        if any(line.begins for line in lines):
            self._prune()

    def _write_all(self) -> None:
        if self._on:
            self._write()
        self._ring.end()

    def _prune(self) -> None:
        self._ring.prune(self._wall())

    def _off(self, why: str, error: Exception | None) -> None:
        if self._on:
            self._on = False
            detail = f"\n{trace_of(error)}" if error is not None else ""
            log.warning("K-REC-001: the flight recorder is off until the next start: %s%s", why, detail)
        self._lines.clear()
        self._names = self._last = None
