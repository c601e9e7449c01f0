"""The technician's part: a card is flashed, and one file on its FAT edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.appliance.farside import LOGIN, PASSWORD
from tests.appliance.machine import HOST

STAFF_PIN = "804617"


def kiosk_toml(ports: Mapping[str, Any], more: str = "") -> str:
    """A library's settings: every device at its address on the host, no card reader, receipts always."""
    return f"""\
[library]
name = "Lanternfield Library"

[policy]
receipt = "always"
languages = ["en", "ar"]

[ils]
driver = "sip2"
host = "{HOST}"
port = {ports["ils"]}
institution = "LANTERN"
login_user = "{LOGIN}"
login_password = "{PASSWORD}"

[cards]
driver = "none"

[pad]
driver = "feig-tcp"
host = "{HOST}"
port = {ports["reader"]}

[printer]
driver = "escpos-tcp"
host = "{HOST}"
port = {ports["printer"]}

[gate]
driver = "none"

[staff]
pin = "{STAFF_PIN}"

[network]
driver = "wired"
address = "dhcp"

{more}"""
