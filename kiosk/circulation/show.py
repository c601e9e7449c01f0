"""What the screen shows, worked out from the state: `view_of(state) -> View`. Pure.

Counts are true: *on the pad* is what the pad senses, *borrowed* what the ILS lent in this session, *returned*
what it took back and what was proved armed. One message at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_
from typing import NamedTuple

from kiosk.circulation.account_rows import account_view, asked_row, renewed_rows
from kiosk.circulation.accounting import may_open
from kiosk.circulation.answers import FeeAsked
from kiosk.circulation.counting import counted
from kiosk.circulation.leaving import gate_away, receipt_of
from kiosk.circulation.listing import leftover_items
from kiosk.circulation.loan import Loan
from kiosk.circulation.messages import messages_of, refusals
from kiosk.circulation.paying import paid, payable, payment_of_session
from kiosk.circulation.payment import FeePayment, PaymentState
from kiosk.circulation.policy import Mode, NameRule, Policy
from kiosk.circulation.reasons import Reason
from kiosk.circulation.returning import Return
from kiosk.circulation.rows import (
    Made,
    attention,
    borrowed,
    leftover_row,
    not_borrowed,
    returned,
    row_of,
    rows_of,
    sensed,
    to_staff,
)
from kiosk.circulation.saga import Saga
from kiosk.circulation.state import Line, Phase, Prefs, Presence, State
from kiosk.circulation.values import Device, Uid
from kiosk.circulation.views import (
    AskFee,
    AskHold,
    AskParts,
    AskPayment,
    AskRenewal,
    AskRenewAll,
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
    ReturnView,
    RowView,
    ScreenView,
    SeeStaffView,
    StaffView,
    StillThere,
    View,
    WaitView,
    Weight,
)
from kiosk.circulation.wish import Wish, WishKind

OUT_OF_DANGER = frozenset({ItemState.SAFE, ItemState.NO_TAG, ItemState.RENEWED})
"""States of items that a patron may take along."""

CLOSES_BY_ITSELF = frozenset({Phase.FAREWELL, Phase.SEE_STAFF})
"""Phases whose countdown is on the screen itself."""


def view_of(state: State) -> View:
    """The whole screen for this state."""
    return Views().of(state)


BEHIND_ROWS = frozenset({"now", "revision", "counter", "air", "pad", "loans", "returns"})
"""Fields of the state of which a list without a sheet shows nothing but its rows, how many are lent, and how
many the pad senses."""


class _Last(NamedTuple):
    """The view before, and what it was made of."""

    state: State
    rows: tuple[RowView, ...]
    on_pad: int
    view: View

    def is_still(self, state: State, rows: tuple[RowView, ...], on_pad: int) -> bool:
        """Whether the view of `state`, on which no sheet lies, is sure to be an equal one: half of the events
        of a loan (its intent is on the disk, its answer has come) change no more than where its saga is."""
        session = state.session
        if session is None or session.not_mine or session.wished or session.account is not None:
            return False  # what is said of these has to do with the pad, and with sagas
        if state.phase is not Phase.LIST or on_pad != self.on_pad:
            return False
        if len(rows) != len(self.rows) or not all(map(is_, rows, self.rows)):
            return False
        before = vars(self.state)
        for name, part in vars(state).items():
            if part is not before[name] and name not in BEHIND_ROWS:
                return False
        for key, loan in state.loans.items():
            known = self.state.loans.get(key)
            if loan is not known and (known is None or loan.lent is not known.lent):
                return False
        return len(state.loans) == len(self.state.loans)


class Views:
    """The views of one state after another, each as `view_of` makes it: what is made of the very same parts
    as in the view before is taken from there. Between two views few rows change, and never the header.

    Nothing of a session is kept once another epoch was shown.
    """

    def __init__(self) -> None:
        """Nothing was shown yet."""
        self._epoch: int | None = None
        self._rows: dict[str, Made] = {}
        self._pad: Mapping[Uid, Presence] | None = None
        self._on_pad = 0
        self._bare: str | None = None
        self._header: tuple[tuple[Policy, Prefs, str], Header] | None = None
        self._last: _Last | None = None

    def of(self, state: State) -> View:
        """The whole screen for this state."""
        if state.epoch != self._epoch:
            self._epoch, self._rows, self._pad = state.epoch, {}, None
        rows: tuple[RowView, ...] = ()
        if state.phase in SHOWS_ROWS:
            rows = rows_of(state, self._rows)
            if state.pad is not self._pad:
                self._pad, self._on_pad = state.pad, sensed(state)
            last = self._last if state.key == self._bare else None
            if last is not None and last.is_still(state, rows, self._on_pad):
                return last.view
        view = View(
            session=state.epoch,
            revision=state.revision,
            since=state.since,
            header=self._header_of(state),
            screen=_screen(state, rows, self._on_pad),
            modal=self._modal_of(state, rows),
        )
        self._last = _Last(state, rows, self._on_pad, view)
        return view

    def _modal_of(self, state: State, rows: tuple[RowView, ...]) -> Modal | None:
        """The key says whether a sheet lies on the screen: as long as it is that of a bare one, none does."""
        if state.key == self._bare:
            return None
        modal = _modal(state, rows)
        self._bare = state.key or None if modal is None and state.asking() is None else None
        return modal

    def _header_of(self, state: State) -> Header:
        parts = (state.policy, state.prefs, state.session.name if state.session is not None else "")
        if self._header is None or self._header[0] != parts:
            self._header = parts, _header(*parts)
        return self._header[1]


def screen_key(state: State, to_put_back: Sequence[Loan | Return] | None = None) -> str:
    """What must be the same for an intent to mean what the patron saw: screen and modal.

    Worked out without the rows, since it is wanted at every event. `to_put_back`: what `State.to_put_back`
    says, where that is known already.
    """
    kind: str = state.phase
    if state.phase is Phase.CLOSING:
        kind = Phase.LIST
    elif state.reading_account() is not None:
        kind = "account"
    elif state.phase is Phase.IDLE and _missing_device(state) is not None:
        kind = "cannot-lend"
    if to_put_back is None:
        to_put_back = state.to_put_back()
    if to_put_back and (away := _away(state, to_put_back)):
        return f"{state.epoch} {kind} {PutBack.__name__} {away[0].key}"
    asking = _asking(state)
    modal = _other_modal(state, asking)
    about = asking.key if isinstance(asking, Line) else asking.id if asking is not None else ""
    return f"{state.epoch} {kind} {modal.__name__ if modal else ''} {about}"


SHOWS_ROWS = frozenset({Phase.LIST, Phase.CLOSING, Phase.FAREWELL})
"""Phases whose screen has the list."""


# ---- header ---------------------------------------------------------------------------------


def _header(policy: Policy, prefs: Prefs, name: str) -> Header:
    return Header(
        library=policy.library_name(prefs.language),
        patron=_shown_name(policy, name),
        language=prefs.language,
        languages=policy.languages,
        text_size=prefs.text_size,
        theme=prefs.theme,
    )


def _shown_name(policy: Policy, name: str) -> str:
    if not name or policy.show_name is NameRule.NONE:
        return ""
    words = name.replace(",", " ").split()
    if "," in name and len(words) > 1:
        # the ILS sends "Family, First"
        family = name.split(",", 1)[0].split()
        words = [*name.split(",", 1)[1].split(), *family]
    if not words:
        return ""
    initials = [f"{word[0]}." for word in words]
    if policy.show_name is NameRule.INITIALS:
        return " ".join((initials[0], initials[-1])) if len(words) > 1 else initials[0]
    return f"{words[0]} {initials[-1]}" if len(words) > 1 else words[0]


# ---- screens --------------------------------------------------------------------------------


def _screen(state: State, rows: tuple[RowView, ...], on_pad: int) -> ScreenView:
    session = state.session
    if session is None:
        return StaffView() if state.phase is Phase.STAFF else _nobody_here(state)
    match state.phase:
        case Phase.SIGNING_IN:
            return WaitView()
        case Phase.PIN:
            left = state.policy.pin_tries - session.wrong_pins
            return PinView(len(session.typed), wrong=session.wrong_pins > 0, tries_left=left)
        case Phase.LEFTOVERS:
            rows = tuple(leftover_row(state, item) for item in leftover_items(state))
            return LeftoversView(rows, session.errand)
        case Phase.FAREWELL:
            return _farewell(state, rows)
        case Phase.SEE_STAFF:
            seconds = state.policy.farewell_s
            reason = session.reason or Reason.PATRON_BLOCKED
            return SeeStaffView(reason, session.note, state.countdown or 0, seconds)
        case _:
            if session.errand is Errand.RETURN:
                return _return(state, rows, on_pad)
            books, account = _loan(state, rows, on_pad), state.reading_account()
            return account_view(state, account, books, rows) if account is not None else books


def _missing_device(state: State) -> Reason | None:
    for device, reason in (
        (Device.ILS, Reason.ILS_DOWN),
        (Device.JOURNAL, Reason.JOURNAL_FAILED),
        (Device.PAD, Reason.READER_MISSING),
    ):
        if not state.ready(device):
            known = state.devices.get(device)
            return (known.reason if known else None) or reason
    return None


def _nobody_here(state: State) -> ScreenView:
    missing = _missing_device(state)
    if missing is not None:
        return CannotLendView(missing)
    message = None
    if state.notice is not None:
        message = Message(Weight.INFO, state.notice[0], reason=state.notice[1])
    mode = state.policy.mode
    return AttractView(message, lends=mode is not Mode.RETURNS, returns=mode is not Mode.LOANS)


def _first_two(messages: list[Message]) -> tuple[Message, Message | None]:
    """What is said now, and what waits behind it."""
    for message in messages[1:]:
        if message.weight is not Weight.INFO:
            return messages[0], message
    return messages[0], None


def _loan(state: State, rows: tuple[RowView, ...], on_pad: int) -> LoanView:
    message, following = _first_two(messages_of(state, rows))
    states = [row.state for row in rows]
    return LoanView(
        rows=rows,
        on_pad=on_pad,
        scanned=states.count(ItemState.NO_TAG),
        borrowed=borrowed(state, rows),
        not_borrowed=not_borrowed(state, rows),
        attention=states.count(ItemState.ATTENTION),
        message=message,
        next_message=following,
        closing=state.phase is Phase.CLOSING,
        payable=payable(state),
        account=may_open(state),
    )


def _return(state: State, rows: tuple[RowView, ...], on_pad: int) -> ReturnView:
    message, following = _first_two(messages_of(state, rows))
    return ReturnView(
        rows=rows,
        on_pad=on_pad,
        returned=returned(rows),
        attention=to_staff(rows),
        message=message,
        next_message=following,
        closing=state.phase is Phase.CLOSING,
    )


def _farewell(state: State, rows: tuple[RowView, ...]) -> FarewellView:
    errand = state.session.errand if state.session is not None else Errand.LOAN
    returning = errand is Errand.RETURN
    rows = (*rows, *renewed_rows(state))
    return FarewellView(
        rows=rows,
        borrowed=borrowed(state, rows),
        safe=len([row for row in rows if row.state is ItemState.SAFE and row.reason is None]),
        not_borrowed=0 if returning else not_borrowed(state, rows),
        attention=to_staff(rows) if returning else attention(rows),
        message=_last_word(state, rows),
        seconds=state.countdown or 0,
        of_seconds=state.policy.farewell_s,
        errand=errand,
        returned=returned(rows),
        receipt=receipt_of(state, rows),
        payment=paid(state),
    )


def _last_word(state: State, rows: tuple[RowView, ...]) -> Message:
    if gate_away(state):
        # before anything else: whoever stands before a closed gate must know whom to ask
        return Message(Weight.REFUSAL, Notice.GATE_AWAY)
    left = refusals(state, rows)
    if left:
        return left[0]
    if state.session is not None and state.session.errand is Errand.RETURN:
        return messages_of(state, rows)[-1]
    return Message(Weight.INFO, Notice.TAKE_CARD)


# ---- modals ---------------------------------------------------------------------------------


def _modal(state: State, rows: tuple[RowView, ...]) -> Modal | None:
    session = state.session
    if session is None:
        return HelpCalled() if state.help_open else None
    to_put_back = state.to_put_back()
    if to_put_back and (away := _away(state, to_put_back)):
        after = next(iter(refusals(state, rows)), None)
        return PutBack(row_of(state, away[0]), len(away) - 1, after, session.staff_called)
    asking = _asking(state)
    kind = _other_modal(state, asking)
    if kind is StillThere:
        return _still_there(state, rows)
    if kind is None or kind is HelpCalled:
        return HelpCalled() if kind is HelpCalled else None
    return _paying(state) if asking is None else _question(state, asking)


def _asking(state: State) -> Line | Saga | None:
    """What the patron is asked about: first what was not asked of the ILS yet."""
    return state.counting() or state.asking()


def _other_modal(state: State, asking: Line | Saga | None) -> type[Modal] | None:
    """Which sheet lies on the screen, unless a book must be put back; any question counts as a question."""
    if state.session is not None:
        if state.countdown is not None and state.phase not in CLOSES_BY_ITSELF:
            # before the help sheet: a countdown that nobody sees is no warning (WCAG 2.2.1)
            return StillThere
        if not state.help_open and asking is not None:
            return AskRenewal
        if not state.help_open and state.payments and _paying(state) is not None:
            return Paying
    return HelpCalled if state.help_open else None


def asks_now(state: State) -> bool:
    """Whether the screen shows a question, with nothing above it: only then *Yes* means that."""
    asking = _asking(state)
    return (
        asking is not None
        and not _away(state, state.to_put_back())
        and _other_modal(state, asking) is AskRenewal
    )


def _question(state: State, asking: Line | Saga) -> Modal | None:
    """What a set, or a saga, asks the patron."""
    if isinstance(asking, Line):
        return AskParts(row_of(state, asking), len(counted(state, asking).present))
    if isinstance(asking, FeePayment):
        return AskPayment(asking.amount)
    if isinstance(asking, Wish) and asking.kind is WishKind.RENEW_ALL:
        return AskRenewAll(len(asking.rest))
    line = state.session.lines.get(asking.item.id) if state.session is not None else None
    if line is None:
        return AskRenewal(asked_row(state, asking.item)) if isinstance(asking, Wish) else None
    match asking:
        case Loan(reply=FeeAsked(fee)):
            return AskFee(row_of(state, line), fee)
        case Wish(kind=WishKind.RENEWAL):
            return AskRenewal(row_of(state, line))
        case Wish():
            return AskHold(row_of(state, line))
        case _:
            return None


def _paying(state: State) -> Paying | None:
    """The till has the patron's attention, or the ILS is being told."""
    payment = payment_of_session(state)
    if payment is None or payment.ended or payment.asks or state.phase is Phase.FAREWELL:
        return None
    before = (PaymentState.INTENDED, PaymentState.TAKING)
    return Paying(payment.amount, booking=payment.state not in before)


def _still_there(state: State, rows: tuple[RowView, ...]) -> StillThere:
    errand = state.session.errand if state.session is not None else Errand.LOAN
    if errand is Errand.RETURN:
        done, safe = returned(rows), returned(rows)
    else:
        done, safe = borrowed(state, rows), len([row for row in rows if row.state in OUT_OF_DANGER])
    return StillThere(state.countdown or 0, state.policy.warning_s, done, safe, errand)


def _away(state: State, to_put_back: Sequence[Loan | Return]) -> list[Line]:
    """Lines whose item left the pad before it was secured, while somebody is here who can put it back."""
    session = state.session
    if session is None or session.abandoned:
        return []
    away = {saga.id for saga in to_put_back}
    return [line for line in session.lines.values() if line.saga in away]
