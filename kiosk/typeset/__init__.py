"""Text and line drawings become bitmaps here: Pango sets the words, Cairo draws, and no other room
imports either of them. One text is one layout and one bitmap, in any script: a title keeps its own
direction, is cut at its own end, and missing glyphs come from the fonts of the Debian packages that
`fonts` names, and from no others. Text and icons are *masks* (white, with coverage as alpha), so that
a colour scheme can change without setting anything again; boxes and pictures carry their colours.
The room knows nothing of screens or paper and could be published alone."""

from kiosk.typeset.bitmap import Bitmap
from kiosk.typeset.dots import Dots, Sheet
from kiosk.typeset.drawing import Paint, Shape, circle, draw, rounded
from kiosk.typeset.fonts import FontsMissing
from kiosk.typeset.icons import Icons
from kiosk.typeset.patches import BoxStyle, Shadow, patch
from kiosk.typeset.text import Align, Direction, SetText, Style, Typesetter

__all__ = [
    "Align",
    "Bitmap",
    "BoxStyle",
    "Direction",
    "Dots",
    "FontsMissing",
    "Icons",
    "Paint",
    "SetText",
    "Sheet",
    "Shadow",
    "Shape",
    "Style",
    "Typesetter",
    "circle",
    "draw",
    "patch",
    "rounded",
]
