"""Stand-ins: what is written in the place of everything that could name somebody.

A stand-in is twelve consonants, made from the text by a keyed hash whose key is random, is held in memory
only and is forgotten with its segment of the ring. So:

- the same text has the same stand-in everywhere in one segment, whatever field it stands in, and different
  texts have different ones: the reducer compares ids, looks them up and asks whether they are empty, and
  takes the same ways with stand-ins;
- it is blank where the text is blank, and the key of a line that is nothing but a tag (`tag:UID`) stays one;
- nobody can turn it back, or try out texts against it, once the key is gone; nor can two segments be joined;
- it tells nothing of the text, not even its length: the lengths of the words of a title are enough to find
  it in a catalogue. It has no digit, so that it is never taken for a number, by people or by the canaries.

Of a PIN only the count of its digits is kept, which the reducer needs: each becomes `0`.

The reducer must not sort by ids or uids, since stand-ins sort in another order.
"""

from __future__ import annotations

import copy
import hashlib
import re
from functools import cached_property
from typing import Self

KEY_BYTES = 32
"""Length of a segment's key."""

TAG_LINE = "tag:"
"""How the key of a line begins that is nothing but a tag (`circulation.listing`)."""

CONSONANTS = "bcdfghjkmnpqrtvw"
LETTERS = str.maketrans("0123456789abcdef", CONSONANTS)

MARK = "?"

DIGITS = frozenset("0123456789")


def letters(data: bytes) -> str:
    """Bytes as letters, two a byte: hexadecimal without a digit."""
    return data.hex().translate(LETTERS)


class AsIs:
    """Every text as it is: to read what was recorded, and to replay it. The other way is `StandIns`."""

    hides_untold = False
    """Whether a text that nobody has classified becomes one and the same mark: so that it is not compared."""

    @cached_property
    def compared(self) -> Self:
        """The same for what is compared between kiosk and replay: the reducer may make texts of its own,
        which have a stand-in in the kiosk and none in a replay."""
        twin = copy.copy(self)
        twin.hides_untold = True
        return twin

    def personal(self, text: str) -> str:
        """A text that may name somebody or something."""
        return text

    def digits(self, text: str) -> str:
        """A PIN, or a part of one."""
        return text

    def kept(self, text: str, shape: re.Pattern[str]) -> str:
        """A text that is to stay as it is, if it has this shape."""
        del shape
        return text

    def untold(self, text: str) -> str:
        """A text that nobody has classified, in a value without types (a row's payload)."""
        if self.hides_untold:
            return MARK if text else ""
        return self.personal(text)


class StandIns(AsIs):
    """Stand-ins for everything personal, of one segment."""

    def __init__(self, key: bytes) -> None:
        """Make them with `key`, `KEY_BYTES` random bytes that nobody else gets."""
        self._hash = hashlib.blake2b(key=key, digest_size=6)

    def personal(self, text: str) -> str:
        """Its stand-in."""
        if text.startswith(TAG_LINE):
            return TAG_LINE + self.personal(text[4:])
        if not text or text.isspace():
            return text
        hashed = self._hash.copy()
        hashed.update(text.encode("utf-8", "surrogatepass"))
        return hashed.hexdigest().translate(LETTERS)

    def digits(self, text: str) -> str:
        """As many digits, all the same."""
        return "".join("0" if each in DIGITS else "x" for each in text)

    def kept(self, text: str, shape: re.Pattern[str]) -> str:
        """The text if it has the shape, else its stand-in."""
        return text if not text or shape.fullmatch(text) else self.personal(text)
