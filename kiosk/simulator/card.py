"""Patron cards, and what is taken for one, for the virtual smart card reader vpcd: behind PC/SC part 3.

`VirtualCard` is sans-I/O: what vpcd sends in, what a reader with such a card answers out. A text or a URI on
it is an NDEF record, as a phone or a library's card printer would write it.

What no manual says for all readers, and is assumed here as most have it: the uid of an ISO 15693 card comes
as on the air (least significant byte first), all others most significant byte first; a MIFARE Classic refuses
to be read with 6982 before a key was shown; a FeliCa is read by no storage-card command (6A81).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# vpcd's control bytes, which come alone; all else is an APDU (vpcd.h)
POWER_OFF = 0x00
POWER_ON = 0x01
RESET = 0x02
GET_ATR = 0x04

OK = bytes.fromhex("9000")
NOT_FOUND = bytes.fromhex("6A82")
WRONG_PARAMETERS = bytes.fromhex("6A81")
NO_WRITING = bytes.fromhex("6982")
NO_KEY = bytes.fromhex("6982")
WRONG_LENGTH = bytes.fromhex("6700")
UNKNOWN_INSTRUCTION = bytes.fromhex("6D00")
UNKNOWN_CLASS = bytes.fromhex("6E00")


class Kind(StrEnum):
    """What kind of card it is."""

    VICINITY = "iso15693"
    """An ICODE SLIX, as it is in books."""
    ULTRALIGHT = "ultralight"
    """An NTAG213, which readers call MIFARE Ultralight."""
    CLASSIC = "classic"
    DESFIRE = "desfire"
    PHONE = "phone"
    """A telephone that plays an NFC Forum Type 4 tag; its uid is a new one each time (08 first)."""
    FELICA = "felica"


def made_up_atr(historical: bytes) -> bytes:
    """The ATR of a contactless card (PC/SC part 3, 3.1.3.2.3): TD1 80, TD2 01, what it has to say, TCK."""
    body = bytes([0x80 | len(historical), 0x80, 0x01]) + historical
    check = 0
    for byte in body:
        check ^= byte
    return b"\x3b" + body + bytes([check])


def storage_atr(standard: int, name: int) -> bytes:
    """The ATR of a storage card: SS the standard, NN the card (part 3 supplement 2.01.09, 2.2)."""
    rid = bytes.fromhex("A000000306")
    return made_up_atr(bytes.fromhex("804F0C") + rid + bytes([standard]) + name.to_bytes(2, "big") + bytes(4))


ATR = storage_atr(0x0B, 0x0014)
"""SS 0B ISO 15693-3, NN 0014 ICODE SLI."""

ATRS = {
    Kind.VICINITY: ATR,
    Kind.ULTRALIGHT: storage_atr(0x03, 0x0003),
    Kind.CLASSIC: storage_atr(0x03, 0x0001),
    Kind.DESFIRE: made_up_atr(b"\x80"),
    Kind.PHONE: made_up_atr(b""),
    Kind.FELICA: storage_atr(0x11, 0x003B),
}

UIDS = {
    Kind.VICINITY: "E00401504B49524B",
    Kind.ULTRALIGHT: "044B4952CB6480",
    Kind.CLASSIC: "4B495243",
    Kind.DESFIRE: "04524B49524B80",
    Kind.PHONE: "084B4952",
    Kind.FELICA: "01394B49524B01E0",
}
"""A uid of each kind, most significant byte first; the IDm ends as an ISO 15693 uid begins."""

BLOCK = 4
BLOCKS = 28
"""ICODE SLIX: 28 blocks of 4 bytes."""
PAGES = 45
"""NTAG213: 45 pages of 4 bytes, the last five its own."""
USER_PAGES = 36
READ_AT_MOST = 16
"""An NTAG gives four pages at once."""


def ndef_text(text: str, language: str = "en") -> bytes:
    """One short NDEF record of the well-known type `T`, in UTF-8 (NFC Forum RTD Text 1.0)."""
    return _record(b"T", bytes([len(language)]) + language.encode("ascii") + text.encode("utf-8"))


def ndef_uri(uri: str) -> bytes:
    """One short NDEF record of the well-known type `U`; `https://` and `urn:` are abbreviated as writers do
    (NFC Forum RTD URI 1.0, table 3)."""
    for code, begins in ((0x04, "https://"), (0x13, "urn:")):
        if uri.startswith(begins):
            return _record(b"U", bytes([code]) + uri[len(begins) :].encode())
    return _record(b"U", b"\0" + uri.encode())


def _record(kind: bytes, payload: bytes) -> bytes:
    if len(payload) > 255:
        raise ValueError("the text is too long for a card")
    return bytes([0xD1, 1, len(payload)]) + kind + payload


def type5_memory(ndef: bytes) -> bytes:
    """The memory of a Type 5 tag: capability container, NDEF TLV, terminator (NFC Forum T5T 1.0).

    The container is `E1` (one-byte addressing), `40` (version 1.0, read and write free), the size of
    the data area in 8 bytes, `01` (reads several blocks at once).
    """
    size = BLOCKS * BLOCK
    return _filled(bytes([0xE1, 0x40, (size - 4) // 8, 0x01]), ndef, size)


def type2_memory(uid: bytes, ndef: bytes) -> bytes:
    """The memory of a Type 2 tag (NFC Forum T2T 1.0; NTAG213 data sheet, 8.5): uid with its check bytes, lock
    bytes, capability container (`E1`, version 1.0, size in 8 bytes, all free), NDEF TLV. Without a message
    the container is not written either."""
    if len(uid) != 7:
        raise ValueError("an NTAG has seven bytes of uid")
    head = uid[:3] + bytes([0x88 ^ uid[0] ^ uid[1] ^ uid[2]]) + uid[3:]
    head += bytes([uid[3] ^ uid[4] ^ uid[5] ^ uid[6], 0x48, 0, 0])
    if not ndef:
        return head.ljust(PAGES * BLOCK, b"\0")
    held = _filled(bytes([0xE1, 0x10, USER_PAGES * BLOCK // 8, 0]), ndef, (USER_PAGES + 1) * BLOCK)
    return (head + held).ljust(PAGES * BLOCK, b"\0")


def _filled(container: bytes, ndef: bytes, size: int) -> bytes:
    memory = container + bytes([0x03, len(ndef)]) + ndef + b"\xfe"
    if len(memory) > size or len(ndef) >= 0xFF:
        raise ValueError("the text is too long for a card")
    return memory.ljust(size, b"\0")


@dataclass(frozen=True, slots=True)
class Card:
    """A card as it is held to the reader.

    Attributes:
        text: an NDEF text on it, or "".
        uid: its UID (of FeliCa its IDm), most significant byte first, in hex; "" for one of its kind.
        kind: what it is.
        uri: an NDEF URI on it, in place of a text.
        raw: of an ISO 15693 card: what stands in its memory, in hex, in place of NDEF.
    """

    text: str = ""
    uid: str = ""
    kind: Kind = Kind.VICINITY
    uri: str = ""
    raw: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))
        object.__setattr__(self, "uid", self.uid or UIDS[self.kind])

    def message(self) -> bytes:
        """Its NDEF message; empty when it has none."""
        if self.uri:
            return ndef_uri(self.uri)
        return ndef_text(self.text) if self.text else b""

    def memory(self) -> bytes:
        """All its blocks, lowest address first; empty where no storage-card command reads them.

        Raises:
            ValueError: what is to stand on it is too long, or its uid is none of its kind.
        """
        if self.kind is Kind.VICINITY:
            size = BLOCKS * BLOCK
            raw = bytes.fromhex(self.raw)
            if len(raw) > size:
                raise ValueError("the memory is too long for a card")
            message = self.message()
            return type5_memory(message) if message and not raw else raw.ljust(size, b"\0")
        if self.kind is Kind.ULTRALIGHT:
            return type2_memory(bytes.fromhex(self.uid), self.message())
        return b""


CARD_FIELDS = ("text", "uid", "kind", "uri", "raw")
"""What can be said of a card that is shown."""


class VirtualCard:
    """What vpcd talks to while a card is shown."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self._memory = card.memory()
        self._files = Type4Files(card.message())

    def message(self, payload: bytes) -> bytes | None:
        """A message of vpcd in, the answer out; None where vpcd expects none."""
        if len(payload) == 1:
            return ATRS[self.card.kind] if payload[0] == GET_ATR else None
        return self.apdu(payload)

    def apdu(self, command: bytes) -> bytes:
        """One command APDU, one response APDU (PC/SC part 3, 3.2.2)."""
        if len(command) < 4:
            return WRONG_LENGTH
        cla, ins, p1, p2 = command[:4]
        if cla != 0xFF:
            if self.card.kind in {Kind.DESFIRE, Kind.PHONE}:
                return self._files.apdu(command)
            if cla & 0xF0:
                return UNKNOWN_CLASS
            return NOT_FOUND if ins == 0xA4 else UNKNOWN_INSTRUCTION
        if ins == 0xCA:
            return self._uid() + OK if (p1, p2) == (0, 0) else WRONG_PARAMETERS
        if ins == 0xB0:
            return self._read(p1 << 8 | p2, command[4] if len(command) > 4 else 0)
        if ins == 0xD6:
            return NO_WRITING
        return UNKNOWN_INSTRUCTION

    def _uid(self) -> bytes:
        uid = bytes.fromhex(self.card.uid)
        # Least significant byte first, as ISO 15693 has it on the air.
        return uid[::-1] if self.card.kind is Kind.VICINITY else uid

    def _read(self, block: int, length: int) -> bytes:
        if self.card.kind is Kind.CLASSIC:
            return NO_KEY
        if not self._memory:
            return WRONG_PARAMETERS
        if self.card.kind is Kind.ULTRALIGHT and length > READ_AT_MOST:
            return WRONG_LENGTH
        data = self._memory[block * BLOCK :][: length or BLOCK]
        return data + OK if data else NOT_FOUND


