"""The sections of the settings file, composed of the rooms' own frozen settings."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from kiosk.cards import CardNaming, CardSettings, NfcSettings
from kiosk.circulation.policy import Policy
from kiosk.ids import IdRules
from kiosk.ils import IlsSettings
from kiosk.journal import JournalSettings
from kiosk.machine import ClockSettings, NetworkSection, UpdateSettings
from kiosk.maintenance import StaffSettings
from kiosk.pad import PadSettings
from kiosk.receipts import NetworkPrinter, PaperSettings, SerialPrinter, UsbPrinter
from kiosk.recorder import RecorderSettings
from kiosk.rfid.readers import FeigSerialSettings, FeigSettings, M3Settings, PcscSettings
from kiosk.scanner import SerialScanner
from kiosk.security_gate import GateLines, GpiodChip, SwitchSettings


@dataclass(frozen=True, slots=True)
class LibrarySection:
    """The library that the kiosk stands in."""

    name: Mapping[str, str] = field(
        default_factory=lambda: types.MappingProxyType({"": "Library"}),
        metadata={"help": "its name; for several languages: `name.default = ...`, `name.ar = ...`"},
    )


TIME_OF_DAY = r"(([01]\d|2[0-3]):[0-5]\d)?"
"""Hours and minutes, or nothing."""


@dataclass(frozen=True, slots=True)
class ScreenSection:
    """The kiosk's screen."""

    size: str = field(
        default="1280x800",
        metadata={
            "help": "width and height in pixels, before any rotation; a kiosk that covers the whole display "
            "(`fullscreen`) is as large as that",
            "pattern": r"[1-9]\d{2,3}x[1-9]\d{2,3}",
            "like": "1280x800",
        },
    )
    fullscreen: bool = field(
        default=True, metadata={"help": "cover the whole display, without a frame and without a mouse cursor"}
    )
    rotation: int = field(
        default=0,
        metadata={
            "help": "degrees by which the picture is turned against the clock: 90 for a panel that hangs "
            "turned with the clock by as much; touch follows",
            "choices": (0, 90, 180, 270),
        },
    )
    blank_from: str = field(
        default="",
        metadata={
            "help": "local time from which the screen is black while nobody is there; a touch, a card or a "
            "book lights it for a minute (empty: never black)",
            "pattern": TIME_OF_DAY,
            "like": "22:00",
        },
    )
    blank_to: str = field(
        default="",
        metadata={
            "help": "local time from which it is lit again, on the next morning where that is earlier",
            "pattern": TIME_OF_DAY,
            "like": "07:00",
        },
    )

    def __post_init__(self) -> None:
        """Raises ValueError: one time without the other, or twice the same."""
        if bool(self.blank_from) != bool(self.blank_to):
            raise ValueError("blank_from and blank_to go together: one of them is missing")
        if self.blank_from and self.blank_from == self.blank_to:
            raise ValueError("blank_to is the same as blank_from: from when to when?")

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.size.split("x")[0])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.size.split("x")[1])


@dataclass(frozen=True, slots=True)
class IlsSection:
    """The library's system, and how it is spoken to."""

    driver: Literal["sip2", "simulated"] = field(metadata={"help": "how it is spoken to"})
    sip2: IlsSettings | None = field(default=None, metadata={"driver": "sip2"})


@dataclass(frozen=True, slots=True)
class CardSection:
    """The reader for patron cards. Without one, cards are scanned or typed."""

    driver: Literal["pcsc", "nfcpy", "simulated", "none"] = field(
        metadata={"help": "which reader is built in"}
    )
    pcsc: CardSettings | None = field(default=None, metadata={"driver": "pcsc"})
    nfcpy: NfcSettings | None = field(default=None, metadata={"driver": "nfcpy"})
    naming: CardNaming = field(default_factory=CardNaming)


@dataclass(frozen=True, slots=True)
class PadSection:
    """The pad that books are put on, and the RFID reader below it."""

    driver: Literal["feig-tcp", "feig-serial", "m3-serial", "pcsc", "simulated"] = field(
        metadata={"help": "which reader is built in"}
    )
    feig: FeigSettings | None = field(default=None, metadata={"driver": "feig-tcp"})
    watching: PadSettings = field(default_factory=PadSettings)
    feig_serial: FeigSerialSettings | None = field(default=None, metadata={"driver": "feig-serial"})
    m3: M3Settings | None = field(default=None, metadata={"driver": "m3-serial"})
    pcsc: PcscSettings | None = field(default=None, metadata={"driver": "pcsc"})


