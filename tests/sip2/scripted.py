"""A far side that does exactly what a test says, on wires in memory. Runs in virtual time.

`ScriptedAcs` answers like a small, honest ACS; a test replaces what one message gets:
`acs.on["11"] = lambda frame, wire: ...`, where `frame` is what arrived (without CR) and `wire` takes
`wire.say(bytes, after=seconds)` and `wire.hang_up(after=seconds)`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kiosk.sip2 import seal, unseal

DATE = "20270102    101112"
BX = "YYYYYYYYYYYYYYYY"
STATUS = f"98YYYYYN010003{DATE}2.00AOlib|BX{BX}|"
LOGIN_USER = "kiosk"


class ScriptedWire:
    """One connection, seen from both ends."""

    def __init__(self, acs: ScriptedAcs) -> None:
        self._acs = acs
        self._chunks: asyncio.Queue[bytes] = asyncio.Queue()
        self._buffer = b""
        self.gone = False
        self.closed = False

    # our side's face

    async def send(self, data: bytes) -> None:
        if self.gone:
            raise ConnectionResetError("gone")
        self._buffer += data
        while b"\r" in self._buffer:
            frame, self._buffer = self._buffer.split(b"\r", 1)
            self._acs.heard(frame, self)

    async def receive(self) -> bytes:
        return await self._chunks.get()

    async def close(self) -> None:
        self.closed = True

    # the far side's face

    def say(self, data: bytes, after: float = 0.0) -> None:
        asyncio.get_running_loop().call_later(after, self._chunks.put_nowait, data)

    def hang_up(self, after: float = 0.0) -> None:
        def now() -> None:
            self.gone = True
            self._chunks.put_nowait(b"")

        asyncio.get_running_loop().call_later(after, now)

    def answer(self, to: bytes, body: str, after: float = 0.0) -> None:
        """Answer a frame with a body, sealed the way the frame was."""
        self.say(sealed(to, body) + b"\r", after)


Handler = Callable[[bytes, ScriptedWire], None]


class ScriptedAcs:
    """Counts and keeps what it hears: `frames` of all connections, `wires` opened."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.wires: list[ScriptedWire] = []
        self.reachable = True
        self.open_takes = 0.0
        self.status = STATUS
        self.on: dict[str, Handler] = {
            "93": lambda frame, wire: wire.answer(frame, "941"),
            "99": lambda frame, wire: wire.answer(frame, self.status),
        }

    async def open(self) -> ScriptedWire:
        if self.open_takes:
            await asyncio.sleep(self.open_takes)
        if not self.reachable:
            raise ConnectionRefusedError("refused")
        self.wires.append(ScriptedWire(self))
        return self.wires[-1]

    def heard(self, frame: bytes, wire: ScriptedWire) -> None:
        text = frame.decode()
        self.frames.append(text)
        handler = self.on.get(text[:2])
        if handler is not None:
            handler(frame, wire)

    def unplug(self) -> None:
        self.reachable = False
        for wire in self.wires:
            wire.hang_up()

    def sent(self, code: str) -> list[str]:
        """The frames with this code that arrived."""
        return [frame for frame in self.frames if frame.startswith(code)]


def sealed(to: bytes, body: str) -> bytes:
    """A body as the answer to a frame: same sequence number, or none of all that."""
    sequence = unseal(to).sequence
    return body.encode() if sequence is None else seal(body.encode(), sequence)


def in_turn(*handlers: Handler) -> Handler:
    """The first handler for the first message, and so on; the last one for all further ones."""
    left = list(handlers)

    def handler(frame: bytes, wire: ScriptedWire) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(frame, wire)

    return handler


def silent(frame: bytes, wire: ScriptedWire) -> None:
    """Say nothing."""
