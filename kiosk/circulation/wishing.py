"""Wishing: how renewals and holds run.

The patron is asked first (`ask`, `ask_all`), and only *Yes* sends anything. What was asked is never asked
again in this session; what was surely not sent may be.
"""

from __future__ import annotations

from collections.abc import Mapping

from kiosk.circulation.account import items_of
from kiosk.circulation.answers import (
    Doubt,
    HoldAnswer,
    HoldNotPlaced,
    NotRenewed,
    RenewalAnswer,
    RenewAllAnswer,
    RenewedAll,
    Unsupported,
)
from kiosk.circulation.course import Course, cannot_ask, intended, new_id, pin_for
from kiosk.circulation.effects import AppendRow, AskHold, AskRenewal, AskRenewAll
from kiosk.circulation.facts import HoldCame, ItemRenewed
from kiosk.circulation.frozen import changed
from kiosk.circulation.loan import Loan, LoanState
from kiosk.circulation.reasons import Reason
from kiosk.circulation.saga import Act, Signal
from kiosk.circulation.state import Draft, Line, Phase, Session, State
from kiosk.circulation.values import ItemKey, PatronId, Row, RowKind, SagaId
from kiosk.circulation.views import Errand
from kiosk.circulation.wish import Wish, WishKind, WishState, verdict

LETTERS: Mapping[WishKind, str] = {WishKind.RENEWAL: "N", WishKind.RENEW_ALL: "A", WishKind.HOLD: "H"}
"""What ids of each kind begin with."""

UNKNOWN: Mapping[WishKind, Reason] = {
    WishKind.RENEWAL: Reason.RENEWAL_UNKNOWN,
    WishKind.RENEW_ALL: Reason.RENEWAL_UNKNOWN,
    WishKind.HOLD: Reason.HOLD_UNKNOWN,
}
"""What is said where nobody knows what became of it."""

SAYS: Mapping[WishKind, str] = {
    WishKind.RENEWAL: "renewed",
    WishKind.RENEW_ALL: "renewed",
    WishKind.HOLD: "held",
}
"""What an answer row says `yes`, `no` or `unknown` to."""


def renewable(state: State, line: Line) -> bool:
    """Whether the patron may ask for this line's renewal: it is theirs, and was not asked yet."""
    if line.trouble is not Reason.ALREADY_YOURS or line.item is None:
        return False
    return _may_wish(state, line.item) and not _all_asked(state)


def renewable_loan(state: State, item: ItemKey) -> bool:
    """The same of a loan of the account. What was lent in this very visit is not renewed."""
    if not item.id or not _may_wish(state, item) or _all_asked(state):
        return False
    line = state.session.lines.get(item.id) if state.session is not None else None
    saga = state.saga_of(line) if line is not None else None
    return saga is None or (saga.ended and not (isinstance(saga, Loan) and saga.lent))


def renewable_loans(state: State) -> tuple[ItemKey, ...]:
    """The items of the account that may be renewed now, while it is on the screen."""
    account = state.reading_account()
    if account is None:
        return ()
    return tuple(item for item in items_of(account.loans) if renewable_loan(state, item))


def all_renewable(state: State) -> bool:
    """Whether the patron may ask for the renewal of all loans: there are several."""
    mine = _of_session(state, WishKind.RENEW_ALL)
    unheard = all(wish.ended and (wish.never_sent or isinstance(wish.reply, Unsupported)) for wish in mine)
    return unheard and len(renewable_loans(state)) > 1


def renewal_of(state: State, item: ItemKey) -> Wish | None:
    """The last renewal of this very item in this visit."""
    mine = [wish for wish in _of_session(state, WishKind.RENEWAL) if wish.item.id == item.id]
    return mine[-1] if mine else None


def all_renewed(state: State) -> RenewedAll | None:
    """What the ILS made of the renewal of all loans in this visit."""
    for wish in _of_session(state, WishKind.RENEW_ALL):
        if isinstance(wish.reply, RenewedAll) and wish.state is WishState.GRANTED:
            return wish.reply
    return None


