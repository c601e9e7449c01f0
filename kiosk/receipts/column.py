"""A column of texts, as a receipt has it: one under the other, begun where the language begins."""

from __future__ import annotations

from kiosk.typeset import Align, Direction, Dots, SetText, Sheet, Style, Typesetter

MARGIN = 8
"""Dots (1 mm) left free at each side, which not every printer prints."""


class Column:
    """Puts texts under each other on a strip of `width` dots. All distances in dots, 8 a millimetre."""

    def __init__(self, typesetter: Typesetter, width: int, *, rtl: bool) -> None:
        """Begin at the top. `rtl`: the language of the paper begins at the right."""
        self._typesetter = typesetter
        self.sheet = Sheet(width)
        self.width = width
        self.inner = width - 2 * MARGIN
        self.rtl = rtl
        self.y = 0

    def gap(self, dots: int) -> None:
        """Leave room."""
        self.y += dots

    def rule(self, thickness: int, *, dotted: bool = False) -> None:
        """A line over the whole column; `dotted` has a dash of 4 dots every 10."""
        if dotted:
            for x in range(MARGIN, self.width - MARGIN, 10):
                self.sheet.bar(x, self.y, min(4, self.width - MARGIN - x), thickness)
        else:
            self.sheet.bar(MARGIN, self.y, self.inner, thickness)
        self.y += thickness

    def set(
        self,
        text: str,
        style: Style,
        *,
        lines: int | None = None,
        own: bool = False,
        width: int | None = None,
    ) -> SetText:
        """Set a text into the column (or `width`): in the direction of the paper's language, or its
        `own` (a title)."""
        direction = Direction.AUTO if own else (Direction.RTL if self.rtl else Direction.LTR)
        return self._typesetter.set(
            text,
            style,
            width=width or self.inner,
            lines=lines,
            direction=direction,
            align=Align.RIGHT if self.rtl else Align.LEFT,
        )

    def put(self, text: SetText, *, indent: int = 0, white: bool = False) -> None:
        """Put a text at the beginning of the line, and go on under it."""
        start = MARGIN + indent
        x = self.width - start - text.width if self.rtl else start
        self.sheet.text(text, x, self.y, white=white)
        self.y += text.height

    def text(
        self, text: str, style: Style, *, lines: int | None = None, own: bool = False, indent: int = 0
    ) -> None:
        """Set a text and put it."""
        self.put(self.set(text, style, lines=lines, own=own, width=self.inner - indent), indent=indent)

    def centred(self, text: SetText, *, white: bool = False) -> None:
        """Put a text into the middle, and go on under it."""
        self.sheet.text(text, (self.width - text.width) // 2, self.y, white=white)
        self.y += text.height

    def banner(self, text: str, style: Style, *, pad: int) -> None:
        """White on black over the whole width, with `pad` above and below."""
        said = self.set(text, style, width=self.inner - 2 * pad)
        self.sheet.bar(0, self.y, self.width, said.height + 2 * pad)
        self.y += pad
        self.put(said, indent=pad, white=True)
        self.y += pad

    def note(self, text: str, style: Style, *, indent: int = 0) -> None:
        """White on black, only as wide as it must be: what must not be overlooked."""
        pad_x, pad_y = 10, 4
        said = self.set(text, style, width=self.inner - indent - 2 * pad_x)
        width, height = said.width + 2 * pad_x, said.height + 2 * pad_y
        x = self.width - MARGIN - indent - width if self.rtl else MARGIN + indent
        self.sheet.bar(x, self.y, width, height)
        self.sheet.text(said, x + pad_x, self.y + pad_y, white=True)
        self.y += height

    def dots(self) -> Dots:
        """All that was put."""
        return self.sheet.dots(max(1, self.y))
