"""Who made a chip, and which one it is: what its uid tells, as far as it makes a difference to us."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

UID_BYTES = 8
UID_BITS = 64
UID_HEAD = 0xE0
"""The first byte of every uid (ISO 15693-3 clause 4.1)."""

NXP = 0x04
"""NXP's code in a uid and behind its own commands (ISO/IEC 7816-6)."""


def uid_on_air(uid: str) -> bytes:
    """The eight bytes of a uid as they go over the air. Raises ValueError for what is none."""
    number = bytes.fromhex(uid)
    if len(number) != UID_BYTES:
        raise ValueError(f"not a uid: {uid!r}")
    return number[::-1]


class Maker(IntEnum):
    """Who made a chip: the second byte of its uid, behind E0."""

    ST = 0x02
    NXP = NXP
    INFINEON = 0x05
    TEXAS = 0x07
    FUJITSU = 0x08
    EM = 0x16


@dataclass(frozen=True, slots=True)
class Chip:
    """A type of chip: its name, and its memory in blocks of 4 bytes for the user."""

    name: str
    blocks: int


_SLI_KINDS = {
    0x00: Chip("ICODE SLI", 28),
    0x10: Chip("ICODE SLIX", 28),
    0x08: Chip("ICODE SLIX2", 79),
    0x18: Chip("ICODE DNA", 0),
}
_SLI_KIND_BITS = 0x18
"""Bits of the fourth byte of an uid E0 04 01 xx that tell its kind (SL2S2602 clause 9.2.1)."""
_SMALL_KINDS = {0x02: Chip("ICODE SLI-S", 40), 0x03: Chip("ICODE SLI-L", 8)}
_SLI = 0x01


_MAKERS = {int(maker): maker for maker in Maker}


def maker_of(uid: str) -> Maker | None:
    """Who made that chip; None for others, and for what is no uid of ISO 15693."""
    number = bytes.fromhex(uid)
    return _MAKERS.get(number[1]) if len(number) == UID_BYTES and number[0] == UID_HEAD else None


def chip_of(uid: str) -> Chip | None:
    """Which type of NXP's that is; None: another maker's, or not known. `blocks` 0: there are several."""
    if maker_of(uid) is not Maker.NXP:
        return None
    family, kind = bytes.fromhex(uid)[2:4]
    return _SLI_KINDS[kind & _SLI_KIND_BITS] if family == _SLI else _SMALL_KINDS.get(family)


def writes_with_option(uid: str) -> bool:
    """Whether that chip is written with the option flag, and answers to a second EOF (Tag-it HF-I)."""
    return maker_of(uid) is Maker.TEXAS
