"""The desk itself: the queue of events, the step, and the dispatch of effects.

One event at a time: it is stamped, stepped, its effects are handed to the workers, and the view goes
to the screen when it changed. Workers post their answers as further events. Everything happens on one
event loop; a power cut is a cut between two events.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from kiosk.circulation.effects import (
    AppendRow,
    AskAccount,
    AskHold,
    AskLoan,
    AskRenewal,
    AskRenewAll,
    AskReturn,
    BookFee,
    DescribeItem,
    Effect,
    EndIlsSession,
    FlushRows,
    PrintPaper,
    ReadAfi,
    ReleaseGate,
    SetTimer,
    SettleLoan,
    SettleReturn,
    SignIn,
    StopTimer,
    SwitchTag,
    TakeMoney,
    Tell,
    Timer,
)
from kiosk.circulation.events import Event, Moment, Restarted, Stamped, TimerFired
from kiosk.circulation.facts import DeviceNow
from kiosk.circulation.policy import Policy
from kiosk.circulation.reports import CardShown, CardUnread, CodeScanned, DeviceChanged, TagRead
from kiosk.circulation.sagas import switch_wanted
from kiosk.circulation.show import Views
from kiosk.circulation.state import State
from kiosk.circulation.step import initial, step
from kiosk.circulation.values import Condition, Device
from kiosk.circulation.views import View
from kiosk.desk.inbox import Inbox
from kiosk.desk.ports import Gate, Ils, Journal, Listener, Pad, Printer, Recorder, Screen, Switch, Till
from kiosk.desk.workers import (
    DISK_PAUSE_S,
    GateWorker,
    IlsWorker,
    JournalWorker,
    PadWorker,
    PaperWorker,
    TillWorker,
    why,
)

STIRRING = (CardShown, CardUnread, CodeScanned, TagRead)
"""Events that somebody brought about without touching the screen."""


class Desk:
    """Carries out what circulation decides.

    Args:
        policy: the library's policy.
        ils, pad, journal: the outside parties.
        switch: arms and releases the tags on the pad.
        screens: each gets every new view.
        listeners: each hears every fact.
        wall: wall time in seconds since 1970; monotonic time is the running loop's.
        printer, gate, till: the other outside parties; None where the kiosk has none.
        recorder: the flight recorder, or None.
        stirred: called when somebody is there whom the screen cannot know of: a card, a code, or a tag that
            came onto the pad.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        ils: Ils,
        pad: Pad,
        switch: Switch,
        journal: Journal,
        screens: Sequence[Screen],
        listeners: Sequence[Listener] = (),
        wall: Callable[[], float],
        printer: Printer | None = None,
        gate: Gate | None = None,
        till: Till | None = None,
        recorder: Recorder | None = None,
        stirred: Callable[[], None] = lambda: None,
    ) -> None:
        """Set the desk; nothing runs before `run`."""
        self._state = initial(policy)
        self._journal = journal
        self._screens = screens
        self._listeners = listeners
        self._wall = wall
        self._events: Inbox[Stamped] = Inbox()
        self._timers: dict[Timer, asyncio.TimerHandle] = {}
        self._ils = IlsWorker(ils, self.post)
        self._pad = PadWorker(pad, switch, self.post, lambda uid: switch_wanted(self._state, uid))
        self._rows = JournalWorker(journal, self.post)
        self._papers = PaperWorker(printer, self.post)
        self._gate = GateWorker(gate, self.post)
        self._till = TillWorker(till, self.post)
        self._recorder = recorder
        self._stirred = stirred
        self._again = asyncio.Event()
        self._views = Views()
        self._seen_to: int | None = None
        self._shown: View | None = None

    @property
    def state(self) -> State:
        """The present state (for those who run the desk; views are for everybody else)."""
        return self._state

    def post(self, event: Event) -> None:
        """Put an event into the queue, stamped with this moment and the present session's epoch."""
        now = Moment(asyncio.get_running_loop().time(), self._wall())
        self._events.put(Stamped(now, self._state.epoch, event))

    def look_again(self) -> None:
        """Try the journal at once: somebody has just put it in order."""
        self._again.set()

    async def run(self, devices: Sequence[Coroutine[Any, Any, None]] = ()) -> None:
        """Recover, then work until cancelled. `devices` are further supervisors (card readers, a scanner)."""
        recovered = await self._recover()
        try:
            async with asyncio.TaskGroup() as group:
                if not recovered:
                    group.create_task(self._recover_later())
                for party in (self._ils, self._pad, self._rows, self._papers, self._gate, self._till):
                    for job in party.jobs():
                        group.create_task(job)
                if self._recorder is not None:
                    group.create_task(self._recorder.run())
                for device in devices:
                    group.create_task(device)
                group.create_task(self._work())
                try:
                    await asyncio.Event().wait()
                finally:  # while the connections still stand
                    await self._ils.farewell()
        finally:
            for handle in self._timers.values():
                handle.cancel()

    async def _recover(self) -> bool:
        """Give the reducer what the journal still holds open: recovery is one more event."""
        try:
            opened = await self._journal.open_rows()
        except OSError as error:
            self.post(DeviceChanged(Device.JOURNAL, Condition.MISSING, why(error)))
            return False
        self.post(Restarted(opened.rows, opened.opening))
        condition = Condition.READY if opened.reason is None else Condition.DEGRADED
        self.post(DeviceChanged(Device.JOURNAL, condition, opened.reason))
        return True

    async def _recover_later(self) -> None:
        """Nothing is lent before the journal could be read: try until it can."""
        recovered = False
        while not recovered:
            self._again.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DISK_PAUSE_S):
                    await self._again.wait()
            recovered = await self._recover()

    async def _work(self) -> None:
        self._show()
        while True:
            come = await self._events.some()
            while come:  # what has come at once is shown at once
                for stamped in come:
                    self._take(stamped)
                come = self._events.take()
            self._show()

    def _take(self, stamped: Stamped) -> None:
        before = self._state
        if isinstance(stamped.event, STIRRING):
            self._stirred()
        try:
            self._state, effects = step(before, stamped)
        except Exception as error:
            if self._recorder is not None:
                self._recorder.fell(before, stamped, error)
            raise
        if self._recorder is not None:
            self._recorder.stepped(before, stamped, self._state, effects)
        for effect in effects:
            self._carry_out(effect)

    def _show(self) -> None:
        if self._seen_to == self._state.revision:
            return  # the view follows from the state, and that has not changed
        self._seen_to = self._state.revision
        view = self._views.of(self._state)
        if view != self._shown:
            self._shown = view
            for screen in self._screens:
                screen.show(view)

    def _carry_out(self, effect: Effect) -> None:
        match effect:  # the commonest first
            case SetTimer(timer, seconds):
                if timer in self._timers:
                    self._timers[timer].cancel()
                loop = asyncio.get_running_loop()
                self._timers[timer] = loop.call_later(seconds, self._fire, timer)
            case StopTimer(timer):
                if timer in self._timers:
                    self._timers.pop(timer).cancel()
            case Tell(fact):
                if isinstance(fact, DeviceNow) and fact.device is Device.PRINTER:
                    self._ils.printer_is(fact.reason)
                for listener in self._listeners:
                    listener.heard(fact)
            case AppendRow() | FlushRows():
                self._rows.take(effect)
            case SwitchTag() | ReadAfi():
                self._pad.take(effect)
            case SignIn() | AskLoan() | SettleLoan() | DescribeItem() | EndIlsSession():
                self._ils.take(effect)
            case AskReturn() | SettleReturn() | AskRenewal() | AskHold() | BookFee():
                self._ils.take(effect)
            case AskAccount() | AskRenewAll():
                self._ils.take(effect)
            case TakeMoney():
                self._till.take(effect)
            case PrintPaper():
                self._papers.take(effect)
            case ReleaseGate():
                self._gate.take(effect)

    def _fire(self, timer: Timer) -> None:
        self._timers.pop(timer, None)
        self.post(TimerFired(timer))
