"""Drawing: shapes in SVG's path language become a bitmap.

The path language is that of SVG 1.1, section 8.3, without quadratic curves (nothing of ours has any).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from kiosk.typeset.bitmap import Bitmap

Paint = tuple[float, float, float, float]
"""Red, green, blue and (straight) alpha, each 0 to 1."""

Command = tuple[str, tuple[float, ...]]
"""An absolute command: M x y, L x y, C x1 y1 x2 y2 x y, A cx cy rx ry turn from to, Z."""

_TOKEN = re.compile(r"([MmLlHhVvCcSsAaZz])|(-?(?:\d+\.?\d*|\.\d+))")
_ARGUMENTS: Mapping[str, int] = MappingProxyType(
    {"m": 2, "l": 2, "h": 1, "v": 1, "c": 6, "s": 4, "a": 7, "z": 0}
)


@dataclass(frozen=True, slots=True)
class Shape:
    """One path. `turn` is (degrees clockwise, x, y of the centre); `width` that of the stroke, which
    has round caps and joins. `erase` takes the path away from what was drawn before it. `dash` is
    the length of dashes and gaps, 0 for none. `clip` is a path outside of which nothing is drawn."""

    path: str
    fill: Paint | None = None
    stroke: Paint | None = None
    width: float = 2.0
    turn: tuple[float, float, float] | None = None
    erase: bool = False
    dash: float = 0.0
    clip: str | None = None


def circle(x: float, y: float, r: float) -> str:
    """The path of a circle."""
    return f"M{x - r:.3f} {y:.3f}a{r:.3f} {r:.3f} 0 1 1 {2 * r:.3f} 0a{r:.3f} {r:.3f} 0 1 1 {-2 * r:.3f} 0z"


def rounded(
    x: float, y: float, w: float, h: float, r: float | tuple[float, float, float, float] = 0.0
) -> str:
    """The path of a rectangle; `r` is one radius, or four, from the top left one clockwise."""
    radii = (r, r, r, r) if isinstance(r, int | float) else r
    tl, tr, br, bl = (min(each, w / 2, h / 2) for each in radii)
    corner = "a{0:.3f} {0:.3f} 0 0 1 {1:.3f} {2:.3f}".format
    return "".join(
        (
            f"M{x + tl:.3f} {y:.3f}H{x + w - tr:.3f}",
            corner(tr, tr, tr) if tr else "",
            f"V{y + h - br:.3f}",
            corner(br, -br, br) if br else "",
            f"H{x + bl:.3f}",
            corner(bl, -bl, -bl) if bl else "",
            f"V{y + tl:.3f}",
            corner(tl, tl, -tl) if tl else "",
            "z",
        )
    )


def draw(
    shapes: Sequence[Shape],
    width: int,
    height: int,
    *,
    box: tuple[float, float, float, float] | None = None,
    mirrored: bool = False,
) -> Bitmap:
    """Draw `shapes` into `width` x `height` pixels.

    `box` (x, y, w, h) is the part of the shapes' own plane that fills them; without it one unit is
    one pixel. `mirrored` swaps left and right.
    """
    import cairo

    surface = cairo.ImageSurface(cairo.Format.ARGB32, width, height)
    context = cairo.Context(surface)
    _fit(context, width, height, box, mirrored)
    for shape in shapes:
        _draw(context, shape)
    return Bitmap.of(surface)


def draw_mask(shapes: Sequence[Shape], size: int, *, units: float, mirrored: bool = False) -> Bitmap:
    """Draw `shapes` of a square of `units` as a mask of `size` pixels; colours do not count."""
    import cairo

    side = -(-size // 4) * 4
    surface = cairo.ImageSurface(cairo.Format.A8, side, side)
    context = cairo.Context(surface)
    # A centre on whole pixels keeps upright strokes crisp.
    context.translate((side - size) // 2, (side - size) // 2)
    _fit(context, size, size, (0, 0, units, units), mirrored)
    for shape in shapes:
        _draw(context, shape)
    return Bitmap.mask(surface)


def _fit(
    context: Any, width: int, height: int, box: tuple[float, float, float, float] | None, mirrored: bool
) -> None:
    x, y, w, h = box or (0.0, 0.0, float(width), float(height))
    if mirrored:
        context.translate(width, 0)
        context.scale(-1, 1)
    context.scale(width / w, height / h)
    context.translate(-x, -y)


def _draw(context: Any, shape: Shape) -> None:
    import cairo

    context.save()
    context.set_line_cap(cairo.LineCap.ROUND)
    context.set_line_join(cairo.LineJoin.ROUND)
    context.set_line_width(shape.width)
    if shape.turn is not None:
        degrees, x, y = shape.turn
        context.translate(x, y)
        context.rotate(math.radians(degrees))
        context.translate(-x, -y)
    if shape.clip is not None:
        trace(context, shape.clip)
        context.clip()
    if shape.dash:
        context.set_line_cap(cairo.LineCap.BUTT)
        context.set_dash([shape.dash, shape.dash])
    if shape.erase:
        context.set_operator(cairo.Operator.DEST_OUT)
    trace(context, shape.path)
    if shape.fill is not None:
        context.set_source_rgba(*shape.fill)
        if shape.stroke is None:
            context.fill()
        else:
            context.fill_preserve()
    if shape.stroke is not None:
        context.set_source_rgba(*shape.stroke)
        context.stroke()
    context.new_path()
    context.restore()


def trace(context: Any, path: str) -> None:
    """Put a path on a Cairo context."""
    context.new_path()
    for name, values in commands(path):
        if name == "M":
            context.move_to(*values)
        elif name == "L":
            context.line_to(*values)
        elif name == "C":
            context.curve_to(*values)
        elif name == "A":
            _arc(context, values)
        else:
            context.close_path()


def _arc(context: Any, values: tuple[float, ...]) -> None:
    x, y, rx, ry, turn, start, end = values
    context.save()
    context.translate(x, y)
    context.rotate(turn)
    context.scale(rx, ry)
    if end >= start:
        context.arc(0, 0, 1, start, end)
    else:
        context.arc_negative(0, 0, 1, start, end)
    context.restore()


@lru_cache(maxsize=1024)
def commands(path: str) -> tuple[Command, ...]:
    """Read a path into absolute commands.

    Raises:
        ValueError: it is not a path that we can read.
    """
    return tuple(_read(path))


def _read(path: str) -> Iterator[Command]:
    rest = re.sub(_TOKEN, "", path).strip(" ,\n\t")
    if rest:
        raise ValueError(f"not a path that we can read ({rest!r}): {path!r}")
    x = y = start_x = start_y = 0.0
    control: tuple[float, float] | None = None
    for letter, n in _steps(path):
        name, far = letter.lower(), letter.isupper()
        dx, dy = (0.0, 0.0) if far else (x, y)
        last, control = control, None
        if name == "z":
            x, y = start_x, start_y
            yield ("Z", ())
        elif name == "m":
            x, y = start_x, start_y = n[0] + dx, n[1] + dy
            yield ("M", (x, y))
        elif name in "lhv":
            x = n[0] + dx if name != "v" else x
            y = n[-1] + dy if name != "h" else y
            yield ("L", (x, y))
        elif name in "cs":
            first = (n[0] + dx, n[1] + dy) if name == "c" else _reflected(last, x, y)
            control = (n[-4] + dx, n[-3] + dy)
            x, y = n[-2] + dx, n[-1] + dy
            yield ("C", (*first, *control, x, y))
        else:
            to_x, to_y = n[5] + dx, n[6] + dy
            yield _centred_arc(x, y, n[0], n[1], n[2], bool(n[3]), bool(n[4]), to_x, to_y)
            x, y = to_x, to_y


def _reflected(control: tuple[float, float] | None, x: float, y: float) -> tuple[float, float]:
    return (x, y) if control is None else (2 * x - control[0], 2 * y - control[1])


def _steps(path: str) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Commands with their numbers; a command that is followed by more numbers is repeated."""
    letter, numbers = "", list[float]()
    for word, number in _TOKEN.findall(path):
        if word:
            letter, numbers = word, []
            if word in "Zz":
                yield (word, ())
            continue
        numbers.append(float(number))
        if not letter or letter in "Zz":
            raise ValueError(f"a path begins with a command: {path!r}")
        if len(numbers) == _ARGUMENTS[letter.lower()]:
            yield (letter, tuple(numbers))
            numbers = []
            letter = {"M": "L", "m": "l"}.get(letter, letter)


