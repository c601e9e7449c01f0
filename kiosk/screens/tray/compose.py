"""The tray's one picture: three steps, books, cards, what came out, and what can go wrong."""

from __future__ import annotations

from datetime import datetime

from kiosk.screens.scene import Box, Control, Enter, Foreign, Photo, Role, Scene
from kiosk.screens.stage import Line, Stage
from kiosk.screens.theme import SCRIM_PUT_BACK, cover_of
from kiosk.screens.tray.acts import Do, Switch, Turn
from kiosk.screens.tray.lying import books, cards
from kiosk.screens.tray.pictures import card_reader, printer_and_gate
from kiosk.screens.tray.plan import EDGE, GAP, Plan, cells, plan, sheet
from kiosk.screens.tray.things import BRINGING, ROOM_TO_BORROW, ROOM_TO_BRING, Desk
from kiosk.screens.widgets.book import Spine, pad_scene
from kiosk.screens.widgets.button import button

SCREEN = "tray"
"""The name of the one screen, as it stands in records of what was drawn."""

_SWITCHES: tuple[tuple[Switch, str], ...] = (
    (Switch.READER, "pad"),
    (Switch.ILS, "server"),
    (Switch.GATE, "gate"),
    (Switch.PAPER, "none"),
    (Switch.COVER, "printer"),
    (Switch.PRINTER, "plug"),
)
"""The switches in their order, with their icons."""


def compose(
    stage: Stage, desk: Desk, *, staff_pin: str, simulated: frozenset[str], page: int | None
) -> Scene:
    """The scene of a desk. `staff_pin` is told ("" for none); `simulated` names the devices that are;
    `page` of the paper is looked at (None: it is not)."""
    where = plan((stage.m.width, stage.m.height))
    _head(stage, where.head, staff_pin)
    _strip(stage, where.strip, desk)
    borrow = [book for book in desk.things.books if book.kind not in BRINGING]
    bring = [book for book in desk.things.books if book.kind in BRINGING]
    if borrow:
        _title(stage, where, where.borrow, "tray.borrow")
        books(stage, where.borrow, borrow, desk, ROOM_TO_BORROW)
    if bring:
        _title(stage, where, where.bring, "tray.bring")
        books(stage, where.bring, bring, desk, ROOM_TO_BRING - 2)
    if desk.things.cards:
        _title(stage, where, where.cards, "tray.cards")
        cards(stage, where, desk)
    _out(stage, where, desk, simulated)
    _trouble(stage, where, desk, simulated)
    if page is not None:
        stage.controls.clear()
        _paper(stage, desk, page)
    return stage.scene(SCREEN, "paper" if page is not None else None)


def _head(stage: Stage, box: Box, staff_pin: str) -> None:
    palette, words = stage.palette, stage.words
    x, _, w, h = box
    stage.panel(box, palette.surface)
    stage.panel((x, h - 2, w, 2), palette.hair)
    stage.panel((EDGE, 8, 34, 34), palette.ink, radius=9)
    stage.icon("flask", EDGE + 17, 25, 22, palette.surface)
    pin = stage.set(words.say("tray.staff-pin", pin=staff_pin), "small") if staff_pin else None
    room = w - 3 * EDGE - 46 - (pin.width + 30 if pin else 0)
    title = stage.fit(words.say("tray.title"), "h2", room, 1)
    stage.put(title, EDGE + 46, 25 - title.height / 2, palette.ink)
    stage.control(Control("title", Role.HEADING, title.text, title.text, box, None))
    if pin is not None:
        left = w - EDGE - pin.width
        stage.put(pin, left, 25 - pin.height / 2, palette.ink2)
        stage.icon("lock", left - 18, 25, 22, palette.ink2)


def _title(stage: Stage, where: Plan, box: Box, key: str) -> None:
    x, y, w, _ = box
    text = stage.fit(stage.words.say(key), "label", w, 1)
    stage.put(text, x, y - where.title / 2 - text.height / 2, stage.palette.ink)
    area = (x, y - where.title, w, where.title)
    stage.control(Control(key, Role.HEADING, text.text, text.text, area, None))


# ---- the three steps ------------------------------------------------------------------------


