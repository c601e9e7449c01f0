"""The card was read, and the ILS is being asked who that is."""

from __future__ import annotations

from kiosk.circulation.views import Header, WaitView
from kiosk.screens.scene import Control, Loop, Role
from kiosk.screens.stage import Line, Stage
from kiosk.screens.widgets.book import step_two
from kiosk.screens.widgets.header import header


def wait(stage: Stage, view: WaitView, head: Header) -> None:
    """Draw the screen."""
    header(stage, head, language_button=True)
    m, palette, words = stage.m, stage.palette, stage.words
    box = (m.inset, m.header + m.padding, m.width - 2 * m.inset, m.height - m.header - 2 * m.padding)
    x, y, w, h = box
    stage.card(box)
    edge = palette.outline if palette.boxed else 0
    room = w - 2 * m.px(60, 24)
    title = stage.fit(words.say("wait.title"), "display", room, 1, place="centre")
    more = stage.fit(words.say("wait.more"), "lead", room, 2, place="centre")
    foot = title.height + more.height + m.px(70, 36)
    top = h - foot
    radius = m.radius_card - edge
    stage.panel((x + edge, y + edge, w - 2 * edge, top - edge), palette.well, radius=(radius, radius, 0, 0))
    scale = top / 388
    stage.panel((x + edge, y + 332 * scale, w - 2 * edge, top - 332 * scale), palette.desk)
    middle = x + w / 2
    stage.disc(middle, y + 190 * scale, 152 * scale, palette.glow)
    stage.panel((middle - 160 * scale, y + 332 * scale, 320 * scale, 12 * scale), palette.desk)
    stage.picture(
        (middle - 238 * scale, y, 476 * scale, 388 * scale), (0, 0, 476, 388), step_two(palette, light=False)
    )
    dots = 78 * scale
    bright = palette.accent if palette.line is None else palette.on_primary
    with stage.group((middle - dots / 2, y, dots, dots), loop=Loop.DOTS, key="dots"):
        stage.icon("asking", middle, y + 301 * scale, dots, bright)
    stack = [Line(title, palette.ink), Line(more, palette.ink2, above=m.px(6))]
    height = title.height + more.height + m.px(6)
    stage.stack(stack, x + m.px(60, 24), y + top + (foot - height) / 2, width=room, place="centre")
    spoken = f"{title.text} {more.text}"
    stage.control(Control("heading", Role.STATUS, title.text, spoken, box, None, m.radius_card))
