"""The renewal saga: its states and its table. `renewing` turns events into its signals.

A renewal is asked for by the patron and never twice; no tag is touched for it. Its answer row closes it,
whatever the answer was: a renewal that nobody knows about leaves the loan as it is, at worst with a later
date than the patron was told, and there is nothing that staff could mend.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from kiosk.circulation.saga import Saga, Signal
from kiosk.circulation.values import Doubt, NotRenewed, PatronId, RenewalAnswer, Renewed


class RenewalState(StrEnum):
    """Where a renewal is. The first three are on their way, the others are ends."""

    INTENDED = "intended"
    """The intent row is on its way to the disk; nothing was asked."""
    ASKED = "asked"
    """The 29 is with the ILS, at most once."""
    ANSWERED = "answered"
    """The answer row is on its way to the disk."""

    RENEWED = "renewed"
    """The loan has a new due date."""
    NOT_RENEWED = "not-renewed"
    """The loan stands as it was."""
    UNKNOWN = "unknown"
    """It was asked and nobody knows what became of it; the loan stands either way."""


_S, _G = RenewalState, Signal

TABLE: Mapping[tuple[RenewalState, Signal], RenewalState] = MappingProxyType(
    {
        (_S.INTENDED, _G.INTENT_KEPT): _S.ASKED,
        (_S.INTENDED, _G.INTENT_LOST): _S.NOT_RENEWED,
        (_S.ASKED, _G.ANSWER_CAME): _S.ANSWERED,
        (_S.ANSWERED, _G.RENEWED): _S.RENEWED,
        (_S.ANSWERED, _G.NOT_RENEWED): _S.NOT_RENEWED,
        (_S.ANSWERED, _G.UNKNOWN): _S.UNKNOWN,
    }
)
"""State and signal to next state. What is not here does not happen."""

ENDS = frozenset({_S.RENEWED, _S.NOT_RENEWED, _S.UNKNOWN})
"""States in which a patron need not wait any more."""


@dataclass(frozen=True, slots=True)
class Renewal(Saga):
    """One renewal saga. `lost`: the disk did not take its answer row, which is to be written yet."""

    patron: PatronId | None = None
    state: RenewalState = RenewalState.INTENDED
    reply: RenewalAnswer | None = None
    lost: bool = False

    def moved(self, signal: Signal) -> Self | None:
        """The renewal in its next state, or None when the table has no such move."""
        following = TABLE.get((self.state, signal))
        return None if following is None else replace(self, state=following)

    @property
    def ended(self) -> bool:
        """Whether a patron need not wait for it any more."""
        return self.state in ENDS


def verdict(reply: RenewalAnswer) -> Signal:
    """What an answer means."""
    match reply:
        case Renewed():
            return Signal.RENEWED
        case NotRenewed():
            return Signal.NOT_RENEWED
        case Doubt():
            return Signal.UNKNOWN
