"""Nobody is here and nothing can be lent: what is away, and where to borrow instead."""

from __future__ import annotations

from kiosk.circulation.views import CannotLendView, Header
from kiosk.screens.scene import Control, Role
from kiosk.screens.stage import Line, Stage
from kiosk.screens.widgets.bar import languages
from kiosk.screens.widgets.book import waiting_books
from kiosk.screens.widgets.header import header, staff_mark


def cannot_lend(stage: Stage, view: CannotLendView, head: Header) -> None:
    """Draw the screen."""
    header(stage, head, language_button=False)
    m, palette, words = stage.m, stage.palette, stage.words
    box, side = stage.columns(0.34)
    _, top, width, height = box
    stage.card(box)
    inset = m.px(48, 22)
    room = width - 2 * inset
    title = stage.balanced(words.say("cannot.title"), "display", room, 2, height=height * 0.5)
    why = stage.balanced(f"{words.reason(view.reason)}\n{words.say('cannot.trying')}", "lead", room, 4)
    lines = [Line(title, palette.ink, above=m.px(34, 8)), Line(why, palette.ink2, above=m.px(20, 6))]
    used = sum(line.setting.height + line.above for line in lines)
    tall = min(m.px(150, 84), height - used - m.px(24, 12))
    at = top + (height - used - max(0, tall)) / 2
    if tall >= m.px(60, 36):
        place = (m.inset + inset - 8, at, tall * 220 / 130, tall)
        stage.picture(place, (0, 0, 220, 130), waiting_books(palette), fixed=True)
        at += tall
    stage.stack(lines, m.inset + inset, at, width=room)
    spoken = f"{title.text}. {words.reason(view.reason)} {words.say('cannot.trying')}"
    stage.control(Control("heading", Role.HEADING, title.text, spoken, box, None, m.radius_card))
    _desk(stage, side)
    languages(stage, head)
    staff_mark(stage)


def _desk(stage: Stage, box: tuple[float, float, float, float]) -> None:
    """Where to go instead; nothing to be pressed."""
    m, palette, words = stage.m, stage.palette, stage.words
    x, y, w, h = box
    stage.card(box)
    room = w - m.px(48, 20)
    head = stage.fit(words.say("cannot.desk"), "h2", room, 2, place="centre")
    more = stage.fit(words.say("cannot.desk-more"), "body", room, 3, place="centre")
    lines = [Line(head, palette.ink, above=m.px(28, 8)), Line(more, palette.ink2, above=m.px(8, 3))]
    used = sum(line.setting.height + line.above for line in lines)
    disc = min(m.px(150, 72), h - used - m.px(20, 10))
    at = y + (h - used - max(0, disc)) / 2
    if disc >= m.px(48, 36):
        stage.disc(x + w / 2, at + disc / 2, disc / 2, palette.well)
        stage.icon("staff", x + w / 2, at + disc / 2, disc * 0.56, palette.ink)
        at += disc
    stage.stack(lines, x + (w - room) / 2, at, width=room, place="centre")
    shape = (round(x), round(y), round(w), round(h))
    spoken = f"{head.text}. {more.text}"
    stage.control(Control("desk", Role.STATUS, head.text, spoken, shape, None, m.radius_card))
