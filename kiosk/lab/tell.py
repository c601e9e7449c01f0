"""A story in readable lines: when what happened, from the evidence and from what people did."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.lab.evidence import Evidence
from kiosk.lab.frames import visible
from kiosk.lab.played import Played


def tell(played: Played) -> list[str]:
    """One line an event, `seconds  who: what`, in the order in which things happened."""
    events = [*_far_sides(played.evidence), *_kiosk(played.evidence)]
    events += [(ms, "day", text) for ms, text in played.notes]
    events += [
        (ms, "day", f"==== visit {number} ====" if number else "==== after hours ====")
        for ms, number in played.began
    ]
    return [f"{ms / 1000:9.3f}  {who:>7}: {what}" for ms, who, what in sorted(events, key=lambda it: it[0])]


def _far_sides(evidence: Evidence) -> Iterator[tuple[float, str, str]]:
    for tag in evidence.tags or ():
        name = tag.barcode or "?"
        for write in tag.writes:
            yield write.ms, "tag", f"{tag.uid} ({name}) takes AFI {write.afi}"
    for uid, reads in (evidence.air or {}).items():
        for read in reads:
            yield read.ms, "tag", f"{uid} gives out AFI {read.afi}"
    for loan in evidence.ils.loans if evidence.ils else ():
        yield loan.ms, "ils", f"{loan.item} is {'renewed' if loan.renewal else 'lent'}"
    for done in evidence.ils.returns if evidence.ils else ():
        yield done.ms, "ils", f"{done.item} is taken back{'' if done.was_on_loan else ', nobody had it'}"
    for hold in evidence.ils.holds if evidence.ils else ():
        yield hold.ms, "ils", f"{hold.item} is on hold"
    for paid in evidence.ils.payments if evidence.ils else ():
        yield paid.ms, "ils", f"{paid.amount} {paid.currency} are booked as {paid.reference}"
    for asked in evidence.till.asked if evidence.till else ():
        yield asked.ms, "till", f"{asked.saga}: {asked.amount} {asked.currency} are wanted"
    for taken in evidence.till.taken if evidence.till else ():
        yield (
            taken.ms,
            "till",
            f"{taken.saga}: {taken.amount} {taken.currency} are taken as {taken.reference}",
        )
    for edge in evidence.gate.edges if evidence.gate else ():
        yield edge.ms, "gate", f"line {edge.line} goes to {edge.level} ({edge.by})"
    for piece in evidence.printer.pieces if evidence.printer else ():
        yield piece.ms, "paper", f"a piece of {piece.height} dots begins"


def _kiosk(evidence: Evidence) -> Iterator[tuple[float, str, str]]:
    for frame in evidence.frames or ():
        yield frame.ms, "wire", f"{'>' if frame.sent else '<'} {visible(frame.text)}"
    for row in evidence.journal or ():
        more = " (closes)" if row.closes else ""
        yield row.ms, "journal", f"{row.saga} {row.kind}{more} {dict(row.payload)}"
    before: tuple[object, ...] = ()
    for entry in evidence.shown or ():
        rows = [f"{row.key} {row.state}{f' ({row.reason})' if row.reason else ''}" for row in entry.rows]
        now = (entry.session, entry.screen, entry.modal, rows, entry.payment)
        if now != before:
            modal = f" + {entry.modal}" if entry.modal else ""
            paid = f" (payment {entry.payment})" if entry.payment else ""
            yield entry.ms, "screen", f"[{entry.session}] {entry.screen}{modal}{paid}: {'; '.join(rows)}"
        before = now
