"""The PC/SC pad through the real service (pcscd) and its virtual reader, with the simulated one behind."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random

import pytest

from kiosk.app import Threads
from kiosk.rfid import errors
from kiosk.rfid.cards import PcscSlot
from kiosk.rfid.readers import OpenReader, Password, PcscSettings, Reader, pcsc_apdus, pcsc_opener
from kiosk.simulator.pcscd import borrow_pcscd
from kiosk.simulator.scenery import ReaderManners, Scenery, Tag
from kiosk.simulator.serve import Stage
from kiosk.simulator.world import World
from tests.journeys.test_wired_cards import Pcscd

PAD_SLOT = "Virtual PCD 00 01"
CHANCE = Random(6)
UIDS = [f"E0040110{CHANCE.getrandbits(32):08X}" for _ in range(10)]
WEAK, GUARDED = UIDS[:2], UIDS[2]
TAGS = tuple(
    Tag(
        uid,
        barcode=f"30000{number:04}",
        weak=0.3 if uid in WEAK else 0.0,
        guards=("afi",) if uid == GUARDED else (),
        password="C0FFEE42",
    )
    for number, uid in enumerate(UIDS)
)
Story = Callable[["Bed"], Awaitable[None]]


class Bed:
    """The world, and how the kiosk opens its reader."""

    def __init__(self, world: World, stage: Stage) -> None:
        self.world, self.stage = world, stage
        self.threads = Threads("pad")

    def opener(self, settings: PcscSettings | None = None) -> OpenReader:
        settings = settings or PcscSettings(PAD_SLOT)
        apdus = pcsc_apdus(lambda: PcscSlot(settings.reader), self.threads)
        return pcsc_opener(apdus, settings)

    async def open(self) -> Reader:
        """Open it; pcscd notices within a second or two that there is something in its slot."""
        async with asyncio.timeout(15):
            while True:
                with contextlib.suppress(errors.TransportError):
                    return await self.opener()()
                await asyncio.sleep(0.1)

    async def found(self, reader: Reader, count: int) -> set[str]:
        """What is named after a reset, when it is so many."""
        found: set[str] = set()
        async with asyncio.timeout(15):
            await reader.rf_reset()
            while len(found) < count:
                found |= {tag.uid for tag in await reader.inventory()}
                await asyncio.sleep(0.02)
        return found

    async def do(self, name: str, **command: object) -> None:
        answer = self.world.do({"do": name, **command}, self.stage.now())
        assert answer["ok"], answer
        self.stage.pump()


@contextlib.asynccontextmanager
async def bed(slot: int, **manners: object) -> AsyncIterator[Bed]:
    scenery = Scenery(tags=TAGS, reader=ReaderManners(make="pcsc", **manners))  # type: ignore[arg-type]
    world = World(scenery, chance=Random(1))
    async with Stage(world, {}, control=None, slots={"reader": slot}) as stage:
        yield Bed(world, stage)


async def until_it_fails(reader: Reader) -> None:
    """Ask and ask."""
    while True:
        await reader.system_info(UIDS[3])
        await asyncio.sleep(0.02)


def play(story: Story, **manners: object) -> None:
    async def whole(slot: int) -> None:
        async with bed(slot, **manners) as it:
            await story(it)

    with borrow_pcscd() as virtual:
        asyncio.run(whole(virtual.pad))


def test_ten_tags_two_of_them_weak_and_one_with_a_password() -> None:
    async def story(it: Bed) -> None:
        reader = await it.open()
        await it.do("put", tags=UIDS)
        assert await it.found(reader, 10) == set(UIDS)
        strong = UIDS[3]
        assert (await reader.read(strong, 0, 8))[3:12] == b"300000003"
        await reader.write_afi(strong, 0xC2)
        assert (await reader.system_info(strong)).afi == 0xC2
        assert [tag.uid for tag in await reader.inventory(0xC2)] == [strong]
        with pytest.raises(errors.TagError):
            await reader.write_afi(GUARDED, 0xC2)
        await reader.present_password(GUARDED, Password.EAS_AFI, 0xC0FFEE42)
        await reader.write_afi(GUARDED, 0xC2)
        assert (await reader.system_info(GUARDED)).afi == 0xC2
        await reader.set_eas(strong, True)
        assert await reader.eas_alarm(strong)
        await it.do("lift", tags=[strong])
        with pytest.raises(errors.NoTag):
            await reader.read(strong, 0, 1)
        await reader.close()

    play(story)


def test_the_reader_is_pulled_out_in_mid_write_and_comes_back() -> None:
    async def story(it: Bed) -> None:
        reader = await it.open()
        await it.do("put", tags=UIDS[3:4])
        uid = UIDS[3]
        assert await it.found(reader, 1) == {uid}
        writing = asyncio.ensure_future(reader.write_afi(uid, 0xC2))
        await asyncio.sleep(0.003)
        await it.do("unplug", device="reader")
        with pytest.raises(errors.RfidError):
            await writing
        with contextlib.suppress(errors.RfidError):
            await reader.inventory()
        await reader.close()
        await it.do("plug", device="reader")
        again = await it.open()
        assert await it.found(again, 1) == {uid}
        assert (await again.system_info(uid)).afi in {0x07, 0xC2}
        await again.close()

    play(story)


def test_a_reader_without_sessions_shows_one_tag() -> None:
    async def story(it: Bed) -> None:
        await it.do("put", tags=UIDS[3:4])
        reader = await it.open()
        while reader.abilities.customs:  # the service has not noticed yet that something lies there
            with contextlib.suppress(errors.ReaderRefused):
                await reader.inventory()
            await asyncio.sleep(0.05)
            await reader.close()
            reader = await it.open()
        assert await it.found(reader, 1) == {UIDS[3]}
        assert (await reader.read(UIDS[3], 0, 8))[3:12] == b"300000003"
        with pytest.raises(errors.NotSupported):
            await reader.write_afi(UIDS[3], 0xC2)
        await reader.close()

    play(story, transparent=False)


def test_a_reader_that_is_not_plugged_in_is_said_to_be_missing() -> None:
    async def story(it: Bed) -> None:
        with pytest.raises(errors.ReaderGone, match="no PC/SC reader"):
            await it.opener(PcscSettings("ACR1552"))()

    play(story)


def test_the_service_is_restarted_under_an_open_reader() -> None:
    async def story(it: Bed) -> None:
        await it.do("put", tags=UIDS[3:4])
        reader = await it.open()
        assert await it.found(reader, 1) == {UIDS[3]}
        service = Pcscd()
        service.stop()
        with pytest.raises(errors.ReaderGone):
            await asyncio.wait_for(until_it_fails(reader), 10)
        await reader.close()
        with pytest.raises(errors.ReaderGone):
            await it.opener()()
        with service.again():
            again = await it.open()
            assert await it.found(again, 1) == {UIDS[3]}
            await again.close()

    play(story)
