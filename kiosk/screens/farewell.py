"""The end of a session: what was borrowed and when it is due, or what came back and where it goes; beside it
the receipt, where there can be one. Closes by itself."""

from __future__ import annotations

from dataclasses import replace

from kiosk.circulation.intents import Do
from kiosk.circulation.values import Payment
from kiosk.circulation.views import Errand, FarewellView, Header, ItemState, ReceiptState
from kiosk.screens.payments import say_payment
from kiosk.screens.receipt import lines_of, receipt, shows_lines
from kiosk.screens.sayings import Group, bin_groups, due_groups
from kiosk.screens.scene import Box, Control, Origin, Role, RowShown
from kiosk.screens.stage import Line, Stage
from kiosk.screens.theme import cover_of, paint
from kiosk.screens.widgets.bar import bar, message, primary_box
from kiosk.screens.widgets.book import bag, return_box
from kiosk.screens.widgets.button import Countdown, button, mark_size, primary_width
from kiosk.screens.widgets.header import header
from kiosk.typeset import SetText, Shape

_TAKEN = frozenset({ItemState.LENT, ItemState.SAFE, ItemState.NO_TAG, ItemState.RENEWED})


def farewell(stage: Stage, view: FarewellView, head: Header) -> None:
    """Draw the screen."""
    header(stage, head, language_button=True)
    m = stage.m
    top, height = m.header + m.padding, m.height - m.header - m.bar - 2 * m.padding
    whole = m.width - 2 * m.inset
    if view.receipt is None:
        _wide(stage, view, (m.inset, top, whole, height))
    else:
        gap = m.px(24, 12)
        left = round(whole * (0.393 if m.large and m.k < 1.6 else 0.46))
        _narrow(stage, view, (m.inset, top, left, height))
        receipt(stage, view, view.receipt, (m.inset + left + gap, top, whole - left - gap, height))
    _rows(stage, view)
    _bar(stage, view)


def _bar(stage: Stage, view: FarewellView) -> None:
    m = stage.m
    bar(stage)
    offered = view.receipt is not None and view.receipt.state is ReceiptState.OFFERED
    label = stage.words.say("button.no-receipt" if offered else "button.done")
    share = 0.52 if offered else 0.46
    width = primary_width(stage, label, mark_size(stage, countdown=True), share=share)
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


def _wide(stage: Stage, view: FarewellView, box: Box) -> None:
    """Without a receipt: a picture, and the texts beside it."""
    m = stage.m
    x, top, whole, height = box
    stage.card(box)
    left = round(whole * (0.40 if m.large and m.k < 1.6 else 0.3))
    edge = stage.palette.outline if stage.palette.boxed else 0
    radius = m.radius_card - edge
    ground = (x + edge, top + edge, left - edge, height - 2 * edge)
    _picture(stage, view, ground, (radius, 0, 0, radius))
    _texts(stage, view, (x + left, top, whole - left, height), box, inset=m.px(56, 22))


def _narrow(stage: Stage, view: FarewellView, box: Box) -> None:
    """Beside a receipt: the texts, and above them the picture where there is room for it."""
    m = stage.m
    x, y, w, h = box
    stage.card(box)
    inset = m.px(36, 16)
    needed = _texts(stage, view, box, box, inset=inset, draw=False)
    picture = min(m.px(236, 110), h - needed)
    if picture < m.px(120, 80):
        _texts(stage, view, box, box, inset=inset)
        return
    edge = stage.palette.outline if stage.palette.boxed else 0
    radius = m.radius_card - edge
    _picture(stage, view, (x + edge, y + edge, w - 2 * edge, picture - edge), (radius, radius, 0, 0))
    _texts(stage, view, (x, y + picture, w, h - picture), box, inset=inset)


