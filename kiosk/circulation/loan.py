"""The loan saga: its states and its table.

A saga begins when an item is to be asked of the ILS and ends when its tags are proved or when it is
known that nothing is to be done. The table below is the whole of its flow; `lending` turns events
into signals and carries the effects that go with each step. A (state, signal) pair that is not in the
table changes nothing: late and doubled answers fall through here.

The saga's state is never stored. After a restart it is folded from the journal's rows: an `intent`
without an answer is DOUBTED, an answer that permits release is AWAITED, a closed saga is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from kiosk.circulation.saga import Saga, Signal
from kiosk.circulation.values import Lent, LoanAnswer, NotLent, PatronId


class LoanState(StrEnum):
    """Where a loan is. The first seven are on their way, the others are ends."""

    INTENDED = "intended"
    """The intent row is on its way to the disk; nothing was asked."""
    ASKED = "asked"
    """The 11 is with the ILS, at most once."""
    DOUBTED = "doubted"
    """It was asked and nobody knows what became of it; 63 and 17 will tell."""
    ANSWERED = "answered"
    """The answer row is on its way to the disk; the tags are not touched yet."""
    RELEASING = "releasing"
    """Lent; its tags are being written and read back, or must come back to the pad for that."""
    AWAITED = "awaited"
    """Lent, the session is over, and a tag is not proved: if it comes back it is finished."""
    CONFIRMING = "confirming"
    """An awaited tag came back; the ILS is asked whether the loan still stands."""

    SAFE = "safe"
    """Lent, and every tag read back as on loan."""
    REFUSED = "refused"
    """Surely not lent by us."""
    ARMED = "armed"
    """Lent, but the security bit must stay: staff."""
    UNTAGGED = "untagged"
    """Lent, and there is no tag to secure."""
    FOR_STAFF = "for-staff"
    """Staff must look at it: the outcome is unknown or a tag does not take its AFI."""
    GONE = "gone"
    """The loan no longer stands (it was returned, here or elsewhere): nothing to do."""


_S, _G = LoanState, Signal

TABLE: Mapping[tuple[LoanState, Signal], LoanState] = MappingProxyType(
    {
        (_S.INTENDED, _G.INTENT_KEPT): _S.ASKED,
        (_S.INTENDED, _G.INTENT_LOST): _S.REFUSED,
        (_S.ASKED, _G.ANSWER_CAME): _S.ANSWERED,
        (_S.ASKED, _G.SILENCE): _S.DOUBTED,
        (_S.DOUBTED, _G.ANSWER_CAME): _S.ANSWERED,
        (_S.DOUBTED, _G.NEVER_KNOWN): _S.FOR_STAFF,
        (_S.FOR_STAFF, _G.ASK_AGAIN): _S.DOUBTED,
        (_S.ANSWERED, _G.ANSWER_LOST): _S.FOR_STAFF,
        (_S.FOR_STAFF, _G.DISK_BACK): _S.ANSWERED,
        (_S.FOR_STAFF, _G.NO_LONGER): _S.GONE,
        (_S.ANSWERED, _G.MAY_LEAVE): _S.RELEASING,
        (_S.ANSWERED, _G.STAYS_ARMED): _S.ARMED,
        (_S.ANSWERED, _G.NO_TAG): _S.UNTAGGED,
        (_S.ANSWERED, _G.NOT_LENT): _S.REFUSED,
        (_S.RELEASING, _G.PROVED): _S.SAFE,
        (_S.RELEASING, _G.NOT_WRITTEN): _S.FOR_STAFF,
        (_S.RELEASING, _G.SESSION_OVER): _S.AWAITED,
        (_S.AWAITED, _G.TAG_BACK): _S.CONFIRMING,
        (_S.AWAITED, _G.PROVED): _S.SAFE,
        (_S.AWAITED, _G.NO_LONGER): _S.GONE,
        (_S.CONFIRMING, _G.PROVED): _S.SAFE,
        (_S.CONFIRMING, _G.STANDS): _S.RELEASING,
        (_S.CONFIRMING, _G.STANDS_UNWRITTEN): _S.ANSWERED,
        (_S.CONFIRMING, _G.NO_LONGER): _S.GONE,
        (_S.CONFIRMING, _G.SILENCE): _S.AWAITED,
    }
)
"""State and signal to next state. What is not here does not happen."""

ENDS = frozenset({_S.SAFE, _S.REFUSED, _S.ARMED, _S.UNTAGGED, _S.FOR_STAFF, _S.GONE})
"""States in which a patron need not wait any more."""

WAITING = frozenset({_S.AWAITED, _S.CONFIRMING})
"""States of a loan whose session is over and whose tag must come back first."""

BEFORE_ANSWER = frozenset({_S.INTENDED, _S.ASKED, _S.DOUBTED})
"""States in which the newest intent row says which tags the loan has."""

CLOSED = frozenset({_S.SAFE, _S.UNTAGGED})
"""States of a lent item whose saga is closed on the disk: a tag that turns up now needs a saga of its own."""

LENT_STATES = frozenset({_S.RELEASING, _S.SAFE, _S.ARMED, _S.UNTAGGED, _S.AWAITED, _S.CONFIRMING})
"""States in which the ILS is known to have lent the item."""


@dataclass(frozen=True, slots=True)
class Loan(Saga):
    """One loan saga. `proved` tags were read back as on loan. `keep_armed`: it must not be released,
    whatever the ILS says."""

    patron: PatronId | None = None
    state: LoanState = LoanState.INTENDED
    reply: Lent | NotLent | None = None
    keep_armed: bool = False

    def moved(self, signal: Signal) -> Self | None:
        """The loan in its next state, or None when the table has no such move."""
        following = TABLE.get((self.state, signal))
        return None if following is None else replace(self, state=following)

    @property
    def ended(self) -> bool:
        """Whether a patron need not wait for it any more."""
        return self.state in ENDS

    @property
    def securing(self) -> bool:
        """Whether its tags are being released."""
        return self.state is LoanState.RELEASING

    @property
    def at_rest(self) -> bool:
        """Whether it waits for a tag that went away, or has ended."""
        return self.state in ENDS or self.state in WAITING

    @property
    def lent(self) -> bool:
        """Whether the ILS is known to have lent the item to this patron."""
        return self.state in LENT_STATES or (
            self.state is LoanState.FOR_STAFF and isinstance(self.reply, Lent)
        )


def verdict(loan: Loan, reply: LoanAnswer) -> Signal:
    """What a flushed answer means for the tags."""
    if not isinstance(reply, Lent):
        return Signal.NOT_LENT
    if not reply.release or loan.keep_armed:
        return Signal.STAYS_ARMED
    return Signal.MAY_LEAVE if loan.uids else Signal.NO_TAG
