"""Moments and faults: what happens at the far sides and at the desk, and what goes wrong because of it.

A fault waits in its visit for a moment. When it strikes, its acts are done at once or go to the agenda;
a power cut becomes a countdown in steps of the loop. Beside the commands of `World.do` a day has acts of
its own: `{"do": "clock", "seconds": x}` sets the kiosk's wall clock ahead, `{"do": "disk", "how":
"full" | "refuses" | "well"}` is about the kiosk's disk, `{"do": "weaken", "tags": [...], "share": x}` lets
tags miss this share of what they are asked, `{"do": "till", "how": ...}` is about the payment terminal.
"""

from __future__ import annotations

import errno
import heapq
import os
from collections.abc import Callable, Iterable
from dataclasses import replace

from kiosk.circulation.views import AccountView, LoanView, ReturnView, ScreenView
from kiosk.lab.disk import LossyDisk
from kiosk.lab.plans import RELEASE_LINE, Command, Fault, Plan
from kiosk.lab.stock import COPIES
from kiosk.lab.till import Terminal
from kiosk.simulator import World

DISK = {"full": errno.ENOSPC, "refuses": errno.EIO}
"""What a bad disk says."""


PLACES = {LoanView: "list", ReturnView: "list", AccountView: "account"}
"""Screens whose appearing is a moment."""


