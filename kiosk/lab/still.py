"""The still field: rounds of a poll that change nothing are jumped over (docs/laboratory.md).

A pad asks its reader several times a second whether anything changed, all day. While nothing does, each
round is the last one again: the same bytes both ways, the same time on the air, the same rest. Once one has
come twice in a row, it is *proven*, and the loop need not play the next ones: the timer that begins a round
is set on by as many whole rounds as end before any other timer fires. Whatever happens then finds kiosk and
reader as they would be had every poll been played, in the same phase of the poll; a round in the middle of
which something else is due is played.

What "the same" rests on:

- All that a pad learns of its field comes over the wire, so equal answers leave it as it was. Something that
  counts rounds (a tag that does not answer, one that cannot be read) does so because of an answer that was
  not what it should be; the device calls such rounds noteworthy, and they are never jumped over.
- A device says in one value (`Watched.still`) what its answers depend on beside the questions. It differs
  after every act on it, after every use of chance, and after everything that it records. Only rounds that
  leave it as it was are counted.
- A round that was proven tells by its bytes what the pad knows: which tags lie there, and that none of them
  is still to be read or has been missed. So it stays proven for as long as the connection stands, whatever
  was put down, lifted or written meanwhile: when it comes again, once, with the device the same before and
  after it, the next ones will be like it. A new connection proves its rounds anew, since whoever opens one
  may count the first.
- Instants lie on the loop's grid, where adding a round many times is the same as adding it all at once.
- A poll whose next round is to be another one for a reason of its own (it is time to look at the whole field)
  begins it when that reason comes up, by a timer: it does not look at the clock when a round begins.
- While a power cut is counted in steps of the loop, nothing is jumped over (`VirtualLoop.at_rest`).

A full run and one with jumps therefore agree in everything but the polls themselves and the steps of the
loop that they took.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import Protocol, runtime_checkable

from kiosk.lab.loop import VirtualLoop, on_grid


@runtime_checkable
class Watched(Protocol):
    """A device that is polled, and can say when that is of no consequence."""

    def still(self) -> Hashable | None:
        """As long as this stays the same, so do the answers to the same questions; None while something is
        under way."""

    def skipped(self, since: float, seconds: float) -> None:
        """The round that began at `since` was repeated for so long: what it left behind is that much
        younger."""


Round = tuple[tuple[bytes, ...], float]
"""What went over the wire, and seconds until the last answer."""


class Stillness:
    """Watches the wires of one polled device, and sets the poll on while it is still."""

    def __init__(self, loop: VirtualLoop, device: Watched) -> None:
        """Nothing is jumped over before `at_rest` is called by the loop."""
        self.rounds_skipped = 0
        self.ended = False
        """The device spoke last: it may have been the end of a round."""
        self._loop = loop
        self._device = device
        self._said: list[bytes] = []
        self._began = float("-inf")
        self._heard = float("-inf")
        self._state: Hashable | None = None
        self._last: tuple[Round, float] | None = None  # not proven yet; with the seconds of rest after it
        self._proven: dict[Round, float] = {}
        self._poll: asyncio.TimerHandle | None = None
        self._times = (0.0, 0.0)

    def asked(self, data: bytes, now: float) -> None:
        """The kiosk says something."""
        if now > self._heard:
            self._said.clear()
            self._began = now
            self._state = self._device.still()
            self._poll = None
        self._said.append(data)
        self.ended = False

    def answered(self, data: bytes, now: float) -> None:
        """The device says something."""
        self._said.append(data)
        self._heard = now
        self.ended = True

    def broken(self) -> None:
        """A connection began or ended."""
        self._last = self._poll = None
        self._proven.clear()
        self._said.clear()
        self.ended = False

    def weighs(self) -> bool:
        """Whether a round may have ended at this instant, which is to be seen at rest."""
        return self.ended and self._heard == self._loop.time()

    def at_rest(self) -> None:
        """Nothing is left to do at this instant."""
        if self.weighs():
            self.ended = False
            self._weigh()
        if self._poll is not None:
            self._jump(self._poll)

    def _weigh(self) -> None:
        """A round is over: has it been proven, or is it now?"""
        before, self._last = self._last, None
        if self._state is None or self._state != self._device.still():
            return
        heard, busy = self._heard, self._heard - self._began
        round_ = (tuple(self._said), busy)
        timers = self._loop.set_at_this_instant()
        rests = [on_grid(timer.when()) - heard for timer in timers]
        if round_ not in self._proven and len(rests) == 1:
            self._last = (round_, rests[0])
            if self._last == before:
                self._proven[round_] = rests[0]
        rest = self._proven.get(round_)
        # others may have set a timer, too: the poll is the one that rests as it always did
        if rest is not None and rests.count(rest) == 1:
            self._poll, self._times = timers[rests.index(rest)], (busy, rest)

    def _jump(self, poll: asyncio.TimerHandle) -> None:
        busy, rest = self._times
        other = self._loop.next_but(poll)
        if other is None:
            return
        begins, lasts = on_grid(poll.when()), busy + rest
        rounds = int((other - begins - busy) / lasts) + 1 if other - begins > busy else 0
        while rounds > 0 and begins + (rounds - 1) * lasts + busy >= other:
            rounds -= 1
        if rounds > 0 and self._device.still() == self._state:
            self._loop.postpone(poll, begins + rounds * lasts)
            self._device.skipped(self._began, rounds * lasts)
            self._began += rounds * lasts
            self.rounds_skipped += rounds
