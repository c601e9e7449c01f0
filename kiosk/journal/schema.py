"""The tables of the file, how a new file is made, and how one of an earlier version becomes one of this.

A file is made, and migrated, under another name (`journal.db.new`) and takes its place by one rename:
whatever happens on the way, there is the journal as it was, or the new one whole. A draft that a power
cut left behind is removed at the next start.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.journal.errors import JournalDamaged, JournalError, JournalTooNew, as_os_error
from kiosk.journal.mark import belongs_to_owner_of
from kiosk.journal.rows import FIELDS, SELECT, Record
from kiosk.journal.sealing import sync_folder

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x4C4B4A31
"""Marks a SQLite file as our journal (PRAGMA application_id; `LKJ1`)."""

FILE_VERSION = 2
"""PRAGMA user_version: the tables below. 1 had neither `meta` nor the column `open`."""

WITHOUT_MARK = frozenset({1})
"""Versions whose kiosks wrote no mark: where there is one, such a file is an old copy."""

COLUMNS: dict[str, type] = {
    "seq": int,
    "saga": str,
    "kind": str,
    "schema": int,
    "closes": int,
    "payload": str,
    "mono": float,
    "wall": float,
    "digest": bytes,
    "key": bytes,
    "box": bytes,
    "open": int,
}
"""Columns of `rows`. `open`: 1 until the saga is closed; an index holds the rows of open sagas alone."""

WHOLE_CHECK_BYTES = 32 * 1024 * 1024
"""Up to this size the start checks indexes against the table too (integrity_check; some 100,000 rows in a
tenth of a second), beyond it the structure only (quick_check, half of that)."""

DRAFT = ".new"
LOGS = ("-wal", "-shm", "-journal")


def beside(path: Path, ending: str) -> Path:
    """The file beside this one whose name has `ending` more."""
    return path.with_name(path.name + ending)


# ---- checking -------------------------------------------------------------------------------


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The version of this journal.

    Raises:
        JournalDamaged: it is none.
        JournalTooNew: a version that nobody here knows.
    """
    (ours,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if ours != APPLICATION_ID:
        raise JournalDamaged("this is not a kiosk's journal, or an emptied one", path)
    if version > FILE_VERSION:
        raise JournalTooNew(f"the journal has version {version}, this kiosk knows {FILE_VERSION}", path)
    if version != FILE_VERSION and version not in MIGRATIONS:
        raise JournalDamaged(f"the journal has version {version}, which never was", path)
    return int(version)


def check_whole(connection: sqlite3.Connection, path: Path) -> None:
    """Is the file whole, as far as its structure tells?

    Raises:
        JournalDamaged: it is not.
    """
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page,) = connection.execute("PRAGMA page_size").fetchone()
    how = "integrity_check" if pages * page <= WHOLE_CHECK_BYTES else "quick_check"
    said = [str(line) for (line,) in connection.execute(f"PRAGMA {how}(3)")]
    if said != ["ok"]:
        raise JournalDamaged(f"the journal is damaged ({'; '.join(said)})", path)
    columns = {name for _, name, *_ in connection.execute("PRAGMA table_info(rows)")}
    if not set(FIELDS) <= columns:
        raise JournalDamaged("the journal's table is not as it should be", path)


# ---- making ---------------------------------------------------------------------------------


def create(path: Path, opening: int = 0, records: Sequence[Record] = ()) -> None:
    """Make a journal that holds these records (none), and put it in its place; it replaces what is there.
    A record has all `COLUMNS`.

    Raises:
        JournalError: it could not be made; what was there is there.
    """
    with _draft(path) as draft:
        with as_os_error(draft), _connected(draft) as connection:
            # A draft is whole or thrown away, and flushed by `_put`: it needs no log and no flush of its own.
            for setting in ("journal_mode = OFF", "synchronous = OFF", "secure_delete = ON"):
                connection.execute(f"PRAGMA {setting}")
            # chosen before there is a table
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            with connection:
                connection.execute("BEGIN")
                create_tables(connection, opening)
                connection.executemany(_insert(COLUMNS), records)
        for log in LOGS:
            beside(path, log).unlink(missing_ok=True)  # of what it replaces: it must not be read into it
        _put(draft, path)


def create_tables(connection: sqlite3.Connection, opening: int = 0) -> None:
    """The tables of this version, in a file that has none of them."""
    for statement in _statements():
        connection.execute(statement)
    about = (("id", secrets.token_hex(8)), ("opening", str(opening)), ("days", "[]"))
    connection.executemany("INSERT INTO meta VALUES (?, ?)", about)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FILE_VERSION}")


