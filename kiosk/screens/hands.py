"""Hands: what fingers and the five keys do to a scene. No window in here.

A press counts when the finger is lifted over the control on which it came down, even if the picture was
drawn anew meanwhile; the intent then carries the view at which the finger came down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from kiosk.circulation.intents import Digit, Do, Intent
from kiosk.screens.scene import Control, Foreign, Local, Role, Scene, Taps, Turn

DOUBLE_STRIKE = 0.4
"""Seconds in which the same button counts once (EN 301 549, 5.8: up to 0.5 s); not so the keypad."""


class Key(StrEnum):
    """The five keys."""

    PREVIOUS = "previous"
    NEXT = "next"
    UP = "up"
    DOWN = "down"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Seen:
    """Which view a hand answers: its session and its revision; `staff`: it is the maintenance screen's."""

    session: int
    revision: int
    staff: bool = False

    def goes_on(self, before: Seen) -> bool:
        """Whether the same people stand there as `before`."""
        return (self.session, self.staff) == (before.session, before.staff)


class Hands:
    """What is pressed and what has the focus. `clock` gives seconds, monotonic."""

    def __init__(
        self,
        send: Callable[[Seen, Intent | Foreign], None],
        turn_page: Callable[[int], None],
        clock: Callable[[], float],
    ) -> None:
        """`send` takes intents, with the view that they answer; `turn_page` takes -1 or 1."""
        self._send = send
        self._turn_page = turn_page
        self._clock = clock
        self._view: Seen | None = None
        self._scene: Scene | None = None
        self._down: tuple[str, Seen] | None = None
        self._last: tuple[str, float] | None = None
        self._taps: list[float] = []
        self._place = 0
        self.focus: str | None = None
        """The control that has the focus ring; None until one of the five keys is used."""

    @property
    def pressed(self) -> str | None:
        """The control under the finger, if it is one that may be seen to be pressed."""
        if self._down is None or self._scene is None:
            return None
        key = self._down[0]
        gestures = {control.key for control in self._scene.controls if isinstance(control.act, Taps)}
        return key if key not in gestures else None

    def seen(self, view: Seen, scene: Scene) -> None:
        """A new picture is on the screen."""
        left = self._view is None or not view.goes_on(self._view)
        changed = self._scene is None or (self._scene.screen, self._scene.modal) != (
            scene.screen,
            scene.modal,
        )
        self._view, self._scene = view, scene
        if left:
            self.focus, self._down, self._last = None, None, None
            self._taps = []
        if self.focus is None:
            return
        keys = [control.key for control in scene.controls]
        if (changed and self.focus not in keys) or (scene.modal and changed):
            self.focus = _first(scene)
        elif self.focus not in keys:
            # The control went away: stay where it was.
            self.focus = keys[min(self._place, len(keys) - 1)] if keys else None
        self._place = keys.index(self.focus) if self.focus in keys else 0

    # ---- fingers ----------------------------------------------------------------------------

    def down(self, x: float, y: float) -> None:
        """A finger came down."""
        self.focus = None
        control = self._at(x, y)
        if control is not None and self._view is not None:
            self._down = (control.key, self._view)

    def up(self, x: float, y: float) -> None:
        """The finger was lifted."""
        down, self._down = self._down, None
        control = self._at(x, y)
        if down is not None and control is not None and control.key == down[0]:
            self._act(control, down[1])

    def _at(self, x: float, y: float) -> Control | None:
        if self._scene is None:
            return None
        for control in reversed(self._scene.controls):
            left, top, width, height = control.box
            inside = left <= x < left + width and top <= y < top + height
            if control.role is Role.BUTTON and inside:
                return control
        return None

    # ---- five keys --------------------------------------------------------------------------

    def key(self, key: Key) -> None:
        """One of the five keys was pressed."""
        if self._scene is None or not self._scene.controls or self._view is None:
            return
        controls = self._scene.controls
        at = next((n for n, control in enumerate(controls) if control.key == self.focus), None)
        if at is None:
            if key is not Key.OK:
                self.focus = _first(self._scene)
        elif key is Key.OK:
            self._act(controls[at], self._view)
            return
        elif key in {Key.NEXT, Key.PREVIOUS}:
            self.focus = controls[(at + (1 if key is Key.NEXT else -1)) % len(controls)].key
        else:
            self.focus = _beyond(controls, controls[at], key is Key.DOWN).key
        self._place = next((n for n, control in enumerate(controls) if control.key == self.focus), 0)

    def press(self, key: str) -> bool:
        """Press a control by its key, as a finger would; False when it is not on the screen."""
        if self._scene is None or self._view is None:
            return False
        for control in self._scene.controls:
            if control.key == key and control.act is not None:
                self._act(control, self._view)
                return True
        return False

    # ---- acting -----------------------------------------------------------------------------

    def _act(self, control: Control, view: Seen) -> None:
        if control.act is None:
            return
        now = self._clock()
        if isinstance(control.act, Taps):
            self._tapped(control.act, view, now)
            return
        self._taps = []
        repeats = isinstance(control.act, Digit | Local | Turn) or control.act is Do.DELETE
        repeats = repeats or (isinstance(control.act, Foreign) and control.act.repeats)
        if not repeats and self._last is not None:
            key, when = self._last
            if key == control.key and now - when < DOUBLE_STRIKE:
                return
        self._last = (control.key, now)
        if isinstance(control.act, Local):
            self._turn_page(1 if control.act is Local.PAGE_DOWN else -1)
        elif isinstance(control.act, Turn):
            self._turn_page(control.act.by)
        else:
            self._send(view, control.act)

    def _tapped(self, taps: Taps, view: Seen, now: float) -> None:
        self._taps = [*(when for when in self._taps if now - when < taps.seconds), now]
        if len(self._taps) >= taps.times:
            self._taps = []
            self._send(view, taps.intent)


def _first(scene: Scene) -> str | None:
    """Where the focus begins: after the header, in what the screen is about."""
    header = {"account", "text-size", "contrast", "language", "help", "leave"}
    after = [control.key for control in scene.controls if control.key not in header]
    return next(iter(after), scene.controls[0].key if scene.controls else None)


def _beyond(controls: tuple[Control, ...], start: Control, down: bool) -> Control:
    """The nearest control whose middle lies above or below; `start` when there is none."""

    def middle(control: Control) -> tuple[float, float]:
        x, y, w, h = control.box
        return (x + w / 2, y + h / 2)

    x, y = middle(start)

    def far(control: Control) -> float:
        other_x, other_y = middle(control)
        left, _, width, _ = control.box
        aside = 0.0 if left <= x < left + width else abs(other_x - x)
        return abs(other_y - y) + 2 * aside

    edge = 4
    candidates = [each for each in controls if (middle(each)[1] - y) * (1 if down else -1) > edge]
    return min(candidates, key=far, default=start)
