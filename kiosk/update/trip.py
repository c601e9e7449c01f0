"""A tag goes round in a virtual field: the real pad, FEIG driver and security switch against a simulated
reader, over a memory wire in virtual time. No port is opened, no time is waited, and what is on the real pad
is nobody's business here.

It uses the settings that the kiosk begins with, not the library's: what is asked is whether this version
works, and a mistake in a settings file is no reason to go back to an older one.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from pathlib import Path
from typing import Any, TypeVar

from kiosk.app import Doors, device
from kiosk.circulation.reports import PadReport, TagRead, TagsLeft
from kiosk.circulation.values import Device, Flushed, ItemTag, RowKind, SagaId, Switched, Uid
from kiosk.lab.loop import Deadlock, Stuck, run
from kiosk.lab.wires import Bench
from kiosk.pad import FieldPad
from kiosk.security_gate import TagSwitch
from kiosk.settings.reading import parse
from kiosk.simulator.scenery import ARMED, LOANED, ReaderManners, Scenery, tag_for
from kiosk.simulator.world import World

T = TypeVar("T")

BARCODE = "30000000000001"

PATIENCE_S = 60.0
"""Virtual seconds for each thing that is waited for."""

PERMIT = Flushed(0, SagaId("selftest"), RowKind.STAFF)
"""No journal stands behind it: nobody's book is switched."""

SETTINGS = '[pad]\ndriver = "feig-tcp"\nhost = "192.0.2.1"\n'


def round_trip(world: World | None = None) -> str:
    """Put a tag down, read it, release it, arm it again, lift it.

    Args:
        world: the far side, with one tag; None: a sound one.

    Returns:
        What went wrong; empty: nothing.
    """
    around = world or World(
        Scenery(tags=(tag_for(BARCODE, 1),), reader=ReaderManners()), chance=random.Random(1)
    )
    try:
        return run(_trip(around))
    except TimeoutError:
        return "the pad did not report what happened in the virtual field"
    except (Deadlock, Stuck) as error:
        return f"the pad got stuck in the virtual field: {error}"


async def _trip(world: World) -> str:
    loop = asyncio.get_running_loop()
    bench = Bench({"reader": world.reader})
    settings = parse(SETTINGS)
    pad = device(Device.PAD, settings, _doors(bench))
    assert isinstance(pad, FieldPad)
    news: asyncio.Queue[PadReport] = asyncio.Queue()
    watching = asyncio.create_task(pad.run(news.put_nowait))

    def steer(name: str) -> None:
        world.do({"do": name, "tags": [BARCODE]}, loop.time())
        bench.play()

    try:
        steer("put")
        read = await _until(news, TagRead)
        said = await _switched(read, TagSwitch(pad, settings.security), world)
        if not said:
            steer("lift")
            await _until(news, TagsLeft)
        return said
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def _switched(read: TagRead, switch: TagSwitch, world: World) -> str:
    """Release it and arm it again; each is asked of our switch, and then of the tag itself."""
    uid, content = read.tag.uid, read.tag.content
    if not isinstance(content, ItemTag) or content.item.id != BARCODE:
        return f"the tag was read as {content}, and it bears {BARCODE}"
    for armed, proof, afi in ((False, Switched.RELEASED, LOANED), (True, Switched.SECURED, ARMED)):
        outcome, seen = await switch.switch(uid, PERMIT, armed=armed)
        if outcome is not proof:
            return f"the tag should have been {proof}, and it is {outcome}"
        if (seen, _afi_of(world, uid)) != (afi, afi):
            return f"the tag was called {proof} with AFI {seen:02X}; it bears {_afi_of(world, uid):02X}"
    return ""


def _afi_of(world: World, uid: Uid) -> int:
    return int(world.field.tags[uid].afi)


async def _until(news: asyncio.Queue[PadReport], kind: type[T]) -> T:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            report = await news.get()
            if isinstance(report, kind):
                return report


def _doors(bench: Bench) -> Doors:
    loop = asyncio.get_running_loop()
    wire = bench.wire_to("reader")

    async def inline(work: Any, *args: Any) -> Any:
        return work(*args)

    return Doors(
        wall=loop.time,
        mono=loop.time,
        open_wire=lambda host, port: wire,
        open_serial=lambda device, baud, parity="none": wire,
        run_blocking=lambda name: inline,
        chance=random.Random(1),
        fonts=Path(),
    )
