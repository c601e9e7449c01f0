"""The journal as the desk sees it: async, with the blocking work behind the door `run_blocking`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from kiosk.circulation.values import Flushed, Row
from kiosk.doors import RunBlocking
from kiosk.journal.errors import SealBroken
from kiosk.journal.store import Store, StoredRow

T = TypeVar("T")
log = logging.getLogger(__name__)

TIDY_AFTER_S = 2.0
"""A destroyed key is gone from the WAL after so many seconds; at once would cost each loan two more
flushes, just while others wait for theirs."""


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """Where the journal lies, and the key that seals it."""

    folder: Path = field(
        default=Path("data"), metadata={"help": "folder that holds journal.db; made when absent"}
    )
    key_file: Path = field(
        default=Path("journal.key"),
        metadata={
            "help": "the kiosk key that seals patron ids; made when absent; keep it outside the folder,"
            " and out of its backups"
        },
    )


class SqliteJournal:
    """The journal in a folder (meets `desk.ports.Journal`). Made by `open`, ended by `close`.

    `broken_seals` are the sealed parts that the last `open_rows` could not open, each a named error.
    """

    def __init__(self, store: Store, run_blocking: RunBlocking) -> None:
        self._store = store
        self._run_blocking = run_blocking
        self._tidy_timer: asyncio.TimerHandle | None = None
        self._tidying: asyncio.Future[None] | None = None
        self.broken_seals: tuple[SealBroken, ...] = ()

    @classmethod
    async def open(
        cls,
        settings: JournalSettings,
        *,
        run_blocking: RunBlocking,
        mono: Callable[[], float],
        wall: Callable[[], float],
    ) -> SqliteJournal:
        """Open the journal, or make it when there is none.

        `run_blocking` must use one and the same thread each time, since SQLite connections belong to
        threads. `mono` and `wall` (seconds) are called in that thread.

        Raises:
            JournalError: damaged, too new, in use, key unusable; its text names file and remedy.
            OSError: the folder cannot be made or read.
        """
        store = await run_blocking(Store, settings.folder, settings.key_file, mono, wall)
        return cls(store, run_blocking)

    async def append(self, rows: Sequence[Row]) -> tuple[Flushed, ...]:
        """Write the rows and flush them, all or none.

        A row that `closes` destroys the keys of its saga's sealed parts in this very flush.

        Raises:
            OSError: the disk did not take them; nothing was written.
        """
        flushed = await self._run_blocking(self._store.append, tuple(rows))
        if any(row.closes for row in rows):
            self._tidy_soon()
        return flushed

    async def open_rows(self) -> tuple[Row, ...]:
        """All rows of sagas that no row has closed, oldest first, sealed parts opened.

        A sealed part that does not open is None, and named in `broken_seals`.

        Raises:
            OSError: the file cannot be read, or a row is not what was written (JournalDamaged).
        """
        rows, self.broken_seals = await self._run_blocking(self._store.open_rows)
        for broken in self.broken_seals:
            log.error("%s", broken)
        return rows

    async def all_rows(self) -> tuple[StoredRow, ...]:
        """Every row, oldest first, sealed parts left out.

        Raises:
            OSError: as `open_rows`.
        """
        return await self._run_blocking(self._store.all_rows)

    async def close(self) -> None:
        """Let go of the file, with nothing left in its WAL. May be called again.

        Raises:
            OSError: the disk did not take it; what was flushed is safe all the same.
        """
        if self._tidying is not None:
            await self._tidying
        self._forget_tidying()
        await self._run_blocking(self._store.close)

    def abandon(self) -> None:
        """Let go of the file at once, in the thread that opened it: for a power cut in the laboratory."""
        self._forget_tidying()
        self._store.close()

    # ---- tidying ----------------------------------------------------------------------------

    def _tidy_soon(self) -> None:
        if self._tidy_timer is None:
            loop = asyncio.get_running_loop()
            self._tidy_timer = loop.call_later(TIDY_AFTER_S, self._start_tidying)

    def _forget_tidying(self) -> None:
        if self._tidy_timer is not None:
            self._tidy_timer.cancel()
            self._tidy_timer = None

    def _start_tidying(self) -> None:
        self._tidy_timer = None
        self._tidying = asyncio.ensure_future(self._tidy())

    async def _tidy(self) -> None:
        try:
            done = await self._run_blocking(self._store.tidy)
        except OSError as error:
            # Nothing is lost by it: the next closing row, or the next start, tries again.
            log.warning("the journal's log could not be cut: %s", error)
        else:
            if not done:
                self._tidy_soon()
