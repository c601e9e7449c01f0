"""Dots: black or nothing, for paper.

A `Sheet` is a strip of paper that grows downwards; texts and bars are put on it where the caller
wants them. What covers enough of a dot makes it black: thermal paper knows no grey, and letters of
200 dots an inch are crisper cut off than dithered.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from kiosk.typeset.bitmap import Bitmap
from kiosk.typeset.text import SetText

if TYPE_CHECKING:
    from PIL import Image

THRESHOLD = 104
"""Coverage (of 255) from which a dot is black: a little under the half keeps thin strokes whole."""


@dataclass(frozen=True, slots=True)
class Dots:
    """`height` rows from the top of `width` dots each (a multiple of 8); one bit is one dot, the most
    significant one at the left, 1 is black; `width // 8` bytes a row, without gaps."""

    width: int
    height: int
    bits: bytes

    def image(self) -> Image.Image:
        """The same as a picture, black on white (mode `1`)."""
        from PIL import Image

        return Image.frombytes("1", (self.width, self.height), self.bits, "raw", "1;I")


class Sheet:
    """A strip of paper, `width` dots wide, as long as what was put on it. Coordinates in dots from
    the top left; what leaves the paper at a side is cut off."""

    def __init__(self, width: int) -> None:
        """Begin an empty strip.

        Raises:
            ValueError: `width` is not a multiple of 8.
        """
        if width <= 0 or width % 8:
            raise ValueError(f"a sheet is a multiple of 8 dots wide, not {width}")
        self.width = width
        self._parts: list[tuple[Image.Image | None, tuple[int, int, int, int], bool]] = []

    def text(self, text: SetText, x: int, y: int, *, white: bool = False) -> None:
        """Put a text with its box (not its ink) at `x`, `y`; `white` on what is black there."""
        self.mask(text.mask, x - text.bleed, y - text.bleed, white=white)

    def mask(self, mask: Bitmap, x: int, y: int, *, white: bool = False) -> None:
        """Put a mask at `x`, `y`: black, or `white`, where it covers enough."""
        from PIL import Image

        coverage = Image.frombytes("L", (mask.width, mask.height), mask.rgba[3::4])
        self._parts.append((coverage.point(_cut(), "1"), (x, y, x + mask.width, y + mask.height), white))

    def bar(self, x: int, y: int, width: int, height: int, *, white: bool = False) -> None:
        """Fill a rectangle."""
        if width > 0 and height > 0:
            self._parts.append((None, (x, y, x + width, y + height), white))

    def dots(self, height: int) -> Dots:
        """The strip, cut off at `height` (at least 1)."""
        from PIL import Image

        canvas = Image.new("1", (self.width, height), 0)
        for mask, box, white in self._parts:
            canvas.paste(0 if white else 1, box, mask)
        return Dots(self.width, height, canvas.tobytes())


@lru_cache(maxsize=1)
def _cut() -> list[int]:
    return [255 if coverage >= THRESHOLD else 0 for coverage in range(256)]
