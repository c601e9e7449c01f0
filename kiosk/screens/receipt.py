"""The receipt's part of the farewell: offered, being printed, printed, or, where the printer failed, shown
on the screen."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.circulation.intents import Do
from kiosk.circulation.reasons import Reason
from kiosk.circulation.views import FarewellView, ItemState, ReceiptState, ReceiptView, RowView
from kiosk.screens.payments import say_payment_line
from kiosk.screens.sayings import say_receipt_line
from kiosk.screens.scene import Box, Control, Loop, Origin, Role
from kiosk.screens.stage import Line, Stage
from kiosk.screens.widgets.pager import pager


@dataclass(frozen=True, slots=True)
class _Entry:
    """One line of the receipt on the screen: its title, and below it one of the `forms`."""

    key: str
    title: str
    origin: Origin
    forms: tuple[str, ...]
    sub_origin: Origin


_PROVED = frozenset({ItemState.SAFE, ItemState.NO_TAG, ItemState.RENEWED, ItemState.RETURNED})
_LENT_BUT = frozenset({Reason.STAYS_ARMED, Reason.TAG_NOT_WRITTEN, Reason.TAG_PROTECTED, Reason.TAG_GONE})


def shows_lines(view: FarewellView) -> bool:
    """Whether the receipt stands on the screen."""
    return view.receipt is not None and view.receipt.state is ReceiptState.FAILED


def lines_of(view: FarewellView) -> list[RowView]:
    """The items that the receipt would have named."""
    return [
        row
        for row in view.rows
        if (row.state in _PROVED and row.reason is not Reason.ALREADY_YOURS)
        or (row.state is ItemState.ATTENTION and row.reason in _LENT_BUT)
    ]


def receipt(stage: Stage, view: FarewellView, paper: ReceiptView, box: Box) -> None:
    """Draw it into `box`."""
    match paper.state:
        case ReceiptState.OFFERED:
            _offered(stage, box)
        case ReceiptState.FAILED:
            _on_screen(stage, view, paper, box)
        case state:
            _told(stage, state, box)


def _title_lines(stage: Stage, text: str, more: str, width: float, most: float) -> list[Line]:
    m, palette = stage.m, stage.palette
    room = width - 2 * m.px(4, 4)
    lines = [Line(stage.fit(text, "button", room, 2, height=most), palette.ink)]
    if more:
        why = stage.fit(more, "small", room, 2, weight=600)
        lines.append(Line(why, palette.staff.text, above=m.px(2, 0)))
    return lines


def _title_height(stage: Stage, lines: list[Line]) -> float:
    return sum(line.setting.height + line.above for line in lines) + stage.m.px(16, 8)


def _title(stage: Stage, lines: list[Line], box: Box) -> None:
    """The title of this part, and why it is so, at the top of `box`."""
    m = stage.m
    x, y, w, _ = box
    at = stage.stack(lines, x + m.px(4, 4), y, width=w - 2 * m.px(4, 4))
    shape = (round(x), round(y), round(w), round(at - y))
    spoken = " ".join(line.setting.text for line in lines)
    name = lines[0].setting.text
    stage.control(Control("receipt", Role.HEADING, name, spoken, shape, None, m.radius_button))


def _offered(stage: Stage, box: Box) -> None:
    m, palette, words = stage.m, stage.palette, stage.words
    x, y, w, h = box
    title = _title_lines(stage, words.say("paper.title"), "", w, h - m.least_target - m.px(16, 8))
    _title(stage, title, box)
    top = y + _title_height(stage, title)
    place = (x, top, w, y + h - top)
    x, y, w, h = place
    stage.panel(place, palette.surface, radius=m.radius_card, outline=palette.edge)
    room = w - m.px(40, 20)
    label = stage.fit(words.say("button.print"), "h1", room, 1, place="centre")
    more = stage.fit(words.say("paper.on-paper"), "second", room, 1, place="centre")
    lines = [Line(label, palette.ink, above=m.px(20, 8))]
    used = lines[0].above + label.height
    if used + more.height + m.px(6, 2) <= h - m.px(12, 8):
        lines.append(Line(more, palette.ink2, above=m.px(6, 2)))
        used += more.height + m.px(6, 2)
    icon = min(m.px(140, 72), h - used - m.px(24, 12))
    icon = icon if icon >= m.px(40, 28) else 0
    at = y + (h - used - icon) / 2
    if icon:
        stage.icon("printer", x + w / 2, at + icon / 2, icon, palette.ink)
    stage.stack(lines, x + (w - room) / 2, at + icon, width=room, place="centre")
    shape = (round(x), round(y), round(w), round(h))
    spoken = f"{label.text}. {more.text}."
    stage.control(Control("print", Role.BUTTON, label.text, spoken, shape, Do.PRINT, m.radius_card))


def _told(stage: Stage, state: ReceiptState, box: Box) -> None:
    """On its way, out, or perhaps out."""
    m, palette, words = stage.m, stage.palette, stage.words
    x, y, w, h = box
    stage.card(box)
    title, more, icon, tone = {
        ReceiptState.PRINTING: ("paper.printing", "paper.printing-more", "printer", palette.asking),
        ReceiptState.PRINTED: ("paper.printed", "", "printer", palette.safe),
        ReceiptState.UNPROVEN: ("paper.unproven", "paper.unproven-more", "printer", palette.staff),
    }[state]
    room = w - m.px(72, 32)
    head = stage.balanced(words.say(title), "h1", room, 3, place="centre", height=h - m.px(24, 12))
    lines = [Line(head, palette.ink, above=m.px(28, 10))]
    if more:
        text = stage.fit(words.say(more), "body", room, 3, place="centre")
        if head.height + text.height <= h - m.px(60, 28):
            lines.append(Line(text, palette.ink2, above=m.px(8, 4)))
    used = sum(line.setting.height + line.above for line in lines)
    disc = min(m.px(160, 88), h - used - m.px(24, 12))
    disc = disc if disc >= m.px(56, 40) else 0
    at = y + (h - used - disc) / 2
    if disc:
        ring = tone.text if palette.boxed else None
        stage.disc(x + w / 2, at + disc / 2, disc / 2, tone.tint, outline=ring, width=palette.outline)
        loop = Loop.DOTS if state is ReceiptState.PRINTING else None
        with stage.group((x, at, w, disc), loop=loop, key="printing" if loop else ""):
            stage.icon(icon, x + w / 2, at + disc / 2, disc * 0.56, tone.text)
    stage.stack(lines, x + (w - room) / 2, at + disc, width=room, place="centre")
    shape = (round(x), round(y), round(w), round(h))
    spoken = " ".join(f"{line.setting.text.rstrip('.…')}." for line in lines)
    stage.control(Control("receipt", Role.STATUS, head.text, spoken, shape, None, m.radius_card))


def _on_screen(stage: Stage, view: FarewellView, paper: ReceiptView, box: Box) -> None:
    """What it would have said."""
    m, words = stage.m, stage.words
    x, y, w, h = box
    why = words.reason(paper.reason) if paper.reason is not None else ""
    least = _line_height(stage)
    entries = [_Entry(row.key, *say_receipt_line(row, words)) for row in lines_of(view)]
    if view.payment is not None:
        entries.append(_Entry("payment", *say_payment_line(view.payment, words)))
    title = _title_lines(stage, words.say("paper.on-screen"), why, w, h * 0.4)
    if len(entries) * least > h - _title_height(stage, title):
        # Beside a pager there is less room for the title too.
        w -= m.pager + m.px(16, 10)
        title = _title_lines(stage, words.say("paper.on-screen"), why, w, h * 0.4)
    _title(stage, title, (x, y, w, h))
    height = h - _title_height(stage, title)
    top, fit = y + h - height, max(1, int(height // least))
    pages = max(1, -(-len(entries) // fit))
    page = min(max(0, stage.page or 0), pages - 1)
    stage.page, stage.pages = page, pages
    first = max(0, min(page * fit, len(entries) - fit))
    shown = entries[first : first + fit]
    high = min(height / fit, least * 1.35)
    stage.card((x, top, w, high * len(shown)), radius=m.radius_row)
    for at, entry in enumerate(shown):
        if at:
            stage.panel((x + m.px(20, 12), top + at * high - 1, w - m.px(40, 24), 2), stage.palette.hair)
        _line(stage, (x, top + at * high, w, high), entry)
    if pages > 1:
        below = len(entries) - first - len(shown)
        pager(stage, (x + w + m.px(16, 10), y, m.pager, h), page, pages, first, below)


def _line_height(stage: Stage) -> float:
    m = stage.m
    return round(m.style("title").px * 1.2 + m.style("small").px * 1.32 + m.px(14, 8))


def _line(stage: Stage, box: Box, entry: _Entry) -> None:
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    inset = m.px(20, 12)
    room = w - 2 * inset
    title, forms, sub_origin = entry.title, entry.forms, entry.sub_origin
    if entry.origin is Origin.DATA:
        name = stage.set(title, "title", width=room, lines=1, own_direction=True)
    else:
        name = stage.fit(title, "title", room, 1)
    tried = [stage.set(form, "small", width=room, lines=1) for form in forms]
    sub = next((each for each in tried if not each.cut), tried[-1])
    stage.row_key = entry.key
    stage.stack(
        [
            Line(name, palette.ink, entry.origin, may_cut=entry.origin is Origin.DATA),
            Line(sub, palette.ink2, sub_origin, may_cut=sub_origin is not Origin.OURS),
        ],
        x + inset,
        y + (h - name.height - sub.height) / 2,
        width=room,
    )
    stage.row_key = ""
    shape = (round(x), round(y), round(w), round(h))
    spoken = f"{title}. {forms[0].rstrip('.')}."
    stage.control(Control(f"row-{entry.key}", Role.ROW, title, spoken, shape, None, m.radius_row))
