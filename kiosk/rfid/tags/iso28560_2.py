"""ISO 28560-2: data sets by the rules of ISO/IEC 15962, decode and encode.

There is no checksum. What is believed is structure: each part of it that noise would not have by chance
counts for so many bits (`evidence`), and a tag is believed when together they are enough (`wanted`). Few
bytes can prove little, so that from a short memory less is asked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from kiosk.rfid.tags.compaction import INTEGER_BYTES, Compaction, compact, expand
from kiosk.rfid.tags.datasets import (
    NULL_PRECURSOR,
    DataSet,
    DataSets,
    Ending,
    bitmap,
    identifiers,
    read_data_sets,
    write_data_sets,
)
from kiosk.rfid.tags.elements import (
    CIRCULATING,
    ISILS,
    LIKE_AN_ID,
    UTF_8_ELEMENTS,
    Element,
    marc_media,
    name_of,
    onix_media,
    set_of,
    usage_of,
)
from kiosk.rfid.tags.evidence import LONGEST_ID, evidence, wanted
from kiosk.rfid.tags.isil import pack_isil, unpack_isil
from kiosk.rfid.tags.model import (
    BlockOrder,
    DamagedTag,
    Fields,
    LibraryTag,
    Media,
    Model,
    TagMemory,
    Usage,
    turn_blocks,
)

DSFID = 0x06
"""Access method 0 (no directory), data format 6 (library): ISO 28560-2 clause 5.3."""

LEAST_BYTES, SHORTEST_BYTES = 6, 8
SHORT_BYTES = 31
"""A memory of so few bytes is taken for an item id that nothing proves; a longer one would prove it."""
LEAST_TO_SAY = 3
"""Bytes of the shortest item id with its head: of fewer nothing can be said."""
DSFID_BITS = 8.0
"""What the right DSFID adds (ours: a byte that noise does not have)."""
LEAST_FILLER = 4
"""Bytes of filler that noise does not have."""
LEAST_CHARACTERS = 3
"""Of an item id in another compaction than that which the standard prescribes for it."""
FILLER_BITS = 26.0
"""The most that filler behind the data proves (ours: other models leave the rest of a tag 00 as well)."""
RIVAL_CRC = 19
"""Where a tag of ISO 28560-3 has its CRC, and its owner behind it: nothing but filler from here on, and it is
no damaged one."""
TOLD_BITS = 18.0
"""What it adds when the settings say that such tags are of this model."""

IDENTIFYING = frozenset({Element.OWNER_ISIL, Element.SET_INFORMATION, Element.TYPE_OF_USAGE})
"""What has to be known of a tag before it is an item, a part, or a card."""
MEDIA_FORMATS = frozenset({Element.ONIX_MEDIA_FORMAT, Element.MARC_MEDIA_FORMAT})
READ_ON_BYTES = 32
"""How much more is read of a tag that does not say how much there is."""
PADDING = " \x00"
"""What fills an item id of a fixed length, before it or behind it."""
_PACKED = frozenset({Compaction.NUMERIC, Compaction.FIVE_BIT, Compaction.SIX_BIT, Compaction.SEVEN_BIT})
"""Of these nearly all bytes are text."""


def decode_28560_2(
    memory: bytes,
    block_size: int = 4,
    *,
    dsfid: int | None = None,
    told: bool = False,
    rival: bool = False,
    media: bool = False,
) -> TagMemory | None:
    """What the memory says as ISO 28560-2; None when it is something else. Never raises.

    Args:
        memory: from byte 0, any length. One that ends within a data set is decoded up to there.
        block_size: bytes in a memory block, for tags whose blocks were written backwards.
        dsfid: the tag's DSFID, where it is known: 06 makes this model more likely.
        told: the settings say that it is of this model.
        rival: it looks like a damaged tag of ISO 28560-3, so that filler proves nothing behind its CRC.
        media: whether `more` is asked for as long as it may say behind this memory what it is in.
    """
    hint = (DSFID_BITS if dsfid == DSFID else 0.0) + (TOLD_BITS if told else 0.0)
    found = None
    if _begins_with_an_id(memory[:1]):
        found = _judged(memory, BlockOrder.FORWARD, hint, rival=rival, media=media)
    if found is None and _begins_with_an_id(memory[block_size - 1 : block_size]):
        turned = turn_blocks(memory, block_size)
        found = _judged(turned, BlockOrder.REVERSED, hint, rival=rival, media=media)
    return found


def _begins_with_an_id(first: bytes) -> bool:
    """Whether this byte is the precursor of an item id, or a null precursor before it."""
    return bool(first) and (first[0] & 0x0F == Element.ITEM_ID or first[0] == NULL_PRECURSOR)


def _judged(memory: bytes, order: BlockOrder, hint: float, *, rival: bool, media: bool) -> TagMemory | None:
    """What data sets say, if they are to be believed."""
    found = read_data_sets(memory)
    if not found.sets:
        whose = found.ending is Ending.CUT and found.cut_oid == Element.ITEM_ID
        return _cut_id(memory, found) if whose else None
    if found.sets[0][0].oid != Element.ITEM_ID:
        return None
    item_id, texts = _text(found.sets[0][0]), _texts(found.sets)
    if item_id is None or not LIKE_AN_ID.fullmatch(item_id) or len(found.sets[0][0].data) > LONGEST_ID:
        return None
    little = found.filler < LEAST_FILLER or len(item_id) < LEAST_CHARACTERS
    odd = len(found.sets) == 1 and little and not _as_prescribed(found.sets[0][0])
    alone = found.ending is Ending.TERMINATED and found.end <= RIVAL_CRC
    most_filler = FILLER_BITS if alone or not rival else 0.0
    bits = hint + evidence(found, texts, len(memory)) + min(7.5 * found.filler, most_filler)
    is_all = not odd and _is_all(found, item_id, order)
    if (odd or bits < wanted(len(memory))) and not is_all:
        if len(memory) > SHORT_BYTES or found.ending is Ending.BROKEN:
            return None
        why = f"an item id of ISO 28560-2, but {len(memory)} bytes are too few to believe it"
        return DamagedTag(why, Model.ISO28560_2, READ_ON_BYTES, item_id)
    fields = _fields(texts)
    if found.ending is Ending.BROKEN or len(texts) < len(found.sets):
        why = f"data sets of ISO 28560-2 up to byte {found.end}, and nonsense there"
        return DamagedTag(why, Model.ISO28560_2, fields=fields)
    part, parts = set_of(texts.get(Element.SET_INFORMATION, "")) or (1, _parts_unknown(texts))
    return LibraryTag(
        item_id=item_id,
        owner=texts.get(Element.OWNER_ISIL, ""),
        part=part,
        parts=parts,
        usage=usage_of(texts.get(Element.TYPE_OF_USAGE) or CIRCULATING),
        media=_media(texts),
        fields=MappingProxyType(fields),
        model=Model.ISO28560_2,
        version=0,
        order=order,
        why="an item id of ISO 28560-2 and not a byte more" if is_all else _why(found, bits, order),
        more=_more(found, texts, len(memory), media=media),
    )


def _as_prescribed(one: DataSet) -> bool:
    """Whether a text is in that compaction which the standard prescribes for it."""
    return one.scheme not in _PACKED or compact(expand(one.scheme, one.data)) == (one.scheme, one.data)


def _is_all(found: DataSets, item_id: str, order: BlockOrder) -> bool:
    """Whether a memory of 6 to 8 bytes is an item id and not a byte more, written as the standard has it."""
    (first, end), *others = found.sets
    standard = not others and order is BlockOrder.FORWARD and compact(item_id) == (first.scheme, first.data)
    return standard and found.ending is Ending.WHOLE and LEAST_BYTES <= end <= SHORTEST_BYTES


def _cut_id(memory: bytes, found: DataSets) -> DamagedTag | None:
    """A memory that ends within the item id: plausible only if it is short, as an id is."""
    cut, item_id = found.cut, None
    longest = INTEGER_BYTES if cut is not None and cut.scheme is Compaction.INTEGER else LONGEST_ID
    if len(memory) < LEAST_TO_SAY or found.needed - found.filler > longest + 8:
        return None
    if cut is not None and found.needed - (cut.pads or 0) <= len(memory):
        item_id = _text(cut)  # nothing but pad bytes is missing
        if item_id is None or not LIKE_AN_ID.fullmatch(item_id):
            return None
    elif cut is not None and not _may_begin_an_id(cut):
        return None
    why = f"{len(memory)} bytes of ISO 28560-2, which end before the data set of its item id does"
    return DamagedTag(why, Model.ISO28560_2, found.needed, item_id)


def _may_begin_an_id(cut: DataSet) -> bool:
    """Whether an item id can go on like this; of the compactions that are not bytes or digits any may."""
    match cut.scheme:
        case _ if not cut.data:
            return True
        case Compaction.NUMERIC:
            return cut.data.hex().isdecimal()
        case Compaction.OCTETS | Compaction.UTF_8 | Compaction.APPLICATION:
            return LIKE_AN_ID.fullmatch(cut.data.decode("latin-1").strip(PADDING)) is not None
    return True


def _parts_unknown(texts: Mapping[int, str]) -> int:
    """Parts of an item whose tag has no sound set information: one where it has none at all (ISO 28560-1: an
    item of one part need not say so)."""
    return 0 if texts.get(Element.SET_INFORMATION) else 1


def _why(found: DataSets, bits: float, order: BlockOrder) -> str:
    ends = {
        Ending.TERMINATED: "ended as they should",
        Ending.WHOLE: "up to the end of the memory",
        Ending.CUT: "the last one cut by the end of what was read",
        Ending.LEFTOVER: "ended, with remains of something else behind them",
    }[found.ending]
    backwards = "; each memory block is written backwards" if order is BlockOrder.REVERSED else ""
    count = len(found.sets)
    sets = "1 data set" if count == 1 else f"{count} data sets"
    return f"an item id first, {sets} in all, {ends}: {bits:.0f} bits of structure{backwards}"


def _more(found: DataSets, texts: Mapping[int, str], size: int, *, media: bool) -> int:
    """How much should be read until all is there that an item needs."""
    if found.ending is not Ending.CUT and found.ending is not Ending.WHOLE:
        return 0
    missing = IDENTIFYING - texts.keys()
    if media and _media(texts) is None:
        missing |= MEDIA_FORMATS - texts.keys()
    if Element.CONTENT_PARAMETER in texts:
        missing &= {int(each) for each in texts[Element.CONTENT_PARAMETER].split()}
    if not missing:
        return 0
    return max(found.needed, size + READ_ON_BYTES)


# ---- what data sets say ---------------------------------------------------------------------


def _texts(sets: Sequence[tuple[DataSet, int]]) -> dict[int, str]:
    """Each element's text, in the order of the tag, but for those that say nothing."""
    return {one.oid: text for one, _ in sets if (text := _text(one)) is not None}


