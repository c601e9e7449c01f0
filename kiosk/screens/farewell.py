"""The end of a session: what was borrowed and when it is due; closes by itself."""

from __future__ import annotations

from dataclasses import replace

from kiosk.circulation.intents import Do
from kiosk.circulation.views import FarewellView, Header, ItemState
from kiosk.screens.sayings import due_groups
from kiosk.screens.scene import Box, Control, Origin, Role, RowShown
from kiosk.screens.stage import Line, Stage
from kiosk.screens.theme import cover_of, paint
from kiosk.screens.widgets.bar import bar, message, primary_box
from kiosk.screens.widgets.book import bag
from kiosk.screens.widgets.button import Countdown, button, mark_size, primary_width
from kiosk.screens.widgets.header import header
from kiosk.typeset import SetText, Shape

_TAKEN = frozenset({ItemState.LENT, ItemState.SAFE, ItemState.NO_TAG, ItemState.RENEWED})


def farewell(stage: Stage, view: FarewellView, head: Header) -> None:
    """Draw the screen."""
    header(stage, head, language_button=True)
    m, palette = stage.m, stage.palette
    top, height = m.header + m.padding, m.height - m.header - m.bar - 2 * m.padding
    whole = m.width - 2 * m.inset
    box = (m.inset, top, whole, height)
    stage.card(box)
    left = round(whole * (0.40 if m.large and m.k < 1.6 else 0.3))
    good = view.borrowed > 0
    edge = palette.outline if palette.boxed else 0
    radius = m.radius_card - edge
    ground = palette.safe.tint if good else palette.well
    if palette.boxed:
        ground = palette.well
    stage.panel(
        (m.inset + edge, top + edge, left - edge, height - 2 * edge), ground, radius=(radius, 0, 0, radius)
    )
    side = min(left * 0.82, height * 0.72)
    place = (m.inset + (left - side * 260 / 236) / 2, top + (height - side) / 2, side * 260 / 236, side)
    if good:
        colours = [cover_of(row.item.id if row.item else row.key) for row in view.rows if row.state in _TAKEN]
        stage.picture(place, (0, 0, 260, 236), bag(palette, colours), fixed=True)
    else:
        side = min(left, height) * 0.62
        shape = Shape("M5 6.5h14l1 13H4zM9 6.5V6a3 3 0 0 1 6 0v.5", stroke=paint(palette.edge), width=1.3)
        stage.picture(
            (m.inset + (left - side) / 2, top + (height - side) / 2, side, side), (0, 0, 24, 24), [shape]
        )
    _texts(stage, view, (m.inset + left, top, whole - left, height))
    _rows(stage, view)
    bar(stage)
    label = stage.words.say("button.done")
    width = primary_width(stage, label, mark_size(stage, countdown=True))
    done = primary_box(stage, width)
    message(stage, view.message, m.inset, done[0] - m.px(20, 12))
    button(
        stage,
        "done",
        done,
        label,
        Do.FINISH,
        primary=True,
        countdown=Countdown(view.seconds, view.of_seconds),
    )


def _texts(stage: Stage, view: FarewellView, box: Box) -> None:
    m, palette, words = stage.m, stage.palette, stage.words
    x, y, w, h = box
    inset = m.px(56, 22)
    room = w - 2 * inset
    lines = _head(stage, view, room)
    groups = due_groups(view.rows, words)
    line_h = round(m.style("body").px * (1.72 if m.large else 1.5))
    used = sum(line.setting.height + line.above for line in lines)
    gap = m.px(22, 8)
    space = h - used - 2 * gap - m.px(32, 14)
    most = max(1, int(space // line_h))
    shown = groups[:most]
    if used + (line_h if shown else 0) > h - m.px(8, 6) and len(lines) > 2:
        # Large text on a small panel: what happened goes before a greeting.
        used -= lines[0].setting.height + lines[1].above
        lines = [replace(lines[1], above=0), *lines[2:]]
    total = used + (2 * gap + len(shown) * line_h if shown else 0)
    at = y + (h - total) / 2
    at = stage.stack(lines, x + inset, at, width=room)
    if shown:
        at += gap
        stage.panel((x + inset, at - 1, room, 2), palette.hair)
        at += gap
    spoken = [line.setting.text for line in lines]
    for label, number, origin in shown:
        books = words.count("farewell.books", number)
        _due(stage, (x + inset, at, room, line_h), label, origin, books)
        spoken.append(f"{label}, {books}.")
        at += line_h
    shape = (round(x), round(y), round(w), round(h))
    stage.control(
        Control("heading", Role.HEADING, lines[0].setting.text, " ".join(spoken), shape, None, m.radius_card)
    )


def _head(stage: Stage, view: FarewellView, room: float) -> list[Line]:
    m, palette, words = stage.m, stage.palette, stage.words
    if not view.borrowed:
        title = stage.fit(words.say("farewell.nothing"), "display", room, 2)
        lines = [Line(title, palette.ink)]
        if not (view.not_borrowed or view.attention):
            more = stage.fit(words.say("farewell.nothing-more"), "lead", room, 2)
            lines.append(Line(more, palette.ink2, above=m.px(8, 4)))
    else:
        title = stage.fit(words.say("farewell.title"), "display", room, 2 if m.large else 1)
        whole = view.safe >= view.borrowed
        text = (
            words.count("farewell.all-safe", view.borrowed)
            if whole
            else words.count("farewell.some-safe", view.borrowed, safe=view.safe)
        )
        colour = palette.safe.text if whole else palette.staff.text
        lines = [
            Line(title, palette.ink),
            Line(stage.fit(text, "message", room, 2), colour, above=m.px(8, 3)),
        ]
    for key, number, tone in (
        ("not-borrowed", view.not_borrowed, palette.refused),
        ("attention", view.attention, palette.staff),
    ):
        if number:
            setting = stage.fit(words.count(f"farewell.{key}", number), "title", room, 2)
            lines.append(Line(setting, tone.text, above=m.px(8, 3)))
    return lines


def _due(stage: Stage, box: Box, label: str, origin: Origin, books: str) -> None:
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    icon = m.px(34, 24) * (1 + (m.k - 1) * 0.5)
    stage.icon("calendar", x + icon / 2, y + h / 2, icon, palette.ink)
    number = stage.set(books, "body", weight=700)
    stage.put(number, x, y + (h - number.height) / 2, palette.ink, width=w, place="end", origin=Origin.DATA)
    left = x + icon + m.px(16, 10)
    room = x + w - number.width - m.px(16, 10) - left
    day: SetText = (
        stage.set(label, "body", width=room, lines=1, own_direction=True)
        if origin is Origin.UNTRUSTED
        else stage.fit(label, "body", room, 1)
    )
    stage.put(
        day, left, y + (h - day.height) / 2, palette.ink, origin=origin, may_cut=origin is Origin.UNTRUSTED
    )


def _rows(stage: Stage, view: FarewellView) -> None:
    """The screen speaks of these items by their number and date only; their titles are not drawn."""
    stage.rows.extend(
        RowShown(
            row.key,
            row.item.id if row.item else "",
            row.state.value,
            row.reason.value if row.reason else None,
            "",
        )
        for row in view.rows
    )
