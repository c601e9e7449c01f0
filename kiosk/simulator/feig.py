"""A simulated FEIG pad reader in ISO-host mode, in front of a tag field.

Written from the published manuals H60301-3e (ID ISC.MR/PR101) and H01113-4e (MR102): section numbers
below are those of H60301-3e. It answers when the air clock says so, in the order of the requests, and
not at all to what is no frame of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Hashable
from functools import partial
from math import inf
from typing import NamedTuple

from kiosk.simulator import isohost, obid, rounds
from kiosk.simulator.airtime import RF_RESET
from kiosk.simulator.device import Agenda, Fault, Faults, Foreseen, Hangup, Out, Send, spoil
from kiosk.simulator.field import Heard, Instant, Read, TagField
from kiosk.simulator.isohost import LENGTH, UNKNOWN_COMMAND
from kiosk.simulator.scenery import ReaderManners

# --- commands (5 and 6) ------------------------------------------------------------------------------
CPU_RESET = 0x63
SOFTWARE_VERSION = 0x65
READER_INFO = 0x66
RF_RESET_COMMAND = 0x69
RF_ON_OFF = 0x6A
ISO_HOST = 0xB0

# --- status bytes (annex D) --------------------------------------------------------------------------
OK = 0x00
NO_TRANSPONDER = 0x01
DATA_FALSE = 0x02
MORE_DATA = 0x94
ISO_ERROR = 0x95

TR_TYPE_ISO15693 = 0x03
"""Annex A."""
MR101 = 76
"""Annex K: the reader type that we say we are."""
VERSION = bytes([0x03, 0x00, 0x00, 0x00, MR101, 0x00, 0x08])
"""SW-REV (2), D-REV, HW-TYPE, SW-TYPE, TR-TYPE (2; bit 3: ISO 15693); section 5.4."""
ADDRESSES = (obid.BROADCAST, 0)
"""What a frame for us begins with."""
ONLY_INVENTORY = bytes([isohost.INVENTORY])
"""The ISO command whose status 01 is no news: all tags are silenced, or there is none."""

Program = Generator[Instant, None, tuple[float, int, bytes]]
"""What the reader does for one command: yields instants; returns the end, the status, the data."""


class _Ask(NamedTuple):
    """A command that came."""

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
        self._rest: list[bytes] = []
        """Data sets of tags that were found and not told yet."""
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
        for frame in splitter.feed(data, now):
            if frame.address in ADDRESSES:
                self._accept(link, frame, now)
        if self._at <= now:
            self.play(now)

    def closed(self, link: int, now: float) -> None:
        """A host is gone; what it asked for is still done, its answers go nowhere."""
        self.play(now)
        self._links.pop(link, None)
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
        if self.manners.persistence_reset is not None:
            return None
        frame = splitter.only(data)
        if frame is None or frame.command != ISO_HOST or frame.address not in ADDRESSES or not frame.data:
            return None
        order = isohost.read(frame.data, self.manners.tx_buffer)
        start = now if now > self._air else self._air
        lag = self.manners.answer_seconds
        if self.faults.waiting or self.faults.slow:
            name = _name(frame)
            if self.faults.concern(name):
                return None
            lag += self.faults.delay(name)[0]
        if isinstance(order, isohost.Asked) and len(order.requests) == 1:
            read = self.field.foresee(start, order.requests[0])
            if read is not None:
                return Foreseen(
                    read.end + lag,
                    obid.write(frame, OK, order.shape(read.data)),
                    partial(self._has_read, read),
                )
        elif isinstance(order, isohost.Inventory) and self.manners.ont and not order.rest:
            end = self.field.foresee_silence(start)
            if end is not None:
                return Foreseen(
                    end + lag, obid.write(frame, NO_TRANSPONDER, b""), partial(self._found_none, end)
                )
        return None

    def _has_read(self, read: Read) -> None:
        self.field.fulfil(read)
        self._air = read.end

    def _found_none(self, end: float) -> None:
        self._air, self._rest = end, []

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
        self._rest = []
        self.field.power(on=False)
        for link in list(self._links):
            self._agenda.plan(now, Hangup(link))
        self._links.clear()

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
        self._asks.append(_Ask(link, frame, fault, lag + self.manners.answer_seconds))
        if self._program is None:
            self._begin(now)

    def _begin(self, now: float) -> None:
        """Set the first command to begin as soon as the air is free."""
        self._at = self._due = start = now if now > self._air else self._air
        self._program = self._program_of(self._asks[0].frame, start)

    def _done(self, end: float, status: int, data: bytes) -> None:
        """A command came to its end: let its answer leave, and begin the next."""
        ask = self._asks.popleft()
        self._program = self._due = None
        self._at, self._air = inf, end
        if status not in {OK, MORE_DATA} and ask.frame.data[:1] != ONLY_INVENTORY:
            self._noted += 1
        answer = obid.write(ask.frame, status, data)
        if ask.fault is None and ask.link in self._links:
            self._agenda.plan(end + ask.lag, Send(ask.link, answer))
        else:
            self._spoilt(ask, end, answer)
        if self._asks:
            self._begin(end)

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

    # --- commands ---------------------------------------------------------------------------------------

    def _program_of(self, frame: obid.Frame, start: float) -> Program:
        """What one command does; 6.1: one of the ISO 15693 commands."""
        if frame.command != ISO_HOST or not frame.data:
            return self._of_the_reader(frame, start)
        if self.manners.persistence_reset is not None:
            self.field.free_after(self.manners.persistence_reset, start)
        match isohost.read(frame.data, self.manners.tx_buffer):
            case isohost.Asked() as order:
                return self._ask(start, order)
            case isohost.Inventory(rest=False):
                return self._inventory(start, advanced=frame.advanced)
            case isohost.Inventory():
                return _at_once(start, *self._portion(advanced=frame.advanced))
            case isohost.Quiet(uid):
                return self._quiet(start, uid)
            case isohost.Refused(status):
                return _at_once(start, status)

    def _of_the_reader(self, frame: obid.Frame, start: float) -> Program:
        """5: a command to the reader itself."""
        if frame.command in {RF_RESET_COMMAND, CPU_RESET}:
            return self._rf_reset(start)
        if frame.command == SOFTWARE_VERSION:
            return _at_once(start, OK, VERSION)
        if frame.command == READER_INFO:
            buffers = self.manners.tx_buffer.to_bytes(2, "big") * 2
            return _at_once(start, OK, VERSION + buffers)
        if frame.command == RF_ON_OFF:
            data = frame.data
            return self._rf_switch(start, on=data[0] != 0) if len(data) == 1 else _at_once(start, LENGTH)
        return _at_once(start, UNKNOWN_COMMAND)

    def _rf_switch(self, start: float, *, on: bool) -> Program:
        """5.7: the field on or off."""
        self.field.power(on=on)
        yield start, start
        return start, OK, b""

    def _rf_reset(self, start: float) -> Program:
        """5.6: the field is off for 15 ms, then all tags are in their base state; so is the reader."""
        self.field.power(on=False)
        end = start + RF_RESET
        yield end, end
        self.field.power(on=True)
        self._rest = []
        return end, OK, b""

    def _ask(self, start: float, order: isohost.Asked) -> Program:
        """6.1.4 and others: ask the air; shape what it says as the reader's answer."""
        data = b""
        for request in order.requests:
            heard = yield from self.field.ask(start, request)
            if heard.data is None:
                return heard.end, *_failure(heard)
            start, data = heard.end, heard.data
        return start, OK, order.shape(data)

    def _inventory(self, start: float, *, advanced: bool) -> Program:
        """6.1.1: all tags (ONT 0, after an RF reset), or those that are new (ONT 1, which silences them)."""
        if not self.manners.ont:
            yield from self._rf_reset(start)
            start += RF_RESET
        end, found = yield from rounds.inventory(self.field, start)
        if self.manners.ont:
            for slot in found:
                end = yield from self.field.stay_quiet(end, slot.data[:0:-1].hex().upper())
        self._rest = [bytes([TR_TYPE_ISO15693, slot.data[0]]) + slot.data[:0:-1] for slot in found]
        status, data = self._portion(advanced=advanced)
        return end, status, data

    def _portion(self, *, advanced: bool) -> tuple[int, bytes]:
        """As many of the tags found as one answer holds; status 94 when there are more."""
        if not self._rest:
            return NO_TRANSPONDER, b""
        room = obid.LONGEST_ADVANCED if advanced else self.manners.tx_buffer
        most = (room - 10) // 10
        now, self._rest = self._rest[:most], self._rest[most:]
        return (MORE_DATA if self._rest else OK), bytes([len(now)]) + b"".join(now)

    def _quiet(self, start: float, uid: str) -> Program:
        """6.1.2: no tag ever answers this, so the reader can only say that it was sent."""
        end = yield from self.field.stay_quiet(start, uid)
        return end, OK, b""


def _name(frame: obid.Frame) -> str:
    """What the commands are called to which something is to happen."""
    return f"{frame.data[0] if frame.command == ISO_HOST and frame.data else frame.command:02X}"


def _at_once(start: float, status: int, data: bytes = b"") -> Program:
    """An answer for which the air is not needed."""
    yield start, start
    return start, status, data


def _failure(heard: Heard) -> tuple[int, bytes]:
    """The status byte where a tag gave no data, and its error code where there is one."""
    if heard.collision:
        return DATA_FALSE, b""
    if heard.error is not None:
        return ISO_ERROR, bytes([heard.error])
    return NO_TRANSPONDER, b""
