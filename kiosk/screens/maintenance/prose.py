"""Headings, sentences and questions of the maintenance screens, as blocks that go on over pages."""

from __future__ import annotations

import re
from dataclasses import replace

from kiosk.maintenance.intents import StaffDo
from kiosk.maintenance.views import MaintenanceView
from kiosk.screens.maintenance.flow import Block, flow
from kiosk.screens.maintenance.foot import Push, either, pushes, pushes_width
from kiosk.screens.maintenance.frame import bar_start, frame, title_of
from kiosk.screens.scene import Control, Foreign, Origin, Role
from kiosk.screens.stage import Line, Stage
from kiosk.screens.theme import Tone

_SENTENCE_END = re.compile(r"(?<=[.?!؟])\s+")


def heading(stage: Stage, key: str, title: str, about: str, icon: str, tone: Tone, width: float) -> Block:
    """A card with what is the matter, and a smaller line (`about`) below it."""
    m, palette = stage.m, stage.palette
    size, inset = m.px(52, 36), m.px(22, 12)
    left = size + inset + m.px(20, 12)
    room = width - left - inset
    head = stage.set(title, "title", width=room, lines=6, weight=700)
    more = stage.fit(about, "small", room, 2)
    words_high = head.height + more.height + m.px(4, 2)
    height = max(size, words_high) + 2 * m.px(16, 10)

    def draw(x: float, y: float) -> None:
        stage.card((x, y, width, height), radius=m.radius_row)
        stage.icon(icon, x + inset + size / 2, y + height / 2, size, tone.text)
        lines = [
            Line(head, palette.ink, Origin.DATA, may_cut=True),
            Line(more, palette.ink2, above=m.px(4, 2)),
        ]
        stage.stack(lines, x + left, y + (height - words_high) / 2, width=room)
        box = (round(x), round(y), round(width), round(height))
        spoken = f"{title} {about}."
        stage.control(Control(f"head-{key}", Role.HEADING, title, spoken, box, None, m.radius_row))

    return Block(height, draw, m.gap, count=0, heads=1)


def caption(stage: Stage, key: str, text: str, width: float, heads: int = 1) -> Block:
    """A small heading over the next blocks."""
    m = stage.m
    setting = stage.fit(text, "label", width - 2 * m.px(6, 4), 2, weight=700)

    def draw(x: float, y: float) -> None:
        stage.put(setting, x + m.px(6, 4), y, stage.palette.ink2)
        box = (round(x), round(y), round(width), round(setting.height))
        stage.control(Control(f"head-{key}", Role.HEADING, text, text, box, None, m.radius_button))

    return Block(setting.height, draw, m.px(16, 10), count=0, heads=heads)


def sentences(
    stage: Stage,
    key: str,
    text: str,
    width: float,
    *,
    weight: int | None = None,
    icon: str | None = None,
    origin: Origin = Origin.OURS,
) -> list[Block]:
    """A text, each sentence a block of its own: it goes on over pages, and speech can take it in steps."""
    return [
        _sentence(stage, f"{key}-{at}", each, width, weight, icon if at == 0 else None, origin)
        for at, each in enumerate(_SENTENCE_END.split(text) if origin is Origin.OURS else [text])
    ]


def _sentence(
    stage: Stage, key: str, text: str, width: float, weight: int | None, icon: str | None, origin: Origin
) -> Block:
    m, palette = stage.m, stage.palette
    inset, size = m.px(6, 4), m.px(28, 22) if icon is not None else 0
    start = inset + (size + m.px(12, 8) if size else 0)
    room = width - start - inset
    ours = origin is Origin.OURS
    if ours:
        setting = stage.fit(text, "body", room, 9, weight=weight)
    else:
        setting = stage.set(text, "small", width=room, lines=3, own_direction=True)

    def draw(x: float, y: float) -> None:
        if icon is not None:
            first = min(setting.height, m.style("body").px * 1.2)
            stage.icon(icon, x + inset + size / 2, y + first / 2, size, palette.ink, turns=icon == "arrow")
        line = Line(setting, palette.ink if ours else palette.ink2, origin, may_cut=not ours)
        stage.stack([line], x + start, y, width=room)
        box = (round(x), round(y), round(width), round(setting.height))
        stage.control(Control(f"says-{key}", Role.STATUS, text, text, box, None, m.radius_button))

    return Block(setting.height, draw, m.px(10, 6), count=0)


def question(
    stage: Stage,
    view: MaintenanceView,
    title: str,
    meaning: str,
    *,
    yes: tuple[str, str],
    no: tuple[str, str],
    about: str,
) -> None:
    """A page that asks before something is done that nobody can take back; it can be answered with yes when
    all of it was shown. Each answer has a long form, and a short one where there is little room."""
    m = stage.m
    box = frame(stage, view, title_of(stage, view.page))

    def blocks(width: float) -> list[Block]:
        head = heading(stage, "question", title, about, "help", stage.palette.staff, width)
        return [head, *sentences(stage, "meaning", meaning, width)]

    flow(stage, box, blocks)
    # Where the finger was that asked for this, *yes* is not: a second tap takes nothing for an answer.
    read = (stage.page or 0) >= stage.pages - 1
    answer = either(stage, Push("yes", yes[0], "check", Foreign(StaffDo.YES)), yes[1])
    if not read:
        later = stage.words.say("maintenance.spoken.read-on")
        answer = replace(answer, act=None, spoken=f"{answer.label}. {later}")
    pushes(stage, [answer], bar_start(stage) + pushes_width(stage, [answer]))
    back = either(stage, Push("no", no[0], "left", Foreign(StaffDo.NO), primary=True, turns=True), no[1])
    pushes(stage, [back], m.width - m.inset)
