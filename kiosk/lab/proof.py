"""Proof from the far sides: was this tag read back as it should be, at this instant?"""

from __future__ import annotations

import math
from collections.abc import Iterator

from kiosk.lab.case import RELEASED, Case, Visit
from kiosk.lab.evidence import EAS, TagSeen
from kiosk.lab.returning import ARMED


def look(case: Case, ms: float, since: float = math.inf) -> float:
    """How long the pad may take at an instant until it has looked at all that lies there; or has lain there
    `since`, for what was lifted is looked for."""
    pace = case.rules.pace
    if case.was_slow(ms - pace.slow_ms, ms):
        return pace.slow_ms
    return max(pace.notice_ms, pace.rest_ms + case.how_many(ms, since) * pace.a_tag_ms)


def soon(case: Case, ms: float) -> float:
    """Before when a tag must have been put down so that the kiosk could know of it at an instant;
    `-inf` while a lost reader reads anew what lies there, one tag after the other: then only what it
    has read counts."""
    since = ms - case.rules.pace.reopened_ms
    before = case.pictures.last(until=since)
    pictures = (*([before] if before is not None else []), *case.pictures.within(since, ms))
    if any(reason.startswith("reader-") for each in pictures for reason in each.reasons):
        return -math.inf
    return ms - look(case, ms)


def noticed(case: Case, uid: str, ms: float, since: float = -math.inf) -> bool:
    """Whether the kiosk could know of a tag at an instant, in a visit that began at `since`.

    What was read in an earlier visit and does not lie there any more (the other part of a set that
    somebody brought back, a book with a second tag) is not of this one: the kiosk forgets the pad with
    the session, and must, since the book may be anywhere. What still lies there in this visit counts,
    whether it was read again or not; what was lifted as the one before it ended does not. A tag that does
    not answer (`Evidence.faint`) is to the kiosk as if it were away: only what it has given out over the air
    in this visit counts against it. Whom the kiosk has asked by its name, it knows of: until such a tag is
    read, it may be in any book.
    """
    uid = uid.removesuffix(EAS)  # whose EAS bit it is, is the tag that is known
    if case.reads(uid).first(since, ms) is not None:
        return True
    early = soon(case, ms)
    if early > -math.inf and case.was_asked(uid, since, ms):
        return True
    lies_there = case.was_there(uid, early, early) and case.longest_stay(uid, since, ms) > 0
    return lies_there and not case.faint(uid, early - case.rules.pace.reopened_ms, ms)


def unheard(case: Case, uid: str, visit: Visit) -> bool:
    """Whether nothing was heard of a tag in a visit, and it was too weak to be heard of for sure (the second
    tag of a book, say): then nobody could know of it."""
    since, until, uid = visit.start, visit.end, uid.removesuffix(EAS)
    told = case.was_asked(uid, since, until) or case.reads(uid).first(since, until) is not None
    return not told and case.faint(uid, since, until)


def untagged(case: Case, barcode: str, ms: float) -> Iterator[str]:
    """What speaks against an item's having no tag."""
    for tag in case.tags_of(barcode):
        if noticed(case, tag.uid, ms):
            yield f"{barcode} was shown as no_tag at {ms} ms and its tag {tag.uid} was in the field"


def unproved(case: Case, barcode: str, ms: float, visit: Visit, state: str = "safe") -> Iterator[str]:
    """What speaks against an item's being released, at an instant: each of its tags must have been read
    as C2 after its last write. *Renewed* of a loan of the account is said of the loan alone: the book is at
    home, or lies there as what somebody has left."""
    if state == "renewed" and not visit.lists(barcode, ms):
        return
    for tag in case.tags_of(barcode):
        if noticed(case, tag.uid, ms, visit.start):
            yield from _not_read_as(RELEASED, case, tag, ms, state)
    yield from _lacking(case, barcode, ms, visit, state)
    if case.evidence.frames is not None:
        answer = case.last_answer(barcode, visit.start, ms)
        if answer and answer.ok and not answer.release:
            yield f"{barcode} was shown {state} at {ms} ms though the ILS said that it stays armed"


def unarmed(case: Case, barcode: str, ms: float, visit: Visit) -> Iterator[str]:
    """What speaks against an item's being armed, at an instant: each of its tags that lay there in this
    visit must have been read as 07 after its last write."""
    for tag in case.tags_of(barcode):
        known = bool(case.reads(tag.uid.removesuffix(EAS)).within(visit.since, ms))
        if not known:
            early = soon(case, ms)
            lay_there = visit.since <= early and case.was_there(tag.uid, visit.since, early)
            known = lay_there and not case.faint(tag.uid, visit.since, ms)
        if known:
            yield from _not_read_as(ARMED, case, tag, ms, "returned")
    yield from _lacking(case, barcode, ms, visit, "returned")


def _lacking(case: Case, barcode: str, ms: float, visit: Visit, state: str) -> Iterator[str]:
    """What speaks against an item's being whole: a tag that the kiosk knew of says that it has parts of which
    none ever lay there in this visit."""
    tags = case.tags_of(barcode)
    sizes = {tag.parts for tag in tags if noticed(case, tag.uid, ms, visit.start)}
    there = {tag.part for tag in tags if case.was_there(tag.uid, visit.since, ms)}
    missing = set(range(1, max(sizes, default=0) + 1)) - there
    if missing and max(sizes) > 1:  # one part needs no other, whatever number it bears
        numbers = ", ".join(map(str, sorted(missing)))
        yield f"{barcode} was shown {state} at {ms} ms and its part {numbers} of {max(sizes)} was never there"


def armed_since(case: Case, barcode: str, visit: Visit) -> Iterator[TagSeen]:
    """The item's tags that lay there while somebody was here."""
    last = visit.entries[-1].ms if visit.entries else visit.end
    return (
        tag
        for tag in case.tags_of(barcode)
        if case.was_there(tag.uid, visit.since, last) and not case.faint(tag.uid, visit.since, last)
    )


def _not_read_as(afi: str, case: Case, tag: TagSeen, ms: float, state: str) -> Iterator[str]:
    written = max((write.ms for write in tag.writes if write.ms <= ms), default=-1.0)
    read = case.reads(tag.uid).last(written, ms)
    if read is None:
        yield f"{tag.barcode} was shown {state} at {ms} ms and its tag {tag.uid} had not been read back"
    elif read.afi != afi:
        yield f"{tag.barcode} was shown {state} at {ms} ms and its tag {tag.uid} was read as {read.afi}"
