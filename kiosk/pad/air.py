"""The air: one reader and the queue before it: write before verify before read before poll."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import Awaitable, Callable
from enum import IntEnum
from typing import Any, NamedTuple, TypeVar

from kiosk.rfid.errors import ReaderGone, RfidError, TransportError
from kiosk.rfid.readers import Reader

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


class _Job(NamedTuple):
    """What waits for the air; compared by its turn, then by when it came: no two numbers are equal."""

    turn: Turn
    number: int
    act: Callable[[Reader], Awaitable[Any]]
    done: asyncio.Future[Any]


class Air:
    """Hands one open reader to one exchange after the other, the most urgent first.

    `serve` does the work until the reader fails; `ask` waits for its turn. An exchange that has
    begun is finished even when nobody waits for it any more: breaking it off would cost the reader.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._jobs: list[_Job] = []
        self._numbers = itertools.count()
        self._idle: asyncio.Future[None] | None = None
        self._lost: TransportError | None = None
        self._poll_from = float("-inf")

    async def ask(self, turn: Turn, act: Callable[[Reader], Awaitable[T]]) -> T:
        """Do `act`, one exchange with the reader, when it is its turn.

        Raises:
            RfidError: what `act` raised.
            TransportError: the reader failed, now or before.
        """
        if self._lost is not None:
            raise self._lost
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._jobs, _Job(turn, next(self._numbers), act, done))
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)
        return await done

    async def serve(self) -> None:
        """Work off the queue until the reader fails; then everyone in the queue is told."""
        try:
            while True:
                await self._until_due()
                await self._serve_one(heapq.heappop(self._jobs))
        except TransportError as error:
            self._lost = error
        finally:
            if self._lost is None:
                self._lost = ReaderGone("the pad lets go of the reader")
            for job in self._jobs:
                _fail(job, self._lost)
            self._jobs.clear()

    async def _until_due(self) -> None:
        """Wait until the first in the queue may have the air."""
        loop = asyncio.get_running_loop()
        while True:
            if not self._jobs:
                self._idle = loop.create_future()
                await self._idle
            elif self._jobs[0].turn is Turn.POLL and loop.time() < self._poll_from:
                self._idle = loop.create_future()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(self._poll_from):
                        await self._idle
            else:
                return

    async def _serve_one(self, job: _Job) -> None:
        if job.done.done():  # whoever asked has gone
            return
        try:
            result = await job.act(self._reader)
        except RfidError as error:
            _fail(job, error)
            if isinstance(error, TransportError):
                raise
        except asyncio.CancelledError:
            _fail(job, ReaderGone("the pad lets go of the reader"))
            raise
        else:
            if not job.done.done():
                job.done.set_result(result)
        finally:
            if job.turn is Turn.WRITE:
                self._poll_from = asyncio.get_running_loop().time() + READ_BACK_S


def _fail(job: _Job, error: RfidError) -> None:
    if not job.done.done():
        job.done.set_exception(error)
