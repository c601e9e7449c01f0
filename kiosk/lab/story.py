"""One day, played: the real kiosk in virtual time, the far sides beside it, people and faults.

The kiosk has *lives*: a power cut ends one between two steps of the loop, and the next begins on the same
journal file. Far sides, books and people live on. Exactly the five doors of DESIGN section 4 are replaced:
loop time, wall time, wires, blocking work and chance. Cards enter at their port.
"""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_right
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from pathlib import Path

from kiosk.app import Doors, build
from kiosk.circulation.views import AttractView, View
from kiosk.journal import StoredRow
from kiosk.lab import recorder
from kiosk.lab.blocking import Blocking
from kiosk.lab.disk import LossyDisk
from kiosk.lab.evidence import Evidence, Press, Result, Shown, items_shown, stamp
from kiosk.lab.hands import PeoplesHands
from kiosk.lab.happenings import Happenings
from kiosk.lab.heap import has_eas
from kiosk.lab.kit import settings
from kiosk.lab.lines import MemoryGpiod
from kiosk.lab.loop import VirtualLoop, run
from kiosk.lab.pcsc import apdus_over
from kiosk.lab.plans import Manners, Plan
from kiosk.lab.played import Played, canaries, with_far_sides
from kiosk.lab.seen import stays
from kiosk.lab.staff import Staff
from kiosk.lab.till import TillPort
from kiosk.lab.visitor import Visitor
from kiosk.lab.waiter import Waiter
from kiosk.lab.wires import Bench
from kiosk.simulator import World
from kiosk.simulator.device import Device
from kiosk.simulator.tag import Tag

T0 = 1000.0
"""Monotonic seconds at which every day begins."""

WALL = 1_795_341_600.0 - T0
"""What wall time is ahead of monotonic time, at first."""

LONGEST_S = 900.0
"""Virtual seconds after which a visit that has not ended is given up; the longest known take 200."""

DAY_S = 86_400.0
"""Virtual seconds after which a day is given up."""

QUIET_S = 8.0
"""Rest before the end: the last lazy rows are flushed (five seconds), destroyed keys leave the WAL (two)."""

RETURN_S = 8.0
"""How long books that were brought back lie on the pad: opening a connection, 63 and 17 take one."""

SETTLING_S = 25.0
"""How long three attempts to learn what became of a loan take, with the pauses between them, at most."""

WIRED = ("ils", "reader", "printer")
"""Devices at the end of a wire; the GPIO chip is in the kiosk."""
NOBODY = frozenset({"attract", "cannot-lend", "staff"})
"""Screens at which nobody is signed in."""


class PowerCut(Exception):
    """The kiosk is dark."""


class FellOver(Exception):
    """The kiosk's program ended by itself."""


