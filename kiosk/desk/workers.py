"""The workers: one for each outside party, each first-in first-out by priority.

Pipelining is nothing but several effects in flight: while the ILS worker waits for an answer, the
journal flushes and the pad writes. Workers check the tokens that guard the world (promises 1 and 3):
an effect without its token is a fault of the program and stops the kiosk rather than being carried out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from kiosk.circulation.effects import (
    AppendRow,
    AskLoan,
    DescribeItem,
    EndIlsSession,
    ReadAfi,
    SettleLoan,
    SignIn,
    WriteAfi,
)
from kiosk.circulation.events import (
    AfiRead,
    AfiWritten,
    Event,
    FlushFailed,
    ItemDescribed,
    LoanAnswered,
    LoanLate,
    LoanSettled,
    RowsFlushed,
    SignInAnswered,
)
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Device, DeviceChanged, RowKind
from kiosk.desk.ports import Ils, Journal, Pad

Post = Callable[[Event], None]
"""Puts an event into the desk's queue."""

IlsEffect = SignIn | AskLoan | SettleLoan | DescribeItem | EndIlsSession

LAZY_FLUSH_S = 2.0
"""How long a row that nobody waits for may wait for others to share its flush: as long as an ILS
commonly takes for one answer, so that a stack needs no flush of its own for what is settled."""


DISK_PAUSE_S = 10.0
"""How long a disk that refused rows is left alone."""


class TokenMissing(AssertionError):
    """An effect on the world came without the flushed row that permits it."""


class IlsWorker:
    """Asks the ILS, one question at a time, what patrons wait for before what they do not."""

    def __init__(self, ils: Ils, post: Post) -> None:
        """Work for `ils`; answers go to `post`."""
        self._ils = ils
        self._post = post
        self._queue: asyncio.PriorityQueue[tuple[int, int, IlsEffect]] = asyncio.PriorityQueue()
        self._arrivals = 0

    def jobs(self) -> Iterator[Coroutine[Any, Any, None]]:
        """The connection's supervisor and the queue."""
        yield self._ils.run(self._post)
        yield self._work()

    def take(self, effect: IlsEffect) -> None:
        """Queue one question.

        Raises:
            TokenMissing: a loan is to be asked without its flushed intent.
        """
        match effect:
            case AskLoan(intent):
                if intent.kind is not RowKind.INTENT:
                    raise TokenMissing(effect)
                priority = 1
            case SignIn() | EndIlsSession():
                # the end of one patron's session goes out before the next one begins
                priority = 0
            case SettleLoan():
                priority = 2
            case _:
                priority = 3
        self._arrivals += 1
        self._queue.put_nowait((priority, self._arrivals, effect))

    async def _work(self) -> None:
        while True:
            _, _, effect = await self._queue.get()
            await self._ask(effect)

    async def _ask(self, effect: IlsEffect) -> None:
        match effect:
            case SignIn(attempt, patron, pin, language):
                answer = await self._ils.sign_in(patron, pin, language)
                self._post(SignInAnswered(attempt, answer))
            case AskLoan(intent, patron, pin, item):
                saga = intent.saga

                def overdue() -> None:
                    self._post(LoanLate(saga))

                self._post(LoanAnswered(saga, await self._ils.lend(patron, pin, item, overdue)))
            case SettleLoan(saga, patron, item):
                self._post(LoanSettled(saga, await self._ils.settle(patron, item)))
            case DescribeItem(item):
                self._post(ItemDescribed(item, await self._ils.describe(item)))
            case EndIlsSession(patron, pin):
                await self._ils.end_session(patron, pin)


class PadWorker:
    """Forwards to the pad, which alone orders the air."""

    def __init__(self, pad: Pad, post: Post) -> None:
        """Work for `pad`; answers go to `post`."""
        self._pad = pad
        self._post = post
        self._queue: asyncio.Queue[WriteAfi | ReadAfi] = asyncio.Queue()

    def jobs(self) -> Iterator[Coroutine[Any, Any, None]]:
        """The reader's supervisor and the queue."""
        yield self._pad.run(self._post)
        yield self._work()

    def take(self, effect: WriteAfi | ReadAfi) -> None:
        """Forward one job.

        Raises:
            TokenMissing: a tag is to be written without the flushed answer of its loan.
        """
        if isinstance(effect, WriteAfi) and effect.answer.kind is not RowKind.ANSWER:
            raise TokenMissing(effect)
        self._queue.put_nowait(effect)

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self._carry_out(await self._queue.get()))

    async def _carry_out(self, effect: WriteAfi | ReadAfi) -> None:
        match effect:
            case WriteAfi(uid, afi):
                self._post(AfiWritten(uid, await self._pad.write_afi(uid, afi)))
            case ReadAfi(uid):
                self._post(AfiRead(uid, await self._pad.read_afi(uid)))


class JournalWorker:
    """Flushes rows: those that are ready together share a flush; nobody waits for company."""

    def __init__(self, journal: Journal, post: Post) -> None:
        """Work for `journal`; proofs go to `post`."""
        self._journal = journal
        self._post = post
        self._queue: asyncio.Queue[AppendRow] = asyncio.Queue()

    def jobs(self) -> Iterator[Coroutine[Any, Any, None]]:
        """The queue."""
        yield self._work()

    def take(self, effect: AppendRow) -> None:
        """Queue one row for the next flush."""
        self._queue.put_nowait(effect)

    async def _work(self) -> None:
        while True:
            batch = [await self._queue.get()]
            self._drain(batch)
            if not any(effect.urgent for effect in batch):
                await self._wait_for_urgent(batch)
            await self._flush(batch)

    async def _wait_for_urgent(self, batch: list[AppendRow]) -> None:
        try:
            async with asyncio.timeout(LAZY_FLUSH_S):
                while not any(effect.urgent for effect in batch):
                    batch.append(await self._queue.get())
        except TimeoutError:
            pass
        self._drain(batch)

    def _drain(self, batch: list[AppendRow]) -> None:
        while not self._queue.empty():
            batch.append(self._queue.get_nowait())

    async def _flush(self, batch: list[AppendRow]) -> None:
        try:
            proofs = await self._journal.append([effect.row for effect in batch])
        except OSError:
            sagas = tuple(dict.fromkeys(effect.row.saga for effect in batch))
            self._post(FlushFailed(sagas))
            self._post(DeviceChanged(Device.JOURNAL, Condition.MISSING, Reason.JOURNAL_FAILED))
            # only the next flush can tell whether the disk takes rows again: let one patron try
            again = DeviceChanged(Device.JOURNAL, Condition.READY)
            asyncio.get_running_loop().call_later(DISK_PAUSE_S, self._post, again)
        else:
            self._post(RowsFlushed(proofs))
