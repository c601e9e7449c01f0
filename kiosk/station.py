"""The kiosk as it stands in a library: its core and its window, as long as the window is open."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

from kiosk.app import real_doors
from kiosk.core import Core
from kiosk.screens import KioskWindow
from kiosk.settings import Settings

VIDEO_DRIVERS = "x11,wayland,KMSDRM"
"""SDL's ways to a display. Left to itself it falls back to drawing where nobody sees it."""


class NoWindow(RuntimeError):
    """There is no display that takes a window; the text says so, and what to do."""


def run_kiosk(settings: Settings) -> int:
    """Run the kiosk until its window is closed; 1 when its core stopped for good instead.

    No device may be `simulated` any more: whoever wants that gives its far side's address.

    Raises:
        NoWindow: no window could be opened.
        FontsMissing: a Debian package with fonts is not installed.
        OSError: the journal cannot be used.
    """
    stopped: list[bool] = []

    def for_good() -> None:
        # a dead core behind the last patron's list would look alive: end, and let the system start anew
        stopped.append(True)
        window.stop()

    core = Core(real_doors(), stopped=for_good)
    with contextlib.ExitStack() as stack:
        window = open_window(
            size=(settings.screen.width, settings.screen.height),
            fullscreen=settings.screen.fullscreen,
            font_cache=scratch(stack) / "fonts",
            send=core.press,
            scanned=core.scanned,
        )
        stack.enter_context(core.running(settings, [window]))
        window.run()
    return 1 if stopped else 0


def scratch(stack: contextlib.ExitStack) -> Path:
    """A folder that lasts as long as the window."""
    folder = tempfile.TemporaryDirectory(prefix="kiosk-", ignore_cleanup_errors=True)
    return Path(stack.enter_context(folder))


def open_window(**how: Any) -> KioskWindow:
    """A `KioskWindow` on a display.

    Raises:
        NoWindow: there is none.
    """
    os.environ.setdefault("SDL_VIDEODRIVER", VIDEO_DRIVERS)
    kivy = logging.getLogger("kivy")
    kivy.disabled = True  # what it has to say about a missing display is long, and of no help here
    try:
        return KioskWindow(offscreen=False, **how)
    except SystemExit:  # Kivy's word for it
        known = [
            f"{name}={os.environ[name]}" for name in ("DISPLAY", "WAYLAND_DISPLAY") if name in os.environ
        ]
        at = f" ({', '.join(known)})" if known else ""
        raise NoWindow(f"no window could be opened here{at}: start it on a machine with a screen") from None
    finally:
        kivy.disabled = False
