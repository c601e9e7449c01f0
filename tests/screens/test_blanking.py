"""Off-hours: the screen is black while nobody is there, and lit for whoever comes."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from kiosk.screens.blanking import AWAKE_S, Blanking
from kiosk.screens.examples import example
from tests.screens.conftest import MIDNIGHT, NOON, Kiosk

HOUR = 3600.0


@pytest.fixture(autouse=True)
def _at_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as local:
        local.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("begin", "end", "dark"),
    [
        ("22:00", "07:00", [22, 23, 0, 6.99]),
        ("01:30", "05:00", [1.5, 4.99]),
        ("00:00", "12:00", [0, 11.99]),
    ],
)
def test_off_hours_go_from_one_time_to_the_other_over_midnight_if_need_be(
    begin: str, end: str, dark: list[float]
) -> None:
    now, mono = 0.0, 0.0
    blanking = Blanking(begin, end, wall=lambda: now, mono=lambda: mono)
    mono = AWAKE_S
    found = set()
    for minute in range(24 * 60):
        now = 60.0 * minute
        if blanking.dark():
            found.add(minute)
    first, last = (int(text[:2]) * 60 + int(text[3:]) for text in (begin, end))
    assert {int(hour * 60) for hour in dark} <= found
    assert first in found
    assert last not in found
    assert len(found) == (last - first) % (24 * 60)


def test_it_is_the_local_time_that_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")  # 5:30 ahead
    time.tzset()
    mono = 0.0
    blanking = Blanking("22:00", "07:00", wall=lambda: 17 * HOUR, mono=lambda: mono)
    mono = AWAKE_S
    assert blanking.dark()


def night(kiosk: Kiosk) -> None:
    """It has become night, and nobody has been there for a while."""
    kiosk.clocks.wall = MIDNIGHT
    kiosk.clocks.mono += AWAKE_S


def screen(kiosk: Kiosk) -> str:
    return kiosk.window.drawn().screen


def test_at_night_the_attract_screen_goes_out(kiosk: Kiosk, picture: Path) -> None:
    kiosk.show(example("attract"))
    assert screen(kiosk) == "attract"
    night(kiosk)
    kiosk.wait(lambda: screen(kiosk) == "blank")
    kiosk.window.grab(picture)
    with Image.open(picture) as image:
        assert image.getcolors() == [(800 * 480, (0, 0, 0))]
    kiosk.clocks.wall = NOON
    kiosk.wait(lambda: screen(kiosk) == "attract")


def test_a_screen_that_can_lend_nothing_goes_out_too(kiosk: Kiosk) -> None:
    night(kiosk)
    kiosk.show(example("cannot-lend"))
    assert screen(kiosk) == "blank"


def test_a_touch_lights_it_and_presses_nothing(kiosk: Kiosk) -> None:
    from kivy.core.window import Window

    from tests.screens.conftest import Finger

    view = kiosk.show(example("attract"))
    x, y, w, h = kiosk.box("language-ar")
    night(kiosk)
    kiosk.show(view)
    assert screen(kiosk) == "blank"
    finger = Finger(x + w / 2, 480 - (y + h / 2))
    for what in ("down", "up"):
        Window.dispatch(f"on_touch_{what}", finger)
    assert screen(kiosk) == "attract"
    assert kiosk.sent == []
    kiosk.touch("language-ar")
    assert len(kiosk.sent) == 1, "the second counts"


def test_it_goes_out_again_after_a_while(kiosk: Kiosk) -> None:
    night(kiosk)
    kiosk.show(example("attract"))
    kiosk.window.stirred()
    kiosk.wait(lambda: screen(kiosk) == "attract")
    kiosk.clocks.mono += AWAKE_S - 1
    kiosk.show(example("attract"))
    assert screen(kiosk) == "attract"
    kiosk.clocks.mono += 1
    kiosk.wait(lambda: screen(kiosk) == "blank")


def test_a_card_lights_it_and_it_stays_lit_as_long_as_somebody_is_there(kiosk: Kiosk) -> None:
    night(kiosk)
    kiosk.show(example("attract"))
    for name in ("wait", "loan"):
        kiosk.show(example(name))
        assert screen(kiosk) == name
        kiosk.clocks.mono += AWAKE_S
    kiosk.show(example("attract"))
    assert screen(kiosk) == "attract", "whoever leaves sees where they were"
    kiosk.clocks.mono += AWAKE_S
    kiosk.wait(lambda: screen(kiosk) == "blank")


def test_a_code_that_is_scanned_in_the_dark_counts(kiosk: Kiosk) -> None:
    night(kiosk)
    kiosk.show(example("attract"))
    kiosk.type("30001")
    kiosk.key(13)
    assert kiosk.scanned == ["30001"]
    assert screen(kiosk) == "attract"


def test_a_screen_proves_that_it_lives_dark_or_lit(kiosk: Kiosk) -> None:
    kiosk.show(example("attract"))
    assert kiosk.beats[-1][1] == "attract"
    count = len(kiosk.beats)
    kiosk.wait(lambda: len(kiosk.beats) > count + 2)
    night(kiosk)
    kiosk.wait(lambda: kiosk.beats[-1][1] == "blank")
    count = len(kiosk.beats)
    kiosk.wait(lambda: len(kiosk.beats) > count + 2)
    frames = [number for number, _ in kiosk.beats]
    assert frames == sorted(set(frames)), "each beat is one more frame"
