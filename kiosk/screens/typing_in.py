"""Typing: telling a scanner, which types a code within a blink and ends it with Enter, from a person.

Where a person's characters mean something (the PIN, a text field, Space as OK) they are held back for a
moment, and only if nothing follows them at once were they a person's: a scanner's never get there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

BURST = 0.05
"""Seconds between two characters of a scanner, at most: it sends one every 1 to 20 ms, and the window
hands them over once a frame (33 ms); nobody types so fast."""

ROLLED = 2
"""So many characters of a text may follow as quickly as a scanner's: fingers that roll over the keys."""

FORGET = 3.0
"""Seconds after which a code that was begun and not ended is forgotten; typed by hand it may be slow."""

AFTER = 0.3
"""Seconds after a code in which a further Enter belongs to it: scanners may end with CR and LF."""

LONGEST = 64
"""Characters in a code, at most."""


class To(StrEnum):
    """Where a person's characters go: into a code that Enter ends, into the PIN, or into a text field."""

    CODE = "code"
    PIN = "pin"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Code:
    """A code was scanned, or typed and ended with Enter."""

    text: str


@dataclass(frozen=True, slots=True)
class Keyed:
    """A person typed this: digits for the PIN, or any characters for a text field."""

    text: str


@dataclass(frozen=True, slots=True)
class Enter:
    """A person pressed Enter, with nothing typed before it."""


@dataclass(frozen=True, slots=True)
class Space:
    """A person pressed the space bar where there is nothing to be typed: it is OK."""


Typed = Code | Keyed | Enter | Space


class Typing:
    """What was typed so far. All times are monotonic seconds.

    What is held back is let go by `tick` only, never by the next character: the window calls `tick` after it
    has looked for further characters, so that a code which had to wait for a slow frame stays in one piece.
    """

    def __init__(self) -> None:
        self._kept = ""
        self._to = To.CODE
        self._last = float("-inf")
        self._quick = 0
        self._coded = float("-inf")

    def character(self, text: str, now: float, to: To) -> None:
        """Characters came; `to` is where a person's would go."""
        gap = now - self._last
        # A code stays whole although the screen has changed in the middle of it.
        if (self._to is not to and gap > BURST) or (to is To.CODE and gap > FORGET):
            self._kept = ""
        if not self._kept:
            self._to, self._quick = to, 0
        elif gap <= BURST:
            self._quick += 1
        self._quick += len(text) - 1
        self._kept = (self._kept + text)[:LONGEST]
        self._last = now

    def scanning(self, now: float) -> bool:
        """The last character was of a burst, and a moment ago."""
        return bool(self._kept) and self._quick > 0 and now - self._last <= BURST

    def enter(self, now: float) -> list[Typed]:
        """Enter was pressed (or another key with which a scanner ends)."""
        kept, to, quick, last = self._kept, self._to, self._quick, self._last
        self.clear()
        if not kept or (to is To.CODE and now - last > FORGET):
            return [] if now - self._coded <= AFTER else [Enter()]
        if kept.isspace() and to is not To.TEXT:
            return [Space(), Enter()]
        at_once = quick > 0 and now - last <= BURST
        if to is To.CODE or at_once or _scanned(to, quick):
            self._coded = now
            return [Code(kept)]
        # A person's last character, and then Enter, quickly.
        return [*_keyed(to, kept), Enter()]

    def tick(self, now: float) -> list[Typed]:
        """Time passed: what nothing has followed was a person's."""
        if not self._kept or now - self._last <= BURST:
            return []
        kept, to, quick = self._kept, self._to, self._quick
        if kept.isspace() and to is not To.TEXT:
            self.clear()
            return [Space()]
        if to is To.CODE:
            return []
        self.clear()
        # A burst without an Enter is a scanner that was cut short: it says nothing to anybody.
        return [] if _scanned(to, quick) else _keyed(to, kept)

    @property
    def holding(self) -> bool:
        """Something is held back that only `tick` lets go."""
        return bool(self._kept) and (self._to is not To.CODE or self._kept.isspace())

    def settle(self) -> list[Typed]:
        """A person pressed another key: what is held back goes first, and no Enter belongs to a code now."""
        self._coded = float("-inf")
        return self.tick(float("inf"))

    def clear(self) -> None:
        """Forget what was begun."""
        self._kept, self._quick = "", 0


def _scanned(to: To, quick: int) -> bool:
    return quick > (ROLLED if to is To.TEXT else 0)


def _keyed(to: To, text: str) -> list[Typed]:
    if to is To.PIN:
        text = "".join(ch for ch in text if ch in "0123456789")
    return [Keyed(text)] if text else []
