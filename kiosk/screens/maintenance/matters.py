"""Open matters: one sentence each, the oldest first."""

from __future__ import annotations

from datetime import date

from kiosk.maintenance.views import MaintenanceView, MattersScreen, MatterView
from kiosk.screens.maintenance import sayings
from kiosk.screens.maintenance.flow import Block, flow
from kiosk.screens.maintenance.frame import frame, title_of
from kiosk.screens.scene import Box, Control, Origin, Role
from kiosk.screens.stage import Line, Stage

_SECURITY = frozenset({"loan-unsecured", "return-unarmed"})
"""What a gate, or somebody behind it, will notice."""


def matters(stage: Stage, view: MaintenanceView, screen: MattersScreen, today: date) -> None:
    """Draw the page."""
    box = frame(stage, view, title_of(stage, view.page), foot=False)
    if not screen.matters:
        _none(stage, box, unread=screen.unread)
        return
    found = list(enumerate(screen.matters))
    flow(stage, box, lambda width: [_block(stage, at, each, width, today) for at, each in found])


def _block(stage: Stage, number: int, what: MatterView, width: float, today: date) -> Block:
    m, palette, words = stage.m, stage.palette, stage.words
    size, inset = m.px(44, 32), m.px(22, 12)
    room = width - size - 2 * inset - m.px(20, 12)
    sentence = sayings.matter(words, what)
    said = stage.set(sentence, "body", width=room, lines=6, weight=500)
    since_text = words.say("maintenance.since", time=sayings.moment(words, what.wall, today))
    since = stage.set(since_text, "small", width=room, lines=1)
    height = max(size, said.height + since.height) + 2 * m.px(14, 8)
    tone = palette.refused if what.key in _SECURITY else palette.staff

    def draw(x: float, y: float) -> None:
        stage.card((x, y, width, height), radius=m.radius_row)
        stage.icon("warn", x + inset + size / 2, y + height / 2, size, tone.text)
        lines = [
            Line(said, palette.ink, Origin.DATA, may_cut=True),
            Line(since, palette.ink2),
        ]
        top = y + (height - said.height - since.height) / 2
        stage.stack(lines, x + inset + size + m.px(20, 12), top, width=room)
        box = (round(x), round(y), round(width), round(height))
        spoken = f"{sentence} {since_text}."
        stage.control(Control(f"matter-{number}", Role.ROW, sentence, spoken, box, None, m.radius_row))

    return Block(height, draw, m.row_gap)


def _none(stage: Stage, box: Box, *, unread: bool) -> None:
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    stage.card(box)
    disc = m.px(150, 88)
    room = w - 2 * m.px(40, 20)
    said = stage.words.say("matter.unread" if unread else "matter.none")
    text = stage.balanced(said, "h2", room, 4, place="centre")
    top = y + (h - disc - m.px(24, 14) - text.height) / 2
    tone = palette.staff if unread else palette.safe
    ring = tone.text if palette.boxed else None
    stage.disc(x + w / 2, top + disc / 2, disc / 2, tone.tint, outline=ring, width=palette.outline)
    stage.icon("warn" if unread else "check", x + w / 2, top + disc / 2, disc * 0.5, tone.text)
    stage.put(text, x + (w - room) / 2, top + disc + m.px(24, 14), palette.ink, width=room, place="centre")
    shape = (round(x), round(y), round(w), round(h))
    stage.control(Control("nothing", Role.STATUS, text.text, text.text, shape, None, m.radius_card))
