"""Giving back: turns events into the signals of the return table and adds the effects of each step.

The order is the promise here too: the intent is flushed before the ILS is asked, the answer is flushed
before a tag is armed, and nothing is called returned before every tag of it was read back as armed.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.circulation import papers, securing
from kiosk.circulation.effects import AppendRow, AskReturn, SetTimer, SettleReturn, Timer, WriteAfi
from kiosk.circulation.facts import ItemNeedsStaff, ItemRefused, ItemReturned
from kiosk.circulation.reasons import Reason
from kiosk.circulation.returning import BEFORE_ANSWER, CLOSED, WAITING, Return, ReturnState, verdict
from kiosk.circulation.saga import Signal
from kiosk.circulation.securing import Check, move, of_session
from kiosk.circulation.state import Draft
from kiosk.circulation.values import (
    Device,
    Doubt,
    Flushed,
    ItemKey,
    NotReturned,
    ReturnAnswer,
    Returned,
    Row,
    RowKind,
    SagaId,
    Uid,
)

ACT = "return"
"""What an intent row says that it is about."""

# ---- beginning ------------------------------------------------------------------------------


def begin(
    d: Draft, item: ItemKey, uids: tuple[Uid, ...], *, unread_near: bool, nameless: bool = False
) -> SagaId:
    """Begin the return of `item`; returns the saga's id.

    Where the ILS or the journal is away nothing is written and nothing is asked: the item is refused
    at once, and may be asked later, since it never was.
    """
    saga = Return(
        securing.new_id(d, "R"),
        item,
        d.state.epoch,
        uids=uids,
        unread_near=unread_near,
        nameless=nameless,
    )
    reason = securing.cannot_ask(d)
    if reason is not None:
        refused = NotReturned(reason)
        d.put(replace(saga, state=ReturnState.REFUSED, reply=refused, reason=reason, sent=False))
        d.tell(ItemRefused(item, reason))
        return saga.id
    d.put(saga)
    _keep_intent(d, saga)
    return saga.id


def _keep_intent(d: Draft, saga: Return) -> None:
    more: dict[str, object] = {"act": ACT}
    if saga.unread_near:
        more["unread_near"] = True
    if saga.after is not None:
        more["after"] = saga.after
    securing.keep_intent(d, saga, more, {})


# ---- the journal and the ILS answer ---------------------------------------------------------


def row_flushed(d: Draft, token: Flushed) -> None:
    """A row of a return is on the disk: what waited for it goes out."""
    saga = d.state.returns.get(token.saga)
    if saga is None:
        return
    if token.kind is RowKind.INTENT:
        if move(d, saga, Signal.INTENT_KEPT):
            d.do(AskReturn(token, saga.item))
    elif token.kind is RowKind.ANSWER and saga.reply is not None:
        kept = replace(saga, answer=token)
        if move(d, kept, verdict(kept, saga.reply)):
            _after_answer(d, d.state.returns[saga.id])


def flush_failed(d: Draft, saga_id: SagaId) -> None:
    """The disk did not take a row: nothing is asked, nothing is written, staff are told."""
    saga = d.state.returns.get(saga_id)
    if saga is None:
        return
    failed = replace(saga, reason=Reason.JOURNAL_FAILED)
    unasked = replace(failed, reply=NotReturned(Reason.JOURNAL_FAILED), sent=False)
    if move(d, unasked, Signal.INTENT_LOST):
        d.tell(ItemRefused(saga.item, Reason.JOURNAL_FAILED))
    elif move(d, failed, Signal.ANSWER_LOST):
        d.tell(ItemNeedsStaff(saga.item, Reason.JOURNAL_FAILED))


def answered(d: Draft, saga_id: SagaId, reply: ReturnAnswer) -> None:
    """The ILS answered the 09, or is in doubt about it."""
    saga = d.state.returns.get(saga_id)
    if saga is None or saga.state is not ReturnState.ASKED:
        return
    if isinstance(reply, Doubt):
        if move(d, replace(saga, late=True), Signal.SILENCE):
            settle(d, d.state.returns[saga_id])
        return
    _keep_answer(d, saga, reply)


def late(d: Draft, saga_id: SagaId) -> None:
    """The answer is overdue: the row says *Checking...*."""
    saga = d.state.returns.get(saga_id)
    if saga is not None and saga.state is ReturnState.ASKED:
        d.put(replace(saga, late=True))


def settle(d: Draft, saga: Return) -> None:
    """Ask what became of a return, unless that is being asked already."""
    if saga.settling:
        return
    if d.state.ready(Device.ILS):
        d.put(replace(saga, settling=True))
        d.do(SettleReturn(saga.id, saga.item))
    elif saga.state is ReturnState.DOUBTED:
        d.do(SetTimer(Timer.SETTLE, d.state.policy.settle_pause_s))


def settle_doubts(d: Draft) -> None:
    """Try all returns in doubt again: the timer ran out."""
    for saga in list(d.state.returns.values()):
        if saga.state is ReturnState.DOUBTED and not saga.settling:
            if d.state.ready(Device.ILS):
                settle(d, saga)
            else:
                securing.settled_nothing(d, saga)


def settled(d: Draft, saga_id: SagaId, reply: ReturnAnswer) -> None:
    """17 said what became of a return in doubt, or whether an awaited item is on loan again."""
    saga = d.state.returns.get(saga_id)
    if saga is None:
        return
    saga = replace(saga, settling=False)
    d.put(saga)
    if isinstance(reply, NotReturned) and reply.reason is Reason.ILS_DOWN:
        # who could not be asked has told nothing
        reply = Doubt()
    if saga.state is ReturnState.DOUBTED:
        if isinstance(reply, Doubt):
            securing.settled_nothing(d, saga)
        else:
            _keep_answer(d, saga, reply)
    elif saga.state is ReturnState.CONFIRMING:
        _confirmed(d, saga, reply)


def _confirmed(d: Draft, saga: Return, reply: ReturnAnswer) -> None:
    if isinstance(reply, Doubt) or (isinstance(reply, Returned) and _hands_off(d, saga)):
        move(d, saga, Signal.SILENCE)
    elif isinstance(reply, NotReturned):
        # on loan again, or withdrawn: whoever has it now has it rightly, and its tag is theirs
        gone(d, saga)
    elif saga.answer is not None:
        if move(d, saga, Signal.STANDS):
            arm(d, d.state.returns[saga.id])
    elif move(d, saga, Signal.STANDS_UNWRITTEN) and saga.reply is not None:
        d.do(AppendRow(_answer_row(saga, saga.reply)))


def gone(d: Draft, saga: Return) -> None:
    """The return no longer matters: nothing is left to be done for it, nor to be mended by staff."""
    if move(d, saga, Signal.SESSION_OVER):
        saga = d.state.returns[saga.id]
    if move(d, replace(saga, reason=None), Signal.NO_LONGER):
        securing.close(d, saga, ReturnState.GONE)


def _keep_answer(d: Draft, saga: Return, reply: Returned | NotReturned) -> None:
    """Put the answer on the disk; only then may anything follow from it."""
    known = replace(saga, reply=reply, reason=_why(reply))
    if move(d, known, Signal.ANSWER_CAME):
        d.do(AppendRow(_answer_row(known, reply)))


def _answer_row(saga: Return, reply: Returned | NotReturned) -> Row:
    payload: dict[str, object] = {"item": saga.written_item, "returned": isinstance(reply, Returned)}
    if isinstance(reply, Returned):
        payload |= {"was_on_loan": reply.was_on_loan}
    else:
        payload |= {"reason": reply.reason.value}
    open_end = verdict(saga, reply) in (Signal.TAKEN_BACK, Signal.GUARD)
    return Row(saga.id, RowKind.ANSWER, payload, closes=not open_end)


def _after_answer(d: Draft, saga: Return) -> None:
    match saga.state:
        case ReturnState.ARMING | ReturnState.GUARDING:
            if saga.state is ReturnState.GUARDING:
                d.tell(ItemRefused(saga.item, saga.reason or Reason.RETURN_REFUSED))
            arm(d, saga)
        case ReturnState.RETURNED:
            late_tags = securing.late_tags(d, saga)
            if not late_tags:
                _returned(d, saga)
            _take_late(d, saga, late_tags)
        case ReturnState.UNARMED:
            saga = replace(saga, reason=Reason.TAG_NOT_WRITTEN)
            d.put(saga)
            d.tell(ItemNeedsStaff(saga.item, Reason.TAG_NOT_WRITTEN))
            _take_late(d, saga, securing.late_tags(d, saga))
        case ReturnState.REFUSED:
            d.tell(ItemRefused(saga.item, saga.reason or Reason.RETURN_REFUSED))
        case _:
            pass


def _take_late(d: Draft, saga: Return, uids: tuple[Uid, ...]) -> None:
    for uid in uids:
        new_tag(d, d.session.lines[saga.item.id].saga or saga.id, uid)


def _returned(d: Draft, saga: Return) -> None:
    """The item is back, proved: say so once, and print the slip that lies in it on its way."""
    if saga.told or not isinstance(saga.reply, Returned):
        return
    d.put(replace(saga, told=True, reason=None))
    if not _copied(d, saga):
        d.tell(ItemReturned(saga.item, saga.reply.alert, saga.reply.bin))
    papers.print_slip(d, saga.item, saga.reply)


# ---- the tags -------------------------------------------------------------------------------


def arm(d: Draft, saga: Return) -> None:
    """Write every tag of the item that is in the field and not proved yet."""
    answer = saga.answer
    # a refused item is guarded only while whoever brought it is here: later it may be theirs again
    guarding = saga.state is ReturnState.GUARDING and of_session(d, saga)
    at_work = guarding or saga.state is ReturnState.ARMING
    if not at_work or answer is None or _hands_off(d, saga):
        return
    for uid in securing.to_write(d, saga):
        d.do(WriteAfi(uid, d.state.policy.afi_in_stock, answer))


def arm_all(d: Draft) -> None:
    """Write whatever is waiting to be written: the reader is back, or a pause is over."""
    for saga in list(d.state.returns.values()):
        arm(d, saga)


def tag_checked(d: Draft, saga: Return, uid: Uid, afi: int | None) -> None:
    """A tag that was written for this return was read back."""
    saga, check = securing.checked(d, saga, uid, afi, d.state.policy.afi_in_stock)
    if saga.state is ReturnState.GUARDING:
        if check is not Check.OPEN:
            _let_go(d, saga)
    elif check is Check.PROVED:
        if move(d, saga, Signal.PROVED):
            securing.close(d, saga, ReturnState.RETURNED)
            _returned(d, d.state.returns[saga.id])
    elif check is Check.REFUSES and move(d, replace(saga, reason=Reason.TAG_NOT_WRITTEN), Signal.NOT_WRITTEN):
        securing.for_staff(d, saga, Reason.TAG_NOT_WRITTEN)


def _let_go(d: Draft, saga: Return) -> None:
    if move(d, saga, Signal.LET_GO):
        securing.close(d, saga, ReturnState.REFUSED)
        for uid in saga.uids:
            if d.state.there(uid):
                # an older return of the item stood back for it
                tag_here(d, uid)


def tag_here(d: Draft, uid: Uid) -> None:
    """A tag is on the pad (again), or free to be written: returns that wait for it go on."""
    for saga in list(d.state.returns.values()):
        if uid in saga.uids:
            if saga.state in WAITING and d.state.pad[uid].tag.afi != d.state.policy.afi_in_stock:
                securing.distrust(d, saga, uid)
            go_on(d, d.state.returns[saga.id])


def go_on(d: Draft, saga: Return) -> None:
    """A tag that the return may have waited for can be written now."""
    arm(d, saga)
    _ask_whether_it_stands(d, saga)


def new_tag(d: Draft, saga_id: SagaId, uid: Uid) -> None:
    """A tag of an item that is coming back, or came, turned up: it must be armed too, and the disk must
    know of it before it is touched."""
    saga = d.state.returns.get(saga_id)
    if saga is None or uid in saga.uids or (saga.state is ReturnState.ANSWERED and not saga.uids):
        # an answer without tags is about to close its saga: see `late_tags`
        return
    more = replace(saga, uids=(*saga.uids, uid))
    if saga.state in CLOSED and saga.reply is not None:
        again = replace(
            more,
            id=securing.new_id(d, "R"),
            state=ReturnState.ANSWERED,
            after=saga.id,
            answer=None,
            reason=None,
        )
        securing.continue_as(d, again)
        _keep_answer_again(d, again, saga.reply)
        return
    d.put(more)
    if saga.state in BEFORE_ANSWER:
        _keep_intent(d, more)
    elif saga.state in (ReturnState.ANSWERED, ReturnState.ARMING, ReturnState.GUARDING) and saga.reply:
        d.do(AppendRow(securing.with_tags(_answer_row(more, saga.reply), more)))
        arm(d, more)


def _keep_answer_again(d: Draft, saga: Return, reply: Returned | NotReturned) -> None:
    if saga.after is not None:
        # its intent was lost with its answer
        _keep_intent(d, saga)
    d.do(AppendRow(_answer_row(saga, reply)))


def await_absent(d: Draft) -> None:
    """Returns of former sessions are only armed while their tags are seen to lie there, since one that is
    taken away may be on loan again before it comes back. A refused item is armed while it lies there."""
    for saga in list(d.state.returns.values()):
        if saga.state is ReturnState.GUARDING:
            if not of_session(d, saga) or not _any_there(d, saga):
                _let_go(d, saga)
        elif saga.state is ReturnState.ARMING and not of_session(d, saga):
            alone = _any_there(d, saga) and not _hands_off(d, saga)
            if not alone:
                securing.session_over(d, saga)


def _any_there(d: Draft, saga: Return) -> bool:
    return d.state.ready(Device.PAD) and any(d.state.there(uid) for uid in saga.unproved)


# ---- after a restart, and when a device is back ---------------------------------------------


def restarted(d: Draft, row: Row) -> None:
    """Fold one of the journal's open rows: the same table, entered in the middle."""
    if row.kind is RowKind.INTENT:
        item, uids, nameless = securing.intended(row)
        saga = Return(
            row.saga,
            item,
            epoch=-1,
            # without its number (the seal is broken) nobody can be asked about it
            state=ReturnState.DOUBTED if item.id else ReturnState.FOR_STAFF,
            uids=uids,
            late=True,
            reason=None if item.id else Reason.OUTCOME_UNKNOWN,
            nameless=nameless,
            unread_near=bool(row.payload.get("unread_near")),
        )
        d.put(saga)
    elif row.kind is RowKind.ANSWER and row.saga in d.state.returns:
        saga = d.state.returns[row.saga]
        saga = replace(saga, uids=securing.tags_of(row) or saga.uids)
        if row.payload.get("returned"):
            reply = Returned(was_on_loan=bool(row.payload.get("was_on_loan")))
            d.put(replace(saga, state=ReturnState.AWAITED, reply=reply))
        else:
            # refused, and on loan as it was before: the arming was a favour, and nothing waits for it
            d.put(replace(saga, state=ReturnState.GUARDING, reply=NotReturned(Reason.RETURN_REFUSED)))


