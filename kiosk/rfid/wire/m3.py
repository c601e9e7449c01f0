"""3M / Bibliotheca pads 210 and 810: frames, requests, answers.

Source: "3M RFID Reader Model 210 Protocol Specification", version 1.0.0, 2009-06-01 (public); numbers of
chapters below are that document's. The answers that the tests replay were recorded by others on a real 810.

Rules of this wire (chapters 2 and 3):

- USB serial, 19200 8N1. One request, one answer; a request that comes while the reader is busy with another
  one is ignored, and so is one whose frame is damaged.
- `D6 LEN(2) CMD [ERR] data BCC(2)`, numbers with the most significant byte first. LEN counts what follows it.
  Only answers carry ERR. The BCC goes over everything between the start byte and itself.
- A uid goes over the wire most significant byte first; memory comes in its own order.
- One older frame, `D5 ...`, greets the reader before anything else (not in the document; every program that
  works with these pads sends it). Its answer is the only frame that begins with D5.

Lock commands (06, 07, 08, 0E) do not exist here.
"""

from __future__ import annotations

import binascii
from typing import NamedTuple

from kiosk.rfid import errors
from kiosk.rfid.iso15693 import CRC_BYTES, UID_BYTES, Request, SystemInfo, TagFound, Told, error_of
from kiosk.rfid.wire.frames import FrameParser

START = 0xD6
GREETING_START = 0xD5
OVERHEAD = 3
"""Start byte and length."""
SHORTEST = 4
"""Least LEN of an answer: CMD ERR BCC BCC."""
LONGEST = 4096
"""A longer frame is none: 255 tags with DSFID take 2300 bytes."""

# ---- commands (chapter 7) --------------------------------------------------------------------
QUIET = 0x01
READ_BLOCKS = 0x02
CHECK_EAS = 0x03
WRITE_BLOCKS = 0x04
WRITE_AFI = 0x09
GET_AFI = 0x0A
WRITE_DSFID = 0x0B
SET_EAS = 0x0C
TAG_INFO = 0x0D
GET_DSFID = 0x0F
VERSION = 0x11
PASS_THROUGH = 0x14
READ_UIDS = 0xFE

WITH_UID = 0x01
WITH_DSFID = 0x02
AS_ALL_DO = 0x04
"""An option of READ_UIDS that every recorded program sets; kept, as nobody has tried without."""
POLL = WITH_UID | WITH_DSFID | AS_ALL_DO
ONCE = 0x20
"""An option of READ_UIDS: nobody is silenced and nobody asked for a second time, for those that others have
drowned. It takes half the time (chapter 7.1)."""
COUNT_ONLY = AS_ALL_DO

INFO_FIELDS = ((Told.DSFID, 1), (Told.AFI, 1), (Told.MEMORY, 2), (Told.IC_REFERENCE, 2))
"""What TAG_INFO tells, in this order, and its bytes; its bits are those of ISO 15693-3 (chapter 7.18)."""

PASS_OPTIONS = 0
"""Of PASS_THROUGH; what their bits say is not established."""

BLOCK_BYTES = 4
"""READ and WRITE_BLOCKS know blocks of four bytes only (chapters 7.5 and 7.6)."""
BLOCKS_AT_MOST = 32
"""Asked for at once: no answer of these pads is known that was longer than 258 bytes; 32 blocks make 206."""
BLOCK_STATUS_MASK = 0xF0
"""Of the byte before each block, chapter 7.5 says "lock or error": security bits of ISO 15693 and of NXP's
are in the low half, error codes of a block (11, 12, 15) above it."""

# ---- errors (appendix A) ---------------------------------------------------------------------
OK = 0x00
NOT_IMPLEMENTED = 0x02
NO_TRANSPONDER = 0x06

