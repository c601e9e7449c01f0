"""What a wire is, and how a driver gets one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

READ_AT_MOST = 65536
"""Bytes taken from a line in one piece; of more that nobody takes, no more are read."""


class Wire(Protocol):
    """An open byte stream with one reader and one writer."""

    async def send(self, data: bytes) -> None:
        """Send all of `data`.

        Raises:
            ConnectionError: the far side is gone.
        """

    async def receive(self, until: float | None = None) -> bytes:
        """Wait for the next bytes, at least one; `b""` once the far side has closed.

        Args:
            until: the loop's time at which the waiting ends.

        Raises:
            ConnectionError: the connection broke.
            TimeoutError: nothing came until then.
        """

    async def ask(self, data: bytes, until: float) -> bytes:
        """Send, then receive: what was asked for, on a wire on which nothing comes unasked."""
        await self.send(data)
        return await self.receive(until)

    async def close(self) -> None:
        """Close both directions. May be called again."""


OpenWire = Callable[[], Awaitable[Wire]]
"""Opens the wire to one device. Raises OSError (or TimeoutError) when it cannot be had."""


def wake(waiting: asyncio.Future[None]) -> None:
    """Wake whoever waits for this, unless that has happened or nobody does any more."""
    if not waiting.done():
        waiting.set_result(None)
