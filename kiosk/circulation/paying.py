"""Paying: how a fee payment runs.

The patron is asked first; then each step is on the disk before the next: that the till is asked, that it has
taken the money, what the ILS made of it. Neither is asked twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from kiosk.circulation.answers import Doubt, FeeAnswer, FeeNotBooked, MoneyNotTaken, MoneyTaken, TillAnswer
from kiosk.circulation.course import Course, cannot_ask, new_id, pin_for
from kiosk.circulation.effects import AppendRow, BookFee, TakeMoney
from kiosk.circulation.facts import FeePaid
from kiosk.circulation.frozen import changed
from kiosk.circulation.payment import NOTHING, PENDING, FeePayment, PaymentState, verdict
from kiosk.circulation.reasons import UNASKED, Reason
from kiosk.circulation.saga import Act, Signal
from kiosk.circulation.state import Draft, Phase, State
from kiosk.circulation.values import Device, Flushed, ItemKey, Money, PatronId, Payment, Row, RowKind, SagaId

ACT = "payment"
"""What an intent row says that it is about."""


def payable(state: State) -> Money | None:
    """What the patron owes and may pay here now."""
    session = state.session
    if session is None or not state.policy.payments or state.phase is not Phase.LIST:
        return None
    if session.owed is None or not session.owed.currency:
        # an ILS that names no currency may refuse to book one (SIP2 37 wants three letters)
        return None
    last = payment_of_session(state)
    if session.abandoned or not state.ready(Device.TILL) or (last is not None and not _again(last)):
        return None
    return session.owed


def _again(payment: FeePayment) -> bool:
    """Whether another one may follow it: only where surely nothing was taken."""
    return payment.state in (PaymentState.DECLINED, PaymentState.NOT_PAID)


def payment_of_session(state: State) -> FeePayment | None:
    """The last payment that this session began."""
    if state.session is None:
        return None
    mine = [payment for payment in state.payments.values() if payment.epoch == state.epoch]
    return mine[-1] if mine else None


def paid(state: State) -> Payment | None:
    """The payment of this session as a receipt names it: none where nothing was taken."""
    payment = payment_of_session(state)
    if payment is None or not (payment.reference or payment.state in PENDING):
        return None
    return Payment(payment.amount, payment.reference, pending=payment.state is not PaymentState.PAID)


class Paying(Course[FeePayment]):
    """How a fee payment runs."""

    act = ACT

    def sagas(self, state: State) -> Mapping[SagaId, FeePayment]:
        """All fee payments."""
        return state.payments

    # ---- the question -----------------------------------------------------------------------

    def ask(self, d: Draft) -> None:
        """The patron pressed *Pay*: ask whether they want to pay that much now."""
        amount = payable(d.state)
        if amount is not None and d.session.patron is not None:
            saga_id = new_id(d, "F")
            patron = d.session.patron
            d.put(FeePayment(saga_id, ItemKey(""), d.state.epoch, patron, sent=False, amount=amount))

    def yes(self, d: Draft, payment: FeePayment) -> None:
        """The patron wants to. Where anything is away that this needs, nothing is taken."""
        reason = cannot_ask(d, (Device.TILL, Reason.TILL_MISSING))
        if reason is None:
            self.advance(d, changed(payment, sent=True), Signal.YES)
        else:
            unpaid = changed(payment, reason=reason, reply=MoneyNotTaken(reason))
            self.advance(d, unpaid, Signal.CANNOT_ASK)

    # ---- acts -------------------------------------------------------------------------------

    def carry_out(self, d: Draft, saga: FeePayment, act: Act) -> None:
        """Do one of the acts that the table names."""
        match act:
            case Act.KEEP_INTENT:
                self.keep_intent(d, saga)
            case Act.KEEP_TAKEN:
                d.do(AppendRow(_taken_row(saga)))
            case Act.KEEP_ANSWER:
                self.keep_answer(d, saga)
            case Act.KEEP_ANEW:
                self._keep_anew(d, saga)
            case Act.TAKE_MONEY if saga.intent is not None:
                d.do(TakeMoney(saga.intent, saga.amount))
            case Act.BOOK if saga.taken is not None and saga.patron is not None:
                d.do(BookFee(saga.taken, saga.patron, pin_for(d, saga), saga.amount, saga.reference))
            case Act.NAME:
                self.name(d, saga, saga.reason or Reason.PAYMENT_UNKNOWN)
            case Act.TELL:
                d.tell(FeePaid(saga.id, pending=saga.state in PENDING))
            case Act.CLOSE:
                self.close(d, saga, saga.state)
            case _:
                message = f"a payment does not {act}"
                raise AssertionError(message)

    def _keep_anew(self, d: Draft, saga: FeePayment) -> None:
        """The disk takes rows again: what it refused, and that staff must look at it."""
        d.put(changed(saga, lost=False))
        if saga.taken is None and saga.reference:
            d.do(AppendRow(_taken_row(saga)))
        if saga.reply is not None:
            self.keep_answer(d, saga)
        self.name(d, saga, saga.reason or Reason.PAYMENT_UNKNOWN)

    def intent_says(self, saga: FeePayment) -> Mapping[str, object]:
        """How much."""
        return {"amount": str(saga.amount.amount), "currency": saga.amount.currency}

    def answer_says(self, saga: FeePayment) -> Mapping[str, object]:
        """Taken and booked, and why not."""
        match saga.reply:
            case MoneyNotTaken(reason):
                return {"taken": False, "booked": "no", "reason": reason.value}
            case FeeNotBooked(reason):
                return {"taken": True, "booked": "no", "reason": reason.value}
            case _:
                return {"taken": True, "booked": "yes"}

    def closes(self, d: Draft, saga: FeePayment) -> bool:
        """All is done with the answer, unless money was taken that the ILS does not book."""
        return verdict(saga) is not Signal.NOT_BOOKED

    # ---- the journal ------------------------------------------------------------------------

    def row_flushed(self, d: Draft, token: Flushed) -> None:
        """A row is on the disk: what waited for it goes out."""
        saga = self.sagas(d.state).get(token.saga)
        if saga is not None and token.kind is RowKind.TAKEN:
            kept = changed(saga, taken=token)
            if not self.advance(d, kept, Signal.TAKEN_KEPT):
                d.put(kept)
        else:
            super().row_flushed(d, token)

    def answer_kept(self, d: Draft, saga: FeePayment) -> None:
        """The answer is on the disk."""
        self.advance(d, saga, verdict(saga))

    def flush_failed(self, d: Draft, saga_id: SagaId) -> None:
        """The disk did not take a row. Before the till was asked that is the end of it; afterwards staff are
        told, and the row is written when the disk is back."""
        saga = self.sagas(d.state).get(saga_id)
        if saga is None:
            return
        if saga.state is PaymentState.RESOLVED:
            d.put(changed(saga, lost=True))
            return
        reason = Reason.JOURNAL_FAILED
        unasked = changed(saga, reason=reason, reply=MoneyNotTaken(reason), sent=False)
        if self.advance(d, unasked, Signal.INTENT_LOST):
            return
        if saga.state is PaymentState.ANSWERED and self.closes(d, saga):
            # it is known what became of it, and nothing waits for the proof
            self.advance(d, changed(saga, lost=True), verdict(saga))
            return
        known = saga.state in (PaymentState.PAID, PaymentState.NOT_PAID)
        lost = changed(saga, reason=saga.reason if known else saga.reason or reason, lost=True)
        if not self.advance(d, lost, Signal.ANSWER_LOST) and (known or saga.state in PENDING):
            d.put(lost)

    def journal_back(self, d: Draft) -> None:
        """The disk takes rows again."""
        for saga in self.each(d):
            if saga.lost and saga.state is PaymentState.RESOLVED:
                d.put(changed(saga, lost=False))
                d.set(resolving=d.state.resolving | {saga.id})
                self.close(d, saga, saga.state)
            elif saga.lost and not self.advance(d, saga, Signal.DISK_BACK):
                d.put(changed(saga, lost=False))
                self.keep_answer(d, saga)

    # ---- the till and the ILS ---------------------------------------------------------------

    def till_answered(self, d: Draft, saga_id: SagaId, reply: TillAnswer) -> None:
        """The till said what became of the money, or nobody knows."""
        saga = self.sagas(d.state).get(saga_id)
        if saga is None or saga.state is not PaymentState.TAKING:
            return
        match reply:
            case MoneyTaken(reference):
                self.advance(d, changed(saga, reference=reference), Signal.MONEY_TAKEN)
            case MoneyNotTaken(reason):
                self.advance(d, changed(saga, reply=reply, reason=reason), Signal.NO_MONEY)
            case Doubt():
                self.advance(d, changed(saga, reason=Reason.PAYMENT_UNKNOWN), Signal.SILENCE)

    def answered(self, d: Draft, saga_id: SagaId, reply: FeeAnswer) -> None:
        """The ILS answered the 37, or is in doubt about it, or was never told."""
        saga = self.sagas(d.state).get(saga_id)
        if saga is None or saga.state is not PaymentState.BOOKING:
            return
        match reply:
            case Doubt():
                self.advance(d, changed(saga, reason=Reason.PAYMENT_UNKNOWN), Signal.SILENCE)
            case FeeNotBooked(reason) if reason in UNASKED:
                self.advance(d, changed(saga, reason=Reason.NOT_BOOKED), Signal.NOT_SENT)
            case _:
                why = Reason.NOT_BOOKED if isinstance(reply, FeeNotBooked) else None
                self.advance(d, changed(saga, reply=reply, reason=why), Signal.ANSWER_CAME)

    def late(self, d: Draft, saga_id: SagaId) -> None:
        """The answer is overdue."""
        saga = self.sagas(d.state).get(saga_id)
        if saga is not None and saga.state is PaymentState.BOOKING:
            d.put(changed(saga, late=True))

    def ils_back(self, d: Draft) -> None:
        """The ILS answers again: payments of which it was surely not told are told now."""
        for saga in self.each(d):
            self.advance(d, saga, Signal.ASK_AGAIN)

    # ---- after a restart --------------------------------------------------------------------

    def restarted(self, d: Draft, row: Row) -> None:
        """Fold one of the journal's open rows: whatever was under way, nobody knows what became of it."""
        if row.kind is RowKind.INTENT:
            patron = (row.sealed or {}).get("patron")
            saga = FeePayment(
                row.saga,
                ItemKey(""),
                -1,
                PatronId(patron) if patron else None,
                state=PaymentState.FOR_STAFF,
                amount=_amount(row),
                reason=Reason.PAYMENT_UNKNOWN,
            )
            d.put(saga)
        elif row.kind is RowKind.TAKEN and row.saga in d.state.payments:
            d.put(changed(d.state.payments[row.saga], reference=str(row.payload.get("reference", ""))))


def _taken_row(saga: FeePayment) -> Row:
    return Row(saga.id, RowKind.TAKEN, {"reference": saga.reference})


def _amount(row: Row) -> Money:
    try:
        return Money(Decimal(str(row.payload.get("amount", "0"))), str(row.payload.get("currency", "")))
    except InvalidOperation:
        return NOTHING


PAYING = Paying()
