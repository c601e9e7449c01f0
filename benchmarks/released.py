"""`pad/released/READER/N/cpu`: what the RFID part of the kiosk alone uses of the processor, from N books on
the pad until each is named, read, released and proved.

It is what `stack/.../cpu` counts without the desk, the ILS, the journal and the flight recorder: the pad, the
reader's driver, the tags' decoders and the security switch, which is told to release each tag as soon as it
is read. Beside it stands the air that was busy meanwhile, by the far side's record.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.farside import FarSide
from benchmarks.lift import pad_of
from benchmarks.rows import Row, row, wanted
from benchmarks.setting import PATIENCE_S, READERS, Reader, scenery, stack_of
from benchmarks.stack import SETTLED_S
from benchmarks.wire import within
from kiosk.circulation.reports import PadReport, TagRead
from kiosk.circulation.values import Flushed, RowKind, SagaId, Switched
from kiosk.security_gate import SwitchSettings, TagSwitch

TAGS = (1, 10, 20)

PERMIT = Flushed(0, SagaId("benchmark"), RowKind.ANSWER)
"""No journal stands behind it: nobody lends these books."""

Used = tuple[float, float]
"""Seconds of the processor, and of the busy air."""


def rows(repetitions: int, folder: Path, only: tuple[str, ...]) -> Iterator[Row]:
    """The rows `pad/released/...` whose names begin with one of `only`."""
    for reader in READERS:
        for tags in TAGS:
            name = f"pad/released/{reader.name}/{tags}/cpu"
            if wanted(name, only):
                used = releases(reader, tags, repetitions, folder / "released")
                yield row(
                    name,
                    "ms",
                    [1000 * cpu for cpu, _ in used],
                    references=[1000 * air for _, air in used],
                    reference_name="the air",
                    note="pad, driver, decoders and switch alone",
                )


def releases(reader: Reader, tags: int, times: int, folder: Path) -> list[Used]:
    """What each heap took, each with other tags."""
    scene = scenery(tags, times, seed=tags, reader=reader)
    with FarSide(scene, folder / "far", terminal=reader.byte_s > 0) as far:
        return asyncio.run(_release(far, reader, tags, times, folder))


async def _release(far: FarSide, reader: Reader, tags: int, times: int, folder: Path) -> list[Used]:
    pad = pad_of(reader, far.ports, folder, seed=tags)
    switch = TagSwitch(pad, SwitchSettings())
    proved: asyncio.Queue[Switched] = asyncio.Queue()
    used: list[Used] = []

    async def release(read: TagRead) -> None:
        outcome, _ = await switch.switch(read.tag.uid, PERMIT, armed=False)
        proved.put_nowait(outcome)

    async with asyncio.TaskGroup() as group:

        def post(report: PadReport) -> None:
            if isinstance(report, TagRead):
                group.create_task(release(report))

        watching = asyncio.create_task(pad.run(post))
        try:
            for turn in range(times):
                await asyncio.sleep(SETTLED_S + 0.1 * random.Random(turn).random())
                await asyncio.to_thread(far.do, do="air")
                before = time.process_time()
                put_at = (await asyncio.to_thread(far.do, do="put", tags=stack_of(turn, tags)))["now"]
                async with asyncio.timeout(PATIENCE_S):
                    outcomes = {await proved.get() for _ in range(tags)}
                cpu, over = time.process_time() - before, time.monotonic()
                assert outcomes == {Switched.RELEASED}, f"the heap ended {outcomes}"
                record = (await asyncio.to_thread(far.do, do="air"))["air"]
                used.append((cpu, within([(each["start"], each["end"]) for each in record], put_at, over)))
                await asyncio.to_thread(far.do, do="lift", tags=stack_of(turn, tags))
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
    return used