def _strip(stage: Stage, box: Box, desk: Desk) -> None:
    """The desk as it stands now, and below it what to do, in three steps."""
    m, palette, words = stage.m, stage.palette, stage.words
    x, y, w, h = (round(each) for each in box)
    stage.card(box)
    texts = [words.say(f"tray.step-{number}") for number in (1, 2, 3)]
    third = w / 3
    room = third - 52
    captions = [stage.fit(text, "label", room, 2) for text in texts]
    caption = max(44, *(each.height for each in captions)) + 12
    scene = h - caption
    r = m.radius_card
    stage.panel((x, y, w, scene), palette.well, radius=(r, r, 0, 0))
    # as `pad_scene` has its desk, so that all things stand on one
    floor = y + scene - 30
    stage.panel((x, floor, w, 30), palette.desk)
    lying = [book for book in desk.things.books if book.uid in desk.pad]
    strays = sorted(desk.pad - {book.uid for book in lying})
    spines = [Spine(book.key, cover_of(book.barcode), "pad", "lent") for book in lying]
    spines += [Spine(uid, "3C4858", "pad", "lent") for uid in strays]
    pad_scene(stage, (x, y, round(third), scene), spines, radius=(r, 0, 0, 0), pad_at=39)
    tall = scene - 26.0
    middle = x + third * 1.5
    wide = tall * 200 / 170
    stage.disc(middle, y + scene * 0.46, tall * 0.42, palette.glow)
    stage.panel((middle - tall * 0.42, floor, tall * 0.84, 12), palette.desk)
    box = (middle - wide / 2, floor + 10 - tall, wide, tall)
    stage.picture(box, (0, 0, 200, 170), card_reader(palette, card=desk.card is not None))
    wide = min(third - 16, tall * 260 / 170)
    tall = wide * 170 / 260
    middle = x + third * 2.5
    box = (middle - wide / 2, floor + 10 - tall, wide, tall)
    shapes = printer_and_gate(palette, paper=desk.paper.pieces > 0, lit=desk.gate_open)
    stage.picture(box, (0, 0, 260, 170), shapes, fixed=True)
    for number, setting in enumerate(captions):
        at = x + number * third
        centre = y + scene + caption / 2
        stage.disc(at + 24, centre, 15, palette.primary)
        digit = stage.set(str(number + 1), "label", weight=700)
        stage.put(digit, at + 24 - digit.width / 2, centre - digit.height / 2, palette.on_primary)
        stage.put(setting, at + 46, centre - setting.height / 2, palette.ink)
        area = (round(at), y, round(third), h)
        said = f"{number + 1}. {setting.text}."
        stage.control(Control(f"step-{number + 1}", Role.HEADING, setting.text, said, area, None, r))


# ---- what came out --------------------------------------------------------------------------


