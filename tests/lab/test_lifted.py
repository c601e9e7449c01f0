"""A book that is lifted from an idle pad is noticed in time, whatever reader is below it: every driver before
the simulated reader of its make, in virtual time."""

import asyncio
import random
from dataclasses import replace

import pytest

from kiosk.circulation.reports import PadReport, TagRead, TagsLeft
from kiosk.ids import IdRules
from kiosk.lab.loop import run
from kiosk.lab.pcsc import apdus_over
from kiosk.lab.wires import Bench
from kiosk.pad import FieldPad, PadSettings
from kiosk.rfid.readers import M3Settings, OpenReader, m3_opener
from kiosk.rfid.readers.feig import FeigSettings, feig_opener
from kiosk.rfid.readers.pcsc import PcscSettings, pcsc_opener
from kiosk.simulator import Scenery, World
from kiosk.simulator import scenery as sc

MANNERS = {
    "feig": sc.ReaderManners(),
    "feig-names-all": sc.ReaderManners(ont=False),
    "m3": sc.ReaderManners(make="m3"),
    "pcsc": sc.ReaderManners(make="pcsc"),
}
STORIES = 6


def opener(kind: str, bench: Bench) -> OpenReader:
    wire = bench.wire_to("reader")
    match kind:
        case "m3":
            return m3_opener(wire, M3Settings())
        case "pcsc":
            return pcsc_opener(apdus_over(wire), PcscSettings("Pad"))
        case _:
            return feig_opener(wire, FeigSettings())


async def lifted(kind: str, count: int, seed: int) -> float:
    """Seconds from the lift of one of so many books until that is told."""
    loop, chance = asyncio.get_running_loop(), random.Random(seed)
    tags = tuple(sc.tag_for(f"390{number:05d}", number) for number in range(count))
    world = World(replace(Scenery(tags=tags), reader=MANNERS[kind]), chance=chance)
    bench = Bench({"reader": world.reader})
    pad = FieldPad(opener(kind, bench), PadSettings(), IdRules(), random.Random(2))
    told: list[tuple[float, PadReport]] = []
    running = asyncio.create_task(pad.run(lambda report: told.append((loop.time(), report))))
    assert world.do({"do": "put", "tags": [tag.uid for tag in tags]}, loop.time())["ok"]
    bench.play()
    await asyncio.sleep(4.0 + chance.random())
    assert sum(isinstance(report, TagRead) for _, report in told) == count
    began, uid = loop.time(), chance.choice(tags).uid
    assert world.do({"do": "lift", "tags": [uid]}, began)["ok"]
    bench.play()
    await asyncio.sleep(2.0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    ((noticed, report),) = [(at, report) for at, report in told if isinstance(report, TagsLeft)]
    assert report == TagsLeft((uid,))  # type: ignore[arg-type]
    return noticed - began


@pytest.mark.parametrize(("count", "within_s"), [(1, 0.3), (10, 0.3), (20, 0.6)])
@pytest.mark.parametrize("kind", MANNERS)
def test_a_lifted_book_is_noticed_in_time(kind: str, count: int, within_s: float) -> None:
    times = [run(lifted(kind, count, seed), start=1000.0) for seed in range(STORIES)]
    assert max(times) <= within_s, times
