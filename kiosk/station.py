"""The kiosk as it stands in a library: its core and its window, as long as the window is open."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from kiosk.app import Doors, product_version, real_doors
from kiosk.core import Core
from kiosk.screens import Blanking, KioskWindow
from kiosk.service import process_age, serviced
from kiosk.settings import ScreenSection, Settings

W = TypeVar("W")

VIDEO_DRIVERS = "x11,wayland,KMSDRM"
"""SDL's ways to a display. Left to itself it falls back to drawing where nobody sees it."""


class NoWindow(RuntimeError):
    """There is no display that takes a window; the text says so, and what to do."""


def run_kiosk(
    settings: Settings,
    config: Path,
    *,
    stand_in: Callable[[Settings], Settings] = lambda settings: settings,
    replace_doors: Callable[[Doors], Doors] = lambda doors: doors,
) -> int:
    """Run the kiosk until its window is closed; 1 when its core stopped for good instead.

    No device may be `simulated` any more: whoever wants that gives its far side's address, by `stand_in`
    again each time when staff have changed the settings in the file `config`, and by `replace_doors`.

    Raises:
        NoWindow: no window could be opened.
        FontsMissing: a Debian package with fonts is not installed.
    """
    stopped: list[bool] = []

    def for_good() -> None:
        # a dead core behind the last patron's list would look alive: end, and let the system start anew
        stopped.append(True)
        window.stop()

    def stirred() -> None:
        window.stirred()

    with contextlib.ExitStack() as stack:
        # receipts are set with the fonts of the screens: a process has one configuration for both
        fonts = scratch(stack) / "fonts"
        doors = replace_doors(real_doors(fonts))
        service = serviced(
            os.environ,
            os.getpid(),
            version=product_version(),
            wall=doors.wall,
            age=process_age,
            run_blocking=doors.run_blocking("health"),
        )
        core = Core(doors, [service], stopped=for_good, stirred=stirred, beside=service.run)
        window = open_window(
            size=(settings.screen.width, settings.screen.height),
            fullscreen=settings.screen.fullscreen,
            rotation=settings.screen.rotation,
            blanking=blanking(settings.screen, doors.wall),
            pulse=service.screen_beats if service.active else None,
            pulse_s=service.pulse_s,
            font_cache=fonts,
            send=core.press,
            scanned=core.scanned,
            send_staff=core.press_staff,
        )
        stack.enter_context(ended_by_signals(window.stop))
        stack.enter_context(
            core.running(settings, [window], staff=window, config=config, ask_pin=True, stand_in=stand_in)
        )
        window.run()
        service.stopping()
    return 1 if stopped else 0


@contextlib.contextmanager
def ended_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """SIGTERM, or the end of the terminal (SIGHUP, unless it is ignored, as under nohup), ends the window,
    and with it everything in its order: the gate's lines come to rest. `stop` is called in a thread."""

    def end(number: int, frame: object) -> None:
        del number, frame
        # here the main thread stands wherever it was, and may hold a lock that `stop` has to take
        threading.Thread(target=stop, name="ending", daemon=True).start()

    numbers = [signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def blanking(screen: ScreenSection, wall: Callable[[], float]) -> Blanking | None:
    """The off-hours of these settings, if there are any."""
    if not screen.blank_from:
        return None
    return Blanking(screen.blank_from, screen.blank_to, wall=wall, mono=time.monotonic)


def scratch(stack: contextlib.ExitStack) -> Path:
    """A folder that lasts as long as the window."""
    folder = tempfile.TemporaryDirectory(prefix="kiosk-", ignore_cleanup_errors=True)
    return Path(stack.enter_context(folder))


def open_window(**how: Any) -> KioskWindow:
    """A `KioskWindow` on a display.

    Raises:
        NoWindow: there is none.
    """
    return on_display(lambda: KioskWindow(offscreen=False, **how))


def on_display(window: Callable[[], W]) -> W:
    """What `window` opens, on a display.

    Raises:
        NoWindow: there is none.
    """
    os.environ.setdefault("SDL_VIDEODRIVER", VIDEO_DRIVERS)
    kivy = logging.getLogger("kivy")
    kivy.disabled = True  # what it has to say about a missing display is long, and of no help here
    try:
        return window()
    except SystemExit:  # Kivy's word for it
        known = [
            f"{name}={os.environ[name]}" for name in ("DISPLAY", "WAYLAND_DISPLAY") if name in os.environ
        ]
        at = f" ({', '.join(known)})" if known else ""
        raise NoWindow(f"no window could be opened here{at}: start it on a machine with a screen") from None
    finally:
        kivy.disabled = False
