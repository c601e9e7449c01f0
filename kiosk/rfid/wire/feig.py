"""FEIG OBID, the ISO-host protocol of library pads and gates: frames, requests, answers.

Sources: system manuals H20800-16e (CPR), H60301-3e (MR/PR101), H40801-5e (MR200), H01113 (MR102).

Rules of this wire:

- One request, one answer. A request whose frame is damaged gets no answer at all.
- Standard frame `LEN ADR CMD [STATUS] data CRC`, LEN counting the whole frame; advanced frame
  `02 LEN(2) ADR CMD [STATUS] data CRC` for what is longer. No standard frame is 2 bytes long, so the
  first byte tells them apart. Only answers carry STATUS.
- A uid goes over the wire most significant byte first, and so does each memory block: byte 0 of
  a block comes last. `blocks_of` turns them, so that callers see memory in its own order.
- An answer carries data only under status 00, 83, 94 and 95.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from kiosk.rfid import errors
from kiosk.rfid.iso15693 import SystemInfo, TagFound, crc16, error_of, is_intact

# ---- frames (H20800 clause 3) ----------------------------------------------------------------
ANY_ADDRESS = 0xFF
"""COM-ADR that every reader answers to."""
STX = 0x02
"""First byte of an advanced frame."""
SHORTEST_ANSWER = 6
"""LEN ADR CMD STATUS CRC CRC."""
SHORTEST_ADVANCED_ANSWER = 8
"""STX LEN LEN ADR CMD STATUS CRC CRC."""
LONGEST_STANDARD = 255

# ---- commands (H60301 clauses 5 and 6.1) -----------------------------------------------------
CMD_RF_RESET = 0x69
CMD_ISO_HOST = 0xB0
ISO_INVENTORY = 0x01
ISO_READ_BLOCKS = 0x23
ISO_WRITE_AFI = 0x27
ISO_SYSTEM_INFO = 0x2B
MODE_ADDRESSED = 0x01
MODE_NEW_INVENTORY = 0x00
MODE_MORE = 0x80
"""Fetch what status 94 said is left of the last inventory."""
BLOCKS_AT_MOST = 32
"""Blocks of 4 bytes in one answer (128 bytes; H60301 clause 6.1.4)."""
TR_TYPE_ISO15693 = 0x03
"""Transponder type in an inventory (H60301 annex A)."""
TAG_RECORD_BYTES = 10
"""TR-TYPE, DSFID, UID(8) of one tag in an inventory."""

# ---- status bytes (H60301 annex D) -----------------------------------------------------------
OK = 0x00
NO_TRANSPONDER = 0x01
MORE_DATA = 0x94
ISO_ERROR = 0x95
RF_ERROR = 0x83
SUCCESSES = frozenset({OK, MORE_DATA})

STATUS: dict[int, tuple[type[errors.RfidError], str]] = {
    0x01: (errors.NoTag, "no transponder in the field"),
    0x02: (errors.Collision, "data false: CRC or frame error in the air"),
    0x03: (errors.NotWritten, "write error: the transponder did not keep it"),
    0x04: (errors.NoBlock, "address error"),
    0x05: (errors.NotSupported, "not possible on this transponder type"),
    0x0E: (errors.TagRefused, "general error of the transponder"),
    0x83: (errors.Collision, "RF communication error"),
    0x11: (errors.NotSupported, "parameter out of range for this transponder"),
    0x81: (errors.NotSupported, "length error"),
    0x93: (errors.NotSupported, "the reader's buffer is too small for this answer"),
    0x10: (errors.ReaderRefused, "the reader's EEPROM failed"),
    0x80: (errors.ReaderRefused, "the reader does not know this command"),
    0x82: (errors.ReaderRefused, "command not available: the reader is in scan or notification mode"),
    0xF1: (errors.ReaderRefused, "the reader's hardware failed"),
}
"""What each status means to us. Only what is surely the reader's own fault is a `ReaderRefused`, and an
unknown status is not: one odd tag must not cost us the reader."""

POSSIBLE_BLOCK_SIZES = frozenset({1, 2, 4, 8, 16, 32})
USUAL_BLOCK_SIZES = (4, 8)
"""In the order of how common they are: nearly every tag of a library has blocks of 4 bytes."""


class Answer(NamedTuple):
    """One answer of a reader, its CRC checked."""

    address: int
    command: int
    status: int
    data: bytes = b""


# ---- requests --------------------------------------------------------------------------------


@lru_cache(maxsize=256)  # a poll asks the same of the same tags all day
def frame(command: int, data: bytes = b"", *, address: int = ANY_ADDRESS, advanced: bool = False) -> bytes:
    """A request frame; advanced when asked for or too long for a standard one."""
    length = len(data) + 5
    if advanced or length > LONGEST_STANDARD:
        body = bytes([STX]) + (length + 2).to_bytes(2) + bytes([address, command]) + data
    else:
        body = bytes([length, address, command]) + data
    return body + crc16(body).to_bytes(2, "little")


@lru_cache(maxsize=256)
def _addressed(address: int, advanced: bool, iso_command: int, uid: str, *parameters: int) -> bytes:
    """A request to one tag."""
    uid_bytes = bytes.fromhex(uid)
    if len(uid_bytes) != 8:
        raise ValueError(f"not a uid: {uid!r}")
    data = bytes([iso_command, MODE_ADDRESSED]) + uid_bytes + bytes(parameters)
    return frame(CMD_ISO_HOST, data, address=address, advanced=advanced)


@dataclass(frozen=True, slots=True)
class Requests:
    """Builds request frames for one reader."""

    address: int = ANY_ADDRESS
    advanced: bool = False

    def rf_reset(self) -> bytes:
        """Switch the field off and on: all tags forget quiet, selected and password states."""
        return self._frame(CMD_RF_RESET)

    def inventory(self, *, more: bool = False) -> bytes:
        """Which tags are there? `more` fetches what status 94 left over."""
        return self._frame(CMD_ISO_HOST, bytes([ISO_INVENTORY, MODE_MORE if more else MODE_NEW_INVENTORY]))

    def read_blocks(self, uid: str, first: int, count: int) -> bytes:
        """Read `count` memory blocks (1 to 32) from block `first`."""
        if not (0 <= first <= 255 and 1 <= count <= BLOCKS_AT_MOST):
            raise ValueError(f"cannot read {count} blocks from block {first}")
        return _addressed(self.address, self.advanced, ISO_READ_BLOCKS, uid, first, count)

    def write_afi(self, uid: str, afi: int) -> bytes:
        """Write the application family identifier."""
        return _addressed(self.address, self.advanced, ISO_WRITE_AFI, uid, afi)

    def system_info(self, uid: str) -> bytes:
        """Get System Information."""
        return _addressed(self.address, self.advanced, ISO_SYSTEM_INFO, uid)

    def _frame(self, command: int, data: bytes = b"") -> bytes:
        return frame(command, data, address=self.address, advanced=self.advanced)


# ---- answers ---------------------------------------------------------------------------------


@lru_cache(maxsize=256)  # who is asked the same all day says the same
def whole_answer(data: bytes) -> Answer | None:
    """The answer in what came, when that is one standard frame and nothing else, as it nearly always is."""
    return _parse(data) if len(data) >= SHORTEST_ANSWER and data[0] == len(data) else None


def _parse(whole: bytes) -> Answer | None:
    """The answer in a frame of the right length; None when its CRC does not fit."""
    if not is_intact(whole):
        return None
    head = 3 if whole[0] == STX else 1
    return Answer(whole[head], whole[head + 1], whole[head + 2], whole[head + 3 : -2])


class AnswerParser:
    """Finds answers in what comes from the wire, in any pieces.

    Bytes that cannot begin a frame, and frames whose CRC does not fit, are skipped byte by byte and
    counted in `skipped`. A damaged length can make it wait for bytes that never come: whoever waits
    needs a deadline, and may look at `pending`.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self.skipped = 0

    @property
    def pending(self) -> int:
        """Bytes that may be the beginning of a frame."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Answer]:
        """Take the next bytes; give back the answers that are complete now."""
        self._buffer += data
        answers = []
        while self._buffer:
            length = self._length()
            if length is None or 0 < length > len(self._buffer):
                break
            answer = _parse(self._buffer[:length]) if length else None
            if answer is None:
                self._buffer = self._buffer[1:]
                self.skipped += 1
            else:
                self._buffer = self._buffer[length:]
                answers.append(answer)
        return answers

    def _length(self) -> int | None:
        """Length of the frame that begins here; 0 when none can; None when it is not known yet."""
        if self._buffer[0] != STX:
            length, shortest = self._buffer[0], SHORTEST_ANSWER
        elif len(self._buffer) < 3:
            return None
        else:
            length, shortest = int.from_bytes(self._buffer[1:3]), SHORTEST_ADVANCED_ANSWER
        return length if length >= shortest else 0


def failure_of(answer: Answer) -> errors.RfidError | None:
    """The exception that an answer's status stands for; None for success (00 and 94)."""
    if answer.status in SUCCESSES:
        return None
    if answer.status == ISO_ERROR:
        return error_of(answer.data[0] if answer.data else 0)
    kind, text = STATUS.get(answer.status, (errors.TagRefused, "unknown status"))
    return kind(f"{text} (FEIG status {answer.status:02X})")


