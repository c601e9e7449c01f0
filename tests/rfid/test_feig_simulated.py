"""FEIG's driver before the simulated reader: two readings of the same manuals, made apart."""

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from kiosk.lab import run
from kiosk.lab.wires import Bench
from kiosk.rfid import errors
from kiosk.rfid.readers import FeigSettings, FeigTalk, Password, Reader, feig_opener
from kiosk.simulator import Scenery, World
from kiosk.simulator import scenery as sc
from tests.rfid.far_side import FarSide
from tests.rfid.reader_contract import ReaderContract
from tests.rfid.simulated_far_side import SimulatedFarSide

SLIX = "E004015012345678"
TEXAS = "E007000012345678"
PASSWORD = 0x0F1E2D3C
MEMORY = bytes(range(112))


class TestFeigBeforeTheSimulatedReader(ReaderContract):
    def far_side(self) -> FarSide:
        return SimulatedFarSide(lambda line: feig_opener(line, FeigSettings()))


class TestFeigBeforeOneThatResetsTheField(ReaderContract):
    """ONT off, a small buffer, and advanced frames."""

    def far_side(self) -> FarSide:
        settings = FeigSettings(talk=FeigTalk(advanced=True))
        manners = sc.ReaderManners(ont=False, tx_buffer=64)
        return SimulatedFarSide(lambda line: feig_opener(line, settings), manners)


Story = Callable[[Reader], Awaitable[None]]


def play(story: Story, *tags: sc.Tag, talk: FeigTalk | None = None, **manners: Any) -> None:
    async def whole() -> None:
        scenery = Scenery(tags=tags, reader=sc.ReaderManners(**manners))
        world = World(scenery, chance=random.Random(1))
        bench = Bench({"reader": world.reader})
        assert world.do({"do": "put", "tags": [tag.uid for tag in tags]}, 0.0)["ok"]
        reader = await feig_opener(bench.wire_to("reader"), FeigSettings(talk=talk or FeigTalk()))()
        try:
            await story(reader)
        finally:
            await reader.close()

    run(whole())


def tag(uid: str = SLIX, **more: Any) -> sc.Tag:
    return sc.Tag(uid, data=MEMORY.hex(), **more)


def test_memory_is_read_and_written() -> None:
    async def story(reader: Reader) -> None:
        assert await reader.read(SLIX, 0, 28) == MEMORY
        await reader.write(SLIX, 3, b"ABCDEFGH" * 5)
        assert await reader.read(SLIX, 0, 28) == MEMORY[:12] + b"ABCDEFGH" * 5 + MEMORY[52:]
        with pytest.raises(errors.TagError):
            await reader.read(SLIX, 28, 1)

    play(story, tag())


def test_a_small_buffer_is_found_out_and_remembered() -> None:
    async def story(reader: Reader) -> None:
        assert await reader.read(SLIX, 0, 28) == MEMORY
        assert await reader.read(SLIX, 0, 8) == MEMORY[:32]

    play(story, tag(), tx_buffer=32)


def test_afi_dsfid_and_what_a_tag_says_of_itself() -> None:
    async def story(reader: Reader) -> None:
        await reader.write_afi(SLIX, 0xC2)
        await reader.write_dsfid(SLIX, 0x06)
        info = await reader.system_info(SLIX)
        assert (info.afi, info.dsfid, info.blocks, info.block_size) == (0xC2, 0x06, 28, 4)

    play(story, tag())


def test_a_tag_of_texas_instruments_is_written() -> None:
    async def story(reader: Reader) -> None:
        await reader.write(TEXAS, 0, b"ABCDEFGH")
        await reader.write_afi(TEXAS, 0xC2)
        assert await reader.read(TEXAS, 0, 2) == b"ABCDEFGH"
        assert (await reader.system_info(TEXAS)).afi == 0xC2

    play(story, tag(TEXAS))


@pytest.mark.parametrize("ont", [True, False])
def test_eas_is_set_reset_and_heard(ont: bool) -> None:
    async def story(reader: Reader) -> None:
        assert not await reader.eas_alarm(SLIX)
        await reader.set_eas(SLIX, True)
        assert await reader.eas_alarm(SLIX)
        await reader.set_eas(SLIX, False)
        assert not await reader.eas_alarm(SLIX)

    play(story, tag(), ont=ont)


@pytest.mark.parametrize("ont", [True, False])
def test_a_password_opens_the_afi(ont: bool) -> None:
    async def story(reader: Reader) -> None:
        with pytest.raises(errors.TagError):
            await reader.write_afi(SLIX, 0xC2)
        await reader.inventory()
        await reader.present_password(SLIX, Password.EAS_AFI, PASSWORD)
        await reader.write_afi(SLIX, 0xC2)
        assert (await reader.system_info(SLIX)).afi == 0xC2

    play(story, tag(guards=("afi", "eas"), password=f"{PASSWORD:08X}"), ont=ont)


def test_a_wrong_password_mutes_the_tag_until_the_field_is_reset() -> None:
    async def story(reader: Reader) -> None:
        with pytest.raises(errors.TagError):
            await reader.present_password(SLIX, Password.EAS_AFI, PASSWORD ^ 1)
        with pytest.raises(errors.NoTag):
            await reader.read(SLIX, 0, 1)
        await reader.rf_reset()
        assert await reader.read(SLIX, 0, 1) == MEMORY[:4]

    play(story, tag(guards=("afi",), password=f"{PASSWORD:08X}"))


def test_a_heap_is_named_with_all_that_is_left_over() -> None:
    heap = [tag(f"E004010{number:09X}") for number in range(30)]

    async def story(reader: Reader) -> None:
        found: set[str] = set()
        for _ in range(5):
            found |= {one.uid for one in await reader.inventory()}
        assert found == {one.uid for one in heap}

    play(story, *heap)


def test_advanced_frames() -> None:
    async def story(reader: Reader) -> None:
        assert [one.uid for one in await reader.inventory()] == [SLIX]
        assert await reader.read(SLIX, 0, 8) == MEMORY[:32]

    play(story, tag(), talk=FeigTalk(advanced=True))


@pytest.mark.parametrize(("command", "numbers"), [("71", (1, 8)), ("72", (1, 2))])
def test_outputs_are_switched(command: Any, numbers: tuple[int, ...]) -> None:
    async def story(reader: Reader) -> None:
        for number in numbers:
            await reader.set_output(number, 0.5)
            await reader.set_output(number, 0)

    play(story, talk=FeigTalk(outputs=8, output_command=command))
