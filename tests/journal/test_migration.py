"""A journal of version 1 becomes one of this version, whole or not at all."""

import hashlib
import json
import os
import sqlite3
from pathlib import Path
from random import Random

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from kiosk import lab
from kiosk.circulation.values import Row
from kiosk.journal import JournalDamaged, JournalError, JournalFull, JournalOlder, SqliteJournal, read_rows
from kiosk.lab.disk import LossyDisk
from tests.journal.places import (
    all_bytes,
    journal_at,
    names,
    open_sagas,
    place,
    row,
    sealed_row,
    until_the_power_is_cut,
    with_journal,
    write,
)

VERSION_1 = """
CREATE TABLE "rows" (
   "seq" INTEGER PRIMARY KEY, "saga" TEXT NOT NULL, "kind" TEXT NOT NULL, "schema" INTEGER NOT NULL,
   "closes" INTEGER NOT NULL, "payload" TEXT NOT NULL, "mono" REAL NOT NULL, "wall" REAL NOT NULL,
   "digest" BLOB NOT NULL, "key" BLOB, "box" BLOB
);
CREATE INDEX "idx_rows_saga" ON "rows" ("saga");
PRAGMA application_id = 0x4C4B4A31;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
"""

KIOSK_KEY = bytes(range(32))


def locked(key: bytes, text: bytes, bound: str) -> bytes:
    nonce = os.urandom(12)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, text, bound.encode())


def version_1(folder: Path, sagas: int = 40) -> tuple[list[Row], list[bytes]]:
    """Write a journal of version 1 from its schema; returns its open rows, and the wrapped keys that live."""
    (folder / "data").mkdir(parents=True)
    (folder / "journal.key").touch(mode=0o600)
    (folder / "journal.key").write_text(f"kiosk-journal-key-1 {KIOSK_KEY.hex()}\n")
    db = sqlite3.connect(folder / "data" / "journal.db")
    db.executescript(VERSION_1)
    left, keys = [], []

    def put(each: Row, key: bytes | None, box: bytes | None) -> None:
        said = [each.saga, each.kind.value, 1, int(each.closes), json.dumps(dict(each.payload))]
        digest = hashlib.blake2b(json.dumps([*said, 7.0, 1e9]).encode(), digest_size=16).digest()
        insert = "INSERT INTO rows VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        db.execute(insert, [*said, 7.0, 1e9, digest, key, box])

    for n in range(sagas):
        closes = n % 4 != 0
        intent = sealed_row(f"s{n}", f"2100{n:04}", item=f"3000{n:04}")
        bound = f"s{n}\nintent"
        key = os.urandom(32)
        wrapped = locked(KIOSK_KEY, key, bound)
        box = locked(key, json.dumps(intent.sealed).encode().ljust(64), bound)
        put(intent, bytes(len(wrapped)) if closes else wrapped, bytes(len(box)) if closes else box)
        if closes:
            put(row(f"s{n}", closes=True), None, None)
        else:
            left.append(intent)
            keys.append(wrapped)
    db.commit()
    db.close()
    return left, keys


def file_version(folder: Path) -> int:
    db = sqlite3.connect(f"file:{folder}/data/journal.db?mode=ro", uri=True)
    (version,) = db.execute("PRAGMA user_version").fetchone()
    db.close()
    return int(version)


def test_a_journal_of_version_1_goes_on(tmp_path: Path) -> None:
    left, keys = version_1(tmp_path)
    before = read_rows(tmp_path / "data")
    assert [r.saga for r in read_rows(tmp_path / "data", only_open=True)] == [r.saga for r in left]
    assert file_version(tmp_path) == 1

    async def story(journal: SqliteJournal) -> None:
        assert (await journal.open_rows()).rows == tuple(left)
        assert await journal.all_rows() == before
        await journal.append([row("s0", closes=True)])

    with_journal(tmp_path, story)
    assert names(tmp_path / "data") == ["journal.db"]
    assert file_version(tmp_path) == 2
    rest = all_bytes(tmp_path / "data")
    # one copy of each key that lives, and none of the one that was destroyed since
    assert [rest.count(key) for key in keys] == [0] + [1] * (len(keys) - 1)
    assert open_sagas(tmp_path) == [r.saga for r in left[1:]]


def test_rows_in_the_log_of_a_journal_of_version_1_come_along(tmp_path: Path) -> None:
    version_1(tmp_path)
    file = tmp_path / "data" / "journal.db"
    db = sqlite3.connect(file)
    db.execute("DELETE FROM rows WHERE saga = 's0'")
    db.commit()
    kept = {path: path.read_bytes() for path in (tmp_path / "data").iterdir() if "shm" not in path.name}
    db.close()
    for path, data in kept.items():
        path.write_bytes(data)
    assert "s0" not in open_sagas(tmp_path)


@pytest.mark.parametrize("seed", range(30))
def test_killed_in_the_middle_of_it_nothing_is_lost(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    left, _ = version_1(tmp_path, 60)
    with LossyDisk(tmp_path, chance) as disk:
        for _ in range(6):

            async def life() -> None:
                journal = journal_at(tmp_path)
                disk.cut_in(chance.randint(1, 110))
                with until_the_power_is_cut(disk):
                    assert (await journal.open_rows()).rows == tuple(left)
                    await journal.close()
                journal.abandon()

            lab.run(life())
        assert open_sagas(tmp_path) == [r.saga for r in left]
    assert names(tmp_path / "data") == ["journal.db"]


def test_without_room_for_the_copy_it_stays_what_it_was(tmp_path: Path) -> None:
    left, _ = version_1(tmp_path)
    with LossyDisk(tmp_path, Random(1)) as disk:

        async def story() -> None:
            journal = journal_at(tmp_path)
            disk.full = True
            with pytest.raises(JournalFull):
                await journal.open_rows()
            disk.full = False
            assert file_version(tmp_path) == 1
            assert (await journal.open_rows()).rows == tuple(left)
            await journal.close()

        lab.run(story())


def test_while_somebody_reads_it_it_is_not_migrated(tmp_path: Path) -> None:
    left, _ = version_1(tmp_path)
    reader = sqlite3.connect(tmp_path / "data" / "journal.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM rows").fetchone()
    with pytest.raises(JournalError, match="somebody reads"):
        open_sagas(tmp_path)
    reader.close()
    assert open_sagas(tmp_path) == [r.saga for r in left]


def test_a_damaged_one_is_not_migrated(tmp_path: Path) -> None:
    version_1(tmp_path)
    file = tmp_path / "data" / "journal.db"
    file.write_bytes(file.read_bytes()[:4096] + b"\xa5" * 4096 + file.read_bytes()[8192:])
    with pytest.raises(JournalDamaged):
        open_sagas(tmp_path)
    assert names(tmp_path / "data") == ["journal.db"]


def test_one_of_version_1_that_comes_back_after_the_migration_is_older(tmp_path: Path) -> None:
    version_1(tmp_path / "old")
    write(tmp_path / "new", [row("a")])
    (tmp_path / "old" / "data" / "journal.db").replace(place(tmp_path / "new").path)
    with pytest.raises(JournalOlder, match="earlier version"):
        open_sagas(tmp_path / "new")
    assert file_version(tmp_path / "new") == 1
