"""The workers: one for each outside party, each first-in first-out by priority.

Pipelining is nothing but several effects in flight: while the ILS worker waits for an answer, the
journal flushes and the pad writes. Workers check the tokens that guard the world (promises 1 and 3):
an effect without its token is a fault of the program and stops the kiosk rather than being carried out.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

from kiosk.circulation.answers import MoneyNotTaken
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
    EndIlsSession,
    FlushRows,
    PrintPaper,
    ReadAfi,
    ReleaseGate,
    SettleLoan,
    SettleReturn,
    SignIn,
    SwitchTag,
    TakeMoney,
)
from kiosk.circulation.events import (
    AccountAnswered,
    AfiRead,
    AnswerLate,
    Event,
    FeeAnswered,
    FlushFailed,
    GateAnswered,
    HoldAnswered,
    ItemDescribed,
    LoanAnswered,
    LoanSettled,
    PaperPrinted,
    RenewalAnswered,
    RenewAllAnswered,
    ReturnAnswered,
    ReturnSettled,
    RowsFlushed,
    SignInAnswered,
    TagSwitched,
    TillAnswered,
)
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import DeviceChanged
from kiosk.circulation.values import (
    Condition,
    Device,
    Printout,
    Proof,
    Row,
    RowKind,
    SagaId,
    TerminalState,
    Uid,
)
from kiosk.desk.inbox import Inbox
from kiosk.desk.ports import Gate, Ils, Journal, Pad, Printer, Switch, Till

Post = Callable[[Event], None]
"""Puts an event into the desk's queue."""


@dataclass(frozen=True, slots=True)
class TellStatus:
    """Tell the ILS how the kiosk is. Nothing that circulation decides: it follows from what the devices
    report."""

    status: TerminalState


IlsEffect = (
    SignIn
    | AskLoan
    | SettleLoan
    | AskReturn
    | SettleReturn
    | AskRenewal
    | AskRenewAll
    | AskHold
    | BookFee
    | DescribeItem
    | AskAccount
    | EndIlsSession
    | TellStatus
)

LAZY_FLUSH_S = 20.0
"""How long a row that nobody waits for may wait for others to share its flush: as long as a patron in no
hurry takes to put down the next book, so that what is settled needs no flush of its own, in a stack nor
one by one. The end of the visit ends the wait (`FlushRows`)."""


FAREWELL_S = 1.0
"""How long the end of the kiosk waits for the ILS to take note of it."""

DISK_PAUSE_S = 10.0
"""How long a disk that refused rows is left alone."""


class TokenMissing(AssertionError):
    """An effect on the world came without the flushed row that permits it."""