def _out(stage: Stage, where: Plan, desk: Desk, simulated: frozenset[str]) -> None:
    """The paper, and the gate with its lamp."""
    rows = 2 if where.columns == 1 else 1
    paper, gate = cells(where.out, 2 // rows, rows)
    if "printer" in simulated:
        _paper_button(stage, paper, desk)
    if "gate" in simulated:
        _gate(stage, gate, desk)


def _paper_button(stage: Stage, box: Box, desk: Desk) -> None:
    words, palette = stage.words, stage.palette
    pieces = desk.paper.pieces
    if pieces:
        label = words.count("tray.paper", pieces)
        act = Foreign(Do.LOOK)
        button(stage, "paper", box, label, act, icon="printer", icon_size=26, role="label", radius=10, gap=10)
        return
    text = stage.fit(words.say("tray.no-paper"), "small", box[2] - 52, 1)
    stage.icon("printer", box[0] + 22, box[1] + box[3] / 2, 26, palette.ink2)
    stage.put(text, box[0] + 44, box[1] + box[3] / 2 - text.height / 2, palette.ink2)
    stage.control(Control("paper", Role.STATUS, text.text, text.text, box, None, 10))


def _gate(stage: Stage, box: Box, desk: Desk) -> None:
    words, palette = stage.words, stage.palette
    x, y, w, h = box
    lit = desk.gate_open
    stage.panel(box, palette.safe.tint if lit else palette.well, radius=10)
    middle = y + h / 2
    stage.disc(
        x + 24, middle, 13, palette.safe.text if lit else palette.surface, outline=palette.ink, width=2
    )
    if lit:
        stage.icon("check", x + 24, middle, 18, palette.safe.tint)
    colour = palette.safe.text if lit else palette.ink
    first = stage.fit(words.say("tray.gate.open" if lit else "tray.gate.closed"), "tiny", w - 58, 1)
    lines = [Line(first, colour)]
    said = f"{first.text}."
    if desk.opened:
        last = desk.opened[-1]
        # the wall of this room, for whoever sits in front of it
        at = datetime.fromtimestamp(last.at).astimezone().strftime("%H:%M:%S")
        key = "tray.gate.since" if last.lasted is None else "tray.gate.last"
        text = words.say(key, time=at, seconds=f"{last.lasted or 0:.1f}")
        second = stage.fit(text, "small", w - 58, 1)
        if first.height + second.height <= h:
            lines.append(Line(second, colour if lit else palette.ink2))
        said += f" {second.text}."
    used = sum(line.setting.height for line in lines)
    stage.stack(lines, x + 48, middle - used / 2, width=w - 58)
    area = (round(x), round(y), round(w), round(h))
    stage.control(Control("gate", Role.STATUS, first.text, said, area, None, 10))


# ---- what can go wrong ----------------------------------------------------------------------


def _trouble(stage: Stage, where: Plan, desk: Desk, simulated: frozenset[str]) -> None:
    palette, words = stage.palette, stage.words
    owners = {Switch.READER: "pad", Switch.ILS: "ils", Switch.GATE: "gate"}
    switches = [each for each in _SWITCHES if owners.get(each[0], "printer") in simulated]
    if not switches:
        return
    _title(stage, where, where.trouble, "tray.trouble")
    rows = (len(_SWITCHES) + where.columns - 1) // where.columns
    for (switch, icon), box in zip(switches, cells(where.trouble, where.columns, rows), strict=False):
        wrong = is_wrong(desk, switch)
        button(
            stage,
            f"switch-{switch.value}",
            box,
            words.say(f"tray.switch.{switch.value}.{'mend' if wrong else 'break'}"),
            Foreign(Turn(switch, not wrong)),
            icon="warn" if wrong else icon,
            icon_size=26,
            role="small",
            weight=600,
            radius=10,
            gap=10,
            fill=palette.staff.tint if wrong else None,
            outline=palette.staff.text if wrong else None,
        )


def is_wrong(desk: Desk, switch: Switch) -> bool:
    """Whether a switch stands so that something is wrong."""
    return {
        Switch.PAPER: desk.paper_out,
        Switch.COVER: desk.cover_open,
        Switch.GATE: desk.jammed,
    }.get(switch, switch.value in desk.unplugged)


# ---- the paper ------------------------------------------------------------------------------


def _paper(stage: Stage, desk: Desk, page: int) -> None:
    """The paper from near, one page of it."""
    words, palette = stage.words, stage.palette
    size = (stage.m.width, stage.m.height)
    box, room = sheet(size)
    stage.panel((0, 0, *size), palette.scrim, alpha=SCRIM_PUT_BACK)
    pages = desk.paper.pages
    with stage.group(box, key="paper", enter=Enter.SHEET):
        stage.panel(box, palette.surface, radius=stage.m.radius_sheet, shadow=palette.sheet_shadow)
        title = stage.fit(words.count("tray.paper-title", desk.paper.pieces), "h2", box[2] - 48, 1)
        stage.put(title, box[0], box[1] + 28 - title.height / 2, palette.ink, width=box[2], place="centre")
        stage.control(Control("paper-title", Role.HEADING, title.text, title.text, box, None))
        if pages:
            picture = pages[min(page, len(pages) - 1)]
            x = room[0] + (room[2] - picture.width) / 2
            stage.panel((x - 1, room[1] - 1, picture.width + 2, picture.height + 2), palette.edge)
            stage.add(Photo((round(x), room[1], picture.width, picture.height), picture))
    y = box[1] + box[3] - 72
    x = box[0] + EDGE
    for act, icon, can in ((Do.DOWN, "down", page < len(pages) - 1), (Do.UP, "up", page > 0)):
        if len(pages) < 2:
            break
        place = (x, y, 60, 60)
        if can:
            name = words.say(f"tray.{act.value}")
            button(stage, act.value, place, name, Foreign(act), icon=icon, icon_size=30, worded=False)
        else:
            stage.icon(icon, x + 30, y + 30, 30, palette.hair)
        x += 60 + GAP
    wide = (box[0] + box[2] - EDGE - x - GAP) / 2
    tear, close = words.say("tray.tear"), words.say("tray.close")
    button(stage, "tear", (x, y, wide, 60), tear, Foreign(Do.TEAR), icon="none", icon_size=28, role="label")
    button(
        stage,
        "close",
        (x + wide + GAP, y, wide, 60),
        close,
        Foreign(Do.CLOSE),
        icon="check",
        icon_size=28,
        role="label",
        primary=True,
    )
