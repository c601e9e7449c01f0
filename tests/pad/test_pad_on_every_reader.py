"""One heap on the pad of every reader that can be set up, from the settings file to what the desk is told."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kiosk.app import Doors, device
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import DeviceChanged, PadReport, TagRead, TagsLeft
from kiosk.circulation.values import CardTag, Condition, Device, ItemKey, ItemTag, Media, UnreadTag
from kiosk.lab import run
from kiosk.lab.pcsc import apdus_over
from kiosk.lab.wires import Bench
from kiosk.pad import FieldPad
from kiosk.rfid.tags import encode_28560_3, library_block
from kiosk.settings import parse
from kiosk.simulator.scenery import ReaderManners, Scenery, Tag
from kiosk.simulator.world import World

DRIVERS = {
    "feig-tcp": ("feig", 'driver = "feig-tcp"\nhost = "pad"'),
    "feig-serial": ("feig", 'driver = "feig-serial"\ndevice = "/dev/pad"'),
    "m3-serial": ("m3", 'driver = "m3-serial"\ndevice = "/dev/pad"'),
    "pcsc": ("pcsc", 'driver = "pcsc"\nreader = "Pad"'),
}

CHANCE = Random(28560)
BOOKS = [f"E0040110{CHANCE.getrandbits(32):08X}" for _ in range(16)]
WEAK = BOOKS[:2]
GUARDED = BOOKS[2]
FOREIGN, CARD = "E007000012345678", "E0040150AABBCCDD"
SET = ["E004010077000001", "E004010077000002"]
TAGS = (
    *(
        Tag(
            uid,
            barcode=f"30000{number:04}",
            weak=0.25 if uid in WEAK else 0.0,
            guards=("afi",) if uid == GUARDED else (),
            password="C0FFEE42",
        )
        for number, uid in enumerate(BOOKS)
    ),
    *(Tag(uid, barcode="390001", part=part, parts=2) for part, uid in enumerate(SET, 1)),
    Tag(FOREIGN, data="DEADBEEF" * 28),
    Tag(CARD, barcode="21000001", usage=8),
)
HEAP = [tag.uid for tag in TAGS]


class Told:
    """What the desk was told."""

    def __init__(self) -> None:
        self.reports: list[PadReport] = []

    @property
    def there(self) -> dict[str, TagRead]:
        there: dict[str, TagRead] = {}
        for report in self.reports:
            if isinstance(report, TagRead):
                assert report.tag.uid not in there, "a tag that lies there was told again"
                there[report.tag.uid] = report
            elif isinstance(report, TagsLeft):
                for uid in report.uids:
                    there.pop(uid, None)
        return there

    def condition(self) -> Condition:
        return [each.condition for each in self.reports if isinstance(each, DeviceChanged)][-1]


async def until(what: Callable[[], bool], seconds: float) -> None:
    """Wait until that is so."""
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110 - the pad tells it, and nobody else
            await asyncio.sleep(0.05)


def doors(bench: Bench) -> Doors:
    """Those that lead to the pad's reader."""

    def nowhere(*_: Any) -> Any:
        raise AssertionError("not this way")

    return Doors(
        wall=nowhere,
        mono=nowhere,
        open_wire=lambda host, port: bench.wire_to("reader"),
        open_serial=lambda line, baud, parity: bench.wire_to("reader"),
        open_apdus=lambda settings, run_blocking: apdus_over(bench.wire_to("reader")),
        run_blocking=lambda name: None,
        chance=Random(2),
        fonts=Path(),
    )


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_heap_of_twenty_comes_out_right(driver: str) -> None:
    make, section = DRIVERS[driver]

    async def story() -> None:
        world = World(Scenery(tags=TAGS, reader=ReaderManners(make=make)), chance=Random(1))
        bench = Bench({"reader": world.reader})
        told = Told()

        def do(name: str, **command: object) -> None:
            assert world.do({"do": name, **command}, bench.now())["ok"]
            bench.play()

        pad = device(Device.PAD, parse(f"[pad]\n{section}\n"), doors(bench))
        assert isinstance(pad, FieldPad)
        watching = asyncio.ensure_future(pad.run(told.reports.append))

        do("put", tags=HEAP)
        await until(lambda: told.there.keys() == set(HEAP), 20)
        contents = {uid: report.tag.content for uid, report in told.there.items()}
        for number, uid in enumerate(BOOKS):
            content = contents[uid]
            assert isinstance(content, ItemTag)
            assert content.item.id == f"30000{number:04}"
        assert [(each.part, each.parts) for uid in SET if isinstance(each := contents[uid], ItemTag)] == [
            (1, 2),
            (2, 2),
        ]
        assert isinstance(contents[CARD], CardTag)
        assert isinstance(contents[FOREIGN], UnreadTag)

        lifted = BOOKS[5]
        do("lift", tags=[lifted])
        await until(lambda: lifted not in told.there, 5)
        assert told.there.keys() == set(HEAP) - {lifted}
        do("put", tags=[lifted])
        await until(lambda: lifted in told.there, 5)

        do("unplug", device="reader")
        await until(lambda: told.condition() is Condition.MISSING, 10)
        do("lift", tags=[BOOKS[6]])
        do("plug", device="reader")
        await until(lambda: told.condition() is Condition.READY, 20)
        await until(lambda: told.there.keys() == set(HEAP) - {BOOKS[6]}, 20)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    run(story())


