"""`kiosk config`: a settings file to begin with, what is wrong with one, and one of an older version."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from kiosk.commands import USAGE_ERROR
from kiosk.settings.keeping import Keeper
from kiosk.settings.parting import secrets_as_text
from kiosk.settings.reading import SettingsError, for_patrons, load
from kiosk.settings.template import template


def main(argv: Sequence[str]) -> int:
    """Carry out the command; returns its exit status: 0 done, 1 the file could not be written, 2 a wrong call
    or a wrong file.

    Args:
        argv: what follows `kiosk config`.
    """
    parser = argparse.ArgumentParser(prog="kiosk config", description="The settings file.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("template", help="print a file with every setting and what it means")
    for name, about in (
        ("check", "what is wrong with a file, each with its line"),
        ("migrate", "write a file of an older version as this one has it (the old one: FILE.before)"),
    ):
        commands.add_parser(name, help=about).add_argument("file", type=Path, metavar="FILE")
    given = parser.parse_args(argv)
    if given.command == "template":
        print(template(), end="")  # noqa: T201
        return 0
    try:
        return _check(given.file) if given.command == "check" else _migrate(given.file)
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return USAGE_ERROR


def _check(path: Path) -> int:
    settings = load(path)
    for_patrons(settings, str(path))
    for secret in secrets_as_text(path):
        print(f"{path}:{secret.line}: {secret.says} {secret.remedy} [{secret.code}]")  # noqa: T201
    print(f"{path}: ok")  # noqa: T201
    return 0


def _migrate(path: Path) -> int:
    load(path, secrets=False)
    try:
        written = Keeper(path).bring_forward()
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"{path}: {'written anew' if written else 'is of this version'}")  # noqa: T201
    return 0
