"""Currencies: their codes (ISO 4217), how many digits they have, and the signs that stand beside amounts."""

from __future__ import annotations

from typing import Final

_CODES: Final = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ "
    "GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR "
    "LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN "
    "PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB "
    "TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR "
    "ZMW ZWG"
)
CODES: Final = frozenset(_CODES.split())
"""What money is counted in (list one, without metals, funds and test codes)."""

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

_DOLLARS = "USD AUD BBD BMD BND BSD BZD CAD FJD GYD HKD JMD KYD LRD NAD NZD SBD SGD SRD TTD TWD XCD"
_SIGNS: Final = {
    sign: frozenset(codes.split())
    for sign, codes in {
        "$": f"{_DOLLARS} ARS CLP COP CUP CVE DOP MOP MXN NIO TOP UYU WST", "us$": "USD", "a$": "AUD",
        "au$": "AUD", "c$": "CAD NIO", "ca$": "CAD", "nz$": "NZD", "hk$": "HKD", "s$": "SGD", "nt$": "TWD",
        "r$": "BRL", "€": "EUR", "£": "GBP EGP FKP GIP LBP SDG SHP SSP SYP", "¥": "JPY CNY", "円": "JPY",
        "元": "CNY", "kr": "SEK NOK DKK ISK", "skr": "SEK", "nkr": "NOK", "dkr": "DKK",
        "fr": "CHF XAF XOF XPF", "sfr": "CHF", "zł": "PLN", "kč": "CZK", "ft": "HUF", "lei": "RON MDL",
        "лв": "BGN", "дин": "RSD", "din": "RSD", "₽": "RUB", "руб": "RUB", "₴": "UAH", "грн": "UAH",
        "₺": "TRY", "₪": "ILS", "₹": "INR", "rs": "INR LKR MUR NPR PKR SCR", "₩": "KRW KPW", "฿": "THB",
        "₫": "VND", "₦": "NGN", "₱": "PHP", "rp": "IDR", "rm": "MYR", "r": "ZAR", "₸": "KZT", "₾": "GEL",
        "֏": "AMD", "₼": "AZN",
    }.items()
}  # fmt: skip
"""Signs and abbreviations beside amounts (Unicode, block Currency Symbols; CLDR, narrow symbols), without
their full stop and in small letters, and the currencies that each may mean."""


def digits_of(currency: str) -> int:
    """Digits behind the decimal point of a currency (ISO 4217 code); two when it is not known."""
    return DIGITS.get(currency.strip().upper(), USUAL_DIGITS)


def meant_by(mark: str) -> frozenset[str]:
    """The currencies (ISO 4217 codes) that a code or a sign may mean; empty when it is neither."""
    bare = mark.strip()
    code = bare.upper()
    return frozenset({code}) if code in CODES else _SIGNS.get(bare.rstrip(".").lower(), frozenset())
