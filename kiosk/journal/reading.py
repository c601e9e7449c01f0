"""Reading without changing anything: beside a running kiosk, or what is left of a damaged file."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kiosk.journal import schema
from kiosk.journal.errors import JournalDamaged, JournalError, JournalOlder, as_os_error, of_sqlite
from kiosk.journal.mark import read_mark
from kiosk.journal.rows import KINDS, ROW_SCHEMA, SELECT, Record, StoredRow, stored
from kiosk.journal.settings import FILE_NAME, JournalSettings

BUSY_S = 2.0
"""Longest wait for a kiosk that is just writing."""

GAP_ROWS = 200_000
"""So many rows are asked for one by one behind a page that cannot be read."""

STILL_OPEN = "WHERE saga NOT IN (SELECT saga FROM rows WHERE closes)"


def read_rows(folder: Path, *, only_open: bool = False) -> tuple[StoredRow, ...]:
    """The rows of the journal in this folder, or those of open sagas, oldest first; none when there is no
    journal. Read beside a kiosk that may be writing to it; of any version that this kiosk knows.

    Raises:
        JournalError: it cannot be read, or is no journal.
    """
    path = folder / FILE_NAME
    if not path.exists() and not schema.beside(path, "-wal").exists():
        return ()
    with as_os_error(path):
        try:
            found = _read(path, only_open=only_open)
        except sqlite3.DatabaseError:
            # a kiosk may have begun to write while it was read as a file at rest
            if not schema.beside(path, "-wal").exists():
                raise
            found = _read(path, only_open=only_open)
    return tuple(stored(record, path) for record in found)


def _read(path: Path, *, only_open: bool) -> list[Record]:
    with _reading(path) as connection:
        version = schema.version_of(connection, path)
        is_open = "WHERE open" if version >= 2 else STILL_OPEN
        return connection.execute(f"{SELECT} {is_open if only_open else ''} ORDER BY seq").fetchall()


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    # Without a log beside it nobody has it open: then SQLite need not make files of its own to read it.
    alone = "" if schema.beside(path, "-wal").exists() else "&immutable=1"
    uri = f"{path.absolute().as_uri()}?mode=ro{alone}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


# ---- what is left of a damaged file ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Readable:
    """What can be read of a journal. `problems` says what cannot, or what else is wrong with it; a journal
    without any is whole. `error` is what the kiosk would say when it opened it now."""

    rows: tuple[StoredRow, ...] = ()
    problems: tuple[str, ...] = ()
    error: JournalError | None = None


def read_what_can_be_read(settings: JournalSettings, *, only_open: bool = False) -> Readable:
    """The rows of a journal that may be damaged, older than it should be, or too new. Raises nothing.

    A saga whose closing row cannot be read is not called open when its other rows know that it is closed.
    """
    path = settings.path
    try:
        rows = read_rows(settings.folder, only_open=only_open)
        with as_os_error(path):
            if (error := _against_the_mark(settings)) is not None:
                return Readable(rows, (error.problem,), error)
            _check(path)
        return Readable(rows)
    except JournalError as error:
        found, problems = salvage(path)
        good = [row for _, row in found]
        if only_open:
            ended = {row.saga for record, row in found if row.closes or not _is_open(record)}
            good = [row for row in good if row.saga not in ended]
        return Readable(tuple(good), (error.problem, *problems), error)


def _check(path: Path) -> None:
    if path.exists():
        with _reading(path) as connection:
            schema.check_whole(connection, path)


def _against_the_mark(settings: JournalSettings) -> JournalOlder | None:
    mark = read_mark(settings.mark)
    if mark is None:
        return None
    if not settings.path.exists():
        return JournalOlder("the journal is gone, although this kiosk has written one", settings.path)
    with _reading(settings.path) as connection:
        if schema.version_of(connection, settings.path) < 2:
            why = "the journal is of an earlier version than what was here"
        else:
            meta = dict(connection.execute("SELECT name, value FROM meta"))
            (seq,) = connection.execute("SELECT coalesce(max(seq), 0) FROM rows").fetchone()
            why = mark.newer_than(str(meta.get("id")), seq, int(meta.get("opening", 0)))
    return JournalOlder(why, settings.path) if why else None


Found = list[tuple[Record, StoredRow]]
"""Rows as they lie in the file, with `open` after their `FIELDS`, and as they are shown."""


def salvage(path: Path) -> tuple[Found, tuple[str, ...]]:
    """Every row that is still what was written, oldest first; and what could not be read. Reads from both
    ends and, between them, row by row."""
    found: dict[int, Record] = {}
    problems: list[str] = []
    try:
        with _reading(path) as connection:
            columns = {name for _, name, *_ in connection.execute("PRAGMA table_info(rows)")}
            select = SELECT.replace(" FROM", ", open FROM" if "open" in columns else ", 1 FROM")
            low = _as_far_as_possible(connection, f"{select} ORDER BY seq", found)
            if low is not None:
                high = _as_far_as_possible(connection, f"{select} ORDER BY seq DESC", found)
                unread = _one_by_one(connection, select, low + 1, high, found)
                problems.append(f"{unread} rows cannot be read")
    except sqlite3.Error as error:
        problems.append(of_sqlite(error, path).problem)
    except OSError as error:
        problems.append(error.strerror or str(error))
    good: Found = []
    for seq in sorted(found):
        try:
            good.append((found[seq], stored(found[seq], path)))
        except JournalDamaged as error:
            problems.append(error.problem)
    return good, tuple(dict.fromkeys(problems))


def _as_far_as_possible(connection: sqlite3.Connection, select: str, found: dict[int, Record]) -> int | None:
    """The number of the last row before the one that could not be read (0: not even one could); None when
    all were read."""
    seq = 0
    try:
        for record in connection.execute(select):
            seq = record[0]
            found[seq] = record
    except sqlite3.DatabaseError:
        return seq
    return None


def _one_by_one(
    connection: sqlite3.Connection,
    select: str,
    low: int,
    high: int | None,
    found: dict[int, Record],
) -> int:
    """Try the rows from `low` to before `high` (None or 0: as far as there may be); how many are lost."""
    lost = 0
    end = min(high or low + 1000, low + GAP_ROWS)
    for seq in range(low, end):
        try:
            record = connection.execute(f"{select} WHERE seq = ?", [seq]).fetchone()
        except sqlite3.DatabaseError:
            lost += 1
            continue
        if record is not None:
            found[seq] = record
    return lost


def _is_open(record: Record) -> bool:
    return bool(record[-1])


def may_be_carried_over(found: Found) -> list[Record]:
    """Of what was salvaged, the records of sagas that are open and that this kiosk understands."""
    left_out = {
        row.saga
        for record, row in found
        if row.closes or not _is_open(record) or row.kind not in KINDS or row.schema > ROW_SCHEMA
    }
    return [[*record[:-1], 1] for record, row in found if row.saga not in left_out]
