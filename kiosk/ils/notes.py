"""Notes: what an ILS says in free text, made fit to be shown. It decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kiosk.circulation.values import Untrusted
from kiosk.sip2.profiles import Profile

LINE_BREAKERS: Final = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " ")
"""Control characters, line and paragraph separators (Unicode categories Cc, Zl, Zp): blanks."""

DIRECTION_MARKS: Final = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Embeddings, overrides and isolates (Unicode Standard Annex 9); the words put in their own."""

_CLEANING: Final = {**LINE_BREAKERS, **DIRECTION_MARKS}


def note_of(screen_messages: Sequence[str], profile: Profile) -> Untrusted | None:
    """The screen messages as one untrusted text, without this ILS's noise; None when nothing is left."""
    if not screen_messages:
        return None
    kept = [text for text in map(profile.without_noise, screen_messages) if text]
    return Untrusted(" ".join(dict.fromkeys(kept))) if kept else None


def clean(text: str) -> str:
    """A name or a title as one line, without control characters and without the marks that would turn
    the writing direction of what stands behind it (joiners, which some scripts need, stay)."""
    return " ".join(text.translate(_CLEANING).split())
