"""The case before the judge: one run's evidence, with the questions that verdicts ask of it.

What counts as a *visit*: from the end of the visit before (the attract screen is back, or another
session's number is shown) to its own end. The attract screen belongs to the visit that follows it, so
that a sign-in counts even when the screen that says *one moment* was drawn a frame later.

A case is asked about each of a day's visits, so that nothing here may cost more the longer the day is:
frames, rows, tags and pictures are indexed once by what they are about (`wire`, `rows`, `onpad`).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from operator import attrgetter
from typing import TypeVar

from kiosk.lab.evidence import Evidence, Press, Shown, ShownRow, Text
from kiosk.lab.onpad import PadSide
from kiosk.lab.rows import DiskSide
from kiosk.lab.times import OutOfReach, Times, reach
from kiosk.lab.wire import (
    ANSWERS,
    HOLD,
    LOAN,
    QUESTIONS,
    RENEW_ALL,
    RENEWAL,
    RETURN,
    Answered,
    Asked,
    Placed,
    Rules,
    Told,
)

__all__ = [
    "ALL",
    "ANSWERS",
    "HOLD",
    "IDLE",
    "LISTS",
    "LOAN",
    "QUESTIONS",
    "RELEASED",
    "RENEWAL",
    "RENEW_ALL",
    "RETURN",
    "Answered",
    "Asked",
    "Case",
    "OutOfReach",
    "Placed",
    "Rules",
    "Told",
    "Visit",
]

RELEASED = "C2"
"""AFI of an item that may leave (ISO 28560-1), as evidence writes it."""

IDLE = frozenset({"attract", "cannot-lend"})
"""Screens at which nobody is signed in."""

LISTS = frozenset({"loan", "account", "return"})
"""Screens with the list of a visit, or over it."""

_T = TypeVar("_T")
_MS, _ROWS, _TEXTS = attrgetter("ms"), attrgetter("rows"), attrgetter("texts")

# A day shows few different lists, rows and texts in many pictures, and what is shown again is one and the
# same value again (`recorder.all_shown`). So the judge looks at each value once. (Read from files each is a
# value of its own: then more of them are looked at.)


def different(things: Iterable[_T]) -> tuple[_T, ...]:
    """Each value once, in their order."""
    every = tuple(things)
    return tuple(dict(zip(map(id, every), every, strict=True)).values())


def news(pictures: Sequence[Shown]) -> tuple[Shown, ...]:
    """The pictures that showed a list, or texts outside of it, for the first time."""
    back, places = pictures[::-1], range(len(pictures) - 1, -1, -1)
    # of equal keys the last counts in a dict, which is the first picture, backwards
    lists = dict(zip(map(id, map(_ROWS, back)), places, strict=True))
    texts = dict(zip(map(id, map(_TEXTS, back)), places, strict=True))
    return tuple([pictures[place] for place in sorted({*lists.values(), *texts.values()})])


def rows_of(pictures: Iterable[Shown]) -> tuple[ShownRow, ...]:
    """All different rows."""
    return different(chain.from_iterable(map(_ROWS, pictures)))


def texts_of(pictures: Iterable[Shown]) -> tuple[tuple[Text, ...], ...]:
    """All different texts outside the rows."""
    return different(map(_TEXTS, pictures))


@dataclass(frozen=True, eq=False)
class Visit:
    """What was shown for one patron, from `start` up to but not including `end`. `number` counts from 0;
    `since` is when somebody came: the first screen of a session, `inf` where none did."""

    start: float
    end: float
    entries: tuple[Shown, ...]
    number: int = 0
    since: float = field(init=False)

    def __post_init__(self) -> None:
        came = next((entry.ms for entry in self.entries if entry.screen not in IDLE), math.inf)
        object.__setattr__(self, "since", came)

    @cached_property
    def news(self) -> tuple[Shown, ...]:
        """The pictures that showed something for the first time in this visit."""
        return news(self.entries)

    @cached_property
    def rows(self) -> tuple[ShownRow, ...]:
        """All different rows that were shown."""
        return rows_of(self.news)

    def holds(self, ms: float) -> bool:
        """Whether an instant belongs to this visit."""
        return self.start <= ms < self.end

    def lists(self, barcode: str, until: float) -> bool:
        """Whether an item was on the list of this visit up to an instant: it was put down, or scanned. (What
        the account has is not, nor what the farewell calls renewed of it.)"""
        return self._items.get(barcode, math.inf) <= until

    @cached_property
    def _items(self) -> Mapping[str | None, float]:
        """When each item was on the list for the first time."""
        lists = [entry for entry in self.entries if entry.screen in LISTS]
        return {row.barcode: entry.ms for entry in reversed(lists) for row in entry.rows}

    def lists_tag(self, uid: str, until: float) -> bool:
        """Whether the tag had a row of its own up to an instant: it could not be read."""
        return self._listed.get(f"tag:{uid}", math.inf) <= until

    @cached_property
    def _listed(self) -> Mapping[str, float]:
        """When each row, by its key, was shown for the first time."""
        return {row.key: entry.ms for entry in reversed(self.news) for row in entry.rows}


ALL = Visit(-math.inf, math.inf, ())
"""A visit that everything belongs to."""


class Case(DiskSide, PadSide):
    """One run's evidence; properties raise `OutOfReach` where a part is missing."""

    def __init__(self, evidence: Evidence, rules: Rules) -> None:
        self.evidence = evidence
        self.rules = rules

    # ---- the screen -------------------------------------------------------------------------

    @cached_property
    def shown(self) -> tuple[Shown, ...]:
        """What the screen showed, in order."""
        return tuple(sorted(reach(self.evidence.shown, "screen.json"), key=_MS))

    @cached_property
    def news(self) -> tuple[Shown, ...]:
        """The pictures that showed something for the first time."""
        return news(self.shown)

    @cached_property
    def pictures(self) -> Times[Shown]:
        """The same, by time."""
        return Times(self.shown)

    @cached_property
    def presses(self) -> Times[Press]:
        """What fingers pressed, as far as it was written down."""
        return Times(self.evidence.pressed or ())

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """What was shown, cut into visits."""
        parts: list[list[Shown]] = []
        for entry in self.shown:
            last = parts[-1][-1] if parts else None
            if last is None or (
                last.screen not in IDLE and (entry.screen in IDLE or entry.session != last.session)
            ):
                parts.append([])
            parts[-1].append(entry)
        starts = [-math.inf, *[part[0].ms for part in parts[1:]], math.inf]
        return tuple(
            [
                Visit(starts[number], starts[number + 1], tuple(part), number)
                for number, part in enumerate(parts)
            ]
        )

    @cached_property
    def _starts(self) -> list[float]:
        return [visit.start for visit in self.visits]

    def visit_at(self, ms: float) -> Visit:
        """The visit that an instant belongs to."""
        visits = self.visits
        return visits[bisect_right(self._starts, ms) - 1] if visits else ALL

    def visit_before(self, visit: Visit) -> Visit | None:
        """The visit before another."""
        known = visit.number and visit is not ALL
        return self.visits[visit.number - 1] if known else None

    def last_shown_in(self, barcode: str) -> Visit:
        """The visit that an item's end belongs to: in an earlier one it may have ended otherwise, for
        somebody else. All of the run when no visit shows it."""
        return self._last_shown.get(barcode, ALL)

    @cached_property
    def _last_shown(self) -> Mapping[str, Visit]:
        return {
            row.barcode: visit
            for visit in (self.visits if self.evidence.shown is not None else ())
            for rows in different([entry.rows for entry in visit.entries if entry.screen != "leftovers"])
            for row in rows
            if row.barcode
        }

    def sent_to_staff(self, barcode: str, visit: Visit, *states: str) -> bool:
        """Whether what was shown last of an item in a visit, or of each of its tags that stayed there without
        it (a copied tag has a row of its own), was one of these states."""
        last = {row.key: row for entry in visit.entries for row in entry.rows if entry.screen != "leftovers"}
        if any(row.barcode == barcode and row.state in states for row in last.values()):
            return True
        keys = [f"tag:{tag.uid}" for tag in self.tags_of(barcode)] if self.evidence.tags is not None else []
        return any(key in last and last[key].state in states for key in keys)

    def turns(self, *states: str) -> Iterator[tuple[Shown, ShownRow, Visit]]:
        """Each time that a row turned into one of these states."""
        return (turn for turn in self._turns if turn[1].state in states)

    @cached_property
    def _turns(self) -> list[tuple[Shown, ShownRow, Visit]]:
        found = []
        for visit in self.visits:
            before: dict[str, ShownRow] = {}
            rows: tuple[ShownRow, ...] = ()
            for entry in visit.entries:
                if entry.rows is rows:
                    continue
                rows = entry.rows
                for row in rows:
                    last = before.get(row.key)
                    if last is not row:
                        if last is None or last.state != row.state:
                            found.append((entry, row, visit))
                        before[row.key] = row
        return found

    # ---- the end ----------------------------------------------------------------------------

    @cached_property
    def ends(self) -> dict[str, str]:
        """The end state of each item by barcode; empty where there is no result."""
        result = self.evidence.result
        return {item.barcode: item.state for item in result.items} if result else {}

    def cut_after(self, ms: float) -> bool:
        """Whether the power was cut at or after an instant."""
        return any(cut >= ms for cut in self.cuts)

    def cut_in(self, visit: Visit, since: float) -> bool:
        """Whether the power was cut in this visit, at or after an instant."""
        return any(cut >= since and visit.holds(cut) for cut in self.cuts)

    @property
    def cuts(self) -> tuple[float, ...]:
        """When the power was cut."""
        return self.evidence.result.cuts if self.evidence.result else ()
