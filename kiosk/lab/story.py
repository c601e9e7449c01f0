"""One story, played: the real kiosk in virtual time, the far sides beside it, people and faults.

The kiosk has *lives*: a power cut ends one between two steps of the loop, and the next begins on the same
journal file. Far sides, books and people live on. Exactly the five doors of DESIGN section 4 are replaced:
loop time, wall time, wires, blocking work and chance. Cards enter at their port.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kiosk.app import Doors, Kiosk, build
from kiosk.circulation.intents import Do, Intent, Pressed, Renew
from kiosk.circulation.values import PatronId, Row
from kiosk.circulation.views import AttractView, LoanView, ReturnView, View
from kiosk.journal import StoredRow
from kiosk.lab import recorder
from kiosk.lab.evidence import Canary, Evidence, Frame, Result, Shown, far_sides, items_shown, stamp
from kiosk.lab.kit import settings
from kiosk.lab.lines import MemoryGpiod
from kiosk.lab.loop import run
from kiosk.lab.plans import RELEASE_LINE, Command, Fault, Plan
from kiosk.lab.visitor import Visitor
from kiosk.lab.wires import Bench
from kiosk.simulator import World
from kiosk.simulator.device import Device
from kiosk.wires import OpenWire

T = TypeVar("T")

T0 = 1000.0
"""Monotonic seconds at which every story begins."""

WALL = 1_795_341_600.0 - T0
"""What wall time is ahead of monotonic time."""

LONGEST_S = 900.0
"""Virtual seconds after which a story that has not ended is given up; the longest known take 200."""

QUIET_S = 5.0
"""Rest before the end: the last lazy rows are flushed (two seconds), destroyed keys leave the WAL (two)."""

RETURN_S = 8.0
"""How long books that were brought back lie on the pad: opening a connection, 63 and 17 take one."""

SETTLING_S = 25.0
"""How long three attempts to learn what became of a loan take, with the pauses between them, at most."""

FLUSH_S = (0.0005, 0.02)
"""What blocking work is charged, before and after it is done: a flush on a good disk and on a bad card."""


WIRED = ("ils", "reader", "printer")
"""Devices at the end of a wire; the GPIO chip is in the kiosk."""


class PowerCut(Exception):
    """The kiosk is dark."""


class FellOver(Exception):
    """The kiosk's program ended by itself."""


@dataclass(slots=True)
class Played:
    """What came of a story. `notes` tell what people and faults did, `wrong` what must never happen and
    is not seen from the far sides; `brought_back` are tags that were laid on the pad at the end."""

    evidence: Evidence
    notes: tuple[tuple[float, str], ...]
    wrong: tuple[str, ...]
    faults: tuple[str, ...]
    brought_back: tuple[str, ...]


