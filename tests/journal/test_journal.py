"""The journal through its public face, on real files."""

import asyncio
import hashlib
import json
import logging
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk import lab
from kiosk.circulation.values import Flushed, Row, RowKind, SagaId
from kiosk.desk import ports
from kiosk.journal import (
    JournalDamaged,
    JournalError,
    JournalInUse,
    JournalTooNew,
    KeyUnusable,
    SealBroken,
    SqliteJournal,
)
from kiosk.journal.journal import TIDY_AFTER_S
from tests.journal.places import (
    all_bytes,
    closing_row,
    journal_at,
    place,
    row,
    sealed_row,
    with_journal,
)

T = TypeVar("T")


async def opened(folder: Path, mono: Callable[[], float] = lambda: 5.0) -> SqliteJournal:
    journal = journal_at(folder, mono=mono)
    await journal.open_rows()
    return journal


# ---- what is written comes back -------------------------------------------------------------


def test_it_meets_the_desk_port() -> None:
    def proof(journal: SqliteJournal) -> ports.Journal:
        return journal  # mypy reads this; the call below only runs it

    proof(SqliteJournal.__new__(SqliteJournal))


def test_rows_come_back_after_a_restart_oldest_first(tmp_path: Path) -> None:
    intent = sealed_row("loan-1", "21000001", item="30001", afi="07", parts=[1, 2])
    answer = row("loan-1", RowKind.ANSWER, release=True)

    async def write(journal: SqliteJournal) -> tuple[Flushed, ...]:
        assert (await journal.open_rows()).rows == ()
        first = await journal.append([intent])
        return first + await journal.append([answer, row("loan-2", item="عشرة"), closing_row("loan-2")])

    flushed = with_journal(tmp_path, write)
    assert [(f.saga, f.kind.value) for f in flushed] == [
        ("loan-1", "intent"),
        ("loan-1", "answer"),
        ("loan-2", "intent"),
        ("loan-2", "settled"),
    ]
    assert [f.seq for f in flushed] == [1, 2, 3, 4]

    async def read(journal: SqliteJournal) -> None:
        assert (await journal.open_rows()).rows == (intent, answer)
        stored = await journal.all_rows()
        assert [(r.seq, r.saga, r.kind, r.closes, r.sealed) for r in stored] == [
            (1, "loan-1", "intent", False, True),
            (2, "loan-1", "answer", False, False),
            (3, "loan-2", "intent", False, False),
            (4, "loan-2", "settled", True, False),
        ]
        assert stored[2].payload == {"item": "عشرة"}
        assert {(r.mono, r.wall, r.schema) for r in stored} == {(5.0, 1e9, 1)}

    with_journal(tmp_path, read)


@pytest.mark.parametrize("wall", [0.0, 1e9, 1_795_341_600.123456, 1e22])
@pytest.mark.parametrize("saga", ["loan-1", 'a "loan"', "عشرة", "\\\n\x7f\U0001f4da"])
def test_a_digest_is_that_of_the_rows_json_as_it_always_was(tmp_path: Path, saga: str, wall: float) -> None:
    async def story(journal: SqliteJournal) -> None:
        await journal.append([row(saga, item='"عشرة" \\ \t \U0001f4da', parts=[1, 2], fee=None)])

    with_journal(tmp_path, story, wall=wall)
    with closing(sqlite3.connect(place(tmp_path).path)) as db, db:
        found = db.execute(
            "SELECT saga, kind, schema, closes, payload, mono, wall, digest FROM rows"
        ).fetchone()
    *said, digest = found
    assert digest == hashlib.blake2b(json.dumps(said).encode(), digest_size=16).digest()


def test_a_row_is_stamped_before_its_flush_ends(tmp_path: Path) -> None:
    ticks = iter(range(100))

    async def story() -> None:
        journal = await opened(tmp_path, mono=lambda: float(next(ticks)))
        began = next(ticks)
        await journal.append([row("a"), row("b")])
        ended = next(ticks)
        stamps = {stored.mono for stored in await journal.all_rows()}
        assert len(stamps) == 1  # one flush
        assert began < stamps.pop() < ended
        await journal.close()

    lab.run(story())


