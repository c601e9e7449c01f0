"""Wishing: how renewals and holds run.

The patron is asked first (`ask`), and only *Yes* sends anything. What was asked is never asked again in this
session; what was surely not sent may be.
"""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.circulation.answers import Doubt, HoldAnswer, HoldNotPlaced, NotRenewed, RenewalAnswer
from kiosk.circulation.course import Course, cannot_ask, intended, new_id, pin_for
from kiosk.circulation.effects import AppendRow, AskHold, AskRenewal
from kiosk.circulation.facts import HoldCame, ItemRenewed
from kiosk.circulation.frozen import changed
from kiosk.circulation.reasons import Reason
from kiosk.circulation.saga import Act, Signal
from kiosk.circulation.state import Draft, Line, Phase, State
from kiosk.circulation.values import PatronId, Row, RowKind, SagaId
from kiosk.circulation.views import Errand
from kiosk.circulation.wish import Wish, WishKind, WishState, verdict

LETTERS: Mapping[WishKind, str] = {WishKind.RENEWAL: "N", WishKind.HOLD: "H"}
"""What ids of each kind begin with."""

UNKNOWN: Mapping[WishKind, Reason] = {
    WishKind.RENEWAL: Reason.RENEWAL_UNKNOWN,
    WishKind.HOLD: Reason.HOLD_UNKNOWN,
}
"""What is said where nobody knows what became of it."""

SAYS: Mapping[WishKind, str] = {WishKind.RENEWAL: "renewed", WishKind.HOLD: "held"}
"""What an answer row says `yes`, `no` or `unknown` to."""

ELSEWHERE = frozenset({Reason.ON_HOLD, Reason.ON_LOAN_TO_OTHER})
"""Refusals of items that somebody else has or waits for: these can be held for this patron."""


def renewable(state: State, line: Line) -> bool:
    """Whether the patron may ask for this line's renewal: it is theirs, and was not asked yet."""
    return line.trouble is Reason.ALREADY_YOURS and _may_wish(state, line)


def holdable(state: State, line: Line) -> bool:
    """Whether the patron may ask for a hold on this line's item: somebody else has it or waits for it."""
    saga = state.saga_of(line) if state.policy.holds else None
    if saga is None or saga.reason not in ELSEWHERE or not saga.ended:
        return False
    return _may_wish(state, line)


def _may_wish(state: State, line: Line) -> bool:
    session = state.session
    if session is None or session.errand is not Errand.LOAN or session.abandoned:
        return False
    # whatever became of its line: a set that was scanned leaves the list with its last part
    asked = [wish for wish in state.wishes.values() if wish.epoch == state.epoch and wish.item == line.item]
    return state.phase is Phase.LIST and all(wish.ended and wish.never_sent for wish in asked)


