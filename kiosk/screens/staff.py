"""Staff are at the maintenance screen: what stands here until that covers it, and if it does not come."""

from __future__ import annotations

from kiosk.circulation.views import Header, StaffView
from kiosk.screens.scene import Control, Role
from kiosk.screens.stage import Line, Stage
from kiosk.screens.widgets.header import header


def staff(stage: Stage, view: StaffView, head: Header) -> None:
    """Draw the screen."""
    header(stage, head, language_button=False)
    m, palette, words = stage.m, stage.palette, stage.words
    box = (m.inset, m.header + m.padding, m.width - 2 * m.inset, m.height - m.header - 2 * m.padding)
    x, y, w, h = box
    stage.card(box)
    room = w - 2 * m.px(60, 24)
    title = stage.balanced(words.say("staff.here"), "display", room, 2, place="centre")
    more = stage.fit(words.say("staff.here-more"), "lead", room, 2, place="centre")
    lines = [Line(title, palette.ink, above=m.px(34, 16)), Line(more, palette.ink2, above=m.px(8, 4))]
    used = sum(line.setting.height + line.above for line in lines)
    disc = m.px(180, 96)
    at = y + (h - used - disc) / 2
    ring = palette.edge if palette.boxed else None
    stage.disc(x + w / 2, at + disc / 2, disc / 2, palette.well, outline=ring, width=palette.outline)
    stage.icon("gear", x + w / 2, at + disc / 2, disc * 0.56, palette.ink)
    stage.stack(lines, x + (w - room) / 2, at + disc, width=room, place="centre")
    spoken = f"{title.text}. {more.text}"
    stage.control(Control("heading", Role.STATUS, title.text, spoken, box, None, m.radius_card))
