"""The PIN: how many digits were typed, never which. The keypad is the same in every script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.circulation.intents import Digit, Do
from kiosk.circulation.views import Header, PinView
from kiosk.screens.scene import Act, Box, Control, Role
from kiosk.screens.stage import Stage
from kiosk.screens.widgets.bar import bar, primary_box, secondary_box
from kiosk.screens.widgets.button import button, primary_width
from kiosk.screens.widgets.header import header
from kiosk.typeset import SetText

_KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "delete", "0")
_LEAST_PLACES = 4
_MOST_PLACES = 12


@dataclass(frozen=True, slots=True)
class KeypadActs:
    """What the keys of a keypad do: the patron's, unless told otherwise."""

    digit: Callable[[str], Act] = Digit
    delete: Act = Do.DELETE
    go_on: Act = Do.CONTINUE


def pin(stage: Stage, view: PinView, head: Header) -> None:
    """Draw the screen."""
    header(stage, head, language_button=True)
    m = stage.m
    top = m.header + m.padding
    if m.large:
        height = m.height - m.header - m.bar - 2 * m.padding
        _card(stage, view, (m.inset, top, m.px(532), height))
        left = m.inset + m.px(568)
        keypad(stage, (left, top, m.width - m.inset - left, height), with_continue=False)
        bar(stage)
        _back(stage, secondary_box(stage, _back_width(stage)))
        label = stage.words.say("button.continue")
        width = primary_width(stage, label, m.px(40, 30), m.px(22, 14))
        button(
            stage,
            "continue",
            primary_box(stage, width),
            label,
            Do.CONTINUE,
            icon="arrow",
            turns=True,
            icon_last=True,
            primary=True,
        )
        return
    # On the small panel there is no bar: Continue is the keypad's last key.
    end = m.height - m.px(8, 6)
    back = m.least_target
    side = round(m.width * 0.4125) - m.inset + m.px(4)
    _card(stage, view, (m.inset, top + m.px(2), side, end - m.px(8, 10) - back - top))
    _back(stage, (m.inset, end - back, min(side, _back_width(stage)), back))
    left = m.inset + side + m.px(16, 14)
    keypad(stage, (left, top - m.px(3), m.width - m.inset - left, end - top + m.px(3)), with_continue=True)


def _back_width(stage: Stage) -> float:
    label = stage.set(stage.words.say("button.back"), "button")
    return max(label.width + stage.m.px(134, 80), stage.m.px(211, 148))


def _back(stage: Stage, box: Box) -> None:
    label = stage.words.say("button.back")
    button(stage, "back", box, label, Do.BACK, icon="left", turns=True, gap=stage.m.px(16, 12))


