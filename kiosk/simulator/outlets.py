"""Where devices meet the real world: each behind an outlet, which carries bytes and knows whether the device
has power. Here TCP ports and pseudo terminals; `cardlink.py` has the virtual card reader.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import socket
import tempfile
import tty
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Protocol, cast

from kiosk.simulator.device import Device, Hangup

PIECE = 65536


class Around(Protocol):
    """Who serves the outlets (`serve.Stage`)."""

    closing: bool

    def now(self) -> float:
        """The monotonic instant, in seconds."""

    def pump(self) -> None:
        """Let everything leave that is due, on all outlets."""


class Outlet(ABC):
    """One device behind one outlet; `follow` and `shut` bring it to what the device's power says."""

    def __init__(self, around: Around, device: Device) -> None:
        self.around, self.device = around, device
        self._links = 0

    @property
    @abstractmethod
    def open(self) -> bool:
        """Whether hosts can come here now, or something is done about it."""

    @property
    def behind(self) -> bool:
        """Whether the device can be reached and its outlet cannot."""
        return self.device.reachable and not self.open and not self.around.closing

    @abstractmethod
    async def follow(self) -> None:
        """Open if the device has power, else shut; returns when that has come to pass."""

    @abstractmethod
    def shut(self) -> None:
        """Close to new hosts, at once."""

    @abstractmethod
    def drop_all(self) -> None:
        """Shut, and end all links."""

    @abstractmethod
    def _send(self, link: int, data: bytes) -> None:
        """Carry bytes to a host that may be gone."""

    @abstractmethod
    def _hang_up(self, link: int) -> None:
        """Drop a link that may be gone."""

    def pump(self, now: float) -> None:
        """Let leave what is due."""
        for out in self.device.take(now):
            if isinstance(out, Hangup):
                self._hang_up(out.link)
            else:
                self._send(out.link, out.data)

    def _opened(self) -> int:
        """A link was made; its number."""
        self._links += 1
        self.device.opened(self._links, self.around.now())
        self.around.pump()
        return self._links

    def _received(self, link: int, data: bytes) -> None:
        self.device.received(link, data, self.around.now())
        self.around.pump()

    def _closed(self, link: int) -> None:
        self.device.closed(link, self.around.now())
        self.around.pump()


class TcpPort(Outlet):
    """A TCP port, always the same one (0: the system chooses; `port` has it then)."""

    def __init__(self, around: Around, device: Device, host: str, port: int) -> None:
        super().__init__(around, device)
        self.host, self.port = host, port
        self._claim: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._lines: dict[int, asyncio.Transport] = {}
        self._turn = asyncio.Lock()

    @property
    def open(self) -> bool:
        """Whether it listens."""
        return self._server is not None

    async def follow(self) -> None:
        """Listen if the device has power."""
        async with self._turn:
            if self.behind:
                if self._claim is None:
                    self._claim = _bound(self.host, self.port)
                    self.port = self._claim.getsockname()[1]
                loop = asyncio.get_running_loop()
                self._server = await loop.create_server(
                    lambda: _Line(self), self.host, self.port, reuse_address=True
                )
        if not self.device.reachable:
            self.shut()

    def shut(self) -> None:
        """Connections are refused from now on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def drop_all(self) -> None:
        """End all connections."""
        self.shut()
        for transport in list(self._lines.values()):
            transport.abort()
        if self._claim is not None:
            self._claim.close()
            self._claim = None

    def _send(self, link: int, data: bytes) -> None:
        if link in self._lines:
            self._lines[link].write(data)

    def _hang_up(self, link: int) -> None:
        if link in self._lines:
            self._lines[link].abort()

    def connected(self, transport: asyncio.Transport) -> int:
        """A connection was made; its number, 0 if the device has no power."""
        sock: socket.socket = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self.device.reachable:
            transport.abort()
            return 0
        self._lines[self._links + 1] = transport
        return self._opened()

    def received(self, link: int, data: bytes) -> None:
        """Bytes arrived."""
        if link in self._lines:
            self._received(link, data)

    def disconnected(self, link: int) -> None:
        """A connection is gone."""
        if self._lines.pop(link, None) is not None:
            self._closed(link)


def _bound(host: str, port: int) -> socket.socket:
    """A socket that has this port and does not listen: the device may listen beside it, and while it has no
    power Linux gives the port to nobody else. Connections are refused as if this were not there.

    Raises:
        OSError: it cannot have the port; the text names it.
    """
    claim = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        claim.bind((host, port))
    except OSError as error:
        claim.close()
        raise OSError(error.errno, f"port {port} of {host}: {error.strerror}") from error
    return claim


class _Line(asyncio.Protocol):
    """One connection to one device."""

    def __init__(self, port: TcpPort) -> None:
        self._port = port
        self._link = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._link = self._port.connected(cast("asyncio.Transport", transport))

    def data_received(self, data: bytes) -> None:
        self._port.received(self._link, data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._port.disconnected(self._link)


class Terminal(Outlet):
    """A pseudo terminal, as a USB-serial adapter: a symbolic link leads to it, and is there while the device
    has power. When that goes, whoever has it open reads its end; the next one has another number behind the
    same link. The line is raw; its speed is the device's own business (`serialline.py`).

    The device never hears a host come or go, as it does not on a real line without handshake.
    """

    def __init__(self, around: Around, device: Device, path: Path | None = None) -> None:
        """`path` is where the link is to be (None: in a folder of its own, which goes when this closes)."""
        super().__init__(around, device)
        self._folder = None
        if path is None:
            self._folder = tempfile.TemporaryDirectory(prefix="kiosk-sim-")
            path = Path(self._folder.name) / "reader"
        self.path = path
        self._ends: tuple[int, int] | None = None
        self._link = 0

    @property
    def open(self) -> bool:
        """Whether the terminal is there."""
        return self._ends is not None

    async def follow(self) -> None:
        """Have a terminal if the device has power."""
        if self.behind:
            master, slave = self._ends = pty.openpty()
            tty.setraw(slave)
            os.set_blocking(master, False)
            beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
            beside.symlink_to(os.ttyname(slave))
            beside.replace(self.path)
            asyncio.get_running_loop().add_reader(master, self._read, master)
            self._link = self._opened()
        elif not self.device.reachable:
            self.shut()

    def shut(self) -> None:
        """Take it away: whoever reads it reads its end, and its path is gone."""
        if self._ends is not None:
            master, slave = self._ends
            self._ends = None
            asyncio.get_running_loop().remove_reader(master)
            self.path.unlink(missing_ok=True)
            os.close(master)
            os.close(slave)

    def drop_all(self) -> None:
        """Shut for good."""
        self.shut()
        if self._folder is not None:
            self._folder.cleanup()

    def _read(self, master: int) -> None:
        with contextlib.suppress(OSError):
            self._received(self._link, os.read(master, PIECE))

    def _send(self, link: int, data: bytes) -> None:
        """What does not fit the terminal's buffer since nobody reads it is lost, as on any line."""
        if self._ends is not None and link == self._link:
            with contextlib.suppress(OSError):
                os.write(self._ends[0], data)

    def _hang_up(self, link: int) -> None:
        if link == self._link:
            self.shut()
