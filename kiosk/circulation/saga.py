"""What every saga has: its signals, its acts, the shape of its table, and the fields that all kinds share.

A saga is one question that changes something in the ILS, from its intent to its settling. Each kind has a
table of its own (`loan`, `returning`, `wish`, `payment`): state, signal, what is done, next state. The table
is the whole of its flow: a (state, signal) pair that is not in it changes nothing, so late and doubled
answers fall through there. `tables.describe()` draws them for the docs.

A saga's state is never stored. After a restart it is folded from the journal's rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Self, TypeVar

from kiosk.circulation.answers import (
    FeeAnswer,
    HoldAnswer,
    LoanAnswer,
    RenewalAnswer,
    RenewAllAnswer,
    ReturnAnswer,
    TillAnswer,
)
from kiosk.circulation.frozen import changed
from kiosk.circulation.reasons import UNASKED, Reason
from kiosk.circulation.values import Flushed, ItemKey, PatronId, SagaId, Uid

Reply = LoanAnswer | ReturnAnswer | RenewalAnswer | RenewAllAnswer | HoldAnswer | FeeAnswer | TillAnswer
"""What a saga can have been answered."""


class Signal(StrEnum):
    """What moves a saga."""

    INTENT_KEPT = "intent row flushed"
    INTENT_LOST = "intent row not flushed"
    ANSWER_CAME = "the ILS answered"
    SILENCE = "asked, and no answer came"
    ANSWER_LOST = "answer row not flushed"
    DISK_BACK = "the disk takes rows again"
    PROVED = "every tag read back as it should be"
    NOT_WRITTEN = "a tag refuses to be switched"
    NEVER_KNOWN = "settling gave no answer"
    SESSION_OVER = "its session ended"
    TAG_BACK = "an awaited tag is on the pad again"
    STANDS = "what the ILS had said still stands"
    STANDS_UNWRITTEN = "it still stands, its answer must be flushed anew"
    NO_LONGER = "it no longer stands: the item was lent or came back meanwhile"
    ASK_AGAIN = "the ILS is back"
    RESOLVED = "staff have seen to it"

    # what the patron says to a question
    YES = "the patron says yes"
    NO = "the patron says no"
    CANNOT_ASK = "yes, but the ILS, the till or the disk is away"

    # what a flushed answer means for the tags of a loan
    MAY_LEAVE = "answer row flushed: release its tags"
    STAYS_ARMED = "answer row flushed: lent, not to be released"
    NOT_LENT = "answer row flushed: refused"
    NO_TAG = "answer row flushed: no tag to secure"
    FEE_DUE = "answer row flushed: lent only for a fee"

    UNSEEN = "answer row flushed: staff must see to it, and nobody is here who could be told"

    # what a flushed answer means for the tags of a return
    TAKEN_BACK = "answer row flushed: arm its tags"
    TAG_UNREAD = "answer row flushed: taken back, and a tag near it could not be read"
    GUARD = "answer row flushed: not taken back, arm its tags all the same"
    NOT_TAKEN = "answer row flushed: not taken back, nothing to arm"
    LET_GO = "nothing of a refused item is left to be armed here"

    # what a flushed answer means for a wish
    GRANTED = "answer row flushed: done"
    NOT_GRANTED = "answer row flushed: not done"
    UNKNOWN = "answer row flushed: nobody knows"

    # everything is to be renewed, and not by one message
    SINGLY = "yes, but some of it was lent, renewed or asked about in this visit"
    NOT_DONE_HERE = "answer row flushed: the ILS does not know such a message"
    NEXT = "none of them is under way"
    ALL_ENDED = "none is left, or none can be asked any more"

    # a fee payment
    MONEY_TAKEN = "the till has taken the money"
    NO_MONEY = "the till has taken nothing"
    TAKEN_KEPT = "taken row flushed"
    NOT_SENT = "the ILS could not be told"
    BOOKED = "answer row flushed: booked"
    NOT_BOOKED = "answer row flushed: the ILS does not book it"
    NOT_PAID = "answer row flushed: nothing was taken"


class Act(StrEnum):
    """What a saga's step does: the effects, in the words of the docs. Each kind carries them out its way."""

    KEEP_INTENT = "put the intent on the disk"
    ASK = "ask the ILS, once"
    SETTLE = "ask on a fresh connection what became of it"
    KEEP_ANSWER = "put the answer on the disk"
    KEEP_ANEW = "put the answer on the disk, and the intent that was lost with it"
    WRITE = "write its tags"
    TAKE_LATE = "go on with tags that turned up meanwhile"
    RENEW_NEXT = "begin a renewal of the next loan, as a saga of its own"
    MAKE_WAY = "let older sagas of the item go on"
    TAKE_MONEY = "let the till take the money, once"
    KEEP_TAKEN = "put on the disk that the money was taken"
    BOOK = "tell the ILS of the payment, once"
    TELL = "tell what came of it"
    NAME = "name it for staff, on the disk"
    CLOSE = "close it on the disk, its key destroyed"


S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """One line of a table: what is done, in this order, and the state that follows."""

    does: tuple[Act, ...]
    to: S


Table = Mapping[tuple[S, Signal], Step[S]]
"""State and signal to step. What is not in it does not happen."""