def test_one_append_is_one_flush_and_nothing_is_no_flush(tmp_path: Path) -> None:
    async def story(journal: SqliteJournal) -> None:
        wal = tmp_path / "data" / "journal.db-wal"
        assert await journal.append([]) == ()
        assert not wal.exists() or wal.stat().st_size == 0
        await journal.append([row(f"s{n}") for n in range(20)])
        frame, header = 4096 + 24, 32
        # Frames that end a commit carry the size of the file at bytes 4..7 (sqlite.org/walformat).
        data = wal.read_bytes()
        commits = sum(any(data[at + 4 : at + 8]) for at in range(header, len(data), frame))
        assert commits == 1

    with_journal(tmp_path, story)


scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)
payloads = st.dictionaries(st.text(max_size=8), scalars | st.lists(scalars, max_size=3), max_size=4)
rows_of_any_kind = st.builds(
    Row,
    saga=st.sampled_from(["a", "b", "c", "d"]).map(SagaId),
    kind=st.sampled_from(RowKind),
    payload=payloads,
    sealed=st.none() | st.dictionaries(st.text(max_size=8), st.text(max_size=30), min_size=1, max_size=2),
    closes=st.sampled_from([False, False, False, True]),
)


@settings(max_examples=30)
@given(st.lists(st.lists(rows_of_any_kind, max_size=6), max_size=8))
def test_any_sequence_of_appends_comes_back_in_order(appends: list[list[Row]]) -> None:
    everything = [a_row for rows in appends for a_row in rows]
    closed = {a_row.saga for a_row in everything if a_row.closes}
    with tempfile.TemporaryDirectory() as name:

        async def write(journal: SqliteJournal) -> None:
            for rows in appends:
                await journal.append(rows)

        async def read(journal: SqliteJournal) -> None:
            stored = await journal.all_rows()
            assert [(r.saga, r.kind, dict(r.payload), r.closes) for r in stored] == [
                (r.saga, r.kind, dict(r.payload), r.closes) for r in everything
            ]
            assert [r.seq for r in stored] == list(range(1, len(everything) + 1))
            assert not any(r.sealed for r in stored if r.saga in closed)
            assert (await journal.open_rows()).rows == tuple(r for r in everything if r.saga not in closed)
            assert journal.broken_seals == ()

        with_journal(Path(name), write)
        with_journal(Path(name), read)


def test_it_works_behind_a_real_worker_thread(tmp_path: Path) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:

            def run_blocking(fn: Callable[..., T], /, *args: object) -> Awaitable[T]:
                return loop.run_in_executor(pool, fn, *args)

            journal = await SqliteJournal.open(
                place(tmp_path), run_blocking=run_blocking, mono=loop.time, wall=lambda: 0.0
            )
            await asyncio.gather(*(journal.append([row(f"s{n}")]) for n in range(20)))
            assert len((await journal.open_rows()).rows) == 20
            await journal.close()
            await journal.close()

    asyncio.run(story())


# ---- sealing --------------------------------------------------------------------------------


def test_a_patron_rests_only_sealed_and_only_until_the_saga_is_settled(tmp_path: Path) -> None:
    canary = "21000099887766"

    async def story(journal: SqliteJournal) -> None:
        await journal.append([sealed_row("loan-1", canary), sealed_row("loan-2", "somebody")])
        assert (await journal.open_rows()).rows[0].sealed == {"patron": canary}
        assert canary.encode() not in all_bytes(tmp_path)

        connection = sqlite3.connect(tmp_path / "data" / "journal.db")
        keys = [key for (key,) in connection.execute("SELECT key FROM rows ORDER BY seq")]
        boxes = [box for (box,) in connection.execute("SELECT box FROM rows ORDER BY seq")]
        connection.close()
        assert keys[0] in all_bytes(tmp_path)
        await journal.append([closing_row("loan-1")])
        assert (await journal.open_rows()).rows == (sealed_row("loan-2", "somebody"),)
        await asyncio.sleep(TIDY_AFTER_S + 0.1)
        rest = all_bytes(tmp_path)
        assert keys[0] not in rest
        assert boxes[0] not in rest
        assert keys[1] in rest  # the other loan is still open

    with_journal(tmp_path, story)