def _centred_arc(
    x: float,
    y: float,
    rx: float,
    ry: float,
    degrees: float,
    large: bool,
    sweep: bool,
    to_x: float,
    to_y: float,
) -> Command:
    """SVG 1.1, appendix F.6.5: from end points to a centre."""
    turn = math.radians(degrees)
    cos, sin = math.cos(turn), math.sin(turn)
    half_x, half_y = (x - to_x) / 2, (y - to_y) / 2
    px, py = cos * half_x + sin * half_y, cos * half_y - sin * half_x
    grow = math.sqrt(max(1.0, (px / rx) ** 2 + (py / ry) ** 2))
    rx, ry = rx * grow, ry * grow
    below = (rx * py) ** 2 + (ry * px) ** 2
    factor = math.sqrt(max(0.0, ((rx * ry) ** 2 - below) / below)) if below else 0.0
    factor = -factor if large == sweep else factor
    cx, cy = factor * rx * py / ry, -factor * ry * px / rx
    start = math.atan2((py - cy) / ry, (px - cx) / rx)
    end = math.atan2((-py - cy) / ry, (-px - cx) / rx)
    if sweep and end < start:
        end += math.tau
    elif not sweep and end > start:
        end -= math.tau
    centre_x = cos * cx - sin * cy + (x + to_x) / 2
    centre_y = sin * cx + cos * cy + (y + to_y) / 2
    return ("A", (centre_x, centre_y, rx, ry, turn, start, end))
