"""Serial lines."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import termios
from collections.abc import Callable
from typing import Any, Literal, Protocol

from kiosk.wires.wire import READ_AT_MOST, OpenWire, Wire, wake

BITS_A_BYTE = 10
"""On a serial line without parity: a start bit, eight of data, a stop bit."""

Parity = Literal["none", "even", "odd"]
"""Of a serial line: the ninth bit that some devices want behind each byte."""


class SerialWire(Wire):
    """A serial line that is open, by its file descriptor (non-blocking, raw)."""

    def __init__(self, port: Any) -> None:
        """Take over an open port of pyserial; from here on only its file descriptor is used."""
        self._port = port
        self._fd: int = port.fileno()
        self._open = True
        self._waiting: set[asyncio.Future[None]] = set()

    async def send(self, data: bytes) -> None:
        """Send all of `data` (see `Wire`): it is with the kernel then, not yet on the line."""
        loop = asyncio.get_running_loop()
        rest = memoryview(data)
        while rest:
            if not self._open:
                raise ConnectionResetError("the serial line is closed")
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                await self._ready(loop.add_writer, loop.remove_writer)
            except OSError as error:
                raise ConnectionResetError(f"the serial line is gone: {error.strerror}") from error

    async def receive(self, until: float | None = None) -> bytes:
        """Wait for the next bytes (see `Wire`); a line that was pulled out has ended."""
        async with asyncio.timeout_at(until):
            return await self._next_bytes()

    async def _next_bytes(self) -> bytes:
        loop = asyncio.get_running_loop()
        while self._open:
            try:
                return os.read(self._fd, READ_AT_MOST)  # nothing, and no error: hung up
            except BlockingIOError:
                await self._ready(loop.add_reader, loop.remove_reader)
            except OSError as error:
                if error.errno in {errno.EIO, errno.ENXIO, errno.ENODEV}:
                    return b""  # the far side of a pty was closed, an adapter was pulled out
                raise ConnectionResetError(f"the serial line broke: {error.strerror}") from error
        return b""

    async def close(self) -> None:
        """Close the line; whoever waits for it wakes up (see `Wire`)."""
        if not self._open:
            return
        self._open = False
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._fd)
        loop.remove_writer(self._fd)
        for each in self._waiting:
            wake(each)
        # What a device does not take would hold up the close for half a minute (closing_wait).
        with contextlib.suppress(OSError, termios.error):
            termios.tcflush(self._fd, termios.TCOFLUSH)
        with contextlib.suppress(OSError):
            self._port.close()

    async def _ready(self, add: Callable[..., Any], remove: Callable[[int], Any]) -> None:
        """Wait until the line can be read, or written."""
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(ready)
        add(self._fd, wake, ready)
        try:
            await ready
        finally:
            self._waiting.discard(ready)
            if self._open:
                remove(self._fd)


class OpenSerial(Protocol):
    """Makes the factory of a byte stream over a serial line (see `serial`)."""

    def __call__(self, device: str, baud: int, parity: Parity = "none") -> OpenWire:
        """The factory for one serial line."""


def serial(device: str, baud: int, parity: Parity = "none") -> OpenWire:
    """The factory for one serial line: 8 data bits, 1 stop bit, raw, `baud` bits a second.

    No flow control. The line is ours alone while it is open, among programs that lock it as we do. What comes
    with the wrong parity is handed on as it is: who speaks over the line has a checksum.
    """

    async def open_it() -> Wire:
        import serial as pyserial  # the kiosks without a serial line do without it

        def opened(parity: Parity) -> SerialWire:
            # a time between bytes, be it 0, makes a read of nothing an error and not an end (VMIN 1)
            return SerialWire(
                pyserial.Serial(
                    device,
                    baud,
                    parity=parity[0].upper(),  # as pyserial names them
                    timeout=0,
                    exclusive=True,
                    inter_byte_timeout=0,
                )
            )

        try:
            try:
                return opened(parity)
            except termios.error:
                # A line that has no parity (a pseudo terminal, of a network's serial server for one) drops it
                # in silence, until it is the only thing that is asked for: then glibc says EINVAL.
                if parity == "none":
                    raise
                return opened("none")
        except (OSError, ValueError, termios.error) as error:
            raise _serial_trouble(device, baud, parity, error) from error

    return open_it


def _serial_trouble(device: str, baud: int, parity: Parity, error: Exception) -> OSError:
    """The error with a text that helps whoever set the kiosk up."""
    number = error.errno if isinstance(error, OSError) else None
    match number:
        case errno.ENOENT | errno.ENXIO | errno.ENODEV:
            return FileNotFoundError(errno.ENOENT, "there is no such serial line; is it plugged in?", device)
        case errno.EACCES | errno.EPERM:
            return PermissionError(errno.EACCES, "no right to use this serial line (group dialout?)", device)
        case errno.EBUSY | errno.EAGAIN:
            return OSError(errno.EBUSY, "another program uses this serial line", device)
        case _:
            return OSError(
                number or errno.EINVAL, f"no serial line of {baud} bits/s, parity {parity}: {error}", device
            )
