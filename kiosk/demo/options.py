"""The options of `kiosk demo`, and what follows from them: settings, scenery, the patron."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.circulation.policy import PinRule, Policy
from kiosk.demo.journeys import JOURNEYS
from kiosk.settings import LibrarySection, ScreenSection, Settings, SettingsError, load
from kiosk.simulator.lanternfield import lanternfield
from kiosk.simulator.scenery import Scenery
from kiosk.words import languages

PATRON = "21000001"
"""Anna Kern, whose card the demo shows."""

LIBRARY = {
    "": "Lanternfield Library",
    "ar": "مكتبة لانترنفيلد",
    "de": "Bibliothek Lanternfield",
}


class OptionsError(Exception):
    """The call is wrong; the text says what and what to write instead."""


@dataclass(frozen=True)
class Options:
    """One run of the demo."""

    journey: str
    out: Path
    headless: bool
    size: tuple[int, int]
    seed: int
    settings: Settings
    scenery: Scenery
    patron: str
    pin: str
    items: tuple[str, ...] | None


def parse(argv: Sequence[str]) -> Options:
    """Read the options of one call.

    Raises:
        OptionsError, SettingsError: something in the call or in the settings file is wrong.
    """
    given = _parser().parse_args(argv)
    settings = load(given.config) if given.config else demo_settings()
    if given.lang not in languages():
        raise OptionsError(f"--lang {given.lang}: no such language; there are {', '.join(languages())}")
    out: Path = given.out.resolve()
    policy = replace(
        settings.policy, languages=(given.lang, *(tag for tag in ("en", "ar", "de") if tag != given.lang))
    )
    if given.pin is not None:
        policy = replace(policy, pin=PinRule.ALWAYS)
    journal = replace(settings.journal, folder=out / "data", key_file=out / "journal.key")
    settings = replace(settings, policy=policy, journal=journal)
    scenery = lanternfield()
    items = tuple(part.strip() for part in given.items.split(",") if part.strip()) if given.items else None
    if items:
        scenery = scenery.carrying(list(items))
    return Options(
        journey=given.journey,
        out=out,
        headless=given.headless,
        size=_size(given.size or settings.screen.size),
        seed=given.seed,
        settings=settings,
        scenery=scenery,
        patron=given.patron or PATRON,
        pin=_pin(given.pin, scenery, given.patron or PATRON, simulated="ils" in settings.simulated),
        items=items,
    )


def demo_settings() -> Settings:
    """The settings of the demo: everything simulated, a PIN asked of everybody."""
    return Settings(
        library=LibrarySection(LIBRARY),
        screen=ScreenSection(fullscreen=False),
        policy=Policy(library=LIBRARY, pin=PinRule.ALWAYS),
    )


def display_here() -> bool:
    """Whether a window could be opened."""
    has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return has_display and os.environ.get("CI") != "true"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kiosk demo", description="A whole virtual kiosk: patron, books, ILS, reader."
    )
    parser.add_argument("--headless", action="store_true", help="draw into pictures, without a display")
    parser.add_argument("--journey", default="loan", choices=sorted(JOURNEYS), help="what happens")
    parser.add_argument("--out", type=Path, default=Path("build/demo"), metavar="DIR", help="evidence")
    parser.add_argument("--lang", default="en", metavar="L", help="language: en, ar, de")
    parser.add_argument("--size", metavar="WxH", help="of the screen (default 1280x800)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="chance in the kiosk's back-off")
    parser.add_argument("--config", type=Path, metavar="FILE", help="devices in FILE are the real ones")
    parser.add_argument("--patron", metavar="ID", help="the patron whose card is shown")
    parser.add_argument("--pin", metavar="-", help="'-': read the PIN from standard input")
    parser.add_argument("--items", metavar="A,B,C", help="barcodes that the simulated tags carry")
    return parser


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise OptionsError(f"--size {text}: write width x height, such as 1280x800")
    return int(width), int(height)


def _pin(option: str | None, scenery: Scenery, patron: str, *, simulated: bool) -> str:
    if option == "-":
        return sys.stdin.readline().strip()
    if option is not None:
        # an argument could be read by everybody who lists processes
        raise OptionsError("--pin takes only '-': the PIN is read from standard input")
    known = {each.id: each.pin for each in scenery.patrons}
    return known.get(patron, "") if simulated else ""


__all__ = ["Options", "OptionsError", "SettingsError", "display_here", "parse"]
