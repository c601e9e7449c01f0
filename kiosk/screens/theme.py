"""The look in one file: colours, sizes of type, regions, durations.

Numbers are pixels of the panel that a designer drew for: 1280 x 800 at 10.1 inches (5.9 px/mm, *large*)
or 800 x 480 at 7 inches (5.2 px/mm, *small*). Other windows take the nearer of the two, scaled as a
whole. `Metrics.of` makes the numbers of one window at one text size.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from kiosk.circulation.views import Theme
from kiosk.typeset import Paint, Shadow, Style


def paint(rgb: str, alpha: float = 1.0) -> Paint:
    """`RRGGBB` as a paint."""
    red, green, blue = (int(rgb[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return (red, green, blue, alpha)


# ---- colours --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tone:
    """A state's colour: `text` stands on `tint`, and on paper and surface too."""

    text: str
    tint: str


@dataclass(frozen=True, slots=True)
class Palette:
    """One colour scheme; every value is `RRGGBB`. `edge` outlines what can be touched; `line` is the
    thin light line around covers and spines where the ground is dark."""

    paper: str
    surface: str
    well: str
    glow: str
    desk: str
    hair: str
    edge: str
    ink: str
    ink2: str
    primary: str
    on_primary: str
    alarm: str
    on_alarm: str
    alarm_glow: str
    alarm_desk: str
    accent: str
    arrow: str
    ring: str
    ring_inside: str
    asking: Tone
    lent: Tone
    safe: Tone
    refused: Tone
    staff: Tone
    line: Paint | None
    shadow: Shadow | None
    sheet_shadow: Shadow | None
    outline: float
    boxed: bool
    """Cards and rows have an outline (high contrast: nothing else would part them from the ground)."""

    scrim: str


_ROW_SHADOW = Shadow(2, 10, paint("4A3614", 0.10))
_SHEET_SHADOW = Shadow(12, 40, paint("000000", 0.30))

PALETTES: MappingProxyType[Theme, Palette] = MappingProxyType(
    {
        Theme.LIGHT: Palette(
            paper="F6F1E7",
            surface="FFFDF8",
            well="EBE3D4",
            glow="F8F2E5",
            desk="DCCFB8",
            hair="E2D8C6",
            edge="857965",
            ink="231D16",
            ink2="51483B",
            primary="173A56",
            on_primary="FFFFFF",
            alarm="F2B441",
            on_alarm="231D16",
            alarm_glow="F7CF86",
            alarm_desk="D69F3A",
            accent="F2B441",
            arrow="A35C00",
            ring="231D16",
            ring_inside="F2B441",
            asking=Tone("51483B", "EFE8DB"),
            lent=Tone("17477A", "E2ECF7"),
            safe=Tone("14532F", "DDEFE0"),
            refused=Tone("83200F", "FBE5DD"),
            staff=Tone("643B00", "FBEBC6"),
            line=None,
            shadow=_ROW_SHADOW,
            sheet_shadow=_SHEET_SHADOW,
            outline=2,
            boxed=False,
            scrim="231D16",
        ),
        Theme.DARK: Palette(
            paper="1B1814",
            surface="272320",
            well="34302A",
            glow="423C33",
            desk="26221D",
            hair="3B362F",
            edge="9A8F7F",
            ink="F7F1E6",
            ink2="CFC5B5",
            primary="F2C264",
            on_primary="231D16",
            alarm="F2B441",
            on_alarm="231D16",
            alarm_glow="F7CF86",
            alarm_desk="D69F3A",
            accent="F2B441",
            arrow="F2B441",
            ring="FFFFFF",
            ring_inside="1B1814",
            asking=Tone("DDD4C5", "38332C"),
            lent=Tone("B5D5F7", "1F3347"),
            safe=Tone("B0E4BE", "1D3A27"),
            refused=Tone("FFC1B1", "4A211A"),
            staff=Tone("FFD68A", "463310"),
            line=paint("FFFFFF", 0.45),
            shadow=Shadow(2, 10, paint("000000", 0.30)),
            sheet_shadow=Shadow(12, 40, paint("000000", 0.50)),
            outline=2,
            boxed=False,
            scrim="0B0A08",
        ),
        Theme.CONTRAST: Palette(
            paper="000000",
            surface="000000",
            well="1C1C1C",
            glow="2A2A2A",
            desk="000000",
            hair="FFFFFF",
            edge="FFFFFF",
            ink="FFFFFF",
            ink2="FFFFFF",
            primary="FFE14A",
            on_primary="000000",
            alarm="FFE14A",
            on_alarm="000000",
            alarm_glow="FFF0A4",
            alarm_desk="D9BF3F",
            accent="FFE14A",
            arrow="FFE14A",
            ring="FFFFFF",
            ring_inside="000000",
            asking=Tone("FFFFFF", "000000"),
            lent=Tone("9BD1FF", "000000"),
            safe=Tone("8DF5A8", "000000"),
            refused=Tone("FFB4A3", "000000"),
            staff=Tone("FFD47A", "000000"),
            line=paint("FFFFFF", 1.0),
            shadow=None,
            sheet_shadow=None,
            outline=3,
            boxed=True,
            scrim="000000",
        ),
    }
)

COVERS = ("8A3B1E", "1F4E79", "25593A", "5B2A55", "0D5157", "664600", "7C1F2B", "3C4858")
"""Covers of books: white letters reach 7.6 : 1 on them. In turn
brown, blue, green, plum, teal, ochre, wine, slate."""

SCRIM_PUT_BACK = 0.85
SCRIM_IDLE = 0.38


def cover_of(key: str) -> str:
    """The cover of an item: the same for the same id, on every kiosk; ids in a row differ."""
    return COVERS[sum((2 * at + 1) * ord(ch) for at, ch in enumerate(key)) % len(COVERS)]


