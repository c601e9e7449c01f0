"""A PC/SC reader that shows one tag at a time, as a card with blocks: all that it can is read and write them.

It picks the tag itself, and shows none where two lie in its field. The AFI, EAS and what a tag says of itself
are out of reach: a kiosk with such a pad can tell what lies there, and neither secure nor release it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from kiosk.rfid import errors
from kiosk.rfid.iso15693 import Password, SystemInfo, TagFound
from kiosk.rfid.readers.contract import Abilities, TagWithMemory
from kiosk.rfid.readers.talk import Talk
from kiosk.rfid.wire import pcsc

T = TypeVar("T")

BLOCK_BYTES = 4


class StorageReader:
    """A PC/SC reader without transparent sessions; meets `Reader`. Make it with `pcsc_opener`."""

    abilities = Abilities(secures=False)
    """What it can do (see `Reader`): less than the least."""

    def __init__(self, talk: Talk, carries_frames: Callable[[], Awaitable[bool]] | None = None) -> None:
        """Take over a reader. `carries_frames`: asked for each tag that is put there; should it turn out to
        be true, this reader ends, so that it is opened anew and found to be another one."""
        self._talk = talk
        self._carries_frames = carries_frames
        self._last: str | None = None

    async def inventory(self, afi: int = 0) -> list[TagFound]:
        """The tag that lies there, if it is alone (see `Reader`)."""
        if afi:
            raise errors.NotSupported("this reader cannot ask for an AFI")
        async with self._talk.turn:
            uid, last = await self._uid(), self._last
            self._last = uid
            if uid not in {None, last} and self._carries_frames is not None:
                await self._doubt(self._carries_frames)
        return [] if uid is None else [TagFound(uid)]

    async def inventory_read(self, first: int, count: int, afi: int = 0) -> list[TagWithMemory]:
        """It cannot (see `Reader`)."""
        raise errors.NotSupported("this reader has no inventory with memory")

    async def read(self, uid: str, first: int, count: int) -> bytes:
        """Memory blocks of that tag (see `Reader`), of four bytes."""
        async with self._talk.turn:
            await self._find(uid)
            blocks = [
                await self._talk.ask(pcsc.read_block(number, BLOCK_BYTES), pcsc.data_of)
                for number in range(first, first + count)
            ]
        if any(len(block) != BLOCK_BYTES for block in blocks):
            raise errors.TagGarbled("a block that has not four bytes")
        return b"".join(blocks)

    async def write(self, uid: str, first: int, data: bytes, block_size: int = BLOCK_BYTES) -> None:
        """Write whole blocks (see `Reader`), of four bytes."""
        if not data or len(data) % block_size:
            raise ValueError(f"{len(data)} bytes are no whole blocks")
        if block_size != BLOCK_BYTES:
            raise errors.NotSupported("this reader writes blocks of four bytes")
        async with self._talk.turn:
            await self._find(uid)
            for at in range(0, len(data), block_size):
                block = pcsc.write_block(first + at // block_size, data[at : at + block_size])
                await self._talk.ask(block, pcsc.data_of)

    async def write_afi(self, uid: str, afi: int) -> None:
        """It cannot (see `Reader`)."""
        raise errors.NotSupported("this reader cannot write an AFI")

    async def write_dsfid(self, uid: str, dsfid: int) -> None:
        """It cannot (see `Reader`)."""
        raise errors.NotSupported("this reader cannot write a DSFID")

    async def system_info(self, uid: str) -> SystemInfo:
        """It cannot (see `Reader`), but it says so only of a tag that is there: for any other, NoTag."""
        async with self._talk.turn:
            await self._find(uid)
        raise errors.NotSupported("this reader cannot ask a tag what it is")

    async def set_eas(self, uid: str, armed: bool) -> None:
        """It cannot (see `Reader`)."""
        raise errors.NotSupported("this reader cannot set EAS")

    async def eas_alarm(self, uid: str) -> bool:
        """It cannot (see `Reader`)."""
        raise errors.NotSupported("this reader cannot hear EAS")

    async def present_password(self, uid: str, which: Password, password: int) -> None:
        """It cannot (see `Reader`)."""
        raise errors.NotSupported("this reader cannot give a password")

    async def set_output(self, number: int, seconds: float) -> None:
        """It has none (see `Reader`)."""
        raise errors.NotSupported("no outputs through PC/SC")

    async def rf_reset(self) -> None:
        """Nothing: this reader silences no tag, and looks after its field itself (see `Reader`)."""

    async def close(self) -> None:
        """Give the reader back (see `Reader`)."""
        await self._talk.close()

    async def _doubt(self, carries_frames: Callable[[], Awaitable[bool]]) -> None:
        """End, if the reader can do more than it has said before."""
        with contextlib.suppress(errors.NoTag):
            if await carries_frames():
                raise await self._talk.end(errors.ReaderGone("the reader carries frames after all"))

    async def _uid(self) -> str | None:
        try:
            return await self._talk.ask(pcsc.GET_UID, pcsc.uid_of)
        except errors.NoTag:
            return None

    async def _find(self, uid: str) -> None:
        """Be sure that it is that tag which lies there: the commands for blocks name none.

        Raises:
            NoTag: another one does, or none.
        """
        if await self._uid() != uid:
            raise errors.NoTag("that tag does not lie alone on the reader")
