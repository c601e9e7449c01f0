"""ISO 28560-3, the basic block (the same as the Danish DS/INF 163-1): decode and encode.

A tag is taken for ISO 28560-3 only when its CRC fits. Some shops write each memory block
backwards, some swap the two nibbles of byte 0: both are tried, and the result says which it was,
so that a writer can write the same way again. Extension blocks (byte 34 onwards) are let be.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from enum import Enum, IntEnum

# ---- the basic block, ISO 28560-3 clause 5 and DS/INF 163-1 chapter 4: first byte, bytes -----
VERSION_AND_USAGE = 0
"""High nibble: content parameter (version of the block); low nibble: type of usage."""
PARTS = 1
"""Number of parts in the item; 0 is unknown."""
ORDINAL = 2
"""Ordinal number of this part, from 1. (Two known programs read bytes 1 and 2 swapped.)"""
ITEM_ID = slice(3, 19)
"""Primary item identifier: UTF-8, padded with 00."""
CRC = slice(19, 21)
"""CRC over all other bytes of the block, least significant byte first."""
COUNTRY = slice(21, 23)
"""ISO 3166-1 code of the owner's country: the ISIL before its first hyphen."""
LIBRARY = slice(23, 34)
"""The owner's ISIL after its first hyphen; cut to bytes 23-31 on a tag of 32 bytes."""

BLOCK_BYTES = 34
"""The basic block; a tag of 32 bytes holds all but its last two, which count as 00."""
MEMORY_BYTES = 32
"""The least memory that can hold a basic block, in bytes."""

READABLE_OF_16 = 12
"""Bytes of the id that have to be ASCII or padding before a block with a wrong CRC is called damaged
and not foreign (ours: a few flipped bits leave that many, other models do not)."""

VERSIONS = frozenset({0, 1, 2})
"""Versions of the block that have been published; 1 is the one in use."""
CURRENT_VERSION = 1

CRC_PRESET = 0xFFFF
"""CRC-16/CCITT-FALSE (polynomial 0x1021, that of `binascii.crc_hqx`). DS/INF 163-1 annex C: the text
"RFID tag data model" gives 1AEE."""


class Usage(IntEnum):
    """Type of usage (ISO 28560-3 table of byte 0, low nibble); 3 to 5 are local or not yet used."""

    ACQUISITION = 0
    CIRCULATING = 1
    NOT_FOR_CIRCULATION = 2
    LOCAL_3 = 3
    LOCAL_4 = 4
    FUTURE = 5
    NO_INFORMATION = 6
    DISCARDED = 7
    PATRON_CARD = 8
    EQUIPMENT = 9


class BlockOrder(Enum):
    """Which way the bytes of each memory block lie: as the standard says, or each block backwards."""

    FORWARD = "forward"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class LibraryTag:
    """A basic block whose CRC fits.

    `owner` is an ISIL (`DK-718500`) or empty; `order` and `swapped` (nibbles of byte 0) say how the
    block was written; `parts` 0 is unknown.
    """

    item_id: str
    owner: str = ""
    part: int = 1
    parts: int = 1
    usage: Usage = Usage.CIRCULATING
    version: int = CURRENT_VERSION
    order: BlockOrder = BlockOrder.FORWARD
    swapped: bool = False

    @property
    def is_patron_card(self) -> bool:
        """Whether this is a patron's card and no item."""
        return self.usage is Usage.PATRON_CARD


@dataclass(frozen=True, slots=True)
class BlankTag:
    """Nothing is written here yet: all bytes are 00, or a valid block names no item."""


@dataclass(frozen=True, slots=True)
class DamagedTag:
    """It looks like a basic block, but its CRC does not fit, or its id is no text."""


@dataclass(frozen=True, slots=True)
class ForeignTag:
    """Something stands here that we do not know."""


TagMemory = LibraryTag | BlankTag | DamagedTag | ForeignTag


def decode_tag(memory: bytes, block_size: int = 4) -> TagMemory:
    """What the memory of a tag says. Never raises for any content.

    Args:
        memory: the tag's memory from byte 0, at least 32 bytes (less is foreign); whatever stands
            behind byte 33 is ignored. Where only 32 bytes of a larger tag were read, a long owner
            makes the CRC fail: read 36 and try again.
        block_size: bytes in a memory block, for tags whose blocks were written backwards.
    """
    if memory and not any(memory):
        return BlankTag()
    if len(memory) < MEMORY_BYTES:
        return ForeignTag()
    forward = memory[:BLOCK_BYTES]
    backward = _turn_blocks(memory, block_size)[:BLOCK_BYTES]
    for order, block in ((BlockOrder.FORWARD, forward), (BlockOrder.REVERSED, backward)):
        if _crc(block) == int.from_bytes(block[CRC], "little"):
            return _decode_block(block, order)
    if _looks_like_a_block(forward) or _looks_like_a_block(backward):
        return DamagedTag()
    return ForeignTag()


