"""*Test the chain*: what came in, what the ILS would be asked for, and what each step made of it."""

from __future__ import annotations

from kiosk.maintenance.intents import StaffDo
from kiosk.maintenance.views import (
    Came,
    ChainEnd,
    ChainFact,
    ChainFound,
    ChainScreen,
    ChainStage,
    MaintenanceView,
)
from kiosk.screens.maintenance import sayings
from kiosk.screens.maintenance.flow import Block, flow
from kiosk.screens.maintenance.foot import Push, Saying, pushes, say
from kiosk.screens.maintenance.frame import bar_start, frame, title_of
from kiosk.screens.maintenance.prose import caption, heading, sentences
from kiosk.screens.scene import Control, Foreign, Origin, Role
from kiosk.screens.stage import Line, Stage

_ICONS = {Came.CARD: "card", Came.CODE: "scanner", Came.TAG: "pad"}


def chain(stage: Stage, view: MaintenanceView, screen: ChainScreen) -> None:
    """Draw the page."""
    m, words = stage.m, stage.words
    box = frame(stage, view, title_of(stage, view.page))
    flow(stage, box, lambda width: _blocks(stage, screen.found, width))
    forget = words.say("maintenance.chain.forget")
    act = Foreign(StaffDo.FORGET) if screen.found is not None else None
    end = pushes(stage, [Push("forget", forget, "eyeoff", act)], m.width - m.inset)
    icon = "flask" if screen.found is None else _ICONS[screen.found.came]
    saying = Saying(
        icon, stage.palette.asking, words.say("maintenance.chain.show"), words.say("maintenance.chain.kept")
    )
    say(stage, saying, bar_start(stage), end - m.px(20, 12))


def _blocks(stage: Stage, found: ChainFound | None, width: float) -> list[Block]:
    words = stage.words
    if found is None:
        return sentences(stage, "about", words.say("maintenance.chain.about"), width)
    came = words.say(f"maintenance.chain.came.{found.came.value}")
    blocks = [_outcome(stage, at, each, came, width) for at, each in enumerate(found.ends)]
    if found.facts:
        blocks.append(caption(stage, "facts", came, width))
        blocks += [_fact(stage, at, each, width) for at, each in enumerate(found.facts)]
    for at, end in enumerate(found.ends):
        if end.stages:
            blocks.append(caption(stage, f"steps-{at}", _asked(stage, end), width))
            blocks += [_step(stage, f"{at}-{number}", each, width) for number, each in enumerate(end.stages)]
    return blocks


def _asked(stage: Stage, end: ChainEnd) -> str:
    """Which chain it was, and what it began with."""
    words = stage.words
    parts = [words.say(f"maintenance.chain.asks.{end.asks}")]
    if end.source:
        parts.append(words.say(f"maintenance.chain.fact.{end.source}"))
    return " · ".join(parts)


def _outcome(stage: Stage, number: int, end: ChainEnd, came: str, width: float) -> Block:
    words, palette = stage.words, stage.palette
    about = _asked(stage, end) if end.stages else came
    if end.id:
        title = words.say(f"maintenance.chain.found.{end.asks}", id=sayings.plain(end.id))
        return heading(stage, f"end-{number}", title, about, "ready", palette.safe, width)
    why = words.say(f"maintenance.chain.why.{end.why}")
    return heading(stage, f"end-{number}", why, about, "missing", palette.refused, width)


def _fact(stage: Stage, number: int, fact: ChainFact, width: float) -> Block:
    name = stage.words.say(f"maintenance.chain.fact.{fact.key}")
    value = stage.words.say(fact.says) if fact.says else sayings.plain(fact.text)
    return _pair(stage, f"fact-{number}", name, value, width, ours=bool(fact.says))


def _step(stage: Stage, key: str, each: ChainStage, width: float) -> Block:
    words = stage.words
    name = words.say("maintenance.chain.clean") if each.step == "clean" else sayings.plain(each.step)
    wrong = each.problem != ""
    value = words.say(f"maintenance.chain.problem.{each.problem}") if wrong else sayings.plain(each.value)
    icon = ("missing", "ready")[not wrong]
    return _pair(stage, f"step-{key}", name, value, width, ours=wrong, icon=icon)


def _pair(
    stage: Stage, key: str, name: str, value: str, width: float, *, ours: bool, icon: str | None = None
) -> Block:
    """A name, and what it is beside it or, where there is no room, below it; before both a sign."""
    m, palette = stage.m, stage.palette
    inset, gap = m.px(6, 4), m.px(20, 12)
    size = m.px(30, 22) if icon is not None else 0.0
    start = inset + (size + m.px(12, 8) if size else 0.0)
    room = width - start - inset
    label = stage.set(name, "label", width=room, lines=2, own_direction=icon is not None)
    column = room * 0.4
    beside = label.lines == 1 and label.width <= column - gap
    space = room - column if beside else room
    if ours:
        setting = stage.fit(value, "label", space, 3, weight=600)
    else:
        setting = stage.set(value, "label", width=space, lines=3, weight=600, own_direction=True)
    height = max(label.height, setting.height, size) if beside else max(size, label.height) + setting.height
    origin = Origin.OURS if ours else Origin.DATA

    def draw(x: float, y: float) -> None:
        if icon is not None:
            tone = palette.safe if icon == "ready" else palette.refused
            stage.icon(icon, x + inset + size / 2, y + max(size, label.height) / 2, size, tone.text)
        named = Line(label, palette.ink2, Origin.DATA if icon else Origin.OURS, may_cut=icon is not None)
        stage.stack([named], x + start, y, width=room)
        left, top = (x + start + column, y) if beside else (x + start, y + label.height)
        stage.stack([Line(setting, palette.ink, origin, may_cut=not ours)], left, top, width=space)
        box = (round(x), round(y), round(width), round(height))
        spoken = f"{name}: {value.rstrip('.')}."
        stage.control(Control(key, Role.STATUS, name, spoken, box, None, m.radius_button))

    return Block(height, draw, m.px(8, 6))
