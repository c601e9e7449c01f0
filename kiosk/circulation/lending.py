"""Lending: turns events into the signals of the loan table and adds the effects of each step.

The order is the promise: the intent is flushed before the ILS is asked, the answer is flushed before
a tag is written, every write is read back before anything is called safe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kiosk.circulation.effects import AppendRow, AskLoan, ReadAfi, SetTimer, SettleLoan, Timer, WriteAfi
from kiosk.circulation.facts import ItemLent, ItemNeedsStaff, ItemRefused, ItemSafe
from kiosk.circulation.loan import Loan, LoanState, Signal, verdict
from kiosk.circulation.reasons import Reason
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

TAG_RETRY_S = 0.3
"""Pause before a tag that did not answer is written again; two polls of a full pad fit into it."""

AFI_UNKNOWN = 0
"""AFI of a tag between a write and its read-back (ISO 15693-3: 00 is "no family")."""

MUTE_TRIES = 20
"""Attempts at a tag that is there and never answers (six seconds), before staff are asked: some tags
answer the inventory and know no AFI (ISO 15693-3 has Write AFI and Get system info as optional)."""


# ---- beginning ------------------------------------------------------------------------------


def begin(
    d: Draft, item: ItemKey, uids: tuple[Uid, ...], *, keep_armed: bool, nameless: bool = False
) -> SagaId:
    """Begin a loan of `item` for the session's patron; returns the saga's id.

    Where the ILS or the journal is away nothing is written and nothing is asked: the item is refused
    at once, and may be asked later, since it never was.
    """
    counter = d.state.counter + 1
    d.set(counter=counter)
    saga = SagaId(f"L{int(d.state.now.wall * 1000):x}-{counter}")
    loan = Loan(
        saga,
        item,
        d.session.patron,
        d.state.epoch,
        uids=uids,
        keep_armed=keep_armed,
        nameless=nameless,
    )
    for device, reason in ((Device.ILS, Reason.ILS_DOWN), (Device.JOURNAL, Reason.JOURNAL_FAILED)):
        if not d.state.ready(device):
            d.put_loan(
                replace(loan, state=LoanState.REFUSED, reply=NotLent(reason), reason=reason, sent=False)
            )
            d.tell(ItemRefused(item, reason))
            return saga
    d.put_loan(loan)
    afi = [d.state.pad[uid].tag.afi for uid in uids if uid in d.state.pad]
    payload: dict[str, object] = {
        "item": loan.written_item,
        "owner": item.owner,
        "uids": list(uids),
        "afi": afi,
    }
    if keep_armed:
        payload["keep_armed"] = True
    sealed = {"patron": d.session.patron.value}
    if nameless:
        sealed["item"] = item.id
    d.do(AppendRow(Row(saga, RowKind.INTENT, payload, sealed)))
    return saga


# ---- the journal and the ILS answer ---------------------------------------------------------


def rows_flushed(d: Draft, flushed: tuple[Flushed, ...]) -> None:
    """Rows are on the disk: what waited for them goes out."""
    for token in flushed:
        loan = d.state.sagas.get(token.saga)
        if loan is None:
            continue
        if token.kind is RowKind.INTENT and _move(d, loan, Signal.INTENT_KEPT):
            pin = d.state.session.pin if _of_session(d, loan) and d.state.session else None
            if loan.patron is not None:
                d.do(AskLoan(token, loan.patron, pin, loan.item))
        elif token.kind is RowKind.ANSWER and loan.reply is not None:
            kept = replace(loan, answer=token)
            if _move(d, kept, verdict(kept, loan.reply)):
                _after_answer(d, d.state.sagas[loan.id])


def flush_failed(d: Draft, sagas: tuple[SagaId, ...]) -> None:
    """The disk did not take rows: nothing is asked, nothing is written, staff are told."""
    for saga in sagas:
        loan = d.state.sagas.get(saga)
        if loan is None:
            continue
        failed = replace(loan, reason=Reason.JOURNAL_FAILED)
        if _move(d, replace(failed, reply=NotLent(Reason.JOURNAL_FAILED), sent=False), Signal.INTENT_LOST):
            d.tell(ItemRefused(loan.item, Reason.JOURNAL_FAILED))
        elif _move(d, failed, Signal.ANSWER_LOST):
            d.tell(ItemNeedsStaff(loan.item, Reason.JOURNAL_FAILED))


def answered(d: Draft, saga: SagaId, reply: LoanAnswer) -> None:
    """The ILS answered the 11, or is in doubt about it."""
    loan = d.state.sagas.get(saga)
    if loan is None or loan.state is not LoanState.ASKED:
        return
    if isinstance(reply, Doubt):
        if _move(d, replace(loan, late=True), Signal.SILENCE):
            settle(d, d.state.sagas[saga])
        return
    _keep_answer(d, loan, reply)


def late(d: Draft, saga: SagaId) -> None:
    """The answer is overdue: the row says *Checking...*."""
    loan = d.state.sagas.get(saga)
    if loan is not None and loan.state is LoanState.ASKED:
        d.put_loan(replace(loan, late=True))


def settle(d: Draft, loan: Loan) -> None:
    """Ask what became of a loan, unless that is being asked already."""
    if loan.settling or loan.patron is None or not d.state.ready(Device.ILS):
        if not loan.settling and loan.state is LoanState.DOUBTED:
            d.do(SetTimer(Timer.SETTLE, d.state.policy.settle_pause_s))
        return
    d.put_loan(replace(loan, settling=True))
    d.do(SettleLoan(loan.id, loan.patron, loan.item))


def settle_doubts(d: Draft) -> None:
    """Try all loans in doubt again: the timer ran out."""
    for loan in list(d.state.sagas.values()):
        if loan.state is LoanState.DOUBTED and not loan.settling:
            if d.state.ready(Device.ILS):
                settle(d, loan)
            else:
                _settled_nothing(d, loan)


def settled(d: Draft, saga: SagaId, reply: LoanAnswer) -> None:
    """63 and 17 said what became of a loan in doubt, or whether an awaited one still stands."""
    loan = d.state.sagas.get(saga)
    if loan is None:
        return
    loan = replace(loan, settling=False)
    d.put_loan(loan)
    if isinstance(reply, NotLent) and reply.reason is Reason.ILS_DOWN:
        # who could not be asked has told nothing
        reply = Doubt()
    if loan.state is LoanState.DOUBTED:
        if isinstance(reply, Doubt):
            _settled_nothing(d, loan)
        else:
            _keep_answer(d, loan, reply)
    elif loan.state is LoanState.CONFIRMING:
        _confirmed(d, loan, reply)


def _settled_nothing(d: Draft, loan: Loan) -> None:
    tried = replace(loan, settles=loan.settles + 1)
    if tried.settles < d.state.policy.settle_tries:
        d.put_loan(tried)
        d.do(SetTimer(Timer.SETTLE, d.state.policy.settle_pause_s))
    elif _move(d, replace(tried, reason=Reason.OUTCOME_UNKNOWN, settles=0), Signal.NEVER_KNOWN):
        _for_staff(d, loan, Reason.OUTCOME_UNKNOWN)


def _confirmed(d: Draft, loan: Loan, reply: LoanAnswer) -> None:
    if isinstance(reply, Doubt) or (isinstance(reply, Lent) and _anothers_session(d, loan)):
        _move(d, loan, Signal.SILENCE)
    elif isinstance(reply, NotLent):
        if _move(d, loan, Signal.NO_LONGER):
            _close(d, loan, LoanState.GONE)
    elif loan.answer is not None:
        if _move(d, loan, Signal.STANDS):
            release(d, d.state.sagas[loan.id])
    elif _move(d, loan, Signal.STANDS_UNWRITTEN) and loan.reply is not None:
        d.do(AppendRow(_answer_row(loan, loan.reply)))


def _keep_answer(d: Draft, loan: Loan, reply: Lent | NotLent) -> None:
    """Put the answer on the disk; only then may anything follow from it."""
    known = replace(loan, reply=reply, reason=reply.reason if isinstance(reply, NotLent) else None)
    if _move(d, known, Signal.ANSWER_CAME):
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
            if _of_session(d, loan):
                d.tell(ItemLent(loan.item))
            if not _anothers_session(d, loan):
                release(d, loan)
        case LoanState.UNTAGGED:
            d.tell(ItemLent(loan.item))
        case LoanState.ARMED:
            d.put_loan(replace(loan, reason=Reason.STAYS_ARMED))
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
    if loan.state is not LoanState.RELEASING or answer is None or not d.state.ready(Device.PAD):
        return
    for uid in loan.uids:
        if uid not in loan.proved and uid not in loan.busy and d.state.there(uid):
            loan = replace(loan, busy=loan.busy | {uid})
            d.put_loan(loan)
            # what it held before proves nothing any more, even if this write stays without an answer
            presence = d.state.pad[uid]
            d.put_presence(uid, replace(presence, tag=replace(presence.tag, afi=AFI_UNKNOWN)))
            d.do(WriteAfi(uid, d.state.policy.afi_on_loan, answer))


def release_all(d: Draft) -> None:
    """Write whatever is waiting to be written: the reader is back, or a pause is over."""
    for loan in list(d.state.sagas.values()):
        release(d, loan)


def afi_written(d: Draft, uid: Uid) -> None:
    """A write came back. Whatever the tag said, only reading it back is proof."""
    if _busy_with(d, uid) is not None:
        d.do(ReadAfi(uid))


def afi_read(d: Draft, uid: Uid, afi: int | None) -> None:
    """A tag's AFI was read back, or the tag did not answer."""
    presence = d.state.pad.get(uid)
    if presence is not None and afi is not None:
        d.put_presence(uid, replace(presence, tag=replace(presence.tag, afi=afi)))
    loan = _busy_with(d, uid)
    if loan is None:
        return
    loan = replace(loan, busy=loan.busy - {uid})
    if afi == d.state.policy.afi_on_loan:
        loan = replace(loan, proved=loan.proved | {uid})
        d.put_loan(loan)
        if loan.proved >= set(loan.uids) and _move(d, loan, Signal.PROVED):
            _close(d, loan, LoanState.SAFE)
            if not _copied(d, loan):
                d.tell(ItemSafe(loan.item))
        return
    if afi is not None:
        loan = replace(loan, tries=loan.tries + 1)
    elif d.state.there(uid) and d.state.ready(Device.PAD):
        loan = replace(loan, mute=loan.mute + 1)
    d.put_loan(loan)
    if loan.tries >= d.state.policy.write_tries or loan.mute >= MUTE_TRIES:
        if _move(d, replace(loan, reason=Reason.TAG_NOT_WRITTEN), Signal.NOT_WRITTEN):
            _for_staff(d, loan, Reason.TAG_NOT_WRITTEN)
    elif d.state.there(uid):
        d.do(SetTimer(Timer.TAG_RETRY, TAG_RETRY_S))


