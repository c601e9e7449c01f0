"""The printer's own characters: cells of two fonts, in black on white or white on black."""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

CELLS = {"A": (12, 24), "B": (9, 17)}
"""Width and height of a character in dots."""

FACES = ("NotoSansMono-Regular.ttf", "DejaVuSansMono.ttf", "NotoSans-Regular.ttf")
"""Fonts that may be on the machine, the best one first."""

CODE_PAGES = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    13: "cp857",
    14: "cp737",
    15: "iso8859_7",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
    33: "cp775",
    34: "cp855",
    36: "cp862",
    37: "cp864",
    39: "iso8859_2",
    40: "iso8859_15",
    45: "cp1250",
    46: "cp1251",
    47: "cp1253",
    48: "cp1254",
    49: "cp1255",
    50: "cp1256",
    51: "cp1257",
    52: "cp1258",
}
"""ESC t, as the code page tables of Epson's reference number them."""


@dataclass(slots=True)
class Style:
    """How characters look; `wide` and `tall` multiply their cell (1 to 8)."""

    font: str = "A"
    bold: bool = False
    underline: bool = False
    reverse: bool = False
    wide: int = 1
    tall: int = 1


def character(text: str, style: Style) -> Image.Image:
    """One character as a one-bit picture of its cell, 1 is ink."""
    cell = _cell(text, style.font, style.bold).copy()
    width, height = cell.size
    if style.underline:
        cell.paste(1, (0, height - 2, width, height))
    if style.reverse:
        cell = cell.point(lambda dot: not dot)
    if (style.wide, style.tall) == (1, 1):
        return cell
    return cell.resize((width * style.wide, height * style.tall), Image.Resampling.NEAREST)


@functools.lru_cache(maxsize=1024)
def _cell(text: str, font: str, bold: bool) -> Image.Image:
    width, height = CELLS[font]
    face = _face(height)
    left, _, right, _ = (round(edge) for edge in face.getbbox(text))
    glyph = Image.new("1", (max(right - left, 1), height))
    ImageDraw.Draw(glyph).text((-left, 0), text, fill=1, font=face)
    if glyph.width > width - 1:
        glyph = glyph.resize((width - 1, height), Image.Resampling.NEAREST)
    cell = Image.new("1", (width, height))
    middle = (width - glyph.width) // 2
    cell.paste(glyph, (middle, 0))
    if bold:
        cell.paste(1, (middle + 1, 0), glyph)
    return cell


@functools.lru_cache(maxsize=4)
def _face(height: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A font that fits a cell: one of the machine's, or the few letters that Pillow has."""
    for name in FACES:
        with contextlib.suppress(OSError):
            return ImageFont.truetype(name, height * 2 // 3)
    return ImageFont.load_default(height * 2 // 3)
