"""What the commands of `kiosk` do alike: exit statuses, the option that names the settings, and how the
system's refusal is said."""

from __future__ import annotations

import argparse
from pathlib import Path

USAGE_ERROR = 2
"""Exit status for a wrong call or a wrong settings file (as argparse has it)."""

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it (128 and the signal's number)."""

HERE = Path("kiosk.toml")
"""The settings that are used unless others are named."""


def add_config(
    parser: argparse.ArgumentParser,
    about: str = f"settings (default: {HERE} in this folder)",
    *,
    default: Path | None = HERE,
    required: bool = False,
) -> None:
    """Let `parser` understand `--config FILE`. `default` is a path, or None where a command must know that
    none was named; `about` is its line in the help."""
    parser.add_argument("--config", type=Path, default=default, required=required, metavar="FILE", help=about)


def said_of(error: OSError) -> str:
    """An error of the system's for people: the file that it is about, if there is one, and what is wrong."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"
