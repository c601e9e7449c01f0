"""What can be wrong with the journal. All are OSErrors: to the desk, the disk did not take the rows."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

from kiosk.circulation.reasons import Reason

ADOPT = "confirm it on the maintenance screen, or run: kiosk journal adopt"
"""What helps where somebody must decide that the kiosk goes on."""


class JournalError(OSError):
    """The journal cannot do what it was asked. `filename` names the file, `remedy` what helps, `reason` is
    what the screen says."""

    reason = Reason.JOURNAL_FAILED
    remedy = "Check the disk and its mount; the kiosk tries again by itself."

    def __init__(self, code: int, problem: str, path: Path, remedy: str | None = None) -> None:
        if remedy is not None:
            self.remedy = remedy
        self.problem = problem
        super().__init__(code, f"{problem}. {self.remedy}", str(path))


class JournalFull(JournalError):
    """There is no room on the disk."""

    reason = Reason.JOURNAL_FULL
    remedy = "Make room on the disk; the kiosk goes on by itself."

    def __init__(self, problem: str, path: Path) -> None:
        super().__init__(errno.ENOSPC, problem, path)


class JournalReadOnly(JournalError):
    """The disk, the folder or the file may not be written."""

    reason = Reason.JOURNAL_READ_ONLY
    remedy = (
        "A disk that the system has made read-only is often about to fail: have it looked at. Else give the"
        " kiosk's user the right to write there. The kiosk goes on by itself."
    )

    def __init__(self, problem: str, path: Path) -> None:
        super().__init__(errno.EROFS, problem, path)


class JournalDamaged(JournalError):
    """The file is not a journal, or not a whole one. It is left as it is, and never replaced by itself."""

    reason = Reason.JOURNAL_DAMAGED
    remedy = (
        f"To go on, {ADOPT}. That keeps the file aside for support and takes along what can be read of the"
        " loans that are not finished."
    )

    def __init__(self, problem: str, path: Path) -> None:
        super().__init__(errno.EILSEQ, problem, path)


class JournalOlder(JournalError):
    """The journal is gone, is another kiosk's, or is older than what this kiosk wrote last."""

    reason = Reason.JOURNAL_OLDER
    remedy = (
        f"Put back the newest journal. If there is none, and to go on, {ADOPT}. Then look up in the library"
        " system what was lent since."
    )

    def __init__(self, problem: str, path: Path) -> None:
        super().__init__(errno.ESTALE, problem, path)


class JournalTooNew(JournalError):
    """A later version of the kiosk has written the journal."""

    reason = Reason.JOURNAL_TOO_NEW
    remedy = (
        "Install the newer version of the kiosk again; this one would lose what it does not know. If that"
        f" cannot be, and to go on, {ADOPT}. That keeps the file aside."
    )

    def __init__(self, problem: str, path: Path) -> None:
        super().__init__(errno.EPROTONOSUPPORT, problem, path)


class JournalInUse(JournalError):
    """Another process holds the journal."""

    reason = Reason.JOURNAL_IN_USE
    remedy = (
        "Is the kiosk running already? Then use its maintenance screen. Two kiosks cannot share one"
        " journal folder."
    )

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EBUSY, "another process holds the journal", path)


class KeyUnusable(JournalError):
    """The kiosk key is missing although the journal needs it, or is malformed, or others may read it."""

    reason = Reason.JOURNAL_KEY

    def __init__(self, problem: str, path: Path, remedy: str) -> None:
        super().__init__(errno.EACCES, problem, path, remedy)


class SealBroken(JournalError):
    """The sealed part of row `seq` does not open: it was sealed under another kiosk key, or changed."""

    reason = Reason.JOURNAL_KEY
    remedy = "Put back the kiosk key with which it was written; staff can settle the item by its barcode."

    def __init__(self, seq: int, path: Path) -> None:
        self.seq = seq
        super().__init__(errno.EKEYREJECTED, f"the sealed part of row {seq} does not open", path)


NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
NO_RIGHT = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})

DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
CODES = {
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_BUSY: errno.EBUSY,
    sqlite3.SQLITE_LOCKED: errno.EBUSY,
}
"""SQLite's primary result codes (sqlite.org/rescode.html) as errno; every other is EIO."""


def as_os_error(path: Path) -> AsOsError:
    """Let nothing but `JournalError`s out of a block that works on the file at `path`.

    `sqlite3.ProgrammingError` passes: it is a mistake of ours, such as the wrong thread.
    """
    return AsOsError(path)


class AsOsError:
    """See `as_os_error`. Each flush goes through some of these, and a generator would cost twice as much."""

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Nothing is to be done before."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Say in our words what went wrong, if anything did."""
        if error is None or isinstance(error, JournalError | sqlite3.ProgrammingError):
            return
        if isinstance(error, sqlite3.Error):
            raise of_sqlite(error, self._path) from error
        if isinstance(error, OSError):
            raise _of_system(error, self._path) from error


def of_sqlite(error: sqlite3.Error, path: Path) -> JournalError:
    """What SQLite said, in our words."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    said = str(error)
    if code in DAMAGE:
        return JournalDamaged(said, path)
    if code == sqlite3.SQLITE_FULL:
        return JournalFull(said, path)
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return JournalReadOnly(said, path)
    # Where SQLite cannot make or stretch its log or its shared memory, it does not say why.
    if code == sqlite3.SQLITE_CANTOPEN and not _writable(path.parent):
        return JournalReadOnly(said, path)
    if code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN} and _no_room(path.parent):
        return JournalFull(said, path)
    return JournalError(CODES.get(code, errno.EIO), said, path)


def _of_system(error: OSError, path: Path) -> JournalError:
    path = Path(error.filename) if isinstance(error.filename, str) else path
    said = error.strerror or str(error)
    if error.errno in NO_ROOM:
        return JournalFull(said, path)
    if error.errno in NO_RIGHT:
        return JournalReadOnly(said, path)
    return JournalError(error.errno or errno.EIO, said, path)


def _writable(folder: Path) -> bool:
    try:
        return os.access(folder, os.W_OK) and not os.statvfs(folder).f_flag & os.ST_RDONLY
    except OSError:
        return True


def _no_room(folder: Path) -> bool:
    try:
        room = os.statvfs(folder)
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < 32768  # the least that SQLite's shared memory takes
