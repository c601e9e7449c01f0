"""A wire whose far side follows a script: what it expects, and what it replies."""

import asyncio

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
