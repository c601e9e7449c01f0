"""Money: amounts as ACS write them, and as we write them. Never a float.

The standard leaves the form of an amount (BV) to "the currency's own". Seen are `12.5`, `5.000000`,
`1,234.50` and `1.234,50`; a currency may stand beside it (`$12.50`, `12,50 EUR`), and a minus before or
behind it, or as brackets. What can be read in two ways (`1.234`) is no amount, nor is one whose currency is
not that of its message: a wrong one is worse than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, Inexact, InvalidOperation, localcontext
from typing import Final

from kiosk.sip2.currencies import USUAL_DIGITS, digits_of, meant_by
from kiosk.sip2.errors import EncodeError
from kiosk.sip2.fields import VALUE_LIMIT
from kiosk.sip2.kinds import Kind
from kiosk.sip2.shape import Message

_APOSTROPHE: Final = "'"
_BLANKS: Final = dict.fromkeys(map(ord, "\t\u00a0\u2009\u202f"), " ")
"""Also the narrow and the unbreakable ones."""
_GROUPERS: Final = dict.fromkeys(map(ord, " \u2019"), _APOSTROPHE)
"""Within a number, blanks and apostrophes only ever stand between thousands."""

_AMOUNT = re.compile(
    r"(\()?([+-]?)"
    r"(?:([^\W\d_]{1,3}\. |[^\d\s()+.,'-]{1,4} ?))?"
    # behind letters `.5` may be five
    r"([+-]?)((?<![^\W\d_])[.,][0-9]+|[0-9]+(?:[.,' \u2019][0-9]+)*)(-?)"
    r"(?: ?([^\W\d_]{1,3}\.|[^\d\s()+.,'-]{1,4}))?(-?)"
    r"(\))?"
)
"""Bracket, sign, currency, sign, number, sign, currency, sign, bracket."""
_POINTS = re.compile("[.,']")

GROUP: Final = 3
"""Digits between two separators of thousands."""


def read_amount(text: str | None, currency: str | None = None) -> Decimal | None:
    """The amount in a BV (`currency`: its BH); None when there is none, or when it is not sure which, or of
    which currency."""
    parts = _parts(text, currency)
    if parts is None:
        return None
    sign, number, currencies = parts
    digits = digits_of(next(iter(currencies)) if len(currencies) == 1 else currency or "")
    points = _POINTS.findall(number)
    *groups, decimals = _POINTS.split(number)
    if not points or points[-1] == _APOSTROPHE or (len(points) > 1 and len(set(points)) == 1):
        groups, decimals = [*groups, decimals], ""
    elif len(points) == 1 and _may_be_thousands(groups[0], decimals, digits):
        if digits:
            return None
        groups, decimals = [*groups, decimals], ""
    if not _are_thousands(groups, points):
        return None
    # Digits beyond those of a currency are zeros, or somebody calculates with floats.
    kept = max(digits, USUAL_DIGITS)
    if decimals[kept:].strip("0"):
        return None
    return Decimal(f"{sign}{''.join(groups) or '0'}.{decimals[:kept] or '0'}")


def currency_in(text: str | None) -> str:
    """The currency (ISO 4217 code) that an amount itself names; empty when it names none, or one of several
    (`$`)."""
    parts = _parts(text, None)
    return next(iter(parts[2])) if parts and len(parts[2]) == 1 else ""


def _parts(text: str | None, currency: str | None) -> tuple[str, str, frozenset[str]] | None:
    """The sign of an amount, its number, and the currencies that it can be in (none: nobody says which)."""
    if not text or len(text) > VALUE_LIMIT:
        return None
    match = _AMOUNT.fullmatch(text.strip().translate(_BLANKS))
    if match is None:
        return None
    opened, sign, before, inner, number, behind, after, last, closed = match.groups()
    signs = sign + inner + behind + last + ("-" if opened else "")
    if len(signs) > 1 or bool(opened) != bool(closed):
        return None
    currencies = meant_by(currency or "")
    for mark in filter(None, (before, after)):
        meant = meant_by(mark)
        if not meant or (currencies and not currencies & meant):
            return None
        currencies = currencies & meant or meant
    return signs, number.translate(_GROUPERS), currencies


def _may_be_thousands(whole: str, decimals: str, digits: int) -> bool:
    """Whether `1.234` may mean more than a thousand."""
    return len(decimals) == GROUP != digits and len(whole) <= GROUP and whole.strip("0") != ""


def _are_thousands(groups: list[str], points: list[str]) -> bool:
    between = points[: len(groups) - 1]
    if not between:
        return True
    first, *others = groups
    point = points[len(between) :]
    return (
        0 < len(first) <= GROUP
        and all(len(group) == GROUP for group in others)
        and len(set(between)) == 1
        and between[0] not in point
    )


def in_currency(amount: Decimal, currency: str) -> Decimal:
    """The amount with as many digits as its currency has.

    Raises:
        EncodeError: it is no amount that can be paid in this currency.
    """
    try:
        with localcontext() as context:
            context.traps[Inexact] = True
            exact = amount.quantize(Decimal(1).scaleb(-digits_of(currency)))
    except (Inexact, InvalidOperation):
        exact = None
    if exact is None or not exact.is_finite():
        raise EncodeError("BV", f"is no amount in {currency or 'any currency'}")
    return exact


def _write_amount(amount: Decimal | None) -> str:
    if amount is None or not amount.is_finite() or amount < 0:
        raise EncodeError("BV", "is no amount")
    return f"{amount:f}"


def _write_currency(code: str) -> str:
    if code and not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise EncodeError("currency", "is no code of three letters")
    return code or " " * 3


AMOUNT: Final[Kind[Decimal | None]] = Kind("amount", None, read_amount, _write_amount)
CURRENCY: Final[Kind[str]] = Kind("currency", 3, str.strip, _write_currency)
"""Three letters (ISO 4217); blank when nobody has said which."""


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount as an ACS wrote it: `raw` (BV, empty when there is none) and its currency (likewise)."""

    raw: str
    currency: str

    @property
    def value(self) -> Decimal | None:
        """What it says; None when it says nothing, or can be read in two ways."""
        return read_amount(self.raw, self.currency)


def amount_of(text: str | None, currency: str | None) -> Amount:
    """The amount of a field, with the currency of its message."""
    return Amount(text or "", currency or currency_in(text))


class Priced(Message):
    """A message that may name a sum of money: its two fields are read together. Where there is no BH, the
    currency is the one that the amount itself names."""

    currency: str | None
    fee_amount_text: str | None

    @property
    def fee_amount(self) -> Amount:
        """BV in the currency of BH."""
        return amount_of(self.fee_amount_text, self.currency)
