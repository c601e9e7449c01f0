"""The beats of core and screen, and what follows from them."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from kiosk.circulation.facts import DeviceNow, Fact
from kiosk.circulation.values import Condition, Device
from kiosk.doors import RunBlocking
from kiosk.service.health import NAME, Health
from kiosk.service.notify import Notify, watchdog_s

log = logging.getLogger(__name__)

HEALTH_S = 10.0
"""Seconds after which the health file is written anew where nothing has changed."""

BEATS_A_FEED = 3
"""Beats in the time that the service manager waits: one may come late, and one feed may be lost."""


class Service:
    """What the process tells of itself: READY, STATUS, WATCHDOG and STOPPING, and the health file.

    READY is said once, when a frame was drawn *and* the journal has opened or is known to be missing (a
    kiosk without a journal says on its screen what staff should do: that is its work). The watchdog is fed
    only when core *and* screen have beaten since it was fed last: when either is frozen, nothing comes.

    `run` belongs to the core's loop; everything else may be called from any thread, and returns at once.
    """

    def __init__(
        self,
        *,
        notify: Notify,
        watchdog: float | None,
        health: Path | None,
        version: str,
        wall: Callable[[], float],
        age: Callable[[], float],
        run_blocking: RunBlocking,
    ) -> None:
        """Nothing is said before `run`.

        Args:
            notify: the way to the service manager.
            watchdog: seconds within which it wants to be fed, or None.
            health: the health file, or None.
            version: of the product.
            wall: seconds since 1970.
            age: seconds since the process began.
            run_blocking: the door through which the file is written.
        """
        self._notify, self._watched, self._path = notify, watchdog is not None, health
        self._wall, self._age, self._run_blocking = wall, age, run_blocking
        self.active = notify.heard or health is not None
        """Whether anybody wants to know; nobody does when the kiosk is run by hand."""
        self.pulse_s = HEALTH_S if watchdog is None else min(HEALTH_S, watchdog / BEATS_A_FEED)
        """Seconds from one beat to the next, of either side."""
        self._lock = threading.Lock()
        self._core = self._screen = False
        self._leaving = False
        self._said_ready = False
        self._now = Health(version)
        self._written: Health | None = None
        self._unwritten = False
        self._said = ""
        self._news: Callable[[], None] = lambda: None

    # ---- what core and screen tell -----------------------------------------------------------

    def heard(self, fact: Fact) -> None:
        """A fact from the desk (meets `desk.ports.Listener`): how the journal is."""
        if isinstance(fact, DeviceNow) and fact.device is Device.JOURNAL:
            self.journal_is(fact.condition is not Condition.MISSING)

    def journal_is(self, there: bool) -> None:
        """The journal was opened, or cannot be used."""
        self._changed(journal="ready" if there else "missing")

    def screen_beats(self, frames: int, screen: str) -> None:
        """One more frame was really drawn, the `frames`th, of the screen of this name."""
        first = self._now.first_frame_s
        if first is None:
            first = round(self._age(), 3)
        self._changed(screen=screen, first_frame_s=first)
        wall = self._wall()
        with self._lock:
            self._now = dataclasses.replace(self._now, frames=frames)
            self._screen = True
            self._feed(wall)

    def stopping(self) -> None:
        """The screen is closed, and the core is about to be: it alone is waited for now."""
        with self._lock:
            self._leaving = True
        self._notify.say("STOPPING=1", "STATUS=stopping")

    async def run(self) -> None:
        """Beat for the core, and write the health file, until cancelled."""
        if not self.active:
            return
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is told any more
                loop.call_soon_threadsafe(news.set)

        self._news = wake
        written_at = -HEALTH_S
        while True:
            news.clear()
            wall = self._wall()
            with self._lock:
                self._core = True
                self._feed(wall)
                now = self._now
            if self._path is not None and (
                now.changed_from(self._written) or loop.time() - written_at >= HEALTH_S
            ):
                await self._write(self._path, now)
                written_at = loop.time()
            self._tell(now)  # whoever waits for READY finds the file as it says
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.pulse_s):
                    await news.wait()

    # ---- what follows ------------------------------------------------------------------------

    def _changed(self, **what: object) -> None:
        with self._lock:
            before, self._now = self._now, dataclasses.replace(self._now, **what)  # type: ignore[arg-type]
            if self._now == before:
                return
        self._news()

    def _feed(self, wall: float) -> None:
        if not (self._core and (self._screen or self._leaving)):
            return
        self._core = self._screen = False
        self._now = dataclasses.replace(self._now, beaten=wall)
        if self._watched:
            self._notify.say("WATCHDOG=1")

    def _tell(self, now: Health) -> None:
        """What the service manager has not heard yet. What it did not take is said again next time."""
        if self._leaving:
            return
        status = f"STATUS={now.screen or 'starting'}; journal {now.journal or 'not yet opened'}"
        works = now.first_frame_s is not None and now.journal is not None
        if works and not self._said_ready:
            self._said_ready = self._notify.say("READY=1", status)
            self._said = status if self._said_ready else ""
        elif status != self._said and self._notify.say(status):
            self._said = status

    async def _write(self, path: Path, now: Health) -> None:
        try:
            await self._run_blocking(now.write, path)
        except OSError as error:
            if not self._unwritten:
                log.warning("K-SRV-001: the health file cannot be written: %s", error)
            self._unwritten = True
        else:
            self._written, self._unwritten = now, False


def serviced(
    environment: Mapping[str, str],
    process: int,
    *,
    version: str,
    wall: Callable[[], float],
    age: Callable[[], float],
    run_blocking: RunBlocking,
) -> Service:
    """The `Service` of the process with this number, whose manager has given it this environment
    ($NOTIFY_SOCKET, $WATCHDOG_USEC, $RUNTIME_DIRECTORY)."""
    # systemd.exec(5): of several runtime directories, separated by colons, ours is the first
    folder = environment.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Service(
        notify=Notify(environment.get("NOTIFY_SOCKET", "")),
        watchdog=watchdog_s(environment, process),
        health=Path(folder) / NAME if folder else None,
        version=version,
        wall=wall,
        age=age,
        run_blocking=run_blocking,
    )
