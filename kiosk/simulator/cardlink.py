"""Holds a virtual card to vpcd, the virtual reader of PC/SC: a TCP client that is there while it is shown.

vpcd's protocol (vsmartcard, `vpcd.h`): each message is a length in two bytes, most significant first,
and that many bytes. An open connection is a card in the reader.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

from kiosk.simulator.card import Card, VirtualCard

CONNECT_SECONDS = 5.0
"""How long vpcd may take to accept; it polls."""
RETRY_SECONDS = 0.05


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
            sock = await self._connect()
            self._shown = card
            self._task = asyncio.create_task(self._hold(sock, VirtualCard(card)))

    async def _connect(self) -> socket.socket:
        loop = asyncio.get_running_loop()
        until = loop.time() + CONNECT_SECONDS
        while True:
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            sock.setblocking(False)
            try:
                await loop.sock_connect(sock, self._address)
            except OSError:
                sock.close()
                if loop.time() > until:
                    raise
                await asyncio.sleep(RETRY_SECONDS)
            else:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return sock

    async def _hold(self, sock: socket.socket, card: VirtualCard) -> None:
        """Answer the reader until the card is taken away, or the reader goes."""
        loop = asyncio.get_running_loop()
        with sock, contextlib.suppress(ConnectionError, EOFError):
            while True:
                size = int.from_bytes(await _exactly(sock, 2), "big")
                answer = card.message(await _exactly(sock, size))
                if answer is not None:
                    await loop.sock_sendall(sock, len(answer).to_bytes(2, "big") + answer)


async def _exactly(sock: socket.socket, size: int) -> bytes:
    """Read so many bytes.

    Raises:
        EOFError: the reader closed.
    """
    loop = asyncio.get_running_loop()
    data = b""
    while len(data) < size:
        # vpcd writes length and body apart, and would wait 40 ms for our delayed ACK in between.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        piece = await loop.sock_recv(sock, size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data
