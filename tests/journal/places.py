"""A journal in a folder of its own, for the stories about it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from kiosk import lab
from kiosk.circulation.values import Row, RowKind, SagaId
from kiosk.journal import JournalError, JournalSettings, SqliteJournal
from kiosk.lab.disk import LossyDisk

T = TypeVar("T")

DAY = 86400.0
SPRING = 1_775_000_000.0
"""A day in spring 2026."""


async def inline(fn: Callable[..., T], /, *args: object) -> T:
    return fn(*args)


def place(folder: Path, **more: object) -> JournalSettings:
    return replace(JournalSettings(folder / "data", folder / "journal.key"), **more)  # type: ignore[arg-type]


def journal_at(
    folder: Path,
    *,
    wall: float = 1e9,
    mono: Callable[[], float] = lambda: 5.0,
    credentials: Path | None = None,
    **more: object,
) -> SqliteJournal:
    """A journal that was not opened yet."""
    return SqliteJournal(
        place(folder, **more), run_blocking=inline, mono=mono, wall=lambda: wall, credentials=credentials
    )


def with_journal(
    folder: Path, story: Callable[[SqliteJournal], Awaitable[T]], *, wall: float = 1e9, **more: object
) -> T:
    """Play a story with an open journal, in virtual time, and close it."""

    async def main() -> T:
        journal = journal_at(folder, wall=wall, **more)
        try:
            await journal.open_rows()
            return await story(journal)
        finally:
            await journal.close()

    return lab.run(main())


def write(folder: Path, *appends: Iterable[Row], wall: float = 1e9, **more: object) -> None:
    """Open the journal, append, and close it."""

    async def story(journal: SqliteJournal) -> None:
        for rows in appends:
            await journal.append(list(rows))

    with_journal(folder, story, wall=wall, **more)


def open_sagas(folder: Path, *, wall: float = 1e9, **more: object) -> list[str]:
    """Open the journal and name what is open."""

    async def main() -> list[str]:
        journal = journal_at(folder, wall=wall, **more)
        opened = await journal.open_rows()
        await journal.close()
        return [row.saga for row in opened.rows]

    return lab.run(main())


def row(saga: str, kind: RowKind = RowKind.INTENT, *, closes: bool = False, **payload: object) -> Row:
    return Row(SagaId(saga), kind, payload, closes=closes)


def sealed_row(saga: str, patron: str, **payload: object) -> Row:
    return Row(SagaId(saga), RowKind.INTENT, payload, {"patron": patron})


def closing_row(saga: str) -> Row:
    return row(saga, RowKind.SETTLED, closes=True)


def all_bytes(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@contextlib.contextmanager
def until_the_power_is_cut(disk: LossyDisk) -> Iterator[None]:
    """After it, the power is back."""
    try:
        yield
    except JournalError:
        if not disk.dark:
            raise
    finally:
        disk.power_returns()


async def time_passes(seconds: float) -> None:
    """Virtual: the journal's timers run."""
    await asyncio.sleep(seconds)
