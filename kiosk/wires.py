"""Wires: the one door through which bytes enter and leave the kiosk over TCP.

A `Wire` is an open byte stream and `OpenWire` is how a driver gets one: it takes the factory as an
argument, so that the laboratory can hand it a wire in memory. Rooms that import nothing of ours
(`sip2`, `rfid`) describe the same shape in a `Protocol` of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from typing import Protocol

CONNECT_TIMEOUT_S = 5.0
"""Longest wait for a TCP connection; a device on the library's own network answers in milliseconds."""

READ_AT_MOST = 65536
"""Bytes taken from the socket in one piece."""


class Wire(Protocol):
    """An open byte stream with one reader and one writer."""

    async def send(self, data: bytes) -> None:
        """Send all of `data`.

        Raises:
            ConnectionError: the far side is gone.
        """

    async def receive(self) -> bytes:
        """Wait for the next bytes, at least one; `b""` once the far side has closed.

        Raises:
            ConnectionError: the connection broke.
        """

    async def close(self) -> None:
        """Close both directions. May be called again."""


OpenWire = Callable[[], Awaitable[Wire]]
"""Opens the wire to one device. Raises OSError (or TimeoutError) when it cannot be had."""


class TcpWire:
    """A TCP connection, with small writes sent at once (TCP_NODELAY)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take over both halves of an open connection."""
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Send all of `data` (see `Wire`)."""
        self._writer.write(data)
        await self._writer.drain()

    async def receive(self) -> bytes:
        """Wait for the next bytes (see `Wire`)."""
        return await self._reader.read(READ_AT_MOST)

    async def close(self) -> None:
        """Close the connection (see `Wire`)."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


def tcp(host: str, port: int) -> OpenWire:
    """The factory for one TCP address."""

    async def open_it() -> Wire:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return TcpWire(reader, writer)

    return open_it
