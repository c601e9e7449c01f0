"""Reading SIP2 frames as evidence.

The judge must not believe the client that it judges, so this is a reading of the document of its own
(SIP 2.00, the message tables): only what a verdict needs, and tolerant of everything else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import lru_cache

FIXED = {
    "09": 37, "10": 22, "11": 38, "12": 22, "15": 19, "16": 20, "17": 18, "18": 24, "19": 18, "20": 19,
    "23": 21, "24": 35, "25": 18, "26": 35, "29": 38, "30": 22, "35": 18, "36": 19, "37": 25, "38": 19,
    "63": 31, "64": 59, "65": 18, "66": 27, "93": 2, "94": 1, "98": 34, "99": 8,
    "01": 19,
}  # fmt: skip
"""Characters of the fixed fields after the two of the code, by message."""

CHANGING = frozenset({"01", "09", "11", "15", "19", "25", "29", "37", "65"})
"""Messages that change something in the ILS: sent twice, they may be executed twice."""

_TRAILER = re.compile(r"(?:AY\d)?AZ[0-9A-Fa-f]{4}$")
LONGEST_TRAILER = 9
"""Characters of `AYnAZnnnn`."""

_SECRET = frozenset({
    "AA", "AC", "AD", "AE", "BC", "BD", "BE", "BF", "BK", "CO", "CY", "DA", "PB", "PZ", "XI",
})  # fmt: skip
"""Fields that are personal, or passwords."""


@dataclass(frozen=True, slots=True)
class Message:
    """One frame taken apart: `fixed` without the code, `fields` by id in their order, `checked` when
    it ends in a checksum (which cannot be verified once AA is masked)."""

    code: str
    fixed: str
    fields: Mapping[str, tuple[str, ...]]
    checked: bool

    def first(self, name: str) -> str:
        """The first value of a field, or an empty text."""
        values = self.fields.get(name)
        return values[0] if values else ""

    def flag(self, place: int) -> str:
        """One character of the fixed part, or an empty text."""
        return self.fixed[place : place + 1]


@lru_cache(maxsize=4096)
def parse(text: str) -> Message:
    """Take a frame apart; never fails, for garbage is evidence too."""
    code, fixed, variable, trailer = _split(text)
    fields: dict[str, tuple[str, ...]] = {}
    for field in variable.split("|"):
        if field[1:]:
            name = field[:2]
            fields[name] = (*fields[name], field[2:]) if name in fields else (field[2:],)
    return Message(code, fixed, fields, bool(trailer))


@lru_cache(maxsize=4096)
def core(text: str) -> str:
    """A frame without its sequence number and checksum, what is personal masked and control characters
    escaped: what the log's copy and the ILS's own share."""
    code, fixed, variable, _ = _split(text)
    return visible(code + fixed + _hidden(variable, _SECRET))


def visible(text: str) -> str:
    """The text in one line, control characters as escapes."""
    if text.isprintable():
        return text
    return "".join(
        ch.encode("unicode_escape").decode() if unicodedata.category(ch) in {"Cc", "Zl", "Zp"} else ch
        for ch in text
    )


@lru_cache(maxsize=4096)
def spoilt(text: str) -> bool:
    """Whether an unmasked frame has a checksum that does not fit its bytes, in any charset in use."""
    if not _split(text)[3]:
        return False
    through, digits = text[:-4], int(text[-4:], 16)
    return not any(
        (sum(through.encode(charset, errors="ignore")) + digits) & 0xFFFF == 0
        for charset in ("utf-8", "cp850", "latin-1")
    )


def numbered(text: str) -> tuple[str, str]:
    """The same with the sequence number beside it (`AY3`; empty: none), which tells apart what the ILS said
    to two patrons in the same words."""
    *_, trailer = _split(text)
    return core(text), trailer[:3] if trailer.startswith("AY") else ""


def masked(text: str, *names: str) -> str:
    """The frame with the values of these fields (usually AA and AD) replaced by `***`."""
    code, fixed, variable, trailer = _split(text)
    return code + fixed + _hidden(variable, _SECRET.intersection(names)) + trailer


def _hidden(variable: str, names: Set[str]) -> str:
    fields = variable.split("|")
    return "|".join([f"{field[:2]}***" if field[:2] in names else field for field in fields])


@lru_cache(maxsize=4096)
def _split(text: str) -> tuple[str, str, str, str]:
    found = _TRAILER.search(text[-LONGEST_TRAILER:])
    trailer = found[0] if found else ""
    body = text[: -len(trailer)] if trailer else text
    start = 2 + FIXED.get(body[:2], 0)
    return body[:2], body[2:start], body[start:], trailer
