"""This patron cannot borrow here: neutral words, and a way to staff."""

from __future__ import annotations

from kiosk.circulation.intents import Do
from kiosk.circulation.reasons import PRIVATE
from kiosk.circulation.views import Header, SeeStaffView
from kiosk.screens.scene import Control, Origin, Role
from kiosk.screens.stage import Line, Stage
from kiosk.screens.widgets.bar import bar, message, primary_box, take_card
from kiosk.screens.widgets.button import Countdown, button, mark_size, primary_width
from kiosk.screens.widgets.header import header


def see_staff(stage: Stage, view: SeeStaffView, head: Header) -> None:
    """Draw the screen."""
    header(stage, head, language_button=True)
    m, palette, words = stage.m, stage.palette, stage.words
    box, side = stage.columns(0.28)
    _, top, width, height = box
    stage.card(box)
    inset = m.px(48, 22)
    room = width - 2 * inset
    disc = m.px(128, 64)
    title = stage.balanced(words.say("staff.title"), "display", room, 2, height=height * 0.5)
    lines = [Line(title, palette.ink, above=m.px(30, 10))]
    more = stage.fit(words.reason(view.reason), "lead", room, 3)
    lines.append(Line(more, palette.ink2, above=m.px(18, 6)))
    note = view.note.shown(120) if view.note is not None and view.reason not in PRIVATE else ""
    if note:
        setting = stage.set(note, "small", width=room, lines=2, own_direction=True)
        lines.append(Line(setting, palette.ink2, Origin.UNTRUSTED, m.px(12, 4), may_cut=True))
    used = sum(line.setting.height + line.above for line in lines)
    if disc + used > height - m.px(24, 12):
        disc = max(0, round(height - m.px(24, 12) - used))
    total = disc + used
    at = top + (height - total) / 2
    if disc >= m.px(50, 40):
        stage.disc(
            m.inset + inset + disc / 2,
            at + disc / 2,
            disc / 2,
            palette.staff.tint,
            outline=palette.staff.text if palette.boxed else None,
            width=palette.outline,
        )
        stage.icon("staff", m.inset + inset + disc / 2, at + disc / 2, disc * 0.58, palette.staff.text)
    stage.stack(lines, m.inset + inset, at + disc, width=room)
    spoken = " ".join(line.setting.text for line in lines)
    stage.control(Control("heading", Role.HEADING, title.text, spoken, box, None, m.radius_card))
    button(
        stage,
        "call-staff",
        side,
        words.say("button.call-staff"),
        Do.CALL_STAFF,
        icon="bell",
        above=True,
        radius=m.radius_card,
        icon_size=m.px(104, 56),
        gap=m.px(26, 12),
    )
    bar(stage)
    label = words.say("button.done")
    done = primary_box(stage, primary_width(stage, label, mark_size(stage, countdown=True)))
    message(stage, take_card(), m.inset, done[0] - m.px(20, 12))
    button(
        stage,
        "done",
        done,
        label,
        Do.FINISH,
        primary=True,
        countdown=Countdown(view.seconds, view.of_seconds),
    )
