"""In which charset somebody writes, by the bytes of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

CANDIDATES: Final = ("cp850", "latin-1")
"""What is likely where it is not UTF-8: the standard's own, and that of old Windows and Unix programs."""

USUAL_SIGNS: Final = frozenset("«»°§·–—…’‘“”„©®¡¿ºª\u00ad\u00a0")
"""What stands in titles beside letters."""

IMPOSSIBLE, ODD, UNUSUAL = 5, 2, 1


@dataclass(frozen=True, slots=True)
class Guess:
    """`charset` is None where nothing tells; `evidence` is how many texts had more than ASCII."""

    charset: str | None
    evidence: int


def charset_of(texts: Iterable[bytes]) -> Guess:
    """The charset of all of these texts.

    What is valid UTF-8 and no ASCII is UTF-8. Else that candidate is taken in which the fewest signs stand
    where no language has them: control characters, a drawn line within a word, a capital behind a small
    letter.
    """
    telling = [text for text in texts if not text.isascii()]
    if not telling:
        return Guess(None, 0)
    if all(map(_is_utf8, telling)):
        return Guess("utf-8", len(telling))
    marks = {name: sum(_oddity(text.decode(name)) for text in telling) for name in CANDIDATES}
    best, *others = sorted(CANDIDATES, key=lambda name: marks[name])
    return Guess(best if marks[best] < min(marks[name] for name in others) else None, len(telling))


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _oddity(text: str) -> int:
    return sum(_odd(text, at) for at, ch in enumerate(text) if ch > "\x7f")


def _odd(text: str, at: int) -> int:
    ch, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if unicodedata.category(ch) == "Cc":
        return IMPOSSIBLE
    if ch.isalpha():
        if not ch.isupper() or not before.isalpha():
            return 0
        return ODD if before.islower() else UNUSUAL if after.islower() else 0
    if ch in USUAL_SIGNS:
        return UNUSUAL if before.isalpha() and after.isalpha() else 0
    return ODD if before.isalpha() or after.isalpha() else UNUSUAL
