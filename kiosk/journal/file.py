"""The journal's file as a device: opened when it is needed, opened again after it failed. Blocking."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from kiosk.circulation.values import Flushed, OpenRows, Row
from kiosk.journal.adopting import Adopted, adopt
from kiosk.journal.errors import (
    JournalDamaged,
    JournalError,
    JournalFull,
    JournalInUse,
    SealBroken,
    as_os_error,
)
from kiosk.journal.reading import read_rows
from kiosk.journal.rows import StoredRow
from kiosk.journal.sealing import sync_folder
from kiosk.journal.settings import JournalSettings
from kiosk.journal.store import Store

log = logging.getLogger(__name__)

AT_START = 2000
"""Sagas that one transaction removes while nobody waits."""

AT_WORK = 40
"""The same while a flush may have to wait for it: some milliseconds."""


P = ParamSpec("P")
T = TypeVar("T")


def _trying(
    work: Callable[Concatenate[JournalFile, P], T],
) -> Callable[Concatenate[JournalFile, P], T]:
    """After an error of the file, the next call opens it again, with all checks."""

    @functools.wraps(work)
    def tried(file: JournalFile, /, *args: P.args, **named: P.kwargs) -> T:
        try:
            return work(file, *args, **named)
        except JournalError as error:
            if not isinstance(error, JournalFull) and error.errno not in {errno.EBUSY, errno.EBADF}:
                file.abandon()
            raise

    return tried


class JournalFile:
    """Belongs to one thread. Making it touches nothing."""

    def __init__(
        self,
        settings: JournalSettings,
        credentials: Path | None,
        mono: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        """`mono` and `wall` in seconds; `credentials` is the folder of systemd credentials."""
        self._settings = settings
        self._credentials = credentials
        self._mono = mono
        self._wall = wall
        self._store: Store | None = None
        self._held: int | None = None
        self._closed = False
        self._compacted = 0.0

    # ---- opening ----------------------------------------------------------------------------

    @_trying
    def open_rows(self) -> tuple[OpenRows, tuple[SealBroken, ...]]:
        """Begin an opening and give what is open (`Store.open_rows`)."""
        self._closed = False
        if self._store is None:
            store = self._opened()
        else:
            store = self._store
            store.begin_again()
        return store.open_rows()

    def _opened(self) -> Store:
        if self._closed:
            raise JournalError(errno.EBADF, "the journal is closed", self._settings.path, "Open it again.")
        if self._store is None:
            self._hold()
            try:
                store = Store(self._settings, self._credentials, self._mono, self._wall)
            except BaseException:
                self._let_go()
                raise
            self._store = store
            self._compact_at_start(store)
        return self._store

    def _hold(self) -> None:
        """Hold the folder for this process, until it ends or lets go."""
        folder = self._settings.folder
        with as_os_error(folder):
            if not folder.exists():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                sync_folder(folder.absolute().parent)
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(handle)
                raise JournalInUse(folder) from error
        self._held = handle

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            os.close(held)

    # ---- work -------------------------------------------------------------------------------

    @_trying
    def look_for_room(self) -> None:
        """See `Store.must_have_room`."""
        self._opened().must_have_room()

    @_trying
    def append(self, rows: Sequence[Row]) -> tuple[Flushed, ...]:
        """See `Store.append`."""
        return self._opened().append(rows)

    @_trying
    def stored_rows(self, only_open: bool) -> tuple[StoredRow, ...]:
        """See `Store.stored_rows`; a journal that is not open is read as it lies there."""
        if self._store is None:
            return read_rows(self._settings.folder, only_open=only_open)
        return self._store.stored_rows(only_open=only_open)

    @_trying
    def tidy(self) -> bool:
        """See `Store.tidy`; the mark is written too. True when there is nothing to tidy."""
        if self._store is None:
            return True
        done = self._store.tidy()
        self._store.mark()
        return done

    # ---- retention --------------------------------------------------------------------------

    def compacted_before(self, mono: float) -> bool:
        """Whether old rows were last looked for before this moment."""
        return self._store is not None and self._compacted < mono

    @_trying
    def compact(self) -> bool:
        """Remove a few old sagas; False when none are left."""
        if self._store is None:
            return False
        self._compacted = self._mono()
        until = self._store.old_until(self._settings.keep_days)
        return until > 0 and self._store.remove_some(until, AT_WORK) > 0

    @_trying
    def give_back(self) -> None:
        """See `Store.give_back`."""
        if self._store is not None:
            self._store.give_back()

    def _compact_at_start(self, store: Store) -> None:
        self._compacted = self._mono()
        try:
            if until := store.old_until(self._settings.keep_days):
                while store.remove_some(until, AT_START):
                    pass
            store.give_back()
        except JournalDamaged:
            raise
        except JournalError as error:
            log.warning("old rows could not be removed from the journal: %s", error)

    # ---- ending -----------------------------------------------------------------------------

    def adopt(self) -> Adopted:
        """Make sure that there is a journal to go on with (`adopting.py`)."""
        self._shut()
        self._hold()
        try:
            return adopt(self._settings, self._credentials, self._mono, self._wall)
        finally:
            self._let_go()

    def close(self) -> None:
        """Let go of the file, with nothing left in its WAL. May be called again."""
        self._closed = True
        self._shut()

    def _shut(self) -> None:
        store, self._store = self._store, None
        try:
            if store is not None:
                try:
                    store.mark()
                finally:
                    store.close()
        finally:
            self._let_go()

    def abandon(self) -> None:
        """Let go of the file at once, whatever it says."""
        store, self._store = self._store, None
        try:
            if store is not None:
                with contextlib.suppress(JournalError):
                    store.close()
        finally:
            self._let_go()
