"""Taking a heap of tags apart in rounds of one slot: which mask to ask for next. Pure.

A reader that cannot send the slots of a round of 16 by itself (ISO 15693-3 clause 8) asks all tags at once:
who answers alone is found; a collision is asked again in two halves, by the next bit of the uid.
"""

from __future__ import annotations

from kiosk.rfid.iso15693 import EVERY_TAG, UID_BITS, Mask

QUESTIONS_AT_MOST = 512
"""In one walk. Thirty tags take 85 on the average; noise without end would otherwise be split without end."""


class Splitting:
    """One walk through the tree of masks, low half first: `next` gives a mask to ask for, and `collided` or
    `silent` says what came of it where it was no tag."""

    def __init__(self, questions_at_most: int = QUESTIONS_AT_MOST) -> None:
        self._left = questions_at_most
        self._open = [EVERY_TAG]
        self._low_halves: set[Mask] = set()
        """Whose other half must hold all of a collision that was heard, if nobody answers here."""
        self.noisy = False
        """Whether something was heard that could not be taken apart: two tags with one uid, or a source of
        noise."""

    def next(self) -> Mask | None:
        """The mask to ask for now; None: that was all."""
        if not self._open:
            return None
        if not self._left:
            self.noisy = True
            return None
        self._left -= 1
        return self._open.pop()

    def collided(self, mask: Mask) -> None:
        """Several answered to this mask, or one of them badly."""
        if mask.bits == UID_BITS:
            self.noisy = True
            return
        low, high = mask.halves()
        self._open += [high, low]
        self._low_halves.add(low)

    def silent(self, mask: Mask) -> None:
        """Nobody answered to this mask. Where it was the low half of a collision, all who collided are in the
        high one, which need not be asked again before it is taken apart."""
        if mask in self._low_halves and mask.bits < UID_BITS:
            low, high = self._open.pop().halves()
            self._open += [high, low]
