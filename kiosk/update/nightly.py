"""`kiosk nightly`: once a night the whole journal is read, row by row, and old capsules are cleared away. It
needs no network.

The kiosk reads at its start what is open and what is newest. A row in between that the disk has changed would
be found by whoever needs it, weeks later; here it is found the next night, while there may be a backup, and
systemd lists the unit as failed.

Nothing is written to the journal from here: it belongs to the kiosk's process, which removes what is old at
its start and once a day in a quiet minute, by itself. Nor is the kiosk restarted: one that runs needs no
rest, and a restart at night would cost a patron of a library that never closes their visit. Downloads that
nobody went on with belong to root, and systemd-tmpfiles removes them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from kiosk.circulation.reasons import CATALOGUE
from kiosk.commands import USAGE_ERROR, add_config
from kiosk.journal import JournalError, read_rows
from kiosk.settings import SettingsError, load

CAPSULES = "capsule-*.jsonl.gz"
CAPSULE_S = 30 * 86400.0
"""A capsule that support has not fetched for so long is not wanted any more (ours); it can be made anew."""


def main(argv: Sequence[str], *, wall: Callable[[], float] = time.time) -> int:
    """Carry out the command; returns 0, 1 when something is wrong with the journal or could not be removed,
    2 for a wrong call or settings file.

    Args:
        argv: what follows `kiosk nightly`.
        wall: seconds since 1970.
    """
    parser = argparse.ArgumentParser(prog="kiosk nightly", description="Reads the journal, and clears away.")
    add_config(parser)
    given = parser.parse_args(argv)
    failed = False
    try:
        rows = read_rows(load(given.config).journal.folder)
        print(f"journal: {len(rows)} rows, each as it was written", flush=True)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return USAGE_ERROR
    except JournalError as error:
        code = CATALOGUE[error.reason].code
        print(f"kiosk nightly: {code}: {error.filename}: {error.problem}. {error.remedy}", file=sys.stderr)
        failed = True
    return 1 if not _cleared(given.config.parent, wall() - CAPSULE_S) or failed else 0


def _cleared(folder: Path, before: float) -> bool:
    """Remove the capsules that were written before this moment; False when one could not be."""
    cleared = True
    for path in sorted(folder.glob(CAPSULES)):
        try:
            if path.stat().st_mtime < before:
                path.unlink()
                print(f"removed {path}", flush=True)
        except OSError as error:
            print(f"kiosk nightly: {path}: {error.strerror or error}", file=sys.stderr)
            cleared = False
    return cleared
