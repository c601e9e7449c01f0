"""The command line: `kiosk run | demo | sim | lab`. Each room is imported only when it is asked for."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

USAGE_ERROR = 2
"""Exit status for a wrong call or a wrong settings file (as argparse has it)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="kiosk", description="A self-checkout for libraries.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="run the kiosk on this machine")
    run.add_argument("--config", type=Path, required=True, metavar="FILE", help="settings (kiosk.toml)")
    for name, about in (
        ("demo", "a whole virtual kiosk: patron, books, ILS, reader"),
        ("sim", "the far side of a wire, alone: ils, reader or the whole desk"),
        ("lab", "the laboratory: journeys with faults drawn from a seed"),
    ):
        commands.add_parser(name, help=about, add_help=False)
    given, rest = parser.parse_known_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if given.command == "run":
        if rest:
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        return _run(given.config)
    return _others(given.command, rest)


def _others(command: str, rest: list[str]) -> int:
    if command == "demo":
        from kiosk.demo.main import main as demo

        return demo(rest)
    if command == "sim":
        from kiosk.simulator.serve import main as sim

        return sim(rest)
    from kiosk.lab.run import main as lab

    return lab(rest)


def _run(config: Path) -> int:
    from kiosk.demo.window import run_kiosk
    from kiosk.settings import SettingsError, load

    try:
        settings = load(config)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return USAGE_ERROR
    return run_kiosk(settings)
