"""The mark: how far the journal has come, kept outside its folder so that an older journal is noticed.

A journal that was copied back from a backup looks whole. What it lacks is known only to somebody who was
not copied back with it: a small file beside the kiosk key with the journal's id, its newest row and its
opening.

**It never makes a good journal look old.** The mark is written only after what it says was flushed, so
at every instant, and after a power cut at any, the journal on the disk is at least as new as the mark
says. The mark may be behind (it is written at opening, at closing and while tidying, never for a flush):
then it notices less, and is wrong about nothing. It is replaced as a whole: after a cut there is the one
before or the new one. A mark that cannot be read says only that there was a journal. One that cannot be
written costs a warning and no patron anything. A new journal is on the disk, name and all, before there
is a mark of it.
"""

from __future__ import annotations

import errno
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

HEADER = "kiosk-journal-mark-1"
"""First word of the file."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The journal `journal` had come to row `seq` in its opening `opening`. An empty id: there was one, and
    no more is known."""

    journal: str = ""
    seq: int = 0
    opening: int = 0

    def newer_than(self, journal: str, seq: int, opening: int) -> str:
        """What tells that this journal is not the newest; empty when nothing does."""
        if not self.journal:
            return ""
        if journal != self.journal:
            return "this is another journal than the one that this kiosk wrote"
        if opening < self.opening or seq < self.seq:
            return (
                f"the journal is older than what this kiosk wrote last (row {seq} of {self.seq},"
                f" opening {opening} of {self.opening})"
            )
        return ""


def read_mark(path: Path) -> Mark | None:
    """The mark in this file; None when there is none."""
    try:
        text = path.read_bytes()[:1024].decode("ascii", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        log.warning("the journal's mark cannot be read: %s", error)
        return Mark()
    try:
        header, said = text.split(maxsplit=1)
        journal, seq, opening = json.loads(said)
        if header != HEADER:
            raise ValueError(header)
        return Mark(str(journal), int(seq), int(opening))
    except (TypeError, ValueError):
        log.warning("the journal's mark is malformed, and is made anew: %s", path)
        return Mark()


def write_mark(path: Path, mark: Mark) -> bool:
    """Replace the mark, whole or not at all. False, with a warning in the log, when it cannot be written."""
    draft = path.with_name(f".{path.name}.draft")
    said = f"{HEADER} {json.dumps([mark.journal, mark.seq, mark.opening])}\n".encode("ascii")
    try:
        handle = _made(draft)
        try:
            try:
                if os.write(handle, said) < len(said):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(draft))
                belongs_to_owner_of(path.parent, handle)
                os.fsync(handle)
            finally:
                os.close(handle)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        log.warning(
            "the journal's mark cannot be written, so that an older journal goes unnoticed: %s", error
        )
        return False
    return True


def _made(draft: Path) -> int:
    """A new file of this name, and its folder where there is none."""
    new = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        return os.open(draft, new, 0o600)
    except FileNotFoundError:
        draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        draft.unlink()  # that of a process which was killed
    return os.open(draft, new, 0o600)


def belongs_to_owner_of(folder: Path, handle: int) -> None:
    """A file that root makes in the kiosk's folder (`kiosk journal adopt`) is the kiosk's."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)
