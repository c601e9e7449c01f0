"""Reading one card through the storage-card commands of PC/SC part 3 (2.01.09, clause 3.2.2).

Pure but for `transmit`, which sends one APDU and brings its answer. What is tried: the uid; NDEF text
of a Type 2 card (MIFARE Ultralight, NTAG) or a Type 5 one (ISO 15693); the library's own model
(ISO 28560) on an ISO 15693 card. A card that carries none of them is still a card with a uid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.rfid.errors import CardGarbled, CardMute
from kiosk.rfid.tags import (
    MEMORY_BYTES,
    LibraryTag,
    NdefError,
    decode_ndef_text,
    decode_tag,
)

Transmit = Callable[[bytes], bytes]
"""Sends an APDU and gives back the answer with its two status bytes. Raises CardError."""

GET_UID = bytes.fromhex("FFCA000000")
"""GET DATA, PC/SC part 3 clause 3.2.2.1.3."""
READ_BINARY = bytes.fromhex("FFB0")
"""READ BINARY, PC/SC part 3 clause 3.2.2.1.8; then block number (2) and length."""
SUCCESS = b"\x90\x00"
UID_PREFIX = 0xE0
"""First byte of every ISO 15693 uid (ISO 15693-3 clause 4.1)."""

# ---- capability containers (NFC Forum Type 2 Tag clause 2.4; Type 5 Tag clause 4.3) ----------
CC_TYPE_2 = 0xE1
TYPE_2_CC_PAGE = 3
TYPE_2_FIRST_PAGE = 4
CC_TYPE_5 = frozenset({0xE1, 0xE2})
CC_VERSION_MASK = 0xF0
CC_VERSION_1 = 0x10
CC_VERSION_4 = 0x40
CC_SIZE_UNIT = 8
"""The size in a capability container counts 8 bytes."""

BLOCK_BYTES = 4
TYPE_2_READ_BYTES = 16
"""READ of a Type 2 card gives four pages (NFC Forum Type 2 Tag clause 5.1)."""
LIBRARY_AT_MOST = 128
"""Bytes of a library card that are read in search of what identifies it; most need 32."""
AREA_AT_MOST = 1024
"""Bytes of a card that are read in search of its text: a patron's id comes early."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card as it was read.

    `uid` in upper-case hex (ISO 15693 with E0 first), `atr` as PC/SC gives it, `text` the first NDEF
    text, `library` what a library has written on an ISO 15693 card (ISO 28560).
    """

    uid: str
    atr: bytes
    text: str | None = None
    library: LibraryTag | None = None


def read_card(transmit: Transmit, atr: bytes) -> Card:
    """Read a card.

    Raises:
        CardPulled: it was taken away meanwhile.
        CardMute: it does not even tell its uid.
        CardGarbled: an answer makes no sense.
    """
    raw = _ask(transmit, GET_UID)
    if not raw:
        raise CardMute("the card does not tell its uid")
    if len(raw) == 8 and UID_PREFIX in {raw[0], raw[-1]}:
        uid = raw if raw[0] == UID_PREFIX else raw[::-1]  # readers differ in the order
        return _read_vicinity_card(transmit, uid.hex().upper(), atr)
    return Card(raw.hex().upper(), atr, text=_type_2_text(transmit))


def _type_2_text(transmit: Transmit) -> str | None:
    container = _read(transmit, TYPE_2_CC_PAGE, BLOCK_BYTES)
    if (
        len(container) < BLOCK_BYTES
        or container[0] != CC_TYPE_2
        or container[1] & CC_VERSION_MASK != CC_VERSION_1
    ):
        return None
    size = container[2] * CC_SIZE_UNIT
    return _area_text(transmit, TYPE_2_FIRST_PAGE, size, TYPE_2_READ_BYTES)


def _read_vicinity_card(transmit: Transmit, uid: str, atr: bytes) -> Card:
    memory = _read(transmit, 0, BLOCK_BYTES)
    if len(memory) == BLOCK_BYTES and memory[0] in CC_TYPE_5 and memory[1] & CC_VERSION_MASK == CC_VERSION_4:
        first, size = 1, memory[2] * CC_SIZE_UNIT
        if not size:  # a container of eight bytes has its size in the last two
            first, size = 2, int.from_bytes(_read(transmit, 1, BLOCK_BYTES)[2:4]) * CC_SIZE_UNIT
        return Card(uid, atr, text=_area_text(transmit, first, size, BLOCK_BYTES))
    memory = _read_on(transmit, memory, MEMORY_BYTES)
    library = decode_tag(memory)
    if library.more > len(memory):
        library = decode_tag(_read_on(transmit, memory, min(library.more, LIBRARY_AT_MOST)))
    return Card(uid, atr, library=library if isinstance(library, LibraryTag) else None)


def _area_text(transmit: Transmit, first: int, size: int, step: int) -> str | None:
    """The text in the TLV area of `size` bytes from block `first`; no more is read than needed."""
    area, size = b"", min(size, AREA_AT_MOST)
    while True:
        piece = b""
        if len(area) < size:
            block = first + len(area) // BLOCK_BYTES
            piece = _read(transmit, block, step) or _read(transmit, block, BLOCK_BYTES)
            area += piece
        try:
            text = decode_ndef_text(area[:size])
        except NdefError as error:
            if piece:
                continue  # its end is still to be read
            raise CardGarbled(f"no NDEF on the card: {error}") from error
        if text is not None or not piece:
            return text


def _read_on(transmit: Transmit, memory: bytes, size: int) -> bytes:
    """`memory`, read on until it has `size` bytes or the card ends."""
    while len(memory) < size:
        piece = _read(transmit, len(memory) // BLOCK_BYTES, BLOCK_BYTES)
        if not piece:
            break
        memory += piece
    return memory


def _read(transmit: Transmit, block: int, length: int) -> bytes:
    """Memory from `block` (4 bytes each); empty when the card or the reader will not."""
    piece = _ask(transmit, READ_BINARY + block.to_bytes(2) + bytes([length]))
    if len(piece) > length or len(piece) % BLOCK_BYTES:
        raise CardGarbled(f"{len(piece)} bytes for {length}")
    return piece


def _ask(transmit: Transmit, apdu: bytes) -> bytes:
    """The data of a successful answer; empty when it is a refusal."""
    answer = transmit(apdu)
    if len(answer) < 2:
        raise CardGarbled("an answer without its status")
    return answer[:-2] if answer[-2:] == SUCCESS else b""
