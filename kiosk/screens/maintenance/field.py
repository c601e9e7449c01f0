"""One setting: its name, its value in a box that can be pressed, what it was, what is wrong with it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

from kiosk.maintenance.intents import EditField, StaffDo
from kiosk.maintenance.views import FieldKind, FieldView
from kiosk.screens.maintenance import sayings
from kiosk.screens.scene import Box, Control, Foreign, Origin, Role
from kiosk.screens.stage import Stage
from kiosk.typeset import SetText

_BELOW = 8
"""Pixels between a box and what stands below it: the focus ring goes there."""


@dataclass(frozen=True, slots=True)
class SetField:
    """A field that was set for a width. `inside`: its name stands in the box, above its value."""

    field: FieldView
    width: float
    inside: bool
    label: SetText
    was: SetText | None
    box: float
    below: SetText | None
    """What is wrong with it, or else what is to be known of it."""
    height: float

    def without_below(self) -> SetField:
        """The same, less high."""
        if self.below is None:
            return self
        return replace(self, below=None, height=self.height - self.below.height - _BELOW)


def set_field(stage: Stage, field: FieldView, width: float) -> SetField:
    """Set a field; on compact panels its name moves into the box."""
    m, words = stage.m, stage.words
    inside = m.compact
    pad = _pad(stage) if inside else 0
    room = width - 2 * pad - (_sign(stage) + m.px(10, 8) if inside and _sign_of(field) else 0)
    label = stage.fit(sayings.label(words, field), "small", room, 1, weight=600)
    was = None
    left = room - label.width - m.px(12, 8)
    before = sayings.was(words, field)
    if before and left > m.px(70, 50):
        was = stage.set(before, "small", width=left, lines=1, weight=600)
    value = stage.set("0", "body", weight=500).height
    box = max(float(m.target), value + 2 * m.px(12, 6))
    if inside:
        box = max(float(m.target), label.height + value + 2 * m.px(8, 5))
    below = None
    if field.problem:
        said = sayings.plain(field.problem)
        below = stage.set(said, "small", width=width, lines=2, own_direction=True, weight=600)
    elif aside := sayings.aside(words, field):
        below = stage.fit(aside, "small", width, 4, weight=600 if field.exposed else 400)
    height = box + (0 if inside else label.height + m.px(4)) + (below.height + _BELOW if below else 0)
    return SetField(field, width, inside, label, was, box, below, height)


def draw_field(stage: Stage, made: SetField, x: float, y: float) -> None:
    """Draw it with its top start corner at `x`, `y`."""
    m, palette = stage.m, stage.palette
    field, pad = made.field, _pad(stage)
    choosable = field.kind is not FieldKind.GIVEN
    if field.kind is FieldKind.CHOICE:
        choosable = len(field.choices) > 1
    top = y if made.inside else y + made.label.height + m.px(4)
    box = (round(x), round(top), round(made.width), round(made.box))
    colour = palette.edge
    if field.problem:
        colour = palette.refused.text
    elif field.editing or field.was is not None:
        colour = palette.lent.text
    strong = field.editing or field.was is not None or bool(field.problem)
    if choosable:
        line = max(palette.outline, m.px(4 if field.editing else 3, 3))
        fill = palette.surface
        stage.panel(
            box, fill, radius=m.radius_button, outline=colour, width=line if strong else palette.outline
        )
    label_x = x + pad if made.inside else x
    label_y = top + m.px(8, 5) if made.inside else y
    stage.put(made.label, label_x, label_y, palette.ink2)
    if made.was is not None:
        at = label_x + made.label.width + m.px(12, 8)
        stage.put(made.was, at, label_y, palette.lent.text, origin=Origin.DATA, may_cut=True)
    sign = _sign_of(field) if choosable else ""
    room = made.width - 2 * pad
    if sign:
        size = _sign(stage)
        stage.icon(sign, x + made.width - pad - size / 2, top + made.box / 2, size, palette.ink)
        room -= size + m.px(10, 8)
    under = made.label.height + m.px(8, 5) if made.inside else 0
    high = made.box - under - (m.px(8, 5) if made.inside else 0)
    _value(stage, field, (x + pad, top + under, room, high))
    if made.below is not None:
        colour, origin = (palette.staff.text if field.exposed else palette.ink2), Origin.OURS
        if field.problem:
            colour, origin = palette.refused.text, Origin.DATA
        stage.put(made.below, x, top + made.box + _BELOW, colour, origin=origin, may_cut=bool(field.problem))
    _control(stage, field, box, choosable=choosable)


def _control(stage: Stage, field: FieldView, box: Box, *, choosable: bool) -> None:
    name, spoken = sayings.label(stage.words, field), sayings.field_spoken(stage.words, field)
    key = f"field-{field.name}"
    if not choosable:
        stage.control(Control(key, Role.STATUS, name, spoken, box, None, stage.m.radius_button))
        return
    # Pressed once more, it is done: so OK ends what OK began.
    act = Foreign(StaffDo.CLOSE_FIELD) if field.editing else Foreign(EditField(field.name))
    stage.control(Control(key, Role.BUTTON, name, spoken, box, act, stage.m.radius_button))


def _value(stage: Stage, field: FieldView, box: Box) -> None:
    """The value; while it is edited its end is what is seen, with a caret."""
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    text = sayings.value(stage.words, field, field.value)
    ours = field.kind is FieldKind.CHOICE
    if not field.editing:
        setting = stage.set(text, "body", width=w, lines=1, weight=500, own_direction=True)
        origin = Origin.OURS if ours else Origin.DATA
        stage.put(setting, x, y + (h - setting.height) / 2, palette.ink, origin=origin, may_cut=True)
        return
    caret, gap = m.px(4, 3), m.px(4, 3)
    # What is typed may end in a space, which would not be drawn otherwise.
    typed = text + "\u00a0" * (len(field.value) - len(field.value.rstrip(" ")))
    setting = _tail(stage, typed, w - caret - gap)
    # Where it is read the other way than the interface, it goes on at the other side.
    turned = is_rtl(text) is not stage.words.rtl
    at = x + (caret + gap if turned else 0)
    stage.put(setting, at, y + (h - setting.height) / 2, palette.ink, origin=Origin.DATA, may_cut=True)
    high = setting.height * 0.92
    caret_x = x if turned else x + setting.width + gap
    stage.panel((caret_x, y + (h - high) / 2, caret, high), palette.lent.text)


def _tail(stage: Stage, text: str, room: float) -> SetText:
    """As much of a text's end as has room on one line."""

    def made(shown: str) -> SetText:
        return stage.set(shown, "body", lines=1, weight=500, own_direction=True)

    whole = made(text)
    if whole.width <= room:
        return whole
    low, high = 1, len(text)
    while low < high:
        middle = (low + high) // 2
        if made("…" + text[middle:]).width <= room:
            high = middle
        else:
            low = middle + 1
    return made("…" + text[low:])


def is_rtl(text: str) -> bool:
    """Whether a text is read from right to left: so says its first letter that knows (Unicode UAX 9, P2)."""
    strong = (unicodedata.bidirectional(ch) for ch in text)
    return next((kind in {"R", "AL"} for kind in strong if kind in {"L", "R", "AL"}), False)


def _sign_of(field: FieldView) -> str:
    return {FieldKind.CHOICE: "down", FieldKind.SECRET: "eyeoff"}.get(field.kind, "")


def _sign(stage: Stage) -> int:
    return round(stage.m.px(32, 26) * (1 + (stage.m.k - 1) * 0.4))


def _pad(stage: Stage) -> int:
    return stage.m.px(20, 14)
