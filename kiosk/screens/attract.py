"""Nobody is here: two steps, large, beside them *Return books*, and the strip of languages."""

from __future__ import annotations

from kiosk.circulation.intents import Do
from kiosk.circulation.views import AttractView, Header
from kiosk.screens.sayings import message_icon, message_lines, message_spoken
from kiosk.screens.scene import Box, Control, Loop, Origin, Role
from kiosk.screens.stage import Line, Stage, fits
from kiosk.screens.widgets.bar import languages
from kiosk.screens.widgets.book import arrow_down, return_box, step_one, step_two
from kiosk.screens.widgets.header import header, staff_mark
from kiosk.typeset import SetText


def attract(stage: Stage, view: AttractView, head: Header) -> None:
    """Draw the screen."""
    header(stage, head, language_button=False)
    m, palette, words = stage.m, stage.palette, stage.words
    high = m.height - m.header - m.bar - 2 * m.padding
    aside: Box = (m.inset, m.header + m.padding, m.width - 2 * m.inset, high)
    box = aside
    if view.returns:
        box, aside = _apart(stage, aside)
    x, y, w, h = box
    stage.card(box)
    # A kiosk that only takes books back has one step.
    keys = ("attract.put-books", "attract.show-card") if view.lends else ("attract.bring-back",)
    half = w / len(keys)
    badge = m.px(60, 40) * (1 + (m.k - 1) * 0.34) if view.lends else 0.0
    between = m.px(20, 12) if view.lends else 0.0
    room = half - m.px(56, 24) - badge - between
    most = min(room, m.px(420, 240) * m.k) if view.lends else room
    steps = [stage.balanced(words.say(key), "h1", most, 2 if view.lends else 3) for key in keys]
    if not all(fits(step, 3) for step in steps):
        # Large text on a small panel.
        steps = [stage.balanced(words.say(key), "h1", most, 3) for key in keys]
    least = min((step.style for step in steps), key=lambda style: style.px)
    steps = [step if step.style == least else stage.set_in(least, step.text, most, 3) for step in steps]
    caption = max(badge, *(step.height for step in steps)) + m.px(44, 24)
    scene = h - caption
    banner = 0.0
    if view.message is not None:
        banner = _banner_height(stage)
    radius = m.radius_card
    edge = palette.outline if palette.boxed else 0
    inner = (x + edge, y + edge, w - 2 * edge, scene - edge)
    stage.panel(inner, palette.well, radius=(radius - edge, radius - edge, 0, 0))
    _scene(stage, (x, y + banner, w, scene - banner), cards=view.lends)
    if view.message is not None:
        _banner(stage, view, (x + m.px(16, 10), y + m.px(16, 8), w - 2 * m.px(16, 10), banner - m.px(16, 8)))
    for number, step in enumerate(steps):
        width = badge + between + step.width
        left = x + number * half + (half - width) / 2
        middle = y + scene + caption / 2
        if badge:
            _badge(stage, left + badge / 2, middle, badge, number + 1)
        stage.put(step, left + badge + between, middle - step.height / 2, palette.ink)
        said = f"{number + 1}. {step.text}." if view.lends else f"{step.text}."
        area = (round(x + number * half), y, round(half), h)
        stage.control(Control(f"step-{number + 1}", Role.HEADING, step.text, said, area, None, radius))
    if view.returns:
        _return(stage, aside)
    languages(stage, head)
    staff_mark(stage)


def _badge(stage: Stage, x: float, y: float, size: float, number: int) -> None:
    stage.disc(x, y, size / 2, stage.palette.primary)
    digit = stage.fit(str(number), "h2", size, 1)
    stage.put(digit, x - digit.width / 2, y - digit.height / 2, stage.palette.on_primary)


def _apart(stage: Stage, box: Box) -> tuple[Box, Box]:
    """The room for the steps, and beside it that for *Return books*."""
    m = stage.m
    x, y, w, h = box
    gap, wide = m.px(20, 12), round(m.px(262, 196) * (1 + (m.k - 1) * (0.3 if m.large else 0)))
    return (x, y, w - gap - wide, h), (x + w - wide, y, wide, h)


