"""The journal's open file: SQLite. Everything here blocks; `journal.py` is the async face.

Rules of the file:

- WAL with `synchronous=FULL`: a commit returns when the WAL is on the disk. One append is one
  transaction is one flush.
- Rows are only added. Nothing in a row ever changes but its key and its box (the sealed part), which
  are overwritten with zeros, in place, when the saga closes, and its mark `open` (one bit, in place).
  No row is moved while a key lives, so no page keeps a stale copy of one; where rows are removed
  (`retention.py`), only settled ones, every page is written anew afterwards if a key lives.
  `secure_delete` zeroes what is removed.
- The WAL still holds the old page after that: `tidy` moves it into the file and cuts it to nothing.
- A row's `mono` and `wall` are taken when all rows of the flush are written and just before they are
  flushed: never later than the flush's end, hence never later than what waited for it.
- A row's `digest` is checked at every read: what the disk changed is not taken for what was written.

At the start the whole structure is checked, but of rows only the open sagas' and the newest `TAIL` ones,
where a disk that lost a write shows it: a journal of 100,000 rows opens in a fifth of a second.
"""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Flushed, OpenRows, Row, RowKind
from kiosk.journal import retention, schema
from kiosk.journal.errors import (
    JournalDamaged,
    JournalError,
    JournalFull,
    JournalOlder,
    JournalReadOnly,
    JournalTooNew,
    KeyUnusable,
    SealBroken,
    as_os_error,
)
from kiosk.journal.mark import Mark, read_mark, write_mark
from kiosk.journal.rows import (
    KINDS,
    ROW_SCHEMA,
    Record,
    StoredRow,
    bound_name,
    check,
    digest,
    is_alive,
    payload_text,
    stored,
)
from kiosk.journal.sealing import KioskKey, Sealed, create_key, load_key, sync_folder
from kiosk.journal.settings import NO_CREDENTIAL, JournalSettings

BUSY_MS = 2000
"""Longest wait for another process that reads the file (a listing on the command line)."""

ROOM = 1024 * 1024
"""Bytes that must be free where an opening begins: what a visit's loans write before it is moved into the
file (ours). With less, each patron would be invited and each book refused."""

TAIL = 64
"""So many of the newest rows are read and checked at the start, whether their sagas are open or not."""

CLOCK_BACK_S = 60.0
"""A wall clock that is so much earlier than the newest row was set back."""

