"""One item as a row: cover, title and second line, parts, and the status cell with its two steps."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.circulation.intents import Hold, Intent, Renew
from kiosk.circulation.reasons import Reason
from kiosk.circulation.views import Errand, ItemState, RowView
from kiosk.screens.sayings import (
    RETURN_SECOND_LINES,
    RETURN_WORDS,
    SECOND_LINES,
    Goes,
    RowSaying,
    goes_to,
    say_row,
)
from kiosk.screens.scene import Box, Control, Enter, Loop, Origin, Role, RowShown
from kiosk.screens.stage import Line, Stage, fits
from kiosk.screens.theme import Tone, cover_of, paint
from kiosk.screens.widgets.book import cover, tone
from kiosk.screens.widgets.button import button
from kiosk.typeset import SetText, Shape, circle


def row_height(stage: Stage) -> int:
    """The least height of a row at this text size."""
    m = stage.m
    title = m.style("title")
    lines = 2 if m.large else 1
    words = title.px * title.leading * lines + m.style("small").px * 1.3
    status = (
        m.style("status").px * 1.18
        + m.style("small").px * 1.25
        + m.px(9, 7) * (1 + (m.k - 1) * 0.5)
        + m.px(5, 3)
    )
    return round(max(words, status) + m.px(12, 8) * (1 + (m.k - 1) * 0.4))


def rows_that_fit(stage: Stage, height: float, *, buttons: bool = False) -> tuple[int, int]:
    """How many rows stand in `height`, and how high each is then. With `buttons` in them they must also be
    as far apart as buttons have to be."""
    gap = stage.m.row_gap
    least = row_height(stage)
    if buttons:
        least = max(least, stage.m.target + stage.m.gap - gap)
    number = max(1, int((height + gap) // (least + gap)))
    return number, int((height - (number - 1) * gap) // number)


def status_width(stage: Stage) -> int:
    """How wide the status cells are: a little wider where a language needs it."""
    m = stage.m
    widest = max(
        stage.set(stage.words.say(f"status.{key}"), "small", weight=500).width for key in SECOND_LINES
    )
    needed = _status_text_at(stage) + widest + m.px(10, 8) + 2
    return round(min(max(m.status, needed), m.status * 1.12))


def status_width_for(stage: Stage, words: Sequence[str]) -> int:
    """How wide status cells are that hold nothing but these words."""
    m = stage.m
    widest = max((stage.set(word, "status").width for word in words), default=0)
    return round(min(_status_text_at(stage) + widest + m.px(14, 9) + 2, m.status))


def _return_status_width(stage: Stage) -> int:
    """The same for returns, whose words are shorter: the bin wants the room."""
    m = stage.m
    say = stage.words.say
    widest = max(
        *(stage.set(say(f"status.{key}"), "status").width for key in RETURN_WORDS[:2]),
        *(stage.set(say(f"status.{key}"), "small", weight=500).width for key in RETURN_SECOND_LINES),
    )
    needed = _status_text_at(stage) + widest + m.px(10, 8) + 2
    # Beside a pager and on small panels titles want what is left.
    least = 0 if m.compact or stage.pages > 1 else m.status
    return round(min(max(needed, least), m.status * 1.12))


def _status_icon(stage: Stage) -> float:
    return stage.m.px(44, 34) * (1 + (stage.m.k - 1) * 0.5)


def _status_text_at(stage: Stage) -> float:
    return stage.m.px(16, 11) + _status_icon(stage) + stage.m.px(13, 9)


def row(stage: Stage, box: Box, view: RowView, errand: Errand = Errand.LOAN) -> None:
    """Draw a row of a loan or a return into `box`."""
    saying = say_row(view, stage.words, errand)
    stage.row_key = view.key
    said_row(stage, box, view, saying, errand)
    stage.row_key = ""
    barcode = view.item.id if view.item is not None else ""
    reason = view.reason.value if view.reason is not None else None
    stage.rows.append(RowShown(view.key, barcode, view.state.value, reason, saying.title))


def said_row(
    stage: Stage,
    box: Box,
    view: RowView,
    saying: RowSaying,
    errand: Errand = Errand.LOAN,
    status_w: int | None = None,
) -> None:
    """Draw a row of which somebody else says what stands in it: one of the account is none of this visit.
    `status_w`: how wide its status cell is (None: as in a loan)."""
    before = len(stage.controls)
    with stage.group(box, key=f"row:{view.key}", enter=Enter.ROW):
        _body(stage, box, view, saying, errand, status_w)
    x, y, w, h = box
    shape = (round(x), round(y), round(w), round(h))
    # Before what can be pressed in it.
    stage.controls.insert(
        before,
        Control(f"row-{view.key}", Role.ROW, saying.title, saying.spoken, shape, None, stage.m.radius_row),
    )


def _body(
    stage: Stage, box: Box, view: RowView, saying: RowSaying, errand: Errand, status_w: int | None
) -> None:
    m = stage.m
    x, y, w, h = box
    stage.card(box, radius=m.radius_row)
    large_text = m.k >= 1.6
    cover_w, cover_h = (84, 118) if large_text and m.large else (54, 76)
    cover_w, cover_h = (m.px(cover_w), m.px(cover_h)) if m.large else (m.px(54, 36), m.px(76, 49))
    inset = m.px(23 if large_text else 14, 9)
    colour = cover_of(view.item.id if view.item is not None else view.key)
    if saying.cover_icon is not None or saying.letter == "?":
        colour = "3C4858"
    cover(
        stage,
        (x + inset, y + (h - cover_h) / 2, cover_w, cover_h),
        colour,
        saying.letter,
        saying.cover_icon,
        size=max(cover_w * 0.55, m.px(39, 17)) if large_text else None,
    )
    left = x + inset + cover_w + m.px(22 if large_text else 18, 11)
    if errand is Errand.RETURN:
        status_w, place_w = _return_status_width(stage), _place_width(stage)
        if m.compact and view.state in {ItemState.REFUSED, ItemState.ATTENTION} and goes_to(view) is None:
            # It goes nowhere yet, and what is to be done about it wants the room.
            place_w = 0
        right = x + w - status_w - place_w - m.px(14, 10)
        _texts(stage, left, right - left, y, h, saying)
        _status(stage, (x + w - status_w - place_w, y, status_w, h), view, saying, last=not place_w)
        if place_w:
            _place(stage, (x + w - place_w, y, place_w, h), view)
        return
    status_w = status_w or status_width(stage)
    right = x + w - status_w - m.px(14, 10)
    if view.renewable or view.holdable:
        right -= _offer(stage, (left, y, right - left, h), view, saying)
    if view.reason is Reason.PART_MISSING and view.parts > 1:
        right -= _parts(stage, right, y + h / 2, view, h, right - left)
    _texts(stage, left, right - left, y, h, saying)
    _status(stage, (x + w - status_w, y, status_w, h), view, saying)


def _texts(stage: Stage, x: float, width: float, y: float, h: float, saying: RowSaying) -> None:
    m, palette = stage.m, stage.palette
    own = saying.title_origin is Origin.DATA
    sub = _sub(stage, width, saying)
    pitch = m.style("title").px * m.style("title").leading
    under = sub.height + m.px(2, 0) if sub is not None else 0
    lines = 2 if h - m.px(6, 4) - under >= 2 * pitch else 1
    if own:
        title = stage.set(saying.title, "title", width=width, lines=lines, own_direction=True)
    else:
        title = stage.fit(saying.title, "title", width, lines)
    stack = [Line(title, palette.ink, saying.title_origin, may_cut=own)]
    if sub is not None:
        colour = palette.ink2
        if saying.sub_tone == "ink":
            colour = palette.ink
        elif saying.sub_tone is not None:
            colour = tone(palette, saying.sub_tone).text
        stack.append(
            Line(sub, colour, saying.sub_origin, m.px(2, 0), may_cut=saying.sub_origin is not Origin.OURS)
        )
    height = sum(line.setting.height + line.above for line in stack)
    stage.stack(stack, x, y + (h - height) / 2, width=width)


def _sub(stage: Stage, width: float, saying: RowSaying) -> SetText | None:
    """The second line: the longest of its forms that has room."""
    if not saying.subs[0]:
        return None
    weight = 600 if saying.sub_tone is not None else 400
    for form in saying.subs:
        tried = stage.set(form, "small", weight=weight)
        if tried.width <= width:
            return tried
    if saying.sub_origin is Origin.OURS or saying.plain_sub:
        return stage.fit(saying.plain_sub or saying.subs[-1], "small", width, 2, weight=weight)
    return stage.set(saying.subs[-1], "small", weight=weight, width=width, lines=1)


def _offer(stage: Stage, box: Box, view: RowView, saying: RowSaying) -> float:
    """The button at the end of `box` (*Renew*, *Keep for me*); without its word where the title needs the
    room. Returns the width that it takes."""
    m = stage.m
    x, y, w, h = box
    what, sign, act = _offered(view)
    label = stage.words.say(f"button.{what}")
    icon, near = m.px(34, 28) * (1 + (m.k - 1) * 0.5), m.px(12, 10)
    wide = round(stage.set(label, "label").width + icon + near + 2 * m.px(20, 16))
    worded = w - wide >= max(
        m.px(260, 190) * (1 + (m.k - 1) * 0.5), _shortest_day(stage, saying) + m.px(14, 10)
    )
    wide = max(wide, m.target) if worded else m.target
    button(
        stage,
        f"{what}-{view.key}",
        (x + w - wide, y + (h - m.target) / 2, wide, m.target),
        label,
        act,
        icon=sign,
        role="label",
        radius=m.radius_button,
        icon_size=icon,
        gap=near,
        worded=worded,
        spoken=stage.words.say(f"spoken.{what}", title=saying.title),
    )
    return wide + m.px(14, 10)


def _shortest_day(stage: Stage, saying: RowSaying) -> float:
    """What a row's date needs at least: nobody should have to guess it."""
    weight = 600 if saying.sub_tone is not None else 400
    dated = saying.sub_origin is Origin.DATA
    return stage.set(saying.subs[-1], "small", weight=weight).width if dated else 0.0


