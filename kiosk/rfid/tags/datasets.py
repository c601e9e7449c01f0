"""ISO/IEC 15962, access method *no directory*: data sets one behind the other.

A data set is `precursor, [offset], length, data, [pad bytes]`. The precursor holds an offset bit, three bits
of compaction, and the object identifier; 15 there means that one byte behind it holds what is above 15. The
offset counts the pad bytes, which fill a data set that is locked (or before one that is) to the end of
its memory block. 00 ends the data, 80 in the place of a precursor is filler.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from kiosk.rfid.tags.compaction import Compaction
from kiosk.rfid.tags.elements import LAST_ELEMENT

TERMINATOR = 0x00
NULL_PRECURSOR = 0x80
OFFSET = 0x80
EXTENDED = 0x0F
"""The identifier that says that another byte follows."""
PADS = frozenset({0x00, 0x80})
"""What pad bytes are: 00 in ISO 28560-2 annex D, 80 in ISO/IEC 15962 annex P and on Finnish tags."""
LONG = 0x80
"""In a length: seven bits, and another byte follows."""
MOST_PADS = 31
"""Memory blocks have up to 32 bytes (ISO 15693-3)."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """One element as it is written: its identifier, compaction, and compacted data; `pads` is the number of
    pad bytes behind it, None where there is no offset byte."""

    oid: int
    scheme: Compaction
    data: bytes
    pads: int | None = None


class Ending(Enum):
    """What stands where the data sets end."""

    TERMINATED = "terminated"
    """00, and nothing but filler behind it."""
    LEFTOVER = "leftover"
    """00, and other bytes behind it: remains of an earlier content, or no data sets at all."""
    WHOLE = "whole"
    """The memory ends with the last data set."""
    CUT = "cut"
    """The memory ends within a data set."""
    BROKEN = "broken"
    """What stands there can be no data set."""


@dataclass(frozen=True, slots=True)
class DataSets:
    """What was found: data sets with the place where each ends, how they end, the first byte that is no
    longer theirs, how many bytes of filler there are; of a data set that is cut how many bytes it needs
    (from 0), its identifier, if that fits in its precursor, and what was read of it."""

    sets: tuple[tuple[DataSet, int], ...]
    ending: Ending
    end: int
    filler: int = 0
    needed: int = 0
    cut_oid: int = 0
    cut: DataSet | None = None


def read_data_sets(memory: bytes) -> DataSets:
    """The data sets from byte 0 on. Never raises."""
    found: list[tuple[DataSet, int]] = []
    seen: set[int] = set()
    at, filler = 0, 0
    while at < len(memory):
        if memory[at] == TERMINATOR or memory[at] == 0xFF:
            rest = memory[at:]
            if not rest.strip(rest[:1]):
                return DataSets(tuple(found), Ending.TERMINATED, at, filler + len(rest))
            if memory[at] == TERMINATOR:
                return DataSets(tuple(found), Ending.LEFTOVER, at, filler + 1)
        if memory[at] == NULL_PRECURSOR:
            at, filler = at + 1, filler + 1
            continue
        one = _data_set(memory, at)
        if one is None:
            return DataSets(tuple(found), Ending.BROKEN, at, filler)
        if isinstance(one, _Cut):
            oid = memory[at] & EXTENDED
            return DataSets(tuple(found), Ending.CUT, at, filler, one.needed, oid, one.read)
        data_set, at = one
        if data_set.oid in seen:
            return DataSets(tuple(found), Ending.BROKEN, at, filler)
        seen.add(data_set.oid)
        found.append(one)
    return DataSets(tuple(found), Ending.WHOLE, at, filler)


_SCHEMES = tuple(Compaction)


class _Cut(NamedTuple):
    """A data set that goes on behind the memory: where that had to end for it, and what was read."""

    needed: int
    read: DataSet | None = None


def _data_set(memory: bytes, at: int) -> tuple[DataSet, int] | _Cut | None:
    """The data set at `at`, and where it ends; or what is missing; None if there is none."""
    size = len(memory)
    first = memory[at]
    oid, scheme, pads = first & EXTENDED, _SCHEMES[first >> 4 & 7], None
    at += 1
    if oid == EXTENDED:
        if at >= size:
            return _Cut(at + 2)
        oid += memory[at]
        at += 1
    if not 1 <= oid <= LAST_ELEMENT:
        return None
    if first & OFFSET:
        if at >= size:
            return _Cut(at + 2)
        pads = memory[at]
        if pads > MOST_PADS:
            return None
        at += 1
    if at >= size:
        return _Cut(at + 1)
    length = memory[at]
    at += 1
    if length & LONG:
        if at >= size:
            return _Cut(at + 1)
        if memory[at] & LONG:
            return None
        length = (length & 0x7F) << 7 | memory[at]
        at += 1
    end = at + length
    if end + (pads or 0) > size:
        if _bad_pads(memory[end:]):
            return None
        return _Cut(end + (pads or 0), DataSet(oid, scheme, memory[at:end], pads))
    if (not length and oid == 1) or (pads and _bad_pads(memory[end : end + pads])):
        return None  # other elements stand empty on real tags
    return DataSet(oid, scheme, memory[at:end], pads), end + (pads or 0)


def _bad_pads(pads: bytes) -> bool:
    return bool(pads) and (pads[0] not in PADS or bool(pads.strip(pads[:1])))


def write_data_sets(
    sets: Sequence[DataSet], *, locked: Collection[int] = (), block_size: int = 4, pad: int = TERMINATOR
) -> bytes:
    """Data sets as they stand in a memory, without a terminator.

    Where locked ones (by identifier) meet others, the one before is padded to the end of its memory block; so
    is the last if it is locked. A data set that has `pads` keeps them.
    """
    memory = b""
    for at, one in enumerate(sets):
        ends_run = at + 1 == len(sets) or (sets[at + 1].oid in locked) != (one.oid in locked)
        last_open = at + 1 == len(sets) and one.oid not in locked
        piece = _written(one, one.pads, pad)
        over = (len(memory) + len(piece)) % block_size
        if one.pads is None and locked and ends_run and not last_open and over:
            piece = _written(one, -(len(memory) + len(piece) + 1) % block_size, pad)
        memory += piece
    return memory


def _written(one: DataSet, pads: int | None, pad: int) -> bytes:
    extended = one.oid >= EXTENDED
    head = bytes([(OFFSET if pads is not None else 0) | one.scheme << 4 | min(one.oid, EXTENDED)])
    if extended:
        head += bytes([one.oid - EXTENDED])
    if pads is not None:
        head += bytes([pads])
    length = len(one.data)
    head += bytes([length]) if length < LONG else bytes([LONG | length >> 7, length & 0x7F])
    return head + one.data + bytes([pad]) * (pads or 0)


def identifiers(bitmap: bytes) -> Iterator[int]:
    """The elements that a content parameter names: its first bit is 3 (ISO 28560-2 clause 6.2.2)."""
    for at, byte in enumerate(bitmap):
        for bit in range(8):
            if byte & 0x80 >> bit:
                yield 3 + 8 * at + bit


def bitmap(oids: Collection[int], least: int = 0) -> bytes:
    """The content parameter that names these elements, at least so many bytes long."""
    named = [oid - 3 for oid in oids if oid >= 3]
    out = bytearray(max([least, *(each // 8 + 1 for each in named)]))
    for each in named:
        out[each // 8] |= 0x80 >> each % 8
    return bytes(out)
