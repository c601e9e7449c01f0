"""The security gate: the switch that arms and releases tags (`TagSwitch`), and the lines that let a patron
through and tell of an alarm.

One small port over a GPIO chip, `Lines` (`set`, `pulse`, `on_edge`), with two back ends, gpiod 2.x and
RPi.GPIO, whose modules are handed in when the chip is opened; above it `LineGate`, the gate as the desk
knows it. Our side sets the lines idle at start and exit; what a killed program leaves set, only the wiring
can make safe (a lock that keeps its state without current as the site requires, a relay with a timer).
"""

from kiosk.security_gate.errors import (
    GateAway,
    GateGone,
    GateTrouble,
    LineBusy,
    LineStuck,
    NoChip,
    NoLine,
    StuckActive,
    StuckIdle,
)
from kiosk.security_gate.gate import LineGate, OpenChip
from kiosk.security_gate.gpiod_lines import GpiodLines, gpiod_opener
from kiosk.security_gate.lines import Chip, ChipLines, Lines
from kiosk.security_gate.rpi_lines import RpiLines, rpi_opener
from kiosk.security_gate.settings import GateLines, GpiodChip
from kiosk.security_gate.switch import Tags, TagSwitch
from kiosk.security_gate.switch_settings import Kind, SwitchSettings

__all__ = [
    "Chip",
    "ChipLines",
    "GateAway",
    "GateGone",
    "GateLines",
    "GateTrouble",
    "GpiodChip",
    "GpiodLines",
    "Kind",
    "LineBusy",
    "LineGate",
    "LineStuck",
    "Lines",
    "NoChip",
    "NoLine",
    "OpenChip",
    "RpiLines",
    "StuckActive",
    "StuckIdle",
    "SwitchSettings",
    "TagSwitch",
    "Tags",
    "gpiod_opener",
    "rpi_opener",
]
