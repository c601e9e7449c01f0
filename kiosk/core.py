"""The kiosk's core in a thread of its own: its asyncio loop, and the two ways across the border.

Views leave through the screens' `show`, which must be safe to call from this thread; intents, scans and
questions come in through `call_soon_threadsafe`.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import importlib.metadata
import logging
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from kiosk.app import Doors, Kiosk, build, keep_running
from kiosk.circulation.intents import Pressed
from kiosk.circulation.values import Device
from kiosk.desk.ports import Listener, Screen
from kiosk.doctor import around, ils_trial
from kiosk.journal import StoredRow
from kiosk.maintenance import FilePinStore
from kiosk.maintenance.intents import StaffPressed
from kiosk.maintenance.ports import StaffDisplay
from kiosk.maintenance.runner import Maintenance
from kiosk.settings import Keeper, Settings, SettingsFile

log = logging.getLogger(__name__)

T = TypeVar("T")

REBUILD_PAUSE_S = 10.0
"""Pause between two attempts to build a kiosk anew where the system does not let it."""

START_TIMEOUT_S = 30.0
"""Longest wait for the core to be built."""

END_TIMEOUT_S = 10.0
"""Longest wait for the core to come to its end: devices let go of what they hold. One that is stuck is left
behind: whoever ends the kiosk wants to have it ended."""


class Core:
    """A kiosk that works in its own thread, as long as `running` lasts. One that falls over is built anew.

    The window is made before the thread begins: it settles the environment of the process (Kivy reads
    its settings there), and no thread may look into that meanwhile.
    """

    def __init__(
        self,
        doors: Doors,
        listeners: Sequence[Listener] = (),
        *,
        fell: Callable[[], None] = lambda: None,
        stopped: Callable[[], None] = lambda: None,
        stirred: Callable[[], None] = lambda: None,
        beside: Callable[[], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        """Prepare it. `fell` is called, in the core's thread, each time when it falls over, `stopped` when
        it does so for good, and `stirred` as in `build`. `beside` gives what runs on the core's loop from
        before the kiosk is built until after it is closed."""
        self._doors = doors
        self._listeners = listeners
        self._fell = fell
        self._stopped = stopped
        self._stirred = stirred
        self._beside = beside
        self._beside_task: asyncio.Task[None] | None = None
        self._kiosk: Kiosk | None = None
        self._room: Maintenance | None = None
        self._file: SettingsFile
        self._work: asyncio.Task[None] | None = None
        self._closing = False
        self._loop: asyncio.AbstractEventLoop
        self._settings: Settings
        self._screens: Sequence[Screen]

    @contextlib.contextmanager
    def running(
        self,
        settings: Settings,
        screens: Sequence[Screen],
        *,
        staff: StaffDisplay | None = None,
        config: Path | None = None,
        ask_pin: bool = False,
        stand_in: Callable[[Settings], Settings] = lambda settings: settings,
    ) -> Iterator[None]:
        """Build the kiosk that `settings` describe and let it work; views go to `screens`.

        `staff` takes the views of the maintenance screen, which edits the file `config` (both or none).
        `ask_pin`: it opens at once while no PIN was chosen. `stand_in` gives simulated devices their
        addresses, again each time when settings were kept.

        A journal that cannot be used stops nothing here: the kiosk is out of service, and tries again.
        """
        self._settings, self._screens = settings, screens
        self._staff, self._config, self._ask_pin = staff, config, ask_pin
        self._stand_in = stand_in
        self._loop = asyncio.new_event_loop()
        thread = threading.Thread(target=self._run, name="core", daemon=True)
        thread.start()
        try:
            self._call(self._start()).result(START_TIMEOUT_S)
            try:
                yield
            finally:
                try:
                    self._call(self._close()).result(END_TIMEOUT_S)
                except TimeoutError:
                    log.warning("K-CORE-003: the core is stuck, and is left as it is")
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(END_TIMEOUT_S / 10)

    def press(self, pressed: Pressed) -> None:
        """A finger pressed a control. From any thread."""
        assert self._kiosk is not None
        self._loop.call_soon_threadsafe(self._kiosk.press, pressed)

    def scanned(self, code: str) -> None:
        """A barcode was scanned or typed. From any thread."""
        assert self._kiosk is not None
        self._loop.call_soon_threadsafe(self._kiosk.scanned, code)

    def press_staff(self, pressed: StaffPressed) -> None:
        """Staff pressed a control of the maintenance screen. From any thread."""
        if self._room is not None:
            self._loop.call_soon_threadsafe(self._room.press, pressed)

    def rows(self) -> tuple[StoredRow, ...]:
        """All rows of the journal, sealed parts left out."""
        assert self._kiosk is not None
        return self._call(self._kiosk.journal.all_rows()).result(START_TIMEOUT_S)

    async def _start(self) -> None:
        if self._beside is not None:
            self._beside_task = asyncio.ensure_future(self._beside())
        if self._staff is not None and self._config is not None:
            blocking = self._doors.run_blocking("staff")
            keeper = Keeper(self._config, credentials=self._doors.credentials)
            self._file = SettingsFile(keeper, blocking, ils_trial(self._doors), self._set_up)
            self._room = Maintenance(
                pins=FilePinStore(self._settings.staff.pin_file),
                display=self._staff,
                left=lambda: self._kiosk.staff_left() if self._kiosk is not None else None,
                wall=self._doors.wall,
                run_blocking=blocking,
                version=importlib.metadata.version("kiosk"),
            )
            self._listeners = (*self._listeners, self._room)
        self._work_with(await self._build())
        if self._ask_pin and self._room is not None and await self._room.needs_pin():
            assert self._kiosk is not None
            self._kiosk.staff()

    async def _set_up(self, settings: Settings) -> None:
        """Work with other settings from now on. Raises OSError: not yet; it goes on trying."""
        self._settings = self._stand_in(settings)
        first: Kiosk | None = None
        try:
            await self._close_work()
            first = await self._build()
        finally:
            # whatever came between, nobody else would build a kiosk again
            if not self._closing:
                self._work_with(first)

    def _work_with(self, first: Kiosk | None) -> None:

        async def make() -> Kiosk:
            nonlocal first
            kiosk, first = first, None
            return kiosk if kiosk is not None else await self._build_anew()

        self._work = asyncio.ensure_future(keep_running(make))
        self._work.add_done_callback(self._ended)

    def _ended(self, work: asyncio.Task[None]) -> None:
        if not work.cancelled() and (error := work.exception()) is not None:
            log.error("K-CORE-002: the kiosk has stopped for good", exc_info=error)
            self._fell()
            self._stopped()

    async def _build(self) -> Kiosk:
        kiosk = await build(
            self._settings,
            self._doors,
            screens=self._screens,
            listeners=self._listeners,
            stirred=self._stirred,
        )
        if self._room is not None:
            near, probes, chain = around(
                kiosk.devices,
                self._settings,
                self._doors,
                tags=lambda: kiosk.tags,
                file=self._file,
                till=(lambda: kiosk.ready(Device.TILL)) if kiosk.devices.till is not None else None,
                adopted=kiosk.look_again,
            )
            kiosk.also(probes.reported)
            kiosk.also_read(chain.card, chain.code)
            self._room.attach(replace(near, resolve=kiosk.resolve))
            if self._room.open:  # staff are here: it must not serve patrons behind their screen
                kiosk.staff()
        self._kiosk = kiosk
        return kiosk

    async def _build_anew(self) -> Kiosk:
        self._fell()
        while True:
            try:
                return await self._build()
            except OSError as error:
                log.warning("K-CORE-001: the kiosk cannot be set up again yet: %s", error)
                await asyncio.sleep(REBUILD_PAUSE_S)

    async def _close(self) -> None:
        self._closing = True
        if self._room is not None:
            self._room.close()
        await self._close_work()
        if self._beside_task is not None:
            self._beside_task.cancel()
            await asyncio.wait([self._beside_task])

    async def _close_work(self) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait([self._work])  # `_ended` tells how; our own end is not taken for its

    def _call(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()
