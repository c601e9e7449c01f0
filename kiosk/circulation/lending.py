"""Lending: how a loan runs.

The order is the promise: the intent is flushed before the ILS is asked, the answer is flushed before
a tag is written, every write is read back before anything is called safe.
"""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.circulation.answers import FeeAsked, Lent, NotLent
from kiosk.circulation.course import cannot_ask, intended, new_id, of_session, pin_for, tags_of
from kiosk.circulation.effects import AskLoan, DescribeItem, SettleLoan
from kiosk.circulation.facts import ItemLent, ItemNeedsStaff, ItemRefused, ItemSafe
from kiosk.circulation.frozen import changed
from kiosk.circulation.loan import Loan, LoanState, verdict
from kiosk.circulation.reasons import Reason
from kiosk.circulation.saga import Act, Reply, Signal
from kiosk.circulation.securing import Securing, media_in, media_row
from kiosk.circulation.state import Draft, Phase, State
from kiosk.circulation.values import ItemKey, PatronId, Row, RowKind, SagaId, Security, Uid


class Lending(Securing[Loan]):
    """How a loan runs."""

    act = "loan"
    letter = "L"

    def sagas(self, state: State) -> Mapping[SagaId, Loan]:
        """All loans."""
        return state.loans

    wanted = Security.RELEASED

    # ---- beginning --------------------------------------------------------------------------

    def begin(
        self,
        d: Draft,
        patron: PatronId,
        item: ItemKey,
        uids: tuple[Uid, ...],
        *,
        keep_armed: bool,
        nameless: bool = False,
    ) -> SagaId:
        """Begin a loan of `item` for the session's patron; returns the saga's id.

        Where the ILS or the journal is away nothing is written and nothing is asked: the item is refused
        at once, and may be asked later, since it never was.
        """
        loan = Loan(
            new_id(d, self.letter),
            item,
            d.state.epoch,
            patron,
            nameless=nameless,
            uids=uids,
            keep_armed=keep_armed,
        )
        reason = cannot_ask(d)
        if reason is not None:
            d.put(changed(loan, state=LoanState.REFUSED, reply=NotLent(reason), reason=reason, sent=False))
            d.tell(ItemRefused(item, reason))
            return loan.id
        d.put(loan)
        self.keep_intent(d, loan)
        return loan.id

    # ---- the fee ----------------------------------------------------------------------------

    def consented(self, d: Draft, loan: Loan) -> None:
        """The patron agrees to the fee: ask once more, with that on the disk first. Where nothing can be
        asked now, the fee is no longer why the item stays."""
        if not isinstance(loan.reply, FeeAsked):
            return
        agreed, reason = changed(loan, agreed=loan.reply.fee), cannot_ask(d)
        if reason is not None:
            refused = changed(agreed, reply=NotLent(reason), reason=reason)
            self.advance(d, refused, Signal.CANNOT_ASK)
        else:
            again = changed(agreed, reply=None, reason=None, intent=None, answer=None, late=False)
            self.advance(d, again, Signal.YES)

    # ---- acts -------------------------------------------------------------------------------

    def carry_out(self, d: Draft, saga: Loan, act: Act) -> None:
        """Do one of the acts that the table names."""
        if act is not Act.ASK:
            super().carry_out(d, saga, act)
        elif saga.intent is not None and saga.patron is not None:
            agreed = saga.agreed is not None
            d.do(AskLoan(saga.intent, saga.patron, pin_for(d, saga), saga.item, agreed))

    def intent_says(self, saga: Loan) -> Mapping[str, object]:
        """Whether it stays armed, which fee the patron agreed to, which saga it goes on with."""
        says: dict[str, object] = {}
        if saga.keep_armed:
            says["keep_armed"] = True
        if saga.agreed is not None:
            says |= {"agreed": str(saga.agreed.amount), "currency": saga.agreed.currency}
        if saga.after is not None:
            says["after"] = saga.after
        return says

    def answer_says(self, saga: Loan) -> Mapping[str, object]:
        """Lent, and whether its tags may be released; or why not."""
        match saga.reply:
            case Lent(release, renewal=renewal):
                released = release and not saga.keep_armed
                return {"lent": True, "release": released, "renewal": renewal} | media_row(saga.reply)
            case FeeAsked(fee):
                reason = Reason.FEE.value
                return {"lent": False, "reason": reason, "fee": str(fee.amount), "currency": fee.currency}
            case _:
                return {"lent": False, "reason": (self.why(saga) or Reason.ITEM_REFUSED).value}

    def meaning(self, saga: Loan) -> Signal:
        """What its answer, once it is flushed, means for its tags."""
        return verdict(saga)

    open_ends = frozenset({Signal.MAY_LEAVE, Signal.FEE_DUE, Signal.STAYS_ARMED})

    def answer_kept(self, d: Draft, saga: Loan) -> None:
        """The answer is on the disk: what it means for the tags may be done. Whoever has pressed *Finish*, or
        walked away, while the ILS was asked, has said no to the fee that it wants."""
        super().answer_kept(d, saga)
        kept = d.state.loans[saga.id]
        if kept.asks and not (of_session(d, kept) and d.state.phase is Phase.LIST):
            self.advance(d, kept, Signal.NO)

    def lost(self, saga: Loan) -> Loan:
        """The loan as one that was never asked; or, where the patron has agreed to a fee, as one that was
        asked once and refused, with rows on the disk that are to be closed yet."""
        reason, agreed = Reason.JOURNAL_FAILED, saga.agreed is not None
        return changed(saga, reason=reason, reply=NotLent(reason), sent=agreed, unclosed=agreed)

    def successor(self, saga: Loan) -> Loan:
        """A lent item of which one more tag turned up."""
        return changed(saga, state=LoanState.ANSWERED)

    def tell(self, d: Draft, saga: Loan) -> None:
        """Tell what came of it."""
        match saga.state:
            case LoanState.RELEASING if of_session(d, saga) and saga.after is None:
                d.tell(ItemLent(saga.item))
            case LoanState.UNTAGGED:
                d.tell(ItemLent(saga.item))
            case LoanState.ARMED:
                d.put(changed(saga, reason=Reason.STAYS_ARMED))
                d.tell(ItemLent(saga.item))
                d.tell(ItemNeedsStaff(saga.item, Reason.STAYS_ARMED))
            case LoanState.SAFE if self.whole(d, saga):
                d.tell(ItemSafe(saga.item))
            case LoanState.REFUSED:
                d.tell(ItemRefused(saga.item, saga.reason or Reason.ITEM_REFUSED))
                if d.state.policy.holds and of_session(d, saga) and not saga.never_sent:
                    # whether a hold makes sense
                    d.do(DescribeItem(saga.item))
            case LoanState.FOR_STAFF:
                d.tell(ItemNeedsStaff(saga.item, saga.reason or Reason.OUTCOME_UNKNOWN))
            case _:
                pass

    # ---- the ILS ----------------------------------------------------------------------------

    def question(self, saga: Loan) -> SettleLoan | None:
        """63 and 17; None without the patron's number."""
        return None if saga.patron is None else SettleLoan(saga.id, saga.patron, saga.item)

    def holds(self, reply: Reply) -> bool:
        """Whether an answer says that the item is lent to this patron."""
        return isinstance(reply, Lent)

    def why(self, saga: Loan) -> Reason | None:
        """Why the ILS refused, if it did."""
        match saga.reply:
            case NotLent(reason):
                return reason
            case FeeAsked():
                return Reason.FEE
            case _:
                return None

    # ---- the tags ---------------------------------------------------------------------------

    def hands_off(self, d: Draft, saga: Loan) -> bool:
        """Whether somebody else is here, who would be refused a book that becomes free to leave; or a return
        of the same item is under way."""
        session = d.state.session
        if session is not None and session.patron != saga.patron:
            return True
        return not of_session(d, saga) and self.claimed(d, saga)

    def await_absent(self, d: Draft) -> None:
        """Loans of former sessions are only released while their tags are seen to lie there: one that is
        taken away may have been returned elsewhere before it comes back, so it is asked about again. Nobody
        is left who could agree to a fee."""
        here = d.state.here
        concerned = [loan.id for loan in d.state.loans.values() if loan.epoch != here]
        for loan in self.in_turn(d, concerned) if concerned else ():
            if loan.asks:
                self.advance(d, loan, Signal.NO)
            elif loan.securing and (not self.any_there(d, loan) or self.hands_off(d, loan)):
                self.session_over(d, loan)

    # ---- after a restart --------------------------------------------------------------------

    def restarted(self, d: Draft, row: Row) -> None:
        """Fold one of the journal's open rows: the same table, entered in the middle."""
        if row.kind is RowKind.INTENT:
            patron = (row.sealed or {}).get("patron")
            item, nameless = intended(row)
            loan = Loan(
                row.saga,
                item,
                epoch=-1,
                patron=PatronId(patron) if patron else None,
                state=LoanState.DOUBTED if patron else LoanState.FOR_STAFF,
                uids=tags_of(row),
                late=True,
                reason=None if patron else Reason.OUTCOME_UNKNOWN,
                keep_armed=bool(row.payload.get("keep_armed")),
                nameless=nameless,
            )
            d.put(loan)
        elif row.kind is RowKind.ANSWER and row.saga in d.state.loans:
            loan = d.state.loans[row.saga]
            if not row.payload.get("lent"):
                # the question about the fee was cut off: `await_absent` closes it
                d.put(changed(loan, state=LoanState.ASKS, reply=NotLent(Reason.FEE), reason=Reason.FEE))
                return
            reply = Lent(release=bool(row.payload.get("release")), media=media_in(row))
            if not reply.release:
                armed = changed(loan, state=LoanState.FOR_STAFF, reply=reply, reason=Reason.STAYS_ARMED)
                d.put(armed)
                return
            d.put(
                changed(
                    loan, state=LoanState.AWAITED, reply=reply, reason=None, uids=tags_of(row) or loan.uids
                )
            )


LENDING = Lending()
