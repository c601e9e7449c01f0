"""The CRC of ISO/IEC 13239, as ISO 15693-3 annex C and FEIG's frames use it."""

from __future__ import annotations

import binascii

CRC_PRESET = 0xFFFF
"""CRC of ISO/IEC 13239: polynomial 0x8408, least significant bit first (ISO 15693-3 annex C; FEIG H20800
clause 3.2)."""
CRC_RESIDUE = 0xF0B8
"""The CRC, before its complement, over a whole frame with its own CRC (ISO/IEC 13239)."""
CRC_BYTES = 2

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"""Each byte with its bits the other way round."""


def crc16(data: bytes) -> int:
    """CRC of ISO/IEC 13239 without the final complement, as FEIG frames carry it.

    It is that of `binascii.crc_hqx` (0x1021, most significant bit first) with all bits the other way round:
    those of each byte that goes in, and of what comes out.
    """
    crc = binascii.crc_hqx(data.translate(_REVERSED), CRC_PRESET)
    return _REVERSED[crc >> 8] | _REVERSED[crc & 0xFF] << 8


def is_intact(frame: bytes) -> bool:
    """Whether a frame ends with its CRC (without complement, FEIG), least significant byte first: the CRC
    over all of it is 0 then."""
    return not binascii.crc_hqx(frame.translate(_REVERSED), CRC_PRESET)


def air_crc(data: bytes) -> bytes:
    """The two bytes that end a frame in the air: the CRC's complement, least significant byte first."""
    return (crc16(data) ^ 0xFFFF).to_bytes(CRC_BYTES, "little")


def is_intact_on_air(frame: bytes) -> bool:
    """Whether a frame ends with the CRC that it has in the air."""
    return len(frame) > CRC_BYTES and crc16(frame) == CRC_RESIDUE
