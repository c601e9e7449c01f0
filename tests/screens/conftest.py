"""One window for all tests of this room: Kivy has one a process."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from kiosk.circulation.intents import Pressed
from kiosk.circulation.views import View
from kiosk.maintenance.intents import StaffPressed
from kiosk.maintenance.views import MaintenanceView
from kiosk.screens import Blanking, Drawn, KioskWindow
from kiosk.screens.scene import Scene
from kiosk.screens.stage import Stage

SPACE = 32

NOON = 43_200.0
MIDNIGHT = 0.0
"""Seconds since 1970, where the local time is UTC."""


@dataclass
class Clocks:
    """What the window reads for off-hours: the time of the day, and seconds that never jump."""

    wall: float = NOON
    mono: float = 0.0


@dataclass
class Kiosk:
    """The window, and everything that left it."""

    window: KioskWindow = field(init=False)
    sent: list[Pressed] = field(default_factory=list)
    scanned: list[str] = field(default_factory=list)
    drawn: list[tuple[View, Drawn, float]] = field(default_factory=list)
    clocks: Clocks = field(default_factory=Clocks)
    beats: list[tuple[int, str]] = field(default_factory=list)
    session: int = 0
    sent_to_staff: list[StaffPressed] = field(default_factory=list)
    staff_drawn: list[tuple[MaintenanceView, Drawn, float]] = field(default_factory=list)
    compose_staff: Callable[[Stage, MaintenanceView], Scene] | None = None
    """What draws the maintenance screen; None: what the kiosk draws it with."""

    def show(self, view: View, *, session: int | None = None, revision: int = 1) -> View:
        """Show a view, in a session of its own unless told otherwise, and draw it."""
        if session is None:
            self.session += 1
            session = self.session
        view = replace(view, session=session, revision=revision, since=revision)
        self.window.show(view)
        self.window.pump()
        return view

    def box(self, key: str) -> tuple[float, float, float, float]:
        return next(control.box for control in self.window.drawn().controls if control.key == key)

    def touch(self, key: str, *, lift_over: str | None = None) -> None:
        """Put a finger on a control and lift it there, or over another."""
        self.finger("down", key)
        self.finger("up", lift_over or key)

    def finger(self, what: str, key: str) -> None:
        from kivy.core.window import Window

        x, y, w, h = self.box(key)
        touch = Finger(x + w / 2, self.window.size[1] - (y + h / 2))
        Window.dispatch(f"on_touch_{what}", touch)

    def key(self, code: int, *modifiers: str) -> None:
        from kivy.core.window import Window

        Window.dispatch("on_key_down", code, 0, "", list(modifiers))

    def type(self, text: str) -> None:
        from kivy.core.window import Window

        for character in text:
            if character == " ":
                self.key(SPACE)
            Window.dispatch("on_textinput", character)

    def wait(self, until: Callable[[], object]) -> None:
        """Draw until something is so: what was typed is held back for a twentieth of a second."""
        end = time.monotonic() + 5
        while not until():
            assert time.monotonic() < end, "it never came to that"
            self.window.pump()

    def rest(self) -> None:
        """Draw until whatever was typed has been let go."""
        end = time.monotonic() + 0.15
        self.wait(lambda: time.monotonic() > end)
        self.window.pump()

    def compose(self, stage: Stage, view: MaintenanceView) -> Scene:
        if self.compose_staff is not None:
            return self.compose_staff(stage, view)
        from kiosk.screens.maintenance import compose

        return compose(stage, view)


@dataclass
class Finger:
    """As much of a Kivy touch as our window looks at."""

    x: float
    y: float


@pytest.fixture(scope="session")
def one_window(tmp_path_factory: pytest.TempPathFactory) -> Kiosk:
    kiosk = Kiosk()
    kiosk.window = KioskWindow(
        size=(800, 480),
        offscreen=True,
        font_cache=tmp_path_factory.mktemp("fonts"),
        send=kiosk.sent.append,
        scanned=kiosk.scanned.append,
        still=True,
        on_drawn=lambda *what: kiosk.drawn.append(what),
        send_staff=kiosk.sent_to_staff.append,
        on_staff_drawn=lambda *what: kiosk.staff_drawn.append(what),
        compose_staff=kiosk.compose,
        blanking=Blanking("22:00", "07:00", wall=lambda: kiosk.clocks.wall, mono=lambda: kiosk.clocks.mono),
        pulse=lambda *beat: kiosk.beats.append(beat),
        pulse_s=0.2,
    )
    return kiosk


@pytest.fixture
def kiosk(one_window: Kiosk) -> Iterator[Kiosk]:
    yield one_window
    one_window.clocks.wall = NOON
    one_window.window.pump()
    if one_window.staff_drawn:
        # to draw costs as much as most tests, so only where the screen is not the patron's already
        one_window.window.show_staff(None)
        one_window.window.pump()
    one_window.compose_staff = None
    for each in (
        one_window.sent,
        one_window.scanned,
        one_window.drawn,
        one_window.sent_to_staff,
        one_window.staff_drawn,
        one_window.beats,
    ):
        each.clear()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return tmp_path / "picture.png"
