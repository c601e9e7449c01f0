"""The fee payment saga: its states and its table. `paying` turns events into its signals.

Money is not a book: it cannot be put back on the pad. So each step is on the disk before the next: that the
till is asked, that it has taken the money, what the ILS made of it. Neither the till nor the ILS is asked
twice. SIP2 has no question for what became of a 37, so a payment of which nobody knows is named for staff,
and its receipt says *pending*; only one of which the ILS was surely not told is told again.

After a restart an intent without more means that the till may have taken the money, a `taken` row without an
answer that the ILS may have been told: both are for staff.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from kiosk.circulation.answers import FeeBooked, FeeNotBooked, MoneyNotTaken
from kiosk.circulation.saga import Act, Saga, Signal, Table, table
from kiosk.circulation.values import Flushed, Money


class PaymentState(StrEnum):
    """Where a payment is. The first seven are on their way, the others are ends."""

    ASKS = "asks"
    """The patron is asked whether they want to pay now."""
    INTENDED = "intended"
    """The intent row is on its way to the disk; the till was not asked."""
    TAKING = "taking"
    """The till has been asked to take the money, once."""
    TAKEN = "taken"
    """The till has taken it; the row that says so is on its way to the disk."""
    BOOKING = "booking"
    """The 37 is with the ILS, at most once."""
    UNBOOKED = "unbooked"
    """The money was taken and the ILS was surely not told: it is when it is back."""
    ANSWERED = "answered"
    """The answer row is on its way to the disk."""

    PAID = "paid"
    """Taken and booked."""
    NOT_PAID = "not-paid"
    """Nothing was taken."""
    DECLINED = "declined"
    """The patron did not want to pay now."""
    FOR_STAFF = "for-staff"
    """The money was taken, or may have been, and it is not known to be booked."""
    RESOLVED = "resolved"
    """Staff have seen to it."""


_S, _G, _A = PaymentState, Signal, Act

TABLE: Table[PaymentState] = table(
    (_S.ASKS, _G.YES, (_A.KEEP_INTENT,), _S.INTENDED),
    (_S.ASKS, _G.CANNOT_ASK, (), _S.NOT_PAID),
    (_S.ASKS, _G.NO, (), _S.DECLINED),
    (_S.INTENDED, _G.INTENT_KEPT, (_A.TAKE_MONEY,), _S.TAKING),
    (_S.INTENDED, _G.INTENT_LOST, (), _S.NOT_PAID),
    (_S.TAKING, _G.MONEY_TAKEN, (_A.KEEP_TAKEN,), _S.TAKEN),
    (_S.TAKING, _G.NO_MONEY, (_A.KEEP_ANSWER,), _S.ANSWERED),
    (_S.TAKING, _G.SILENCE, (_A.NAME, _A.TELL), _S.FOR_STAFF),
    (_S.TAKEN, _G.TAKEN_KEPT, (_A.BOOK,), _S.BOOKING),
    (_S.TAKEN, _G.ANSWER_LOST, (_A.TELL,), _S.FOR_STAFF),
    (_S.BOOKING, _G.ANSWER_CAME, (_A.KEEP_ANSWER,), _S.ANSWERED),
    (_S.BOOKING, _G.NOT_SENT, (_A.NAME, _A.TELL), _S.UNBOOKED),
    (_S.BOOKING, _G.SILENCE, (_A.NAME, _A.TELL), _S.FOR_STAFF),
    (_S.UNBOOKED, _G.ASK_AGAIN, (_A.BOOK,), _S.BOOKING),
    (_S.ANSWERED, _G.BOOKED, (_A.TELL,), _S.PAID),
    (_S.ANSWERED, _G.NOT_BOOKED, (_A.NAME, _A.TELL), _S.FOR_STAFF),
    (_S.ANSWERED, _G.NOT_PAID, (), _S.NOT_PAID),
    (_S.ANSWERED, _G.ANSWER_LOST, (_A.TELL,), _S.FOR_STAFF),
    (_S.FOR_STAFF, _G.DISK_BACK, (_A.KEEP_ANEW,), _S.FOR_STAFF),
    (_S.UNBOOKED, _G.DISK_BACK, (_A.KEEP_ANEW,), _S.UNBOOKED),
    ((_S.UNBOOKED, _S.FOR_STAFF), _G.RESOLVED, (_A.CLOSE,), _S.RESOLVED),
)
"""State, signal, what is done, next state. What is not here does not happen."""

ENDS = frozenset({_S.UNBOOKED, _S.PAID, _S.NOT_PAID, _S.DECLINED, _S.FOR_STAFF, _S.RESOLVED})
"""States in which a patron need not wait any more."""

PENDING = frozenset({_S.UNBOOKED, _S.FOR_STAFF})
"""Ends of which a receipt says *pending*."""


NOTHING = Money(Decimal(0))


@dataclass(frozen=True)
class FeePayment(Saga):
    """One fee payment. `reference` is the till's number of it, `taken` the proof of the flushed row that
    says so. `lost`: the disk did not take a row of it, which is to be written yet."""

    reply: FeeBooked | FeeNotBooked | MoneyNotTaken | None = None
    state: PaymentState = PaymentState.ASKS
    amount: Money = NOTHING
    reference: str = ""
    taken: Flushed | None = None
    lost: bool = False

    TABLE: ClassVar = TABLE
    ASKS: ClassVar = PaymentState.ASKS

    @property
    def ended(self) -> bool:
        """Whether a patron need not wait for it any more."""
        return self.state in ENDS


def verdict(payment: FeePayment) -> Signal:
    """What its answer, once it is flushed, means."""
    match payment.reply:
        case FeeBooked():
            return Signal.BOOKED
        case MoneyNotTaken():
            return Signal.NOT_PAID
        case _:
            return Signal.NOT_BOOKED
