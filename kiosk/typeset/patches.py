"""Boxes as nine-patches: rounded, filled, outlined, with a shadow, drawn once and stretched to any size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from kiosk.typeset.bitmap import Bitmap
from kiosk.typeset.drawing import Paint, Shape, draw, rounded


@dataclass(frozen=True, slots=True)
class Shadow:
    """A soft shadow: `down` pixels lower, `blur` as in CSS (twice the standard deviation)."""

    down: int
    blur: int
    paint: Paint


@dataclass(frozen=True, slots=True)
class BoxStyle:
    """How a box looks. `radii`: top left, top right, bottom right, bottom left. The outline lies
    inside the box. `dash`: length of dashes in a dashed outline, which cannot be stretched."""

    radii: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    fill: Paint | None = None
    outline: Paint | None = None
    outline_width: float = 0.0
    shadow: Shadow | None = None
    dash: float = 0.0


@dataclass(frozen=True, slots=True)
class Patch:
    """`bitmap` is the box with `outset` pixels around it; its outer `border` pixels keep their size
    on every side, what is inside may be stretched."""

    bitmap: Bitmap
    outset: int
    border: int


@lru_cache(maxsize=256)
def patch(style: BoxStyle) -> Patch:
    """Draw the nine-patch of a style."""
    outset = ceil(style.shadow.blur * 1.5) + style.shadow.down if style.shadow else 0
    corner = ceil(max(*style.radii, style.outline_width, 1)) + 2
    # A blurred edge needs straight border on both sides of the part that is stretched.
    border = outset + max(corner, outset + ceil(max(style.radii)) if style.shadow else 0)
    side = 2 * border + 4
    return Patch(_drawn(style, side, side, outset), outset, border)


def dashed(style: BoxStyle, width: int, height: int) -> Bitmap:
    """Draw a box of one size as it is, for outlines that cannot be stretched."""
    return _drawn(style, width, height, 0)


def _drawn(style: BoxStyle, width: int, height: int, outset: int) -> Bitmap:
    w, h, line = width - 2 * outset, height - 2 * outset, style.outline_width
    shapes: list[Shape] = []
    if style.fill is not None:
        # Under an outline the filling ends in the middle of the line, so that no fringe shows outside.
        inset = line / 2 if style.outline is not None else 0.0
        radii = tuple(max(0.0, r - inset) for r in style.radii)
        shapes.append(
            Shape(
                rounded(
                    outset + inset,
                    outset + inset,
                    w - 2 * inset,
                    h - 2 * inset,
                    (radii[0], radii[1], radii[2], radii[3]),
                ),
                fill=style.fill,
            )
        )
    if style.outline is not None and line:
        radii = tuple(max(0.0, r - line / 2) for r in style.radii)
        shapes.append(
            Shape(
                rounded(
                    outset + line / 2,
                    outset + line / 2,
                    w - line,
                    h - line,
                    (radii[0], radii[1], radii[2], radii[3]),
                ),
                stroke=style.outline,
                width=line,
                dash=style.dash,
            )
        )
    box = draw(shapes, width, height)
    return box if style.shadow is None else _over_shadow(box, style, style.shadow, outset)


def _over_shadow(box: Bitmap, style: BoxStyle, shadow: Shadow, outset: int) -> Bitmap:
    from PIL import Image, ImageFilter

    w, h = box.width - 2 * outset, box.height - 2 * outset
    black: Paint = (0.0, 0.0, 0.0, 1.0)
    cast = draw(
        [Shape(rounded(outset, outset + shadow.down, w, h, style.radii), fill=black)], box.width, box.height
    )
    alpha = Image.frombytes("RGBA", (cast.width, cast.height), cast.rgba).getchannel("A")
    alpha = alpha.filter(ImageFilter.GaussianBlur(shadow.blur / 2))
    red, green, blue, strength = shadow.paint
    under = Image.new("RGBA", alpha.size, (round(red * 255), round(green * 255), round(blue * 255), 0))
    under.putalpha(alpha.point([round(value * strength) for value in range(256)]))
    over = Image.frombytes("RGBA", (box.width, box.height), box.rgba)
    return Bitmap(box.width, box.height, Image.alpha_composite(under, over).tobytes())
