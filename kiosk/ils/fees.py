"""Fees: what an ILS says of money. Pure functions, no I/O. An amount that is not sure is none."""

from __future__ import annotations

from kiosk.circulation.answers import FeeBooked, FeeNotBooked
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Exchange, Money
from kiosk.ils.notes import note_of
from kiosk.sip2.messages import (
    FeePaidResponse,
    LoanVerdict,
    PatronInformationResponse,
    PatronStatusResponse,
)
from kiosk.sip2.money import read_amount
from kiosk.sip2.profiles import Profile


def money_of(amount: str | None, currency: str | None) -> Money | None:
    """A BV and its BH as money that somebody owes; None when it is nothing, or not sure."""
    code = (currency or "").strip().upper()
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        code = ""
    value = read_amount(amount, code)
    return Money(value, code) if value is not None and value > 0 else None


def asks_a_fee(answer: LoanVerdict) -> bool:
    """Whether a 12 or a 30 with ok 0 is for want of consent to a fee: we sent BO N, and it says what the fee
    is for (BT) and how much it is (BV), if perhaps not so that we can read it."""
    if not answer.fee_type or not answer.fee_amount.raw.strip():
        return False
    value = answer.fee_amount.value
    return value is None or value > 0


def fee_of(answer: LoanVerdict) -> Money | None:
    """The fee that a 12 or a 30 asks for."""
    return money_of(answer.fee_amount.raw, answer.fee_amount.currency)


def owed(answer: PatronInformationResponse | PatronStatusResponse) -> Money | None:
    """What a patron owes, as a 64 or a 24 says."""
    return money_of(answer.fee_amount.raw, answer.fee_amount.currency)


def booked(answer: FeePaidResponse, profile: Profile, by: Exchange | None = None) -> FeeBooked:
    """A 38 with accepted Y."""
    return FeeBooked(note_of(answer.screen_messages, profile), by)


def not_booked(answer: FeePaidResponse, profile: Profile, by: Exchange | None = None) -> FeeNotBooked:
    """A 38 with accepted N."""
    return FeeNotBooked(Reason.NOT_BOOKED, note_of(answer.screen_messages, profile), by)
