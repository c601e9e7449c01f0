"""Example views: every screen in every state that it has. For the gallery and for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Alert, Due, ItemKey, Money, Payment, Untrusted
from kiosk.circulation.views import (
    AskFee,
    AskHold,
    AskParts,
    AskPayment,
    AskRenewal,
    AttractView,
    CannotLendView,
    Errand,
    FarewellView,
    Header,
    HelpCalled,
    ItemState,
    LeftoversView,
    LoanView,
    Message,
    Modal,
    Notice,
    Paying,
    PinView,
    PutBack,
    ReceiptState,
    ReceiptView,
    ReturnView,
    RowView,
    ScreenView,
    SeeStaffView,
    StaffView,
    StillThere,
    Theme,
    View,
    WaitView,
    Weight,
)
from kiosk.screens import set_examples as sets
from kiosk.screens.account_examples import ACCOUNTS
from kiosk.screens.set_examples import STOVE

_LIBRARIES: Mapping[str, str] = MappingProxyType(
    {"en": "Lanternfield Library", "de": "Bibliothek Laternenfeld", "ar": "مكتبة لانترنفيلد"}
)
_SOON, _LATER = Due(date(2026, 11, 28)), Due(date(2026, 12, 12))


def view(
    screen: ScreenView,
    modal: Modal | None = None,
    *,
    language: str = "en",
    theme: Theme = Theme.LIGHT,
    text_size: int = 100,
    patron: str = "Anna K.",
) -> View:
    """A view with a header around a screen."""
    header = Header(_LIBRARIES[language], patron, language, ("en", "de", "ar"), text_size, theme)
    return View(1, 1, 1, header, screen, modal)


def _row(
    number: int,
    title: str,
    state: ItemState,
    *,
    author: str = "",
    due: Due | None = None,
    reason: Reason | None = None,
) -> RowView:
    return RowView(f"{number}", ItemKey(f"{number}", "DE-1"), title, author, state, reason, due=due)


WILLOWS = _row(30001, "The Wind in the Willows", ItemState.SAFE, due=_LATER)
KALILA = _row(30022, "كليلة ودمنة", ItemState.SAFE, due=_SOON)
MOSSES = _row(
    30013, "A Field Guide to Mosses and Liverworts of the Northern Woods", ItemState.LENT, due=_LATER
)
MASTER = _row(30025, "Мастер и Маргарита", ItemState.ASKING, author="Михаил Булгаков")
CHAMBER = _row(30046, "红楼梦", ItemState.ASKING, author="曹雪芹")
ORCHARD = _row(30004, "The Orchard Keepers", ItemState.REFUSED, reason=Reason.ON_HOLD)
HARBOUR = _row(30007, "Harbour Lights", ItemState.ATTENTION, reason=Reason.STAYS_ARMED)
TIDES = replace(_row(30015, "Tide Tables for Beginners", ItemState.NO_TAG, due=_LATER), on_pad=False)
UNREAD = RowView("tag:E004010012345678", None, "", "", ItemState.ATTENTION, Reason.TAG_DAMAGED)
CARD = RowView("tag:E004010012345679", None, "", "", ItemState.REFUSED, Reason.CARD_ON_PAD)
NOTES = _row(30021, "Notes from the Lighthouse", ItemState.SAFE, due=_SOON, reason=Reason.ALREADY_YOURS)
LEDGER = replace(
    _row(30026, "Ledger of Small Hours", ItemState.NO_TAG, due=_LATER, reason=Reason.ALREADY_YOURS),
    on_pad=False,
)
CEDAR = replace(_row(30023, "Salt and Cedar", ItemState.ASKING, author="Ines Aldermoor"), late=True)
REEDS = _row(30031, "Lanterns in the Reeds", ItemState.REFUSED, reason=Reason.TOO_MANY_LOANS)
WINTERS = _row(30055, "Seven Winters", ItemState.SEEN)

RENEWABLE = replace(NOTES, renewable=True)
HOLDABLE = replace(ORCHARD, holdable=True)
TAKEN = replace(
    _row(30040, MOSSES.title, ItemState.REFUSED, reason=Reason.ON_LOAN_TO_OTHER), holdable=True, key="30040"
)
HELD = replace(ORCHARD, held=True, pickup="Fernhollow Branch Library")
HELD_HERE = replace(ORCHARD, key="30041", held=True, title="Каштанка")
FEE_ASKED = _row(30052, "Der Krieg der Knöpfe", ItemState.ASKING, author="Louis Pergaud")
OWED = Money(Decimal("12.40"), "EUR")
PAID = Payment(OWED, "T-0042-118")
PENDING = replace(PAID, pending=True)
RENEWED = replace(NOTES, state=ItemState.RENEWED, reason=None, due=Due(date(2026, 12, 26)))


def _back(
    number: int,
    title: str,
    bin_: str = "1",
    alert: Alert | None = None,
    destination: str = "",
    *,
    was_on_loan: bool = True,
) -> RowView:
    row = _row(number, title, ItemState.RETURNED)
    return replace(row, bin=bin_, alert=alert, destination=destination, was_on_loan=was_on_loan)


WAITED_FOR = _back(30004, "The Orchard Keepers", "2", Alert.HOLD_HERE)
KASHTANKA = _back(30027, "Каштанка", "3", Alert.TRANSIT)
UNKNOWN = _row(39999, "", ItemState.REFUSED, reason=Reason.ITEM_UNKNOWN)
ATLAS = _back(30010, "An Atlas of Small Islands")
LIGHTS = _back(30007, "Harbour Lights", was_on_loan=False)
BRANCH = _back(30022, "كليلة ودمنة", "", Alert.HOLD_ELSEWHERE, "Fernhollow Branch Library")
FAR = _back(30046, "红楼梦", "A 12", Alert.TRANSIT, "Fernhollow")
LENT_BY_OTHERS = _back(30055, "Seven Winters", "", Alert.ILL)
STAFF_WANT = _back(30031, "Lanterns in the Reeds", "4", Alert.OTHER)
NO_BIN = _back(30001, "The Wind in the Willows", "")
UNARMED = _row(30026, "Ledger of Small Hours", ItemState.ATTENTION, reason=Reason.TAG_NOT_WRITTEN)
NOT_SURE = _row(30023, "Salt and Cedar", ItemState.ATTENTION, reason=Reason.OUTCOME_UNKNOWN)
NO_RETURN = _row(30013, MOSSES.title, ItemState.REFUSED, reason=Reason.RETURN_REFUSED)

_KEEP = Message(Weight.INFO, Notice.KEEP_ON_PAD)
_LEAVE = Message(Weight.REFUSAL, Notice.LEAVE_HERE, 1, Reason.ON_HOLD)


def loan(
    rows: tuple[RowView, ...],
    message: Message = _KEEP,
    *,
    on_pad: int | None = None,
    scanned: int = 0,
    closing: bool = False,
) -> LoanView:
    """A loan with true counts."""
    borrowed = sum(
        row.state in {ItemState.LENT, ItemState.SAFE, ItemState.NO_TAG} and row.reason is None for row in rows
    )
    return LoanView(
        rows=rows,
        on_pad=sum(row.on_pad for row in rows) if on_pad is None else on_pad,
        scanned=scanned,
        borrowed=borrowed,
        not_borrowed=sum(row.state is ItemState.REFUSED for row in rows),
        attention=sum(row.state is ItemState.ATTENTION for row in rows),
        message=message,
        next_message=None,
        closing=closing,
        account=True,
    )


_BINS = Message(Weight.INFO, Notice.USE_BINS)


def back(rows: tuple[RowView, ...], message: Message = _BINS, *, closing: bool = False) -> ReturnView:
    """A return with true counts."""
    return ReturnView(
        rows=rows,
        on_pad=sum(row.on_pad for row in rows),
        returned=sum(row.state is ItemState.RETURNED for row in rows),
        attention=sum(row.state in {ItemState.REFUSED, ItemState.ATTENTION} for row in rows),
        message=message,
        next_message=None,
        closing=closing,
    )


def paper(
    state: ReceiptState | None, reason: Reason | None = None, rows: tuple[RowView, ...] | None = None
) -> FarewellView:
    """The farewell of a loan with a receipt."""
    rows = _SAFE if rows is None else rows
    take = Message(Weight.INFO, Notice.TAKE_CARD)
    view = FarewellView(rows, len(rows), len(rows), 0, 0, take, 21, 30)
    return view if state is None else replace(view, receipt=ReceiptView(state, reason))


def came_back(
    rows: tuple[RowView, ...], state: ReceiptState | None, reason: Reason | None = None
) -> FarewellView:
    """The farewell of a return."""
    done = sum(row.state is ItemState.RETURNED for row in rows)
    view = FarewellView(rows, 0, 0, 0, len(rows) - done, _BINS, 21, 30, Errand.RETURN, done)
    return view if state is None else replace(view, receipt=ReceiptView(state, reason))


_FIVE = (WILLOWS, KALILA, MOSSES, MASTER, CHAMBER)
_SAFE = tuple(replace(row, state=ItemState.SAFE, due=row.due or _LATER) for row in _FIVE)
_TROUBLE = (ORCHARD, HARBOUR, STOVE, TIDES, WILLOWS)
_MORE = (UNREAD, CARD, NOTES, LEDGER, CEDAR)
_RETURNED = (WAITED_FOR, KASHTANKA, UNKNOWN, ATLAS, LIGHTS)
_RETURNED_MORE = (UNARMED, NOT_SURE, NO_RETURN, BRANCH, FAR, LENT_BY_OTHERS, STAFF_WANT, NO_BIN, UNREAD, CARD)

EXAMPLES: Mapping[str, tuple[ScreenView, Modal | None]] = MappingProxyType(
    {
        "attract": (AttractView(), None),
        "attract-message": (
            AttractView(Message(Weight.REFUSAL, Notice.CARD_UNREADABLE, 0, Reason.CARD_UNREADABLE)),
            None,
        ),
        "attract-bad-code": (AttractView(Message(Weight.INFO, Notice.BAD_CODE, 0, Reason.CODE_BAD)), None),
        "attract-loans-only": (AttractView(returns=False), None),
        "attract-return-only": (AttractView(lends=False), None),
        "attract-return-only-message": (
            AttractView(Message(Weight.INFO, Notice.BAD_CODE, 0, Reason.CODE_BAD), lends=False),
            None,
        ),
        "cannot-lend": (CannotLendView(Reason.ILS_DOWN), None),
        "cannot-lend-journal": (CannotLendView(Reason.JOURNAL_FAILED), None),
        "wait": (WaitView(), None),
        "pin": (PinView(3, wrong=False, tries_left=3), None),
        "pin-wrong": (PinView(0, wrong=True, tries_left=2), None),
        "leftovers": (LeftoversView((WINTERS, REEDS)), None),
        "leftovers-one": (LeftoversView((WINTERS,)), None),
        "leftovers-return": (LeftoversView((WINTERS, REEDS), Errand.RETURN), None),
        "leftovers-many": (LeftoversView((*_FIVE, WINTERS, REEDS)), None),
        "loan-empty": (loan((), Message(Weight.INFO, Notice.PUT_BOOKS)), None),
        "loan": (loan(_FIVE), None),
        "loan-trouble": (loan(_TROUBLE, _LEAVE, scanned=1), None),
        "loan-more": (loan(_MORE, Message(Weight.REFUSAL, Notice.CARD_ON_PAD, 1), on_pad=4), None),
        "loan-refused": (loan((ORCHARD, WILLOWS, KALILA), _LEAVE), None),
        "loan-note": (
            loan(
                (replace(ORCHARD, reason=Reason.ITEM_REFUSED), WILLOWS),
                Message(
                    Weight.REFUSAL,
                    Notice.LEAVE_HERE,
                    1,
                    Reason.ITEM_REFUSED,
                    Untrusted("Item is in a display case, ask at branch office 3."),
                ),
            ),
            None,
        ),
        "loan-after": (
            replace(
                loan((ORCHARD, HARBOUR, WILLOWS), Message(Weight.REFUSAL, Notice.CARD_ON_PAD, 1)),
                next_message=_LEAVE,
            ),
            None,
        ),
        "loan-some-safe": (
            loan((replace(ORCHARD, on_pad=False), *_SAFE[:2]), Message(Weight.INFO, Notice.SOME_SAFE, 2)),
            None,
        ),
        "loan-next-card": (loan(_FIVE, Message(Weight.INFO, Notice.FINISH_FIRST)), None),
        "loan-pad-away": (loan(_FIVE, Message(Weight.SECURITY, Notice.READER_AWAY, 3)), None),
        "loan-bad-code": (loan(_FIVE, Message(Weight.INFO, Notice.BAD_CODE, 0, Reason.CODE_BAD)), None),
        "loan-closing": (loan(_FIVE, Message(Weight.INFO, Notice.ONE_MOMENT), closing=True), None),
        "loan-long": (loan((*_TROUBLE, KALILA, MOSSES, MASTER, CHAMBER, WINTERS), _LEAVE, scanned=1), None),
        "loan-renew": (
            loan(
                (UNREAD, CARD, RENEWABLE, CEDAR, REEDS, replace(RENEWABLE, key="30032", title=MOSSES.title))
            ),
            None,
        ),
        "loan-renewed": (loan((RENEWED, WILLOWS)), None),
        "loan-not-renewed": (
            loan((NOTES, WILLOWS), Message(Weight.REFUSAL, Notice.NOT_RENEWED, 1, Reason.RENEWAL_REFUSED)),
            None,
        ),
        "ask-renewal": (loan((RENEWABLE, WILLOWS)), AskRenewal(RENEWABLE)),
        "loan-hold": (loan((HOLDABLE, TAKEN, WILLOWS, MOSSES), _LEAVE), None),
        "loan-held": (loan((HELD, HELD_HERE, WILLOWS), _LEAVE), None),
        "loan-not-held": (
            loan(
                (ORCHARD, WILLOWS),
                Message(Weight.REFUSAL, Notice.HOLD_NOT_PLACED, 1, Reason.HOLD_REFUSED),
            ),
            None,
        ),
        "loan-payable": (replace(loan(_FIVE), payable=OWED), None),
        "loan-payable-empty": (
            replace(loan((), Message(Weight.INFO, Notice.PUT_BOOKS)), payable=OWED),
            None,
        ),
        "loan-payable-one": (replace(loan((HOLDABLE,), _LEAVE), payable=OWED), None),
        "loan-payable-counts": (
            replace(loan((*_TROUBLE, KALILA), _LEAVE, scanned=1), payable=OWED),
            None,
        ),
        "loan-paid": (loan(_FIVE, Message(Weight.INFO, Notice.PAID)), None),
        "loan-not-paid": (
            replace(
                loan((), Message(Weight.REFUSAL, Notice.NOT_PAID, 0, Reason.PAYMENT_CANCELLED)), payable=OWED
            ),
            None,
        ),
        "loan-payment-pending": (
            loan(_FIVE, Message(Weight.REFUSAL, Notice.PAYMENT_PENDING, 0, Reason.NOT_BOOKED)),
            None,
        ),
        "ask-fee": (loan((FEE_ASKED, WILLOWS)), AskFee(FEE_ASKED, Money(Decimal("2.5"), "EUR"))),
        "ask-fee-long": (
            loan((MOSSES, WILLOWS)),
            AskFee(replace(MOSSES, state=ItemState.ASKING), Money(Decimal(12500))),
        ),
        "loan-parts": (
            loan(
                (sets.BOXED, sets.STRANGE, sets.SWAPPED, sets.TWICE),
                Message(Weight.REFUSAL, Notice.SEE_STAFF, 4),
            ),
            None,
        ),
        "loan-parts-more": (
            loan(
                (sets.UNCOUNTED, sets.STRAY_PART, STOVE, WILLOWS),
                Message(Weight.REFUSAL, Notice.SEE_STAFF, 3, Reason.PARTS_UNKNOWN),
            ),
            None,
        ),
        "ask-parts": (loan((sets.TO_COUNT, WILLOWS)), AskParts(sets.TO_COUNT, 2)),
        "ask-parts-one": (loan((sets.TO_COUNT,)), AskParts(replace(sets.TO_COUNT, title=MOSSES.title), 1)),
        "return-parts": (
            back(
                (sets.BOXED, sets.STRANGE, sets.SWAPPED_LONG, sets.UNCOUNTED, sets.STRAY_PART),
                Message(Weight.REFUSAL, Notice.TO_STAFF, 5, Reason.PART_FOREIGN),
            ),
            None,
        ),
        "ask-hold": (loan((HOLDABLE, WILLOWS), _LEAVE), AskHold(HOLDABLE)),
        "ask-payment": (replace(loan((WILLOWS,)), payable=OWED), AskPayment(OWED)),
        "paying": (loan((WILLOWS,)), Paying(OWED)),
        "paying-booking": (loan((WILLOWS,)), Paying(OWED, booking=True)),
        **ACCOUNTS,
        "return-empty": (back((), Message(Weight.INFO, Notice.PUT_RETURNS)), None),
        "return": (back(_RETURNED), None),
        "return-asking": (
            back(
                (ATLAS, MASTER, CEDAR, WINTERS, STOVE),
                Message(Weight.REFUSAL, Notice.SEE_STAFF, 1, Reason.PART_MISSING),
            ),
            None,
        ),
        "return-trouble": (back(_RETURNED_MORE, Message(Weight.REFUSAL, Notice.TO_STAFF, 3)), None),
        "return-page": (
            back((*_RETURNED_MORE[3:8], ATLAS), Message(Weight.INFO, Notice.NO_CARD_NEEDED)),
            None,
        ),
        "return-put-back": (
            back((replace(MASTER, on_pad=False), ATLAS)),
            PutBack(replace(MASTER, on_pad=False), 1, None, staff_called=False),
        ),
        "return-still-there": (
            back((ATLAS, LIGHTS), Message(Weight.INFO, Notice.ALL_RETURNED, 2)),
            StillThere(17, 20, 2, 2, Errand.RETURN),
        ),
        "put-back": (
            loan((*_TROUBLE, replace(MOSSES, on_pad=False)), _LEAVE),
            PutBack(replace(MOSSES, on_pad=False), 0, _LEAVE, staff_called=False),
        ),
        "put-back-called": (
            loan(_FIVE),
            PutBack(replace(MOSSES, on_pad=False), 2, None, staff_called=True),
        ),
        "still-there": (loan(_SAFE, Message(Weight.INFO, Notice.ALL_SAFE, 5)), StillThere(17, 20, 5, 5)),
        "help-called": (loan(_FIVE), HelpCalled()),
        "farewell": (
            FarewellView(_SAFE, 5, 5, 0, 0, Message(Weight.INFO, Notice.TAKE_CARD), 21, 30),
            None,
        ),
        "farewell-some": (
            FarewellView(_TROUBLE, 2, 2, 1, 2, Message(Weight.REFUSAL, Notice.LEAVE_HERE, 1), 21, 30),
            None,
        ),
        "farewell-nothing": (
            FarewellView((), 0, 0, 0, 0, Message(Weight.INFO, Notice.TAKE_CARD), 8, 10),
            None,
        ),
        "farewell-print": (paper(ReceiptState.OFFERED), None),
        "farewell-print-some": (
            replace(
                paper(ReceiptState.OFFERED, rows=_TROUBLE),
                borrowed=3,
                safe=2,
                not_borrowed=1,
                attention=2,
                message=Message(Weight.REFUSAL, Notice.GATE_AWAY, 1),
            ),
            None,
        ),
        "farewell-renewed": (
            replace(paper(ReceiptState.OFFERED, rows=(RENEWED,)), borrowed=0, safe=0),
            None,
        ),
        "farewell-borrowed-and-renewed": (
            replace(paper(None, rows=(*_SAFE, RENEWED)), borrowed=5, safe=5),
            None,
        ),
        "farewell-printing": (paper(ReceiptState.PRINTING), None),
        "farewell-printed": (paper(ReceiptState.PRINTED), None),
        "farewell-unproven": (paper(ReceiptState.UNPROVEN, Reason.PRINTER_SILENT), None),
        "farewell-failed": (
            paper(ReceiptState.FAILED, Reason.PAPER_OUT, (*_SAFE, TIDES, HARBOUR, RENEWED)),
            None,
        ),
        "farewell-failed-short": (paper(ReceiptState.FAILED, Reason.COVER_OPEN, _SAFE[:2]), None),
        "farewell-paid": (replace(paper(None), payment=PAID), None),
        "farewell-paid-only": (replace(paper(ReceiptState.OFFERED, rows=()), payment=PAID), None),
        "farewell-pending": (
            replace(
                paper(ReceiptState.OFFERED),
                payment=PENDING,
                message=Message(Weight.REFUSAL, Notice.PAYMENT_PENDING, 0, Reason.PAYMENT_UNKNOWN),
            ),
            None,
        ),
        "farewell-pending-only": (replace(paper(ReceiptState.PRINTED, rows=()), payment=PENDING), None),
        "farewell-pending-alone": (replace(paper(None, rows=()), payment=PENDING), None),
        "farewell-pending-failed": (
            replace(paper(ReceiptState.FAILED, Reason.PAPER_OUT, _SAFE[:2]), payment=PENDING),
            None,
        ),
        "farewell-return": (came_back(_RETURNED, None), None),
        "farewell-return-nothing": (
            replace(came_back((), None), message=Message(Weight.INFO, Notice.PUT_RETURNS)),
            None,
        ),
        "farewell-return-print": (came_back(_RETURNED, ReceiptState.OFFERED), None),
        "farewell-return-failed": (
            came_back(_RETURNED, ReceiptState.FAILED, Reason.PRINTER_GARBLED),
            None,
        ),
        "staff": (StaffView(), None),
        "see-staff": (SeeStaffView(Reason.PATRON_BLOCKED, Untrusted("Fees: 12.40"), 24, 30), None),
        "see-staff-note": (
            SeeStaffView(Reason.CARD_UNKNOWN, Untrusted("Please contact branch office 3."), 24, 30),
            None,
        ),
    }
)
"""Name -> screen and modal."""

WITHOUT_PATRON = frozenset(
    {
        "attract",
        "attract-message",
        "attract-bad-code",
        "attract-loans-only",
        "attract-return-only",
        "attract-return-only-message",
        "leftovers-return",
        "return-empty",
        "return",
        "return-asking",
        "return-trouble",
        "return-page",
        "return-put-back",
        "return-still-there",
        "farewell-return",
        "farewell-return-nothing",
        "farewell-return-print",
        "farewell-return-failed",
        "staff",
        "cannot-lend",
        "cannot-lend-journal",
        "wait",
        "pin",
        "pin-wrong",
        "see-staff",
        "see-staff-note",
    }
)
"""Examples in whose header no name stands."""


def example(name: str, *, language: str = "en", theme: Theme = Theme.LIGHT, text_size: int = 100) -> View:
    """One example by its name.

    Raises:
        KeyError: there is none.
    """
    screen, modal = EXAMPLES[name]
    patron = "" if name in WITHOUT_PATRON else "Anna K."
    return view(screen, modal, language=language, theme=theme, text_size=text_size, patron=patron)
