"""A simulated 3M (now Bibliotheca) pad reader 210 or 810, in front of a tag field.

Written from the reader's protocol specification 1.0.0 (2009-06-01): section numbers below are its. It
answers when the air clock and its slow line say so, not at all to what is no frame of its own, nor to what
comes while it works on another command (1.1). It is found on a USB-serial line of 19200 baud, 8N1.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial

from kiosk.simulator import m3wire, nxp, passthrough, requests, rounds
from kiosk.simulator.airtime import BYTE
from kiosk.simulator.device import Foreseen
from kiosk.simulator.field import Heard, Instant, Read, Request
from kiosk.simulator.m3wire import Frame, Splitter
from kiosk.simulator.onair import Answer, OnAir, Program, at_once, fault_name
from kiosk.simulator.rounds import Wanted
from kiosk.simulator.scenery import BLOCK
from kiosk.simulator.tag import Mode, Tag

BAUD = 19200
BITS = 10
"""A start bit, eight data bits, no parity, a stop bit (2)."""

# --- commands (3.2, 7) --------------------------------------------------------------------------------
READ_UIDS = 0xFE
VERSION_COMMAND = 0x11
PASS_THROUGH = 0x14
QUIET = 0x01
READ_BLOCKS = 0x02
CHECK_EAS = 0x03
WRITE_BLOCKS = 0x04
WRITE_BLOCK = 0x05
LOCK_AFI = 0x06
WRITE_AND_LOCK = 0x07
LOCK_BLOCK = 0x08
WRITE_AFI = 0x09
GET_AFI = 0x0A
WRITE_DSFID = 0x0B
SET_EAS = 0x0C
TAG_INFO = 0x0D
LOCK_DSFID = 0x0E
GET_DSFID = 0x0F
SETTINGS = 0x13
"""Not in the specification; hosts were seen to send it after the greeting."""
THEIR_SETTINGS = bytes.fromhex("04 01 00 02 00 03 00 04 00")
OUR_SETTINGS = bytes.fromhex("00 02 01 01 03 02 02 03 00")
"""What was seen on the line of an 810; what it means is not known."""

LOCKING = {LOCK_AFI, WRITE_AND_LOCK, LOCK_BLOCK, LOCK_DSFID}

# --- error codes (appendix A) -------------------------------------------------------------------------
OK = 0x00
NOT_IMPLEMENTED = 0x02
NO_TRANSPONDER = 0x06
NOT_AVAILABLE = 0x11
LOCKED = 0x12
NOT_READ = 0x15
NOT_PUT = 0x16
ISO_ERRORS = {
    0x01: 0x21,
    0x02: 0x22,
    0x03: 0x23,
    0x10: NOT_AVAILABLE,
    0x11: LOCKED,
    0x12: LOCKED,
    0x13: NOT_PUT,
}
"""Its code for each error code of ISO 15693; for the others that it has not read or put the data
(assumed)."""

GREETING = 0x04
FIRMWARE = bytes([0x0A, 5, 2, 0x1B])
"""Vendor (0A: 3M), major, minor, build (7.2), as a 210 said it."""

# --- options of FE (7.1) ------------------------------------------------------------------------------
WITH_ADDRESS = 0x01
WITH_DSFID = 0x02
ONE_POLL = 0x20
"""Do not silence what was found and poll again for what was not."""

# --- options of 02 (7.5) ------------------------------------------------------------------------------
NEW_STYLE = 0x01
"""The first block's number once, instead of each block's own."""
WITH_LOCKS = 0x04
"""New style: each block after its lock byte."""

# --- what 0D can tell (7.18) --------------------------------------------------------------------------
INFO_DSFID, INFO_AFI, INFO_SIZE, INFO_IC = 0x01, 0x02, 0x04, 0x08

RF_FLAGS_GIVEN = 0x8000
"""A control option of 14 (7.3): a byte of RF flags follows."""

UID = 8
CRC_BYTES = 2
Reply = Callable[[bytes], bytes]


class SimM3(OnAir[Frame]):
    """The reader. `Device` says how it is driven."""

    deaf_at_work = True

    def _splitter(self) -> Splitter:
        return Splitter()

    def _byte_seconds(self) -> float:
        return BITS / (self.manners.baud or BAUD)

    def _name(self, message: Frame) -> str:
        return name(message)

    # --- commands -------------------------------------------------------------------------------------

    def _program_of(self, message: Frame, start: float) -> Program:
        """7: what a command does."""
        command, data = message.command, message.data
        if message.start == m3wire.GREETING_START:
            known = command == GREETING and data == bytes([0, VERSION_COMMAND])
            return at_once(start, m3wire.write(message, data + FIRMWARE) if known else None)
        if command == VERSION_COMMAND:
            return self._says(start, message, FIRMWARE)
        if command == SETTINGS and data == THEIR_SETTINGS:
            return at_once(start, m3wire.write(message, OUR_SETTINGS))
        if command == READ_UIDS and len(data) >= 2:
            return self._find(start, message, data[0], data[1])
        if command == PASS_THROUGH:
            return self._pass_through(start, message)
        if command in LOCKING:
            self.field.refuse_lock(start, bytes([command]) + data)
            return self._fails(start, message, NOT_IMPLEMENTED)
        if len(data) >= UID:
            program = self._to_tag(start, message, data[:UID], data[UID:])
            if program is not None:
                return program
        return self._fails(start, message, NOT_IMPLEMENTED)

    def _to_tag(self, start: float, frame: Frame, uid: bytes, rest: bytes) -> Program | None:
        """7.4 and after: a command to one tag, which is echoed; None: it is none, or not whole."""
        one, size = uid.hex().upper(), len(rest)
        order = order_of(frame)
        if order is not None:
            return self._ask_tag(start, frame, *order)
        match frame.command:
            case 0x01 if size == 0:
                return self._quiet(start, frame, one)
            case 0x03 if size == 0:
                return self._check_eas(start, frame, one)
            case 0x04 if size >= 3 and size == 3 + rest[1] * BLOCK and rest[1]:
                return self._write_blocks(start, frame, one, rest[0], rest[3:])
        return None

    def _ask_tag(self, start: float, frame: Frame, request: Request, reply: Reply) -> Program:
        """One request to one tag; its data are answered as `reply` shapes them."""
        heard = yield from self.field.ask(start, request)
        if heard.data is None:
            failed = bytes([_error(heard, writes=request.writes)]) + frame.data[:UID]
            return Answer(heard.end, m3wire.write(frame, failed), amiss=True)
        return Answer(heard.end, m3wire.write(frame, bytes([OK]) + frame.data[:UID] + reply(heard.data)))

    def _quiet(self, start: float, frame: Frame, uid: str) -> Program:
        """7.4: no tag ever answers this, so the reader can only say that it was sent."""
        end = yield from self.field.stay_quiet(start, uid)
        return Answer(end, m3wire.write(frame, bytes([OK]) + frame.data[:UID]))

    def _write_blocks(self, start: float, frame: Frame, uid: str, first: int, data: bytes) -> Program:
        """7.6: block after block until one fails, whose number is told; else that of the last and one."""
        number = first
        for at in range(0, len(data), BLOCK):
            block = data[at : at + BLOCK]
            heard = yield from self.field.ask(start, requests.write_block(Mode.ADDRESSED, uid, number, block))
            start = heard.end
            if heard.data is None:
                failed = bytes([_error(heard, writes=True)]) + frame.data[:UID] + bytes([number])
                return Answer(start, m3wire.write(frame, failed), amiss=True)
            number += 1
        return Answer(start, m3wire.write(frame, bytes([OK]) + frame.data[:UID] + bytes([number & 0xFF])))

    # --- all tags -------------------------------------------------------------------------------------

    def _find(self, start: float, frame: Frame, afi: int, options: int) -> Program:
        """7.1: all tags that are ready. Unless told not to, it silences what it found and polls again for
        what it missed; it then makes ready again whom it had silenced (assumed: hosts that poll by FE alone
        see the same tags each time)."""
        end, found = yield from self._poll(start, afi)
        if not options & ONE_POLL and found:
            for tag in found:
                end = yield from self.field.stay_quiet(end, tag.plan.uid)
            end, more = yield from self._poll(end, afi)
            for tag in found:
                heard = yield from self.field.ask(end, requests.reset_to_ready(Mode.ADDRESSED, tag.plan.uid))
                end = heard.end
            found += more
        elif not options & ONE_POLL:
            end, found = yield from self._poll(end, afi)
        if self.manners.stutter:
            found = [tag for tag in found for _ in range(1 + self._stutters())]
        told = found[:0xFF]
        data = bytes([OK, afi, options, len(told)]) + b"".join(_told(tag, options) for tag in told)
        return Answer(end, m3wire.write(frame, data))

    def _stutters(self) -> bool:
        """Whether a tag is told of twice, which the specification warns of (7.1)."""
        self.field.noted += 1
        return self.field.chance.random() < self.manners.stutter

    def _poll(self, start: float, afi: int) -> Generator[Instant, None, tuple[float, list[Tag]]]:
        end, slots = yield from rounds.inventory(self.field, start, Wanted(afi or None))
        return end, [slot.tag for slot in slots if slot.tag is not None]

    def _pass_through(self, start: float, frame: Frame) -> Program:
        """7.3: a request as it is, whose CRC the reader appends; what came back, without its CRC (assumed:
        the specification says neither)."""
        sent = sent_in(frame)
        if not sent:
            return (yield from self._fails(start, frame, NOT_AVAILABLE))
        said = yield from passthrough.say(self.field, start, sent)
        if said.answer is None:
            code = NOT_READ if said.collision else NO_TRANSPONDER
            return Answer(said.end, m3wire.write(frame, bytes([code, 0, 0, 0])), amiss=True)
        answer = said.answer[:-CRC_BYTES]
        data = bytes([OK, 0]) + len(answer).to_bytes(2, "big") + answer
        return Answer(said.end, m3wire.write(frame, data))

    def _check_eas(self, start: float, frame: Frame, uid: str) -> Program:
        """7.13: 1 if the tag sounds, 0 if it is silent: one that is not there is silent, too."""
        heard = yield from self.field.ask(start, nxp.eas_alarm(Mode.ADDRESSED, uid))
        told = bytes([OK]) + frame.data[:UID] + bytes([heard.data is not None])
        return Answer(heard.end, m3wire.write(frame, told), amiss=True)

    # --- without the air ------------------------------------------------------------------------------

    def _says(self, start: float, frame: Frame, data: bytes) -> Program:
        return at_once(start, m3wire.write(frame, bytes([OK]) + data))

    def _fails(self, start: float, frame: Frame, code: int) -> Program:
        return at_once(start, m3wire.write(frame, bytes([code])))

    # --- what a lab may know beforehand ---------------------------------------------------------------

    def foresee(self, link: int, data: bytes, now: float) -> Foreseen | None:
        """The answer to who only reads a tag, or looks for tags where there is none, while nothing else is to
        be done; None to all else, which has to be played."""
        splitter = self._links.get(link)
        if not isinstance(splitter, Splitter) or self._asks_wait():
            return None
        frame = splitter.only(data)
        if frame is None or frame.start != m3wire.START:
            return None
        lag = self._lag(name(frame))
        if lag is None:
            return None
        start = self._line.would_hear(now, len(data))
        start = max(start, self._air)
        order = order_of(frame)
        if order is not None:
            read = self.field.foresee(start, order[0])
            if read is None:
                return None
            answer = m3wire.write(frame, bytes([OK]) + frame.data[:UID] + order[1](read.data))
            leaves = self._line.would_say(read.end + lag, len(answer))
            return Foreseen(leaves, answer, partial(self._has_read, read, start, leaves))
        if frame.command == READ_UIDS and len(frame.data) >= 2:
            end = self._nobody(start, frame.data[0])
            if end is not None and not frame.data[1] & ONE_POLL:
                end = self._nobody(end, frame.data[0])
            if end is not None:
                answer = m3wire.write(frame, bytes([OK, frame.data[0], frame.data[1], 0]))
                leaves = self._line.would_say(end + lag, len(answer))
                return Foreseen(leaves, answer, partial(self._has_waited, end, start, leaves))
        return None

    def _nobody(self, start: float, afi: int) -> float | None:
        end = self.field.foresee_silence(start)
        return end if end is None or not afi else end + BYTE

    def _has_read(self, read: Read, heard: float, said: float) -> None:
        self.field.fulfil(read)
        self._has_waited(read.end, heard, said)

    def _has_waited(self, end: float, heard: float, said: float) -> None:
        self._air = end
        self._line.did(heard, said)


def order_of(frame: Frame) -> tuple[Request, Reply] | None:
    """What one request to one tag a command comes down to, and how the answer tells of it; None: it does
    not."""
    uid, rest = frame.data[:UID].hex().upper(), frame.data[UID:]
    if len(uid) != 2 * UID:
        return None
    size, mode = len(rest), Mode.ADDRESSED
    match frame.command:
        case 0x02 if size in {2, 3} and rest[1]:
            first, count, options = rest[0], rest[1], rest[2] if size == 3 else 0
            return requests.read_blocks(mode, uid, first, count), partial(_blocks, first, count, options)
        case 0x05 if size == 1 + BLOCK:
            return requests.write_block(mode, uid, rest[0], rest[1:]), bytes
        case 0x09 if size == 1:
            return requests.write_afi(mode, uid, rest[0]), bytes
        case 0x0B if size == 1:
            return requests.write_dsfid(mode, uid, rest[0]), bytes
        case 0x0C if size == 1:
            return nxp.set_eas(mode, uid, armed=rest[0] != 0), bytes
        case 0x0A if size == 0:
            return requests.system_information(mode, uid), lambda data: data[9:10]
        case 0x0F if size == 0:
            return requests.system_information(mode, uid), lambda data: data[8:9]
        case 0x0D if size == 1:
            return requests.system_information(mode, uid), partial(_info, rest[0])
    return None


def name(frame: Frame) -> str:
    """What the commands are called to which something is to happen: as `fault_name` has them."""
    if frame.command == PASS_THROUGH:
        return fault_name(sent_in(frame))
    return NAMES.get(frame.command, f"{frame.command:02X}") if frame.start == m3wire.START else "65"


NAMES = {
    READ_UIDS: "01",
    VERSION_COMMAND: "65",
    QUIET: "02",
    READ_BLOCKS: "23",
    WRITE_BLOCKS: "24",
    WRITE_BLOCK: "24",
    WRITE_AFI: "27",
    GET_AFI: "2B",
    GET_DSFID: "2B",
    TAG_INFO: "2B",
    WRITE_DSFID: "29",
    CHECK_EAS: "A5",
    SET_EAS: "A2",
}
"""By the names that FEIG's ISO host has for the same thing."""


