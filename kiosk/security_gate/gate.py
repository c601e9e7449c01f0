"""The gate as the desk knows it: released for one patron, and its alarm heard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from random import Random
from typing import NoReturn

from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import DeviceChanged, GateAlarmed, GateReport
from kiosk.circulation.values import Condition, Device
from kiosk.doors import RunBlocking, rest
from kiosk.security_gate.errors import GateAway, GateGone, LineStuck, StuckActive
from kiosk.security_gate.lines import Chip, ChipLines
from kiosk.security_gate.settings import GateLines

log = logging.getLogger(__name__)

Post = Callable[[GateReport], None]

OpenChip = Callable[[], Chip]
"""Opens the chip, blocking; all outputs are idle then. Raises GateAway."""

LOOK_S = 2.0
"""How often the idle release line is looked at: is the chip there, is the line still idle?"""

RETRY_S = 0.5
"""How often a line that stays active is told again to be idle: the gate stands open meanwhile."""


class LineGate:
    """A gate on GPIO lines; meets `desk.ports.Gate`.

    `degraded` with GATE_STUCK means one of two things. The release line stays active: everybody is let
    through, and it is told to be idle again and again, and is ready once it is. Or it did not become
    active at the last release: only the next release (a patron's, or staff's test) can show that it does
    again, since nothing else may open the gate.

    The lines are idle at the start and at the end, also when the program ends by an exception. After a
    kill or a power cut nobody can do that: the relay has to be wired so that the gate is safe without us.
    """

    def __init__(
        self,
        open_chip: OpenChip,
        settings: GateLines,
        run_blocking: RunBlocking,
        run_waiting: RunBlocking,
        random: Random,
    ) -> None:
        """Work the lines of the chip that `open_chip` opens.

        Args:
            open_chip: opens the chip, in `run_blocking`; called again each time it is lost.
            settings: the lines.
            run_blocking: runs what is asked of the chip; give it a thread of its own.
            run_waiting: waits for edges; give it another one.
            random: chance for the back-off.
        """
        self._open_chip = open_chip
        self._settings = settings
        self._run_blocking = run_blocking
        self._run_waiting = run_waiting
        self._random = random
        self._lines: ChipLines | None = None
        self._stuck: LineStuck | None = None
        self._lost: asyncio.Event = asyncio.Event()
        self._condition: tuple[Condition, Reason | None] | None = None
        self._post: Post | None = None

    # ---- what the desk asks -----------------------------------------------------------------

    async def release(self) -> bool:
        """Let one patron through: True when the line followed, both ways, which takes the pulse's time.

        False at once when the chip is away or the line stays active. Asked again meanwhile, the pulse
        becomes longer.
        """
        lines, settings = self._lines, self._settings
        if lines is None or isinstance(self._stuck, StuckActive):
            return False
        try:
            await lines.pulse(settings.release_line, settings.pulse_s)
        except LineStuck as error:
            log.warning("the gate's release did not follow: %s", error)
            self._stuck = error
            self._tell_ready()
            self._lost.set()  # have it looked at soon
            return False
        except GateAway as error:
            log.warning("the gate was lost while it was released: %s", error)
            self._lost.set()
            return False
        self._stuck = None
        self._tell_ready()
        return True

    async def open_case(self) -> bool:
        """Open the lock of the media case that lies on it: True when the line followed, both ways, which
        takes the pulse's time. False at once when there is no such line, or the chip is away."""
        lines, settings = self._lines, self._settings
        if lines is None or settings.case_line < 0:
            return False
        try:
            await lines.pulse(settings.case_line, settings.case_pulse_s)
        except LineStuck as error:
            log.warning("the lock of a case did not follow: %s", error)
            return False
        except GateAway as error:
            log.warning("the lines were lost while a case was opened: %s", error)
            self._lost.set()
            return False
        return True

    # ---- the chip ---------------------------------------------------------------------------

    async def run(self, post: Post) -> NoReturn:
        """Keep the chip and hold its lines in their safe state until cancelled; post what happens."""
        self._post = post
        losses = 0
        while True:
            error = await self._attend(post)
            losses = 1 if self._was_there() else losses + 1
            log.log(logging.WARNING if losses == 1 else logging.DEBUG, "no gate: %r", error)
            self._tell(Condition.MISSING, Reason.GATE_MISSING)
            await asyncio.sleep(self._rest(losses))

    async def _attend(self, post: Post) -> GateAway:
        """Open the chip, work it, and give back what ended that."""
        try:
            chip = await self._opened()
        except GateAway as error:
            return error
        settings = self._settings
        feedback = {settings.release_line: settings.feedback_line} if settings.feedback_line >= 0 else {}
        lines = ChipLines(chip, self._run_blocking, self._run_waiting, feedback)
        hearing = None
        if settings.alarm_line >= 0:
            lines.on_edge(settings.alarm_line, lambda active: post(GateAlarmed()) if active else None)
            hearing = asyncio.create_task(lines.hear(), name="gate: alarm")
            hearing.add_done_callback(lambda _done: self._lost.set())
        try:
            await self._hold(lines, hearing)
        except GateAway as error:
            return error
        finally:
            self._lines = None
            if hearing is not None:
                hearing.cancel()
            await lines.close()
            if hearing is not None:
                await asyncio.gather(hearing, return_exceptions=True)

    async def _opened(self) -> Chip:
        """The open chip. Cancelled meanwhile, it is closed again, for its thread goes on opening it."""
        opening = asyncio.ensure_future(self._run_blocking(self._open_chip))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            await asyncio.gather(opening, return_exceptions=True)
            if not opening.cancelled() and opening.exception() is None:
                await self._run_blocking(opening.result().close)
            raise

    async def _hold(self, lines: ChipLines, hearing: asyncio.Task[NoReturn] | None) -> NoReturn:
        """Hold the release line idle but for its pulses. Raises GateAway."""
        line = self._settings.release_line
        loop = asyncio.get_running_loop()
        self._stuck = None
        while True:
            self._lost.clear()
            if hearing is not None and hearing.done():
                hearing.result()
                raise GateGone("nobody listens to the alarm any more")
            if not lines.pulsing(line):
                try:
                    wrong = self._lines is None or await lines.level(line)
                    if wrong and not lines.pulsing(line):  # a pulse may have begun while it was read
                        await lines.set(line, False)
                    if isinstance(self._stuck, StuckActive):
                        log.warning("the gate's release is idle again")
                        self._stuck = None
                except StuckActive as error:
                    if not isinstance(self._stuck, StuckActive):
                        log.warning("the gate stands open: %s", error)
                    self._stuck = error
            self._lines = lines
            self._tell_ready()
            rest = RETRY_S if isinstance(self._stuck, StuckActive) else LOOK_S
            alarm = loop.call_later(rest, self._lost.set)
            try:
                await self._lost.wait()
            finally:
                alarm.cancel()

    # ---- small things -----------------------------------------------------------------------

    def _rest(self, losses: int) -> float:
        settings = self._settings
        return rest(losses, settings.reopen_first_s, settings.reopen_longest_s, self._random)

    def _was_there(self) -> bool:
        return self._condition is not None and self._condition[0] is not Condition.MISSING

    def _tell_ready(self) -> None:
        if self._stuck is None:
            self._tell(Condition.READY, None)
        else:
            self._tell(Condition.DEGRADED, Reason.GATE_STUCK)

    def _tell(self, condition: Condition, reason: Reason | None) -> None:
        if self._condition != (condition, reason) and self._post is not None:
            self._condition = (condition, reason)
            self._post(DeviceChanged(Device.GATE, condition, reason))
