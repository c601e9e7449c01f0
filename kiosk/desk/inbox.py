"""What waits for the desk or for one of its workers, first-in first-out.

`asyncio.Queue` serves many who take and may be full; an inbox has one who takes, and always has room. The
desk puts some sixty things a session into one, so that the difference is worth a class.
"""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """One task takes out; all on one event loop."""

    def __init__(self) -> None:
        """Empty, and nobody waits."""
        self._things: list[T] = []
        self._waiter: asyncio.Future[None] | None = None

    def put(self, thing: T) -> None:
        """Put one thing in, and wake whoever waits."""
        self._things.append(thing)
        if self._waiter is not None:
            self._wake()

    def take(self) -> list[T]:
        """Take out all there is."""
        things, self._things = self._things, []
        return things

    async def some(self, until: float | None = None) -> list[T]:
        """Take out all there is, as soon as there is something; nothing when nothing came until then (loop
        time)."""
        if not self._things:
            loop = asyncio.get_running_loop()
            self._waiter = waiter = loop.create_future()
            # A timeout of asyncio would cost a task its cancellation.
            alarm = None if until is None else loop.call_at(until, self._wake)
            try:
                await waiter
            finally:
                self._waiter = None
                if alarm is not None:
                    alarm.cancel()
        things, self._things = self._things, []
        return things

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
