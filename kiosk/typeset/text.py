"""Setting text: one layout, one bitmap.

Lines are placed at a fixed pitch (`Style.leading` x the size) whatever script they are in, on the
baseline that Inter would have; so rows keep their rhythm where a Chinese title stands between two
Arabic ones. Ink that leaves this box (a vocalised Arabic letter, a tall Thai vowel) is kept: the
bitmap is larger than the box by `SetText.bleed` on every side.
"""

from __future__ import annotations

import os
import warnings
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from math import ceil
from pathlib import Path
from typing import Any

from kiosk.typeset.bitmap import Bitmap
from kiosk.typeset.fonts import FAMILIES, write_fonts_conf

# Inter's own metrics (hhea table: ascender 1984, descender 494 of 2048 units an em).
_ASCENT = 1984 / 2048
_DESCENT = 494 / 2048
_KEPT = 2000


class Direction(Enum):
    """Base direction of a text: of the interface for our own, its own for a title."""

    LTR = "ltr"
    RTL = "rtl"
    AUTO = "auto"


class Align(Enum):
    """Where lines that are narrower than the widest go."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Style:
    """How a text looks, apart from its colour: `px` is the size in pixels an em, `weight` 400 to 700,
    `leading` the distance of lines and `tracking` the space between letters, both in ems."""

    px: float
    weight: int = 400
    leading: float = 1.2
    tabular: bool = False
    tracking: float = 0.0


@dataclass(frozen=True, slots=True)
class SetText:
    """A text that was set. `width` (of the widest line) and `height` are its box in pixels; `cut`
    says that an ellipsis stands for what did not fit, `split` that a word was broken between two
    lines. Its `mask` has `bleed` around the box; it is drawn when it is first asked for, since of the
    sizes that are tried until a text fits only one is shown."""

    text: str
    style: Style
    width: int
    height: int
    lines: int
    cut: bool
    split: bool
    bleed: int
    _drawing: _Drawing = field(repr=False)

    @property
    def mask(self) -> Bitmap:
        """The text as a mask. Not to be asked for in another thread than the typesetter's."""
        return self._drawing.mask


class _Drawing:
    """A mask that is not drawn yet, or is."""

    def __init__(self, draw: Callable[[], Bitmap]) -> None:
        self._draw: Callable[[], Bitmap] | None = draw
        self._mask: Bitmap | None = None

    @property
    def mask(self) -> Bitmap:
        if self._mask is None:
            assert self._draw is not None
            # the layout goes with what drew it
            self._mask, self._draw = self._draw(), None
        return self._mask


