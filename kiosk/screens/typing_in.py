"""Typing: telling a scanner, which types a code within a blink and ends it with Enter, from a person.

On the PIN screen a person's digits become the PIN, but a scanner's must not: so a digit is held back for
a moment, and only if nothing follows it at once was it a person's.
"""

from __future__ import annotations

from dataclasses import dataclass

BURST = 0.05
"""Seconds between two characters of a scanner, at most: it sends one every 1 to 20 ms, and the window
hands them over once a frame (33 ms); nobody types so fast."""

FORGET = 3.0
"""Seconds after which a code that was begun and not ended is forgotten; typed by hand it may be slow."""

LONGEST = 64
"""Characters in a code, at most."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code was scanned, or typed and ended with Enter."""

    text: str


@dataclass(frozen=True, slots=True)
class Digits:
    """A person typed these digits."""

    text: str


@dataclass(frozen=True, slots=True)
class Enter:
    """A person pressed Enter, with nothing typed before it."""


Typed = Code | Digits | Enter


class Typing:
    """What was typed so far. All times are monotonic seconds."""

    def __init__(self) -> None:
        self._kept = ""
        self._last = float("-inf")
        self._burst = False

    @property
    def empty(self) -> bool:
        """Nothing waits for its end."""
        return not self._kept

    def character(self, text: str, now: float, *, pin: bool) -> list[Typed]:
        """Characters came; with `pin` a person's digits are for the PIN."""
        done = self.tick(now, pin=pin)
        if now - self._last > (BURST if pin else FORGET):
            self._kept, self._burst = "", False
        elif self._kept:
            self._burst = self._burst or now - self._last <= BURST
        self._burst = self._burst or len(text) > 1
        self._kept = (self._kept + text)[:LONGEST]
        self._last = now
        return done

    def enter(self, now: float, *, pin: bool) -> list[Typed]:
        """Enter was pressed."""
        done = self.tick(now, pin=pin)
        kept, burst = self._kept, self._burst
        self.clear()
        if not kept:
            return [*done, Enter()]
        if pin and not burst:
            # A person's last digit, and then Enter, quickly.
            return [*done, *_digits(kept), Enter()]
        return [*done, Code(kept)]

    def tick(self, now: float, *, pin: bool) -> list[Typed]:
        """Time passed: on the PIN screen, a digit that nothing followed was a person's."""
        if not pin or not self._kept or now - self._last <= BURST:
            return []
        kept, burst = self._kept, self._burst
        self.clear()
        # A burst without an Enter is a scanner that was cut short: it says nothing to anybody.
        return [] if burst else _digits(kept)

    def clear(self) -> None:
        """Forget what was begun."""
        self._kept, self._burst = "", False


def _digits(text: str) -> list[Typed]:
    digits = "".join(ch for ch in text if ch in "0123456789")
    return [Digits(digits)] if digits else []