def test_a_seal_that_comes_with_or_after_the_closing_row_is_never_stored(tmp_path: Path) -> None:
    async def story(journal: SqliteJournal) -> None:
        await journal.append([sealed_row("loan-1", "21000001"), closing_row("loan-1")])
        await journal.append([sealed_row("loan-1", "21000001")])
        assert [stored.sealed for stored in await journal.all_rows()] == [False, False, False]

    with_journal(tmp_path, story)


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 30), st.sampled_from(["seal", "seal", "plain", "close"]), st.integers(0, 1500)
        ),
        max_size=120,
    )
)
def test_no_destroyed_key_is_left_in_any_byte(acts: list[tuple[int, str, int]]) -> None:
    """Rows of all sizes, sagas that open and close in any order: pages split, overflow and fill."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        async def story(journal: SqliteJournal) -> None:
            ever: dict[int, bytes] = {}
            reader = sqlite3.connect(folder / "data" / "journal.db", isolation_level=None)
            for saga, act, size in acts:
                filling = "x" * size
                match act:
                    case "seal":
                        await journal.append([sealed_row(str(saga), f"patron {saga}", filling=filling)])
                    case "plain":
                        await journal.append([row(str(saga), filling=filling)])
                    case _:
                        await journal.append([closing_row(str(saga))])
                ever |= dict(reader.execute("SELECT seq, key FROM rows WHERE key > zeroblob(60)"))
            alive = dict(reader.execute("SELECT seq, key FROM rows WHERE key > zeroblob(60)"))
            reader.close()
            await asyncio.sleep(TIDY_AFTER_S + 0.1)
            rest = all_bytes(folder)
            assert all(key in rest for key in alive.values())
            # Half a key is as bad as a whole one: look for each eighth byte's run of eight.
            destroyed = [key for seq, key in ever.items() if seq not in alive]
            assert not any(key[at : at + 8] in rest for key in destroyed for at in range(0, 53, 8))

        with_journal(folder, story)


def test_a_reader_delays_the_tidying_and_does_not_prevent_it(tmp_path: Path) -> None:
    async def story(journal: SqliteJournal) -> None:
        await journal.append([sealed_row("loan-1", "21000001")])
        reader = sqlite3.connect(tmp_path / "data" / "journal.db", isolation_level=None)
        reader.execute("BEGIN")
        (key,) = reader.execute("SELECT key FROM rows").fetchone()
        await journal.append([closing_row("loan-1")])
        await asyncio.sleep(TIDY_AFTER_S + 0.1)
        assert key in all_bytes(tmp_path)
        reader.close()
        await asyncio.sleep(TIDY_AFTER_S + 0.1)
        assert key not in all_bytes(tmp_path)

    with_journal(tmp_path, story)


def test_a_key_destroyed_just_before_a_power_cut_is_gone_after_the_start(tmp_path: Path) -> None:
    program = """
import asyncio, os, sqlite3, sys
from pathlib import Path
from kiosk.circulation.values import (Row, RowKind, SagaId)
from kiosk.journal import JournalSettings, SqliteJournal
async def inline(fn, *args): return fn(*args)
async def main():
    folder = Path(sys.argv[1])
    journal = await SqliteJournal.open(JournalSettings(folder / "data", folder / "journal.key"),
        run_blocking=inline, mono=lambda: 0.0, wall=lambda: 0.0)
    await journal.append([Row(SagaId("a"), RowKind.INTENT, {}, {"patron": "21000001"})])
    reader = sqlite3.connect(folder / "data" / "journal.db")
    print(reader.execute("SELECT hex(key) FROM rows").fetchone()[0], flush=True)
    reader.close()
    await journal.append([Row(SagaId("a"), RowKind.SETTLED, {}, closes=True)])
    os.kill(os.getpid(), 9)
