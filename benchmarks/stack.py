"""`stack/feig-tcp/N/ilsD`: from N books on the pad until the last is safe, on the screen.

Real kiosk (`Core`: settings, desk, SIP2, FEIG driver, journal on this disk) against far sides in a
process of their own over loopback TCP. A patron is signed in first; then N books are put down at one
instant, which the far side names. It ends when the view in which all N rows are *safe* is handed to
the screen. The far side's ILS answers at once, but for an 11, which it holds back by D ms; a tag takes
`WRITE_S` to write an AFI. Each repetition has tags with other UIDs, another patron and a new journal.
"""

from __future__ import annotations

import dataclasses
import queue
import random
import shutil
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import floor
from benchmarks.farside import FarSide
from benchmarks.rows import Row, row
from kiosk.app import real_doors
from kiosk.circulation.views import AttractView, ItemState, LoanView, View
from kiosk.core import Core
from kiosk.ils import IlsSettings
from kiosk.journal import JournalSettings
from kiosk.rfid.readers.feig import FeigSettings
from kiosk.settings import CardSection, IlsSection, PadSection, Settings
from kiosk.simulator.scenery import IlsManners, Item, Patron, ReaderManners, Scenery, Tag

STACKS = (1, 10, 20)
DELAYS_MS = (0, 50, 250)
WRITE_S = 0.010
"""Stated, since no data sheet that we have gives it: ISO 15693 allows up to 20 ms."""
PATIENCE_S = 60.0
SETTLED_S = 0.25
"""The kiosk is signed in for so long before the books come, give or take a poll of the pad."""


@dataclass(frozen=True)
class Sample:
    """One repetition: seconds that it took, the floor of the very rounds that were played, the bound
    that no inventory can beat, and how many of its writes fell into the wait for another item's loan."""

    seconds: float
    floor_s: float
    bound_s: float
    writes_while_asking: int
    air: tuple[dict[str, Any], ...] = ()
    messages: tuple[dict[str, Any], ...] = ()
    views: tuple[tuple[float, View], ...] = ()
    put_at: float = 0.0


class Stamps:
    """A screen that keeps each view with the moment at which it was handed over."""

    def __init__(self) -> None:
        self._views: queue.SimpleQueue[tuple[float, View]] = queue.SimpleQueue()
        self.seen: list[tuple[float, View]] = []

    def show(self, view: View) -> None:
        """Take a view (from the core's thread)."""
        self._views.put((time.monotonic(), view))

    def wait(self, kind: type[object]) -> None:
        """Wait for a view of this kind."""
        while not isinstance(self._next()[1].screen, kind):
            pass

    def all_safe(self, books: int) -> float:
        """When the view came in which so many rows are safe."""
        while True:
            at, view = self._next()
            rows = getattr(view.screen, "rows", ())
            if sum(each.state is ItemState.SAFE for each in rows) == books:
                return at

    def _next(self) -> tuple[float, View]:
        stamped = self._views.get(timeout=PATIENCE_S)
        self.seen.append(stamped)
        return stamped


def scenery(books: int, repetitions: int, seed: int) -> Scenery:
    """A patron and a stack of books for each repetition."""
    chance = random.Random(seed)
    barcodes = [[f"39{turn:03}{book:03}" for book in range(books)] for turn in range(repetitions)]
    every = [barcode for stack in barcodes for barcode in stack]
    serials = chance.sample(range(1 << 40), len(every))
    return Scenery(
        patrons=tuple(Patron(_patron(turn), "Anna Kern") for turn in range(repetitions)),
        items=tuple(Item(barcode, f"Book {barcode}", "A. Writer") for barcode in every),
        tags=tuple(
            Tag(f"E00401{serial:010X}", barcode) for serial, barcode in zip(serials, every, strict=True)
        ),
        ils=IlsManners(answer_seconds=0.0),
        reader=ReaderManners(write_seconds=WRITE_S),
    )


def _patron(turn: int) -> str:
    return f"21{turn:06}"