def under_way(state: State) -> bool:
    """Whether something is being renewed or put on hold for whoever is here now."""
    wishes = state.wishes.values()
    return any(wish.epoch == state.here and not wish.ended and not wish.asks for wish in wishes)


def ended_wishes(state: State) -> int:
    """How many renewals of this visit have ended of which the ILS has heard."""
    return len([
        wish
        for wish in (*_of_session(state, WishKind.RENEWAL), *_of_session(state, WishKind.RENEW_ALL))
        if wish.ended and not wish.never_sent
    ])  # fmt: skip


def _of_session(state: State, kind: WishKind) -> list[Wish]:
    return [wish for wish in state.wishes.values() if wish.epoch == state.here and wish.kind is kind]


ALL_ASKED = frozenset(
    {
        WishState.INTENDED,
        WishState.ASKED,
        WishState.ANSWERED,
        WishState.SINGLY,
        WishState.GRANTED,
        WishState.UNKNOWN,
    }
)
"""States of a renewal of all loans in which none may be asked for by itself."""


def _all_asked(state: State) -> bool:
    return any(wish.state in ALL_ASKED for wish in _of_session(state, WishKind.RENEW_ALL))


def holdable(state: State, line: Line) -> bool:
    """Whether the patron may ask for a hold on this line's item: the ILS refuses to lend it, and an 18 says
    that somebody has it or waits for it. (Why it refuses is mostly known from its words, which decide
    nothing.)"""
    saga = state.saga_of(line) if state.policy.holds else None
    if not isinstance(saga, Loan) or saga.state is not LoanState.REFUSED or not line.wanted:
        return False
    return line.item is not None and _may_wish(state, line.item)