def table(*lines: tuple[S | tuple[S, ...], Signal, tuple[Act, ...], S]) -> Table[S]:
    """A table from its lines: state (or several), signal, acts, next state.

    Raises:
        ValueError: two lines for one state and signal.
    """
    steps: dict[tuple[S, Signal], Step[S]] = {}
    for states, signal, does, to in lines:
        for state in states if isinstance(states, tuple) else (states,):
            if (state, signal) in steps:
                raise ValueError(f"two lines for {state} and {signal.name}")
            steps[state, signal] = Step(does, to)
    return MappingProxyType(steps)


class Stage(StrEnum):
    """What loans and returns have alike: each of their states is one of these, by a table of its own."""

    INTENDED = "intended"
    ASKED = "asked"
    DOUBTED = "doubted"
    ANSWERED = "answered"
    ASKING = "asking the patron"
    SECURING = "securing"
    """Its tags are being written, and must be on the pad for that."""
    GUARDING = "guarding"
    """Those of its tags that lie on the pad are armed, as a favour."""
    AWAITED = "awaited"
    CONFIRMING = "confirming"
    FOR_STAFF = "for staff"
    DONE = "done"
    """Closed on the disk; a tag of it that turns up now needs a saga of its own."""
    OVER = "over"


ENDS = frozenset({Stage.FOR_STAFF, Stage.DONE, Stage.OVER})
"""Stages in which a patron need not wait any more."""

WAITING = frozenset({Stage.AWAITED, Stage.CONFIRMING})
"""Stages of a saga whose session is over and whose tag must come back first."""

BEFORE_ANSWER = frozenset({Stage.INTENDED, Stage.ASKED, Stage.DOUBTED, Stage.ASKING})
"""Stages in which the newest intent row says which tags it has."""

SECURED = frozenset({Stage.ANSWERED, Stage.SECURING, Stage.GUARDING})
"""Stages in which the newest answer row says that."""


@dataclass(frozen=True)
class Saga:
    """The fields that every saga has.

    `item` has an empty id for a fee payment. `patron`: whose it is; a return names nobody. `reply` is what
    the ILS has answered. `intent` and `answer` are the proofs of its flushed rows. `late`: the ILS is
    overdue. `sent` false: it was surely never asked. `nameless`: the item's number may be a patron's, so rows
    have it only sealed. `named`: after a restart, that a row names it for staff already.
    """

    id: SagaId
    item: ItemKey
    epoch: int
    patron: PatronId | None = None
    intent: Flushed | None = None
    answer: Flushed | None = None
    late: bool = False
    reason: Reason | None = None
    nameless: bool = False
    sent: bool = True
    reply: Reply | None = None
    state: StrEnum = Stage.INTENDED
    named: bool = False

    TABLE: ClassVar[Table[Any]]
    ASKS: ClassVar[StrEnum | None] = None
    """The state, if any, in which the patron is asked, and nothing is done before they have answered."""

    def moved(self, signal: Signal) -> tuple[Self, tuple[Act, ...]] | None:
        """The saga in its next state and what is to be done, or None when its table has no such line."""
        step = self.TABLE.get((self.state, signal))
        return None if step is None else (changed(self, state=step.to), step.does)

    @property
    def ended(self) -> bool:
        """Whether a patron need not wait for it any more."""
        raise NotImplementedError

    @property
    def asks(self) -> bool:
        """Whether it asks the patron, and does nothing before they have answered."""
        return self.state is self.ASKS

    @property
    def written_item(self) -> str:
        """The item's id as an unsealed row may have it."""
        return "" if self.nameless else self.item.id

    @property
    def never_sent(self) -> bool:
        """Whether the ILS was surely not asked: then it may be asked once more."""
        return not self.sent or self.reason in UNASKED


@dataclass(frozen=True)
class TaggedSaga(Saga):
    """A saga about an item that may have tags: a loan or a return.

    `uids` are the item's tags; `proved` those read back as they should be; `mute` counts switches that a tag
    did not answer although it was there. `settling` is true while the ILS is being asked what became of it,
    `settles` counts these attempts. `after`: the saga whose answer this one goes on with, since that one was
    closed when one more tag of the item turned up. `closing`: it has ended, and the row that says so is on
    its way to the disk; `unclosed`: the disk did not take it, and it is to be written yet; `unnamed`: the
    same of the row that names it for staff.
    """

    uids: tuple[Uid, ...] = ()
    proved: frozenset[Uid] = frozenset()
    mute: int = 0
    settling: bool = False
    settles: int = 0
    after: SagaId | None = None
    unclosed: bool = False
    closing: bool = False
    unnamed: bool = False

    STAGES: ClassVar[Mapping[Any, Stage]]
    """What each state is in the words that loans and returns share."""
    SECURES: ClassVar[StrEnum]
    """The one state in which its tags are being written, and must be on the pad for that."""

    @property
    def stage(self) -> Stage:
        """Where it is, in the words that loans and returns share."""
        return self.STAGES[self.state]

    @property
    def ended(self) -> bool:
        """Whether a patron need not wait for it any more."""
        return self.STAGES[self.state] in ENDS

    @property
    def securing(self) -> bool:
        """Whether its tags are being written, and must be on the pad for that."""
        return self.state is self.SECURES

    @property
    def at_rest(self) -> bool:
        """Whether it waits for a tag that went away, or has ended: it lays no claim to the item now."""
        stage = self.STAGES[self.state]
        return stage in ENDS or stage in WAITING

    @property
    def unproved(self) -> tuple[Uid, ...]:
        """Its tags that have not been read back as they should be."""
        return tuple([uid for uid in self.uids if uid not in self.proved]) if self.proved else self.uids
