"""Making evidence of what happens on our side of the wires: views, frames, rows.

The screens of the demo say what they really drew; the laboratory draws nothing, and there a view stands
for itself: its reasons and notices as our words, its titles as data, its notes as untrusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from kiosk.circulation import views
from kiosk.circulation.values import Due, Money, Untrusted
from kiosk.circulation.views import Message, RowView, View
from kiosk.journal import StoredRow
from kiosk.lab.evidence import (
    Control,
    Frame,
    JournalRow,
    Shown,
    ShownHeader,
    ShownLoan,
    ShownRow,
    Text,
    stamp,
)
from kiosk.sip2 import masked

SCREENS: Mapping[type, str] = {
    views.AttractView: "attract",
    views.CannotLendView: "cannot-lend",
    views.WaitView: "wait",
    views.PinView: "pin",
    views.LeftoversView: "leftovers",
    views.LoanView: "loan",
    views.AccountView: "account",
    views.ReturnView: "return",
    views.FarewellView: "farewell",
    views.SeeStaffView: "see-staff",
    views.StaffView: "staff",
}
"""Names of the screens in `screen.json`."""

MODALS: Mapping[type, str] = {
    views.PutBack: "put-back",
    views.StillThere: "still-there",
    views.HelpCalled: "help-called",
    views.AskRenewal: "ask-renewal",
    views.AskRenewAll: "ask-renew-all",
    views.AskFee: "ask-fee",
    views.AskParts: "ask-parts",
    views.AskHold: "ask-hold",
    views.AskPayment: "ask-payment",
    views.Paying: "paying",
}
"""Names of the modals in `screen.json`."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a screen really drew of a view: texts outside the rows, texts of each row by its key, all
    controls, and the size of the screen in pixels."""

    texts: Sequence[Text]
    row_texts: Mapping[str, Sequence[Text]]
    controls: Sequence[Control]
    size: tuple[int, int]


def shown(view: View, ms: float, drawn: Drawn | None = None) -> Shown:
    """A view as evidence, at the moment when it was drawn."""
    if drawn is None:
        said = _said(view, tuple(_texts(view)))
        return _shown(view, ms, tuple(map(_row, _rows(view))), said, _account(view))
    rows = tuple(_row(row, drawn.row_texts.get(row.key, ())) for row in _rows(view))
    entry = _shown(view, ms, rows, _said(view, tuple(drawn.texts)), _account(view))
    return replace(entry, controls=tuple(drawn.controls), size=drawn.size)


def all_shown(views: Iterable[tuple[View, float]]) -> tuple[Shown, ...]:
    """Many views with their moments, of which nothing was really drawn. Rows and texts that are equal in
    several views are one and the same value, and so are lists that are equal in views one after the other, so
    that a judge need look at them once."""
    memory = _Memory()
    return tuple(
        _shown(view, ms, memory.rows(view), memory.said(view), memory.account(view)) for view, ms in views
    )


class _Memory:
    """What was shown before."""

    def __init__(self) -> None:
        self._listed: tuple[RowView, ...] = ()
        self._list: tuple[ShownRow, ...] = ()
        self._account: tuple[ShownLoan, ...] | None = None
        self._rows: dict[RowView, ShownRow] = {}
        self._key: tuple[object, ...] = ()
        self._last: _Said | None = None
        self._said: dict[tuple[object, ...], _Said] = {}
        self._texts: dict[tuple[Text, ...], tuple[Text, ...]] = {}

    def rows(self, view: View) -> tuple[ShownRow, ...]:
        """The rows of a view: mostly those of the view before."""
        listed = _rows(view)
        if listed != self._listed:
            self._listed, self._list = listed, tuple([self._row(row) for row in listed])
        return self._list

    def account(self, view: View) -> tuple[ShownLoan, ...] | None:
        """The loans of an account: mostly those of the view before."""
        listed = _account(view)
        if listed != self._account:
            self._account = listed
        return self._account

    def _row(self, row: RowView) -> ShownRow:
        found = self._rows.get(row)
        if found is None:
            found = self._rows[row] = _row(row)
        return found

    def said(self, view: View) -> _Said:
        """What a view says beside its rows: mostly what the view before said."""
        key = _spoken(view)
        if self._last is None or key != self._key:
            found = self._said.get(key)
            if found is None:
                texts = tuple(_texts(view))
                found = self._said[key] = _said(view, self._texts.setdefault(texts, texts))
            self._key, self._last = key, found
        return self._last


@dataclass(frozen=True, slots=True)
class _Said:
    """What a view says beside its rows: the fields of `Shown` that `_spoken` decides."""

    screen: str
    modal: str | None
    header: ShownHeader
    texts: tuple[Text, ...]
    reasons: tuple[str, ...]
    payment: str | None


def _spoken(view: View) -> tuple[object, ...]:
    """All of a view that `_said` is made of, to be compared with that of another."""
    screen, modal = view.screen, view.modal
    match screen:
        case views.CannotLendView():
            more: tuple[object, ...] = (screen.reason,)
        case views.SeeStaffView():
            more = (screen.reason, screen.note)
        case views.FarewellView():
            more = (screen.receipt, screen.payment)
        case _:
            more = ()
    match modal:
        case views.AskFee():
            more = (*more, _money(modal.fee))  # 2.50 equals 2.5, and reads otherwise
        case views.AskPayment() | views.Paying():
            more = (*more, _money(modal.amount))
        case _:
            pass
    return (type(screen), type(modal), view.header, _messages(view), more)


def _said(view: View, texts: tuple[Text, ...]) -> _Said:
    header = view.header
    return _Said(
        screen=SCREENS[type(view.screen)],
        modal=MODALS[type(view.modal)] if view.modal is not None else None,
        header=ShownHeader(header.patron, header.language, header.text_size, header.theme.value),
        texts=texts,
        reasons=tuple(_reasons(view)),
        payment=_payment(view),
    )


def _shown(
    view: View,
    ms: float,
    rows: tuple[ShownRow, ...],
    said: _Said,
    account: tuple[ShownLoan, ...] | None,
) -> Shown:
    about = _about(view) if view.modal is not None else None
    return Shown(
        ms=ms,
        session=view.session,
        screen=said.screen,
        modal=said.modal,
        header=said.header,
        rows=rows,
        texts=said.texts,
        reasons=said.reasons,
        about=about.key if about is not None else None,
        payment=said.payment,
        account=account,
    )


def frame(direction: str, raw: bytes, at: float, t0: float, charset: str = "utf-8") -> Frame:
    """What the SIP2 client's tap heard, masked."""
    return Frame(stamp(at, t0), direction == ">", masked(raw, charset=charset))


