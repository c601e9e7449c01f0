"""The builders: settings -> devices -> desk -> screens. Nothing else builds anything.

`Doors` are the five ways to the world (loop time is the running loop's own). The kiosk, the demo, the
command-line tools and the laboratory all build the same `Kiosk`; only the doors and the settings differ.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import importlib.metadata
import logging
import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk import receipts, wires
from kiosk.cards import CardFollower, NfcCards, PcscCards
from kiosk.circulation.events import MatterResolved, StaffLeft
from kiosk.circulation.intents import Do, Pressed
from kiosk.circulation.reports import CardReport, CardShown, ScanReport
from kiosk.circulation.values import Device, PatronId, SagaId, SeenTag
from kiosk.desk import Desk
from kiosk.desk.ports import Cards, Gate, Ils, Listener, Pad, Printer, Recorder, Scanner, Screen, Switch, Till
from kiosk.doors import Threads
from kiosk.ids import IdRules
from kiosk.ils import IlsSettings, SipIls
from kiosk.journal import SqliteJournal
from kiosk.pad import FieldPad
from kiosk.receipts import EscposPrinter, usb
from kiosk.recorder import FOLDER as RECORDER_FOLDER
from kiosk.recorder import trace_of
from kiosk.recorder.recorder import FlightRecorder
from kiosk.rfid.cards import Card, PcscSlot
from kiosk.rfid.errors import CardError
from kiosk.rfid.readers import OpenApdus, PcscSettings, feig_opener, m3_opener, pcsc_apdus, pcsc_opener
from kiosk.scanner import SerialBarcodeScanner, code_scanned
from kiosk.security_gate import LineGate, OpenChip, TagSwitch, gpiod_opener, rpi_opener
from kiosk.settings import SIMULATED, Settings, credentials_folder
from kiosk.sip2 import Tap
from kiosk.typeset import Typesetter
from kiosk.wires import OpenSerial, OpenWire, Tls

log = logging.getLogger(__name__)

RESTART_PAUSE_S = 1.0
"""Pause before a desk that fell over is set up again; long enough for a device to come to itself."""


@functools.cache
def product_version() -> str:
    """The version of the product."""
    return importlib.metadata.version("kiosk")


def nobody_listens(direction: str, frame: bytes, at: float) -> None:
    """A tap that hears nothing."""


def pcsc_slot(settings: PcscSettings, run_blocking: Any) -> OpenApdus:
    """How to open a reader of this machine's PC/SC service as a pad."""
    return pcsc_apdus(lambda: PcscSlot(settings.reader), run_blocking)


@dataclass(frozen=True)
class Doors:
    """The ways to the world, besides the running loop's time.

    Attributes:
        wall: seconds since 1970.
        mono: seconds of the clock that the loop counts by; read in worker threads too.
        open_wire: makes the factory of a byte stream to host and port.
        open_tls: the same through TLS.
        open_serial: makes the factory of a byte stream over a serial line (device, bits a second, parity).
        gpio: gives the module that drives GPIO lines, by its name (`gpiod`, `RPi.GPIO`).
        run_blocking: makes a door to blocking work with a thread of its own, by name.
        open_apdus: makes the factory of a PC/SC reader as a pad, which works in the thread given.
        chance: randomness.
        fonts: a folder for the private font configuration of receipts.
        credentials: the folder of systemd credentials, where there is one.
        till: what takes money; a port, since no payment terminal has a driver yet.
        tap: hears every SIP2 frame with its moment.
    """

    wall: Callable[[], float]
    mono: Callable[[], float]
    open_wire: Callable[[str, int], OpenWire]
    open_serial: OpenSerial
    run_blocking: Callable[[str], Any]
    chance: random.Random
    fonts: Path
    open_tls: Callable[[str, int, Tls], OpenWire] = wires.tls
    open_apdus: Callable[[PcscSettings, Any], OpenApdus] = pcsc_slot
    gpio: Callable[[str], Any] = importlib.import_module
    credentials: Path | None = None
    till: Till | None = None
    tap: Tap = nobody_listens


def real_doors(fonts: Path, tap: Tap = nobody_listens) -> Doors:
    """The doors of a kiosk that stands in a library; `fonts` as in `Doors`."""
    return Doors(
        time.time,
        time.monotonic,
        wires.tcp,
        wires.serial,
        Threads,
        random.Random(),
        fonts,
        credentials=credentials_folder(),
        tap=tap,
    )


@dataclass(frozen=True)
class Devices:
    """Everything around the desk, one for each outside party; None where the settings say that there is
    none. The types are the desk's ports, so that mypy proves that each adapter meets its own."""

    ils: Ils
    pad: Pad
    switch: Switch
    journal: SqliteJournal
    cards: Cards | None = None
    printer: Printer | None = None
    gate: Gate | None = None
    scanner: Scanner | None = None
    till: Till | None = None
    recorder: Recorder | None = None


