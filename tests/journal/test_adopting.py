"""Somebody decides that the kiosk goes on, and nothing of what was doubted is lost by it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from kiosk import lab
from kiosk.journal import Adopted, JournalError, JournalFull, JournalInUse, JournalOlder, KeyUnusable
from kiosk.lab.disk import LossyDisk
from tests.journal.places import (
    SPRING,
    all_bytes,
    closing_row,
    journal_at,
    names,
    open_sagas,
    place,
    row,
    sealed_row,
    until_the_power_is_cut,
    write,
)


def adopt(folder: Path, *, wall: float = SPRING) -> Adopted:
    return lab.run(journal_at(folder, wall=wall).adopt())


def opening(folder: Path) -> int:
    async def main() -> int:
        journal = journal_at(folder)
        number = (await journal.open_rows()).opening
        await journal.close()
        return number

    return lab.run(main())


def test_with_a_journal_that_opens_there_is_nothing_to_do(tmp_path: Path) -> None:
    write(tmp_path, [row("a")])
    assert adopt(tmp_path) == Adopted()
    assert open_sagas(tmp_path) == ["a"]


def test_an_older_journal_is_taken_as_it_is_and_its_openings_go_on(tmp_path: Path) -> None:
    write(tmp_path, [sealed_row("a", "21000001")])
    shutil.copytree(tmp_path / "data", tmp_path / "backup")
    for n in range(5):
        write(tmp_path, [row(f"lost-{n}")])
    last = opening(tmp_path)
    shutil.rmtree(tmp_path / "data")
    (tmp_path / "backup").rename(tmp_path / "data")
    done = adopt(tmp_path)
    assert [doubt[:20] for doubt in done.doubts] == ["the journal is older"]
    assert (done.aside, done.carried) == ((), 0)
    assert opening(tmp_path) > last
    assert open_sagas(tmp_path) == ["a"]


def test_a_journal_that_vanished_begins_anew(tmp_path: Path) -> None:
    for n in range(5):
        write(tmp_path, [row(f"s{n}")])
    last = opening(tmp_path)
    shutil.rmtree(tmp_path / "data")
    assert adopt(tmp_path).doubts == ("the journal is gone, although this kiosk has written one",)
    assert open_sagas(tmp_path) == []
    assert opening(tmp_path) > last
    place(tmp_path).path.unlink()
    with pytest.raises(JournalOlder):
        open_sagas(tmp_path)


def test_a_torn_page_costs_what_was_on_it_and_the_rest_is_carried_over(tmp_path: Path) -> None:
    write(tmp_path, [sealed_row(f"s{n}", "21000001", filling="x" * 400) for n in range(60)])
    write(tmp_path, [closing_row("s0"), closing_row("s59")])
    last = opening(tmp_path)
    file = place(tmp_path).path
    data = file.read_bytes()
    # the page of the row in the middle
    at = data.index(b'"s30' if b'"s30' in data else b"s30intent") // 4096 * 4096
    file.write_bytes(data[:at] + b"\xa5" * 4096 + data[at + 4096 :])
    doubted = file.read_bytes()
    with pytest.raises(JournalError):
        open_sagas(tmp_path)
    done = adopt(tmp_path)
    assert [path.name for path in done.aside] == ["journal.db.aside-20260331-233320"]
    assert done.aside[0].read_bytes() == doubted
    rest = open_sagas(tmp_path)
    assert len(rest) == done.carried > 40
    assert not {"s0", "s30", "s59"} & set(rest)
    assert opening(tmp_path) > last

    async def read() -> None:
        journal = journal_at(tmp_path)
        opened = await journal.open_rows()
        assert {str(each.sealed) for each in opened.rows} == {"{'patron': '21000001'}"}
        assert journal.broken_seals == ()
        await journal.append([closing_row(each.saga) for each in opened.rows])
        await journal.close()

    lab.run(read())
    assert open_sagas(tmp_path) == []


@pytest.mark.parametrize("ruin", [b"", b"no journal at all " * 500])
def test_without_a_readable_byte_it_begins_anew_beside_the_old(tmp_path: Path, ruin: bytes) -> None:
    write(tmp_path, [row("a")])
    place(tmp_path).path.write_bytes(ruin)
    done = adopt(tmp_path)
    assert [path.read_bytes() for path in done.aside] == [ruin]
    assert open_sagas(tmp_path) == []
    # twice in one second
    place(tmp_path).path.write_bytes(ruin)
    assert len(adopt(tmp_path).aside) == 1
    assert len(names(tmp_path / "data")) == 3


def test_a_log_without_its_file_is_kept_aside(tmp_path: Path) -> None:
    write(tmp_path, [row("a")])
    file = place(tmp_path).path
    file.rename(file.with_name("journal.db-wal"))
    done = adopt(tmp_path)
    assert [path.name for path in done.aside] == ["journal.db.aside-20260331-233320-wal"]
    assert b'"s' in done.aside[0].read_bytes() or done.aside[0].stat().st_size > 0
    assert open_sagas(tmp_path) == []


def test_a_journal_of_a_later_version_is_kept_aside_untouched(tmp_path: Path) -> None:
    write(tmp_path, [row("a")])
    file = place(tmp_path).path
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA user_version = 9")
        db.execute("ALTER TABLE rows ADD COLUMN more TEXT")
    before = file.read_bytes()
    done = adopt(tmp_path)
    assert done.aside[0].read_bytes() == before
    assert open_sagas(tmp_path) == ["a"]


def test_without_its_key_the_loans_stay_and_their_patrons_do_not(tmp_path: Path) -> None:
    write(tmp_path, [sealed_row("a", "21000001", item="3")])
    (tmp_path / "journal.key").unlink()
    assert adopt(tmp_path).doubts == ("the kiosk key is missing",)

    async def read() -> None:
        journal = journal_at(tmp_path)
        assert (await journal.open_rows()).rows == (row("a", item="3"),)
        assert len(journal.broken_seals) == 1
        await journal.append([sealed_row("b", "21000002")])
        assert (await journal.open_rows()).rows[-1].sealed == {"patron": "21000002"}
        await journal.close()

    lab.run(read())


def test_a_malformed_key_is_kept_aside_and_one_that_all_may_read_is_closed(tmp_path: Path) -> None:
    write(tmp_path, [sealed_row("a", "21000001")])
    key = tmp_path / "journal.key"
    right = key.read_text()
    key.write_text("scribble")
    (aside,) = adopt(tmp_path).aside
    assert aside.read_text() == "scribble"
    key.write_text(right)
    key.chmod(0o644)
    with pytest.raises(KeyUnusable):
        open_sagas(tmp_path)
    assert adopt(tmp_path).doubts == ("everybody may read the kiosk key",)
    assert key.stat().st_mode & 0o777 == 0o600
    assert open_sagas(tmp_path) == ["a"]


def test_several_doubts_at_once(tmp_path: Path) -> None:
    write(tmp_path, [sealed_row("a", "21000001")], [row("b")])
    place(tmp_path).path.write_bytes(b"rubbish")
    (tmp_path / "journal.key").write_text("rubbish")
    (tmp_path / "journal.mark").write_text("rubbish")
    assert len(adopt(tmp_path).aside) == 2
    assert open_sagas(tmp_path) == []
    assert opening(tmp_path) > SPRING  # no number that was used for a saga is used again


def test_what_it_cannot_help_it_says(tmp_path: Path) -> None:
    async def story() -> None:
        first, second = journal_at(tmp_path), journal_at(tmp_path)
        await first.open_rows()
        with pytest.raises(JournalInUse):
            await second.adopt()
        assert await first.adopt() == Adopted()
        await first.append([row("a")])  # goes on, opened again
        await first.close()

    lab.run(story())

    with LossyDisk(tmp_path, Random(1)) as disk:

        async def full() -> None:
            place(tmp_path).path.write_bytes(b"rubbish")
            disk.full = True
            with pytest.raises(JournalFull):
                await journal_at(tmp_path).adopt()
            disk.full = False

        lab.run(full())
        assert place(tmp_path).path.read_bytes() == b"rubbish"
        adopt(tmp_path)


def test_where_the_mark_cannot_be_written_it_does_not_say_that_it_helped(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    write(tmp_path, [row("a")], mark_file=marks / "journal.mark")
    place(tmp_path).path.unlink()
    mark = (marks / "journal.mark").read_bytes()
    shutil.rmtree(marks)
    marks.write_bytes(mark)  # a file where a folder should be
    journal = journal_at(tmp_path, mark_file=marks / "journal.mark")
    place(tmp_path).path.write_bytes(b"rubbish")
    with pytest.raises(JournalError, match="mark cannot be written"):
        lab.run(journal.adopt())


@pytest.mark.parametrize("seed", range(15))
def test_cut_off_in_the_middle_of_it_it_can_be_done_again_and_nothing_is_lost(
    tmp_path: Path, seed: int
) -> None:
    chance = Random(seed)
    write(tmp_path, [row(f"s{n}", filling="x" * 300) for n in range(60)])
    file = place(tmp_path).path
    data = file.read_bytes()
    file.write_bytes(data[: 5 * 4096] + chance.randbytes(4096) + data[6 * 4096 :])
    doubted = file.read_bytes()
    with LossyDisk(tmp_path, chance) as disk:

        async def life(longest: int) -> bool:
            disk.cut_in(chance.randint(1, longest))
            with until_the_power_is_cut(disk):
                await journal_at(tmp_path, wall=SPRING).adopt()
                return True
            return False

        longest = 60
        while not lab.run(life(longest)):
            longest *= 2
        assert len(open_sagas(tmp_path)) > 30
    assert doubted in all_bytes(tmp_path / "data")
    assert not any(name.endswith(".new") for name in names(tmp_path / "data"))
