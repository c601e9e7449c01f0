"""What loans and returns do alike: asking once, learning what became of it, and securing tags with proof.

A tag has at most one switch in the air, whichever saga wants it (`State.air`): what is proved then is what
was written last. How a tag is switched and what proves it, the security switch knows; which way, and when,
stands in `lending` and `giving_back`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from typing import TypeVar

from kiosk.circulation.answers import Doubt, FeeAsked, Lent, Returned
from kiosk.circulation.counting import lacks
from kiosk.circulation.course import Course, new_id, of_session
from kiosk.circulation.effects import AppendRow, Effect, SetTimer, SwitchTag, Timer
from kiosk.circulation.frozen import changed
from kiosk.circulation.reasons import UNASKED, Reason
from kiosk.circulation.saga import BEFORE_ANSWER, SECURED, WAITING, Act, Reply, Signal, Stage, TaggedSaga
from kiosk.circulation.state import Draft, item_of
from kiosk.circulation.values import (
    AFI_UNKNOWN,
    Device,
    Flushed,
    ItemTag,
    Media,
    Row,
    RowKind,
    SagaId,
    Security,
    Switched,
    Uid,
)

TAG_RETRY_S = 0.3
"""Pause before a tag that did not answer is switched again; two polls of a full pad fit into it."""

MUTE_TRIES = 20
"""Attempts at a tag that is there and never answers (six seconds), before staff are asked: some tags
answer the inventory and know no AFI (ISO 15693-3 has Write AFI and Get system info as optional)."""

PROOFS = {
    Security.ARMED: frozenset({Switched.SECURED, Switched.NOT_NEEDED}),
    Security.RELEASED: frozenset({Switched.RELEASED, Switched.NOT_NEEDED}),
}
"""Outcomes that prove that a tag is as it is wanted."""

REFUSALS = {Switched.PROTECTED: Reason.TAG_PROTECTED, Switched.FAILED: Reason.TAG_NOT_WRITTEN}
"""Outcomes of a tag that is there and does not become what it is wanted to be."""

T = TypeVar("T", bound=TaggedSaga)


class Check(Enum):
    """What a switch says of a saga's tags."""

    OPEN = auto()
    """Something is still to be proved."""
    PROVED = auto()
    """Every tag was read back as it should be."""
    REFUSES = auto()
    """A tag is there and does not become what it is wanted to be."""