class Story:
    """One plan, played in `folder` (which gets the kiosk's `data` and `journal.key`)."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        """Build the far sides; nothing happens before `play`."""
        self.plan = plan
        self.folder = folder
        self.world = World(plan.scenery, chance=random.Random(plan.seed), wall=lambda: self._now + WALL)
        self.people = [Visitor(manners, self) for manners in plan.people]
        self.notes: list[tuple[float, str]] = []
        self.met: list[str] = list(plan.odd)
        self._now = T0
        self._chance = random.Random(f"kiosk life {plan.seed}")
        self._waiting = list(plan.faults)
        self._counts: dict[str, int] = {}
        self._agenda: list[tuple[float, int, Command]] = []
        self._planned = 0
        self._countdown: tuple[int, float] | None = None
        self._cuts: list[float] = []
        self._frames: list[Frame] = []
        self._shown: list[Shown] = []
        self._wrong: list[str] = []
        self._brought_back: tuple[str, ...] | None = None
        self._healed = False
        # of the present life
        self._bench: Bench | None = None
        self._lines: MemoryGpiod | None = None
        self._kiosk: Kiosk | None = None
        self._view: View | None = None
        self._stirred = asyncio.Event()
        self._drawn = asyncio.Event()
        self._listen_to_the_world()

    # ---- playing ----------------------------------------------------------------------------

    def play(self) -> Played:
        """Play it to its end, through as many lives as it takes."""
        start, rows = T0, None
        while rows is None:
            self._now = start
            try:
                rows = run(self._life(), start=start, before_each=self._before_each)
            except PowerCut:
                start = self._darkness()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what the lab looks for
                self._wrong.append(f"the kiosk fell over: {error!r}")
                rows = ()
        return self._played(rows)

    def _before_each(self) -> None:
        """Before each step of the loop: is this where the power goes?"""
        self._now = asyncio.get_running_loop().time()
        if self._countdown is None:
            return
        steps, dark_s = self._countdown
        if steps > 0:
            self._countdown = (steps - 1, dark_s)
            return
        self.note("the power is cut")
        self._cuts.append(stamp(self._now, T0))
        self._view = None
        if self._bench is not None:
            self._bench.cut()
        if self._lines is not None:
            self._lines.cut()
        if self._kiosk is not None:
            self._kiosk.journal.abandon()
        self._bench = None
        raise PowerCut

    def _darkness(self) -> float:
        """Between two lives; returns when the next one begins."""
        assert self._countdown is not None
        back = self._now + self._countdown[1]
        self._countdown = None
        self._kiosk = None
        for person in self.people:
            person.dark()
        self._work_off(back)
        self._now = back
        self.note("the power is back")
        return back

    async def _life(self) -> tuple[StoredRow, ...]:
        """The kiosk from its start to the end of the story (or to the power cut)."""
        loop = asyncio.get_running_loop()
        on_wires: dict[str, Device] = {name: self.world.devices[name] for name in WIRED}
        self._bench = bench = Bench(on_wires)
        self._lines = MemoryGpiod(self.world.chip, lambda: self._now)
        bench.play()
        self._stirred, self._drawn = asyncio.Event(), asyncio.Event()
        kiosk = self._kiosk = await build(
            settings(self.plan, self.folder), self._doors(bench), screens=[self]
        )
        working = loop.create_task(kiosk.run(), name="kiosk")
        playing = loop.create_task(self._people_and_faults(), name="story")
        try:
            jobs = {working, playing}
            await asyncio.wait(jobs, timeout=LONGEST_S, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
                raise FellOver("it ended without an error")
            if not playing.done():
                raise FellOver(f"the story has not ended in {LONGEST_S:.0f} s")
            await playing
            rows = await kiosk.journal.all_rows()
        finally:
            for task in (playing, working):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        await kiosk.journal.close()
        return rows

    async def _people_and_faults(self) -> None:
        runner = asyncio.get_running_loop().create_task(self._run_agenda(), name="faults")
        try:
            for person in self.people:
                if not person.gone:
                    await person.live()
            self._heal()
            await self._alone()
            if self.plan.conscience and self._brought_back is None:
                await self._bring_back()
            await self._alone()
            await self._rest()
        finally:
            runner.cancel()

    async def _alone(self) -> None:
        """Until nobody is signed in and the kiosk is ready for the next one."""
        while self._view is None or not isinstance(self._view.screen, AttractView):
            self._drawn.clear()
            await self._drawn.wait()

    async def _bring_back(self) -> None:
        """Somebody finds books that are lent and still armed, or taken back and not, and lays them on the
        pad."""
        ils = self.world.ils
        lent = {loan.item for loan in ils.loans}
        back = {done.item for done in ils.returns} - set(ils.held_by)
        field = self.world.field.tags
        wrong = [
            uid
            for uid, tag in field.items()
            if tag.there
            and (
                (tag.plan.barcode in lent - back and tag.afi == 0x07)
                or (tag.plan.barcode in back and tag.afi == 0xC2)
            )
        ]
        self.lift(uid for uid, tag in field.items() if tag.present)
        if wrong:
            await asyncio.sleep(4.0)
            self._brought_back = tuple(wrong)
            self.put(wrong)
            await asyncio.sleep(RETURN_S)
        self._brought_back = tuple(wrong)

    async def _rest(self) -> None:
        """Until the kiosk has had time for all that it still can do by itself."""
        await asyncio.sleep(QUIET_S)
        if self._kiosk is not None:
            sagas: dict[str, set[str]] = {}
            for row in await self._kiosk.journal.all_rows():
                sagas.setdefault(row.saga, set()).add(row.kind)
            if {"intent"} in sagas.values():
                await asyncio.sleep(SETTLING_S)

    def _heal(self) -> None:
        """From here on nothing goes wrong any more."""
        if self._healed:
            return
        self._healed = True
        self._waiting.clear()
        self._agenda.clear()
        self._countdown = None
        for device in self.world.devices:
            self._do({"do": "well", "device": device})
            self._do({"do": "plug", "device": device})
        self._do({"do": "unjam", "line": RELEASE_LINE})
        if self.plan.printer:
            self._do({"do": "paper", "state": "plenty"})
            self._do({"do": "cover", "open": False})

    def _played(self, rows: tuple[StoredRow, ...]) -> Played:
        sides = far_sides(self.world.do({"do": "report"}, self._now), T0)
        self._wrong += [f"the story itself: {trouble}" for trouble in self.world.troubles]
        scenery = self.plan.scenery
        canaries = [Canary("name", patron.name) for patron in scenery.patrons]
        canaries += [Canary("patron", patron.id) for patron in scenery.patrons]
        canaries += [Canary("pin", patron.pin) for patron in scenery.patrons if patron.pin]
        canaries += [Canary("title", item.title) for item in scenery.items]
        evidence = Evidence(
            frames=tuple(self._frames),
            tags=sides.tags,
            air=sides.air,
            presence=sides.presence,
            ils=sides.ils,
            shown=tuple(self._shown),
            journal=recorder.journal_rows(rows, T0),
            canaries=tuple(canaries),
            result=Result(f"seed {self.plan.seed}", items=items_shown(self._shown), cuts=tuple(self._cuts)),
            printer=sides.printer if self.plan.printer else None,
            gate=sides.gate,
        )
        return Played(
            evidence,
            tuple(self.notes),
            tuple(self._wrong),
            tuple(self.met),
            self._brought_back or (),
        )

    # ---- the doors --------------------------------------------------------------------------

    def _doors(self, bench: Bench) -> Doors:
        return Doors(
            wall=lambda: self._now + WALL,
            mono=lambda: self._now,
            open_wire=lambda host, port: bench.wire_to(host),
            open_serial=_no_serial,
            fonts=self.folder / "fonts",
            gpio=lambda name: self._lines,
            run_blocking=self._run_blocking,
            chance=self._chance,
            tap=lambda direction, frame, at: self._frames.append(recorder.frame(direction, frame, at, T0)),
        )

    def _run_blocking(self, name: str) -> Callable[..., Awaitable[Any]]:
        """A door to blocking work: it takes its time, before and after it is done."""
        del name

        async def inline(fn: Callable[..., T], /, *args: object) -> T:
            await asyncio.sleep(self._chance.uniform(*FLUSH_S))
            result = fn(*args)
            for row in args[0] if args and isinstance(args[0], tuple) else ():
                if isinstance(row, Row):
                    self._happens(row.kind.value, str(row.payload.get("item", "")))
            await asyncio.sleep(self._chance.uniform(*FLUSH_S))
            return result

        return inline

    # ---- the screen and the hands -----------------------------------------------------------

    def show(self, view: View) -> None:
        """Be the kiosk's screen."""
        if self._bench is None:
            return  # its farewells in the dark
        lists = LoanView | ReturnView
        if isinstance(view.screen, lists) and not (
            self._view is not None and isinstance(self._view.screen, lists)
        ):
            self._happens("list", "")
        self._view = view
        self._shown.append(recorder.shown(view, stamp(self._now, T0)))
        self._drawn.set()

    def now(self) -> float:
        """Monotonic seconds."""
        return self._now

    def look(self) -> View | None:
        """What the screen shows."""
        return self._view

    def press(self, view: View, intent: Intent) -> None:
        """Press a control of this view."""
        if self._kiosk is None:
            return
        self.note(f"somebody presses {_name(intent)}")
        self._kiosk.press(Pressed(view.session, view.revision, intent))
        if intent is Do.FINISH:
            self._happens("finish", "")
        elif intent is Do.RETURN:
            self._happens("card", "")

    def show_card(self, patron: str) -> None:
        """Show a patron's card."""
        if self._kiosk is not None:
            self.note(f"the card of {patron} is shown")
            self._kiosk.show_card(PatronId(patron))
            self._happens("card", "")

    def scan(self, code: str) -> None:
        """Scan a barcode."""
        if self._kiosk is not None:
            self.note(f"the barcode {code!r} is scanned")
            self._kiosk.scanned(code)

    def put(self, uids: Iterable[str]) -> None:
        """Put tags on the pad."""
        self._do({"do": "put", "tags": list(uids)})

    def lift(self, uids: Iterable[str]) -> None:
        """Take tags from the pad."""
        self._do({"do": "lift", "tags": list(uids)})

    def tags_of(self, barcode: str) -> tuple[str, ...]:
        """The tags of an item."""
        return tuple(uid for uid, tag in self.world.field.tags.items() if tag.plan.barcode == barcode)

    # ---- moments and faults -----------------------------------------------------------------

    def note(self, text: str) -> None:
        """Remember what somebody did, for the telling."""
        self.notes.append((stamp(self._now, T0), text))

    def _listen_to_the_world(self) -> None:
        """Hear of moments at the far sides at their very instant, before the world's own triggers do."""
        ils, field = self.world.ils, self.world.field
        message, loan, write, read = ils.on_message, ils.on_loan, field.on_write, field.on_read
        back, renewal = ils.on_return, ils.on_renewal

        def heard(code: str, item: str, at: float) -> None:
            message(code, item, at)
            if code in {"11", "09", "29"}:
                self._happens(code, item)

        def lent(item: str, at: float) -> None:
            loan(item, at)
            self._happens("lent", item)

        def taken_back(item: str, at: float) -> None:
            back(item, at)
            self._happens("returned", item)

        def renewed(item: str, at: float) -> None:
            renewal(item, at)
            self._happens("renewed", item)

        def written(uid: str, afi: int, at: float) -> None:
            write(uid, afi, at)
            self._happens("written", uid)

        def given_out(uid: str, afi: int, at: float) -> None:
            read(uid, afi, at)
            self._happens("read", uid)

        ils.on_message, ils.on_loan, field.on_write, field.on_read = heard, lent, written, given_out
        ils.on_return, ils.on_renewal = taken_back, renewed

    def _happens(self, moment: str, subject: str) -> None:
        count = self._counts[moment] = self._counts.get(moment, 0) + 1
        due = [f for f in self._waiting if f.when.moment == moment and f.when.count == count]
        for fault in due:
            self._waiting.remove(fault)
            self._strike(fault, self._concerned(subject))

    def _concerned(self, subject: str) -> tuple[str, ...]:
        """The tags that a moment is about; those on the pad when it is about none."""
        field = self.world.field.tags
        if subject in field:
            return (subject,)
        return self.tags_of(subject) or tuple(uid for uid, tag in field.items() if tag.present)[:1]

    def _strike(self, fault: Fault, tags: tuple[str, ...]) -> None:
        self.met.append(fault.name)
        if fault.cut is not None:
            if self._countdown is None:
                self._countdown = (fault.cut, fault.dark_s)
            return
        at = self._now + fault.when.after_s
        acts = [(at, act) for act in fault.acts] + [(at + late, act) for late, act in fault.later]
        for when, act in acts:
            named = act | {"tags": list(tags)} if act.get("tags") == ["*"] else act
            if when <= self._now:
                self._do(named)
            else:
                self._planned += 1
                heapq.heappush(self._agenda, (when, self._planned, named))
        self._stirred.set()

    async def _run_agenda(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._stirred.clear()
            self._work_off(self._now)
            until = self._agenda[0][0] if self._agenda else None
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await self._stirred.wait()
            self._now = loop.time()

    def _work_off(self, until: float) -> None:
        """Do what is planned up to an instant, each at its own."""
        while self._agenda and self._agenda[0][0] <= until:
            at, _, act = heapq.heappop(self._agenda)
            self._now = max(self._now, at)
            self._do(act)

    def _do(self, command: Command) -> None:
        if command.get("tags") == []:
            return
        self.note(" ".join(str(value) for value in command.values()))
        answer = self.world.do(command, self._now)
        if not answer["ok"]:
            self._wrong.append(f"the story itself: {answer['error']}")
        if self._bench is not None:
            # not at once: this may be the middle of a device's own act
            asyncio.get_running_loop().call_soon(self._bench.play)


def _no_serial(device: str, baud: int) -> OpenWire:
    """No story has a serial line."""
    raise AssertionError(f"{device} at {baud} baud")


def _name(intent: Intent) -> str:
    match intent:
        case Do():
            return intent.value
        case Renew(key):
            return f"renew {key}"
        case _:
            return "a key"
