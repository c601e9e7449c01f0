"""A session's list with all that is around it: the pad with its books, the counts, one message, Finish.
Loans and returns are both drawn with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.circulation.intents import Do, Intent
from kiosk.circulation.views import Errand, ItemState, Message, RowView
from kiosk.screens.sayings import status_of
from kiosk.screens.scene import Box, Loop
from kiosk.screens.stage import Stage
from kiosk.screens.theme import cover_of
from kiosk.screens.widgets.bar import bar, message, primary_box
from kiosk.screens.widgets.book import Spine, pad_scene
from kiosk.screens.widgets.button import button, mark_size, primary_width
from kiosk.screens.widgets.counts import Count, counts_bar, counts_panel
from kiosk.screens.widgets.pager import pager
from kiosk.screens.widgets.row import row, rows_that_fit, status_width

_NEEDS_YOU = frozenset({ItemState.REFUSED, ItemState.ATTENTION})


def shelf(
    stage: Stage,
    rows: tuple[RowView, ...],
    counts: Sequence[Count],
    says: Message,
    then: Message | None,
    *,
    closing: bool,
    errand: Errand,
    payable: bool = False,
    account: bool = False,
) -> None:
    """Draw everything below the header. `then` is the message that waits behind `says`; `closing`: Finish
    was pressed already. `payable`: *Pay fees* stands below the pad, where there is a panel, and otherwise
    after the last book of the list: what patrons came for keeps its place. `account`: so does *My account*,
    which otherwise stands in the header."""
    m = stage.m
    if m.compact:
        _list(stage, ordered(rows), list_box(stage), errand, payable=payable)
    else:
        more = [_ACCOUNT] if account else []
        panel_beside(stage, rows, counts, errand, [*([_PAY] if payable else []), *more])
        _list(stage, ordered(rows), list_box(stage), errand)
    foot(stage, counts, says, then, closing=closing)


@dataclass(frozen=True, slots=True)
class Side:
    """A button below the pad: its key (and that of its words), its icon, and what it asks for."""

    key: str
    icon: str
    act: Intent
    turns: bool = False


_PAY = Side("pay", "coins", Do.PAY)
"""How much is owed is nobody's business who looks over a shoulder: the question says it."""

_ACCOUNT = Side("account", "person", Do.ACCOUNT)


def list_box(stage: Stage) -> Box:
    """Where the list stands: beside the pad's panel, or all across where there is none."""
    m = stage.m
    left = m.inset if m.compact else m.inset + m.panel + m.px(20)
    return (left, m.header + m.padding, m.width - m.inset - left, _height(stage))


def panel_beside(
    stage: Stage, rows: tuple[RowView, ...], counts: Sequence[Count], errand: Errand, below: Sequence[Side]
) -> None:
    """The pad with its books and the counts, and the buttons `below` it, the last one lowest."""
    m = stage.m
    top, height = m.header + m.padding, _height(stage)
    foot = len(below) * (m.target + m.gap)
    _panel(stage, rows, counts, (m.inset, top, m.panel, height - foot), errand)
    for at, each in enumerate(below):
        side(stage, each, (m.inset, top + height - foot + m.gap + at * (m.target + m.gap), m.panel, m.target))


def foot(
    stage: Stage, counts: Sequence[Count], says: Message, then: Message | None, *, closing: bool
) -> None:
    """The bar: the counts where there is no panel for them, one message, Finish."""
    m = stage.m
    middle = bar(stage)
    end = primary_box(stage, _finish_width(stage))[0]
    x = float(m.inset)
    if m.compact:
        room = m.inset + (end - m.inset) * 0.56
        x = counts_bar(stage, list(counts), middle, m.bar - m.px(12, 10), room) + m.px(14, 10)
    message(stage, says, x, end - m.px(20, 12), notice_only=m.compact, then=then)
    _finish(stage, closing=closing)


def ordered(rows: Sequence[RowView]) -> list[RowView]:
    """What needs the patron first, then as they came."""
    return sorted(rows, key=lambda row: row.state not in _NEEDS_YOU)