def _offered(view: RowView) -> tuple[str, str, Intent]:
    """The key of its words, its icon, and what it asks for."""
    if view.renewable:
        return "renew", "refresh", Renew(view.key)
    return "hold", "hold", Hold(view.key)


def _place_width(stage: Stage) -> int:
    m = stage.m
    if not m.compact:
        return m.px(174 if stage.pages == 1 else 150)
    return m.px(160, 104) if m.large or m.k == 1 else m.px(84)


def _place(stage: Stage, box: Box, view: RowView) -> None:
    """Where the book goes: its bin, large, or staff."""
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    line = palette.outline
    edge = line if palette.boxed else 0
    stage.panel((x, y + edge, line, h - 2 * edge), palette.hair)
    goes = goes_to(view)
    if goes is None:
        return
    inset, near = m.px(14, 8), m.px(12, 7)
    x, w = x + inset, w - 2 * inset
    icon = m.px(40, 30) * (1 + (m.k - 1) * 0.3)
    sign = "staff" if goes is Goes.STAFF else "bin"
    if goes is Goes.BIN:
        _bin(stage, (x, y, w, h), view.bin, icon, near)
        return
    text = stage.fit(stage.words.say(f"returns.{goes.value}"), "label", w - icon - near, 2, weight=700)
    if not fits(text, 2, h - m.px(8, 6)):
        stage.icon(sign, x + w / 2, y + h / 2, icon, palette.ink)
        return
    left = x + (w - icon - near - text.width) / 2
    stage.icon(sign, left + icon / 2, y + h / 2, icon, palette.ink)
    stage.put(text, left + icon + near, y + (h - text.height) / 2, palette.ink)


