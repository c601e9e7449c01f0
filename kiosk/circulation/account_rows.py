"""What the screen shows of an account, worked out from the state. Pure.

A loan's mark follows from the ILS's list and from the renewals of this visit; nothing of it is kept.
"""

from __future__ import annotations

from kiosk.circulation.account import OpenAccount, row_key
from kiosk.circulation.answers import Account, AccountFee, AccountHold, AccountLoan, Renewed, RenewedAll
from kiosk.circulation.frozen import changed
from kiosk.circulation.messages import WEIGHTS, messages_of
from kiosk.circulation.policy import AccountRule
from kiosk.circulation.reasons import Reason
from kiosk.circulation.state import State
from kiosk.circulation.values import Due, ItemKey, Untrusted
from kiosk.circulation.views import (
    AccountFeeRow,
    AccountHoldRow,
    AccountLoanRow,
    AccountView,
    ItemState,
    LoanMark,
    LoanView,
    Message,
    Notice,
    RowView,
    Weight,
)
from kiosk.circulation.wish import Wish, WishKind, WishState
from kiosk.circulation.wishing import all_renewable, all_renewed, renewable_loan, renewal_of

OF_THE_LIST = frozenset({Notice.PUT_BOOKS, Notice.ALL_SAFE, Notice.SOME_SAFE, Notice.PAID})
"""What the list says when nothing presses: here the account has the word."""


def account_view(
    state: State, account: OpenAccount, books: LoanView, rows: tuple[RowView, ...]
) -> AccountView:
    """The account over the list of the visit; `rows` are the list's."""
    known = account.known or Account()
    untitled = state.policy.account is AccountRule.NO_TITLES
    loans = tuple(_loan_row(state, loan, row_key(loan, at)) for at, loan in enumerate(known.loans))
    holds = tuple(_hold_row(state, hold, at) for at, hold in enumerate(known.holds))
    fees = tuple(_fee_row(fee, at) for at, fee in enumerate(known.fees))
    if untitled:
        loans = tuple(changed(row, title="") for row in loans)
        holds = tuple(changed(row, title="") for row in holds)
        fees = tuple(changed(row, text=Untrusted("")) for row in fees)
    said = _messages(state, account, loans, holds, rows)
    return AccountView(
        books=books,
        section=account.section,
        loans=loans,
        holds=holds,
        fees=fees,
        owed=known.owed,
        known=account.known is not None,
        complete=known.complete and account.reason is None,
        asking=account.asked,
        reason=account.reason,
        renew_all=all_renewable(state),
        message=said[0],
        next_message=next((message for message in said[1:] if message.weight is not Weight.INFO), None),
    )


def asked_row(state: State, item: ItemKey) -> RowView:
    """The loan that a question is about, as a row of the list would show it."""
    account = state.session.account if state.session is not None else None
    loan = (account.loan(item.id) if account is not None else None) or AccountLoan(item)
    title = "" if state.policy.account is AccountRule.NO_TITLES else _title(state, loan.title, loan.item)
    return RowView(loan.item.id, loan.item, title, "", ItemState.SEEN, due=_due(state, loan), on_pad=False)


def renewed_rows(state: State) -> tuple[RowView, ...]:
    """What was renewed in this visit and is not on its list, for the farewell and the receipt."""
    session = state.session
    account = session.account if session is not None else None
    if session is None or account is None:
        return ()
    rows: list[RowView] = []
    for loan in account.loans:
        renewed = _renewed(state, loan.item)
        if renewed is not None and loan.item.id not in session.lines:
            row = asked_row(state, loan.item)
            rows.append(changed(row, state=ItemState.RENEWED, due=renewed.due or row.due))
    return tuple(rows)


def _renewed(state: State, item: ItemKey) -> Renewed | None:
    """What the ILS said of this loan when it renewed it, if it did."""
    wish = renewal_of(state, item)
    if wish is not None and wish.state is WishState.GRANTED and isinstance(wish.reply, Renewed):
        return wish.reply
    every = all_renewed(state)
    named = every is not None and any(one.id == item.id for one in every.renewed)
    return Renewed() if named else None


# ---- loans ----------------------------------------------------------------------------------


def _loan_row(state: State, loan: AccountLoan, key: str) -> AccountLoanRow:
    row = AccountLoanRow(
        key=key,
        item=loan.item,
        title=_title(state, loan.title, loan.item),
        due=_due(state, loan),
        mark=LoanMark.OVERDUE if loan.overdue else LoanMark.ON_LOAN,
        renewable=renewable_loan(state, loan.item),
    )
    return _with_renewal(state, row, loan)


def _with_renewal(state: State, row: AccountLoanRow, loan: AccountLoan) -> AccountLoanRow:
    renewed = _renewed(state, loan.item) if loan.item.id else None
    if renewed is not None:
        due = renewed.due or row.due
        return changed(row, mark=LoanMark.RENEWED, due=due, title=row.title or renewed.title)
    wish = renewal_of(state, loan.item) if loan.item.id else None
    mine = [one for one in state.wishes.values() if one.epoch == state.here]
    every = [one for one in mine if one.kind is WishKind.RENEW_ALL]
    for one in (*([wish] if wish is not None else ()), *reversed(every)):
        mark = _mark(one, loan.item)
        if mark is not None:
            reason = None
            if mark in (LoanMark.NOT_RENEWED, LoanMark.UNCLEAR):
                reason = one.reason or Reason.RENEWAL_REFUSED
            return changed(row, mark=mark, reason=reason, late=one.late and mark is LoanMark.ASKING)
    return row


