"""Papers: what is sent to the printer, and what became of it. A slip lies in a returned item that goes to a
shelf of its own; receipts are the business of `leaving`."""

from __future__ import annotations

from kiosk.circulation.answers import Returned
from kiosk.circulation.effects import PrintPaper
from kiosk.circulation.facts import PaperCame
from kiosk.circulation.state import Draft
from kiosk.circulation.values import Device, ItemKey, Paper, PaperKind, PaperLine, Payment, Printout


def print_paper(
    d: Draft,
    kind: PaperKind,
    language: str,
    lines: tuple[PaperLine, ...],
    payment: Payment | None = None,
) -> int:
    """Print one piece of paper; returns the job that its answer will name."""
    job = d.state.counter + 1
    d.set(counter=job, papers={**d.state.papers, job: kind})
    library = d.state.policy.library_name(language)
    d.do(PrintPaper(job, Paper(kind, language, library, d.state.now.wall, lines, payment)))
    return job


def print_slip(d: Draft, item: ItemKey, reply: Returned) -> None:
    """Print the slip of an item with an alert, where the library wants slips and the printer is there."""
    if reply.alert is None or not d.state.policy.slips or not d.state.ready(Device.PRINTER):
        return
    line = PaperLine(reply.title, item, alert=reply.alert, destination=reply.destination, bin=reply.bin)
    # staff read it: the library's own language, whatever the screen is set to
    print_paper(d, PaperKind.SLIP, d.state.policy.languages[0], (line,))


def came(d: Draft, job: int, printout: Printout) -> bool:
    """A print came to its end: tell it; False when nobody waits for that job."""
    kind = d.state.papers.get(job)
    if kind is None:
        return False
    d.set(papers={known: what for known, what in d.state.papers.items() if known != job})
    d.tell(PaperCame(kind, printout.proof, printout.reason))
    return True
