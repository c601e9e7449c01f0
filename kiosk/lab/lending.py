"""Promises 1, 3 and 4: what was lent, released, kept and asked."""

from __future__ import annotations

import math
from collections.abc import Iterator

from kiosk.lab.case import ALL, ANSWERS, LOAN, RELEASED, RETURN, Asked, Case, OutOfReach
from kiosk.lab.consent import without_consent
from kiosk.lab.evidence import Frame, LoanDone, TagSeen
from kiosk.lab.frames import core, parse
from kiosk.lab.money import counted, counted_once
from kiosk.lab.proof import unheard
from kiosk.lab.renewing import renewed_once
from kiosk.lab.returning import (
    ARMED,
    armed_in_order,
    asked_back,
    asked_once,
    taken_back_armed,
    went_to_staff,
)

# ---- 1: never released without a loan -------------------------------------------------------


def p1(case: Case) -> Iterator[str]:
    """Each write of C2 has, before it, a loan in the ILS that still stands and a 12 with ok=1 and
    desensitise, both younger than the last return of the item; or a named staff act. No tag ends as C2 that
    began armed without a loan."""
    for tag in case.tags:
        for write in tag.writes:
            if write.afi == RELEASED and not case.staff_act(tag.barcode, tag.uid, write.ms):
                lack = _lack(case, tag, write.ms)
                if lack:
                    yield f"tag {tag.uid} ({tag.barcode}) was written C2 at {write.ms} ms: {lack}"
        if case.evidence.ils is None or case.staff_act(tag.barcode, tag.uid, math.inf):
            continue
        # a write that was seen was judged at its instant: what was rightly lent may have come back since
        written = bool(tag.writes) and tag.writes[-1].afi == RELEASED
        released = tag.afi_before == ARMED and tag.afi_after == RELEASED and not written
        if released and not _loan(case, tag.barcode, math.inf):
            yield f"tag {tag.uid} ({tag.barcode}) ends as C2 and the ILS has no loan of it"


def _lack(case: Case, tag: TagSeen, ms: float) -> str:
    """What a write of C2 lacks; empty when it is permitted."""
    barcode = tag.barcode
    if not barcode:
        return "it carries no item"
    if case.evidence.ils is not None and not _loan(case, barcode, ms):
        return "the ILS had not lent it"
    since = max(case.last_return(barcode, ms), asked_back(case, barcode, ms))
    answers = case.heard_of[LOAN][barcode].within(since, ms)
    if any(each.ok and each.release and since < each.ms for each in answers):
        return ""
    settled = any(since < told.ms for told in case.told_of(barcode).within(since, ms))
    if case.rules.release_after_settling and settled:
        return ""
    return "no 12 with ok=1 and desensitise had arrived for it"


def _loan(case: Case, barcode: str | None, ms: float) -> LoanDone | None:
    """The loan of an item that stands at an instant."""
    since = case.last_return(barcode, ms)
    loans = case.loans_of[barcode or ""].within(since, ms)
    return next((loan for loan in loans if since < loan.ms), None)


# ---- 3: nothing is lost ---------------------------------------------------------------------


def p3(case: Case) -> Iterator[str]:
    """The intent is on the disk before the 11 (09, 29, 65), the answer before the tag is written; each answer
    that arrived is kept; at the end tag, journal and ILS agree or the item is named for staff."""
    for act, sent in case.sent.items():
        for asked in sent:
            if not _intended(case, asked, act):
                agreed = " that the patron agreed" if asked.consent else ""
                yield f"{asked.what} was asked at {asked.ms} ms and no intent{agreed} was on the disk"
    yield from _answers_before_tags(case)
    yield from armed_in_order(case)
    for act in case.sent:
        yield from _answers_kept(case, act)
    yield from taken_back_armed(case)
    yield from counted(case)
    if case.evidence.ils is None:
        for asked in case.asked:
            if case.last_answer(asked.barcode, asked.ms) is None:
                raise OutOfReach(f"whether the ILS lent {asked.barcode} is not known: there is no ils.json")
        return
    for loan in case.evidence.ils.loans:
        if not _agreed(case, loan):
            yield (
                f"{loan.item} was lent by the ILS at {loan.ms} ms; at the end its tag is armed, its saga "
                "is closed and nobody is told"
            )


