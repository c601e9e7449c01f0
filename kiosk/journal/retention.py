"""Retention: settled sagas leave the journal when they are old enough.

Only rows of closed sagas are removed, and their keys were destroyed when they were closed: what is
removed holds nothing that names anybody. The newest row stays, whatever its age, since the number of the
newest row only ever grows (`mark.py`).

**Whose key may be copied.** Removing rows makes SQLite move their neighbours from page to page, and what
a page held before may stay in its gap. A neighbour may be of an open saga, and its key, destroyed later in
its new place, would live on in the old. So as long as any key lives, removal ends with a VACUUM, which
writes every page anew; `meta.vacuum` remembers, in the same flush, that it is due. Without a living key
there is nothing to copy, and free pages are given back to the disk (`incremental_vacuum`).

**Whose clock.** A clock that has jumped must not remove anything. The wall clock is believed when the
journal was at work on `WITNESSES` different days of it, the last of them today and none of them more than
`WITHIN_DAYS` ago: a clock that says 2038 is believed when it has said so for three days of use. Of the rows,
only those count whose stamps rise with their sequence, and are of this kiosk's lifetime: a closed saga is
old when it was closed before one of them that is old.
"""

from __future__ import annotations

import json
import sqlite3

DAY_S = 86400.0

WITNESSES = 3
WITHIN_DAYS = 30

NOT_BEFORE = 1_735_689_600.0
"""1 January 2025: no kiosk is older. A clock without a battery begins in 1970."""

FREE_PAGES = 64
"""So many free pages are kept for the next rows."""


def witnessed(days_text: str, wall: float) -> str | None:
    """The journal's days of work with today among them, as `meta.days` holds them; None: it is there."""
    days = _days(days_text)
    today = int(wall // DAY_S)
    if today in days:
        return None
    return json.dumps([*days, today][-WITNESSES:])


def believed(days_text: str, wall: float) -> bool:
    """Whether the wall clock is one to remove rows by."""
    days = _days(days_text)
    today = int(wall // DAY_S)
    return (
        wall >= NOT_BEFORE
        and len(days) >= WITNESSES
        and max(days) == today
        and min(days) >= today - WITHIN_DAYS
    )


def _days(text: str) -> list[int]:
    try:
        return [int(day) for day in json.loads(text)]
    except (TypeError, ValueError):
        return []


def old_until(connection: sqlite3.Connection, keep_days: int, wall: float) -> int:
    """The newest row whose saga, when it was closed by it or before, is old; 0 when there is none.

    Reads from the oldest row to the first that is not old.
    """
    before = wall - keep_days * DAY_S
    newest, seen = 0, NOT_BEFORE
    for seq, stamp in connection.execute("SELECT seq, wall FROM rows ORDER BY seq"):
        if not seen <= stamp <= wall:
            continue
        if stamp >= before:
            break
        newest, seen = seq, stamp
    return newest


def remove_some(connection: sqlite3.Connection, until: int, at_most: int) -> int:
    """Remove the oldest `at_most` sagas that were closed by a row up to `until`, in one transaction; how many
    they were, and 0 when no more are left."""
    newest = "(SELECT saga FROM rows ORDER BY seq DESC LIMIT 1)"
    sagas = connection.execute(
        f"SELECT saga FROM rows WHERE closes AND seq <= ? AND saga <> {newest} ORDER BY seq LIMIT ?",  # noqa: S608
        [until, at_most],
    ).fetchall()
    if not sagas:
        return 0
    connection.execute("BEGIN IMMEDIATE")
    try:
        due = "whole" if _key_lives(connection) else "pages"
        connection.execute(
            "INSERT INTO meta VALUES ('vacuum', ?) ON CONFLICT (name) DO UPDATE"
            " SET value = CASE value WHEN 'whole' THEN value ELSE excluded.value END",
            [due],
        )
        connection.executemany("DELETE FROM rows WHERE saga = ? AND NOT open", sagas)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return len(sagas)


def give_back(connection: sqlite3.Connection) -> bool:
    """After removal: no stale copy of a key is left, and the disk has its room again. False when nothing was
    to be done."""
    due = connection.execute("SELECT value FROM meta WHERE name = 'vacuum'").fetchone()
    if due is None:
        return False
    # a key that lived then may have been destroyed since, in one of its places
    if due == ("whole",) or _key_lives(connection):
        connection.execute("VACUUM")
    else:
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        if free > FREE_PAGES:
            # one step a page: `execute` would take the first only
            connection.executescript(f"PRAGMA incremental_vacuum({free - FREE_PAGES})")
    connection.execute("DELETE FROM meta WHERE name = 'vacuum'")
    return True


def _key_lives(connection: sqlite3.Connection) -> bool:
    return (
        connection.execute("SELECT 1 FROM rows WHERE open AND key IS NOT NULL LIMIT 1").fetchone() is not None
    )
