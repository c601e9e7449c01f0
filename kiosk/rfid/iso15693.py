"""ISO/IEC 15693-3: the numbers of the standard, and what a tag says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.rfid import errors

CRC_POLYNOMIAL = 0x8408
CRC_PRESET = 0xFFFF
"""CRC of ISO/IEC 13239, least significant bit first (ISO 15693-3 annex C; FEIG H20800 clause 3.2)."""

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
    """CRC of ISO/IEC 13239 without the final complement, as FEIG frames carry it."""
    crc = CRC_PRESET
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ CRC_POLYNOMIAL if crc & 1 else crc >> 1
    return crc
