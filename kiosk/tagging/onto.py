"""Writing one tag: only what differs, again while it is there; only what was read back counts as written.

The first block comes last, and is wiped before anything else changes: no half of an old and half of a new
content is ever read as an item, also in a model that has no checksum.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from kiosk.circulation.values import ItemTag, TagContent, Uid
from kiosk.pad import FieldPad
from kiosk.rfid.errors import Locked, NotSupported, Protected, TagError
from kiosk.rfid.readers import Abilities, Reader
from kiosk.settings import Settings
from kiosk.tagging.looks import Look, look_at

T = TypeVar("T")

TRIES = 4
"""How often what differs is written (ours)."""

PAUSE_S = 0.25
"""Rest before the next try: whoever lifts a book a little puts it back (ours)."""

BLOCKS_AT_ONCE = 8
"""Blocks of one write command: 50 ms on a tag, then others may speak (ours)."""


class Gone(Exception):
    """The tag does not answer any more."""


class Refused(Exception):
    """The tag is there and says no."""


class Onto:
    """One tag that is being written; `touched` is set before the first write goes out."""

    def __init__(self, pad: FieldPad, look: Look, settings: Settings) -> None:
        """`look` is all of it as it is."""
        self.uid = look.uid
        self.block_size = look.block_size
        self.dsfid = look.dsfid
        self.touched = False
        self._pad = pad
        self._settings = settings
        self._memory = look.memory

    async def write_memory(self, memory: bytes) -> None:
        """Make the tag hold `memory`, all of its blocks.

        Raises:
            Gone: it is not there any more.
            Refused: it does not let itself be written.
            TransportError: the reader was lost.
        """
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(PAUSE_S)
            for first, data in self._steps(memory):
                said = await self._write(_blocks(self.uid, first, data, self.block_size))
                if isinstance(said, Protected | Locked | NotSupported):
                    raise Refused(str(said))
                if said is not None:
                    break  # what came of it is read, and then it is tried again
            self._memory = await self.whole()
            if self._memory == memory:
                return

    async def write_dsfid(self, dsfid: int) -> None:
        """Make the tag's DSFID this one. Raises as `write_memory`."""
        for attempt in range(TRIES):
            if self.dsfid == dsfid:
                return
            if attempt:
                await asyncio.sleep(PAUSE_S)
            said = await self._write(lambda reader: reader.write_dsfid(self.uid, dsfid))
            if isinstance(said, Protected | Locked | NotSupported):
                raise Refused(str(said))
            await self.whole()

    async def whole(self) -> bytes:
        """All of its memory, read anew; its DSFID with it. Raises Gone, TransportError."""
        look = await look_at(self._pad, self.uid, self._settings, whole=True)
        if look.info is None or len(look.memory) < look.size:
            raise Gone(look.trouble)
        self.dsfid = look.dsfid
        return look.memory

    def _steps(self, memory: bytes) -> list[tuple[int, bytes]]:
        """What is to be written, in this order: the number of the first block, and the bytes."""
        size = self.block_size
        head, blank = memory[:size], bytes(size)
        rest = self._differing(memory)
        if not rest:
            return [(0, head)] if self._memory[:size] != head else []
        wiped = [] if self._memory[:size] == blank else [(0, blank)]
        return [*wiped, *rest, (0, head)]

    def _differing(self, memory: bytes) -> list[tuple[int, bytes]]:
        """The runs of blocks behind the first one that are not as they shall be."""
        size, runs = self.block_size, list[tuple[int, bytes]]()
        for at in range(size, len(memory), size):
            block = memory[at : at + size]
            if block == self._memory[at : at + size]:
                continue
            first, data = runs[-1] if runs else (0, b"")
            if data and first * size + len(data) == at and len(data) < BLOCKS_AT_ONCE * size:
                runs[-1] = (first, data + block)
            else:
                runs.append((at // size, block))
        return runs

    async def _write(self, act: Callable[[Reader], Awaitable[None]]) -> TagError | None:
        """Write something; what the tag said against it. Raises TransportError."""
        self.touched = True
        try:
            await self._pad.write(act)
        except TagError as error:
            return error
        return None


def _blocks(uid: Uid, first: int, data: bytes, block_size: int) -> Callable[[Reader], Awaitable[None]]:
    return lambda reader: reader.write(uid, first, data, block_size)


class Verified:
    """The tags of a pad (meets `security_gate.Tags`), one of which was just written, read back, and
    understood as that item."""

    def __init__(self, pad: FieldPad, uid: Uid, item: ItemTag) -> None:
        self._pad = pad
        self._uid = uid
        self._item = item

    @property
    def abilities(self) -> Abilities | None:
        """What the reader can do; None while there is none."""
        return self._pad.abilities

    def content(self, uid: Uid) -> TagContent | None:
        """What a tag in the field says."""
        return self._item if uid == self._uid and self._pad.stay(uid) is not None else self._pad.content(uid)

    def stay(self, uid: Uid) -> object:
        """This stay of the tag in the field."""
        return self._pad.stay(uid)

    async def write(self, act: Callable[[Reader], Awaitable[T]]) -> T:
        """Do `act` when it is a write's turn."""
        return await self._pad.write(act)

    async def verify(self, act: Callable[[Reader], Awaitable[T]]) -> T:
        """The same at the turn of a read-back."""
        return await self._pad.verify(act)

    def knows_afi(self, uid: Uid) -> None:
        """Its AFI was just read."""
        self._pad.knows_afi(uid)