def _text(one: DataSet) -> str | None:
    """What a data set says, empty if it was left so (no bytes, or 00); None when it can be nothing."""
    if not one.data.strip(b"\x00") and one.oid not in _NEVER_EMPTY and one.scheme in _EMPTY:
        return ""
    if one.oid == Element.TYPE_OF_USAGE and one.scheme in _EMPTY:
        return one.data.decode("ascii") if _HEX_DIGITS.fullmatch(one.data) else one.data.hex().upper()
    if one.oid == Element.CONTENT_PARAMETER:
        return " ".join(map(str, identifiers(one.data))) if one.scheme in _RAW else None
    try:
        if one.oid == Element.ITEM_ID and one.scheme is Compaction.APPLICATION:
            return (
                one.data.decode("ascii").strip(PADDING) if one.data.isascii() else None
            )  # met as plain text
        if one.scheme is Compaction.APPLICATION:
            return unpack_isil(bytes(one.data)) if one.oid in ISILS else one.data.hex().upper()
        text = expand(one.scheme, one.data)
    except ValueError:
        return None
    if one.oid in ISILS or one.oid == Element.ITEM_ID:
        text = text.strip(PADDING)
        return text if text.isprintable() else None
    return text if text.isprintable() else one.data.hex().upper()


_EMPTY = frozenset({Compaction.APPLICATION, Compaction.OCTETS, Compaction.UTF_8})
_HEX_DIGITS = re.compile(rb"[0-9A-Fa-f]{2}")
_NEVER_EMPTY = frozenset({Element.ITEM_ID, Element.CONTENT_PARAMETER, Element.TYPE_OF_USAGE})
"""Those of which 00 is a value."""
_RAW = frozenset({Compaction.APPLICATION, Compaction.OCTETS})
"""What leaves bytes as they are."""