class Wishing(Course[Wish]):
    """How renewals and holds run."""

    def sagas(self, state: State) -> Mapping[SagaId, Wish]:
        """All wishes."""
        return state.wishes

    # ---- the question -----------------------------------------------------------------------

    def ask(self, d: Draft, kind: WishKind, key: str) -> None:
        """The patron pressed *Renew* or *Keep for me*: ask whether they mean it. Nothing is sent."""
        session = d.state.session
        line = session.lines.get(key) if session is not None else None
        may = renewable if kind is WishKind.RENEWAL else holdable
        if session is None or session.patron is None or line is None or line.item is None:
            return
        if may(d.state, line):
            saga_id = new_id(d, LETTERS[kind])
            d.put(
                Wish(
                    saga_id,
                    line.item,
                    d.state.epoch,
                    session.patron,
                    nameless=line.nameless,
                    sent=False,
                    kind=kind,
                )
            )
            d.put_line(changed(line, wish=saga_id))

    def yes(self, d: Draft, wish: Wish) -> None:
        """The patron means it. Where the ILS or the journal is away nothing is written and nothing is asked;
        it may be asked later."""
        d.set_session(wished=wish.id)
        reason = cannot_ask(d)
        if reason is None:
            self.advance(d, changed(wish, sent=True), Signal.YES)
        else:
            self.advance(
                d, changed(wish, reply=_refused(wish.kind, reason), reason=reason), Signal.CANNOT_ASK
            )

    # ---- acts -------------------------------------------------------------------------------

    def carry_out(self, d: Draft, saga: Wish, act: Act) -> None:
        """Do one of the acts that the table names."""
        match act:
            case Act.KEEP_INTENT:
                self.keep_intent(d, saga)
            case Act.KEEP_ANSWER:
                self.keep_answer(d, saga)
            case Act.ASK if saga.intent is not None and saga.patron is not None:
                ask = AskRenewal if saga.kind is WishKind.RENEWAL else AskHold
                d.do(ask(saga.intent, saga.patron, pin_for(d, saga), saga.item))
            case Act.TELL:
                d.tell((ItemRenewed if saga.kind is WishKind.RENEWAL else HoldCame)(saga.item))
            case _:
                message = f"a wish does not {act}"
                raise AssertionError(message)

    def act_of(self, saga: Wish) -> str:
        """What is wished for."""
        return saga.kind.value

    def intent_says(self, saga: Wish) -> Mapping[str, object]:
        """Nothing more."""
        return {}

    def answer_says(self, saga: Wish) -> Mapping[str, object]:
        """Whether it was done, and why not."""
        said = SAYS[saga.kind]
        match verdict(saga):
            case Signal.GRANTED:
                return {said: "yes"}
            case Signal.NOT_GRANTED:
                return {said: "no", "reason": saga.reason.value if saga.reason is not None else ""}
            case _:
                return {said: "unknown"}

    def closes(self, d: Draft, saga: Wish) -> bool:
        """Whatever the answer was, nothing is to be done after it."""
        return True

    def answer_kept(self, d: Draft, saga: Wish) -> None:
        """The answer is on the disk."""
        if not self.advance(d, saga, verdict(saga)) and saga.lost:
            d.put(changed(saga, lost=False))

    def flush_failed(self, d: Draft, saga_id: SagaId) -> None:
        """The disk did not take a row. An answer is true all the same, and no tag waits for its proof: the
        patron learns it, and the row is written when the disk is back."""
        saga = self.sagas(d.state).get(saga_id)
        if saga is None:
            return
        reason = Reason.JOURNAL_FAILED
        unasked = changed(saga, reply=_refused(saga.kind, reason), reason=reason, sent=False)
        if not self.advance(d, unasked, Signal.INTENT_LOST) and saga.reply is not None and saga.sent:
            lost = changed(saga, lost=True)
            if not self.advance(d, lost, verdict(lost)):
                d.put(lost)

    # ---- the ILS ----------------------------------------------------------------------------

    def answered(self, d: Draft, saga_id: SagaId, reply: RenewalAnswer | HoldAnswer) -> None:
        """The ILS answered the 29 or the 15, or is in doubt about it."""
        saga = self.sagas(d.state).get(saga_id)
        if saga is None or saga.state is not WishState.ASKED:
            return
        reason = None
        if isinstance(reply, NotRenewed | HoldNotPlaced):
            reason = reply.reason
        elif isinstance(reply, Doubt):
            reason = UNKNOWN[saga.kind]
        self.advance(d, changed(saga, reply=reply, reason=reason), Signal.ANSWER_CAME)

    def late(self, d: Draft, saga_id: SagaId) -> None:
        """The answer is overdue: the row says *Checking...*."""
        saga = self.sagas(d.state).get(saga_id)
        if saga is not None and saga.state is WishState.ASKED:
            d.put(changed(saga, late=True))

    # ---- when the disk is back, and after a restart -----------------------------------------

    def journal_back(self, d: Draft) -> None:
        """The disk takes rows again: answers that it refused are kept now."""
        for saga in self.each(d):
            if saga.lost:
                self.keep_answer(d, saga)

    def restarted(self, d: Draft, row: Row) -> None:
        """A wish that was cut off is closed as unknown.

        It was asked or not, granted or not: no tag depends on it, and the patron sees the truth in their
        account. Staff could mend nothing, so they are not bothered, and the patron's id is destroyed with
        the closing.
        """
        if row.kind is RowKind.INTENT:
            kind = WishKind(str(row.payload.get("act", WishKind.RENEWAL)))
            item, nameless = intended(row)
            patron = PatronId((row.sealed or {}).get("patron", ""))
            saga = Wish(row.saga, item, -1, patron, nameless=nameless, kind=kind, reply=Doubt())
            saga = changed(saga, state=WishState.UNKNOWN, reason=UNKNOWN[kind])
            d.put(saga)
            d.do(AppendRow(self.answer_row(d, saga), urgent=False))


def _refused(kind: WishKind, reason: Reason) -> NotRenewed | HoldNotPlaced:
    return NotRenewed(reason) if kind is WishKind.RENEWAL else HoldNotPlaced(reason)


WISHING = Wishing()
