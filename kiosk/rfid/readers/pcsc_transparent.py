"""A PC/SC reader that carries frames: everything that ISO 15693-3 and NXP's tags know, said by ourselves.

Such a reader sends one frame and hears one answer, so that a round has one slot, and a heap is taken apart
by masks (`Splitting`). A tag that another one drowned is heard when that one is quiet: what was found is
silenced, and the question asked again, until nobody answers. So a poll of a pad on which nothing changes is
one question, and only `rf_reset` lets all be named again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from kiosk.rfid import errors, iso15693
from kiosk.rfid.iso15693 import Answered, Heard, Noise, Password, Request, Silent, SystemInfo, TagFound
from kiosk.rfid.readers.contract import Abilities, TagWithMemory
from kiosk.rfid.readers.splitting import Splitting
from kiosk.rfid.readers.talk import Talk
from kiosk.rfid.wire import pcsc
from kiosk.rfid.wire.pcsc import Begun

log = logging.getLogger(__name__)

WALKS_AT_MOST = 64
"""Walks through the heap in one inventory, each for those that the walk before has uncovered."""
TAG_BYTES = 1 + iso15693.UID_BYTES
"""What a tag says in an inventory: DSFID and uid."""

TRIES = 2
"""A session is tried so often at once, and so often again when a tag is known to lie there: only what a
reader says each time, and not of an empty field, is what it can."""

FIELD_OFF_S = 0.010
"""How long the field is off in a reset, as users of the ACR1552U have it. Tags lose their power at once."""

LEAST_US = 1_000
"""Least time that a reader is told to wait for an answer; it begins after 0.3 ms (ISO 15693-3 clause 9.1).
Whether readers count to its beginning or to its end nobody says: the time of its bytes is added."""
BYTE_US = 302
"""Time of one byte of an answer."""
WRITE_US = 20_000
"""A tag may take so much longer to write (clause 9.7)."""

BLOCK_BYTES = 4
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
        """Begin the session; False: the reader knows none, which is proven.

        Raises:
            NoTag: not now, and no tag lies there alone: what the reader can do has to be seen.
            TransportError: not though a tag lies there, or the reader cannot be used.
        """
        async with self._talk.turn:
            return await self._begin()

    async def could_begin(self) -> bool:
        """Whether a session can be begun, tried once; none is left open. For whoever has the turn. Raises
        NoTag, TransportError."""
        begun = await self._try() is Begun.YES
        if begun:
            await self._end()
        return begun

    # ---- which tags are there ---------------------------------------------------------------

    async def inventory(self, afi: int = 0) -> list[TagFound]:
        """The tags that answer now and have not been named since the last reset; with `afi`, all that hold it
        (see `Reader`)."""
        async with self._talk.turn:
            found: dict[str, TagFound] = {}
            with contextlib.suppress(errors.NoTag):  # no card lies there, for a reader that wants one
                found = await self._heap(afi)
            if not afi:  # with one, those of another AFI that a plain one still owes stay so
                found.update(self._unreported)
                self._unreported.clear()
            return list(found.values())

    async def inventory_read(self, first: int, count: int, afi: int = 0) -> list[TagWithMemory]:
        """The same with memory (see `Reader`). A single tag of NXP's gives it at once. In a heap each
        collision would last as long as all that memory takes: there it is a plain inventory that takes it
        apart, and memory is read of one of NXP's after the other."""
        request = iso15693.inventory_read(first, count, afi=afi, one_slot=True)
        async with self._talk.turn:
            found: dict[str, TagWithMemory] = {}
            try:
                await self._all_speak(afi)
                heard = await self._hear(request, iso15693.UID_BYTES + count * BLOCK_BYTES)
                while isinstance(heard, Answered):
                    uid, memory = iso15693.tag_and_memory(heard.data, count)
                    found[uid] = TagWithMemory(TagFound(uid), memory)
                    await self._silence(found[uid].tag)
                    heard = await self._hear(request, iso15693.UID_BYTES + count * BLOCK_BYTES)
                if isinstance(heard, Noise):
                    for tag in (await self._heap(afi)).values():
                        found[tag.uid] = TagWithMemory(tag, await self._memory(tag.uid, first, count))
            except (errors.NoTag, errors.TagGarbled) as error:
                log.debug("an inventory with memory has ended early: %r", error)
            for uid in found:
                self._unreported.pop(uid, None)
            return list(found.values())

    async def _all_speak(self, afi: int) -> None:
        """Let those speak that have been named, where it is their AFI that is asked for."""
        if afi and self._silenced:
            await self._reset()

    async def _heap(self, afi: int) -> dict[str, TagFound]:
        """Walk through the heap until nobody answers any more.

        Raises:
            Collision: nothing but noise was heard.
            NoTag: the reader takes no command without a card.
        """
        await self._all_speak(afi)
        found: dict[str, TagFound] = {}
        noisy = False
        for _ in range(WALKS_AT_MOST):
            walk = Splitting()
            new = await self._walk(walk, afi)
            noisy |= walk.noisy
            for tag in new.values():
                await self._silence(tag)
            if not new.keys() - found.keys():
                break
            found.update(new)
        if noisy and not found:
            raise errors.Collision("nothing but noise was heard")
        return found

    async def _walk(self, walk: Splitting, afi: int) -> dict[str, TagFound]:
        """Once through the heap."""
        found = {}
        while (mask := walk.next()) is not None:
            heard = await self._hear(iso15693.inventory(mask, afi=afi, one_slot=True), TAG_BYTES)
            match heard:
                case Answered(data) if len(data) == TAG_BYTES:
                    tag = iso15693.tag_found(data)
                    found[tag.uid] = tag
                case Silent():
                    walk.silent(mask)
                case _:
                    walk.collided(mask)
        return found

    async def _memory(self, uid: str, first: int, count: int) -> bytes:
        """Its blocks; b"" when it does not give them now, or is another maker's."""
        if iso15693.maker_of(uid) is not iso15693.Maker.NXP:
            return b""
        try:
            return await self._blocks(uid, first, count)
        except errors.TagError as error:
            log.debug("tag %s gave no memory: %r", uid, error)
            return b""

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
            return await self._blocks(uid, first, count)

    async def _blocks(self, uid: str, first: int, count: int) -> bytes:
        try:
            data = await self._ask(iso15693.read_multiple(uid, first, count), count * BLOCK_BYTES)
        except errors.NotSupported:
            pieces = [
                await self._ask(iso15693.read_single(uid, block), BLOCK_BYTES)
                for block in range(first, first + count)
            ]
            data = b"".join(pieces)
        return iso15693.memory_of(data, count)[0]

    async def write(self, uid: str, first: int, data: bytes, block_size: int = BLOCK_BYTES) -> None:
        """Write whole blocks (see `Reader`). Tags of Texas Instruments answer to a second EOF, which no such
        reader can send: they write, and seem silent."""
        if not data or len(data) % block_size:
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
            # not again in another session: the field was off then, and the number is worth nothing
            await self._ask(iso15693.set_password(uid, which, password, random), 0, again=False)

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
            try:
                await self._end()
            except errors.RfidError as error:
                log.debug("the session was not ended: %r", error)
        await self._talk.close()

    async def _ask(self, request: Request, data_bytes: int, more_us: int = 0, *, again: bool = True) -> bytes:
        """The data that a tag gave; raises what `iso15693.data_of` does, and TransportError."""
        return iso15693.data_of(await self._hear(request, data_bytes, more_us, again=again))

    async def _hear(
        self, request: Request, data_bytes: int, more_us: int = 0, *, again: bool = True
    ) -> Heard:
        """One frame and what is heard after it, `data_bytes` at most. A session that has got lost meanwhile
        is begun anew, and the question asked once more unless it must not be asked `again`: then it is
        silence."""
        time_us = LEAST_US + (3 + data_bytes) * BYTE_US + more_us
        apdu = pcsc.transceive(request, time_us, self._timer)
        heard = None
        try:
            if self._in_session:
                heard = await self._talk.ask(apdu, pcsc.heard)
            if heard is None and await self._begin():
                heard = await self._talk.ask(apdu, pcsc.heard) if again else Silent()
        except errors.NoTag:
            self._in_session = False
            raise
        if heard is None:
            raise await self._talk.end(errors.ReaderRefused("the reader carries no frames any more"))
        return heard

    async def _begin(self) -> bool:
        """A session (see `begin`), with a fresh field: what an earlier one has silenced speaks again."""
        if Begun.YES in await self._tries():
            return True
        if await self._talk.ask(pcsc.GET_UID, pcsc.uid_of) is None:
            raise errors.NoTag("no session, and no tag lies there alone")
        tries = await self._tries()
        if Begun.NOT_NOW in tries:
            why = "the reader begins no session; where it cannot, set session to storage"
            raise await self._talk.end(errors.ReaderRefused(why))
        return Begun.YES in tries

    async def _tries(self) -> set[Begun]:
        """What came of each attempt, up to the first that did it."""
        came: set[Begun] = set()
        for _ in range(TRIES):
            came.add(await self._try())
            if Begun.YES in came:
                return {Begun.YES}
        return came

    async def _try(self) -> Begun:
        self._in_session = False
        begun = await self._talk.ask(pcsc.manage(pcsc.Manage.START), pcsc.begun)
        if begun is not Begun.YES:
            return begun
        await self._off_and_on()
        self._in_session = await self._talk.ask(pcsc.switch_protocol(), pcsc.managed)
        if self._in_session:
            return Begun.YES
        await self._end()  # a card that was reset meanwhile has taken the session with it
        return Begun.NOT_NOW

    async def _end(self) -> None:
        self._in_session = False
        await self._talk.ask(pcsc.manage(pcsc.Manage.END), pcsc.managed)

    async def _reset(self) -> None:
        if not self._in_session:
            await self._begin()
        elif not (await self._off_and_on() and await self._talk.ask(pcsc.switch_protocol(), pcsc.managed)):
            await self._end()  # a new session has a new field
            await self._begin()

    async def _off_and_on(self) -> bool:
        """Switch the field; False: the reader does not do that."""
        self._silenced = False
        self._unreported.clear()
        if not await self._talk.ask(pcsc.manage(pcsc.Manage.RF_OFF), pcsc.managed):
            return False
        await asyncio.sleep(FIELD_OFF_S)
        return await self._talk.ask(pcsc.manage(pcsc.Manage.RF_ON), pcsc.managed)
