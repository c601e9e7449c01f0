"""The loan: the pad with its books, the list with two steps a row, the counts, one message, Finish."""

from __future__ import annotations

from kiosk.circulation.intents import Do
from kiosk.circulation.views import Header, ItemState, LoanView, RowView
from kiosk.screens.sayings import status_of
from kiosk.screens.scene import Box, Loop
from kiosk.screens.stage import Stage
from kiosk.screens.theme import cover_of
from kiosk.screens.widgets.bar import bar, message, primary_box
from kiosk.screens.widgets.book import Spine, pad_scene
from kiosk.screens.widgets.button import button, mark_size, primary_width
from kiosk.screens.widgets.counts import counts_bar, counts_of, counts_panel
from kiosk.screens.widgets.header import header
from kiosk.screens.widgets.pager import pager
from kiosk.screens.widgets.row import row, rows_that_fit

_NEEDS_YOU = frozenset({ItemState.REFUSED, ItemState.ATTENTION})


def loan(stage: Stage, view: LoanView, head: Header) -> None:
    """Draw the screen."""
    header(stage, head, language_button=True)
    m = stage.m
    top, height = m.header + m.padding, m.height - m.header - m.bar - 2 * m.padding
    if m.compact:
        _list(stage, ordered(view.rows), (m.inset, top, m.width - 2 * m.inset, height))
    else:
        _panel(stage, view, (m.inset, top, m.panel, height))
        left = m.inset + m.panel + m.px(20)
        _list(stage, ordered(view.rows), (left, top, m.width - m.inset - left, height))
    middle = bar(stage)
    end = primary_box(stage, _finish_width(stage))[0]
    x = float(m.inset)
    if m.compact:
        x = counts_bar(
            stage, counts_of(stage, view), middle, m.bar - m.px(12, 10), m.inset + (end - m.inset) * 0.56
        )
        x += m.px(14, 10)
    until = end - m.px(20, 12)
    message(stage, view.message, x, until, notice_only=m.compact, then=view.next_message)
    _finish(stage, view)


def ordered(rows: tuple[RowView, ...]) -> list[RowView]:
    """What needs the patron first, then as they came."""
    return sorted(rows, key=lambda row: row.state not in _NEEDS_YOU)


def page_of(rows: list[RowView], key: str, per_page: int) -> int:
    """The page on which a row stands."""
    return next((at // per_page for at, row in enumerate(rows) if row.key == key), 0)


def _panel(stage: Stage, view: LoanView, box: Box) -> None:
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    stage.card(box)
    counts = counts_of(stage, view)
    foot = m.px({2: 133, 3: 144}.get(len(counts), 168))
    edge = palette.outline if palette.boxed else 0
    radius = m.radius_card - edge
    scene = (x + edge, y + edge, w - 2 * edge, h - foot - edge)
    pad_scene(stage, scene, spines_of(view.rows), radius=(radius, radius, 0, 0))
    counts_panel(stage, counts, (x, y + h - foot, w, foot))


def spines_of(rows: tuple[RowView, ...]) -> list[Spine]:
    """One spine for each item on the pad; the order means nothing."""
    spines: list[Spine] = []
    for each in rows:
        if not each.on_pad or each.state is ItemState.NO_TAG:
            continue
        status = status_of(each)
        known = each.item is not None and status.icon not in {"scanner"}
        colour = cover_of(each.item.id) if known and each.item is not None else "3C4858"
        spines.append(Spine(each.key, colour, status.icon, status.tone))
    return spines


def _list(stage: Stage, rows: list[RowView], box: Box) -> None:
    m = stage.m
    x, y, w, h = box
    per_page, high = rows_that_fit(stage, h)
    pages = max(1, -(-len(rows) // per_page))
    page = min(max(0, stage.page or 0), pages - 1)
    stage.page, stage.pages = page, pages
    if pages > 1:
        w -= m.pager + m.px(20, 10)
    first = page * per_page
    # The last page is full too: it overlaps the one before.
    first = max(0, min(first, len(rows) - per_page))
    for at, each in enumerate(rows[first : first + per_page]):
        row(stage, (x, y + at * (high + m.row_gap), w, high), each)
    if pages > 1:
        above, below = first, len(rows) - first - per_page
        pager(stage, (x + w + m.px(20, 10), y, m.pager, h), page, pages, above, below)


def _plain_finish(stage: Stage) -> bool:
    """On a small panel with large text the message needs the room more than the check does."""
    return not stage.m.large and stage.m.k > 1


def _finish_width(stage: Stage) -> float:
    label = stage.words.say("button.finish")
    mark = 0.0 if _plain_finish(stage) else mark_size(stage, circled=True)
    return primary_width(
        stage, label, mark, 0.0 if not mark else None, share=0.36 if stage.m.compact else 0.46
    )


def _finish(stage: Stage, view: LoanView) -> None:
    m, palette = stage.m, stage.palette
    x, y, w, h = primary_box(stage, _finish_width(stage))
    if view.closing:
        # Pressing it again would do nothing, so nothing is there to be pressed.
        stage.panel((x, y, w, h), palette.well, radius=m.radius_primary)
        size = m.px(64, 48)
        with stage.group((x, y, w, h), key="closing", loop=Loop.DOTS):
            stage.icon("asking", x + w / 2, y + h / 2, size, palette.ink2)
        return
    label = stage.words.say("button.finish")
    icon = None if _plain_finish(stage) else "check"
    button(stage, "finish", (x, y, w, h), label, Do.FINISH, icon=icon, circled=True, primary=True)
