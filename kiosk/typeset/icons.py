"""Icons: the symbols of one SVG file, drawn as masks in any size.

The file is our own: 24 x 24 units, strokes of 2 with round caps; class `f` is
filled, with a stroke of 1; class `k` is
a stroke of 2.4 and `kf` a filling in the colour behind the icon (so here they are taken away).
"""

from __future__ import annotations

from functools import lru_cache
from xml.etree import ElementTree as ET

from kiosk.typeset.bitmap import Bitmap
from kiosk.typeset.drawing import Paint, Shape, circle, draw_mask, rounded

UNITS = 24.0
_SVG = "{http://www.w3.org/2000/svg}"
_FULL: Paint = (1.0, 1.0, 1.0, 1.0)
_WIDTH = 2.0
_WIDTH_FILLED = 1.0
_WIDTH_BEHIND = 2.4


class Icons:
    """A set of icons by name."""

    def __init__(self, svg: str) -> None:
        """Read the symbols of an SVG text.

        Raises:
            ValueError: it holds an element or a path that we cannot read.
        """
        root = ET.fromstring(svg)  # noqa: S314 - the file is our own and comes with the package
        self._symbols: dict[str, tuple[Shape, ...]] = {
            symbol.attrib["id"]: tuple(_shape(element) for element in symbol)
            for symbol in root.iter(f"{_SVG}symbol")
        }
        self._masks = lru_cache(maxsize=512)(self._draw)

    @property
    def names(self) -> frozenset[str]:
        """All that there is."""
        return frozenset(self._symbols)

    def shapes(self, name: str) -> tuple[Shape, ...]:
        """The shapes of one icon in its 24 x 24 units, white on nothing.

        Raises:
            KeyError: there is none of that name.
        """
        return self._symbols[name]

    def mask(self, name: str, size: int, *, mirrored: bool = False) -> Bitmap:
        """One icon as a mask, `size` pixels wide and high or a few more (a multiple of 4), centred.

        Raises:
            KeyError: there is none of that name.
        """
        return self._masks(name, size, mirrored)

    def _draw(self, name: str, size: int, mirrored: bool) -> Bitmap:
        return draw_mask(self._symbols[name], size, units=UNITS, mirrored=mirrored)


def _shape(element: ET.Element) -> Shape:
    kind = element.attrib.get("class", "")
    path = _path(element)
    if kind == "k":
        return Shape(path, stroke=_FULL, width=_WIDTH_BEHIND, erase=True)
    if kind == "kf":
        return Shape(path, fill=_FULL, erase=True)
    if kind == "f":
        return Shape(path, stroke=_FULL, width=_WIDTH_FILLED, fill=_FULL)
    return Shape(path, stroke=_FULL, width=_WIDTH)


def _path(element: ET.Element) -> str:
    def number(name: str) -> float:
        return float(element.attrib.get(name, "0"))

    tag = element.tag.removeprefix(_SVG)
    if tag == "path":
        return element.attrib["d"]
    if tag == "circle":
        return circle(number("cx"), number("cy"), number("r"))
    if tag == "rect":
        return rounded(number("x"), number("y"), number("width"), number("height"), number("rx"))
    raise ValueError(f"an icon has a <{tag}>, which we cannot draw")
