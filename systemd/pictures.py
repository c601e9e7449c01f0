"""Draw the pictures "out of service", when the package is built.

    python3 systemd/pictures.py FOLDER

`FOLDER/WIDTHxHEIGHT.BITS.gz` for each size of `SIZES`: pixels as they stand in a frame buffer of 16 or
32 bits, rows from the top, without gaps. The machine that shows them has no typesetter at hand then, and
does not know which languages its library speaks, so that they say it in several. The same fonts and
libraries give the same bytes.
"""

import gzip
import sys
import tempfile
from array import array
from importlib import resources
from pathlib import Path

from PIL import Image

from kiosk.typeset import Align, Bitmap, Direction, Icons, Style, Typesetter

SIZES = (
    (1280, 800),
    (800, 480),
    (1024, 600),
    (1280, 720),
    (1920, 1080),
    (800, 1280),
    (480, 800),
    (1080, 1920),
)
"""The panels of docs/hardware.md, and what HDMI and a panel that stands upright make of them."""

CODE = "K-OUT-001"
"""See docs/support.md."""

# Not from the catalogues of `kiosk.words`: those are one language at a time, and Chinese has none yet.
FIRST = ("Out of service", "Please go to the desk.", Direction.LTR)
OTHERS = (
    ("Außer Betrieb", "Bitte an die Theke kommen.", Direction.LTR),
    ("خارج الخدمة", "يرجى التوجه إلى المكتب.", Direction.RTL),
    ("暂停服务", "请到服务台办理。", Direction.LTR),
)

# Tokens of the look: paper, ink, ink2, hair, and the colour that sends to staff.
PAPER, INK, INK2, HAIR, STAFF = (
    (0xF6, 0xF1, 0xE7),
    (0x23, 0x1D, 0x16),
    (0x51, 0x48, 0x3B),
    (0xE2, 0xD8, 0xC6),
    (0x64, 0x3B, 0x00),
)
Colour = tuple[int, int, int]

LEAST_PX = 17
"""The smallest letters of the look, in pixels."""


class Drawing:
    """One picture: what is put on it stands in the middle of a column."""

    def __init__(self, size: tuple[int, int], typesetter: Typesetter, icons: Icons) -> None:
        self.image = Image.new("RGB", size, PAPER)
        self.k = min(max(size) / 1280, min(size) / 720)
        self._typesetter, self._icons = typesetter, icons

    def px(self, at_1280: float) -> int:
        """A length of the panel of 1280 pixels on this one."""
        return round(at_1280 * self.k)

    def text(
        self,
        text: str,
        px: float,
        weight: int,
        colour: Colour,
        x: int,
        y: int,
        width: int,
        towards: Direction,
    ) -> int:
        """Put a text with its top at `y` between `x` and `x` + `width`; returns where it ends."""
        style = Style(max(LEAST_PX, px * self.k), weight, leading=1.3)
        done = self._typesetter.set(text, style, width=width, direction=towards, align=Align.CENTRE)
        self._mask(done.mask, colour, x + (width - done.width) // 2 - done.bleed, y - done.bleed)
        return y + done.height

    def icon(self, name: str, side: float, colour: Colour, y: int) -> int:
        """Put an icon into the middle with its top at `y`; returns where it ends."""
        mask = self._icons.mask(name, self.px(side))
        self._mask(mask, colour, (self.image.width - mask.width) // 2, y)
        return y + mask.height

    def line(self, x: int, y: int, width: int) -> None:
        """Put a divider."""
        self.image.paste(HAIR, (x, y, x + width, y + max(2, self.px(2))))

    def _mask(self, mask: Bitmap, colour: Colour, x: int, y: int) -> None:
        coverage = Image.frombytes("L", (mask.width, mask.height), mask.rgba[3::4])
        self.image.paste(colour, (x, y), coverage)


def draw(size: tuple[int, int], typesetter: Typesetter, icons: Icons) -> Image.Image:
    """One picture of this size."""
    width, height = size
    upright = height > width
    drawing = Drawing(size, typesetter, icons)
    px, inset = drawing.px, drawing.px(40)
    whole = width - 2 * inset
    y = drawing.icon("staff", 132, STAFF, px(150 if upright else 70))
    title, sentence, towards = FIRST
    y = drawing.text(title, 76, 700, INK, inset, y + px(14), whole, towards)
    y = drawing.text(sentence, 42, 400, INK, inset, y + px(4), whole, towards)
    columns = 1 if upright else len(OTHERS)
    each = whole // columns
    y += px(60 if upright else 48)
    drawing.line(inset, y, whole)
    top = y + px(44 if upright else 36)
    for number, (title, sentence, towards) in enumerate(OTHERS):
        x = inset + each * (number % columns)
        y = drawing.text(title, 42, 700, INK, x, top, each, towards)
        y = drawing.text(sentence, 25, 400, INK, x + px(8), y + px(4), each - px(16), towards)
        if upright:
            top = y + px(44)
    drawing.text(CODE, 24, 600, INK2, inset, height - px(72), whole, Direction.LTR)
    return drawing.image


def main(folder: Path) -> None:
    """Draw all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    # not by the room's own name: that would bring in the whole window, and Kivy
    icons = Icons(resources.files("kiosk").joinpath("screens", "icons.svg").read_text("utf-8"))
    with tempfile.TemporaryDirectory(prefix="kiosk-") as cache:
        typesetter = Typesetter(Path(cache))
        for width, height in SIZES:
            picture = draw((width, height), typesetter, icons)
            for bits, pixels in ((32, _pixels_32(picture)), (16, _pixels_16(picture))):
                packed = gzip.compress(pixels, compresslevel=9, mtime=0)
                (folder / f"{width}x{height}.{bits}.gz").write_bytes(packed)


def _pixels_32(picture: Image.Image) -> bytes:
    """XRGB8888, little-endian: blue, green, red, and 255, where some drivers want opacity."""
    return picture.convert("RGBA").tobytes("raw", "BGRA")


def _pixels_16(picture: Image.Image) -> bytes:
    """RGB565, little-endian: red in the upper 5 bits, then green in 6."""
    red, green, blue = (picture.getchannel(name).tobytes() for name in "RGB")
    return array(
        "H", ((r >> 3) << 11 | (g >> 2) << 5 | b >> 3 for r, g, b in zip(red, green, blue, strict=True))
    ).tobytes()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
