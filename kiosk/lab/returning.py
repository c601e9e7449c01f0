"""Promises 1, 3, 4 and 7, as far as they are about returns and renewals."""

from __future__ import annotations

import math
from collections.abc import Iterator

from kiosk.lab.case import ALL, HOLD, LOAN, QUESTIONS, RENEW_ALL, RENEWAL, RETURN, Case, Visit
from kiosk.lab.evidence import ReturnDone, TagSeen

ARMED = "07"
"""AFI of an item in stock (ISO 28560-1), as evidence writes it."""

NOT_ON_LOAN = frozenset({"02", "03", "06", "08", "09", "10", "13"})
"""Circulation statuses (SIP 2.00) that no item on loan has: on order, available, in process, hold shelf,
to be reshelved, in transit, missing."""

ON_LOAN = frozenset({"04", "05", "07"})
"""Circulation statuses that an item on loan has: charged, not to be recalled, recalled."""

TO_STAFF = frozenset({"attention", "refused"})
"""Ends of a return that send the patron to staff with the item."""

ONCE = (RETURN, RENEWAL, RENEW_ALL, HOLD)
"""What is never asked twice in a visit, with or without consent."""


# ---- 1: never released without a loan -------------------------------------------------------


def asked_back(case: Case, barcode: str, until: float) -> float:
    """Since when an item is the ILS's again as far as the kiosk can know: it was asked to take it back, and
    has not said that it did not. `-inf` where it was not."""
    if case.evidence.frames is None:
        return -math.inf
    asked = case.last_sent(barcode, RETURN, -math.inf, until)
    if asked is None:
        return -math.inf
    answer = case.last_answer(barcode, asked.ms, until, act=RETURN)
    if answer is not None:
        return asked.ms if answer.ok else -math.inf
    still = any(each.status in ON_LOAN for each in case.placed[barcode].within(asked.ms, until))
    still = still or bool(case.told_of(barcode).within(asked.ms, until))
    return -math.inf if still else asked.ms


# ---- 3: nothing is lost ---------------------------------------------------------------------


def armed_in_order(case: Case) -> Iterator[str]:
    """A tag whose item the ILS was asked to take back is armed only when the answer is on the disk. (Locked
    again without that question, it was released wrongly before: the business of promise 1.)"""
    for tag in case.evidence.tags or ():
        for write in tag.writes:
            if write.afi != ARMED or case.staff_act(tag.barcode, tag.uid, write.ms):
                continue
            since = _last_loan(case, tag, write.ms)
            if not tag.barcode or case.last_sent(tag.barcode, RETURN, since, write.ms) is None:
                continue
            rows = case.rows_of(tag.barcode, "answer", RETURN)
            if not any(since < row.ms <= write.ms for row in rows):
                yield (
                    f"{tag.barcode} was written 07 at {write.ms} ms and the answer to its return was not on "
                    "the disk"
                )


def _last_loan(case: Case, tag: TagSeen, until: float) -> float:
    barcode = tag.barcode or ""
    if case.evidence.ils is not None:
        times = [loan.ms for loan in case.loans_of[barcode].within(until=until)]
    else:
        times = [each.ms for each in case.heard_of[LOAN][barcode].within(until=until) if each.ok]
    return max(times, default=-math.inf)


def taken_back_armed(case: Case) -> Iterator[str]:
    """What the ILS took back at our word is armed at the end, or its saga is open, or it is named for staff,
    or it was lent again."""
    if case.evidence.ils is None or case.evidence.tags is None:
        return
    for back in case.evidence.ils.returns:
        if not _agreed(case, back):
            yield (
                f"{back.item} was taken back by the ILS at {back.ms} ms; at the end its tag is not armed, "
                "its saga is closed and nobody is told"
            )


