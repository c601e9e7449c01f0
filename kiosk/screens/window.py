"""The window: where views arrive, pictures are drawn, and hands are felt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from PIL import Image

from kiosk.circulation.intents import Digit, Do, Pressed
from kiosk.circulation.views import LoanView, PinView, RowView, View
from kiosk.screens.compose import Composer
from kiosk.screens.drawn import Drawn
from kiosk.screens.hands import Hands, Key
from kiosk.screens.kivy_setup import FRAMES_A_SECOND, set_up
from kiosk.screens.scene import Scene
from kiosk.screens.typing_in import BURST, Code, Digits, Enter, Typed, Typing
from kiosk.typeset import Icons, Typesetter
from kiosk.words import Words, languages

_TAB, _ENTER, _BACKSPACE, _SPACE, _ESCAPE = 9, (13, 271), 8, 32, 27
_UP, _DOWN, _RIGHT, _LEFT = 273, 274, 275, 276
_LOOPS_A_SECOND = 15


class KioskWindow:
    """The kiosk's window; one a process, since Kivy has only one.

    Everything but `show` and `stop` belongs to the main thread.
    """

    def __init__(
        self,
        *,
        size: tuple[int, int],
        offscreen: bool,
        fullscreen: bool = False,
        font_cache: Path,
        send: Callable[[Pressed], None],
        scanned: Callable[[str], None],
        still: bool = False,
        on_drawn: Callable[[View, Drawn, float], None] | None = None,
    ) -> None:
        """Open the window.

        `size` in pixels; `offscreen`: no display is needed; `fullscreen`: cover the whole display.
        `font_cache` is a folder for the private font configuration. `send` takes intents and
        `scanned` takes codes, both in the main thread. `still`: nothing moves.
        `on_drawn` is called after a view was really drawn, with the monotonic second of its frame.

        Raises:
            FontsMissing: a Debian package with fonts is not installed.
            OSError: `font_cache` cannot be written.
        """
        self._typesetter = Typesetter(font_cache)
        set_up(size, offscreen=offscreen, fullscreen=fullscreen, home=font_cache / "kivy")
        from kivy.base import EventLoop
        from kivy.clock import Clock
        from kivy.core.window import Window
        from kivy.graphics.opengl import glFinish

        from kiosk.screens.painter import Painter

        self._event_loop, self._clock, self._window, self._finish = EventLoop, Clock, Window, glFinish
        EventLoop.ensure_window()
        Window.set_title("kiosk")
        self.size = size
        if not fullscreen and tuple(Window.system_size) != size:
            Window.system_size = size
        self._offscreen = offscreen
        self._icons = Icons(resources.files("kiosk.screens").joinpath("icons.svg").read_text("utf-8"))
        self._painter = Painter(Window.canvas, self._icons, still=still)
        words = {language: Words(language) for language in languages()}
        self._composer = Composer(size, self._typesetter, words)
        self._hands = Hands(send, self._turn_page, time.monotonic)
        self._typing = Typing()
        self._send, self._scanned, self._on_drawn = send, scanned, on_drawn
        self._newest: View | None = None
        self._lock = threading.Lock()
        self._view: View | None = None
        self._scene: Scene | None = None
        self._drawn: Drawn | None = None
        self._undrawn: View | None = None
        self._page: int | None = None
        self._started = False
        self._trigger = Clock.create_trigger(self._take)
        self._typing_done = Clock.create_trigger(self._typing_tick, BURST * 1.5)
        self._loop: Any = None
        Window.bind(
            on_touch_down=self._touch_down,
            on_touch_up=self._touch_up,
            on_key_down=self._key_down,
            on_textinput=self._text_input,
            on_flip=self._flipped,
        )
        if offscreen:
            # Frames are drawn when they are asked for; there is nobody to wait for.
            Clock._max_fps = 0

    # ---- views ------------------------------------------------------------------------------

    def show(self, view: View) -> None:
        """Take the newest view. May be called from any thread; returns at once."""
        with self._lock:
            self._newest = view
        self._trigger()

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

    def _take(self, _: float) -> None:
        with self._lock:
            view, self._newest = self._newest, None
        if view is None:
            return
        before, self._view = self._view, view
        if before is None or before.session != view.session:
            self._typesetter.forget()
            self._painter.forget()
            self._typing.clear()
            self._page = None
        changed = _changed(before, view)
        if changed is not None:
            self._page = self._composer.page_with(view, changed)
        self._undrawn = view
        self._paint()

    def _paint(self) -> None:
        view = self._view
        if view is None:
            return
        self._scene = self._composer.compose(view, self._page)
        self._hands.seen(view, self._scene)
        self._draw()

    def _draw(self) -> None:
        if self._scene is None:
            return
        now = time.monotonic()
        self._drawn = self._painter.paint(
            self._scene, focus=self._hands.focus, pressed=self._hands.pressed, now=now
        )
        self._move()

    def _flipped(self, *_: object) -> None:
        # Without a display nothing else holds back the frames, and memory would run away.
        if self._offscreen or self._undrawn is not None:
            self._finish()
        view, self._undrawn = self._undrawn, None
        if view is not None and self._on_drawn is not None and self._drawn is not None:
            self._on_drawn(view, self._drawn, time.monotonic())

    # ---- motion -----------------------------------------------------------------------------

    def _move(self) -> None:
        """Keep a clock running while something moves, and only then."""
        if self._loop is not None:
            self._loop.cancel()
            self._loop = None
        if self._painter.moving or self._painter.looping:
            rate = FRAMES_A_SECOND if self._painter.moving else _LOOPS_A_SECOND
            self._loop = self._clock.schedule_interval(self._frame, 1 / rate)

    def _frame(self, _: float) -> None:
        was_moving = self._painter.moving
        self._painter.tick(time.monotonic())
        self._window.canvas.ask_update()
        if was_moving and not self._painter.moving:
            self._move()

    def _turn_page(self, by: int) -> None:
        if self._scene is not None:
            self._page = max(0, min(self._scene.pages - 1, self._scene.page + by))
            self._paint()

    # ---- hands ------------------------------------------------------------------------------

    def press(self, key: str) -> bool:
        """Press a control by its key; False when it is not on the screen."""
        return self._hands.press(key)

    def _touch_down(self, _: object, touch: Any) -> bool:
        self._hands.down(touch.x, self.size[1] - touch.y)
        self._draw()
        return True

    def _touch_up(self, _: object, touch: Any) -> bool:
        self._hands.up(touch.x, self.size[1] - touch.y)
        self._draw()
        return True

    def _key_down(self, _: object, key: int, _scancode: int, _text: str, modifiers: list[str]) -> bool:
        rtl = self._scene is not None and self._scene.rtl
        back = "shift" in modifiers
        five = {
            _TAB: Key.PREVIOUS if back else Key.NEXT,
            _RIGHT: Key.PREVIOUS if rtl else Key.NEXT,
            _LEFT: Key.NEXT if rtl else Key.PREVIOUS,
            _UP: Key.UP,
            _DOWN: Key.DOWN,
        }
        if key in five:
            self.five(five[key])
        elif key == _SPACE and self._typing.empty:
            self.five(Key.OK)
        elif key in _ENTER:
            self._typed(self._typing.enter(time.monotonic(), pin=self._pin))
        elif key == _BACKSPACE and self._pin:
            self._intent(Do.DELETE)
        # Nothing else means anything here, Escape and the function keys least of all.
        return True

    def _text_input(self, _: object, text: str) -> bool:
        if text != " " or not self._typing.empty:
            now = time.monotonic()
            self._typed(self._typing.character(text, now, pin=self._pin))
            self._typing_done.cancel()
            self._typing_done()
        return True

    def _typing_tick(self, _: float) -> None:
        self._typed(self._typing.tick(time.monotonic(), pin=self._pin))

    @property
    def _pin(self) -> bool:
        view = self._view
        return view is not None and isinstance(view.screen, PinView) and view.modal is None

    def _typed(self, done: list[Typed]) -> None:
        for each in done:
            match each:
                case Code(text):
                    self._scanned(text)
                case Digits(text):
                    for digit in text:
                        self._intent(Digit(digit))
                case Enter():
                    if self._hands.focus is not None:
                        self.five(Key.OK)
                    elif self._pin:
                        self._intent(Do.CONTINUE)

    def five(self, key: Key) -> None:
        """Press one of the five keys."""
        self._hands.key(key)
        self._draw()

    def _intent(self, intent: Digit | Do) -> None:
        if self._view is not None:
            self._send(Pressed(self._view.session, self._view.revision, intent))


def _changed(before: View | None, view: View) -> str | None:
    """The key of the row that changed last, if any did."""
    if not isinstance(view.screen, LoanView):
        return None
    old: dict[str, RowView] = {}
    if before is not None and before.session == view.session and isinstance(before.screen, LoanView):
        old = {row.key: row for row in before.screen.rows}
    changed = [row.key for row in view.screen.rows if row.key not in old or old[row.key].state != row.state]
    return changed[-1] if changed else None