ERRORS: dict[int, tuple[type[errors.TagError], str]] = {
    0x02: (errors.NotSupported, "not implemented in this reader"),
    0x06: (errors.NoTag, "no transponder answered"),
    0x11: (errors.NoBlock, "not available on this transponder"),
    0x12: (errors.Locked, "locked"),
    0x15: (errors.Collision, "could not be read"),
    0x16: (errors.NotWritten, "could not be written: too little power reaches the transponder"),
}
ISO_ERRORS = {0x21: 0x01, 0x22: 0x02, 0x23: 0x03}
"""Codes that stand for an error of ISO 15693-3."""


class Answer(NamedTuple):
    """One answer of a reader, its BCC checked. `start` is D6, or D5 for the answer to `GREETING`."""

    start: int
    command: int
    error: int
    data: bytes = b""


class Passed(NamedTuple):
    """What came back through PASS_THROUGH: the reader's own flags, and the tag's answer without its CRC."""

    flags: int
    data: bytes


# ---- frames (chapters 2 and 4) ---------------------------------------------------------------


def bcc(data: bytes) -> int:
    """CRC-CCITT (0x1021, most significant bit first, preset FFFF), complemented at the end (chapter 4)."""
    return binascii.crc_hqx(data, 0xFFFF) ^ 0xFFFF


def _frame(command: int, data: bytes = b"", start: int = START) -> bytes:
    """A frame with `command` and what follows it."""
    body = (len(data) + 3).to_bytes(2) + bytes([command]) + data
    return bytes([start]) + body + bcc(body).to_bytes(2)


GREETING = _frame(0x04, bytes([0x00, VERSION]), GREETING_START)
"""Wakes the reader's serial side; the answer carries its version."""


def whole_answer(data: bytes) -> Answer | None:
    """The answer in what came, when that is one frame and nothing else, as it nearly always is."""
    if len(data) < OVERHEAD + SHORTEST or len(data) != OVERHEAD + int.from_bytes(data[1:3]):
        return None
    return _parse(data)


def _parse(whole: bytes) -> Answer | None:
    """The answer in a frame of the right length; None when its BCC does not fit."""
    if bcc(whole[1:-2]) != int.from_bytes(whole[-2:]):
        return None
    return Answer(whole[0], whole[3], whole[4], whole[5:-2])


class AnswerParser(FrameParser[Answer]):
    """Finds answers of a 3M pad in what comes from the wire."""

    def __init__(self) -> None:
        super().__init__(_length_of, _parse)


def _length_of(data: bytes) -> int | None:
    if data[0] not in {START, GREETING_START}:
        return 0
    if len(data) < OVERHEAD:
        return None
    length = int.from_bytes(data[1:3])
    return OVERHEAD + length if SHORTEST <= length <= LONGEST else 0


# ---- requests (chapter 7) --------------------------------------------------------------------


def version() -> bytes:
    """Which firmware is this?"""
    return _frame(VERSION)


def read_uids(afi: int = 0, options: int = POLL) -> bytes:
    """Which tags are there, or which of those with this AFI (0: all)?"""
    return _frame(READ_UIDS, bytes([afi, options]))


def quiet(uid: str) -> bytes:
    """Silence this tag to READ_UIDS until it loses its power."""
    return _addressed(QUIET, uid)


def read_blocks(uid: str, first: int, count: int) -> bytes:
    """Read `count` memory blocks (1 to 32) from block `first`."""
    if not (0 <= first <= 255 and 1 <= count <= BLOCKS_AT_MOST):
        raise ValueError(f"cannot read {count} blocks from block {first}")
    return _addressed(READ_BLOCKS, uid, bytes([first, count]))


def write_blocks(uid: str, first: int, data: bytes) -> bytes:
    """Write whole blocks of four bytes from block `first` on; at most `BLOCKS_AT_MOST`."""
    count, over = divmod(len(data), BLOCK_BYTES)
    if over or not (0 <= first <= 255 and 1 <= count <= BLOCKS_AT_MOST):
        raise ValueError(f"cannot write {len(data)} bytes from block {first}")
    return _addressed(WRITE_BLOCKS, uid, bytes([first, count, 0]) + data)


def get_afi(uid: str) -> bytes:
    """Which AFI does this tag hold?"""
    return _addressed(GET_AFI, uid)


