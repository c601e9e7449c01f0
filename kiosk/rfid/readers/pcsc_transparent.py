"""A PC/SC reader that carries frames: everything that ISO 15693-3 and NXP's tags know, said by ourselves.

Such a reader sends one frame and hears one answer, so that a round has one slot, and a heap is taken apart
by masks (`Splitting`). A tag that another one drowned is heard when that one is quiet: what was found is
silenced, and the question asked again, until nobody answers. So a poll of a pad on which nothing changes is
one question, and only `rf_reset` lets all be named again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from kiosk.rfid import errors, iso15693
from kiosk.rfid.iso15693 import Answered, Heard, Mask, Noise, Password, Request, SystemInfo, TagFound
from kiosk.rfid.readers.contract import Abilities, TagWithMemory
from kiosk.rfid.readers.splitting import Splitting
from kiosk.rfid.readers.talk import Talk
from kiosk.rfid.wire import pcsc

T = TypeVar("T")

log = logging.getLogger(__name__)

ROUNDS_AT_MOST = 4
"""Walks through the heap in one inventory, each for those that the walk before has uncovered."""

FIELD_OFF_S = 0.005
"""How long the field is off in a reset. Tags lose their power within microseconds, the field its within a
millisecond (assumed: no manual of a reader says it)."""

LEAST_US = 5_000
"""Least time that a reader is told to wait for an answer; it begins after 0.3 ms (ISO 15693-3 clause 9.1)."""
BYTE_US = 302
"""Time of one byte of an answer."""
WRITE_US = 20_000
"""A tag may take so much longer to write (clause 9.7)."""

BLOCKS_AT_MOST = 32
"""What fits into one short answer with all that stands around it, and into what tags give at once."""


class TransparentReader:
    """A PC/SC reader in a transparent session; meets `Reader`. Make it with `pcsc_opener`."""

    abilities = Abilities(
        afi_filter=True,
        inventory_read=True,
        customs=True,
        reports_new_only=True,
        blocks_at_most=BLOCKS_AT_MOST,
    )
    """What it can do (see `Reader`)."""

    def __init__(self, talk: Talk, timer: pcsc.TimerOrder) -> None:
        """Take over a reader; `begin` comes next."""
        self._talk = talk
        self._timer = timer
        self._in_session = False
        self._silenced = False
        """Some tags have been told to be quiet since the last reset."""
        self._unreported: dict[str, TagFound] = {}
        """Silenced by an inventory that was broken off, or that asked for an AFI: the next one owes them."""

    async def begin(self) -> bool:
        """Begin the session; False: the reader knows none. Raises NoTag, TransportError."""
        async with self._talk.turn:
            return await self._begin()

    # ---- which tags are there ---------------------------------------------------------------

    async def inventory(self, afi: int = 0) -> list[TagFound]:
        """The tags that answer now and have not been named since the last reset; with `afi`, all that hold it
        (see `Reader`)."""
        async with self._talk.turn:
            found = await self._heap(
                afi,
                lambda mask: iso15693.inventory(mask, afi=afi, one_slot=True),
                lambda data, mask: (iso15693.tag_found(data), b""),
            )
            return [tag for tag, _ in found]

    async def inventory_read(self, first: int, count: int, afi: int = 0) -> list[TagWithMemory]:
        """The same, of NXP's tags only, with their memory (see `Reader`)."""

        def read(data: bytes, mask: Mask) -> tuple[TagFound, bytes]:
            uid, memory = iso15693.tag_and_memory(data, count, mask)
            return TagFound(uid), memory

        async with self._talk.turn:
            found = await self._heap(
                afi,
                lambda mask: iso15693.inventory_read(first, count, mask, afi=afi, one_slot=True),
                read,
            )
            return [TagWithMemory(tag, memory) for tag, memory in found]

    async def _heap(
        self,
        afi: int,
        ask: Callable[[Mask], Request],
        read: Callable[[bytes, Mask], tuple[TagFound, bytes]],
    ) -> list[tuple[TagFound, bytes]]:
        if afi and self._silenced:
            await self._reset()  # those that have been named would say nothing
        found: dict[str, tuple[TagFound, bytes]] = {}
        noisy = False
        try:
            for _ in range(ROUNDS_AT_MOST):
                walk = Splitting()
                new = await self._walk(walk, ask, read)
                noisy |= walk.noisy
                for uid in new.keys() - found.keys():
                    await self._silence(new[uid][0])
                known = len(found)
                found.update(new)
                if len(found) == known:
                    break
        except errors.NoTag:
            pass  # no card lies there, for a reader that wants one
        if noisy and not found:
            raise errors.Collision("nothing but noise was heard")
        if not afi:
            for uid, tag in self._unreported.items():
                found.setdefault(uid, (tag, b""))
            self._unreported.clear()
        return list(found.values())

    async def _walk(
        self,
        walk: Splitting,
        ask: Callable[[Mask], Request],
        read: Callable[[bytes, Mask], tuple[TagFound, bytes]],
    ) -> dict[str, tuple[TagFound, bytes]]:
        """Once through the heap."""
        found = {}
        while (mask := walk.next()) is not None:
            match await self._hear(ask(mask), 12 + BLOCKS_AT_MOST * 4):
                case Answered(data):
                    try:
                        tag, memory = read(data, mask)
                        found[tag.uid] = (tag, memory)
                    except errors.TagGarbled:
                        walk.collided(mask)
                case Noise():
                    walk.collided(mask)
        return found

    async def _silence(self, tag: TagFound) -> None:
        self._silenced = True
        self._unreported[tag.uid] = tag
        await self._hear(iso15693.stay_quiet(tag.uid), 0)

    # ---- one tag ----------------------------------------------------------------------------

    async def read(self, uid: str, first: int, count: int) -> bytes:
        """Memory blocks of that tag (see `Reader`); one by one where it knows no read of several."""
        if count > BLOCKS_AT_MOST:
            raise ValueError(f"cannot read {count} blocks at once")
        async with self._talk.turn:
            try:
                data = await self._ask(iso15693.read_multiple(uid, first, count), count * 4)
            except errors.NotSupported:
                pieces = [
                    await self._ask(iso15693.read_single(uid, block), 4)
                    for block in range(first, first + count)
                ]
                data = b"".join(pieces)
            return iso15693.memory_of(data, count)[0]

    async def write(self, uid: str, first: int, data: bytes, block_size: int = 4) -> None:
        """Write whole blocks (see `Reader`). Tags of Texas Instruments answer to a second EOF, which no such
        reader can send: they write, and seem silent."""
        if len(data) % block_size:
            raise ValueError(f"{len(data)} bytes are no whole blocks")
        async with self._talk.turn:
            for at in range(0, len(data), block_size):
                block = iso15693.write_single(uid, first + at // block_size, data[at : at + block_size])
                await self._ask(block, 0, WRITE_US)

    async def write_afi(self, uid: str, afi: int) -> None:
        """Write that tag's AFI (see `Reader`)."""
        async with self._talk.turn:
            await self._ask(iso15693.write_afi(uid, afi), 0, WRITE_US)

    async def write_dsfid(self, uid: str, dsfid: int) -> None:
        """Write that tag's DSFID (see `Reader`)."""
        async with self._talk.turn:
            await self._ask(iso15693.write_dsfid(uid, dsfid), 0, WRITE_US)

    async def system_info(self, uid: str) -> SystemInfo:
        """What that tag says of itself (see `Reader`)."""
        async with self._talk.turn:
            return iso15693.info_of(await self._ask(iso15693.system_info(uid), 14), uid)

    async def set_eas(self, uid: str, armed: bool) -> None:
        """Set or reset that tag's EAS bit (see `Reader`)."""
        async with self._talk.turn:
            await self._ask(iso15693.set_eas(uid, armed), 0, WRITE_US)

    async def eas_alarm(self, uid: str) -> bool:
        """Whether that tag sounds the EAS alarm (see `Reader`)."""
        async with self._talk.turn:
            try:
                heard = await self._hear(iso15693.eas_alarm(uid), len(iso15693.EAS_SEQUENCE))
            except errors.NoTag:
                return False
            return iso15693.sounds_alarm(heard)

    async def present_password(self, uid: str, which: Password, password: int) -> None:
        """Give that tag its password (see `Reader`)."""
        async with self._talk.turn:
            random = iso15693.random_of(await self._ask(iso15693.random_number(uid), iso15693.RANDOM_BYTES))
            await self._ask(iso15693.set_password(uid, which, password, random), 0)

    # ---- the reader -------------------------------------------------------------------------

    async def set_output(self, number: int, seconds: float) -> None:
        """It has none that this driver knows (see `Reader`)."""
        raise errors.NotSupported("no outputs through PC/SC")

    async def rf_reset(self) -> None:
        """Switch the field off and on (see `Reader`)."""
        async with self._talk.turn:
            try:
                await self._reset()
            except errors.NoTag:
                self._in_session = False  # no card, no field

    async def close(self) -> None:
        """End the session and give the reader back (see `Reader`)."""
        if self._in_session and not self._talk.turn.locked():
            self._in_session = False
            try:
                await self._talk.ask(pcsc.manage(pcsc.END), pcsc.managed)
            except errors.RfidError as error:
                log.debug("the session was not ended: %r", error)
        await self._talk.close()

    async def _ask(self, request: Request, data_bytes: int, more_us: int = 0) -> bytes:
        """The data that a tag gave; raises what `iso15693.data_of` does, and TransportError."""
        return iso15693.data_of(await self._hear(request, data_bytes, more_us))

    async def _hear(self, request: Request, data_bytes: int, more_us: int = 0) -> Heard:
        """One frame and what is heard after it, `data_bytes` at most. A session that has got lost meanwhile
        is begun again, once."""
        time_us = LEAST_US + (3 + data_bytes) * BYTE_US + more_us
        apdu = pcsc.transceive(request.frame, time_us, self._timer)
        heard = None
        try:
            if self._in_session:
                heard = await self._talk.ask(apdu, pcsc.heard)
            if heard is None and await self._begin():
                heard = await self._talk.ask(apdu, pcsc.heard)
        except errors.NoTag:
            self._in_session = False
            raise
        if heard is None:
            raise await self._talk.end(errors.ReaderRefused("the reader carries no frames any more"))
        return heard

    async def _begin(self) -> bool:
        self._in_session = False
        for apdu in (pcsc.manage(pcsc.START), pcsc.switch_protocol()):
            if not await self._talk.ask(apdu, pcsc.managed):
                return False
        self._in_session, self._silenced = True, False
        return True

    async def _reset(self) -> None:
        self._silenced = False
        self._unreported.clear()
        if not self._in_session and not await self._begin():
            return
        await self._talk.ask(pcsc.manage(pcsc.RF_OFF), pcsc.managed)
        await asyncio.sleep(FIELD_OFF_S)
        await self._talk.ask(pcsc.manage(pcsc.RF_ON), pcsc.managed)
