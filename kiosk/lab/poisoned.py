"""Promise 5: one poisoned item never blocks the others."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from kiosk.lab.case import ALL, IDLE, Case, Visit, news, rows_of
from kiosk.lab.evidence import Shown, ShownRow, TagSeen

ON_THEIR_WAY = frozenset({"seen", "asking", "lent"})
"""Item states that are no end."""

POISONED = frozenset({"refused", "attention"})
"""Item states of an item that went wrong."""

DEVICE_REASONS = ("ils-", "reader-", "journal-")
"""Beginnings of the reasons that concern every item: then none is blocked by another one."""

LISTED_AFTER_MS = 20_000.0
"""A tag that lay this long beside a poisoned one must have its row: reading the
fullest stack over the slowest simulated reader takes less."""

AFTER_A_CUT_MS = 10_000.0
"""So long after the first picture after a power cut, the pad has read all that lay there."""

LEFT_MS = 2000.0
"""How long a tag that was left may be away and is still not new, by the kiosk's own count, which begins when
it has missed the tag twice."""


def p5(case: Case) -> Iterator[str]:
    """In a visit in which an item went wrong (refused, attention), every other item whose tag lay
    still on the pad came to an end, and every tag that lay there was listed.

    Not blocked by another item, and so excused: an item that was lifted in that visit, whose own question was
    never answered, or that the power cut overtook; and every item while a device was away.
    """
    for visit in case.visits:
        if POISONED.isdisjoint({row.state for row in visit.rows}) or _device_away(visit):
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
    reasons = {reason for entry in entries for reason in entry.reasons}
    reasons |= {row.reason for row in rows_of(news(entries)) if row.reason}
    return any(reason.startswith(DEVICE_REASONS) for reason in reasons)


def _excused(case: Case, visit: Visit, entry: Shown, row: ShownRow) -> bool:
    if entry.screen == "leftovers" or row.barcode is None:
        return True
    last = visit.entries[-1].ms
    if case.cut_in(visit, entry.ms):
        return True
    if row.reason == "fee":
        return True  # the ILS has answered, and now it is the patron who is asked
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
        # an answer in a later visit is one to another question about the item
        if asked is not None and case.last_answer(row.barcode, asked.ms, visit.end, act=act) is None:
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
        if _left_and_back(case, tag.uid, visit) or _at_the_start(case, tag.uid, lists[0], lists[-1]):
            continue
        yield f"{tag.barcode} lay {stay / 1000:.0f} s on the pad and was never listed"


def _at_the_start(case: Case, uid: str, since: float, until: float) -> bool:
    """Whether a tag was put down so soon after a power cut that it passes for what lay there before."""
    cuts = case.evidence.result.cuts if case.evidence.result is not None else ()
    put = [stay.since for stay in case.stays(uid, since, until)]
    for cut in cuts:
        back = case.pictures.first(math.nextafter(cut, math.inf))
        if back is not None and any(cut <= ms <= back.ms + AFTER_A_CUT_MS for ms in put):
            return True
    return False


def _left_and_back(case: Case, uid: str, visit: Visit) -> bool:
    """Whether a tag that lay there at the end of an earlier visit, or a moment before, was away too
    shortly to count as new when it came back in the middle of this one: it is nobody's, the patron is only
    told to take it away, and the list names what is theirs."""
    away = LEFT_MS + 2 * case.rules.pace.notice_ms
    stays = case.stays(uid, visit.start - away, visit.end)
    for before, stay in pairwise(stays):
        if before.until is None or stay.since - before.until > away or not visit.holds(stay.since):
            continue
        if any(before.since <= each.start <= stay.since for each in case.visits[: visit.number + 1]):
            return True
    return False
