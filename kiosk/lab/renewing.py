"""Promises 4 and 7, as far as they are about the account: all of a patron's loans renewed by one message
(65), and what the account says became of each.
"""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.lab.case import RENEW_ALL, RENEWAL, Case, Visit
from kiosk.lab.evidence import ShownLoan
from kiosk.lab.returning import is_renewed

# ---- 4: never twice -------------------------------------------------------------------------


def renewed_once(case: Case) -> Iterator[str]:
    """No loan is renewed twice by the ILS in one visit, whatever asked for it: one by one, all of them, or
    one after the other. (What a visit has asked for it never asks again.)"""
    if case.evidence.shown is None:
        return
    for item in case.renewals_of:
        done = case.renewals_of[item].all
        for number, renewal in enumerate(done):
            visit = case.visit_at(renewal.ms)
            for before in done[:number]:
                if visit.holds(before.ms) and _at_our_word(case, visit, item, before.ms):
                    yield f"{item} was renewed at {before.ms} ms and again at {renewal.ms} ms"


def _at_our_word(case: Case, visit: Visit, item: str, ms: float) -> bool:
    """Whether the kiosk had asked for a renewal in this visit; others may ask the same ILS."""
    one = case.last_sent(item, RENEWAL, visit.start, ms)
    return one is not None or case.last_sent("", RENEW_ALL, visit.start, ms) is not None


# ---- 7: every text is ours ------------------------------------------------------------------


def as_answered(case: Case) -> Iterator[str]:
    """What the account says of a loan follows what the ILS said of it in this visit: *renewed* after a 30
    with ok=1, or a 66 that names it among the renewed; *not renewed* not after one of these."""
    for ms, loan, visit in _turns(case):
        renewed = is_renewed(case, loan.barcode, visit, ms)
        if loan.mark == "renewed" and not renewed:
            yield (
                f"{loan.barcode or loan.key} was shown renewed in the account at {ms} ms and no 30, no 66 "
                "had said so"
            )
        elif loan.mark == "not-renewed" and renewed:
            yield f"{loan.barcode} was shown not renewed in the account at {ms} ms and the ILS had renewed it"


def _turns(case: Case) -> Iterator[tuple[float, ShownLoan, Visit]]:
    """Each time that what is said of a loan in the account turned into something else."""
    if case.evidence.shown is None:
        return
    for visit in case.visits:
        before: dict[str, str] = {}
        last: tuple[ShownLoan, ...] | None = None
        for entry in visit.entries:
            if entry.account is None or entry.account is last:
                continue
            last = entry.account
            for loan in last:
                if before.get(loan.key) != loan.mark:
                    before[loan.key] = loan.mark
                    yield entry.ms, loan, visit
