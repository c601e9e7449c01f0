"""Promises 2, 3 and 4, as far as they are about fee payments: money is counted once.

The till and the ILS are far sides with lists of their own. The till's carries our number of each payment (the
saga), the ILS's the till's number (BK). The wire's log masks that number, so that what was sent is told apart
by its amount, and what the ILS heard by its own record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from kiosk.lab.case import Case
from kiosk.lab.consent import answered
from kiosk.lab.evidence import JournalRow, MoneyDone, PaymentDone, TillSeen
from kiosk.lab.frames import parse

PAYMENT = "payment"
"""What the intent of a fee payment is about."""

RESOLVED = "resolved"
"""How a saga ends to which staff have seen."""

ASK_AGAIN = "96"
"""The answer of an ILS that has not taken a message."""


# ---- 3: nothing is lost ---------------------------------------------------------------------


def counted(case: Case) -> Iterator[str]:
    """Each taken payment is booked exactly once, or named for staff; nothing is booked that was not taken;
    the till is asked with the intent on the disk, and the ILS told with the row that the money was taken."""
    till = case.evidence.till
    if till is None:
        return
    sagas = _sagas(case)
    for asked in till.asked:
        if not any(row.kind == "intent" and row.ms <= asked.ms for row in sagas.get(asked.saga, ())):
            yield f"the till was asked at {asked.ms} ms for {asked.saga} and no intent was on the disk"
    booked = _booked(case)
    for taken in till.taken:
        rows = sagas.get(taken.saga, ())
        if taken.reference not in booked and not _named(rows):
            yield (
                f"{taken.amount} of {taken.saga} were taken by the till at {taken.ms} ms; at the end the ILS "
                "has not booked it and nobody is told"
            )
    known = {taken.reference: taken for taken in till.taken}
    for reference, payments in booked.items():
        for payment in payments:
            yield from _not_taken(payment, known.get(reference))
    yield from _told_without_row(case, sagas)


def _sagas(case: Case) -> Mapping[str, tuple[JournalRow, ...]]:
    found: dict[str, list[JournalRow]] = {}
    for row in case.journal:
        if case.acts.get(row.saga) == PAYMENT:
            found.setdefault(row.saga, []).append(row)
    return {saga: tuple(rows) for saga, rows in found.items()}


def _booked(case: Case) -> Mapping[str, list[PaymentDone]]:
    found: dict[str, list[PaymentDone]] = {}
    for payment in case.evidence.ils.payments if case.evidence.ils is not None else ():
        found.setdefault(payment.reference, []).append(payment)
    return found


def _named(rows: tuple[JournalRow, ...]) -> bool:
    """Whether staff are told of a payment: a row names it, and none but theirs has closed it."""
    closing = [row for row in rows if row.closes]
    return any(row.kind == "staff" for row in rows) and all(
        row.payload.get("state") == RESOLVED for row in closing
    )


def _not_taken(payment: PaymentDone, taken: MoneyDone | None) -> Iterator[str]:
    if taken is None or taken.ms > payment.ms:
        yield f"the ILS booked {payment.amount} at {payment.ms} ms and the till had not taken it"
    elif float(taken.amount) != float(payment.amount):
        yield f"the ILS booked {payment.amount} at {payment.ms} ms and the till had taken {taken.amount}"


def _told_without_row(case: Case, sagas: Mapping[str, tuple[JournalRow, ...]]) -> Iterator[str]:
    """The 37s that the ILS heard, and those that it did not."""
    rows = [row for each in sagas.values() for row in each if row.kind == "taken"]
    for done in case.evidence.ils.messages if case.evidence.ils is not None else ():
        if done.request.startswith("37"):
            reference = parse(done.request).first("BK")
            if not any(row.ms <= done.ms and row.payload.get("reference") == reference for row in rows):
                yield f"the ILS was told at {done.ms} ms of a payment and no row says that it was taken"
    for frame, _ in case.told_of_payments:
        if not any(row.ms <= frame.ms for row in rows):
            yield f"a 37 was sent at {frame.ms} ms and no row says that anything was taken"


# ---- 4: never twice -------------------------------------------------------------------------


def counted_once(case: Case) -> Iterator[str]:
    """The till is asked once for a payment, and only after a yes that the screen asked for; no 37 is sent
    twice for it, and nothing is booked twice."""
    till = case.evidence.till
    if till is None:
        return
    for saga, times in Counter(asked.saga for asked in till.asked).items():
        if times > 1:
            yield f"the till was asked {times} times for {saga}"
    if case.evidence.shown is not None:
        for asked in till.asked:
            said = answered(case, case.visit_at(asked.ms), "ask-payment", None, asked.ms, None)
            if not said:
                why = "the patron was not asked" if said is None else "the patron had said no"
                yield f"the till was asked at {asked.ms} ms for {asked.saga} and {why}"
    for reference, payments in _booked(case).items():
        if len(payments) > 1:
            yield f"the payment {reference} was booked {len(payments)} times"
    yield from _told_twice(case, till)


def _told_twice(case: Case, till: TillSeen) -> Iterator[str]:
    heard = Counter(
        parse(done.request).first("BK")
        for done in (case.evidence.ils.messages if case.evidence.ils is not None else ())
        if done.request.startswith("37") and not done.response.startswith(ASK_AGAIN)
    )
    for reference, times in heard.items():
        if times > 1:
            yield f"the ILS was told {times} times of the payment {reference}"
    taken = Counter(float(each.amount) for each in till.taken)
    sent = Counter(float(amount) for _, amount in case.told_of_payments)
    for amount, times in sent.items():
        if times > taken[amount]:
            yield f"{times} messages 37 are about {amount:.2f}, and the till took that {taken[amount]} times"


# ---- 2: no success without proof ------------------------------------------------------------


def paid_for(case: Case) -> Iterator[str]:
    """*Paid* is shown only for what the ILS has booked; money that was taken and is not known to be booked is
    called *pending* in the farewell; and nothing is said of a payment that the till was never asked for."""
    till = case.evidence.till
    if till is None:
        return
    for visit in case.visits:
        asked = [each for each in till.asked if visit.holds(each.ms)]
        references = {
            each.reference for each in till.taken if each.saga in {question.saga for question in asked}
        }
        payments = case.evidence.ils.payments if case.evidence.ils is not None else ()
        booked = [payment.ms for payment in payments if payment.reference in references]
        taken = [each.ms for each in till.taken if each.reference in references]
        for entry in visit.entries:
            if entry.payment is not None and not any(each.ms <= entry.ms for each in asked):
                yield f"a payment is called {entry.payment} at {entry.ms} ms and the till was not asked"
            elif entry.payment == "booked" and not any(ms <= entry.ms for ms in booked):
                yield f"a payment is called booked at {entry.ms} ms and the ILS had not booked it"
            elif entry.screen != "farewell" or entry.payment is not None:
                continue
            elif any(ms <= entry.ms for ms in taken):
                yield f"the farewell at {entry.ms} ms says nothing of money that was taken"