class Type4Files:
    """The files of an NFC Forum Type 4 tag (T4T 2.0): its application, a container, the message."""

    APPLICATION = bytes.fromhex("D2760000850101")
    CONTAINER = 0xE103
    NDEF = 0xE104

    def __init__(self, message: bytes) -> None:
        # length 15, version 2.0, reads of 59 bytes, writes of 52; then the control TLV of the NDEF file
        container = (
            bytes.fromhex("000F20003B00340406E104") + (len(message) + 2).to_bytes(2, "big") + b"\0\xff"
        )
        self._files = {
            self.CONTAINER: container,
            self.NDEF: len(message).to_bytes(2, "big") + message,
        }
        self._there = bool(message)
        self._open = False
        self._file: bytes | None = None

    def apdu(self, command: bytes) -> bytes:
        """One command of ISO 7816-4."""
        cla, ins, p1, p2 = command[:4]
        if cla:
            return UNKNOWN_CLASS
        if ins == 0xA4 and (p1, p2) == (4, 0):
            self._file = None
            self._open = self._there and command[5 : 5 + command[4]] == self.APPLICATION
            return OK if self._open else NOT_FOUND
        if ins == 0xA4 and (p1, p2) == (0, 0x0C) and self._open:
            self._file = self._files.get(int.from_bytes(command[5:7], "big"))
            return OK if self._file is not None else NOT_FOUND
        if ins == 0xB0 and self._file is not None:
            at = p1 << 8 | p2
            return self._file[at : at + command[4]] + OK
        return NOT_FOUND if ins == 0xA4 else UNKNOWN_INSTRUCTION


@dataclass(slots=True)
class Shown:
    """One showing of a card; `removed` is None while it lasts."""

    t: float
    card: Card
    removed: float | None = None