def write_afi(uid: str, afi: int) -> bytes:
    """Write the application family identifier."""
    return _addressed(WRITE_AFI, uid, bytes([afi]))


def get_dsfid(uid: str) -> bytes:
    """Which data storage format identifier does this tag hold?"""
    return _addressed(GET_DSFID, uid)


def write_dsfid(uid: str, dsfid: int) -> bytes:
    """Write the data storage format identifier."""
    return _addressed(WRITE_DSFID, uid, bytes([dsfid]))


def check_eas(uid: str) -> bytes:
    """Does this tag sound the EAS alarm?"""
    return _addressed(CHECK_EAS, uid)


def set_eas(uid: str, armed: bool) -> bytes:
    """Set or reset the EAS bit."""
    return _addressed(SET_EAS, uid, bytes([armed]))


def tag_info(uid: str) -> bytes:
    """What does this tag say of itself?"""
    return _addressed(TAG_INFO, uid, bytes([Told.ALL]))


def pass_through(request: Request, data_bytes: int, *, host_crc: bool = False) -> bytes:
    """Send a request to tags over the air as it is (chapter 7.3); so much data is expected behind
    their flags. `host_crc`: its CRC is ours to make, and to check.

    Assumed, as no recording shows one: sizes have two bytes, and count all that is sent and heard; with
    options 0 the reader adds the CRC to what it sends and takes it off what it hears.
    """
    sent = request.on_air if host_crc else request.frame
    longest = 1 + data_bytes + (CRC_BYTES if host_crc else 0)
    head = len(sent).to_bytes(2) + longest.to_bytes(2) + PASS_OPTIONS.to_bytes(2)
    return _frame(PASS_THROUGH, head + sent)


def _addressed(command: int, uid: str, parameters: bytes = b"") -> bytes:
    """A request to one tag."""
    uid_bytes = bytes.fromhex(uid)
    if len(uid_bytes) != UID_BYTES:
        raise ValueError(f"not a uid: {uid!r}")
    return _frame(command, uid_bytes + parameters)


# ---- answers ---------------------------------------------------------------------------------


def failure_of(code: int) -> errors.TagError | None:
    """The exception that an error code stands for; None for success. What the document does not explain is
    the affair of one tag: it must not cost us the reader."""
    if code == OK:
        return None
    if code in ISO_ERRORS:
        return error_of(ISO_ERRORS[code])
    kind, text = ERRORS.get(code, (errors.TagRefused, "unknown error"))
    return kind(f"{text} (3M error {code:02X})")


def version_of(answer: Answer) -> str:
    """The version in an answer to `GREETING` or to `version`, such as "10.5.2.27": the maker (10 is 3M), then
    major, minor and build."""
    data = answer.data[1:] if answer.start == GREETING_START else answer.data
    if len(data) < 4:
        raise errors.ReaderGarbled(f"a version of {len(data)} bytes")
    return ".".join(str(byte) for byte in data[:4])


def uids_of(answer: Answer) -> list[TagFound]:
    """The tags in an answer to `read_uids`; the same one may be named twice (chapter 7.1).

    What each record holds is told by the options that the reader repeats: one that knows no DSFID says so.

    Raises:
        Collision: nothing but noise was heard.
        ReaderGarbled: the data does not fit the protocol.
        ReaderRefused: the reader cannot do it.
    """
    if answer.error == NO_TRANSPONDER:
        return []
    failure = failure_of(answer.error)
    if isinstance(failure, errors.TagRefused):
        raise errors.ReaderRefused(str(failure))  # here is no tag that it could be the fault of
    if failure is not None:
        raise failure
    if len(answer.data) < 3:
        raise errors.ReaderGarbled("an answer about tags without their number")
    options, count, records = answer.data[1], answer.data[2], answer.data[3:]
    before = 1 if options & WITH_DSFID else 0
    step = before + (UID_BYTES if options & WITH_UID else 0)
    if len(records) != count * step:
        raise errors.ReaderGarbled(f"{count} tags in {len(records)} bytes")
    return [
        TagFound(
            uid=records[at + before : at + before + UID_BYTES].hex().upper(),
            dsfid=records[at] if before else None,
        )
        for at in range(0, len(records), step or 1)
        if options & WITH_UID
    ]