def _fields(texts: Mapping[int, str]) -> Fields:
    return {name_of(oid): text for oid, text in texts.items() if text and oid not in {1, 3}}


def _media(texts: Mapping[int, str]) -> Media | None:
    onix, marc = texts.get(Element.ONIX_MEDIA_FORMAT, ""), texts.get(Element.MARC_MEDIA_FORMAT, "")
    return onix_media(onix) or marc_media(marc)


# ---- encoding -------------------------------------------------------------------------------


def data_set(element: int, text: str) -> DataSet:
    """An element in the compaction that the standard prescribes for it.

    Args:
        element: which (see `Element`).
        text: a number, code or text; of `TYPE_OF_USAGE` two hex digits, of an element that is only bytes
            hex digits.

    Raises:
        ValueError: the text does not fit the element.
    """
    if element == Element.CONTENT_PARAMETER:
        return DataSet(element, Compaction.APPLICATION, bitmap([int(each) for each in text.split()]))
    if element == Element.TYPE_OF_USAGE:
        return DataSet(element, Compaction.APPLICATION, bytes.fromhex(text))
    if element in ISILS:
        return DataSet(element, Compaction.APPLICATION, pack_isil(text))
    if element in UTF_8_ELEMENTS and text:
        return DataSet(element, Compaction.UTF_8, text.encode())
    return DataSet(element, *compact(text))


