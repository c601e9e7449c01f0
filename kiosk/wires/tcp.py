"""TCP connections."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from typing import Any

from kiosk.wires.wire import READ_AT_MOST, OpenWire, Wire, wake

CONNECT_TIMEOUT_S = 5.0
"""Longest wait for a TCP connection; a device on the library's own network answers in milliseconds."""

HANDSHAKE_TIMEOUT_S = 4.0
"""Longest part of it for the handshake of TLS, which takes some hundredths of a second: a port that speaks no
TLS often says nothing at all."""

CLOSE_TIMEOUT_S = 1.0
"""Longest wait for a far side to take what was sent before."""


class Stream(asyncio.Protocol):
    """What has come on a connection and nobody has taken yet. It does for one reader and one writer what
    asyncio's streams do for all, at a third of the price: a device answers every few milliseconds."""

    def __init__(self) -> None:
        """Not connected yet."""
        loop = asyncio.get_running_loop()
        self.transport: asyncio.Transport
        self.lost: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._come = b""
        self._ended = False
        self._error: Exception | None = None
        self._news: asyncio.Future[None] | None = None
        self._until: float | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._room: asyncio.Future[None] | None = None

    async def send(self, data: bytes) -> None:
        """Hand `data` to the transport, and wait while that has too much already."""
        self.check()
        self.transport.write(data)
        if self._room is not None:
            await asyncio.shield(self._room)
            self.check()

    def check(self) -> None:
        """Raises ConnectionError where the connection is gone."""
        if self._error is not None:
            raise self._error
        if self.lost.done():
            raise ConnectionResetError("Connection lost")

    async def take(self, until: float | None) -> bytes:
        """What has come, or comes; nothing at the end. Raises as `Wire.receive`."""
        if not (self._come or self._ended):
            self._news = self._loop.create_future()
            self._until = until
            # a timeout of asyncio would cost a task its cancellation
            if until is not None and (self._alarm is None or until < self._alarm.when()):
                self._set_alarm(until)
            try:
                await self._news
            finally:
                self._news = None
        if self._error is not None:
            raise self._error
        if not (self._come or self._ended):
            raise TimeoutError
        if len(self._come) > READ_AT_MOST:
            self.transport.resume_reading()
        data, self._come = self._come, b""
        return data

    def _set_alarm(self, at: float) -> None:
        """There is one alarm, and it is left as it is when something has come: a timer of its own for each
        answer would cost as much as the answer."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_at(at, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        if self._news is None or self._until is None:
            return
        if self._loop.time() < self._until:
            self._set_alarm(self._until)  # it was set for an answer that came
        else:
            wake(self._news)

    # ---- told by the loop --------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Something has come."""
        self._come += data
        if len(self._come) > READ_AT_MOST:
            self.transport.pause_reading()
        if self._news is not None:
            wake(self._news)

    def eof_received(self) -> bool:
        """The far side says no more; we still may, but not through TLS."""
        self._end(None)
        return self.transport.get_extra_info("sslcontext") is None

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._end(exc)
        if self._alarm is not None:
            self._alarm.cancel()
        wake(self.lost)
        self.resume_writing()

    def pause_writing(self) -> None:
        """Too much waits for the far side."""
        self._room = self._loop.create_future()

    def resume_writing(self) -> None:
        """It has taken enough of that."""
        room, self._room = self._room, None
        if room is not None:
            wake(room)

    def _end(self, error: Exception | None) -> None:
        self._ended, self._error = True, self._error or error
        if self._news is not None:
            wake(self._news)


class TcpWire(Wire):
    """A TCP connection, with small writes sent at once (TCP_NODELAY)."""

    def __init__(self, stream: Stream) -> None:
        """Take over an open connection."""
        self._stream = stream

    async def send(self, data: bytes) -> None:
        """Send all of `data` (see `Wire`)."""
        await self._stream.send(data)

    async def receive(self, until: float | None = None) -> bytes:
        """Wait for the next bytes (see `Wire`)."""
        return await self._stream.take(until)

    async def close(self) -> None:
        """Close the connection (see `Wire`). What a far side that takes nothing has not taken soon is
        dropped: it must not arrive later, as the rest of a receipt would."""
        self._stream.transport.close()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await asyncio.shield(self._stream.lost)
        except TimeoutError:
            self._stream.transport.abort()


def tcp(host: str, port: int) -> OpenWire:
    """The factory for one TCP address."""

    async def open_it() -> Wire:
        return TcpWire(await connected(host, port))

    return open_it


async def connected(host: str, port: int, context: ssl.SSLContext | None = None, name: str = "") -> Stream:
    """A new connection, through TLS where there is a `context` (`name`: in the far side's certificate).

    Raises:
        OSError: there is none to be had.
    """
    more: dict[str, Any] = {}
    if context is not None:
        more = {
            "ssl": context,
            "server_hostname": name,
            "ssl_handshake_timeout": HANDSHAKE_TIMEOUT_S,
            "ssl_shutdown_timeout": CLOSE_TIMEOUT_S,
        }
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            loop = asyncio.get_running_loop()
            _, stream = await loop.create_connection(Stream, host, port, **more)
    except ssl.SSLError:  # of which one is a ValueError too
        raise
    except ConnectionRefusedError as error:
        text = f"{host}:{port} takes no connections; is the port right, and the service running?"
        raise ConnectionRefusedError(errno.ECONNREFUSED, text) from error
    except ValueError as error:  # an empty label, a NUL: UnicodeError is one
        raise OSError(errno.EINVAL, f"{host!r} is no host name") from error
    sock = stream.transport.get_extra_info("socket")
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return stream