class Kiosk:
    """A kiosk, built: its desk with everything around it. Made by `build`, used on one event loop."""

    def __init__(self, desk: Desk, devices: Devices, ids: IdRules) -> None:
        """Hold the parts together."""
        self._desk = desk
        self.devices = devices
        self._ids = ids
        self._others: Callable[[CardReport | ScanReport], None] = lambda _: None
        self._codes: Callable[[str], None] = lambda _: None

    @property
    def journal(self) -> SqliteJournal:
        """The journal's file."""
        return self.devices.journal

    async def run(self) -> None:
        """Work until cancelled."""
        others = (self.devices.cards, self.devices.scanner)
        await self._desk.run([device.run(self._hear) for device in others if device is not None])

    def press(self, pressed: Pressed) -> None:
        """A finger pressed a control."""
        self._desk.post(pressed)

    def scanned(self, code: str) -> None:
        """A barcode was scanned or typed."""
        self._codes(code)
        self._hear(code_scanned(code, self._ids))

    @property
    def tags(self) -> tuple[SeenTag, ...]:
        """The tags that lie on the pad now."""
        return tuple(presence.tag for presence in self._desk.state.pad.values() if presence.there)

    def staff(self) -> None:
        """Open for staff, whatever the screen shows: a kiosk that was set up anew while they are here."""
        self._desk.post(Pressed(self._desk.state.epoch, self._desk.state.revision, Do.STAFF))

    def ready(self, device: Device) -> bool:
        """Whether a device can do its work now."""
        return self._desk.state.ready(device)

    def look_again(self) -> None:
        """The journal was put in order: try it at once."""
        self._desk.look_again()

    def resolve(self, saga: SagaId) -> None:
        """Staff have seen to what this saga left open."""
        self._desk.post(MatterResolved(saga))

    def staff_left(self) -> None:
        """Staff have left the maintenance screen."""
        self._desk.post(StaffLeft())

    def also(self, hear: Callable[[CardReport | ScanReport], None]) -> None:
        """Let somebody else hear what card readers and scanners report."""
        self._others = hear

    def also_read(self, card: Callable[[Card | CardError], None], code: Callable[[str], None]) -> None:
        """Let somebody else hear of cards and codes as they came, before any rule."""
        self._codes = code
        if isinstance(self.devices.cards, CardFollower):
            self.devices.cards.also(card)
        if isinstance(self.devices.scanner, SerialBarcodeScanner):
            self.devices.scanner.also(code)

    def _hear(self, report: CardReport | ScanReport) -> None:
        self._others(report)
        self._desk.post(report)

    def show_card(self, patron: PatronId) -> None:
        """A card was read on a reader that enters at its port (the laboratory's)."""
        self._desk.post(CardShown(patron))


async def build(
    settings: Settings,
    doors: Doors,
    *,
    screens: Sequence[Screen],
    listeners: Sequence[Listener] = (),
    stirred: Callable[[], None] = lambda: None,
) -> Kiosk:
    """Build the kiosk that `settings` describe. Simulated devices must have been given addresses. `stirred`
    is called each time when somebody is there: a card, a code, or something put on the pad.

    A journal that cannot be used is one more device that is away: the desk says why, and tries again.

    Raises:
        ValueError: a device is still `simulated`: its far side was never started.
    """
    around = await devices(settings, doors)
    desk = Desk(
        settings.policy,
        ils=around.ils,
        pad=around.pad,
        switch=around.switch,
        journal=around.journal,
        printer=around.printer,
        gate=around.gate,
        till=around.till,
        recorder=around.recorder,
        screens=screens,
        listeners=listeners,
        wall=doors.wall,
        stirred=stirred,
    )
    return Kiosk(desk, around, settings.ids)


async def devices(settings: Settings, doors: Doors) -> Devices:
    """The devices that `settings` describe, not yet at work. Raises as `build`."""
    journal = SqliteJournal(
        settings.journal,
        run_blocking=doors.run_blocking("journal"),
        mono=doors.mono,
        wall=doors.wall,
        credentials=doors.credentials,
    )
    pad, gate = _pad(settings, doors), _gate(settings, doors)
    return Devices(
        ils=_ils(settings, doors),
        pad=pad,
        switch=TagSwitch(pad, settings.security, None if gate is None else gate.open_case),
        journal=journal,
        cards=_cards(settings, doors),
        printer=_printer(settings, doors),
        gate=gate,
        scanner=_scanner(settings, doors),
        till=doors.till,
        recorder=_recorder(settings, doors),
    )


def device(
    kind: Device, settings: Settings, doors: Doors
) -> Ils | Pad | Cards | Printer | Gate | Scanner | None:
    """One device that `settings` describe, alone. Raises as `build`; there is none for the journal."""
    match kind:
        case Device.ILS:
            return _ils(settings, doors)
        case Device.PAD:
            return _pad(settings, doors)
        case Device.CARDS:
            return _cards(settings, doors)
        case Device.PRINTER:
            return _printer(settings, doors)
        case Device.GATE:
            return _gate(settings, doors)
        case Device.SCANNER:
            return _scanner(settings, doors)
        case Device.JOURNAL | Device.TILL:
            return None


def _recorder(settings: Settings, doors: Doors) -> FlightRecorder:
    return FlightRecorder(
        settings.journal.folder / RECORDER_FOLDER,
        settings.recorder,
        version=product_version(),
        run_blocking=doors.run_blocking("recorder"),
        wall=doors.wall,
    )


