"""What a far side in these tests is: a reader with a field, and a line in memory that leads to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal, Protocol

from kiosk.rfid.readers import ByteWire, Reader
from tests.rfid.tag_in_air import Tag

Trouble = Literal["silent", "late", "garbage", "half", "hang-up", "pieces"]
"""What happens to the next answer: it never comes, it comes after everybody's patience, it is noise, or the
first half of itself, the line is cut in its stead, it comes byte by byte. The request is carried out all the
same, but for a line that is cut."""

EXCHANGE_S = 0.01
LATE_S = 3.0
NOISE = b"\xff\x00\x55\xaa" * 3


class FarSide(Protocol):
    """A reader with a field, worked by the test; `open` opens it with the driver under test.

    Attributes:
        tags: what lies in the field, by uid; `put` puts it there.
        heard: every request that arrived.
        trouble: what happens to the next answers, in order.
        plugged: whether there is anything at the other end.
    """

    tags: dict[str, Tag]
    heard: list[bytes]
    trouble: list[Trouble]
    plugged: bool

    async def open(self) -> Reader:
        """Open the reader. Raises TransportError."""


class Line:
    """The way to a reader that answers one frame after the other.

    `ask_reader` gets one whole request and gives its answer, None for silence; `length_of` tells how long the
    request is that begins some bytes (0: not known yet). `keeps`: as on a serial line, an answer that comes
    when the line was opened anew is heard by whoever opened it.
    """

    def __init__(
        self,
        far: FarSide,
        length_of: Callable[[bytes], int],
        ask_reader: Callable[[bytes], bytes | None],
        *,
        keeps: bool,
    ) -> None:
        self.far = far
        self.length_of = length_of
        self.ask_reader = ask_reader
        self.keeps = keeps
        self.current: LineWire | None = None
        self.sent = b""
        self.free_at = 0.0

    async def open(self) -> ByteWire:
        if not self.far.plugged:
            raise ConnectionRefusedError("nobody is there")
        self.current = LineWire(self)
        return self.current

    def take(self, data: bytes, wire: LineWire) -> None:
        self.sent += data
        while 0 < (length := self.length_of(self.sent)) <= len(self.sent):
            request, self.sent = self.sent[:length], self.sent[length:]
            self._answer(request, wire)

    def _answer(self, request: bytes, wire: LineWire) -> None:
        loop = asyncio.get_running_loop()
        trouble = self.far.trouble.pop(0) if self.far.trouble else None
        if trouble == "hang-up":
            loop.call_soon(wire.give, b"")
            return
        self.far.heard.append(request)
        answer = self.ask_reader(request)
        self.free_at = max(loop.time(), self.free_at) + (LATE_S if trouble == "late" else EXCHANGE_S)
        if answer is None or trouble == "silent":
            return
        pieces = [answer]
        if trouble == "garbage":
            pieces = [NOISE]
        elif trouble == "half":
            pieces = [answer[: len(answer) // 2]]
        elif trouble == "pieces":
            pieces = [answer[at : at + 1] for at in range(len(answer))]
        for number, piece in enumerate(pieces):
            loop.call_at(self.free_at + number * 0.002, self._arrive, piece, wire)

    def _arrive(self, piece: bytes, wire: LineWire) -> None:
        heard_by = self.current if self.keeps else wire
        if heard_by is not None and heard_by.open:
            heard_by.give(piece)


class LineWire:
    """One opening of the line; meets `ByteWire`."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.open = True
        self.came: asyncio.Queue[bytes] = asyncio.Queue()

    def give(self, piece: bytes) -> None:
        self.came.put_nowait(piece)

    async def send(self, data: bytes) -> None:
        if not (self.open and self.line.far.plugged):
            raise ConnectionResetError("gone")
        self.line.take(data, self)

    async def receive(self, until: float | None = None) -> bytes:
        async with asyncio.timeout_at(until):
            piece = await self.came.get()
        return piece if self.line.far.plugged else b""

    async def ask(self, data: bytes, until: float) -> bytes:
        await self.send(data)
        return await self.receive(until)

    async def close(self) -> None:
        self.open = False
