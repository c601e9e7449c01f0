"""The bar: one message at its start, the primary button at its end; or the strip of languages."""

from __future__ import annotations

from kiosk.circulation.intents import Language
from kiosk.circulation.views import Header, Message, Notice, Weight
from kiosk.screens.sayings import message_icon, message_lines, message_spoken
from kiosk.screens.scene import Box, Control, Origin, Role
from kiosk.screens.stage import Line, Stage
from kiosk.screens.widgets.button import button


def bar(stage: Stage) -> float:
    """The bar's ground; returns the y of its middle."""
    m, palette = stage.m, stage.palette
    line = round(palette.outline * m.unit)
    stage.panel((0, m.height - m.bar, m.width, m.bar), palette.surface)
    stage.panel((0, m.height - m.bar, m.width, line), palette.hair)
    return bar_middle(stage)


def bar_middle(stage: Stage) -> float:
    """The y of the bar's middle."""
    line = round(stage.palette.outline * stage.m.unit)
    return stage.m.height - (stage.m.bar - line) / 2


def primary_box(stage: Stage, width: float) -> Box:
    """Where the primary button stands."""
    m = stage.m
    return (
        m.width - m.inset - round(width),
        round(bar_middle(stage) - m.primary / 2),
        round(width),
        m.primary,
    )


def secondary_box(stage: Stage, width: float) -> Box:
    """Where the other large button stands: at the start."""
    m = stage.m
    return (m.inset, round(bar_middle(stage) - m.primary / 2), round(width), m.primary)


def message(
    stage: Stage,
    message: Message,
    x: float,
    until: float,
    *,
    notice_only: bool = False,
    then: Message | None = None,
) -> None:
    """The message line between `x` and `until`, around the middle of the bar; `then` waits behind it."""
    m, palette = stage.m, stage.palette
    icon, tone = message_icon(message)
    disc = m.px(72, 48)
    tones = {"staff": palette.staff, "refused": palette.refused}
    middle = bar_middle(stage)
    if tone in tones:
        ground, ink = tones[tone].tint, tones[tone].text
    elif tone == "alarm":
        ground, ink = palette.alarm, palette.on_alarm
    else:
        ground, ink = palette.well, palette.ink
    ringed = ink if palette.boxed else None
    stage.disc(x + disc / 2, middle, disc / 2, ground, outline=ringed, width=palette.outline)
    stage.icon(icon, x + disc / 2, middle, disc * 0.61, ink)
    text_x = x + disc + m.px(18, 10)
    room = until - text_x
    lines = message_lines(message, stage.words, then)
    allowed = m.bar - m.px(18, 14)
    second = None
    if len(lines) > 1 and not notice_only:
        text, origin = lines[1]
        second = stage.set(text, "second", width=room, lines=1, own_direction=origin is Origin.UNTRUSTED)
        if origin is Origin.OURS and second.cut:
            second = stage.fit(text, "second", room, 2)
    left = allowed - (second.height if second else 0)
    first = stage.fit(lines[0][0], "message", room, 3, height=left)
    if second is not None and first.height + second.height > allowed:
        second = None
        first = stage.fit(lines[0][0], "message", room, 3, height=allowed)
    stack = [Line(first, palette.ink)]
    if second is not None:
        stack.append(Line(second, palette.ink2, lines[1][1], 0, may_cut=lines[1][1] is not Origin.OURS))
    height = sum(line.setting.height for line in stack)
    stage.stack(stack, text_x, middle - height / 2, width=room)
    box = (round(x), round(middle - m.primary / 2), round(until - x), m.primary)
    spoken = message_spoken(message, stage.words, then)
    stage.control(Control("message", Role.STATUS, lines[0][0], spoken, box, None, m.radius_button))


def languages(stage: Stage, header: Header) -> None:
    """The strip of languages, each in its own words."""
    middle = bar(stage)
    m, palette, words = stage.m, stage.palette, stage.words
    size = m.px(46, 34)
    stage.icon("globe", m.inset + size / 2, middle, size, palette.ink)
    x = float(m.inset + size + m.px(14, 12))
    height = min(m.primary, m.px(88, 72) + round((m.k - 1) * m.px(24, 16)))
    room = m.width - m.inset - x
    names = [words.language_name(tag) for tag in header.languages]
    pad, scale = float(m.px(32, 19)), 1.0
    settings = [stage.set(name, "title", own_direction=True) for name in names]
    while sum(each.width + 2 * pad for each in settings) + m.gap * (len(names) - 1) > room and scale > 0.6:
        scale -= 0.08
        pad = max(m.px(14, 10), pad * 0.85)
        settings = [stage.set(name, "title", own_direction=True, scale=scale) for name in names]
    for tag, name, setting in zip(header.languages, names, settings, strict=True):
        chosen = tag == header.language
        width = max(float(m.target), round(setting.width + 2 * pad))
        button(
            stage,
            f"language-{tag}",
            (x, middle - height / 2, width, height),
            name,
            Language(tag),
            role="title",
            radius=m.radius_button,
            fill=palette.well if chosen else None,
            outline=palette.ink if chosen else None,
        )
        x += width + m.gap


def take_card() -> Message:
    """What stands in the bar when a patron goes."""
    return Message(Weight.INFO, Notice.TAKE_CARD)
