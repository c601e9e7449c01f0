"""Both windows of the demo in a real X server: real taps on either, real keystrokes of a scanner."""

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from kiosk.demo.beside import places
from kiosk.demo.window import STAFF_PIN
from kiosk.simulator.control import BlockingControl
from tests.screens.display import x_server

PATIENCE_S = 60.0
POLL_S = 0.05

WILLOWS, WILLOWS_TAG = "39000001", "E004015012AB3F01"
NO_CHIP, BROKEN_CHIP = "39000008", "39000009"
ANNA = "21000001"
RELEASE_LINE = 17


@dataclass
class Desk:
    """The demo with its two windows, as a person in front of them has it."""

    display: str
    control: BlockingControl
    corners: dict[str, tuple[int, int]]
    seen: dict[str, dict[str, Any]]
    news: threading.Condition
    lines: list[str] = field(default_factory=list)

    def hand(self, *args: str) -> None:
        subprocess.run(["xdotool", *args], check=True, timeout=PATIENCE_S, env={"DISPLAY": self.display})

    def control_of(self, window: str, key: str) -> dict[str, Any] | None:
        controls = self.seen.get(window, {}).get("controls", [])
        return next((each for each in controls if each["key"] == key), None)

    def sees(self, window: str, until: Callable[[dict[str, Any]], object]) -> None:
        """Wait until a window shows something."""
        with self.news:
            came = self.news.wait_for(lambda: window in self.seen and until(self.seen[window]), PATIENCE_S)
        assert came, f"the {window} shows {self.seen.get(window)}"

    def screen(self, name: str, modal: str | None = None) -> None:
        self.sees("kiosk", lambda seen: (seen["screen"], seen["modal"]) == (name, modal))

    def says(self, window: str, key: str, text: str) -> None:
        """Wait until a control says something."""
        self.sees(window, lambda _: re.search(text, (self.control_of(window, key) or {}).get("spoken", "")))

    def tap(self, window: str, key: str, times: int = 1) -> None:
        """Wait until a button is there, and put a finger on its middle."""
        self.sees(window, lambda _: (self.control_of(window, key) or {}).get("role") == "button")
        found = self.control_of(window, key)
        assert found is not None
        left, top = self.corners[window]
        x, y, w, h = found["box"]
        place = str(int(left + x + w / 2)), str(int(top + y + h / 2))
        self.hand("mousemove", *place, "click", "--repeat", str(times), "--delay", "60", "1")

    def scan(self, code: str) -> None:
        """A scanner types into the kiosk's window, which has the focus."""
        left, top = self.corners["kiosk"]
        self.hand("mousemove", str(left + 4), str(top + 4))
        where = subprocess.run(
            ["xdotool", "getmouselocation", "--shell"],
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env={"DISPLAY": self.display},
        ).stdout
        window = next(line.split("=")[1] for line in where.splitlines() if line.startswith("WINDOW="))
        self.hand("windowfocus", "--sync", window, "type", "--delay", "2", code)
        self.hand("key", "Return")

    def desk(self, until: Callable[[dict[str, Any]], object], command: str = "look") -> dict[str, Any]:
        """Wait until the far sides saw something."""
        end = time.monotonic() + PATIENCE_S
        while not until(found := self.control.do(do=command)):
            assert time.monotonic() < end, found
            time.sleep(POLL_S)
        return found


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with x_server("1920x1080") as display:
        yield display