def sent_in(frame: Frame) -> bytes:
    """The request in a pass-through (7.3): sizes of what is sent and comes back, control options, RF flags
    where these say so, what is sent. A CRC that is there is not sent twice. Empty: it is not whole."""
    data = frame.data
    if len(data) < 6:
        return b""
    size, options = int.from_bytes(data[:2], "big"), int.from_bytes(data[4:6], "big")
    sent = data[7 if options & RF_FLAGS_GIVEN else 6 :]
    if len(sent) != size:
        return b""
    whole = len(sent) > CRC_BYTES and passthrough.crc(sent[:-CRC_BYTES]) == sent[-CRC_BYTES:]
    return sent[:-CRC_BYTES] if whole else sent


def _told(tag: Tag, options: int) -> bytes:
    """7.1: DSFID, then the UID from the most significant byte on, as far as they are asked for."""
    told = bytes([tag.dsfid]) if options & WITH_DSFID else b""
    return told + tag.uid.to_bytes(UID, "big") if options & WITH_ADDRESS else told


def _blocks(first: int, count: int, options: int, data: bytes) -> bytes:
    """7.5: old style the count, then number, lock byte and data of each; new style the first number and the
    count, then the data of each, after its lock byte if that is asked for."""
    size = len(data) // count
    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    if options & NEW_STYLE:
        lock = b"\0" if options & WITH_LOCKS else b""
        return bytes([first, count]) + b"".join(lock + block for block in blocks)
    return bytes([count]) + b"".join(
        bytes([first + number & 0xFF, 0]) + block for number, block in enumerate(blocks)
    )


def _info(wanted: int, data: bytes) -> bytes:
    """7.18: which of DSFID, AFI, block size and count (both less one), IC reference there are, then those."""
    dsfid, afi, blocks, size, ic = data[8:13]
    parts = (
        (INFO_DSFID, bytes([dsfid])),
        (INFO_AFI, bytes([afi])),
        (INFO_SIZE, bytes([size, blocks])),
        (INFO_IC, bytes([0, ic])),
    )
    given = [(bit, value) for bit, value in parts if wanted & bit]
    return bytes([sum(bit for bit, _ in given)]) + b"".join(value for _, value in given)


def _error(heard: Heard, *, writes: bool) -> int:
    """Why a tag gave no data."""
    if heard.error is not None:
        return ISO_ERRORS.get(heard.error, NOT_PUT if writes else NOT_READ)
    return (NOT_PUT if writes else NOT_READ) if heard.collision else NO_TRANSPONDER