def encode_28560_2(
    item_id: str,
    owner_isil: str = "",
    part: int = 1,
    parts: int = 1,
    usage: Usage = Usage.CIRCULATING,
    size: int = 0,
    *,
    others: Mapping[int, str] = MappingProxyType({}),
    locked: Collection[int] = (),
    content_bytes: int = 0,
    order: BlockOrder = BlockOrder.FORWARD,
    block_size: int = 4,
) -> bytes:
    """The memory of a tag with an item id, content parameter, set information, usage, owner, and `others`.

    Args:
        item_id: primary item identifier, printable.
        owner_isil: the owner's ISIL, or empty.
        part: ordinal number of this part, 1 to 99.
        parts: number of parts of the item, 0 (unknown) to 99.
        usage: type of usage.
        size: memory of the tag in bytes; 0: as long as need be, whole blocks.
        others: more elements in their order, as `data_set` takes them.
        locked: elements that are going to be locked, so that they fill whole blocks. (We lock nothing.)
        content_bytes: room for the content parameter, so that elements can be added later.
        order: whether each memory block is written backwards.
        block_size: bytes in a memory block.

    Raises:
        ValueError: a value does not fit.
    """
    if not 1 <= part <= 99 or not 0 <= parts <= 99:
        raise ValueError(f"part {part} of {parts} is more than a set can have")
    texts: dict[int, str] = {
        Element.SET_INFORMATION: f"{parts}{part:02}",
        Element.TYPE_OF_USAGE: f"{Usage(usage):02X}",
        **({Element.OWNER_ISIL: owner_isil} if owner_isil else {}),
        **{int(each): text for each, text in others.items()},
    }
    return encode_elements(
        {Element.ITEM_ID: item_id, Element.CONTENT_PARAMETER: "", **texts},
        size,
        locked=locked,
        content_bytes=content_bytes,
        order=order,
        block_size=block_size,
    )


def encode_elements(
    texts: Mapping[int, str],
    size: int = 0,
    *,
    locked: Collection[int] = (),
    content_bytes: int = 0,
    pad: int = 0,
    order: BlockOrder = BlockOrder.FORWARD,
    block_size: int = 4,
) -> bytes:
    """The memory of a tag with just these elements in this order; an empty content parameter names the rest.

    Args: as `encode_28560_2`; `pad` is the byte that fills locked blocks, 00 or 80.

    Raises:
        ValueError: a value does not fit.
    """
    if next(iter(texts), 0) != Element.ITEM_ID:
        raise ValueError("the item id is the first element")
    item_id = texts[Element.ITEM_ID]
    if not LIKE_AN_ID.fullmatch(item_id) or item_id != item_id.strip(PADDING):
        raise ValueError(f"no item id: {item_id!r}")
    sets = [_prepared(oid, text, texts, content_bytes) for oid, text in texts.items()]
    memory = write_data_sets(sets, locked=locked, block_size=block_size, pad=pad)
    least = -(-len(memory) // block_size) * block_size
    if size and (size < len(memory) or size % block_size):
        raise ValueError(f"{size} bytes cannot hold {len(memory)} in blocks of {block_size}")
    memory = memory.ljust(size or least, b"\x00")
    return turn_blocks(memory, block_size) if order is BlockOrder.REVERSED else memory


def _prepared(oid: int, text: str, texts: Mapping[int, str], content_bytes: int) -> DataSet:
    if oid == Element.CONTENT_PARAMETER and not text:
        return DataSet(oid, Compaction.APPLICATION, bitmap(tuple(texts), content_bytes))
    return data_set(oid, text)
