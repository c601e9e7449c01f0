"""`pad/lifted-to-event/READER/N`: from the instant at which one of N tags leaves an idle pad until the pad
says so.

The pad alone, with its reader's driver and the far side in a process of its own: nobody is signed in,
nothing else is asked. The tags lie there until all have been read; then one after the other is lifted, each
at a moment of chance, missed, put back and read again. The value is the slowest of them, since the limit is
one that no lift may pass; the median stands beside it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.farside import FarSide
from benchmarks.rows import Row, row, wanted
from benchmarks.setting import PATIENCE_S, READERS, Reader, Watched, kiosk_settings, scenery, stack_of
from kiosk.app import device
from kiosk.circulation.reports import PadReport, TagRead, TagsLeft
from kiosk.circulation.values import Device
from kiosk.pad import FieldPad

LIMITS_MS = {1: None, 10: 300.0, 20: 600.0}
"""By the number of tags: what is wanted of the pad (milliseconds)."""

REST_S = 0.3
"""A tag that was put back lies there for so long at least, and for as long again by chance."""


def rows(repetitions: int, folder: Path, only: tuple[str, ...]) -> Iterator[Row]:
    """The rows `pad/...` whose names begin with one of `only`."""
    for reader in READERS:
        for tags, limit in LIMITS_MS.items():
            name = f"pad/lifted-to-event/{reader.name}/{tags}"
            if wanted(name, only):
                took = [1000 * each for each in lifts(reader, tags, repetitions, folder / "lift")]
                yield row(
                    name,
                    "ms",
                    [max(took)],
                    references=[limit] if limit is not None else (),
                    reference_name="the limit" if limit is not None else None,
                    note=f"slowest of {len(took)}, median {statistics.median(took):.0f}",
                )


def lifts(reader: Reader, tags: int, times: int, folder: Path) -> list[float]:
    """Seconds from each lift until it was told."""
    scene = scenery(tags, 1, seed=tags, reader=reader)
    with FarSide(scene, folder / "far", terminal=reader.byte_s > 0) as far:
        return asyncio.run(_watch(far, reader, stack_of(0, tags), times, folder))


def pad_of(reader: Reader, ports: Mapping[str, Any], folder: Path, *, seed: int) -> FieldPad:
    """The kiosk's pad, and nothing else of it."""
    pad = device(Device.PAD, kiosk_settings(ports, folder, reader=reader), Watched(folder, ports, seed).doors)
    assert isinstance(pad, FieldPad)
    return pad


async def _watch(far: FarSide, reader: Reader, tags: list[str], times: int, folder: Path) -> list[float]:
    pad = pad_of(reader, far.ports, folder, seed=len(tags))
    loop, chance = asyncio.get_running_loop(), random.Random(len(tags))
    read: asyncio.Queue[None] = asyncio.Queue()
    left: asyncio.Queue[float] = asyncio.Queue()

    def post(report: PadReport) -> None:
        match report:
            case TagRead():
                read.put_nowait(None)
            case TagsLeft():
                left.put_nowait(loop.time())
            case _:
                pass

    async def do(**command: Any) -> float:
        answer = await asyncio.to_thread(far.do, **command)
        return float(answer["now"])

    watching = asyncio.create_task(pad.run(post))
    took = []
    try:
        async with asyncio.timeout(PATIENCE_S + 5 * times):
            await do(do="put", tags=tags)
            for _ in tags:
                await read.get()
            for _ in range(times):
                await asyncio.sleep(REST_S * (1 + chance.random()))
                tag = chance.choice(tags)
                lifted = await do(do="lift", tags=[tag])
                took.append(await left.get() - lifted)
                await do(do="put", tags=[tag])
                await read.get()
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    return took
