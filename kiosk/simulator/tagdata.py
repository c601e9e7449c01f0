"""What the library wrote on its tags: ISO 28560-3 basic blocks, as bytes.

Our own reading of the layout, apart from the kiosk's decoder; the published examples hold it.
"""

from __future__ import annotations

ID_BYTES = 16
"""Bytes 3-18: the primary item identifier (ISO 28560-3, basic block)."""

OWNER_BYTES = 13
"""Bytes 21-33: the owner's ISIL, its first hyphen removed."""

VERSION = 1
"""Content parameter, high nibble of byte 0."""


def _table() -> tuple[int, ...]:
    values = []
    for byte in range(256):
        value = byte << 8
        for _ in range(8):
            value = value << 1 ^ 0x1021 if value & 0x8000 else value << 1
        values.append(value & 0xFFFF)
    return tuple(values)


_CRC = _table()


def crc(data: bytes) -> int:
    """CRC-16/CCITT, polynomial 0x1021, preset 0xFFFF, no reflection (ISO 28560-3, annex on the CRC)."""
    value = 0xFFFF
    for byte in data:
        value = value << 8 & 0xFF00 ^ _CRC[value >> 8 ^ byte]
    return value


def basic_block(item: str, owner: str, *, usage: int = 1, parts: int = 1, part: int = 1) -> bytes:
    """The 34 bytes of a basic block.

    `usage` is the type of usage (1 circulating item, 8 patron card), `part` the ordinal of this tag
    among `parts`. The CRC stands in bytes 19-20, least significant first, over all the others.
    """
    identifier = item.encode("utf-8")
    isil = owner.replace("-", "", 1).encode("utf-8")
    if len(identifier) > ID_BYTES or len(isil) > OWNER_BYTES:
        raise ValueError(f"does not fit a basic block: {item} {owner}")
    head = bytes([VERSION << 4 | usage, parts, part]) + identifier.ljust(ID_BYTES, b"\0")
    tail = isil.ljust(OWNER_BYTES, b"\0")
    return head + crc(head + tail).to_bytes(2, "little") + tail


def backwards(data: bytes, block_size: int = 4) -> bytes:
    """The same data as some software writes it: each block from its last byte to its first."""
    padded = data.ljust(-(-len(data) // block_size) * block_size, b"\0")
    return b"".join(padded[at : at + block_size][::-1] for at in range(0, len(padded), block_size))