SELECT = f"SELECT {', '.join(schema.COLUMNS)} FROM rows"  # noqa: S608  (names of our own)
INSERT = (
    "INSERT INTO rows (saga, kind, schema, closes, payload, mono, wall, digest, key, box, open)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

NO_KEY = (
    "Put back the key file: the journal has sealed rows that only this key opens. If it is lost: run kiosk"
    " journal adopt; the open loans stay, without their patrons, for staff to look up."
)


class Store:
    """The open file. Belongs to the thread that made it, which holds its folder (`file.py`).

    Attributes:
        opening: the number of this opening, larger than that of every opening before.
    """

    def __init__(
        self,
        settings: JournalSettings,
        credentials: Path | None,
        mono: Callable[[], float],
        wall: Callable[[], float],
        *,
        adopting: bool = False,
    ) -> None:
        """Open the journal, or make it when there never was one, and begin an opening.

        `adopting`: go on although it is older than the mark says, gone, or without its key.

        Raises:
            JournalError: and its kinds, see `errors.py`; what it holds is as it was.
        """
        self.path = settings.path
        self.opening = 0
        self._mark_path = settings.mark
        self._mono = mono
        self._wall = wall
        self._marked: Mark | None = None
        mark = read_mark(settings.mark)
        with as_os_error(self.path):
            schema.remove_draft(self.path)
            key_path = settings.key_path(credentials)
            key = load_key(key_path)
            if not self.path.exists():
                self._make(mark, adopting=adopting)
            self._connection = self._open(has_mark=mark is not None and not adopting)
        try:
            with as_os_error(self.path):
                self._id, known = self._meta()
                self._seq, _ = self._newest()
                if mark and not adopting and (why := mark.newer_than(self._id, self._seq, known)):
                    raise JournalOlder(why, self.path)
                self._check_rows()
                if key is None:
                    key = self._new_key(key_path, may_create=not settings.credential, adopting=adopting)
                self._key = key
                self.must_have_room()
                self._begin(max(known, self._first_opening(mark) if adopting else 0))
            self.tidy()  # a key that was destroyed just before a power cut
            marked = self.mark()
            if adopting:
                self._must_be_marked(marked)
        except BaseException:
            self.close()
            raise

    # ---- opening ----------------------------------------------------------------------------

    def _make(self, mark: Mark | None, *, adopting: bool) -> None:
        """Make the file; a journal that vanished must never look like an empty one."""
        if (leftover := schema.beside(self.path, "-wal")).exists():
            raise JournalDamaged("the journal is gone, but rows of it are left beside it", leftover)
        if mark is not None and not adopting:
            raise JournalOlder("the journal is gone, although this kiosk has written one", self.path)
        schema.create(self.path, self._first_opening(mark))

    def _first_opening(self, mark: Mark | None) -> int:
        """A number that no opening of a journal of this kiosk has passed, as far as anybody knows."""
        if mark is None:
            return 0
        # nobody knows it: no kiosk is opened once a second
        return mark.opening if mark.journal else int(self._wall())

    def _open(self, *, has_mark: bool) -> sqlite3.Connection:
        connection = self._connect()
        try:
            version = schema.version_of(connection, self.path)
            schema.check_whole(connection, self.path)
            if version != schema.FILE_VERSION:
                if has_mark and version in schema.WITHOUT_MARK:
                    raise JournalOlder("the journal is of an earlier version than what was here", self.path)
                schema.migrate(self.path, connection)
                connection = self._connect()
            for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
                (now,) = connection.execute(f"PRAGMA {setting}").fetchone() or ("",)
                if setting.endswith("WAL") and now != "wal":
                    raise JournalError(errno.ENOTSUP, "the disk does not allow a write-ahead log", self.path)
            connection.execute("PRAGMA temp_store = MEMORY")
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect(self) -> sqlite3.Connection:
        # mode=rw: a file that vanished since is not made anew, empty.
        return sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_MS / 1000,
            isolation_level=None,
        )

    def _meta(self) -> tuple[str, int]:
        found = dict(self._connection.execute("SELECT name, value FROM meta"))
        try:
            self._days = str(found["days"])
            return str(found["id"]), int(found["opening"])
        except (KeyError, ValueError) as error:
            raise JournalDamaged("the journal does not know its own name", self.path) from error

    def _newest(self) -> tuple[int, float]:
        newest = "SELECT seq, wall FROM rows ORDER BY seq DESC LIMIT 1"
        return self._connection.execute(newest).fetchone() or (0, float("-inf"))

    def _check_rows(self) -> None:
        for record in self._records("WHERE seq > ? OR open", self._seq - TAIL):
            check(record, self.path)
            seq, _, kind, shape, *_, is_open = record
            if is_open and (kind not in KINDS or shape > ROW_SCHEMA):
                raise JournalTooNew(f"row {seq} is of a kind or a shape that came later", self.path)

    def _new_key(self, path: Path, *, may_create: bool, adopting: bool) -> KioskKey:
        if not may_create:
            raise KeyUnusable("the systemd credential is missing", path, NO_CREDENTIAL)
        sealed = "SELECT key FROM rows WHERE open AND key IS NOT NULL"
        if not adopting and any(is_alive(key) for (key,) in self._connection.execute(sealed)):
            raise KeyUnusable("the kiosk key is missing", path, NO_KEY)
        return create_key(path)

    def _begin(self, known: int) -> None:
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            set_meta = "UPDATE meta SET value = ? WHERE name = ?"
            self._connection.execute(set_meta, [str(known + 1), "opening"])
            if (days := retention.witnessed(self._days, self._wall())) is not None:
                self._connection.execute(set_meta, [days, "days"])
        self.opening = known + 1
        self._days = days or self._days

    def begin_again(self) -> None:
        """Begin another opening of the open file."""
        with as_os_error(self.path):
            self.must_have_room()
            self._begin(self.opening)
        self.mark()

    def must_have_room(self) -> None:
        """Look whether `ROOM` is free.

        Raises:
            JournalFull: it is not.
        """
        with as_os_error(self.path):
            free = shutil.disk_usage(self.path.parent).free
        if free < ROOM:
            raise JournalFull(
                f"{free // 1024} kB are free on the disk, and {ROOM // 1024} kB wanted", self.path
            )

    # ---- writing ----------------------------------------------------------------------------

    def append(self, rows: Sequence[Row]) -> tuple[Flushed, ...]:
        """Write and flush these rows, all or none (see `desk.ports.Journal.append`)."""
        if not rows:
            return ()
        execute = self._connection.execute
        closed = {row.saga for row in rows if row.closes}
        with as_os_error(self.path), self._connection:  # takes it all back when it fails
            execute("BEGIN IMMEDIATE")
            # A seal that comes too late is never stored.
            for saga in {row.saga for row in rows} - closed:
                if execute("SELECT 1 FROM rows WHERE saga = ? AND closes LIMIT 1", [saga]).fetchone():
                    closed.add(saga)
            # The keys die in the flush that closes their saga, not after it.
            for saga in sorted(row.saga for row in rows if row.closes):
                execute(
                    "UPDATE rows SET open = 0, key = zeroblob(length(key)), box = zeroblob(length(box))"
                    " WHERE saga = ? AND open",
                    [saga],
                )
            mono, wall = float(self._mono()), float(self._wall())
            flushed = []
            for row in rows:
                said = (row.saga, str(row.kind), ROW_SCHEMA, int(row.closes), payload_text(row))
                written = digest(said, mono, wall)
                is_open = row.saga not in closed
                key = box = None
                if row.sealed is not None and is_open:
                    sealed = self._key.seal(row.sealed, bound_name(row.saga, row.kind))
                    key, box = sealed.key, sealed.box
                done = execute(INSERT, (*said, mono, wall, written, key, box, int(is_open)))
                assert done.lastrowid is not None
                flushed.append(Flushed(done.lastrowid, row.saga, row.kind))
            execute("COMMIT")  # kept ready as a statement, unlike that of the connection
        self._seq = flushed[-1].seq
        return tuple(flushed)

    def tidy(self) -> bool:
        """Move the WAL into the file and cut it to nothing, so that no destroyed key is left in it.

        False when somebody reads the file just now: try again later. It waits for nobody, since flushes
        would wait with it.
        """
        execute = self._connection.execute
        with as_os_error(self.path):
            execute("PRAGMA busy_timeout = 0")
            try:
                busy, _, _ = execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            return not busy

    def mark(self) -> bool:
        """Write down, outside the folder, how far the journal has come; all of it was flushed before. False
        when it could not be written."""
        mark = Mark(self._id, self._seq, self.opening)
        if mark != self._marked and write_mark(self._mark_path, mark):
            self._marked = mark
        return mark == self._marked

    def _must_be_marked(self, marked: bool) -> None:
        """What was adopted is doubted again at the next start, unless the mark agrees."""
        with as_os_error(self._mark_path):
            if not marked:
                raise JournalReadOnly("the journal's mark cannot be written", self._mark_path)
            sync_folder(self._mark_path.parent)

    # ---- retention --------------------------------------------------------------------------

    def old_until(self, keep_days: int) -> int:
        """Up to which row settled sagas are to be removed; 0: none, or the clock is not one to do it by."""
        wall = self._wall()
        with as_os_error(self.path):
            if retention.witnessed(self._days, wall) is not None:
                self._begin(self.opening)
            _, newest = self._newest()
            if not keep_days or wall < newest - CLOCK_BACK_S or not retention.believed(self._days, wall):
                return 0
            return retention.old_until(self._connection, keep_days, wall)

    def remove_some(self, until: int, at_most: int) -> int:
        """Remove at most so many settled sagas, in one short transaction; how many they were."""
        with as_os_error(self.path):
            return retention.remove_some(self._connection, until, at_most)

    def give_back(self) -> None:
        """After the removal: no copy of a key is left, and the disk has its room again."""
        with as_os_error(self.path):
            if retention.give_back(self._connection):
                self.tidy()

    # ---- reading ----------------------------------------------------------------------------

    def open_rows(self) -> tuple[OpenRows, tuple[SealBroken, ...]]:
        """All rows of sagas that no row has closed, oldest first; and the seals that do not open.

        A row whose seal does not open comes with `sealed` None.
        """
        rows = []
        broken = []
        with as_os_error(self.path):
            _, newest = self._newest()
            found = self._records("WHERE open")
        for record in found:
            row = stored(record, self.path)
            sealed = None
            if row.sealed:
                *_, key, box, _ = record
                try:
                    sealed = self._key.open(Sealed(key, box), bound_name(row.saga, row.kind))
                except ValueError:
                    broken.append(SealBroken(row.seq, self.path))
            rows.append(Row(row.saga, RowKind(row.kind), row.payload, sealed, row.closes))
        reason = Reason.CLOCK_BACK if self._wall() < newest - CLOCK_BACK_S else None
        return OpenRows(tuple(rows), self.opening, reason), tuple(broken)

    def stored_rows(self, *, only_open: bool) -> tuple[StoredRow, ...]:
        """Every row, or those of open sagas, oldest first."""
        with as_os_error(self.path):
            found = self._records("WHERE open" if only_open else "")
        return tuple(stored(record, self.path) for record in found)

    def _records(self, where: str, *values: int) -> list[Record]:
        return self._connection.execute(f"{SELECT} {where} ORDER BY seq", values).fetchall()

    # ---- closing ----------------------------------------------------------------------------

    def close(self) -> None:
        """Let go of the file; the last connection checkpoints and removes the WAL."""
        with as_os_error(self.path):
            self._connection.close()