def _mark(wish: Wish, item: ItemKey) -> LoanMark | None:
    """What a renewal, of this loan or of all of them, means for its row; None: nothing."""
    match wish.state:
        case WishState.INTENDED | WishState.ASKED | WishState.ANSWERED:
            return LoanMark.ASKING
        case WishState.SINGLY:
            return LoanMark.ASKING if item in wish.rest else None
        case WishState.NOT_GRANTED:
            return None if wish.never_sent else LoanMark.NOT_RENEWED
        case WishState.UNKNOWN:
            return LoanMark.UNCLEAR
        case WishState.GRANTED if isinstance(wish.reply, RenewedAll):
            refused = any(one.id == item.id for one in wish.reply.not_renewed)
            return LoanMark.NOT_RENEWED if refused else None
        case _:
            return None


def _title(state: State, told: str, item: ItemKey | None) -> str:
    session = state.session
    if told or item is None or session is None:
        return told
    described = session.titles.get(item.id)
    line = session.lines.get(item.id)
    return (described.title if described is not None else "") or (line.title if line is not None else "")


def _due(state: State, loan: AccountLoan) -> Due | None:
    if loan.due is not None or state.session is None:
        return loan.due
    described = state.session.titles.get(loan.item.id)
    return described.due if described is not None else None


# ---- holds and fees -------------------------------------------------------------------------


def _hold_row(state: State, hold: AccountHold, place: int) -> AccountHoldRow:
    return AccountHoldRow(f"hold:{place}", _title(state, hold.title, hold.item), hold.item, hold.waiting)


def _fee_row(fee: AccountFee, place: int) -> AccountFeeRow:
    return AccountFeeRow(f"fee:{place}", fee.text, fee.amount)


# ---- the message line -----------------------------------------------------------------------


def _messages(
    state: State,
    account: OpenAccount,
    loans: tuple[AccountLoanRow, ...],
    holds: tuple[AccountHoldRow, ...],
    rows: tuple[RowView, ...],
) -> list[Message]:
    """Everything that is to be said, the most pressing first: of the pad before the account."""
    found = [message for message in messages_of(state, rows) if message.notice not in OF_THE_LIST]
    found += _of_renewing_all(state, loans)
    if not any(message.weight is Weight.INFO for message in found):
        found.append(_quiet(account, loans, holds))
    return [message for weight in WEIGHTS for message in found if message.weight is weight]


def _of_renewing_all(state: State, loans: tuple[AccountLoanRow, ...]) -> list[Message]:
    """What comes or came of *Renew all*. (What became of a single renewal, the list's messages say.)"""
    wished = state.wishes.get(state.session.wished) if state.session and state.session.wished else None
    if wished is None or wished.kind is not WishKind.RENEW_ALL:
        return []
    if not wished.ended:
        return [Message(Weight.INFO, Notice.RENEWING)]
    done = len([row for row in loans if row.mark is LoanMark.RENEWED])
    refused = [row for row in loans if row.mark in (LoanMark.NOT_RENEWED, LoanMark.UNCLEAR)]
    reasons = {row.reason for row in refused}
    if wished.state is WishState.UNKNOWN or (wished.state is WishState.NOT_GRANTED and not done):
        return []  # said as of a single one
    some = Notice.SOME_RENEWED if done else Notice.NOT_RENEWED
    if wished.reason is not None:  # the ILS or the disk went away before all had their turn
        return [Message(Weight.REFUSAL, some, done, wished.reason)]
    if refused:
        return [Message(Weight.REFUSAL, some, done, reasons.pop() if len(reasons) == 1 else None)]
    # an ILS that names none of them lets the new dates speak
    return [Message(Weight.INFO, Notice.ALL_RENEWED, done)] if done else []


def _quiet(
    account: OpenAccount, loans: tuple[AccountLoanRow, ...], holds: tuple[AccountHoldRow, ...]
) -> Message:
    if account.known is None:
        if account.reason is not None and not account.asked:
            return Message(Weight.INFO, Notice.ACCOUNT_AWAY, reason=account.reason)
        return Message(Weight.INFO, Notice.ACCOUNT_ASKED)
    overdue = len([row for row in loans if row.mark is LoanMark.OVERDUE])
    waiting = len([row for row in holds if row.waiting])
    if overdue:
        return Message(Weight.INFO, Notice.OVERDUE, overdue)
    if not account.known.complete or account.reason is not None:
        return Message(Weight.INFO, Notice.ACCOUNT_PARTIAL)
    if waiting:
        return Message(Weight.INFO, Notice.HOLDS_WAITING, waiting)
    return Message(Weight.INFO, Notice.NOTHING_OVERDUE)
