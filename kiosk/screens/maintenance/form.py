"""A page of settings: its fields, the test of these very values beside or below them, and Keep."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from kiosk.maintenance.intents import StaffDo
from kiosk.maintenance.views import (
    FieldKind,
    FieldView,
    FormScreen,
    MaintenanceView,
    Page,
    TestState,
    TestView,
)
from kiosk.screens.maintenance import sayings
from kiosk.screens.maintenance.field import SetField, draw_field, set_field
from kiosk.screens.maintenance.flow import Block, flow
from kiosk.screens.maintenance.foot import Push, Saying, pushes, pushes_width, say
from kiosk.screens.maintenance.frame import bar_start, frame, title_of
from kiosk.screens.maintenance.steps import draw_step, set_step, step_blocks, tone_of
from kiosk.screens.scene import Box, Control, Foreign, Origin, Role
from kiosk.screens.stage import Stage
from kiosk.screens.widgets.bar import bar_middle
from kiosk.screens.widgets.button import button

_REMEDY_LINES = 8
"""What went wrong mostly says what to do about it."""

_NUMBER_SHARE = 0.38
"""Of a line that a number shares with a text."""


def form(stage: Stage, view: MaintenanceView, screen: FormScreen, today: date) -> None:
    """Draw the page."""
    m = stage.m
    x, y, w, h = frame(stage, view, title_of(stage, view.page))
    tested = view.page is Page.ILS
    if m.compact:
        flow(stage, (x, y, w, h), lambda width: _compact(stage, screen, width, today))
    else:
        side = m.px(356) + m.px(20) if tested else 0
        pad = m.px(28)
        stage.card((x, y, w - side, h))
        inner = (x + pad, y + m.px(20), w - side - 2 * pad, h - 2 * m.px(20))
        flow(stage, inner, lambda width: _lines(stage, screen.fields, width, m.px(20)))
        if tested:
            _panel(stage, screen.test, (x + w - side + m.px(20), y, side - m.px(20), h), today)
    _bar(stage, view, screen)


# ---- fields ---------------------------------------------------------------------------------


def _compact(stage: Stage, screen: FormScreen, width: float, today: date) -> list[Block]:
    """The fields, and below them the test; while one is there, its page is shown."""
    m = stage.m
    blocks = _lines(stage, screen.fields, width, m.gap)
    test = screen.test
    if test is not None:
        head = stage.fit(_test_title(stage, test, today), "title", width - m.px(52, 40), 2, weight=700)
        size = m.px(38, 30)

        def title(x: float, y: float) -> None:
            middle = y + max(size, head.height) / 2
            stage.icon("flask", x + size / 2, middle, size, stage.palette.ink)
            stage.put(head, x + size + m.px(14, 10), middle - head.height / 2, stage.palette.ink)

        wide = width / m.unit / m.k >= m.px(700, 480) / m.unit
        wordy = any(step.state is TestState.FAILED and step.detail for step in test.steps)
        columns = 2 if wide and len(test.steps) > 1 and not wordy else 1
        steps = step_blocks(stage, "ils", test.steps, width, inset=0, columns=columns, most=_REMEDY_LINES)
        high = max(size, head.height)
        blocks.append(Block(high, title, m.px(20, 14), count=0, follow=True, heads=len(steps)))
        blocks += [
            Block(each.height, each.draw, each.above, count=len(test.steps) if at == 0 else 0)
            for at, each in enumerate(steps)
        ]
    return blocks


def _lines(stage: Stage, fields: Sequence[FieldView], width: float, above: float) -> list[Block]:
    """Two fields a line where there is room for two."""
    m = stage.m
    gap = m.px(18, 12)
    columns = 2 if width / m.unit / m.k >= m.px(400, 420) / m.unit else 1
    blocks = []
    for at in range(0, len(fields), columns):
        line = fields[at : at + columns]
        widths = _widths(line, width, gap, columns)
        made = [set_field(stage, field, room) for field, room in zip(line, widths, strict=True)]

        def draw(x: float, y: float, made: list[SetField] = made) -> None:
            for each in made:
                draw_field(stage, each, x, y)
                x += each.width + gap

        blocks.append(Block(max(each.height for each in made), draw, above, count=len(line)))
    return blocks


def _widths(line: Sequence[FieldView], width: float, gap: float, columns: int) -> list[float]:
    if columns == 1:
        return [width]
    half = math.floor((width - gap) / 2)
    kinds = [field.kind is FieldKind.NUMBER for field in line]
    if len(line) == 2 and kinds[0] is not kinds[1]:
        number = round((width - gap) * _NUMBER_SHARE)
        return [number if each else width - gap - number for each in kinds]
    return [half] * len(line)


# ---- the test -------------------------------------------------------------------------------


def _test_title(stage: Stage, test: TestView, today: date) -> str:
    return stage.words.say("maintenance.test.at", time=sayings.moment(stage.words, test.at, today))


def _panel(stage: Stage, test: TestView | None, box: Box, today: date) -> None:
    """The test at the side of the fields."""
    m, palette, words = stage.m, stage.palette, stage.words
    x, y, w, h = box
    stage.card(box)
    inset, size = m.px(24), m.px(34)
    room = w - 2 * inset
    text = words.say("maintenance.test.not-yet") if test is None else _test_title(stage, test, today)
    title = stage.fit(text, "title", room - size - m.px(12), 2, weight=700)
    head = max(m.px(62), title.height + m.px(16))
    stage.icon("flask", x + inset + size / 2, y + head / 2 + m.px(4), size, palette.ink)
    stage.put(title, x + inset + size + m.px(12), y + (head - title.height) / 2 + m.px(4), palette.ink)
    stage.panel((x + inset, y + head, room, m.px(2)), palette.hair)
    shape = (round(x), round(y), round(w), round(head))
    if test is None:
        hint = stage.fit(words.say("maintenance.test-first"), "second", room, 5)
        stage.put(hint, x + inset, y + head + m.px(18), palette.ink2)
        spoken = f"{title.text}. {hint.text}"
        stage.control(Control("test", Role.STATUS, title.text, spoken, shape, None, m.radius_card))
        return
    verdict = words.say(f"maintenance.test.{test.state.value}")
    spoken = f"{title.text}. {verdict}."
    stage.control(Control("test", Role.STATUS, title.text, spoken, shape, None, m.radius_card))
    tone = tone_of(stage, test.state)
    foot = stage.fit(verdict, "label", room - m.px(70), 2, weight=700)
    pill = max(m.px(58), foot.height + m.px(16))
    space = h - head - pill - m.px(24) - m.px(18)
    made = [set_step(stage, step, room, most=_REMEDY_LINES) for step in test.steps]
    if sum(step.height for step in made) + m.px(4) * len(made) > space:
        made = [
            set_step(stage, step, room, brief=step.state is TestState.PASSED, most=_REMEDY_LINES)
            for step in test.steps
        ]
    if sum(step.height for step in made) > space:
        made = [set_step(stage, step, room, brief=True) for step in test.steps]
    spare = space - sum(step.height for step in made)
    gap = max(0.0, min(m.px(14), spare / max(1, len(made))))
    at = y + head + m.px(18)
    for number, step in enumerate(made):
        if at + step.height > y + h - pill - m.px(24):
            break
        draw_step(stage, f"ils-{number}", step, x + inset, at, room)
        at += step.height + gap
    top = y + h - pill - m.px(20)
    outline = tone.text if palette.boxed else None
    stage.panel((x + inset, top, room, pill), tone.tint, radius=m.px(12), outline=outline)
    sign = sayings.STATE_ICONS[test.state]
    stage.icon(sign, x + inset + m.px(34), top + pill / 2, m.px(34), tone.text)
    stage.put(foot, x + inset + m.px(62), top + (pill - foot.height) / 2, tone.text)


# ---- the bar --------------------------------------------------------------------------------


def _bar(stage: Stage, view: MaintenanceView, screen: FormScreen) -> None:
    m, words = stage.m, stage.words
    start = bar_start(stage)
    buttons = []
    ils = view.page is Page.ILS
    if ils:
        again = screen.test is not None and screen.test.state is not TestState.RUNNING
        label = words.say(f"maintenance.button.test-{'again' if again else 'settings'}")
        act = Foreign(StaffDo.TEST_SETTINGS) if screen.may_test else None
        # What is to be done next is the primary one.
        primary = not screen.may_keep and act is not None
        buttons.append(Push("test-settings", label, "flask", act, primary))
    keep = words.say("maintenance.button.keep")
    act = Foreign(StaffDo.KEEP) if screen.may_keep else None
    first = words.say("maintenance.test-first" if ils and screen.may_undo else "maintenance.spoken.unchanged")
    spoken = keep if act is not None else f"{keep}. {first}"
    buttons.append(Push("keep", keep, "check", act, primary=act is not None, spoken=spoken))
    if screen.may_undo:
        room = m.width - m.inset - pushes_width(stage, buttons) - start
        start = _undo(stage, words.say("maintenance.button.undo"), start, room)
    end = pushes(stage, buttons, m.width - m.inset)
    said = _saying(stage, view, screen)
    if said is not None:
        say(stage, said, start, end - m.px(20, 12))


def _undo(stage: Stage, label: str, x: float, room: float) -> float:
    """Undo: without its word where the message would not have its room; returns where that begins."""
    m = stage.m
    wide = round(min(stage.set(label, "button").width + m.px(130), m.px(330)))
    worded = not m.compact and room - wide - 2 * m.px(20) >= m.px(280)
    if not worded:
        wide = round(m.target * 1.15) if m.compact else m.least_target
    box = (round(x), round(bar_middle(stage) - m.primary / 2), wide, m.primary)
    act = Foreign(StaffDo.UNDO)
    button(stage, "undo", box, label, act, icon="undo", turns=True, worded=worded)
    return x + wide + m.px(20, 12)


def _saying(stage: Stage, view: MaintenanceView, screen: FormScreen) -> Saying | None:
    """What is to be known: what went wrong first, then what was done, then what is to be done."""
    words, palette = stage.words, stage.palette
    if screen.problem:
        title = words.say("maintenance.not-kept" if screen.fields else "maintenance.unread")
        return Saying("missing", palette.refused, title, sayings.plain(screen.problem), Origin.DATA)
    wrong = next((field for field in screen.fields if field.problem), None)
    if wrong is not None:
        title = words.say("maintenance.wrong", field=sayings.label(words, wrong))
        return Saying("warn", palette.refused, title)
    if screen.kept:
        return Saying("ready", palette.safe, words.say("maintenance.kept"))
    if not screen.fields:
        return Saying("asking", palette.asking, words.say("maintenance.pin.busy"))
    if screen.test is not None:
        state = screen.test.state
        verdict = words.say(f"maintenance.test.{state.value}")
        return Saying(sayings.STATE_ICONS[state], tone_of(stage, state), verdict)
    if view.page is Page.ILS and screen.may_undo:
        return Saying("info", palette.asking, words.say("maintenance.test-first"))
    return None
