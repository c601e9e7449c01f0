"""`air/read-N/READER/HOW`: N new tags in the field until the host has the 32 bytes of each, three ways.

- `block-by-block`: an inventory, then eight reads of one block for each tag, as drivers do that know no more;
- `blocks-at-once`: an inventory, then one Read Multiple Blocks (23) for each tag, as the pad does;
- `inventory-read`: NXP's Inventory Read (A0), which brings the blocks in the stead of the DSFID, where the
  reader lets the host ask for it.

The value is the air that was busy, by the far side's record; what it took from our end stands beside it.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from benchmarks.farside import FarSide
from benchmarks.rows import Row, row, wanted
from benchmarks.setting import READERS, Watched, opener, scenery, stack_of
from benchmarks.setting import Reader as Measured
from benchmarks.wire import within
from kiosk.rfid.errors import NotSupported
from kiosk.rfid.readers import Reader

TAGS = (1, 10)
BLOCKS = 8
"""Of four bytes: the basic block."""

Took = tuple[float, float]
"""Seconds of the air, and from our end."""


async def _block_by_block(reader: Reader) -> list[bytes]:
    found = await reader.inventory()
    return [b"".join([await reader.read(tag.uid, at, 1) for at in range(BLOCKS)]) for tag in found]


async def _blocks_at_once(reader: Reader) -> list[bytes]:
    return [await reader.read(tag.uid, 0, BLOCKS) for tag in await reader.inventory()]


async def _inventory_read(reader: Reader) -> list[bytes]:
    return [each.memory for each in await reader.inventory_read(0, BLOCKS)]


WAYS: dict[str, Callable[[Reader], Awaitable[list[bytes]]]] = {
    "block-by-block": _block_by_block,
    "blocks-at-once": _blocks_at_once,
    "inventory-read": _inventory_read,
}


def rows(repetitions: int, folder: Path, only: tuple[str, ...]) -> Iterator[Row]:
    """The rows `air/...` whose names begin with one of `only`."""
    for measured, tags in itertools.product(READERS, TAGS):
        name = f"air/read-{tags}/{measured.name}"
        if not wanted(name, only):
            continue
        slowest: list[float] = []
        for way, took in readings(measured, tags, repetitions, folder / "readings").items():
            air = [1000 * on_air for on_air, _ in took]
            slowest = slowest or air
            whole = statistics.median(1000 * each for _, each in took)
            against = {} if air is slowest else {"references": slowest, "reference_name": "block by block"}
            yield row(f"{name}/{way}", "ms", air, **against, note=f"{whole:.0f} ms from our end")


def readings(measured: Measured, tags: int, times: int, folder: Path) -> dict[str, list[Took]]:
    """What each way took that this reader knows, so many times, each with other tags."""
    scene = scenery(tags, times, seed=tags, reader=measured)
    with FarSide(scene, folder / "far", terminal=measured.byte_s > 0) as far:
        return asyncio.run(_read(far, measured, tags, times, folder))


async def _read(
    far: FarSide, measured: Measured, tags: int, times: int, folder: Path
) -> dict[str, list[Took]]:
    watched = Watched(folder, far.ports, tags)
    reader = await opener(measured, far.ports, watched.doors)()
    took: dict[str, list[Took]] = {}
    try:
        for turn in range(times):
            await asyncio.to_thread(far.do, do="put", tags=stack_of(turn, tags))
            for way, read in WAYS.items():
                await reader.rf_reset()  # no tag is silenced any more
                await asyncio.to_thread(far.do, do="air")
                began = time.monotonic()
                try:
                    memories = await read(reader)
                except NotSupported:
                    continue
                whole = time.monotonic() - began
                record = (await asyncio.to_thread(far.do, do="air"))["air"]
                air = within([(each["start"], each["end"]) for each in record], began, began + whole)
                assert len(set(memories)) == tags, f"{way}: {len(set(memories))} of {tags} tags were read"
                took.setdefault(way, []).append((air, whole))
            await asyncio.to_thread(far.do, do="lift", tags=stack_of(turn, tags))
    finally:
        await reader.close()
    return took