def _picture(stage: Stage, view: FarewellView, box: Box, radius: tuple[float, float, float, float]) -> None:
    palette = stage.palette
    x, y, w, h = box
    good = _done(view) + _renewed(view) > 0
    ground = palette.safe.tint if good and not palette.boxed else palette.well
    stage.panel(box, ground, radius=radius)
    if good and view.errand is Errand.RETURN:
        tall = min(w * 0.72, h * 0.72)
        wide = tall * 154 / 194
        place = (x + (w - wide) / 2, y + (h - tall) / 2, wide, tall)
        stage.picture(place, (0, 0, 154, 194), return_box(palette), fixed=True)
    elif good:
        side = min(w * 0.82, h * (0.72 if h > w * 0.6 else 0.84))
        place = (x + (w - side * 260 / 236) / 2, y + (h - side) / 2, side * 260 / 236, side)
        colours = [cover_of(row.item.id if row.item else row.key) for row in view.rows if row.state in _TAKEN]
        stage.picture(place, (0, 0, 260, 236), bag(palette, colours), fixed=True)
    elif view.payment is not None:
        stage.icon("coins", x + w / 2, y + h / 2, min(w, h) * 0.5, palette.ink2)
    else:
        side = min(w, h) * 0.62
        shape = Shape("M5 6.5h14l1 13H4zM9 6.5V6a3 3 0 0 1 6 0v.5", stroke=paint(palette.edge), width=1.3)
        stage.picture((x + (w - side) / 2, y + (h - side) / 2, side, side), (0, 0, 24, 24), [shape])


def _done(view: FarewellView) -> int:
    return view.returned if view.errand is Errand.RETURN else view.borrowed


def _renewed(view: FarewellView) -> int:
    return sum(row.state is ItemState.RENEWED for row in view.rows)