def _bin(stage: Stage, box: Box, bin_: str, icon: float, near: float) -> None:
    """The number as it is printed on the bin; its icon and its word as far as there is room for them."""
    palette = stage.palette
    x, y, w, h = box
    number = stage.set(bin_, "bin", own_direction=True)
    word = stage.set(stage.words.say("returns.bin"), "title", weight=700)
    room = w - number.width
    with_icon = room >= icon + near
    with_word = with_icon and room >= icon + 2 * near + word.width
    if number.width > w or number.lines > 1:
        number = stage.set(bin_, "title", width=w, lines=2, own_direction=True, weight=700, place="centre")
    used = number.width + (icon + near if with_icon else 0) + (word.width + near if with_word else 0)
    left = x + (w - used) / 2
    if with_icon:
        stage.icon("bin", left + icon / 2, y + h / 2, icon, palette.ink)
        left += icon + near
    if with_word:
        stage.put(word, left, y + (h - word.height) / 2, palette.ink)
        left += word.width + near
    stage.put(number, left, y + (h - number.height) / 2, palette.ink, origin=Origin.DATA, may_cut=True)


def _parts(stage: Stage, right: float, middle: float, view: RowView, h: float, room: float) -> float:
    """Pictures of the parts, missing ones with their number; returns the width that they take (none
    where they would leave too little of `room`)."""
    m, palette = stage.m, stage.palette
    r = min(m.px(23, 16), h * 0.26)
    pitch = 2 * r + m.px(16, 10)
    if view.parts > 4 or view.parts * pitch > room * 0.4:
        return 0
    x = right - r
    for part in range(view.parts, 0, -1):
        if part in view.parts_missing:
            side = round(2 * r + m.px(6, 4))
            ring = Shape(
                circle(side / 2, side / 2, side / 2 - 3), stroke=paint(palette.staff.text), width=3, dash=6
            )
            stage.picture((x - side / 2, middle - side / 2, side, side), (0, 0, side, side), [ring])
            number = stage.set(str(part), "label", weight=700)
            stage.put(
                number,
                x - number.width / 2,
                middle - number.height / 2,
                palette.staff.text,
                origin=Origin.DATA,
            )
        else:
            side = round(2 * r)
            disc = [
                Shape(circle(23, 23, 23), fill=paint(palette.asking.text)),
                Shape(circle(23, 23, 14), stroke=paint(palette.surface, 0.6), width=1.6),
                Shape(circle(23, 23, 6.5), fill=paint(palette.surface)),
            ]
            stage.picture((x - side / 2, middle - side / 2, side, side), (0, 0, 46, 46), disc)
        x -= pitch
    return view.parts * pitch


