"""Reading a receipt: which of some texts stand on a piece of paper.

The simulated printer decodes ESC/POS into dots; here the dots are held against texts that are set as the
kiosk sets them. Two versions of Pango may place a letter half a dot apart, so nearly the same is the same.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageFilter

from kiosk.typeset import Dots, Sheet, Style, Typesetter

_NEAR = 0.95
"""The share of the dots of every letter that must lie on the paper, and the other way round."""

_SLACK = 2
"""Dots by which a line may be longer or higher."""


def picture(answer: dict[str, Any]) -> Image.Image:
    """The paper of a `printout`, ink white on black."""
    with Image.open(io.BytesIO(base64.b64decode(answer["png"]))) as image:
        return ImageChops.invert(image.convert("L"))


def found(paper: Image.Image, texts: Iterable[str], style: Style, fonts: Path) -> list[str]:
    """Those of `texts` (one line each) that stand on the paper in this style, in the order of the paper."""
    typesetter = Typesetter(fonts)
    known = {text: _ink(_set(typesetter, text, style, paper.width)) for text in texts}
    lines = [_ink(line) for line in _lines(paper)]
    return [text for line in lines for text, looks in known.items() if _alike(line, looks)]


def _set(typesetter: Typesetter, text: str, style: Style, width: int) -> Image.Image:
    sheet = Sheet(width)
    set_text = typesetter.set(text, style)
    sheet.text(set_text, 0, set_text.bleed)
    dots: Dots = sheet.dots(set_text.height + 2 * set_text.bleed)
    return ImageChops.invert(dots.image().convert("L"))


def _lines(paper: Image.Image) -> Iterator[Image.Image]:
    """The bands of rows with ink."""
    start: int | None = None
    for y in range(paper.height + 1):
        inked = y < paper.height and paper.crop((0, y, paper.width, y + 1)).getbbox() is not None
        if inked and start is None:
            start = y
        elif not inked and start is not None:
            yield paper.crop((0, start, paper.width, y))
            start = None


def _ink(image: Image.Image) -> Image.Image:
    return image.crop(image.getbbox() or (0, 0, 1, 1))


def _alike(one: Image.Image, other: Image.Image) -> bool:
    if any(abs(a - b) > _SLACK for a, b in zip(one.size, other.size, strict=True)):
        return False
    return min(_covered(one, other), _covered(other, one)) >= _NEAR


def _covered(ink: Image.Image, ground: Image.Image) -> float:
    """The share of `ink` that lies on `ground` or right beside it, where it is least: of slices as wide as
    half a letter."""
    wide = Image.new("L", ink.size)
    wide.paste(ground)
    both = ImageChops.multiply(ink, wide.filter(ImageFilter.MaxFilter(3)))
    step = max(4, ink.height // 3)
    slices = [(x, 0, min(x + step, ink.width), ink.height) for x in range(0, ink.width, step)]
    inked = [part for part in slices if _dots(ink.crop(part))]
    return min((_dots(both.crop(part)) / _dots(ink.crop(part)) for part in inked), default=0.0)


def _dots(image: Image.Image) -> int:
    return sum(image.histogram()[128:])