asyncio.run(main())
"""
    said = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, check=False)
    assert said.returncode == -signal.SIGKILL, said.stderr
    key = bytes.fromhex(said.stdout.decode())
    assert key in all_bytes(tmp_path)

    async def nothing(journal: SqliteJournal) -> None:
        assert key not in all_bytes(tmp_path)

    with_journal(tmp_path, nothing)


def test_the_kiosk_key_lies_outside_and_for_the_owner_only(tmp_path: Path) -> None:
    async def story(journal: SqliteJournal) -> None:
        await journal.append([row("a")])

    with_journal(tmp_path, story)
    key_file = tmp_path / "journal.key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data" / "journal.db").stat().st_mode) == 0o600
    assert bytes.fromhex(key_file.read_text().split()[1]) not in all_bytes(tmp_path / "data")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "journal.key", "journal.mark"]


def test_under_another_kiosk_key_the_rows_come_back_and_the_seals_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def write(journal: SqliteJournal) -> None:
        await journal.append([sealed_row("loan-1", "21000001", item="30001"), row("loan-2")])

    with_journal(tmp_path, write)
    (tmp_path / "journal.key").write_text("kiosk-journal-key-1 " + "5a" * 32)

    async def read(journal: SqliteJournal) -> None:
        with caplog.at_level(logging.ERROR):
            rows = (await journal.open_rows()).rows
        assert rows == (row("loan-1", item="30001"), row("loan-2"))
        (broken,) = journal.broken_seals
        assert isinstance(broken, SealBroken)
        assert broken.seq == 1
        assert "row 1 does not open" in caplog.text
        assert "journal.db" in caplog.text
        # The kiosk goes on, and what it seals from now on opens.
        await journal.append([sealed_row("loan-3", "21000003")])
        assert (await journal.open_rows()).rows[-1].sealed == {"patron": "21000003"}

    with_journal(tmp_path, read)


def test_a_seal_moved_to_another_row_does_not_open(tmp_path: Path) -> None:
    async def write(journal: SqliteJournal) -> None:
        await journal.append([sealed_row("loan-1", "21000001"), sealed_row("loan-2", "21000002")])

    with_journal(tmp_path, write)
    with closing(sqlite3.connect(tmp_path / "data" / "journal.db")) as db, db:
        first, second = db.execute("SELECT key, box FROM rows ORDER BY seq").fetchall()
        for seq, seal in ((1, second), (2, first)):
            db.execute("UPDATE rows SET key = ?, box = ? WHERE seq = ?", [*seal, seq])

    async def read(journal: SqliteJournal) -> None:
        assert [r.sealed for r in (await journal.open_rows()).rows] == [None, None]
        assert [broken.seq for broken in journal.broken_seals] == [1, 2]

    with_journal(tmp_path, read)


def test_without_its_key_a_journal_with_sealed_rows_does_not_start(tmp_path: Path) -> None:
    async def write(journal: SqliteJournal) -> None:
        await journal.append([sealed_row("loan-1", "21000001")])

    with_journal(tmp_path, write)
    (tmp_path / "journal.key").unlink()
    with pytest.raises(KeyUnusable, match=r"Put back the key file.*journal\.key"):
        lab.run(opened(tmp_path))
    assert not (tmp_path / "journal.key").exists()


def test_without_sealed_rows_a_lost_key_is_made_anew(tmp_path: Path) -> None:
    async def write(journal: SqliteJournal) -> None:
        await journal.append([sealed_row("loan-1", "21000001")])
        await journal.append([closing_row("loan-1")])

    with_journal(tmp_path, write)
    (tmp_path / "journal.key").unlink()
    with_journal(tmp_path, write)


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        ("", 0o600, "not a kiosk key"),
        ("kiosk-journal-key-1 abcd", 0o600, "not a kiosk key"),
        ("kiosk-journal-key-9 " + "5a" * 32, 0o600, "not a kiosk key"),
        ("\x00\xff" * 3000, 0o600, "not a kiosk key"),
        ("kiosk-journal-key-1 " + "5a" * 32, 0o644, "chmod 600"),
    ],
)
def test_an_unusable_key_file_is_named_and_left_alone(
    tmp_path: Path, text: str, mode: int, says: str
) -> None:
    key_file = tmp_path / "journal.key"
    key_file.write_text(text, encoding="utf-8")
    key_file.chmod(mode)
    with pytest.raises(KeyUnusable, match=says) as caught:
        lab.run(opened(tmp_path))
    assert caught.value.filename == str(key_file)
    assert key_file.read_text(encoding="utf-8") == text


# ---- the disk fails -------------------------------------------------------------------------


def test_killed_at_any_time_it_keeps_every_row_that_it_said_was_flushed(tmp_path: Path) -> None:
    program = """