class Typesetter:
    """Sets texts and remembers them. Not to be shared between threads."""

    def __init__(self, cache: Path) -> None:
        """Open the private fonts; `cache` is a folder for fonts.conf and fontconfig's index.

        Raises:
            FontsMissing: a Debian package with fonts is not installed.
            OSError: `cache` cannot be written.
        """
        # Fontconfig reads this once, when the first font map of the process is made. A second typesetter,
        # in another thread, leaves the environment alone: somebody may be reading it.
        conf = str(write_fonts_conf(cache))
        if os.environ.get("FONTCONFIG_FILE") != conf:
            os.environ["FONTCONFIG_FILE"] = conf
        import cairo
        import gi

        gi.require_version("Pango", "1.0")
        gi.require_version("PangoCairo", "1.0")
        with warnings.catch_warnings():
            # PyGObject of Debian 12 (3.42) still has an importer of Python 3.3's kind.
            warnings.simplefilter("ignore", ImportWarning)
            from gi.repository import Pango, PangoCairo

        self._cairo: Any = cairo
        self._pango: Any = Pango
        self._pangocairo: Any = PangoCairo
        fonts = PangoCairo.FontMap.new()
        # Pango reads fontconfig's files in a thread, which looks into the environment meanwhile; who
        # changes that then (Kivy's settings do) crashes the process. This waits until it is through.
        fonts.list_families()
        self._context: Any = fonts.create_context()
        options = cairo.FontOptions()
        options.set_antialias(cairo.Antialias.GRAY)
        options.set_hint_style(cairo.HintStyle.NONE)
        options.set_hint_metrics(cairo.HintMetrics.OFF)
        PangoCairo.context_set_font_options(self._context, options)
        self._context.set_round_glyph_positions(False)
        self._kept: OrderedDict[tuple[object, ...], SetText] = OrderedDict()

    def forget(self) -> None:
        """Forget every text: called between patrons, since titles and names are theirs."""
        self._kept.clear()

    def set(
        self,
        text: str,
        style: Style,
        *,
        width: int | None = None,
        lines: int | None = None,
        direction: Direction = Direction.AUTO,
        align: Align = Align.LEFT,
        strong: int = 0,
    ) -> SetText:
        """Set `text` into at most `width` pixels and `lines` lines, then an ellipsis.

        The first `strong` characters are set in bold. Without `width` it stays on one line (more
        only where the text itself has line breaks).
        """
        key = (text, style, width, lines, direction, align, strong)
        found = self._kept.get(key)
        if found is None:
            found = self._set(text, style, width, lines, direction, align, strong)
            self._kept[key] = found
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found

    def _layout(
        self, text: str, style: Style, width: int | None, lines: int | None, direction: Direction, strong: int
    ) -> Any:
        pango = self._pango
        base = pango.Direction.RTL if direction is Direction.RTL else pango.Direction.LTR
        self._context.set_base_dir(base)
        layout = pango.Layout.new(self._context)
        layout.set_auto_dir(direction is Direction.AUTO)
        font = pango.FontDescription.from_string(FAMILIES)
        font.set_weight(style.weight)
        font.set_absolute_size(style.px * pango.SCALE)
        layout.set_font_description(font)
        layout.set_text(text, -1)
        attributes = pango.AttrList.new()
        if style.tabular:
            attributes.insert(pango.attr_font_features_new("tnum=1"))
        if style.tracking and _may_be_spaced(text):
            attributes.insert(pango.attr_letter_spacing_new(round(style.tracking * style.px * pango.SCALE)))
        if strong:
            bold = pango.attr_weight_new(pango.Weight.BOLD)
            bold.start_index, bold.end_index = 0, len(text[:strong].encode())
            attributes.insert(bold)
        layout.set_attributes(attributes)
        layout.set_wrap(pango.WrapMode.WORD_CHAR)
        if width is not None:
            layout.set_width(max(1, width) * pango.SCALE)
        if lines is not None:
            layout.set_ellipsize(pango.EllipsizeMode.END)
            layout.set_height(-lines)
        return layout

    def _set(
        self,
        text: str,
        style: Style,
        width: int | None,
        lines: int | None,
        direction: Direction,
        align: Align,
        strong: int,
    ) -> SetText:
        scale = self._pango.SCALE
        layout = self._layout(text, style, width, lines, direction, strong)
        placed = [(line, line.get_extents()[1]) for line in layout.get_lines_readonly()]
        widths = [extents.width / scale for _, extents in placed]
        box_width, pitch = ceil(max(widths, default=0)), style.px * style.leading
        box_height = round(pitch * len(placed))
        bleed = ceil(style.px * 0.5)
        spare = {Align.LEFT: 0.0, Align.CENTRE: 0.5, Align.RIGHT: 1.0}[align]
        starts = [
            bleed + spare * (box_width - line_width) - extents.x / scale
            for (_, extents), line_width in zip(placed, widths, strict=True)
        ]
        first = bleed + (pitch - (_ASCENT + _DESCENT) * style.px) / 2 + _ASCENT * style.px
        baselines = [round(first + number * pitch) for number in range(len(placed))]

        def draw() -> Bitmap:
            # the lines are those of this layout for as long as it lives and nobody asks it for others
            assert layout is not None
            surface = self._cairo.ImageSurface(
                self._cairo.Format.A8, -(-(box_width + 2 * bleed) // 4) * 4, box_height + 2 * bleed
            )
            context = self._cairo.Context(surface)
            for (line, _), x, y in zip(placed, starts, baselines, strict=True):
                context.move_to(x, y)
                self._pangocairo.show_layout_line(context, line)
            return Bitmap.mask(surface)

        return SetText(
            text=text,
            style=style,
            width=box_width,
            height=box_height,
            lines=len(placed),
            cut=bool(layout.is_ellipsized()),
            split=any(_splits(text, line.start_index) for line, _ in placed),
            bleed=bleed,
            _drawing=_Drawing(draw),
        )


def _splits(text: str, index: int) -> bool:
    """Whether a line that begins at byte `index` begins inside a word (not so in Thai or Chinese)."""
    before = text.encode()[:index].decode()
    after = text[len(before) : len(before) + 1]
    return bool(before and after) and all(ch.isalnum() and ord(ch) < 0x0E00 for ch in before[-1] + after)


def _may_be_spaced(text: str) -> bool:
    """Letters of scripts from Hebrew on (U+0590) are never spaced: Arabic joins, CJK has its square."""
    return not any(0x0590 <= ord(ch) < 0x2000 or ord(ch) >= 0x2E80 for ch in text)
