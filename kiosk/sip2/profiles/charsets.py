"""Which charsets may be spoken: those in which ASCII is ASCII, and nothing else looks like it.

SIP2 is ASCII with other letters in its values. Ids, delimiters, checksums and line ends are looked for among
the bytes, so a charset is of use only if

- each printable ASCII character is its own byte, alone and in any company, with nothing before the first (no
  byte order mark, as `utf-16` and `utf-8-sig` have it, no escape by `+` or `~`, as `utf-7` and `hz`),
- no other character that has several bytes begins with one of ASCII, so that no ASCII text is taken for it
  (`raw_unicode_escape`),
- no byte of another character is a control byte, such as the ESC of `iso2022_jp`, or the delimiter, as the
  second bytes of `gbk` and `cp932` may be.
"""

from __future__ import annotations

import codecs
from functools import cache
from typing import Final

from kiosk.sip2.errors import ProfileError

PRINTABLE: Final = "".join(map(chr, range(0x20, 0x7F)))

OTHERS: Final = "".join(
    map(chr, (*range(0xA0, 0xD800), *range(0xE000, 0x10000), *range(0x10000, 0x110000, 0x101)))
)
"""All other characters of the basic plane that a value may hold, and some of each further plane."""

REMEDY: Final = "set the ILS and the kiosk to 'utf-8' or 'cp850'"


def check_charset(charset: str, delimiter: str) -> None:
    """See that a charset is of use, with this delimiter (one ASCII character).

    Raises:
        ProfileError: it is not; the text names knob and remedy.
    """
    trouble, within = _look_at(charset)
    if not trouble and ord(delimiter) in within:
        trouble = f"writes some letters with the byte of the delimiter {delimiter!r}"
    if trouble:
        raise ProfileError(f"charset: {charset!r} {trouble}; {REMEDY}")


@cache  # what a charset is does not change while the kiosk runs
def _look_at(charset: str) -> tuple[str, frozenset[int]]:
    """What is wrong with a charset (empty: nothing), and which ASCII bytes stand within other characters."""
    try:
        known = codecs.lookup(charset)
        written = PRINTABLE.encode(charset)
        one_by_one = b"".join(each.encode(charset) for each in PRINTABLE)
        read = written.decode(charset)
    except (LookupError, UnicodeError):
        return "is no charset that contains ASCII", frozenset()
    if not written == one_by_one == PRINTABLE.encode("ascii") or read != PRINTABLE:
        return "does not write ASCII as it is", frozenset()
    if min(known.encode(OTHERS, "ignore")[0], default=0xFF) >= 0x80:
        return "", frozenset()  # nearly all of them, and quickly
    within: set[int] = set()
    for each in OTHERS:
        wide, _ = known.encode(each, "ignore")
        if any(byte < 0x20 or byte == 0x7F for byte in wide):
            return "writes control bytes", frozenset()
        if len(wide) > 1 and wide[0] < 0x80:
            return f"takes ASCII for other letters, such as {each!r}", frozenset()
        within.update(byte for byte in wide if byte < 0x80)
    return "", frozenset(within)
