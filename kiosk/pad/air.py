"""The air: one reader and the queue before it: write before verify before read before poll."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from enum import IntEnum
from typing import TypeVar

from kiosk.rfid.errors import ReaderGone, TransportError
from kiosk.rfid.readers import Abilities, Reader

T = TypeVar("T")

READ_BACK_S = 0.02
"""How long the poll stays off the air after a write: its read-back is about to be asked for, and nothing
that the poll finds is worth as much."""


class Turn(IntEnum):
    """Who goes first."""

    WRITE = 0
    VERIFY = 1
    READ = 2
    POLL = 3


class Air:
    """Lends one open reader to one exchange after the other, the most urgent first, until it fails.

    Each exchange is made by the task that asks for it. One that is broken off is the reader's to finish
    before it begins the next (`Reader`).
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._busy = False
        # turn, then when it came: no two numbers are equal
        self._waiting: list[tuple[Turn, int, asyncio.Future[None]]] = []
        self._number = 0
        self._lost: TransportError | None = None
        self._loop = asyncio.get_running_loop()
        self._poll_from: float | None = None
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def abilities(self) -> Abilities:
        """What the reader can do."""
        return self._reader.abilities

    async def ask(self, turn: Turn, act: Callable[[Reader], Awaitable[T]]) -> T:
        """Do `act`, one exchange with the reader, when it is its turn.

        Raises:
            RfidError: what `act` raised.
            TransportError: the reader failed, now or before.
        """
        if self._lost is not None:
            raise self._lost
        if self._busy or (turn is Turn.POLL and not self._poll_may_begin()):
            await self._wait(turn)
        self._busy = True
        try:
            return await act(self._reader)
        except TransportError as error:
            self._lost = error
            raise
        finally:
            if turn is Turn.WRITE:
                self._poll_from = self._loop.time() + READ_BACK_S
            self._busy = False
            if self._waiting:
                self._hand_on()

    def let_go(self) -> None:
        """The reader is about to be closed: nobody gets it any more."""
        if self._lost is None:
            self._lost = ReaderGone("the pad lets go of the reader")
        if self._alarm is not None:
            self._alarm.cancel()
        self._tell_all()

    # ---- taking turns -----------------------------------------------------------------------

    def _poll_may_begin(self) -> bool:
        if self._poll_from is None:
            return True
        if self._loop.time() < self._poll_from:
            return False
        self._poll_from = None
        return True

    async def _wait(self, turn: Turn) -> None:
        """Until this one has the air, which is kept for it from then on."""
        mine: asyncio.Future[None] = self._loop.create_future()
        self._number += 1
        heapq.heappush(self._waiting, (turn, self._number, mine))
        if not self._busy:
            self._hand_on()
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled() and mine.exception() is None:
                self._hand_on()  # it had just been given to us
            raise

    def _hand_on(self) -> None:
        """The air is free: to the next one, when it may begin."""
        self._busy = False
        if self._lost is not None:
            self._tell_all()
        while self._waiting:
            turn, _, next_one = self._waiting[0]
            gone = next_one.done()  # whoever asked
            if not gone and turn is Turn.POLL and not self._poll_may_begin():
                self._wake()
                return
            heapq.heappop(self._waiting)
            if not gone:
                self._busy = True
                next_one.set_result(None)
                return

    def _wake(self) -> None:
        """The poll, when it may begin."""
        assert self._poll_from is not None
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_at(self._poll_from, self._rung)

    def _rung(self) -> None:
        self._alarm = None
        if not self._busy:
            self._hand_on()

    def _tell_all(self) -> None:
        """The reader is lost: so it is for everyone who waits."""
        assert self._lost is not None
        for _, _, waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(self._lost)
        self._waiting.clear()
