"""The command `kiosk setup`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from kiosk.commands import said_of
from kiosk.firstboot.disk import RealDisk, RealSystem
from kiosk.firstboot.setup import setup
from kiosk.maintenance.pin import hash_pin

RUN = Path("/run")
"""Where the system's programs look."""


def main(argv: Sequence[str]) -> int:
    """Set the machine up once; the exit status is 0 also where the card's file was refused, since the kiosk
    then runs with what it has, and says so."""
    parser = argparse.ArgumentParser(
        prog="kiosk setup",
        description="Take over kiosk.toml from the boot partition when it is new, and tell the machine its"
        " network, clock and name. Run by root at each start (docs/firstboot.md).",
    )
    for name, default, about in (
        ("boot", "/boot/firmware", "the boot partition"),
        ("state", "/var/lib/kiosk", "the kiosk's own settings"),
        ("run", str(RUN), "files for the system's programs"),
    ):
        parser.add_argument(f"--{name}", type=Path, default=Path(default), metavar="DIR", help=about)
    given = parser.parse_args(argv)
    try:
        system = RealSystem(trial=given.run != RUN)
        wrong = setup(given.boot, given.state, given.run, RealDisk(), system, hash_pin=hash_pin)
    except OSError as error:
        sys.stderr.write(f"kiosk setup: {said_of(error)}\n")
        return 1
    for message in wrong:
        sys.stderr.write(f"{message}\n")
    return 0
