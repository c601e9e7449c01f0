"""All sagas at once: what the pad, the disk, the ILS and the end of a session mean for each kind, and what
the sagas of one item mean for each other.

An item is in one place. Who takes it back here ends the loans and the returns of it that still waited for
its tag, and who lends it here ends its returns. Only one of them touches a tag at a time.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.circulation import giving_back, lending, renewing, securing
from kiosk.circulation.effects import ReadAfi
from kiosk.circulation.loan import Loan, LoanState
from kiosk.circulation.returning import Return, ReturnState
from kiosk.circulation.state import Draft, State
from kiosk.circulation.values import Flushed, Row, RowKind, SagaId, Uid

# ---- the disk -------------------------------------------------------------------------------


def rows_flushed(d: Draft, flushed: tuple[Flushed, ...]) -> None:
    """Rows are on the disk: what waited for them goes out."""
    for token in flushed:
        lending.row_flushed(d, token)
        giving_back.row_flushed(d, token)
        renewing.row_flushed(d, token)
        if token.kind is RowKind.ANSWER:
            _others_of_the_item(d, token.saga)


def flush_failed(d: Draft, failed: tuple[SagaId, ...]) -> None:
    """The disk did not take rows of these sagas."""
    for saga in failed:
        lending.flush_failed(d, saga)
        giving_back.flush_failed(d, saga)
        renewing.flush_failed(d, saga)


def journal_back(d: Draft) -> None:
    """The disk takes rows again."""
    lending.journal_back(d)
    giving_back.journal_back(d)
    renewing.journal_back(d)


def restarted(d: Draft, rows: tuple[Row, ...]) -> None:
    """Fold the journal's open rows into sagas. What an intent is about, it says itself (loans: nothing)."""
    acts: dict[SagaId, object] = {}
    for row in rows:
        if row.kind is RowKind.INTENT:
            acts[row.saga] = row.payload.get("act")
        match acts.get(row.saga):
            case giving_back.ACT:
                giving_back.restarted(d, row)
            case renewing.ACT:
                renewing.restarted(d, row)
            case _:
                lending.restarted(d, row)


def _others_of_the_item(d: Draft, saga_id: SagaId) -> None:
    """The ILS has said something about an item, and that is on the disk: what was open about it before?"""
    saga = d.state.loans.get(saga_id) or d.state.returns.get(saga_id)
    if saga is None:
        return
    back = isinstance(saga, Return) and saga.taken_back
    lent = isinstance(saga, Loan) and saga.lent
    others = [
        other
        for other in d.state.tagged()
        # what is on somebody's list ends in their sight, by its own answers
        if other.item.id == saga.item.id and other.id != saga_id and not securing.of_session(d, other)
    ]
    for other in others:
        if isinstance(other, Loan) and back:
            lending.gone(d, other)
        elif isinstance(other, Return) and (back or lent):
            giving_back.gone(d, other)
    if back:
        giving_back.arm(d, d.state.returns[saga_id])
    elif lent:
        lending.release(d, d.state.loans[saga_id])
    if not back and not lent and saga.at_rest:
        # it came to nothing: whoever stood back for it may go on
        _go_on(d, saga.uids, but=saga_id)


def settled(d: Draft, saga_id: SagaId) -> None:
    """A settling was answered: when it ended the saga, whoever stood back for it may go on."""
    saga = d.state.loans.get(saga_id) or d.state.returns.get(saga_id)
    if saga is not None and saga.ended:
        _go_on(d, saga.uids, but=saga_id)


# ---- the pad --------------------------------------------------------------------------------


def afi_written(d: Draft, uid: Uid) -> None:
    """A write came back. Whatever the tag said, only reading it back is proof."""
    if uid in d.state.air:
        d.do(ReadAfi(uid))


def afi_read(d: Draft, uid: Uid, afi: int | None) -> None:
    """A tag's AFI was read back, or the tag did not answer."""
    presence = d.state.pad.get(uid)
    if presence is not None and afi is not None:
        d.put_presence(uid, replace(presence, tag=replace(presence.tag, afi=afi)))
    owner = d.state.air.get(uid)
    if owner is None:
        return
    d.set(air={known: saga for known, saga in d.state.air.items() if known != uid})
    if owner in d.state.loans:
        lending.tag_checked(d, d.state.loans[owner], uid, afi)
    elif owner in d.state.returns:
        giving_back.tag_checked(d, d.state.returns[owner], uid, afi)
    _go_on(d, (uid,), but=owner)


def _go_on(d: Draft, uids: tuple[Uid, ...], *, but: SagaId) -> None:
    """Whoever else waited for these tags may have them now."""
    for saga in list(d.state.tagged()):
        if saga.id != but and not saga.ended and any(uid in saga.uids for uid in uids):
            if isinstance(saga, Loan):
                lending.go_on(d, saga)
            else:
                giving_back.go_on(d, saga)


def tag_here(d: Draft, uid: Uid) -> None:
    """A tag is on the pad (again)."""
    lending.tag_here(d, uid)
    giving_back.tag_here(d, uid)


def pad_back(d: Draft) -> None:
    """The reader is back."""
    lending.pad_back(d)
    giving_back.pad_back(d)


def write_again(d: Draft) -> None:
    """The pause after a tag that did not answer is over."""
    lending.release_all(d)
    giving_back.arm_all(d)


# ---- the ILS --------------------------------------------------------------------------------


def late(d: Draft, saga: SagaId) -> None:
    """An answer is overdue."""
    lending.late(d, saga)
    giving_back.late(d, saga)
    renewing.late(d, saga)


def settle_doubts(d: Draft) -> None:
    """The pause after an attempt that taught nothing is over."""
    lending.settle_doubts(d)
    giving_back.settle_doubts(d)


def ils_back(d: Draft) -> None:
    """The ILS answers again."""
    lending.ils_back(d)
    giving_back.ils_back(d)


# ---- the session ----------------------------------------------------------------------------


def of_this_session(state: State, saga: SagaId) -> bool:
    """Whether a saga belongs to whoever is here now."""
    known = state.loans.get(saga) or state.returns.get(saga) or state.renewals.get(saga)
    return state.session is not None and known is not None and known.epoch == state.epoch


def session_over(d: Draft) -> None:
    """The session ends: what is not proved stays open and is named for staff."""
    for saga in list(d.state.tagged_of_session()):
        securing.session_over(d, saga)


def await_absent(d: Draft) -> None:
    """What former sessions left open goes on only while its tags are seen to lie there."""
    lending.await_absent(d)
    giving_back.await_absent(d)


def forget_ended(d: Draft) -> None:
    """Drop sagas that have ended and that no session shows any more."""
    shown = d.state.epoch if d.state.session else None
    loans = {
        key: loan
        for key, loan in d.state.loans.items()
        if not loan.ended or loan.epoch == shown or loan.state is LoanState.FOR_STAFF
    }
    returns = {
        key: saga
        for key, saga in d.state.returns.items()
        if not saga.ended or saga.epoch == shown or saga.state is ReturnState.FOR_STAFF
    }
    renewals = {
        key: saga
        for key, saga in d.state.renewals.items()
        if not saga.ended or saga.epoch == shown or saga.lost
    }
    d.set(loans=loans, returns=returns, renewals=renewals)