def _intended(case: Case, asked: Asked, act: str) -> bool:
    for rows in case.sagas_of(asked.barcode, act).values():
        intent = any(
            # to a fee the patron agrees anew, and that is another intent
            row.kind == "intent" and row.ms <= asked.ms and (not asked.consent or "agreed" in row.payload)
            for row in rows
        )
        if intent and not any(row.closes and row.ms < asked.ms for row in rows):
            return True
    return False


def _answers_before_tags(case: Case) -> Iterator[str]:
    """A loan that is confirmed must be on the disk before its tag is written. (A write without a
    confirmed loan is the business of promise 1.)"""
    for tag in case.evidence.tags or ():
        for write in tag.writes:
            if write.afi != RELEASED or case.staff_act(tag.barcode, tag.uid, write.ms):
                continue
            since = case.last_return(tag.barcode, write.ms)
            answers = case.heard_of[LOAN][tag.barcode or ""].within(since, write.ms)
            confirmed = any(each.ok and since < each.ms for each in answers)
            kept = any(since < row.ms <= write.ms for row in case.rows_of(tag.barcode, "answer"))
            if confirmed and not kept:
                yield f"{tag.barcode} was written C2 at {write.ms} ms and no answer was on the disk"


def _answers_kept(case: Case, act: str) -> Iterator[str]:
    """Each 12 (10, 30, 66) has its row: an `answer`, or for a refusal any row that closes the saga. Only a
    power cut after it may have eaten it, and then the saga is still open, or was closed afterwards."""
    for barcode in case.sent_of[act]:
        asked_all = case.sent_of[act][barcode].all
        sagas = [*case.sagas_of(barcode, act).values()]
        for number, asked in enumerate(asked_all):
            until = asked_all[number + 1].ms if number + 1 < len(asked_all) else math.inf
            first = case.heard_of[act][barcode].first(asked.ms, until)
            if first is None or (first.ms >= until > asked.ms):
                continue
            mine = [rows for rows in sagas if rows[0].ms <= asked.ms]
            kept = any(
                row.ms >= first.ms and (row.kind == "answer" or (row.closes and not first.ok))
                for rows in mine
                for row in rows
            )
            still_open = any(not any(row.closes for row in rows) for rows in mine)
            if not kept and not (case.cut_after(first.ms) and still_open):
                code = ANSWERS[act]
                yield f"the {code} for {asked.what} came at {first.ms} ms and no answer is on the disk"


def _agreed(case: Case, loan: LoanDone) -> bool:
    """Whether tag, journal and ILS agree about a loan at the end, or the item is named for staff."""
    ours = bool(case.sent_of[LOAN][loan.item].within(until=loan.ms))
    if not ours or case.last_return(loan.item, math.inf) >= loan.ms:
        return True
    visit = case.visit_at(loan.ms) if case.evidence.shown is not None else ALL
    tags = case.tags_of(loan.item) if case.evidence.tags is not None else ()
    if all(tag.afi_after == RELEASED or unheard(case, tag.uid, visit) for tag in tags):
        return True
    if any(each.ok and not each.release for each in case.heard_of[LOAN][loan.item].within(loan.ms)):
        return True  # lent and to stay armed, says the ILS
    if any(row.payload.get("release") is False for row in case.rows_of(loan.item, "answer")):
        return True  # the same, and our disk says why
    if _not_taken_back(case, loan):
        return True
    sagas = case.sagas_of(loan.item, LOAN).values()
    if any(not any(row.closes for row in rows) for rows in sagas):
        return True
    named = any(row.kind == "staff" for rows in sagas for row in rows)
    told = case.sent_to_staff(loan.item, visit, "attention")
    return named or told or case.ends.get(loan.item) == "attention"


def _has_its_intent(case: Case, before: Frame, frame: Frame) -> bool:
    """Whether the second of two messages about an item has an intent of its own on the disk."""
    return any(
        row.kind == "intent"
        and before.ms < row.ms <= frame.ms
        and f"|AB{row.payload.get('item')}|" in frame.text
        for row in case.evidence.journal or ()
    )


def _not_taken_back(case: Case, loan: LoanDone) -> bool:
    """Whether the item was brought back since and the ILS did not take it: it was armed all the same, which
    is always safe, and whoever brought it then was sent to staff with it. (What came of a later return that
    was not taken either says nothing new of it.)"""
    writes = [write for tag in case.tags_of(loan.item) for write in tag.writes if write.ms > loan.ms]
    armed = writes[-1].ms if writes and writes[-1].afi == ARMED else math.inf
    asked = case.last_sent(loan.item, RETURN, loan.ms, armed)
    return asked is not None and went_to_staff(case, loan.item, asked.ms)


