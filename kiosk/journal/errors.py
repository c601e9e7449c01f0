"""What can be wrong with the journal. All are OSErrors: to the desk, the disk did not take the rows."""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path


class JournalError(OSError):
    """The journal cannot do what it was asked. `filename` names the file, `remedy` what helps."""

    remedy = "Check the disk and its mount, then start the kiosk again."

    def __init__(self, code: int, problem: str, path: Path, remedy: str | None = None) -> None:
        if remedy is not None:
            self.remedy = remedy
        self.problem = problem
        super().__init__(code, f"{problem}. {self.remedy}", str(path))


class JournalDamaged(JournalError):
    """The file is not a journal, or not a whole one. It is left as it is, and never replaced."""

    remedy = (
        "Keep the file for support: it may name loans that are not finished. To go on without it, "
        "move it and the files beside it that share its name to another folder."
    )

    def __init__(self, problem: str, path: Path) -> None:
        super().__init__(errno.EILSEQ, problem, path)


class JournalTooNew(JournalError):
    """A later version of the kiosk has written the journal."""

    remedy = "Install the newer version of the kiosk again; this one would lose what it does not know."

    def __init__(self, problem: str, path: Path) -> None:
        super().__init__(errno.EPROTONOSUPPORT, problem, path)


class JournalInUse(JournalError):
    """Another process holds the journal."""

    remedy = "Is the kiosk running already? Two kiosks cannot share one journal folder."

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EBUSY, "another process holds the journal", path)


class KeyUnusable(JournalError):
    """The kiosk key is missing although the journal needs it, or is malformed, or others may read it."""

    def __init__(self, problem: str, path: Path, remedy: str) -> None:
        super().__init__(errno.EACCES, problem, path, remedy)


class SealBroken(JournalError):
    """The sealed part of row `seq` does not open: it was sealed under another kiosk key, or changed."""

    remedy = "Put back the kiosk key with which it was written; staff can settle the item by its barcode."

    def __init__(self, seq: int, path: Path) -> None:
        self.seq = seq
        super().__init__(errno.EKEYREJECTED, f"the sealed part of row {seq} does not open", path)


CODES = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_BUSY: errno.EBUSY,
    sqlite3.SQLITE_LOCKED: errno.EBUSY,
}
"""SQLite's primary result codes (sqlite.org/rescode.html) as errno; every other is EIO."""


@contextlib.contextmanager
def as_os_error(path: Path) -> Iterator[None]:
    """Let nothing but OSErrors of this room out of a block that works on the file at `path`.

    `sqlite3.ProgrammingError` passes: it is a mistake of ours, such as the wrong thread.
    """
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            raise JournalDamaged(str(error), path) from error
        raise JournalError(CODES.get(code, errno.EIO), str(error), path) from error
