"""The receipt printer: watched, printed on, and believed only when it proves what it did.

How a print is proven. DLE EOT is answered at once, from outside of the data, so that "online" after a
print says nothing about the print. GS r 1 is answered in its place among the data: who answers it has
processed everything before it, the cut included. So each piece of a job is followed by one, and never
more than `AHEAD` pieces are with the printer unanswered. That

- proves the last line when the last answer comes and there is paper after it,
- notices within `AHEAD` pieces (32 mm) that the paper ran out, the cover was opened or the cutter jammed,
- keeps what a printer may still hold of a failed job small, since not every one can be told to forget it.

A printer that answers DLE EOT but never GS r, or neither, gets its bytes all the same: its prints are
*unproven*. After a failed job the printer is told to empty its buffers (DLE DC4 8) and the line is opened
anew: the rest of a patron's receipt must not come out for the next one.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from random import Random
from typing import NoReturn

from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import DeviceChanged
from kiosk.circulation.values import Condition, Device, Paper, Printout, Proof
from kiosk.doors import RunBlocking, rest
from kiosk.receipts.encode import Job, paper_job
from kiosk.receipts.line import Line, LineLost, OpenWire
from kiosk.receipts.settings import PaperSettings
from kiosk.receipts.status import Garbled, Status
from kiosk.typeset import Typesetter

log = logging.getLogger(__name__)

Post = Callable[[DeviceChanged], None]

AHEAD = 2
"""Pieces of a job that may be with the printer unanswered: while one prints, the next one waits."""

ASK_AGAIN_S = 0.5
"""Pause between two questions why a printer does not go on."""

STUCK_PART = 1 / 3
"""The part of the time for a print after which a printer that says it is well, but answers nothing in
order, gets the rest without waiting."""

QUIET = 2
"""After how many times the patience for one answer no late answers are to come any more."""

REOPEN_PATIENCE = 6
"""For how many times the patience for one answer a print waits while the line is opened anew."""

Known = tuple[Condition, Reason | None]


class Failed(Exception):
    """The job did not come out, for `reason`."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.value)


