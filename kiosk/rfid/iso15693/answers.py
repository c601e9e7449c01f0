"""What is heard after a request (ISO 15693-3 clause 7.4): frames in, values or exceptions out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from kiosk.rfid import errors
from kiosk.rfid.iso15693.chips import UID_BYTES, uid_on_air
from kiosk.rfid.iso15693.crc import CRC_BYTES, is_intact_on_air
from kiosk.rfid.iso15693.requests import EVERY_TAG, LONGEST_BLOCK, RANDOM_BYTES, Mask

ANSWER_ERROR = 0x01
"""Bit of an answer's flags: an error code follows (clause 7.4.1)."""

ERRORS: dict[int, tuple[type[errors.TagRefused], str]] = {
    0x01: (errors.NotSupported, "command not supported"),
    0x02: (errors.NotSupported, "command not recognised"),
    0x03: (errors.NotSupported, "option not supported"),
    0x0F: (errors.Protected, "error without information: on ICODE SLIX the sign of a protected AFI"),
    0x10: (errors.NoBlock, "block not available"),
    0x11: (errors.Locked, "block already locked"),
    0x12: (errors.Locked, "block locked, content cannot change"),
    0x13: (errors.NotWritten, "block not programmed"),
    0x14: (errors.NotWritten, "block not locked"),
}
"""Error codes of a response (ISO 15693-3 clause 7.4.2); A0 to DF are the chip maker's."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A tag answered; `data` is what stands behind its flags."""

    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Refused:
    """A tag is there and refused, with this error code."""

    code: int


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing was heard. It may be there all the same."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Something was heard that is no frame: two tags at once, or a weak one. Somebody is there."""


Heard = Answered | Refused | Silent | Noise


def heard(frame: bytes, *, crc: bool = True) -> Heard:
    """What a frame says, b"" being silence. `crc`: it still ends with its CRC."""
    if not frame:
        return Silent()
    if crc:
        if not is_intact_on_air(frame):
            return Noise()
        frame = frame[:-CRC_BYTES]
    if frame[0] & ANSWER_ERROR:
        return Refused(frame[1]) if len(frame) > 1 else Noise()
    return Answered(frame[1:])


def data_of(what: Heard) -> bytes:
    """The data that a tag gave.

    Raises:
        NoTag: silence.
        Collision: noise.
        TagRefused: the error of its code (`ERRORS`).
    """
    match what:
        case Answered(data):
            return data
        case Refused(code):
            raise error_of(code)
        case Silent():
            raise errors.NoTag("no answer")
        case Noise():
            raise errors.Collision("noise in the air")


def error_of(code: int) -> errors.TagRefused:
    """The exception for a tag's error code."""
    kind, text = ERRORS.get(code, (errors.TagRefused, "custom or unknown error"))
    return kind(f"{text} (ISO 15693 error {code:02X})")


@dataclass(frozen=True, slots=True)
class TagFound:
    """One tag of an inventory: its uid and its data storage format identifier, None where the reader does not
    pass that on."""

    uid: str
    dsfid: int | None = None


class Told(IntFlag):
    """Which of its fields a tag told (clause 10.4.12, information flags)."""

    DSFID = 0x01
    AFI = 0x02
    MEMORY = 0x04
    IC_REFERENCE = 0x08
    ALL = 0x0F


@dataclass(frozen=True, slots=True)
class SystemInfo:
    """What a tag says of itself (ISO 15693-3 clause 10.3.12, Get System Information).

    `blocks` memory blocks of `block_size` bytes. A field that is not in `told` is 0: such a tag has none, or
    does not say. An AFI is proven only when it was told.
    """

    uid: str
    dsfid: int
    afi: int
    blocks: int
    block_size: int
    ic_reference: int = 0
    told: Told = Told.ALL


def tag_found(data: bytes) -> TagFound:
    """The answer to `inventory`. Raises TagGarbled."""
    if len(data) != 1 + UID_BYTES:
        raise errors.TagGarbled(f"an inventory answer of {len(data)} bytes")
    return TagFound(data[:0:-1].hex().upper(), data[0])


