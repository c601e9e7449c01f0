"""The test page: every script, the width as a ruler, and lines in which a dead dot would be seen."""

from __future__ import annotations

from kiosk.receipts.column import Column
from kiosk.typeset import Style

SCRIPTS = (
    "Lighthouse, 0123456789",
    "Größe, naïve, Łódź, čeština",
    "Ελληνικά γράμματα",
    "Мастер и Маргарита",
    "كليلة ودمنة",
    "שלום עולם",
    "红楼梦 · 紅樓夢",
    "ひらがな カタカナ",
    "한국어 도서관",
    "हिन्दी पुस्तक",
    "ภาษาไทย",
)
MILLIMETRE = 8
"""Dots a millimetre of a printer with 203 dots an inch."""


def draw_scripts(column: Column, style: Style) -> None:
    """One line for each script that titles come in."""
    for sample in SCRIPTS:
        column.text(sample, style, lines=1, own=True)


def draw_widths(column: Column, style: Style) -> None:
    """A ruler in millimetres over all dots, first and last included; then lines of 1 to 4 dots, and
    stairs that use every dot of the head once."""
    sheet, width = column.sheet, column.width
    sheet.bar(0, column.y, width, 2)
    for at in range(0, width, MILLIMETRE):
        tall = {0: 28, 5: 18}.get(at // MILLIMETRE % 10, 10)
        sheet.bar(at, column.y, 2, tall)
    sheet.bar(width - 2, column.y, 2, 28)
    column.gap(30)
    below = column.y
    for centimetre in range(1, width // (10 * MILLIMETRE) + 1):
        said = column.set(str(centimetre), style, lines=1, own=True)
        x = min(centimetre * 10 * MILLIMETRE - said.width // 2, width - said.width)
        sheet.text(said, x, below)
        column.y = below + said.height
    column.gap(10)
    for thickness in (1, 2, 3, 4):
        sheet.bar(0, column.y, width, thickness)
        column.gap(thickness + 8)
    step = 32
    for at in range(0, width, step):
        for dot in range(step):
            if at + dot < width:
                sheet.bar(at + dot, column.y + dot, 1, 2)
    column.gap(step + 8)
    for at in range(0, width, 2 * MILLIMETRE):
        sheet.bar(at, column.y, MILLIMETRE, 2 * MILLIMETRE)
    column.gap(2 * MILLIMETRE)
