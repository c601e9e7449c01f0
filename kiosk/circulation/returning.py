"""The return saga: its states and its table. `giving_back` turns events into its signals.

A return begins when an item is to be taken back by the ILS and ends when its tags are proved armed or when
it is known that nothing is to be done. Nobody is named in it. Arming is always safe, so a tag is armed also
when the ILS says that the item was not on loan, and also when it refuses; not before the answer is on the
disk, though, and not when it was never asked.

After a restart the saga is folded from the journal's rows: an `intent` without an answer is DOUBTED, an
answer that took the item back is AWAITED, a closed saga is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from kiosk.circulation.reasons import Reason
from kiosk.circulation.saga import Saga, Signal
from kiosk.circulation.values import NotReturned, Returned


class ReturnState(StrEnum):
    """Where a return is. The first eight are on their way, the others are ends."""

    INTENDED = "intended"
    """The intent row is on its way to the disk; nothing was asked."""
    ASKED = "asked"
    """The 09 is with the ILS, at most once."""
    DOUBTED = "doubted"
    """It was asked and nobody knows what became of it; 17 will tell."""
    ANSWERED = "answered"
    """The answer row is on its way to the disk; the tags are not touched yet."""
    ARMING = "arming"
    """Taken back; its tags are being written and read back, or must come back to the pad for that."""
    GUARDING = "guarding"
    """Refused; those of its tags that lie on the pad are armed all the same."""
    AWAITED = "awaited"
    """Taken back, the session is over, and a tag is not proved: if it comes back it is finished."""
    CONFIRMING = "confirming"
    """An awaited tag came back; the ILS is asked whether the item is on loan again."""

    RETURNED = "returned"
    """Taken back, and every tag read back as armed (or there is none)."""
    UNARMED = "unarmed"
    """Taken back, and a tag that could not be read may be in it: staff."""
    REFUSED = "refused"
    """Surely not taken back."""
    FOR_STAFF = "for-staff"
    """Staff must look at it: the outcome is unknown or a tag does not take its AFI."""
    GONE = "gone"
    """It no longer matters (lent again, or returned anew): nothing to do."""


_S, _G = ReturnState, Signal

TABLE: Mapping[tuple[ReturnState, Signal], ReturnState] = MappingProxyType(
    {
        (_S.INTENDED, _G.INTENT_KEPT): _S.ASKED,
        (_S.INTENDED, _G.INTENT_LOST): _S.REFUSED,
        (_S.ASKED, _G.ANSWER_CAME): _S.ANSWERED,
        (_S.ASKED, _G.SILENCE): _S.DOUBTED,
        (_S.DOUBTED, _G.ANSWER_CAME): _S.ANSWERED,
        (_S.DOUBTED, _G.NEVER_KNOWN): _S.FOR_STAFF,
        (_S.FOR_STAFF, _G.ASK_AGAIN): _S.DOUBTED,
        (_S.FOR_STAFF, _G.DISK_BACK): _S.ANSWERED,
        (_S.FOR_STAFF, _G.NO_LONGER): _S.GONE,
        (_S.ANSWERED, _G.ANSWER_LOST): _S.FOR_STAFF,
        (_S.ANSWERED, _G.TAKEN_BACK): _S.ARMING,
        (_S.ANSWERED, _G.NO_TAG): _S.RETURNED,
        (_S.ANSWERED, _G.TAG_UNREAD): _S.UNARMED,
        (_S.ANSWERED, _G.GUARD): _S.GUARDING,
        (_S.ANSWERED, _G.NOT_TAKEN): _S.REFUSED,
        (_S.ARMING, _G.PROVED): _S.RETURNED,
        (_S.ARMING, _G.NOT_WRITTEN): _S.FOR_STAFF,
        (_S.ARMING, _G.SESSION_OVER): _S.AWAITED,
        (_S.GUARDING, _G.LET_GO): _S.REFUSED,
        (_S.AWAITED, _G.TAG_BACK): _S.CONFIRMING,
        (_S.AWAITED, _G.PROVED): _S.RETURNED,
        (_S.AWAITED, _G.NO_LONGER): _S.GONE,
        (_S.CONFIRMING, _G.PROVED): _S.RETURNED,
        (_S.CONFIRMING, _G.STANDS): _S.ARMING,
        (_S.CONFIRMING, _G.STANDS_UNWRITTEN): _S.ANSWERED,
        (_S.CONFIRMING, _G.NO_LONGER): _S.GONE,
        (_S.CONFIRMING, _G.SILENCE): _S.AWAITED,
    }
)
"""State and signal to next state. What is not here does not happen."""

ENDS = frozenset({_S.RETURNED, _S.UNARMED, _S.REFUSED, _S.FOR_STAFF, _S.GONE})
"""States in which nobody need wait any more."""

WAITING = frozenset({_S.AWAITED, _S.CONFIRMING})
"""States of a return whose session is over and whose tag must come back first."""


BEFORE_ANSWER = frozenset({_S.INTENDED, _S.ASKED, _S.DOUBTED})
"""States in which the newest intent row says which tags the return has."""

CLOSED = frozenset({_S.RETURNED, _S.UNARMED})
"""States of a returned item whose saga is closed on the disk: a tag that turns up needs one of its own."""


@dataclass(frozen=True, slots=True)
class Return(Saga):
    """One return saga. `proved` tags were read back as armed. `unread_near`: a tag that could not be read
    lay there when the item was scanned. `told`: it was said once that the item is back."""

    state: ReturnState = ReturnState.INTENDED
    reply: Returned | NotReturned | None = None
    unread_near: bool = False
    told: bool = False

    def moved(self, signal: Signal) -> Self | None:
        """The return in its next state, or None when the table has no such move."""
        following = TABLE.get((self.state, signal))
        return None if following is None else replace(self, state=following)

    @property
    def ended(self) -> bool:
        """Whether nobody need wait for it any more."""
        return self.state in ENDS

    @property
    def securing(self) -> bool:
        """Whether its tags are being armed, and must not leave before."""
        return self.state is ReturnState.ARMING

    @property
    def at_rest(self) -> bool:
        """Whether it waits for a tag that went away, or has ended."""
        return self.state in ENDS or self.state in WAITING

    @property
    def taken_back(self) -> bool:
        """Whether the ILS is known to have taken the item back."""
        return isinstance(self.reply, Returned) and self.state not in (
            ReturnState.ANSWERED,
            ReturnState.GONE,
        )


def verdict(saga: Return, reply: Returned | NotReturned) -> Signal:
    """What a flushed answer means for the tags."""
    if isinstance(reply, NotReturned):
        asked = reply.reason is not Reason.ILS_DOWN
        return Signal.GUARD if saga.uids and asked else Signal.NOT_TAKEN
    if saga.uids:
        return Signal.TAKEN_BACK
    return Signal.TAG_UNREAD if saga.unread_near else Signal.NO_TAG
