"""What lies in the virtual readers of PC/SC: a card that is shown, and a pad reader's antenna.

vpcd listens for cards (see `vpcdwire.py`); an open connection is a card in the reader.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from math import inf

from kiosk.simulator import vpcdwire
from kiosk.simulator.card import Card, VirtualCard
from kiosk.simulator.device import Device
from kiosk.simulator.outlets import PIECE, Around, Outlet

CONNECT_SECONDS = 5.0
"""How long vpcd may take to accept; it polls."""
RETRY_SECONDS = 0.05
AWAY_SECONDS = 1.0
"""How long a slot stays empty at least: pcscd looks every 0.4 s, and who is back before it looked is a card
that it never powers again."""


class CardLink:
    """The place in front of the virtual reader: holds one card, or none."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self._address = (host, port)
        self._shown: Card | None = None
        self._task: asyncio.Task[None] | None = None

    async def show(self, card: Card | None) -> None:
        """Hold this card to the reader (None: none); nothing happens if it is the one held already.

        Raises:
            OSError: nobody listens at the virtual reader's port.
        """
        if card is self._shown and not (self._task is not None and self._task.done()):
            return
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await self._task
            self._task = None
        self._shown = None
        if card is not None:
            sock = await _connect(self._address)
            self._shown = card
            self._task = asyncio.create_task(self._hold(sock, VirtualCard(card)))

    async def _hold(self, sock: socket.socket, card: VirtualCard) -> None:
        """Answer the reader until the card is taken away, or the reader goes."""
        loop = asyncio.get_running_loop()
        splitter = vpcdwire.Splitter()
        with sock, contextlib.suppress(ConnectionError):
            while data := await _receive(sock):
                for message in splitter.feed(data, loop.time()):
                    answer = card.message(message)
                    if answer is not None:
                        await loop.sock_sendall(sock, vpcdwire.write(answer))


class Slot(Outlet):
    """A device in a virtual reader, for as long as it has power; it comes back when PC/SC was away."""

    def __init__(self, around: Around, device: Device, port: int, host: str = "127.0.0.1") -> None:
        super().__init__(around, device)
        self._address = (host, port)
        self._task: asyncio.Task[None] | None = None
        self._sock: socket.socket | None = None
        self._link = 0
        self._there = asyncio.Event()
        self._left = -inf

    @property
    def open(self) -> bool:
        """Whether it is in the reader, or on its way."""
        return self._task is not None and not self._task.done()

    async def follow(self) -> None:
        """Be in the reader if the device has power; waits a little for a PC/SC that is away."""
        if self.behind:
            self._there.clear()
            self._task = asyncio.create_task(self._stay())
        if not self.device.reachable:
            self.shut()
        elif not self._there.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._there.wait(), CONNECT_SECONDS)

    def shut(self) -> None:
        """Out of the reader."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._hang_up(self._link)

    def drop_all(self) -> None:
        """Out of the reader."""
        self.shut()

    async def _stay(self) -> None:
        while True:
            await asyncio.sleep(max(RETRY_SECONDS, self._left + AWAY_SECONDS - self.around.now()))
            with contextlib.suppress(OSError):
                sock = await _connect(self._address)
                with sock:
                    self._sock = sock
                    self._link = link = self._opened()
                    self._there.set()
                    try:
                        await self._carry(sock, link)
                    finally:
                        self._sock, self._left = None, self.around.now()
                        self._there.clear()
                        self._closed(link)

    async def _carry(self, sock: socket.socket, link: int) -> None:
        while data := await _receive(sock):
            self._received(link, data)

    def _send(self, link: int, data: bytes) -> None:
        """Answers are shorter than any socket's buffer."""
        if self._sock is not None and link == self._link:
            with contextlib.suppress(OSError):
                self._sock.send(data)

    def _hang_up(self, link: int) -> None:
        if self._sock is not None and link == self._link:
            with contextlib.suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)


async def _connect(address: tuple[str, int]) -> socket.socket:
    """A connection to vpcd.

    Raises:
        OSError: nobody listens there.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + CONNECT_SECONDS
    while True:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, address)
        except OSError:
            sock.close()
            if loop.time() > until:
                raise
            await asyncio.sleep(RETRY_SECONDS)
        except asyncio.CancelledError:
            sock.close()
            raise
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock


async def _receive(sock: socket.socket) -> bytes:
    """What comes next; empty when the reader closed."""
    # vpcd writes length and body apart, and would wait 40 ms for our delayed ACK in between.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    return await asyncio.get_running_loop().sock_recv(sock, PIECE)
