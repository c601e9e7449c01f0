"""A 3M pad on a real serial line (a pseudo terminal) and behind a serial server on the network."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import pytest

from kiosk import wires
from kiosk.rfid import errors
from kiosk.rfid.readers import M3Settings, OpenReader, Password, m3_opener
from kiosk.simulator.scenery import ReaderManners, Scenery, Tag
from kiosk.simulator.serve import Stage
from kiosk.simulator.world import World

CHANCE = Random(210)
UIDS = [f"E0040110{CHANCE.getrandbits(32):08X}" for _ in range(10)]
GUARDED = UIDS[2]
TAGS = tuple(
    Tag(
        uid,
        barcode=f"30000{number:04}",
        weak=0.3 if number < 2 else 0.0,
        guards=("afi",) if uid == GUARDED else (),
        password="C0FFEE42",
    )
    for number, uid in enumerate(UIDS)
)

Story = Callable[[Stage, OpenReader], Awaitable[None]]


def play(line: str, tmp_path: Path, story: Story) -> None:
    async def whole() -> None:
        world = World(Scenery(tags=TAGS, reader=ReaderManners(make="m3", stutter=0.3)), chance=Random(1))
        terminal = tmp_path / "pad"
        where = (
            {"ports": {"reader": 0}} if line == "tcp" else {"ports": {}, "terminals": {"reader": terminal}}
        )
        async with Stage(world, control=None, **where) as stage:  # type: ignore[arg-type]
            if line == "tcp":
                wire = wires.tcp("127.0.0.1", stage.ports["reader"])
            else:
                wire = wires.serial(str(stage.terminals["reader"]), 19200)
            await story(stage, m3_opener(wire, M3Settings()))

    asyncio.run(whole())


def do(stage: Stage, name: str, **command: object) -> None:
    answer = stage.world.do({"do": name, **command}, stage.now())
    assert answer["ok"], answer
    stage.pump()


both_lines = pytest.mark.parametrize("line", ["terminal", "tcp"])


@both_lines
def test_ten_tags_two_of_them_weak_and_one_with_a_password(line: str, tmp_path: Path) -> None:
    async def story(stage: Stage, open_reader: OpenReader) -> None:
        reader = await open_reader()
        assert await reader.inventory() == []
        do(stage, "put", tags=UIDS)
        found: set[str] = set()
        for _ in range(8):
            found |= {tag.uid for tag in await reader.inventory()}
        assert found == set(UIDS)
        assert (await reader.read(UIDS[3], 0, 8))[3:12] == b"300000003"
        await reader.write_afi(UIDS[3], 0xC2)
        assert [tag.uid for tag in await reader.inventory(0xC2)] == [UIDS[3]]
        with pytest.raises(errors.TagError):
            await reader.write_afi(GUARDED, 0xC2)
        await reader.present_password(GUARDED, Password.EAS_AFI, 0xC0FFEE42)
        await reader.write_afi(GUARDED, 0xC2)
        assert (await reader.system_info(GUARDED)).afi == 0xC2
        await reader.close()

    play(line, tmp_path, story)


@both_lines
def test_pulled_out_in_mid_write_and_plugged_in_again(line: str, tmp_path: Path) -> None:
    async def story(stage: Stage, open_reader: OpenReader) -> None:
        uid = UIDS[3]
        do(stage, "put", tags=[uid])
        reader = await open_reader()
        writing = asyncio.ensure_future(reader.write_afi(uid, 0xC2))
        await asyncio.sleep(0.003)
        do(stage, "unplug", device="reader")
        with pytest.raises(errors.TransportError):
            await writing
        await reader.close()
        with pytest.raises(errors.TransportError):
            await open_reader()
        do(stage, "plug", device="reader")
        again = await opened(open_reader)
        assert [tag.uid for tag in await again.inventory()] == [uid]
        assert (await again.system_info(uid)).afi in {0x07, 0xC2}
        await again.close()

    async def opened(open_reader: OpenReader):  # type: ignore[no-untyped-def]
        async with asyncio.timeout(5):
            while True:
                try:
                    return await open_reader()
                except errors.TransportError:
                    await asyncio.sleep(0.02)

    play(line, tmp_path, story)