def journal_rows(stored: Iterable[StoredRow], t0: float) -> tuple[JournalRow, ...]:
    """The rows of the journal's file. Their `mono` must be of this boot."""
    return tuple(
        JournalRow(row.seq, row.saga, row.kind, stamp(row.mono, t0), row.closes, dict(row.payload))
        for row in stored
    )


def due_text(due: Due | None) -> str | None:
    """A due date as evidence: ISO 8601, or the ILS's own text."""
    if due is None:
        return None
    return due.value.isoformat() if isinstance(due.value, date) else due.value.shown()


def _rows(view: View) -> tuple[RowView, ...]:
    match view.screen:
        case views.LeftoversView(rows=rows) | views.LoanView(rows=rows):
            listed = rows
        case views.ReturnView(rows=rows) | views.FarewellView(rows=rows):
            listed = rows
        case views.AccountView(books=books):
            # the pad's own list goes on behind it
            listed = books.rows
        case _:
            listed = ()
    about = _about(view) if view.modal is not None else None
    if isinstance(view.screen, views.AccountView) and isinstance(view.modal, views.AskRenewal):
        about = None  # a loan of the account, which lies nowhere
    if about is not None and about.key not in {row.key for row in listed}:
        listed = (*listed, about)
    return listed


def _account(view: View) -> tuple[ShownLoan, ...] | None:
    """The loans of the account, where it is on the screen."""
    if not isinstance(view.screen, views.AccountView):
        return None
    return tuple([ShownLoan(row.key, row.item.id, row.mark.value, row.title) for row in view.screen.loans])


