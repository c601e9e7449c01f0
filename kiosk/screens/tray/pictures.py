"""The tray's own pictures: a card reader with or without a card, a gate with its lamp, a printer."""

from __future__ import annotations

from kiosk.screens.theme import Palette, paint
from kiosk.typeset import Shape, circle, rounded

AMBER, INK = "F2B441", "231D16"
"""A card has these colours in every theme."""


def card_reader(palette: Palette, *, card: bool) -> list[Shape]:
    """The reader, with a card over it when one is shown: in a plane of 200 x 170, standing on its end."""
    shapes: list[Shape] = []
    bright = palette.accent if palette.line is None else palette.on_primary
    if card:
        turn = (-8.0, 100.0, 46.0)
        shapes += [
            Shape(rounded(34, 6, 132, 82, 10), fill=paint(AMBER), turn=turn),
            Shape(rounded(34, 24, 132, 16), fill=paint(INK), turn=turn),
            Shape(rounded(47, 54, 64, 7, 3.5), fill=paint(INK), turn=turn),
            Shape(rounded(47, 68, 42, 7, 3.5), fill=paint(INK, 0.62), turn=turn),
        ]
    shapes += [
        Shape(rounded(40, 104, 120, 66, 14), fill=paint(palette.primary)),
        Shape(rounded(64, 134, 72, 6, 3), fill=paint(bright, 1.0 if card else 0.35)),
    ]
    return shapes


def printer_and_gate(palette: Palette, *, paper: bool, lit: bool) -> list[Shape]:
    """A printer, with paper coming out of it, and the gate with its lamp: in a plane of 260 x 170."""
    white, ink = paint("FFFFFF"), paint(palette.ink)
    shapes: list[Shape] = []
    if paper:
        shapes += [
            Shape(
                rounded(28, 44, 60, 74, 3), fill=white, stroke=palette.line or paint(palette.edge), width=2
            ),
            *(
                Shape(f"M38 {y}H{x}", stroke=paint("51483B"), width=4)
                for y, x in ((58, 78), (72, 66), (86, 72))
            ),
        ]
    shapes += [
        Shape(rounded(8, 108, 100, 62, 12), fill=paint(palette.primary)),
        Shape(rounded(22, 104, 72, 9, 4), fill=paint("000000", 0.45)),
        Shape("M160 58V168M240 58V168", stroke=ink, width=12),
        Shape("M146 168H174M226 168H254", stroke=ink, width=10),
    ]
    if lit:
        shapes += [
            Shape(circle(200, 34, 32), fill=paint(palette.safe.text, 0.22)),
            Shape(circle(200, 34, 19), fill=paint(palette.safe.text)),
            Shape("M191 34L198 41L210 27", stroke=paint(palette.safe.tint), width=5),
            Shape("M200 92V136M184 120L200 136L216 120", stroke=paint(palette.safe.text), width=8),
        ]
    else:
        shapes += [
            Shape(circle(200, 34, 19), fill=paint(palette.well), stroke=ink, width=5),
            Shape("M160 112H240", stroke=ink, width=8),
        ]
    return shapes
