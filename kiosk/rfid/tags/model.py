"""What a tag can turn out to be: one of four kinds of content, and the words that all data models share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum, StrEnum

Fields = Mapping[str, str | int]
"""What stands on a tag by the name of the element (`shelf_location`), as text or number."""


class Model(StrEnum):
    """How the memory of a tag is laid out."""

    ISO28560_2 = "iso28560-2"
    ISO28560_3 = "iso28560-3"
    """And DS/INF 163-1, which is the same layout, and the Finnish model of 2005, which took it over."""
    RFID501 = "rfid501"
    """3M, "RFID 501 alphanumeric"."""
    ASCII = "ascii"
    """The item's id as plain text, wherever a configured pattern finds it."""
    UNKNOWN = "unknown"


class Usage(IntEnum):
    """Type of usage, ISO 28560-1 table of OID 5: class in the high nibble, qualifier in the low one.

    ISO 28560-3 writes only the class (low nibble of byte 0): `kind`.
    """

    ACQUISITION = 0x00
    ACQUISITION_AUTOMATED = 0x01
    ACQUISITION_MANUAL = 0x02
    CIRCULATING = 0x10
    CIRCULATING_SORTED = 0x11
    CIRCULATING_NOT_SORTED = 0x12
    CIRCULATING_NO_OFFLINE_LOAN = 0x13
    CIRCULATING_NO_OFFLINE_RETURN = 0x14
    CIRCULATING_ONLY_ONLINE = 0x15
    NOT_FOR_CIRCULATION = 0x20
    LOCAL_3 = 0x30
    LOCAL_4 = 0x40
    FUTURE = 0x50
    NO_INFORMATION = 0x60
    DISCARDED = 0x70
    DISCARDED_FOR_SALE = 0x71
    DISCARDED_SOLD = 0x72
    DISCARDED_FOR_DISPOSAL = 0x73
    PATRON_CARD = 0x80
    PATRON_CARD_ADULT = 0x81
    PATRON_CARD_YOUNG_ADULT = 0x82
    PATRON_CARD_CHILD = 0x83
    EQUIPMENT = 0x90
    EQUIPMENT_COMPUTER = 0x91
    EQUIPMENT_VIDEO_PROJECTOR = 0x92
    EQUIPMENT_OVERHEAD_PROJECTOR = 0x93
    EQUIPMENT_WHITEBOARD = 0x94

    @property
    def kind(self) -> int:
        """The class alone: 1 for all that circulates, 8 for every patron's card."""
        return self >> 4

    @property
    def word(self) -> str:
        """Its name for people and JSON: `patron-card`."""
        return self.name.lower().replace("_", "-")

    @classmethod
    def of(cls, code: int) -> Usage:
        """The usage of a byte; a qualifier or class that no edition defines counts as its class's first, or
        as `FUTURE`."""
        return _USAGES.get(code) or _USAGES.get(code & 0xF0, cls.FUTURE)


_USAGES = {int(usage): usage for usage in Usage}


class Media(StrEnum):
    """What kind of thing the tag is in, as far as a kiosk minds: some are cased, some bear no magnets."""

    BOOK = "book"
    MAGAZINE = "magazine"
    CD = "cd"
    """A CD, or a DVD where the model does not tell them apart (ISO 28560-3)."""
    DVD = "dvd"
    TAPE = "tape"
    VIDEO = "video"
    OTHER = "other"


class BlockOrder(Enum):
    """Which way the bytes of each memory block lie: as the standard says, or each block backwards."""

    FORWARD = "forward"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class LibraryTag:
    """A tag that is believed to be a library's.

    Attributes:
        item_id: primary item identifier (on a patron's card: the patron's).
        owner: an ISIL (`DK-718500`), or empty.
        part: ordinal number of this part, from 1.
        parts: number of parts of the item, 0 is unknown.
        usage: type of usage; circulating where the model or the tag has none.
        media: what kind of thing it is in, None where the tag does not say.
        fields: all else that was read.
        model: how it is laid out.
        version: ISO 28560-3: version of the basic block (0 for other models).
        order, swapped: how it was written (`swapped`: the nibbles of byte 0 of ISO 28560-3), so that a writer
            can write the same way again.
        why: why it was believed, a clause for staff.
        more: bytes of memory from 0 that should be read to know more; 0: this is enough.
    """

    item_id: str
    owner: str = ""
    part: int = 1
    parts: int = 1
    usage: Usage = Usage.CIRCULATING
    media: Media | None = None
    fields: Fields = field(default_factory=dict, compare=False)
    model: Model = Model.ISO28560_3
    version: int = 1
    order: BlockOrder = BlockOrder.FORWARD
    swapped: bool = False
    why: str = field(default="", compare=False)
    more: int = field(default=0, compare=False)

    @property
    def is_patron_card(self) -> bool:
        """Whether this is a patron's card and no item."""
        return self.usage.kind == Usage.PATRON_CARD.kind

    @property
    def is_discarded(self) -> bool:
        """Whether the item has left the library for good."""
        return self.usage.kind == Usage.DISCARDED.kind


@dataclass(frozen=True, slots=True)
class BlankTag:
    """Nothing is written here yet: the bytes of an unwritten tag, or a sound block that names no item."""

    why: str = field(default="", compare=False)
    model: Model = field(default=Model.UNKNOWN, compare=False)
    more: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class DamagedTag:
    """It looks like a tag of that model, but what proves it is wrong or missing.

    `item_id` is what a tag says whose proof was not read (a memory cut short): not to be believed, but
    not contradicted either. None when it was contradicted. `fields` are what else can be made out.
    """

    why: str = field(default="", compare=False)
    model: Model = field(default=Model.UNKNOWN, compare=False)
    more: int = field(default=0, compare=False)
    item_id: str | None = field(default=None, compare=False)
    fields: Fields = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class ForeignTag:
    """Something stands here that is no library tag, or none that we know or may believe."""

    why: str = field(default="", compare=False)
    model: Model = field(default=Model.UNKNOWN, compare=False)
    more: int = field(default=0, compare=False)
    fields: Fields = field(default_factory=dict, compare=False)


TagMemory = LibraryTag | BlankTag | DamagedTag | ForeignTag


def turn_blocks(memory: bytes, block_size: int) -> bytes:
    """The memory with the bytes of each block in the other order, without a last block that is cut: what is
    missing of that are its first bytes."""
    whole = len(memory) - len(memory) % block_size
    turned = bytearray(whole)
    for at in range(block_size):
        turned[at::block_size] = memory[block_size - 1 - at : whole : block_size]
    return bytes(turned)