def tag_here(d: Draft, uid: Uid) -> None:
    """A tag is on the pad (again): loans that wait for it go on."""
    for loan in list(d.state.sagas.values()):
        if uid in loan.uids:
            if loan.state is LoanState.RELEASING:
                release(d, loan)
            else:
                _ask_whether_it_stands(d, loan)


def new_tag(d: Draft, saga: SagaId, uid: Uid) -> None:
    """A tag of an item that is being lent, or was, turned up: it must be secured too."""
    loan = d.state.sagas[saga]
    if uid in loan.uids:
        return
    loan = replace(loan, uids=(*loan.uids, uid))
    d.put_loan(loan)
    if loan.answer is not None and isinstance(loan.reply, Lent) and loan.reply.release:
        if _move(d, loan, Signal.NEW_TAG):
            release(d, d.state.sagas[saga])
        elif loan.state is LoanState.RELEASING:
            release(d, loan)


def session_over(d: Draft) -> None:
    """The session ends: what is not proved stays open and is named for staff."""
    for loan in list(d.state.sagas.values()):
        if _of_session(d, loan):
            _session_over(d, loan)


def await_absent(d: Draft) -> None:
    """Loans of former sessions are only released while their tags are seen to lie there: one that is
    taken away may have been returned elsewhere before it comes back, so it is asked about again."""
    for loan in list(d.state.sagas.values()):
        if loan.state is LoanState.RELEASING and not _of_session(d, loan):
            here = any(d.state.there(uid) for uid in loan.uids if uid not in loan.proved)
            if not here or not d.state.ready(Device.PAD) or _anothers_session(d, loan):
                _session_over(d, loan)


