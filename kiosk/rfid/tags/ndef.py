"""NDEF, as NFC cards carry it: TLV area, message, records, texts and URIs (NFC Forum).

A card's memory holds a TLV area behind its capability container; the area holds one NDEF message; the
message holds records, and its texts and URIs are what we want, also those inside a smart poster.
`decode_ndef` and `decode_ndef_message` raise nothing but `NdefError`, whatever the bytes.
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
TNF_MEDIA = 0x02
TNF_ABSOLUTE_URI = 0x03
"""The type itself is the URI (NDEF 1.0, clause 3.2.6)."""

# ---- RTD Text (NFC Forum RTD Text 1.0, clause 3.2) -------------------------------------------
TYPE_TEXT = b"T"
UTF_16 = 0x80
"""Bit 7 of the status byte: the text is UTF-16, else UTF-8."""
LANGUAGE_LENGTH = 0x3F
"""Bits 5-0 of the status byte: length of the language code."""

PLAIN_TEXT = b"text/plain"
"""A media type (RFC 2046) that some programs for telephones write instead of a Text record."""

# ---- RTD Smart Poster (NFC Forum RTD Smart Poster 1.1, clause 3) -----------------------------
TYPE_POSTER = b"Sp"
"""Its payload is a message of its own: one URI, and titles."""

# ---- RTD URI (NFC Forum RTD URI 1.0, clause 3.2) ---------------------------------------------
TYPE_URI = b"U"
URI_BEGINNINGS = (
    "",
    "http://www.",
    "https://www.",
    "http://",
    "https://",
    "tel:",
    "mailto:",
    "ftp://anonymous:anonymous@",
    "ftp://ftp.",
    "ftps://",
    "sftp://",
    "smb://",
    "nfs://",
    "ftp://",
    "dav://",
    "news:",
    "telnet://",
    "imap:",
    "rtsp://",
    "urn:",
    "pop:",
    "sip:",
    "sips:",
    "tftp:",
    "btspp://",
    "btl2cap://",
    "btgoep://",
    "tcpobex://",
    "irdaobex://",
    "file://",
    "urn:epc:id:",
    "urn:epc:tag:",
    "urn:epc:pat:",
    "urn:epc:raw:",
    "urn:epc:",
    "urn:nfc:",
)
"""What the first byte of the payload stands for (table 3); beyond the table nothing."""


class NdefError(ValueError):
    """The bytes are no NDEF, or end too early."""


@dataclass(frozen=True, slots=True)
class Record:
    """One NDEF record: type name format, type, payload."""

    tnf: int
    type: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class NdefMessage:
    """The texts and the URIs of a message, each in the order of its records; a text without its language,
    a URI in full."""

    texts: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()

    @property
    def text(self) -> str | None:
        """The first text."""
        return self.texts[0] if self.texts else None

    @property
    def uri(self) -> str | None:
        """The first URI."""
        return self.uris[0] if self.uris else None


def encode_ndef_text(text: str, language: str = "en") -> bytes:
    """A TLV area that holds one Text record (UTF-8) and ends with the terminator.

    Raises:
        ValueError: the text or the language code is too long.
    """
    code = language.encode("ascii")
    if len(code) > LANGUAGE_LENGTH:
        raise ValueError(f"language code too long: {language!r}")
    return _area([Record(TNF_WELL_KNOWN, TYPE_TEXT, bytes([len(code)]) + code + text.encode())])


def encode_ndef_uri(uri: str) -> bytes:
    """A TLV area that holds one URI record, as short as it can be, and ends with the terminator.

    Raises:
        ValueError: the URI is too long.
    """
    begins = max((each for each in URI_BEGINNINGS if uri.startswith(each)), key=len)
    payload = bytes([URI_BEGINNINGS.index(begins)]) + uri.removeprefix(begins).encode()
    return _area([Record(TNF_WELL_KNOWN, TYPE_URI, payload)])


def encode_records(*held: Record) -> bytes:
    """An NDEF message of these records."""
    message = b""
    for at, record in enumerate(held):
        head = record.tnf | (MESSAGE_BEGIN if at == 0 else 0) | (MESSAGE_END if at == len(held) - 1 else 0)
        short = len(record.payload) <= 0xFF
        size = len(record.payload).to_bytes(1 if short else 4)
        message += bytes([head | (SHORT_RECORD if short else 0), len(record.type)]) + size
        message += record.type + record.payload
    return message


def _area(held: list[Record]) -> bytes:
    message = encode_records(*held)
    if len(message) < LONG_LENGTH:
        length = bytes([len(message)])
    elif len(message) <= 0xFFFF:
        length = bytes([LONG_LENGTH]) + len(message).to_bytes(2)
    else:
        raise ValueError("too long for a tag")
    return bytes([TLV_NDEF]) + length + message + bytes([TLV_TERMINATOR])


def decode_ndef(area: bytes) -> NdefMessage | None:
    """The texts and URIs of the message in a TLV area; None when there is no message.

    Raises:
        NdefError: the area, the message or a record is malformed or incomplete.
    """
    message = ndef_message(area)
    return None if message is None else decode_ndef_message(message)


def decode_ndef_message(message: bytes) -> NdefMessage:
    """The texts and URIs of a message.

    Raises:
        NdefError: the message or a record is malformed or incomplete.
    """
    texts: list[str] = []
    uris: list[str] = []
    for record in _with_posters(records(message)):
        kind = (record.tnf, record.type)
        if kind == (TNF_WELL_KNOWN, TYPE_TEXT):
            texts.append(_text(record.payload))
        elif kind == (TNF_MEDIA, PLAIN_TEXT):
            texts.append(_decoded(record.payload, "utf-8"))
        elif kind == (TNF_WELL_KNOWN, TYPE_URI):
            uris.append(_uri(record.payload))
        elif record.tnf == TNF_ABSOLUTE_URI:
            uris.append(_decoded(record.type, "utf-8"))
    return NdefMessage(tuple(texts), tuple(uris))


def _with_posters(held: Iterator[Record]) -> Iterator[Record]:
    """The records, and in the place of each smart poster those inside it."""
    for record in held:
        if (record.tnf, record.type) == (TNF_WELL_KNOWN, TYPE_POSTER):
            yield from records(record.payload)
        else:
            yield record


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
    if not status & UTF_16:
        return _decoded(text, "utf-8")
    # "utf-16" honours a byte order mark; without one RTD Text means big endian.
    return _decoded(text, "utf-16" if text[:2] in {b"\xfe\xff", b"\xff\xfe"} else "utf-16-be")


def _uri(payload: bytes) -> str:
    begins = _byte(payload, 0)
    rest = _decoded(payload[1:], "utf-8")
    return (URI_BEGINNINGS[begins] if begins < len(URI_BEGINNINGS) else "") + rest


def _decoded(text: bytes, encoding: str) -> str:
    try:
        return text.decode(encoding)
    except UnicodeDecodeError as error:
        raise NdefError("a text is not in the encoding that it names") from error


def _byte(data: bytes, at: int) -> int:
    return _piece(data, at, 1)[0]


def _piece(data: bytes, at: int, length: int) -> bytes:
    if at + length > len(data):
        raise NdefError("the data ends too early")
    return data[at : at + length]
