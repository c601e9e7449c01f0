"""The steps of a test: a sign, the words, and below them what came with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.maintenance.views import TestState, TestStep
from kiosk.screens.maintenance import sayings
from kiosk.screens.maintenance.flow import Block
from kiosk.screens.scene import Control, Loop, Origin, Role
from kiosk.screens.stage import Line, Stage
from kiosk.screens.theme import Tone
from kiosk.typeset import SetText


@dataclass(frozen=True, slots=True)
class SetStep:
    """A step that was set for a width."""

    step: TestStep
    lines: tuple[Line, ...]
    icon: float
    height: float


def tone_of(stage: Stage, state: TestState) -> Tone:
    """The colour of a test's state."""
    palette = stage.palette
    return {
        TestState.RUNNING: palette.asking,
        TestState.PASSED: palette.safe,
        TestState.WARNED: palette.staff,
        TestState.FAILED: palette.refused,
    }[state]


def set_step(stage: Stage, step: TestStep, width: float, *, brief: bool = False, most: int = 1) -> SetStep:
    """Set a step; `brief` leaves out all but its words, `most` are the lines for the detail of one that
    failed."""
    m, palette = stage.m, stage.palette
    icon = m.px(38, 28)
    room = width - icon - m.px(16, 10)
    lines = [Line(stage.fit(sayings.step(stage.words, step), "label", room, 3), palette.ink)]
    if step.reason is not None and not brief:
        said = sayings.reason(stage.words, step.reason)
        lines.append(Line(stage.fit(said, "small", room, 3), palette.ink2))
    detail = sayings.plain(step.detail)
    if detail and not brief:
        lines_most = most if step.state is TestState.FAILED else 1
        setting = stage.set(detail, "small", width=room, lines=lines_most, own_direction=True)
        lines.append(Line(setting, palette.ink2, Origin.DATA, may_cut=True))
    height = max(icon, sum(line.setting.height for line in lines))
    return SetStep(step, tuple(lines), icon, height)


def draw_step(stage: Stage, key: str, made: SetStep, x: float, y: float, width: float) -> None:
    """Draw it with its top start corner at `x`, `y`."""
    m = stage.m
    tone = tone_of(stage, made.step.state)
    first = made.lines[0].setting.height
    middle = y + max(made.icon, min(first, made.icon * 1.6)) / 2
    place = (round(x), round(middle - made.icon / 2), made.icon, made.icon)
    name = sayings.STATE_ICONS[made.step.state]
    if made.step.state is TestState.RUNNING:
        with stage.group(place, key=f"step-{key}", loop=Loop.DOTS):
            stage.icon(name, x + made.icon / 2, middle, made.icon, tone.text)
    else:
        stage.icon(name, x + made.icon / 2, middle, made.icon, tone.text)
    used = sum(line.setting.height for line in made.lines)
    top = y + max(0.0, (made.icon - used) / 2)
    room = width - made.icon - m.px(16, 10)
    stage.stack(made.lines, x + made.icon + m.px(16, 10), top, width=room)
    spoken = sayings.step_spoken(stage.words, made.step)
    box = (round(x), round(y), round(width), round(made.height))
    stage.control(Control(f"step-{key}", Role.STATUS, made.lines[0].setting.text, spoken, box))


def step_blocks(
    stage: Stage,
    key: str,
    steps: Sequence[TestStep],
    width: float,
    *,
    inset: float,
    columns: int = 1,
    title: str = "",
    most: int = 1,
) -> list[Block]:
    """Steps as blocks, `columns` of them side by side, the first below a `title`; `most` as in `set_step`.
    The page follows what is still running."""
    m = stage.m
    gap = m.px(24, 12)
    each = (width - inset - gap * (columns - 1)) / columns
    made = [set_step(stage, step, each, most=most) for step in steps]
    head = stage.fit(title, "small", width - inset, 2) if title else None
    blocks = []
    for at in range(0, len(made), columns):
        line = list(enumerate(made))[at : at + columns]
        over = head if at == 0 else None

        def draw(
            x: float, y: float, line: list[tuple[int, SetStep]] = line, over: SetText | None = over
        ) -> None:
            if over is not None:
                stage.put(over, x + inset, y, stage.palette.ink2)
                y += over.height + m.px(8, 4)
            for column, (number, step) in enumerate(line):
                draw_step(stage, f"{key}-{number}", step, x + inset + column * (each + gap), y, each)

        running = any(step.step.state is TestState.RUNNING for _, step in line)
        height = max(step.height for _, step in line)
        height += over.height + m.px(8, 4) if over is not None else 0
        above = m.px(14, 10) if at else m.px(12, 8)
        blocks.append(Block(height, draw, above, count=0, follow=running))
    return blocks
