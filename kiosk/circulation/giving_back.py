"""Giving back: how a return runs.

The order is the promise here too: the intent is flushed before the ILS is asked, the answer is flushed
before a tag is armed, and nothing is called returned before every tag of it was read back as armed.
"""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.circulation import papers
from kiosk.circulation.answers import NotReturned, Returned
from kiosk.circulation.course import cannot_ask, intended, new_id, of_session, tags_of
from kiosk.circulation.effects import AskReturn, SettleReturn
from kiosk.circulation.facts import ItemNeedsStaff, ItemRefused, ItemReturned
from kiosk.circulation.frozen import changed
from kiosk.circulation.reasons import Reason
from kiosk.circulation.returning import Return, ReturnState, verdict
from kiosk.circulation.saga import Act, Reply, Signal, Stage
from kiosk.circulation.securing import Check, Securing, media_in, media_row
from kiosk.circulation.state import Draft, State
from kiosk.circulation.values import ItemKey, Row, RowKind, SagaId, Security, Switched, Uid


class GivingBack(Securing[Return]):
    """How a return runs."""

    act = "return"
    letter = "R"

    def sagas(self, state: State) -> Mapping[SagaId, Return]:
        """All returns."""
        return state.returns

    wanted = Security.ARMED

    # ---- beginning --------------------------------------------------------------------------

    def begin(
        self, d: Draft, item: ItemKey, uids: tuple[Uid, ...], *, unread_near: bool, nameless: bool = False
    ) -> SagaId:
        """Begin the return of `item`; returns the saga's id.

        Where the ILS or the journal is away nothing is written and nothing is asked: the item is refused
        at once, and may be asked later, since it never was.
        """
        saga = Return(
            new_id(d, self.letter),
            item,
            d.state.epoch,
            uids=uids,
            unread_near=unread_near,
            nameless=nameless,
        )
        reason = cannot_ask(d)
        if reason is not None:
            refused = NotReturned(reason)
            d.put(changed(saga, state=ReturnState.REFUSED, reply=refused, reason=reason, sent=False))
            d.tell(ItemRefused(item, reason))
            return saga.id
        d.put(saga)
        self.keep_intent(d, saga)
        return saga.id

    # ---- acts -------------------------------------------------------------------------------

    def carry_out(self, d: Draft, saga: Return, act: Act) -> None:
        """Do one of the acts that the table names."""
        if act is Act.MAKE_WAY:
            for uid in saga.uids:
                if d.state.there(uid):
                    # an older return of the item stood back for it
                    self.tag_here(d, uid)
        elif act is not Act.ASK:
            super().carry_out(d, saga, act)
        elif saga.intent is not None:
            d.do(AskReturn(saga.intent, saga.item))

    def intent_says(self, saga: Return) -> Mapping[str, object]:
        """Whether a tag that could not be read lay near, which saga it goes on with."""
        says: dict[str, object] = {}
        if saga.unread_near:
            says["unread_near"] = True
        if saga.after is not None:
            says["after"] = saga.after
        return says

    def answer_says(self, saga: Return) -> Mapping[str, object]:
        """Returned, and whether it was on loan at all; or why not."""
        if isinstance(saga.reply, Returned):
            return {"returned": True, "was_on_loan": saga.reply.was_on_loan} | media_row(saga.reply)
        return {"returned": False, "reason": (self.why(saga) or Reason.RETURN_REFUSED).value}

    def meaning(self, saga: Return) -> Signal:
        """What its answer, once it is flushed, means for its tags."""
        return verdict(saga)

    open_ends = frozenset({Signal.TAKEN_BACK, Signal.GUARD, Signal.TAG_UNREAD})

    def lost(self, saga: Return) -> Return:
        """The return as one that was never asked."""
        reason = Reason.JOURNAL_FAILED
        return changed(saga, reason=reason, reply=NotReturned(reason), sent=False)

    def successor(self, saga: Return) -> Return:
        """A returned item of which one more tag turned up."""
        return changed(saga, state=ReturnState.ANSWERED, reason=None)

    def tell(self, d: Draft, saga: Return) -> None:
        """Tell what came of it."""
        match saga.state:
            case ReturnState.RETURNED if not self.late_tags(d, saga):
                self._returned(d, saga)
            case ReturnState.UNARMED:
                d.put(changed(saga, reason=Reason.TAG_NOT_WRITTEN))
                d.tell(ItemNeedsStaff(saga.item, Reason.TAG_NOT_WRITTEN))
            case ReturnState.GUARDING | ReturnState.REFUSED:
                d.tell(ItemRefused(saga.item, saga.reason or Reason.RETURN_REFUSED))
            case ReturnState.FOR_STAFF:
                d.tell(ItemNeedsStaff(saga.item, saga.reason or Reason.OUTCOME_UNKNOWN))
            case _:
                pass

    def _returned(self, d: Draft, saga: Return) -> None:
        """The item is back, proved: say so once, and print the slip that lies in it on its way."""
        if saga.told or not isinstance(saga.reply, Returned):
            return
        d.put(changed(saga, told=True, reason=None))
        if self.whole(d, saga):
            d.tell(ItemReturned(saga.item, saga.reply.alert, saga.reply.bin))
        papers.print_slip(d, saga.item, saga.reply)

    # ---- the ILS ----------------------------------------------------------------------------

    def question(self, saga: Return) -> SettleReturn | None:
        """17; None without the item's number."""
        return SettleReturn(saga.id, saga.item) if saga.item.id else None

    def holds(self, reply: Reply) -> bool:
        """Whether an answer says that the item is back."""
        return isinstance(reply, Returned)

    # ---- the tags ---------------------------------------------------------------------------

    def at_work(self, d: Draft, saga: Return) -> bool:
        """Whether its tags are to be armed now. A refused item is guarded only while whoever brought it is
        here: later it may be theirs again."""
        return saga.securing or (saga.stage is Stage.GUARDING and of_session(d, saga))

    def hands_off(self, d: Draft, saga: Return) -> bool:
        """Whether the item is being lent, or returned anew, at this moment."""
        return not of_session(d, saga) and self.claimed(d, saga)

    def tag_switched(self, d: Draft, saga: Return, uid: Uid, outcome: Switched) -> None:
        """A tag was switched for this return. For a refused item it was a favour."""
        if saga.stage is not Stage.GUARDING:
            super().tag_switched(d, saga, uid, outcome)
            return
        saga, check = self.checked(d, saga, uid, outcome)
        if check is not Check.OPEN:
            self.advance(d, saga, Signal.LET_GO)

    def await_absent(self, d: Draft) -> None:
        """Returns of former sessions are only armed while their tags are seen to lie there, since one that is
        taken away may be on loan again before it comes back. A refused item is armed while it lies there."""
        here = d.state.here
        concerned = [
            saga.id
            for saga in d.state.returns.values()
            if saga.epoch != here or saga.state is ReturnState.GUARDING
        ]
        for saga in self.in_turn(d, concerned) if concerned else ():
            if saga.state is ReturnState.GUARDING:
                if saga.epoch != here or not self.any_there(d, saga):
                    self.advance(d, saga, Signal.LET_GO)
            elif saga.securing and (not self.any_there(d, saga) or self.hands_off(d, saga)):
                self.session_over(d, saga)

    # ---- after a restart --------------------------------------------------------------------

    def restarted(self, d: Draft, row: Row) -> None:
        """Fold one of the journal's open rows: the same table, entered in the middle."""
        if row.kind is RowKind.INTENT:
            item, nameless = intended(row)
            saga = Return(
                row.saga,
                item,
                epoch=-1,
                # without its number (the seal is broken) nobody can be asked about it
                state=ReturnState.DOUBTED if item.id else ReturnState.FOR_STAFF,
                uids=tags_of(row),
                late=True,
                reason=None if item.id else Reason.OUTCOME_UNKNOWN,
                nameless=nameless,
                unread_near=bool(row.payload.get("unread_near")),
            )
            d.put(saga)
        elif row.kind is RowKind.ANSWER and row.saga in d.state.returns:
            saga = d.state.returns[row.saga]
            saga = changed(saga, uids=tags_of(row) or saga.uids)
            if row.payload.get("returned"):
                reply = Returned(was_on_loan=bool(row.payload.get("was_on_loan")), media=media_in(row))
                d.put(changed(saga, state=ReturnState.AWAITED, reply=reply))
            else:
                # refused, and on loan as it was before: the arming was a favour, and nothing waits for it
                d.put(changed(saga, state=ReturnState.GUARDING, reply=NotReturned(Reason.RETURN_REFUSED)))


GIVING_BACK = GivingBack()
