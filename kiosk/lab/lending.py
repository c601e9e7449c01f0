"""Promises 1, 3, 4 and 5: what was lent, released, kept and asked."""

from __future__ import annotations

import math
from collections.abc import Iterator

from kiosk.lab.case import ALL, ANSWERS, IDLE, LOAN, RELEASED, RETURN, Asked, Case, OutOfReach, Visit
from kiosk.lab.evidence import LoanDone, Shown, ShownRow, TagSeen
from kiosk.lab.frames import core, parse
from kiosk.lab.returning import (
    ARMED,
    TO_STAFF,
    armed_in_order,
    asked_back,
    asked_once,
    taken_back_armed,
)

ON_THEIR_WAY = frozenset({"seen", "asking", "lent"})
"""Item states that are no end."""

POISONED = frozenset({"refused", "attention"})
"""Item states of an item that went wrong."""

DEVICE_REASONS = ("ils-", "reader-", "journal-")
"""Beginnings of the reasons that concern every item: then none is blocked by another one."""

LISTED_AFTER_MS = 20_000.0
"""A tag that lay this long beside a poisoned one must have its row: reading the
fullest stack over the slowest simulated reader takes less."""


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
    """The intent is on the disk before the 11 (09, 29), the answer before the tag is written; each answer
    that arrived is kept; at the end tag, journal and ILS agree or the item is named for staff."""
    for act, sent in case.sent.items():
        for asked in sent:
            if not _intended(case, asked, act):
                yield f"{asked.barcode} was asked at {asked.ms} ms and no intent was on the disk"
    yield from _answers_before_tags(case)
    yield from armed_in_order(case)
    for act in case.sent:
        yield from _answers_kept(case, act)
    yield from taken_back_armed(case)
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
        intent = any(row.kind == "intent" and row.ms <= asked.ms for row in rows)
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
    """Each 12 (10, 30) has its row: an `answer`, or for a refusal any row that closes the saga. Only a
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
                yield f"the {ANSWERS[act]} for {barcode} came at {first.ms} ms and no answer is on the disk"


def _agreed(case: Case, loan: LoanDone) -> bool:
    """Whether tag, journal and ILS agree about a loan at the end, or the item is named for staff."""
    ours = bool(case.sent_of[LOAN][loan.item].within(until=loan.ms))
    if not ours or case.last_return(loan.item, math.inf) >= loan.ms:
        return True
    tags = case.tags_of(loan.item) if case.evidence.tags is not None else ()
    if all(tag.afi_after == RELEASED for tag in tags):
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
    visit = case.visit_at(loan.ms) if case.evidence.shown is not None else ALL
    told = case.sent_to_staff(loan.item, visit, "attention")
    return named or told or case.ends.get(loan.item) == "attention"


def _not_taken_back(case: Case, loan: LoanDone) -> bool:
    """Whether the item was brought back since and the ILS did not take it: it is armed all the same, which
    is always safe, and whoever brought it was sent to staff with it."""
    asked = case.last_sent(loan.item, RETURN, loan.ms, math.inf)
    return asked is not None and case.ends.get(loan.item) in TO_STAFF


# ---- 4: never twice -------------------------------------------------------------------------


def p4(case: Case) -> Iterator[str]:
    """No changing message is sent twice, no item asked twice in a visit without consent, nothing lent
    twice, no 11 renews, and no 29 goes out to which nobody said yes."""
    for before, frame in case.repeated:
        # a clock that was set back may give another patron's question about the same item the same date
        if case.evidence.shown is not None and not case.visit_at(frame.ms).holds(before.ms):
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
    yield from asked_once(case)
    yield from _asked_though_charged(case)
    if case.evidence.ils is None:
        if any(each.renewal for each in case.answered):
            raise OutOfReach("a 12 says that it renewed, and only the ILS knows whether it did")
        return
    yield from _lent_twice(case)


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


# ---- 5: one poisoned item never blocks the others -------------------------------------------


def p5(case: Case) -> Iterator[str]:
    """In a visit in which an item went wrong (refused, attention), every other item whose tag lay
    still on the pad came to an end, and every tag that lay there was listed.

    Not blocked by another item, and so excused: an item that was lifted in that visit, whose own question was
    never answered, or that the power cut overtook; and every item while a device was away.
    """
    for visit in case.visits:
        if _device_away(visit):
            continue
        shown = {row.key: (entry, row) for entry in visit.entries for row in entry.rows}
        poisoned = [key for key, (_, row) in shown.items() if row.state in POISONED]
        for key, (entry, row) in shown.items():
            if row.state in ON_THEIR_WAY and poisoned and not _excused(case, visit, entry, row):
                yield (
                    f"{key} is still {row.state} at the end of its visit ({entry.ms} ms), beside "
                    f"{', '.join(poisoned)}"
                )
        if poisoned:
            yield from _unlisted(case, visit)
    yield from _stuck_in_result(case)


def _stuck_in_result(case: Case) -> Iterator[str]:
    for barcode, state in case.ends.items():
        if state not in ON_THEIR_WAY:
            continue
        if not any(case.there_at_end(tag.uid) for tag in case.tags_of(barcode)):
            continue
        visit = case.last_shown_in(barcode)
        poisoned = [
            each
            for each, end in case.ends.items()
            if end in POISONED and visit in (case.last_shown_in(each), ALL)
        ]
        if not poisoned:
            continue
        places = [
            (visit, entry, row)
            for visit in case.visits
            for entry in visit.entries
            for row in entry.rows
            if row.barcode == barcode
        ]
        if places and (_device_away(places[-1][0]) or _excused(case, *places[-1])):
            continue
        yield f"{barcode} ends as {state} with its tag on the pad, beside {', '.join(poisoned)}"


def _device_away(visit: Visit) -> bool:
    entries = [entry for entry in visit.entries if entry.screen not in IDLE]
    reasons = (reason for entry in entries for reason in entry.reasons)
    row_reasons = (row.reason or "" for entry in entries for row in entry.rows)
    return any(reason.startswith(DEVICE_REASONS) for reason in (*reasons, *row_reasons))


def _excused(case: Case, visit: Visit, entry: Shown, row: ShownRow) -> bool:
    if entry.screen == "leftovers" or row.barcode is None:
        return True
    last = visit.entries[-1].ms
    if case.cut_in(visit, entry.ms):
        return True
    tags = case.tags_of(row.barcode)
    since = visit.entries[0].ms
    here = [tag for tag in tags if case.was_there(tag.uid, since, last)]
    if not here:
        return True
    if any(case.faint(tag.uid, since, last) for tag in here):
        return True
    if any(case.longest_absence(tag.uid, _first_put(case, tag, since), last) > 0 for tag in here):
        return True
    for act in case.sent:
        asked = case.sent_of[act][row.barcode].last(visit.start, visit.end)
        if asked is not None and case.last_answer(row.barcode, asked.ms, act=act) is None:
            return True
    return False


def _first_put(case: Case, tag: TagSeen, since: float) -> float:
    later = [stay.since for stay in case.stays(tag.uid, since)]
    return max(since, min(later, default=since))


def _unlisted(case: Case, visit: Visit) -> Iterator[str]:
    tags = case.tags
    lists = [entry.ms for entry in visit.entries if entry.screen in {"loan", "return"}]
    if not lists or lists[-1] - lists[0] < LISTED_AFTER_MS:
        return
    keys = {row.key for entry in visit.entries for row in entry.rows}
    keys |= {row.barcode for entry in visit.entries for row in entry.rows if row.barcode}
    for tag in tags:
        stay = case.longest_stay(tag.uid, lists[0], lists[-1])
        if not tag.barcode or stay < LISTED_AFTER_MS or keys & {tag.barcode, f"tag:{tag.uid}"}:
            continue
        if case.faint(tag.uid, lists[0], lists[-1]):
            continue
        left = case.was_there(tag.uid, visit.start, visit.start)
        if left and any(each.lists_tag(tag.uid, visit.start) for each in case.visits[: visit.number + 1]):
            continue  # nobody is asked about a tag that was left and names no item
        yield f"{tag.barcode} lay {stay / 1000:.0f} s on the pad and was never listed"
