"""Books: covers, spines on the pad, and the other things of the scenes. Pictures are drawn in the
plane of the large panel and scaled to their box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.screens.sayings import ToneName
from kiosk.screens.scene import Box, Enter, Origin
from kiosk.screens.stage import Stage
from kiosk.screens.theme import Palette, Tone, paint
from kiosk.typeset import Shape, Style, circle, rounded

WHITE = "FFFFFF"


def tone(palette: Palette, name: ToneName) -> Tone:
    """A state's colours by name."""
    return {
        "asking": palette.asking,
        "lent": palette.lent,
        "safe": palette.safe,
        "refused": palette.refused,
        "staff": palette.staff,
    }[name]


def cover(
    stage: Stage, box: Box, colour: str, letter: str, icon: str | None = None, *, size: float | None = None
) -> None:
    """A book from its front: one colour, a line along its spine, its initial."""
    x, y, w, h = (round(each) for each in box)
    palette = stage.palette
    radius = max(4.0, w / 9)
    line = max(1.0, round(w / 27))
    stage.panel((x, y, w, h), colour, radius=(max(3.0, radius * 0.6), radius, radius, max(3.0, radius * 0.6)))
    spine = x + max(5, round(w * 0.115))
    stage.panel((spine, y, line, h), WHITE, alpha=0.55)
    if palette.line is not None:
        stage.picture(
            (x, y, w, h),
            (0, 0, w, h),
            [Shape(rounded(1, 1, w - 2, h - 2, radius - 1), stroke=palette.line, width=2)],
        )
    middle = (spine + line + x + w) / 2 - w * 0.02
    if icon is not None:
        stage.icon(icon, middle, y + h / 2, w * 0.6, WHITE)
    elif letter:
        px = size or max(w * 0.55, 17.0)
        setting = stage.set_in(Style(px, 700, 1.2), letter, None, None, own_direction=True)
        stage.put(
            setting, middle - setting.width / 2, y + h / 2 - setting.height / 2, WHITE, origin=Origin.DATA
        )


def tilted_cover(
    stage: Stage,
    box: Box,
    colour: str,
    letter: str,
    icon: str | None = None,
    *,
    size: float,
    degrees: float = -6.0,
) -> None:
    """A book from its front that leans to one side, in one drawing, so that its edges are smooth."""
    x, y, w, h = (round(each) for each in box)
    room = round(w * 0.2)
    plane = (x - room, y - room, w + 2 * room, h + 2 * room)
    turn = (degrees, x + w / 2, y + h / 2)
    body = rounded(x, y, w, h, w / 11)
    shapes = [
        Shape(body, fill=paint(colour), turn=turn),
        Shape(rounded(x + w * 0.1, y, w * 0.03, h), fill=paint(WHITE, 0.5), turn=turn, clip=body),
    ]
    if stage.palette.line is not None:
        shapes.append(Shape(body, stroke=stage.palette.line, width=2, turn=turn))
    stage.picture(plane, plane, shapes)
    with stage.group(box, turn=degrees):
        middle_x, middle_y = x + w * 0.565, y + h / 2
        if icon is not None:
            stage.icon(icon, middle_x, middle_y, w * 0.5, WHITE)
        elif letter:
            setting = stage.set_in(Style(size, 700, 1.2), letter, None, None, own_direction=True)
            left, top = middle_x - setting.width / 2, middle_y - setting.height / 2
            stage.put(setting, left, top, WHITE, origin=Origin.DATA)


@dataclass(frozen=True, slots=True)
class Spine:
    """One book on the pad, from its back, with the badge of its state."""

    key: str
    colour: str
    icon: str
    tone: ToneName


# Offset from the middle of the stack and width of each spine, from the bottom; then again.
_LYING = ((-120, 240), (-94, 208), (-126, 228), (-91, 194), (-114, 216))
_SPINE = 38
_PITCH = 40


