"""The loan saga: its states and its table.

A saga begins when an item is to be asked of the ILS and ends when its tags are proved or when it is
known that nothing is to be done. The table below is the whole of its flow; `lending` turns events into
its signals and carries out what it says. A (state, signal) pair that is not in the table changes nothing:
late and doubled answers fall through here.

The saga's state is never stored. After a restart it is folded from the journal's rows: an `intent`
without an answer is DOUBTED, an answer that permits release is AWAITED, a closed saga is not there. A
question that the power cut short (ASKS) was not answered: nothing is lent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from kiosk.circulation.answers import FeeAsked, Lent, NotLent
from kiosk.circulation.saga import Act, Signal, Stage, Table, TaggedSaga, table
from kiosk.circulation.values import Money


class LoanState(StrEnum):
    """Where a loan is. The first eight are on their way, the others are ends."""

    INTENDED = "intended"
    """The intent row is on its way to the disk; nothing was asked."""
    ASKED = "asked"
    """The 11 is with the ILS, at most once."""
    DOUBTED = "doubted"
    """It was asked and nobody knows what became of it; 63 and 17 will tell."""
    ANSWERED = "answered"
    """The answer row is on its way to the disk; the tags are not touched yet."""
    ASKS = "asks"
    """The ILS lends it only for a fee; the patron is asked whether they agree (BO)."""
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


_S, _G, _A = LoanState, Signal, Act

TABLE: Table[LoanState] = table(
    (_S.INTENDED, _G.INTENT_KEPT, (_A.ASK,), _S.ASKED),
    (_S.INTENDED, _G.INTENT_LOST, (_A.TELL,), _S.REFUSED),
    (_S.ASKED, _G.ANSWER_CAME, (_A.KEEP_ANSWER,), _S.ANSWERED),
    (_S.ASKED, _G.SILENCE, (_A.SETTLE,), _S.DOUBTED),
    (_S.DOUBTED, _G.ANSWER_CAME, (_A.KEEP_ANSWER,), _S.ANSWERED),
    (_S.DOUBTED, _G.NEVER_KNOWN, (_A.NAME,), _S.FOR_STAFF),
    (_S.ANSWERED, _G.MAY_LEAVE, (_A.TELL, _A.WRITE), _S.RELEASING),
    (_S.ANSWERED, _G.STAYS_ARMED, (_A.CLOSE, _A.TELL), _S.ARMED),
    (_S.ANSWERED, _G.UNSEEN, (_A.NAME,), _S.FOR_STAFF),
    (_S.ANSWERED, _G.NO_TAG, (_A.TELL, _A.TAKE_LATE), _S.UNTAGGED),
    (_S.ANSWERED, _G.NOT_LENT, (_A.TELL,), _S.REFUSED),
    (_S.ANSWERED, _G.FEE_DUE, (), _S.ASKS),
    (_S.ANSWERED, _G.ANSWER_LOST, (_A.TELL,), _S.FOR_STAFF),
    (_S.ASKS, _G.YES, (_A.KEEP_INTENT,), _S.INTENDED),
    (_S.ASKS, _G.NO, (_A.CLOSE, _A.TELL), _S.REFUSED),
    (_S.ASKS, _G.CANNOT_ASK, (_A.CLOSE, _A.TELL), _S.REFUSED),
    (_S.RELEASING, _G.PROVED, (_A.CLOSE, _A.TELL), _S.SAFE),
    (_S.RELEASING, _G.NOT_WRITTEN, (_A.NAME,), _S.FOR_STAFF),
    (_S.RELEASING, _G.SESSION_OVER, (_A.NAME,), _S.AWAITED),
    (_S.AWAITED, _G.TAG_BACK, (_A.SETTLE,), _S.CONFIRMING),
    (_S.CONFIRMING, _G.STANDS, (_A.WRITE,), _S.RELEASING),
    (_S.CONFIRMING, _G.STANDS_UNWRITTEN, (_A.KEEP_ANSWER,), _S.ANSWERED),
    (_S.CONFIRMING, _G.SILENCE, (), _S.AWAITED),
    ((_S.AWAITED, _S.CONFIRMING), _G.PROVED, (_A.CLOSE, _A.TELL), _S.SAFE),
    ((_S.RELEASING, _S.AWAITED, _S.CONFIRMING, _S.FOR_STAFF), _G.NO_LONGER, (_A.CLOSE,), _S.GONE),
    (_S.FOR_STAFF, _G.ASK_AGAIN, (_A.SETTLE,), _S.DOUBTED),
    (_S.FOR_STAFF, _G.DISK_BACK, (_A.KEEP_ANEW,), _S.ANSWERED),
    ((_S.AWAITED, _S.FOR_STAFF), _G.RESOLVED, (_A.CLOSE,), _S.GONE),
)
"""State, signal, what is done, next state. What is not here does not happen."""

STAGES: Mapping[LoanState, Stage] = MappingProxyType(
    {
        _S.INTENDED: Stage.INTENDED,
        _S.ASKED: Stage.ASKED,
        _S.DOUBTED: Stage.DOUBTED,
        _S.ANSWERED: Stage.ANSWERED,
        _S.ASKS: Stage.ASKING,
        _S.RELEASING: Stage.SECURING,
        _S.AWAITED: Stage.AWAITED,
        _S.CONFIRMING: Stage.CONFIRMING,
        _S.SAFE: Stage.DONE,
        _S.UNTAGGED: Stage.DONE,
        _S.REFUSED: Stage.OVER,
        _S.ARMED: Stage.OVER,
        _S.GONE: Stage.OVER,
        _S.FOR_STAFF: Stage.FOR_STAFF,
    }
)
"""What each state is in the words that loans and returns share."""

LENT_STATES = frozenset({_S.RELEASING, _S.SAFE, _S.ARMED, _S.UNTAGGED, _S.AWAITED, _S.CONFIRMING})
"""States in which the ILS is known to have lent the item."""


@dataclass(frozen=True)
class Loan(TaggedSaga):
    """One loan saga. `proved` tags were read back as on loan. `keep_armed`: it must not be released,
    whatever the ILS says. `agreed`: the fee that the patron has agreed to."""

    reply: Lent | NotLent | FeeAsked | None = None
    state: LoanState = LoanState.INTENDED
    keep_armed: bool = False
    agreed: Money | None = None

    TABLE: ClassVar = TABLE
    STAGES: ClassVar = STAGES
    ASKS: ClassVar = LoanState.ASKS
    SECURES: ClassVar = LoanState.RELEASING

    @property
    def never_sent(self) -> bool:
        """Whether the ILS was surely not asked: who agreed to a fee was asked for it."""
        return self.agreed is None and super().never_sent

    @property
    def lent(self) -> bool:
        """Whether the ILS is known to have lent the item to this patron."""
        return self.state in LENT_STATES or (
            self.state is LoanState.FOR_STAFF and isinstance(self.reply, Lent)
        )


def verdict(loan: Loan) -> Signal:
    """What the loan's answer, once it is flushed, means for it and for its tags."""
    match loan.reply:
        case Lent(release) if not release or loan.keep_armed:
            return Signal.STAYS_ARMED
        case Lent():
            return Signal.MAY_LEAVE if loan.uids else Signal.NO_TAG
        case FeeAsked() if loan.agreed is None:
            return Signal.FEE_DUE
        case _:
            return Signal.NOT_LENT