def _may_wish(state: State, item: ItemKey) -> bool:
    session = state.session
    if session is None or session.errand is not Errand.LOAN or session.abandoned:
        return False
    # whatever became of its line: a set that was scanned leaves the list with its last part
    asked = [wish for wish in state.wishes.values() if wish.epoch == state.epoch and wish.item.id == item.id]
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
        if session is None or session.patron is None:
            return
        line = session.lines.get(key)
        may = renewable if kind is WishKind.RENEWAL else holdable
        if line is not None and line.item is not None and may(d.state, line):
            wish = self._begin(d, session.patron, kind, line.item, nameless=line.nameless)
            d.put_line(changed(line, wish=wish.id))
        elif kind is WishKind.RENEWAL and (item := _of_account(d.state, key)) is not None:
            self._renewal(d, session, session.patron, item)

    def ask_all(self, d: Draft) -> None:
        """The patron pressed *Renew all*: ask whether they mean it. Nothing is sent."""
        session = d.state.session
        if session is not None and session.patron is not None and all_renewable(d.state):
            wish = self._begin(d, session.patron, WishKind.RENEW_ALL, ItemKey(""))
            d.put(changed(wish, rest=renewable_loans(d.state)))

    def _begin(
        self, d: Draft, patron: PatronId, kind: WishKind, item: ItemKey, *, nameless: bool = False
    ) -> Wish:
        saga_id = new_id(d, LETTERS[kind])
        wish = Wish(saga_id, item, d.state.epoch, patron, nameless=nameless, sent=False, kind=kind)
        d.put(wish)
        return wish

    def _renewal(self, d: Draft, session: Session, patron: PatronId, item: ItemKey) -> Wish:
        """A renewal of a loan of the account. What its list calls an id may be some other text, unless a tag
        says the same."""
        line = session.lines.get(item.id)
        known = line is not None and line.item is not None and not line.nameless
        wish = self._begin(d, patron, WishKind.RENEWAL, item, nameless=not known)
        if line is not None and line.trouble is Reason.ALREADY_YOURS:
            d.put_line(changed(line, wish=wish.id))
        return wish

    def yes(self, d: Draft, wish: Wish) -> None:
        """The patron means it. Where the ILS or the journal is away nothing is written and nothing is asked;
        it may be asked later."""
        d.set_session(wished=wish.id)
        reason = cannot_ask(d)
        if reason is not None:
            unasked = changed(wish, reply=_refused(wish.kind, reason), reason=reason)
            self.advance(d, unasked, Signal.CANNOT_ASK)
        elif wish.kind is WishKind.RENEW_ALL and _more_than_asked_for(d.state):
            self.advance(d, wish, Signal.SINGLY)
        else:
            self.advance(d, changed(wish, sent=True), Signal.YES)

    def go_on(self, d: Draft) -> None:
        """Loans that are renewed one after the other: when one has ended, whatever came of it, the next has
        its turn. None has it any more when nobody is here, or nothing can be asked."""
        for wish in self.each(d):
            if wish.state is not WishState.SINGLY:
                continue
            parts = [part for part in self.sagas(d.state).values() if part.part_of == wish.id]
            if not all(part.ended for part in parts):
                continue
            session = d.state.session
            gone = session is None or session.abandoned or wish.epoch != d.state.epoch
            reason = cannot_ask(d) if wish.rest else None
            if wish.rest and not gone and reason is None:
                self.advance(d, wish, Signal.NEXT)
            else:
                self.advance(d, changed(wish, reason=reason), Signal.ALL_ENDED)

    def _renew_next(self, d: Draft, wish: Wish) -> None:
        session = d.state.session
        if not wish.rest or session is None or wish.patron is None:
            return
        item, *rest = wish.rest
        d.put(changed(wish, rest=tuple(rest)))
        part = changed(self._renewal(d, session, wish.patron, item), sent=True, part_of=wish.id)
        self.advance(d, part, Signal.YES)

    # ---- acts -------------------------------------------------------------------------------

    def carry_out(self, d: Draft, saga: Wish, act: Act) -> None:
        """Do one of the acts that the table names."""
        match act:
            case Act.KEEP_INTENT:
                self.keep_intent(d, saga)
            case Act.KEEP_ANSWER:
                self.keep_answer(d, saga)
            case Act.ASK if saga.intent is not None and saga.patron is not None:
                if saga.kind is WishKind.RENEW_ALL:
                    d.do(AskRenewAll(saga.intent, saga.patron, pin_for(d, saga)))
                else:
                    ask = AskRenewal if saga.kind is WishKind.RENEWAL else AskHold
                    d.do(ask(saga.intent, saga.patron, pin_for(d, saga), saga.item))
            case Act.RENEW_NEXT:
                self._renew_next(d, saga)
            case Act.TELL if isinstance(saga.reply, RenewedAll):
                for item in saga.reply.renewed:
                    d.tell(ItemRenewed(item))
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
            case Signal.GRANTED if isinstance(saga.reply, RenewedAll):
                return {said: "yes", "count": len(saga.reply.renewed)}
            case Signal.NOT_DONE_HERE:
                return {said: "singly"}
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

    def answered(self, d: Draft, saga_id: SagaId, reply: RenewalAnswer | RenewAllAnswer | HoldAnswer) -> None:
        """The ILS answered the 29, the 65 or the 15, or is in doubt about it."""
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
    return HoldNotPlaced(reason) if kind is WishKind.HOLD else NotRenewed(reason)


def _of_account(state: State, key: str) -> ItemKey | None:
    """The item of the account that may be renewed and whose row has this key."""
    return next((item for item in renewable_loans(state) if item.id == key), None)


def _more_than_asked_for(state: State) -> bool:
    """Whether a 65 would renew what was lent, renewed or asked about in this visit."""
    lent = any(loan.epoch == state.here and (loan.lent or not loan.ended) for loan in state.loans.values())
    wished = _of_session(state, WishKind.RENEWAL)
    return lent or any(not wish.never_sent or not wish.ended for wish in wished)


WISHING = Wishing()
