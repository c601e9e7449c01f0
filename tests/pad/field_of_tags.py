"""A field of tags and its reader at the level of the `Reader` contract, for stories about the pad."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

from kiosk.circulation.reports import AfiSeen, DeviceChanged, PadReport, TagRead, TagsLeft, TagsNamed
from kiosk.circulation.values import Condition, Device, ItemKey, ItemTag, SeenTag, Uid
from kiosk.ids import IdRules
from kiosk.pad import FieldPad, PadSettings
from kiosk.rfid import errors
from kiosk.rfid.iso15693 import Told
from kiosk.rfid.readers import Abilities, Password, Reader, SystemInfo, TagFound, TagWithMemory
from kiosk.rfid.tags import encode_28560_3

EXCHANGE_S = 0.01


@dataclass
class Tag:
    """One tag. `faults` are what its next addressed exchanges raise, whatever they are;
    `own_faults` what the next exchanges of that verb ("write", "info", "read") raise."""

    memory: bytes
    afi: int = 0x07
    faults: list[errors.TagError] = field(default_factory=list)
    own_faults: dict[str, list[errors.RfidError]] = field(default_factory=dict)
    quiet: bool = False
    mute_memory: bool = False
    eas: bool = True
    password: int | None = None
    """What protects its AFI and its EAS bit, and how it says no when it is not `opened`."""
    refusal: type[errors.TagError] = errors.Protected
    opened: bool = False
    block_size: int = 4
    dsfid: int | None = None
    """None: no inventory tells it."""
    told: Told = Told.ALL
    """What of its system information it tells."""
    muted: bool = False
    """It was given a wrong password, and says nothing before it has lost its power."""


class Field:
    """The tags on the pad and the reader before them. `ont`: silence what was reported; `gives_fewer`: of a
    tag that ends within what was asked for, what there is, and no error."""

    def __init__(self, *, ont: bool = True, abilities: Abilities | None = None) -> None:
        self.ont = ont
        self.abilities = abilities or Abilities(reports_new_only=ont)
        self.tags: dict[str, Tag] = {}
        self.plugged = True
        self.deaf = False
        self.stutters = False
        self.gives_fewer = False
        self.fault: errors.TransportError | None = None
        self.lost_in = ""
        """The verb of the next exchange in which the reader is pulled out, for a moment."""
        self.noise = 0
        self.log: list[str] = []
        self.opened = 0
        self.closed = 0

    def put(self, uid: str, memory: bytes | None = None) -> Tag:
        tag = Tag(encode_28560_3("31" + uid[-8:], "DK-718500", size=112) if memory is None else memory)
        self.tags[uid] = tag
        return tag

    def lift(self, *uids: str) -> None:
        for uid in uids:
            del self.tags[uid]

    def said(self, verb: str) -> list[str]:
        return [line for line in self.log if line.startswith(verb)]

    async def open_reader(self) -> Reader:
        if not self.plugged:
            raise errors.ReaderGone("refused")
        self.opened += 1
        return FieldReader(self)


class FieldReader:
    """Meets `Reader`. Each exchange takes 10 ms; only one may be under way. A write that is broken off is
    finished before the next."""

    def __init__(self, field_: Field) -> None:
        self.field = field_
        self.busy = False
        self.dead = False
        self.broken_off: asyncio.Task[None] | None = None

    async def _exchange(self, what: str) -> None:
        if self.broken_off is not None and self.broken_off is not asyncio.current_task():
            await asyncio.wait([self.broken_off])
            self.broken_off = None
        assert not self.busy, "two exchanges at once"
        self.busy = True
        try:
            await asyncio.sleep(EXCHANGE_S)
        finally:
            self.busy = False
        self.field.log.append(what)
        if not self.field.plugged:
            self.dead = True
            raise errors.ReaderGone("unplugged")
        if self.field.deaf:
            self.dead = True
            raise errors.ReaderSilent("deaf")
        if self.field.fault is not None:
            self.dead, fault, self.field.fault = True, self.field.fault, None
            raise fault
        if self.field.lost_in and what.startswith(self.field.lost_in):
            self.dead, self.field.lost_in = True, ""
            raise errors.ReaderGone("unplugged for a moment")
        assert not self.dead, "a dead reader is asked"

    async def _addressed(self, what: str, uid: str) -> Tag:
        await self._exchange(f"{what} {uid}")
        tag = self.field.tags.get(uid)
        if tag is None or tag.muted:
            raise errors.NoTag(uid)
        if tag.faults:
            raise tag.faults.pop(0)
        if tag.own_faults.get(what):
            raise tag.own_faults[what].pop(0)
        return tag

    @property
    def abilities(self) -> Abilities:
        return self.field.abilities

    async def inventory(self, afi: int = 0) -> list[TagFound]:
        if afi:
            await self._exchange(f"inventory {afi:02X}")
            return [TagFound(uid) for uid, tag in self.field.tags.items() if tag.afi == afi and not tag.muted]
        if not self.field.ont:
            await self._exchange("reset by the reader itself")
        await self._exchange("inventory")
        if self.field.noise:
            self.field.noise -= 1
            raise errors.Collision("noise")
        found = [uid for uid, tag in self.field.tags.items() if not tag.quiet and not tag.muted]
        for uid in found:
            self.field.tags[uid].quiet = self.field.ont
        return [TagFound(uid, self.field.tags[uid].dsfid) for uid in found] * (
            2 if self.field.stutters else 1
        )

    async def read(self, uid: str, first: int, count: int) -> bytes:
        tag = await self._addressed("read", uid)
        if tag.mute_memory:
            raise errors.NoTag("mute")
        begin, end = first * tag.block_size, (first + count) * tag.block_size
        if begin >= len(tag.memory) or (end > len(tag.memory) and not self.field.gives_fewer):
            raise errors.NoBlock(uid)
        return tag.memory[begin:end]

    async def write_afi(self, uid: str, afi: int) -> None:
        async def write() -> None:
            (await self._unprotected("write", uid)).afi = afi

        writing = asyncio.create_task(write())
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            self.broken_off = writing
            raise

    async def _unprotected(self, what: str, uid: str) -> Tag:
        tag = await self._addressed(what, uid)
        if tag.password is not None and not tag.opened:
            raise tag.refusal(uid)
        return tag

    async def set_eas(self, uid: str, armed: bool) -> None:
        (await self._unprotected("eas", uid)).eas = armed

    async def eas_alarm(self, uid: str) -> bool:
        await self._exchange(f"alarm {uid}")
        tag = self.field.tags.get(uid)
        if tag is not None and tag.own_faults.get("alarm"):
            tag.own_faults["alarm"].pop()  # it misses the question, and who is silent does not sound
            return False
        return tag is not None and not tag.muted and tag.eas

    async def present_password(self, uid: str, which: Password, password: int) -> None:
        tag = await self._addressed("password", uid)
        tag.opened = password == tag.password and which is Password.EAS_AFI
        tag.muted = not tag.opened
        if tag.muted:
            raise errors.NoTag(uid)

    async def inventory_read(self, first: int, count: int, afi: int = 0) -> list[TagWithMemory]:
        raise errors.NotSupported("inventory read")

    async def write(self, uid: str, first: int, data: bytes, block_size: int = 4) -> None:
        raise errors.NotSupported("write")

    async def write_dsfid(self, uid: str, dsfid: int) -> None:
        raise errors.NotSupported("write DSFID")

    async def set_output(self, number: int, seconds: float) -> None:
        raise errors.NotSupported("outputs")

    async def system_info(self, uid: str) -> SystemInfo:
        tag = await self._addressed("info", uid)
        blocks, size = (
            (len(tag.memory) // tag.block_size, tag.block_size) if Told.MEMORY in tag.told else (0, 0)
        )
        afi = tag.afi if Told.AFI in tag.told else 0
        return SystemInfo(uid, tag.dsfid or 0, afi, blocks, size, told=tag.told)

    async def rf_reset(self) -> None:
        await self._exchange("reset")
        for tag in self.field.tags.values():
            tag.quiet = tag.muted = tag.opened = False

    async def close(self) -> None:
        self.field.closed += 1


@dataclass
class Story:
    """A running pad, what it posts, and when."""

    field: Field
    pad: FieldPad
    posts: list[PadReport]
    times: list[float]

    async def write_afi(self, uid: str, afi: int) -> bool:
        """Write as the security switch does; whether the tag said yes."""
        try:
            await self.pad.write(lambda reader: reader.write_afi(uid, afi))
        except errors.RfidError:
            return False
        return True

    async def read_afi(self, uid: str) -> int | None:
        """Read back as the security switch does; None when nobody answered."""
        try:
            info = await self.pad.verify(lambda reader: reader.system_info(uid))
        except errors.RfidError:
            return None
        self.pad.knows_afi(Uid(uid))
        return info.afi

    def afis(self) -> list[tuple[str, int]]:
        """The AFIs that were told since the last `take`."""
        return [(report.uid, report.afi) for report in self.posts if isinstance(report, AfiSeen)]

    def take(self) -> list[PadReport]:
        """What was posted since the last time, but for the AFIs and for what was named."""
        taken, self.posts[:], self.times[:] = list(self.posts), [], []
        return [report for report in taken if not isinstance(report, AfiSeen | TagsNamed)]


async def tell(
    field_: Field,
    story: Callable[[Story], Awaitable[None]],
    settings: PadSettings | None = None,
    *,
    media: bool = False,
) -> None:
    """Run a pad over the field while the story goes on."""
    loop = asyncio.get_running_loop()
    pad = FieldPad(field_.open_reader, settings or PadSettings(), IdRules(), Random(7), media=media)
    told = Story(field_, pad, [], [])

    def post(report: PadReport) -> None:
        told.posts.append(report)
        told.times.append(loop.time())

    running = asyncio.create_task(pad.run(post))
    try:
        await story(told)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert field_.closed == field_.opened, "every reader is given back"


def item(uid: str, afi: int = 0) -> TagRead:
    """What is posted for a tag that `Field.put` made: its AFI is nobody's business yet."""
    return TagRead(SeenTag(Uid(uid), afi, ItemTag(ItemKey("31" + uid[-8:], "DK-718500"))))


def left(*uids: str) -> TagsLeft:
    return TagsLeft(tuple(Uid(uid) for uid in uids))


READY = DeviceChanged(Device.PAD, Condition.READY)