def blocks_of(answer: Answer, uid: str, first: int, count: int) -> bytes:
    """The memory in an answer to `read_blocks(uid, first, count)`: the number of blocks, then of each its
    number, lock or error, and four bytes (the document's old style).

    Raises:
        TagError: the tag did not give all of it, or what it gave makes no sense (`TagGarbled`).
    """
    rest = _of_that_tag(answer, uid)
    if not rest or len(rest) != 1 + rest[0] * (2 + BLOCK_BYTES):
        raise errors.TagGarbled(f"blocks in {len(rest)} bytes")
    memory = b""
    for number in range(rest[0]):
        at = 1 + number * (2 + BLOCK_BYTES)
        if rest[at] != first + number:
            raise errors.TagGarbled(f"block {rest[at]} in the place of block {first + number}")
        if rest[at + 1] & BLOCK_STATUS_MASK and (failure := failure_of(rest[at + 1])) is not None:
            raise failure
        memory += rest[at + 2 : at + 2 + BLOCK_BYTES]
    if rest[0] > count:
        raise errors.TagGarbled(f"{rest[0]} blocks where {count} were asked for")
    if rest[0] < count:
        raise errors.NoBlock(f"the tag gave {rest[0]} blocks of {count}")
    return memory


def byte_of(answer: Answer, uid: str) -> int:
    """The AFI, DSFID or EAS in an answer to `get_afi`, `get_dsfid` or `check_eas`. Raises as `accepted`."""
    rest = _of_that_tag(answer, uid)
    if len(rest) != 1:
        raise errors.TagGarbled(f"{len(rest)} bytes where one was asked for")
    return rest[0]


def system_info_of(answer: Answer, uid: str) -> SystemInfo:
    """The answer to `tag_info(uid)`. What the tag does not tell is 0.

    Raises:
        TagError: the tag did not give it, or what came makes no sense (`TagGarbled`).
    """
    rest = _of_that_tag(answer, uid)
    told, values = (Told(rest[0] & Told.ALL), rest[1:]) if rest else (Told(0), b"")
    if not rest or len(values) != sum(size for field, size in INFO_FIELDS if field in told):
        raise errors.TagGarbled(f"tag info of {len(rest)} bytes")
    found = {}
    for field, size in INFO_FIELDS:
        taken = size if field in told else 0
        found[field], values = values[:taken], values[taken:]
    size, blocks = (value + 1 for value in found[Told.MEMORY]) if found[Told.MEMORY] else (0, 0)
    return SystemInfo(
        uid=uid,
        dsfid=int.from_bytes(found[Told.DSFID]),
        afi=int.from_bytes(found[Told.AFI]),
        blocks=blocks,
        block_size=size,
        ic_reference=int.from_bytes(found[Told.IC_REFERENCE]),
        told=told,
    )


def accepted(answer: Answer, uid: str) -> None:
    """Check an answer that says no more than that it was done, and to whom.

    Raises:
        TagError: the tag refused, or is not there; or another one is named (`TagGarbled`).
    """
    _of_that_tag(answer, uid)


def passed(answer: Answer) -> Passed:
    """What came back through `pass_through`.

    Raises:
        TagError: no tag answered, or not in one clean frame.
    """
    if (failure := failure_of(answer.error)) is not None:
        raise failure
    if len(answer.data) < 3 or len(answer.data) != 3 + int.from_bytes(answer.data[1:3]):
        raise errors.TagGarbled(f"an answer of {len(answer.data)} bytes through the reader")
    return Passed(answer.data[0], answer.data[3:])


def _of_that_tag(answer: Answer, uid: str) -> bytes:
    """What follows the uid in an answer to a request to one tag."""
    if (failure := failure_of(answer.error)) is not None:
        raise failure
    if answer.data[:UID_BYTES] != bytes.fromhex(uid):
        raise errors.TagGarbled("an answer about another tag")
    return answer.data[UID_BYTES:]
