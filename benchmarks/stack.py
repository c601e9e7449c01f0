"""`stack/READER/N/ilsD`: from N books on the pad until the last is safe, on the screen.

A patron is signed in first; then N books are put down at one instant, which the far side names. It ends
when the view in which all N rows are *safe* is handed to the screen. The far side's ILS answers at once,
but for an 11, which it holds back by D ms; a tag takes `WRITE_S` to write an AFI. Each repetition has tags
with other UIDs, another patron and a new journal.

Where D is 0, the time is also taken apart: `.../air` (the air was busy), `.../wire` (a command to the
reader, or its answer, was under way), `.../rest` (neither) and, beside these, `.../cpu` (what the kiosk's
process used of the processor, in all its threads).
"""

from __future__ import annotations

import random
import shutil
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import floor
from benchmarks.farside import FarSide
from benchmarks.rows import Row, row, wanted
from benchmarks.setting import (
    FEIG_TCP,
    READERS,
    WRITE_S,
    Reader,
    Shown,
    Stamps,
    Watched,
    kiosk_settings,
    patron,
    scenery,
    stack_of,
)
from benchmarks.wire import Exchange, within
from kiosk.circulation.views import AttractView, LoanView
from kiosk.core import Core
from kiosk.simulator.scenery import Scenery

STACKS = (1, 5, 10, 20, 30)
SLOW_STACKS = (1, 10, 20)
DELAYS_MS = (50, 250)
"""What else an ILS may take, with the first reader and the stacks of `SLOW_STACKS`."""

SETTLED_S = 0.25
"""The kiosk is signed in for so long before the books come, give or take a poll of the pad."""


PARTS_OF_INVENTORIES = {"round", "stay_quiet", "26"}
"""What the record calls the parts of an inventory; some readers end it by a Reset to Ready (26)."""


@dataclass(frozen=True)
class Sample:
    """One repetition, in seconds: what it took, the floor of the very rounds that were played (and that
    without a serial line), and the bound that no inventory can beat; for how long the air was busy, a command
    to the reader under way, and its bytes on a serial line; the processor's time, with that of recording the
    stack, which comes later; and how many of its writes fell into the wait for another item's loan."""

    seconds: float
    floor_s: float
    air_floor_s: float
    bound_s: float
    air_s: float
    asking_s: float
    line_s: float
    cpu_s: float
    writes_while_asking: int
    air: tuple[dict[str, Any], ...] = ()
    messages: tuple[dict[str, Any], ...] = ()
    views: tuple[Shown, ...] = ()
    put_at: float = 0.0

    @property
    def wire_s(self) -> float:
        """While a command was under way, and not on the air."""
        return self.asking_s - self.air_s

    @property
    def rest_s(self) -> float:
        """While the reader had nothing to do."""
        return self.seconds - self.asking_s


def play(reader: Reader, books: int, delay_ms: int, repetitions: int, folder: Path) -> Iterator[Sample]:
    """Put down a stack, again and again."""
    scene = scenery(books, repetitions, books * 1000 + delay_ms, reader)
    with FarSide(scene, folder / "far", terminal=reader.byte_s > 0) as far:
        if delay_ms:
            far.do(do="slow", device="ils", message="11", seconds=delay_ms / 1000)
        for turn in range(repetitions):
            yield _once(far, scene, reader, turn, stack_of(turn, books), delay_ms / 1000, folder)


def _once(
    far: FarSide, scene: Scenery, reader: Reader, turn: int, books: Sequence[str], ils_s: float, folder: Path
) -> Sample:
    folder = folder / f"kiosk{turn}"
    shutil.rmtree(folder, ignore_errors=True)
    stamps, watched = Stamps(), Watched(folder, far.ports, turn)
    # chance, so that the stack does not always come at the same moment of the pad's round
    rest = SETTLED_S + 0.1 * random.Random(turn).random()
    core = Core(watched.doors)
    with core.running(kiosk_settings(far.ports, folder, reader=reader, manners=scene.ils), [stamps]):
        stamps.wait(AttractView)
        core.scanned(patron(turn))
        stamps.wait(LoanView)
        time.sleep(rest)
        far.do(do="air")
        used = time.process_time()
        put_at = far.do(do="put", tags=list(books))["now"]
        safe = stamps.all_safe(len(books))
        recorded = watched.recorder_s
    # what the recorder had yet to make of this stack when all was safe it has made by now
    late = watched.recorder_s - recorded
    air = far.do(do="air")["air"]
    messages = [each for each in far.do(do="report")["ils"]["messages"] if each["t"] >= put_at]
    far.do(do="lift", tags=list(books))
    shutil.rmtree(folder, ignore_errors=True)
    mine = [each for each in air if each["start"] >= put_at]
    played = inventories(mine, watched.exchanges, reader.byte_s)
    if sum(each.named for each in played) != len(books):
        raise RuntimeError(f"the record names {played}, not {len(books)} tags")
    on_air = [(each["start"], each["end"]) for each in air]
    return Sample(
        safe.at - put_at,
        floor.schedule(
            played, ils_s=ils_s, write_s=WRITE_S, line=line_of(mine, watched.exchanges, reader.byte_s)
        ),
        floor.schedule(inventories(mine), ils_s=ils_s, write_s=WRITE_S),
        floor.schedule(floor.inventory_bound(len(books)), ils_s=ils_s, write_s=WRITE_S),
        within(on_air, put_at, safe.at),
        within([*on_air, *(each[:2] for each in watched.exchanges)], put_at, safe.at),
        reader.byte_s * sum(each.size for each in watched.exchanges if put_at < each.start < safe.at),
        safe.used - used + late,
        writes_while_asking(air, messages),
        tuple(air),
        tuple(messages),
        tuple(stamps.seen),
        put_at,
    )


