"""What hands can move: books and cards, each as large as its cell."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.screens.sayings import initial
from kiosk.screens.scene import Box, Control, Foreign, Origin, Role
from kiosk.screens.stage import Line, Stage
from kiosk.screens.theme import cover_of
from kiosk.screens.tray.acts import Act, Do, Lift, Put, Scan, ShowCard
from kiosk.screens.tray.pictures import AMBER, INK
from kiosk.screens.tray.plan import GAP, Plan, cells
from kiosk.screens.tray.things import Book, Desk, Kind, PatronCard
from kiosk.screens.widgets.book import cover
from kiosk.screens.widgets.button import button


def books(stage: Stage, box: Box, lying: Sequence[Book], desk: Desk, room: int) -> None:
    """Draw these books, in a table of two columns with so much room."""
    for book, place in zip(lying, cells(box, 2, (room + 1) // 2), strict=False):
        _book(stage, place, book, desk)


def _book(stage: Stage, box: Box, book: Book, desk: Desk) -> None:
    palette, words = stage.palette, stage.words
    x, y, w, h = box
    on_pad = book.uid in desk.pad and bool(book.uid)
    act: Act = Scan(book.barcode) if not book.uid else Lift(book.uid) if on_pad else Put(book.uid)
    scan = box[3] if book.kind is Kind.DAMAGED else 0.0
    whole = (x, y, w - scan - (GAP if scan else 0), h)
    fill, edge = (palette.lent.tint, palette.lent.text) if on_pad else (palette.surface, palette.edge)
    stage.panel(whole, fill, radius=10, outline=edge)
    tall = h - 10
    with stage.group((x + 8, y + 5, tall * 0.72, tall), key=f"book:{book.key}"):
        cover(stage, (x + 8, y + 5, tall * 0.72, tall), cover_of(book.barcode), initial(book.title))
    mark = 30
    left = x + 8 + tall * 0.72 + 10
    wide = whole[0] + whole[2] - 10 - mark - left
    title = stage.set(book.title, "tiny", width=wide, lines=1, own_direction=True)
    note = stage.fit(_note(stage, book, desk), "small", wide, 1)
    named = desk.lent.get(book.barcode, "") != book.lent
    top = y + (h - title.height - note.height) / 2
    lines = [Line(title, palette.ink, Origin.DATA, may_cut=True), Line(note, palette.ink2, may_cut=named)]
    stage.stack(lines, left, top, width=wide)
    at = whole[0] + whole[2] - 8 - mark / 2
    if not book.uid:
        stage.icon("scanner", at, y + h / 2, 24, palette.ink)
    elif on_pad:
        stage.disc(at, y + h / 2, mark / 2, palette.primary)
        stage.icon("pad", at, y + h / 2, 20, palette.on_primary)
    else:
        stage.icon("bag", at, y + h / 2, 24, palette.ink2)
    doing = "tray.scan" if not book.uid else "tray.lift" if on_pad else "tray.put"
    said = f"{book.title}. {note.text}. {words.say(doing)}."
    area = (round(whole[0]), round(y), round(whole[2]), round(h))
    key = f"book-{book.key}"
    stage.control(Control(key, Role.BUTTON, book.title, said, area, Foreign(act), 10))
    if scan:
        place = (x + w - scan, y, scan, h)
        label = words.say("tray.scan")
        button(
            stage,
            f"scan-{book.barcode}",
            place,
            label,
            Foreign(Scan(book.barcode)),
            icon="scanner",
            icon_size=24,
            worded=False,
            radius=10,
            spoken=f"{label}: {book.title}",
        )


def _note(stage: Stage, book: Book, desk: Desk) -> str:
    """What is special about a book, or what became of it."""
    words = stage.words
    now = desk.lent.get(book.barcode, "")
    if now != book.lent:
        if not now:
            return words.say("tray.returned")
        return words.say("tray.lent-to", name=desk.things.names.get(now, now))
    if book.kind is Kind.PARTS:
        return words.say("tray.book.parts", part=book.part, parts=book.parts)
    return words.say(f"tray.book.{book.kind.value}")


# ---- cards ----------------------------------------------------------------------------------


def cards(stage: Stage, where: Plan, desk: Desk) -> None:
    """Draw the cards."""
    rows = (3 + where.columns - 1) // where.columns
    for card, place in zip(desk.things.cards, cells(where.cards, where.columns, rows), strict=False):
        _card(stage, place, card, shown=desk.card == card.id)


def _card(stage: Stage, box: Box, card: PatronCard, *, shown: bool) -> None:
    palette, words = stage.palette, stage.words
    x, y, w, h = (round(each) for each in box)
    stage.panel(box, AMBER, radius=10, outline=INK if shown else palette.edge, width=4 if shown else None)
    mark = 30
    at = x + w - 10 - mark / 2
    name = stage.set(card.name, "tiny", width=w - 34 - mark, lines=1, weight=700, own_direction=True)
    pin = stage.set(words.say("tray.pin", pin=card.pin), "tiny", width=w - 34 - mark, lines=1)
    kind = "blocked" if card.blocked else "one" if card.one else "plain"
    note = stage.fit(words.say(f"tray.card.{kind}"), "small", w - 24, 1)
    used = name.height + pin.height + note.height
    lines = [
        Line(name, INK, Origin.DATA, may_cut=True),
        Line(pin, INK),
        Line(note, INK),
    ]
    stage.stack(lines, x + 12, y + (h - used) / 2, width=w - 24)
    if shown:
        stage.disc(at, y + 22, mark / 2, INK)
    stage.icon("card", at, y + 22, 20 if shown else 24, AMBER if shown else INK)
    doing = "tray.take-card" if shown else "tray.show-card"
    said = f"{card.name}. {pin.text}. {note.text}. {words.say(doing)}."
    act: Act = Do.TAKE_CARD if shown else ShowCard(card.id)
    stage.control(Control(f"card-{card.id}", Role.BUTTON, card.name, said, (x, y, w, h), Foreign(act), 10))
