"""NDEF text, as NFC cards carry it: TLV area, message, records, RTD Text (NFC Forum).

A card's memory holds a TLV area behind its capability container; the area holds one NDEF message;
the message holds records, and the first Text record is what we want. `decode_ndef_text` raises
nothing but `NdefError`, whatever the bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# ---- TLV blocks (NFC Forum Type 2 Tag, clause 2.3; Type 5 Tag, clause 4.4) -------------------
TLV_NULL = 0x00
"""Padding: one byte, no length."""
TLV_NDEF = 0x03
"""An NDEF message."""
TLV_TERMINATOR = 0xFE
"""The end of the area: one byte, no length."""
LONG_LENGTH = 0xFF
"""In place of the length: two bytes of length follow, most significant first."""

# ---- NDEF record header (NFC Forum NDEF 1.0, clause 3.2) -------------------------------------
MESSAGE_BEGIN = 0x80
MESSAGE_END = 0x40
CHUNKED = 0x20
SHORT_RECORD = 0x10
HAS_ID = 0x08
TNF_MASK = 0x07
TNF_WELL_KNOWN = 0x01

# ---- RTD Text (NFC Forum RTD Text 1.0, clause 3.2) -------------------------------------------
TYPE_TEXT = b"T"
UTF_16 = 0x80
"""Bit 7 of the status byte: the text is UTF-16, else UTF-8."""
LANGUAGE_LENGTH = 0x3F
"""Bits 5-0 of the status byte: length of the language code."""


class NdefError(ValueError):
    """The bytes are no NDEF, or end too early."""


@dataclass(frozen=True, slots=True)
class Record:
    """One NDEF record: type name format, type, payload."""

    tnf: int
    type: bytes
    payload: bytes


def encode_ndef_text(text: str, language: str = "en") -> bytes:
    """A TLV area that holds one Text record (UTF-8) and ends with the terminator.

    Raises:
        ValueError: the text or the language code is too long.
    """
    code = language.encode("ascii")
    if len(code) > LANGUAGE_LENGTH:
        raise ValueError(f"language code too long: {language!r}")
    payload = bytes([len(code)]) + code + text.encode()
    head = MESSAGE_BEGIN | MESSAGE_END | TNF_WELL_KNOWN
    if len(payload) <= 255:
        record = bytes([head | SHORT_RECORD, len(TYPE_TEXT), len(payload)]) + TYPE_TEXT + payload
    else:
        record = bytes([head, len(TYPE_TEXT)]) + len(payload).to_bytes(4) + TYPE_TEXT + payload
    if len(record) < LONG_LENGTH:
        length = bytes([len(record)])
    elif len(record) <= 0xFFFF:
        length = bytes([LONG_LENGTH]) + len(record).to_bytes(2)
    else:
        raise ValueError("text too long for a tag")
    return bytes([TLV_NDEF]) + length + record + bytes([TLV_TERMINATOR])


def decode_ndef_text(area: bytes) -> str | None:
    """The text of the first Text record in a TLV area, without its language; None when there is none.

    Raises:
        NdefError: the area, the message or the record is malformed or incomplete.
    """
    message = ndef_message(area)
    if message is None:
        return None
    for record in records(message):
        if record.tnf == TNF_WELL_KNOWN and record.type == TYPE_TEXT:
            return _text(record.payload)
    return None


def ndef_message(area: bytes) -> bytes | None:
    """The first NDEF message in a TLV area; None when the area ends without one.

    Raises:
        NdefError: a length points beyond `area` (read more of the card, or it is garbage).
    """
    at = 0
    while at < len(area):
        tag = area[at]
        if tag == TLV_TERMINATOR:
            return None
        if tag == TLV_NULL:
            at += 1
            continue
        at, end = _tlv_value(area, at)
        if tag == TLV_NDEF:
            return area[at:end]
        at = end
    return None


def _tlv_value(area: bytes, at: int) -> tuple[int, int]:
    """Where the value of the TLV at `at` begins and ends."""
    length, start = _byte(area, at + 1), at + 2
    if length == LONG_LENGTH:
        length, start = _byte(area, at + 2) << 8 | _byte(area, at + 3), at + 4
    if start + length > len(area):
        raise NdefError("a TLV is longer than the memory that was read")
    return start, start + length


def records(message: bytes) -> Iterator[Record]:
    """The records of an NDEF message. Chunked records are refused: no card of a patron has them.

    Raises:
        NdefError: a record is malformed or incomplete.
    """
    at = 0
    while at < len(message):
        head = message[at]
        if head & CHUNKED:
            raise NdefError("chunked record")
        type_length = _byte(message, at + 1)
        size_bytes = 1 if head & SHORT_RECORD else 4
        at += 2
        payload_length = int.from_bytes(_piece(message, at, size_bytes))
        at += size_bytes
        id_length = 0
        if head & HAS_ID:
            id_length = _byte(message, at)
            at += 1
        kind = _piece(message, at, type_length)
        at += type_length + id_length
        payload = _piece(message, at, payload_length)
        at += payload_length
        yield Record(head & TNF_MASK, kind, payload)
        if head & MESSAGE_END:
            return


def _text(payload: bytes) -> str:
    status = _byte(payload, 0)
    text = payload[1 + (status & LANGUAGE_LENGTH) :]
    try:
        # "utf-16" honours a byte order mark; without one RTD Text means big endian.
        if status & UTF_16:
            return text.decode("utf-16" if text[:2] in {b"\xfe\xff", b"\xff\xfe"} else "utf-16-be")
        return text.decode()
    except UnicodeDecodeError as error:
        raise NdefError("the text is not in the encoding that it names") from error


def _byte(data: bytes, at: int) -> int:
    return _piece(data, at, 1)[0]


def _piece(data: bytes, at: int, length: int) -> bytes:
    if at + length > len(data):
        raise NdefError("the data ends too early")
    return data[at : at + length]
