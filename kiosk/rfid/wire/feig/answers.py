"""What a FEIG reader's answers mean (H60301 annex D and clauses 5 to 8)."""

from __future__ import annotations

from kiosk.rfid import errors
from kiosk.rfid.iso15693 import (
    ANSWER_ERROR,
    CRC_BYTES,
    Heard,
    Noise,
    Refused,
    Silent,
    SystemInfo,
    TagFound,
    error_of,
    heard,
)
from kiosk.rfid.wire.feig.frames import Answer


class TooLong(errors.NotSupported):
    """More was asked for than this reader, or this tag, gives at once; less may be had."""


OK = 0x00
NO_TRANSPONDER = 0x01
MORE_DATA = 0x94
ISO_ERROR = 0x95
DATA_FALSE = 0x02
RF_ERROR = 0x83
TR_TYPE_ISO15693 = 0x03
"""Transponder type in an inventory (H60301 annex A)."""
TAG_RECORD_BYTES = 10
"""TR-TYPE, DSFID, UID(8) of one tag in an inventory."""
SUCCESSES = frozenset({OK, MORE_DATA})

STATUS: dict[int, tuple[type[errors.RfidError], str]] = {
    0x01: (errors.NoTag, "no transponder in the field"),
    0x02: (errors.Collision, "data false: CRC or frame error in the air"),
    0x03: (errors.NotWritten, "write error: the transponder did not keep it"),
    0x04: (errors.NoBlock, "address error"),
    0x05: (errors.NotSupported, "not possible on this transponder type"),
    0x0E: (errors.TagRefused, "general error of the transponder"),
    0x83: (errors.Collision, "RF communication error"),
    0x11: (TooLong, "parameter out of range for this transponder"),
    0x81: (TooLong, "length error"),
    0x93: (TooLong, "the reader's buffer is too small for this answer"),
    0x10: (errors.ReaderRefused, "the reader's EEPROM failed"),
    0x80: (errors.NotSupported, "the reader does not know this command"),
    0x82: (errors.ReaderRefused, "command not available: the reader is in scan or notification mode"),
    0xF1: (errors.ReaderRefused, "the reader's hardware failed"),
}
"""What each status means to us. Only what is surely the reader's own fault is a `ReaderRefused`, and an
unknown status is not: one odd tag must not cost us the reader."""

POSSIBLE_BLOCK_SIZES = frozenset({1, 2, 4, 8, 16, 32})
USUAL_BLOCK_SIZES = (4, 8)
"""In the order of how common they are: nearly every tag of a library has blocks of 4 bytes."""


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


def obeyed(answer: Answer) -> None:
    """Check the answer to a command that is about the reader, and no tag.

    Raises:
        ReaderRefused: the reader did not do it.
    """
    if (failure := failure_of(answer)) is not None:
        raise errors.ReaderRefused(str(failure))


def output_set(answer: Answer) -> None:
    """Check the answer to `set_output`.

    Raises:
        NotSupported: the reader has no such output.
        ReaderRefused: it cannot carry out commands.
    """
    match failure_of(answer):
        case None:
            return
        case errors.TransportError() as failure:
            raise failure
        case failure:
            raise errors.NotSupported(str(failure))


def sounds_alarm(answer: Answer) -> bool:
    """The answer to `eas_alarm`: whether that tag sounds it. Silence is False, and proves nothing by itself.

    Raises:
        Collision: noise.
        TagError: the tag refused, or the reader does not know the command.
        ReaderRefused: the reader cannot ask.
    """
    if answer.status == NO_TRANSPONDER:
        return False
    _succeeded(answer)
    return True


def passed_back(answer: Answer) -> Heard:
    """What a tag answered to a frame that was passed on.

    The reader gives as many bytes as it was told to expect, and four when the tag refused (H60301 clause
    8.6); whether it fills those up to the number is not said.

    Raises:
        NotSupported: the reader does not know the command.
        ReaderRefused: the reader cannot do it.
    """
    match answer.status:
        case status if status in SUCCESSES:
            data = answer.data
            if data and data[0] & ANSWER_ERROR:
                data = data[: 2 + CRC_BYTES]
            return heard(data)
        case status if status == NO_TRANSPONDER:
            return Silent()
        case status if status == ISO_ERROR:
            return Refused(answer.data[0] if answer.data else 0)
        case status if status in {DATA_FALSE, RF_ERROR}:
            return Noise()
        case _:
            failure = failure_of(answer)
            assert failure is not None
            raise failure


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
