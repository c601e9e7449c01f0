"""Reading beside a kiosk, and what is left of a damaged journal."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kiosk import lab
from kiosk.circulation.reasons import Reason
from kiosk.journal import (
    JournalDamaged,
    JournalTooNew,
    SqliteJournal,
    read_rows,
    read_what_can_be_read,
)
from tests.journal.places import (
    all_bytes,
    closing_row,
    journal_at,
    names,
    place,
    row,
    sealed_row,
    with_journal,
    write,
)


def test_beside_a_kiosk_that_writes(tmp_path: Path) -> None:
    async def story(journal: SqliteJournal) -> None:
        assert read_rows(tmp_path / "data") == ()
        await journal.append([sealed_row("a", "21000001"), row("b")])
        assert [r.saga for r in read_rows(tmp_path / "data")] == ["a", "b"]
        await journal.append([closing_row("b")])
        assert read_rows(tmp_path / "data") == await journal.all_rows()
        (left,) = read_rows(tmp_path / "data", only_open=True)
        assert (left.saga, left.sealed) == ("a", True)
        await journal.append([row("c")])  # nobody was hindered

    with_journal(tmp_path, story)


def test_at_rest_it_leaves_no_trace(tmp_path: Path) -> None:
    write(tmp_path, [row("a")])
    before = all_bytes(tmp_path)
    (tmp_path / "data").chmod(0o500)
    assert [r.saga for r in read_rows(tmp_path / "data")] == ["a"]
    (tmp_path / "data").chmod(0o700)
    assert all_bytes(tmp_path) == before
    assert names(tmp_path / "data") == ["journal.db"]


def test_where_there_is_none_there_are_no_rows(tmp_path: Path) -> None:
    assert read_rows(tmp_path / "nowhere") == ()
    assert read_what_can_be_read(place(tmp_path)).rows == ()
    assert names(tmp_path) == []


def test_what_is_no_journal_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    place(tmp_path).path.write_bytes(b"something else " * 1000)
    with pytest.raises(JournalDamaged):
        read_rows(tmp_path / "data")
    place(tmp_path).path.unlink()
    write(tmp_path, [row("a")])
    with closing(sqlite3.connect(place(tmp_path).path)) as db, db:
        db.execute("PRAGMA user_version = 9")
    with pytest.raises(JournalTooNew):
        read_rows(tmp_path / "data")
    # ... and as far as it goes, it is read
    found = read_what_can_be_read(place(tmp_path), only_open=True)
    assert [r.saga for r in found.rows] == ["a"]
    assert found.error is not None
    assert found.error.reason is Reason.JOURNAL_TOO_NEW


def test_a_whole_journal_has_no_problems(tmp_path: Path) -> None:
    write(tmp_path, [row("a"), row("b"), closing_row("b")])
    found = read_what_can_be_read(place(tmp_path), only_open=True)
    assert [r.saga for r in found.rows] == ["a"]
    assert (found.problems, found.error) == ((), None)
    assert len(read_what_can_be_read(place(tmp_path)).rows) == 3


def test_around_a_torn_page_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, [row(f"s{n}", filling="x" * 700) for n in range(100)])
    write(tmp_path, [closing_row(f"s{n}") for n in range(50)])
    file = place(tmp_path).path
    data = file.read_bytes()
    at = data.index(b"s70intent") // 4096 * 4096
    file.write_bytes(data[:at] + b"\0" * 4096 + data[at + 4096 :])
    found = read_what_can_be_read(place(tmp_path), only_open=True)
    sagas = {int(r.saga[1:]) for r in found.rows}
    assert 40 <= len(sagas) < 50
    assert min(sagas) == 50
    assert max(sagas) == 99
    assert any("rows cannot be read" in problem for problem in found.problems)


def test_a_changed_row_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    write(tmp_path, [row("a", item="item-1"), row("b", item="item-2"), row("c", item="item-3")])
    file = place(tmp_path).path
    file.write_bytes(file.read_bytes().replace(b"item-2", b"item-9"))
    found = read_what_can_be_read(place(tmp_path))
    assert [r.saga for r in found.rows] == ["a", "c"]
    assert "row 2 is not what was written" in found.problems


def test_an_older_journal_is_read_and_said_to_be_one(tmp_path: Path) -> None:
    write(tmp_path, [row("a")])
    before = place(tmp_path).path.read_bytes()
    write(tmp_path, [row("b")])
    place(tmp_path).path.write_bytes(before)
    found = read_what_can_be_read(place(tmp_path))
    assert [r.saga for r in found.rows] == ["a"]
    assert found.error is not None
    assert found.error.reason is Reason.JOURNAL_OLDER
    place(tmp_path).path.unlink()
    gone = read_what_can_be_read(place(tmp_path))
    assert gone.rows == ()
    assert gone.error is not None
    assert gone.error.reason is Reason.JOURNAL_OLDER


def test_a_journal_that_does_not_open_still_shows_its_matters(tmp_path: Path) -> None:
    write(tmp_path, [sealed_row("a", "21000001")])
    (tmp_path / "journal.key").unlink()

    async def story() -> list[str]:
        return [r.saga for r in await journal_at(tmp_path).stored_rows(only_open=True)]

    assert lab.run(story()) == ["a"]
