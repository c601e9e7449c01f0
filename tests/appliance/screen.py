"""Looking at a picture of the screen: is there one, and which is it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from kiosk.circulation.views import Theme
from kiosk.screens.theme import PALETTES
from tests.appliance.machine import SMALL, WIDE

FINISH = {WIDE: (1000, 690), SMALL: (606, 400)}
"""By the display's size, a place on the button *Finish* where no letter is."""

_CONSOLE_COLOURS = 16
"""Linux's console has no more (linux: drivers/tty/vt, color_table)."""

DESK = ((1047, 265), (985, 325), (1047, 390))
"""Places on the disc behind the picture of the desk, where the kiosk cannot lend."""

SHELF = (90, 284)
"""A place on the shelf in that screen's other picture, which three lines of words have lifted: it is lower
where two lines say that the ILS does not answer."""

BAND, ALARM = ((8, 8), (1270, 140)), (60, 50)
"""Places on the band and on the disc at the top of the screen of settings that cannot be used."""

STEPS = {WIDE: ((85, 575), (555, 575)), SMALL: ((39, 315), (319, 315))}
"""By the display's size, a place on each of the two discs with a number, 1 and 2, that stand on the attract
screen only."""

_LEAST_COLOURS = 100
"""A console or a screen of one colour has fewer; letters with smooth edges have more."""

_STATE = 0.021
"""The share of a screen of 1280x800 that the state of one row takes (docs/pictures/loan.png)."""


def colours(picture: Path) -> int:
    """How many different colours it has."""
    with Image.open(picture) as image:
        found = image.convert("RGB").getcolors(1 << 24)
    return len(found or ())


def drawn(picture: Path) -> bool:
    """Whether the kiosk has drawn a screen: its ground is there, and letters on it."""
    return _share(picture, _LIGHT.paper, _LIGHT.surface) > 0.2 and colours(picture) >= _LEAST_COLOURS


def out_of_service(picture: Path) -> bool:
    """Whether it is the picture of a kiosk that is out of service (systemd/out-of-service draws it)."""
    return colours(picture) > _CONSOLE_COLOURS


def attracts(picture: Path) -> bool:
    """Whether it is the attract screen of a kiosk that lends, laid out for the display's size."""
    return _has(picture, _LIGHT.primary, *STEPS[_size(picture)])


def needs_staff(picture: Path) -> bool:
    """Whether it is the screen that sends patrons to the desk since the kiosk needs staff, at 1280x800."""
    return _has(picture, _LIGHT.well, *DESK) and _has(picture, _LIGHT.primary, SHELF)


def wants_settings(picture: Path) -> bool:
    """Whether it is the screen of settings that are wrong or not there, at 1280x800."""
    return _has(picture, _LIGHT.staff.tint, *BAND) and _has(picture, _LIGHT.alarm, ALARM)


def offers_finish(picture: Path) -> bool:
    """Whether the button *Finish* stands where it does on a display of this size."""
    return _has(picture, _LIGHT.primary, FINISH[_size(picture)])


def says_lent(picture: Path) -> bool:
    """Whether a row of the list says that its book is lent and not yet safe."""
    return _share(picture, _LIGHT.lent.tint) > _STATE / 4


def safe_rows(picture: Path) -> int:
    """How many rows say that their book is safe to take away."""
    return round(_share(picture, _LIGHT.safe.tint) / _STATE)


def _size(picture: Path) -> tuple[int, int]:
    with Image.open(picture) as image:
        return image.size


def _has(picture: Path, colour: str, *places: tuple[int, int]) -> bool:
    with Image.open(picture) as image:
        rgb = image.convert("RGB")
        return all(rgb.getpixel(place) == _rgb(colour) for place in places)


def _share(picture: Path, *wanted: str) -> float:
    """The share of the pixels that have one of these colours."""
    with Image.open(picture) as image:
        rgb = image.convert("RGB")
        found: list[tuple[int, Any]] = rgb.getcolors(1 << 24) or []
        there = {_rgb(colour) for colour in wanted}
        return sum(count for count, colour in found if colour in there) / (rgb.width * rgb.height)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[:2], 16), int(colour[2:4], 16), int(colour[4:], 16)


_LIGHT = PALETTES[Theme.LIGHT]
