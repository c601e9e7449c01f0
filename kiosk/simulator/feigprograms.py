"""What a FEIG reader does for each command (section numbers of H60301-3e), as programs on the air."""

from __future__ import annotations

from collections.abc import Generator

from kiosk.simulator import feigtransparent, isohost, obid, outputs, rounds
from kiosk.simulator.airtime import RF_RESET
from kiosk.simulator.field import NOT_SUPPORTED, Heard, Instant, TagField
from kiosk.simulator.isohost import LENGTH, OVERFLOW, UNKNOWN_COMMAND
from kiosk.simulator.scenery import ReaderManners

# --- commands (5, 6 and 8) -----------------------------------------------------------------------------
BAUD_RATE_DETECTION = 0x52
CPU_RESET = 0x63
SOFTWARE_VERSION = 0x65
READER_INFO = 0x66
RF_RESET_COMMAND = 0x69
RF_ON_OFF = 0x6A
SET_OUTPUT = 0x71
SET_OUTPUT_RECORDS = 0x72
GET_INPUT = 0x74
ISO_HOST = 0xB0
CUSTOM_HOST = 0xB1
TRANSPARENT = 0xBF

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

Program = Generator[Instant, None, tuple[float, int, bytes]]
"""What the reader does for one command: yields instants; returns the end, the status, the data."""


