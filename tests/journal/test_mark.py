"""An older journal is noticed, and a good one is never taken for one, wherever the power is cut."""

import shutil
from pathlib import Path
from random import Random

import pytest

from kiosk import lab
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Flushed
from kiosk.journal import JournalOlder
from kiosk.journal.journal import TIDY_AFTER_S
from kiosk.lab.disk import LossyDisk
from tests.journal.places import (
    closing_row,
    journal_at,
    open_sagas,
    row,
    sealed_row,
    time_passes,
    until_the_power_is_cut,
    write,
)


def copy_of(folder: Path, name: str) -> Path:
    shutil.copytree(folder / "data", folder / name)
    return folder / name


def put_back(folder: Path, copy: Path) -> None:
    shutil.rmtree(folder / "data")
    copy.rename(folder / "data")


def test_an_older_copy_that_was_put_back_is_noticed(tmp_path: Path) -> None:
    write(tmp_path, [row("a")])
    copy = copy_of(tmp_path, "backup")
    write(tmp_path, [row("b")])
    put_back(tmp_path, copy)
    with pytest.raises(JournalOlder) as caught:
        open_sagas(tmp_path)
    assert caught.value.reason is Reason.JOURNAL_OLDER
    assert "row 1 of 2" in str(caught.value)
    assert "kiosk journal adopt" in caught.value.remedy


def test_a_copy_without_new_rows_is_older_by_its_opening(tmp_path: Path) -> None:
    write(tmp_path, [row("a")])
    copy = copy_of(tmp_path, "backup")
    assert open_sagas(tmp_path) == ["a"]
    put_back(tmp_path, copy)
    with pytest.raises(JournalOlder):
        open_sagas(tmp_path)


def test_a_copy_put_back_after_a_power_cut_is_noticed_as_far_as_was_tidied(tmp_path: Path) -> None:
    async def story() -> None:
        journal = journal_at(tmp_path)
        await journal.append([row("a")])
        await journal.close()
        copy = copy_of(tmp_path, "backup")
        await journal.open_rows()
        await journal.append([row("b"), closing_row("b")])
        await time_passes(TIDY_AFTER_S + 0.1)
        journal.abandon()
        put_back(tmp_path, copy)

    lab.run(story())
    with pytest.raises(JournalOlder):
        open_sagas(tmp_path)


def test_rows_that_vanish_with_their_log_are_noticed(tmp_path: Path) -> None:
    async def story() -> None:
        journal = journal_at(tmp_path)
        await journal.append([row("a")])
        file = tmp_path / "data" / "journal.db"
        before = file.read_bytes()
        await journal.close()
        file.write_bytes(before)

    lab.run(story())
    with pytest.raises(JournalOlder):
        open_sagas(tmp_path)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_journal_that_vanished_is_not_begun_anew_in_silence(tmp_path: Path, what: str) -> None:
    write(tmp_path, [row("a")])
    if what == "file":
        (tmp_path / "data" / "journal.db").unlink()
    else:
        shutil.rmtree(tmp_path / "data")
    for _ in range(2):
        with pytest.raises(JournalOlder, match="the journal is gone"):
            open_sagas(tmp_path)
    # not even when the mark says no more than that there was one
    (tmp_path / "journal.mark").write_bytes(b"\0" * 100)
    with pytest.raises(JournalOlder, match="the journal is gone"):
        open_sagas(tmp_path)


def test_the_journal_of_another_kiosk_is_noticed(tmp_path: Path) -> None:
    write(tmp_path / "here", [row("a")])
    write(tmp_path / "there", [row("b")], [row("c")])
    shutil.copy(tmp_path / "there" / "data" / "journal.db", tmp_path / "here" / "data" / "journal.db")
    with pytest.raises(JournalOlder, match="another journal"):
        open_sagas(tmp_path / "here")


def test_the_draft_that_a_kill_left_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / ".journal.mark.draft").write_bytes(b"half a ma")
    write(tmp_path, [row("a")])
    assert [path.name for path in tmp_path.glob(".*mark*")] == []
    assert (tmp_path / "journal.mark").exists()


@pytest.mark.parametrize("lost", ["the mark", "an older mark"])
def test_a_journal_that_is_newer_than_the_mark_is_good(tmp_path: Path, lost: str) -> None:
    write(tmp_path, [row("a")])
    before = (tmp_path / "journal.mark").read_bytes()
    write(tmp_path, [row("b")])
    (tmp_path / "journal.mark").unlink()
    if lost != "the mark":
        (tmp_path / "journal.mark").write_bytes(before)
    assert open_sagas(tmp_path) == ["a", "b"]


@pytest.mark.parametrize("seed", range(25))
def test_no_power_cut_makes_a_good_journal_look_old(tmp_path: Path, seed: int) -> None:
    """The power is cut at any write, sync or change of a name, of the journal, its log, its mark or its key,
    again and again, also while it recovers from the cut before."""
    chance = Random(seed)
    flushed: list[Flushed] = []
    asked = 0
    numbers: list[int] = []

    async def life() -> None:
        nonlocal asked
        journal = journal_at(tmp_path)
        disk.cut_in(chance.randint(1, 60))
        with until_the_power_is_cut(disk):
            opened = await journal.open_rows()
            numbers.append(opened.opening)
            for _ in range(chance.randint(1, 8)):
                saga = f"s{asked}"
                asked += 1
                flushed.extend(await journal.append([sealed_row(saga, "21000001")]))
                if chance.random() < 0.5:
                    await journal.append([closing_row(saga)])
                    await time_passes(chance.choice([0.1, TIDY_AFTER_S + 0.1]))
            await journal.close()
        journal.abandon()

    with LossyDisk(tmp_path, chance) as disk:
        for _ in range(12):
            lab.run(life())

        async def end() -> list[str]:
            journal = journal_at(tmp_path)
            numbers.append((await journal.open_rows()).opening)
            rows = await journal.all_rows()
            await journal.close()
            return [stored.saga for stored in rows]

        known = lab.run(end())
    assert {each.saga for each in flushed} <= set(known)
    assert numbers == sorted(set(numbers))
