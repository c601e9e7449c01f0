"""The pager beside a list that is longer than its page: two buttons; one that would do nothing is only
an empty, dashed place."""

from __future__ import annotations

from kiosk.screens.scene import Box, Local
from kiosk.screens.stage import Stage
from kiosk.screens.widgets.button import button


def pager(stage: Stage, box: Box, page: int, pages: int, above: int, below: int) -> None:
    """Draw the pager into `box`; `above` and `below` are the numbers of items that are not shown."""
    m = stage.m
    x, y, w, h = box
    half = (h - m.gap) / 2
    _half(stage, (x, y, w, half), "up", Local.PAGE_UP, above if page > 0 else 0)
    _half(stage, (x, y + half + m.gap, w, half), "down", Local.PAGE_DOWN, below if page < pages - 1 else 0)


def _half(stage: Stage, box: Box, icon: str, act: Local, hidden: int) -> None:
    m, palette = stage.m, stage.palette
    x, y, w, h = (round(each) for each in box)
    size = m.px(38, 30)
    if not hidden:
        stage.panel((x, y, w, h), None, radius=m.radius_button, outline=palette.edge, dash=5)
        stage.icon(icon, x + w / 2, y + h / 2, size, palette.edge)
        return
    # A plus before a number stays before it in Arabic too.
    number = f"\u2066+{hidden}\u2069"
    stage_label = stage.words.say(f"button.{act.value}")
    button(
        stage,
        act.value,
        (x, y, w, h),
        number,
        act,
        icon=icon,
        role="tiny",
        weight=700,
        radius=m.radius_button,
        icon_size=size,
        gap=m.px(6, 4),
        above=True,
        spoken=f"{stage_label}, {number}",
    )