@pytest.mark.parametrize(
    ("transparent", "security", "expected"),
    [
        (True, "", DeviceChanged(Device.PAD, Condition.READY)),
        (False, "", DeviceChanged(Device.PAD, Condition.DEGRADED, Reason.READER_READS_ONLY)),
        (False, '[security]\nswitches = ["none"]', DeviceChanged(Device.PAD, Condition.READY)),
    ],
)
def test_a_reader_without_a_switch_is_degraded_where_there_is_something_to_switch(
    transparent: bool, security: str, expected: DeviceChanged
) -> None:
    async def story() -> None:
        manners = ReaderManners(make="pcsc", transparent=transparent)
        world = World(Scenery(tags=TAGS[2:3], reader=manners), chance=Random(1))
        bench = Bench({"reader": world.reader})
        told = Told()
        settings = parse(f'[pad]\ndriver = "pcsc"\nreader = "Pad"\n{security}\n')
        pad = device(Device.PAD, settings, doors(bench))
        assert isinstance(pad, FieldPad)
        watching = asyncio.ensure_future(pad.run(told.reports.append))
        world.do({"do": "put", "tags": HEAP[2:3]}, bench.now())
        bench.play()
        await until(lambda: told.there.keys() == set(HEAP[2:3]), 5)
        assert told.condition() is expected.condition
        world.do({"do": "unplug", "device": "reader"}, bench.now())
        bench.play()
        await until(lambda: told.condition() is Condition.MISSING, 10)
        assert [each for each in told.reports if isinstance(each, DeviceChanged)][:-1] == [expected]
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    run(story())


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(
    ("security", "media"),
    [("", Media.UNKNOWN), ('[security]\nswitches_cd = ["afi", "eas"]\n', Media.CD)],
)
def test_what_a_tag_is_in_is_read_where_the_switches_ask_for_it(
    driver: str, security: str, media: Media
) -> None:
    make, section = DRIVERS[driver]
    disc = encode_28560_3("39000001", "FI-He", size=112, extensions=(library_block(2),))

    async def story() -> None:
        tags = (Tag(BOOKS[0], data=disc.hex()),)
        world = World(Scenery(tags=tags, reader=ReaderManners(make=make)), chance=Random(1))
        bench, told = Bench({"reader": world.reader}), Told()
        pad = device(Device.PAD, parse(f"[pad]\n{section}\n{security}"), doors(bench))
        assert isinstance(pad, FieldPad)
        watching = asyncio.ensure_future(pad.run(told.reports.append))
        assert world.do({"do": "put", "tags": [BOOKS[0]]}, bench.now())["ok"]
        bench.play()
        await until(lambda: BOOKS[0] in told.there, 20)
        content = told.there[BOOKS[0]].tag.content
        assert content == ItemTag(ItemKey("39000001", "FI-He"), media=media)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    run(story())
