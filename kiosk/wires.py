"""Wires: the one door through which bytes enter and leave the kiosk, over TCP, TLS and serial lines.

A `Wire` is an open byte stream and `OpenWire` is how a driver gets one: it takes the factory as an
argument, so that the laboratory can hand it a wire in memory. Rooms that import nothing of ours
(`sip2`, `rfid`) describe the same shape in a `Protocol` of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import hmac
import os
import socket
import ssl
import termios
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

CONNECT_TIMEOUT_S = 5.0
"""Longest wait for a TCP connection; a device on the library's own network answers in milliseconds."""

HANDSHAKE_TIMEOUT_S = 4.0
"""Longest part of it for the handshake of TLS, which takes some hundredths of a second: a port that speaks no
TLS often says nothing at all."""

CLOSE_TIMEOUT_S = 1.0
"""Longest wait for a far side to take what was sent before."""

BITS_A_BYTE = 10
"""On a serial line without parity: a start bit, eight of data, a stop bit."""

Parity = Literal["none", "even", "odd"]
"""Of a serial line: the ninth bit that some devices want behind each byte."""

READ_AT_MOST = 65536
"""Bytes taken from the socket in one piece."""


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


class TcpWire(Wire):
    """A TCP connection, with small writes sent at once (TCP_NODELAY)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take over both halves of an open connection."""
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Send all of `data` (see `Wire`)."""
        self._writer.write(data)
        await self._writer.drain()

    async def receive(self, until: float | None = None) -> bytes:
        """Wait for the next bytes (see `Wire`)."""
        async with asyncio.timeout_at(until):
            return await self._reader.read(READ_AT_MOST)

    async def close(self) -> None:
        """Close the connection (see `Wire`). What a far side that takes nothing has not taken soon is
        dropped: it must not arrive later, as the rest of a receipt would."""
        self._writer.close()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._writer.wait_closed()
        except TimeoutError:
            self._writer.transport.abort()
        except OSError:
            pass  # it is closed, if not well


def tcp(host: str, port: int) -> OpenWire:
    """The factory for one TCP address."""

    async def open_it() -> Wire:
        return TcpWire(*await _connected(host, port))

    return open_it


@dataclass(frozen=True, slots=True)
class Tunnel:
    """What a handshake agreed on: protocol version (`TLSv1.3`), cipher suite, and the certificate that the
    far side showed (DER), from which subject and expiry can be read."""

    version: str
    cipher: str
    certificate: bytes

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the certificate, 32 bytes."""
        return hashlib.sha256(self.certificate).digest()


class NoTls(ConnectionAbortedError):
    """There is no TLS with a far side, or not with one whom we trust; the text helps whoever set it up.
    `reached`: it was asked, so that something answers there; else a file of ours is of no use."""

    def __init__(self, text: str, *, reached: bool = True) -> None:
        super().__init__(errno.ECONNABORTED, text)
        self.reached = reached


class TlsWire(TcpWire):
    """A TCP connection through TLS."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take over both halves of an open connection, its handshake done."""
        super().__init__(reader, writer)
        self._heard = False

    @property
    def tunnel(self) -> Tunnel:
        """What the handshake agreed on."""
        ssl_object = self._writer.get_extra_info("ssl_object")
        suite, version, _ = ssl_object.cipher()
        return Tunnel(ssl_object.version() or version, suite, ssl_object.getpeercert(binary_form=True))

    async def send(self, data: bytes) -> None:
        """Send all of `data` (see `Wire`)."""
        try:
            await super().send(data)
        except (ssl.SSLError, ConnectionError) as error:
            raise self._broken(error) from error

    async def receive(self, until: float | None = None) -> bytes:
        """Wait for the next bytes (see `Wire`)."""
        try:
            data = await super().receive(until)
        except (ssl.SSLError, ConnectionError) as error:
            raise self._broken(error) from error
        if not data and not self._heard:
            raise self._broken(None)
        self._heard = True
        return data

    def _broken(self, error: OSError | None) -> ConnectionResetError:
        """Since TLS 1.3 a far side that wants a certificate says so only behind the handshake, and mostly
        just hangs up."""
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "closed"
        wanted = "" if self._heard else "; perhaps it wants a certificate (tls_certificate)"
        return ConnectionResetError(errno.ECONNRESET, f"TLS: {reason}{wanted}")


