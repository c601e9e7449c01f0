"""Untrusted: free text of the far side, as a type of its own.

Titles, names, due dates and screen messages are whatever somebody typed into an ACS. They may be shown, once
they are made plain; they must not be compared, matched or printed by accident, and a `str` would be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LINE_BREAKERS: Final = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " ")
"""Control characters, line and paragraph separators (Unicode categories Cc, Zl, Zp): blanks."""

DIRECTION_MARKS: Final = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Embeddings, overrides and isolates (Unicode Standard Annex 9). Whoever shows the text puts in its own."""

_PLAIN: Final = {**LINE_BREAKERS, **DIRECTION_MARKS, **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}


@dataclass(frozen=True, slots=True)
class Untrusted:
    """Free text. `raw` is as it came; nothing else gives it away unmarked (`str` says `Untrusted(...)`).

    It is true where there is any text at all.
    """

    raw: str

    def __bool__(self) -> bool:
        return bool(self.raw)

    def plain(self, limit: int | None = None) -> str:
        """One line, without control characters and without the marks that would turn the writing direction
        of what stands behind it (joiners, which some scripts need, stay); `limit` characters at most."""
        return " ".join(self.raw.translate(_PLAIN).split())[:limit]