import asyncio, sys
from pathlib import Path
from kiosk.circulation.values import (Row, RowKind, SagaId)
from kiosk.journal import JournalSettings, SqliteJournal
async def inline(fn, *args): return fn(*args)
async def main():
    folder = Path(sys.argv[1])
    journal = await SqliteJournal.open(JournalSettings(folder / "data", folder / "journal.key"),
        run_blocking=inline, mono=lambda: 0.0, wall=lambda: 0.0)
    known = len((await journal.open_rows()).rows)
    print("known", known, flush=True)
    for n in range(known // 3, 100000):
        rows = [Row(SagaId(f"s{n}"), RowKind.INTENT, {"part": part}, {"patron": "p"}) for part in range(3)]
        print("flushed", (await journal.append(rows))[-1].seq, flush=True)
asyncio.run(main())
"""
    flushed = 0
    for round_ in range(3):
        child = subprocess.Popen([sys.executable, "-c", program, tmp_path], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        number = "0"
        for _ in range(5 + 7 * round_):
            word, number = child.stdout.readline().split()
            if word == "known":
                assert int(number) % 3 == 0  # all of an append, or none of it
                assert int(number) >= flushed
        child.kill()
        told = [line.split() for line in child.stdout if line.endswith("\n")]
        child.stdout.close()
        assert child.wait() == -signal.SIGKILL
        flushed = int(told[-1][1]) if told else int(number)

    async def read(journal: SqliteJournal) -> None:
        rows = (await journal.open_rows()).rows
        assert len(rows) >= flushed > 0
        assert len(rows) % 3 == 0
        assert all(r.sealed == {"patron": "p"} for r in rows)

    with_journal(tmp_path, read)


def test_a_full_disk_takes_all_rows_or_none_and_recovers(tmp_path: Path) -> None:
    async def story(journal: SqliteJournal) -> None:
        await journal.append([row("before")])
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
            with pytest.raises(JournalError) as caught:
                await journal.append([row(f"s{n}", filling="x" * 2000) for n in range(50)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, ignored)
        assert "journal.db" in str(caught.value)
        assert isinstance(caught.value, OSError)
        assert [stored.saga for stored in await journal.all_rows()] == ["before"]
        await journal.append([row("after")])
        assert [stored.saga for stored in await journal.all_rows()] == ["before", "after"]

    with_journal(tmp_path, story)


def test_a_row_that_cannot_be_written_takes_the_whole_append_back(tmp_path: Path) -> None:
    async def story(journal: SqliteJournal) -> None:
        with pytest.raises(TypeError):
            await journal.append([row("a"), row("b", item=object())])
        assert await journal.all_rows() == ()

    with_journal(tmp_path, story)


def test_a_folder_that_cannot_be_made_is_named() -> None:
    with pytest.raises(OSError, match="/proc/kiosk"):
        lab.run(opened(Path("/proc/kiosk")))


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("I was here first")
    with pytest.raises(OSError, match="data"):
        lab.run(opened(tmp_path))


def test_after_closing_the_disk_takes_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        journal = await opened(tmp_path)
        await journal.close()
        with pytest.raises(JournalError, match="closed"):
            await journal.append([row("a")])
        assert not [row.saga for row in (await journal.open_rows()).rows]
        await journal.append([row("a")])
        await journal.close()

    lab.run(story())


def test_two_kiosks_do_not_share_a_journal(tmp_path: Path) -> None:
    async def story(journal: SqliteJournal) -> None:
        with pytest.raises(JournalInUse, match="running already"):
            await opened(tmp_path)

    with_journal(tmp_path, story)
    with_journal(tmp_path, lambda journal: journal.append([row("a")]))


def test_abandoned_as_by_a_power_cut_it_can_be_opened_again(tmp_path: Path) -> None:
    async def story() -> None:
        journal = await opened(tmp_path)
        await journal.append([sealed_row("a", "21000001"), closing_row("b")])
        journal.abandon()
        again = await opened(tmp_path)
        assert (await again.open_rows()).rows == (sealed_row("a", "21000001"),)
        await again.close()

    lab.run(story())


# ---- the file is damaged --------------------------------------------------------------------


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The file of a journal with 300 rows."""

    async def write(journal: SqliteJournal) -> None:
        await journal.append([row(f"saga-{n:04}", item=f"item-{n:04}") for n in range(300)])

    with_journal(tmp_path, write)
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["journal.db"]
    return tmp_path / "data" / "journal.db"


def refused(folder: Path, kind: type[JournalError]) -> JournalError:
    """Opening must raise this kind, name the file, and change nothing."""
    before = all_bytes(folder / "data")
    with pytest.raises(kind) as caught:
        lab.run(opened(folder))
    assert "journal.db" in str(caught.value)
    assert caught.value.remedy in str(caught.value)
    assert all_bytes(folder / "data") == before
    return caught.value


def test_overwritten_bytes_are_damage_not_an_empty_journal(written: Path, tmp_path: Path) -> None:
    data = bytearray(written.read_bytes())
    data[8192:12288] = b"\xa5" * 4096
    written.write_bytes(data)
    refused(tmp_path, JournalDamaged)


@pytest.mark.parametrize(
    "how",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: b"\0" * len(data),
        lambda data: b"garbage" + data[7:],
        lambda data: b"A text file, and a long one. " * 100,
    ],
    ids=["emptied", "half", "zeros", "header", "text"],
)
def test_a_ruined_file_is_damage(written: Path, tmp_path: Path, how: Callable[[bytes], bytes]) -> None:
    written.write_bytes(how(written.read_bytes()))
    refused(tmp_path, JournalDamaged)


