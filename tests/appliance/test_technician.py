"""The settings that the tests write onto the card: the kiosk takes them, and refuses the wrong ones."""

from pathlib import Path

import pytest

from kiosk.settings import SettingsError, parse
from tests.appliance.farside import PORTS
from tests.appliance.gate import with_gate
from tests.appliance.mishaps import WRONG, with_wrong_line
from tests.appliance.technician import kiosk_toml

RIGHT = kiosk_toml(PORTS["amd64"])


def test_the_kiosk_takes_what_the_technician_writes():
    settings = parse(RIGHT, folder=Path())
    assert settings.ils.sip2 is not None
    assert settings.ils.sip2.port == PORTS["amd64"]["ils"]


def test_the_gate_of_the_gpio_test_is_one():
    assert parse(with_gate(RIGHT), folder=Path()).gate.driver == "gpiod"


def test_the_wrong_file_is_wrong_in_the_line_that_is_looked_for():
    wrong, number = with_wrong_line(RIGHT)
    assert wrong.splitlines()[number - 1] == WRONG
    with pytest.raises(SettingsError, match=f":{number}:"):
        parse(wrong, folder=Path())
