"""The keyboard: it covers the lower part while a field is edited, since a touch panel has no other. Its
layers are pages of the screen, turned by keys of its own; it is never mirrored."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.maintenance.intents import StaffDo, TypeText
from kiosk.maintenance.views import FieldKind, FieldView, MaintenanceView
from kiosk.screens.maintenance.field import draw_field, set_field
from kiosk.screens.maintenance.frame import frame, title_of
from kiosk.screens.maintenance.layouts import DIGITS, Cap, Layer, Layout, layout_of
from kiosk.screens.scene import Act, Box, Foreign, Turn
from kiosk.screens.stage import Stage
from kiosk.screens.widgets.button import button

_DONE, _ERASE = Foreign(StaffDo.CLOSE_FIELD), Foreign(StaffDo.DELETE, repeats=True)


@dataclass(frozen=True, slots=True)
class _Board:
    """What all keys need to know."""

    layout: Layout
    layer: int


def keyboard(stage: Stage, view: MaintenanceView, field: FieldView) -> None:
    """Draw the field that is edited, and the keyboard below it."""
    m, palette = stage.m, stage.palette
    frame(stage, view, title_of(stage, view.page), menu=False, foot=False)
    layout = DIGITS if field.kind is FieldKind.NUMBER else layout_of(view.language)
    first = layout.native if field.name in {"library.name", "staff.kiosk_name"} else 0
    stage.pages = len(layout.layers)
    stage.page = first if stage.page is None else min(stage.page, stage.pages - 1)
    layer = layout.layers[stage.page]
    gap, pad = m.px(12, 8), m.px(16, 8)
    room = m.height - m.header
    rows = len(layer.rows)

    def left_for_a_key(above: float) -> float:
        return (room - above - 2 * m.px(12, 7) - 2 * pad - (rows - 1) * gap) / rows

    made = set_field(stage, field, m.width - 2 * m.inset - 2 * m.px(28, 0))
    if left_for_a_key(made.height) < m.px(72, 60):
        # It stood on the form a moment ago; keys that can be hit matter more here.
        made = made.without_below()
    high = int(min(m.px(84, 62), left_for_a_key(made.height)))
    top = m.height - pad - rows * high - (rows - 1) * gap
    above = top - pad - m.header
    draw_field(stage, made, m.inset + m.px(28, 0), m.header + (above - made.height) / 2)
    stage.panel((0, top - pad, m.width, m.height - top + pad), palette.well)
    stage.panel((0, top - pad, m.width, round(palette.outline * m.unit)), palette.hair)
    board = _Board(layout, stage.page)
    whole = m.width - 2 * m.inset
    if layout is DIGITS:
        whole = min(whole, m.px(760, 520))
    unit = (whole - gap * (layout.units - 1)) / layout.units
    for number, row in enumerate(layer.rows):
        units = sum(cap.units for cap in row)
        wide = units * unit + (units - 1) * gap
        x = (m.width - wide) / 2
        for cap in row:
            width = cap.units * unit + (cap.units - 1) * gap
            box = (x, top + number * (high + gap), width, high)
            # The whole scene is mirrored at the end: swapping the sides here undoes that.
            if stage.words.rtl:
                box = (m.width - x - width, *box[1:])
            _key(stage, board, layer, cap, box)
            x += width + gap


def _key(stage: Stage, board: _Board, layer: Layer, cap: Cap, box: Box) -> None:
    m, words, palette = stage.m, stage.words, stage.palette
    act: Act
    x, y, w, h = box
    icon, label, worded, primary, spoken = None, cap.text, True, False, ""
    key, role = f"key-{cap.text}", "h2" if m.large else "title"
    fill: str | None = None
    outline: str | None = None
    if cap.name == "done":
        act, icon, label, primary, key = (
            _DONE,
            "check",
            words.say("maintenance.button.close-field"),
            True,
            "done",
        )
        role = "label"
    elif cap.name == "erase":
        act, icon, label, worded, key = _ERASE, "delete", words.say("maintenance.key.erase"), False, "erase"
    elif cap.name == "space":
        act, label, key = Foreign(TypeText(" "), repeats=True), words.say("maintenance.key.space"), "space"
        role = "small"
    elif cap.to is not None:
        act, key = Turn(cap.to - board.layer), f"layer-{cap.name}"
        spoken = words.say(f"maintenance.key.{cap.name}")
        role = "label"
        if cap.name == "shift":
            on = layer.name == "upper"
            icon, label, worded = "up", spoken, False
            fill, outline = (palette.lent.tint, palette.lent.text) if on else (None, None)
            spoken = words.say("maintenance.key.shift-on") if on else spoken
    else:
        act = Foreign(TypeText(cap.text), repeats=True)
        spoken = _spoken(stage, cap.text)
    button(
        stage,
        key,
        (round(x), round(y), round(x + w) - round(x), round(h)),
        label,
        act,
        icon=icon,
        primary=primary,
        role=role,
        weight=600,
        radius=m.px(14, 12),
        icon_size=m.px(36, 28),
        gap=m.px(10, 6),
        worded=worded,
        fill=fill,
        outline=outline,
        spoken=spoken or label,
    )


_SIGNS = {".": "dot", "-": "dash", "_": "underscore", ":": "colon", "/": "slash", "@": "at"}


def _spoken(stage: Stage, text: str) -> str:
    words = stage.words
    if text in _SIGNS:
        return words.say(f"maintenance.sign.{_SIGNS[text]}")
    if text.isalnum():
        return words.say("maintenance.sign.capital", letter=text) if text.isupper() else text
    return words.say("maintenance.sign.other", sign=text)