# ---- type -----------------------------------------------------------------------------------

# role: (large, small, weight, leading, tracking)
_TYPE: MappingProxyType[str, tuple[int, int, int, float, float]] = MappingProxyType(
    {
        "count": (76, 46, 700, 1.0, -0.01),
        "counts": (64, 40, 700, 1.0, -0.01),
        "four": (52, 34, 700, 1.0, -0.01),
        "alarm": (64, 38, 700, 1.06, -0.02),
        "display": (60, 38, 700, 1.07, -0.02),
        "digit": (50, 36, 600, 1.1, 0.0),
        "bin": (54, 38, 700, 1.0, -0.01),
        "sheet": (46, 30, 700, 1.12, -0.018),
        "h1": (42, 27, 700, 1.12, -0.018),
        "h2": (30, 23, 700, 1.16, -0.01),
        "brand": (30, 20, 700, 1.12, -0.012),
        "message": (30, 21, 600, 1.18, 0.0),
        "lead": (30, 20, 400, 1.28, 0.0),
        "button": (32, 24, 700, 1.16, 0.0),
        "title": (25, 20, 600, 1.16, -0.006),
        "status": (24, 19, 700, 1.18, 0.0),
        "body": (25, 18, 400, 1.3, 0.0),
        "label": (22, 19, 600, 1.2, 0.0),
        "second": (22, 18, 400, 1.3, 0.0),
        "small": (20, 17, 400, 1.3, 0.0),
        "tiny": (20, 17, 600, 1.14, 0.0),
    }
)

_LEAST_AT_160 = 39
"""At 160 % nothing on a large panel is smaller: a capital is then 4.8 mm high (Section 508, 402.4)."""

_FIXED = frozenset({"count", "counts", "four", "alarm", "display", "digit", "bin", "brand"})
"""What is large already: it grows by a part of the text size only."""


# ---- motion, milliseconds -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Motion:
    """How long things move; nothing repeats faster than once a second."""

    row: int = 160
    status: int = 180
    step: int = 240
    spine: int = 200
    sheet: int = 200
    dots: int = 1200
    put_back: int = 1600
    attract: int = 2000


MOTION = Motion()


# ---- regions --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Metrics:
    """The numbers of one window at one text size; lengths in pixels of the window."""

    width: int
    height: int
    large: bool
    unit: float
    """Pixels of this window a designer's pixel."""

    k: float
    """The text size: 1, 1.3 or 1.6."""

    compact: bool
    """No pad panel; counts in the bar; icons of the header without words."""

    header: int
    target: int
    bar: int
    primary: int
    inset: int
    padding: int
    gap: int
    row_gap: int
    status: int
    pager: int
    panel: int
    least_target: int
    """20 mm."""

    @classmethod
    def of(cls, size: tuple[int, int], text_size: int) -> Metrics:
        """The numbers for a window of `size` (width, height) and a text size of 100, 130 or 160."""
        width, height = size
        large = width >= 1152 and height >= 720
        drawn = (1280, 800) if large else (800, 480)
        unit = min(width / drawn[0], height / drawn[1])
        k = text_size / 100
        grown = (k - 1) / 0.6

        def between(plain: float, at_160: float) -> int:
            return round((plain + (at_160 - plain) * grown) * unit)

        compact = width / unit / k < 1000
        return cls(
            width=width,
            height=height,
            large=large,
            unit=unit,
            k=k,
            compact=compact,
            header=between(96, 108) if large else between(74, 82),
            target=between(72, 84) if large else between(62, 70),
            bar=between(142, 146) if large else between(116, 118),
            primary=round((118 if large else 104) * unit),
            inset=round((24 if large else 12) * unit),
            padding=between(16, 12) if large else round(8 * unit),
            gap=round(12 * unit),
            row_gap=between(10, 9) if large else round(6 * unit),
            status=between(254, 396) if large else between(208, 292),
            pager=between(72, 84) if large else between(62, 70),
            panel=round(364 * unit),
            least_target=round((118 if large else 104) * unit),
        )

    def px(self, large: float, small: float | None = None) -> int:
        """A length that text size does not change: on the large panel, and on the small one."""
        return round((large if self.large else (large * 0.62 if small is None else small)) * self.unit)

    def style(
        self, role: str, *, weight: int | None = None, tabular: bool = False, scale: float = 1.0
    ) -> Style:
        """The style of a role of type.

        Raises:
            KeyError: there is no such role.
        """
        large, small, usual, leading, tracking = _TYPE[role]
        growth = 1 + (self.k - 1) * (0.34 if role in _FIXED else 1.0)
        size = (large if self.large else small) * growth * scale
        if self.large and self.k >= 1.6 and role != "brand":
            size = max(size, float(_LEAST_AT_160))
        return Style(
            round(size * self.unit, 2), usual if weight is None else weight, leading, tabular, tracking
        )

    @property
    def radius_card(self) -> float:
        """Cards and scenes."""
        return self.px(24, 18)

    @property
    def radius_row(self) -> float:
        """Rows."""
        return self.px(18, 14)

    @property
    def radius_button(self) -> float:
        """Buttons of the header, languages, keys of the keypad."""
        return self.px(16, 14)

    @property
    def radius_primary(self) -> float:
        """The large buttons of the bar."""
        return self.px(22, 18)

    @property
    def radius_sheet(self) -> float:
        """Modals."""
        return self.px(32, 26)


# ---- contrast -------------------------------------------------------------------------------


def luminance(rgb: str) -> float:
    """Relative luminance (WCAG 2.2, definitions)."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue, _ = paint(rgb)
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, definitions)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
