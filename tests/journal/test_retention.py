"""Settled sagas leave the journal when they are old, and leave nothing behind."""

import random
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk import lab
from kiosk.circulation.values import Row
from kiosk.journal import SqliteJournal
from kiosk.journal.journal import COMPACT_AFTER_S, QUIET_S, TIDY_AFTER_S
from tests.journal.places import (
    DAY,
    SPRING,
    all_bytes,
    closing_row,
    inline,
    place,
    row,
    sealed_row,
    time_passes,
    with_journal,
    write,
)


def settled(saga: str) -> list[Row]:
    return [sealed_row(saga, "21000001", filling="x" * 200), closing_row(saga)]


def lived(folder: Path, days: int, *, begin: float = SPRING, keep_days: int = 30) -> None:
    """A kiosk is opened each day; on each, one loan is settled (named by its day)."""
    for day in range(days):
        write(folder, settled(f"day-{day}"), wall=begin + day * DAY, keep_days=keep_days)


def sagas(folder: Path, wall: float, **more: object) -> list[str]:
    async def story(journal: SqliteJournal) -> list[str]:
        return list(dict.fromkeys(stored.saga for stored in await journal.all_rows()))

    return with_journal(folder, story, wall=wall, **more)


def test_what_is_settled_and_old_leaves_and_what_is_open_stays(tmp_path: Path) -> None:
    write(tmp_path, [sealed_row("open", "21000002")], wall=SPRING)
    lived(tmp_path, 12, keep_days=5)
    assert sagas(tmp_path, SPRING + 12 * DAY, keep_days=5) == ["open", *(f"day-{n}" for n in range(7, 12))]

    async def story(journal: SqliteJournal) -> None:
        assert (await journal.open_rows()).rows == (sealed_row("open", "21000002"),)

    with_journal(tmp_path, story, wall=SPRING + 12 * DAY, keep_days=5)


def test_a_saga_that_was_closed_late_is_counted_from_its_closing(tmp_path: Path) -> None:
    write(tmp_path, [row("long")], wall=SPRING)
    lived(tmp_path, 10, keep_days=5)
    write(tmp_path, [closing_row("long")], wall=SPRING + 9 * DAY, keep_days=5)
    assert "long" in sagas(tmp_path, SPRING + 10 * DAY, keep_days=5)
    lived(tmp_path, 8, begin=SPRING + 11 * DAY, keep_days=5)
    assert "long" not in sagas(tmp_path, SPRING + 19 * DAY, keep_days=5)


def test_with_0_everything_is_kept(tmp_path: Path) -> None:
    lived(tmp_path, 8, keep_days=0)
    assert len(sagas(tmp_path, SPRING + 9 * DAY, keep_days=0)) == 8


def test_the_numbers_of_rows_go_on_though_all_are_old(tmp_path: Path) -> None:
    lived(tmp_path, 4, keep_days=1)
    for day in range(20, 24):
        sagas(tmp_path, SPRING + day * DAY, keep_days=1)

    async def story(journal: SqliteJournal) -> None:
        (last,) = {stored.saga for stored in await journal.all_rows()}
        assert last == "day-3"
        (flushed,) = await journal.append([row("new")])
        assert flushed.seq == 9

    with_journal(tmp_path, story, wall=SPRING + 24 * DAY, keep_days=1)


# ---- clocks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [400 * DAY, 12 * 365 * DAY])
def test_a_clock_that_jumps_ahead_removes_nothing(tmp_path: Path, jump: float) -> None:
    lived(tmp_path, 5)
    all_five = [f"day-{n}" for n in range(5)]
    for hour in range(3):
        assert sagas(tmp_path, SPRING + jump + hour * 3600) == all_five
    write(tmp_path, settled("while wrong"), wall=SPRING + jump)
    # ... and set right again
    for day in range(5, 20, 5):
        assert sagas(tmp_path, SPRING + day * DAY) == [*all_five, "while wrong"]
    # what was written while it was wrong leaves with what is around it
    write(tmp_path, settled("after"), wall=SPRING + 20 * DAY)
    for day in range(51, 56):
        rest = sagas(tmp_path, SPRING + day * DAY)
    assert rest == ["after"]


