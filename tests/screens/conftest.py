"""One window for all tests of this room: Kivy has one a process."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from kiosk.circulation.intents import Pressed
from kiosk.circulation.views import View
from kiosk.screens import Drawn, KioskWindow


@dataclass
class Kiosk:
    """The window, and everything that left it."""

    window: KioskWindow
    sent: list[Pressed] = field(default_factory=list)
    scanned: list[str] = field(default_factory=list)
    drawn: list[tuple[View, Drawn, float]] = field(default_factory=list)
    session: int = 0

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
            Window.dispatch("on_textinput", character)


@dataclass
class Finger:
    """As much of a Kivy touch as our window looks at."""

    x: float
    y: float


@pytest.fixture(scope="session")
def one_window(tmp_path_factory: pytest.TempPathFactory) -> Kiosk:
    sent: list[Pressed] = []
    scanned: list[str] = []
    drawn: list[tuple[View, Drawn, float]] = []
    window = KioskWindow(
        size=(800, 480),
        offscreen=True,
        font_cache=tmp_path_factory.mktemp("fonts"),
        send=sent.append,
        scanned=scanned.append,
        still=True,
        on_drawn=lambda *what: drawn.append(what),
    )
    return Kiosk(window, sent, scanned, drawn)


@pytest.fixture
def kiosk(one_window: Kiosk) -> Iterator[Kiosk]:
    yield one_window
    one_window.sent.clear()
    one_window.scanned.clear()
    one_window.drawn.clear()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return tmp_path / "picture.png"