def _status(stage: Stage, box: Box, view: RowView, saying: RowSaying, *, last: bool = True) -> None:
    m, palette = stage.m, stage.palette
    x, y, w, h = box
    colours: Tone = tone(palette, saying.status.tone)
    radius = m.radius_row
    key = f"status:{view.key}:{saying.status.word}:{saying.status.tone}"
    with stage.group(box, key=key, enter=Enter.STATUS):
        if palette.boxed:
            line = palette.outline
            stage.panel((x, y + line, line, h - 2 * line), colours.text)
        else:
            stage.panel(box, colours.tint, radius=(0, radius, radius, 0) if last else 0)
        icon = _status_icon(stage)
        icon_x = x + m.px(16, 11) + icon / 2
        loop = Loop.DOTS if view.state is ItemState.ASKING else None
        with stage.group((icon_x - icon / 2, y, icon, h), loop=loop, key=f"icon:{view.key}"):
            stage.icon(saying.status.icon, icon_x, y + h / 2, icon, colours.text)
        _status_words(stage, (x + _status_text_at(stage), y, 0, h), x + w, view, saying, colours)


def _status_words(
    stage: Stage, box: Box, until: float, view: RowView, saying: RowSaying, colours: Tone
) -> None:
    m = stage.m
    x, y, _, h = box
    width = until - x - m.px(10, 8)
    steps = saying.status.steps
    bar_h = round(m.px(9, 7) * (1 + (m.k - 1) * 0.6))
    gap = m.px(9, 4)
    room = h - m.px(8, 6) - (bar_h + gap if steps else 0)
    second = None
    if saying.second is not None:
        lines = 1 if steps else 2
        second = stage.fit(saying.second, "small", width, lines, weight=500)
        room -= second.height
    word = stage.fit(saying.word, "status", width, 1 if second is not None else 2, height=room)
    if second is None and word.lines > 1 and word.height + (bar_h + gap if steps else 0) > h - m.px(6, 4):
        word = stage.fit(saying.word, "status", width, 1)
    height = word.height + (second.height if second else 0) + (bar_h + gap if steps else 0)
    at = y + (h - height) / 2
    at = stage.stack(
        [Line(word, colours.text), *([Line(second, colours.text)] if second else [])], x, at, width=width
    )
    if steps is not None:
        wide = min(m.px(67, 53) * (1 + (m.k - 1) * 1.37), (width - m.px(6, 4)) / 2)
        between = m.px(6, 4)
        for number, value in enumerate(steps):
            left = x + number * (wide + between)
            stage.steps((left, at + gap, wide, bar_h), value, colours.text, f"step:{view.key}:{number}")
