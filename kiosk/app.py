"""The builders: settings -> devices -> desk -> screens. Nothing else builds anything.

`Doors` are the five ways to the world (loop time is the running loop's own). The kiosk, the demo, the
command-line tools and the laboratory all build the same `Kiosk`; only the doors and the settings differ.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, TypeVarTuple

from kiosk import wires
from kiosk.cards import PcscCards
from kiosk.circulation.intents import Pressed
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import CardShown, CodeScanned, ItemKey, PatronId
from kiosk.desk import Desk
from kiosk.desk.ports import Cards, Ils, Journal, Listener, Pad, Screen
from kiosk.ids import IdRules
from kiosk.ils import SipIls
from kiosk.journal import SqliteJournal
from kiosk.pad import FieldPad
from kiosk.rfid.readers.feig import feig_opener
from kiosk.settings import Settings
from kiosk.sip2 import Tap
from kiosk.wires import OpenWire

log = logging.getLogger(__name__)

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

RESTART_PAUSE_S = 1.0
"""Pause before a desk that fell over is set up again; long enough for a device to come to itself."""


class Threads:
    """`run_blocking` in one worker thread of its own: SQLite and PC/SC handles belong to their thread."""

    def __init__(self, name: str) -> None:
        """Name the thread; it begins with the first call."""
        self._pool = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix=name)

    async def __call__(self, fn: Callable[[*Ts], T], /, *args: *Ts) -> T:
        """Run `fn(*args)` in the thread and give back what it returns or raises."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, fn, *args)


def nobody_listens(direction: str, frame: bytes, at: float) -> None:
    """A tap that hears nothing."""


@dataclass(frozen=True)
class Doors:
    """The ways to the world, besides the running loop's time.

    Attributes:
        wall: seconds since 1970.
        mono: seconds of the clock that the loop counts by; read in worker threads too.
        open_wire: makes the factory of a byte stream to host and port.
        run_blocking: makes a door to blocking work with a thread of its own, by name.
        chance: randomness.
        tap: hears every SIP2 frame with its moment.
    """

    wall: Callable[[], float]
    mono: Callable[[], float]
    open_wire: Callable[[str, int], OpenWire]
    run_blocking: Callable[[str], Any]
    chance: random.Random
    tap: Tap = nobody_listens


def real_doors(tap: Tap = nobody_listens) -> Doors:
    """The doors of a kiosk that stands in a library."""
    return Doors(time.time, time.monotonic, wires.tcp, Threads, random.Random(), tap)


class Kiosk:
    """A kiosk, built: its desk with everything around it. Made by `build`, used on one event loop."""

    def __init__(self, desk: Desk, journal: SqliteJournal, ids: IdRules, cards: Cards | None) -> None:
        """Hold the parts together."""
        self._desk = desk
        self.journal = journal
        self._ids = ids
        self._cards = cards

    async def run(self) -> None:
        """Work until cancelled."""
        supervisors = [] if self._cards is None else [self._cards.run(self._desk.post)]
        await self._desk.run(supervisors)

    def press(self, pressed: Pressed) -> None:
        """A finger pressed a control."""
        self._desk.post(pressed)

    def scanned(self, code: str) -> None:
        """A barcode was scanned or typed."""
        known = self._ids.classify(code)
        patron = None if known.patron is None else PatronId(known.patron)
        item = None if known.item is None else ItemKey(known.item)
        problem = Reason.CODE_BAD if known.bad else None
        self._desk.post(CodeScanned(patron, item, problem))

    def show_card(self, patron: PatronId) -> None:
        """A card was read on a reader that enters at its port (the laboratory's)."""
        self._desk.post(CardShown(patron))


async def build(
    settings: Settings,
    doors: Doors,
    *,
    screens: Sequence[Screen],
    listeners: Sequence[Listener] = (),
) -> Kiosk:
    """Build the kiosk that `settings` describe. Simulated devices must have been given addresses.

    Raises:
        JournalError: the journal cannot be used; its text names the file and the remedy.
        ValueError: a device is still `simulated`: its far side was never started.
    """
    journal = await SqliteJournal.open(
        settings.journal, run_blocking=doors.run_blocking("journal"), mono=doors.mono, wall=doors.wall
    )
    # typed, so that mypy proves that each adapter meets its port
    ils: Ils = _ils(settings, doors)
    pad: Pad = _pad(settings, doors)
    rows: Journal = journal
    desk = Desk(
        settings.policy,
        ils=ils,
        pad=pad,
        journal=rows,
        screens=screens,
        listeners=listeners,
        wall=doors.wall,
    )
    return Kiosk(desk, journal, settings.ids, _cards(settings, doors))


def _ils(settings: Settings, doors: Doors) -> SipIls:
    section = settings.ils
    if section.sip2 is None:
        raise ValueError("ils: no address (driver 'simulated' needs its far side)")
    wire = doors.open_wire(section.sip2.host, section.sip2.port)
    return SipIls(section.sip2, wire, doors.wall, doors.chance, doors.tap)


def _pad(settings: Settings, doors: Doors) -> FieldPad:
    section = settings.pad
    if section.feig is None:
        raise ValueError("pad: no address (driver 'simulated' needs its far side)")
    wire = doors.open_wire(section.feig.host, section.feig.port)
    return FieldPad(feig_opener(wire, section.feig), section.watching, settings.ids, doors.chance)


def _cards(settings: Settings, doors: Doors) -> Cards | None:
    section = settings.cards
    if section.pcsc is None:
        return None
    return PcscCards(section.pcsc, doors.run_blocking("cards"), settings.ids, doors.chance)


async def keep_running(make: Callable[[], Any]) -> None:
    """Build and run a kiosk again and again: a fault in the program must not leave a dead screen.

    Each start recovers from the journal. `make` is an async function that gives a new `Kiosk`.
    """
    while True:
        kiosk: Kiosk = await make()
        try:
            await kiosk.run()
        except* Exception:
            log.exception("K-DESK-001: the desk fell over and is set up again")
        finally:
            # a disk that fails here has said so before; what was flushed is safe
            with contextlib.suppress(OSError):
                await kiosk.journal.close()
        await asyncio.sleep(RESTART_PAUSE_S)