@pytest.fixture(scope="module")
def desk(display: str) -> Iterator[Desk]:
    # without what a window in this process has settled: it draws where nobody sees it
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"CI", "WAYLAND_DISPLAY"} and not name.startswith(("KIVY_", "SDL_"))
    }
    demo = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "demo", "--no-patron", "--describe"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env={**environment, "DISPLAY": display},
    )
    assert demo.stdout is not None
    # a demo that hangs must not hang the tests
    watchdog = threading.Timer(4 * PATIENCE_S, demo.kill)
    watchdog.start()
    seen: dict[str, dict[str, Any]] = {}
    news = threading.Condition()

    def listen() -> None:
        assert demo.stdout is not None
        for line in demo.stdout:
            said = json.loads(line)
            with news:
                seen[said["window"]] = said
                news.notify_all()

    try:
        first = json.loads(demo.stdout.readline())
        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        corners = {name: tuple(first[name]) for name in ("kiosk", "tray")}
        with contextlib.closing(BlockingControl(first["ports"]["control"])) as control:
            yield Desk(display, control, corners, seen, news)
        demo.terminate()
        assert demo.wait(PATIENCE_S) == 0
        # the tray's words came through the demo: they end when both windows are gone
        listener.join(PATIENCE_S)
        assert not listener.is_alive()
    finally:
        watchdog.cancel()
        demo.kill()
        demo.wait()
        demo.stdout.close()


def test_the_windows_stand_beside_each_other(desk):
    where = places((1280, 800), (1920, 1080))
    assert desk.corners == {"kiosk": where.kiosk, "tray": where.tray}
    assert where.tray[0] >= where.kiosk[0] + 1280
    assert where.tray[0] + where.size[0] <= 1920


def test_a_loan_by_hand(desk):
    desk.screen("attract")
    desk.tap("tray", f"book-{WILLOWS_TAG}")
    desk.desk(lambda now: now["pad"] == [WILLOWS_TAG])
    desk.tap("tray", f"card-{ANNA}")
    desk.screen("pin")
    for digit in "1234":
        desk.tap("kiosk", f"digit-{digit}")
    desk.tap("kiosk", "continue")
    desk.screen("loan")
    desk.desk(
        lambda report: report["field"] and report["field"][0]["afi_after"] == "C2" and report["ils"]["loans"],
        "report",
    )

    desk.scan(NO_CHIP)
    desk.desk(lambda report: len(report["ils"]["loans"]) == 2, "report")
    desk.tap("tray", f"scan-{BROKEN_CHIP}")
    report = desk.desk(lambda report: len(report["ils"]["loans"]) == 3, "report")
    loans = [(loan["patron"], loan["item"]) for loan in report["ils"]["loans"]]
    assert loans == [(ANNA, WILLOWS), (ANNA, NO_CHIP), (ANNA, BROKEN_CHIP)]

    desk.tap("kiosk", "finish")
    desk.screen("farewell")
    desk.desk(lambda now: [(edge["line"], edge["level"]) for edge in now["edges"]][:1] == [(RELEASE_LINE, 1)])
    desk.says("tray", "gate", "is open|Opened")

    desk.tap("kiosk", "print")
    # what is still being printed cannot be torn off
    desk.desk(lambda report: any(piece["cut"] for piece in report["printer"]["pieces"]), "report")
    desk.tap("tray", "paper")
    desk.sees("tray", lambda seen: seen["modal"] == "paper")
    desk.tap("tray", "tear")
    desk.desk(lambda now: not now["pieces"])

    desk.tap("tray", f"book-{WILLOWS_TAG}")
    desk.tap("tray", f"card-{ANNA}")
    desk.desk(lambda now: not now["pad"] and now["card"] is None)
    desk.tap("kiosk", "done")
    desk.screen("attract")


def test_what_is_cut_can_be_mended_and_the_staff_come_in(desk):
    desk.screen("attract")
    desk.tap("tray", "switch-ils")
    desk.screen("cannot-lend")
    desk.says("tray", "switch-ils", "Mend the network")
    # a button struck twice at once counts once, so another in between
    desk.tap("tray", "switch-cover")
    desk.desk(lambda now: now["cover"] == "open")
    desk.tap("tray", "switch-ils")
    desk.screen("attract")
    desk.says("tray", "switch-cover", "Close the printer")
    desk.tap("tray", "switch-cover")
    desk.desk(lambda now: now["cover"] == "closed" and not now["unplugged"])

    desk.tap("kiosk", "mark", times=5)
    for digit in STAFF_PIN:
        desk.tap("kiosk", f"digit-{digit}")
    desk.tap("kiosk", "continue")
    desk.sees("kiosk", lambda seen: "overview" in seen["screen"])
