"""Every driver keeps the one contract, each against the simulated reader of its make: the same field and
stories, whatever the wire."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from kiosk.lab import run
from kiosk.lab.pcsc import apdus_over
from kiosk.lab.wires import Bench
from kiosk.rfid import errors
from kiosk.rfid.iso15693 import Password
from kiosk.rfid.readers import (
    FeigSettings,
    M3Settings,
    OpenReader,
    PcscSettings,
    Reader,
    feig_opener,
    m3_opener,
    pcsc_opener,
)
from kiosk.simulator.scenery import ReaderManners, Scenery, Tag
from kiosk.simulator.world import World

MAKES = ["feig", "m3", "pcsc"]
AFI_STORED, AFI_LENT = 0x07, 0xC2

Story = Callable[["Pad"], Awaitable[None]]


class Pad:
    """A field with tags, its simulated reader, and how the driver of its make opens that."""

    def __init__(self, tags: tuple[Tag, ...], manners: ReaderManners) -> None:
        self.world = World(Scenery(tags=tags, reader=manners), chance=Random(28560))
        self.bench = Bench({"reader": self.world.reader})
        self.uids = [tag.uid for tag in tags]
        wire = self.bench.wire_to("reader")
        self.open: OpenReader = {
            "feig": feig_opener(wire, FeigSettings()),
            "m3": m3_opener(wire, M3Settings()),
            "pcsc": pcsc_opener(apdus_over(wire), PcscSettings("Pad")),
        }[manners.make]

    def do(self, name: str, **command: object) -> None:
        answer = self.world.do({"do": name, **command}, self.bench.now())
        assert answer["ok"], answer
        self.bench.play()

    def put(self, *uids: str) -> None:
        self.do("put", tags=list(uids or self.uids))

    async def all_found(self, reader: Reader, tries: int = 8) -> set[str]:
        """What inventories name, the first one on a fresh field; weak tags may miss some."""
        await reader.rf_reset()
        found: set[str] = set()
        for _ in range(tries):
            found |= {tag.uid for tag in await reader.inventory()}
            if len(found) == len(set(self.uids)):
                break
        return found


def heap(count: int, **more: object) -> tuple[Tag, ...]:
    """Tags of ICODE SLIX."""
    chance = Random(count)
    uids = [f"E0040110{chance.getrandbits(32):08X}" for _ in range(count)]
    return tuple(Tag(uid, barcode=f"30000{number:04}", **more) for number, uid in enumerate(uids))  # type: ignore[arg-type]


def play(make: str, story: Story, tags: tuple[Tag, ...], **manners: object) -> None:
    async def whole() -> None:
        await story(Pad(tags, ReaderManners(make=make, **manners)))  # type: ignore[arg-type]

    run(whole())


every_make = pytest.mark.parametrize("make", MAKES)


@every_make
@pytest.mark.parametrize("count", [0, 1, 2, 10, 20])
def test_every_tag_is_named_once(make: str, count: int) -> None:
    async def story(pad: Pad) -> None:
        if count:
            pad.put()
        reader = await pad.open()
        found = [tag.uid for tag in await reader.inventory()]
        assert sorted(found) == sorted(pad.uids)
        again = [tag.uid for tag in await reader.inventory()]
        assert sorted(again) == ([] if reader.abilities.reports_new_only else sorted(pad.uids))
        await reader.rf_reset()
        assert sorted(tag.uid for tag in await reader.inventory()) == sorted(pad.uids)

    play(make, story, heap(count))


@every_make
def test_weak_tags_and_drowned_ones_are_named_in_the_end(make: str) -> None:
    async def story(pad: Pad) -> None:
        pad.put()
        reader = await pad.open()
        assert await pad.all_found(reader, 12) == set(pad.uids)

    weak = tuple(Tag(f"E00401108000000{number}", weak=0.4, barcode=f"4{number}") for number in range(3))
    play(make, story, heap(7) + weak, capture=0.5)


@every_make
def test_memory_comes_in_the_order_of_its_addresses(make: str) -> None:
    async def story(pad: Pad) -> None:
        pad.put()
        reader = await pad.open()
        for number, uid in enumerate(pad.uids):
            memory = await reader.read(uid, 0, 8)
            assert memory[3:12] == f"30000{number:04}".encode()
        assert await reader.read(pad.uids[0], 2, 1) == memory_of(await reader.read(pad.uids[0], 0, 8), 2)
        with pytest.raises(errors.TagError):
            await reader.read(pad.uids[0], 26, 4)

    play(make, story, heap(3))


def memory_of(memory: bytes, block: int) -> bytes:
    return memory[4 * block : 4 * block + 4]


@every_make
def test_what_is_written_is_read_back(make: str) -> None:
    async def story(pad: Pad) -> None:
        pad.put()
        uid, other = pad.uids
        reader = await pad.open()
        before = await reader.read(other, 0, 16)
        await reader.write(uid, 4, bytes(range(40)))
        assert await reader.read(uid, 4, 10) == bytes(range(40))
        await reader.write_afi(uid, AFI_LENT)
        await reader.write_dsfid(uid, 0x06)
        info = await reader.system_info(uid)
        assert (info.uid, info.afi, info.dsfid, info.blocks, info.block_size) == (uid, AFI_LENT, 0x06, 28, 4)
        untouched = await reader.system_info(other)
        assert (untouched.afi, await reader.read(other, 0, 16)) == (AFI_STORED, before)
        with pytest.raises(ValueError, match="whole blocks"):
            await reader.write(uid, 0, b"12345")

    play(make, story, heap(2))


@every_make
def test_who_holds_an_afi_is_positive_proof(make: str) -> None:
    async def story(pad: Pad) -> None:
        pad.put()
        reader = await pad.open()
        if not reader.abilities.afi_filter:
            with pytest.raises(errors.NotSupported):
                await reader.inventory(AFI_LENT)
            return
        assert len(await reader.inventory()) == 4
        assert await reader.inventory(AFI_LENT) == []
        for uid in pad.uids[:2]:
            await reader.write_afi(uid, AFI_LENT)
        assert {tag.uid for tag in await reader.inventory(AFI_LENT)} == set(pad.uids[:2])
        assert {tag.uid for tag in await reader.inventory(AFI_STORED)} == set(pad.uids[2:])

    play(make, story, heap(4))


@every_make
def test_uid_and_memory_in_one(make: str) -> None:
    async def story(pad: Pad) -> None:
        pad.put()
        reader = await pad.open()
        if not reader.abilities.inventory_read:
            with pytest.raises(errors.NotSupported):
                await reader.inventory_read(0, 8)
            return
        found = {each.tag.uid: each.memory for each in await reader.inventory_read(0, 8)}
        assert found == {uid: await reader.read(uid, 0, 8) for uid in pad.uids}

    for count in (1, 5):
        play(make, story, heap(count))


@every_make
def test_a_tag_that_has_left_is_silent_and_the_others_are_not(make: str) -> None:
    async def story(pad: Pad) -> None:
        pad.put()
        reader = await pad.open()
        await reader.inventory()
        pad.do("lift", tags=pad.uids[:1])
        for attempt in (
            reader.read(pad.uids[0], 0, 1),
            reader.system_info(pad.uids[0]),
            reader.write_afi(pad.uids[0], AFI_LENT),
        ):
            with pytest.raises(errors.NoTag):
                await attempt
        assert (await reader.system_info(pad.uids[1])).afi == AFI_STORED
        pad.put(pad.uids[0])
        assert pad.uids[0] in {tag.uid for tag in await reader.inventory()}

    play(make, story, heap(2))


@every_make
def test_eas_is_set_heard_and_reset(make: str) -> None:
    async def story(pad: Pad) -> None:
        pad.put()
        reader = await pad.open()
        assert reader.abilities.customs
        uid, other = pad.uids
        assert not await reader.eas_alarm(uid)
        await reader.set_eas(uid, True)
        assert await reader.eas_alarm(uid)
        assert not await reader.eas_alarm(other)
        await reader.set_eas(uid, False)
        assert not await reader.eas_alarm(uid)
        pad.do("lift", tags=[uid])
        assert not await reader.eas_alarm(uid)

    play(make, story, heap(2))


@every_make
def test_a_protected_tag_opens_to_its_password_and_to_no_other(make: str) -> None:
    guarded = heap(1, guards=("afi",), password="C0FFEE42")

    async def right(pad: Pad) -> None:
        pad.put()
        reader = await pad.open()
        [uid] = pad.uids
        await reader.inventory()
        with pytest.raises(errors.TagError):
            await reader.write_afi(uid, AFI_LENT)
        assert (await reader.system_info(uid)).afi == AFI_STORED
        await reader.present_password(uid, Password.EAS_AFI, 0xC0FFEE42)
        await reader.write_afi(uid, AFI_LENT)
        assert (await reader.system_info(uid)).afi == AFI_LENT

    async def wrong(pad: Pad) -> None:
        pad.put()
        reader = await pad.open()
        [uid] = pad.uids
        with pytest.raises(errors.TagError):
            await reader.present_password(uid, Password.EAS_AFI, 0xC0FFEE43)
        with pytest.raises(errors.NoTag):  # mute until the field goes off
            await reader.system_info(uid)
        await reader.rf_reset()
        if make == "m3":  # whose document has no way to switch the field: only lifting the tag does
            pad.do("lift", tags=[uid])
            pad.put()
        assert (await reader.system_info(uid)).afi == AFI_STORED

    play(make, right, guarded)
    play(make, wrong, guarded)


@every_make
def test_a_tag_that_leaves_in_mid_write_has_written_it_or_not(make: str) -> None:
    async def story(pad: Pad) -> None:
        pad.put()
        reader = await pad.open()
        [uid] = pad.uids
        writing = asyncio.ensure_future(reader.write_afi(uid, AFI_LENT))
        await asyncio.sleep(0.005)
        pad.do("lift", tags=[uid])
        with pytest.raises(errors.TagError):
            await writing
        pad.put()
        assert (await reader.system_info(uid)).afi in {AFI_STORED, AFI_LENT}

    play(make, story, heap(1, write_seconds=0.02))


@every_make
@pytest.mark.parametrize("after_s", [0.0, 0.002, 0.012, 0.03])
def test_a_reader_that_is_pulled_out_and_plugged_in_again(make: str, after_s: float) -> None:
    async def story(pad: Pad) -> None:
        pad.put()
        reader = await pad.open()
        [uid] = pad.uids
        writing = asyncio.ensure_future(reader.write_afi(uid, AFI_LENT))
        await asyncio.sleep(after_s)
        pad.do("unplug", device="reader")
        outcome = (await asyncio.gather(writing, return_exceptions=True))[0]
        assert outcome is None or isinstance(outcome, errors.TransportError)
        with pytest.raises(errors.TransportError):
            await reader.inventory()
        await reader.close()
        with pytest.raises(errors.ReaderGone):
            await pad.open()
        pad.do("plug", device="reader")
        anew = await pad.open()
        assert [tag.uid for tag in await anew.inventory()] == [uid]
        afi = (await anew.system_info(uid)).afi
        assert afi == AFI_LENT if outcome is None else afi in {AFI_STORED, AFI_LENT}

    play(make, story, heap(1, write_seconds=0.01))


@every_make
@pytest.mark.parametrize("how", ["garbage", "half", "flip"])
def test_an_answer_that_comes_damaged_is_not_believed(make: str, how: str) -> None:
    async def story(pad: Pad) -> None:
        pad.put()
        reader = await pad.open()
        [uid] = pad.uids
        pad.do("garble", device="reader", how=how)
        try:
            assert (await reader.system_info(uid)).uid == uid
        except errors.RfidError:
            pass
        else:
            # the wire of vpcd has no checksum: a flipped bit of the field may look like one of a tag
            assert (make, how) == ("pcsc", "flip")
        await reader.close()
        assert (await (await pad.open()).system_info(uid)).afi == AFI_STORED

    play(make, story, heap(1))


@every_make
@pytest.mark.parametrize("execute", [True, False])
def test_a_reader_that_falls_silent(make: str, execute: bool) -> None:
    async def story(pad: Pad) -> None:
        pad.put()
        reader = await pad.open()
        [uid] = pad.uids
        pad.do("silent", device="reader", count=1, execute=execute)
        with pytest.raises(errors.ReaderSilent):
            await reader.write_afi(uid, AFI_LENT)
        assert pad.bench.now() < 4
        with pytest.raises(errors.ReaderGone):
            await reader.inventory()
        await reader.close()
        anew = await pad.open()
        assert (await anew.system_info(uid)).afi == (AFI_LENT if execute else AFI_STORED)

    play(make, story, heap(1))


@every_make
@pytest.mark.parametrize("after_s", [0.0, 0.004, 0.015, 0.05])
def test_a_command_that_is_broken_off_leaves_nothing_to_the_next(make: str, after_s: float) -> None:
    async def story(pad: Pad) -> None:
        pad.put()
        reader = await pad.open()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(after_s):
                await reader.inventory()
        uid, other = pad.uids[:2]
        assert (await reader.system_info(uid)).uid == uid
        assert (await reader.read(other, 0, 8))[3:12] == b"300000001"
        await reader.rf_reset()
        assert {tag.uid for tag in await reader.inventory()} == set(pad.uids)

    play(make, story, heap(10))


@every_make
def test_a_tag_that_was_put_down_while_somebody_left_is_named_all_the_same(make: str) -> None:
    """Whoever breaks an inventory off must not cost the next one the tags that it had silenced."""

    async def story(pad: Pad) -> None:
        reader = await pad.open()
        named: set[str] = set()
        for uid, after_s in zip(pad.uids, (0.002, 0.006, 0.008, 0.01, 0.012, 0.016), strict=True):
            pad.put(uid)
            try:
                async with asyncio.timeout(after_s):
                    named |= {tag.uid for tag in await reader.inventory()}
            except TimeoutError:
                named |= {tag.uid for tag in await reader.inventory()}
        if make != "feig":  # whose silenced tags the next reset brings back
            assert named == set(pad.uids)
        assert await pad.all_found(reader) == set(pad.uids)

    play(make, story, heap(6))
