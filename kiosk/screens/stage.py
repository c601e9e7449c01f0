"""The stage: what a screen draws on. It knows the theme, the words and the sizes of this window, and
collects nodes and controls, all laid out from left to right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from kiosk.circulation.views import Theme
from kiosk.screens.scene import (
    Box,
    Control,
    Enter,
    Group,
    Icon,
    Loop,
    Node,
    Origin,
    Panel,
    Picture,
    Ring,
    RowShown,
    Scene,
    Steps,
    Text,
)
from kiosk.screens.theme import PALETTES, Metrics, Palette, paint
from kiosk.typeset import Align, BoxStyle, Direction, Paint, SetText, Shadow, Shape, Style, Typesetter
from kiosk.words import Words

Place = Literal["start", "centre", "end"]
_SHRINK = (1.0, 0.92, 0.85, 0.78, 0.72, 0.66, 0.6)


@dataclass(frozen=True, slots=True)
class Line:
    """A text in a stack, with the space `above` it."""

    setting: SetText
    colour: str
    origin: Origin = Origin.OURS
    above: float = 0.0
    may_cut: bool = False


def fits(setting: SetText, lines: int, height: float | None = None) -> bool:
    """Whether a text was set without loss."""
    whole = not setting.cut and not setting.split and setting.lines <= lines
    return whole and (height is None or setting.height <= height)


class Stage:
    """One picture in the making."""

    def __init__(
        self, theme: Theme, metrics: Metrics, words: Words, typesetter: Typesetter, page: int | None = None
    ) -> None:
        """Begin an empty picture. `page` is the page of the list that is asked for, None: any."""
        self.theme = theme
        self.palette: Palette = PALETTES[theme]
        self.m = metrics
        self.words = words
        self.page = page
        self.pages = 1
        self.controls: list[Control] = []
        self.rows: list[RowShown] = []
        self.row_key = ""
        self._nodes: list[Node] = []
        self._typesetter = typesetter

    # ---- boxes ------------------------------------------------------------------------------

    def panel(
        self,
        box: Box,
        fill: str | None = None,
        *,
        radius: float | tuple[float, float, float, float] = 0.0,
        outline: str | None = None,
        width: float | None = None,
        shadow: Shadow | None = None,
        dash: float = 0.0,
        alpha: float = 1.0,
    ) -> None:
        """A box; `radius` is one, or those of top start, top end, bottom end, bottom start."""
        x, y, w, h = (round(each) for each in box)
        radii = (radius, radius, radius, radius) if isinstance(radius, int | float) else radius
        line = (self.palette.outline if width is None else width) if outline else 0.0
        style = BoxStyle(
            radii=(float(radii[0]), float(radii[1]), float(radii[2]), float(radii[3])),
            fill=paint(fill, alpha) if fill else None,
            outline=paint(outline) if outline else None,
            outline_width=line,
            shadow=shadow,
            dash=dash,
        )
        self.add(Panel((x, y, w, h), style))

    def columns(self, share: float) -> tuple[Box, Box]:
        """The room between header and bar as two boxes; the second takes `share` of the width."""
        m = self.m
        top, height = m.header + m.padding, m.height - m.header - m.bar - 2 * m.padding
        whole, gap = m.width - 2 * m.inset, m.px(24, 12)
        side = round(whole * share)
        width = whole - side - gap
        return (m.inset, top, width, height), (m.inset + width + gap, top, side, height)

    def card(self, box: Box, *, radius: float | None = None) -> None:
        """A surface with a shadow; with an outline where shadows do not help."""
        self.panel(
            box,
            self.palette.surface,
            radius=self.m.radius_card if radius is None else radius,
            outline=self.palette.hair if self.palette.boxed else None,
            shadow=self.palette.shadow,
        )

    # ---- texts ------------------------------------------------------------------------------

    def set(
        self,
        text: str,
        role: str,
        *,
        width: float | None = None,
        lines: int | None = None,
        place: Place = "start",
        weight: int | None = None,
        tabular: bool = False,
        scale: float = 1.0,
        own_direction: bool = False,
        strong: int = 0,
    ) -> SetText:
        """Set a text without placing it. `own_direction`: a title or a name keeps its own."""
        style = self.m.style(role, weight=weight, tabular=tabular, scale=scale)
        return self.set_in(style, text, width, lines, place, own_direction, strong)

    def set_in(
        self,
        style: Style,
        text: str,
        width: float | None,
        lines: int | None,
        place: Place = "start",
        own_direction: bool = False,
        strong: int = 0,
    ) -> SetText:
        """Set a text in a given style."""
        rtl = self.words.rtl
        sides = {"start": (Align.LEFT, Align.RIGHT), "end": (Align.RIGHT, Align.LEFT)}
        align = Align.CENTRE if place == "centre" else sides[place][rtl]
        own = Direction.RTL if rtl else Direction.LTR
        return self._typesetter.set(
            text,
            style,
            width=None if width is None else int(width),
            lines=lines,
            direction=Direction.AUTO if own_direction else own,
            align=align,
            strong=strong,
        )

    def fit(
        self,
        text: str,
        role: str,
        width: float,
        lines: int,
        *,
        place: Place = "start",
        weight: int | None = None,
        height: float | None = None,
        strong: int = 0,
        tabular: bool = False,
    ) -> SetText:
        """Set one of our own texts so that it fits: the largest size that breaks no word and cuts nothing.

        It never gets smaller than the least size of the theme; whether it fitted then, a test asks.
        """
        tried = None
        floor = self.m.style("small").px
        usual = self.m.style(role).px
        for scale in _SHRINK:
            tried = self.set(
                text,
                role,
                width=width,
                lines=lines,
                place=place,
                weight=weight,
                scale=min(1.0, max(scale, floor / usual)),
                strong=strong,
                tabular=tabular,
            )
            if fits(tried, lines, height):
                return tried
        assert tried is not None
        return tried

    def balanced(
        self,
        text: str,
        role: str,
        width: float,
        lines: int,
        *,
        place: Place = "start",
        height: float | None = None,
    ) -> SetText:
        """Like `fit`; lines that are broken are about as long as each other."""
        best = self.fit(text, role, width, lines, place=place, height=height)
        if best.lines < 2:
            return best
        low, high = best.width * 0.5, float(best.width)
        while high - low > 4:
            middle = (low + high) / 2
            tried = self.set_in(best.style, text, middle, lines, place)
            if tried.cut or tried.split or tried.lines > best.lines:
                low = middle
            else:
                best, high = tried, middle
        return best

    def put(
        self,
        setting: SetText,
        x: float,
        y: float,
        colour: str,
        *,
        width: float | None = None,
        place: Place = "start",
        origin: Origin = Origin.OURS,
        may_cut: bool = False,
        alpha: float = 1.0,
    ) -> None:
        """Place a text that was set: its box begins at `x`, or stands within `width` from there."""
        room = setting.width if width is None else width
        left = x + {"start": 0.0, "centre": 0.5, "end": 1.0}[place] * (room - setting.width)
        box = (round(left), round(y), setting.width, setting.height)
        self.add(Text(box, setting, paint(colour, alpha), origin, self.row_key, may_cut))

    def stack(
        self, lines: Sequence[Line], x: float, y: float, *, width: float, place: Place = "start"
    ) -> float:
        """Place texts one below the other; returns where the last one ends."""
        for line in lines:
            y += line.above
            self.put(
                line.setting,
                x,
                y,
                line.colour,
                width=width,
                place=place,
                origin=line.origin,
                may_cut=line.may_cut,
            )
            y += line.setting.height
        return y

    # ---- icons, pictures --------------------------------------------------------------------

    def icon(self, name: str, x: float, y: float, size: float, colour: str, *, turns: bool = False) -> None:
        """An icon around the point x, y."""
        side = round(size)
        self.add(Icon((round(x - side / 2), round(y - side / 2), side, side), name, paint(colour), turns))

    def disc(
        self, x: float, y: float, r: float, fill: str, *, outline: str | None = None, width: float = 2
    ) -> None:
        """A filled circle around the point x, y."""
        side = round(2 * r)
        self.panel(
            (round(x - side / 2), round(y - side / 2), side, side),
            fill,
            radius=side / 2,
            outline=outline,
            width=width,
        )

    def picture(self, box: Box, plane: Box, shapes: Sequence[Shape], *, fixed: bool = False) -> None:
        """A drawing in its own plane that fills `box`; `fixed` ones are never mirrored."""
        x, y, w, h = (round(each) for each in box)
        self.add(Picture((x, y, w, h), plane, tuple(shapes), fixed=fixed))

    def steps(self, box: Box, value: float, colour: str, key: str) -> None:
        """One step bar."""
        x, y, w, h = (round(each) for each in box)
        self.add(Steps((x, y, w, h), value, paint(colour), key, max(2.0, round(2 * self.m.unit))))

    def ring(self, x: float, y: float, r: float, part: float, colour: str, width: float) -> None:
        """A countdown around the point x, y."""
        side = round(2 * r)
        self.add(Ring((round(x - side / 2), round(y - side / 2), side, side), part, paint(colour), width))

    # ---- collecting -------------------------------------------------------------------------

    def add(self, node: Node) -> None:
        """Add anything."""
        self._nodes.append(node)

    @contextmanager
    def group(
        self,
        box: Box,
        *,
        key: str = "",
        enter: Enter | None = None,
        loop: Loop | None = None,
        turn: float = 0.0,
    ) -> Iterator[None]:
        """Everything that is added meanwhile moves together."""
        outside, self._nodes = self._nodes, []
        try:
            yield
        finally:
            inside, self._nodes = self._nodes, outside
            self._nodes.append(Group(tuple(inside), key, enter, loop, turn, box))

    def control(self, control: Control) -> None:
        """Add a control; focus goes in the order in which they are added."""
        self.controls.append(control)

    def scene(self, screen: str, modal: str | None) -> Scene:
        """The finished picture."""
        ring: tuple[Paint, Paint] = (paint(self.palette.ring), paint(self.palette.ring_inside))
        done = Scene(
            size=(self.m.width, self.m.height),
            ground=paint(self.palette.paper),
            screen=screen,
            modal=modal,
            nodes=tuple(self._nodes),
            controls=tuple(self.controls),
            rows=tuple(self.rows),
            page=self.page or 0,
            pages=self.pages,
            focus_ring=ring,
        )
        return done.mirrored() if self.words.rtl else done
