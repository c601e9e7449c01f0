"""What waits for the desk or for one of its workers, first-in first-out.

`asyncio.Queue` serves many who take and may be full; an inbox has one who takes, and always has room. The
desk puts some sixty things a session into one, so that the difference is worth a class.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Inbox(Generic[T]):
    """One task takes out; all on one event loop."""

    def __init__(self) -> None:
        """Empty, and nobody waits."""
        self._things: deque[T] = deque()
        self._waiter: asyncio.Future[None] | None = None

    def put(self, thing: T) -> None:
        """Put one thing in, and wake whoever waits."""
        self._things.append(thing)
        self._wake()

    def take(self) -> Iterator[T]:
        """Take out all there is, one after the other; what is put in meanwhile comes along."""
        while self._things:
            yield self._things.popleft()

    async def filled(self, until: float | None = None) -> bool:
        """Wait until there is something, no longer than until this loop time; whether there is."""
        if not self._things:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            # A timeout of asyncio would cost a task its cancellation.
            alarm = None if until is None else loop.call_at(until, self._wake)
            try:
                await self._waiter
            finally:
                self._waiter = None
                if alarm is not None:
                    alarm.cancel()
        return bool(self._things)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