def _agreed(case: Case, back: ReturnDone) -> bool:
    asked = case.last_sent(back.item, RETURN, -math.inf, back.ms)
    lent = case.loans_of[back.item].last()
    if asked is None or (lent is not None and lent.ms > back.ms):
        return True
    visit = case.visit_at(asked.ms) if case.evidence.shown is not None else None
    here = [
        tag
        for tag in case.tags_of(back.item)
        if visit is None or case.was_there(tag.uid, visit.since, visit.end)
    ]
    if all(tag.afi_after == ARMED for tag in here):
        return True
    sagas = case.sagas_of(back.item, RETURN).values()
    if any(not any(row.closes for row in rows) for rows in sagas):
        return True
    named = any(row.kind == "staff" for rows in sagas for row in rows)
    return named or went_to_staff(case, back.item, asked.ms)


def went_to_staff(case: Case, barcode: str, ms: float) -> bool:
    """Whether who had an item at an instant was sent to staff with it, in that visit or in the end."""
    visit = case.visit_at(ms) if case.evidence.shown is not None else ALL
    return case.sent_to_staff(barcode, visit, *TO_STAFF) or case.ends.get(barcode) in TO_STAFF


# ---- 4: never twice -------------------------------------------------------------------------


def asked_once(case: Case) -> Iterator[str]:
    """No return, no renewal (of one loan or of all) and no hold is asked twice in a visit."""
    for act in ONCE:
        code = QUESTIONS[act]
        for barcode in case.sent_of[act]:
            asked_all = case.sent_of[act][barcode].all
            for number, asked in enumerate(asked_all):
                visit = case.visit_at(asked.ms) if case.evidence.shown is not None else None
                for before in asked_all[:number]:
                    if not asked.again and (visit is None or visit.holds(before.ms)):
                        yield f"{asked.what} was asked by {code} at {before.ms} ms and again at {asked.ms} ms"


# ---- 7: every text is ours ------------------------------------------------------------------


def by_the_flags(case: Case) -> Iterator[str]:
    """What comes back becomes what the flags of its 10 say, or an 18 that came after the question; a renewal
    what its 30 says."""
    for entry, row, visit in case.turns("returned", "renewed", "refused"):
        if row.barcode is None:
            continue
        if row.state == "returned" and not is_back(case, row.barcode, visit, entry.ms):
            yield f"{row.barcode} was shown returned at {entry.ms} ms and the ILS had not said so"
        elif row.state == "renewed" and not is_renewed(case, row.barcode, visit, entry.ms):
            yield f"{row.barcode} was shown renewed at {entry.ms} ms and no 30, no 66 had said so"
        elif row.state == "refused" and _said_yes(case, row.barcode, visit.start, entry.ms):
            yield f"{row.barcode} was shown refused at {entry.ms} ms and its 10 says ok=1"
    for barcode, state in case.ends.items():
        visit = case.last_shown_in(barcode)
        answer = case.last_answer(barcode, visit.start, visit.end, act=RETURN)
        if answer and answer.ok and state == "refused":
            yield f"{barcode} ends as refused and its 10 says ok=1"
        if answer and state == "returned" and not is_back(case, barcode, visit, math.inf):
            yield f"{barcode} ends as returned and its 10 says ok=0"


def is_back(case: Case, barcode: str, visit: Visit, until: float) -> bool:
    """Whether the ILS had said, in this visit and before an instant, that the item is back: ok=1 in its
    10, or after the question an 18 with a status that no item on loan has."""
    asked = case.last_sent(barcode, RETURN, visit.start, until)
    if asked is None:
        return False
    return _said_yes(case, barcode, asked.ms, until) or any(
        each.status in NOT_ON_LOAN for each in case.placed[barcode].within(asked.ms, until)
    )


def is_renewed(case: Case, barcode: str, visit: Visit, until: float) -> bool:
    """Whether a 30 had said, in this visit and before an instant, that the loan is renewed, or a 66 named
    it."""
    answer = case.last_answer(barcode, visit.start, until, act=RENEWAL)
    if answer is not None and answer.ok:
        return True
    return any(barcode in each.items for each in case.renewed_all.within(visit.start, until))


def _said_yes(case: Case, barcode: str, since: float, until: float) -> bool:
    answer = case.last_answer(barcode, since, until, act=RETURN)
    return answer is not None and answer.ok
