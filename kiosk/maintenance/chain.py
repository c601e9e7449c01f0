"""*Test the chain*: its part of the state, what happens to it, and what follows. Pure.

What comes in is personal: it is in the state as long as the page shows it, a minute at most, and nowhere
else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.maintenance.views import ChainFound

SHOWN_S = 60.0
"""How long what came in is shown, in seconds."""


@dataclass(frozen=True, slots=True)
class FollowChain:
    """Listen to cards, codes and tags: any number of `ChainCame`, until another act of this kind. None: to
    nothing any more."""

    ticket: int | None


@dataclass(frozen=True, slots=True)
class Chain:
    """The page. `ticket` is the question that cards, codes and tags answer now (None: nobody listens);
    `found` what came in last, shown until the loop time `until`."""

    ticket: int | None = None
    found: ChainFound | None = field(default=None, repr=False)
    until: float = 0.0

    def with_found(self, ticket: int, found: ChainFound, now: float) -> Chain:
        """Something came in, if anybody still asks."""
        return Chain(ticket, found, now + SHOWN_S) if ticket == self.ticket else self

    def at(self, now: float) -> Chain:
        """As it is at a moment: what was shown long enough is forgotten."""
        return Chain(self.ticket) if self.found is not None and now >= self.until else self

    @property
    def stopping(self) -> tuple[FollowChain, ...]:
        """What is to be done when the page is left."""
        return () if self.ticket is None else (FollowChain(None),)


@dataclass(frozen=True, slots=True)
class ChainCame:
    """A card, a code or a tag came in."""

    ticket: int
    found: ChainFound = field(repr=False)
