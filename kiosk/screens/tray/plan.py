"""Where things stand on the tray: one column where it is tall, two where it is wide."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.screens.scene import Box
from kiosk.screens.theme import Metrics

TALL = (632, 980)
"""The usual size, in pixels: beside a kiosk of 1280 on a display of 1920 x 1080."""

WIDE = (900, 760)
"""The other one, for displays that are not as high."""

SMALLEST = ((620, 940), (900, 740))
"""Widths and heights, tall and wide, below which texts would not fit."""

EDGE, GAP = 12, 6
_HEAD, _TITLE = 52, 28
_STRIP = (170, 240)
_WIDE_SIDE = 0.3


@dataclass(frozen=True, slots=True)
class Plan:
    """The boxes of the parts. Titles stand in the 28 pixels above those that have one."""

    head: Box
    strip: Box
    borrow: Box
    bring: Box
    cards: Box
    out: Box
    trouble: Box
    columns: int
    """Of cards and of switches."""

    @property
    def title(self) -> float:
        """Height of a part's title."""
        return _TITLE


def metrics(size: tuple[int, int]) -> Metrics:
    """The numbers of the small panel, pixel by pixel, in a window of another size."""
    return replace(Metrics.of((800, 480), 100), width=size[0], height=size[1])


def plan(size: tuple[int, int]) -> Plan:
    """The boxes for a window of `size`."""
    width, height = size
    if width > height:
        return _wide(width, height)
    inner = width - 2 * EDGE
    rest = height - _HEAD - EDGE - 4 * _TITLE - GAP - (EDGE - GAP)
    # what is left is shared: strip, 7 rows of books, 1 of cards, 2 of switches, 1 for what came out
    strip = min(_STRIP[1], max(_STRIP[0], round(rest * 0.235)))
    row = (rest - strip) / 11.5
    tops = [float(_HEAD + EDGE)]
    for used in (strip + _TITLE, 5 * row + _TITLE, 2 * row + _TITLE, 1.5 * row + GAP, row + _TITLE):
        tops.append(tops[-1] + used)
    heights = (strip, 5 * row, 2 * row, 1.5 * row, row, 2 * row)
    boxes: list[Box] = [
        (EDGE, round(top), inner, round(high) - GAP) for top, high in zip(tops, heights, strict=True)
    ]
    desk, borrow, bring, cards, out, trouble = boxes
    return Plan((0, 0, width, _HEAD), desk, borrow, bring, cards, out, trouble, columns=3)


def _wide(width: int, height: int) -> Plan:
    side = round((width - 3 * EDGE) * _WIDE_SIDE)
    main = width - 3 * EDGE - side
    top, rest = float(_HEAD + EDGE), float(height - _HEAD - 2 * EDGE)
    strip = min(_STRIP[1], max(_STRIP[0], round(rest * 0.26)))
    row = (rest - strip - 2 * _TITLE) / 7
    borrow = top + strip + _TITLE
    bring = borrow + 5 * row + _TITLE
    step = (rest - 2 * _TITLE - 2 * GAP) / 11.8
    x = main + 2 * EDGE
    cards, out = top + _TITLE, top + _TITLE + 4.2 * step + GAP
    trouble = out + 1.6 * step + GAP + _TITLE

    def box(left: float, above: float, wide: float, high: float) -> Box:
        return (left, round(above), wide, round(high) - GAP)

    return Plan(
        (0, 0, width, _HEAD),
        box(EDGE, top, main, strip),
        box(EDGE, borrow, main, 5 * row),
        box(EDGE, bring, main, 2 * row),
        box(x, cards, side, 4.2 * step),
        box(x, out, side, 1.6 * step),
        box(x, trouble, side, 6 * step),
        columns=1,
    )


def cells(box: Box, columns: int, rows: int, gap: float = GAP) -> list[Box]:
    """A box as a table, row by row."""
    x, y, w, h = box
    wide, high = (w - gap * (columns - 1)) / columns, (h - gap * (rows - 1)) / rows
    return [
        (round(x + column * (wide + gap)), round(y + row * (high + gap)), round(wide), round(high))
        for row in range(rows)
        for column in range(columns)
    ]


def sheet(size: tuple[int, int]) -> tuple[Box, Box]:
    """The sheet on which the paper is looked at, and the room for the paper on it."""
    width, height = size
    box = (EDGE, _HEAD + EDGE, width - 2 * EDGE, height - _HEAD - 2 * EDGE)
    wide = min(576, box[2] - 2 * EDGE)
    return box, (round((width - wide) / 2), box[1] + 56, wide, box[3] - 56 - 84)