# ---- 4: never twice -------------------------------------------------------------------------


def p4(case: Case) -> Iterator[str]:
    """No changing message is sent twice, no item asked twice in a visit without consent, nothing lent or
    renewed twice, no 11 renews, and no 29 and no 65 goes out to which nobody said yes."""
    for before, frame in case.repeated:
        # The date may be the same where the clock was set back, or where two visits fall into one second (a
        # book that is put down again at once): a question of a later visit is a new one, with another number
        # (AY), another patron or an intent of its own. What was sent anew bears those of the one before.
        # Within a visit none may be asked twice, whatever its number.
        later_visit = case.evidence.shown is not None and not case.visit_at(frame.ms).holds(before.ms)
        new = frame.text != before.text or _has_its_intent(case, before, frame)
        if later_visit and (new or case.clock_set_back(before, frame)):
            continue
        yield f"the message {frame.text[:2]} at {frame.ms} ms repeats an earlier one word by word"
    for barcode in case.sent_of[LOAN]:
        asked_all = case.sent_of[LOAN][barcode].all
        for number, asked in enumerate(asked_all):
            if asked.consent or asked.again:
                continue
            visit = case.visit_at(asked.ms) if case.evidence.shown is not None else None
            for earlier in asked_all[:number]:
                if visit is None or visit.holds(earlier.ms):
                    yield f"{barcode} was asked at {earlier.ms} ms and again at {asked.ms} ms"
    yield from _agreed_twice(case)
    yield from asked_once(case)
    yield from renewed_once(case)
    yield from without_consent(case)
    yield from counted_once(case)
    yield from _asked_though_charged(case)
    if case.evidence.ils is None:
        if any(each.renewal for each in case.answered):
            raise OutOfReach("a 12 says that it renewed, and only the ILS knows whether it did")
        return
    yield from _lent_twice(case)


def _agreed_twice(case: Case) -> Iterator[str]:
    """A checkout with the patron's consent (BO Y) follows one without it, once."""
    for barcode in case.sent_of[LOAN]:
        for asked in case.sent_of[LOAN][barcode]:
            if not asked.consent or asked.again or case.evidence.shown is None:
                continue
            visit = case.visit_at(asked.ms)
            before = [
                each
                for each in case.sent_of[LOAN][barcode].within(visit.start, asked.ms)
                if each is not asked
            ]
            if any(each.consent for each in before):
                yield f"{barcode} was asked with consent at {before[-1].ms} ms and again at {asked.ms} ms"
            elif not before:
                yield f"{barcode} was asked with consent to a fee at {asked.ms} ms and not without it before"


def _asked_though_charged(case: Case) -> Iterator[str]:
    for asked in case.asked:
        visit = case.visit_at(asked.ms) if case.evidence.shown is not None else None
        for told in case.told_of(asked.barcode).within(until=asked.ms):
            if visit is not None and not visit.holds(told.ms):
                continue
            if case.last_return(asked.barcode, asked.ms) > told.ms:
                continue
            if not _same_patron(case, told.text, asked):
                continue
            yield (
                f"{asked.barcode} was asked at {asked.ms} ms though the 64 at {told.ms} ms lists it as "
                "on loan to this patron"
            )
            break


def _same_patron(case: Case, told: str, asked: Asked) -> bool:
    """Whether a 64 and an 11 are about one patron; AA is masked in the log, the ILS has it."""
    told_of = case.patrons_told.get(core(told), frozenset())
    asked_by = case.patrons_asking.get(core(asked.text), frozenset())
    return not told_of or not asked_by or bool(told_of & asked_by)


def _lent_twice(case: Case) -> Iterator[str]:
    messages = case.evidence.ils.messages if case.evidence.ils else ()
    for item in case.loans_of:
        before = None
        for loan in case.loans_of[item]:
            if loan.renewal:
                asked_for = [
                    each.request[:2]
                    for each in messages
                    if each.ms <= loan.ms and _could_lend(each.request, loan.item)
                ]
                if not asked_for or asked_for[-1] == "11":
                    yield f"{loan.item} was renewed at {loan.ms} ms by a checkout"
            elif before is not None and case.last_return(loan.item, loan.ms) < before:
                yield f"{loan.item} was lent at {before} ms and again at {loan.ms} ms"
            before = loan.ms


def _could_lend(request: str, barcode: str) -> bool:
    message = parse(request)
    return message.code == "65" or (message.code in {"11", "29"} and message.first("AB") == barcode)