def inventory_of(answer: Answer) -> tuple[list[TagFound], bool]:
    """The tags in an inventory answer, and whether `more` is to be fetched.

    No tag at all (status 01) is an empty list. Under status 83 the tags that were read are given
    back; the others will answer next time. Transponders that are not ISO 15693 are left out.

    Raises:
        Collision: nothing but noise was read.
        ReaderGarbled: the data does not fit the protocol.
        ReaderRefused: the reader cannot do an inventory.
    """
    if answer.status == NO_TRANSPONDER:
        return [], False
    partly = answer.status == RF_ERROR and len(answer.data) > 1
    failure = None if partly else failure_of(answer)
    if isinstance(failure, errors.TagRefused):
        raise errors.ReaderRefused(str(failure))  # here is no tag that it could be the fault of
    if failure is not None:
        raise failure
    if not answer.data:
        raise errors.ReaderGarbled("an inventory without its number of tags")
    count, tags = answer.data[0], answer.data[1:]
    if len(tags) != count * TAG_RECORD_BYTES:
        raise errors.ReaderGarbled(f"an inventory of {count} tags in {len(tags)} bytes")
    found = [
        TagFound(uid=tags[at + 2 : at + TAG_RECORD_BYTES].hex().upper(), dsfid=tags[at + 1])
        for at in range(0, len(tags), TAG_RECORD_BYTES)
        if tags[at] == TR_TYPE_ISO15693
    ]
    return found, answer.status == MORE_DATA


