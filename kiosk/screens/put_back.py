"""The alarm "Put it back on the pad": a lent item left before it was safe, or a returned one before it
was armed. There is only *Call staff*; it closes by itself."""

from __future__ import annotations

from kiosk.circulation.intents import Do
from kiosk.circulation.views import Errand, PutBack
from kiosk.screens.sayings import message_lines, say_row
from kiosk.screens.scene import Box, Control, Enter, Loop, Origin, Role, RowShown
from kiosk.screens.stage import Line, Stage
from kiosk.screens.theme import SCRIM_PUT_BACK, cover_of, paint
from kiosk.screens.widgets.book import tilted_cover
from kiosk.screens.widgets.button import button
from kiosk.typeset import Shape, rounded


def put_back(stage: Stage, view: PutBack, errand: Errand = Errand.LOAN) -> None:
    """Draw the modal over the screen; the header stays as it is."""
    m, palette = stage.m, stage.palette
    stage.panel((0, m.header, m.width, m.height - m.header), palette.scrim, alpha=SCRIM_PUT_BACK)
    side, top = m.px(60, 12), m.header + m.px(32, 10)
    if m.k >= 1.3:
        side, top = m.px(24, 12), m.header + m.px(14, 8)
    box = (side, top, m.width - 2 * side, m.height - top - m.px(32 if m.k < 1.3 else 14, 10))
    with stage.group(box, key="put-back", enter=Enter.SHEET):
        _sheet(stage, view, box, errand)


def _sheet(stage: Stage, view: PutBack, box: Box, errand: Errand) -> None:
    m, palette, words = stage.m, stage.palette, stage.words
    x, y, w, h = box
    outline = palette.hair if palette.boxed else None
    stage.panel(box, palette.surface, radius=m.radius_sheet, shadow=palette.sheet_shadow, outline=outline)
    share = 0.37 if m.k < 1.3 else 0.29
    left = round(w * share) if m.large else round(w * (0.276 if m.k < 1.6 else 0.22))
    _alarm(stage, view, (x, y, left, h))
    inset = m.px(48, 22)
    text_x, room = x + left + inset, w - left - 2 * inset
    button_h = m.primary
    foot = y + h - m.px(40, 18) - button_h
    after = _after(stage, view, (text_x, 0, room, 0), foot - m.px(20, 10))
    title = stage.balanced(words.say("put-back.title"), "alarm", room, 2)
    saying = say_row(view.row, words)
    own = saying.title_origin is Origin.DATA
    name = stage.set(saying.title, "h2", weight=600, width=room, lines=2, own_direction=own)
    why_text = words.say("put-back.why-return" if errand is Errand.RETURN else "put-back.why")
    if view.more:
        why_text = f"{words.count('put-back.more', view.more)} {why_text}"
    why = stage.fit(why_text, "body", room, 2)
    top = y + m.px(46, 16)
    spare = after - m.px(10, 4) - top - title.height - name.height - why.height
    if spare < m.px(20, 6) and name.lines > 1:
        name = stage.set(saying.title, "h2", weight=600, width=room, lines=1, own_direction=own)
        spare = after - m.px(10, 4) - top - title.height - name.height - why.height
    gap = max(0.0, min(m.px(22, 4), spare / 2))
    stage.stack([Line(title, palette.ink)], text_x, top, width=room)
    stage.row_key = view.row.key
    at = stage.stack(
        [Line(name, palette.ink, saying.title_origin, may_cut=True)],
        text_x,
        top + title.height + gap,
        width=room,
    )
    stage.row_key = ""
    stage.stack([Line(why, palette.ink2)], text_x, at + gap * 0.8, width=room)
    row = view.row
    stage.rows.append(
        RowShown(
            row.key,
            row.item.id if row.item else "",
            row.state.value,
            row.reason.value if row.reason else None,
            saying.title,
        )
    )
    spoken = f"{title.text}. {saying.title}. {why_text}"
    shape = (round(x), round(y), round(w), round(foot - y - m.px(12, 8)))
    stage.control(Control("heading", Role.HEADING, title.text, spoken, shape, None, m.radius_sheet))
    place = (text_x, foot, room, button_h)
    if view.staff_called:
        _called(stage, place)
        return
    label = words.say("button.call-staff")
    button(
        stage,
        "call-staff",
        place,
        label,
        Do.CALL_STAFF,
        icon="bell",
        gap=m.px(22, 16),
        icon_size=m.px(46, 36),
    )


