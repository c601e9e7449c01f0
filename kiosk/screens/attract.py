"""Nobody is here: two steps, large, and the strip of languages."""

from __future__ import annotations

from kiosk.circulation.views import AttractView, Header
from kiosk.screens.sayings import message_icon, message_lines, message_spoken
from kiosk.screens.scene import Box, Control, Loop, Origin, Role
from kiosk.screens.stage import Line, Stage
from kiosk.screens.widgets.bar import languages
from kiosk.screens.widgets.book import arrow_down, step_one, step_two
from kiosk.screens.widgets.header import header


def attract(stage: Stage, view: AttractView, head: Header) -> None:
    """Draw the screen."""
    header(stage, head, language_button=False)
    m, palette, words = stage.m, stage.palette, stage.words
    box = (m.inset, m.header + m.padding, m.width - 2 * m.inset, m.height - m.header - m.bar - 2 * m.padding)
    x, y, w, h = box
    stage.card(box)
    half = w / 2
    badge = m.px(60, 40) * (1 + (m.k - 1) * 0.34)
    between = m.px(20, 12)
    room = half - m.px(56, 24) - badge - between
    steps = [
        stage.balanced(words.say(key), "h1", min(room, m.px(420, 240) * m.k), 2)
        for key in ("attract.put-books", "attract.show-card")
    ]
    caption = max(badge, *(step.height for step in steps)) + m.px(44, 24)
    scene = h - caption
    banner = 0.0
    if view.message is not None:
        banner = _banner_height(stage)
    radius = m.radius_card
    edge = palette.outline if palette.boxed else 0
    inner = (x + edge, y + edge, w - 2 * edge, scene - edge)
    stage.panel(inner, palette.well, radius=(radius - edge, radius - edge, 0, 0))
    _scene(stage, (x, y + banner, w, scene - banner))
    if view.message is not None:
        _banner(stage, view, (x + m.px(16, 10), y + m.px(16, 8), w - 2 * m.px(16, 10), banner - m.px(16, 8)))
    for number, step in enumerate(steps):
        width = badge + between + step.width
        left = x + number * half + (half - width) / 2
        middle = y + scene + caption / 2
        stage.disc(left + badge / 2, middle, badge / 2, palette.primary)
        digit = stage.fit(str(number + 1), "h2", badge, 1)
        stage.put(digit, left + badge / 2 - digit.width / 2, middle - digit.height / 2, palette.on_primary)
        stage.put(step, left + badge + between, middle - step.height / 2, palette.ink)
        said = f"{number + 1}. {step.text}."
        area = (round(x + number * half), y, round(half), h)
        stage.control(Control(f"step-{number + 1}", Role.HEADING, step.text, said, area, None, radius))
    languages(stage, head)


def _scene(stage: Stage, box: Box) -> None:
    """Both pictures, as large as the box lets them be."""
    x, y, w, h = box
    palette = stage.palette
    scale = h / 388
    desk = 332 * scale
    edge = palette.outline if palette.boxed else 0
    stage.panel((x + edge, y + desk, w - 2 * edge, h - desk), palette.desk)
    for number, shapes in enumerate((step_one(palette), step_two(palette))):
        middle = x + w * (0.25 + 0.5 * number)
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
