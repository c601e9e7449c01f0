"""The disk that forgets: it loses what was not flushed, and the journal as it is loses nothing."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.lab.disk import LossyDisk
from kiosk.lab.platter import SECTOR
from tests.lab.disk_lives import played
from tests.lab.sins import Edit
from tests.lab.test_mutations import PROJECT

CHANCES = range(40)
"""Cuts after which what may happen has happened."""


def test_a_journal_loses_nothing_in_hundreds_of_power_cuts() -> None:
    # in flushes, closings, checkpoints, migration and retention; see disk_lives
    lives = [played(seed) for seed in range(60)]
    assert sum(each.cuts for each in lives) == 300
    assert sum(len(each.told) for each in lives) > 1000


SINS = {
    "commits do not wait for the disk": (
        Edit("kiosk/journal/store.py", '"synchronous = FULL"', '"synchronous = OFF"'),
        "reported flushed, and is gone",
    ),
    "the name of the key is not flushed": (
        Edit(
            "kiosk/journal/sealing.py",
            "        draft.unlink(missing_ok=True)\n    sync_folder(path.parent)\n",
            "        draft.unlink(missing_ok=True)\n",
        ),
        "the kiosk key is missing",
    ),
    "the key is not flushed": (
        Edit("kiosk/journal/sealing.py", "            os.fsync(file.fileno())\n", ""),
        "this is not a kiosk key",
    ),
}


@pytest.mark.parametrize("name", SINS)
def test_a_journal_that_forgets_a_flush_is_found_out(tmp_path: Path, name: str) -> None:
    edit, said = SINS[name]
    for room in ("kiosk", "tests"):
        shutil.copytree(PROJECT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / edit.file
    text = path.read_text(encoding="utf-8")
    assert text.count(edit.old) == 1, f"{name}: the patch no longer applies to {edit.file}"
    path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.lab.disk_lives", "60"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    print(ran.stderr)
    assert ran.returncode == 1
    assert ran.stderr.startswith("seed "), ran.stderr
    assert said in ran.stderr


# ---- the model itself ---------------------------------------------------------------------------


def database(path: Path, synchronous: str = "FULL") -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL").fetchall()
    db.execute(f"PRAGMA synchronous = {synchronous}")
    db.execute("CREATE TABLE IF NOT EXISTS t (n)")
    return db


def rows(path: Path) -> int:
    db = sqlite3.connect(path)
    try:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return int(db.execute("SELECT count(*) FROM t").fetchone()[0])
    finally:
        db.close()


def after_a_cut(folder: Path, seed: int, synchronous: str) -> int:
    folder.mkdir()
    with LossyDisk(folder, random.Random(seed)) as disk:
        db = database(folder / "a.db")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        db.execute(f"PRAGMA synchronous = {synchronous}")
        for n in range(10):
            db.execute("INSERT INTO t VALUES (?)", [n])
        disk.cut()
        db.close()
        return rows(folder / "a.db")


def test_what_was_synced_is_there_and_what_was_not_may_be(tmp_path: Path) -> None:
    assert {after_a_cut(tmp_path / f"{seed}", seed, "FULL") for seed in CHANCES} == {10}
    left = {after_a_cut(tmp_path / f"n{seed}", seed, "NORMAL") for seed in CHANCES}
    assert {0, 10} < left


def test_the_same_chance_loses_the_same(tmp_path: Path) -> None:
    first = [after_a_cut(tmp_path / f"a{seed}", seed, "NORMAL") for seed in CHANCES]
    assert first == [after_a_cut(tmp_path / f"b{seed}", seed, "NORMAL") for seed in CHANCES]


def test_a_write_is_torn_at_sectors_and_harms_nothing_beside_it(tmp_path: Path) -> None:
    seen = set()
    for seed in CHANCES:
        path = tmp_path / f"{seed}.db"
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("CREATE TABLE t (n)")
        db.close()
        before = path.read_bytes()
        with LossyDisk(tmp_path, random.Random(seed)) as disk:
            db = sqlite3.connect(path, isolation_level=None)
            db.execute("PRAGMA synchronous = OFF")
            db.execute("PRAGMA journal_mode = OFF").fetchall()
            db.execute("INSERT INTO t VALUES (zeroblob(3000))")
            after = path.read_bytes()
            disk.cut()
            db.close()
        left = path.read_bytes()
        assert len(left) == len(before) == len(after)
        kept = 0
        for at in range(0, len(left), SECTOR):
            there = left[at : at + SECTOR]
            assert there in {before[at : at + SECTOR], after[at : at + SECTOR]}
            kept += there == after[at : at + SECTOR] != before[at : at + SECTOR]
        seen.add(kept)
    assert len(seen) > 2


@pytest.mark.parametrize("synced", ["nothing", "file", "both"])
def test_a_file_that_python_puts_in_the_place_of_another(tmp_path: Path, synced: str) -> None:
    left = set()
    for seed in CHANCES:
        folder = tmp_path / f"{synced}{seed}"
        folder.mkdir()
        (folder / "a").write_text("old")
        with LossyDisk(folder, random.Random(seed)) as disk:
            # known to the disk, as a file that a journal has
            with (folder / "a").open("rb") as old:
                os.fsync(old.fileno())
            with (folder / "b").open("w") as new:
                new.write("new")
                new.flush()
                if synced != "nothing":
                    os.fsync(new.fileno())
            (folder / "b").replace(folder / "a")
            if synced == "both":
                handle = os.open(folder, os.O_RDONLY)
                os.fsync(handle)
                os.close(handle)
            disk.cut()
        left.add((folder / "a").read_text())
    assert left == {"nothing": {"old", "new", "", "\0\0\0"}, "file": {"old", "new"}, "both": {"new"}}[synced]


def test_dead_handles_do_no_harm_and_new_ones_work_at_once(tmp_path: Path) -> None:
    with LossyDisk(tmp_path, random.Random(1)) as disk:
        dead = database(tmp_path / "a.db")
        dead.execute("INSERT INTO t VALUES (1)")
        disk.cut()
        db = database(tmp_path / "a.db")
        with pytest.raises(sqlite3.OperationalError):
            dead.execute("INSERT INTO t VALUES (2)")
        dead.close()
        db.execute("INSERT INTO t VALUES (3)")
        disk.cut()
        db.close()
        assert rows(tmp_path / "a.db") == 2


def test_a_full_disk_takes_what_needs_no_more_room(tmp_path: Path) -> None:
    with LossyDisk(tmp_path, random.Random(1)) as disk:
        db = database(tmp_path / "a.db")
        db.execute("INSERT INTO t VALUES (zeroblob(9000))")
        disk.full = True
        with pytest.raises(sqlite3.OperationalError, match="full"):
            db.execute("INSERT INTO t VALUES (zeroblob(90000))")
        disk.full = False
        db.execute("INSERT INTO t VALUES (1)")
        db.close()
        assert rows(tmp_path / "a.db") == 2


def test_in_the_dark_nothing_can_be_done_until_the_power_returns(tmp_path: Path) -> None:
    with LossyDisk(tmp_path, random.Random(1)) as disk:
        database(tmp_path / "a.db").close()
        disk.cut_in(1)
        with pytest.raises(sqlite3.OperationalError):
            database(tmp_path / "a.db")
        assert disk.dark
        with pytest.raises(OSError, match="power"):
            (tmp_path / "a.db").rename(tmp_path / "b.db")
        disk.power_returns()
        assert rows(tmp_path / "a.db") == 0


def test_what_lies_elsewhere_is_left_alone_and_everything_is_given_back(tmp_path: Path) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    before = os.fsync, os.rename, os.unlink
    with LossyDisk(here, random.Random(1)) as disk:
        other = database(elsewhere / "a.db", "OFF")
        other.execute("INSERT INTO t VALUES (1)")
        mine = database(here / "a.db")
        mine.close()
        assert disk.syncs["wal"] >= 1
        counted = disk.operations
        disk.cut()
        other.execute("INSERT INTO t VALUES (2)")
        other.close()
        assert disk.operations == counted
    assert rows(elsewhere / "a.db") == 2
    assert (os.fsync, os.rename, os.unlink) == before
    database(here / "a.db").close()
    assert disk.operations == counted
