"""What is measured: a whole kiosk with one of the readers, and what lies before it.

The kiosk is the real one (`Core`: settings, desk, SIP2, the reader's driver, the journal on this disk);
instead of a window it has `Stamps`. The far sides are in a process of their own (`farside.py`).
"""

from __future__ import annotations

import dataclasses
import queue
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.wire import Exchange, timed
from kiosk.app import Doors, real_doors
from kiosk.circulation.views import ItemState, View
from kiosk.ils import IlsSettings
from kiosk.journal import JournalSettings
from kiosk.lab.pcsc import apdus_over
from kiosk.rfid.readers import (
    FeigSerialSettings,
    FeigSettings,
    M3Settings,
    OpenApdus,
    OpenReader,
    PcscSettings,
    feig_opener,
    m3_opener,
    pcsc_opener,
)
from kiosk.settings import CardSection, IlsSection, PadSection, Settings
from kiosk.simulator.scenery import IlsManners, Item, Patron, ReaderManners, Scenery, Tag
from kiosk.wires import OpenWire, Parity

WRITE_S = 0.010
"""How long a tag takes to write its AFI. Stated, since no data sheet that we have gives it: ISO 15693 allows
up to 20 ms."""


@dataclass(frozen=True)
class Reader:
    """A reader as it is measured: its `name` in rows, the `manners` of the simulated one, and the seconds
    that a byte takes on its serial line (`byte_s`; 0: it is on the network)."""

    name: str
    manners: ReaderManners
    byte_s: float = 0.0


FEIG_TCP = Reader("feig-tcp", ReaderManners(write_seconds=WRITE_S))
FEIG_SERIAL = Reader(
    "feig-serial-115200", ReaderManners(write_seconds=WRITE_S, baud=115200, bits=11), 11 / 115200
)

M3 = Reader("m3", ReaderManners(make="m3", write_seconds=WRITE_S), 10 / 19200)
PCSC = Reader("pcsc", ReaderManners(make="pcsc", write_seconds=WRITE_S))

READERS = (FEIG_TCP, FEIG_SERIAL, M3, PCSC)

PATIENCE_S = 60.0
"""What has not come by then never will."""


class Shown(NamedTuple):
    """A view that was handed over, with the moment (monotonic seconds) and what processor time the process
    had used by then (seconds)."""

    at: float
    used: float
    view: View


class Stamps:
    """A screen that keeps each view as it was `Shown`."""

    def __init__(self) -> None:
        self._views: queue.SimpleQueue[Shown] = queue.SimpleQueue()
        self.seen: list[Shown] = []

    def show(self, view: View) -> None:
        """Take a view (from the core's thread)."""
        self._views.put(Shown(time.monotonic(), time.process_time(), view))

    def wait(self, kind: type[object]) -> None:
        """Wait for a view of this kind."""
        while not isinstance(self._next().view.screen, kind):
            pass

    def all_safe(self, books: int) -> Shown:
        """The view in which so many rows are safe."""
        while True:
            shown = self._next()
            rows = getattr(shown.view.screen, "rows", ())
            if len(rows) == books and all(each.state is ItemState.SAFE for each in rows):
                return shown

    def _next(self) -> Shown:
        shown = self._views.get(timeout=PATIENCE_S)
        self.seen.append(shown)
        return shown


def scenery(books: int, repetitions: int, seed: int, reader: Reader = FEIG_TCP) -> Scenery:
    """A patron and a stack of books for each repetition."""
    chance = random.Random(seed)
    every = [barcode for turn in range(repetitions) for barcode in stack_of(turn, books)]
    serials = chance.sample(range(1 << 40), len(every))
    return Scenery(
        patrons=tuple(Patron(patron(turn), "Anna Kern") for turn in range(repetitions)),
        items=tuple(Item(barcode, f"Book {barcode}", "A. Writer") for barcode in every),
        tags=tuple(
            Tag(f"E00401{serial:010X}", barcode) for serial, barcode in zip(serials, every, strict=True)
        ),
        ils=IlsManners(answer_seconds=0.0),
        reader=reader.manners,
    )


