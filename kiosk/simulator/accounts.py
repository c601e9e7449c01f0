"""What patrons owe, what loans cost them, and what was paid.

Amounts are decimal numbers in the library's one currency. Each payment that is executed is one record:
whoever asks twice has paid twice, as far as the account lets him.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from kiosk.simulator.scenery import Item, Scenery

NOTHING = Decimal("0.00")

_AMOUNT = re.compile(r"\d{1,7}(?:\.\d{1,2})?", re.ASCII)


@dataclass(slots=True)
class PaymentRecord:
    """One payment that was booked; `reference` is what the desk called it (BK), "" for nothing."""

    t: float
    patron: str
    amount: str
    currency: str
    reference: str


@dataclass(slots=True)
class ChargeRecord:
    """The fee of one loan, put on the patron's account when it was executed."""

    t: float
    patron: str
    item: str
    amount: str
    currency: str


@dataclass(slots=True)
class Open:
    """A fee with what is still owed of it."""

    id: str
    amount: Decimal
    reason: str


class Accounts:
    """The accounts of all patrons. Who never owed anything has none."""

    def __init__(self, scenery: Scenery) -> None:
        self._manners = scenery.ils
        self._patrons = {patron.id for patron in scenery.patrons}
        self._open = {
            patron.id: [Open(debt.id, Decimal(debt.amount), debt.reason) for debt in patron.owes]
            for patron in scenery.patrons
            if patron.owes
        }
        self._credit: dict[str, Decimal] = {}
        self.payments: list[PaymentRecord] = []
        self.charges: list[ChargeRecord] = []

    def has(self, who: str) -> bool:
        """Whether this patron owes something or ever did."""
        return who in self._open

    def fees(self, who: str) -> list[Open]:
        """What is open, the oldest first."""
        return self._open.get(who, [])

    def balance(self, who: str) -> Decimal:
        """The sum of it; negative when too much was paid."""
        if who not in self._open:
            return NOTHING
        return sum((fee.amount for fee in self._open[who]), NOTHING) - self._credit.get(who, NOTHING)

    def charge(self, who: str, item: Item, now: float) -> ChargeRecord:
        """Put the fee of a loan on its patron's account."""
        record = ChargeRecord(now, who, item.barcode, plain(item.fee), self._manners.currency)
        self.charges.append(record)
        fee = Open(f"L{len(self.charges)}", Decimal(item.fee), item.title)
        self._open.setdefault(who, []).append(fee)
        return record

    def refusal(self, who: str, amount: str, currency: str, fee: str) -> str:
        """Why this payment is refused; "" if it is not. `fee` "" pays whatever is open."""
        if who not in self._patrons:
            return "Invalid patron"
        if currency != self._manners.currency:
            return "Currency is not accepted"
        if _AMOUNT.fullmatch(amount) is None or not Decimal(amount):
            return "Invalid amount"
        named = [each for each in self.fees(who) if each.id == fee]
        if fee and not named:
            return "No such fee"
        most = named[0].amount if named else self.balance(who)
        if Decimal(amount) > most and not self._manners.credits:
            return "Amount is more than what is owed"
        return ""

    def pay(self, who: str, amount: str, fee: str, reference: str, now: float) -> PaymentRecord:
        """Book a payment that is not refused: on the fee that it names, then on the oldest."""
        left = Decimal(amount)
        fees = self._open.setdefault(who, [])
        for each in sorted(fees, key=lambda each: each.id != fee):
            part = min(left, each.amount)
            each.amount -= part
            left -= part
        fees[:] = [each for each in fees if each.amount]
        if left:
            self._credit[who] = self._credit.get(who, NOTHING) + left
        record = PaymentRecord(now, who, plain(amount), self._manners.currency, reference)
        self.payments.append(record)
        return record


def plain(amount: str | Decimal) -> str:
    """An amount as it goes over the line: a point and two places, nothing else."""
    return f"{Decimal(amount):.2f}"