def ils_wire(settings: IlsSettings, doors: Doors) -> OpenWire:
    """How to open the wire to the ILS that these settings describe: through TLS, if they say so."""
    if settings.tls == "off":
        return doors.open_wire(settings.host, settings.port)
    trust = Tls(
        settings.tls_ca, settings.tls_certificate, settings.tls_key, settings.pinned, settings.tls_name
    )
    return doors.open_tls(settings.host, settings.port, trust)


def _ils(settings: Settings, doors: Doors) -> SipIls:
    section = settings.ils
    if section.sip2 is None:
        raise ValueError("ils: no address (driver 'simulated' needs its far side)")
    wire = ils_wire(section.sip2, doors)
    return SipIls(section.sip2, wire, doors.wall, doors.chance, doors.tap)


def _pad(settings: Settings, doors: Doors) -> FieldPad:
    section = settings.pad
    if section.feig is not None:
        wire = doors.open_wire(section.feig.host, section.feig.port)
        reader = feig_opener(wire, section.feig)
    elif section.feig_serial is not None:
        line = section.feig_serial
        reader = feig_opener(doors.open_serial(line.device, line.baud, line.parity), line)
    elif section.m3 is not None:
        reader = m3_opener(doors.open_serial(section.m3.device, section.m3.baud, "none"), section.m3)
    elif section.pcsc is not None:
        apdus = doors.open_apdus(section.pcsc, doors.run_blocking("pad"))
        reader = pcsc_opener(apdus, section.pcsc)
    else:
        raise ValueError("pad: no address (driver 'simulated' needs its far side)")
    security = settings.security
    return FieldPad(
        reader,
        section.watching,
        settings.ids,
        doors.chance,
        security.meaning,
        must_secure=security.writes_tags,
        media=security.asks_media,
    )


def _cards(settings: Settings, doors: Doors) -> Cards | None:
    section = settings.cards
    if section.pcsc is not None:
        return PcscCards(
            section.pcsc,
            doors.run_blocking("cards"),
            settings.ids,
            doors.chance,
            section.naming,
            settings.pad.watching.tags.rules(),
            pad=settings.pad.pcsc.reader if settings.pad.pcsc is not None else "",
        )
    if section.nfcpy is not None:
        return NfcCards(
            section.nfcpy, doors.run_blocking("cards"), settings.ids, doors.chance, section.naming
        )
    return None


def _printer(settings: Settings, doors: Doors) -> Printer | None:
    section = settings.printer
    run_blocking = doors.run_blocking("paper")
    bytes_s = math.inf
    wire: receipts.OpenWire
    if section.tcp is not None:
        wire = doors.open_wire(section.tcp.host, section.tcp.port)
    elif section.serial is not None:
        wire = doors.open_serial(section.serial.device, section.serial.baud)
        bytes_s = section.serial.baud / wires.BITS_A_BYTE
    elif section.usb is not None:
        wire = usb(section.usb, doors.run_blocking("printer"))
    else:
        _not_simulated("printer", section.driver)
        return None
    return EscposPrinter(
        section.paper,
        wire,
        run_blocking=run_blocking,
        typesetter=lambda: Typesetter(doors.fonts),
        random=doors.chance,
        bytes_s=bytes_s,
    )


def _gate(settings: Settings, doors: Doors) -> LineGate | None:
    section = settings.gate
    if section.gpiod is not None:
        chip: OpenChip = gpiod_opener(lambda: doors.gpio("gpiod"), section.gpiod, section.lines)
    elif section.driver == "rpi-gpio":
        chip = rpi_opener(lambda: doors.gpio("RPi.GPIO"), section.lines)
    else:
        _not_simulated("gate", section.driver)
        return None
    return LineGate(
        chip, section.lines, doors.run_blocking("gate"), doors.run_blocking("edges"), doors.chance
    )


def _scanner(settings: Settings, doors: Doors) -> Scanner | None:
    section = settings.scanner
    if section.serial is None:
        return None
    wire = doors.open_serial(section.serial.device, section.serial.baud)
    return SerialBarcodeScanner(section.serial, wire, settings.ids, doors.chance)


def _not_simulated(name: str, driver: str) -> None:
    if driver == SIMULATED:
        raise ValueError(f"{name}: no address (driver 'simulated' needs its far side)")


async def keep_running(make: Callable[[], Any]) -> None:
    """Build and run a kiosk again and again: a fault in the program must not leave a dead screen.

    Each start recovers from the journal. `make` is an async function that gives a new `Kiosk`.
    """
    while True:
        kiosk: Kiosk = await make()
        try:
            await kiosk.run()
        except* Exception as group:  # noqa: BLE001 - whatever it is, the screen must live
            # where, and of what kind; its words could quote somebody's number
            log.error("K-DESK-001: the desk fell over and is set up again\n%s", trace_of(group))  # noqa: TRY400
        finally:
            # a disk that fails here has said so before; what was flushed is safe
            with contextlib.suppress(OSError):
                await kiosk.journal.close()
        await asyncio.sleep(RESTART_PAUSE_S)
