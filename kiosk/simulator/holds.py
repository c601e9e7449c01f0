"""Who waits for which item, and in what order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kiosk.simulator.scenery import Hold, Item


@dataclass(slots=True)
class HoldRecord:
    """One hold that was placed (`mode` "+"), deleted ("-") or changed ("*").

    `pickup` is the branch where it is to be fetched, "" for this one; `position` the place in the queue,
    from 1, None when it was deleted.
    """

    t: float
    patron: str
    item: str
    mode: str
    pickup: str
    position: int | None


@dataclass(slots=True)
class Waiting:
    """One place in a queue."""

    patron: str
    pickup: str


class Holds:
    """The queues of all items; what nobody waits for has none."""

    def __init__(self, items: Iterable[Item], more: Iterable[Hold] = ()) -> None:
        self._queues = {
            item.barcode: [Waiting(item.held_for, item.hold_branch)] for item in items if item.held_for
        }
        for hold in more:
            self._queues.setdefault(hold.item, []).append(Waiting(hold.patron, hold.pickup))
        self.records: list[HoldRecord] = []

    def first(self, what: str) -> Waiting | None:
        """Who gets an item next."""
        queue = self._queues.get(what)
        return queue[0] if queue else None

    def queue(self, what: str) -> list[str]:
        """All who wait for an item, the next one first."""
        return [each.patron for each in self._queues.get(what, ())]

    def position(self, who: str, what: str) -> int:
        """A patron's place in the queue, from 1; 0: none."""
        queue = self.queue(what)
        return queue.index(who) + 1 if who in queue else 0

    def of(self, who: str) -> list[str]:
        """All items that a patron waits for."""
        return [what for what, queue in self._queues.items() for each in queue if each.patron == who]

    def ask(self, mode: str, who: str, what: str, pickup: str, now: float) -> HoldRecord:
        """Place, delete or change a hold."""
        queue = self._queues.setdefault(what, [])
        if mode == "+":
            queue.append(Waiting(who, pickup))
        elif mode == "-":
            self.leave(who, what)
        else:
            queue[self.position(who, what) - 1].pickup = pickup
        record = HoldRecord(now, who, what, mode, pickup, self.position(who, what) or None)
        self.records.append(record)
        return record

    def leave(self, who: str, what: str) -> None:
        """A patron no longer waits for an item."""
        queue = [each for each in self._queues.get(what, ()) if each.patron != who]
        if queue:
            self._queues[what] = queue
        else:
            self._queues.pop(what, None)