def page_of(stage: Stage, rows: Sequence[RowView], key: str, *, payable: bool = False) -> int:
    """The page on which a row stands."""
    buttons = _with_buttons(rows) or (payable and stage.m.compact)
    per_page, _ = rows_that_fit(stage, _height(stage), buttons=buttons)
    return next((at // per_page for at, row in enumerate(ordered(rows)) if row.key == key), 0)


def _height(stage: Stage) -> float:
    m = stage.m
    return m.height - m.header - m.bar - 2 * m.padding


def _with_buttons(rows: Sequence[RowView]) -> bool:
    return any(row.renewable or row.holdable for row in rows)


def side(stage: Stage, what: Side, box: Box, *, worded: bool = True) -> None:
    """One of the smaller buttons beside a list."""
    m = stage.m
    button(
        stage,
        what.key,
        box,
        stage.words.say(f"button.{what.key}"),
        what.act,
        icon=what.icon,
        turns=what.turns,
        role="label",
        radius=m.radius_button,
        icon_size=m.px(34, 28) * (1 + (m.k - 1) * 0.5),
        gap=m.px(12, 10),
        worded=worded,
    )


def _panel(
    stage: Stage, rows: tuple[RowView, ...], counts: Sequence[Count], box: Box, errand: Errand
) -> None:
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    stage.card(box)
    foot = m.px({2: 133, 3: 144}.get(len(counts), 168))
    if len(counts) == 3 and not any(count.aside or " " in count.label for count in counts[1:]):
        foot = m.px(121)
    edge = palette.outline if palette.boxed else 0
    radius = m.radius_card - edge
    scene = (x + edge, y + edge, w - 2 * edge, h - foot - edge)
    pad_scene(stage, scene, spines_of(rows, errand), radius=(radius, radius, 0, 0))
    counts_panel(stage, list(counts), (x, y + h - foot, w, foot))


def spines_of(rows: Sequence[RowView], errand: Errand) -> list[Spine]:
    """One spine for each item on the pad; the order means nothing."""
    spines: list[Spine] = []
    for each in rows:
        if not each.on_pad or each.state is ItemState.NO_TAG:
            continue
        status = status_of(each, errand)
        known = each.item is not None and status.icon not in {"scanner"}
        colour = cover_of(each.item.id) if known and each.item is not None else "3C4858"
        spines.append(Spine(each.key, colour, status.icon, status.tone))
    return spines


def _list(stage: Stage, rows: list[RowView], box: Box, errand: Errand, *, payable: bool = False) -> None:
    """The page of the list that is asked for; *Pay fees* (`payable`) is one more line of it."""
    m = stage.m
    x, y, w, h = box
    per_page, high = rows_that_fit(stage, h, buttons=_with_buttons(rows) or payable)
    lines = len(rows) + payable
    pages = max(1, -(-lines // per_page))
    page = min(max(0, stage.page or 0), pages - 1)
    stage.page, stage.pages = page, pages
    if pages > 1:
        w -= m.pager + m.px(20, 10)
    first = page * per_page
    # The last page is full too: it overlaps the one before.
    first = max(0, min(first, lines - per_page))
    shown = rows[first : first + per_page]
    for at, each in enumerate(shown):
        row(stage, (x, y + at * (high + m.row_gap), w, high), each, errand)
    if payable and first + per_page >= lines:
        wide = min(w, status_width(stage))
        top = y + len(shown) * (high + m.row_gap) + (high - m.target) / 2
        side(stage, _PAY, (x + w - wide, top, wide, m.target))
    if pages > 1:
        above, below = first, lines - first - per_page
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


def _finish(stage: Stage, *, closing: bool) -> None:
    m, palette = stage.m, stage.palette
    x, y, w, h = primary_box(stage, _finish_width(stage))
    if closing:
        # Pressing it again would do nothing, so nothing is there to be pressed.
        stage.panel((x, y, w, h), palette.well, radius=m.radius_primary)
        size = m.px(64, 48)
        with stage.group((x, y, w, h), key="closing", loop=Loop.DOTS):
            stage.icon("asking", x + w / 2, y + h / 2, size, palette.ink2)
        return
    label = stage.words.say("button.finish")
    icon = None if _plain_finish(stage) else "check"
    button(stage, "finish", (x, y, w, h), label, Do.FINISH, icon=icon, circled=True, primary=True)
