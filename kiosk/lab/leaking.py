"""Promise 9: sessions do not leak."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from itertools import pairwise
from operator import attrgetter

from kiosk.lab.case import IDLE, LOAN, RETURN, Case, Told, Visit, different, texts_of
from kiosk.lab.evidence import Shown, ShownLoan, ShownRow, Text
from kiosk.lab.proof import look
from kiosk.lab.showing import ISOLATES

AWAY_MS = 2000.0
"""Away for less than this, less what the pad may be late in reading it, a tag that was left is surely not
new: the pad, which polls, may read a tag that came back in a stack so much later than it saw it leave."""

_MS = attrgetter("ms")


def p9(case: Case) -> Iterator[str]:
    """Nothing of one visit is shown in a later one unless it arose anew; language, size and theme are
    back at the next attract screen; an account is of who signed in; a tag that was left is asked only after
    *Are these yours?*."""
    yield from _names(case)
    yield from _titles(case)
    yield from _accounts(case)
    yield from _preferences(case)
    yield from _leftovers(case)


def _names(case: Case) -> Iterator[str]:
    names: set[str] = set()
    for visit in case.visits:
        guest = _Guest(case, visit)
        holding = _holding(visit, names)
        own: set[str] = set()
        for entry in visit.entries:
            name = entry.header.patron
            if name:
                own.add(name)
                if entry.screen in IDLE:
                    yield f"a name stands on the {entry.screen} screen at {entry.ms} ms"
                if name in names and not guest.is_called(name, entry.ms):
                    yield f"the name of an earlier patron stands in the header at {entry.ms} ms"
            for texts in (entry.texts, *[row.texts for row in entry.rows]) if holding else ():
                for text, found in holding.get(id(texts), ()):
                    if not any(guest.is_called(each, entry.ms) for each in found):
                        yield f"the name of an earlier patron stands in {text!r} at {entry.ms} ms"
        names |= own


def _holding(visit: Visit, names: set[str]) -> dict[int, list[tuple[str, list[str]]]]:
    """Of what was shown in a visit, the texts in which one of the names stands, with these names."""
    every = different((*texts_of(visit.news), *[row.texts for row in visit.rows]))
    together = "\n".join([text.text for texts in every for text in texts])
    names = {each for each in names if len(each) > 3 and each in together}
    found = {id(texts): _naming(texts, names) for texts in every} if names else {}
    return {number: naming for number, naming in found.items() if naming}


def _naming(texts: tuple[Text, ...], names: set[str]) -> list[tuple[str, list[str]]]:
    named = ((text.text, [each for each in names if each in text.text]) for text in texts)
    return [(text, found) for text, found in named if found]


class _Guest:
    """Whoever signed in, in a visit and before an instant: what the ILS told while the screen said *one
    moment*, else the last thing it told (a kiosk also asks about patrons whose loans are in doubt)."""

    def __init__(self, case: Case, visit: Visit) -> None:
        self._case = case
        self._visit = visit
        self._known: dict[tuple[str, int], bool] = {}

    def is_called(self, shown: str, until: float) -> bool:
        """Whether a name as shown (whole, shortened, initials) can be that of somebody who was told of."""
        number = bisect_right(self._told, until, key=_MS)
        known = self._known.get((shown, number))
        if known is None:
            signed_in = self._signed_in(self._told[:number])
            known = self._nameless or any(_can_be(shown, name) for each in signed_in for name in each.names)
            self._known[shown, number] = known
        return known

    def has(self, barcode: str, until: float) -> bool:
        """Whether the ILS had said, in this visit and before an instant, that they have an item on loan."""
        number = bisect_right(self._told, until, key=_MS)
        names = {name for each in self._signed_in(self._told[:number]) for name in each.names}
        listed = self._case.told_of(barcode).within(self._visit.start, until)
        return any(self._visit.holds(each.ms) and (self._nameless or each.names & names) for each in listed)

    @property
    def _nameless(self) -> bool:
        """Whether the log, which names nobody, is all that there is."""
        return self._case.evidence.ils is None

    def _signed_in(self, told: Sequence[Told]) -> Sequence[Told]:
        return [each for each in told if any(a <= each.ms <= b for a, b in self._waits)] or told[-1:]

    @cached_property
    def _told(self) -> Sequence[Told]:
        visit = self._visit
        return [each for each in self._case.told.within(visit.start, visit.end) if visit.holds(each.ms)]

    @cached_property
    def _waits(self) -> Sequence[tuple[float, float]]:
        entries = self._visit.entries
        return [(entry.ms, after.ms) for entry, after in pairwise(entries) if entry.screen == "wait"]


@cache
def _can_be(shown: str, name: str) -> bool:
    words = re.findall(r"\w+", name.casefold())
    return all(any(word.startswith(part) for word in words) for part in re.findall(r"\w+", shown.casefold()))


def _titles(case: Case) -> Iterator[str]:
    past: dict[str, str] = {}
    for visit in case.visits:
        guest = _Guest(case, visit)
        fresh: set[str] = set()
        arisen: set[str] = set()
        asked_about: set[str] = set()  # by *Are these yours?*, while they had just been lifted
        stale = {title for title in past.values() if title}
        settled: set[int] = set()  # lists and texts that nothing can be wrong with in this visit any more
        for entry in visit.entries:
            if id(entry.rows) in settled and id(entry.texts) in settled:
                continue
            certain = True
            for row in entry.rows:
                anew = not row.barcode or row.barcode not in past or row.barcode in arisen
                if not anew:
                    anew = _arose(case, visit, row, entry.ms, entry.screen) or row.barcode in asked_about
                    # a loan of the account, which is asked about or was renewed
                    anew = anew or guest.has(row.barcode or "", entry.ms)
                    if anew and entry.screen != "leftovers":
                        arisen.add(row.barcode or "")
                    else:
                        certain = False
                        asked_about |= {row.barcode or ""} if anew else set()
                if anew:
                    fresh.add(row.title)
                else:
                    yield f"{row.barcode}, an item of an earlier visit, is shown at {entry.ms} ms"
            old = [text for text, title in _titles_in(entry) if title in stale and title not in fresh]
            for text in old:
                yield f"a title of an earlier visit is shown at {entry.ms} ms: {text!r}"
            if certain and not old:
                settled |= {id(entry.rows), id(entry.texts)}
        past |= {row.barcode: row.title for entry in visit.entries for row in entry.rows if row.barcode}


def _accounts(case: Case) -> Iterator[str]:
    """Each loan of an account is one that the ILS has listed, in this visit, for who signed in."""
    for visit in case.visits:
        guest, known = _Guest(case, visit), set[str]()
        last: tuple[ShownLoan, ...] | None = None
        for entry in visit.entries:
            if entry.account is None or entry.account is last:
                continue
            last = entry.account
            for loan in last:
                if loan.barcode and loan.barcode not in known:
                    known.add(loan.barcode)
                    if not guest.has(loan.barcode, entry.ms):
                        yield (
                            f"{loan.barcode} stands in the account at {entry.ms} ms and the ILS has not "
                            "listed it for this patron"
                        )


def _titles_in(entry: Shown) -> list[tuple[str, str]]:
    """All data, as they were shown and as they might be titles."""
    texts = (entry.texts, *[row.texts for row in entry.rows])
    return [
        (text.text, text.text.strip(ISOLATES)) for each in texts for text in each if text.origin == "data"
    ]


def _arose(case: Case, visit: Visit, row: ShownRow, ms: float, screen: str) -> bool:
    """Whether an item came up in this visit: its tag lay in the field, or it was asked about. (What was
    scanned is on the screen before it is asked, and is never asked where nobody can be.)"""
    if case.evidence.presence is None or case.evidence.tags is None:
        return True  # a real pad: who can say what lay there
    tags = case.tags_of(row.barcode or "")
    since = max(visit.start, visit.entries[0].ms)
    if screen == "leftovers":
        # a book is known to be gone after two looks; until then somebody may be asked whose it is
        since = min(since, ms - 2 * look(case, ms, ms - 2 * case.rules.pace.notice_ms))
    if any(case.was_there(tag.uid, since, ms) for tag in tags):
        return True
    presses = case.presses.within(visit.start, ms)
    if any(press.intent == "scan" and press.about == row.barcode for press in presses):
        return True  # it may never have been asked: the power was cut while others were
    if not tags and row.reason is not None and row.reason.startswith(("ils-", "journal-")):
        return True
    return any(
        visit.holds(frame.ms) and (frame.ms <= ms or not tags)
        for frame in case.named[row.barcode or ""].within(visit.start, visit.end)
    )


def _preferences(case: Case) -> Iterator[str]:
    if not case.shown or case.shown[0].screen not in IDLE:
        return
    default = case.shown[0].header
    for visit in case.visits[1:]:
        entry = visit.entries[0]
        if entry.screen not in IDLE:
            continue
        for name in ("language", "text_size", "theme"):
            now, usual = getattr(entry.header, name), getattr(default, name)
            if now != usual:
                yield f"the {name} at the attract screen at {entry.ms} ms is {now}, not {usual}"


def _leftovers(case: Case) -> Iterator[str]:
    """What lay on the pad at the end of a visit, or when the power went, is asked about before it is asked
    of the ILS."""
    if case.evidence.presence is None or case.evidence.tags is None:
        return
    both = (*case.sent[LOAN], *case.sent[RETURN])
    for asked in sorted(both, key=lambda each: each.ms):
        visit = case.visit_at(asked.ms)
        before = case.visit_before(visit)
        left = _left(case, before, visit, asked.ms)
        if left is None:
            continue
        over, cut = left
        # a tag that fell silent while the visit before still lasted was away as far as the kiosk can know
        since = over if before is None else min(over, before.start)
        for tag in case.tags_of(asked.barcode):
            if not case.was_there(tag.uid, over, over) or case.faint(tag.uid, since, asked.ms):
                continue
            if case.longest_absence(tag.uid, over, asked.ms) >= AWAY_MS - look(case, asked.ms):
                continue
            if visit.lists_tag(tag.uid, asked.ms):
                continue  # the tag names no item, and whoever scanned its book meant it
            if cut:
                known = _seen_again(case, tag.uid, over, asked.ms)
            else:
                known = _known(case, tag.uid, over, asked.ms)
            if known and not _was_answered(visit, asked.barcode, asked.ms):
                yield (
                    f"{asked.barcode} was left on the pad at {over} ms and asked at {asked.ms} ms "
                    "without a question"
                )
                break


def _left(case: Case, before: Visit | None, visit: Visit, asked: float) -> tuple[float, bool] | None:
    """Since when what lies on the pad is nobody's, and whether a power cut made it so; None where nothing
    was left as far as the kiosk can know.

    A kiosk that comes back after a cut knows from its journal that there was somebody: a saga is open.
    With none open it knows nothing of a visit, nor of what was left there before.
    """
    cut = max((cut for cut in case.cuts if cut <= asked), default=None)
    if cut is not None and (before is None or cut >= before.entries[-1].ms):
        return (cut, True) if case.open_at(cut) else None
    return None if before is None else (visit.start, False)


def _seen_again(case: Case, uid: str, cut: float, asked: float) -> bool:
    """Whether the kiosk that came back after a cut could look at once at what lay there: the reader was
    there from its first attract screen on, and the tag at that screen (one that was lifted before it may have
    been gone before it was named)."""
    woken = [entry for entry in case.pictures.within(cut, asked) if entry.ms > cut]
    ready = next((number for number, entry in enumerate(woken) if entry.screen == "attract"), len(woken))
    reasons = (reason for entry in woken[ready:] for reason in entry.reasons)
    if ready == len(woken) or any(reason.startswith("reader-") for reason in reasons):
        return False
    return case.was_there(uid, woken[ready].ms, woken[ready].ms)


def _known(case: Case, uid: str, over: float, asked: float) -> bool:
    """Whether the kiosk could know, when the visit was over, of a tag that lay there: it had shown it, or
    had had time to read it. (A row that stood there before tells nothing of a book that has come back. A
    book put down while the reader was away was nobody's before the reader came back; who put it there, only
    the patrons know. The screen does not always say that the reader is away: the ILS may be, too.)"""
    since = max((stay.since for stay in case.stays(uid, over, over)), default=over)
    lying = case.pictures.within(since, asked)
    barcode = case.barcode_of.get(uid)
    before = case.pictures.last(until=since)
    stood_there = before is not None and any(row.barcode == barcode for row in before.rows)
    shown = any(row.barcode == barcode for entry in lying if entry.ms <= over for row in entry.rows)
    if shown and not stood_there:
        return True
    away = any(reason.startswith("reader-") for entry in lying for reason in entry.reasons)
    return over - since >= case.rules.pace.reopened_ms and not away


def _was_answered(visit: Visit, barcode: str, until: float) -> bool:
    """Whether *Are these yours?* named this item and another screen followed, before an instant."""
    questioned = False
    for entry in visit.entries:
        if entry.ms > until:
            break
        if entry.screen == "leftovers":
            questioned = questioned or any(_names_item(row, barcode) for row in entry.rows)
        elif questioned:
            return True
    return False


def _names_item(row: ShownRow, barcode: str) -> bool:
    return row.barcode == barcode