def forget_ended(d: Draft) -> None:
    """Drop sagas that have ended and that no session shows any more."""
    shown = d.state.epoch if d.state.session else None
    kept = {
        key: loan
        for key, loan in d.state.sagas.items()
        if not loan.ended or loan.epoch == shown or loan.state is LoanState.FOR_STAFF
    }
    d.set(sagas=kept)


# ---- after a restart, and when the ILS is back ----------------------------------------------


def restarted(d: Draft, rows: tuple[Row, ...]) -> None:
    """Fold the journal's open rows into sagas: the same table, entered in the middle."""
    for row in rows:
        if row.kind is RowKind.INTENT:
            sealed = row.sealed or {}
            patron, item = sealed.get("patron"), sealed.get("item")
            loan = Loan(
                row.saga,
                ItemKey(item or str(row.payload.get("item", "")), str(row.payload.get("owner", ""))),
                PatronId(patron) if patron else None,
                epoch=-1,
                state=LoanState.DOUBTED if patron else LoanState.FOR_STAFF,
                uids=_uids(row.payload),
                late=True,
                reason=None if patron else Reason.OUTCOME_UNKNOWN,
                keep_armed=bool(row.payload.get("keep_armed")),
                nameless=item is not None,
            )
            d.put_loan(loan)
        elif row.kind is RowKind.ANSWER and row.saga in d.state.sagas:
            reply = Lent(release=bool(row.payload.get("release")))
            d.put_loan(replace(d.state.sagas[row.saga], state=LoanState.AWAITED, reply=reply))


