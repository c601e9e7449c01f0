"""Lending: turns events into the signals of the loan table and adds the effects of each step.

The order is the promise: the intent is flushed before the ILS is asked, the answer is flushed before
a tag is written, every write is read back before anything is called safe.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.circulation import securing
from kiosk.circulation.effects import AppendRow, AskLoan, SetTimer, SettleLoan, Timer, WriteAfi
from kiosk.circulation.facts import ItemLent, ItemNeedsStaff, ItemRefused, ItemSafe
from kiosk.circulation.loan import BEFORE_ANSWER, CLOSED, WAITING, Loan, LoanState, verdict
from kiosk.circulation.reasons import Reason
from kiosk.circulation.saga import Signal
from kiosk.circulation.securing import Check, move, of_session
from kiosk.circulation.state import Draft
from kiosk.circulation.values import (
    Device,
    Doubt,
    Flushed,
    ItemKey,
    Lent,
    LoanAnswer,
    NotLent,
    PatronId,
    Row,
    RowKind,
    SagaId,
    Uid,
)

# ---- beginning ------------------------------------------------------------------------------


def begin(
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
        securing.new_id(d, "L"),
        item,
        d.state.epoch,
        uids=uids,
        patron=patron,
        keep_armed=keep_armed,
        nameless=nameless,
    )
    reason = securing.cannot_ask(d)
    if reason is not None:
        d.put(replace(loan, state=LoanState.REFUSED, reply=NotLent(reason), reason=reason, sent=False))
        d.tell(ItemRefused(item, reason))
        return loan.id
    d.put(loan)
    _keep_intent(d, loan)
    return loan.id


def _keep_intent(d: Draft, loan: Loan) -> None:
    more: dict[str, object] = {"keep_armed": True} if loan.keep_armed else {}
    if loan.after is not None:
        more["after"] = loan.after
    securing.keep_intent(d, loan, more, {"patron": loan.patron.value} if loan.patron else {})


# ---- the journal and the ILS answer ---------------------------------------------------------


def row_flushed(d: Draft, token: Flushed) -> None:
    """A row of a loan is on the disk: what waited for it goes out."""
    loan = d.state.loans.get(token.saga)
    if loan is None:
        return
    if token.kind is RowKind.INTENT:
        if move(d, loan, Signal.INTENT_KEPT):
            pin = d.state.session.pin if of_session(d, loan) and d.state.session else None
            if loan.patron is not None:
                d.do(AskLoan(token, loan.patron, pin, loan.item))
    elif token.kind is RowKind.ANSWER and loan.reply is not None:
        kept = replace(loan, answer=token)
        if move(d, kept, verdict(kept, loan.reply)):
            _after_answer(d, d.state.loans[loan.id])


def flush_failed(d: Draft, saga: SagaId) -> None:
    """The disk did not take a row: nothing is asked, nothing is written, staff are told."""
    loan = d.state.loans.get(saga)
    if loan is None:
        return
    failed = replace(loan, reason=Reason.JOURNAL_FAILED)
    if move(d, replace(failed, reply=NotLent(Reason.JOURNAL_FAILED), sent=False), Signal.INTENT_LOST):
        d.tell(ItemRefused(loan.item, Reason.JOURNAL_FAILED))
    elif move(d, failed, Signal.ANSWER_LOST):
        d.tell(ItemNeedsStaff(loan.item, Reason.JOURNAL_FAILED))


def answered(d: Draft, saga: SagaId, reply: LoanAnswer) -> None:
    """The ILS answered the 11, or is in doubt about it."""
    loan = d.state.loans.get(saga)
    if loan is None or loan.state is not LoanState.ASKED:
        return
    if isinstance(reply, Doubt):
        if move(d, replace(loan, late=True), Signal.SILENCE):
            settle(d, d.state.loans[saga])
        return
    _keep_answer(d, loan, reply)


def late(d: Draft, saga: SagaId) -> None:
    """The answer is overdue: the row says *Checking...*."""
    loan = d.state.loans.get(saga)
    if loan is not None and loan.state is LoanState.ASKED:
        d.put(replace(loan, late=True))


def settle(d: Draft, loan: Loan) -> None:
    """Ask what became of a loan, unless that is being asked already."""
    if loan.settling or loan.patron is None or not d.state.ready(Device.ILS):
        if not loan.settling and loan.state is LoanState.DOUBTED:
            d.do(SetTimer(Timer.SETTLE, d.state.policy.settle_pause_s))
        return
    d.put(replace(loan, settling=True))
    d.do(SettleLoan(loan.id, loan.patron, loan.item))


def settle_doubts(d: Draft) -> None:
    """Try all loans in doubt again: the timer ran out."""
    for loan in list(d.state.loans.values()):
        if loan.state is LoanState.DOUBTED and not loan.settling:
            if d.state.ready(Device.ILS):
                settle(d, loan)
            else:
                securing.settled_nothing(d, loan)


def settled(d: Draft, saga: SagaId, reply: LoanAnswer) -> None:
    """63 and 17 said what became of a loan in doubt, or whether an awaited one still stands."""
    loan = d.state.loans.get(saga)
    if loan is None:
        return
    loan = replace(loan, settling=False)
    d.put(loan)
    if isinstance(reply, NotLent) and reply.reason is Reason.ILS_DOWN:
        # who could not be asked has told nothing
        reply = Doubt()
    if loan.state is LoanState.DOUBTED:
        if isinstance(reply, Doubt):
            securing.settled_nothing(d, loan)
        else:
            _keep_answer(d, loan, reply)
    elif loan.state is LoanState.CONFIRMING:
        _confirmed(d, loan, reply)


def _confirmed(d: Draft, loan: Loan, reply: LoanAnswer) -> None:
    if isinstance(reply, Doubt) or (isinstance(reply, Lent) and _hands_off(d, loan)):
        move(d, loan, Signal.SILENCE)
    elif isinstance(reply, NotLent):
        gone(d, loan)
    elif loan.answer is not None:
        if move(d, loan, Signal.STANDS):
            release(d, d.state.loans[loan.id])
    elif move(d, loan, Signal.STANDS_UNWRITTEN) and loan.reply is not None:
        d.do(AppendRow(_answer_row(loan, loan.reply)))


def gone(d: Draft, loan: Loan) -> None:
    """The loan no longer stands: nothing is left to be done for it, nor to be mended by staff."""
    if move(d, loan, Signal.SESSION_OVER):
        loan = d.state.loans[loan.id]
    if move(d, replace(loan, reason=None), Signal.NO_LONGER):
        securing.close(d, loan, LoanState.GONE)


def _keep_answer(d: Draft, loan: Loan, reply: Lent | NotLent) -> None:
    """Put the answer on the disk; only then may anything follow from it."""
    known = replace(loan, reply=reply, reason=_why(reply))
    if move(d, known, Signal.ANSWER_CAME):
        d.do(AppendRow(_answer_row(known, reply)))


def _answer_row(loan: Loan, reply: Lent | NotLent) -> Row:
    payload: dict[str, object] = {"item": loan.written_item, "lent": isinstance(reply, Lent)}
    if isinstance(reply, Lent):
        payload |= {"release": reply.release and not loan.keep_armed, "renewal": reply.renewal}
    else:
        payload |= {"reason": reply.reason.value}
    open_end = verdict(loan, reply) is Signal.MAY_LEAVE
    return Row(loan.id, RowKind.ANSWER, payload, closes=not open_end)


def _after_answer(d: Draft, loan: Loan) -> None:
    match loan.state:
        case LoanState.RELEASING:
            if of_session(d, loan) and loan.after is None:
                d.tell(ItemLent(loan.item))
            release(d, loan)
        case LoanState.UNTAGGED:
            d.tell(ItemLent(loan.item))
            for uid in securing.late_tags(d, loan):
                new_tag(d, d.session.lines[loan.item.id].saga or loan.id, uid)
        case LoanState.ARMED:
            d.put(replace(loan, reason=Reason.STAYS_ARMED))
            d.tell(ItemLent(loan.item))
            d.tell(ItemNeedsStaff(loan.item, Reason.STAYS_ARMED))
        case LoanState.REFUSED:
            d.tell(ItemRefused(loan.item, loan.reason or Reason.ITEM_REFUSED))
        case _:
            pass


# ---- the tags -------------------------------------------------------------------------------


def release(d: Draft, loan: Loan) -> None:
    """Write every tag of the loan that is in the field and not proved yet."""
    answer = loan.answer
    if loan.state is not LoanState.RELEASING or answer is None or _hands_off(d, loan):
        return
    for uid in securing.to_write(d, loan):
        d.do(WriteAfi(uid, d.state.policy.afi_on_loan, answer))


def release_all(d: Draft) -> None:
    """Write whatever is waiting to be written: the reader is back, or a pause is over."""
    for loan in list(d.state.loans.values()):
        release(d, loan)


def tag_checked(d: Draft, loan: Loan, uid: Uid, afi: int | None) -> None:
    """A tag that was written for this loan was read back."""
    loan, check = securing.checked(d, loan, uid, afi, d.state.policy.afi_on_loan)
    if check is Check.PROVED:
        if move(d, loan, Signal.PROVED):
            securing.close(d, loan, LoanState.SAFE)
            if not _copied(d, loan):
                d.tell(ItemSafe(loan.item))
    elif check is Check.REFUSES and move(d, replace(loan, reason=Reason.TAG_NOT_WRITTEN), Signal.NOT_WRITTEN):
        securing.for_staff(d, loan, Reason.TAG_NOT_WRITTEN)


def tag_here(d: Draft, uid: Uid) -> None:
    """A tag is on the pad (again), or free to be written: loans that wait for it go on."""
    for loan in list(d.state.loans.values()):
        if uid in loan.uids:
            if loan.state in WAITING and d.state.pad[uid].tag.afi != d.state.policy.afi_on_loan:
                securing.distrust(d, loan, uid)
            go_on(d, d.state.loans[loan.id])


def go_on(d: Draft, loan: Loan) -> None:
    """A tag that the loan may have waited for can be written now."""
    release(d, loan)
    _ask_whether_it_stands(d, loan)


def new_tag(d: Draft, saga: SagaId, uid: Uid) -> None:
    """A tag of an item that is being lent, or was, turned up: it must be secured too, and the disk must
    know of it before it is touched."""
    loan = d.state.loans.get(saga)
    if loan is None or uid in loan.uids or (loan.state is LoanState.ANSWERED and not loan.uids):
        # an answer without tags is about to close its saga: see `late_tags`
        return
    more = replace(loan, uids=(*loan.uids, uid))
    if loan.state in CLOSED and loan.reply is not None:
        again = replace(
            more, id=securing.new_id(d, "L"), state=LoanState.ANSWERED, after=loan.id, answer=None
        )
        securing.continue_as(d, again)
        _keep_answer_again(d, again, loan.reply)
        return
    d.put(more)
    if loan.state in BEFORE_ANSWER:
        _keep_intent(d, more)
    elif loan.state in (LoanState.ANSWERED, LoanState.RELEASING) and loan.reply is not None:
        d.do(AppendRow(securing.with_tags(_answer_row(more, loan.reply), more)))
        release(d, more)


def _keep_answer_again(d: Draft, loan: Loan, reply: Lent | NotLent) -> None:
    if loan.after is not None:
        # its intent was lost with its answer
        _keep_intent(d, loan)
    d.do(AppendRow(_answer_row(loan, reply)))


def await_absent(d: Draft) -> None:
    """Loans of former sessions are only released while their tags are seen to lie there: one that is
    taken away may have been returned elsewhere before it comes back, so it is asked about again."""
    for loan in list(d.state.loans.values()):
        if loan.state is LoanState.RELEASING and not of_session(d, loan):
            here = any(d.state.there(uid) for uid in loan.unproved)
            if not here or not d.state.ready(Device.PAD) or _hands_off(d, loan):
                securing.session_over(d, loan)


# ---- after a restart, and when a device is back ---------------------------------------------


def restarted(d: Draft, row: Row) -> None:
    """Fold one of the journal's open rows: the same table, entered in the middle."""
    if row.kind is RowKind.INTENT:
        patron = (row.sealed or {}).get("patron")
        item, uids, nameless = securing.intended(row)
        loan = Loan(
            row.saga,
            item,
            epoch=-1,
            patron=PatronId(patron) if patron else None,
            state=LoanState.DOUBTED if patron else LoanState.FOR_STAFF,
            uids=uids,
            late=True,
            reason=None if patron else Reason.OUTCOME_UNKNOWN,
            keep_armed=bool(row.payload.get("keep_armed")),
            nameless=nameless,
        )
        d.put(loan)
    elif row.kind is RowKind.ANSWER and row.saga in d.state.loans:
        loan, reply = d.state.loans[row.saga], Lent(release=bool(row.payload.get("release")))
        uids = securing.tags_of(row) or loan.uids
        d.put(replace(loan, state=LoanState.AWAITED, reply=reply, uids=uids))


