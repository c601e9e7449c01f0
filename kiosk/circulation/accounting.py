"""The account: how it is opened, asked for, read and closed.

It lies over the list of the visit and changes nothing about it: the pad goes on working, a book that is put
down is lent, what must be put back is said first. What the ILS tells is kept in the session and forgotten
with it. After renewals, and after loans of this visit, it is asked for anew, once nothing is under way.
"""

from __future__ import annotations

from itertools import islice

from kiosk.circulation import wishing
from kiosk.circulation.account import OpenAccount
from kiosk.circulation.answers import Account, AccountAnswer, AccountLoan
from kiosk.circulation.effects import AskAccount, DescribeItem
from kiosk.circulation.frozen import changed
from kiosk.circulation.policy import AccountRule
from kiosk.circulation.reasons import Reason
from kiosk.circulation.saga import Stage
from kiosk.circulation.state import Draft, Phase, State
from kiosk.circulation.values import Device, ItemKey
from kiosk.circulation.views import Errand, Section
from kiosk.circulation.wishing import WISHING

TITLES_AT_ONCE = 10
"""How many titles of a section are asked for when it comes on the screen: each is a message of its own (17),
and those that nobody pages to are not wanted."""

ON_ITS_WAY = frozenset({Stage.INTENDED, Stage.ASKED, Stage.DOUBTED, Stage.ANSWERED})
"""Stages of a loan in which the ILS is about to say something about it."""


def may_open(state: State) -> bool:
    """Whether whoever is here may see their account."""
    session = state.session
    if session is None or session.patron is None or session.abandoned:
        return False
    at_list = state.phase is Phase.LIST and session.errand is Errand.LOAN
    return at_list and state.policy.account is not AccountRule.NONE


def wanted(d: Draft) -> None:
    """*My account*, or *Try again*: show it, and ask the ILS for it."""
    if not may_open(d.state):
        return
    known = d.session.account or OpenAccount()
    if not (known.shown and known.asked):
        d.set_session(
            account=changed(known, shown=True, section=known.section if known.shown else Section.LOANS)
        )
        _ask(d)


def close(d: Draft) -> None:
    """*Back to my books*. What is known is kept for the receipt."""
    account = d.state.reading_account()
    if account is not None:
        d.set_session(account=changed(account, shown=False))


def look(d: Draft, at: Section) -> None:
    """Another section."""
    account = d.state.reading_account()
    if account is not None and account.section is not at:
        d.set_session(account=changed(account, section=at))
        _describe(d)


def answered(d: Draft, attempt: int, answer: AccountAnswer) -> bool:
    """The ILS told what it has; False when nobody waits for that any more."""
    account = d.state.session.account if d.state.session is not None else None
    if account is None or not account.asked or attempt != account.attempt:
        return False
    account = changed(account, asked=False)
    if isinstance(answer, Account):
        in_place = changed(answer, loans=_in_their_places(account.loans, answer.loans))
        d.set_session(
            account=changed(account, known=in_place, reason=None),
            # a later list may be shorter; what the ILS once called theirs is never asked for by an 11
            charged=d.session.charged | {loan.item.id for loan in answer.loans if loan.item.id},
            owed=answer.owed if answer.owed is not None else d.session.owed,
        )
        _describe(d)
    else:
        d.set_session(account=changed(account, reason=answer.reason))
    return True


def _in_their_places(
    before: tuple[AccountLoan, ...], now: tuple[AccountLoan, ...]
) -> tuple[AccountLoan, ...]:
    """Loans as they stood on the screen, new ones behind: a row does not move away under a finger."""
    places = {loan.item.id: place for place, loan in enumerate(before)}
    return tuple(sorted(now, key=lambda loan: places.get(loan.item.id, len(before))))


def ils_back(d: Draft) -> None:
    """The ILS answers again: what could not be had is asked for once more."""
    account = d.state.reading_account()
    if account is not None and account.reason is not None and not account.asked:
        _ask(d)


def go_on(d: Draft) -> None:
    """After each step: all loans that are renewed one by one, and an account that is no longer the newest."""
    if d.state.wishes:
        WISHING.go_on(d)
    account = d.state.reading_account()
    if account is None or account.asked or account.known is None:
        return
    if _done(d.state) != account.told and not _busy(d.state):
        _ask(d)


def _done(state: State) -> int:
    """How much has been done in this visit that the account must tell of."""
    lent = [loan for loan in state.loans.values() if loan.epoch == state.here and loan.lent]
    return wishing.ended_wishes(state) + len(lent)


def _busy(state: State) -> bool:
    """Whether more of that is about to come, so that asking now would be too early."""
    loans = (loan for loan in state.loans.values() if loan.epoch == state.here)
    return wishing.under_way(state) or any(loan.stage in ON_ITS_WAY for loan in loans)


def _ask(d: Draft) -> None:
    account, patron = d.session.account, d.session.patron
    if account is None or patron is None:
        return
    told = _done(d.state)
    if not d.state.ready(Device.ILS):
        d.set_session(account=changed(account, asked=False, reason=Reason.ILS_DOWN, told=told))
        return
    # counted over all sessions: the late answer to one patron must not be the next one's account
    attempt = d.state.counter + 1
    d.set(counter=attempt)
    d.set_session(account=changed(account, asked=True, attempt=attempt, told=told))
    d.do(AskAccount(attempt, patron, d.session.pin))


def _describe(d: Draft) -> None:
    """Ask what is on the screen is called, and until when it is lent, where its list does not say so."""
    account = d.state.reading_account()
    if account is None or account.known is None:
        return
    wanted = islice(_untold(account.section, account.known), TITLES_AT_ONCE)
    items = [item for item in wanted if item.id not in account.described]
    if items:
        d.set_session(account=changed(account, described=account.described | {item.id for item in items}))
        d.do(*(DescribeItem(item) for item in items))


def _untold(section: Section, known: Account) -> list[ItemKey]:
    if section is Section.LOANS:
        return [loan.item for loan in known.loans if loan.item.id and not (loan.title and loan.due)]
    if section is Section.HOLDS:
        return [hold.item for hold in known.holds if hold.item is not None and not hold.title]
    return []
