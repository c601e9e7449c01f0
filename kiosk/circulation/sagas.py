"""All sagas at once: what the pad, the disk, the ILS and the end of a session mean for each kind, and what
the sagas of one item mean for each other.

An item is in one place. Who takes it back here ends the loans and the returns of it that still waited for
its tag, and who lends it here ends its returns. Only one of them touches a tag at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from kiosk.circulation.course import of_session
from kiosk.circulation.effects import AppendRow
from kiosk.circulation.facts import MatterClosed
from kiosk.circulation.giving_back import GIVING_BACK, GivingBack
from kiosk.circulation.lending import LENDING, Lending
from kiosk.circulation.loan import Loan
from kiosk.circulation.paying import PAYING, Paying
from kiosk.circulation.payment import PENDING, FeePayment
from kiosk.circulation.returning import Return
from kiosk.circulation.saga import Saga, Signal, Stage, TaggedSaga
from kiosk.circulation.securing import PROOFS, Securing
from kiosk.circulation.state import Draft, State
from kiosk.circulation.values import AFI_UNKNOWN, Flushed, Row, RowKind, SagaId, Security, Switched, Uid
from kiosk.circulation.wish import Wish, WishKind
from kiosk.circulation.wishing import WISHING, Wishing

COURSES = (LENDING, GIVING_BACK, WISHING, PAYING)
"""How each kind of saga runs."""

SECURING = (LENDING, GIVING_BACK)
"""Those that secure tags."""

BY_ACT: Mapping[str, Lending | GivingBack | Wishing | Paying] = {
    GIVING_BACK.act: GIVING_BACK,
    WishKind.RENEWAL.value: WISHING,
    WishKind.RENEW_ALL.value: WISHING,
    WishKind.HOLD.value: WISHING,
    PAYING.act: PAYING,
}
"""Whose an intent row is, by what it says that it is about; the rows of loans may say nothing."""

# ---- the disk -------------------------------------------------------------------------------


def rows_flushed(d: Draft, flushed: tuple[Flushed, ...]) -> None:
    """Rows are on the disk: what waited for them goes out."""
    for token in flushed:
        for course in COURSES:
            if token.saga in course.sagas(d.state):
                course.row_flushed(d, token)
                break
        if token.kind is RowKind.ANSWER:
            _others_of_the_item(d, token.saga)
        if token.kind is RowKind.SETTLED and token.saga in d.state.resolving:
            d.set(resolving=d.state.resolving - {token.saga})
            d.tell(MatterClosed(token.saga))
    if d.state.session is None:
        # what the disk has closed now is nobody's any more
        forget_ended(d)


def flush_failed(d: Draft, failed: tuple[SagaId, ...]) -> None:
    """The disk did not take rows of these sagas."""
    d.set(resolving=d.state.resolving - set(failed))
    for saga in failed:
        for course in COURSES:
            course.flush_failed(d, saga)


def journal_back(d: Draft) -> None:
    """The disk takes rows again."""
    for course in COURSES:
        course.journal_back(d)


def restarted(d: Draft, rows: tuple[Row, ...]) -> None:
    """Fold the journal's open rows into sagas. What an intent is about, it says itself."""
    acts: dict[SagaId, object] = {}
    for row in rows:
        if row.kind is RowKind.INTENT:
            acts[row.saga] = row.payload.get("act")
        course = BY_ACT.get(str(acts.get(row.saga)), LENDING)
        if row.kind is RowKind.STAFF:
            course.named(d, row.saga)
        else:
            course.restarted(d, row)
    for course in COURSES:
        course.recovered(d)


def matter_resolved(d: Draft, saga_id: SagaId) -> None:
    """Staff have seen to what a saga left open: it is closed. One that is on its way ends by itself."""
    if d.state.saga(saga_id) is None:
        # the journal may hold more than is in memory, such as what a newer kiosk has written
        payload = {"state": "resolved"}
        d.do(AppendRow(Row(saga_id, RowKind.SETTLED, payload, closes=True)))
    elif not any(course.resolved(d, saga_id) for course in COURSES):
        return
    d.set(resolving=d.state.resolving | {saga_id})


# ---- questions ------------------------------------------------------------------------------


def patron_says(d: Draft, *, yes: bool) -> None:
    """The patron has answered the question that stands on the screen."""
    match d.state.asking():
        case Loan() as saga:
            LENDING.consented(d, saga) if yes else LENDING.advance(d, saga, Signal.NO)
            if d.state.loans[saga.id].ended:
                # it came to nothing: whoever stood back for it may go on
                _go_on(d, saga.uids, but=saga.id)
        case Wish() as saga:
            WISHING.yes(d, saga) if yes else WISHING.advance(d, saga, Signal.NO)
        case FeePayment() as saga:
            PAYING.yes(d, saga) if yes else PAYING.advance(d, saga, Signal.NO)
        case _:
            pass


def decline_all(d: Draft) -> None:
    """Whoever finishes or walks away has said no to what is still asked."""
    while d.state.asking() is not None:
        patron_says(d, yes=False)


# ---- what the sagas of one item mean for each other -----------------------------------------


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
        if other.item.id == saga.item.id and other.id != saga_id and not of_session(d, other)
    ]
    for other in others:
        if isinstance(other, Loan) and back:
            LENDING.gone(d, other)
        elif isinstance(other, Return) and (back or lent):
            GIVING_BACK.gone(d, other)
    if back:
        GIVING_BACK.write(d, d.state.returns[saga_id])
    elif lent:
        LENDING.write(d, d.state.loans[saga_id])
    if not back and not lent and saga.at_rest:
        # it came to nothing: whoever stood back for it may go on
        _go_on(d, saga.uids, but=saga_id)


