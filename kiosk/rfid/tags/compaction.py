"""ISO/IEC 15962: how text becomes few bytes. Eight schemes, and the one that ISO 28560-2 adds for ISILs."""

from __future__ import annotations

import re
from enum import IntEnum


class Compaction(IntEnum):
    """The three bits of a precursor that say how the data are compacted (ISO/IEC 15962 table 8)."""

    APPLICATION = 0
    """As the application defines: ISIL code for ISILs, bytes for the rest (ISO 28560-2 clause 6)."""
    INTEGER = 1
    NUMERIC = 2
    FIVE_BIT = 3
    SIX_BIT = 4
    SEVEN_BIT = 5
    OCTETS = 6
    """ISO 8859-1."""
    UTF_8 = 7


INTEGER_DIGITS = range(2, 20)
"""Digits of a number that becomes an integer (ISO/IEC 15962 clause on integer compaction)."""
INTEGER_BYTES = 8

FEWEST = {Compaction.NUMERIC: 2, Compaction.FIVE_BIT: 3, Compaction.SIX_BIT: 4, Compaction.SEVEN_BIT: 8}
"""Characters from which on a scheme saves a byte, and so is used."""

_DIGITS = re.compile(r"[0-9]+")
_FIVE = re.compile(r"[\x41-\x5F]+")
_SIX = re.compile(r"[\x20-\x5F]+")
_SEVEN = re.compile(r"[\x00-\x7E]+")


def compact(text: str) -> tuple[Compaction, bytes]:
    """Text in the scheme that takes fewest bytes, as the standard chooses it.

    Raises:
        ValueError: the text is empty.
    """
    if not text:
        raise ValueError("no text to compact")
    length = len(text)
    if _DIGITS.fullmatch(text):
        if length in INTEGER_DIGITS and text[0] != "0":
            number = int(text)
            return Compaction.INTEGER, number.to_bytes((number.bit_length() + 7) // 8)
        if length >= FEWEST[Compaction.NUMERIC]:
            return Compaction.NUMERIC, bytes.fromhex(text + "F" * (length % 2))
    if length >= FEWEST[Compaction.FIVE_BIT] and _FIVE.fullmatch(text):
        return Compaction.FIVE_BIT, _packed([ord(each) & 0x1F for each in text], 5, "0")
    if length >= FEWEST[Compaction.SIX_BIT] and _SIX.fullmatch(text):
        return Compaction.SIX_BIT, _packed([ord(each) & 0x3F for each in text], 6, "10000000")
    if length >= FEWEST[Compaction.SEVEN_BIT] and _SEVEN.fullmatch(text):
        return Compaction.SEVEN_BIT, _packed(list(map(ord, text)), 7, "1")
    try:
        return Compaction.OCTETS, text.encode("latin-1")
    except UnicodeEncodeError:
        return Compaction.UTF_8, text.encode()


def expand(scheme: Compaction, data: bytes) -> str:
    """The text in compacted data.

    Raises:
        ValueError: these bytes cannot come from that scheme (its padding is wrong, a digit is none), or it is
            `APPLICATION`, which only the application can expand.
    """
    match scheme:
        case Compaction.INTEGER:
            if not 1 <= len(data) <= INTEGER_BYTES:
                raise ValueError(f"{len(data)} bytes are no integer of 2 to 19 digits")
            number = int.from_bytes(data)
            if number < 10 ** (INTEGER_DIGITS.start - 1):
                raise ValueError(f"{number} has fewer than 2 digits")
            return str(number)
        case Compaction.NUMERIC:
            digits = data.hex().removesuffix("f")
            if not _DIGITS.fullmatch(digits):
                raise ValueError("not all nibbles are digits")
            return digits
        case Compaction.FIVE_BIT:
            return _five_bit(data)
        case Compaction.SIX_BIT:
            return _six_bit(data)
        case Compaction.SEVEN_BIT:
            return _seven_bit(data)
        case Compaction.OCTETS:
            return data.decode("latin-1")
        case Compaction.UTF_8:
            return data.decode()
        case Compaction.APPLICATION:
            raise ValueError("its compaction is the application's own")


def _packed(codes: list[int], width: int, padding: str) -> bytes:
    """Codes of `width` bits one after the other, filled to a whole byte from the front of `padding`, or with
    all of it as often as needed where it is one bit."""
    value = 0
    for code in codes:
        value = value << width | code
    spare = -len(codes) * width % 8
    if spare:
        filler = padding * spare if len(padding) == 1 else padding[:spare]
        value = value << spare | int(filler, 2)
    return value.to_bytes((len(codes) * width + spare) // 8)


def _codes(data: bytes, width: int) -> tuple[list[int], int, int]:
    """The codes of `width` bits in the data, then the bits that remain: how many, and their value."""
    value, bits = int.from_bytes(data), 8 * len(data)
    count, spare = divmod(bits, width)
    mask = (1 << width) - 1
    codes = [value >> (bits - width * (at + 1)) & mask for at in range(count)]
    return codes, spare, value & (1 << spare) - 1


def _five_bit(data: bytes) -> str:
    codes, _, rest = _codes(data, 5)
    if codes and codes[-1] == 0:
        codes.pop()
    if rest or not codes or 0 in codes:
        raise ValueError("no 5-bit code")
    return bytes(code | 0x40 for code in codes).decode("ascii")


def _six_bit(data: bytes) -> str:
    codes, spare, rest = _codes(data, 6)
    if spare:
        if rest != 1 << spare - 1:
            raise ValueError("the padding of a 6-bit code is wrong")
    elif codes and codes[-1] == 0b100000:
        codes.pop()
    if not codes:
        raise ValueError("no 6-bit code")
    return bytes(code if code & 0x20 else code | 0x40 for code in codes).decode("ascii")


def _seven_bit(data: bytes) -> str:
    codes, spare, rest = _codes(data, 7)
    if codes and codes[-1] == 0x7F:
        codes.pop()
    if rest != (1 << spare) - 1 or not codes or 0x7F in codes:
        raise ValueError("no 7-bit code")
    return bytes(codes).decode("ascii")
