"""What all commands at the pad share: their settings, their troubles in one sentence, and the word about a
kiosk that runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kiosk.app import Doors
from kiosk.circulation.reasons import CATALOGUE, Reason
from kiosk.circulation.values import Condition, Device
from kiosk.commands import HERE, USAGE_ERROR, add_config
from kiosk.doctor.command import seconds
from kiosk.doctor.looking import kiosk_runs
from kiosk.maintenance.codes import saying_of, support_code
from kiosk.settings import SIMULATED, PadSection, Settings, load
from kiosk.words import Words

DONE = 0
"""Exit status: all is as it was wanted."""

NOT_DONE = 1
"""Exit status: it is not; the text says why."""

READER_S = 5.0
"""How long a reader gets to answer, unless the call says more (ours: a FEIG reader that is restarting takes
about two seconds)."""

NO_SETTINGS = (
    f"there is no {HERE} in this folder: name the settings with --config FILE. Its section [pad] says which"
    ' reader there is, such as: driver = "feig-tcp", host = "192.0.2.7" (docs/settings.md has them all)'
)

NO_READER = (
    "these settings name no reader: [pad] driver must be feig-tcp, feig-serial, m3-serial or pcsc, and not"
    " the simulated one"
)

KIOSK_RUNS = (
    "a kiosk runs with these settings and has the reader and the journal for itself. Use its maintenance"
    " screen, or stop it first"
)


class Trouble(Exception):
    """It cannot be done: a sentence for whoever called, with its support code, where there is one."""

    def __init__(self, says: str, code: str = "", status: int = NOT_DONE) -> None:
        super().__init__(says)
        self.says = says
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Call:
    """One call of a command: the settings, the doors to the world, and how to speak."""

    settings: Settings
    doors: Doors
    as_json: bool = False
    seconds: float = READER_S
    """How long the reader gets to answer."""

    @property
    def reader(self) -> str:
        """Which reader it is, for people."""
        return reader_named(self.settings.pad)


def add_common(parser: argparse.ArgumentParser, *, patience: bool = True) -> None:
    """What all commands at the pad understand."""
    add_config(parser, default=None)
    parser.add_argument("--json", action="store_true", help="for programs")
    if patience:
        parser.add_argument(
            "--seconds",
            type=seconds,
            default=READER_S,
            metavar="N",
            help=f"how long the reader gets to answer (default {READER_S:g})",
        )


def call_of(given: argparse.Namespace, make_doors: Callable[[], Doors]) -> Call:
    """The call that these arguments are.

    Raises:
        SettingsError: the file is wrong.
        Trouble: there is no file, it names no reader, or a kiosk runs on it.
    """
    if given.config is None and not HERE.is_file():
        raise Trouble(NO_SETTINGS, status=USAGE_ERROR)
    settings = load(given.config or HERE)
    if settings.pad.driver == SIMULATED:
        raise Trouble(NO_READER, status=USAGE_ERROR)
    if kiosk_runs(settings.journal.folder):
        raise Trouble(KIOSK_RUNS, CATALOGUE[Reason.JOURNAL_IN_USE].code)
    return Call(settings, make_doors(), given.json, getattr(given, "seconds", READER_S))


def reader_named(pad: PadSection) -> str:
    """The reader of these settings, by its driver and its address."""
    address = ""
    if pad.feig is not None:
        address = f"{pad.feig.host}:{pad.feig.port}"
    elif pad.feig_serial is not None:
        address = pad.feig_serial.device
    elif pad.m3 is not None:
        address = pad.m3.device
    elif pad.pcsc is not None:
        address = pad.pcsc.reader
    return f"{pad.driver} {address}".strip()


def pad_trouble(reader: str, condition: Condition, reason: Reason | None) -> Trouble:
    """The reader cannot be used: the same words and the same code as on the maintenance screen."""
    code = support_code(Device.PAD, condition, reason)
    key = saying_of(Device.PAD, condition, reason)
    words = Words("en")
    said = words.say(f"maintenance.reason.{key}").removesuffix(".")
    return Trouble(f"{said} ({reader}). {words.say(f'maintenance.remedy.{key}')}", code)


# ---- speaking -------------------------------------------------------------------------------


def say(text: str, *, before: str = "") -> None:
    """Lines for whoever called. Nothing that stands on a tag steers the terminal (`before` may), and what it
    has no letters for is written in another way."""
    encoding = sys.stdout.encoding or "utf-8"
    clean = "".join(each if each.isprintable() or each == "\n" else "?" for each in text)
    print(before + clean.encode(encoding, "backslashreplace").decode(encoding), flush=True)


def say_json(value: Mapping[str, Any], *, one_line: bool = False) -> None:
    """The same for programs."""
    print(json.dumps(value, indent=None if one_line else 2), flush=True)


def complain(command: str, trouble: Trouble, *, as_json: bool) -> int:
    """Say why it could not be done, once: on the error stream, or as JSON; returns the exit status."""
    if as_json:
        say_json({"error": trouble.says, "code": trouble.code or None})
    else:
        code = f"{trouble.code}: " if trouble.code else ""
        print(f"kiosk tag {command}: {code}{trouble.says}", file=sys.stderr)
    return trouble.status