def settled(d: Draft, saga_id: SagaId) -> None:
    """A settling was answered: when it ended the saga, whoever stood back for it may go on."""
    saga = d.state.loans.get(saga_id) or d.state.returns.get(saga_id)
    if saga is not None and saga.ended:
        _go_on(d, saga.uids, but=saga_id)


def _go_on(d: Draft, uids: tuple[Uid, ...], *, but: SagaId) -> None:
    """Whoever else waited for these tags may have them now."""
    for saga in d.state.tagged():
        if saga.id != but and not saga.ended and any(uid in saga.uids for uid in uids):
            if isinstance(saga, Loan):
                LENDING.go_on(d, saga)
            else:
                GIVING_BACK.go_on(d, saga)


# ---- the pad --------------------------------------------------------------------------------


def tag_switched(d: Draft, uid: Uid, outcome: Switched, afi: int) -> None:
    """A switch came back: whoever wanted it learns what came of it, and others may have the tag now."""
    owner = d.state.air.get(uid)
    if owner is None:
        return
    d.set(air={known: saga for known, saga in d.state.air.items() if known != uid})
    saga = d.state.loans.get(owner) or d.state.returns.get(owner)
    if saga is None:
        d.know_tag(uid, afi, Security.UNKNOWN)
    else:
        wanted = _course_of(saga).wanted
        d.know_tag(uid, afi, wanted if outcome in PROOFS[wanted] else Security.UNKNOWN)
    if isinstance(saga, Loan):
        LENDING.tag_switched(d, saga, uid, outcome)
    elif isinstance(saga, Return):
        GIVING_BACK.tag_switched(d, saga, uid, outcome)
    _go_on(d, (uid,), but=owner)


def switch_wanted(state: State, uid: Uid) -> bool:
    """Whether the switch of a tag that is under way is wanted still: once its item is somebody else's affair,
    or came back, it must not be written again."""
    saga = state.saga(state.air[uid]) if uid in state.air else None
    d = Draft(state, state.now)
    if isinstance(saga, Loan):
        return LENDING.may_write(d, saga)
    return isinstance(saga, Return) and GIVING_BACK.may_write(d, saga)


def afi_read(d: Draft, uid: Uid, afi: int | None, security: Security) -> None:
    """A tag was read for another purpose, which is over: it is known now."""
    if afi is not None and uid not in d.state.air:
        d.know_tag(uid, afi, security)


def afi_seen(d: Draft, uid: Uid, afi: int, security: Security) -> None:
    """The pad was told a tag's AFI in passing. It proves nothing, and is kept where nothing is known."""
    presence = d.state.pad.get(uid)
    if presence is not None and presence.tag.afi == AFI_UNKNOWN and uid not in d.state.air:
        known = presence.tag.security
        d.know_tag(uid, afi, security if known is Security.UNKNOWN else known)


def _course_of(saga: Loan | Return) -> Securing[Any]:
    return LENDING if isinstance(saga, Loan) else GIVING_BACK


def tag_here(d: Draft, uid: Uid) -> None:
    """A tag is on the pad (again)."""
    for course in SECURING:
        course.tag_here(d, uid)


def pad_back(d: Draft) -> None:
    """The reader is back."""
    for course in SECURING:
        course.pad_back(d)


def write_again(d: Draft) -> None:
    """The pause after a tag that did not answer is over."""
    for course in SECURING:
        course.write_all(d)


# ---- the ILS --------------------------------------------------------------------------------


def late(d: Draft, saga: SagaId) -> None:
    """An answer is overdue."""
    for course in COURSES:
        course.late(d, saga)


def settle_doubts(d: Draft) -> None:
    """The pause after an attempt that taught nothing is over."""
    for course in SECURING:
        course.settle_doubts(d)


def ils_back(d: Draft) -> None:
    """The ILS answers again."""
    for course in SECURING:
        course.ils_back(d)
    PAYING.ils_back(d)


# ---- the session ----------------------------------------------------------------------------


def of_this_session(state: State, saga_id: SagaId) -> bool:
    """Whether a saga belongs to whoever is here now."""
    known = state.saga(saga_id)
    return state.session is not None and known is not None and known.epoch == state.epoch


def session_over(d: Draft) -> None:
    """The session ends: what is not proved stays open and is named for staff."""
    for saga in d.state.tagged_of_session():
        if isinstance(saga, Loan):
            LENDING.session_over(d, saga)
        else:
            GIVING_BACK.session_over(d, saga)


def await_absent(d: Draft) -> None:
    """What former sessions left open goes on only while its tags are seen to lie there."""
    if d.state.loans:
        LENDING.await_absent(d)
    if d.state.returns:
        GIVING_BACK.await_absent(d)


_T = TypeVar("_T", bound=Saga)


def forget_ended(d: Draft) -> None:
    """Drop sagas that have ended and that no session shows any more; what staff or the disk still wait for
    stays."""
    shown = d.state.epoch if d.state.session else None

    def kept(sagas: Mapping[SagaId, _T]) -> dict[SagaId, _T]:
        return {
            key: saga
            for key, saga in sagas.items()
            if not saga.ended or saga.epoch == shown or key in d.state.resolving or _waited_for(saga)
        }

    d.set(
        loans=kept(d.state.loans),
        returns=kept(d.state.returns),
        wishes=kept(d.state.wishes),
        payments=kept(d.state.payments),
    )


def _waited_for(saga: Saga) -> bool:
    match saga:
        case Wish():
            return saga.lost
        case FeePayment():
            return saga.state in PENDING or saga.lost
        case TaggedSaga():
            return saga.stage is Stage.FOR_STAFF or saga.closing or saga.unclosed
        case _:
            return False
