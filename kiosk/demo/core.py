"""The kiosk's core in a thread of its own: its asyncio loop, and the two ways across the border.

Views leave through the screens' `show`, which must be safe to call from this thread; intents, scans and
questions come in through `call_soon_threadsafe`.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
from collections.abc import Callable, Coroutine, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from kiosk.app import Doors, Kiosk, build
from kiosk.circulation.intents import Pressed
from kiosk.desk.ports import Listener, Screen
from kiosk.journal import StoredRow
from kiosk.settings import Settings

T = TypeVar("T")

START_TIMEOUT_S = 30.0
"""Longest wait for the core to be built; opening a damaged journal is what takes time."""


class Core:
    """A kiosk that works in its own thread, as a context manager."""

    def __init__(
        self,
        settings: Settings,
        doors: Doors,
        screens: Sequence[Screen],
        listeners: Sequence[Listener] = (),
        *,
        failed: Callable[[BaseException], None] = lambda error: None,
    ) -> None:
        """Prepare it; `failed` is told, in the core's thread, when it falls over."""
        self._settings = settings
        self._doors = doors
        self._screens = screens
        self._listeners = listeners
        self._failed = failed
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="core", daemon=True)
        self._kiosk: Kiosk | None = None
        self._work: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        """Start the thread and build the kiosk in it.

        Raises:
            JournalError: the journal cannot be used.
        """
        self._thread.start()
        try:
            self._kiosk = self._call(self._build()).result(START_TIMEOUT_S)
        except BaseException:
            self._stop_loop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the work, close the journal, end the thread."""
        self._call(self._close()).result(START_TIMEOUT_S)
        self._stop_loop()

    def press(self, pressed: Pressed) -> None:
        """A finger pressed a control. From any thread."""
        assert self._kiosk is not None
        self._loop.call_soon_threadsafe(self._kiosk.press, pressed)

    def scanned(self, code: str) -> None:
        """A barcode was scanned or typed. From any thread."""
        assert self._kiosk is not None
        self._loop.call_soon_threadsafe(self._kiosk.scanned, code)

    def rows(self) -> tuple[StoredRow, ...]:
        """All rows of the journal, sealed parts left out."""
        assert self._kiosk is not None
        return self._call(self._kiosk.journal.all_rows()).result(START_TIMEOUT_S)

    async def _build(self) -> Kiosk:
        kiosk = await build(self._settings, self._doors, screens=self._screens, listeners=self._listeners)
        self._work = asyncio.ensure_future(kiosk.run())
        self._work.add_done_callback(self._ended)
        return kiosk

    def _ended(self, work: asyncio.Task[None]) -> None:
        if not work.cancelled() and (error := work.exception()) is not None:
            self._failed(error)

    async def _close(self) -> None:
        if self._work is not None:
            self._work.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._work
        if self._kiosk is not None:
            await self._kiosk.journal.close()

    def _call(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def _stop_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