def _card(stage: Stage, view: PinView, box: Box) -> None:
    m, palette, words = stage.m, stage.palette, stage.words
    x, y, w, h = box
    stage.card(box)
    inset = m.px(44, 22)
    room = w - 2 * inset
    chip_text = words.say("pin.no-match" if view.wrong else "pin.card-read")
    icon = m.px(40, 28)
    chip = stage.fit(chip_text, "body", room - icon - m.px(60, 40), 2, weight=700)
    chip_h = max(m.px(68, 46), chip.height + m.px(16, 12))
    title = stage.fit(words.say("pin.again" if view.wrong else "pin.enter"), "display", room, 2)
    if not m.large:
        one = stage.fit(title.text, "display", room, 1)
        title = one if one.style.px >= m.style("display").px * 0.77 else title
    hint_text = words.count("pin.tries", view.tries_left) if view.wrong else words.say("pin.never-shown")
    hint_icon = m.px(38, 28)
    hint = stage.fit(hint_text, "body", room - hint_icon - m.px(14, 10), 3)
    places = max(_LEAST_PLACES, min(view.typed, _MOST_PLACES))
    pitch = min(m.px(66, 48), room / places)
    dot = pitch * (44 / 66)
    gaps: list[float] = [m.px(28, 14), m.px(28, 14), m.px(26, 14)]
    if chip_h + title.height + dot + hint.height + 3 * m.px(6, 4) > h - m.px(8, 6):
        # Large text on a small panel: the title and the hint say as much.
        chip_h, gaps[0] = 0, 0
    total = chip_h + title.height + dot + hint.height + sum(gaps)
    if total > h - m.px(16, 12):
        spare = max(m.px(6, 4) * 3.0, h - m.px(16, 12) - (total - sum(gaps)))
        gaps = [spare / 3 if chip_h else 0.0] + [spare / 3] * 2
        total = chip_h + title.height + dot + hint.height + sum(gaps)
    top = at = y + max(m.px(4), (h - total) / 2)
    left = x + inset
    if chip_h:
        _chip(stage, (left, at, chip.width + icon + m.px(56, 36), chip_h), chip, icon, view.wrong)
    at += chip_h + gaps[0]
    stage.put(title, left, at, palette.ink)
    at += title.height + gaps[1]
    for place in range(places):
        filled = place < view.typed
        stage.disc(
            left + place * pitch + dot / 2,
            at + dot / 2,
            dot / 2,
            palette.ink if filled else palette.surface,
            outline=palette.ink,
            width=m.px(4, 3),
        )
    at += dot + gaps[2]
    sign = "lock" if view.wrong else "eyeoff"
    stage.icon(sign, left + hint_icon / 2, at + hint.height / 2, hint_icon, palette.ink2)
    stage.put(hint, left + hint_icon + m.px(14, 10), at, palette.ink2)
    spoken = f"{chip_text}. {title.text}. {words.count('spoken.typed', view.typed)}. {hint_text}"
    shape = (round(x), round(top - m.px(4)), round(w), round(total + m.px(8)))
    stage.control(Control("heading", Role.STATUS, title.text, spoken, shape, None, m.radius_card))


def _chip(stage: Stage, box: Box, text: SetText, icon: float, wrong: bool) -> None:
    m, palette = stage.m, stage.palette
    colours = palette.refused if wrong else palette.safe
    x, y, _, h = box
    outline = colours.text if palette.boxed else None
    stage.panel(box, colours.tint, radius=h / 2, outline=outline)
    at = x + m.px(18, 12)
    stage.icon("refused" if wrong else "ready", at + icon / 2, y + h / 2, icon, colours.text)
    stage.put(text, at + icon + m.px(14, 10), y + (h - text.height) / 2, colours.text)


def keypad(stage: Stage, box: Box, *, with_continue: bool, acts: KeypadActs | None = None) -> None:
    """Digits stand as on a telephone; in a mirrored interface the keypad is not mirrored."""
    m, words, acts = stage.m, stage.words, acts or KeypadActs()
    x, y, w, h = box
    gap = m.px(14, 12)
    wide, last = (w - 2 * gap) // 3, m.least_target if with_continue else 0
    high = (h - 3 * gap - last) // (3 if with_continue else 4)
    for number, key in enumerate((*_KEYS, *(["continue"] if with_continue else []))):
        line, column = divmod(number, 3)
        # The whole scene is mirrored at the end: swapping the columns here undoes that.
        across = 2 - column if words.rtl else column
        tall = last if with_continue and line == 3 else high
        place = (x + across * (wide + gap), y + line * (high + gap), wide, tall)
        radius = m.radius_primary if m.large else m.radius_card
        if key == "delete":
            label = words.say("button.delete")
            said = words.say("spoken.delete")
            worded = m.large and m.k < 1.6
            button(
                stage,
                "delete",
                place,
                label,
                acts.delete,
                icon="delete",
                role="status",
                weight=600,
                radius=radius,
                icon_size=m.px(42, 38),
                gap=m.px(10, 8),
                worded=worded,
                spoken=said,
            )
        elif key == "continue":
            label = words.say("button.continue")
            button(
                stage,
                "continue",
                place,
                label,
                acts.go_on,
                icon="arrow",
                turns=True,
                primary=True,
                role="label",
                weight=700,
                radius=radius,
                icon_size=m.px(44, 42),
                gap=m.px(2),
                above=True,
            )
        else:
            button(stage, f"digit-{key}", place, key, acts.digit(key), role="digit", radius=radius)
