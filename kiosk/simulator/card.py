"""A patron card for the virtual smart card reader vpcd: an NFC Forum Type 5 tag behind PC/SC part 3.

`VirtualCard` is sans-I/O: what vpcd sends in, what a reader with a storage card answers out. The text on
it is an NDEF text record, as a phone or a library's card printer would write it.
"""

from __future__ import annotations

from dataclasses import dataclass

ATR = bytes.fromhex("3B8F8001804F0CA0000003060B00140000000077")
"""PC/SC part 3 storage card: SS 0B ISO 15693-3, NN 0014 ICODE SLI."""

# vpcd's control bytes, which come alone; all else is an APDU (vpcd.h)
POWER_OFF = 0x00
POWER_ON = 0x01
RESET = 0x02
GET_ATR = 0x04

OK = bytes.fromhex("9000")
NOT_FOUND = bytes.fromhex("6A82")
WRONG_PARAMETERS = bytes.fromhex("6A81")
NO_WRITING = bytes.fromhex("6982")
WRONG_LENGTH = bytes.fromhex("6700")
UNKNOWN_INSTRUCTION = bytes.fromhex("6D00")
UNKNOWN_CLASS = bytes.fromhex("6E00")

BLOCK = 4
BLOCKS = 28
"""ICODE SLIX: 28 blocks of 4 bytes."""


def ndef_text(text: str, language: str = "en") -> bytes:
    """One short NDEF record of the well-known type `T`, in UTF-8 (NFC Forum RTD Text 1.0)."""
    payload = bytes([len(language)]) + language.encode("ascii") + text.encode("utf-8")
    if len(payload) > 255:
        raise ValueError("the text is too long for a card")
    return bytes([0xD1, 1, len(payload)]) + b"T" + payload


def type5_memory(ndef: bytes) -> bytes:
    """The memory of a Type 5 tag: capability container, NDEF TLV, terminator (NFC Forum T5T 1.0).

    The container is `E1` (one-byte addressing), `40` (version 1.0, read and write free), the size of
    the data area in 8 bytes, `01` (reads several blocks at once).
    """
    size = BLOCKS * BLOCK
    container = bytes([0xE1, 0x40, (size - 4) // 8, 0x01])
    memory = container + bytes([0x03, len(ndef)]) + ndef + b"\xfe"
    if len(memory) > size:
        raise ValueError("the text is too long for a card")
    return memory.ljust(size, b"\0")


@dataclass(frozen=True, slots=True)
class Card:
    """A card as it is held to the reader. `uid` is its UID, most significant byte first, in hex."""

    text: str
    uid: str = "E00401504B49524B"

    def memory(self) -> bytes:
        """All its blocks, lowest address first."""
        return type5_memory(ndef_text(self.text))


class VirtualCard:
    """What vpcd talks to while a card is shown."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self._memory = card.memory()

    def message(self, payload: bytes) -> bytes | None:
        """A message of vpcd in, the answer out; None where vpcd expects none."""
        if len(payload) == 1:
            return ATR if payload[0] == GET_ATR else None
        return self.apdu(payload)

    def apdu(self, command: bytes) -> bytes:
        """One command APDU, one response APDU (PC/SC part 3, 3.2.2)."""
        if len(command) < 4:
            return WRONG_LENGTH
        cla, ins, p1, p2 = command[:4]
        if cla != 0xFF:
            if cla & 0xF0:
                return UNKNOWN_CLASS
            return NOT_FOUND if ins == 0xA4 else UNKNOWN_INSTRUCTION
        if ins == 0xCA:
            # Least significant byte first, as ISO 15693 has it on the air.
            return bytes.fromhex(self.card.uid)[::-1] + OK if (p1, p2) == (0, 0) else WRONG_PARAMETERS
        if ins == 0xB0:
            return self._read(p1 << 8 | p2, command[4] if len(command) > 4 else 0)
        if ins == 0xD6:
            return NO_WRITING
        return UNKNOWN_INSTRUCTION

    def _read(self, block: int, length: int) -> bytes:
        data = self._memory[block * BLOCK :][: length or BLOCK]
        return data + OK if data else NOT_FOUND


@dataclass(slots=True)
class Shown:
    """One showing of a card; `removed` is None while it lasts."""

    t: float
    card: Card
    removed: float | None = None
