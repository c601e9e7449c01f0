"""Reading one tag: its system information, its memory, and what that means to a library."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import assert_never

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import (
    AFI_UNKNOWN,
    CardTag,
    ItemKey,
    ItemTag,
    PatronId,
    SeenTag,
    TagContent,
    Uid,
    UnreadTag,
)
from kiosk.ids import IdRules
from kiosk.pad.air import Air, Turn
from kiosk.rfid.errors import NoTag, TagRefused
from kiosk.rfid.readers import Reader, SystemInfo
from kiosk.rfid.tags import (
    MEMORY_BYTES,
    BlankTag,
    DamagedTag,
    ForeignTag,
    LibraryTag,
    TagMemory,
    decode_tag,
)

WHOLE_BLOCK_BYTES = 36
"""Nine blocks of four bytes: holds all 34 bytes of the basic block (ISO 28560-3 clause 5)."""

FIRST_LOOK_BLOCKS = 8
"""Blocks that are read of a tag before anything is known of it: the basic block where blocks have four
bytes, as nearly all tags of libraries have them, and more than that where they are larger."""


async def read_tag(air: Air, uid: str, rules: IdRules) -> SeenTag:
    """Read a tag that has arrived: one exchange when it is one of a library's, else as many as it takes.

    The AFI costs an exchange of its own, so it is told only of a tag that had to be asked for its system
    information anyway: one in the library's form comes with `AFI_UNKNOWN`, and whoever must know it asks.

    Raises:
        TagError: it did not answer, or refused.
        TransportError: the reader failed.
    """
    content = await _first_look(air, uid)
    if isinstance(content, LibraryTag):
        return SeenTag(Uid(uid), AFI_UNKNOWN, content_of(content, rules))
    return await _whole_tag(air, uid, rules)


async def _first_look(air: Air, uid: str) -> TagMemory | None:
    """What the first blocks say; None when the tag did not give them."""
    try:
        memory = await air.ask(Turn.READ, _blocks(uid, 0, FIRST_LOOK_BLOCKS))
    except (TagRefused, NoTag):
        return None  # it may have fewer blocks, and be of those that fall silent rather than say so
    block_size = len(memory) // FIRST_LOOK_BLOCKS
    return decode_tag(memory[:MEMORY_BYTES], block_size) if len(memory) >= MEMORY_BYTES else None


async def _whole_tag(air: Air, uid: str, rules: IdRules) -> SeenTag:
    """Read a tag by what it says of itself: two exchanges, three when its owner's name is long."""
    info = await air.ask(Turn.READ, lambda reader: reader.system_info(uid))
    memory = await _read_memory(air, info, b"", MEMORY_BYTES)
    content = decode_tag(memory, info.block_size)
    if isinstance(content, DamagedTag) and info.blocks * info.block_size > MEMORY_BYTES:
        # The CRC also covers bytes 32 and 33, which few tags use: read them only when it matters.
        memory = await _read_memory(air, info, memory, WHOLE_BLOCK_BYTES)
        content = decode_tag(memory, info.block_size)
    return SeenTag(Uid(uid), info.afi, content_of(content, rules))


async def _read_memory(air: Air, info: SystemInfo, memory: bytes, size: int) -> bytes:
    """`memory`, read on until it has `size` bytes or the tag ends."""
    uid, block_size = info.uid, info.block_size
    while len(memory) < size:
        first = len(memory) // block_size
        count = min(-(-(size - len(memory)) // block_size), info.blocks - first)
        if count <= 0:
            break
        piece = await air.ask(Turn.READ, _blocks(uid, first, count))
        if len(piece) != count * block_size:
            break  # the tag is not what it said it was; what was read so far has to do
        memory += piece
    return memory


def _blocks(uid: str, first: int, count: int) -> Callable[[Reader], Awaitable[bytes]]:
    return lambda reader: reader.read(uid, first, count)


def content_of(memory: TagMemory, rules: IdRules) -> TagContent:
    """What a tag's memory means: an item, a patron's card, or the reason why it says nothing."""
    match memory:
        case LibraryTag():
            return _library_content(memory, rules)
        case BlankTag():
            return UnreadTag(Reason.TAG_BLANK)
        case DamagedTag():
            return UnreadTag(Reason.TAG_DAMAGED)
        case ForeignTag():
            return UnreadTag(Reason.TAG_FOREIGN)
        case _:
            assert_never(memory)


def _library_content(tag: LibraryTag, rules: IdRules) -> TagContent:
    if tag.is_patron_card:
        patron = rules.patron_of(tag.item_id)
        return UnreadTag(Reason.TAG_FOREIGN) if patron is None else CardTag(PatronId(patron))
    item = rules.item_of(tag.item_id)
    if item is None:
        return UnreadTag(Reason.TAG_FOREIGN)
    part = max(tag.part, 1)
    parts = tag.parts if part <= tag.parts else 0  # "part 2 of 1": the number of parts is not known
    return ItemTag(ItemKey(item, tag.owner), part, parts)