@dataclass(frozen=True, slots=True)
class Tls:
    """Whom TLS trusts at the far side, and who we are to it. Files are PEM.

    Attributes:
        ca: the certificates of the authorities to trust, instead of the system's own.
        certificate: ours, where the far side wants one, with those between it and its authority.
        key: its key, unencrypted; None where it stands in the file of the certificate.
        fingerprint: SHA-256 of the far side's certificate (DER), 32 bytes; empty: none is pinned. One that is
            pinned is trusted by that alone: by no authority unless `ca` is given, and under any name.
        name: the name in the far side's certificate; empty: the host's.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    fingerprint: bytes = b""
    name: str = ""


def tls(host: str, port: int, trust: Tls) -> OpenWire:
    """The factory for one TCP address that is spoken to through TLS, 1.2 at least.

    The certificate is checked against the authorities and the host's name, or against the pinned
    fingerprint. The files are read anew each time, so that a renewed certificate needs no restart. What is
    wrong with TLS, and not with the way there, is told by a `NoTls`.
    """

    async def open_it() -> Wire:
        context = _context(trust)
        try:
            wire = TlsWire(*await _connected(host, port, context, trust.name or host))
        except ConnectionRefusedError:
            raise  # nobody is there at all
        except (ssl.SSLError, ConnectionError) as error:
            raise _tls_trouble(f"{host}:{port}", trust, error) from error
        shown = wire.tunnel.fingerprint
        if trust.fingerprint and not hmac.compare_digest(shown, trust.fingerprint):
            await wire.close()
            raise NoTls(
                f"{host}:{port} shows another certificate than the pinned one; if that is right, pin "
                f"{shown.hex()}"
            )
        return wire

    return open_it


async def _connected(
    host: str, port: int, context: ssl.SSLContext | None = None, name: str = ""
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
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
            reader, writer = await asyncio.open_connection(host, port, **more)
    except ssl.SSLError:  # of which one is a ValueError too
        raise
    except ConnectionRefusedError as error:
        text = f"{host}:{port} takes no connections; is the port right, and the service running?"
        raise ConnectionRefusedError(errno.ECONNREFUSED, text) from error
    except ValueError as error:  # an empty label, a NUL: UnicodeError is one
        raise OSError(errno.EINVAL, f"{host!r} is no host name") from error
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return reader, writer


def _context(trust: Tls) -> ssl.SSLContext:
    """What OpenSSL shall check and show.

    Raises:
        NoTls: a file cannot be read, or is not what it should be.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if trust.fingerprint:
        context.check_hostname = False
        if not trust.ca:
            context.verify_mode = ssl.CERT_NONE  # the fingerprint says it all
    try:
        if trust.ca:
            context.load_verify_locations(trust.ca)
        elif not trust.fingerprint:
            context.load_default_certs()
    except (OSError, ValueError) as error:
        place = str(trust.ca or "the system's authorities")
        raise _file_trouble(place, "a file of certificates (PEM)", error) from error
    if trust.certificate:
        try:
            # a key that is encrypted would have OpenSSL ask at the terminal
            context.load_cert_chain(trust.certificate, trust.key, password=lambda: "")
        except (OSError, ValueError) as error:
            files = " and ".join(str(path) for path in (trust.certificate, trust.key) if path)
            what = "a certificate (PEM) with its own key, unencrypted"
            raise _file_trouble(files, what, error) from error
    return context


def _file_trouble(path: str, what: str, error: Exception) -> NoTls:
    match error:
        case ssl.SSLError() | ValueError():
            said = f"is not {what}"
        case PermissionError():
            said = "the kiosk has no right to read it"
        case FileNotFoundError():
            said = "there is no such file"
        case _:
            said = str(error)
    return NoTls(f"{path}: {said}", reached=False)


def _tls_trouble(place: str, trust: Tls, error: Exception) -> NoTls:
    """The error with a text that helps whoever set the kiosk up."""
    match error:
        case ssl.SSLCertVerificationError(verify_message=said) if "ostname" in said or "IP address" in said:
            text = f"{place}: its certificate bears another name; say that one (tls_name), or pin it"
        case ssl.SSLCertVerificationError(verify_message=said) if "expired" in said or "yet valid" in said:
            text = f"{place}: {said}; renew it there, or set the kiosk's clock"
        case ssl.SSLCertVerificationError(verify_message=said):
            where = trust.ca or "the system's authorities"
            text = f"{place}: not vouched for by {where} ({said}); give its CA (tls_ca), or pin it"
        case ssl.SSLError(reason="WRONG_VERSION_NUMBER" | "UNEXPECTED_MESSAGE" | "HTTP_REQUEST"):
            text = f"{place}: it does not speak TLS; is this its plain port?"
        case ssl.SSLError(reason=str(reason)) if "PROTOCOL" in reason or "VERSION" in reason:
            text = f"{place}: no TLS of 1.2 or later ({reason}); it must be renewed there"
        case ssl.SSLError(reason=str(reason)) if "ALERT" in reason:
            mine = "another certificate" if trust.certificate else "a certificate (tls_certificate)"
            text = f"{place}: it refuses us ({reason}); perhaps it wants {mine}"
        case ssl.SSLError(reason=reason):
            text = f"{place}: no TLS with it ({reason or error})"
        case ConnectionAbortedError() if "longer" in str(error):  # so says asyncio
            text = f"{place}: it takes no part in TLS; is this its plain port?"
        case _:
            text = (
                f"{place}: it closed the connection within the handshake; is it its port for TLS, does it "
                "speak 1.2 or later, or want a certificate (tls_certificate)?"
            )
    return NoTls(text)


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
            _wake(each)
        # What a device does not take would hold up the close for half a minute (closing_wait).
        with contextlib.suppress(OSError, termios.error):
            termios.tcflush(self._fd, termios.TCOFLUSH)
        with contextlib.suppress(OSError):
            self._port.close()

    async def _ready(self, add: Callable[..., Any], remove: Callable[[int], Any]) -> None:
        """Wait until the line can be read, or written."""
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(ready)
        add(self._fd, _wake, ready)
        try:
            await ready
        finally:
            self._waiting.discard(ready)
            if self._open:
                remove(self._fd)


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


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

        try:
            # a time between bytes, be it 0, makes a read of nothing an error and not an end (VMIN 1)
            port = pyserial.Serial(
                device,
                baud,
                parity=parity[0].upper(),  # as pyserial names them
                timeout=0,
                exclusive=True,
                inter_byte_timeout=0,
            )
        except (OSError, ValueError, termios.error) as error:
            raise _serial_trouble(device, baud, parity, error) from error
        return SerialWire(port)

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
