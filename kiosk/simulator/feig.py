"""A simulated FEIG pad reader in ISO-host mode, in front of a tag field.

Written from the published manuals H60301-3e (ID ISC.MR/PR101) and H01113-4e (MR102): section numbers
below are those of H60301-3e. It answers when the air clock says so, in the order of the requests, and
not at all to what is no frame of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from functools import partial
from math import inf
from typing import NamedTuple

from kiosk.simulator import isohost, obid
from kiosk.simulator.device import Agenda, Fault, Faults, Foreseen, Hangup, Out, Send, spoil
from kiosk.simulator.feigprograms import (
    CUSTOM_HOST,
    ISO_HOST,
    MORE_DATA,
    NO_TRANSPONDER,
    OK,
    Program,
    Programs,
)
from kiosk.simulator.field import Read, TagField
from kiosk.simulator.scenery import ReaderManners

ADDRESSES = (obid.BROADCAST, 0)
"""What a frame for us begins with."""
ONLY_INVENTORY = bytes([isohost.INVENTORY])
"""The ISO command whose status 01 is no news: all tags are silenced, or there is none."""


class _Ask(NamedTuple):
    """A command that came; `came` is when its last bit had."""

    came: float
    link: int
    frame: obid.Frame
    fault: Fault | None
    lag: float


class SimFeig:
    """The reader. `Device` says how it is driven."""

    def __init__(self, field: TagField, manners: ReaderManners | None = None) -> None:
        self.field = field
        self.manners = manners or ReaderManners()
        self.faults = Faults()
        self.reachable = True
        """False while it is unplugged."""
        self._links: dict[int, obid.Splitter] = {}
        self._agenda = Agenda()
        self._asks: deque[_Ask] = deque()
        """The commands that are under way and wait, the first of them in the air."""
        self._program: Program | None = None
        """What the first command does: it goes on `_at`, and somebody may hear of that when it is `_due`."""
        self._at = inf
        self._due: float | None = None
        self._air = float("-inf")
        self.programs = Programs(field, self.manners)
        self._line: dict[int, float] = {}
        """When the last bit of what was said on a link has come."""
        self._playing = False
        self._noted = 0

    # --- the device -----------------------------------------------------------------------------------

    def opened(self, link: int, now: float) -> None:
        """A host connected."""
        del now
        self._links[link] = obid.Splitter()

    def received(self, link: int, data: bytes, now: float) -> None:
        """Bytes from a host."""
        if self._at <= now:
            self.play(now)
        splitter = self._links.get(link)
        if splitter is None or not self.reachable:
            return
        came = self._line[link] = self._came(link, data, now)
        for frame in splitter.feed(data, now):
            if frame.address in ADDRESSES:
                self._accept(link, frame, came)
        if self._at <= now:
            self.play(now)

    def closed(self, link: int, now: float) -> None:
        """A host is gone; what it asked for is still done, its answers go nowhere."""
        self.play(now)
        self._links.pop(link, None)
        self._line.pop(link, None)
        self._agenda.forget(link)

    def due(self) -> float | None:
        """The next instant at which something is heard of the air, or leaves."""
        leaves, heard = self._agenda.next, self._due
        return leaves if heard is None or (leaves is not None and leaves <= heard) else heard

    def take(self, now: float) -> list[Out]:
        """Play on until `now`, and hand over what leaves."""
        if self._at <= now:
            self.play(now)
        return self._agenda.take(now)

    def foresee(self, link: int, data: bytes, now: float) -> Foreseen | None:
        """The answer to who only reads a tag, or looks for new ones where there is none, while nothing else
        is to be done; None to all else, which has to be played."""
        splitter = self._links.get(link)
        if splitter is None or self._asks or self._agenda.next is not None:
            return None
        if self.manners.persistence_reset is not None or self.manners.rx_buffer:
            return None
        frame = splitter.only(data)
        if frame is None or frame.command != ISO_HOST or frame.address not in ADDRESSES or not frame.data:
            return None
        order = isohost.read(frame.data, *self.programs.limits(advanced=frame.advanced))
        came = self._came(link, data, now)
        start = came if came > self._air else self._air
        lag = self.manners.answer_seconds
        if self.faults.waiting or self.faults.slow:
            name = _name(frame)
            if self.faults.concern(name):
                return None
            lag += self.faults.delay(name)[0]
        if isinstance(order, isohost.Asked) and len(order.requests) == 1:
            read = self.field.foresee(start, order.requests[0])
            if read is not None:
                answer = obid.write(frame, OK, order.shape(read.data))
                return Foreseen(
                    read.end + lag + self._takes(answer), answer, partial(self._has_read, read, link, came)
                )
        elif isinstance(order, isohost.Inventory) and self.manners.ont and not order.rest:
            end = self.field.foresee_silence(start)
            if end is not None:
                answer = obid.write(frame, NO_TRANSPONDER, b"")
                return Foreseen(
                    end + lag + self._takes(answer), answer, partial(self._found_none, end, link, came)
                )
        return None

    def _has_read(self, read: Read, link: int, came: float) -> None:
        self.field.fulfil(read)
        self._air, self._line[link] = read.end, came

    def _found_none(self, end: float, link: int, came: float) -> None:
        self._air, self._line[link] = end, came
        self.programs.untold = []

    # --- the line ---------------------------------------------------------------------------------------

    def _takes(self, data: bytes) -> float:
        """How long these bytes are on the line; 0 where it is a network."""
        return len(data) * self.manners.bits / self.manners.baud if self.manners.baud else 0.0

    def _came(self, link: int, data: bytes, now: float) -> float:
        """When the last bit of them has come, if they set out now."""
        if not self.manners.baud:
            return now
        return max(now, self._line.get(link, now)) + self._takes(data)

    # --- a poll that is of no consequence ---------------------------------------------------------------

    def still(self) -> Hashable | None:
        """What its answers depend on beside the questions; None while something is under way.

        The same as before: whoever asks the same gets the same, at the same times after the question. It
        differs after every act on reader, field or faults, and after whatever it did that chance had a
        hand in, that it keeps a record of, or that a host may count (a tag that is silent or refuses).
        """
        if self._asks or self._agenda.next is not None:
            return None
        return self._noted, self.field.noted, self.reachable, len(self._links), self.faults.state()

    def skipped(self, since: float, seconds: float) -> None:
        """What the host did from `since` on it did again and again for so long, to no effect."""
        if self.manners.persistence_reset is not None:
            self.field.younger(since, seconds)

    # --- steering -------------------------------------------------------------------------------------

    def unplug(self, now: float) -> None:
        """Cut its power: links drop, what is in the air ends at once, tags lose their state."""
        self.play(now)
        self._noted += 1
        self.reachable = False
        self._agenda.clear()
        self._asks.clear()
        self._program = self._due = None
        self._at = inf
        self.programs.untold = []
        self.field.power(on=False)
        for link in list(self._links):
            self._agenda.plan(now, Hangup(link))
        self._links.clear()
        self._line.clear()
        self.programs.outputs.lose_power(now)

    def plug(self, now: float) -> None:
        """Give it power again."""
        if not self.reachable:
            self.reachable = True
            self._air = now
            self.field.power(on=True)

    def play(self, now: float) -> None:
        """Let everything happen that the air holds until `now`; does nothing while it is happening."""
        if self._at > now or self._playing:
            return
        self._playing = True
        try:
            while (program := self._program) is not None and self._at <= now:
                try:
                    instant = next(program)
                except StopIteration as done:
                    if self._program is program:  # else the power went meanwhile
                        self._done(*done.value)
                else:
                    if self._program is program:
                        self._at, self._due = instant
        finally:
            self._playing = False

    # --- asking the air ---------------------------------------------------------------------------------

    def _accept(self, link: int, frame: obid.Frame, now: float) -> None:
        fault, lag = None, 0.0
        if self.faults.waiting or self.faults.slow:
            name = _name(frame)
            fault = self.faults.meet(name)
            lag, _ = self.faults.delay(name)
        if fault is not None and not fault.execute:
            if fault.kind == "hang-up":
                self._drop(link, now)
            return
        self._asks.append(_Ask(now, link, frame, fault, lag + self.manners.answer_seconds))
        if self._program is None:
            self._begin(now)

    def _begin(self, now: float) -> None:
        """Set the first command to begin as soon as the air is free."""
        self._at = self._due = start = now if now > self._air else self._air
        self._program = self.programs.of(self._asks[0].frame, start)

    def _done(self, end: float, status: int, data: bytes) -> None:
        """A command came to its end: let its answer leave, and begin the next."""
        ask = self._asks.popleft()
        self._program = self._due = None
        self._at, self._air = inf, end
        if status not in {OK, MORE_DATA} and ask.frame.data[:1] != ONLY_INVENTORY:
            self._noted += 1
        answer = obid.write(ask.frame, status, data)
        if ask.fault is None and ask.link in self._links:
            self._agenda.plan(end + ask.lag + self._takes(answer), Send(ask.link, answer))
        else:
            self._spoilt(ask, end, answer)
        if self._asks:
            self._begin(max(end, self._asks[0].came))

    def _spoilt(self, ask: _Ask, at: float, data: bytes) -> None:
        """What leaves in the stead of an answer when something goes wrong."""
        if ask.link not in self._links or ask.fault is None:
            return
        if ask.fault.kind == "garble":
            self._agenda.plan(at + ask.lag, Send(ask.link, spoil(data, ask.fault.how)))
        elif ask.fault.kind == "hang-up":
            self._drop(ask.link, at + ask.lag)

    def _drop(self, link: int, at: float) -> None:
        self._links.pop(link, None)
        self._agenda.forget(link)
        self._agenda.plan(at, Hangup(link))


def _name(frame: obid.Frame) -> str:
    """What the commands are called to which something is to happen."""
    if frame.command == ISO_HOST and frame.data:
        return f"{frame.data[0]:02X}"
    if frame.command == CUSTOM_HOST and len(frame.data) > 1:
        return f"{frame.data[1]:02X}"
    return f"{frame.command:02X}"
