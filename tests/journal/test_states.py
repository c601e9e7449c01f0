"""The journal as a supervised device: what can be wrong with its disk, and how it goes on afterwards."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

import pytest

from kiosk import lab
from kiosk.circulation.reasons import Reason
from kiosk.journal import (
    JournalDamaged,
    JournalError,
    JournalFull,
    JournalInUse,
    KeyUnusable,
    SqliteJournal,
)
from kiosk.lab.disk import LossyDisk
from tests.journal.places import (
    all_bytes,
    journal_at,
    names,
    open_sagas,
    row,
    sealed_row,
    with_journal,
    write,
)

HEADER = "kiosk-journal-key-1 "


def test_making_one_touches_nothing(tmp_path: Path) -> None:
    journal_at(tmp_path / "never" / "made")
    journal_at(Path("/proc/kiosk"))
    assert names(tmp_path) == []


def test_each_opening_has_a_larger_number(tmp_path: Path) -> None:
    async def story() -> list[int]:
        journal = journal_at(tmp_path)
        numbers = [(await journal.open_rows()).opening, (await journal.open_rows()).opening]
        await journal.append([row("a")])
        journal.abandon()
        again = journal_at(tmp_path)
        numbers.append((await again.open_rows()).opening)
        await again.close()
        numbers.append((await again.open_rows()).opening)
        await again.close()
        return numbers

    numbers = lab.run(story())
    assert numbers == sorted(set(numbers))
    assert numbers[0] > 0


def test_a_row_may_be_appended_before_anybody_asked_for_the_open_ones(tmp_path: Path) -> None:
    async def story() -> None:
        journal = journal_at(tmp_path)
        await journal.append([row("a")])
        assert [r.saga for r in (await journal.open_rows()).rows] == ["a"]
        await journal.close()

    lab.run(story())


def test_only_open_sagas_are_given_when_only_they_are_asked_for(tmp_path: Path) -> None:
    async def story(journal: SqliteJournal) -> None:
        await journal.append([row("a"), row("b"), row("a", closes=True), row("c"), row("a")])
        assert [r.saga for r in await journal.stored_rows(only_open=True)] == ["b", "c"]
        assert [r.saga for r in await journal.stored_rows()] == ["a", "b", "a", "c", "a"]

    with_journal(tmp_path, story)


def test_a_clock_that_was_set_back_is_said_and_hinders_nothing(tmp_path: Path) -> None:
    write(tmp_path, [row("a")], wall=2e9)

    async def reasons(wall: float) -> tuple[Reason | None, Reason | None]:
        journal = journal_at(tmp_path, wall=wall)
        first = await journal.open_rows()
        await journal.append([row("b")])
        second = await journal.open_rows()
        await journal.close()
        return first.reason, second.reason

    assert lab.run(reasons(2e9 - 59)) == (None, None)
    assert lab.run(reasons(2e9 - 3600)) == (Reason.CLOCK_BACK, None)
    assert lab.run(reasons(2e9)) == (None, None)


# ---- the disk -------------------------------------------------------------------------------


def test_a_full_disk_is_named_and_the_journal_goes_on_when_there_is_room(tmp_path: Path) -> None:
    async def story() -> None:
        journal = journal_at(tmp_path)
        await journal.open_rows()
        await journal.append([row("before")])
        disk.full = True
        with pytest.raises(JournalFull) as caught:
            await journal.append([row(f"s{n}", filling="x" * 2000) for n in range(50)])
        assert caught.value.reason is Reason.JOURNAL_FULL
        # what is open can be shown meanwhile
        assert [r.saga for r in await journal.stored_rows(only_open=True)] == ["before"]
        disk.full = False
        await journal.append([row("after")])
        assert [r.saga for r in await journal.all_rows()] == ["before", "after"]
        await journal.close()

    with LossyDisk(tmp_path, Random(1)) as disk:
        lab.run(story())


def test_on_a_full_disk_a_journal_is_not_begun_and_begins_when_there_is_room(tmp_path: Path) -> None:
    async def story() -> None:
        journal = journal_at(tmp_path)
        disk.full = True
        with pytest.raises(JournalFull):
            await journal.open_rows()
        disk.full = False
        assert (await journal.open_rows()).rows == ()
        await journal.close()

    with LossyDisk(tmp_path, Random(1)) as disk:
        lab.run(story())


SMALL_DISK = """
set -e
mount -t tmpfs -o size=4m tmpfs "$1"
head -c 1500000 /dev/zero >"$1/film"
exec "$2" -c '
import asyncio, sys
from pathlib import Path
from kiosk.journal import JournalError
from tests.journal.places import journal_at, row
async def main():
    journal = journal_at(Path(sys.argv[1]))
    await journal.open_rows()
    number = 0
    try:
        while True:
            await journal.append([row(f"s{number}", filling="x" * 3000)])
            number += 1
    except JournalError as error:
        print(error.reason.value)
    print(number == len(await journal.stored_rows()) > 5)
    for work in (journal.open_rows, journal.look_for_room):
        try:
            await work()
        except JournalError as error:
            print("still", error.reason.value)
    Path(sys.argv[1], "film").unlink()
    await journal.look_for_room()
    print(len((await journal.open_rows()).rows) == number)