class Programs:
    """What the reader does, and what it keeps from one command to the next.

    `untold` are the data sets of tags that were found and not told yet, `inputs` the numbers of those that
    are active (1 to 8).
    """

    def __init__(self, field: TagField, manners: ReaderManners) -> None:
        self.field, self.manners = field, manners
        self.outputs = outputs.Outputs()
        self.inputs: set[int] = set()
        self.untold: list[bytes] = []

    def limits(self, *, advanced: bool) -> tuple[int, int]:
        """How long an answer may be, and how many blocks one command may read."""
        room = obid.LONGEST_ADVANCED if advanced else self.manners.tx_buffer
        return room, self.manners.most_blocks

    def of(self, frame: obid.Frame, start: float) -> Program:
        """What one command does."""
        if self.manners.rx_buffer and len(frame.data) + obid.SHORTEST_STANDARD > self.manners.rx_buffer:
            return _at_once(start, OVERFLOW)
        if frame.command not in {ISO_HOST, CUSTOM_HOST, TRANSPARENT} or not frame.data:
            return self._of_the_reader(frame, start)
        if self.manners.persistence_reset is not None:
            self.field.free_after(self.manners.persistence_reset, start)
        if frame.command == TRANSPARENT:
            return self._transparent(start, frame.data)
        order = (
            isohost.read(frame.data, *self.limits(advanced=frame.advanced))
            if frame.command == ISO_HOST
            else isohost.custom(frame.data)
        )
        match order:
            case isohost.Asked():
                return self._ask(start, order)
            case isohost.Inventory(rest=False):
                return self._inventory(start, advanced=frame.advanced)
            case isohost.Inventory():
                return _at_once(start, *self._portion(advanced=frame.advanced))
            case isohost.Quiet(uid):
                return self._quiet(start, uid)
            case isohost.Refused(status, locking):
                if locking:
                    self.field.refuse_lock(start, bytes([frame.command]) + frame.data)
                return _at_once(start, status)

    def _of_the_reader(self, frame: obid.Frame, start: float) -> Program:
        """5: a command to the reader itself."""
        command, data = frame.command, frame.data
        if command in {RF_RESET_COMMAND, CPU_RESET}:
            return self.rf_reset(start)
        if command == BAUD_RATE_DETECTION:
            return _at_once(start, OK)
        if command == SOFTWARE_VERSION:
            return _at_once(start, OK, VERSION)
        if command == READER_INFO:
            return _at_once(start, OK, VERSION + self._buffers())
        if command == RF_ON_OFF:
            return self._rf_switch(start, on=data[0] != 0) if len(data) == 1 else _at_once(start, LENGTH)
        if command in {SET_OUTPUT, SET_OUTPUT_RECORDS}:
            wanted = outputs.by_word(data) if command == SET_OUTPUT else outputs.by_record(data)
            return _at_once(start, LENGTH) if wanted is None else self._switch(start, wanted)
        if command == GET_INPUT:
            return _at_once(start, OK, bytes([sum(1 << number - 1 for number in self.inputs)]))
        return _at_once(start, UNKNOWN_COMMAND)

    def _buffers(self) -> bytes:
        """5.5: RX-BUF and TX-BUF."""
        taken = self.manners.rx_buffer or self.manners.tx_buffer
        return taken.to_bytes(2, "big") + self.manners.tx_buffer.to_bytes(2, "big")

    def _switch(self, start: float, wanted: list[outputs.Setting]) -> Program:
        """5.8: outputs on and off."""
        yield start, start
        self.field.noted += 1
        self.outputs.switch(wanted, start)
        return start, OK, b""

    def _rf_switch(self, start: float, *, on: bool) -> Program:
        """5.7: the field on or off."""
        self.field.power(on=on)
        yield start, start
        return start, OK, b""

    def rf_reset(self, start: float) -> Program:
        """5.6: the field is off for 15 ms, then all tags are in their base state; so is the reader."""
        self.field.power(on=False)
        end = start + RF_RESET
        yield end, end
        self.field.power(on=True)
        self.untold = []
        return end, OK, b""

    def _ask(self, start: float, order: isohost.Asked) -> Program:
        """6.1.4 and others: ask the air; shape what it says as the reader's answer."""
        data = b""
        for request in order.requests:
            heard = yield from self.field.ask(start, request)
            if heard.data is None:
                if heard.error == NOT_SUPPORTED and order.instead:
                    return (yield from self._ask_instead(heard.end, order))
                return heard.end, *_failure(heard)
            start, data = heard.end, heard.data
        return start, OK, order.shape(data)

    def _ask_instead(self, start: float, order: isohost.Asked) -> Program:
        """6.1.4, notes: of a tag that cannot read several blocks they are read one by one."""
        data = b""
        for request in order.instead:
            heard = yield from self.field.ask(start, request)
            if heard.data is None:
                return heard.end, *_failure(heard)
            start = heard.end
            data += heard.data
        return start, OK, order.shape(data)

    def _inventory(self, start: float, *, advanced: bool) -> Program:
        """6.1.1: all tags (ONT 0, after an RF reset), or those that are new (ONT 1, which silences them)."""
        if not self.manners.ont:
            yield from self.rf_reset(start)
            start += RF_RESET
        end, found = yield from rounds.inventory(self.field, start)
        if self.manners.ont:
            for slot in found:
                end = yield from self.field.stay_quiet(end, slot.data[:0:-1].hex().upper())
        self.untold = [bytes([TR_TYPE_ISO15693, slot.data[0]]) + slot.data[:0:-1] for slot in found]
        if self.manners.stutter:
            self.untold = [each for each in self.untold for _ in range(1 + self._stutters())]
        status, data = self._portion(advanced=advanced)
        return end, status, data

    def _stutters(self) -> bool:
        self.field.noted += 1
        return self.field.chance.random() < self.manners.stutter

    def _portion(self, *, advanced: bool) -> tuple[int, bytes]:
        """As many of the tags found as one answer holds; status 94 when there are more."""
        if not self.untold:
            return NO_TRANSPONDER, b""
        room, _ = self.limits(advanced=advanced)
        most = (room - 10) // 10
        now, self.untold = self.untold[:most], self.untold[most:]
        return (MORE_DATA if self.untold else OK), bytes([len(now)]) + b"".join(now)

    def _quiet(self, start: float, uid: str) -> Program:
        """6.1.2: no tag ever answers this, so the reader can only say that it was sent."""
        end = yield from self.field.stay_quiet(start, uid)
        return end, OK, b""

    def _transparent(self, start: float, data: bytes) -> Program:
        """8.6: say what the host gives."""
        frame = feigtransparent.read(data)
        if frame is None:
            yield start, start
            return start, LENGTH, b""
        said = yield from feigtransparent.say(self.field, start, frame)
        if said.collision:
            return said.end, DATA_FALSE, said.data
        return said.end, (OK if said.data else NO_TRANSPONDER), said.data


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