def _about(view: View) -> RowView | None:
    """The row that the modal speaks of."""
    match view.modal:
        case views.PutBack(row) | views.AskRenewal(row) | views.AskFee(row) | views.AskHold(row):
            return row
        case views.AskParts(row):
            return row
        case _:
            return None


def _row(row: RowView, texts: Iterable[Text] | None = None) -> ShownRow:
    """A row; where nothing was drawn, it stands for itself."""
    return ShownRow(
        key=row.key,
        barcode=row.item.id if row.item is not None else None,
        state=row.state.value,
        reason=row.reason.value if row.reason is not None else None,
        title=row.title,
        due=due_text(row.due),
        texts=tuple(_row_texts(row) if texts is None else texts),
    )


def _payment(view: View) -> str | None:
    """What is said of a fee payment."""
    if isinstance(view.screen, views.FarewellView) and view.screen.payment is not None:
        return "pending" if view.screen.payment.pending else "booked"
    notices = {message.notice for message in _messages(view)}
    if views.Notice.PAYMENT_PENDING in notices:
        return "pending"
    return "booked" if views.Notice.PAID in notices else None


def _row_texts(row: RowView) -> Iterable[Text]:
    yield Text(row.state.value, "ours")
    for data in (row.title, row.author):
        if data:
            yield Text(data, "data")
    if row.reason is not None:
        yield Text(row.reason.value, "ours")
    if row.odd_of:
        yield Text(row.odd_of, "data")
    if row.note is not None:
        yield Text(row.note.shown(), "untrusted")
    if row.due is not None:
        origin = "untrusted" if isinstance(row.due.value, Untrusted) else "data"
        yield Text(due_text(row.due) or "", origin)
    if row.alert is not None:
        yield Text(row.alert.value, "ours")
    for data in (row.destination, row.bin):
        if data:
            yield Text(data, "data")


def _messages(view: View) -> tuple[Message, ...]:
    said: tuple[Message | None, ...] = ()
    match view.screen:
        case views.LoanView(message=message, next_message=following):
            said = (message, following)
        case views.AccountView(message=message, next_message=following):
            said = (message, following)
        case views.ReturnView(message=message, next_message=following):
            said = (message, following)
        case views.AttractView(message=maybe):
            said = (maybe,)
        case views.FarewellView(message=message):
            said = (message,)
        case _:
            pass
    match view.modal:
        case views.PutBack(after=after):
            said = (*said, after)
        case _:
            pass
    return tuple([message for message in said if message is not None]) if said else ()


def _texts(view: View) -> Iterable[Text]:
    yield Text(view.header.library, "ours", "header")
    if view.header.patron:
        yield Text(view.header.patron, "data", "header")
    for message in _messages(view):
        yield Text(message.notice.value, "ours", "message")
        if message.reason is not None:
            yield Text(message.reason.value, "ours", "message")
        if message.note is not None:
            yield Text(message.note.shown(), "untrusted", "message")
    if isinstance(view.screen, views.SeeStaffView | views.CannotLendView):
        yield Text(view.screen.reason.value, "ours", "screen")
    if isinstance(view.screen, views.FarewellView) and view.screen.receipt is not None:
        receipt = view.screen.receipt
        yield Text(f"receipt-{receipt.state.value}", "ours", "receipt")
        if receipt.reason is not None:
            yield Text(receipt.reason.value, "ours", "receipt")
    if isinstance(view.modal, views.AskFee):
        yield Text(_money(view.modal.fee), "data", "modal")
    if isinstance(view.modal, views.AskPayment | views.Paying):
        yield Text(_money(view.modal.amount), "data", "modal")
    if isinstance(view.screen, views.SeeStaffView) and view.screen.note is not None:
        yield Text(view.screen.note.shown(), "untrusted", "screen")


def _money(amount: Money) -> str:
    return f"{amount.amount} {amount.currency}".strip()


def _reasons(view: View) -> Iterable[str]:
    if isinstance(view.screen, views.SeeStaffView | views.CannotLendView):
        yield view.screen.reason.value
    for message in _messages(view):
        if message.reason is not None:
            yield message.reason.value
        if message.notice is views.Notice.READER_AWAY:
            yield "reader-missing"