def _texts(
    stage: Stage, view: FarewellView, box: Box, card: Box, *, inset: float, draw: bool = True
) -> float:
    """What happened, and the days or the bins; returns the height that all of it wants. `card` is the box
    of the control that says it; without `draw` it is only measured."""
    m, palette, words = stage.m, stage.palette, stage.words
    x, y, w, h = box
    room = w - 2 * inset
    lines = _head(stage, view, room, narrow=view.receipt is not None)
    groups = bin_groups(view.rows, words) if view.errand is Errand.RETURN else due_groups(view.rows, words)
    line_h = round(m.style("body").px * (1.72 if m.large else 1.5))
    gap = m.px(22, 8)
    used = sum(line.setting.height + line.above for line in lines)
    if not draw:
        return used + (2 * gap + len(groups) * line_h if groups else 0) + m.px(40, 20)
    space = h - used - 2 * gap - m.px(32, 14)
    most = max(1, int(space // line_h))
    shown = groups[:most]
    if used + (2 * gap + line_h if shown else 0) > h - m.px(8, 6) and len(lines) > 2:
        # Large text on a small panel: what happened goes before a greeting.
        used -= lines[0].setting.height + lines[1].above
        lines = [replace(lines[1], above=0), *lines[2:]]
    if used + 2 * gap + line_h > h - m.px(8, 6):
        shown = []
    total = used + (2 * gap + len(shown) * line_h if shown else 0)
    at = y + (h - total) / 2
    at = stage.stack(lines, x + inset, at, width=room)
    if shown:
        at += gap
        stage.panel((x + inset, at - 1, room, 2), palette.hair)
        at += gap
    spoken = [line.setting.text for line in lines]
    form = _form(stage, shown, room)
    for group in shown:
        books = words.count("farewell.books", group.number)
        _group(stage, (x + inset, at, room, line_h), group, *form)
        spoken.append(f"{group.labels[0]}, {books}.")
        at += line_h
    shape = (round(card[0]), round(card[1]), round(card[2]), round(card[3]))
    stage.control(
        Control("heading", Role.HEADING, lines[0].setting.text, " ".join(spoken), shape, None, m.radius_card)
    )
    return total


def _head(stage: Stage, view: FarewellView, room: float, *, narrow: bool) -> list[Line]:
    m, palette, words = stage.m, stage.palette, stage.words
    large, message, most = ("sheet", "title", 1) if narrow else ("display", "message", 2)
    back = view.errand is Errand.RETURN
    renewed = _renewed(view)
    paid = view.payment
    kept = view.receipt is not None and view.receipt.state is not ReceiptState.FAILED
    if not _done(view) and not renewed and paid is not None:
        title = stage.fit(words.say("farewell.thanks"), large, room, most if m.large else 1)
        told = stage.fit(say_payment(paid, words, receipt=kept), message, room, 4 if narrow else 3)
        lines = [Line(title, palette.ink), Line(told, _paid_colour(stage, paid), above=m.px(8, 3))]
    elif not _done(view) and not renewed:
        nothing = words.say("farewell.nothing-returned" if back else "farewell.nothing")
        title = stage.fit(nothing, large, room, 2)
        lines = [Line(title, palette.ink)]
        if not (view.not_borrowed or view.attention):
            more = stage.fit(words.say("farewell.nothing-more"), "lead", room, 2)
            lines.append(Line(more, palette.ink2, above=m.px(8, 4)))
    else:
        greeting = words.say("farewell.thanks" if back else "farewell.title")
        title = stage.fit(greeting, large, room, most if m.large else 1)
        whole = back or view.safe >= view.borrowed
        if back:
            text = words.count("farewell.returned", view.returned)
        elif not view.borrowed:
            text = words.count("farewell.renewed", renewed)
        elif whole:
            text = words.count("farewell.all-safe", view.borrowed)
        else:
            text = words.count("farewell.some-safe", view.borrowed, safe=view.safe)
        colour = palette.safe.text if whole else palette.staff.text
        lines = [
            Line(title, palette.ink),
            Line(stage.fit(text, message, room, 2), colour, above=m.px(8, 3)),
        ]
    for key, number, tone in (
        ("renewed", renewed if view.borrowed else 0, palette.lent),
        ("not-borrowed", view.not_borrowed, palette.refused),
        ("to-staff" if back else "attention", view.attention, palette.staff),
    ):
        if number:
            setting = stage.fit(words.count(f"farewell.{key}", number), "title", room, 2)
            lines.append(Line(setting, tone.text, above=m.px(8, 3)))
    if paid is not None and (_done(view) or renewed):
        setting = stage.fit(say_payment(paid, words, receipt=kept), "title", room, 4)
        lines.append(Line(setting, _paid_colour(stage, paid), above=m.px(8, 3)))
    return lines


def _paid_colour(stage: Stage, payment: Payment) -> str:
    return stage.palette.staff.text if payment.pending else stage.palette.safe.text


def _group_icon(stage: Stage) -> float:
    return stage.m.px(34, 24) * (1 + (stage.m.k - 1) * 0.5)


def _form(stage: Stage, groups: list[Group], room: float) -> tuple[int, bool]:
    """Which form of the days all lines have room for (0: the longest), and whether "4 books" stands behind
    them, or only the number."""
    for worded in (True, False):
        for form in range(3):
            if all(_fits(stage, group, form, room, worded=worded) for group in groups):
                return form, worded
    return 2, False


def _number(stage: Stage, group: Group, *, worded: bool) -> SetText:
    books = stage.words.count("farewell.books", group.number) if worded else str(group.number)
    return stage.set(books, "body", weight=700)


def _fits(stage: Stage, group: Group, form: int, room: float, *, worded: bool) -> bool:
    if group.origin is Origin.UNTRUSTED:
        return True
    m = stage.m
    day = stage.set(group.labels[min(form, len(group.labels) - 1)], "body")
    used = (
        _group_icon(stage)
        + m.px(16, 10)
        + m.px(8, 8)
        + day.width
        + _number(stage, group, worded=worded).width
    )
    return used <= room


def _group(stage: Stage, box: Box, group: Group, form: int, worded: bool) -> None:
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    icon = _group_icon(stage)
    stage.icon(group.icon, x + icon / 2, y + h / 2, icon, palette.ink)
    number = _number(stage, group, worded=worded)
    stage.put(number, x, y + (h - number.height) / 2, palette.ink, width=w, place="end", origin=Origin.DATA)
    left = x + icon + m.px(16, 10)
    room = x + w - number.width - m.px(8, 8) - left
    strange = group.origin is Origin.UNTRUSTED
    label = group.labels[min(form, len(group.labels) - 1)]
    day = stage.set(label, "body", width=room, lines=1, own_direction=strange)
    top = y + (h - day.height) / 2
    stage.put(day, left, top, palette.ink, origin=group.origin, may_cut=group.origin is not Origin.OURS)


def _rows(stage: Stage, view: FarewellView) -> None:
    """The screen speaks of items by their number and date only, and does not draw their titles, unless it
    stands in for a receipt that could not be printed."""
    shown = {row.key for row in lines_of(view)} if shows_lines(view) else set()
    stage.rows.extend(
        RowShown(
            row.key,
            row.item.id if row.item else "",
            row.state.value,
            row.reason.value if row.reason else None,
            row.title if row.key in shown else "",
        )
        for row in view.rows
    )
