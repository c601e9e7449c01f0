"""After the story: does the world agree, and has the kiosk done what it still could do?

The judge's promises 1 and 3 say most of it (a released tag has a loan; a loan has its tags released, or
the journal or the screen names it). This adds what only a healed world can show: nothing is left hanging.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import attrgetter

from kiosk.lab.evidence import EAS, Evidence, JournalRow, TagSeen
from kiosk.lab.played import Played

FLUSHES_AN_ITEM = 2
"""Flushes that an item may cost which was not put down together with others."""

GOODBYE = frozenset({"farewell", "attract", "cannot-lend"})
"""Screens with which a visit ends, or seems to."""

PAYMENT = "payment"
"""What the intent of a fee payment is about."""

LAZY_MS = 20_000.0
"""How long a row that nobody waits for may wait for company; then it has a flush of its own, also in the
middle of a visit that lasts so long."""


Sagas = Mapping[str, Sequence[JournalRow]]
"""The rows of the journal, by saga, in their order."""


def at_the_end(played: Played) -> Iterator[str]:
    """All that a healed world shows to be wrong, and what only the day's plan can tell."""
    sagas = sagas_of(played.evidence)
    yield from hanging(played.evidence, sagas, played.brought_back)
    yield from unexplained(sagas)
    yield from never_settled(played.evidence, sagas)
    yield from flushed_too_often(played, sagas)
    yield from harmed(played.evidence)


def harmed(evidence: Evidence) -> Iterator[str]:
    """Nobody asks for what cannot be undone, and a tag is given a wrong password once for each time that it
    lies there: it is mute then. A kiosk that was dark meanwhile does not know any more that it has tried."""
    for ms in evidence.locks:
        yield f"a command that cannot be undone was sent at {ms} ms"
    cuts = evidence.result.cuts if evidence.result is not None else ()
    for tag in evidence.tags or ():
        wrong = [each.ms for each in tag.passwords if not each.right]
        for before, after in pairwise(wrong):
            stays = (evidence.presence or {}).get(tag.uid, ())
            same = any(stay.since <= before and (stay.until is None or after <= stay.until) for stay in stays)
            if same and not any(before <= cut <= after for cut in cuts):
                yield f"tag {tag.uid} was given a wrong password at {before} ms and again at {after} ms"


def unexplained(sagas: Sagas) -> Iterator[str]:
    """Every row belongs to a saga that began with an intent; nothing follows the row that closes it but
    what staff did; and what it says of its item never changes."""
    for saga, rows in sagas.items():
        if rows[0].kind != "intent":
            yield f"{saga} begins with a row of the kind {rows[0].kind}"
        closed = next((number for number, row in enumerate(rows) if row.closes), len(rows))
        for row in rows[closed + 1 :]:
            if row.kind != "staff":
                yield f"{saga} is closed, and a row of the kind {row.kind} follows"
        items = {str(row.payload["item"]) for row in rows if row.payload.get("item")}
        if len(items) > 1:
            yield f"{saga} is about several items: {sorted(items)}"


def never_settled(evidence: Evidence, sagas: Sagas) -> Iterator[str]:
    """A saga that stays open is named for staff or waits for a tag: not one whose item has its tags, all read
    back as they should be since the last write, with nothing that came between."""
    wanted = {"loan": "C2", "return": "07"}
    tags: dict[str, list[TagSeen]] = {}
    for tag in evidence.tags or ():
        tags.setdefault(tag.barcode or "", []).append(tag)
    cuts = evidence.result.cuts if evidence.result is not None else ()
    for saga, rows in sagas.items():
        answer = next((row for row in rows if row.kind == "answer"), None)
        if answer is None or any(row.closes or row.kind == "staff" for row in rows):
            continue
        afi = wanted.get(_act(rows) or "loan")
        item = next((str(row.payload["item"]) for row in rows if row.payload.get("item")), "")
        mine = [tag for tag in tags.get(item, []) if tag.uid.removesuffix(EAS) in _uids(rows)]
        cut = any(cut >= answer.ms for cut in cuts)
        if mine and not cut and all(_proved(evidence, tag, afi, answer.ms) for tag in mine):
            yield f"{saga} ({item}) stays open although its tags are proved"


def _uids(rows: Iterable[JournalRow]) -> set[str]:
    return {str(uid) for row in rows for uid in row.payload.get("uids") or ()}


def _proved(evidence: Evidence, tag: TagSeen, afi: str | None, since: float) -> bool:
    written = [write for write in tag.writes if write.ms >= since]
    reads = (evidence.air or {}).get(tag.uid, ())
    return (
        len(written) == 1
        and written[0].afi == afi
        and any(read.ms > written[0].ms and read.afi == afi for read in reads)
    )


def sagas_of(evidence: Evidence) -> Sagas:
    """The rows of the journal, by saga, in their order."""
    sagas: dict[str, list[JournalRow]] = defaultdict(list)
    for row in sorted(evidence.journal or (), key=attrgetter("seq")):
        sagas[row.saga].append(row)
    return sagas


