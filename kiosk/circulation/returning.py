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
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from kiosk.circulation.answers import NotReturned, Returned
from kiosk.circulation.reasons import UNASKED
from kiosk.circulation.saga import Act, Signal, Stage, Table, TaggedSaga, table


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


_S, _G, _A = ReturnState, Signal, Act

TABLE: Table[ReturnState] = table(
    (_S.INTENDED, _G.INTENT_KEPT, (_A.ASK,), _S.ASKED),
    (_S.INTENDED, _G.INTENT_LOST, (_A.TELL,), _S.REFUSED),
    (_S.ASKED, _G.ANSWER_CAME, (_A.KEEP_ANSWER,), _S.ANSWERED),
    (_S.ASKED, _G.SILENCE, (_A.SETTLE,), _S.DOUBTED),
    (_S.DOUBTED, _G.ANSWER_CAME, (_A.KEEP_ANSWER,), _S.ANSWERED),
    (_S.DOUBTED, _G.NEVER_KNOWN, (_A.NAME,), _S.FOR_STAFF),
    (_S.ANSWERED, _G.TAKEN_BACK, (_A.WRITE,), _S.ARMING),
    (_S.ANSWERED, _G.NO_TAG, (_A.TELL, _A.TAKE_LATE), _S.RETURNED),
    (_S.ANSWERED, _G.TAG_UNREAD, (_A.CLOSE, _A.TELL, _A.TAKE_LATE), _S.UNARMED),
    (_S.ANSWERED, _G.UNSEEN, (_A.NAME,), _S.FOR_STAFF),
    (_S.ANSWERED, _G.GUARD, (_A.TELL, _A.WRITE), _S.GUARDING),
    (_S.ANSWERED, _G.NOT_TAKEN, (_A.TELL,), _S.REFUSED),
    (_S.ANSWERED, _G.ANSWER_LOST, (_A.TELL,), _S.FOR_STAFF),
    (_S.ARMING, _G.PROVED, (_A.CLOSE, _A.TELL), _S.RETURNED),
    (_S.ARMING, _G.NOT_WRITTEN, (_A.NAME,), _S.FOR_STAFF),
    (_S.ARMING, _G.SESSION_OVER, (_A.NAME,), _S.AWAITED),
    (_S.GUARDING, _G.LET_GO, (_A.CLOSE, _A.MAKE_WAY), _S.REFUSED),
    (_S.AWAITED, _G.TAG_BACK, (_A.SETTLE,), _S.CONFIRMING),
    (_S.CONFIRMING, _G.STANDS, (_A.WRITE,), _S.ARMING),
    (_S.CONFIRMING, _G.STANDS_UNWRITTEN, (_A.KEEP_ANSWER,), _S.ANSWERED),
    (_S.CONFIRMING, _G.SILENCE, (), _S.AWAITED),
    ((_S.AWAITED, _S.CONFIRMING), _G.PROVED, (_A.CLOSE, _A.TELL), _S.RETURNED),
    ((_S.ARMING, _S.AWAITED, _S.CONFIRMING, _S.FOR_STAFF), _G.NO_LONGER, (_A.CLOSE,), _S.GONE),
    (_S.FOR_STAFF, _G.ASK_AGAIN, (_A.SETTLE,), _S.DOUBTED),
    (_S.FOR_STAFF, _G.DISK_BACK, (_A.KEEP_ANEW,), _S.ANSWERED),
    ((_S.AWAITED, _S.FOR_STAFF), _G.RESOLVED, (_A.CLOSE,), _S.GONE),
)
"""State, signal, what is done, next state. What is not here does not happen."""

STAGES: Mapping[ReturnState, Stage] = MappingProxyType(
    {
        _S.INTENDED: Stage.INTENDED,
        _S.ASKED: Stage.ASKED,
        _S.DOUBTED: Stage.DOUBTED,
        _S.ANSWERED: Stage.ANSWERED,
        _S.ARMING: Stage.SECURING,
        _S.GUARDING: Stage.GUARDING,
        _S.AWAITED: Stage.AWAITED,
        _S.CONFIRMING: Stage.CONFIRMING,
        _S.RETURNED: Stage.DONE,
        _S.UNARMED: Stage.DONE,
        _S.REFUSED: Stage.OVER,
        _S.GONE: Stage.OVER,
        _S.FOR_STAFF: Stage.FOR_STAFF,
    }
)
"""What each state is in the words that loans and returns share."""


@dataclass(frozen=True)
class Return(TaggedSaga):
    """One return saga. `proved` tags were read back as armed. `unread_near`: a tag that could not be read
    lay there when the item was scanned. `told`: it was said once that the item is back."""

    reply: Returned | NotReturned | None = None
    state: ReturnState = ReturnState.INTENDED
    unread_near: bool = False
    told: bool = False

    TABLE: ClassVar = TABLE
    STAGES: ClassVar = STAGES
    SECURES: ClassVar = ReturnState.ARMING

    @property
    def taken_back(self) -> bool:
        """Whether the ILS is known to have taken the item back."""
        return isinstance(self.reply, Returned) and self.state not in (
            ReturnState.ANSWERED,
            ReturnState.GONE,
        )


def verdict(saga: Return) -> Signal:
    """What the return's answer, once it is flushed, means for its tags."""
    match saga.reply:
        case Returned() if saga.uids:
            return Signal.TAKEN_BACK
        case Returned():
            return Signal.TAG_UNREAD if saga.unread_near else Signal.NO_TAG
        case NotReturned(reason) if saga.uids and reason not in UNASKED:
            return Signal.GUARD
        case _:
            return Signal.NOT_TAKEN
