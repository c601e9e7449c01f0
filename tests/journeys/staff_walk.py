"""The maintenance screen in a real window, walked by touches or by the five keys; for a process of its own,
since Kivy has one window a process (`tests/journeys/test_staff.py` starts it)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kiosk.app import real_doors
from kiosk.core import Core
from kiosk.demo.farsides import FarSides
from kiosk.maintenance import FilePinStore
from kiosk.maintenance.pin import hash_pin
from kiosk.screens import Drawn, KioskWindow
from kiosk.screens.hands import Key
from kiosk.settings import Settings, load
from kiosk.simulator import lanternfield
from tests.journeys.staffed_desk import PIN, write_file
from tests.journeys.wired_desk import WILLOWS, quick

SIZE = (1280, 800)
PATIENCE_S = 15.0
ENTER = 13
TAPS = 5
"""How often the mark is touched by whoever wants to come in."""


@dataclass
class Finger:
    """As much of a Kivy touch as our window looks at."""

    x: float
    y: float


class Walk:
    """Hands at the window, and eyes that see only what was drawn."""

    def __init__(self, window: KioskWindow, how: str) -> None:
        self.window = window
        self.press: Callable[..., None] = {"touch": self.touch, "keys": self.keys}[how]

    # ---- eyes -------------------------------------------------------------------------------

    @property
    def drawn(self) -> Drawn:
        return self.window.drawn()

    @property
    def texts(self) -> list[str]:
        marks = str.maketrans("", "", "\u2068\u2069")
        return [text.text.translate(marks) for text in self.drawn.texts]

    def control(self, key: str) -> Any:
        return next((each for each in self.drawn.controls if each.key == key), None)

    def wait(self, until: Callable[[], Any], what: str) -> None:
        """Draw until something is so."""
        end = time.monotonic() + PATIENCE_S
        while True:
            self.window.pump()
            # before the first view there is nothing to look at
            with contextlib.suppress(RuntimeError):
                if until():
                    return
            assert time.monotonic() < end, f"{what}: never; there is {self.drawn.screen}: {self.texts}"

    def screen(self, name: str) -> None:
        self.wait(lambda: self.drawn.screen == name, name)

    def says(self, *parts: str) -> None:
        """Wait until one text on the screen has each of these parts."""
        for part in parts:
            self.wait(lambda part=part: any(part in text for text in self.texts), f"{part!r}")

    def is_ready(self, device: str) -> None:
        keys = {f"device-{device}", f"test-{device}"}

        def ready() -> bool:
            return any("Ready" in each.spoken for each in self.drawn.controls if each.key in keys)

        self.wait(ready, f"{device} is ready")

    # ---- hands ------------------------------------------------------------------------------

    def there(self, key: str) -> None:
        """Wait until a control can be pressed."""
        self.wait(lambda: (found := self.control(key)) is not None and found.act is not None, key)

    def touch(self, *keys: str) -> None:
        from kivy.core.window import Window

        for key in keys:
            self.there(key)
            x, y, w, h = self.control(key).box
            finger = Finger(x + w / 2, self.window.size[1] - (y + h / 2))
            Window.dispatch("on_touch_down", finger)
            Window.dispatch("on_touch_up", finger)
            self.window.pump()

    def keys(self, *keys: str) -> None:
        from kivy.core.window import Window

        for key in keys:
            self.there(key)
            for _ in range(100):
                if self.drawn.focus == key:
                    break
                self.window.five(Key.NEXT)
            assert self.drawn.focus == key, f"the focus never came to {key}"
            Window.dispatch("on_key_down", ENTER, 0, "", [])
            self.window.pump()

    def types_pin(self, pin: str) -> None:
        for digit in pin:
            self.press(f"digit-{digit}")
        self.press("continue")


def walk(how: str, home: Path) -> None:
    """Come in by the gesture, look, test the gate, set another port, keep it, and leave."""
    scenery = quick(lanternfield())
    with contextlib.ExitStack() as stack:
        far = stack.enter_context(FarSides(scenery, home / "far", with_card=False))
        other = stack.enter_context(FarSides(scenery, home / "other", with_card=False))
        file = write_file(home, far, scenery)
        FilePinStore(home / "staff.pin").save(hash_pin(PIN))
        settings = load(file)
        core = Core(far.doors(real_doors(home / "fonts"), settings))
        window = KioskWindow(
            size=SIZE,
            offscreen=True,
            font_cache=home / "fonts",
            send=core.press,
            scanned=core.scanned,
            still=True,
            send_staff=core.press_staff,
        )

        def stand_in(settings: Settings) -> Settings:
            settings = far.stand_in(settings)
            return replace(settings, policy=replace(settings.policy, settle_pause_s=0.5))

        stack.enter_context(
            core.running(
                stand_in(settings), [window], staff=window, config=file, ask_pin=True, stand_in=stand_in
            )
        )
        _walk(Walk(window, how), file, far, other)


def _walk(it: Walk, file: Path, far: FarSides, other: FarSides) -> None:
    it.screen("attract")
    it.press(*["mark"] * TAPS)
    it.screen("maintenance-pin")
    it.types_pin("1357")
    it.says("This PIN is wrong.")
    it.types_pin(PIN)
    it.screen("maintenance-overview")
    assert not [text for text in it.texts if PIN in text]
    for device in ("ils", "pad", "printer", "gate"):
        it.is_ready(device)

    far.do({"do": "unplug", "device": "printer"})
    it.says("Missing", "K-PRN-001")
    it.window.grab(file.parent / "missing.png")
    far.do({"do": "plug", "device": "printer"})
    it.is_ready("printer")

    far.do({"do": "put", "tags": [WILLOWS]})
    it.press("test-pad")
    it.says("Book read, secured", WILLOWS)
    far.do({"do": "lift", "tags": [WILLOWS]})
    it.press("test-gate")
    it.says("The line followed")
    it.window.grab(file.parent / "tested.png")

    it.press("menu-ils")
    it.screen("maintenance-ils")
    assert it.control("keep") is None or it.control("keep").act is None
    port, wanted = str(far.ports["ils"]), str(other.ports["ils"])
    it.press("field-ils.port", *["erase"] * len(port), *(f"key-{digit}" for digit in wanted), "done")
    it.says(wanted)
    it.wait(lambda: it.control("keep") is not None, "the page behind the keys")
    assert it.control("keep").act is None
    it.press("test-settings")
    it.there("keep")
    it.window.grab(file.parent / "passed.png")
    it.press("keep")
    it.wait(lambda: f"port = {wanted}  # the city's server" in file.read_text(), "the file")
    assert f"port = {port} " in file.with_name("kiosk.toml.before").read_text()

    it.says("The kiosk works with it now.")  # nobody leaves before
    it.press("menu-matters")
    it.says("There are no open matters.")
    it.press("menu-overview")
    it.screen("maintenance-overview")  # both pages have the control
    it.press("leave")
    it.screen("attract")
    assert it.drawn.focus is None
    logins = [each["request"][:2] for each in other.do({"do": "report"})["ils"]["messages"]]
    assert "93" in logins
