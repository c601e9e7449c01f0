"""What kind of card it is, by the ATR that the reader made up for it; and what that says of its uid.

A storage card has no ATR of its own: the reader builds one that names the standard (SS) and the card
(NN), PC/SC part 3 Supplemental Document 2.01.09, clause 2. A uid alone does not tell: eight bytes are
an ISO 15693 uid, in one order or the other, or a FeliCa IDm.
"""

from __future__ import annotations

from enum import StrEnum


class Family(StrEnum):
    """Kinds of cards that a library thinks of as one."""

    PROXIMITY = "proximity"
    """ISO 14443: MIFARE, NTAG, DESFire, bank cards, telephones."""
    FELICA = "felica"
    VICINITY = "vicinity"
    """ISO 15693: the kind that is in books, too."""


class CardKind(StrEnum):
    """What a card is, as far as its reader tells."""

    MIFARE_CLASSIC = "mifare-classic"
    MIFARE_PLUS = "mifare-plus"
    MIFARE_ULTRALIGHT = "mifare-ultralight"
    """NTAG too: readers name it so."""
    DESFIRE = "desfire"
    TOPAZ = "topaz"
    ISO14443_A = "iso14443-a"
    ISO14443_B = "iso14443-b"
    SMART_CARD = "smart-card"
    """Speaks ISO 14443-4: an identity card, a bank card, a telephone."""
    FELICA = "felica"
    ISO15693 = "iso15693"
    UNKNOWN = "unknown"

    @property
    def family(self) -> Family:
        """Which family it belongs to; of the unknown, the widest."""
        if self is CardKind.FELICA:
            return Family.FELICA
        return Family.VICINITY if self is CardKind.ISO15693 else Family.PROXIMITY


STORAGE_CARD = bytes.fromhex("4F0CA000000306")
"""Application identifier of 12 bytes, and the RID of the PC/SC workgroup; SS and NN follow."""

STANDARDS = {
    **dict.fromkeys((0x01, 0x02, 0x03), CardKind.ISO14443_A),
    **dict.fromkeys((0x05, 0x06, 0x07), CardKind.ISO14443_B),
    **dict.fromkeys((0x09, 0x0A, 0x0B, 0x0C), CardKind.ISO15693),
    0x11: CardKind.FELICA,
}
"""SS: the standard."""

NAMES = {
    **dict.fromkeys((0x0001, 0x0002, 0x0026), CardKind.MIFARE_CLASSIC),
    **dict.fromkeys((0x0003, 0x003A, 0x003D), CardKind.MIFARE_ULTRALIGHT),
    **dict.fromkeys((0x0036, 0x0037, 0x0038, 0x0039), CardKind.MIFARE_PLUS),
    **dict.fromkeys((0x002F, 0x0030, 0xF004), CardKind.TOPAZ),
    **dict.fromkeys((0x003B, 0xF011, 0xF012), CardKind.FELICA),
}
"""NN: the card. F004, F011 and F012 are names of ACS alone, under SS 03 (ACR122 manual 2.02, 3.1.1)."""

SMART_CARD = bytes.fromhex("8001")
"""TD1 and TD2 of every ATR that is made up for a contactless card (part 3, clause 3.1.3.2.3)."""
DESFIRE_BYTES = (bytes.fromhex("80"), bytes.fromhex("067577810280"))
"""Historical bytes of DESFire: the one of its ATS, or its whole ATS, as some readers have it."""
FELICA_OF_SCM = bytes.fromhex("3B8C80010443FD")
"""How readers of SCM and Identiv name FeliCa, before its IDm (SCL3711 manual 1.3, 5.3.3.4)."""

# ---- uids -----------------------------------------------------------------------------------

UID_LENGTHS = frozenset({4, 7, 8, 10})
"""Bytes: single, double and triple size of ISO 14443-3, and eight of ISO 15693 and FeliCa."""
VICINITY_FIRST = 0xE0
"""First byte of every ISO 15693 uid (ISO 15693-3 clause 4.1)."""
RANDOM_FIRST = 0x08
"""First byte of a uid of four bytes that the card makes up anew each time (ISO 14443-3 clause 6.5.4)."""
RANDOM_IDM = bytes.fromhex("01FE")
"""First bytes of an IDm that is made up anew each time (NFC Digital 1.1 clause 6.6.2: NFC-DEP)."""


def kind_of(atr: bytes) -> CardKind:
    """What an ATR says of the card. Never raises."""
    at = atr.find(STORAGE_CARD)
    if at >= 0:
        standard, name = atr[at + 7 : at + 8], int.from_bytes(atr[at + 8 : at + 10])
        kind = STANDARDS.get(standard[0] if standard else 0, CardKind.UNKNOWN)
        if kind.family is Family.PROXIMITY:
            kind = NAMES.get(name, kind)
        return kind
    if atr.startswith(FELICA_OF_SCM):
        return CardKind.FELICA
    if atr[2:4] == SMART_CARD:
        return CardKind.DESFIRE if atr[4:-1] in DESFIRE_BYTES else CardKind.SMART_CARD
    return CardKind.UNKNOWN


def normal_uid(raw: bytes, kind: CardKind, *, turned: bool = False) -> tuple[bytes, CardKind]:
    """A uid most significant byte first, and the kind of card, which it may tell where the ATR did not.

    Args:
        raw: as the reader gave it.
        kind: what the ATR says.
        turned: this reader gives uids backwards, all of them.
    """
    uid = raw[::-1] if turned else raw
    if kind is CardKind.UNKNOWN and len(uid) == 8 and VICINITY_FIRST in {uid[0], uid[-1]}:
        kind = CardKind.ISO15693
    if kind is CardKind.ISO15693 and uid[:1] != b"\xe0" and uid[-1:] == b"\xe0":
        uid = uid[::-1]  # as it was on the air: readers differ
    return uid, kind


def is_random(uid: bytes, kind: CardKind) -> bool:
    """Whether the card will have another uid the next time."""
    if kind.family is Family.PROXIMITY:
        return len(uid) == 4 and uid[0] == RANDOM_FIRST
    return kind is CardKind.FELICA and uid.startswith(RANDOM_IDM)
