"""The options of `kiosk demo`, and what follows from them: settings, scenery, the patron."""

from __future__ import annotations

import argparse
import getpass
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.circulation.policy import PinRule, Policy
from kiosk.commands import add_config
from kiosk.demo.journeys import JOURNEYS, PATRON
from kiosk.settings import LibrarySection, ScreenSection, Settings, SettingsError, load
from kiosk.simulator.lanternfield import lanternfield
from kiosk.simulator.scenery import Scenery
from kiosk.words import languages

LIBRARY = {
    "": "Lanternfield Library",
    "ar": "مكتبة لانترنفيلد",
    "de": "Bibliothek Lanternfield",
}

LANGUAGES = ("en", "ar", "de")
"""The languages of the demo, unless a file says others; the chosen one goes first."""

SMALLEST, LARGEST = (480, 320), (7680, 4320)
"""Sizes in pixels between which the screens are drawn: the smallest panels that are sold for the job,
and 8K, beyond which the drawing surfaces end."""


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
    config: Path | None = None
    alone: bool = False
    """Nobody plays the journey: the window is the caller's from the start."""

    describe: bool = False
    """Say on standard output what stands in the windows."""


def parse(argv: Sequence[str]) -> Options:
    """Read the options of one call.

    Raises:
        OptionsError, SettingsError: something in the call or in the settings file is wrong.
    """
    given = _parser().parse_args(argv)
    settings = load(given.config) if given.config else demo_settings()
    if given.patron is not None and not given.patron.strip():
        raise OptionsError("--patron: give the id that is on the card")
    patron = given.patron or PATRON
    scenery = JOURNEYS[given.journey].finds(lanternfield().reading_strictly())
    items = _items(given.items)
    if items is not None:
        scenery = _carrying(scenery, items)
    _playable(given.journey, settings, items)
    pin = _pin(given.pin, settings, scenery, patron)
    policy = _policy(settings.policy, given.lang, pin, asked=given.pin is not None)
    out: Path = given.out.resolve()
    if out.exists() and not out.is_dir():
        raise OptionsError(f"--out {given.out}: is a file; give a folder")
    journal = replace(settings.journal, folder=out / "data", key_file=out / "journal.key")
    return Options(
        journey=given.journey,
        out=out,
        headless=given.headless,
        size=_size(given.size or settings.screen.size),
        seed=given.seed,
        settings=replace(settings, policy=policy, journal=journal),
        scenery=scenery,
        patron=patron,
        pin=pin,
        items=items,
        config=given.config,
        alone=given.no_patron,
        describe=given.describe,
    )


def demo_settings() -> Settings:
    """The settings of the demo: everything simulated, a PIN asked of everybody."""
    return Settings(
        library=LibrarySection(LIBRARY),
        screen=ScreenSection(fullscreen=False),
        policy=Policy(library=LIBRARY, languages=LANGUAGES, pin=PinRule.ALWAYS),
    )


def display_here() -> bool:
    """Whether there is a display that a window could be opened on."""
    has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return has_display and os.environ.get("CI") != "true"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kiosk demo", description="A whole virtual kiosk: patron, books, ILS, reader, printer, gate."
    )
    parser.add_argument("--headless", action="store_true", help="draw into pictures, without a display")
    parser.add_argument("--journey", default="loan", choices=sorted(JOURNEYS), help="what happens")
    parser.add_argument("--out", type=Path, default=Path("build/demo"), metavar="DIR", help="evidence")
    parser.add_argument("--lang", metavar="L", help=f"language: {', '.join(LANGUAGES)} (default en)")
    parser.add_argument("--size", metavar="WxH", help="of the screen (default 1280x800)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="chance in the kiosk's back-off")
    add_config(parser, "devices in FILE are the real ones", default=None)
    parser.add_argument("--patron", metavar="ID", help="the patron whose card is shown")
    parser.add_argument("--pin", metavar="-", help="'-': read the PIN from standard input")
    parser.add_argument("--items", metavar="A,B,C", help="barcodes that the simulated tags carry")
    parser.add_argument("--no-patron", action="store_true", help="in a window: nobody plays, you do")
    parser.add_argument(
        "--describe", action="store_true", help="in a window: say as JSON lines what can be pressed"
    )
    return parser


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", text)
    if found is None:
        raise OptionsError(f"--size {text}: write width x height, such as 1280x800")
    width, height = int(found[1]), int(found[2])
    long, short = max(width, height), min(width, height)
    if long < SMALLEST[0] or short < SMALLEST[1] or long > LARGEST[0] or short > LARGEST[1]:
        smallest, largest = (f"{long}x{short}" for long, short in (SMALLEST, LARGEST))
        raise OptionsError(f"--size {text}: must be between {smallest} and {largest}")
    return width, height


def _items(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    items = tuple(part.strip() for part in text.split(","))
    if not all(items):
        raise OptionsError(f"--items {text}: write barcodes with commas between them, such as A,B,C")
    if twice := next((item for item in items if items.count(item) > 1), None):
        raise OptionsError(f"--items: {twice} is there twice")
    return items


def _carrying(scenery: Scenery, items: tuple[str, ...]) -> Scenery:
    scenery = scenery.carrying(list(items))
    for item, tag in zip(items, scenery.tags, strict=True):
        try:
            tag.memory()
        except ValueError as error:
            raise OptionsError(f"--items: no tag can carry {item!r}: {error}") from error
    return scenery


def _playable(name: str, settings: Settings, items: tuple[str, ...] | None) -> None:
    """Whether this journey can be played with these devices and books (raises OptionsError)."""
    journey = JOURNEYS[name]
    if real := sorted(journey.plays - set(settings.simulated)):
        free = sorted(each.name for each in JOURNEYS.values() if not each.plays & set(real))
        raise OptionsError(
            f"--journey {name} needs a simulated {' and '.join(real)}; "
            f"with the real one play {' or '.join(free) or 'none'}"
        )
    if items is not None and len(items) < journey.least:
        raise OptionsError(f"--items: the journey {name} needs at least {journey.least}")


def _policy(policy: Policy, language: str | None, pin: str, *, asked: bool) -> Policy:
    if language is not None:
        if language not in languages():
            raise OptionsError(f"--lang {language}: no such language; there are {', '.join(languages())}")
        others = (tag for tag in policy.languages if tag != language)
        policy = replace(policy, languages=(language, *others))
    if asked:
        policy = replace(policy, pin=PinRule.ALWAYS)
    elif not pin and policy.pin is PinRule.ALWAYS:
        policy = replace(policy, pin=PinRule.IF_ASKED)  # nobody asks a patron without a PIN for it
    return policy


def _pin(option: str | None, settings: Settings, scenery: Scenery, patron: str) -> str:
    if option is None:
        known = {each.id: each.pin for each in scenery.patrons}
        return known.get(patron, "") if "ils" in settings.simulated else ""
    if option != "-":
        # an argument could be read by everybody who lists processes
        raise OptionsError("--pin takes only '-': the PIN is read from standard input")
    pin = getpass.getpass("PIN: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    longest = settings.policy.pin_length
    if not re.fullmatch(r"[0-9]+", pin) or len(pin) > longest:
        raise OptionsError(
            f"--pin -: standard input must hold the PIN, 1 to {longest} digits: the kiosk's pad has no others"
        )
    return pin


__all__ = ["Options", "OptionsError", "SettingsError", "display_here", "parse"]
