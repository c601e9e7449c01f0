"""ISO/IEC 15693-3: the numbers of the standard, and what a tag says of itself."""

from __future__ import annotations

import binascii
from dataclasses import dataclass

from kiosk.rfid import errors

CRC_PRESET = 0xFFFF
"""CRC of ISO/IEC 13239: polynomial 0x8408, least significant bit first (ISO 15693-3 annex C; FEIG H20800
clause 3.2)."""

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"""Each byte with its bits the other way round."""

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
class TagFound:
    """One tag of an inventory: its uid and its data storage format identifier."""

    uid: str
    dsfid: int = 0


@dataclass(frozen=True, slots=True)
class SystemInfo:
    """What a tag says of itself (ISO 15693-3 clause 10.3.12, Get System Information).

    `blocks` memory blocks of `block_size` bytes; `afi` is 0 when the tag has none.
    """

    uid: str
    dsfid: int
    afi: int
    blocks: int
    block_size: int
    ic_reference: int = 0


def error_of(code: int) -> errors.TagRefused:
    """The exception for a tag's error code."""
    kind, text = ERRORS.get(code, (errors.TagRefused, "custom or unknown error"))
    return kind(f"{text} (ISO 15693 error {code:02X})")


def crc16(data: bytes) -> int:
    """CRC of ISO/IEC 13239 without the final complement, as FEIG frames carry it.

    It is that of `binascii.crc_hqx` (0x1021, most significant bit first) with all bits the other way round:
    those of each byte that goes in, and of what comes out.
    """
    crc = binascii.crc_hqx(data.translate(_REVERSED), CRC_PRESET)
    return _REVERSED[crc >> 8] | _REVERSED[crc & 0xFF] << 8


def is_intact(frame: bytes) -> bool:
    """Whether a frame ends with its CRC, least significant byte first: the CRC over all of it is 0 then."""
    return not binascii.crc_hqx(frame.translate(_REVERSED), CRC_PRESET)
