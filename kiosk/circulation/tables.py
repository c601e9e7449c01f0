"""The saga tables, drawn for the docs: `describe()` writes docs/sagas.md from the tables themselves."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from kiosk.circulation import loan, payment, returning, wish
from kiosk.circulation.saga import ENDS, WAITING, Act, Signal, Stage, Table

HEAD = """# The sagas

Every question that changes something, in the ILS, on a tag or in somebody's purse, is a saga: it goes through
a table, and what is not in its table does not happen. This page is drawn from the tables in
`kiosk/circulation/` (`tables.describe()`); a test keeps it so.

What a saga's state is, is stored nowhere: it is folded from its journal rows (*intent*, *taken*, *answer*,
*staff*, *settled*), at the start as while it runs. Each row holds what was known when it was written: the
tags of the item and the AFI of each (`afi`, null where no tag had told it yet), and in an answer the ILS
profile and the sequence number of the SIP2 message that asked (`profile`, `sequence`), and what the item is
made of, where the ILS says it (`media`).

**Flushes.** Rows that are ready together share one. A stack that is put down at once takes one for its
intents, one for each answer of the ILS (fewer, when answers arrive while a flush runs), and one at the end:
at most answers + 3. Books put down one by one take two each, since what is settled shares the flush of the
next book's intent; the last one's is flushed when the visit ends, or after five seconds. No flush waits for
company before an 11.
"""


class Kind(NamedTuple):
    """One kind of saga: its name and words for the page, and its table."""

    title: str
    words: str
    table: Table[StrEnum]
    states: type[StrEnum]
    ends: frozenset[StrEnum]


def _kinds() -> Iterator[Kind]:
    yield Kind(
        "Loan",
        "The 11. *Asks* is the question about a fee (BO): nothing is lent before the patron agrees.",
        loan.TABLE,  # type: ignore[arg-type]
        loan.LoanState,
        frozenset(state for state, stage in loan.STAGES.items() if stage in ENDS),
    )
    yield Kind(
        "Return",
        "The 09. Nobody is named in it.",
        returning.TABLE,  # type: ignore[arg-type]
        returning.ReturnState,
        frozenset(state for state, stage in returning.STAGES.items() if stage in ENDS),
    )
    yield Kind(
        "Renewal and hold",
        "The 29, the 65 and the 15. *Asks* is the question *Yours already: renew it?*, *Renew all loans?* or"
        " *Keep it for you?*.\nIn *singly* all loans are renewed one after the other, each by a 29 and a saga"
        " of its own: where the ILS does not\ndo the 65, or where that would renew what this visit has lent"
        " or renewed already.",
        wish.TABLE,  # type: ignore[arg-type]
        wish.WishState,
        frozenset(wish.ENDS),
    )
    yield Kind(
        "Fee payment",
        "The till, then the 37.",
        payment.TABLE,  # type: ignore[arg-type]
        payment.PaymentState,
        frozenset(payment.ENDS),
    )


def describe() -> str:
    """The page docs/sagas.md."""
    return "\n".join((HEAD, *(_drawn(kind) for kind in _kinds()), _waiting()))


def _drawn(kind: Kind) -> str:
    lines = [f"## {kind.title}", kind.words, "", "| state | when | does | next state |", "|---|---|---|---|"]
    order = {state: place for place, state in enumerate(kind.states)}
    for (state, signal), step in sorted(kind.table.items(), key=lambda line: order[line[0][0]]):
        does = "; ".join(act.value for act in step.does) or "–"
        following = f"**{step.to}**" if step.to in kind.ends else str(step.to)
        lines.append(f"| {state} | {signal.value} | {does} | {following} |")
    ends = ", ".join(str(state) for state in kind.states if state in kind.ends)
    return "\n".join((*lines, "", f"A patron need not wait any more in: {ends}.", ""))


def _waiting() -> str:
    waiting = ", ".join(f"*{stage}*" for stage in Stage if stage in WAITING)
    return (
        "## Who must come back\n"
        f"In {waiting} the tag itself must come back to the pad. The ILS is asked first whether what it said"
        " still\nstands, since the book may have been returned, or lent again, elsewhere.\n"
    )


def unused() -> tuple[Signal | Act, ...]:
    """Signals and acts that no table has: there should be none."""
    kinds = tuple(_kinds())
    signals = {signal for kind in kinds for _, signal in kind.table}
    acts = {act for kind in kinds for step in kind.table.values() for act in step.does}
    return (*(set(Signal) - signals), *(set(Act) - acts))