asyncio.run(main())
' "$1"
"""

READ_ONLY_DISK = """
set -e
mount --bind "$1" "$1"
mount -o remount,ro,bind "$1"
exec "$2" -c '
import asyncio, sys
from pathlib import Path
from kiosk.journal import JournalError, read_rows
from tests.journal.places import journal_at
async def main():
    try:
        await journal_at(Path(sys.argv[1])).open_rows()
    except JournalError as error:
        print(error.reason.value)
    print([row.saga for row in await journal_at(Path(sys.argv[1])).stored_rows(only_open=True)])
asyncio.run(main())
' "$1"
"""


def on_a_disk_of_its_own(script: str, folder: Path) -> list[str]:
    """Run the script where it may mount; skips the test where nobody may."""
    alone = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespaces here")
    done = subprocess.run(
        [*alone, "sh", "-c", script, "sh", folder, sys.executable],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """It is not held for well while there is no room for a loan, and goes on when there is."""
    said = on_a_disk_of_its_own(SMALL_DISK, tmp_path)
    assert said == ["journal-full", "True", *["still journal-full"] * 2, "True"]


def test_a_disk_that_the_system_made_read_only(tmp_path: Path) -> None:
    write(tmp_path, [row("a")])
    assert on_a_disk_of_its_own(READ_ONLY_DISK, tmp_path) == ["journal-read-only", "['a']"]


def test_a_disk_that_was_made_read_only_while_rows_were_unsaved(tmp_path: Path) -> None:
    """There is a log beside the file, as after a power cut, which cannot be put in order."""

    async def story() -> None:
        journal = journal_at(tmp_path)
        await journal.append([row("a")])
        kept = {path: path.read_bytes() for path in (tmp_path / "data").iterdir() if "shm" not in path.name}
        await journal.close()
        for path, data in kept.items():
            path.write_bytes(data)

    lab.run(story())
    said = on_a_disk_of_its_own(
        READ_ONLY_DISK.replace("    print([row.saga", "    0 and print([row.saga"), tmp_path
    )
    assert said == ["journal-read-only"]


NOBODY = 65534

AS_NOBODY = """
import asyncio, os, sys
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
from pathlib import Path
from kiosk.journal import JournalError
from tests.journal.places import journal_at
async def main():
    try:
        await journal_at(Path(sys.argv[1])).open_rows()
    except JournalError as error:
        print(error.reason.value)
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("folder_mode", "key_mode", "says"), [(0o555, 0o600, "journal-read-only"), (0o755, 0, "journal-key")]
)
def test_what_the_kiosk_may_not_write_or_read(folder_mode: int, key_mode: int, says: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, [row("a")])
        data = folder / "data"
        if os.geteuid() == 0:
            # the rights of root know no bounds: the story is nobody's
            for path in (
                folder,
                *([data] if folder_mode == 0o755 else []),
                data / "journal.db",
                folder / "journal.key",
            ):
                os.chown(path, NOBODY, NOBODY)
        data.chmod(folder_mode)
        (folder / "journal.key").chmod(key_mode)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, name],
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
            check=False,
        )
        data.chmod(0o700)
        (folder / "journal.key").chmod(0o600)
        assert done.stdout.split() == [says], done.stderr
        assert open_sagas(folder) == ["a"]