def _return(stage: Stage, box: Box) -> None:
    """The button *Return books*: all of the panel."""
    m, palette, words = stage.m, stage.palette, stage.words
    x, y, w, h = box
    stage.panel(box, palette.surface, radius=m.radius_card, outline=palette.edge)
    room = w - m.px(28, 16)
    title: SetText = stage.fit(words.say("attract.return"), "button", room, 2, place="centre")
    more = stage.fit(words.say("attract.no-card"), "second", room, 2, place="centre")
    lines = [Line(title, palette.ink, above=m.px(30, 14)), Line(more, palette.ink2, above=m.px(4, 2))]
    used = sum(line.setting.height + line.above for line in lines)
    tall = min(m.px(194, 122), h - used - m.px(32, 16))
    tall = tall if tall >= m.px(80, 50) else 0
    at = y + (h - used - tall) / 2
    if tall:
        wide = tall * 154 / 194
        stage.picture((x + (w - wide) / 2, at, wide, tall), (0, 0, 154, 194), return_box(palette), fixed=True)
    stage.stack(lines, x + (w - room) / 2, at + tall, width=room, place="centre")
    spoken = f"{title.text}. {more.text}."
    shape = (round(x), round(y), round(w), round(h))
    stage.control(Control("return", Role.BUTTON, title.text, spoken, shape, Do.RETURN, m.radius_card))


def _scene(stage: Stage, box: Box, *, cards: bool) -> None:
    """The pictures of the steps, as large as the box lets them be."""
    x, y, w, h = box
    palette = stage.palette
    pictures = (step_one(palette), step_two(palette)) if cards else (step_one(palette),)
    scale = min(h / 388, w / len(pictures) / 450)
    edge = palette.outline if palette.boxed else 0
    y, h = y + h - 388 * scale, 388 * scale
    desk = 332 * scale
    stage.panel((x + edge, y + desk, w - 2 * edge, h - desk), palette.desk)
    for number, shapes in enumerate(pictures):
        middle = x + w * (number + 0.5) / len(pictures)
        left = middle - 238 * scale
        stage.disc(middle, y + 190 * scale, 152 * scale, palette.glow)
        # The glow stands behind the desk.
        stage.panel((middle - 160 * scale, y + desk, 320 * scale, 12 * scale), palette.desk)
        stage.picture((left, y, 476 * scale, 388 * scale), (0, 0, 476, 388), shapes)
        if number == 0:
            place = (middle - 47 * scale, y + 40 * scale, 94 * scale, 112 * scale)
            with stage.group(place, key="arrow", loop=Loop.ATTRACT):
                stage.picture(place, (0, 0, 94, 112), arrow_down(palette.arrow))


def _banner_height(stage: Stage) -> float:
    m = stage.m
    return max(m.px(72, 44), m.style("label").px * 2.6) + m.px(16, 8) + m.px(8)


def _banner(stage: Stage, view: AttractView, box: Box) -> None:
    """What went wrong with a card or a code, above the picture."""
    message = view.message
    if message is None:
        return
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    _, tone = message_icon(message)
    colours = palette.refused if tone == "refused" else palette.staff
    stage.panel(box, colours.tint, radius=m.radius_button, outline=colours.text if palette.boxed else None)
    size = min(m.px(40, 28), h * 0.6)
    icon, _ = message_icon(message)
    stage.icon(icon, x + m.px(20, 12) + size / 2, y + h / 2, size, colours.text)
    text_x = x + m.px(20, 12) + size + m.px(16, 10)
    room = x + w - m.px(16, 10) - text_x
    lines = message_lines(message, stage.words)
    first = stage.fit(lines[0][0], "label", room, 2, height=h)
    stack = [Line(first, colours.text)]
    if len(lines) > 1:
        second = stage.set(
            lines[1][0], "small", width=room, lines=1, own_direction=lines[1][1] is Origin.UNTRUSTED
        )
        if first.height + second.height <= h and not (second.cut and lines[1][1] is Origin.OURS):
            stack.append(Line(second, colours.text, lines[1][1], may_cut=True))
    height = sum(line.setting.height for line in stack)
    stage.stack(stack, text_x, y + (h - height) / 2, width=room)
    shape = (round(x), round(y), round(w), round(h))
    spoken = message_spoken(message, stage.words)
    stage.control(Control("message", Role.STATUS, lines[0][0], spoken, shape, None, m.radius_button))