class Story:
    """One plan, played in `folder` (which gets the kiosk's `data` and `journal.key`)."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        """Build the far sides; nothing happens before `play`."""
        self.plan = plan
        self.folder = folder
        self.world = World(plan.scenery, chance=random.Random(plan.seed), wall=lambda: self.now() + WALL)
        self.notes: list[tuple[float, str]] = []
        self._loop: VirtualLoop | None = None
        self._dark_now, self._dark_s = T0, 0.0
        self.happenings = Happenings(plan, self.world, self.now, self.note, self._stirred)
        self._hands = PeoplesHands(self.world, self.happenings, self.now, self.note)
        self._staff = Staff(self._hands, self.happenings, plan.seed)
        self.people = [Visitor(manners, self._hands) for manners in plan.people]
        self._chance = random.Random(f"kiosk life {plan.seed}")
        self._disk = LossyDisk(folder, random.Random(f"kiosk disk {plan.seed}")) if plan.lossy else None
        self.happenings.lossy = self._disk
        self._blocking = Blocking(self._chance, self.happenings, lambda: self._hands.kiosk is not None)
        self._cuts: list[float] = []
        self._began: list[tuple[float, int]] = []
        self._frames: list[tuple[str, bytes, float]] = []
        self._shown: list[tuple[float, View]] = []
        self._wrong: list[str] = []
        self._brought_back: tuple[str, ...] | None = None
        self._healed = False
        # of the present life, like `_loop`
        self._bench: Bench | None = None
        self._lines: MemoryGpiod | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._waiter: Waiter | None = None

    # ---- playing ----------------------------------------------------------------------------

    def play(self) -> Played:
        """Play it to its end, through as many lives as it takes."""
        with self._disk or nullcontext():
            start, rows = T0, None
            while rows is None:
                self._dark_now = start
                try:
                    rows = run(self._life(), start=start)
                except PowerCut:
                    start = self._darkness()
                except Exception as error:  # noqa: BLE001 - whatever it is, it is what the lab looks for
                    self._wrong.append(f"the kiosk fell over: {error!r}")
                    rows = ()
                self._dark_now = self.now()
                self._loop = None
        return self._played(rows)

    def _count_down(self) -> None:
        """Before each step of the loop, once a power cut is coming: is this where the power goes?"""
        countdown = self.happenings.countdown
        if countdown is None:
            return
        steps, dark_s = countdown
        if steps > 0:
            self.happenings.countdown = (steps - 1, dark_s)
            return
        self.note("the power is cut")
        self._dark_now = self.now()
        self._cuts.append(stamp(self._dark_now, T0))
        self._blocking.dark = True
        self._hands.view = None
        if self._bench is not None:
            self._bench.cut()
        if self._lines is not None:
            self._lines.cut()
        self.happenings.till.dark()
        if self._disk is not None and not self._disk.dark:
            self._disk.cut()
        if self._hands.kiosk is not None:
            self._hands.kiosk.journal.abandon()
        self._bench = self._loop = None
        self._dark_s = dark_s
        self.happenings.countdown = None
        raise PowerCut

    def _darkness(self) -> float:
        """Between two lives; returns when the next one begins."""
        self._hands.kiosk = self._waiter = self._alarm = None
        back = self._dark_now + self._dark_s
        for person in self.people:
            person.dark()
        self.happenings.work_off(back, self._dark_until)
        self._dark_until(back)
        if self._disk is not None:
            self._disk.power_returns()
        self.note("the power is back")
        return back

    def _dark_until(self, at: float) -> None:
        self._dark_now = max(self._dark_now, at)

    async def _life(self) -> tuple[StoredRow, ...]:
        """The kiosk from its start to the end of the day (or to the power cut)."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self._loop = loop
        self._blocking.dark = False
        on_wires: dict[str, Device] = {
            name: self.world.devices[name] for name in WIRED if name != "printer" or self.plan.printer
        }
        self._bench = bench = Bench(on_wires, jump=self.plan.quick)
        self._lines = MemoryGpiod(self.world.chip, self.now)
        bench.play()
        kiosk = self._hands.kiosk = await build(
            settings(self.plan, self.folder), self._doors(bench, loop), screens=[self]
        )
        self._stirred()
        working = loop.create_task(kiosk.run(), name="kiosk")
        playing = loop.create_task(self._visits(), name="day")
        try:
            jobs = {working, playing}
            await asyncio.wait(jobs, timeout=DAY_S, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
                raise FellOver("it ended without an error")
            if not playing.done():
                raise FellOver(f"the day has not ended in {DAY_S:.0f} s")
            await playing
            rows = await kiosk.journal.all_rows()
        finally:
            for task in (playing, working):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        await kiosk.journal.close()
        return rows

    async def _visits(self) -> None:
        for person in self.people:
            if not person.gone:
                await self._one_visit(person)
        self._heal()
        await self._alone()
        if self.plan.conscience and self._brought_back is None:
            await self._bring_back()
        await self._alone()
        await self._rest()

    async def _one_visit(self, person: Visitor) -> None:
        manners = person.manners
        if not person.here:
            self._open(manners)
            await asyncio.sleep(manners.gap_s)
            if manners.staff:
                await self._staff.look_in(manners.number)
            person.arrive()
        until = self.now() + LONGEST_S
        while True:
            rest = person.look()
            if person.gone:
                return
            if self.now() > until:
                raise FellOver(f"visit {manners.number} has not ended in {LONGEST_S:.0f} s")
            await self._news(rest, manners.pace_s)

    def _open(self, manners: Manners) -> None:
        """The next visit begins. What chance does in it does not depend on the visits before."""
        if self._began and self._began[-1][1] == manners.number:
            return
        self._began.append((stamp(self.now(), T0), manners.number))
        self._chance.seed(f"kiosk visit {self.plan.seed} {manners.number}")
        self.happenings.visit(manners.number)
        self.happenings.met += manners.odd

    async def _news(self, rest_s: float, pace_s: float) -> None:
        """Until so long has passed, or something new has been on the screen for a moment."""
        assert self._loop is not None
        self._waiter = waiter = Waiter(self._loop, rest_s, pace_s)
        try:
            await waiter.over
        finally:
            self._waiter = None

    async def _alone(self) -> None:
        """Until nobody is signed in and the kiosk is ready for the next one."""
        until = self.now() + LONGEST_S
        while self._hands.view is None or not isinstance(self._hands.view.screen, AttractView):
            if self.now() > until:
                raise FellOver(f"the kiosk was not ready for the next one in {LONGEST_S:.0f} s")
            await self._news(LONGEST_S / 2, 0.0)

    async def _bring_back(self) -> None:
        """Somebody finds books that are lent and still armed, or taken back and not, and lays them on the
        pad."""
        ils = self.world.ils
        lent = {loan.item for loan in ils.loans if loan.item in ils.held_by}
        back = {done.item for done in ils.returns} - set(ils.held_by)
        field = self.world.field.tags
        wrong = [
            uid
            for uid, tag in field.items()
            if tag.there
            and (
                (tag.plan.barcode in lent and (tag.afi == 0x07 or self._sounds(tag)))
                or (tag.plan.barcode in back and (tag.afi == 0xC2 or self._silent(tag)))
            )
        ]
        self._hands.lift(uid for uid, tag in field.items() if tag.present)
        if wrong:
            await asyncio.sleep(4.0)
            self._brought_back = tuple(wrong)
            self._hands.put(wrong)
            await asyncio.sleep(RETURN_S + 0.5 * len(wrong))
        self._brought_back = tuple(wrong)

    def _sounds(self, tag: Tag) -> bool:
        """Whether the gate hears its EAS bit."""
        return self.plan.eas and has_eas(tag.plan) and tag.eas

    def _silent(self, tag: Tag) -> bool:
        return self.plan.eas and has_eas(tag.plan) and not tag.eas

    async def _rest(self) -> None:
        """Until the kiosk has had time for all that it still can do by itself."""
        await asyncio.sleep(QUIET_S)
        if self._hands.kiosk is not None:
            sagas: dict[str, set[str]] = {}
            for row in await self._hands.kiosk.journal.stored_rows(only_open=True):
                sagas.setdefault(row.saga, set()).add(row.kind)
            if {"intent"} in sagas.values():
                await asyncio.sleep(SETTLING_S)

    def _heal(self) -> None:
        if not self._healed:
            self._healed = True
            self._began.append((stamp(self.now(), T0), 0))
            self.happenings.over()

    def _played(self, rows: tuple[StoredRow, ...]) -> Played:
        trouble = [*self.happenings.wrong, *(f"the day itself: {each}" for each in self.world.troubles)]
        shown = recorder.all_shown((view, stamp(at, T0)) for at, view in self._shown)
        letters = self.plan.scenery.ils.charset
        frames = tuple(recorder.frame(*heard, T0, letters) for heard in self._frames)
        self._shown.clear()  # a story is part of a cycle, and what it holds waits for the collector
        result = Result(f"seed {self.plan.seed}", items=items_shown(shown), cuts=tuple(self._cuts))
        evidence = Evidence(
            frames=frames,
            shown=shown,
            journal=recorder.journal_rows(rows, T0),
            canaries=canaries(self.plan.scenery),
            result=result,
            faint=stays(self.happenings.faint, T0),
            slow=stays({"reader": self.happenings.slow}, T0)["reader"],
            till=self.happenings.till.seen(T0) if self.plan.till else None,
            pressed=tuple(Press(stamp(at, T0), *what) for at, *what in self._hands.presses),
        )
        return Played(
            with_far_sides(evidence, self.world, self.plan, T0),
            tuple(self.notes),
            (*self._wrong, *trouble),
            tuple(self.happenings.met),
            tuple(self.happenings.struck),
            tuple(self._began),
            self._brought_back or (),
            self._sessions(shown),
        )

    def _sessions(self, shown: Iterable[Shown]) -> int:
        """How many the kiosk had; each of its lives counts them anew."""
        served = {(entry.ms, entry.session) for entry in shown if entry.screen not in NOBODY}
        return len({(bisect_right(self._cuts, ms), session) for ms, session in served})

    # ---- the doors --------------------------------------------------------------------------

    def _doors(self, bench: Bench, loop: VirtualLoop) -> Doors:
        hear, happenings = self._frames.append, self.happenings
        return Doors(
            wall=lambda: loop.time() + WALL + happenings.wall_ahead,
            mono=loop.time,
            open_wire=lambda host, port: bench.wire_to(host),
            open_serial=lambda device, baud, parity="none": bench.wire_to(device),
            open_apdus=lambda pad, run_blocking: apdus_over(bench.wire_to(pad.reader), pad.answer_timeout_s),
            fonts=self.folder / "fonts",
            gpio=lambda name: self._lines,
            run_blocking=self._blocking.door,
            chance=self._chance,
            till=TillPort(self.happenings.till) if self.plan.till else None,
            tap=lambda direction, frame, at: hear((direction, frame, at)),
        )

    # ---- the screen and the hands -----------------------------------------------------------

    def show(self, view: View) -> None:
        """Be the kiosk's screen."""
        if self._bench is None:
            return  # its farewells in the dark
        self.happenings.shown(view.screen)
        self._hands.view = view
        self._shown.append((self.now(), view))
        if self._waiter is not None:
            self._waiter.hurry()

    def now(self) -> float:
        """Monotonic seconds."""
        return self._dark_now if self._loop is None else self._loop.time()

    def note(self, text: str) -> None:
        """Remember what somebody did, for the telling."""
        self.notes.append((stamp(self.now(), T0), text))

    # ---- far sides and faults ---------------------------------------------------------------

    def _stirred(self) -> None:
        """Something was done to the far sides, or is planned, or the power is to go."""
        loop, happenings = self._loop, self.happenings
        if loop is None:
            return
        if happenings.countdown is not None:
            loop.before_each = self._count_down
        if self._bench is not None:
            # not at once: this may be the middle of a device's own act
            loop.call_soon(self._bench.play)
        due = happenings.due
        if self._alarm is not None:
            if self._alarm.when() == due:
                return
            self._alarm.cancel()
            self._alarm = None
        if due is not None:
            self._alarm = loop.call_at(due, self._work_off)

    def _work_off(self) -> None:
        self._alarm = None
        self.happenings.work_off(self.now())
        self._stirred()
