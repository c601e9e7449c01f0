"""The bar of the maintenance screens: what is to be known or done next, and at its end the buttons."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kiosk.screens.scene import Act, Box, Control, Origin, Role
from kiosk.screens.stage import Line, Stage, fits
from kiosk.screens.theme import Tone
from kiosk.screens.widgets.bar import bar_middle
from kiosk.screens.widgets.button import button, mark_size


@dataclass(frozen=True, slots=True)
class Saying:
    """What the bar says; `more` is a second line."""

    icon: str
    tone: Tone
    title: str
    more: str = ""
    origin: Origin = Origin.OURS


@dataclass(frozen=True, slots=True)
class Push:
    """A large button of the bar. `act` None: it cannot be pressed now, and `spoken` says why."""

    key: str
    label: str
    icon: str
    act: Act | None
    primary: bool = False
    turns: bool = False
    icon_last: bool = False
    spoken: str = ""


def pushes(stage: Stage, buttons: list[Push], until: float) -> float:
    """Draw buttons that end at `until`, the last one last; returns where the first begins. They are drawn
    from first to last, so that the focus goes that way."""
    m = stage.m
    widths = [_width(stage, each) for each in buttons]
    x = start = until - pushes_width(stage, buttons)
    for each, width in zip(buttons, widths, strict=True):
        push(stage, each, (x, round(bar_middle(stage) - m.primary / 2), width, m.primary))
        x += width + m.px(20, 12)
    return start


def pushes_width(stage: Stage, buttons: list[Push]) -> float:
    """How much of the bar these buttons take."""
    return sum(_width(stage, each) for each in buttons) + stage.m.px(20, 12) * (len(buttons) - 1)


def either(stage: Stage, what: Push, short: str) -> Push:
    """The button, with a shorter label where its own has no room; what it says stays."""
    m = stage.m
    room = _width(stage, what) - (m.px(16, 12) if m.compact else mark_size(stage) + m.px(48, 33))
    setting = stage.fit(what.label, "label" if m.compact else "button", room, 2, weight=700)
    if fits(setting, 2, m.primary - m.px(12, 8)):
        return what
    return replace(what, label=short, spoken=what.spoken or what.label)


def push(stage: Stage, what: Push, box: Box) -> None:
    """Draw one button; what cannot be pressed has neither filling nor outline, but a dashed place."""
    m, palette = stage.m, stage.palette
    x, y, w, h = (round(each) for each in box)
    small = m.compact
    size, above = m.px(40, 34), m.px(6, 4)
    label = stage.fit(what.label, "label", w - m.px(16, 12), 2, weight=700, place="centre")
    if size + above + label.height > h - m.px(12, 8):
        # Two lines of large text take all of it.
        size, above = 0, 0
    if what.act is not None:
        button(
            stage,
            what.key,
            (x, y, w, h),
            what.label,
            what.act,
            icon=what.icon if size or not small else None,
            primary=what.primary,
            turns=what.turns,
            icon_last=what.icon_last,
            role="label" if small else "button",
            weight=700,
            above=small,
            gap=above if small else None,
            icon_size=size if small else None,
            spoken=what.spoken or what.label,
        )
        return
    stage.panel((x, y, w, h), None, radius=m.radius_primary, outline=palette.edge, dash=5)
    if small:
        top = y + (h - size - above - label.height) / 2
        if size:
            stage.icon(what.icon, x + w / 2, top + size / 2, size, palette.ink2, turns=what.turns)
        stage.put(label, x, top + size + above, palette.ink2, width=w, place="centre")
    else:
        mark = mark_size(stage)
        text = stage.fit(what.label, "button", w - mark - m.px(48), 2)
        left = x + (w - mark - m.px(20) - text.width) / 2
        stage.icon(what.icon, left + mark / 2, y + h / 2, mark, palette.ink2, turns=what.turns)
        stage.put(text, left + mark + m.px(20), y + (h - text.height) / 2, palette.ink2)
    spoken = what.spoken or what.label
    stage.control(Control(what.key, Role.STATUS, what.label, spoken, (x, y, w, h), None, m.radius_primary))


def say(stage: Stage, what: Saying, x: float, until: float) -> None:
    """Draw the message between `x` and `until`. Where that is too narrow it goes without its sign; and
    where our own words have no room even then, the sign stands for them (they can be heard)."""
    m, palette = stage.m, stage.palette
    disc = m.px(72, 48)
    gap = m.px(18, 10)
    if until - x < disc:
        return
    middle = bar_middle(stage)
    lines = _set(stage, what, until - x - disc - gap)
    bare = None if lines is not None else _set(stage, what, until - x)
    left = x
    if bare is None:
        ringed = what.tone.text if palette.boxed else None
        stage.disc(x + disc / 2, middle, disc / 2, what.tone.tint, outline=ringed, width=palette.outline)
        stage.icon(what.icon, x + disc / 2, middle, disc * 0.61, what.tone.text)
        left = x + disc + gap
    shown = lines or bare or []
    height = sum(line.setting.height for line in shown)
    stage.stack(shown, left, middle - height / 2, width=until - left)
    box = (round(x), round(middle - m.primary / 2), round(until - x), m.primary)
    spoken = f"{what.title} {what.more}".strip()
    stage.control(Control("message", Role.STATUS, what.title, spoken, box, None, m.radius_button))


def _set(stage: Stage, what: Saying, room: float) -> list[Line] | None:
    """The message's lines, the second one left out where it has no room; None where even that is too much."""
    m, palette = stage.m, stage.palette
    if room < m.px(120, 80):
        return None
    allowed = m.bar - m.px(18, 10)
    ours = what.origin is Origin.OURS
    second = None
    if what.more:
        second = stage.fit(what.more, "second", room, 2)
        if not ours:
            second = stage.set(what.more, "second", width=room, lines=1, own_direction=True)
    for more in (second, None) if second is not None else (None,):
        if more is not None and ours and not fits(more, 2):
            continue
        height = allowed - (more.height if more is not None else 0)
        for role in ("message", "label"):
            first = stage.fit(what.title, role, room, 4, height=height)
            if fits(first, 4, height):
                lines = [Line(first, palette.ink)]
                if more is not None:
                    lines.append(Line(more, palette.ink2, what.origin, may_cut=not ours))
                return lines
    return None


def _width(stage: Stage, what: Push) -> float:
    m = stage.m
    if not m.compact:
        text = stage.set(what.label, "button").width
        return round(min(max(m.px(220), text + mark_size(stage) + m.px(20 + 2 * 36)), m.width * 0.3))
    text = max(stage.set(word, "label", weight=700).width for word in what.label.split())
    return round(max(m.least_target, min(text + m.px(56, 42), m.px(340, 224))))
