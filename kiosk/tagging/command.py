"""`kiosk tag COMMAND`: finds who carries it out."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from kiosk.tagging import decoding


def main(argv: Sequence[str]) -> int:
    """Carry out the command; returns its exit status (2 for a wrong call, as argparse has it).

    Args:
        argv: what follows `kiosk tag`.
    """
    parser = argparse.ArgumentParser(prog="kiosk tag", description="Single tags, at a command line.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    decoding.add_options(commands.add_parser("decode", help="what the bytes of a tag mean"))
    given, rest = parser.parse_known_args(argv)
    if any(each.startswith("-") for each in rest):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    given.hex += rest  # bytes behind an option
    return decoding.decode(given)
