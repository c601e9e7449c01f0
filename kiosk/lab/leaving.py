"""Promise 2, as far as it is about the gate and paper: both say that all is well, and need its proof.

The screen may lag behind the kiosk where it is really drawn (one view after the other), so that what a row
was at an instant is taken from the next pictures too; proof itself is always that of the far sides.
"""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.lab.case import LISTS, LOAN, Case, Visit
from kiosk.lab.evidence import MOVED, GateSeen, Shown, ShownRow
from kiosk.lab.proof import unarmed, unproved
from kiosk.lab.returning import is_back, is_renewed

DRAWN_LATE_MS = 3000.0
"""How far the pictures of a screen that is really drawn may lag behind."""

GATE_LATE_MS = 1000.0
"""How long after the end of a visit its release may still come: the line is set in another thread."""

PAPER_LATE_MS = 1000.0
"""How long after the end of a visit its receipt may still begin: a printer takes its time, and in the real
world so does everything."""

SET_MS = 100.0
"""How long after it was decided the line may be set: until then the chip may be busy, and what comes to be
known meanwhile calls nothing back."""

WITH_ROWS = LISTS | {"farewell"}
"""Screens that show what became of a visit's items."""

GOOD = frozenset({"safe", "no_tag", "renewed", "returned"})
"""States of items with which all is well."""

OPEN_OR_GOOD = GOOD | {"seen", "asking", "lent"}
"""States of items that are well, or may yet be."""


# ---- the gate -------------------------------------------------------------------------------


def let_through(case: Case) -> Iterator[str]:
    """The gate is released only for a visit in which something was lent, while nothing of it is on its way,
    every tag is proved, and what was refused is off the pad. (Staff may try it from their own screen.)"""
    if case.evidence.gate is None:
        return
    for ms in _releases(case.evidence.gate):
        visit = case.visit_at(ms)
        if _screen_at(visit, ms) == "staff":
            continue
        if visit.since > ms and ms - visit.start <= GATE_LATE_MS:
            visit = _before(case, visit) or visit
        dangers = [tuple(_in_danger(case, visit, at)) for at in _decided(visit, min(ms, visit.end))]
        if all(dangers):
            for sentence in dangers[0]:
                yield f"the gate was released at {ms} ms and {sentence}"


def _decided(visit: Visit, ms: float) -> Iterator[float]:
    """When a release at an instant may have been decided."""
    yield ms
    yield from (entry.ms for entry in visit.entries if ms - SET_MS <= entry.ms < ms)


def _releases(gate: GateSeen) -> Iterator[float]:
    """When a program made a line active: what it is not in the end, when nobody drives it any more."""
    at_rest = {line.line: line.level for line in gate.lines}
    for edge in sorted(gate.edges, key=lambda edge: edge.ms):
        if edge.by not in MOVED and edge.level != at_rest.get(edge.line, 0):
            yield edge.ms


def _in_danger(case: Case, visit: Visit, ms: float) -> Iterator[str]:
    if not _lent(case, visit, ms):
        yield "nothing was lent in that visit"
        return
    for row in _rows_at(visit, ms):
        later = [other for entry in _drawn_later(visit, ms) for other in entry.rows if other.key == row.key]
        if not any(_harmless(case, visit, each, ms) for each in (row, *later)):
            yield f"{row.barcode or row.key} was {row.state}"


def _lent(case: Case, visit: Visit, ms: float) -> bool:
    for asked in case.asked_all.within(visit.start, ms):
        if not visit.holds(asked.ms):
            continue
        if case.evidence.ils is not None:
            if case.loans_of[asked.barcode].within(asked.ms, ms):
                return True
        elif case.told_of(asked.barcode).within(asked.ms, ms) or any(
            each.ok for each in case.heard_of[LOAN][asked.barcode].within(asked.ms, ms)
        ):
            return True
    return False


def _harmless(case: Case, visit: Visit, row: ShownRow, ms: float) -> bool:
    match row.state:
        case "safe" | "renewed":
            return row.barcode is not None and not list(unproved(case, row.barcode, ms, visit, row.state))
        case "no_tag":
            return True
        case "refused" | "attention":
            uids = [tag.uid for tag in case.tags_of(row.barcode)] if row.barcode else []
            uids += [row.key.removeprefix("tag:")] if row.key.startswith("tag:") else []
            return not any(_known_there(case, uid, ms) for uid in uids)
        case _:
            return False


def _known_there(case: Case, uid: str, ms: float) -> bool:
    """Whether a tag lies there, and the kiosk could know: it has read it since it was put down (its AFI,
    and a moment later what it carries), or has had the time, even with a reader that was lost."""
    for stay in case.stays(uid, ms, ms) if case.evidence.presence else ():
        if stay.until is None or stay.until > ms:
            read = bool(case.reads(uid).within(stay.since, ms - SET_MS))
            long_ago = ms - stay.since >= case.rules.pace.reopened_ms
            return (read or long_ago) and not case.faint(uid, stay.since, ms)
    return False


