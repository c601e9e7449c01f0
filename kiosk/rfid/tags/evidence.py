"""How far data sets of ISO 28560-2 are to be believed, in bits: that model has no checksum.

Roughly, a part of the structure counts for as many bits as bytes like it are rare among all bytes.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from types import MappingProxyType

from kiosk.rfid.tags.compaction import Compaction
from kiosk.rfid.tags.datasets import DataSet, DataSets, Ending
from kiosk.rfid.tags.elements import LAST_KNOWN, Element, is_onix, set_of, usage_of
from kiosk.rfid.tags.isil import LIKE_AN_ISIL

ENOUGH_BITS = 34.0
"""Evidence that makes a tag of any size a library's (ours: noise has it once in 2**34)."""
BITS_A_BYTE = 1.75
"""Evidence asked for each byte of a memory that is too short to have more."""
CUT_BITS = 6.0
"""What it adds that a data set which was cut is one that was to be expected: the content parameter, or what
that names."""
LEAST_BITS = 19.0
"""Evidence without which nothing is believed: a padded item id that fills two blocks just has it."""
LONGEST_ID = 31
"""Bytes of an item id here (ours; ISO 28560-1 has no limit, and no library has more than 16 characters). A
length of 32 and more is a printable character, so that no plain text is taken for a data set."""

_ID_HEAD_BITS = 4.2
"""About 14 of 256 bytes begin an item id: the compactions, with and without offset."""
_HEAD_BITS = 1.5
"""A third of all bytes begin a data set, here."""
_TEXT_BITS = MappingProxyType(
    {Compaction.NUMERIC: 1.36, Compaction.SEVEN_BIT: 0.4, Compaction.OCTETS: 1.4, Compaction.UTF_8: 1.4}
)
"""By compaction: what a byte proves if nothing but printable characters comes of it."""
_ID_BITS = MappingProxyType(
    {
        Compaction.APPLICATION: 1.8,
        Compaction.NUMERIC: 1.36,
        Compaction.FIVE_BIT: 0.39,
        Compaction.SIX_BIT: 0.63,
        Compaction.SEVEN_BIT: 0.95,
        Compaction.OCTETS: 1.8,
        Compaction.UTF_8: 1.8,
    }
)
"""By compaction: what a byte proves if nothing but characters of an item id comes of it. (72 of all 256, 46
of the 64 of six bits, 27 of the 32 of five.)"""
_SPARE_WIDTH = MappingProxyType({Compaction.FIVE_BIT: 5, Compaction.SIX_BIT: 6, Compaction.SEVEN_BIT: 7})
_PLAIN_BITS = -8.0
"""What it takes away that an item id is written in a compaction that the standard does not have for it."""


def wanted(size: int) -> float:
    """Bits of evidence that a memory of `size` bytes must show."""
    return min(ENOUGH_BITS, max(LEAST_BITS, BITS_A_BYTE * size))


def evidence(found: DataSets, texts: Mapping[int, str], size: int) -> float:
    """Bits of structure that noise would not have: roughly, how rare such bytes are among all bytes."""
    first, end = found.sets[0]
    bits = _ID_HEAD_BITS + _length_bits(first, end, size) + _id_bits(first) + _pad_bits(first, end)
    for one, end in found.sets[1:]:
        if one.oid in texts and one.oid <= LAST_KNOWN:
            bits += _HEAD_BITS + _length_bits(one, end, size) + _pad_bits(one, end)
            bits += _meaning_bits(one, texts[one.oid])
    if found.ending is Ending.CUT:
        expected = texts.get(Element.CONTENT_PARAMETER, str(int(Element.CONTENT_PARAMETER))).split()
        bits += CUT_BITS if str(found.cut_oid) in expected else 0
        bits += _cut_text_bits(found.cut)
    if Element.CONTENT_PARAMETER in texts and found.ending in {Ending.TERMINATED, Ending.WHOLE}:
        named = {int(each) for each in texts[Element.CONTENT_PARAMETER].split()}
        bits += 8 if named == {oid for oid in texts if oid >= 3} else 0
    return bits


def _cut_text_bits(cut: DataSet | None) -> float:
    """What was read of a text that goes on proves as much as a whole one would."""
    if cut is None or cut.scheme not in {Compaction.OCTETS, Compaction.UTF_8}:
        return 0.0
    codec = "latin-1" if cut.scheme is Compaction.OCTETS else "utf-8"
    try:
        text = codecs.getincrementaldecoder(codec)().decode(cut.data)  # which may end within a character
    except UnicodeDecodeError:
        return 0.0
    return _content_bits(cut) if text.isprintable() else 0.0


def _length_bits(one: DataSet, end: int, size: int) -> float:
    """A length that makes sense is rare among all bytes; one that ends just where the memory does, rarer."""
    if end == size:
        return 8.0
    if one.scheme is Compaction.INTEGER:
        return 5.0
    return 3.0 if len(one.data) <= LONGEST_ID else 1.0


def _id_bits(one: DataSet) -> float:
    """Nothing but characters of an item id, and behind the last of them the padding that is right."""
    size, width = len(one.data), _SPARE_WIDTH.get(one.scheme, 0)
    if width:
        return _ID_BITS[one.scheme] * size + 8 * size % width
    plain = _PLAIN_BITS if one.scheme is Compaction.APPLICATION else 0.0
    return _ID_BITS.get(one.scheme, 0.0) * _ascii(one.data.strip(b" \x00")) + plain


def _content_bits(one: DataSet) -> float:
    """Nothing but printable characters."""
    size = len(one.data)
    if one.scheme is Compaction.OCTETS:
        size = _ascii(one.data)
    return _TEXT_BITS.get(one.scheme, 0.0) * size


def _ascii(data: bytes) -> int:
    """How many bytes are ASCII: of the others in ISO 8859-1 nearly all are printable, whatever they are."""
    return sum(byte < 0x80 for byte in data)


def _pad_bits(one: DataSet, end: int) -> float:
    """An offset that fills a block of four or eight bytes, and its pad bytes; no other is of use."""
    if one.pads is None:
        return 0.0
    fits = (one.pads < 4 and end % 4 == 0) or (one.pads < 8 and end % 8 == 0)
    return 7.0 * one.pads + 8.0 if fits else 2.0


def _meaning_bits(one: DataSet, text: str) -> float:
    """What an element has to look like."""
    match one.oid:
        case Element.CONTENT_PARAMETER:
            return 6.0 if one.scheme is Compaction.APPLICATION and len(one.data) <= 8 else 0.0
        case Element.OWNER_ISIL | Element.ILL_BORROWER_ISIL:
            return 9.0 if LIKE_AN_ISIL.fullmatch(text) else 0.0
        case Element.SET_INFORMATION:
            return 4.0 if set_of(text) else 0.0
        case Element.TYPE_OF_USAGE:
            return 7.0 if len(one.data) == 1 and usage_of(text) == one.data[0] else 0.0
        case Element.ONIX_MEDIA_FORMAT:
            return 6.0 if is_onix(text) else 0.0
    return _content_bits(one) if text != one.data.hex().upper() else 0.0
