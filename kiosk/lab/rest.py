"""After the story: does the world agree, and has the kiosk done what it still could do?

The judge's promises 1 and 3 say most of it (a released tag has a loan; a loan has its tags released, or
the journal or the screen names it). This adds what only a healed world can show: nothing is left hanging.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kiosk.lab.evidence import Evidence, JournalRow


def hanging(evidence: Evidence, brought_back: Iterable[str]) -> Iterator[str]:
    """What is still open although everything had been well for a while.

    A saga that was asked has its answer or is named for staff; a book that was laid on the pad again,
    lent and armed or taken back and not, was finished or is named for staff.
    """
    back = set(brought_back)
    sagas: dict[str, list[JournalRow]] = {}
    for row in evidence.journal or ():
        sagas.setdefault(row.saga, []).append(row)
    ends = {tag.barcode: tag.afi_after for tag in evidence.tags or () if tag.uid in back}
    for saga, rows in sagas.items():
        if any(row.closes or row.kind == "staff" for row in rows):
            continue
        item = next((str(row.payload["item"]) for row in rows if row.payload.get("item")), "")
        if not any(row.kind == "answer" for row in rows):
            yield f"{saga} ({item}) was asked, and at the end nobody knows or is told what became of it"
        elif ends.get(item) == ("C2" if _act(rows) == "return" else "07"):
            yield f"{saga} ({item}) was brought back to the pad and not finished"


def _act(rows: Iterable[JournalRow]) -> str:
    return next((str(row.payload.get("act", "")) for row in rows if row.kind == "intent"), "")