# ---- paper ----------------------------------------------------------------------------------


def on_paper(case: Case) -> Iterator[str]:
    """A piece of paper begins only when all that goes well on the list is proved (a receipt), or as one
    of as many as returns are proved (slips: each is for one item, and may come out late)."""
    slips = 0
    pieces = case.evidence.printer.pieces if case.evidence.printer is not None else ()
    # blank paper, taken out of an empty printer, tells nothing
    pieces = tuple(piece for piece in pieces if piece.ms_cut != piece.ms)
    for number, piece in enumerate(pieces):
        visit = case.visit_at(piece.ms)
        if number and pieces[number - 1].cut == "end":
            continue  # the rest of what the end of the roll has cut in two
        if _screen_at(visit, piece.ms) == "staff":
            continue
        before = _before(case, visit)
        if visit.since > piece.ms:
            if before is None:
                yield f"paper came out at {piece.ms} ms and nobody had been there"
                continue
            visit = before
        elif before and piece.ms - visit.start <= PAPER_LATE_MS and _all_proved(case, before, before.end):
            continue  # who does not wait for a receipt leaves it to a printer that has heard of it already
        if _all_proved(case, visit, piece.ms):
            continue
        slips += 1
        if slips > _proved_returns(case, piece.ms):
            yield f"paper came out at {piece.ms} ms before what it tells of was proved"


def _all_proved(case: Case, visit: Visit, ms: float) -> bool:
    went_well = {row.key for entry in visit.entries for row in entry.rows if row.state in GOOD}
    rows = [row for row in _rows_at(visit, ms) if row.key in went_well and row.state in OPEN_OR_GOOD]
    if not rows:
        # a receipt may name only what staff must see to; that was lent or taken back, too
        return (
            _lent(case, visit, ms)
            or _paid(case, visit, ms)
            or any(is_back(case, row.barcode, visit, ms) for row in _rows_at(visit, ms) if row.barcode)
        )
    return all(_proved(case, visit, row, ms) for row in rows)


def _paid(case: Case, visit: Visit, ms: float) -> bool:
    """Whether the receipt may be one of a fee payment: the disk says that the money was taken, or that staff
    must look at it (then it says *pending*)."""
    return any(
        row.kind in {"taken", "staff"}
        and case.acts.get(row.saga) == "payment"
        and visit.since <= row.ms <= ms
        for row in case.evidence.journal or ()
    )


def _proved(case: Case, visit: Visit, row: ShownRow, ms: float) -> bool:
    """Whether what this row says, or the good end that it comes to, is true already."""
    later = [each for entry in visit.entries for each in entry.rows if each.key == row.key]
    end = next(each for each in (row, *reversed(later)) if each.state in GOOD)
    if end.barcode is None:
        return False
    match end.state:
        case "returned":
            return _returned(case, visit, end.barcode, ms)
        case "renewed":
            renewed = is_renewed(case, end.barcode, visit, ms)
            return renewed and not list(unproved(case, end.barcode, ms, visit, end.state))
        case "safe":
            return not list(unproved(case, end.barcode, ms, visit))
        case _:
            answer = case.last_answer(end.barcode, visit.start, ms)
            return end.reason == "already-yours" or answer is None or answer.ok


def _returned(case: Case, visit: Visit, barcode: str, ms: float) -> bool:
    return is_back(case, barcode, visit, ms) and not list(unarmed(case, barcode, ms, visit))


def _proved_returns(case: Case, ms: float) -> int:
    found = {
        (number, row.barcode)
        for number, visit in enumerate(case.visits)
        for entry in visit.entries
        for row in entry.rows
        if row.state == "returned" and row.barcode
    }
    return sum(1 for number, barcode in found if _returned(case, case.visits[number], barcode, ms))


# ---- what the screen showed at an instant ---------------------------------------------------


def _screen_at(visit: Visit, ms: float) -> str:
    """The screen at an instant; the empty text before the first."""
    return next((entry.screen for entry in reversed(visit.entries) if entry.ms <= ms), "")


def _rows_at(visit: Visit, ms: float) -> tuple[ShownRow, ...]:
    """The list at an instant, or where it was not drawn yet, the first one."""
    lists = [entry for entry in visit.entries if entry.screen in WITH_ROWS]
    until = [entry for entry in lists if entry.ms <= ms]
    return (until[-1] if until else lists[0]).rows if lists else ()


def _drawn_later(visit: Visit, ms: float) -> Iterator[Shown]:
    """The pictures that may belong to an instant although they were drawn after it."""
    return (
        entry
        for entry in visit.entries
        if ms < entry.ms <= ms + DRAWN_LATE_MS and entry.controls is not None and entry.screen in WITH_ROWS
    )


def _before(case: Case, visit: Visit) -> Visit | None:
    return case.visit_before(visit)
