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
    Media,
    PatronId,
    SeenTag,
    TagContent,
    Uid,
    UnreadTag,
)
from kiosk.ids import IdRules
from kiosk.pad.air import Air, Turn
from kiosk.rfid.errors import NoTag, TagRefused
from kiosk.rfid.iso15693 import Told
from kiosk.rfid.readers import Reader, SystemInfo
from kiosk.rfid.tags import (
    BlankTag,
    DamagedTag,
    ForeignTag,
    LibraryTag,
    TagMemory,
    TagRules,
    decode_tag,
)

FIRST_LOOK_BLOCKS = 8
"""Blocks that are read of a tag before anything is known of it: the basic block of ISO 28560-3, and what
identifies most tags of ISO 28560-2, where blocks have four bytes, as in nearly all libraries."""

FIRST_LOOK_BYTES = 32
"""What is read of a tag whose blocks are of another size, before it says that it needs more."""

USUAL_BLOCKS = frozenset({4, 8, 16, 32})
"""Bytes that memory blocks have (ISO 15693-3 allows any number up to 32)."""

MOST_BYTES = 256
"""No more of a tag is read than this in search of its item."""


async def read_tag(air: Air, uid: str, dsfid: int | None, ids: IdRules, tags: TagRules) -> SeenTag:
    """Read a tag that has arrived: one exchange when it is one of a library's, else as many as it takes.

    `dsfid` is what the inventory told of it, None where it did not.
    The AFI costs an exchange of its own, so it is told only of a tag that had to be asked for its system
    information anyway: one in the library's form comes with `AFI_UNKNOWN`, and whoever must know it asks.

    Raises:
        TagError: it did not answer, or refused.
        TransportError: the reader failed.
    """
    memory = await _some(air, uid, 0, FIRST_LOOK_BLOCKS)
    block_size = _block_size(memory)
    while block_size and not tags.asks(dsfid):
        content = decode_tag(memory, block_size=block_size, dsfid=dsfid, uid=uid, rules=tags)
        missing = -(-(min(content.more, MOST_BYTES) - len(memory)) // block_size)
        if missing <= 0:
            if isinstance(content, LibraryTag):
                return SeenTag(Uid(uid), AFI_UNKNOWN, content_of(content, ids, tags))
            break
        piece = await _some(air, uid, len(memory) // block_size, missing)
        memory += piece
        if len(piece) != missing * block_size:
            break
    return await _whole_tag(air, uid, dsfid, memory, ids, tags)


def _block_size(first_look: bytes) -> int:
    """Bytes in a block of a tag by its first look; 0 when that was not all that was asked for, as readers
    give it of a tag that ends sooner: then only the tag itself can say."""
    size, rest = divmod(len(first_look), FIRST_LOOK_BLOCKS)
    return size if not rest and size in USUAL_BLOCKS else 0


async def _some(air: Air, uid: str, first: int, count: int) -> bytes:
    """Blocks of a tag of which nothing is known; empty when it did not give them."""
    try:
        return await air.ask(Turn.READ, _blocks(uid, first, count))
    except (TagRefused, NoTag):
        return b""  # it may have fewer blocks, and be of those that fall silent rather than say so


async def _whole_tag(
    air: Air, uid: str, dsfid: int | None, memory: bytes, ids: IdRules, tags: TagRules
) -> SeenTag:
    """Read a tag by what it says of itself."""
    info, content = await read_whole(air, uid, dsfid, memory, tags)
    return SeenTag(Uid(uid), info.afi, content_of(content, ids, tags))


async def read_whole(
    air: Air, uid: str, dsfid: int | None, memory: bytes, tags: TagRules
) -> tuple[SystemInfo, TagMemory]:
    """A tag's system information and what its memory says, read on for as long as that asks for more.

    `memory` is what was read of it before, or empty; `dsfid` as for `read_tag`. Raises as that.
    """
    info = await air.ask(Turn.READ, lambda reader: reader.system_info(uid))
    dsfid = info.dsfid if Told.DSFID in info.told else dsfid
    afi = info.afi if Told.AFI in info.told else None
    block_size = info.block_size or _block_size(memory) or 4
    if len(memory) % block_size or (info.block_size and len(memory) > info.blocks * block_size):
        memory = b""  # it is not what it seemed to be: from the front
    memory = await _read_memory(air, info, block_size, memory, FIRST_LOOK_BYTES)
    while True:
        content = decode_tag(memory, block_size=block_size, dsfid=dsfid, afi=afi, uid=uid, rules=tags)
        read, wanted = len(memory), min(content.more, MOST_BYTES)
        if wanted > read:
            memory = await _read_memory(air, info, block_size, memory, wanted)
        if len(memory) == read:
            return info, content


async def _read_memory(air: Air, info: SystemInfo, block_size: int, memory: bytes, size: int) -> bytes:
    """`memory`, read on until it has `size` bytes or the tag ends."""
    uid, most = info.uid, size
    while len(memory) < size:
        first = len(memory) // block_size
        count = min(-(-(size - len(memory)) // block_size), most)
        if info.block_size:
            count = min(count, info.blocks - first)
        if count <= 0:
            break
        try:
            piece = await air.ask(Turn.READ, _blocks(uid, first, count))
        except (TagRefused, NoTag) as error:
            silent = isinstance(error, NoTag)
            if info.block_size or (not memory and (silent or count == 1)):
                raise
            most = 0 if silent else count // 2  # it never said how much there is
            continue
        memory += piece[: len(piece) - len(piece) % block_size]
        if len(piece) != count * block_size:
            break  # the tag is not what it said it was; what was read so far has to do
    return memory


def _blocks(uid: str, first: int, count: int) -> Callable[[Reader], Awaitable[bytes]]:
    return lambda reader: reader.read(uid, first, count)


def content_of(memory: TagMemory, ids: IdRules, tags: TagRules) -> TagContent:
    """What a tag's memory means: an item, a patron's card, or the reason why it says nothing."""
    match memory:
        case LibraryTag():
            return _library_content(memory, ids, tags)
        case BlankTag():
            return UnreadTag(Reason.TAG_BLANK)
        case DamagedTag():
            return UnreadTag(Reason.TAG_DAMAGED)
        case ForeignTag():
            return UnreadTag(Reason.TAG_FOREIGN)
        case _:
            assert_never(memory)


def _library_content(tag: LibraryTag, ids: IdRules, tags: TagRules) -> TagContent:
    if tag.is_patron_card:
        patron = ids.patron_of(tag.item_id)
        return UnreadTag(Reason.TAG_FOREIGN) if patron is None else CardTag(PatronId(patron))
    item = ids.item_of(tag.item_id)
    if item is None or tag.is_discarded or not tags.may_own(tag.owner):
        return UnreadTag(Reason.TAG_FOREIGN)  # items that do not circulate stay items: the ILS knows best
    media = Media.UNKNOWN if tag.media is None else Media(tag.media.value)
    return ItemTag(ItemKey(item, tag.owner), max(tag.part, 1), tag.parts, media)
