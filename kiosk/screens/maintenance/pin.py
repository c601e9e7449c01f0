"""The staff PIN: to come in, or to be chosen and typed once more. The pad is the patrons' one."""

from __future__ import annotations

from kiosk.maintenance.intents import StaffDo, TypeText
from kiosk.maintenance.views import MaintenanceView, PinPurpose, PinScreen
from kiosk.screens.maintenance.foot import Push, pushes
from kiosk.screens.maintenance.frame import frame
from kiosk.screens.maintenance.sayings import plain
from kiosk.screens.pin import KeypadActs, keypad
from kiosk.screens.scene import Box, Control, Foreign, Origin, Role
from kiosk.screens.stage import Line, Stage
from kiosk.screens.theme import Tone

_MOST_PLACES = 12

_KEYS = KeypadActs(
    digit=lambda digit: Foreign(TypeText(digit), repeats=True),
    delete=Foreign(StaffDo.DELETE, repeats=True),
    go_on=Foreign(StaffDo.CONTINUE),
)


def pin(stage: Stage, view: MaintenanceView, screen: PinScreen) -> None:
    """Draw the screen. While it takes no digits there is no pad."""
    m = stage.m
    shut = screen.wait_s > 0 or (bool(screen.problem) and screen.purpose is PinPurpose.ENTER)
    foot = m.large and not shut
    x, y, w, h = frame(stage, view, stage.words.say("maintenance.title"), menu=False, foot=foot)
    if shut:
        wide = min(w, m.px(760, 560) * m.k)
        _card(stage, screen, (x + (w - wide) / 2, y, wide, h), shut=True)
        return
    side = m.px(532) if m.large else round(w * 0.4125)
    gap = m.px(36, 16)
    _card(stage, screen, (x, y, side, h), shut=False)
    pad = (x + side + gap, y, w - side - gap, h)
    keypad(stage, pad, with_continue=not m.large, acts=_KEYS)
    if m.large:
        label = stage.words.say("button.continue")
        go_on = Push(
            "continue", label, "arrow", Foreign(StaffDo.CONTINUE), primary=True, turns=True, icon_last=True
        )
        pushes(stage, [go_on], m.width - m.inset)


def _says(stage: Stage, screen: PinScreen) -> tuple[str, Tone, str]:
    """What is to be known, with its sign and colour."""
    words, palette = stage.words, stage.palette
    if screen.wait_s:
        return "lock", palette.refused, words.count("maintenance.pin.wait", screen.wait_s)
    if screen.problem:
        return "missing", palette.refused, words.say("maintenance.pin.unusable")
    if screen.busy:
        return "asking", palette.asking, words.say("maintenance.pin.busy")
    if screen.weak:
        return "warn", palette.staff, words.say("maintenance.pin.weak")
    if screen.wrong:
        differ = screen.purpose is not PinPurpose.ENTER
        said = words.say("maintenance.pin.differ" if differ else "maintenance.pin.wrong")
        return "refused", palette.refused, said
    return "lock", palette.asking, words.count("maintenance.pin.least", screen.least)


def _card(stage: Stage, screen: PinScreen, box: Box, *, shut: bool) -> None:
    m, palette, words = stage.m, stage.palette, stage.words
    x, y, w, h = box
    stage.card(box)
    inset = m.px(40, 20)
    room = w - 2 * inset
    head = words.say(f"maintenance.pin.{screen.purpose.value}")
    sign, tone, said = _says(stage, screen)
    icon, pad = m.px(40, 30), m.px(18, 10)
    beside = room - icon - 2 * pad - m.px(14, 8)
    title = stage.fit(head, "h1", room, 3)
    note = stage.fit(said, "body", beside, 5, weight=600)
    if title.height + note.height > h * 0.6:
        title = stage.fit(head, "title", room, 3, weight=700)
        note = stage.fit(said, "small", beside, 5, weight=600)
    note_h = max(icon, note.height) + 2 * m.px(14, 8)
    problem = None
    if screen.problem:
        problem = stage.set(plain(screen.problem), "small", width=room, lines=3, own_direction=True)
    places = max(screen.least, min(screen.typed, _MOST_PLACES))
    pitch = min(m.px(66, 44), room / places)
    dot = 0 if shut else pitch * 2 / 3
    gap = m.px(28, 12)
    below = problem.height + gap / 2 if problem is not None else 0
    total = title.height + (gap + dot if dot else 0) + gap + note_h + below
    at = y + max(m.px(8, 4), (h - total) / 2)
    left = x + inset
    stage.put(title, left, at, palette.ink)
    at += title.height + gap
    if dot:
        for place in range(places):
            fill = palette.ink if place < screen.typed else palette.surface
            middle = left + place * pitch + dot / 2
            stage.disc(middle, at + dot / 2, dot / 2, fill, outline=palette.ink, width=m.px(4, 3))
        at += dot + gap
    wide = min(room, note.width + icon + 2 * pad + m.px(14, 8) + 2)
    outline = tone.text if palette.boxed else None
    stage.panel((left, at, wide, note_h), tone.tint, radius=m.radius_button, outline=outline)
    stage.icon(sign, left + pad + icon / 2, at + note_h / 2, icon, tone.text)
    stage.put(note, left + pad + icon + m.px(14, 8), at + (note_h - note.height) / 2, tone.text)
    at += note_h + gap / 2
    spoken = f"{title.text}. {said}"
    if problem is not None:
        line = Line(problem, palette.ink2, Origin.DATA, may_cut=True)
        stage.stack([line], left, at, width=room)
        spoken = f"{spoken} {problem.text}"
    elif not shut:
        spoken = f"{title.text}. {words.count('spoken.typed', screen.typed)}. {said}"
    shape = (round(x), round(y), round(w), round(h))
    stage.control(Control("pin", Role.STATUS, title.text, spoken, shape, None, m.radius_card))
