"""The kiosk in a window: for `kiosk run` with real devices, and for the demo that plays itself."""

from __future__ import annotations

import contextlib
import queue
import tempfile
import threading
import time
from pathlib import Path

from kiosk.app import real_doors
from kiosk.circulation.intents import Intent, Pressed
from kiosk.circulation.views import View
from kiosk.demo.core import Core
from kiosk.demo.farsides import FarSides
from kiosk.demo.journeys import JOURNEYS, Sees
from kiosk.demo.options import Options
from kiosk.demo.person import VirtualPatron
from kiosk.screens import Drawn, KioskWindow
from kiosk.settings import Settings
from kiosk.simulator.lanternfield import lanternfield

PAUSE_S = 1.6
"""Pause before each act of the patron who plays in the window, so that an eye can follow."""


class LatestView:
    """Hands views to a window that is made after the core: the newest one waits for it."""

    def __init__(self) -> None:
        """No window yet."""
        self._window: KioskWindow | None = None
        self._latest: View | None = None
        self._lock = threading.Lock()

    def show(self, view: View) -> None:
        """Take the newest view (from the core's thread)."""
        with self._lock:
            self._latest = view
            window = self._window
        if window is not None:
            window.show(view)

    def open(self, window: KioskWindow) -> None:
        """The window is there."""
        with self._lock:
            self._window = window
            latest = self._latest
        if latest is not None:
            window.show(latest)


def run_kiosk(settings: Settings) -> int:
    """Run the kiosk until its window is closed. Devices that are `simulated` get their far sides."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kiosk-")))
        if settings.simulated:
            print(f"simulated: {', '.join(settings.simulated)}")
            far = FarSides(lanternfield(), folder / "far", with_card="cards" in settings.simulated)
            settings = stack.enter_context(far).stand_in(settings)
        latest = LatestView()
        core = stack.enter_context(Core(settings, real_doors(), [latest]))
        window = KioskWindow(
            size=(settings.screen.width, settings.screen.height),
            offscreen=False,
            fullscreen=settings.screen.fullscreen,
            font_cache=folder / "fonts",
            send=core.press,
            scanned=core.scanned,
        )
        latest.open(window)
        window.run()
    return 0


def run_demo(options: Options) -> int:
    """Open the kiosk's window, play the journey slowly in it, and leave it open."""
    simulated = options.settings.simulated
    journey = JOURNEYS[options.journey]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kiosk-")))
        far = stack.enter_context(FarSides(options.scenery, folder / "far", with_card="cards" in simulated))
        latest = LatestView()
        core = stack.enter_context(Core(far.stand_in(options.settings), real_doors(), [latest]))
        drawn: queue.SimpleQueue[View] = queue.SimpleQueue()

        def on_drawn(view: View, what: Drawn, at: float) -> None:
            drawn.put(view)

        window = KioskWindow(
            size=options.size,
            offscreen=False,
            font_cache=folder / "fonts",
            send=core.press,
            scanned=core.scanned,
            on_drawn=on_drawn,
        )

        def touch(intent: Intent) -> None:
            core.press(Pressed(patron.view.session, patron.view.revision, intent))

        patron = VirtualPatron(
            far,
            card=options.patron,
            pin=options.pin,
            books=options.items or journey.books,
            touch=touch,
            scan=core.scanned if options.settings.cards.driver == "none" else None,
        )
        latest.open(window)
        player = threading.Thread(
            target=_play_slowly, args=(options.journey, patron, drawn), name="patron", daemon=True
        )
        player.start()
        window.run()
    return 0


def _play_slowly(name: str, patron: VirtualPatron, drawn: queue.SimpleQueue[View]) -> None:
    """Play a script at the pace of a person, from what was really drawn."""
    waiting: Sees | None = None
    script = JOURNEYS[name].script(patron)
    while True:
        patron.latest = drawn.get()
        with contextlib.suppress(queue.Empty):
            while True:
                patron.latest = drawn.get_nowait()
        while waiting is None or waiting.test(patron.latest):
            time.sleep(PAUSE_S)
            with contextlib.suppress(queue.Empty):
                while True:
                    patron.latest = drawn.get_nowait()
            try:
                waiting = next(script)
            except StopIteration:
                return
