"""ISO 28560-3 (the same as the Danish DS/INF 163-1, and the Finnish model of 2005): decode and encode.

A tag is taken for ISO 28560-3 only when its CRC fits. Some shops write each memory block
backwards, some swap the two nibbles of byte 0, some reckon the CRC over fewer bytes: all are tried, and the
result says which it was, so that a writer can write the same way again.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Sequence

from kiosk.rfid.tags.elements import LIKE_AN_ID
from kiosk.rfid.tags.extension import ExtensionBlock, block_bytes, read_blocks
from kiosk.rfid.tags.model import (
    BlankTag,
    BlockOrder,
    DamagedTag,
    ForeignTag,
    LibraryTag,
    Model,
    TagMemory,
    Usage,
    turn_blocks,
)

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

READABLE_OF_4 = 3
LEAST_READABLE = 3
"""How much of the id before its padding has to be text before a block with a wrong CRC is called damaged and
not foreign (ours: a few flipped bits leave that much, other models do not)."""

VERSIONS = frozenset({0, 1, 2})
"""Versions of the block that have been published; 1 is the one in use."""
CURRENT_VERSION = 1
DEFINED_USAGES = range(10)
"""Types of usage with a meaning; those behind them are for future use."""

CRC_POLYNOMIAL = 0x1021
CRC_PRESET = 0xFFFF
"""CRC-16/CCITT-FALSE (polynomial 0x1021, that of `binascii.crc_hqx`). DS/INF 163-1 annex C: the text
"RFID tag data model" gives 1AEE."""


def decode_28560_3(memory: bytes, block_size: int = 4, *, media: bool = False) -> TagMemory | None:
    """What the memory says as ISO 28560-3; None when no CRC fits. Never raises.

    Args:
        memory: from byte 0, any length. Below 32 bytes the CRC is shown only by a tag whose missing bytes
            are 00.
        block_size: bytes in a memory block, for tags whose blocks were written backwards.
        media: whether `more` is asked for as long as it may say behind this memory what it is in.
    """
    if len(memory) < CRC.stop:
        return None
    if proof := _proof(memory[:BLOCK_BYTES]):
        return _decoded(memory, BlockOrder.FORWARD, proof, media=media)
    turned = turn_blocks(memory, block_size)
    if proof := _proof(turned[:BLOCK_BYTES]):
        return _decoded(turned, BlockOrder.REVERSED, proof, media=media)
    return None


def damaged_28560_3(memory: bytes, block_size: int = 4) -> DamagedTag | None:
    """What a memory is that was meant for ISO 28560-3, though no CRC proves it; None when it was not.

    Where only 32 bytes of a larger tag were read, a long owner makes the CRC fail: `more` says how much to
    read.
    """
    forward = _damaged(memory, BlockOrder.FORWARD)
    if forward is not None and forward.item_id is not None:
        return forward
    backwards = _damaged(turn_blocks(memory, block_size), BlockOrder.REVERSED)
    if backwards is not None and backwards.item_id is not None:
        return backwards
    return forward or backwards


def encode_28560_3(
    item_id: str,
    owner_isil: str = "",
    part: int = 1,
    parts: int = 1,
    usage: Usage = Usage.CIRCULATING,
    size: int = MEMORY_BYTES,
    *,
    extensions: Sequence[ExtensionBlock] = (),
    order: BlockOrder = BlockOrder.FORWARD,
    swapped: bool = False,
    block_size: int = 4,
) -> bytes:
    """The memory of a tag with this basic block: `size` bytes, what is not needed is 00.

    Args:
        item_id: primary item identifier, 1 to 16 bytes of UTF-8, printable.
        owner_isil: the owner's ISIL (`DK-718500`), or empty. On a tag of 32 bytes what does not fit
            is cut, as the standard says.
        part: ordinal number of this part, 1 to 255.
        parts: number of parts of the item, 0 (unknown) to 255.
        usage: type of usage; this model keeps its class alone.
        size: memory of the tag in bytes, at least 32.
        extensions: blocks behind the basic block, in their order.
        order: whether each memory block is written backwards.
        swapped: whether the nibbles of byte 0 change places, as some tags have them.
        block_size: bytes in a memory block.

    Raises:
        ValueError: a value does not fit.
    """
    id_bytes = item_id.encode()
    if not 1 <= len(id_bytes) <= 16 or not item_id.isprintable() or item_id != item_id.strip(" "):
        raise ValueError(f"item id is not 1 to 16 bytes of text: {item_id!r}")
    if not 1 <= part <= 255 or not 0 <= parts <= 255:
        raise ValueError(f"part {part} of {parts} does not fit into bytes")
    if size < MEMORY_BYTES or size % block_size:
        raise ValueError(f"{size} bytes of blocks of {block_size} hold no basic block")
    if usage not in list(Usage):
        raise ValueError(f"no type of usage: {usage!r}")
    country, library = _split_isil(owner_isil)
    behind = b"".join(map(block_bytes, extensions))
    if behind and BLOCK_BYTES + len(behind) > size:
        raise ValueError(f"{size} bytes are too few for {len(behind)} bytes of extension blocks")
    block = bytearray(max(size, BLOCK_BYTES))
    head = CURRENT_VERSION << 4 | usage.kind
    block[VERSION_AND_USAGE] = (head >> 4 | head << 4) & 0xFF if swapped else head
    block[PARTS] = parts
    block[ORDINAL] = part
    block[ITEM_ID] = id_bytes.ljust(16, b"\x00")
    block[COUNTRY] = country.ljust(2, b"\x00")
    block[LIBRARY] = library.ljust(11, b"\x00")
    block[BLOCK_BYTES : BLOCK_BYTES + len(behind)] = behind
    block[size:] = bytes(len(block) - size)  # what a small tag cannot hold does not count
    block[CRC] = crc_ccitt(_covered(bytes(block[:BLOCK_BYTES]))).to_bytes(2, "little")
    memory = bytes(block[:size])
    return turn_blocks(memory, block_size) if order is BlockOrder.REVERSED else memory


def _proof(block: bytes) -> str:
    """In which way the CRC of a block fits; empty when it does not.

    Some writers know only tags of 32 bytes and leave what stands behind them alone, some do not fill these
    tags' two missing bytes.
    """
    stated = int.from_bytes(block[CRC], "little")
    for way, covered in _ways(block):
        if crc_ccitt(covered) == stated:
            return way
    return ""


def _ways(block: bytes) -> Iterator[tuple[str, bytes]]:
    """What a CRC may cover: bytes 0-18 and 21-33, where what a tag does not have counts as 00."""
    covered = _covered(block)
    yield (
        ("its CRC fits" if len(block) >= MEMORY_BYTES else "its CRC fits if what was not read is 00"),
        covered,
    )
    if any(block[MEMORY_BYTES:]):
        yield "its CRC fits for the first 32 bytes", covered[:-2] + bytes(2)
    if len(block) >= MEMORY_BYTES:
        yield "its CRC fits without the filling", covered[:-2]


def _covered(block: bytes) -> bytes:
    padded = block.ljust(BLOCK_BYTES, b"\x00")
    return padded[: CRC.start] + padded[CRC.stop :]


def crc_ccitt(data: bytes) -> int:
    """CRC-16/CCITT-FALSE (DS/INF 163-1 annex C): 0x1021, preset FFFF, most significant bit first."""
    return binascii.crc_hqx(data, CRC_PRESET)


def _decoded(memory: bytes, order: BlockOrder, proof: str, *, media: bool) -> TagMemory:
    """What a basic block says whose CRC fits."""
    head = _head(memory)
    if head is None:
        return ForeignTag(f"{proof}, but no such version of the basic block is known", Model.ISO28560_3)
    version, usage, swapped = head
    item_id = _id(memory[ITEM_ID])
    owner = _owner(memory)
    if item_id is None:
        return DamagedTag(f"{proof}, but its item id is no text", Model.ISO28560_3)
    if not item_id:
        return BlankTag(f"{proof}, and its basic block names no item", Model.ISO28560_3)
    extension = read_blocks(memory[BLOCK_BYTES:])
    fields = extension.fields
    if owner is None:  # proven all the same
        fields = {"owner_bytes": memory[COUNTRY.start : LIBRARY.stop].hex().upper(), **fields}
    clauses = [f"a basic block, and {proof}"]
    if order is BlockOrder.REVERSED:
        clauses.append("each memory block is written backwards")
    if swapped:
        clauses.append("the nibbles of byte 0 are swapped")
    if extension.count:
        clauses.append(f"extension blocks: {extension.count}")
    if extension.broken:
        places = ", ".join(str(BLOCK_BYTES + at) for at in extension.broken)
        clauses.append(f"broken extension block at byte {places}")
    if extension.cut is not None:
        clauses.append(f"the memory ends in the extension block at byte {BLOCK_BYTES + extension.cut}")
    return LibraryTag(
        item_id=item_id,
        owner=owner or "",
        part=memory[ORDINAL],
        parts=memory[PARTS],
        usage=usage,
        media=extension.media,
        fields=fields,
        version=version,
        order=order,
        swapped=swapped,
        why="; ".join(clauses),
        more=BLOCK_BYTES + extension.media_by if media and extension.media_by else 0,
    )


def _head(block: bytes) -> tuple[int, Usage, bool] | None:
    """Version, usage, and whether their nibbles are swapped; None when byte 0 can be no head.

    Tags of one maker carry 21 and 71 for 12 and 17. Version 1 in the low nibble decides, since no
    tag of version 2 has been met.
    """
    high, low = block[VERSION_AND_USAGE] >> 4, block[VERSION_AND_USAGE] & 0x0F
    swapped = low == CURRENT_VERSION and high > CURRENT_VERSION
    version, usage = (low, high) if swapped else (high, low)
    if version not in VERSIONS:
        return None
    return version, Usage.of(usage << 4 if usage in DEFINED_USAGES else Usage.FUTURE), swapped


def _damaged(memory: bytes, order: BlockOrder) -> DamagedTag | None:
    """A block without a CRC that fits, if it was meant for one: the usual version, an id mostly readable."""
    if len(memory) <= ITEM_ID.start or not 1 <= memory[ORDINAL] <= max(memory[PARTS], 1):
        return None
    head, field = _head(memory), memory[ITEM_ID]
    if head is None or head[0] != CURRENT_VERSION or not _mostly_text(field):
        return None
    item_id, owner = _id(field), _owner(memory)
    fields = {"item_id": item_id} if item_id else {}
    if len(memory) >= MEMORY_BYTES and (behind := _unread_owner(memory)):
        why = (
            f"{len(memory)} bytes of a basic block; its CRC fits if {behind.hex().upper()} stands behind them"
        )
        return DamagedTag(why, Model.ISO28560_3, BLOCK_BYTES, item_id, fields | {"owner_isil": owner or ""})
    if len(memory) >= MEMORY_BYTES:
        more = BLOCK_BYTES if len(memory) < BLOCK_BYTES else 0
        why = f"it looks like a basic block, but its CRC does not fit, blocks {order.value}"
        return DamagedTag(why, Model.ISO28560_3, more, fields=fields)
    if not item_id or len(item_id) < LEAST_READABLE or not LIKE_AN_ID.fullmatch(item_id):
        return None  # too short to tell it from anything else
    why = f"{len(memory)} bytes of a basic block, which needs 32 to show its CRC"
    whole = len(memory) >= ITEM_ID.stop
    if owner:
        fields["owner_isil"] = owner
    return DamagedTag(why, Model.ISO28560_3, MEMORY_BYTES, item_id if whole else None, fields)


def _unread_owner(memory: bytes) -> bytes:
    """The one or two bytes of a long owner that were not read, where they make the CRC of the block fit.

    Empty when it cannot be that: they are no text, or the owner ends before.
    """
    missing = BLOCK_BYTES - len(memory)
    if missing not in {1, 2} or 0 in memory[LIBRARY]:
        return b""
    known = memory[: CRC.start] + memory[CRC.stop : MEMORY_BYTES]
    stated = int.from_bytes(memory[CRC], "little")
    behind = (crc_ccitt(known) ^ _crc_before(stated)).to_bytes(2)
    if not _OWNER_END.fullmatch(behind) or not behind.startswith(memory[MEMORY_BYTES:BLOCK_BYTES]):
        return b""
    return behind[-missing:]


_OWNER_END = re.compile(rb"[0-9A-Za-z:/-][0-9A-Za-z:/-]|[0-9A-Za-z:/-]\x00")


def _crc_before(crc: int) -> int:
    """The state that two bytes of 00 turn into this CRC: sixteen steps back through its register. Two other
    bytes do the same from what they and that state differ by."""
    for _ in range(16):
        crc = (crc ^ CRC_POLYNOMIAL) >> 1 | 0x8000 if crc & 1 else crc >> 1
    return crc


def _mostly_text(field: bytes) -> bool:
    """Whether an id may stand here of which some bits were flipped, in its text or in its padding."""
    text = field.split(b"\x00", 1)[0]
    readable = len(text) - len(text.translate(None, _READABLE))
    if readable < LEAST_READABLE or 4 * readable < READABLE_OF_4 * len(text):
        return False
    return 4 * len(field.translate(None, _READABLE + b"\x00")) <= (4 - READABLE_OF_4) * len(field)


_READABLE = bytes(range(0x20, 0x7F))


def _id(field: bytes) -> str | None:
    """The item id in its field, without what some writers pad it with, FF or spaces on either side, and in
    whichever of two codes it is text: UTF-8 as the standard says, or ISO 8859-1; None when it is none."""
    stripped = field.split(b"\x00", 1)[0].rstrip(b"\xff")
    try:
        text = stripped.decode()
    except UnicodeDecodeError:
        text = stripped.decode("latin-1")
    return text.strip(" ") if text.isprintable() else None


def _text(field: bytes) -> str | None:
    """The text before the first 00; None when it is no text."""
    try:
        text = field.split(b"\x00", 1)[0].decode()
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None


def _owner(memory: bytes) -> str | None:
    country, library = _text(memory[COUNTRY]), _text(memory[LIBRARY])
    if country is None or library is None:
        return None
    return _join_isil(country, library.rstrip(" "))


def _split_isil(isil: str) -> tuple[bytes, bytes]:
    """An ISIL as its two fields. One without a country of two letters fills only the second."""
    match = re.fullmatch(r"([A-Z]{2})-(.+)", isil)
    country, library = match.groups() if match else ("", isil)
    if len(library.encode()) > 11 or "\x00" in library:
        raise ValueError(f"owner does not fit into 13 bytes: {isil!r}")
    return country.encode(), library.encode()


def _join_isil(country: str, library: str) -> str:
    """Some writers leave the hyphen in, and some have owners that are numbers and no ISIL."""
    whole = re.fullmatch("[A-Za-z]{2}", country) and library and not library.startswith("-")
    return f"{country}-{library}" if whole else country + library
