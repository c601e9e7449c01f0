"""A printer's far side, written from Epson's ESC/POS reference for these tests alone.

It obeys DLE EOT, DLE DC4 8 and DLE ENQ at once, wherever they stand; everything else waits in its buffer
and is processed in order, at the speed of its mechanism, while it is online.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field

CLEAR = bytes.fromhex("10 14 08 01 03 14 01 06 02 08")


@dataclass
class Machine:
    """Public attributes may be set at any time; they are what a person does to the printer."""

    rows_a_second: float = 1200.0
    paper_rows: float = 100_000
    """How many rows of paper are left."""
    near_end: bool = False
    cover: bool = False
    cutter_jam: bool = False
    plugged: bool = True
    mute_realtime: int = 0
    """How many answers to DLE EOT are still swallowed."""
    mute_in_order: bool = False
    knows_clear: bool = True
    delay_s: float = 0.0
    says: bytes | None = None
    """Answered instead of any status."""
    # what came of it
    rows: list[bytes] = field(default_factory=list)
    pieces: list[int] = field(default_factory=list)
    """Length in rows of each piece that was cut off."""
    cleared: int = 0
    opened: int = 0
    questions: list[int] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)
    """Everything that came, real-time commands and all."""
    buffer: bytearray = field(default_factory=bytearray)
    wires: list["MachineWire"] = field(default_factory=list)
    _partial: bytes = b""
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task | None = None

    # ---- the wire

    async def open_wire(self):
        await asyncio.sleep(0.01)
        if not self.plugged:
            raise ConnectionRefusedError("nobody there")
        self.opened += 1
        wire = MachineWire(self)
        self.wires = [wire]
        if self._task is None:
            self._task = asyncio.create_task(self._work())
        return wire

    def unplug(self):
        self.plugged = False
        for wire in self.wires:
            wire.hang_up()

    def answer(self, data):
        def now():
            for wire in self.wires:
                wire.inbox.put_nowait(data)

        if self.delay_s:
            asyncio.get_running_loop().call_later(self.delay_s, now)
        else:
            now()

    # ---- what is obeyed at once

    def received(self, data):
        self.data += data
        data = self._partial + data
        self._partial = b""
        at = 0
        while at < len(data):
            if data[at] == 0x10 and at + 1 == len(data):
                self._partial = data[at:]
                break
            if data[at : at + 2] == b"\x10\x04":
                self._status(data[at + 2])
                at += 3
            elif data[at : at + len(CLEAR)] == CLEAR:
                if self.knows_clear:
                    self._clear()
                at += len(CLEAR)
            else:
                self.buffer.append(data[at])
                at += 1
        self._news.set()

    def _clear(self):
        self.buffer.clear()
        self.stop()  # it may be within a command
        self._task = asyncio.create_task(self._work())
        self.cutter_jam = False
        self.cleared += 1
        self.answer(b"\x37\x25\x00")

    @property
    def online(self):
        return not (self.cover or self.cutter_jam or self.paper_rows <= 0)

    def _status(self, question):
        self.questions.append(question)
        if self.mute_realtime:
            self.mute_realtime -= 1
            return
        if self.says is not None:
            self.answer(self.says)
            return
        out = self.paper_rows <= 0
        byte = (
            0x12
            | {
                1: 0x08 * (not self.online),
                2: 0x04 * self.cover | 0x20 * out | 0x40 * self.cutter_jam,
                3: 0x08 * self.cutter_jam,
                4: 0x0C * (self.near_end or out) | 0x60 * out,
            }[question]
        )
        self.answer(bytes((byte,)))

    # ---- what is processed in order

    async def _take(self, count):
        while len(self.buffer) < count or not self.online:
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):  # a person may have closed the cover
                    await self._news.wait()
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    async def _work(self):
        while True:
            command = await self._take(2)
            if command == b"\x1b@":
                continue
            if command == b"\x1bd":
                lines = (await self._take(1))[0]
                await self._feed([b""] * (lines * 30))
            elif command == b"\x1dv":
                mode, m, xl, xh, yl, yh = await self._take(6)
                assert (mode, m) == (0x30, 0), "GS v 0, normal mode"
                width, height = xl + 256 * xh, yl + 256 * yh
                for _ in range(height):
                    await self._feed([await self._take(width)])
            elif command == b"\x1dV":
                kind, feed = await self._take(2)
                assert (kind, feed) == (66, 0), "GS V 66 0"
                self.pieces.append(len(self.rows) - sum(self.pieces))
            elif command == b"\x1dr":
                assert await self._take(1) == b"\x01"
                if not self.mute_in_order:
                    self.answer(bytes((0x03 * self.near_end,)))
            else:
                raise AssertionError(f"not a command: {command.hex(' ')}")

    async def _feed(self, rows):
        for row in rows:
            await self._take(0)
            await asyncio.sleep(1 / self.rows_a_second)
            self.rows.append(row)
            self.paper_rows -= 1

    def stop(self):
        if self._task is not None:
            self._task.cancel()


class MachineWire:
    def __init__(self, machine):
        self.machine = machine
        self.inbox = asyncio.Queue()
        self.over = False

    def hang_up(self):
        self.over = True
        self.inbox.put_nowait(b"")

    async def send(self, data):
        if self.over:
            raise ConnectionResetError("unplugged")
        self.machine.received(data)

    async def receive(self):
        return await self.inbox.get()

    async def close(self):
        if not self.over:
            self.hang_up()
            self.machine.wires = []
