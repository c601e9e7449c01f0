"""What is said of money: amounts, and what became of a fee payment."""

from __future__ import annotations

from kiosk.circulation.values import Money, Payment, Untrusted
from kiosk.screens.scene import Origin
from kiosk.words import Words, isolate


def say_money(money: Money, words: Words) -> str:
    """An amount as the language writes it."""
    return words.money(money.amount, money.currency)


def say_payment(payment: Payment, words: Words, *, receipt: bool) -> str:
    """What became of a fee payment. One that is not certain: keep the receipt, where there can be one."""
    pending = "farewell.payment-pending" if receipt else "farewell.payment-checked"
    key = pending if payment.pending else "farewell.paid"
    return words.say(key, amount=say_money(payment.amount, words))


def say_payment_line(payment: Payment, words: Words) -> tuple[str, Origin, tuple[str, ...], Origin]:
    """The line of a receipt on the screen that tells of a payment, as `say_receipt_line`."""
    title = words.say("paper.payment-pending" if payment.pending else "paper.paid")
    amount = isolate(say_money(payment.amount, words))
    number = Untrusted(payment.reference).shown(40)
    if not number:
        return title, Origin.OURS, (amount,), Origin.DATA
    named = words.say("receipt.payment-number", number=number)
    return title, Origin.OURS, (f"{amount} · {named}", f"{amount} · {isolate(number)}"), Origin.DATA
