"""The gallery: every screen in every state as a picture, to be looked at.

python -m kiosk.screens.gallery --out build/gallery --size 800x480 --theme dark --lang ar --text 130
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kiosk.circulation.views import TEXT_SIZES, Theme
from kiosk.screens.examples import EXAMPLES, example
from kiosk.screens.hands import Key
from kiosk.screens.maintenance import compose as compose_staff
from kiosk.screens.maintenance import examples as maintenance
from kiosk.screens.window import KioskWindow


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(description="Draw every screen in every state.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", default="1280x800", help="WxH")
    parser.add_argument("--theme", action="append", choices=[theme.value for theme in Theme])
    parser.add_argument("--lang", action="append")
    parser.add_argument("--text", action="append", type=int, choices=TEXT_SIZES)
    parser.add_argument("--only", action="append", choices=sorted([*EXAMPLES, *maintenance.EXAMPLES]))
    parser.add_argument("--focus", type=int, default=0, help="press Next so many times first")
    chosen = parser.parse_args(arguments)
    width, height = (int(part) for part in chosen.size.split("x"))
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as cache:
        window = KioskWindow(
            size=(width, height),
            offscreen=True,
            font_cache=Path(cache),
            send=lambda _: None,
            scanned=lambda _: None,
            still=True,
            compose_staff=lambda stage, view: compose_staff(stage, view, maintenance.NOW.date()),
        )
        number = 0
        for name in chosen.only or [*EXAMPLES, *maintenance.EXAMPLES]:
            for language in chosen.lang or ["en"]:
                for theme in chosen.theme or [Theme.LIGHT.value]:
                    for text in chosen.text or [100]:
                        number += 1
                        _show(window, name, number, language=language, theme=Theme(theme), text_size=text)
                        window.pump()
                        for _ in range(chosen.focus):
                            window.five(Key.NEXT)
                        window.grab(chosen.out / f"{name}-{language}-{theme}-{text}-{chosen.size}.png")


def _show(
    window: KioskWindow, name: str, number: int, *, language: str, theme: Theme, text_size: int
) -> None:
    window.show_staff(None)
    if name in maintenance.EXAMPLES:
        window.pump()  # the staff of the picture before have left
        staff = maintenance.example(name, language=language, theme=theme, text_size=text_size)
        window.show_staff(replace(staff, revision=number))
        return
    view = example(name, language=language, theme=theme, text_size=text_size)
    window.show(replace(view, session=number, revision=number))


if __name__ == "__main__":
    main()
