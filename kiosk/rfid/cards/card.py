"""Reading one card through the storage-card commands of PC/SC part 3 (2.01.09, clause 3.2.2).

Pure but for `transmit`, which sends one APDU and brings its answer. What is tried, by the kind of card
that the ATR names: the uid; NDEF of a Type 2 card (MIFARE Ultralight, NTAG), of a Type 4 one (DESFire, a
telephone) or of a Type 5 one (ISO 15693); the library's own models (ISO 28560 and others) on an ISO 15693
card. A card that carries none of them is still a card with a uid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from kiosk.rfid.cards.kind import UID_LENGTHS, CardKind, Family, is_random, kind_of, normal_uid
from kiosk.rfid.cards.type4 import type_4_message
from kiosk.rfid.errors import CardGarbled, CardMute
from kiosk.rfid.tags import (
    DEFAULT,
    NdefError,
    NdefMessage,
    TagMemory,
    TagRules,
    decode_ndef,
    decode_ndef_message,
    decode_tag,
)

Transmit = Callable[[bytes], bytes]
"""Sends an APDU and gives back the answer with its two status bytes. Raises CardError."""

GET_UID = bytes.fromhex("FFCA000000")
"""GET DATA, PC/SC part 3 clause 3.2.2.1.3."""
READ_BINARY = bytes.fromhex("FFB0")
"""READ BINARY, PC/SC part 3 clause 3.2.2.1.8; then block number (2) and length."""
SUCCESS = b"\x90\x00"

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
FIRST_LOOK_BYTES = 32
"""What is read of a library's card before it says that it needs more."""
LIBRARY_AT_MOST = 256
"""No more of a card is read than this to know whose it is."""
AREA_AT_MOST = 1024
"""Bytes of a card that are read in search of its text: a patron's id comes early."""

NO_TYPE_2 = frozenset({CardKind.MIFARE_CLASSIC, CardKind.FELICA, CardKind.TOPAZ})
"""Kinds whose memory is another one: read like a Type 2 card, they would only refuse."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card as it was read.

    Attributes:
        uid: upper-case hex, most significant byte first (of ISO 15693: E0 first); of FeliCa the IDm.
        atr: as PC/SC gives it; empty where another reader was asked.
        kind: what it is.
        raw_uid: the uid as the reader gave it, in hex.
        ndef: its NDEF message, if it has one.
        memory: what the memory of an ISO 15693 card without NDEF means to a library.
    """

    uid: str
    atr: bytes = b""
    kind: CardKind = CardKind.UNKNOWN
    raw_uid: str = ""
    ndef: NdefMessage | None = None
    memory: TagMemory | None = None

    @property
    def text(self) -> str | None:
        """The first NDEF text that is not blank."""
        return _first(() if self.ndef is None else self.ndef.texts)

    @property
    def uri(self) -> str | None:
        """The first NDEF URI that is not blank."""
        return _first(() if self.ndef is None else self.ndef.uris)

    @property
    def uid_is_random(self) -> bool:
        """Whether it will have another uid the next time it is shown."""
        return is_random(bytes.fromhex(self.uid), self.kind)

    @property
    def uid_is_whole(self) -> bool:
        """Whether the uid is as long as uids are."""
        return len(self.uid) // 2 in UID_LENGTHS


def _first(values: tuple[str, ...]) -> str | None:
    return next((each for each in values if each.strip()), None)


def card_of(raw_uid: bytes, atr: bytes, *, turned: bool = False) -> Card:
    """A card of which no more than this is known. `turned` as in `read_card`."""
    uid, kind = normal_uid(raw_uid, kind_of(atr), turned=turned)
    return Card(uid.hex().upper(), atr, kind, raw_uid.hex().upper())