@dataclass(frozen=True, slots=True)
class PrinterSection:
    """The receipt printer (ESC/POS). Without one, no receipt is offered."""

    driver: Literal["escpos-tcp", "escpos-serial", "escpos-usb", "simulated", "none"] = field(
        metadata={"help": "how it is connected"}
    )
    tcp: NetworkPrinter | None = field(default=None, metadata={"driver": "escpos-tcp"})
    serial: SerialPrinter | None = field(default=None, metadata={"driver": "escpos-serial"})
    usb: UsbPrinter | None = field(default=None, metadata={"driver": "escpos-usb"})
    paper: PaperSettings = field(default_factory=PaperSettings)


@dataclass(frozen=True, slots=True)
class GateSection:
    """The gate's lines. Without them, nothing is released and no alarm is heard."""

    driver: Literal["gpiod", "rpi-gpio", "simulated", "none"] = field(
        metadata={"help": "how lines are driven"}
    )
    gpiod: GpiodChip | None = field(default=None, metadata={"driver": "gpiod"})
    lines: GateLines = field(default_factory=GateLines)


@dataclass(frozen=True, slots=True)
class ScannerSection:
    """A barcode scanner with a line of its own. One that types needs no setting."""

    driver: Literal["serial", "none"] = field(metadata={"help": "how it is connected"})
    serial: SerialScanner | None = field(default=None, metadata={"driver": "serial"})


MOVED: Mapping[tuple[str, str], str] = types.MappingProxyType(
    {
        ("policy", "afi_in_stock"): "[security] afi_in_stock",
        ("policy", "afi_on_loan"): "[security] afi_on_loan",
        ("policy", "write_tries"): "[security] attempts",
    }
)
"""Where settings of former versions stand now, by section and key."""

SIMULATED = "simulated"
"""The driver of a device that the file does not name."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a kiosk. `policy.library` is the name in the section `library`."""

    library: LibrarySection = field(default_factory=LibrarySection)
    screen: ScreenSection = field(default_factory=ScreenSection)
    policy: Policy = field(default_factory=Policy, metadata={"elsewhere": ("library",)})
    ids: IdRules = field(default_factory=IdRules)
    ils: IlsSection = field(default_factory=lambda: IlsSection("simulated"))
    cards: CardSection = field(default_factory=lambda: CardSection("simulated"))
    pad: PadSection = field(default_factory=lambda: PadSection("simulated"))
    printer: PrinterSection = field(default_factory=lambda: PrinterSection("simulated"))
    gate: GateSection = field(default_factory=lambda: GateSection("simulated"))
    scanner: ScannerSection = field(default_factory=lambda: ScannerSection("none"))
    security: SwitchSettings = field(default_factory=SwitchSettings)
    staff: StaffSettings = field(default_factory=StaffSettings)
    journal: JournalSettings = field(default_factory=JournalSettings)
    recorder: RecorderSettings = field(default_factory=RecorderSettings)
    network: NetworkSection = field(default_factory=lambda: NetworkSection("none"))
    clock: ClockSettings = field(default_factory=ClockSettings)
    update: UpdateSettings = field(default_factory=UpdateSettings)

    @property
    def simulated(self) -> tuple[str, ...]:
        """The devices whose far side is simulated, by section."""
        sections = (each.name for each in dataclasses.fields(self))
        return tuple(name for name in sections if getattr(getattr(self, name), "driver", "") == SIMULATED)

    @property
    def unsafe(self) -> str:
        """Why no kiosk may run with these settings, whatever they are allowed to be each; empty: it may."""
        if "ils" in self.simulated and "pad" not in self.simulated:
            # a simulated ILS lends whatever it is asked for, and the pad would release real books for it
            return "a real [pad] needs a real [ils]: write an [ils] section with driver"
        return ""

    @property
    def in_earnest(self) -> Settings:
        """These settings as a kiosk for patrons has them: beside a real ILS and a real pad, a device that the
        file does not name is not there. No receipt may be printed on, and no gate released of, a device that
        nobody sees."""
        simulated = self.simulated
        if "ils" in simulated or "pad" in simulated:
            return self
        absent = {"cards": CardSection, "gate": GateSection, "printer": PrinterSection}
        return dataclasses.replace(self, **{name: absent[name]("none") for name in simulated})
