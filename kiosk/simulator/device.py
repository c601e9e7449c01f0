"""What every simulated device is: bytes and instants in; bytes and the next instant out.

A device does no I/O and reads no clock. Whoever drives it (`serve.py` on real sockets, the laboratory
in memory) calls `opened`, `received` and `closed` as things happen, then `take`, and calls `take` again
at `due()`. All instants are monotonic seconds.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol


class Send(NamedTuple):
    """Bytes that leave the device on one link."""

    link: int
    data: bytes


class Hangup(NamedTuple):
    """The device drops one link."""

    link: int


Out = Send | Hangup


class Foreseen(NamedTuple):
    """An answer that a device will give `at` an instant, if nothing else happens before: neither anything to
    the device, nor to anybody by it. `fulfil` is called then, by whoever has seen to it that nothing did: it
    leaves the device as if it had been asked and had answered. Until then nothing is done."""

    at: float
    answer: bytes
    fulfil: Callable[[], None]


class Device(Protocol):
    """The far side of a wire."""

    def opened(self, link: int, now: float) -> None:
        """A link was opened; `link` is a number that was not used before."""

    def received(self, link: int, data: bytes, now: float) -> None:
        """Bytes arrived on `link`, in pieces of any size."""

    def closed(self, link: int, now: float) -> None:
        """The other side closed `link`."""

    def due(self) -> float | None:
        """The next instant at which `take` does or yields something; None when nothing is planned."""

    def take(self, now: float) -> list[Out]:
        """Play on until `now`; everything that leaves at or before then, in order."""

    @property
    def reachable(self) -> bool:
        """False while unplugged: connections are refused, open links are hung up."""


class Agenda:
    """What a device will do, and when; things planned for one instant stay in order.

    `next` is the earliest instant that is planned, None when nothing is. Devices are asked for it
    whenever anything happens to any of them, so it is kept rather than looked for.
    """

    def __init__(self) -> None:
        self.next: float | None = None
        self._heap: list[tuple[float, int, Out | Callable[[float], None]]] = []
        self._planned = 0

    def plan(self, at: float, what: Out | Callable[[float], None]) -> None:
        """Plan something to leave, or an act that gets its own instant, at `at`."""
        self._planned += 1
        heapq.heappush(self._heap, (at, self._planned, what))
        self.next = self._heap[0][0]

    def due(self) -> float | None:
        """The same as `next`, for a device that does nothing but what is planned."""
        return self.next

    def take(self, now: float) -> list[Out]:
        """Do the acts and return the outputs that are planned at or before `now`."""
        outs: list[Out] = []
        while self.next is not None and self.next <= now:
            at, _, what = heapq.heappop(self._heap)
            self.next = self._heap[0][0] if self._heap else None
            if isinstance(what, (Send, Hangup)):
                outs.append(what)
            else:
                what(at)
        return outs

    def forget(self, link: int) -> None:
        """Drop what would leave on `link`; acts stay."""
        self._heap = [
            entry
            for entry in self._heap
            if not (isinstance(entry[2], (Send, Hangup)) and entry[2].link == link)
        ]
        heapq.heapify(self._heap)
        self.next = self._heap[0][0] if self._heap else None

    def clear(self) -> None:
        """Drop everything."""
        self._heap.clear()
        self.next = None


@dataclass(slots=True)
class Fault:
    """Something that goes wrong with the next `count` messages of one kind.

    `kind` is `silent` (no answer), `garble` (the answer is spoilt, `how`: `garbage`, `half` or `flip`,
    one wrong bit) or `hang-up` (the link drops instead of an answer). `message` None means any message;
    `execute` says whether the device still does what it was asked. The ILS knows more kinds (`mishaps.py`);
    `seconds` is for those that take time.
    """

    kind: str
    message: str | None = None
    count: int = 1
    execute: bool = True
    how: str = "garbage"
    seconds: float = 0.0


@dataclass(slots=True)
class Faults:
    """The faults that wait for their message, and how slow the device is."""

    waiting: list[Fault] = field(default_factory=list)
    slow: dict[str | None, tuple[float, bool]] = field(default_factory=dict)

    def state(self) -> Hashable:
        """A value that differs after whatever was changed here or used up."""
        if not self.waiting and not self.slow:
            return None
        waiting = [(each.kind, each.message, each.count, each.execute, each.how) for each in self.waiting]
        return tuple(waiting), tuple(self.slow.items())

    def slow_down(self, seconds: float, message: str | None = None, *, late: bool = False) -> None:
        """Delay every answer, or those to one message; `late` delays the execution too. 0 ends it."""
        if seconds > 0:
            self.slow[message] = (seconds, late)
        else:
            self.slow.pop(message, None)

    def delay(self, message: str) -> tuple[float, bool]:
        """How long the answer to this message is held back, and whether its execution is late too."""
        return self.slow.get(message) or self.slow.get(None) or (0.0, False)

    def concern(self, message: str) -> bool:
        """Whether this message would meet a fault."""
        return any(fault.message in {None, message} for fault in self.waiting)

    def meet(self, message: str) -> Fault | None:
        """The fault that this message meets, used up once."""
        for fault in self.waiting:
            if fault.message in {None, message}:
                fault.count -= 1
                if fault.count <= 0:
                    self.waiting.remove(fault)
                return fault
        return None


SPOILT = ("garbage", "half", "flip")
"""How any device's answer can be garbled (see `Fault.how`)."""

GARBAGE = bytes.fromhex("a55a13377f00ff") + b"?%|garbage|\r"
"""What a line disturbance leaves: no frame of any protocol here, with a CR so that SIP2 sees its end."""


def spoil(data: bytes, how: str) -> bytes:
    """An answer as it arrives garbled (see `Fault.how`)."""
    if how == "half":
        return data[: len(data) // 2]
    if how == "flip":
        middle = len(data) // 2
        return data[:middle] + bytes([data[middle] ^ 0x01]) + data[middle + 1 :]
    return GARBAGE