def pad_scene(
    stage: Stage,
    box: Box,
    spines: Sequence[Spine],
    *,
    radius: tuple[float, float, float, float],
    pad_at: float = 0.0,
    scale: float = 1.0,
    key: str = "pad",
) -> None:
    """The pad with the books on it. `pad_at` is the height of the pad's top above the box's end."""
    palette, m = stage.palette, stage.m
    x, y, w, h = box
    unit = m.unit * scale * (1.0 if m.large else 0.62)
    stage.panel(box, palette.well, radius=radius)
    desk_y = round(y + h - (pad_at or 70 * unit) + 13 * unit)
    middle = x + w / 2
    glow = min(132 * unit, (desk_y - y) * 0.46 if scale <= 1 else 140 * m.unit)
    stage.disc(middle, max(y + glow + 4, desk_y - 111 * unit), glow, palette.glow)
    stage.panel((x, desk_y, w, y + h - desk_y), palette.desk, radius=(0, 0, radius[2], radius[3]))
    pad_y = desk_y - 13 * unit
    room = pad_y - y - 24 * unit
    pitch = min(_PITCH * unit, room / max(1, len(spines)))
    thick = pitch * _SPINE / _PITCH
    for number, spine in enumerate(spines):
        offset, wide = _LYING[number % len(_LYING)]
        place = (middle + offset * unit, pad_y - 2 * unit - number * pitch - thick, wide * unit, thick)
        with stage.group(place, key=f"{key}:{spine.key}", enter=Enter.SPINE):
            _spine(stage, place, spine, unit)
    stage.panel((middle - 150 * unit, pad_y, 300 * unit, 24 * unit), palette.primary, radius=12 * unit)
    light = palette.accent if stage.palette.line is None else palette.on_primary
    stage.panel((middle - 112 * unit, pad_y + 9 * unit, 224 * unit, 6 * unit), light, radius=3 * unit)


def _spine(stage: Stage, box: Box, spine: Spine, unit: float) -> None:
    x, y, w, h = (round(each) for each in box)
    palette = stage.palette
    radius = 6 * unit
    stage.panel((x, y, w, h), spine.colour, radius=radius)
    stage.panel((x + round(20 * unit), y, max(2, round(6 * unit)), h), WHITE, alpha=0.55)
    stage.panel((x + round(32 * unit), y, max(1, round(3 * unit)), h), WHITE, alpha=0.55)
    if palette.line is not None:
        shape = Shape(rounded(1, 1, w - 2, h - 2, radius - 1), stroke=palette.line, width=2)
        stage.picture((x, y, w, h), (0, 0, w, h), [shape])
    if h >= 16:
        colours = tone(palette, spine.tone)
        r = min(17 * unit, h / 2 - 2)
        at_x, at_y = x + w - 24 * unit, y + h / 2
        stage.disc(at_x, at_y, r, colours.tint, outline=colours.text if palette.boxed else None, width=1)
        stage.icon(spine.icon, at_x, at_y, r * 1.24, colours.text)


def step_one(palette: Palette) -> list[Shape]:
    """Books on the pad, without the arrow: in a plane of 476 x 388, the desk at 332."""
    white = paint(WHITE, 0.55)
    shapes: list[Shape] = []
    for x, y, w, colour in ((94, 270, 288, "8A3B1E"), (125, 222, 250, "1F4E79"), (87, 174, 274, "25593A")):
        body = rounded(x, y, w, 46, 7)
        shapes += [
            Shape(body, fill=paint(colour)),
            Shape(rounded(x + 24, y, 7, 46), fill=white, clip=body),
            Shape(rounded(x + 38, y, 4, 46), fill=white, clip=body),
        ]
        if palette.line is not None:
            shapes.append(Shape(rounded(x + 1, y + 1, w - 2, 44, 6), stroke=palette.line, width=2))
    light = palette.accent if palette.line is None else palette.on_primary
    shapes += [
        Shape(rounded(58, 318, 360, 29, 14.5), fill=paint(palette.primary)),
        Shape(rounded(104, 329, 268, 7, 3.5), fill=paint(light)),
    ]
    return shapes


