"""Extension blocks of ISO 28560-3 (clause 7.3 on; DS/INF 163-1 chapter 3.5), behind the basic block.

`length, id (2 bytes, low first), XOR, data`: the length counts all bytes of the block, the XOR over all
of them is 0. A length of 0 ends the data, 1 is a byte of filler. An id whose high byte is FF goes on for two
bytes. Structured blocks hold texts that end with 00, in a fixed order; the last ones may be missing.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kiosk.rfid.tags.model import Fields, Media

END, FILLER, ESCAPE = 0, 1, 0xFF
FIRST_LIBRARY_BLOCK = 6
"""Bytes that are asked for where a library block may begin: the shortest (it has five), and one more."""
SHORTEST = 4
"""Bytes of a block without data: length, id and XOR."""

LIBRARY_BLOCK = 1
"""Begins with a byte of media format."""

STRUCTURED: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        LIBRARY_BLOCK: ("alternative_item_id", "extended_owner"),
        2: ("supplier", "product_id_local", "order_number", "invoice_number", "gs1_product", "supply_stage"),
        3: ("shelf_location", "marc_media_format", "onix_media_format", "subsidiary"),
        4: ("title",),
        5: ("ill_borrower", "ill_transaction", "alternative_ill_borrower"),
    }
)
"""Texts of the structured blocks by id (clauses 7.5 to 7.9): library, acquisition, library supplement, title
and interlibrary loan."""

MEDIA: Mapping[int, Media] = MappingProxyType(
    {1: Media.BOOK, 2: Media.CD, 3: Media.TAPE, 4: Media.OTHER, 5: Media.OTHER, 6: Media.OTHER}
)
"""Media format of the library block: 2 is CD or DVD, 5 *handle with care*, 6 *small*."""


@dataclass(frozen=True, slots=True)
class ExtensionBlock:
    """One block: its id (0 to 65279, or 24 bits with an escaped id) and its data."""

    id: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Extensions:
    """What sound blocks said: how many they were, and what stands in them. Where others begin: `broken` those
    whose XOR is wrong, `cut` one that does not end in this memory (both from its front). `media_by`: how much
    memory would be needed for the media format of a library block that may follow; 0: none can."""

    count: int = 0
    fields: Fields = field(default_factory=dict)
    media: Media | None = None
    broken: tuple[int, ...] = ()
    cut: int | None = None
    media_by: int = 0


def library_block(media: int, *texts: str) -> ExtensionBlock:
    """The library extension block (clause 7.5): media format, then alternative item id and extended owner.

    Raises:
        ValueError: the media format is no byte.
    """
    return ExtensionBlock(LIBRARY_BLOCK, bytes([media]) + _joined(texts))


def text_block(number: int, *texts: str) -> ExtensionBlock:
    """A structured block of texts in the order of `STRUCTURED`; a title, a shelf location."""
    return ExtensionBlock(number, _joined(texts))


def _joined(texts: tuple[str, ...]) -> bytes:
    return b"\x00".join(text.encode() for text in texts)


def block_bytes(block: ExtensionBlock) -> bytes:
    """A block with its length, id and XOR.

    Raises:
        ValueError: it is longer than 255 bytes, or its id is none.
    """
    low, high = block.id & 0xFF, block.id >> 8
    head = bytes([low, high]) if high < ESCAPE else bytes([low, ESCAPE, *high.to_bytes(2, "little")])
    length = 1 + len(head) + 1 + len(block.data)
    if length > 0xFF:
        raise ValueError(f"an extension block of {length} bytes")
    rest = bytes([length]) + head + block.data
    return bytes([length]) + head + bytes([_xor(rest)]) + block.data


def read_blocks(memory: bytes) -> Extensions:
    """What the blocks from the front of `memory` say. Never raises.

    One that is broken is stepped over by its length; what behind it is no block says so by its own XOR.
    """
    if not memory or memory[0] == END:
        return _NONE if memory else _UNREAD
    at, count, media, cut, media_by = 0, 0, None, None, 0
    fields: dict[str, str | int] = {}
    broken: list[int] = []
    while at < len(memory) and memory[at] != END:
        if memory[at] == FILLER:
            at += 1
            continue
        block = _block(memory[at : at + memory[at]])
        if block is None:
            rest = memory[at:]
            if len(rest) > 1 and not rest.strip(rest[:1]):
                break  # filler of some kind
            if at + memory[at] > len(memory):
                cut = at
                break
            broken.append(at)
            if memory[at] < SHORTEST:
                break
            at += memory[at]
            continue
        if block.id == LIBRARY_BLOCK and block.data:
            media = MEDIA.get(block.data[0])
            fields["media_format"] = block.data[0]
        fields.update(_fields(block))
        at += memory[at]
        count += 1
    if "media_format" not in fields and (cut is not None or at >= len(memory)):
        media_by = at + (0 if cut is None else memory[at]) + FIRST_LIBRARY_BLOCK
    return Extensions(count, MappingProxyType(fields), media, tuple(broken), cut, media_by)


_NONE = Extensions()
_UNREAD = Extensions(media_by=FIRST_LIBRARY_BLOCK)


def _block(data: bytes) -> ExtensionBlock | None:
    """The block that is just these bytes; None when it is cut, or its XOR is wrong."""
    head = 3
    if len(data) > 2 and data[2] == ESCAPE:
        head = 5
    if len(data) <= head or len(data) != data[0] or _xor(data):
        return None
    number = data[1] | (int.from_bytes(data[3:5], "little") if head == 5 else data[2]) << 8
    return ExtensionBlock(number, data[head + 1 :])


def _xor(data: bytes) -> int:
    return functools.reduce(operator.xor, data, 0)


def _fields(block: ExtensionBlock) -> Fields:
    """What a block says by name; one that is not structured gives its bytes in hex."""
    names = STRUCTURED.get(block.id)
    if names is None:
        return {f"block_{block.id}": block.data.hex().upper()}
    data = block.data[1:] if block.id == LIBRARY_BLOCK else block.data
    texts = map(_text, data.split(b"\x00"))
    return {name: text for name, text in zip(names, texts, strict=False) if text}


def _text(piece: bytes) -> str:
    """UTF-8 as the standard says, else the ISO 8859-1 of older writers."""
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return piece.decode("latin-1")
