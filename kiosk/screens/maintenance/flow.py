"""Blocks one below the other, over as many pages as they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kiosk.screens.scene import Box
from kiosk.screens.stage import Stage
from kiosk.screens.widgets.pager import pager


@dataclass(frozen=True, slots=True)
class Block:
    """Something of a known `height`. `draw` takes its top start corner. `above` is the space before it,
    where another stands above; `count` how many things are in it, for the pager; `follow`: its page is
    shown while nobody has asked for one. `heads` so many of the next blocks: it does not stand alone at the
    foot of a page, if they have room on the next one."""

    height: float
    draw: Callable[[float, float], None]
    above: float
    count: int = 1
    follow: bool = False
    heads: int = 0


Blocks = Callable[[float], Sequence[Block]]
"""Makes the blocks for a width."""


def flow(stage: Stage, box: Box, blocks: Blocks) -> None:
    """Draw the blocks of the page that is asked for, with a pager where there are several."""
    m = stage.m
    x, y, w, h = box
    pages = _pages(blocks(w), h)
    wide = float(m.pager)
    if len(pages) > 1:
        most = f"+{_count(pages)}"
        wide = max(wide, stage.set(most, "tiny", weight=700).width + m.px(22, 16))
        pages = _pages(blocks(w - wide - m.gap), h)
    following = (at for at, page in enumerate(pages) if any(block.follow for block in page))
    asked = next(following, 0) if stage.page is None else stage.page
    stage.pages, stage.page = len(pages), min(max(0, asked), len(pages) - 1)
    at = y
    for number, block in enumerate(pages[stage.page]):
        at += block.above if number else 0
        block.draw(x, at)
        at += block.height
    if len(pages) > 1:
        before = _count(pages[: stage.page])
        after = _count(pages[stage.page + 1 :])
        place = (x + w - wide, y, wide, h)
        pager(stage, place, stage.page, len(pages), before, after)


def _pages(blocks: Sequence[Block], height: float) -> list[list[Block]]:
    pages: list[list[Block]] = [[]]
    used = 0.0
    for at, block in enumerate(blocks):
        more = block.height + (block.above if pages[-1] else 0)
        headed = 0.0
        for each in blocks[at + 1 : at + 1 + block.heads]:
            if block.height + headed + each.above + each.height > height:
                break
            headed += each.above + each.height
        if pages[-1] and used + more + headed > height:
            pages.append([])
            used, more = 0.0, block.height
        pages[-1].append(block)
        used += more
    return pages


def _count(pages: Sequence[Sequence[Block]]) -> int:
    return max(1, sum(block.count for page in pages for block in page)) if pages else 0