class IlsWorker:
    """Asks the ILS, one question at a time, what patrons wait for before what they do not.

    An account is many questions, and a book that is put down meanwhile need not wait for all of them: it is
    asked for beside the queue.
    """

    def __init__(self, ils: Ils, post: Post) -> None:
        """Work for `ils`; answers go to `post`."""
        self._ils = ils
        self._post = post
        self._inbox: Inbox[tuple[int, int, IlsEffect]] = Inbox()
        self._arrivals = 0
        self._status = TerminalState.READY

    def jobs(self) -> Iterator[Coroutine[Any, Any, None]]:
        """The connection's supervisor and the queue."""
        yield self._ils.run(self._post)
        yield self._work()

    def printer_is(self, reason: Reason | None) -> None:
        """The printer has reported: the ILS is told when it has run out of paper, and when it has some
        again."""
        status = TerminalState.PAPER_OUT if reason is Reason.PAPER_OUT else TerminalState.READY
        if status is not self._status:
            self._status = status
            self.take(TellStatus(status))

    async def farewell(self) -> None:
        """The kiosk shuts down: tell the ILS, but do not wait for it, nor for what is under way there."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await self._ils.terminal_status(TerminalState.CLOSING)

    def take(self, effect: IlsEffect) -> None:
        """Queue one question.

        Raises:
            TokenMissing: something is to be changed without the flushed row that permits it.
        """
        match effect:
            case (
                AskLoan(intent)
                | AskReturn(intent)
                | AskRenewal(intent)
                | AskRenewAll(intent)
                | AskHold(intent)
            ):
                if intent.kind is not RowKind.INTENT:
                    raise TokenMissing(effect)
                priority = 1
            case BookFee(taken):
                if taken.kind is not RowKind.TAKEN:
                    raise TokenMissing(effect)
                priority = 1
            case SignIn() | EndIlsSession():
                # the end of one patron's session goes out before the next one begins
                priority = 0
            case SettleLoan() | SettleReturn():
                priority = 2
            case _:
                priority = 3
        self._arrivals += 1
        self._inbox.put((priority, self._arrivals, effect))

    async def _work(self) -> None:
        waiting: list[tuple[int, int, IlsEffect]] = []
        async with asyncio.TaskGroup() as beside:
            while True:
                for one in self._inbox.take() if waiting else await self._inbox.some():
                    heappush(waiting, one)
                _, _, effect = heappop(waiting)
                if isinstance(effect, AskAccount):
                    beside.create_task(self._ask(effect))
                else:
                    await self._ask(effect)

    async def _ask(self, effect: IlsEffect) -> None:
        match effect:
            case SignIn(attempt, patron, pin, language):
                answer = await self._ils.sign_in(patron, pin, language)
                self._post(SignInAnswered(attempt, answer))
            case AskLoan(intent, patron, pin, item, agreed):
                late = self._overdue(intent.saga)
                loan = await self._ils.lend(patron, pin, item, late, agreed=agreed)
                self._post(LoanAnswered(intent.saga, loan))
            case SettleLoan(saga, patron, item):
                self._post(LoanSettled(saga, await self._ils.settle(patron, item)))
            case AskReturn(intent, item):
                back = await self._ils.take_back(item, self._overdue(intent.saga))
                self._post(ReturnAnswered(intent.saga, back))
            case SettleReturn(saga, item):
                self._post(ReturnSettled(saga, await self._ils.settle_return(item)))
            case AskRenewal(intent, patron, pin, item):
                renewal = await self._ils.renew(patron, pin, item, self._overdue(intent.saga))
                self._post(RenewalAnswered(intent.saga, renewal))
            case AskRenewAll(intent, patron, pin):
                every = await self._ils.renew_all(patron, pin, self._overdue(intent.saga))
                self._post(RenewAllAnswered(intent.saga, every))
            case AskAccount(attempt, patron, pin):
                self._post(AccountAnswered(attempt, await self._ils.account(patron, pin)))
            case AskHold(intent, patron, pin, item):
                hold = await self._ils.hold(patron, pin, item, self._overdue(intent.saga))
                self._post(HoldAnswered(intent.saga, hold))
            case BookFee(taken, patron, pin, amount, reference):
                late = self._overdue(taken.saga)
                booked = await self._ils.book_fee(patron, pin, amount, reference, late)
                self._post(FeeAnswered(taken.saga, booked))
            case DescribeItem(item):
                self._post(ItemDescribed(item, await self._ils.describe(item)))
            case EndIlsSession(patron, pin):
                await self._ils.end_session(patron, pin)
            case TellStatus(status):
                await self._ils.terminal_status(status)

    def _overdue(self, saga: SagaId) -> Callable[[], None]:
        return lambda: self._post(AnswerLate(saga))


class PadWorker:
    """Has tags switched. The pad alone orders the air, so all of them may be under way at once."""

    def __init__(self, pad: Pad, switch: Switch, post: Post, wanted: Callable[[Uid], bool]) -> None:
        """Work for `pad` and the `switch` over its tags; answers go to `post`. `wanted`: whether the switch
        of a tag is still wanted."""
        self._pad = pad
        self._switch = switch
        self._post = post
        self._wanted = wanted
        self._under_way = asyncio.TaskGroup()

    def jobs(self) -> Iterator[Coroutine[Any, Any, None]]:
        """The reader's supervisor, and what is under way."""
        yield self._pad.run(self._post)
        yield self._work()

    def take(self, effect: SwitchTag | ReadAfi) -> None:
        """Forward one job. Only called while the desk works.

        Raises:
            TokenMissing: a tag is to be switched without the flushed answer of its loan or its return.
        """
        if isinstance(effect, SwitchTag) and effect.answer.kind is not RowKind.ANSWER:
            raise TokenMissing(effect)
        self._under_way.create_task(self._carry_out(effect))

    async def _work(self) -> None:
        async with self._under_way:
            await asyncio.Event().wait()

    async def _carry_out(self, effect: SwitchTag | ReadAfi) -> None:
        match effect:
            case SwitchTag(uid, armed, answer, media):
                wanted = functools.partial(self._wanted, uid)
                outcome, afi = await self._switch.switch(uid, answer, wanted, armed=armed, media=media)
                self._post(TagSwitched(uid, outcome, afi))
            case ReadAfi(uid, media):
                self._post(AfiRead(uid, *await self._switch.look(uid, media)))