def pad_back(d: Draft) -> None:
    """The reader is back: what waited for it is written, awaited tags that lie there are finished."""
    release_all(d)
    for loan in list(d.state.sagas.values()):
        if any(d.state.there(uid) for uid in loan.uids):
            _ask_whether_it_stands(d, loan)


def journal_back(d: Draft) -> None:
    """The disk takes rows again: answers that it refused are kept now, and what follows from them goes on."""
    for loan in list(d.state.sagas.values()):
        refused = loan.reason is Reason.JOURNAL_FAILED and loan.answer is None
        if refused and loan.reply is not None and _move(d, replace(loan, reason=None), Signal.DISK_BACK):
            d.do(AppendRow(_answer_row(loan, loan.reply)))


def ils_back(d: Draft) -> None:
    """The ILS answers again: doubts are settled, awaited tags on the pad are finished."""
    for loan in list(d.state.sagas.values()):
        if loan.state is LoanState.DOUBTED:
            settle(d, loan)
        elif loan.state is LoanState.FOR_STAFF and loan.reply is None:
            if loan.patron is not None and _move(d, loan, Signal.ASK_AGAIN):
                settle(d, d.state.sagas[loan.id])
        elif any(d.state.there(uid) for uid in loan.uids):
            _ask_whether_it_stands(d, loan)


def _ask_whether_it_stands(d: Draft, loan: Loan) -> None:
    """An awaited tag is back. The loan may have been returned elsewhere: ask before releasing.

    Not while another patron is signed in: they would be refused a book that becomes free to leave.
    """
    able = loan.patron is not None and d.state.ready(Device.ILS) and not _anothers_session(d, loan)
    if able and _move(d, loan, Signal.TAG_BACK):
        settle(d, d.state.sagas[loan.id])


# ---- small helpers --------------------------------------------------------------------------


def _session_over(d: Draft, loan: Loan) -> None:
    if _move(d, loan, Signal.SESSION_OVER):
        _for_staff(d, loan, Reason.TAG_GONE)


def _for_staff(d: Draft, loan: Loan, reason: Reason) -> None:
    payload = {"item": loan.written_item, "reason": reason.value}
    d.do(AppendRow(Row(loan.id, RowKind.STAFF, payload), urgent=False))
    d.tell(ItemNeedsStaff(loan.item, reason))


def _close(d: Draft, loan: Loan, end: LoanState) -> None:
    payload = {"item": loan.written_item, "state": end.value}
    # it shares the flush of the next answer; the last of its session has none to wait for
    others = (other for other in d.state.sagas.values() if other.epoch == loan.epoch and other.id != loan.id)
    last = all(other.ended for other in others)
    d.do(AppendRow(Row(loan.id, RowKind.SETTLED, payload, closes=True), urgent=last))


def _move(d: Draft, loan: Loan, signal: Signal) -> bool:
    """Move a loan by the table, keeping the other changes of `loan`; False when it does not move."""
    following = loan.moved(signal)
    if following is None:
        return False
    d.put_loan(replace(loan, state=following))
    return True


def _of_session(d: Draft, loan: Loan) -> bool:
    return d.state.session is not None and loan.epoch == d.state.epoch


def _copied(d: Draft, loan: Loan) -> bool:
    """Whether another tag on this patron's pad says that it is the same item."""
    line = d.session.lines.get(loan.item.id) if _of_session(d, loan) else None
    return line is not None and line.copied


def _anothers_session(d: Draft, loan: Loan) -> bool:
    return d.state.session is not None and d.state.session.patron != loan.patron


def _busy_with(d: Draft, uid: Uid) -> Loan | None:
    for loan in d.state.sagas.values():
        if uid in loan.busy:
            return loan
    return None


def _uids(payload: Mapping[str, object]) -> tuple[Uid, ...]:
    uids = payload.get("uids")
    return tuple(Uid(str(uid)) for uid in uids) if isinstance(uids, list | tuple) else ()
