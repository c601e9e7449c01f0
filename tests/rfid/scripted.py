"""Far sides that follow a script: what they expect, and what they reply."""

import asyncio
from collections.abc import Sequence

Reply = bytes | float | None
"""Bytes that come, seconds that pass before the next, None: the far side closes."""


class ScriptedWire:
    """A far side that expects requests in order and replies as it is told."""

    def __init__(self, *script: tuple[bytes, list[Reply]]) -> None:
        self.script = list(script)
        self.replies: list[Reply] = []
        self.closed = False
        self.arrived = asyncio.Event()

    async def send(self, data: bytes) -> None:
        if self.closed:
            raise ConnectionResetError("gone")
        expected, replies = self.script.pop(0)
        assert data.hex() == expected.hex()
        self.replies += replies
        self.arrived.set()

    async def receive(self, until: float | None = None) -> bytes:
        async with asyncio.timeout_at(until):
            return await self._next()

    async def ask(self, data: bytes, until: float) -> bytes:
        await self.send(data)
        return await self.receive(until)

    async def _next(self) -> bytes:
        while True:
            while not self.replies:
                self.arrived.clear()
                await self.arrived.wait()
            reply = self.replies.pop(0)
            if reply is None:
                return b""
            if isinstance(reply, bytes):
                return reply
            await asyncio.sleep(reply)

    async def close(self) -> None:
        self.closed = True


Said = bytes | Exception | float | None
"""What an APDU brings: its answer, or an error; after so many seconds nothing, or (None) never anything."""


class ScriptedApdus:
    """A PC/SC reader that expects APDUs in order."""

    def __init__(self, *script: tuple[bytes, Said | Sequence[Said]]) -> None:
        self.script = list(script)
        self.closed = 0

    async def transmit(self, apdu: bytes) -> bytes:
        expected, replies = self.script.pop(0)
        assert apdu.hex() == expected.hex()
        for reply in [replies] if isinstance(replies, bytes | Exception | float | None) else replies:
            match reply:
                case bytes():
                    return reply
                case Exception():
                    raise reply
                case float():
                    await asyncio.sleep(reply)
                case None:
                    await asyncio.get_running_loop().create_future()
        raise AssertionError("the script says nothing")

    async def close(self) -> None:
        self.closed += 1
