"""The question "Are these yours?": items that lay on the pad before this patron came (promise 9)."""

from __future__ import annotations

from math import ceil

from kiosk.circulation.intents import Do
from kiosk.circulation.views import Errand, Header, LeftoversView, RowView
from kiosk.screens.sayings import say_row
from kiosk.screens.scene import Box, Control, Origin, Role, RowShown
from kiosk.screens.stage import Line, Stage
from kiosk.screens.theme import cover_of
from kiosk.screens.widgets.bar import bar, primary_box, secondary_box
from kiosk.screens.widgets.book import Spine, cover, pad_scene
from kiosk.screens.widgets.button import button, primary_width
from kiosk.screens.widgets.header import header


def leftovers(stage: Stage, view: LeftoversView, head: Header) -> None:
    """Draw the screen."""
    header(stage, head, language_button=True)
    m, palette, words = stage.m, stage.palette, stage.words
    top, height = m.header + m.padding, m.height - m.header - m.bar - 2 * m.padding
    whole = m.width - 2 * m.inset
    gap = m.px(24, 10)
    width = round(whole * 0.503) if not m.compact else round(whole * 0.56)
    box = (m.inset, top, width, height)
    number = len(view.rows)
    inset = m.px(44, 18)
    title = stage.fit(words.count("leftovers.title", number), "display", width - 2 * inset, 2)
    more = stage.fit(words.count("leftovers.more", number), "lead", width - 2 * inset, 2)
    foot = title.height + more.height + m.px(60, 26)
    stage.card(box)
    _scene(stage, view.rows, (m.inset, top, width, height - foot))
    stack = [Line(title, palette.ink), Line(more, palette.ink2, above=m.px(6, 2))]
    stage.stack(
        stack,
        m.inset + inset,
        top + height - foot + (foot - title.height - more.height - m.px(6, 2)) / 2,
        width=width,
    )
    spoken = f"{title.text} {more.text}"
    stage.control(Control("heading", Role.HEADING, title.text, spoken, box, None, m.radius_card))
    _cards(stage, view.rows, (m.inset + width + gap, top, whole - width - gap, height))
    bar(stage)
    no = words.say("button.not-mine")
    yes = words.say("button.mine-return" if view.errand is Errand.RETURN else "button.mine")
    icon, between = m.px(40, 30), m.px(22, 13)
    button(
        stage,
        "not-mine",
        secondary_box(stage, primary_width(stage, no, icon, between, 0.44)),
        no,
        Do.NOT_MINE,
        icon="no",
        gap=between,
    )
    wide = primary_width(stage, yes, icon, between, 0.5)
    button(stage, "mine", primary_box(stage, wide), yes, Do.MINE, icon="check", gap=between, primary=True)


def _scene(stage: Stage, rows: tuple[RowView, ...], box: Box) -> None:
    m = stage.m
    x, y, w, h = box
    edge = stage.palette.outline if stage.palette.boxed else 0
    spines = [
        Spine(row.key, cover_of(row.item.id if row.item else row.key), "help", "asking") for row in rows
    ]
    radius = m.radius_card - edge
    inner = (x + edge, y + edge, w - 2 * edge, h - edge)
    pad_scene(
        stage, inner, spines, radius=(radius, radius, 0, 0), scale=1.2 if m.large and m.k < 1.6 else 1.0
    )


def _cards(stage: Stage, rows: tuple[RowView, ...], box: Box) -> None:
    """The items from their fronts, as many as have room; then how many more there are."""
    m, palette, words = stage.m, stage.palette, stage.words
    x, y, w, h = box
    gap = m.px(24, 10) if len(rows) <= 2 else m.px(16, 8)
    columns = 1 if len(rows) == 1 or (m.compact and len(rows) > 1 and w < m.px(300, 200)) else 2
    most = columns * (2 if not m.large or m.k > 1.2 else 3)
    if m.compact and len(rows) <= 2:
        columns, most = len(rows) or 1, 2
    shown = rows if len(rows) <= most else rows[: most - 1]
    places = min(len(rows), most)
    lines = ceil(places / columns) or 1
    wide, high = (w - (columns - 1) * gap) / columns, (h - (lines - 1) * gap) / lines
    for number in range(places):
        line, column = divmod(number, columns)
        place = (x + column * (wide + gap), y + line * (high + gap), wide, high)
        stage.card(place)
        if number < len(shown):
            _card(stage, shown[number], place)
        else:
            rest = words.say("leftovers.others", n=len(rows) - len(shown))
            text = stage.set(rest, "display")
            stage.put(
                text, place[0], place[1] + (high - text.height) / 2, palette.ink, width=wide, place="centre"
            )
    stage.rows.extend(
        RowShown(
            row.key,
            row.item.id if row.item else "",
            row.state.value,
            row.reason.value if row.reason else None,
            say_row(row, words).title,
        )
        for row in shown
    )


def _card(stage: Stage, row: RowView, place: Box) -> None:
    m, palette = stage.m, stage.palette
    x, y, w, h = place
    saying = say_row(row, stage.words)
    own = saying.title_origin is Origin.DATA
    room = w - m.px(28, 14)
    title = stage.set(saying.title, "title", width=room, lines=2, place="centre", own_direction=own)
    # Room for two lines always, so that covers stand on one line.
    deep = title.height if h < m.px(260, 150) else round(2 * title.style.px * title.style.leading)
    tall = min(m.px(210, 108), h - deep - m.px(44, 22))
    colour = cover_of(row.item.id if row.item else row.key)
    stage.row_key = row.key
    if tall >= m.px(60, 40):
        wide = tall * 150 / 210
        between = m.px(22, 8)
        top = y + (h - tall - between - deep) / 2
        cover(
            stage,
            (x + (w - wide) / 2, top, wide, tall),
            colour,
            saying.letter,
            saying.cover_icon,
            size=tall * 0.34,
        )
        at = top + tall + between
    else:
        at = y + (h - title.height) / 2
    stage.put(
        title,
        x + (w - room) / 2,
        at,
        palette.ink,
        width=room,
        place="centre",
        origin=saying.title_origin,
        may_cut=True,
    )
    stage.row_key = ""
    shape = (round(x), round(y), round(w), round(h))
    stage.control(
        Control(f"row-{row.key}", Role.ROW, saying.title, saying.title + ".", shape, None, m.radius_card)
    )
