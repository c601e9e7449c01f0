"""Buttons: what has an outline or a solid primary filling can be touched, and nothing else has."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.screens.scene import Act, Box, Control, Role
from kiosk.screens.stage import Stage
from kiosk.typeset import SetText


@dataclass(frozen=True, slots=True)
class Countdown:
    """What is left of a time-out: drawn as a ring with the number of seconds in it."""

    seconds: int
    of_seconds: int


def button(
    stage: Stage,
    key: str,
    box: Box,
    label: str,
    act: Act,
    *,
    icon: str | None = None,
    turns: bool = False,
    icon_last: bool = False,
    primary: bool = False,
    role: str = "button",
    weight: int | None = None,
    radius: float | None = None,
    icon_size: float | None = None,
    gap: float | None = None,
    countdown: Countdown | None = None,
    circled: bool = False,
    worded: bool = True,
    above: bool = False,
    fill: str | None = None,
    outline: str | None = None,
    spoken: str | None = None,
) -> None:
    """A button in `box`. Icon and label stand in its middle, side by side or (`above`) one over the other.

    `circled` puts a thin ring around the icon, `countdown` a ring that runs down with its seconds in
    place of the icon. Without `worded` the label is only its name and is not drawn.
    """
    palette, m = stage.palette, stage.m
    radius = m.radius_primary if radius is None else radius
    colour = palette.on_primary if primary else palette.ink
    if primary:
        stage.panel(box, fill or palette.primary, radius=radius)
    else:
        stage.panel(box, fill or palette.surface, radius=radius, outline=outline or palette.edge)
    mark = _mark_size(stage, icon, icon_size, countdown, circled)
    gap = (m.px(20, 13) if gap is None else gap) if mark and worded else 0
    x, y, w, h = box
    middle = y + h / 2
    if above and worded:
        text = stage.fit(label, role, w - m.px(16, 12), 2, weight=weight, place="centre")
        top = middle - (mark + gap + text.height) / 2
        _mark(stage, x + w / 2, top + mark / 2, mark, icon, turns, colour, countdown, circled)
        stage.put(text, x, top + mark + gap, colour, width=w, place="centre")
    elif worded:
        text = stage.fit(label, role, w - mark - gap - m.px(28, 20), 2, weight=weight)
        left = x + (w - mark - gap - text.width) / 2
        mark_at = left + text.width + gap + mark / 2 if icon_last else left + mark / 2
        _mark(stage, mark_at, middle, mark, icon, turns, colour, countdown, circled)
        stage.put(text, left if icon_last else left + mark + gap, middle - text.height / 2, colour)
    else:
        _mark(stage, x + w / 2, middle, mark, icon, turns, colour, countdown, circled)
    name = label
    said = spoken or label
    if countdown is not None:
        said = f"{said}. {stage.words.count('spoken.seconds', countdown.seconds)}."
    stage.control(Control(key, Role.BUTTON, name, said, _whole(box), act, radius, primary))


def width_of(stage: Stage, label: SetText, mark: float, gap: float, pad: float) -> float:
    """How wide a button must be for its label, icon and padding."""
    return label.width + (mark + gap if mark else 0) + 2 * pad


def primary_width(
    stage: Stage, label: str, mark: float, gap: float | None = None, share: float = 0.46
) -> float:
    """How wide a large button of the bar is: at least 300 on the large panel, at most a `share` of it."""
    m = stage.m
    gap = m.px(20, 13) if gap is None else gap
    text = stage.set(label, "button")
    wide = width_of(stage, text, mark, gap, m.px(38, 24))
    return min(max(wide, m.px(300, 150)), m.width * share)


def mark_size(stage: Stage, *, countdown: bool = False, circled: bool = False) -> float:
    """How large the sign in a large button is."""
    return _mark_size(stage, "check", None, Countdown(1, 1) if countdown else None, circled)


def _mark_size(
    stage: Stage, icon: str | None, icon_size: float | None, countdown: Countdown | None, circled: bool
) -> float:
    grow = 1 + (stage.m.k - 1) * 0.34
    if countdown is not None:
        return stage.m.px(76, 60) * grow
    if icon is None:
        return 0.0
    if circled:
        return stage.m.px(66, 60) * grow
    return icon_size if icon_size is not None else stage.m.px(40, 30) * grow


def _mark(
    stage: Stage,
    x: float,
    y: float,
    size: float,
    icon: str | None,
    turns: bool,
    colour: str,
    countdown: Countdown | None,
    circled: bool,
) -> None:
    if countdown is not None:
        width = stage.m.px(7, 6)
        part = countdown.seconds / max(1, countdown.of_seconds)
        stage.ring(x, y, size / 2, min(1.0, part), colour, width)
        number = stage.fit(str(countdown.seconds), "button", size - 3 * width, 1)
        stage.put(number, x - number.width / 2, y - number.height / 2, colour)
    elif icon is not None:
        if circled:
            stage.ring(x, y, size / 2, 0.0, colour, stage.m.px(7, 6))
        stage.icon(icon, x, y, size * (0.58 if circled else 1.0), colour, turns=turns)


def _whole(box: Box) -> Box:
    x, y, w, h = box
    return (round(x), round(y), round(w), round(h))
