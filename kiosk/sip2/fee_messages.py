"""Messages about money: a fee that was paid (37)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from kiosk.sip2.fields import FeeType, PaymentType
from kiosk.sip2.kinds import ACCEPTED, DATE, FEE_TYPE, FREE_TEXT, PAYMENT_TYPE
from kiosk.sip2.money import AMOUNT, CURRENCY
from kiosk.sip2.shape import Change, Verdict, fixed, message, repeated, variable
from kiosk.sip2.untrusted import Untrusted


@message("38")
class FeePaidResponse(Verdict):
    """38: whether the payment is booked. `transaction` is the ACS's own number of it, if it has one."""

    ok: bool = fixed(ACCEPTED)
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    transaction: str | None = variable("BK", default=None)
    screen_messages: tuple[Untrusted, ...] = repeated("AF", kind=FREE_TEXT, default=())
    print_lines: tuple[Untrusted, ...] = repeated("AG", kind=FREE_TEXT, default=())


@message("37", FeePaidResponse)
class FeePaid(Change[FeePaidResponse]):
    """37: this patron has paid this much. Several ACS book a second 37 as a second payment: never send it
    twice."""

    date: datetime | None = fixed(DATE)
    fee_type: FeeType | str = fixed(FEE_TYPE, default=FeeType.OTHER)
    payment_type: PaymentType | str = fixed(PAYMENT_TYPE, default=PaymentType.CREDIT_CARD)
    currency: str = fixed(CURRENCY, default="")
    fee_amount: Decimal | None = variable("BV", kind=AMOUNT)  # never blank, see money.in_currency
    institution: str = variable("AO")
    patron: str = variable("AA")
    terminal_password: str | None = variable("AC", default=None)
    patron_password: str | None = variable("AD", default=None)
    fee: str | None = variable("CG", default=None)  # which of the patron's fees
    transaction: str | None = variable("BK", default=None)  # our number of the payment
