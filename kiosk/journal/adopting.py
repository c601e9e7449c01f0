"""Going on with a doubted journal, because somebody has decided so. Nothing is ever deleted by it."""

from __future__ import annotations

import errno
import logging
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kiosk.journal import schema
from kiosk.journal.errors import JournalDamaged, JournalOlder, JournalTooNew, KeyUnusable, as_os_error
from kiosk.journal.mark import read_mark
from kiosk.journal.reading import may_be_carried_over, salvage
from kiosk.journal.sealing import KeyOpen, sync_folder
from kiosk.journal.settings import JournalSettings
from kiosk.journal.store import Store

log = logging.getLogger(__name__)

TRIES = 6
"""One doubt may hide the next: no key, a damaged file, an older one."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was done so that the kiosk can go on. `doubts` are what was wrong (none: nothing was); `aside` the
    files that were put aside, `carried` how many rows of open sagas the new journal has from them."""

    doubts: tuple[str, ...] = ()
    aside: tuple[Path, ...] = ()
    carried: int = 0


def adopt(
    settings: JournalSettings,
    credentials: Path | None,
    mono: Callable[[], float],
    wall: Callable[[], float],
) -> Adopted:
    """Make sure that there is a journal that opens. The folder must be held.

    - One that is older than the mark says is taken as it is; one that is gone begins anew.
    - One that is damaged or too new is put aside under a dated name. The new one begins with those open
      sagas of it that can be read.
    - Without its key the sealed parts stay closed, and a new key is made. A malformed key is put aside.

    Raises:
        JournalError: that does not help (a full disk, one that cannot be written, a missing credential).
    """
    doubts: list[str] = []
    aside: list[Path] = []
    carried = 0
    for tries in range(TRIES):
        try:
            # the first time as the kiosk opens it: perhaps nothing is wrong at all
            Store(settings, credentials, mono, wall, adopting=tries > 0).close()
        except (JournalDamaged, JournalTooNew) as error:
            _doubt(error.problem, doubts)
            number, put = _replace(settings, wall())
            carried += number
            aside += put
        except KeyOpen as error:
            _doubt(error.problem, doubts)
            with as_os_error(settings.key_file):
                settings.key_file.chmod(stat.S_IRUSR | stat.S_IWUSR)
        except KeyUnusable as error:
            # a right key that only cannot be read is no reason for another one
            unread = settings.key_file.exists() and not os.access(settings.key_file, os.R_OK)
            if settings.credential or unread:
                raise
            _doubt(error.problem, doubts)
            if settings.key_file.exists():
                aside.append(_aside(settings.key_file, "", wall()))
                settings.key_file.unlink()
        except JournalOlder as error:
            _doubt(error.problem, doubts)
        else:
            break
    else:
        # says what is still in the way
        Store(settings, credentials, mono, wall, adopting=True).close()
    return Adopted(tuple(doubts), tuple(aside), carried)


def _doubt(problem: str, doubts: list[str]) -> None:
    log.warning("going on with a doubted journal: %s", problem)
    doubts.append(problem)


def _replace(settings: JournalSettings, wall: float) -> tuple[int, list[Path]]:
    """Put the journal aside and a new one, with what can be carried over, in its place; how many rows they
    are, and where the old files are."""
    path = settings.path
    found, _ = salvage(path)
    records = may_be_carried_over(found)
    aside = [
        _aside(schema.beside(path, ending), ending, wall)
        for ending in ("", "-wal", "-shm")
        if schema.beside(path, ending).exists()
    ]
    mark = read_mark(settings.mark)
    # The sagas that are carried over have ids made of openings that nobody may know any more; no kiosk is
    # opened once a second.
    opening = mark.opening if mark is not None and mark.journal else int(max(wall, 0))
    schema.create(path, opening, records)
    return len(records), aside


def _aside(path: Path, ending: str, wall: float) -> Path:
    """Give the file a second, dated name. Its first is taken from it when another file takes that place, so
    that there is no instant without the file."""
    stamp = datetime.fromtimestamp(wall, UTC).strftime("%Y%m%d-%H%M%S")
    first = path.name.removesuffix(ending) if ending else path.name
    with as_os_error(path):
        for number in range(1000):
            target = path.with_name(f"{first}.aside-{stamp}{f'.{number}' if number else ''}{ending}")
            try:
                os.link(path, target)
            except FileExistsError:
                continue
            sync_folder(path.parent)
            return target
        raise FileExistsError(errno.EEXIST, "too many files were put aside", str(path))
