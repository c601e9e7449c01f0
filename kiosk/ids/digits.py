"""Check digits, each made of the decimal digits before it (a text of 0 to 9)."""

from __future__ import annotations


def luhn_digit(digits: str) -> str:
    """Modulo 10 with every second digit doubled (ISO/IEC 7812-1 annex B): 14-digit library barcodes."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def mod11_digit(digits: str) -> str:
    """Modulo 11 with weights 2, 3, 4... from the right (as in ISBN-10, ISO 2108:1992); X is ten."""
    total = sum(int(digit) * (place + 2) for place, digit in enumerate(reversed(digits)))
    return "0123456789X"[-total % 11]


def ean13_digit(digits: str) -> str:
    """Modulo 10 with weights 3, 1, 3... from the right (GS1 General Specifications 7.9.1)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)