def patron(turn: int) -> str:
    """The patron of a repetition."""
    return f"21{turn:06}"


def stack_of(turn: int, books: int) -> list[str]:
    """The barcodes of a repetition's books."""
    return [f"39{turn:03}{book:03}" for book in range(books)]


def kiosk_settings(
    ports: Mapping[str, Any], folder: Path, *, reader: Reader = FEIG_TCP, manners: IlsManners | None = None
) -> Settings:
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
        pad=_pad_section(reader, ports["reader"]),
        cards=CardSection("none"),
        journal=JournalSettings(folder / "data", folder / "journal.key"),
    )
    for name in settings.simulated:  # whatever else a kiosk may have, this one has not
        section = type(getattr(settings, name))
        settings = dataclasses.replace(settings, **{name: section("none")})
    return settings


def _pad_section(reader: Reader, place: Any) -> PadSection:
    """`place` is a port, or the path of a terminal."""
    if reader is FEIG_TCP:
        return PadSection("feig-tcp", FeigSettings("127.0.0.1", place))
    if reader is FEIG_SERIAL:
        # a pseudo terminal knows no parity, but its bit is paid for; the reader's PSST is set to 0
        line = FeigSerialSettings(place, reader.manners.baud, parity="none", pause_s=0.0)
        return PadSection("feig-serial", feig_serial=line)
    if reader is M3:
        return PadSection("m3-serial", m3=M3Settings(place))
    return PadSection("pcsc", pcsc=PcscSettings("the pad"))


def opener(reader: Reader, ports: Mapping[str, Any], doors: Doors) -> OpenReader:
    """How to open the reader itself, without a kiosk."""
    section = _pad_section(reader, ports["reader"])
    if section.feig is not None:
        return feig_opener(doors.open_wire(section.feig.host, section.feig.port), section.feig)
    if section.feig_serial is not None:
        line = section.feig_serial
        return feig_opener(doors.open_serial(line.device, line.baud, line.parity), line)
    if section.m3 is not None:
        return m3_opener(doors.open_serial(section.m3.device, section.m3.baud, "none"), section.m3)
    assert section.pcsc is not None
    return pcsc_opener(doors.open_apdus(section.pcsc, doors.run_blocking("pad")), section.pcsc)


class Watched:
    """The kiosk's doors, with chance from a seed, and with somebody who looks on.

    `exchanges` are those with the reader, from its driver's end; `recorder_s` is the processor's time that
    the flight recorder took in the thread that it has.
    """

    def __init__(self, folder: Path, ports: Mapping[str, Any], seed: int) -> None:
        self.exchanges: list[Exchange] = []
        self.recorder_s = 0.0
        real = real_doors(folder / "paper")

        def open_wire(host: str, port: int) -> OpenWire:
            wire = real.open_wire(host, port)
            return timed(wire, self.exchanges) if port == ports["reader"] else wire

        def open_serial(device: str, baud: int, parity: Parity = "none") -> OpenWire:
            return timed(real.open_serial(device, baud, parity), self.exchanges)

        def run_blocking(name: str) -> Any:
            door = real.run_blocking(name)
            return self._metered(door) if name == "recorder" else door

        def open_apdus(settings: PcscSettings, run_blocking: Any) -> OpenApdus:
            # as the laboratory does it: what vpcd says, without the service between
            return apdus_over(timed(real.open_wire("127.0.0.1", ports["reader"]), self.exchanges))

        self.doors = replace(
            real,
            chance=random.Random(seed),
            open_wire=open_wire,
            open_serial=open_serial,
            open_apdus=open_apdus,
            run_blocking=run_blocking,
        )

    def _metered(self, door: Any) -> Any:
        async def metered(fn: Callable[..., Any], /, *args: Any) -> Any:
            def work() -> Any:
                used = time.thread_time()
                try:
                    return fn(*args)
                finally:
                    self.recorder_s += time.thread_time() - used

            return await door(work)

        return metered