def flushed_too_often(played: Played, sagas: Sagas) -> Iterator[str]:
    """In a visit that no fault struck, and none struck the one before: at most as many flushes as the ILS
    gave answers and three more for a stack that was put down at once; otherwise two an item, and one for each
    farewell or end of a session, which settles the rest (a book put down during the farewell leads back
    to the list). Where somebody leaves without one, the rest is settled after a while.

    All rows of a flush have one moment. What is settled late, because a book was lifted too soon and comes
    back in another visit, does not count; nor does what staff close.
    """
    shown = played.evidence.shown or ()
    goodbyes = [
        entry.ms
        for before, entry in pairwise(shown)
        if entry.screen in GOODBYE and before.screen not in GOODBYE
    ]

    at = [entry.ms for entry in shown]

    def ends(since: float, until: float) -> int:
        farewells = bisect_left(goodbyes, until) - bisect_left(goodbyes, since)
        last = bisect_left(at, until)
        return farewells + (last == 0 or shown[last - 1].screen not in GOODBYE)

    struck = {visit for visit, _ in played.struck}
    cuts = played.evidence.result.cuts if played.evidence.result is not None else ()
    windows = pairwise([*played.began, (math.inf, 0)])
    begun = sorted((rows[0].ms, saga) for saga, rows in sagas.items() if rows[0].kind == "intent")
    times = [ms for ms, _ in begun]
    needed = [row for rows in sagas.values() for row in rows if row.kind in {"intent", "answer", "taken"}]
    for (since, number), (until, _) in windows:
        late = until + LAZY_MS + 1000  # what waits for company has its flush by then
        if not number or struck & {number - 1, number} or any(since <= cut < late for cut in cuts):
            continue
        mine = [sagas[saga] for _, saga in begun[bisect_left(times, since) : bisect_left(times, until)]]
        if not mine:
            continue
        flushes = {row.ms for rows in mine for row in _to_the_staff(rows) if row.ms <= late}
        # the next one may put a book into an open session: a flush that their rows needed is not this one's
        ours = {rows[0].saga for rows in mine}
        flushes -= {row.ms for row in needed if since <= row.ms and row.saga not in ours}
        answers = sum(1 for rows in mine for row in rows if row.kind == "answer")
        at_once = len({rows[0].ms for rows in mine}) == 1
        most = answers + 3 if at_once else FLUSHES_AN_ITEM * len(mine) + ends(since, until)
        most += sum(map(_asked_between, mine)) + int((max(flushes) - since) // LAZY_MS)
        if len(flushes) > most:
            yield (
                f"{len(flushes)} flushes in visit {number} (at {since} ms) for {len(mine)} items, {answers} "
                f"answers{', put down at once' if at_once else ''}: {most} at most"
            )


def _to_the_staff(rows: Sequence[JournalRow]) -> Sequence[JournalRow]:
    """The rows of a saga up to its being named for staff: what comes then is theirs."""
    named = next((number for number, row in enumerate(rows, start=1) if row.kind == "staff"), len(rows))
    return rows[:named]


def _asked_between(rows: Iterable[JournalRow]) -> int:
    """Flushes of a saga that a question to the patron, or the till, parts from the others: a fee that they
    agreed to has an intent and an answer of its own, a fee that they did not agree to a row that settles it;
    a payment is begun for itself, and has the row that the money was taken."""
    kinds = [row.kind for row in rows]
    if _act(rows) == PAYMENT:
        return 1 + kinds.count("taken")
    return 2 * any(row.kind == "answer" and row.payload.get("reason") == "fee" for row in rows)


def hanging(evidence: Evidence, sagas: Sagas, brought_back: Iterable[str]) -> Iterator[str]:
    """What is still open although everything had been well for a while.

    A saga that was asked has its answer or is named for staff; a book that was laid on the pad again,
    lent and armed or taken back and not, was finished or is named for staff.
    """
    back = set(brought_back)
    ends: dict[str | None, set[str]] = defaultdict(set)
    for tag in evidence.tags or ():
        if tag.uid.removesuffix(EAS) in back:
            ends[tag.barcode].add(tag.afi_after)
    for saga, rows in sagas.items():
        if any(row.closes or row.kind == "staff" for row in rows):
            continue
        item = next((str(row.payload["item"]) for row in rows if row.payload.get("item")), "")
        if rows[-1].kind == "answer" and rows[-1].payload.get("reason") == "fee":
            yield f"{saga} ({item}) waits for a yes to a fee, and at the end nobody is left to say it"
        elif not any(row.kind == "answer" for row in rows):
            yield f"{saga} ({item}) was asked, and at the end nobody knows or is told what became of it"
        elif ("C2" if _act(rows) == "return" else "07") in ends.get(item, ()):
            yield f"{saga} ({item}) was brought back to the pad and not finished"


def _act(rows: Iterable[JournalRow]) -> str:
    return next((str(row.payload.get("act", "")) for row in rows if row.kind == "intent"), "")
