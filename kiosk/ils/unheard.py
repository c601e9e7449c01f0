"""Unheard words: what an ILS said of a refusal and no rule of the profile knows, kept for staff.

They stand in memory alone, are bounded, and are scrubbed before they are kept: a screen message may name
the patron, the book and their numbers. Only words that cannot be a name are left of it. Staff see them where
they test the library system, and can write a rule for the profile (`screen_reasons`).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from kiosk.circulation.values import Untrusted
from kiosk.sip2.profiles import Profile

KEPT_MOST: Final = 20
"""Different ones that are kept; the one that was not heard for longest goes first."""

LONGEST: Final = 160
"""Characters that are kept of one."""

GAP: Final = "…"
"""Stands for what was taken out."""

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
"""Letters only (and the likes of a small raised number, which is no decimal digit). With a digit, an
underscore or an at sign in it a token is no word."""

_LETTERS: Final = re.compile(r"[^\W\d_]+")

_QUOTED: Final = re.compile(r"(?<!\w)['\"«„“‘][^'\"«»„“”‘’]*['\"»“”’](?!\w)")
"""What stands between quotation marks, of whichever kind."""

_CODE: Final = re.compile(r"[A-Z]{2,}(?:_[A-Z]{2,})+", re.ASCII)
"""A code of the ILS, such as NOT_FOR_LOAN."""

_EDGES: Final = ".,;:!?()[]{}<>\"'«»„“”‘’#*-–/"

_KNOWN: Final = """
a about account already an and are at barred barcode be because blocked book borrow borrower
borrowed borrowing branch by cannot card charge charged check checked checkin checkout circulation
collection copy currently damaged date denied desk do does due error expired failed fee fees fine
fines for found from has have hold holds in invalid is issue issued it item items kept lent library
limit loan loaned loans location lost material maximum media member membership message missing must
no not number of on only or other out outstanding overdue owes patron pending pickup please policy
privileges record reference refused renew renewal renewals renewed request requested reserved return
returned rule rules see shelf staff status system that the this to too transaction transit type
unable unavailable unknown user was with withdrawn you your ausgeliehen bereits bibliothek bitte
buch das der die ein eine entliehen exemplar gebühren gesperrt ist karte konto leser medium nicht
personal sie und vorgemerkt
"""

KNOWN_WORDS: Final = frozenset(_KNOWN.split())
"""Words that a library system may well write with a capital letter and that are no names."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """What was heard, scrubbed, and how often."""

    text: str
    times: int


class Unheard:
    """The last screen messages of refusals that no rule knows."""

    def __init__(self) -> None:
        """None yet."""
        self._kept: OrderedDict[str, int] = OrderedDict()

    def hear(self, note: Untrusted | None, profile: Profile, *secrets: str) -> None:
        """Keep what a refusal says, unless the profile has a rule for it. `secrets` are the names and numbers
        in question (patron, card, item, title), which may stand in it."""
        if note is None or profile.reason_of(note.raw) is not None:
            return
        text = scrubbed(note.raw, *secrets)
        if not text.strip(f"{GAP} "):
            return
        self._kept[text] = self._kept.pop(text, 0) + 1
        while len(self._kept) > KEPT_MOST:
            self._kept.popitem(last=False)

    @property
    def kept(self) -> tuple[Unknown, ...]:
        """What was kept, the latest first."""
        return tuple(Unknown(text, times) for text, times in reversed(self._kept.items()))


def scrubbed(text: str, *secrets: str) -> str:
    """A screen message without what could tell who or what was meant.

    What stays are codes, words with a small initial, and those of `KNOWN_WORDS`. Numbers, addresses,
    quotations, other words with a capital letter, words of scripts that have none, and the words of `secrets`
    become a gap.
    """
    hidden = {part for secret in secrets for part in _parts(secret)} - KNOWN_WORDS
    out: list[str] = []
    for token in _QUOTED.sub(GAP, text[: 4 * LONGEST]).split():
        kept = _kept(token, hidden)
        if kept != GAP or out[-1:] != [GAP]:
            out.append(kept)
    return " ".join(out)[:LONGEST]


def _parts(text: str) -> set[str]:
    """The words in a text, those of a compound each for itself."""
    return {part.casefold() for part in _LETTERS.findall(text)}


def _kept(token: str, hidden: set[str]) -> str:
    word = token.strip(_EDGES)
    if not word:
        return token if token.isascii() and token.isprintable() else GAP
    if _CODE.fullmatch(word):
        return token
    folded = word.casefold()
    if not _WORD.fullmatch(word) or any(map(str.isdigit, word)) or not hidden.isdisjoint(_parts(word)):
        return GAP
    return token if folded in KNOWN_WORDS or word[0].islower() else GAP
