"""Ids: what a scanned code, a card's text or a tag's id can be, by the library's own rules.

Pure, and imports nothing of ours: ids come in and go out as `str`. An id that could harm a message
to the ILS (control characters, `|`, too long) gets no further than here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_ID = 64
"""Characters; no barcode, card or tag id in a library comes near it (ours)."""

FIELD_DELIMITER = "|"
"""Ends a field in SIP2 (3M SIP2 2.00, "variable-length fields"): it can be in no id."""


@dataclass(frozen=True, slots=True)
class Code:
    """What a code can be: a patron's id, an item's, either (the rules do not tell), or `bad`: neither."""

    patron: str | None = None
    item: str | None = None

    @property
    def bad(self) -> bool:
        """Whether this can be no id at all."""
        return self.patron is None and self.item is None


@dataclass(frozen=True, slots=True)
class IdRules:
    """What the ids of a library look like; what is not set (empty, 0) asks for nothing.

    Attributes:
        patron_prefix: what every patron id begins with.
        patron_length: how many characters every patron id has.
        patron_pattern: regular expression that the whole patron id fits.
        item_prefix: what every item id begins with.
        item_length: how many characters every item id has.
        item_pattern: regular expression that the whole item id fits.

    Raises:
        ValueError: a pattern is no regular expression, or a length is negative.
    """

    patron_prefix: str = ""
    patron_length: int = 0
    patron_pattern: str = ""
    item_prefix: str = ""
    item_length: int = 0
    item_pattern: str = ""

    def __post_init__(self) -> None:
        for name in ("patron", "item"):
            pattern = getattr(self, f"{name}_pattern")
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{name}_pattern is no regular expression: {error}") from error
            if getattr(self, f"{name}_length") < 0:
                raise ValueError(f"{name}_length is negative")

    def classify(self, code: str) -> Code:
        """What a scanned or typed code can be. Never raises."""
        return Code(patron=self.patron_of(code), item=self.item_of(code))

    def patron_of(self, raw: str) -> str | None:
        """The patron id in what a card or a scanner gave; None when it is none."""
        clean = clean_id(raw)
        fits = clean is not None and _fits(clean, self.patron_prefix, self.patron_length, self.patron_pattern)
        return clean if fits else None

    def item_of(self, raw: str) -> str | None:
        """The item id in what a tag or a scanner gave; None when it is none."""
        clean = clean_id(raw)
        fits = clean is not None and _fits(clean, self.item_prefix, self.item_length, self.item_pattern)
        return clean if fits else None


def clean_id(raw: str) -> str | None:
    """`raw` without blanks around it, or None when no id can look like that.

    Control characters, invisible ones (text direction marks, zero-width), lone surrogates and line
    separators are not printable; they and `|` are refused rather than removed, since what is left
    could be somebody else's id.
    """
    clean = raw.strip(" ")
    if not clean or len(clean) > LONGEST_ID or FIELD_DELIMITER in clean or not clean.isprintable():
        return None
    return clean


def _fits(clean: str, prefix: str, length: int, pattern: str) -> bool:
    return (
        clean.startswith(prefix)
        and (not length or len(clean) == length)
        and (not pattern or re.fullmatch(pattern, clean) is not None)
    )