class Securing(Course[T]):
    """How loans and returns run."""

    letter: str
    """What ids of this kind begin with."""

    # ---- what each of the two has of its own ------------------------------------------------

    wanted: Security
    """What the saga's tags shall be: armed or released."""

    def question(self, saga: T) -> Effect | None:
        """How to learn what became of it; None when nobody can be asked (its seal is broken)."""
        raise NotImplementedError

    def at_work(self, d: Draft, saga: T) -> bool:
        """Whether the saga's tags are to be written now."""
        return saga.securing

    def hands_off(self, d: Draft, saga: T) -> bool:
        """Whether something else has a better right to the item at this moment."""
        raise NotImplementedError

    def holds(self, reply: Reply) -> bool:
        """Whether an answer says that the item was lent, or taken back."""
        raise NotImplementedError

    def why(self, saga: T) -> Reason | None:
        """Why the ILS refused, if it did."""
        return getattr(saga.reply, "reason", None)

    def tell(self, d: Draft, saga: T) -> None:
        """Tell what came of it."""
        raise NotImplementedError

    def meaning(self, saga: T) -> Signal:
        """What its answer, once it is flushed, means for its tags."""
        raise NotImplementedError

    open_ends: frozenset[Signal]
    """Meanings after which something is still to be done."""

    def lost(self, saga: T) -> T:
        """The saga as one that was never asked, since the disk did not take its intent."""
        raise NotImplementedError

    # ---- what an answer means ---------------------------------------------------------------

    def verdict(self, d: Draft, saga: T) -> Signal:
        """What its answer means, with regard to who is here: what only the patron could be told is for staff
        when the patron has gone, as after a power cut."""
        signal = self.meaning(saga)
        if signal in (Signal.STAYS_ARMED, Signal.TAG_UNREAD) and not of_session(d, saga):
            return Signal.UNSEEN
        return signal

    def closes(self, d: Draft, saga: T) -> bool:
        """All is done with the answer, unless its meaning is an open end: also where somebody must yet be
        told of it, since they may be gone when it is on the disk."""
        signal = self.verdict(d, saga)
        return signal is not Signal.UNSEEN and signal not in self.open_ends

    def answer_kept(self, d: Draft, saga: T) -> None:
        """The answer is on the disk: what it means for the tags may be done."""
        signal = self.verdict(d, saga)
        reason = Reason.STAYS_ARMED if signal is Signal.UNSEEN else saga.reason
        self.advance(d, changed(saga, reason=reason), signal)

    # ---- acts -------------------------------------------------------------------------------

    def carry_out(self, d: Draft, saga: T, act: Act) -> None:
        """Do one of the acts that the table names."""
        match act:
            case Act.KEEP_INTENT:
                self.keep_intent(d, saga)
            case Act.KEEP_ANSWER:
                self.keep_answer(d, saga)
            case Act.KEEP_ANEW:
                self._keep_anew(d, saga)
            case Act.SETTLE:
                self.settle(d, saga)
            case Act.WRITE:
                self.write(d, saga)
            case Act.TAKE_LATE:
                for uid in self.late_tags(d, saga):
                    self.new_tag(d, d.session.lines[saga.item.id].saga or saga.id, uid)
            case Act.TELL:
                self.tell(d, saga)
            case Act.NAME:
                self.name(d, saga, saga.reason or Reason.TAG_GONE)
            case Act.CLOSE:
                self.close(d, saga, saga.state)
            case _:
                message = f"{type(self).__name__} does not {act}"
                raise AssertionError(message)

    def _keep_anew(self, d: Draft, saga: T) -> None:
        if saga.after is not None:
            # its intent was lost with its answer
            self.keep_intent(d, saga)
        self.keep_answer(d, saga)

    # ---- the ILS ----------------------------------------------------------------------------

    def answered(self, d: Draft, saga_id: SagaId, reply: Reply) -> None:
        """The ILS answered, or is in doubt about it."""
        saga = self.sagas(d.state).get(saga_id)
        if saga is None or saga.stage is not Stage.ASKED:
            return
        if isinstance(reply, Doubt):
            self.advance(d, changed(saga, late=True), Signal.SILENCE)
        else:
            self._answer_came(d, saga, reply)

    def _answer_came(self, d: Draft, saga: T, reply: Reply) -> None:
        known = changed(saga, reply=reply)
        self.advance(d, changed(known, reason=self.why(known)), Signal.ANSWER_CAME)

    def late(self, d: Draft, saga_id: SagaId) -> None:
        """The answer is overdue: the row says *Checking...*."""
        saga = self.sagas(d.state).get(saga_id)
        if saga is not None and saga.stage is Stage.ASKED:
            d.put(changed(saga, late=True))

    def settle(self, d: Draft, saga: T) -> None:
        """Ask what became of it, unless that is being asked already."""
        if saga.settling:
            return
        question = self.question(saga)
        if question is not None and d.state.ready(Device.ILS):
            d.put(changed(saga, settling=True))
            d.do(question)
        elif saga.stage is Stage.DOUBTED:
            d.do(SetTimer(Timer.SETTLE, d.state.policy.settle_pause_s))

    def settle_doubts(self, d: Draft) -> None:
        """The pause after an attempt that taught nothing is over: try all that are in doubt again."""
        for saga in self.each(d):
            if saga.stage is Stage.DOUBTED and not saga.settling:
                if d.state.ready(Device.ILS):
                    self.settle(d, saga)
                else:
                    self._settled_nothing(d, saga)

    def settled(self, d: Draft, saga_id: SagaId, reply: Reply) -> None:
        """A fresh connection said what became of one in doubt, or whether an awaited one still stands."""
        saga = self.sagas(d.state).get(saga_id)
        if saga is None:
            return
        saga = changed(saga, settling=False)
        d.put(saga)
        # who could not be asked has told nothing
        nothing = isinstance(reply, Doubt | FeeAsked) or getattr(reply, "reason", None) in UNASKED
        if saga.stage is Stage.DOUBTED:
            if nothing:
                self._settled_nothing(d, saga)
            else:
                self._answer_came(d, saga, reply)
        elif saga.stage is Stage.CONFIRMING:
            if nothing or (self.holds(reply) and self.hands_off(d, saga)):
                self.advance(d, saga, Signal.SILENCE)
            elif not self.holds(reply):
                # whoever has it now has it rightly, and its tag is theirs
                self.gone(d, saga)
            else:
                self.advance(d, saga, Signal.STANDS if saga.answer is not None else Signal.STANDS_UNWRITTEN)

    def _settled_nothing(self, d: Draft, saga: T) -> None:
        """Nobody could say what became of it: try again after a pause, and at last ask staff."""
        tried = changed(saga, settles=saga.settles + 1)
        if tried.settles < d.state.policy.settle_tries:
            d.put(tried)
            d.do(SetTimer(Timer.SETTLE, d.state.policy.settle_pause_s))
        else:
            self.advance(d, changed(tried, reason=Reason.OUTCOME_UNKNOWN, settles=0), Signal.NEVER_KNOWN)

    def gone(self, d: Draft, saga: T) -> None:
        """It no longer stands: nothing is left to be done for it, nor to be mended by staff."""
        self.advance(d, changed(saga, reason=None), Signal.NO_LONGER)

    def ils_back(self, d: Draft) -> None:
        """The ILS answers again: doubts are settled, awaited tags on the pad are finished."""
        for saga in self.each(d):
            if saga.stage is Stage.DOUBTED:
                self.settle(d, saga)
            elif saga.reply is None and self.question(saga) is not None:
                self.advance(d, saga, Signal.ASK_AGAIN)
            elif d.state.any_there(saga.uids):
                self._ask_whether_it_stands(d, saga)

    # ---- the disk ---------------------------------------------------------------------------

    def close(self, d: Draft, saga: T, end: str) -> None:
        """Close a saga on the disk; it is remembered until the disk has taken that."""
        super().close(d, saga, end)
        d.put(changed(saga, closing=True, unclosed=False))

    def row_flushed(self, d: Draft, token: Flushed) -> None:
        """A row is on the disk: what waited for it goes out."""
        saga = self.sagas(d.state).get(token.saga)
        if saga is not None and token.kind is RowKind.SETTLED:
            d.put(changed(saga, closing=False))
        else:
            super().row_flushed(d, token)

    def flush_failed(self, d: Draft, saga_id: SagaId) -> None:
        """The disk did not take a row: nothing is asked, nothing is written, staff are told."""
        saga = self.sagas(d.state).get(saga_id)
        if saga is None or self.advance(d, self.lost(saga), Signal.INTENT_LOST):
            return
        answer_lost = self.advance(d, changed(saga, reason=Reason.JOURNAL_FAILED), Signal.ANSWER_LOST)
        if answer_lost:
            return
        if saga.closing:
            d.put(changed(saga, closing=False, unclosed=True))
        elif saga.stage in (Stage.FOR_STAFF, Stage.AWAITED):
            d.put(changed(saga, unnamed=True))

    def journal_back(self, d: Draft) -> None:
        """The disk takes rows again: answers that it refused are kept now, and what follows goes on."""
        for saga in self.each(d):
            if saga.unclosed:
                d.put(changed(saga, unclosed=False))
                self.close(d, saga, saga.state)
                continue
            if saga.unnamed:
                saga = changed(saga, unnamed=False)  # noqa: PLW2901 - goes on below as it stands now
                d.put(saga)
                self.name(d, saga, saga.reason or Reason.TAG_GONE)
            if saga.reason is Reason.JOURNAL_FAILED and saga.answer is None and saga.reply is not None:
                self.advance(d, changed(saga, reason=self.why(saga)), Signal.DISK_BACK)

    # ---- the session ------------------------------------------------------------------------

    def session_over(self, d: Draft, saga: T) -> None:
        """Its session has ended or its tag has gone: what is not proved waits, and is named for staff."""
        self.advance(d, saga, Signal.SESSION_OVER)

    def claimed(self, d: Draft, saga: T) -> bool:
        """Whether another saga is at work on the same item: until that has ended, this one leaves it."""
        return any(
            other.item.id == saga.item.id and other.id != saga.id and not other.at_rest
            for other in d.state.tagged()
        )

    # ---- tags -------------------------------------------------------------------------------

    def write(self, d: Draft, saga: T) -> None:
        """Switch every tag of the saga that is in the field and not proved yet."""
        if saga.answer is None or not self.may_write(d, saga):
            return
        for uid in self._to_write(d, saga):
            d.do(SwitchTag(uid, self.wanted is Security.ARMED, saga.answer, _media_of(d, saga, uid)))

    def may_write(self, d: Draft, saga: T) -> bool:
        """Whether the saga's tags may be touched at this moment."""
        if saga.answer is None or not self.at_work(d, saga) or self.hands_off(d, saga):
            return False
        # while tags are unread, another one of it may lie there, which no list would show to anybody
        return not d.state.named or of_session(d, saga)

    def write_all(self, d: Draft) -> None:
        """Write whatever is waiting to be written: the reader is back, or a pause is over."""
        for saga in self.each(d):
            self.write(d, saga)

    def _to_write(self, d: Draft, saga: T) -> Iterator[Uid]:
        """The saga's tags that can be written now; each is in the air from here on."""
        if not d.state.ready(Device.PAD):
            return
        for uid in saga.unproved:
            if uid not in d.state.air and d.state.there(uid):
                # what it held before proves nothing any more, even if this switch stays without an answer
                d.know_tag(uid, AFI_UNKNOWN, Security.UNKNOWN)
                d.set(air={**d.state.air, uid: saga.id})
                for other in d.state.tagged():
                    if other.id != saga.id:
                        distrust(d, other, uid)
                yield uid

    def checked(self, d: Draft, saga: T, uid: Uid, outcome: Switched) -> tuple[T, Check]:
        """A tag of the saga was switched, with this outcome."""
        if outcome in PROOFS[self.wanted]:
            saga = changed(saga, proved=saga.proved | {uid})
            d.put(saga)
            return saga, Check.OPEN if saga.unproved else Check.PROVED
        if outcome in REFUSALS:
            return saga, Check.REFUSES
        # it did not answer; or it was switched the other way, which no switch does: neither proves anything
        if d.state.there(uid) and d.state.ready(Device.PAD):
            saga = changed(saga, mute=saga.mute + 1)
            d.put(saga)
        if saga.mute >= MUTE_TRIES:
            return saga, Check.REFUSES
        if d.state.there(uid):
            d.do(SetTimer(Timer.TAG_RETRY, TAG_RETRY_S))
        return saga, Check.OPEN

    def tag_switched(self, d: Draft, saga: T, uid: Uid, outcome: Switched) -> None:
        """A tag was switched for this saga. One that refuses leaves the whole of it to staff."""
        saga, check = self.checked(d, saga, uid, outcome)
        if check is Check.PROVED and not of_session(d, saga) and self._twin_there(d, saga):
            self.advance(d, changed(saga, reason=Reason.TAG_DUPLICATE), Signal.NOT_WRITTEN)
        elif check is Check.PROVED:
            self.advance(d, saga, Signal.PROVED)
        elif check is Check.REFUSES:
            reason = REFUSALS.get(outcome, Reason.TAG_NOT_WRITTEN)
            self.advance(d, changed(saga, reason=reason), Signal.NOT_WRITTEN)

    def tag_here(self, d: Draft, uid: Uid) -> None:
        """A tag is on the pad (again), or free to be written: sagas that wait for it go on."""
        concerned = [saga.id for saga in self.sagas(d.state).values() if uid in saga.uids]
        for saga in self.in_turn(d, concerned):
            if saga.stage in WAITING and d.state.pad[uid].tag.security is not self.wanted:
                distrust(d, saga, uid)
            self.go_on(d, self.sagas(d.state)[saga.id])

    def go_on(self, d: Draft, saga: T) -> None:
        """A tag that the saga may have waited for can be written now."""
        self.write(d, saga)
        self._ask_whether_it_stands(d, self.sagas(d.state)[saga.id])

    def pad_back(self, d: Draft) -> None:
        """The reader is back: what waited for it is written, awaited tags that lie there are finished."""
        self.write_all(d)
        for saga in self.each(d):
            if d.state.any_there(saga.uids):
                self._ask_whether_it_stands(d, saga)

    def _ask_whether_it_stands(self, d: Draft, saga: T) -> None:
        """An awaited tag is back. Much may have happened to the item meanwhile: ask before it is written."""
        if saga.stage is not Stage.AWAITED or self.question(saga) is None or not d.state.ready(Device.ILS):
            return
        if not self.hands_off(d, saga):
            self.advance(d, saga, Signal.TAG_BACK)

    def new_tag(self, d: Draft, saga_id: SagaId, uid: Uid) -> None:
        """A tag of an item turned up while it is being lent or taken back, or afterwards: it must be secured
        too, and the disk must know of it before it is touched."""
        saga = self.sagas(d.state).get(saga_id)
        if saga is None or uid in saga.uids or (saga.stage is Stage.ANSWERED and not saga.uids):
            # an answer without tags is about to close its saga: see `late_tags`
            return
        more = changed(saga, uids=(*saga.uids, uid))
        if saga.stage is Stage.DONE and saga.reply is not None:
            self._succeed(d, more)
            return
        d.put(more)
        if saga.stage is Stage.ASKING:
            # the intent that follows a yes will name it
            return
        if saga.stage in BEFORE_ANSWER:
            self.keep_intent(d, more)
        elif saga.stage in SECURED and saga.reply is not None:
            d.do(AppendRow(self.answer_row(d, more)))
            self.write(d, more)

    def _succeed(self, d: Draft, closed: T) -> None:
        """Go on with a saga that was closed, in a new one: the list's line follows it."""
        again = self.successor(changed(closed, id=new_id(d, self.letter), after=closed.id, answer=None))
        d.put(again)
        line = d.session.lines.get(again.item.id)
        if line is not None:
            d.put_line(changed(line, saga=again.id))
        self._keep_anew(d, again)

    def successor(self, saga: T) -> T:
        """The saga as it begins anew: with its answer, on its way to the disk."""
        raise NotImplementedError

    def late_tags(self, d: Draft, saga: T) -> tuple[Uid, ...]:
        """Tags that turned up while a closing answer was on its way to the disk: its saga does not know
        them."""
        line = d.session.lines.get(saga.item.id) if of_session(d, saga) else None
        known = line is not None and line.saga == saga.id
        return tuple(uid for uid in line.uids if uid not in saga.uids) if line is not None and known else ()

    def any_there(self, d: Draft, saga: T) -> bool:
        """Whether a tag of it that is to be written lies on a pad that works."""
        return d.state.ready(Device.PAD) and d.state.any_there(saga.unproved)

    def _twin_there(self, d: Draft, saga: T) -> bool:
        """Whether a tag that is not its own, and is not as its own should be, says that it is its item."""
        return any(
            presence.there
            and uid not in saga.uids
            and presence.tag.security is not self.wanted
            and item_of(presence) == saga.item
            for uid, presence in d.state.pad.items()
        )

    def whole(self, d: Draft, saga: T) -> bool:
        """Whether nothing on the list speaks against what is proved: another tag that says that it is the
        same item, or one that tells of a part that the kiosk never saw."""
        line = d.session.lines.get(saga.item.id) if of_session(d, saga) else None
        return line is None or not (line.copied or lacks(d.state, line))


def media_row(reply: Lent | Returned) -> dict[str, object]:
    """What an answer's row says of what the item is made of, where the ILS says it: after a restart the tag
    is switched by that too."""
    return {} if reply.media is Media.UNKNOWN else {"media": reply.media.value}


def media_in(row: Row) -> Media:
    """What the row of an answer says the item is made of."""
    said = str(row.payload.get("media", ""))
    return Media(said) if said in {media.value for media in Media} else Media.UNKNOWN


def _media_of(d: Draft, saga: TaggedSaga, uid: Uid) -> Media:
    """What a tag's item is made of: what the tag says, or else the ILS."""
    content = d.state.pad[uid].tag.content
    if isinstance(content, ItemTag) and content.media is not Media.UNKNOWN:
        return content.media
    return saga.reply.media if isinstance(saga.reply, Lent | Returned) else Media.UNKNOWN


def distrust(d: Draft, saga: TaggedSaga, uid: Uid) -> None:
    """What was once proved of this tag for this saga holds no longer."""
    if uid in saga.proved:
        d.put(changed(saga, proved=saga.proved - {uid}))
