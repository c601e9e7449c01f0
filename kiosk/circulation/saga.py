"""What every saga has: its signals, and the fields that loans, returns and renewals share.

A saga is one question that changes something in the ILS, from its intent to its settling. Each kind has a
table of its own (`loan`, `returning`, `renewal`), and the table is the whole of its flow: a (state, signal)
pair that is not in it changes nothing, so late and doubled answers fall through there.

A saga's state is never stored. After a restart it is folded from the journal's rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Flushed, ItemKey, SagaId, Uid


class Signal(StrEnum):
    """What moves a saga."""

    INTENT_KEPT = "intent row flushed"
    INTENT_LOST = "intent row not flushed"
    ANSWER_CAME = "the ILS answered"
    SILENCE = "asked, and no answer came"
    ANSWER_LOST = "answer row not flushed"
    DISK_BACK = "the disk takes rows again"
    PROVED = "every tag read back as it should be"
    NOT_WRITTEN = "a tag does not take its AFI"
    NEVER_KNOWN = "settling gave no answer"
    SESSION_OVER = "its session ended"
    TAG_BACK = "an awaited tag is on the pad again"
    STANDS = "what the ILS had said still stands"
    STANDS_UNWRITTEN = "it still stands, its answer must be flushed anew"
    NO_LONGER = "it no longer stands: the item was lent or came back meanwhile"
    ASK_AGAIN = "the ILS is back"

    # what a flushed answer means for the tags of a loan
    MAY_LEAVE = "answer row flushed: release its tags"
    STAYS_ARMED = "answer row flushed: lent, not to be released"
    NOT_LENT = "answer row flushed: refused"
    NO_TAG = "answer row flushed: no tag to secure"

    # what a flushed answer means for the tags of a return
    TAKEN_BACK = "answer row flushed: arm its tags"
    TAG_UNREAD = "answer row flushed: taken back, and a tag near it could not be read"
    GUARD = "answer row flushed: not taken back, arm its tags all the same"
    NOT_TAKEN = "answer row flushed: not taken back, nothing to arm"
    LET_GO = "nothing of a refused item is left to be armed here"

    # what a flushed answer means for a renewal
    RENEWED = "answer row flushed: renewed"
    NOT_RENEWED = "answer row flushed: not renewed"
    UNKNOWN = "answer row flushed: nobody knows"


@dataclass(frozen=True, slots=True)
class Saga:
    """The fields that every saga has.

    `uids` are the item's tags; `proved` those read back as they should be; `tries` counts writes that the
    tag answered and did not keep, `mute` those that it did not answer although it was there. `answer` is
    the proof of the flushed answer row. `late`: the ILS is overdue. `settling` is true while the ILS is
    being asked what became of it, `settles` counts these attempts. `sent` false: it was surely never asked.
    `nameless`: the item's number may be a patron's, so rows have it only sealed. `after`: the saga whose
    answer this one goes on with, since that one was closed when one more tag of the item turned up.
    """

    id: SagaId
    item: ItemKey
    epoch: int
    uids: tuple[Uid, ...] = ()
    proved: frozenset[Uid] = frozenset()
    tries: int = 0
    mute: int = 0
    answer: Flushed | None = None
    late: bool = False
    settling: bool = False
    settles: int = 0
    reason: Reason | None = None
    nameless: bool = False
    sent: bool = True
    after: SagaId | None = None

    def moved(self, signal: Signal) -> Self | None:
        """The saga in its next state, or None when its table has no such move."""
        raise NotImplementedError

    @property
    def ended(self) -> bool:
        """Whether a patron need not wait for it any more."""
        raise NotImplementedError

    @property
    def securing(self) -> bool:
        """Whether its tags are being written, and must be on the pad for that."""
        return False

    @property
    def at_rest(self) -> bool:
        """Whether it waits for a tag that went away, or has ended: it lays no claim to the item now."""
        return self.ended

    @property
    def written_item(self) -> str:
        """The item's id as an unsealed row may have it."""
        return "" if self.nameless else self.item.id

    @property
    def unproved(self) -> tuple[Uid, ...]:
        """Its tags that have not been read back as they should be."""
        return tuple(uid for uid in self.uids if uid not in self.proved)

    @property
    def never_sent(self) -> bool:
        """Whether the ILS was surely not asked: then it may be asked once more."""
        # ILS_DOWN is the port's word for "nothing was sent"
        return not self.sent or self.reason is Reason.ILS_DOWN
