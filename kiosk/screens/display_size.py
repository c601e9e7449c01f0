"""How large the display is, before there is a window.

SDL makes a window that shall cover the display as large as it was asked for, in the middle, and leaves the
rest to the window manager. On an X server without one it stays so: at 800x480 only the middle of a window of
1280x800 is to be seen. So a window that covers the display is as large as that from the beginning.
"""

from __future__ import annotations

import ctypes
from importlib.machinery import PathFinder
from pathlib import Path

_VIDEO = 0x20
"""SDL's number of what has to do with displays."""


class _Mode(ctypes.Structure):
    """SDL's description of what a display shows."""

    _fields_ = (
        ("format", ctypes.c_uint32),
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("refresh_rate", ctypes.c_int),
        ("of_driver", ctypes.c_void_p),
    )


def display_size() -> tuple[int, int] | None:
    """Width and height in pixels of the display on which SDL opens windows; None when it has none.

    The display stays open: the window takes it over, and gives it back when it closes.
    """
    sdl = _sdl()
    if sdl is None or sdl.SDL_InitSubSystem(_VIDEO) != 0:
        return None
    mode = _Mode()
    if sdl.SDL_GetDesktopDisplayMode(0, ctypes.byref(mode)) != 0:
        return None
    return mode.width, mode.height


def _sdl() -> ctypes.CDLL | None:
    """The very library that Kivy's window has; Kivy's wheel brings its own, under a name of its own.

    What a library was linked with answers through it. It is found without Kivy's package of windows, which
    opens one as soon as it is imported.
    """
    import kivy

    folder = Path(kivy.__file__).parent / "core" / "window"
    spec = PathFinder.find_spec("_window_sdl2", [str(folder)])
    return None if spec is None or spec.origin is None else ctypes.CDLL(spec.origin)