class EscposPrinter:
    """One ESC/POS printer; meets `desk.ports.Printer`."""

    def __init__(
        self,
        settings: PaperSettings,
        open_wire: OpenWire,
        *,
        run_blocking: RunBlocking,
        typesetter: Callable[[], Typesetter],
        random: Random,
        bytes_s: float = math.inf,
    ) -> None:
        """Print over the wire that `open_wire` opens.

        Args:
            settings: the paper, times and patience.
            open_wire: opens the wire; called again each time it is lost (TCP, serial, or `usb`).
            run_blocking: runs the typesetting; one thread, which then owns the typesetter.
            typesetter: makes the typesetter, in that thread, when the first paper is printed.
            random: chance for the back-off.
            bytes_s: how many bytes a second the wire carries, where that is what a print waits for.
        """
        self._settings = settings
        self._open_wire = open_wire
        self._run_blocking = run_blocking
        self._make_typesetter = typesetter
        self._typesetter: Typesetter | None = None
        self._random = random
        self._bytes_s = bytes_s
        self._line: Line | None = None
        self._turn = asyncio.Lock()
        self._reopened = asyncio.Event()
        self._reopened.set()
        self._post: Post | None = None
        self._known: Known | None = None
        self._why = ""
        """What ended the last line, for the log."""
        self._unclean = False
        """The printer may still hold a part of a job that failed."""
        self._owes = False
        """It may still answer, in order, what was asked on a line that was given up."""

    # ---- what the desk asks -----------------------------------------------------------------

    async def print(self, paper: Paper) -> Printout:
        """Print one piece of paper and learn whether it came out; at once `FAILED` when it is away."""
        await _either(self._reopened, REOPEN_PATIENCE * self._settings.answer_timeout_s)
        if not self._is_there():
            return self._away()
        job = await self._run_blocking(self._job, paper)
        async with self._turn:
            line = self._line
            if line is None:
                return self._away()
            try:
                return await self._print(line, job)
            except Failed as failed:
                if failed.reason is Reason.PRINTER_GARBLED:
                    line.drop()
                return Printout(Proof.FAILED, failed.reason)
            except asyncio.CancelledError:
                self._unclean = self._owes = True
                self._reopen(line)
                raise

    def _is_there(self) -> bool:
        return self._line is not None

    def _away(self) -> Printout:
        reason = None if self._known is None else self._known[1]
        return Printout(Proof.FAILED, reason or Reason.PRINTER_MISSING)

    def _job(self, paper: Paper) -> Job:
        """Runs in the thread that owns the typesetter."""
        if self._typesetter is None:
            self._typesetter = self._make_typesetter()
        return paper_job(paper, self._typesetter, self._settings)

    # ---- one job ----------------------------------------------------------------------------

    async def _print(self, line: Line, job: Job) -> Printout:
        """Raises Failed. Nothing was sent when the printer was not well before."""
        before = await self._look(line)
        try:
            if before is not None and line.owes:
                await self._settle(line)
            proven = await self._send_and_prove(line, job, silent=before is None)
        except Failed:
            await self._give_up(line)
            raise
        except LineLost as error:
            await self._give_up(line)
            raise Failed(Reason.PRINTER_MISSING) from error
        if 0 < line.answered < line.asked:
            self._owes = True  # an answer that comes too late must not prove the next job
            self._reopen(line)
        return Printout(Proof.PROVEN) if proven else Printout(Proof.UNPROVEN, Reason.PRINTER_SILENT)

    async def _send_and_prove(self, line: Line, job: Job, *, silent: bool) -> bool:
        """Send a job; True when it is proven, False when nobody knows.

        Raises:
            Failed: the printer says why it does not go on, or takes no more bytes.
            LineLost: the printer is gone.
        """
        loop, settings = asyncio.get_running_loop(), self._settings
        deadline = loop.time() + settings.print_timeout_s + len(job.data) / self._bytes_s
        answers = line.answered > 0 and not line.owes
        pace = answers and not silent
        for piece in job.pieces:
            try:
                async with asyncio.timeout_at(deadline):
                    await line.send(piece)
            except TimeoutError as error:
                raise Failed(Reason.PRINTER_SILENT) from error
            if pace:
                await line.ask_in_order()
                carried = (AHEAD + 1) * len(piece) / self._bytes_s
                patience = min(deadline, loop.time() + settings.print_timeout_s * STUCK_PART + carried)
                pace = await self._follow(line, AHEAD, patience)
        if not pace:
            await line.ask_in_order()
        if not answers:
            deadline = min(deadline, loop.time() + settings.answer_timeout_s)
        if not await self._follow(line, 0, deadline):
            return False
        await self._look(line)
        return not line.owes

    async def _follow(self, line: Line, behind: int, until: float) -> bool:
        """Wait until the printer is at most `behind` answers behind; False when that takes too long
        and it does not say why.

        Raises:
            Failed: it says why, or garbage.
            LineLost: the printer is gone.
        """
        loop = asyncio.get_running_loop()
        asks = True
        while (left := until - loop.time()) > 0:
            if await line.wait_in_order(behind, min(left, ASK_AGAIN_S)):
                if line.paper_ended:
                    raise Failed(self._report(Condition.MISSING, Reason.PAPER_OUT))
                return True
            if asks:
                # once it was too slow to answer, its next answer may be to a question before
                asks = await self._look(line) is not None
        return await line.wait_in_order(behind, 0)

    async def _look(self, line: Line) -> Status | None:
        """Ask for the status and report it; None when the printer is silent.

        Raises:
            Failed: it cannot print, or what it says is garbage, or it is gone.
        """
        try:
            status = await line.status(self._settings.answer_timeout_s)
        except Garbled as error:
            log.info("printer: %s", error)
            raise Failed(self._report(Condition.MISSING, Reason.PRINTER_GARBLED)) from error
        except LineLost as error:
            raise Failed(Reason.PRINTER_MISSING) from error
        if status is None:
            self._report(Condition.DEGRADED, Reason.PRINTER_SILENT)
            return None
        condition, reason = status.condition
        self._report(condition, reason)
        if status.trouble is not None:
            raise Failed(status.trouble)
        return status

    async def _give_up(self, line: Line) -> None:
        """Let no rest of a job come out later: empty the printer, and open the line anew."""
        self._unclean = True
        self._owes |= line.answered > 0
        try:
            async with asyncio.timeout(2 * self._settings.answer_timeout_s):  # a full line takes nothing
                await self._empty(line)
        except (LineLost, TimeoutError):
            pass  # tried again on the next line
        self._reopen(line)

    def _reopen(self, line: Line) -> None:
        """Give the line up, though the printer is there: the supervisor opens a new one at once, and
        a print that comes meanwhile waits for it."""
        self._line = None
        if not line.lost:
            self._reopened.clear()
        line.drop()

    async def _empty(self, line: Line) -> None:
        """Empty the printer's buffers, with all questions in them. Raises LineLost."""
        if await line.clear(self._settings.answer_timeout_s):
            self._unclean = self._owes = line.owes = False

    async def _settle(self, line: Line) -> None:
        """Let late answers come in, so that new ones mean something again. Raises LineLost."""
        await line.settle(QUIET * self._settings.answer_timeout_s)
        self._owes = line.owes

    # ---- the supervisor ---------------------------------------------------------------------

    async def run(self, post: Post) -> NoReturn:
        """Keep the line to the printer and watch it until cancelled; post each change."""
        self._post = post
        losses = 0
        while True:
            losses = await self._attend(losses)
            if losses:
                log.log(logging.WARNING if losses == 1 else logging.DEBUG, "no printer: %s", self._why)
                await asyncio.sleep(self._rest(losses))

    async def _attend(self, losses: int) -> int:
        """Open the line and watch the printer until that ends. Gives the number of losses in a row: 0
        when we gave the line up ourselves, 1 when the printer had been well, one more otherwise."""
        try:
            wire = await self._open_wire()
        except OSError as error:
            self._why = repr(error)
            self._report(Condition.MISSING, Reason.PRINTER_MISSING)
            self._reopened.set()
            return losses + 1
        line = Line(wire, owes=self._owes)
        self._reopened.clear()  # it is reported well before it may be printed on
        listening = asyncio.create_task(line.listen(), name="printer: line")
        try:
            while not line.over.is_set():
                async with self._turn:
                    await self._check(line)
                if not line.over.is_set():
                    self._line, losses = line, 0
                    self._reopened.set()
                    await _either(line.over, self._settings.watch_s)
        finally:
            self._line = None
            await line.close()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
        if line.lost:
            self._why = "the line has ended"
            self._report(Condition.MISSING, Reason.PRINTER_MISSING)
        garbled = self._known == (Condition.MISSING, Reason.PRINTER_GARBLED)
        if not (line.lost or garbled):
            return 0
        if garbled:
            self._why = "it answers, but not as a printer does"
        self._reopened.set()
        return losses + 1

    async def _check(self, line: Line) -> None:
        """One round of the watch: the status, reported; whether it answers in order, learnt."""
        try:
            if self._unclean:
                await self._empty(line)
                self._unclean = False  # whatever it said: a printer that cannot do it will not learn it
            status = await self._look(line)
            if status is not None and line.owes:
                await self._settle(line)
            elif status is not None and not line.asked:
                await line.ask_in_order()
                await line.wait_in_order(0, self._settings.answer_timeout_s)
        except Failed as failed:  # it was reported
            if failed.reason is Reason.PRINTER_GARBLED:
                line.drop()
        except LineLost:
            pass  # the caller sees that the line is over

    def _rest(self, losses: int) -> float:
        settings = self._settings
        return rest(losses, settings.reopen_first_s, settings.reopen_longest_s, self._random)

    def _report(self, condition: Condition, reason: Reason | None) -> Reason:
        """Report a condition when it is a new one; gives the reason back."""
        if self._known != (condition, reason):
            self._known = (condition, reason)
            if self._post is not None:
                self._post(DeviceChanged(Device.PRINTER, condition, reason))
        return reason or Reason.PRINTER_ERROR


async def _either(event: asyncio.Event, timeout_s: float) -> None:
    """Wait for `event`, at most `timeout_s`."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        pass