def arrow_down(colour: str) -> list[Shape]:
    """A thick arrow in a plane of 94 x 112."""
    return [Shape("M47 9V103M9 65L47 103L85 65", stroke=paint(colour), width=16.5)]


def step_two(palette: Palette, *, light: bool = True) -> list[Shape]:
    """A card over its reader (and its light): in a plane of 476 x 388, the desk at 332."""
    turn = (-8.0, 238.0, 106.0)
    card = rounded(120, 33, 236, 147, 18)
    bright = palette.accent if palette.line is None else palette.on_primary
    return [
        Shape(card, fill=paint("F2B441"), turn=turn),
        Shape(rounded(120, 66, 236, 29), fill=paint("231D16"), turn=turn),
        Shape(rounded(143, 118, 116, 13, 6.5), fill=paint("231D16"), turn=turn),
        Shape(rounded(143, 143, 75, 13, 6.5), fill=paint("231D16", 0.62), turn=turn),
        Shape("M200 222C222 202 254 202 276 222", stroke=paint(palette.arrow), width=9),
        Shape("M219 239C230 229 246 229 257 239", stroke=paint(palette.arrow), width=9),
        Shape(rounded(132, 255, 212, 92, 20), fill=paint(palette.primary)),
        *([Shape(rounded(171, 298, 135, 7.5, 3.7), fill=paint(bright))] if light else []),
    ]


def return_box(palette: Palette) -> list[Shape]:
    """A book that goes into a box: in a plane of 154 x 194."""
    turn = (-8.0, 76.0, 58.0)
    light = palette.accent if palette.line is None else palette.on_primary
    slot = paint("000000", 0.35)
    return [
        Shape(rounded(37, 5, 78, 150, 6), fill=paint("0D5157"), stroke=palette.line, width=2, turn=turn),
        Shape(rounded(47, 5, 4, 150), fill=paint(WHITE, 0.55), turn=turn),
        Shape(rounded(0, 96, 154, 98, 16), fill=paint(palette.primary)),
        Shape(rounded(20, 96, 114, 12, 6), fill=slot),
        Shape("M77 122V164M59 146L77 164L95 146", stroke=paint(light), width=9),
    ]


def bag(palette: Palette, colours: Sequence[str]) -> list[Shape]:
    """A bag with a check and up to two books in it: in a plane of 260 x 236."""
    safe, tint = paint(palette.safe.text), paint(palette.safe.tint)
    shapes = [Shape("M85 96V68A41 41 0 0 1 167 68V96", stroke=safe, width=12)]
    for (x, y, w, h), colour in zip(((99, 48, 27, 60), (128, 36, 22, 70)), colours, strict=False):
        shapes.append(Shape(rounded(x, y, w, h, 3), fill=paint(colour), stroke=palette.line, width=2))
    shapes += [
        Shape("M38 88H214L222 214H30z", fill=safe, stroke=safe, width=8),
        Shape("M93 152L119 178L164 124", stroke=tint, width=14),
    ]
    return shapes


def waiting_books(palette: Palette) -> list[Shape]:
    """Two books with a clock: in a plane of 220 x 130."""
    white = paint(WHITE, 0.6)
    return [
        Shape(rounded(49, 42, 112, 30, 5), fill=paint("8A3B1E"), stroke=palette.line, width=2),
        Shape(rounded(62, 42, 5, 30), fill=white),
        Shape(rounded(40, 74, 139, 31, 5), fill=paint("3C4858"), stroke=palette.line, width=2),
        Shape(rounded(53, 74, 5, 31), fill=white),
        Shape(rounded(14, 106, 190, 18, 9), fill=paint(palette.primary)),
        Shape(circle(166, 45, 43), fill=paint(palette.surface)),
        Shape(circle(166, 45, 38), fill=paint(palette.staff.tint), stroke=paint(palette.staff.text), width=4),
        Shape("M166 23V45L181 54", stroke=paint(palette.staff.text), width=6),
    ]
