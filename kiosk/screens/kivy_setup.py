"""Kivy's settings, complete before Kivy is imported: it reads them once, while it is imported.

Kivy on a desktop has doors that a kiosk must not have: F1 opens a settings panel (only with an `App`,
and we have none), Escape ends the program, a right click makes red dots, modules like the inspector
wait for a key. All are shut here, and a test tries each.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import MappingProxyType

from kiosk.screens.display_size import display_size

ENVIRONMENT = MappingProxyType(
    {
        # Kivy reads our command line otherwise, and writes a log and a config file into the home folder.
        "KIVY_NO_ARGS": "1",
        "KIVY_NO_CONFIG": "1",
        "KIVY_NO_FILELOG": "1",
        "KIVY_LOG_MODE": "PYTHON",
        # One pixel is one pixel.
        "KIVY_METRICS_DENSITY": "1",
        "KIVY_DPI": "96",
        # No looking around for providers that we do not use.
        "KIVY_WINDOW": "sdl2",
        "KIVY_GL_BACKEND": "sdl2",
        "KIVY_IMAGE": "sdl2",
        "KIVY_CLIPBOARD": "dummy",
        "KIVY_VIDEO": "null",
        "KIVY_CAMERA": "null",
        "KIVY_SPELLING": "null",
        "KIVY_AUDIO": "null",
        # A touch counts even when it brings the focus from another window.
        "SDL_MOUSE_FOCUS_CLICKTHROUGH": "1",
    }
)

FRAMES_A_SECOND = 30


def set_up(
    size: tuple[int, int],
    *,
    offscreen: bool,
    fullscreen: bool,
    home: Path,
    at: tuple[int, int] | None = None,
    rotation: int = 0,
) -> None:
    """Settle everything. `home` is a folder for what Kivy wants to keep (icons); `offscreen` draws
    without a display; `fullscreen` covers the whole display, however large it is, without a frame; `at` is
    where the window's top left corner is to be (None: wherever the display puts it); `rotation` turns the
    picture, and touches with it, against the clock by so many degrees.

    Raises:
        OSError: `home` cannot be made.
    """
    os.environ.update(ENVIRONMENT)
    home.mkdir(parents=True, exist_ok=True)
    os.environ["KIVY_HOME"] = str(home)
    if offscreen:
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
    from kivy.config import Config

    # without a display the window says so
    width, height = (display_size() if fullscreen else None) or size

    for section, option, value in (
        ("kivy", "exit_on_escape", "0"),
        ("kivy", "pause_on_minimize", "0"),
        ("kivy", "keyboard_mode", ""),
        ("kivy", "desktop", "0"),
        ("kivy", "kivy_clock", "interrupt"),
        ("graphics", "width", str(width)),
        ("graphics", "height", str(height)),
        # "auto": the size that the display has now; Kivy's "1" would change the display's mode
        ("graphics", "fullscreen", "auto" if fullscreen else "0"),
        ("graphics", "show_cursor", "0" if fullscreen else "1"),
        ("graphics", "resizable", "0"),
        ("graphics", "rotation", str(rotation)),
        ("graphics", "multisamples", "0"),
        ("graphics", "maxfps", str(FRAMES_A_SECOND)),
        ("graphics", "min_state_time", "0"),
        ("graphics", "allow_screensaver", "0"),
    ):
        Config.set(section, option, value)
    if at is not None:
        for option, value in (("position", "custom"), ("left", str(at[0])), ("top", str(at[1]))):
            Config.set("graphics", option, value)
    # Touches arrive as the mouse; any second provider would report them twice.
    for option in list(Config.options("input")):
        Config.remove_option("input", option)
    Config.set("input", "mouse", "mouse,disable_multitouch")
    for option in list(Config.options("modules")):
        Config.remove_option("modules", option)