def test_a_page_torn_while_it_works_is_found_and_it_does_not_go_on_with_it(tmp_path: Path) -> None:
    async def story() -> None:
        journal = journal_at(tmp_path)
        await journal.append([row(f"s{n}", filling="x" * 500) for n in range(100)])
        await journal.close()
        await journal.open_rows()
        file = tmp_path / "data" / "journal.db"
        whole = file.read_bytes()
        file.write_bytes(whole[:8192] + os.urandom(len(whole) - 8192 - 4096) + whole[-4096:])
        journal.abandon()
        with pytest.raises(JournalDamaged) as caught:
            await journal.append([row("after")])
        assert caught.value.reason is Reason.JOURNAL_DAMAGED
        assert "kiosk journal adopt" in caught.value.remedy
        with pytest.raises(JournalDamaged):
            await journal.open_rows()
        file.write_bytes(whole)
        assert len((await journal.open_rows()).rows) == 100
        await journal.close()

    lab.run(story())


@pytest.mark.parametrize("seed", range(25))
def test_garbage_in_any_page_is_damage_or_harmless_and_never_a_lost_row(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    written = [f"s{n}" for n in range(150)]
    write(tmp_path, [row(saga, filling="y" * chance.randint(0, 300)) for saga in written])
    file = tmp_path / "data" / "journal.db"
    data = bytearray(file.read_bytes())
    at = chance.randrange(0, len(data) - 4096, 512)
    data[at : at + 512 * chance.randint(1, 8)] = chance.randbytes(512)
    file.write_bytes(data)
    with contextlib.suppress(JournalDamaged):
        assert open_sagas(tmp_path) == written


def test_two_kiosks_and_then_one(tmp_path: Path) -> None:
    async def story() -> None:
        first, second = journal_at(tmp_path), journal_at(tmp_path)
        await first.open_rows()
        with pytest.raises(JournalInUse) as caught:
            await second.open_rows()
        assert caught.value.reason is Reason.JOURNAL_IN_USE
        await first.append([row("a")])
        await first.close()
        assert [r.saga for r in (await second.open_rows()).rows] == ["a"]
        await second.close()

    lab.run(story())


# ---- the key --------------------------------------------------------------------------------


def test_the_key_may_be_a_credential_of_the_system_and_is_then_never_made(tmp_path: Path) -> None:
    handed = tmp_path / "credentials"
    handed.mkdir()
    named = Path("/srv/credential:kiosk.key")
    with pytest.raises(KeyUnusable, match="systemd-creds") as caught:
        open_sagas(tmp_path, key_file=named)
    assert caught.value.reason is Reason.JOURNAL_KEY
    with pytest.raises(KeyUnusable):
        open_sagas(tmp_path, key_file=named, credentials=handed)
    assert names(handed) == []

    (handed / "kiosk.key").write_text(HEADER + "5a" * 32)
    (handed / "kiosk.key").chmod(0o400)
    write(tmp_path, [sealed_row("a", "21000001")], key_file=named, credentials=handed)

    async def read(journal: SqliteJournal) -> None:
        assert (await journal.open_rows()).rows[0].sealed == {"patron": "21000001"}

    with_journal(tmp_path, read, key_file=named, credentials=handed)
    assert names(handed) == ["kiosk.key"]
    assert names(tmp_path) == ["credentials", "data", "data.mark"]
    assert b"21000001" not in all_bytes(tmp_path)


@pytest.mark.parametrize(
    "text", [b"\xff" * 4096, b"", b"kiosk-journal-mark-1 {}", b"kiosk-journal-mark-1 [1"]
)
def test_a_malformed_mark_stops_nobody_and_is_written_anew(tmp_path: Path, text: bytes) -> None:
    write(tmp_path, [row("a")])
    (tmp_path / "journal.mark").write_bytes(text)
    assert open_sagas(tmp_path) == ["a"]
    assert (tmp_path / "journal.mark").read_text().startswith('kiosk-journal-mark-1 ["')


def test_a_mark_that_cannot_be_written_costs_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, [row("a")], mark_file=Path("/proc/no/mark"))
    assert "mark cannot be written" in caplog.text
    assert open_sagas(tmp_path, mark_file=Path("/proc/no/mark")) == ["a"]


def test_a_file_without_its_own_name_is_damaged(tmp_path: Path) -> None:
    write(tmp_path, [row("a")])
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "journal.db")) as db, db:
        db.execute("DELETE FROM meta WHERE name = 'id'")
    with pytest.raises(JournalError, match="own name"):
        open_sagas(tmp_path)
