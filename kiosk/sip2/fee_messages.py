"""Messages about money: a fee that was paid (37)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from kiosk.sip2.fields import ACCEPTED, DATE, FeeType, PaymentType, fixed, repeated, text, variable
from kiosk.sip2.item_messages import same_id
from kiosk.sip2.money import AMOUNT, CURRENCY
from kiosk.sip2.shape import Message, Request, Verdict, message


@message("38")
class FeePaidResponse(Verdict):
    """38: whether the payment is booked. `transaction` is the ACS's own number of it, if it has one."""

    ok: bool = fixed(ACCEPTED)
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    transaction: str | None = variable("BK", default=None)
    screen_messages: tuple[str, ...] = repeated("AF", default=())
    print_lines: tuple[str, ...] = repeated("AG", default=())


@message("37", FeePaidResponse)
class FeePaid(Request[FeePaidResponse]):
    """37: this patron has paid this much. Several ACS book a second 37 as a second payment: never send it
    twice."""

    date: datetime | None = fixed(DATE)
    fee_type: str = fixed(text(2), default=FeeType.OTHER.value)
    payment_type: str = fixed(text(2), default=PaymentType.CREDIT_CARD.value)
    currency: str = fixed(CURRENCY, default="")
    fee_amount: Decimal | None = variable("BV", kind=AMOUNT)  # never blank, see money.in_currency
    institution: str = variable("AO")
    patron: str = variable("AA")
    terminal_password: str | None = variable("AC", default=None)
    patron_password: str | None = variable("AD", default=None)
    fee: str | None = variable("CG", default=None)  # which of the patron's fees
    transaction: str | None = variable("BK", default=None)  # our number of the payment

    def answered_by(self, answer: Message) -> bool:
        """A 38 for the same patron. (BK says nothing: an ACS may answer with a number of its own.)"""
        return isinstance(answer, FeePaidResponse) and same_id(self.patron, answer.patron)
