"""Renewing: turns events into the signals of the renewal table and adds the effects of each step.

The patron is asked first (`ask`), and only *Yes* (`begin`) sends anything. What was asked is never asked
again in this session; what was surely not sent may be.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.circulation import securing
from kiosk.circulation.effects import AppendRow, AskRenewal
from kiosk.circulation.facts import ItemRenewed
from kiosk.circulation.reasons import Reason
from kiosk.circulation.renewal import Renewal, RenewalState, verdict
from kiosk.circulation.saga import Signal
from kiosk.circulation.securing import move, of_session
from kiosk.circulation.state import Draft, Line, Phase, State
from kiosk.circulation.values import (
    Doubt,
    Flushed,
    NotRenewed,
    PatronId,
    RenewalAnswer,
    Renewed,
    Row,
    RowKind,
    SagaId,
)
from kiosk.circulation.views import Errand

ACT = "renewal"
"""What an intent row says that it is about."""


def renewable(state: State, line: Line) -> bool:
    """Whether the patron may ask for this line's renewal: it is theirs, and was not asked yet."""
    session = state.session
    if session is None or session.errand is not Errand.LOAN or session.abandoned:
        return False
    if line.trouble is not Reason.ALREADY_YOURS or state.phase is not Phase.LIST:
        return False
    asked = state.renewals.get(line.renewal) if line.renewal is not None else None
    return asked is None or (asked.ended and asked.never_sent)


def ask(d: Draft, key: str) -> None:
    """The patron pressed *Renew*: ask whether they mean it. Nothing is sent."""
    line = d.session.lines.get(key) if d.state.session is not None else None
    if line is not None and renewable(d.state, line):
        d.set_session(renewing=key)


def no(d: Draft) -> None:
    """The patron does not want it after all."""
    if d.state.session is not None:
        d.set_session(renewing=None)


def yes(d: Draft) -> None:
    """The patron wants it: begin the renewal.

    Where the ILS or the journal is away nothing is written and nothing is asked; it may be asked later.
    """
    session = d.state.session
    line = session.lines.get(session.renewing) if session and session.renewing is not None else None
    no(d)
    if line is None or line.item is None or not renewable(d.state, line):
        return
    patron = d.session.patron
    if patron is None:
        return
    saga = Renewal(securing.new_id(d, "N"), line.item, d.state.epoch, patron=patron, nameless=line.nameless)
    d.put_line(replace(line, renewal=saga.id))
    d.set_session(renewed=saga.id)
    reason = securing.cannot_ask(d)
    if reason is not None:
        refused = NotRenewed(reason)
        d.put(replace(saga, state=RenewalState.NOT_RENEWED, reply=refused, reason=reason, sent=False))
        return
    d.put(saga)
    securing.keep_intent(d, saga, {"act": ACT}, {"patron": patron.value})


def row_flushed(d: Draft, token: Flushed) -> None:
    """A row of a renewal is on the disk: what waited for it goes out."""
    saga = d.state.renewals.get(token.saga)
    if saga is None:
        return
    if token.kind is RowKind.INTENT:
        if move(d, saga, Signal.INTENT_KEPT) and saga.patron is not None:
            pin = d.state.session.pin if of_session(d, saga) and d.state.session else None
            d.do(AskRenewal(token, saga.patron, pin, saga.item))
    elif token.kind is RowKind.ANSWER and saga.reply is not None:
        if move(d, replace(saga, answer=token), verdict(saga.reply)):
            _tell(d, saga)
        elif saga.lost:
            d.put(replace(saga, answer=token, lost=False))


def flush_failed(d: Draft, saga_id: SagaId) -> None:
    """The disk did not take a row. An answer is true all the same, and no tag waits for its proof: the
    patron learns it, and the row is written when the disk is back."""
    saga = d.state.renewals.get(saga_id)
    if saga is None:
        return
    reason = Reason.JOURNAL_FAILED
    unasked = replace(saga, reply=NotRenewed(reason), reason=reason, sent=False)
    if not move(d, unasked, Signal.INTENT_LOST) and saga.reply is not None:
        if move(d, replace(saga, lost=True), verdict(saga.reply)):
            _tell(d, saga)
        elif saga.sent:
            d.put(replace(saga, lost=True))


def answered(d: Draft, saga_id: SagaId, reply: RenewalAnswer) -> None:
    """The ILS answered the 29, or is in doubt about it."""
    saga = d.state.renewals.get(saga_id)
    if saga is None or saga.state is not RenewalState.ASKED:
        return
    reason = None
    if isinstance(reply, NotRenewed):
        reason = reply.reason
    elif isinstance(reply, Doubt):
        reason = Reason.RENEWAL_UNKNOWN
    if move(d, replace(saga, reply=reply, reason=reason), Signal.ANSWER_CAME):
        d.do(AppendRow(_answer_row(saga, reply)))


def late(d: Draft, saga_id: SagaId) -> None:
    """The answer is overdue: the row says *Checking...*."""
    saga = d.state.renewals.get(saga_id)
    if saga is not None and saga.state is RenewalState.ASKED:
        d.put(replace(saga, late=True))


def journal_back(d: Draft) -> None:
    """The disk takes rows again: answers that it refused are kept now."""
    for saga in list(d.state.renewals.values()):
        if saga.lost and saga.reply is not None:
            d.do(AppendRow(_answer_row(saga, saga.reply)))


def restarted(d: Draft, row: Row) -> None:
    """A renewal that was cut off is closed as unknown.

    It was asked or not, renewed or not: the loan stands either way, no tag depends on it, and the patron
    sees the true due date in their account. Staff could mend nothing, so they are not bothered, and the
    patron's id is destroyed with the closing.
    """
    if row.kind is RowKind.INTENT:
        item, _, nameless = securing.intended(row)
        patron = PatronId((row.sealed or {}).get("patron", ""))
        saga = Renewal(row.saga, item, epoch=-1, patron=patron, nameless=nameless)
        unknown = replace(saga, state=RenewalState.UNKNOWN, reply=Doubt(), reason=Reason.RENEWAL_UNKNOWN)
        d.put(unknown)
        d.do(AppendRow(_answer_row(saga, Doubt()), urgent=False))


def _tell(d: Draft, saga: Renewal) -> None:
    if isinstance(saga.reply, Renewed):
        d.tell(ItemRenewed(saga.item))


def _answer_row(saga: Renewal, reply: RenewalAnswer) -> Row:
    payload: dict[str, object] = {"item": saga.written_item}
    match reply:
        case Renewed():
            payload["renewed"] = "yes"
        case NotRenewed(reason):
            payload |= {"renewed": "no", "reason": reason.value}
        case Doubt():
            payload["renewed"] = "unknown"
    return Row(saga.id, RowKind.ANSWER, payload, closes=True)