@cache
def _statements() -> tuple[str, ...]:
    """What makes the tables and their indexes, in SQL: worked out once, from `COLUMNS`."""
    from sqlite_utils import Database

    db = Database(memory=True, execute_plugins=False)
    rows = db.table("rows")
    rows.create(COLUMNS, pk="seq", not_null=set(COLUMNS) - {"seq", "key", "box"})
    rows.create_index(["saga"])
    db.execute("CREATE INDEX idx_rows_open ON rows (seq) WHERE open")
    db.table("meta").create({"name": str, "value": str}, pk="name", not_null={"value"})
    made = tuple(sql for (sql,) in db.execute("SELECT sql FROM sqlite_schema WHERE sql NOT NULL"))
    db.close()
    return made


def _insert(columns: Sequence[str] | Mapping[str, type]) -> str:
    return f"INSERT INTO rows ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608


# ---- migrating ------------------------------------------------------------------------------


def _from_1(db: Database) -> None:
    """Version 1 had the table `rows` without `open`, and no `meta`."""
    db.execute("ALTER TABLE rows RENAME TO rows_1")
    db.execute("DROP INDEX IF EXISTS idx_rows_saga")
    create_tables(db.conn)
    names = ", ".join(FIELDS)
    db.execute(
        f"INSERT INTO rows ({names}, open) SELECT {names}, "  # noqa: S608
        "saga NOT IN (SELECT saga FROM rows_1 WHERE closes) FROM rows_1 ORDER BY seq"
    )
    db.execute("DROP TABLE rows_1")


MIGRATIONS: Mapping[int, Callable[[Database], None]] = {1: _from_1}
"""By version: what makes a file of the next version of it, inside a transaction on a copy. It must leave
each row as it is: sequence, content, digest, sealed part."""


def migrate(path: Path, connection: sqlite3.Connection) -> None:
    """Bring the journal to this version. `connection` is open on it and is closed by this.

    All happens in a copy, in one transaction, and is compared with the original row by row; until the
    copy takes its place, the original is what it was.

    Raises:
        JournalError: it could not be done; the journal is as it was.
    """
    from sqlite_utils import Database

    with _draft(path) as draft:
        try:
            with as_os_error(draft), _connected(draft) as copy:
                connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE").fetchall()
                copy.execute("PRAGMA secure_delete = ON")
                copy.execute("PRAGMA temp_store = MEMORY")
                copy.execute("PRAGMA auto_vacuum = INCREMENTAL")
                db = Database(copy, execute_plugins=False, recursive_triggers=False)
                with db.atomic():
                    for version in range(version_of(copy, path), FILE_VERSION):
                        MIGRATIONS[version](db)
                    copy.execute(f"PRAGMA user_version = {FILE_VERSION}")
                copy.execute("VACUUM")  # no page of the old tables is left, and no old key in one
                check_whole(copy, draft)
                _compare(connection, copy, path)
            with as_os_error(path):
                # Its log must be empty and gone before another file bears its name.
                busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if busy:
                    raise sqlite3.OperationalError("somebody reads the journal that is to be migrated")
        finally:
            connection.close()
        if beside(path, "-wal").exists():
            raise JournalError(errno.EBUSY, "somebody reads the journal that is to be migrated", path)
        _put(draft, path)


def _compare(old: sqlite3.Connection, new: sqlite3.Connection, path: Path) -> None:
    order = f"{SELECT} ORDER BY seq"
    for before, after in zip(old.execute(order), new.execute(order), strict=True):
        if before != after:
            raise JournalDamaged(f"row {before[0]} does not survive the change to a new version", path)


@contextlib.contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path)
    try:
        yield connection
    finally:
        connection.close()


@contextlib.contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """An empty file beside `path`, for the owner only, which is gone at the end unless it was put."""
    draft = beside(path, DRAFT)
    remove_draft(path)
    with as_os_error(draft):
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            belongs_to_owner_of(path.parent, handle)
        finally:
            os.close(handle)
    try:
        yield draft
    finally:
        with contextlib.suppress(OSError):
            remove_draft(path)


def remove_draft(path: Path) -> None:
    """Remove what a power cut may have left of a draft."""
    draft = beside(path, DRAFT)
    if draft.exists() or beside(draft, "-journal").exists():
        for ending in ("", *LOGS):
            beside(draft, ending).unlink(missing_ok=True)


def _put(draft: Path, path: Path) -> None:
    with as_os_error(path):
        with draft.open("rb") as made:
            os.fsync(made.fileno())
        draft.replace(path)
        sync_folder(path.parent)
