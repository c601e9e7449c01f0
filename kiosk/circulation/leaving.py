"""Leaving: what a patron takes along at the end, a receipt and an open gate. Both speak only of proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kiosk.circulation import papers
from kiosk.circulation.account_rows import renewed_rows
from kiosk.circulation.effects import ReleaseGate
from kiosk.circulation.facts import GateOpened
from kiosk.circulation.paying import paid
from kiosk.circulation.policy import ReceiptRule
from kiosk.circulation.reasons import Reason
from kiosk.circulation.rows import PROVED, borrowed, rows_of
from kiosk.circulation.state import Draft, GateState, Phase, State
from kiosk.circulation.values import Device, PaperKind, PaperLine, Printout, Proof
from kiosk.circulation.views import Errand, ItemState, ReceiptState, ReceiptView, RowView

LEAVES_ALONE = frozenset({ItemState.REFUSED, ItemState.ATTENTION})
"""States of items that must be off the pad before their patron is let through."""

CAME_OUT = {
    Proof.PROVEN: ReceiptState.PRINTED,
    Proof.UNPROVEN: ReceiptState.UNPROVEN,
    Proof.FAILED: ReceiptState.FAILED,
}
"""What a patron is told of each end of a print."""


# ---- the receipt ----------------------------------------------------------------------------


def receipt_lines(state: State, rows: Iterable[RowView]) -> tuple[PaperLine, ...]:
    """What a receipt of this visit would say, one line an item, nothing that is not true."""
    return tuple(_lines(state, rows))


def _lines(state: State, rows: Iterable[RowView]) -> Iterator[PaperLine]:
    lent = {loan.item.id for loan in state.loans.values() if loan.epoch == state.epoch and loan.lent}
    back = {saga.item.id for saga in state.returns.values() if saga.epoch == state.epoch and saga.taken_back}
    for row in rows:
        if row.item is None or row.reason is Reason.ALREADY_YOURS:
            continue
        title = row.title if state.policy.receipt_titles else ""
        if row.state in PROVED:
            yield PaperLine(title, row.item, row.due, renewed=row.state is ItemState.RENEWED)
        elif row.state is ItemState.ATTENTION and row.item.id in lent | back:
            yield PaperLine(title, row.item, row.due, see_staff=True)


def farewell(d: Draft) -> None:
    """The farewell begins: a library that wants a receipt for everybody gets it now."""
    d.set_session(receipt=None, job=None)
    if d.state.policy.receipt is ReceiptRule.ALWAYS:
        _print(d)


def print_receipt(d: Draft) -> None:
    """The patron wants the receipt that the farewell offers."""
    if d.state.phase is Phase.FAREWELL and d.state.policy.receipt is ReceiptRule.ASK:
        _print(d)


def _print(d: Draft) -> None:
    rows = (*rows_of(d.state), *renewed_rows(d.state))
    lines, payment = receipt_lines(d.state, rows), paid(d.state)
    nothing = not lines and payment is None
    if d.session.receipt is not None or nothing or not d.state.ready(Device.PRINTER):
        return
    kind = PaperKind.RETURNS if d.session.errand is Errand.RETURN else PaperKind.LOANS
    job = papers.print_paper(d, kind, d.state.prefs.language, lines, payment)
    d.set_session(job=job, receipt=ReceiptView(ReceiptState.PRINTING))


def paper_printed(d: Draft, job: int, printout: Printout) -> bool:
    """A print came to its end; True when it is the receipt that somebody is waiting for."""
    if not papers.came(d, job, printout):
        return False
    if d.state.phase is not Phase.FAREWELL or d.session.job != job:
        return False
    reason = None if printout.proof is Proof.PROVEN else printout.reason
    d.set_session(receipt=ReceiptView(CAME_OUT[printout.proof], reason))
    return True


def receipt_of(state: State, rows: Iterable[RowView]) -> ReceiptView | None:
    """The receipt as the farewell shows it: offered while one can be had, and then how far it has come."""
    session = state.session
    if session is None or session.receipt is not None:
        return session.receipt if session is not None else None
    if state.policy.receipt is not ReceiptRule.ASK or not state.ready(Device.PRINTER):
        return None
    something = receipt_lines(state, rows) or paid(state) is not None
    return ReceiptView(ReceiptState.OFFERED) if something else None


# ---- the gate -------------------------------------------------------------------------------


def may_pass(state: State) -> bool:
    """Whether the patron may be let through: something was lent, and nothing unsafe lies on the pad.

    False for everybody where no gate was ever reported: such a kiosk has none.
    """
    session = state.session
    if session is None or state.phase is not Phase.FAREWELL or session.errand is not Errand.LOAN:
        return False
    if state.named:
        return False
    if Device.GATE not in state.devices:
        return False
    rows = rows_of(state)
    return borrowed(state, rows) > 0 and all(_harmless(state, row) for row in rows)


def _harmless(state: State, row: RowView) -> bool:
    if row.state in PROVED:
        return True
    # a tag that could not be read is a row of its own, which needs attention while it lies there; and
    # while the reader is away nobody can tell what lies there
    return row.state in LEAVES_ALONE and not row.on_pad and state.ready(Device.PAD)


def gate_away(state: State) -> bool:
    """Whether the patron must be told that the gate does not let them through by itself."""
    if state.session is None or state.session.gate is GateState.RELEASED:
        return False
    failed = state.session.gate is GateState.FAILED and state.phase is Phase.FAREWELL
    return failed or (may_pass(state) and not state.ready(Device.GATE))


def open_gate(d: Draft) -> None:
    """At the farewell: let the patron through, once, as soon as they may."""
    untouched = d.session.gate is GateState.UNTOUCHED
    if untouched and d.state.ready(Device.GATE) and may_pass(d.state):
        d.set_session(gate=GateState.RELEASED)
        d.do(ReleaseGate(d.state.epoch))


def gate_answered(d: Draft, session: int, *, done: bool) -> None:
    """The gate's line followed, or it did not."""
    d.tell(GateOpened(session, done))
    if d.state.session is not None and session == d.state.epoch and not done:
        d.set_session(gate=GateState.FAILED)
