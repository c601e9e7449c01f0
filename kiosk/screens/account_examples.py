"""Example accounts: every section in every state that it has, over a list with a book or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Due, ItemKey, Money, Untrusted
from kiosk.circulation.views import (
    AccountFeeRow,
    AccountHoldRow,
    AccountLoanRow,
    AccountView,
    AskRenewal,
    AskRenewAll,
    ItemState,
    LoanMark,
    LoanView,
    Message,
    Modal,
    Notice,
    RowView,
    Section,
    Weight,
)

_SOON, _LATER = Due(date(2026, 11, 28)), Due(date(2026, 12, 12))
_EUR = "EUR"


def _loan(
    number: int, title: str, mark: LoanMark = LoanMark.ON_LOAN, due: Due | None = _SOON, **more: object
) -> AccountLoanRow:
    row = AccountLoanRow(f"{number}", ItemKey(f"{number}", "DE-1"), title, due, mark)
    renewable = mark in (LoanMark.ON_LOAN, LoanMark.OVERDUE)
    return replace(row, **{"renewable": renewable, **more})  # type: ignore[arg-type]


_ATLAS = _loan(30010, "An Atlas of Small Islands", LoanMark.OVERDUE, Due(date(2026, 11, 14)))
_MOSSES = _loan(30013, "A Field Guide to Mosses and Liverworts of the Northern Woods")
_KALILA = _loan(30022, "كليلة ودمنة")
_CHAMBER = _loan(30046, "红楼梦", due=_LATER)
_UNTITLED = _loan(30031, "", due=None)
_TABLET = _loan(30060, "Tablet 7", due=Due(datetime(2026, 11, 22, 18, 30)))  # noqa: DTZ001 - local time
_ODD = _loan(30061, "Каштанка", due=Due(Untrusted("bis Ende der Woche")))

_NOTES = RowView(
    "30021",
    ItemKey("30021", "DE-1"),
    "Notes from the Lighthouse",
    "",
    ItemState.SAFE,
    due=_LATER,
)
_QUESTION = RowView("30013", _MOSSES.item, _MOSSES.title, "", ItemState.SEEN, due=_SOON, on_pad=False)

_LOANS = (_ATLAS, _MOSSES, _KALILA, _CHAMBER, _UNTITLED, _TABLET, _ODD)
_OUTCOMES = (
    replace(_ATLAS, mark=LoanMark.NOT_RENEWED, reason=Reason.ON_HOLD, renewable=False),
    replace(_MOSSES, mark=LoanMark.RENEWED, due=Due(date(2026, 12, 26)), renewable=False),
    replace(_KALILA, mark=LoanMark.ASKING, renewable=False),
    replace(_CHAMBER, mark=LoanMark.ASKING, renewable=False, late=True),
    replace(_UNTITLED, mark=LoanMark.UNCLEAR, reason=Reason.RENEWAL_UNKNOWN, renewable=False),
)
_HOLDS = (
    AccountHoldRow("hold:0", "The Orchard Keepers", ItemKey("30004"), waiting=True),
    AccountHoldRow("hold:1", "Der Krieg der Knöpfe", None, waiting=False),
    AccountHoldRow("hold:2", "", ItemKey("30055"), waiting=False),
    AccountHoldRow("hold:3", "", None, waiting=False),
)
_FEES = (
    AccountFeeRow(
        "fee:0", Untrusted("Overdue: An Atlas of Small Islands, 14 days"), Money(Decimal("2.40"), _EUR)
    ),
    AccountFeeRow("fee:1", Untrusted("Lost card"), None),
    AccountFeeRow("fee:2", Untrusted(""), Money(Decimal(10), _EUR)),
)
_OWED = Money(Decimal("12.40"), _EUR)
_OVERDUE = Message(Weight.INFO, Notice.OVERDUE, 1)


def account(
    section: Section = Section.LOANS,
    *,
    loans: tuple[AccountLoanRow, ...] = _LOANS,
    message: Message = _OVERDUE,
    books: tuple[RowView, ...] = (_NOTES,),
    renew_all: bool = True,
) -> AccountView:
    """An account over a list with true counts."""
    behind = LoanView(
        books, len(books), 0, len(books), 0, 0, Message(Weight.INFO, Notice.ALL_SAFE), None, closing=False
    )
    return AccountView(
        behind, section, loans, _HOLDS, _FEES, _OWED, True, True, False, None, renew_all, message, None
    )


_NOTHING = replace(
    account(message=Message(Weight.INFO, Notice.NOTHING_OVERDUE), books=(), renew_all=False),
    loans=(),
    holds=(),
    fees=(),
    owed=None,
)
_UNKNOWN = replace(_NOTHING, known=False, asking=True, message=Message(Weight.INFO, Notice.ACCOUNT_ASKED))
_PARTIAL = Message(Weight.INFO, Notice.ACCOUNT_PARTIAL)

ACCOUNTS: Mapping[str, tuple[AccountView, Modal | None]] = MappingProxyType(
    {
        "account": (account(), None),
        "account-few": (account(loans=(_MOSSES,), books=(), renew_all=False), None),
        "account-payable": (replace(account(), books=replace(account().books, payable=_OWED)), None),
        "account-outcomes": (
            account(
                loans=_OUTCOMES,
                message=Message(Weight.REFUSAL, Notice.SOME_RENEWED, 1, Reason.ON_HOLD),
                renew_all=False,
            ),
            None,
        ),
        "account-renewing": (
            account(
                loans=tuple(replace(row, mark=LoanMark.ASKING, renewable=False) for row in _LOANS),
                message=Message(Weight.INFO, Notice.RENEWING),
                renew_all=False,
            ),
            None,
        ),
        "account-holds": (
            account(Section.HOLDS, message=Message(Weight.INFO, Notice.HOLDS_WAITING, 1)),
            None,
        ),
        "account-fees": (
            replace(account(Section.FEES), books=replace(account().books, payable=_OWED)),
            None,
        ),
        "account-nothing": (_NOTHING, None),
        "account-no-holds": (replace(_NOTHING, section=Section.HOLDS), None),
        "account-no-fees": (replace(_NOTHING, section=Section.FEES), None),
        "account-partial": (replace(account(message=_PARTIAL), complete=False), None),
        "account-not-known": (
            replace(_NOTHING, section=Section.HOLDS, complete=False, message=_PARTIAL),
            None,
        ),
        "account-asking": (_UNKNOWN, None),
        "account-away": (
            replace(
                _UNKNOWN,
                asking=False,
                reason=Reason.ILS_SILENT,
                message=Message(Weight.INFO, Notice.ACCOUNT_AWAY, 0, Reason.ILS_SILENT),
            ),
            None,
        ),
        "account-keep": (
            account(
                books=(replace(_NOTES, state=ItemState.LENT),),
                message=Message(Weight.INFO, Notice.KEEP_ON_PAD, 1),
            ),
            None,
        ),
        "account-ask-renewal": (account(), AskRenewal(_QUESTION)),
        "account-ask-renew-all": (account(), AskRenewAll(7)),
    }
)
"""Name -> screen and modal."""