def _alarm(stage: Stage, view: PutBack, box: Box) -> None:
    """The alarm colour, and the book that goes down to the pad again and again."""
    m, palette, words = stage.m, stage.palette, stage.words
    x, y, w, h = box
    edge = palette.outline if palette.boxed else 0
    radius = m.radius_sheet - edge
    stage.panel((x + edge, y + edge, w - edge, h - 2 * edge), palette.alarm, radius=(radius, 0, 0, radius))
    scale = min(w / 336, h / 640)
    desk = h - 82 * scale
    middle = x + w / 2
    glow = min(172 * scale, w / 2 - edge)
    stage.disc(middle, y + desk - 248 * scale, glow, palette.alarm_glow)
    stage.panel((x + edge, y + desk, w - edge, h - desk - edge), palette.alarm_desk, radius=(0, 0, 0, radius))
    ink = palette.on_alarm
    book = (middle - 84 * scale, y + desk - 343 * scale, 168 * scale, 216 * scale)
    saying = say_row(view.row, words)
    colour = cover_of(view.row.item.id if view.row.item else view.row.key)
    arrow = (middle - 39 * scale, y + desk - 121 * scale, 78 * scale, 84 * scale)
    whole = (book[0], book[1], book[2], arrow[1] + arrow[3] - book[1])
    with stage.group(whole, key="falling", loop=Loop.PUT_BACK):
        tilted_cover(stage, book, colour, saying.letter, saying.cover_icon, size=84 * scale)
        shape = Shape("M39 7V77M7 45L39 77L71 45", stroke=paint(ink), width=13)
        stage.picture(arrow, (0, 0, 78, 84), [shape])
    pad = (middle - 150 * scale, y + desk - 14 * scale, 300 * scale, 26 * scale)
    white = "FFFFFF"
    stage.picture(
        pad,
        (0, 0, 300, 26),
        [
            Shape(rounded(0, 0, 300, 26, 13), fill=paint(ink)),
            Shape(rounded(38, 10, 224, 6, 3), fill=paint(white)),
        ],
    )


def _after(stage: Stage, view: PutBack, box: Box, end: float) -> float:
    """What waits behind the alarm, in one strip that ends at `end`; returns where it begins."""
    if view.after is None:
        return end
    m, palette, words = stage.m, stage.palette, stage.words
    x, _, w, _ = box
    lead = words.say("put-back.after")
    text = f"{lead} {message_lines(view.after, words)[0][0]}"
    icon = m.px(40, 28)
    room = w - icon - m.px(54, 36)
    setting = stage.fit(text, "second", room, 2, strong=len(lead))
    high = max(m.px(72, 46), setting.height + m.px(20, 10))
    y = end - high
    tones = palette.refused
    outline = tones.text if palette.boxed else None
    stage.panel((x, y, w, high), tones.tint, radius=m.radius_button, outline=outline)
    stage.icon("refused", x + m.px(20, 13) + icon / 2, y + high / 2, icon, tones.text)
    stage.put(setting, x + m.px(36, 24) + icon, y + (high - setting.height) / 2, tones.text)
    shape = (round(x), round(y), round(w), round(high))
    stage.control(Control("after", Role.STATUS, text, text, shape, None, m.radius_button))
    return y


def _called(stage: Stage, box: Box) -> None:
    """*Call staff* was pressed: where to go, said where the button was. The button bears the look's
    word, but nobody is paged by it, so this does not say that somebody comes."""
    m, palette, words = stage.m, stage.palette, stage.words
    x, y, w, h = box
    tones = palette.staff
    outline = tones.text if palette.boxed else None
    stage.panel(box, tones.tint, radius=m.radius_primary, outline=outline)
    icon = m.px(44, 34)
    room = w - icon - m.px(70, 44)
    text = stage.fit(words.say("help.title"), "message", room, 2, height=h)
    left = x + (w - icon - m.px(18, 12) - text.width) / 2
    stage.icon("staff", left + icon / 2, y + h / 2, icon, tones.text)
    stage.put(text, left + icon + m.px(18, 12), y + (h - text.height) / 2, tones.text)
    shape = (round(x), round(y), round(w), round(h))
    stage.control(Control("called", Role.STATUS, text.text, text.text + ".", shape, None, m.radius_primary))