def kiosk_settings(ports: Mapping[str, int], folder: Path, *, manners: IlsManners | None = None) -> Settings:
    """A kiosk with the ILS and the reader at these ports, and nothing else; cards are scanned."""
    manners = manners or IlsManners()
    user, password = manners.login or ("", "")
    settings = Settings(
        ils=IlsSection(
            "sip2",
            IlsSettings(
                "127.0.0.1",
                ports["ils"],
                institution=manners.institution,
                login_user=user,
                login_password=password,
                charset=manners.charset,
            ),
        ),
        pad=PadSection("feig-tcp", FeigSettings("127.0.0.1", ports["reader"])),
        cards=CardSection("none"),
        journal=JournalSettings(folder / "data", folder / "journal.key"),
    )
    for name in settings.simulated:  # whatever else a kiosk may have, this one has not
        section = type(getattr(settings, name))
        settings = dataclasses.replace(settings, **{name: section("none")})
    return settings


def play(books: int, delay_ms: int, repetitions: int, folder: Path) -> Iterator[Sample]:
    """Put down a stack, again and again."""
    scene = scenery(books, repetitions, seed=books * 1000 + delay_ms)
    with FarSide(scene, folder / "far") as far:
        if delay_ms:
            far.do(do="slow", device="ils", message="11", seconds=delay_ms / 1000)
        for turn in range(repetitions):
            mine = [item.barcode for item in scene.items[turn * books : (turn + 1) * books]]
            yield _once(far, scene, turn, mine, delay_ms / 1000, folder / f"kiosk{turn}")


def _once(
    far: FarSide, scene: Scenery, turn: int, books: Sequence[str], ils_s: float, folder: Path
) -> Sample:
    shutil.rmtree(folder, ignore_errors=True)
    stamps = Stamps()
    # chance, so that the stack does not always come at the same moment of the pad's round
    rest = SETTLED_S + 0.1 * random.Random(turn).random()
    doors = replace(real_doors(folder / "paper"), chance=random.Random(turn))
    core = Core(doors)
    with core.running(kiosk_settings(far.ports, folder, manners=scene.ils), [stamps]):
        stamps.wait(AttractView)
        core.scanned(_patron(turn))
        stamps.wait(LoanView)
        time.sleep(rest)
        far.do(do="air")
        put_at = far.do(do="put", tags=list(books))["now"]
        end = stamps.all_safe(len(books))
    air = far.do(do="air")["air"]
    messages = [each for each in far.do(do="report")["ils"]["messages"] if each["t"] >= put_at]
    far.do(do="lift", tags=list(books))
    shutil.rmtree(folder, ignore_errors=True)
    played = inventories([each for each in air if each["start"] >= put_at])
    if sum(each.named for each in played) != len(books):
        raise RuntimeError(f"the record names {played}, not {len(books)} tags")
    return Sample(
        end - put_at,
        floor.schedule(played, ils_s=ils_s, write_s=WRITE_S),
        floor.schedule(floor.inventory_bound(len(books)), ils_s=ils_s, write_s=WRITE_S),
        writes_while_asking(air, messages),
        tuple(air),
        tuple(messages),
        tuple(stamps.seen),
        put_at,
    )


def inventories(air: Sequence[dict[str, Any]]) -> list[floor.Inventory]:
    """The inventories that named new tags, each with the air that it took, Stay Quiet included."""
    found: list[floor.Inventory] = []
    known: set[str] = set()
    current: dict[str, Any] | None = None
    for each in air:
        if each["what"] == "inventory":
            current = each
            new = set(each["tags"]) - known
            if new:
                found.append(floor.Inventory(each["end"] - each["start"], len(new)))
            known |= new
        elif each["what"] == "stay_quiet":
            if found and current is not None and current["tags"]:
                last = found[-1]
                found[-1] = replace(last, seconds=last.seconds + each["end"] - each["start"])
        else:
            current = None
    return found


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


def rows(repetitions: int, folder: Path, only: str = "") -> Iterator[Row]:
    """The rows `stack/...` whose names begin with `only`."""
    for books in STACKS:
        for delay_ms in DELAYS_MS:
            name = f"stack/feig-tcp/{books}/ils{delay_ms}"
            if not name.startswith(only):
                continue
            samples = list(play(books, delay_ms, repetitions, folder / "stack"))
            bound = statistics.median(1000 * each.bound_s for each in samples)
            wrote = statistics.median(each.writes_while_asking for each in samples)
            yield row(
                name,
                "ms",
                [1000 * each.seconds for each in samples],
                references=[1000 * each.floor_s for each in samples],
                reference_name=f"list schedule, {1000 * WRITE_S:.0f} ms writes",
                note=f"bound {bound:.0f}; {wrote:.0f} of {books} written while asking",
            )
