"""3M "RFID 501 alphanumeric": decode and encode.

Blocks of four bytes: `04 is 00 tt`, four blocks of item id, `branch and library` (12 and 20 bits), a number
of the library's own. There is no checksum, so all that is fixed has to be right. (The layout is 3M's and was
never published; the source is the documentation of Biblio::RFID::RFID501, which reads and writes it.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from kiosk.rfid.tags.model import (
    BlankTag,
    BlockOrder,
    DamagedTag,
    LibraryTag,
    Media,
    Model,
    TagMemory,
    turn_blocks,
)

MARK = 0x04
ITEM_ID = slice(4, 20)
OWNER = slice(20, 24)
CUSTOM = slice(24, 28)
MOST_PARTS = 15
LAST_TYPE = 31
"""Item types go to 13; room for some that we have not heard of (ours)."""

TYPES: Mapping[int, tuple[str, Media | None]] = MappingProxyType(
    {
        0: ("other", Media.OTHER),
        1: ("book", Media.BOOK),
        2: ("magazine", Media.MAGAZINE),
        3: ("bound journal", Media.MAGAZINE),
        4: ("audio tape", Media.TAPE),
        5: ("video", Media.VIDEO),
        6: ("CD", Media.CD),
        7: ("diskette", Media.OTHER),
        8: ("book with diskette", Media.BOOK),
        9: ("book with CD", Media.BOOK),
        13: ("book with audio tape", Media.BOOK),
    }
)
"""Item types by their number."""

_ID = re.compile(rb"([0-9A-Za-z ./:+*_$%-]{3,16})\x00*")


def decode_501(memory: bytes, block_size: int = 4) -> TagMemory | None:
    """What the memory says as RFID 501; None when it is something else. Never raises."""
    found = _decoded(memory, BlockOrder.FORWARD)
    if found is None and memory[block_size - 1 : block_size] == bytes([MARK]):
        found = _decoded(turn_blocks(memory, block_size), BlockOrder.REVERSED)
    return found


def _decoded(memory: bytes, order: BlockOrder) -> TagMemory | None:
    if len(memory) <= ITEM_ID.start or memory[0] != MARK or memory[2] or memory[3] > LAST_TYPE:
        return None
    part, parts = memory[1] >> 4, memory[1] & 0x0F
    if part > parts > 0:
        return None
    match = _ID.fullmatch(memory[ITEM_ID])
    if match is None:
        return _without_an_id(memory)
    item_id, cut = match[1].decode("ascii").strip(" "), len(memory) < ITEM_ID.stop and memory[-1] != 0
    name, media = TYPES.get(memory[3], (f"type {memory[3]}", None))
    fields: dict[str, str | int] = {"item_type": name}
    if len(memory) >= OWNER.stop:
        both = int.from_bytes(memory[OWNER])
        fields |= {"branch": both >> 20, "library": both & 0xFFFFF}
    if len(memory) >= CUSTOM.stop:
        fields["custom"] = int.from_bytes(memory[CUSTOM], signed=True)
    if cut:
        why = "a header of RFID 501, but its item id goes on behind what was read"
        return DamagedTag(why, Model.RFID501, ITEM_ID.stop, fields=fields)
    return LibraryTag(
        item_id,
        part=max(part, 1),
        parts=parts,
        media=media,
        fields=MappingProxyType(fields),
        model=Model.RFID501,
        version=0,
        order=order,
        why="a header of RFID 501, and an item id in text behind it",
    )


def _without_an_id(memory: bytes) -> TagMemory | None:
    """What a header is with something behind it that is no item id."""
    field = memory[ITEM_ID].rstrip(b"\x00 ")
    if not field:
        if not memory[1]:
            return None  # 04 and nothing else
        return BlankTag("a header of RFID 501, and no item id behind it", Model.RFID501)
    if not field.isascii() or not field.decode("ascii").isprintable():
        return None
    why = f"a header of RFID 501, but no item id of a library is like {field.decode('ascii')!r}"
    return DamagedTag(why, Model.RFID501)


def encode_501(
    item_id: str, part: int = 1, parts: int = 1, item_type: int = 1, branch: int = 0, library: int = 0
) -> bytes:
    """The first 32 bytes of a tag, for simulated tags and measurements.

    Raises:
        ValueError: a value does not fit.
    """
    if not _ID.fullmatch(item_id.encode()) or not 1 <= part <= parts <= MOST_PARTS or item_type not in TYPES:
        raise ValueError(f"no tag of RFID 501: {item_id!r}, part {part} of {parts}, type {item_type}")
    owner = (branch << 20 | library).to_bytes(4)
    return (
        bytes([MARK, part << 4 | parts, 0, item_type])
        + item_id.encode().ljust(16, b"\x00")
        + owner
        + bytes(8)
    )
