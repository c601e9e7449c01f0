"""A window of Kivy's: opened, run or pumped, touched, and pictured. What it shows is its subclass's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import resources
from pathlib import Path
from typing import Any, Required, TypedDict, Unpack

from PIL import Image

from kiosk.screens.drawn import Drawn
from kiosk.screens.hands import Hands
from kiosk.screens.kivy_setup import set_up
from kiosk.typeset import Icons, Typesetter


class Opening(TypedDict, total=False):
    """Where a window opens, and on what; each window takes these beside what is its own."""

    size: Required[tuple[int, int]]
    """Width and height in pixels: the panel's, where the window does not cover a whole display."""

    offscreen: Required[bool]
    """No display is needed."""

    font_cache: Required[Path]
    """A folder for the private font configuration."""

    fullscreen: bool
    """Cover the whole display."""

    at: tuple[int, int] | None
    """Where its top left corner is, if that matters."""

    rotation: int
    """Degrees (0, 90, 180 or 270) by which the picture is turned against the clock."""


class KivyWindow(ABC):
    """The window; one a process, since Kivy has only one. `stop` may be called from any thread, everything
    else belongs to the main thread."""

    def __init__(self, title: str, *, still: bool, **opening: Unpack[Opening]) -> None:
        """Open the window. `still`: nothing moves in it. `self.size` is the size of the picture, which its
        rotation may have turned.

        Raises:
            FontsMissing: a Debian package with fonts is not installed.
            OSError: `font_cache` cannot be written.
        """
        size, offscreen, font_cache = opening["size"], opening["offscreen"], opening["font_cache"]
        fullscreen, rotation = opening.get("fullscreen", False), opening.get("rotation", 0)
        self._typesetter = Typesetter(font_cache)
        set_up(
            size,
            offscreen=offscreen,
            fullscreen=fullscreen,
            home=font_cache / "kivy",
            at=opening.get("at"),
            rotation=rotation,
        )
        from kivy.base import EventLoop
        from kivy.clock import Clock
        from kivy.core.window import Window
        from kivy.graphics.opengl import glFinish

        from kiosk.screens.painter import Painter

        self._event_loop, self._clock, self._window, self._finish = EventLoop, Clock, Window, glFinish
        EventLoop.ensure_window()
        Window.set_title(title)
        # a display is as large as it is, whatever was expected of it
        panel: tuple[int, int] = tuple(Window.system_size) if fullscreen else size
        self.size = panel if rotation in {0, 180} else panel[::-1]
        if not fullscreen and tuple(Window.system_size) != size:
            Window.system_size = size
        self._offscreen = offscreen
        icons = Icons(resources.files("kiosk.screens").joinpath("icons.svg").read_text("utf-8"))
        self._painter = Painter(Window.canvas, icons, still=still)
        self._hands: Hands
        self._drawn: Drawn | None = None
        self._started = False
        if offscreen:
            # Frames are drawn when they are asked for; there is nobody to wait for.
            Clock._max_fps = 0

    def run(self) -> None:
        """Show the window until `stop` is called or it is closed. To be called in the main thread."""
        from kivy.base import runTouchApp

        runTouchApp()

    def stop(self) -> None:
        """End `run`. May be called from any thread."""
        from kivy.base import stopTouchApp

        self._clock.create_trigger(lambda _: stopTouchApp())()

    def pump(self, frames: int = 1) -> None:
        """Draw frames by hand, without `run`."""
        if not self._started:
            from kivy.base import runTouchApp

            runTouchApp(embedded=True)
            self._started = True
        for _ in range(frames):
            self._event_loop.idle()

    def drawn(self) -> Drawn:
        """What is on the screen now.

        Raises:
            RuntimeError: nothing was drawn yet.
        """
        if self._drawn is None:
            raise RuntimeError("nothing was drawn yet")
        return self._drawn

    def grab(self, path: Path) -> None:
        """Write what is on the screen as a PNG.

        Raises:
            OSError: `path` cannot be written.
        """
        from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels

        # Read before the flip: after it the back buffer may hold anything.
        self._window.canvas.ask_update()
        self._window.dispatch("on_draw")
        self._finish()
        width, height = self._window.system_size
        pixels = glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE)
        image = Image.frombytes("RGB", (width, height), pixels)
        image.transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(path, "PNG", compress_level=3)

    def press(self, key: str) -> bool:
        """Press a control by its key; False when it is not on the screen."""
        return self._hands.press(key)

    @abstractmethod
    def _draw(self) -> None:
        """Paint the scene as it is now."""

    def _touch_down(self, _: object, touch: Any) -> bool:
        self._hands.down(touch.x, self.size[1] - touch.y)
        self._draw()
        return True

    def _touch_up(self, _: object, touch: Any) -> bool:
        self._hands.up(touch.x, self.size[1] - touch.y)
        self._draw()
        return True