class JournalWorker:
    """Flushes rows: those that are ready together share a flush; nobody waits for company."""

    def __init__(self, journal: Journal, post: Post) -> None:
        """Work for `journal`; proofs go to `post`."""
        self._journal = journal
        self._post = post
        self._inbox: Inbox[AppendRow | FlushRows] = Inbox()
        self._refused = asyncio.Event()

    def jobs(self) -> Iterator[Coroutine[Any, Any, None]]:
        """The queue, and the disk after it refused rows."""
        yield self._work()
        yield self._wait_for_room()

    def take(self, effect: AppendRow | FlushRows) -> None:
        """Queue one row for the next flush, or end the wait of those that are queued."""
        self._inbox.put(effect)

    async def _work(self) -> None:
        while True:
            batch = await self._inbox.some()
            if not any(map(_urgent, batch)):
                await self._wait_for_urgent(batch)
            rows = [effect.row for effect in batch if isinstance(effect, AppendRow)]
            if rows:
                await self._flush(rows)

    async def _wait_for_urgent(self, batch: list[AppendRow | FlushRows]) -> None:
        until = asyncio.get_running_loop().time() + LAZY_FLUSH_S
        while more := await self._inbox.some(until):
            batch += more
            if any(map(_urgent, more)):
                return

    async def _flush(self, rows: list[Row]) -> None:
        try:
            proofs = await self._journal.append(rows)
        except OSError as error:
            self._post(FlushFailed(tuple(dict.fromkeys(row.saga for row in rows))))
            self._post(DeviceChanged(Device.JOURNAL, Condition.MISSING, why(error)))
            self._refused.set()
        else:
            self._post(RowsFlushed(proofs))

    async def _wait_for_room(self) -> None:
        while True:
            await self._refused.wait()
            self._refused.clear()
            has_room = False
            while not has_room:
                await asyncio.sleep(DISK_PAUSE_S)
                has_room = await self._has_room()
            # only the next flush can tell whether the disk takes rows again: let one patron try
            self._post(DeviceChanged(Device.JOURNAL, Condition.READY))

    async def _has_room(self) -> bool:
        try:
            await self._journal.look_for_room()
        except OSError:
            return False
        return True


def _urgent(effect: AppendRow | FlushRows) -> bool:
    return isinstance(effect, FlushRows) or effect.urgent


def why(error: OSError) -> Reason:
    """Why the disk does not take rows, as far as the journal says."""
    reason = getattr(error, "reason", None)
    return reason if isinstance(reason, Reason) else Reason.JOURNAL_FAILED


class TillWorker:
    """Lets the till take money, one payment at a time."""

    def __init__(self, till: Till | None, post: Post) -> None:
        """Work for `till` (None: this kiosk has none); answers go to `post`."""
        self._till = till
        self._post = post
        self._inbox: Inbox[TakeMoney] = Inbox()

    def jobs(self) -> Iterator[Coroutine[Any, Any, None]]:
        """The till's supervisor and the queue."""
        if self._till is not None:
            yield self._till.run(self._post)
            yield self._work(self._till)

    def take(self, effect: TakeMoney) -> None:
        """Queue one payment; where there is no till, say so at once.

        Raises:
            TokenMissing: money is to be taken without its flushed intent.
        """
        if effect.intent.kind is not RowKind.INTENT:
            raise TokenMissing(effect)
        if self._till is None:
            self._post(TillAnswered(effect.intent.saga, MoneyNotTaken(Reason.TILL_MISSING)))
        else:
            self._inbox.put(effect)

    async def _work(self, till: Till) -> None:
        while True:
            for effect in await self._inbox.some():
                saga = effect.intent.saga
                self._post(TillAnswered(saga, await till.take(effect.amount, saga)))


class PaperWorker:
    """Prints, one piece of paper at a time, in the order in which they were wanted."""

    def __init__(self, printer: Printer | None, post: Post) -> None:
        """Work for `printer` (None: this kiosk has none); answers go to `post`."""
        self._printer = printer
        self._post = post
        self._inbox: Inbox[PrintPaper] = Inbox()

    def jobs(self) -> Iterator[Coroutine[Any, Any, None]]:
        """The printer's supervisor and the queue."""
        if self._printer is not None:
            yield self._printer.run(self._post)
            yield self._work(self._printer)

    def take(self, effect: PrintPaper) -> None:
        """Queue one piece of paper; where there is no printer, say so at once."""
        if self._printer is None:
            self._post(PaperPrinted(effect.job, Printout(Proof.FAILED, Reason.PRINTER_MISSING)))
        else:
            self._inbox.put(effect)

    async def _work(self, printer: Printer) -> None:
        while True:
            for effect in await self._inbox.some():
                self._post(PaperPrinted(effect.job, await printer.print(effect.paper)))


class GateWorker:
    """Releases the gate, at once: a release that waited for the end of the last one would be the next
    patron's. The gate itself makes one pulse out of two that overlap."""

    def __init__(self, gate: Gate | None, post: Post) -> None:
        """Work for `gate` (None: this kiosk has none); answers go to `post`."""
        self._gate = gate
        self._post = post
        self._inbox: Inbox[ReleaseGate] = Inbox()

    def jobs(self) -> Iterator[Coroutine[Any, Any, None]]:
        """The gate's supervisor and the queue."""
        if self._gate is not None:
            yield self._gate.run(self._post)
            yield self._work(self._gate)

    def take(self, effect: ReleaseGate) -> None:
        """Queue one release. Where there is no gate, none was ever reported and none is asked for."""
        if self._gate is not None:
            self._inbox.put(effect)

    async def _work(self, gate: Gate) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                for effect in await self._inbox.some():
                    group.create_task(self._release(gate, effect.session))

    async def _release(self, gate: Gate, session: int) -> None:
        self._post(GateAnswered(session, await gate.release()))