@lru_cache(maxsize=256)
def blocks_of(answer: Answer) -> bytes:
    """The memory in an answer to `read_blocks`, byte 0 of each block first.

    Raises:
        TagError: the tag did not give it, or what it gave makes no sense (`TagGarbled`).
        ReaderRefused: the reader cannot read.
    """
    _succeeded(answer)
    if len(answer.data) < 2:
        raise errors.TagGarbled("blocks without their number and size")
    count, size, rest = answer.data[0], answer.data[1], answer.data[2:]
    step = size + 1  # a security byte precedes each block, 00 when it was not asked for
    if count * step != len(rest):
        raise errors.TagGarbled(f"{count} blocks of {size} bytes in {len(rest)} bytes")
    return b"".join([rest[at + size : at : -1] for at in range(0, len(rest), step)])


def system_info_of(answer: Answer, uid: str) -> SystemInfo:
    """The answer to `system_info(uid)`.

    Raises:
        TagError: the tag did not give it, or what came makes no sense (`TagGarbled`).
        ReaderRefused: the reader cannot ask.
    """
    _succeeded(answer)
    if len(answer.data) != 13:
        raise errors.TagGarbled(f"system information of {len(answer.data)} bytes")
    # Some readers promise only the last four bytes of the uid here (H60301 clause 6.1.12).
    if answer.data[5:9] != bytes.fromhex(uid)[4:]:
        raise errors.TagGarbled("system information of another tag")
    blocks, block_size = _memory_size(answer.data[10], answer.data[11])
    return SystemInfo(
        uid=uid,
        dsfid=answer.data[0],
        afi=answer.data[9],
        blocks=blocks,
        block_size=block_size,
        ic_reference=answer.data[12],
    )


def accepted(answer: Answer) -> None:
    """Check an answer that carries nothing but its status.

    Raises:
        TagError: the tag refused, or is not there.
        ReaderRefused: the reader cannot do it.
    """
    _succeeded(answer)


def _succeeded(answer: Answer) -> None:
    if answer.status not in SUCCESSES and (failure := failure_of(answer)) is not None:
        raise failure


def _memory_size(high: int, low: int) -> tuple[int, int]:
    """Blocks and block size in bytes, both sent minus one.

    The manuals do not say which comes first; programs that work with real readers find the block
    size in the first byte. The size has five bits and three empty ones above them (15693-3, get system
    information); of two possible readings the one with a size that tags really have is taken.
    """
    readings = [(size + 1, blocks + 1) for size, blocks in ((high, low), (low, high)) if size < 0x20]
    for usual in (*({size} for size in USUAL_BLOCK_SIZES), POSSIBLE_BLOCK_SIZES):
        for size, blocks in readings:
            if size in usual:
                return blocks, size
    return low + 1, (high & 0x1F) + 1
