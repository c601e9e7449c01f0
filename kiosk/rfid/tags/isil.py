"""The ISIL code: how ISO 28560-2 (annex C) compacts the code of a library (ISO 15511).

Three sets of characters. A code of the set in force is a character, or changes the set: until further notice
(latch) or for one character (shift). The text begins in upper case, and is filled with ones.
"""

from __future__ import annotations

import functools
import re
from enum import IntEnum

LONGEST = 16
"""Characters of the longest ISIL (ISO 15511 clause 4)."""

LIKE_AN_ISIL = re.compile(r"[A-Z]{1,4}-[0-9A-Za-z:/-]{1,14}")
"""Prefix (most are a country), hyphen, and what the country gives (ISO 15511 clause 4)."""


class _Set(IntEnum):
    UPPER = 0
    LOWER = 1
    DIGIT = 2


_WIDTH = (5, 5, 4)
_CHARACTERS = ("-ABCDEFGHIJKLMNOPQRSTUVWXYZ:", "-abcdefghijklmnopqrstuvwxyz/", "0123456789-:")
_U, _L, _D = _Set
_CHANGES: tuple[dict[int, tuple[_Set, bool]], ...] = (
    {28: (_L, True), 29: (_L, False), 30: (_D, True), 31: (_D, False)},
    {28: (_U, True), 29: (_U, False), 30: (_D, True), 31: (_D, False)},
    {12: (_U, True), 13: (_U, False), 14: (_L, True), 15: (_L, False)},
)
"""By set: what the codes behind the characters change to, and whether that is a latch."""
_TO_CHANGE = tuple({change: code for code, change in changes.items()} for changes in _CHANGES)


@functools.lru_cache(maxsize=64)
def pack_isil(isil: str) -> bytes:
    """An ISIL in the ISIL code. One character of another set is shifted to, several are latched to.

    Raises:
        ValueError: a character is in none of the sets, or it is empty.
    """
    if not isil or any(all(each not in known for known in _CHARACTERS) for each in isil):
        raise ValueError(f"no ISIL: {isil!r}")
    value, bits, current = 0, 0, _U
    at = 0
    while at < len(isil):
        used = current
        if isil[at] not in _CHARACTERS[current]:
            used = next(each for each in _Set if isil[at] in _CHARACTERS[each])
            latch = _run(isil, at, current, used) > 1
            width = _WIDTH[current]
            value, bits = value << width | _TO_CHANGE[current][used, latch], bits + width
            if latch:
                current = used
        width = _WIDTH[used]
        value, bits = value << width | _CHARACTERS[used].index(isil[at]), bits + width
        at += 1
    spare = -bits % 8
    return (value << spare | (1 << spare) - 1).to_bytes((bits + spare) // 8)


def _run(isil: str, at: int, current: _Set, other: _Set) -> int:
    """How many characters from `at` on the other set is good for, up to the last that only it has."""
    run = 0
    for place in range(at, len(isil)):
        if isil[place] not in _CHARACTERS[other]:
            break
        if isil[place] not in _CHARACTERS[current]:
            run = place - at + 1
    return run


@functools.lru_cache(maxsize=64)  # a library has one
def unpack_isil(data: bytes) -> str:
    """The text in the ISIL code.

    Raises:
        ValueError: it is none: empty, or not filled with ones.
    """
    value, left = int.from_bytes(data), 8 * len(data)
    text: list[str] = []
    current = used = _U
    while left >= _WIDTH[used]:
        width = _WIDTH[used]
        code = value >> left - width & (1 << width) - 1
        if code < len(_CHARACTERS[used]):
            text.append(_CHARACTERS[used][code])
            left -= width
            used = current
            continue
        target, latch = _CHANGES[used][code]
        if left < width + _WIDTH[target]:
            break  # no room for a character behind it: filler
        left -= width
        used = target
        if latch:
            current = target
    if left > 7 or value & (1 << left) - 1 != (1 << left) - 1 or not text:
        raise ValueError("no ISIL code")
    return "".join(text)