def pad_back(d: Draft) -> None:
    """The reader is back: what waited for it is written, awaited tags that lie there are finished."""
    release_all(d)
    for loan in list(d.state.loans.values()):
        if any(d.state.there(uid) for uid in loan.uids):
            _ask_whether_it_stands(d, loan)


def journal_back(d: Draft) -> None:
    """The disk takes rows again: answers that it refused are kept now, and what follows from them goes on."""
    for loan in list(d.state.loans.values()):
        refused = loan.reason is Reason.JOURNAL_FAILED and loan.answer is None
        if refused and loan.reply is not None:
            known = replace(loan, reason=_why(loan.reply))
            if move(d, known, Signal.DISK_BACK):
                _keep_answer_again(d, loan, loan.reply)


def ils_back(d: Draft) -> None:
    """The ILS answers again: doubts are settled, awaited tags on the pad are finished."""
    for loan in list(d.state.loans.values()):
        if loan.state is LoanState.DOUBTED:
            settle(d, loan)
        elif loan.state is LoanState.FOR_STAFF and loan.reply is None:
            if loan.patron is not None and move(d, loan, Signal.ASK_AGAIN):
                settle(d, d.state.loans[loan.id])
        elif any(d.state.there(uid) for uid in loan.uids):
            _ask_whether_it_stands(d, loan)


def _ask_whether_it_stands(d: Draft, loan: Loan) -> None:
    """An awaited tag is back. The loan may have been returned elsewhere: ask before releasing.

    Not while another patron is here: they would be refused a book that becomes free to leave. Nor while the
    item is being returned.
    """
    if loan.state is not LoanState.AWAITED or loan.patron is None or not d.state.ready(Device.ILS):
        return
    if not _hands_off(d, loan) and move(d, loan, Signal.TAG_BACK):
        settle(d, d.state.loans[loan.id])


# ---- small helpers --------------------------------------------------------------------------


def _why(reply: Lent | NotLent) -> Reason | None:
    return reply.reason if isinstance(reply, NotLent) else None


def _copied(d: Draft, loan: Loan) -> bool:
    """Whether another tag on this patron's pad says that it is the same item."""
    line = d.session.lines.get(loan.item.id) if of_session(d, loan) else None
    return line is not None and line.copied


def _hands_off(d: Draft, loan: Loan) -> bool:
    """Whether somebody else is here, or a return of the same item is under way."""
    session = d.state.session
    if session is not None and session.patron != loan.patron:
        return True
    return not of_session(d, loan) and securing.claimed(d, loan)
