"""The window: where views arrive, pictures are drawn, and hands are felt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Unpack

from kiosk.circulation.intents import Digit, Do, Intent, Pressed
from kiosk.circulation.views import (
    AccountView,
    AttractView,
    CannotLendView,
    LoanView,
    PinView,
    ReturnView,
    RowView,
    Section,
    View,
)
from kiosk.maintenance.intents import StaffDo, StaffIntent, StaffPressed, TypeText
from kiosk.maintenance.views import FormScreen, MaintenanceView, PinScreen, TestState
from kiosk.screens.blanking import LOOK_S, Blanking
from kiosk.screens.compose import Composer
from kiosk.screens.drawn import Drawn
from kiosk.screens.hands import Hands, Key, Seen
from kiosk.screens.kivy_setup import FRAMES_A_SECOND
from kiosk.screens.kivy_window import KivyWindow, Opening
from kiosk.screens.pace import Pace
from kiosk.screens.scene import Foreign, Scene
from kiosk.screens.stage import Stage
from kiosk.screens.typing_in import BURST, Code, Enter, Keyed, Space, To, Typed, Typing
from kiosk.words import Words, languages

_TAB, _ENTER, _BACKSPACE, _SPACE, _ESCAPE = 9, (13, 271), 8, 32, 27
_UP, _DOWN, _RIGHT, _LEFT = 273, 274, 275, 276
_LOOPS_A_SECOND = 6
# Each frame is the whole window, and without a GPU some 40 ms of a processor: loops go in steps.

ComposeStaff = Callable[[Stage, MaintenanceView], Scene]
"""Draws the maintenance screen on an empty stage, and returns `stage.scene(...)`."""


def _maintenance(stage: Stage, view: MaintenanceView) -> Scene:
    # Only kiosks whose staff come in need these screens.
    from kiosk.screens.maintenance import compose

    return compose(stage, view)


class KioskWindow(KivyWindow):
    """The kiosk's window; one a process, since Kivy has only one.

    Everything but `show`, `show_staff`, `stirred` and `stop` belongs to the main thread.
    """

    def __init__(
        self,
        *,
        send: Callable[[Pressed], None],
        scanned: Callable[[str], None],
        still: bool = False,
        on_drawn: Callable[[View, Drawn, float], None] | None = None,
        send_staff: Callable[[StaffPressed], None] | None = None,
        on_staff_drawn: Callable[[MaintenanceView, Drawn, float], None] | None = None,
        compose_staff: ComposeStaff = _maintenance,
        blanking: Blanking | None = None,
        pulse: Callable[[int, str], None] | None = None,
        pulse_s: float = 10.0,
        **opening: Unpack[Opening],
    ) -> None:
        """Open the window; raises as `KivyWindow`.

        `send` takes intents and `scanned` takes codes, both in the main thread. `still`: nothing moves.
        `on_drawn` is called after a view was really drawn, with the monotonic second of its frame;
        `send_staff`, `on_staff_drawn` and `compose_staff` are the same for the maintenance screen.
        `blanking` says when the screen is black. `pulse` hears that the screen lives: how many frames were
        drawn and the name of what they show, after each view and at least every `pulse_s` seconds, when one
        more frame was really drawn.
        """
        super().__init__("kiosk", still=still, **opening)
        self._pace = Pace(1 / _LOOPS_A_SECOND, mono=time.monotonic)
        words = {language: Words(language) for language in languages()}
        self._composer = Composer(self.size, self._typesetter, words)
        self._hands = Hands(self._acted, self._turn_page, time.monotonic)
        self._typing = Typing()
        self._send, self._scanned, self._on_drawn = send, scanned, on_drawn
        self._send_staff, self._on_staff_drawn = send_staff, on_staff_drawn
        self._compose_staff = compose_staff
        self._newest: View | None = None
        self._newest_staff: tuple[MaintenanceView | None, ...] = ()
        self._lock = threading.Lock()
        self._view: View | None = None
        self._staff: MaintenanceView | None = None
        self._scene: Scene | None = None
        self._undrawn: View | MaintenanceView | None = None
        self._page: int | None = None
        self._form_page: int | None = None
        self._trigger = self._clock.create_trigger(self._take)
        # First the pause, then one more look for characters: a slow frame is no pause of the person.
        self._typing_done = self._clock.create_trigger(self._typing_tick)
        self._typing_pause = self._clock.create_trigger(lambda _: self._typing_done(), BURST * 1.5)
        self._loop: Any = None
        self._blanking, self._dark = blanking, False
        self._stirred = self._clock.create_trigger(lambda _: self._wake())
        if blanking is not None:
            self._clock.schedule_interval(self._look_at_the_clock, LOOK_S)
        self._pulse, self._frames, self._pulse_due = pulse, 0, False
        if pulse is not None:
            self._clock.schedule_interval(self._beat, pulse_s)
        self._window.bind(
            on_touch_down=self._touch_down,
            on_touch_up=self._touch_up,
            on_key_down=self._key_down,
            on_textinput=self._text_input,
            on_flip=self._flipped,
        )

    # ---- views ------------------------------------------------------------------------------

    def show(self, view: View) -> None:
        """Take the newest view. May be called from any thread; returns at once."""
        with self._lock:
            self._newest = view
        self._trigger()

    def show_staff(self, view: MaintenanceView | None) -> None:
        """Take the newest view of the maintenance screen, which covers the patron's; None: it is closed.
        May be called from any thread; returns at once."""
        with self._lock:
            self._newest_staff = (view,)
        self._trigger()

    def _take(self, _: float) -> None:
        self._stay_awake()  # whoever leaves now was there until now
        with self._lock:
            view, self._newest = self._newest, None
            staff, self._newest_staff = self._newest_staff, ()
        if view is not None:
            self._take_view(view)
        if staff:
            self._take_staff(staff[0])
        shown = self._staff or self._view
        if shown is not None and (staff or (view is not None and self._staff is None)):
            self._undrawn = shown
            self._paint()

    def _take_view(self, view: View) -> None:
        before, self._view = self._view, view
        if before is None or before.session != view.session:
            self._leave()
        elif type(before.screen) is not type(view.screen) or _section(before) is not _section(view):
            self._page = None
        changed = _changed(before, view)
        if changed is not None and self._staff is None:
            self._page = self._composer.page_with(view, changed)

    def _take_staff(self, view: MaintenanceView | None) -> None:
        before, self._staff = self._staff, view
        if before is None or view is None:
            self._leave()
        elif before.page is not view.page:
            self._page = None
        elif _edited(before) is None and _edited(view) is not None:
            # The keyboard has pages of its own; the form's comes back after it.
            self._page, self._form_page = None, self._page
        elif _edited(before) is not None and _edited(view) is None:
            self._page = self._form_page
        if view is not None and _begun(view) and not (before is not None and _begun(before)):
            self._page = None

    def _leave(self) -> None:
        """Somebody else stands there now: nothing of the last one is kept."""
        self._typesetter.forget()
        self._painter.forget()
        self._typing.clear()
        self._page = None

    def _paint(self) -> None:
        if self._staff is not None:
            staff = self._staff
            stage = self._composer.stage(staff.theme, staff.text_size, staff.language, self._page)
            self._scene = self._compose_staff(stage, staff)
            self._hands.seen(Seen(0, staff.revision, staff=True), self._scene)
        elif self._view is not None:
            self._scene = self._composer.compose(self._view, self._page)
            self._hands.seen(Seen(self._view.session, self._view.revision), self._scene)
        else:
            return
        self._draw()

    def _draw(self) -> None:
        if self._scene is None:
            return
        self._stay_awake()
        self._dark = self._blanking is not None and self._blanking.dark()
        if self._dark:
            self._drawn = self._painter.black(self.size)
        else:
            self._painter.loops = not self._pace.rests
            self._drawn = self._painter.paint(
                self._scene, focus=self._hands.focus, pressed=self._hands.pressed, now=time.monotonic()
            )
        self._move()

    def _flipped(self, *_: object) -> None:
        # Without a display nothing else holds back the frames, and memory would run away.
        if self._offscreen or self._undrawn is not None or self._pulse_due:
            self._finish()
        self._frames += 1
        if self._pulse is not None and self._drawn is not None and (self._pulse_due or self._undrawn):
            self._pulse_due = False
            self._pulse(self._frames, self._drawn.screen)
        view, self._undrawn = self._undrawn, None
        if view is None or self._drawn is None:
            return
        if isinstance(view, View):
            if self._on_drawn is not None:
                self._on_drawn(view, self._drawn, time.monotonic())
        elif self._on_staff_drawn is not None:
            self._on_staff_drawn(view, self._drawn, time.monotonic())

    # ---- a sign of life, and off-hours --------------------------------------------------------

    def _beat(self, _: float) -> None:
        """A screen that can draw proves it by one more frame."""
        self._pulse_due = True
        self._window.canvas.ask_update()

    def stirred(self) -> None:
        """Somebody is there of whom no view tells: a book was put down. From any thread."""
        self._stirred()

    @property
    def _somebody(self) -> bool:
        """Whether what is shown is for somebody."""
        if self._staff is not None or self._view is None:
            return self._staff is not None
        screen = self._view.screen
        told = isinstance(screen, AttractView) and screen.message is not None
        return told or self._view.modal is not None or not isinstance(screen, AttractView | CannotLendView)

    def _look_at_the_clock(self, _: float) -> None:
        self._stay_awake()
        if self._blanking is not None and self._blanking.dark() is not self._dark:
            self._turned()

    def _stay_awake(self) -> None:
        if self._blanking is not None and self._somebody:
            self._blanking.wake()

    def _wake(self) -> bool:
        """Somebody is here; True when the screen was black until now."""
        if self._blanking is None:
            return False
        self._blanking.wake()
        was_dark = self._dark
        if was_dark:
            self._turned()
        return was_dark

    def _turned(self) -> None:
        """It is black now and was not, or the other way round."""
        self._pulse_due = self._pulse is not None
        self._draw()

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
        began = time.monotonic()
        was_moving = self._painter.moving
        # Nothing runs between this frame's end and the clock's next turn.
        self._clock.schedule_once(lambda _: self._framed(time.monotonic() - began), 0)
        self._painter.tick(began)
        self._window.canvas.ask_update()
        if was_moving and not self._painter.moving:
            self._move()

    def _framed(self, took: float) -> None:
        rested = self._pace.rests
        self._pace.frame(took)
        if self._pace.rests and not rested:
            self._draw()

    def _turn_page(self, by: int) -> None:
        if self._scene is not None:
            self._page = max(0, min(self._scene.pages - 1, self._scene.page + by))
            self._paint()

    # ---- hands ------------------------------------------------------------------------------

    def _touch_down(self, _: object, touch: Any) -> bool:
        # The finger that wakes it cannot have seen what it touched.
        return self._wake() or super()._touch_down(_, touch)

    def _key_down(self, _: object, key: int, _scancode: int, _text: str, modifiers: list[str]) -> bool:
        if self._wake():
            return True
        rtl = self._scene is not None and self._scene.rtl
        back = "shift" in modifiers
        five = {
            _TAB: Key.PREVIOUS if back else Key.NEXT,
            _RIGHT: Key.PREVIOUS if rtl else Key.NEXT,
            _LEFT: Key.NEXT if rtl else Key.PREVIOUS,
            _UP: Key.UP,
            _DOWN: Key.DOWN,
        }
        now = time.monotonic()
        if key in _ENTER or (key == _TAB and self._typing.scanning(now)):
            # Some scanners end with a tab.
            self._typed(self._typing.enter(now))
        elif key in five:
            self.five(five[key])
        elif key == _BACKSPACE:
            self._backspace()
        # Nothing else means anything here, Escape and the function keys least of all. Space comes as text:
        # only then can a scanner's be told from a person's.
        return True

    def _text_input(self, _: object, text: str) -> bool:
        self._wake()  # and the code counts: a scanner does not look at the screen
        self._typing.character(text, time.monotonic(), self._to)
        self._typing_done.cancel()
        self._typing_pause.cancel()
        self._typing_pause()
        return True

    def _typing_tick(self, _: float) -> None:
        self._typed(self._typing.tick(time.monotonic()))
        if self._typing.holding:
            # Kivy counts a pause from the frame before it began.
            self._typing_done()

    @property
    def _to(self) -> To:
        """Where a person's characters go now."""
        if self._staff is not None:
            screen = self._staff.screen
            if _edited(self._staff) is not None:
                return To.TEXT
            return To.PIN if isinstance(screen, PinScreen) else To.CODE
        view = self._view
        pin = view is not None and isinstance(view.screen, PinView) and view.modal is None
        return To.PIN if pin else To.CODE

    def _typed(self, done: list[Typed]) -> None:
        for each in done:
            match each:
                case Code(text):
                    self._scanned(text)
                case Keyed(text):
                    self._keyed(text)
                case Space():
                    self.five(Key.OK)
                case Enter():
                    self._enter()

    def _keyed(self, text: str) -> None:
        to = self._to
        if self._staff is not None:
            if to is not To.CODE:
                self._intend_staff(TypeText(text))
        elif to is To.PIN:
            for digit in text:
                self._intend(Digit(digit))

    def _enter(self) -> None:
        to = self._to
        if self._hands.focus is not None:
            self.five(Key.OK)
        elif self._staff is not None and to is To.TEXT:
            self._intend_staff(StaffDo.CLOSE_FIELD)
        elif to is To.PIN and self._staff is not None:
            self._intend_staff(StaffDo.CONTINUE)
        elif to is To.PIN:
            self._intend(Do.CONTINUE)

    def _backspace(self) -> None:
        if self._to is To.CODE:
            return
        # What was typed just before it goes first.
        self._typed(self._typing.settle())
        if self._staff is not None:
            self._intend_staff(StaffDo.DELETE)
        else:
            self._intend(Do.DELETE)

    def five(self, key: Key) -> None:
        """Press one of the five keys."""
        self._hands.key(key)
        self._draw()

    def _acted(self, seen: Seen, act: Intent | Foreign) -> None:
        if not isinstance(act, Foreign):
            self._send(Pressed(seen.session, seen.revision, act))
        elif self._send_staff is not None and isinstance(act.intent, StaffIntent):
            self._send_staff(StaffPressed(seen.revision, act.intent))

    def _intend(self, intent: Intent) -> None:
        if self._view is not None:
            self._send(Pressed(self._view.session, self._view.revision, intent))

    def _intend_staff(self, intent: StaffIntent) -> None:
        if self._staff is not None and self._send_staff is not None:
            self._send_staff(StaffPressed(self._staff.revision, intent))


def _section(view: View) -> Section | None:
    """The section of the account that is shown, if one is."""
    return view.screen.section if isinstance(view.screen, AccountView) else None


def _edited(view: MaintenanceView) -> str | None:
    """The setting that is being edited, if one is."""
    fields = view.screen.fields if isinstance(view.screen, FormScreen) else ()
    return next((field.name for field in fields if field.editing), None)


def _begun(view: MaintenanceView) -> bool:
    """Whether a form's test is running: what it says is to be seen then."""
    test = view.screen.test if isinstance(view.screen, FormScreen) else None
    return test is not None and test.state is TestState.RUNNING


def _changed(before: View | None, view: View) -> str | None:
    """The key of the row that changed last, if any did."""
    if not isinstance(view.screen, LoanView | ReturnView):
        return None
    old: dict[str, RowView] = {}
    if (
        before is not None
        and before.session == view.session
        and isinstance(before.screen, LoanView | ReturnView)
    ):
        old = {row.key: row for row in before.screen.rows}
    changed = [row.key for row in view.screen.rows if row.key not in old or old[row.key].state != row.state]
    return changed[-1] if changed else None
