"""The far sides of a demo: one process with the simulated ILS, reader and card, and its control socket."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kiosk.app import Doors
from kiosk.cards import CardSettings
from kiosk.ils import IlsSettings
from kiosk.receipts import NetworkPrinter
from kiosk.rfid.readers import FeigSerialSettings, FeigSettings, M3Settings, PcscSettings
from kiosk.security_gate import GpiodChip
from kiosk.settings import GateSection, IlsSection, PadSection, PrinterSection, Settings
from kiosk.simulator.control import BlockingControl, ControlError
from kiosk.simulator.gpio import Gpiod
from kiosk.simulator.scenery import Scenery

HOST = "127.0.0.1"

CARD_READER, PAD_READER = "Virtual PCD 00 00", "Virtual PCD 00 01"
"""The slots of the virtual card reader: patron cards are shown to the first, the second may be a pad."""

SCENERY_FILE = "scenery.json"
"""In the folder of the far sides: what they are made of."""


class FarSideFailed(RuntimeError):
    """The far sides could not be set up; the text says why and what to do."""


class FarSides:
    """The process of the far sides, as a context manager. `ports` are known once it is entered: the number
    of a TCP port, or the path of a line."""

    def __init__(self, scenery: Scenery, folder: Path, *, with_card: bool) -> None:
        """Prepare it.

        Args:
            scenery: patrons, items and tags.
            folder: where the scenery's file and the process's own words are put.
            with_card: have a virtual PC/SC card reader too.
        """
        self._scenery = scenery
        self._folder = folder
        self._with_card = with_card
        self._process: subprocess.Popen[str] | None = None
        self._control: BlockingControl | None = None
        self.ports: Mapping[str, Any] = {}

    def __enter__(self) -> Self:
        """Start the process and connect to its control socket.

        Raises:
            FarSideFailed: it did not come up.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / SCENERY_FILE
        file.write_text(json.dumps(self._scenery.to_json(), ensure_ascii=False), encoding="utf-8")
        words = self._folder / "farsides.log"
        command = [sys.executable, "-m", "kiosk", "sim", "desk", "--scenery", str(file), "--die-with-stdin"]
        if not self._with_card:
            command.append("--no-card")
        if self._on_a_line:
            command.append("--pty")
        with words.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.__exit__(None, None, None)
            raise FarSideFailed(words.read_text("utf-8").strip() or "the far sides ended at once")
        self.ports = json.loads(line)
        self._control = BlockingControl(self.ports["control"])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.wait(30)
            self._process.stdout.close()

    def do(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out one command of the control socket.

        Raises:
            FarSideFailed: it was not carried out.
        """
        assert self._control is not None
        try:
            return self._control.do(dict(command))
        except ControlError as error:
            raise FarSideFailed(f"the far sides: {error}") from error

    def all(self, commands: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Carry out several commands at one instant."""
        return self.do({"do": "all", "steps": [dict(command) for command in commands]})

    def stand_in(self, settings: Settings) -> Settings:
        """`settings` with an address here for every device that is simulated."""
        simulated = settings.simulated
        if "ils" in simulated:
            settings = replace(settings, ils=IlsSection("sip2", self._ils_settings()))
        if "pad" in simulated:
            settings = replace(settings, pad=replace(self._pad_section(), watching=settings.pad.watching))
        if "cards" in simulated:
            # a machine may have other readers: only the virtual one is meant
            own = CardSettings(reader=CARD_READER)
            settings = replace(settings, cards=replace(settings.cards, driver="pcsc", pcsc=own))
        if "printer" in simulated:
            address = NetworkPrinter(HOST, self.ports["printer"])
            settings = replace(
                settings, printer=PrinterSection("escpos-tcp", tcp=address, paper=settings.printer.paper)
            )
        if "gate" in simulated:
            chip = GateSection("gpiod", GpiodChip(), settings.gate.lines)
            settings = replace(settings, gate=chip)
        return settings

    def doors(self, doors: Doors, settings: Settings) -> Doors:
        """`doors` of a kiosk with `settings`, the GPIO modules replaced where the gate is simulated."""
        if "gate" not in settings.simulated:
            return doors
        chip = Gpiod(HOST, self.ports["chip"])
        return replace(doors, gpio=lambda name: chip)

    @property
    def _on_a_line(self) -> bool:
        """Whether the pad's reader has a serial line."""
        reader = self._scenery.reader
        return reader.make == "m3" or (reader.make == "feig" and reader.baud > 0)

    def _pad_section(self) -> PadSection:
        """How the kiosk meets the pad's reader, whatever its make."""
        reader, where = self._scenery.reader, self.ports["reader"]
        if reader.make == "m3":
            return PadSection("m3-serial", m3=M3Settings(where))
        if reader.make == "pcsc":
            return PadSection("pcsc", pcsc=PcscSettings(PAD_READER))
        if self._on_a_line:
            line = FeigSerialSettings(where, reader.baud, "even" if reader.bits == 11 else "none")
            return PadSection("feig-serial", feig_serial=line)
        return PadSection("feig-tcp", FeigSettings(HOST, where))

    def _ils_settings(self) -> IlsSettings:
        manners = self._scenery.ils
        user, password = manners.login or ("", "")
        return IlsSettings(
            HOST,
            self.ports["ils"],
            institution=manners.institution,
            login_user=user,
            login_password=password,
            charset=manners.charset,
        )