def inventories(
    air: Sequence[dict[str, Any]], exchanges: Sequence[Exchange] = (), byte_s: float = 0.0
) -> list[floor.Inventory]:
    """The inventories that named new tags, each with the air that it took: all its rounds, from one without a
    mask on, and what belongs to it, as the Stay Quiet to each tag that it has named; and with what the bytes
    of those `exchanges` took that it is part of."""
    found: list[floor.Inventory] = []
    known: set[str] = set()
    begun, seconds, new = 0.0, 0.0, set[str]()
    for each in (*air, {"what": "end"}):
        begins = each["what"] == "round" and each["mask"] == 0
        if begins or each["what"] not in PARTS_OF_INVENTORIES:
            if new:
                line_s = byte_s * sum(size for start, end, size in exchanges if start <= begun <= end)
                found.append(floor.Inventory(seconds + line_s, len(new)))
            known |= new
            begun, seconds, new = each.get("start", 0.0), 0.0, set()
        if each["what"] in PARTS_OF_INVENTORIES:
            seconds += each["end"] - each["start"]
            if each["what"] == "round":
                new |= set(each["tags"]) - known
    return found


def line_of(air: Sequence[dict[str, Any]], exchanges: Sequence[Exchange], byte_s: float) -> floor.Line:
    """What the bytes of an exchange of each kind took on the line."""
    if not byte_s:
        return floor.NO_LINE
    sizes: dict[str, list[int]] = {}
    for start, end, size in exchanges:
        for what in {each["what"] for each in air if start <= each["start"] <= end}:
            sizes.setdefault(what, []).append(size)
    read, write, verify = (
        byte_s * statistics.median(sizes.get(what, [0]))
        for what in ("read", "write_afi", "system_information")
    )
    return floor.Line(read, write, verify)


def writes_while_asking(air: Sequence[dict[str, Any]], messages: Sequence[dict[str, Any]]) -> int:
    """How many AFI writes fell, whole, into the time in which the ILS was at another item's 11."""
    asked = [
        (each["t"], each["answered"])
        for each in messages
        if each["request"].startswith("11") and each["answered"] is not None
    ]
    return sum(
        any(start <= each["start"] and each["end"] <= end for start, end in asked)
        for each in air
        if each["what"] == "write_afi"
    )


def rows(repetitions: int, folder: Path, only: tuple[str, ...] = ("",)) -> Iterator[Row]:
    """The rows `stack/...` whose names begin with one of `only`, and what else comes of the same stacks. The
    first reader with a quick ILS is what has a goal; the others are played half as often."""
    stacks = [(reader, books, 0) for reader in READERS for books in STACKS]
    stacks += [(FEIG_TCP, books, delay_ms) for books in SLOW_STACKS for delay_ms in DELAYS_MS]
    for reader, books, delay_ms in stacks:
        name = f"stack/{reader.name}/{books}/ils{delay_ms}"
        if wanted(name, only):
            often = repetitions if (reader, delay_ms) == (FEIG_TCP, 0) else max(1, repetitions // 2)
            samples = list(play(reader, books, delay_ms, often, folder / "stack"))
            yield _whole(name, books, samples)
            if delay_ms == 0:
                yield from taken_apart(name, samples)


def _whole(name: str, books: int, samples: Sequence[Sample]) -> Row:
    serial = any(each.line_s for each in samples)
    bound = statistics.median(1000 * each.bound_s for each in samples)
    wrote = statistics.median(each.writes_while_asking for each in samples)
    return row(
        name,
        "ms",
        [1000 * each.seconds for each in samples],
        references=[1000 * each.floor_s for each in samples],
        reference_name=f"list schedule, {1000 * WRITE_S:.0f} ms writes{', serial line' if serial else ''}",
        note=f"bound {bound:.0f}; {wrote:.0f} of {books} written while asking",
    )


def taken_apart(name: str, samples: Sequence[Sample]) -> Iterator[Row]:
    """The rows of the parts of `name`, an ILS that answers at once."""
    air = [1000 * each.air_s for each in samples]
    floors = [1000 * each.air_floor_s for each in samples]
    yield row(f"{name}/air", "ms", air, references=floors, reference_name="list schedule, without a line")
    line = [1000 * each.line_s for each in samples]
    yield row(
        f"{name}/wire",
        "ms",
        [1000 * each.wire_s for each in samples],
        references=line if any(line) else (),
        reference_name="bytes on the line" if any(line) else None,
    )
    yield row(f"{name}/rest", "ms", [1000 * each.rest_s for each in samples])
    yield row(
        f"{name}/cpu",
        "ms",
        [1000 * each.cpu_s for each in samples],
        references=air,
        reference_name="the air",
        note="the kiosk's process, all threads",
    )
