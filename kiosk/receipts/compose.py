"""Papers: what stands on a receipt, a slip and a test page.

A receipt says what a patron needs at home: which books, until when. It carries no name and no card
number, and a book whose title is not to be printed appears with the end of its number only. Titles
keep their own script and direction; all else is in the language of the session.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from kiosk.circulation.values import Alert, Due, Paper, PaperKind, PaperLine, Payment, Untrusted
from kiosk.receipts.column import Column
from kiosk.receipts.testpage import draw_scripts, draw_widths
from kiosk.typeset import Dots, Style, Typesetter
from kiosk.words import Words

NARROW = 480
"""Paper with fewer dots across (58 mm) gets smaller letters."""

LIBRARY = Style(40, 700, 1.15)
MOMENT = Style(26, 400, 1.3)
HEADING = Style(34, 700, 1.2)
TITLE = Style(31, 600, 1.22)
DUE = Style(31, 400, 1.25, tabular=True)
DUE_STRONG = replace(DUE, weight=700)
NOTE = Style(27, 700, 1.2)
SMALL = Style(26, 400, 1.3)
BANNER = Style(48, 700, 1.12)
PLACE = Style(46, 700, 1.15)
LABEL = Style(32, 600, 1.2)
BIN_HEIGHT = 260
BIN_LEAST = 60
TITLE_LINES = 2
RIGHT_TO_LEFT_MARK = "\u200f"
SMALLEST_FIT = 0.88
"""What a date may shrink by before it takes a second line."""
FOOT = 10
"""Dots under the last line, for what hangs below it."""
NOTE_LIMIT = 48
"""Characters of a date that only the ILS understands."""


class Composer:
    """Turns papers into dots. One thread's own, as its typesetter is."""

    def __init__(self, typesetter: Typesetter, width: int) -> None:
        """Compose for paper of `width` dots (a multiple of 8)."""
        self._typesetter = typesetter
        self._width = width

    def compose(self, paper: Paper) -> Dots:
        """The whole piece, from its top.

        Raises:
            CatalogueBroken: there are no words in the paper's language.
        """
        words = _words(paper.language)
        column = Column(self._typesetter, self._width, rtl=words.rtl)
        try:
            match paper.kind:
                case PaperKind.LOANS | PaperKind.RETURNS:
                    self._receipt(column, paper, words)
                case PaperKind.SLIP:
                    self._slip(column, paper, words)
                case PaperKind.TEST:
                    self._test(column, paper, words)
            column.gap(FOOT)
            return column.dots()
        finally:
            self._typesetter.forget()  # titles are the patron's

    def _scaled(self, style: Style) -> Style:
        return replace(style, px=round(style.px * 0.88)) if self._width < NARROW else style

    def _fitting(self, column: Column, text: str, style: Style) -> Style:
        """The style, or a somewhat smaller one in which the text stays on one line."""
        style = self._scaled(style)
        smaller = replace(style, px=style.px * SMALLEST_FIT)
        if column.set(text, style).lines > 1 and column.set(text, smaller).lines == 1:
            return smaller
        return style

    def _head(self, column: Column, paper: Paper, words: Words) -> None:
        if paper.library:
            column.text(paper.library, self._scaled(LIBRARY), lines=2, own=True)
        column.text(_moment(paper, words), self._scaled(MOMENT), lines=1)

    def _receipt(self, column: Column, paper: Paper, words: Words) -> None:
        act = "borrowed" if paper.kind is PaperKind.LOANS else "returned"
        self._head(column, paper, words)
        column.gap(14)
        column.rule(4)
        column.gap(16)
        if paper.payment is not None:
            self._payment(column, paper.payment, words)
        if paper.lines or paper.payment is None:
            self._lines(column, paper, act, words)
        column.text(words.say("receipt.thanks"), self._scaled(MOMENT))

    def _lines(self, column: Column, paper: Paper, act: str, words: Words) -> None:
        renewed = sum(line.renewed for line in paper.lines)
        others = len(paper.lines) - renewed
        heading = words.say(f"receipt.{act}" if others or not renewed else "status.renewed")
        column.text(heading, self._scaled(HEADING))
        for number, line in enumerate(paper.lines):
            column.gap(12)
            if number:
                column.rule(2, dotted=True)
                column.gap(12)
            self._line(column, paper.kind, line, words)
        column.gap(16)
        column.rule(4)
        column.gap(16)
        if others or not renewed:
            column.text(words.count(f"receipt.{act}-count", others), self._scaled(HEADING))
        if renewed:
            column.text(words.count("farewell.renewed", renewed), self._scaled(HEADING))

    def _payment(self, column: Column, payment: Payment, words: Words) -> None:
        """What was paid. One that is not certain must not be overlooked, and is no proof of payment."""
        amount = words.money(payment.amount.amount, payment.amount.currency)
        if payment.pending:
            said = words.say("receipt.payment-pending", amount=amount)
            column.banner(said, self._scaled(HEADING), pad=10)
            column.gap(10)
            column.text(words.say("receipt.payment-keep"), self._scaled(NOTE))
        else:
            said = words.say("receipt.paid", amount=amount)
            column.text(said, self._fitting(column, said, HEADING))
        if number := Untrusted(payment.reference).shown(NOTE_LIMIT):
            column.text(words.say("receipt.payment-number", number=number), self._scaled(SMALL), lines=2)
        column.gap(16)
        column.rule(4)
        column.gap(16)

    def _line(self, column: Column, kind: PaperKind, line: PaperLine, words: Words) -> None:
        self._title(column, line, words, TITLE)
        if kind is PaperKind.LOANS:
            known = line.due is not None
            said = (
                words.say("row.due", day=_due(line.due, words)) if line.due else words.say("receipt.no-date")
            )
            column.text(said, self._fitting(column, said, DUE_STRONG if known else DUE), lines=2)
        if line.renewed:
            column.text(words.say("status.renewed"), self._scaled(SMALL), lines=1)
        if line.alert is not None:
            column.text(words.say(_alert(line.alert)), self._scaled(SMALL))
        if line.bin:
            column.text(f"{words.say('receipt.bin')} {line.bin}", self._scaled(SMALL), lines=1)
        if line.see_staff:
            column.gap(4)
            column.note(words.say("receipt.see-staff"), self._scaled(NOTE))

    def _title(self, column: Column, line: PaperLine, words: Words, style: Style) -> None:
        if line.title:
            column.text(line.title, self._scaled(style), lines=TITLE_LINES, own=True)
        else:
            column.text(_number(line, words), self._scaled(style), lines=1)

    def _slip(self, column: Column, paper: Paper, words: Words) -> None:
        for number, line in enumerate(paper.lines):
            if number:
                column.gap(30)
            column.banner(words.say(_alert(line.alert or Alert.OTHER)), self._scaled(BANNER), pad=14)
            column.gap(14)
            if line.destination:
                place = words.say("receipt.to", place=line.destination)
                column.text(place, self._scaled(PLACE), lines=2)
                column.gap(10)
            if line.bin:
                self._bin(column, line.bin, words)
            column.rule(2)
            column.gap(12)
            self._title(column, line, words, TITLE)
            if line.title and line.item is not None:
                column.text(_number(line, words), self._scaled(SMALL), lines=1)
            if line.see_staff:
                column.gap(4)
                column.note(words.say("receipt.see-staff"), self._scaled(NOTE))
        column.gap(10)
        if paper.library:
            column.text(paper.library, self._scaled(SMALL), lines=1, own=True)
        column.text(_moment(paper, words), self._scaled(SMALL), lines=1)

    def _bin(self, column: Column, name: str, words: Words) -> None:
        """As large as the paper allows: it is read from where the bins stand."""
        column.text(words.say("receipt.bin"), self._scaled(LABEL))
        px = BIN_HEIGHT
        said = column.set(name, Style(px, 700, 0.9), lines=1, own=True, width=4 * self._width)
        if said.width > column.inner:
            px = max(BIN_LEAST, int(px * column.inner / said.width))
            said = column.set(name, Style(px, 700, 0.9), lines=2, own=True)
        column.centred(said)
        column.gap(14)

    def _test(self, column: Column, paper: Paper, words: Words) -> None:
        self._head(column, paper, words)
        column.gap(12)
        column.banner(words.say("receipt.test"), self._scaled(HEADING), pad=8)
        column.gap(12)
        draw_scripts(column, self._scaled(TITLE))
        column.gap(12)
        column.text(words.say("receipt.width", n=self._width), self._scaled(SMALL))
        draw_widths(column, self._scaled(Style(22, 500, 1.2, tabular=True)))


@lru_cache(maxsize=16)
def _words(language: str) -> Words:
    return Words(language)


def _moment(paper: Paper, words: Words) -> str:
    return words.day(datetime.fromtimestamp(paper.wall, UTC).astimezone(), "paper")


def _alert(alert: Alert) -> str:
    return f"receipt.{alert.value}"


def _due(due: Due, words: Words) -> str:
    if isinstance(due.value, Untrusted):
        return due.value.shown(NOTE_LIMIT)
    # a day and a time, each isolated, have no direction of their own where a sentence isolates both
    return (RIGHT_TO_LEFT_MARK if words.rtl else "") + words.day(due.value, "paper")


def _number(line: PaperLine, words: Words) -> str:
    """A book by the end of its number: enough to know it by, too little to look it up."""
    number = "" if line.item is None else line.item.id
    shown = number[-min(4, len(number) // 2) :] if len(number) > 1 else ""
    return words.say("receipt.number", number=shown or "–")
