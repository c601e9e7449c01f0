"""Money: amounts as ACS write them, and as we write them. Never a float.

The standard leaves the form of an amount (BV) to "the currency's own". Seen are `12.5`, `5.000000`,
`1,234.50` and `1.234,50`. What can be read in two ways (`1.234`) is no amount: a wrong one is worse than
none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, Inexact, InvalidOperation, localcontext
from typing import Final

from kiosk.sip2.errors import EncodeError
from kiosk.sip2.fields import VALUE_LIMIT
from kiosk.sip2.kinds import Kind
from kiosk.sip2.shape import Message

DIGITS: Final = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
         "XAF", "XOF", "XPF"),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}  # fmt: skip
"""Digits behind the decimal point, for the currencies that do not have two (ISO 4217, list one)."""

USUAL_DIGITS: Final = 2

_APOSTROPHE: Final = "'"
_GROUPERS: Final = dict.fromkeys(map(ord, " \t\u00a0\u2009\u202f\u2019"), _APOSTROPHE)
"""Blanks (also the narrow and the unbreakable) and apostrophes: they only ever stand between thousands."""

_NUMBER = re.compile(r"([+-]?)((?:\d+|(?=[.,]))(?:[.,']\d+)*)", re.ASCII)
_POINTS = re.compile("[.,']")

GROUP: Final = 3
"""Digits between two separators of thousands."""


def digits_of(currency: str) -> int:
    """Digits behind the decimal point of a currency (ISO 4217 code); two when it is not known."""
    return DIGITS.get(currency.strip().upper(), USUAL_DIGITS)


def read_amount(text: str | None, currency: str | None = None) -> Decimal | None:
    """The amount in a BV (`currency`: its BH); None when there is none, or when it is not sure which."""
    if not text or len(text) > VALUE_LIMIT:
        return None
    match = _NUMBER.fullmatch(text.strip().translate(_GROUPERS))
    if match is None:
        return None
    sign, number = match.groups()
    digits = digits_of(currency or "")
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
    """An amount as an ACS wrote it: `raw` (BV, empty when there is none) and its currency (BH, likewise)."""

    raw: str
    currency: str

    @property
    def value(self) -> Decimal | None:
        """What it says; None when it says nothing, or can be read in two ways."""
        return read_amount(self.raw, self.currency)


class Priced(Message):
    """A message that may name a sum of money: its two fields are read together."""

    currency: str | None
    fee_amount_text: str | None

    @property
    def fee_amount(self) -> Amount:
        """BV in the currency of BH."""
        return Amount(self.fee_amount_text or "", self.currency or "")
