"""The loan saga: its states, its signals and its table.

A saga begins when an item is to be asked of the ILS and ends when its tags are proved or when it is
known that nothing is to be done. The table below is the whole of its flow; `lending` turns events
into signals and carries the effects that go with each step. A (state, signal) pair that is not in the
table changes nothing: late and doubled answers fall through here.

The saga's state is never stored. After a restart it is folded from the journal's rows: an `intent`
without an answer is DOUBTED, an answer that permits release is AWAITED, a closed saga is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Flushed, ItemKey, Lent, LoanAnswer, NotLent, PatronId, SagaId, Uid


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
    """The loan no longer stands (returned meanwhile): nothing to do."""


class Signal(StrEnum):
    """What moves a loan."""

    INTENT_KEPT = "intent row flushed"
    INTENT_LOST = "intent row not flushed"
    ANSWER_CAME = "the ILS answered"
    SILENCE = "asked, and no answer came"
    ANSWER_LOST = "answer row not flushed"
    DISK_BACK = "the disk takes rows again"
    MAY_LEAVE = "answer row flushed: release its tags"
    STAYS_ARMED = "answer row flushed: lent, not to be released"
    NO_TAG = "answer row flushed: lent, no tag"
    NOT_LENT = "answer row flushed: refused"
    NEW_TAG = "a tag of it appeared after all"
    PROVED = "every tag read back as on loan"
    NOT_WRITTEN = "a tag does not take its AFI"
    NEVER_KNOWN = "settling gave no answer"
    SESSION_OVER = "its session ended"
    TAG_BACK = "an awaited tag is on the pad again"
    STANDS = "the loan still stands"
    STANDS_UNWRITTEN = "the loan still stands, its answer must be flushed anew"
    NO_LONGER = "the loan no longer stands"
    ASK_AGAIN = "the ILS is back"


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
        (_S.ANSWERED, _G.MAY_LEAVE): _S.RELEASING,
        (_S.ANSWERED, _G.STAYS_ARMED): _S.ARMED,
        (_S.ANSWERED, _G.NO_TAG): _S.UNTAGGED,
        (_S.ANSWERED, _G.NOT_LENT): _S.REFUSED,
        (_S.RELEASING, _G.PROVED): _S.SAFE,
        (_S.RELEASING, _G.NOT_WRITTEN): _S.FOR_STAFF,
        (_S.RELEASING, _G.SESSION_OVER): _S.AWAITED,
        (_S.UNTAGGED, _G.NEW_TAG): _S.RELEASING,
        (_S.SAFE, _G.NEW_TAG): _S.RELEASING,
        (_S.AWAITED, _G.TAG_BACK): _S.CONFIRMING,
        (_S.AWAITED, _G.PROVED): _S.SAFE,
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

LENT_STATES = frozenset({_S.RELEASING, _S.SAFE, _S.ARMED, _S.UNTAGGED, _S.AWAITED, _S.CONFIRMING})
"""States in which the ILS is known to have lent the item."""


@dataclass(frozen=True, slots=True)
class Loan:
    """One loan saga.

    `uids` are the item's tags; `proved` those read back as on loan; `busy` those with a write or a
    read-back in the air; `tries` counts writes that the tag answered and did not keep, `mute` those
    that it did not answer although it was there. `answer` is the proof of the flushed answer row.
    `settling` is true while a 63/17 is under way. `nameless`: the item's number may be a patron's, so rows
    have it only sealed.
    """

    id: SagaId
    item: ItemKey
    patron: PatronId | None
    epoch: int
    state: LoanState = LoanState.INTENDED
    uids: tuple[Uid, ...] = ()
    proved: frozenset[Uid] = frozenset()
    busy: frozenset[Uid] = frozenset()
    tries: int = 0
    mute: int = 0
    reply: Lent | NotLent | None = None
    answer: Flushed | None = None
    late: bool = False
    settling: bool = False
    settles: int = 0
    reason: Reason | None = None
    keep_armed: bool = False
    nameless: bool = False
    sent: bool = field(default=True)

    def moved(self, signal: Signal) -> LoanState | None:
        """The next state, or None when the table has no such move."""
        return TABLE.get((self.state, signal))

    @property
    def written_item(self) -> str:
        """The item's id as an unsealed row may have it."""
        return "" if self.nameless else self.item.id

    @property
    def ended(self) -> bool:
        """Whether a patron need not wait for it any more."""
        return self.state in ENDS

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
