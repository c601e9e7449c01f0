"""A simulated FEIG pad reader in ISO-host mode, in front of a tag field.

Written from the published manuals H60301-3e (ID ISC.MR/PR101) and H01113-4e (MR102): section numbers
below are those of H60301-3e. It answers when the air clock says so, in the order of the requests, and
not at all to what is no frame of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Hashable
from typing import NamedTuple

from kiosk.simulator import obid
from kiosk.simulator.device import Agenda, Fault, Faults, Hangup, Out, Send, spoil
from kiosk.simulator.field import RF_RESET, Air, Heard, Instant, Mode, Tag, TagField
from kiosk.simulator.scenery import ReaderManners

# --- commands (5 and 6) ------------------------------------------------------------------------------
CPU_RESET = 0x63
SOFTWARE_VERSION = 0x65
READER_INFO = 0x66
RF_RESET_COMMAND = 0x69
RF_ON_OFF = 0x6A
ISO_HOST = 0xB0
INVENTORY = 0x01
STAY_QUIET = 0x02
READ_MULTIPLE = 0x23
WRITE_MULTIPLE = 0x24
SELECT = 0x25
RESET_TO_READY = 0x26
WRITE_AFI = 0x27
SYSTEM_INFORMATION = 0x2B
TAG_COMMANDS = {
    STAY_QUIET,
    READ_MULTIPLE,
    WRITE_MULTIPLE,
    SELECT,
    RESET_TO_READY,
    WRITE_AFI,
    SYSTEM_INFORMATION,
}

# --- status bytes (annex D) --------------------------------------------------------------------------
OK = 0x00
NO_TRANSPONDER = 0x01
DATA_FALSE = 0x02
RANGE = 0x11
UNKNOWN_COMMAND = 0x80
LENGTH = 0x81
MORE_DATA = 0x94
ISO_ERROR = 0x95

MORE = 0x80
"""MODE bit of an inventory: the rest of the last one."""
TR_TYPE_ISO15693 = 0x03
"""Annex A."""
MR101 = 76
"""Annex K: the reader type that we say we are."""
VERSION = bytes([0x03, 0x00, 0x00, 0x00, MR101, 0x00, 0x08])
"""SW-REV (2), D-REV, HW-TYPE, SW-TYPE, TR-TYPE (2; bit 3: ISO 15693); section 5.4."""
BLOCK = 4
ONLY_INVENTORY = bytes([INVENTORY])
"""The ISO command whose status 01 is no news: all tags are silenced, or there is none."""

Program = Generator[Instant, None, tuple[float, int, bytes]]
"""What the reader does for one command: yields instants; returns the end, the status, the data."""


class _Ask(NamedTuple):
    link: int
    frame: obid.Frame
    fault: Fault | None
    lag: float


class _Busy(NamedTuple):
    """The command that is under way: `at` it goes on, `due` somebody may hear of that."""

    ask: _Ask
    program: Program
    at: float
    due: float


class SimFeig:
    """The reader. `Device` says how it is driven."""

    def __init__(self, field: TagField, manners: ReaderManners | None = None) -> None:
        self.field = field
        self.manners = manners or ReaderManners()
        self.faults = Faults()
        self._links: dict[int, obid.Splitter] = {}
        self._agenda = Agenda()
        self._asks: deque[_Ask] = deque()
        self._busy: _Busy | None = None
        self._air = float("-inf")
        self._rest: list[Tag] = []
        self._plugged = True
        self._playing = False
        self._noted = 0

    # --- the device -----------------------------------------------------------------------------------

    @property
    def reachable(self) -> bool:
        """False while it is unplugged."""
        return self._plugged

    def opened(self, link: int, now: float) -> None:
        """A host connected."""
        del now
        self._links[link] = obid.Splitter()

    def received(self, link: int, data: bytes, now: float) -> None:
        """Bytes from a host."""
        if link not in self._links or not self._plugged:
            return
        self.play(now)
        for frame in self._links[link].feed(data, now):
            if frame.address in {obid.BROADCAST, 0}:
                self._accept(link, frame, now)
        self._begin(now)
        self.play(now)

    def closed(self, link: int, now: float) -> None:
        """A host is gone; what it asked for is still done, its answers go nowhere."""
        self.play(now)
        self._links.pop(link, None)
        self._agenda.forget(link)

    def due(self) -> float | None:
        """The next instant at which something is heard of the air, or leaves."""
        due = self._agenda.due()
        if self._busy is None:
            return due
        at = self._busy.due
        return at if due is None or at < due else due

    def take(self, now: float) -> list[Out]:
        """Play on until `now`, and hand over what leaves."""
        self.play(now)
        return self._agenda.take(now)

    # --- a poll that is of no consequence ---------------------------------------------------------------

    def still(self) -> Hashable | None:
        """What its answers depend on beside the questions; None while something is under way.

        The same as before: whoever asks the same gets the same, at the same times after the question. It
        differs after every act on reader, field or faults, and after whatever it did that chance had a
        hand in, that it keeps a record of, or that a host may count (a tag that is silent or refuses).
        """
        if self._busy is not None or self._asks or self._agenda.due() is not None:
            return None
        faults = self.faults
        waiting = [(f.kind, f.message, f.count, f.execute, f.how) for f in faults.waiting]
        slow = tuple(faults.slow.items())
        return self._noted, self.field.noted, self._plugged, len(self._links), tuple(waiting), slow

    def skipped(self, since: float, seconds: float) -> None:
        """What the host did from `since` on it did again and again for so long, to no effect."""
        if self.manners.persistence_reset is not None:
            self.field.younger(since, seconds)

    # --- steering -------------------------------------------------------------------------------------

    def unplug(self, now: float) -> None:
        """Cut its power: links drop, what is in the air ends at once, tags lose their state."""
        self.play(now)
        self._noted += 1
        self._plugged = False
        self._agenda.clear()
        self._asks.clear()
        self._busy = None
        self._rest = []
        self.field.power(on=False)
        for link in list(self._links):
            self._agenda.plan(now, Hangup(link))
        self._links.clear()

    def plug(self, now: float) -> None:
        """Give it power again."""
        if not self._plugged:
            self._plugged = True
            self._air = now
            self.field.power(on=True)

    def play(self, now: float) -> None:
        """Let everything happen that the air holds until `now`; does nothing while it is happening."""
        if self._playing or self._busy is None:
            return
        self._playing = True
        try:
            busy: _Busy | None = self._busy
            while busy is not None and busy.at <= now:
                self._resume(busy)
                busy = self._busy
        finally:
            self._playing = False

    # --- asking the air ---------------------------------------------------------------------------------

    def _accept(self, link: int, frame: obid.Frame, now: float) -> None:
        fault, lag = None, 0.0
        if self.faults:
            name = f"{frame.data[0] if frame.command == ISO_HOST and frame.data else frame.command:02X}"
            fault = self.faults.meet(name)
            lag, _ = self.faults.delay(name)
        if fault is not None and not fault.execute:
            if fault.kind == "hang-up":
                self._drop(link, now)
            return
        self._asks.append(_Ask(link, frame, fault, lag + self.manners.answer_seconds))

    def _begin(self, now: float) -> None:
        """Set the next request to begin as soon as the air is free."""
        if self._busy is None and self._asks:
            ask = self._asks.popleft()
            start = max(now, self._air)
            self._busy = _Busy(ask, self._program(ask.frame, start), start, start)

    def _resume(self, busy: _Busy) -> None:
        ask, program, _, _ = busy
        try:
            instant = next(program)
        except StopIteration as done:
            if self._busy is not busy:
                return
            end, status, data = done.value
            self._busy = None
            self._air = end
            if status not in {OK, MORE_DATA} and ask.frame.data[:1] != ONLY_INVENTORY:
                self._noted += 1
            self._answer(ask, end, obid.write(ask.frame, status, data))
            self._begin(end)
        else:
            if self._busy is busy:
                at, due = instant if isinstance(instant, tuple) else (instant, instant)
                self._busy = _Busy(ask, program, at, due)

    def _answer(self, ask: _Ask, at: float, data: bytes) -> None:
        if ask.link not in self._links:
            return
        if ask.fault is None:
            self._agenda.plan(at + ask.lag, Send(ask.link, data))
        elif ask.fault.kind == "garble":
            self._agenda.plan(at + ask.lag, Send(ask.link, spoil(data, ask.fault.how)))
        elif ask.fault.kind == "hang-up":
            self._drop(ask.link, at + ask.lag)

    def _drop(self, link: int, at: float) -> None:
        self._links.pop(link, None)
        self._agenda.forget(link)
        self._agenda.plan(at, Hangup(link))

    # --- commands ---------------------------------------------------------------------------------------

    def _program(self, frame: obid.Frame, start: float) -> Program:
        """What one command does."""
        data = frame.data
        if frame.command == ISO_HOST and data:
            return self._iso_host(data[0], data[1:], start, advanced=frame.advanced)
        if frame.command in {RF_RESET_COMMAND, CPU_RESET}:
            return self._rf_reset(start)
        if frame.command == SOFTWARE_VERSION:
            return _at_once(start, OK, VERSION)
        if frame.command == READER_INFO:
            buffers = self.manners.tx_buffer.to_bytes(2, "big") * 2
            return _at_once(start, OK, VERSION + buffers)
        if frame.command == RF_ON_OFF:
            return self._rf_switch(start, on=data[0] != 0) if len(data) == 1 else _at_once(start, LENGTH)
        return _at_once(start, UNKNOWN_COMMAND)

    def _rf_switch(self, start: float, *, on: bool) -> Program:
        """5.7: the field on or off."""
        self.field.power(on=on)
        yield start
        return start, OK, b""

    def _rf_reset(self, start: float) -> Program:
        """5.6: the field is off for 15 ms, then all tags are in their base state; so is the reader."""
        self.field.power(on=False)
        yield start + RF_RESET
        self.field.power(on=True)
        self._rest = []
        return start + RF_RESET, OK, b""

    def _iso_host(self, command: int, data: bytes, start: float, *, advanced: bool) -> Program:
        """6.1: one of the ISO 15693 commands."""
        if self.manners.persistence_reset is not None:
            self.field.free_after(self.manners.persistence_reset, start)
        if command == INVENTORY:
            if len(data) != 1:
                return _at_once(start, LENGTH)
            if data[0] & MORE:
                return _at_once(start, *self._portion(advanced=advanced))
            return self._inventory(start, advanced=advanced)
        mode = {0: Mode.ALL, 1: Mode.ADDRESSED, 2: Mode.SELECTED}.get(data[0] & 0x07) if data else None
        if mode is None:
            return _at_once(start, RANGE if data else LENGTH)
        uid, rest = "", data[1:]
        if mode is Mode.ADDRESSED:
            uid, rest = rest[:8].hex().upper(), rest[8:]
            if len(uid) != 16:
                return _at_once(start, LENGTH)
        return self._addressed(command, mode, uid, rest, start)

    def _addressed(self, command: int, mode: Mode, uid: str, rest: bytes, start: float) -> Program:
        """A command to the tag or tags that its mode means; `rest` is what follows the UID."""
        field = self.field
        if command == STAY_QUIET and not rest:
            return self._quiet(start, uid)
        if command == SELECT and not rest:
            return _relay(field.select(start, uid), lambda data: data)
        if command == RESET_TO_READY and not rest:
            return _relay(field.reset_to_ready(start, mode, uid), lambda data: data)
        if command == SYSTEM_INFORMATION and not rest:
            return _relay(field.system_information(start, mode, uid), _information)
        if command == WRITE_AFI and len(rest) == 1:
            return _relay(field.write_afi(start, mode, uid, rest[0]), lambda data: data)
        if command == READ_MULTIPLE and len(rest) == 2:
            first, count = rest
            if count == 0 or count * (BLOCK + 1) > self.manners.tx_buffer - 10:
                return _at_once(start, RANGE)
            return _relay(field.read_blocks(start, mode, uid, first, count), _blocks)
        if (
            command == WRITE_MULTIPLE
            and len(rest) > 3
            and rest[2] == BLOCK
            and len(rest) == 3 + rest[1] * BLOCK
        ):
            return self._write_blocks(start, mode, uid, rest[0], rest[3:])
        return _at_once(start, LENGTH if command in TAG_COMMANDS else UNKNOWN_COMMAND)

    def _inventory(self, start: float, *, advanced: bool) -> Program:
        """6.1.1: all tags (ONT 0, after an RF reset), or those that are new (ONT 1, which silences them)."""
        if not self.manners.ont:
            yield from self._rf_reset(start)
            start += RF_RESET
        end, found = yield from self.field.inventory(start)
        if self.manners.ont:
            for tag in found:
                end = yield from self.field.stay_quiet(end, tag.plan.uid)
        self._rest = found
        status, data = self._portion(advanced=advanced)
        return end, status, data

    def _portion(self, *, advanced: bool) -> tuple[int, bytes]:
        """As many of the tags found as one answer holds; status 94 when there are more."""
        if not self._rest:
            return NO_TRANSPONDER, b""
        room = obid.LONGEST_ADVANCED if advanced else self.manners.tx_buffer
        most = (room - 10) // 10
        now, self._rest = self._rest[:most], self._rest[most:]
        sets = b"".join(bytes([TR_TYPE_ISO15693, tag.plan.dsfid]) + tag.uid.to_bytes(8, "big") for tag in now)
        return (MORE_DATA if self._rest else OK), bytes([len(now)]) + sets

    def _quiet(self, start: float, uid: str) -> Program:
        """6.1.2: no tag ever answers this, so the reader can only say that it was sent."""
        end = yield from self.field.stay_quiet(start, uid)
        return end, OK, b""

    def _write_blocks(self, start: float, mode: Mode, uid: str, first: int, data: bytes) -> Program:
        """6.1.5: one write a block; block data arrives most significant byte first."""
        for number in range(len(data) // BLOCK):
            block = data[number * BLOCK : (number + 1) * BLOCK][::-1]
            heard = yield from self.field.write_block(start, mode, uid, first + number, block)
            start = heard.end
            status, error = _status(heard)
            if status != OK:
                return heard.end, status, error
        return start, OK, b""


def _at_once(start: float, status: int, data: bytes = b"") -> Program:
    """An answer for which the air is not needed."""
    yield start
    return start, status, data


def _relay(air: Air, shape: Callable[[bytes], bytes]) -> Program:
    """Ask the air; shape what it says as the reader's answer."""
    heard = yield from air
    status, data = _status(heard)
    if status == OK and heard.data is not None:
        data = shape(heard.data)
    return heard.end, status, data


def _status(heard: Heard) -> tuple[int, bytes]:
    """The status byte, and the tag's error code where there is one."""
    if heard.collision:
        return DATA_FALSE, b""
    if heard.error is not None:
        return ISO_ERROR, bytes([heard.error])
    return (NO_TRANSPONDER if heard.data is None else OK), b""


def _information(data: bytes) -> bytes:
    """6.1.12: DSFID, UID most significant byte first, AFI, MEM-SIZE (2), IC-REF."""
    uid, dsfid, afi, memory, ic = data[:8], data[8:9], data[9:10], data[10:12], data[12:13]
    return dsfid + uid[::-1] + afi + memory + ic


def _blocks(data: bytes) -> bytes:
    """6.1.4: DB-N, DB-SIZE, then SEC-STATUS and the block, most significant byte first, each time."""
    blocks = [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)]
    return bytes([len(blocks), BLOCK]) + b"".join(b"\0" + block[::-1] for block in blocks)
