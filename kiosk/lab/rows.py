"""The disk's side of the case: the rows of the journal, by the item that they are about."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from operator import attrgetter

from kiosk.lab.evidence import JournalRow
from kiosk.lab.times import Times, reach
from kiosk.lab.wire import LOAN, Asked, WireSide


class DiskSide(WireSide):
    """The journal; what its sagas were about may only be known from the wire."""

    @cached_property
    def journal(self) -> tuple[JournalRow, ...]:
        """The rows on the disk, in their order."""
        return tuple(sorted(reach(self.evidence.journal, "journal.json"), key=attrgetter("seq")))

    def sagas_of(self, barcode: str | None, act: str | None = None) -> dict[str, tuple[JournalRow, ...]]:
        """The sagas that name this item, with all their rows; all of them, or those about one act."""
        sagas = self._sagas.get(barcode or "", {})
        return {saga: rows for saga, rows in sagas.items() if act is None or self.acts.get(saga, LOAN) == act}

    @cached_property
    def acts(self) -> dict[str, str]:
        """What each saga is about."""
        intents = (row for row in self.journal if row.kind == "intent")
        return {row.saga: str(row.payload.get("act") or LOAN) for row in intents}

    @cached_property
    def closed(self) -> dict[str, float]:
        """When sagas were closed."""
        return {row.saga: row.ms for row in reversed(self.journal) if row.closes}

    @cached_property
    def _sagas(self) -> dict[str, dict[str, tuple[JournalRow, ...]]]:
        items: dict[str, str] = {}
        for row in self.journal:
            if row.payload.get("item"):
                items.setdefault(row.saga, str(row.payload["item"]))
        items |= self._nameless(items)
        found: dict[str, dict[str, list[JournalRow]]] = defaultdict(lambda: defaultdict(list))
        for row in self.journal:
            found[items.get(row.saga, "")][row.saga].append(row)
        return {item: {saga: tuple(rows) for saga, rows in sagas.items()} for item, sagas in found.items()}

    def _nameless(self, named: Mapping[str, str]) -> dict[str, str]:
        """The items of sagas whose rows name none: a scanned code that might be a patron's number is
        only sealed (promise 6). Such a saga is that of the first question of its kind that was sent while it
        was open and that no saga with a name, and no other without one, was for."""
        begun = [row for row in self.journal if row.kind == "intent"]
        if self.evidence.frames is None or all(row.saga in named for row in begun):
            return {}

        def open_when_sent(row: JournalRow, asked: Asked) -> bool:
            return row.ms <= asked.ms <= self.closed.get(row.saga, math.inf)

        # a loan that is open still is not what a renewal of the item was asked for
        begun_for: dict[tuple[str | None, str], list[JournalRow]] = defaultdict(list)
        for row in begun:
            begun_for[named.get(row.saga), self.acts[row.saga]].append(row)
        free = {
            act: [
                each
                for each in sent
                if not any(open_when_sent(row, each) for row in begun_for.get((each.barcode, act), ()))
            ]
            for act, sent in self.sent.items()
        }
        found: dict[str, str] = {}
        for row in begun:
            if row.saga in named or row.saga in found:
                continue  # an intent may be kept again, with a tag that turned up
            before = str(row.payload.get("after", ""))
            if before:
                # it follows another saga of the item, and asks nothing
                if item := named.get(before) or found.get(before):
                    found[row.saga] = item
            else:
                of_kind = free.get(self.acts[row.saga], [])
                asked = next((each for each in of_kind if open_when_sent(row, each)), None)
                if asked is not None:
                    found[row.saga] = asked.barcode
                    of_kind.remove(asked)
        return found

    def rows_of(self, barcode: str | None, kind: str, act: str = LOAN) -> tuple[JournalRow, ...]:
        """The rows of one kind that stand in the item's sagas about an act."""
        return tuple(row for rows in self.sagas_of(barcode, act).values() for row in rows if row.kind == kind)

    @cached_property
    def _by_time(self) -> Times[JournalRow]:
        return Times(self.journal)

    def open_at(self, ms: float) -> bool:
        """Whether the journal held a saga at an instant that was begun and not closed."""
        begun = {row.saga for row in self._by_time.within(until=ms)}
        return any(self.closed.get(saga, math.inf) > ms for saga in begun)

    @cached_property
    def _acts_of_staff(self) -> tuple[JournalRow, ...]:
        return tuple(row for row in self.journal if row.kind == "staff" and row.payload.get("act"))

    def staff_act(self, barcode: str | None, uid: str, until: float) -> bool:
        """Whether a named staff act on this item or tag (kind `staff`, payload `act`) is on the disk.
        A `staff` row without an act only names the item for staff, and permits nothing."""
        return any(
            row.ms <= until
            and (row.payload.get("uid") == uid or (barcode and row.payload.get("item") == barcode))
            for row in self._acts_of_staff
        )