def tag_and_memory(data: bytes, count: int, mask: Mask = EVERY_TAG, block_size: int = 4) -> tuple[str, bytes]:
    """Uid and blocks in the answer to `inventory_read`, asked with that mask and for uids.

    Only those bytes of the uid come, before the blocks, that the mask does not hold wholly (SL2S2002 clause
    8.5.3.1). In a round of 16 slots the number of the slot counts to the mask: give `mask.slot(number)`.

    Raises:
        TagGarbled: the lengths do not fit, or the uid does not fit the mask.
    """
    asked = mask.bits // 8
    told = UID_BYTES - asked
    if len(data) != told + count * block_size:
        raise errors.TagGarbled(f"an inventory with {count} blocks in {len(data)} bytes")
    number = mask.encoded[1 : 1 + asked] + data[:told]
    uid = number[::-1].hex().upper()
    if not mask.fits(uid):
        raise errors.TagGarbled(f"{uid} was not asked")
    return uid, data[told:]


def memory_of(data: bytes, count: int, *, security: bool = False) -> tuple[bytes, tuple[int, ...]]:
    """`count` blocks in the answer to a read of blocks, and their lock bytes (none without `security`).

    Raises:
        TagGarbled: that many equal blocks (1 to 32 bytes) do not fit.
    """
    step, rest = divmod(len(data), count)
    size = step - security
    if rest or not 1 <= size <= LONGEST_BLOCK:
        raise errors.TagGarbled(f"{count} blocks in {len(data)} bytes")
    if not security:
        return data, ()
    starts = range(0, len(data), step)
    return b"".join(data[at + 1 : at + step] for at in starts), tuple(data[at] for at in starts)


def info_of(data: bytes, uid: str) -> SystemInfo:
    """The answer to `system_info(uid)`. Raises TagGarbled: another tag's, or lengths that do not fit."""
    if len(data) < 1 + UID_BYTES:
        raise errors.TagGarbled(f"system information of {len(data)} bytes")
    told, whose, rest = Told(data[0] & Told.ALL), data[1 : 1 + UID_BYTES], data[1 + UID_BYTES :]
    if whose != uid_on_air(uid):
        raise errors.TagGarbled("system information of another tag")
    fields = {}
    for field, length in ((Told.DSFID, 1), (Told.AFI, 1), (Told.MEMORY, 2), (Told.IC_REFERENCE, 1)):
        taken = length if field in told else 0
        fields[field], rest = rest[:taken], rest[taken:]
        if len(fields[field]) != taken:
            raise errors.TagGarbled("system information is too short")
    if rest:
        raise errors.TagGarbled("system information is too long")
    size = fields[Told.MEMORY]
    blocks, block_size = (size[0] + 1, (size[1] & BLOCK_SIZE_BITS) + 1) if size else (0, 0)
    return SystemInfo(
        uid=uid,
        dsfid=int.from_bytes(fields[Told.DSFID]),
        afi=int.from_bytes(fields[Told.AFI]),
        blocks=blocks,
        block_size=block_size,
        ic_reference=int.from_bytes(fields[Told.IC_REFERENCE]),
        told=told,
    )


BLOCK_SIZE_BITS = 0x1F
"""Those of its byte that hold a block's size; the others are for later use (clause 10.4.12)."""

EAS_SEQUENCE = bytes.fromhex("2FB36270D5A7907FE8B18038D281497682DA9A866FAF8BB0F19CD112A57237EF")
"""What ICODE SLI and SLIX answer to `eas_alarm`, each and always the same (SL2S2002 clause 8.5.3.6)."""


def sounds_alarm(what: Heard) -> bool:
    """Whether EAS was heard. Silence is False, and proves nothing by itself: it may have gone.

    Raises:
        Collision: something was heard that is no EAS sequence.
        TagRefused: the tag does not know the command.
    """
    if isinstance(what, Silent):
        return False
    if data_of(what) != EAS_SEQUENCE:
        raise errors.Collision("something answered that is no EAS sequence")
    return True


def random_of(data: bytes) -> bytes:
    """The answer to `random_number`, for `set_password`. Raises TagGarbled."""
    if len(data) != RANDOM_BYTES:
        raise errors.TagGarbled(f"a random number of {len(data)} bytes")
    return data
