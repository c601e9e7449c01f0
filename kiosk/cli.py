"""The command line: `kiosk run | demo | doctor | config | card | tag | journal | capsule | setup | update |
selftest | nightly | sim | lab`.

A room is imported when it is asked for.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.commands import HERE, INTERRUPTED, USAGE_ERROR, add_config, said_of

if TYPE_CHECKING:
    from kiosk.settings import Settings


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="kiosk", description="A self-checkout for libraries.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run the kiosk on this machine")
    add_config(run, f"settings ({HERE})", required=True)
    for name, about in (
        ("demo", "a whole virtual kiosk: patron, books, ILS, reader, printer, gate"),
        ("doctor", "how are the devices, and what is open?"),
        ("config", "the settings file: template, check, migrate"),
        ("card", "patron cards: test"),
        ("sim", "the far side of a wire, alone: ils, reader, printer or the whole desk"),
        ("journal", "what is open in the journal: list, show, resolve, export"),
        ("capsule", "the last hours in one file for support, and its replay"),
        ("setup", "take over kiosk.toml from the card, and set the machine up (root, at each start)"),
        ("tag", "single tags: watch, read, secure, release, write, decode"),
        ("update", "updates of an appliance: status, install, rollback"),
        ("selftest", "does this version work here, and may it stay?"),
        ("nightly", "clear away what nobody needs"),
        ("lab", "the laboratory: opening days with faults drawn from a seed"),
    ):
        commands.add_parser(name, help=about, add_help=False)
    given, rest = parser.parse_known_args(argv)
    terminal = logging.StreamHandler()
    terminal.addFilter(_worth_saying)
    logging.basicConfig(
        level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", handlers=[terminal]
    )
    if given.command == "run":
        if rest:
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        return _run(given.config)
    return _others(given.command, rest)


def _worth_saying(record: logging.LogRecord) -> bool:
    """Keep Kivy's chatter (its logger has a level of its own) and its stack traces off the terminal."""
    if record.name.partition(".")[0] == "kivy":
        record.msg, record.args = record.getMessage().partition("\n")[0], None
    return record.levelno >= logging.WARNING


def _others(command: str, rest: list[str]) -> int:
    if command == "demo":
        from kiosk.demo.main import main as demo

        return demo(rest)
    if command == "sim":
        from kiosk.simulator.serve import main as sim

        return sim(rest)
    if command == "doctor":
        return _doctor(rest)
    if command == "config":
        from kiosk.settings.command import main as config

        return config(rest)
    if command == "card":
        return _card(rest)
    if command == "journal":
        return _journal(rest)
    if command == "capsule":
        from kiosk.support.capsule_command import main as capsule

        return capsule(rest)
    if command == "setup":
        from kiosk.firstboot import main as setup

        return setup(rest)
    if command == "tag":
        from kiosk.tagging import main as tag

        return tag(rest)
    if command in {"update", "selftest", "nightly"}:
        return _upkeep(command, rest)
    from kiosk.lab.seeds import main as lab

    return lab(rest)


def _upkeep(command: str, rest: list[str]) -> int:
    if command == "nightly":
        from kiosk.update.nightly import main as nightly

        return nightly(rest)
    from kiosk.app import product_version

    if command == "update":
        from kiosk.update.command import main as update

        return update(rest, product_version())
    from kiosk.update.selftest import main as selftest

    return selftest(rest, product_version())


def _doctor(rest: list[str]) -> int:
    from kiosk.app import device, real_doors
    from kiosk.doctor import main as doctor

    with tempfile.TemporaryDirectory(prefix="kiosk-") as fonts:
        doors = real_doors(Path(fonts))
        made = functools.partial(device, doors=doors)
        return doctor(rest, made, doors)


def _card(rest: list[str]) -> int:
    from kiosk.app import device, real_doors
    from kiosk.doctor import card

    return card(rest, functools.partial(device, doors=real_doors(Path())))


def _journal(rest: list[str]) -> int:
    from kiosk.app import real_doors
    from kiosk.support.journal_command import main as journal

    doors = real_doors(Path())
    return journal(rest, wall=doors.wall, mono=doors.mono, credentials=doors.credentials)


def _run(config: Path) -> int:
    from kiosk.demo.farsides import FarSideFailed
    from kiosk.settings import SettingsError, load
    from kiosk.station import NoWindow
    from kiosk.typeset import FontsMissing
    from kiosk.waiting import UnderSystemd, unfilled

    try:
        settings = load(config)
        if (systemd := UnderSystemd.of(os.environ)) is not None and unfilled(settings, systemd.run):
            return _wait(config)
        return _run_with(settings, config)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return _wait(config)
    except (NoWindow, FarSideFailed, FontsMissing) as error:
        print(f"kiosk run: {error}", file=sys.stderr)
    except OSError as error:
        print(f"kiosk run: {said_of(error)}", file=sys.stderr)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 1


def _wait(config: Path) -> int:
    """Show on the screen what is wrong with the settings, if somebody else looks after this process than a
    person at a terminal."""
    from kiosk.station import NoWindow
    from kiosk.typeset import FontsMissing
    from kiosk.waiting import UnderSystemd, begin_anew, wait_for_settings

    systemd = UnderSystemd.of(os.environ)
    if systemd is None:
        return USAGE_ERROR
    try:
        return wait_for_settings(config, systemd, begin_anew)
    except (NoWindow, FontsMissing) as error:
        print(f"kiosk run: {error}", file=sys.stderr)
        return 1  # a display may still come


def _run_with(settings: Settings, config: Path) -> int:
    from kiosk.demo.farsides import FarSides
    from kiosk.settings import for_patrons
    from kiosk.simulator.lanternfield import lanternfield
    from kiosk.station import run_kiosk, scratch

    settings = for_patrons(settings, str(config))
    simulated = settings.simulated
    with contextlib.ExitStack() as stack:
        if not simulated:
            return run_kiosk(settings, config, stand_in=lambda kept: kept.in_earnest)
        print(f"simulated: {', '.join(simulated)}")
        far = FarSides(lanternfield(), scratch(stack) / "far", with_card="cards" in simulated)
        stack.enter_context(far)
        return run_kiosk(
            far.stand_in(settings),
            config,
            stand_in=lambda kept: far.stand_in(kept.in_earnest),
            replace_doors=lambda doors: far.doors(doors, settings),
        )