def test_one_changed_letter_in_a_row_is_damage_when_it_is_read(written: Path, tmp_path: Path) -> None:
    data = written.read_bytes()
    assert b"item-0123" in data
    written.write_bytes(data.replace(b"item-0123", b"item-0124"))

    assert "row 124 is not what was written" in str(refused(tmp_path, JournalDamaged))
    with pytest.raises(JournalDamaged):
        lab.run(journal_at(tmp_path).all_rows())


def test_rows_without_their_file_are_damage(written: Path, tmp_path: Path) -> None:
    written.rename(written.with_name("journal.db-wal"))
    refused(tmp_path, JournalDamaged)


def test_another_sqlite_file_is_not_a_journal(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "journal.db")) as db, db:
        db.execute("CREATE TABLE rows (seq INTEGER PRIMARY KEY)")
    refused(tmp_path, JournalDamaged)


def test_a_journal_of_a_later_version_is_left_alone(written: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(written)) as db, db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA user_version = 3")
    assert "newer version" in refused(tmp_path, JournalTooNew).remedy


def test_a_table_of_another_shape_is_damage(written: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(written)) as db, db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("ALTER TABLE rows DROP COLUMN digest")
    refused(tmp_path, JournalDamaged)


def test_the_file_is_plain_sqlite_that_anybody_can_read(written: Path) -> None:
    db = sqlite3.connect(written)
    saga, payload = db.execute("SELECT saga, payload FROM rows WHERE seq = 7").fetchone()
    db.close()
    assert (saga, json.loads(payload)) == ("saga-0006", {"item": "item-0006"})