def encode_28560_3(
    item_id: str,
    owner_isil: str = "",
    part: int = 1,
    parts: int = 1,
    usage: int = Usage.CIRCULATING,
    size: int = MEMORY_BYTES,
    *,
    order: BlockOrder = BlockOrder.FORWARD,
    block_size: int = 4,
) -> bytes:
    """The memory of a tag with this basic block: `size` bytes, what the block does not need is 00.

    Args:
        item_id: primary item identifier, 1 to 16 bytes of UTF-8.
        owner_isil: the owner's ISIL (`DK-718500`), or empty. On a tag of 32 bytes what does not fit
            is cut, as the standard says.
        part: ordinal number of this part, 1 to 255.
        parts: number of parts of the item, 0 (unknown) to 255.
        usage: type of usage, see `Usage`.
        size: memory of the tag in bytes, at least 32.
        order: whether each memory block is written backwards.
        block_size: bytes in a memory block.

    Raises:
        ValueError: a value does not fit.
    """
    id_bytes = item_id.encode()
    if not 1 <= len(id_bytes) <= 16 or b"\x00" in id_bytes:
        raise ValueError(f"item id is not 1 to 16 bytes of text: {item_id!r}")
    if not 1 <= part <= 255 or not 0 <= parts <= 255:
        raise ValueError(f"part {part} of {parts} does not fit into bytes")
    if size < MEMORY_BYTES or size % block_size:
        raise ValueError(f"{size} bytes of blocks of {block_size} hold no basic block")
    country, library = _split_isil(owner_isil)
    block = bytearray(max(size, BLOCK_BYTES))
    block[VERSION_AND_USAGE] = CURRENT_VERSION << 4 | Usage(usage)
    block[PARTS] = parts
    block[ORDINAL] = part
    block[ITEM_ID] = id_bytes.ljust(16, b"\x00")
    block[COUNTRY] = country.ljust(2, b"\x00")
    block[LIBRARY] = library.ljust(11, b"\x00")
    block[size:] = bytes(len(block) - size)  # what a small tag cannot hold does not count
    block[CRC] = _crc(bytes(block[:BLOCK_BYTES])).to_bytes(2, "little")
    memory = bytes(block[:size])
    return _turn_blocks(memory, block_size) if order is BlockOrder.REVERSED else memory


def _decode_block(block: bytes, order: BlockOrder) -> TagMemory:
    head = _head(block)
    if head is None:
        return ForeignTag()
    version, usage, swapped = head
    try:
        item_id = _text(block[ITEM_ID])
        owner = _join_isil(_text(block[COUNTRY]), _text(block[LIBRARY]))
    except UnicodeDecodeError:
        return DamagedTag()
    if not item_id:
        return BlankTag()
    return LibraryTag(
        item_id=item_id,
        owner=owner,
        part=block[ORDINAL],
        parts=block[PARTS],
        usage=usage,
        version=version,
        order=order,
        swapped=swapped,
    )


def _head(block: bytes) -> tuple[int, Usage, bool] | None:
    """Version, usage, and whether their nibbles are swapped; None when byte 0 can be no head.

    Tags of one maker carry 21 and 71 for 12 and 17. Version 1 in the low nibble decides, since no
    tag of version 2 has been met.
    """
    high, low = block[VERSION_AND_USAGE] >> 4, block[VERSION_AND_USAGE] & 0x0F
    swapped = low == CURRENT_VERSION and high > CURRENT_VERSION
    version, usage = (low, high) if swapped else (high, low)
    if version not in VERSIONS or usage not in list(Usage):
        return None
    return version, Usage(usage), swapped


def _looks_like_a_block(block: bytes) -> bool:
    """Whether a block with a wrong CRC was meant for one: the usual version, an id mostly readable."""
    head, item_id = _head(block), block[ITEM_ID]
    readable = sum(0x20 <= byte < 0x7F or byte == 0 for byte in item_id)
    return head is not None and head[0] == CURRENT_VERSION and any(item_id) and readable >= READABLE_OF_16


def _crc(block: bytes) -> int:
    """The block's CRC: bytes 0-18 and 21-33; what a tag of 32 bytes lacks counts as 00."""
    padded = block.ljust(BLOCK_BYTES, b"\x00")
    return crc_ccitt(padded[: CRC.start] + padded[CRC.stop : BLOCK_BYTES])


def crc_ccitt(data: bytes) -> int:
    """CRC-16/CCITT-FALSE (DS/INF 163-1 annex C): 0x1021, preset FFFF, most significant bit first."""
    return binascii.crc_hqx(data, CRC_PRESET)


def _turn_blocks(memory: bytes, block_size: int) -> bytes:
    return b"".join(memory[at : at + block_size][::-1] for at in range(0, len(memory), block_size))


def _text(field: bytes) -> str:
    return field.split(b"\x00", 1)[0].decode()


def _split_isil(isil: str) -> tuple[bytes, bytes]:
    """An ISIL as its two fields. One without a country of two letters fills only the second."""
    match = re.fullmatch(r"([A-Z]{2})-(.+)", isil)
    country, library = match.groups() if match else ("", isil)
    if len(library.encode()) > 11 or "\x00" in library:
        raise ValueError(f"owner does not fit into 13 bytes: {isil!r}")
    return country.encode(), library.encode()


def _join_isil(country: str, library: str) -> str:
    return f"{country}-{library}" if country and library else country + library
