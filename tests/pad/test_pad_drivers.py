"""Which reader the settings put below the pad, and the line that leads to it."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from kiosk.app import Doors, device
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import DeviceChanged
from kiosk.circulation.values import Condition, Device
from kiosk.lab import run
from kiosk.pad import FieldPad
from kiosk.settings import parse
from kiosk.wires import OpenWire
from tests.rfid.feig_far_side import FeigFarSide
from tests.rfid.reader_contract import SLIX, tag


def looked(pad_section: str, far: FeigFarSide) -> tuple[list[tuple[Any, ...]], list[object]]:
    """Which lines were opened, and what a pad with these settings says in its first second and a half."""
    lines: list[tuple[Any, ...]] = []
    said: list[object] = []

    def to(*line: Any) -> OpenWire:
        lines.append(line)
        return far.line.open  # type: ignore[return-value]

    async def whole() -> None:
        doors = Doors(
            wall=lambda: 0.0,
            mono=asyncio.get_running_loop().time,
            open_wire=to,
            open_serial=to,
            run_blocking=lambda name: None,
            chance=random.Random(1),
            fonts=Path("fonts"),
        )
        pad = device(Device.PAD, parse(f"[pad]\n{pad_section}\n"), doors)
        assert isinstance(pad, FieldPad)
        running = asyncio.create_task(pad.run(said.append))
        await asyncio.sleep(1.5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run(whole())
    return lines, said


@pytest.mark.parametrize(
    ("section", "serial", "line"),
    [
        ('driver = "feig-tcp"\nhost = "pad"', False, ("pad", 10001)),
        ('driver = "feig-serial"', True, ("/dev/ttyUSB0", 38400, "even")),
        (
            'driver = "feig-serial"\ndevice = "/dev/feig"\nbaud = 115200\nparity = "none"',
            True,
            ("/dev/feig", 115200, "none"),
        ),
    ],
)
def test_each_driver_finds_its_reader(section: str, serial: bool, line: tuple[Any, ...]) -> None:
    far = FeigFarSide(serial=serial)
    far.tags[SLIX] = tag(SLIX)
    lines, said = looked(section, far)
    assert lines == [line]
    assert DeviceChanged(Device.PAD, Condition.READY) in said


def test_a_line_where_nobody_answers_is_a_missing_reader() -> None:
    far = FeigFarSide(serial=True)
    far.trouble = ["silent"] * 10
    _, said = looked('driver = "feig-serial"', far)
    assert said == [DeviceChanged(Device.PAD, Condition.MISSING, Reason.READER_MISSING)]