def test_a_clock_without_a_battery_removes_nothing(tmp_path: Path) -> None:
    lived(tmp_path, 5, begin=0.0)
    lived(tmp_path, 8, begin=SPRING, keep_days=0)
    assert sagas(tmp_path, SPRING + 8 * DAY, keep_days=60) == [f"day-{n}" for n in range(8)]
    write(tmp_path, settled("in 1970"), wall=1000.0)
    for day in range(9, 13):
        assert "in 1970" in sagas(tmp_path, SPRING + day * DAY, keep_days=30)


def test_after_a_long_holiday_the_clock_is_believed_after_some_days(tmp_path: Path) -> None:
    lived(tmp_path, 4)
    again = SPRING + 80 * DAY
    assert len(sagas(tmp_path, again)) == 4
    assert len(sagas(tmp_path, again + DAY)) == 4
    assert sagas(tmp_path, again + 2 * DAY) == ["day-3"]  # the newest row stays


# ---- while it works -------------------------------------------------------------------------


def test_a_kiosk_that_never_stops_compacts_once_a_day_in_a_quiet_minute(tmp_path: Path) -> None:
    clock = {"wall": SPRING, "mono": 0.0}

    async def story() -> None:
        journal = SqliteJournal(
            place(tmp_path, keep_days=5),
            run_blocking=inline,
            mono=lambda: clock["mono"],
            wall=lambda: clock["wall"],
        )
        await journal.open_rows()
        for day in range(12):
            clock["wall"], clock["mono"] = SPRING + day * DAY, day * (COMPACT_AFTER_S + 1)
            await journal.append(settled(f"day-{day}"))
            await time_passes(TIDY_AFTER_S + 0.1)
            known = await journal.all_rows()
            # patrons keep it from being quiet
            for _ in range(3):
                await time_passes(QUIET_S - 5)
                await journal.append([])
                await journal.append([row("open")])
            assert len(await journal.all_rows()) == len(known) + 3
            await time_passes(QUIET_S + 1)
        left = {stored.saga for stored in await journal.all_rows()}
        assert left == {"open", *(f"day-{day}" for day in range(6, 12))}
        await journal.close()

    lab.run(story())


def test_many_old_rows_are_removed_and_the_disk_has_its_room_again(tmp_path: Path) -> None:
    def day(number: int, sagas: int) -> None:
        rows = [each for n in range(sagas) for each in settled(f"{number}-{n}")]
        write(tmp_path, rows, wall=SPRING + number * DAY, keep_days=10)

    for number in range(4):
        day(number, 500)
    size = place(tmp_path).path.stat().st_size
    for number in range(12, 16):
        day(number, 2)
    assert len(sagas(tmp_path, SPRING + 16 * DAY, keep_days=10)) == 8
    assert place(tmp_path).path.stat().st_size < size / 2


# ---- bytes ----------------------------------------------------------------------------------


@settings(max_examples=6)
@given(st.integers(0, 10**9))
def test_no_destroyed_key_and_no_removed_row_is_left_in_any_byte(seed: int) -> None:
    """Sagas of all sizes, some open for weeks and closed then: rows are removed around living keys."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ever: dict[str, bytes] = {}
        running: list[str] = []

        for day in range(12):

            async def story(journal: SqliteJournal, day: int = day) -> None:
                reader = sqlite3.connect(folder / "data" / "journal.db", isolation_level=None)
                for number in range(chance.randint(1, 20)):
                    saga = f"saga-{day}-{number}-end"
                    filling = "x" * chance.choice([0, 10, 200, 1500])
                    await journal.append([sealed_row(saga, f"canary-{saga}", filling=filling)])
                    (ever[saga],) = reader.execute("SELECT key FROM rows WHERE saga = ?", [saga]).fetchone()
                    running.append(saga)
                    while running and chance.random() < 0.48:
                        await journal.append([closing_row(running.pop(chance.randrange(len(running))))])
                reader.close()
                if chance.random() < 0.5:
                    await time_passes(TIDY_AFTER_S + 0.1)

            with_journal(folder, story, wall=SPRING + day * DAY, keep_days=3)
        left = sagas(folder, SPRING + 12 * DAY, keep_days=3)
        assert set(running) <= set(left) < set(ever)
        rest = all_bytes(folder)
        assert b"canary" not in rest
        for saga, key in ever.items():
            parts = [key[at : at + 8] for at in range(0, 53, 8)]
            assert all(part in rest for part in parts) == (saga in running)
            assert saga in running or not any(part in rest for part in parts)
            assert (saga.encode() in rest) == (saga in left)