def pad_back(d: Draft) -> None:
    """The reader is back: what waited for it is written, awaited tags that lie there are finished."""
    arm_all(d)
    _ask_about_those_here(d)


def journal_back(d: Draft) -> None:
    """The disk takes rows again: answers that it refused are kept now, and what follows from them goes on."""
    for saga in list(d.state.returns.values()):
        refused = saga.reason is Reason.JOURNAL_FAILED and saga.answer is None
        if refused and saga.reply is not None:
            known = replace(saga, reason=_why(saga.reply))
            if move(d, known, Signal.DISK_BACK):
                _keep_answer_again(d, saga, saga.reply)


def ils_back(d: Draft) -> None:
    """The ILS answers again: doubts are settled, awaited tags on the pad are finished."""
    for saga in list(d.state.returns.values()):
        if saga.state is ReturnState.DOUBTED:
            settle(d, saga)
        elif saga.reply is None and saga.item.id and move(d, saga, Signal.ASK_AGAIN):
            settle(d, d.state.returns[saga.id])
    _ask_about_those_here(d)


def _ask_about_those_here(d: Draft) -> None:
    for saga in list(d.state.returns.values()):
        if any(d.state.there(uid) for uid in saga.uids):
            _ask_whether_it_stands(d, saga)


def _ask_whether_it_stands(d: Draft, saga: Return) -> None:
    """An awaited tag is back. The item may be on loan again: ask before it is armed."""
    if saga.state is not ReturnState.AWAITED or not d.state.ready(Device.ILS) or _hands_off(d, saga):
        return
    if move(d, saga, Signal.TAG_BACK):
        settle(d, d.state.returns[saga.id])


# ---- small helpers --------------------------------------------------------------------------


def _why(reply: Returned | NotReturned) -> Reason | None:
    return reply.reason if isinstance(reply, NotReturned) else None


def _copied(d: Draft, saga: Return) -> bool:
    """Whether another tag on the pad says that it is the same item."""
    line = d.session.lines.get(saga.item.id) if of_session(d, saga) else None
    return line is not None and line.copied


def _hands_off(d: Draft, saga: Return) -> bool:
    """Whether the item is being lent, or returned anew, at this moment."""
    return not of_session(d, saga) and securing.claimed(d, saga)