def read_card(transmit: Transmit, atr: bytes, *, turned: bool = False, rules: TagRules = DEFAULT) -> Card:
    """Read a card.

    Args:
        transmit: sends an APDU.
        atr: what the reader says of the card.
        turned: this reader gives uids backwards, all of them.
        rules: what the library knows of its tags.

    Raises:
        CardPulled: it was taken away meanwhile.
        CardMute: it does not even tell its uid.
        CardGarbled: an answer makes no sense.
    """
    raw = _ask(transmit, GET_UID)
    if not raw:
        raise CardMute("the card does not tell its uid")
    card = card_of(raw, atr, turned=turned)
    if card.kind.family is Family.VICINITY:
        return _read_vicinity_card(transmit, card, rules)
    if card.kind in {CardKind.DESFIRE, CardKind.SMART_CARD}:
        message = type_4_message(lambda apdu: _answer(transmit, apdu))
        return card if message is None else replace(card, ndef=read_message(message))
    return card if card.kind in NO_TYPE_2 else replace(card, ndef=_type_2_ndef(transmit))


def read_message(message: bytes) -> NdefMessage:
    """What an NDEF message says. Raises CardGarbled."""
    try:
        return decode_ndef_message(message)
    except NdefError as error:
        raise CardGarbled(f"no NDEF on the card: {error}") from error


def _type_2_ndef(transmit: Transmit) -> NdefMessage | None:
    container = _read(transmit, TYPE_2_CC_PAGE, BLOCK_BYTES)
    if (
        len(container) < BLOCK_BYTES
        or container[0] != CC_TYPE_2
        or container[1] & CC_VERSION_MASK != CC_VERSION_1
    ):
        return None
    size = container[2] * CC_SIZE_UNIT
    return _area_ndef(transmit, TYPE_2_FIRST_PAGE, size, TYPE_2_READ_BYTES)


def _read_vicinity_card(transmit: Transmit, card: Card, rules: TagRules) -> Card:
    if card.uid in rules.uids:  # an item, whatever stands on it, and if nothing on it can be read
        return replace(card, memory=decode_tag(b"", uid=card.uid, rules=rules))
    memory = _read(transmit, 0, BLOCK_BYTES)
    if len(memory) == BLOCK_BYTES and memory[0] in CC_TYPE_5 and memory[1] & CC_VERSION_MASK == CC_VERSION_4:
        first, size = 1, memory[2] * CC_SIZE_UNIT
        if not size:  # a container of eight bytes has its size in the last two
            first, size = 2, int.from_bytes(_read(transmit, 1, BLOCK_BYTES)[2:4]) * CC_SIZE_UNIT
        return replace(card, ndef=_area_ndef(transmit, first, size, BLOCK_BYTES))
    memory = _read_on(transmit, memory, FIRST_LOOK_BYTES)
    while memory:
        library = decode_tag(memory, uid=card.uid, rules=rules)
        read, wanted = len(memory), min(library.more, LIBRARY_AT_MOST)
        memory = _read_on(transmit, memory, wanted)
        if len(memory) == read:
            return replace(card, memory=library)
    return card


def _area_ndef(transmit: Transmit, first: int, size: int, step: int) -> NdefMessage | None:
    """The message in the TLV area of `size` bytes from block `first`; no more is read than needed."""
    area, size = b"", min(size, AREA_AT_MOST)
    while True:
        piece = b""
        if len(area) < size:
            block = first + len(area) // BLOCK_BYTES
            piece = _read(transmit, block, step) or _read(transmit, block, BLOCK_BYTES)
            area += piece
        try:
            message = decode_ndef(area[:size])
        except NdefError as error:
            if piece:
                continue  # its end is still to be read
            raise CardGarbled(f"no NDEF on the card: {error}") from error
        if message is not None or not piece:
            return message


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
    return _answer(transmit, apdu) or b""


def _answer(transmit: Transmit, apdu: bytes) -> bytes | None:
    """The data of a successful answer; None when it is a refusal."""
    answer = transmit(apdu)
    if len(answer) < 2:
        raise CardGarbled("an answer without its status")
    return answer[:-2] if answer[-2:] == SUCCESS else None