class Happenings:
    """What goes wrong in one day. `changed` is called when something was done to the far sides, or planned,
    `note` with what is worth telling."""

    def __init__(
        self,
        plan: Plan,
        world: World,
        now: Callable[[], float],
        note: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        """Nothing happens before `visit`."""
        self.countdown: tuple[int, float] | None = None
        self.met: list[str] = list(plan.odd)
        self.struck: list[tuple[int, str]] = []
        self.wrong: list[str] = []
        self.wall_ahead = 0.0
        self.faint: dict[str, list[list[float | None]]] = {
            tag.uid: [[now(), None]] for tag in plan.scenery.tags if tag.weak
        }
        self.slow: list[list[float | None]] = []
        self._twins = {tag.uid: tag.name for tag in plan.scenery.tags if tag.copy}
        self._plan = plan
        self._world = world
        self._now = now
        self._note = note
        self._changed = changed
        self.lossy: LossyDisk | None = None
        self._disk: int | None = None
        self._visit = 0
        self._waiting: list[Fault] = []
        self._counts: dict[str, int] = {}
        self._agenda: list[tuple[float, int, Command]] = []
        self._planned = 0
        self._place = ""
        self.till = Terminal(now, self._plan_later, self.happens)
        self._listen()

    def visit(self, number: int) -> None:
        """The next visit begins: its faults wait for their moments from now on."""
        self._visit = number
        self._counts.clear()
        self.till.chance.seed(f"kiosk till {self._plan.seed} {number}")
        self._waiting = [fault for fault in self._plan.faults if fault.visit == number]

    def over(self) -> None:
        """From here on nothing goes wrong any more."""
        self._waiting.clear()
        # what a patron began at the till is ended there
        self._agenda = [each for each in self._agenda if "number" in each[2]]
        heapq.heapify(self._agenda)
        self.countdown = None
        self.do({"do": "disk", "how": "well"})
        if self._plan.till:
            self.do({"do": "till", "how": "well"})
        for device in self._world.devices:
            self.do({"do": "well", "device": device})
            self.do({"do": "plug", "device": device})
        self.do({"do": "weaken", "tags": list(self._world.field.tags), "share": 0.0})
        if self._plan.gate:
            self.do({"do": "unjam", "line": RELEASE_LINE})
        if self._plan.printer:
            self.do({"do": "paper", "state": "plenty"})
            self.do({"do": "cover", "open": False})

    # ---- moments ----------------------------------------------------------------------------

    def shown(self, screen: ScreenView) -> None:
        """This is on the kiosk's screen: a list, or an account, may have just appeared."""
        place = PLACES.get(type(screen), "")
        if place and place != self._place:
            self.happens(place)
        self._place = place

    def happens(self, moment: str, subject: str = "") -> None:
        """Something happened; `subject` is the tag or the item that it is about."""
        if not self._waiting:
            return
        count = self._counts[moment] = self._counts.get(moment, 0) + 1
        due = [f for f in self._waiting if f.when.moment == moment and f.when.count == count]
        for fault in due:
            self._waiting.remove(fault)
            self._strike(fault, self._concerned(subject))

    def _listen(self) -> None:
        """Hear of moments at the far sides at their very instant, before the world's own triggers do."""
        ils, field = self._world.ils, self._world.field
        message, loan, write, read = ils.on_message, ils.on_loan, field.on_write, field.on_read
        back, renewal, hold, payment = ils.on_return, ils.on_renewal, ils.on_hold, ils.on_payment

        def heard(code: str, item: str, at: float) -> None:
            message(code, item, at)
            if code in {"11", "09", "29", "15", "37", "65"}:
                self.happens(code, item)

        def lent(item: str, at: float) -> None:
            loan(item, at)
            self.happens("lent", item)

        def taken_back(item: str, at: float) -> None:
            back(item, at)
            self.happens("returned", item)

        def renewed(item: str, at: float) -> None:
            renewal(item, at)
            self.happens("renewed", item)

        def held(item: str, at: float) -> None:
            hold(item, at)
            self.happens("hold", item)

        def booked(patron: str, at: float) -> None:
            payment(patron, at)
            self.happens("payment")

        def written(uid: str, afi: int, at: float) -> None:
            write(uid, afi, at)
            self.happens("written", uid)

        def given_out(uid: str, afi: int, at: float) -> None:
            read(uid, afi, at)
            self.happens("read", uid)

        ils.on_message, ils.on_loan, field.on_write, field.on_read = heard, lent, written, given_out
        ils.on_return, ils.on_renewal, ils.on_hold, ils.on_payment = taken_back, renewed, held, booked

    def _concerned(self, subject: str) -> tuple[str, ...]:
        """The tags that a moment is about; those on the pad when it is about none."""
        field = self._world.field.tags
        if subject in field:
            return (subject,)
        carrying = tuple(uid for uid, tag in field.items() if subject and tag.plan.barcode == subject)
        return carrying or tuple(uid for uid, tag in field.items() if tag.present)[:1]

    def _strike(self, fault: Fault, tags: tuple[str, ...]) -> None:
        self.met.append(fault.name)
        self.struck.append((self._visit, fault.name))
        self._note(f"FAULT {fault.label}: {fault.name}")
        if fault.cut is not None:
            if self.countdown is None:
                self.countdown = (fault.cut, fault.dark_s)
                self._changed()
            return
        at = self._now() + fault.when.after_s
        acts = [(at, act) for act in fault.acts] + [(at + late, act) for late, act in fault.later]
        for when, act in acts:
            named = act | {"tags": list(tags)} if act.get("tags") == ["*"] else act
            if when <= self._now():
                self.do(named)
            else:
                self._plan_at(when, named)
        self._changed()

    def _plan_at(self, when: float, act: Command) -> None:
        self._planned += 1
        heapq.heappush(self._agenda, (when, self._planned, act))

    def _plan_later(self, seconds: float, act: Command) -> None:
        self._plan_at(self._now() + seconds, act)
        self._changed()

    # ---- acts -------------------------------------------------------------------------------

    @property
    def due(self) -> float | None:
        """When the next thing is to be done."""
        return self._agenda[0][0] if self._agenda else None

    def work_off(self, until: float, at: Callable[[float], None] = lambda _: None) -> None:
        """Do what is planned up to an instant; `at` is told the instant of each."""
        while self._agenda and self._agenda[0][0] <= until:
            when, _, act = heapq.heappop(self._agenda)
            at(when)
            self.do(act)

    def do(self, command: Command) -> None:
        """Do one thing to the far sides, or to the kiosk's disk or clock."""
        if command.get("tags") == []:
            return
        match command["do"]:
            case "clock":
                self.wall_ahead += command["seconds"]
            case "disk":
                self._disk = DISK.get(command["how"])
                if self.lossy is not None:
                    # this one is full in the middle of a flush, and only for what makes a file longer
                    self.lossy.full = self._disk == errno.ENOSPC
                    self._disk = None if self.lossy.full else self._disk
            case "till":
                self.till.do(command)
            case "weaken":
                self._weaken(command["tags"], command["share"])
            case _:
                if "tags" in command:
                    command = command | {"tags": self._together(command["tags"])}
                answer = self._world.do(command, self._now())
                if not answer["ok"]:
                    self.wrong.append(f"the day itself: {answer['error']}")
        if not (command["do"] == "weaken" and not command["share"]):
            self._note(" ".join(str(value) for value in command.values()))
        if command["do"] == "slow" and command["device"] == "reader":
            self._slow_down(slow=command["seconds"] > 0)
        self._changed()

    def _together(self, names: list[str]) -> list[str]:
        """The same tags, with those that are in one book with one of them and go where it goes."""
        if not COPIES.isdisjoint(names):
            names = sorted(COPIES.union(names))
        if self._twins:
            others = self._twins.values()
            names = [name for name in names if name not in others]
            names += [self._twins[name] for name in names if name in self._twins]
        return names

    def _slow_down(self, *, slow: bool) -> None:
        if slow:
            self.slow.append([self._now(), None])
        elif self.slow:
            self.slow[-1][1] = self._now()

    def _weaken(self, uids: Iterable[str], share: float) -> None:
        self._world.field.noted += 1  # what is polled here is not what it was
        for uid in uids:
            tag = self._world.field.tags[uid]
            # of two that say the same, nobody could know that one was silent
            if tag.plan.weak != share and uid not in self._twins:
                if not tag.plan.weak:
                    self.faint.setdefault(uid, []).append([self._now(), None])
                elif not share:
                    self.faint[uid][-1][1] = self._now()
                tag.plan = replace(tag.plan, weak=share)

    def disk(self) -> None:
        """What the disk says to whoever wants something of it.

        Raises:
            OSError: it is full, or refuses.
        """
        if self._disk is not None:
            raise OSError(self._disk, os.strerror(self._disk))
