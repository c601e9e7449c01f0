"""The tray's window. It shares theme, stage, painter and hands with the kiosk's, and has no sessions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Unpack

from kiosk.circulation.intents import Intent
from kiosk.circulation.views import Theme
from kiosk.screens.drawn import Drawn
from kiosk.screens.hands import Hands, Key, Seen
from kiosk.screens.kivy_setup import FRAMES_A_SECOND
from kiosk.screens.kivy_window import KivyWindow, Opening
from kiosk.screens.scene import Foreign, Scene
from kiosk.screens.stage import Stage
from kiosk.screens.tray.acts import Act, Do
from kiosk.screens.tray.compose import compose
from kiosk.screens.tray.plan import metrics
from kiosk.screens.tray.things import Desk
from kiosk.words import Words

TITLE = "kiosk tray"

_KEYS = {9: Key.NEXT, 273: Key.UP, 274: Key.DOWN, 13: Key.OK, 271: Key.OK, 32: Key.OK}
_RIGHT, _LEFT, _TAB = 275, 276, 9


class TrayWindow(KivyWindow):
    """The window; one a process. Everything but `show` and `stop` belongs to the main thread."""

    def __init__(
        self,
        *,
        language: str,
        staff_pin: str,
        simulated: frozenset[str],
        act: Callable[[Act], None],
        on_drawn: Callable[[Drawn], None] | None = None,
        still: bool = False,
        **opening: Unpack[Opening],
    ) -> None:
        """Open the window; raises as `KivyWindow`.

        Args:
            language: of all texts.
            staff_pin: is told ("" for none).
            simulated: the devices that are simulated, by their sections of the settings.
            act: takes what hands do to the desk.
            on_drawn: is called after a picture was drawn.
            still: nothing moves.
            opening: where it opens.
        """
        super().__init__(TITLE, still=still, **opening)
        self._words = Words(language)
        self._staff_pin, self._simulated = staff_pin, simulated
        self._hands = Hands(self._acted, lambda by: None, time.monotonic)
        self._act, self._on_drawn = act, on_drawn
        self._lock = threading.Lock()
        self._newest: Desk | None = None
        self._desk = Desk()
        self._page: int | None = None
        self._revision = 0
        self._scene: Scene | None = None
        self._undrawn = False
        self._motion: Any = None
        self._trigger = self._clock.create_trigger(self._take)
        self._window.bind(
            on_touch_down=self._touch_down,
            on_touch_up=self._touch_up,
            on_key_down=self._key_down,
            on_flip=self._flipped,
        )

    def show(self, desk: Desk) -> None:
        """Take the desk as it stands now. May be called from any thread; returns at once."""
        with self._lock:
            self._newest = desk
        self._trigger()

    # ---- pictures ---------------------------------------------------------------------------

    def _take(self, _: float) -> None:
        with self._lock:
            desk, self._newest = self._newest, None
        if desk is not None:
            self._desk = desk
            self._paint()

    def _paint(self) -> None:
        if self._page is not None:
            last = len(self._desk.paper.pages) - 1
            self._page = min(self._page, last) if last >= 0 else None
        stage = Stage(Theme.LIGHT, metrics(self.size), self._words, self._typesetter)
        self._scene = compose(
            stage, self._desk, staff_pin=self._staff_pin, simulated=self._simulated, page=self._page
        )
        self._revision += 1
        self._hands.seen(Seen(0, self._revision), self._scene)
        self._undrawn = True
        self._draw()

    def _draw(self) -> None:
        if self._scene is None:
            return
        self._drawn = self._painter.paint(
            self._scene, focus=self._hands.focus, pressed=self._hands.pressed, now=time.monotonic()
        )
        if self._painter.moving and self._motion is None:
            self._motion = self._clock.schedule_interval(self._frame, 1 / FRAMES_A_SECOND)

    def _frame(self, _: float) -> bool:
        self._painter.tick(time.monotonic())
        self._window.canvas.ask_update()
        if not self._painter.moving:
            self._motion = None
        return bool(self._painter.moving)

    def _flipped(self, *_: object) -> None:
        # Without a display nothing else holds back the frames, and memory would run away.
        if self._offscreen or self._undrawn:
            self._finish()
        told, self._undrawn = self._undrawn, False
        if told and self._drawn is not None and self._on_drawn is not None:
            self._on_drawn(self._drawn)

    # ---- hands ------------------------------------------------------------------------------

    def _key_down(self, _: object, key: int, _scancode: int, _text: str, modifiers: list[str]) -> bool:
        rtl = self._words.rtl
        sides = {_RIGHT: Key.PREVIOUS if rtl else Key.NEXT, _LEFT: Key.NEXT if rtl else Key.PREVIOUS}
        found = sides.get(key) or _KEYS.get(key)
        if found is not None:
            self._hands.key(Key.PREVIOUS if key == _TAB and "shift" in modifiers else found)
            self._draw()
        return True

    def _acted(self, _: Seen, act: Intent | Foreign) -> None:
        if not isinstance(act, Foreign):
            return
        match act.intent:
            case Do.LOOK:
                self._page = 0
            case Do.CLOSE:
                self._page = None
            case Do.UP | Do.DOWN:
                self._page = max(0, (self._page or 0) + (1 if act.intent is Do.DOWN else -1))
            case Do.TEAR:
                self._page = None
                self._act(Do.TEAR)
            case _:
                self._act(act.intent)  # type: ignore[arg-type]  # all acts of this scene are ours
                return
        self._paint()
