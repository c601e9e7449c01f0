"""The journal as the desk sees it: async, with the blocking work behind the door `run_blocking`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

from kiosk.circulation.values import Flushed, OpenRows, Row
from kiosk.doors import RunBlocking
from kiosk.journal.adopting import Adopted
from kiosk.journal.errors import SealBroken
from kiosk.journal.file import JournalFile
from kiosk.journal.rows import StoredRow
from kiosk.journal.settings import JournalSettings

log = logging.getLogger(__name__)

Work = Callable[[], Coroutine[object, object, None]]

TIDY_AFTER_S = 2.0
"""A destroyed key is gone from the WAL after so many seconds; at once would cost each loan two more
flushes, just while others wait for theirs."""

COMPACT_AFTER_S = 24 * 3600.0
"""Old rows are looked for at the start, and at most so often while the kiosk works."""

QUIET_S = 60.0
"""They are removed when no row was flushed for so long."""


class SqliteJournal:
    """The journal in a folder (meets `desk.ports.Journal`), a supervised device: making it touches nothing
    and never fails; `open_rows` opens it. After an error of the file the next call opens it again with all
    its checks.

    `broken_seals` are the sealed parts that the last `open_rows` could not open, each a named error.
    """

    def __init__(
        self,
        settings: JournalSettings,
        *,
        run_blocking: RunBlocking,
        mono: Callable[[], float],
        wall: Callable[[], float],
        credentials: Path | None = None,
    ) -> None:
        """Remember where it lies.

        `run_blocking` must use one and the same thread each time, since SQLite connections belong to
        threads. `mono` and `wall` (seconds) are called in that thread. `credentials` is the folder of systemd
        credentials ($CREDENTIALS_DIRECTORY), for a key that is one.
        """
        self._file = JournalFile(settings, credentials, mono, wall)
        self._mono = mono
        self._run_blocking = run_blocking
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._work: asyncio.Future[None] | None = None
        self.broken_seals: tuple[SealBroken, ...] = ()

    @classmethod
    async def open(
        cls,
        settings: JournalSettings,
        *,
        run_blocking: RunBlocking,
        mono: Callable[[], float],
        wall: Callable[[], float],
        credentials: Path | None = None,
    ) -> SqliteJournal:
        """Make one and open it at once, for whoever is no desk.

        Raises:
            JournalError: as `open_rows`.
        """
        journal = cls(settings, run_blocking=run_blocking, mono=mono, wall=wall, credentials=credentials)
        await journal.open_rows()
        return journal

    async def open_rows(self) -> OpenRows:
        """Open the journal, or begin another opening of it, and give all rows of sagas that no row has
        closed, oldest first, sealed parts opened. It is made when there never was one.

        A sealed part that does not open is None, and named in `broken_seals`. The reason is CLOCK_BACK when
        the wall clock is more than a minute behind the newest row.

        Raises:
            JournalError: it cannot be used, and is as it was; `reason` says why, `remedy` what helps.
        """
        opened, self.broken_seals = await self._run_blocking(self._file.open_rows)
        for broken in self.broken_seals:
            log.error("%s", broken)
        return opened

    async def look_for_room(self) -> None:
        """Look whether there is room for the rows of a visit.

        Raises:
            JournalError: there is none (`JournalFull`), or the journal cannot be opened.
        """
        await self._run_blocking(self._file.look_for_room)

    async def append(self, rows: Sequence[Row]) -> tuple[Flushed, ...]:
        """Write the rows and flush them, all or none.

        A row that `closes` destroys the keys of its saga's sealed parts in this very flush.

        Raises:
            OSError: the disk did not take them; nothing was written.
        """
        flushed = await self._run_blocking(self._file.append, tuple(rows))
        if "compact" in self._timers:
            self._later("compact", QUIET_S, self._compact, anew=True)
        if any(row.closes for row in rows):
            self._later("tidy", TIDY_AFTER_S, self._tidy)
        return flushed

    async def stored_rows(self, *, only_open: bool = False) -> tuple[StoredRow, ...]:
        """Every row, or only those of open sagas (which does not read the others), oldest first, sealed parts
        left out. A journal that is not open, or cannot be, is read as it lies there.

        Raises:
            OSError: the file cannot be read, or a row is not what was written (JournalDamaged).
        """
        return await self._run_blocking(self._file.stored_rows, only_open)

    async def all_rows(self) -> tuple[StoredRow, ...]:
        """Every row, oldest first: see `stored_rows`."""
        return await self.stored_rows()

    async def adopt(self) -> Adopted:
        """Go on with what there is, because staff have decided so: an older journal as it is, a new one in
        place of one that is gone, damaged or too new. What was doubted is kept under a dated name, and its
        open sagas are carried over as far as they can be read. Afterwards `open_rows` opens it.

        Raises:
            JournalError: that does not help: a full disk, one that cannot be written, a missing credential,
                another process that holds it.
        """
        self._forget_timers()
        return await self._run_blocking(self._file.adopt)

    async def close(self) -> None:
        """Let go of the file, with nothing left in its WAL. May be called again.

        Raises:
            OSError: the disk did not take it; what was flushed is safe all the same.
        """
        if self._work is not None:
            await self._work
        self._forget_timers()
        await self._run_blocking(self._file.close)

    def abandon(self) -> None:
        """Let go of the file at once, in the thread that opened it: for a power cut in the laboratory."""
        self._forget_timers()
        self._file.abandon()

    # ---- tidying ----------------------------------------------------------------------------

    def _later(self, name: str, seconds: float, work: Work, *, anew: bool = False) -> None:
        if name in self._timers:
            if not anew:
                return
            self._timers[name].cancel()
        self._timers[name] = asyncio.get_running_loop().call_later(seconds, self._start, name, work)

    def _forget_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _start(self, name: str, work: Work) -> None:
        del self._timers[name]
        if self._work is not None and not self._work.done():
            self._later(name, TIDY_AFTER_S, work)
        else:
            self._work = asyncio.ensure_future(work())

    async def _tidy(self) -> None:
        try:
            done = await self._run_blocking(self._file.tidy)
        except OSError as error:
            # Nothing is lost by it: the next closing row, or the next start, tries again.
            log.warning("the journal's log could not be cut: %s", error)
            return
        if not done:
            self._later("tidy", TIDY_AFTER_S, self._tidy)
        if self._file.compacted_before(self._mono() - COMPACT_AFTER_S):
            self._later("compact", QUIET_S, self._compact)

    async def _compact(self) -> None:
        try:
            more = True
            while more:  # one short transaction at a time: a flush waits for one of them at most
                more = await self._run_blocking(self._file.compact)
            await self._run_blocking(self._file.give_back)
        except OSError as error:
            log.warning("old rows could not be removed from the journal: %s", error)
