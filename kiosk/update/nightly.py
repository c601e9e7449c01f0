"""`kiosk nightly`: what is cleared away once a night. It needs no network, and never fails for the lack of
anything.

The journal is not touched from here: it belongs to the kiosk's process, which removes what is old at its
start and once a day in a quiet minute, by itself. Nor is the kiosk restarted: one that runs needs no rest,
and a restart at night would cost a patron of a library that never closes their visit.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from kiosk.update.confirmed import DOWNLOADS

STALE_S = 7 * 86400.0
"""A download that nobody has gone on with for so long is given up (ours)."""

LEFT_BEHIND: Sequence[str] = ("*.raucb", "*.raucb.part", "*.raucb.etag")
"""Downloads, whole or not. What a kill leaves in the state folder (drafts) the kiosk's next start clears."""


def main(argv: Sequence[str], *, downloads: Path = DOWNLOADS, wall: Callable[[], float] = time.time) -> int:
    """Carry out the command; returns 0, or 1 when something could not be removed.

    Args:
        argv: what follows `kiosk nightly`.
        downloads: where bundles are fetched to.
        wall: seconds since 1970.
    """
    parser = argparse.ArgumentParser(prog="kiosk nightly", description="Clears away what nobody needs.")
    parser.parse_args(argv)
    failed = False
    for path in _stale(downloads, wall() - STALE_S):
        try:
            path.unlink(missing_ok=True)
            print(f"removed {path}", flush=True)
        except OSError as error:
            print(f"kiosk nightly: {path}: {error.strerror or error}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


def _stale(folder: Path, before: float) -> Iterator[Path]:
    """Files of downloads that were last written before this moment. A clock that has jumped ahead removes at
    most what can be fetched again."""
    for pattern in LEFT_BEHIND:
        for path in sorted(folder.glob(pattern)):
            if path.is_file() and path.stat().st_mtime < before:
                yield path
