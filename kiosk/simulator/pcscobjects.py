"""Command APDUs and the data objects of a transparent session (PC/SC part 3, supplement for contactless
cards, revision 2.02 with amendment 1), as a reader reads and writes them."""

from __future__ import annotations

from typing import NamedTuple

# --- commands of class FF (part 3, 3.2.2; supplement, 2) ----------------------------------------------
GET_DATA = 0xCA
READ_BINARY = 0xB0
UPDATE_BINARY = 0xD6
TRANSPARENT = 0xC2

# --- P2 of FF C2 --------------------------------------------------------------------------------------
MANAGE, EXCHANGE, SWITCH = 0x00, 0x01, 0x02

# --- data objects: manage session ---------------------------------------------------------------------
VERSION = 0x80
BEGIN = 0x81
END = 0x82
RF_OFF = 0x83
RF_ON = 0x84
"""83 and 84 by the supplement, by the manuals of readers that follow it, and by a reader that was asked."""
TIMER = 0x5F46
GET_PARAMETER = 0xFF6D
SET_PARAMETER = 0xFF6E

# --- data objects: exchange ---------------------------------------------------------------------------
FLAGS = 0x90
TX_FRAMING = 0x91
RX_FRAMING = 0x92
TRANSMIT = 0x93
RECEIVE = 0x94
TRANSCEIVE = 0x95
STATUS = 0x96
RESPONSE = 0x97

SWITCH_TO = 0x8F
ISO_15693 = 0x02
"""The first byte of 8F's value: the kind of card."""
LAYER_3 = 0x03
"""The second: how far the reader goes."""

RESULT = 0xC0
"""In front of each response: number of the object that failed (0: none), two status bytes."""

APPEND_NO_CRC, KEEP_CRC = 0x01, 0x02
"""Flags of 90, in its first byte."""

CRC_BYTES = 2
"""What a reader appends to a frame and takes from an answer."""

# --- response status (96): the first byte -------------------------------------------------------------
CRC_ERROR, COLLISION, PARITY_ERROR, FRAMING_ERROR = 0x01, 0x02, 0x04, 0x08

# --- two status bytes ---------------------------------------------------------------------------------
OK = bytes.fromhex("9000")
STOPPED = bytes.fromhex("6301")
"""Execution stopped: so after a failure of another object, or where there is no session."""
NO_CARD_ANSWER = bytes.fromhex("6401")
NOT_SUPPORTED = bytes.fromhex("6A81")
WRONG_LENGTH = bytes.fromhex("6700")
WRONG_VALUE = bytes.fromhex("6A80")
NO_INFORMATION = bytes.fromhex("6300")
NOT_FOUND = bytes.fromhex("6A82")
NOT_WRITTEN = bytes.fromhex("6581")
UNKNOWN_INSTRUCTION = bytes.fromhex("6D00")
UNKNOWN_CLASS = bytes.fromhex("6E00")


class Apdu(NamedTuple):
    """A command APDU: its header, its data, how many bytes are expected back (None: it does not say)."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes
    le: int | None


class Item(NamedTuple):
    """One data object."""

    tag: int
    value: bytes


def apdu(command: bytes) -> Apdu | None:
    """A command APDU, short or extended (ISO/IEC 7816-4, 5.1); None: it is none."""
    if len(command) < 4:
        return None
    head, body = command[:4], command[4:]
    data, le = b"", None
    if len(body) == 1:
        le = body[0] or 256
    elif body[:1] == b"\0" and len(body) >= 3:
        size, rest = int.from_bytes(body[1:3], "big"), body[3:]
        if not rest:
            le = size or 65536
        elif len(rest) in {size, size + 2}:
            data, le = rest[:size], int.from_bytes(rest[size:], "big") or None
        else:
            return None
    elif body:
        size, rest = body[0], body[1:]
        if len(rest) not in {size, size + 1}:
            return None
        data = rest[:size]
        le = (rest[size] or 256) if len(rest) > size else None
    return Apdu(head[0], head[1], head[2], head[3], data, le)


def items(data: bytes) -> list[Item] | None:
    """All data objects (BER-TLV: tags of one or two bytes, lengths to 65535); None: they are not whole."""
    found = []
    while data:
        tag, data = data[0], data[1:]
        if tag & 0x1F == 0x1F:
            if not data:
                return None
            tag, data = tag << 8 | data[0], data[1:]
        if not data:
            return None
        size, data = data[0], data[1:]
        if size & 0x80:
            more = size & 0x7F
            if more not in {1, 2} or len(data) < more:
                return None
            size, data = int.from_bytes(data[:more], "big"), data[more:]
        if len(data) < size:
            return None
        found.append(Item(tag, data[:size]))
        data = data[size:]
    return found


def item(tag: int, value: bytes) -> bytes:
    """One data object as bytes."""
    size = len(value)
    head = tag.to_bytes(2 if tag > 0xFF else 1, "big")
    if size < 0x80:
        return head + bytes([size]) + value
    return head + (bytes([0x81, size]) if size < 0x100 else b"\x82" + size.to_bytes(2, "big")) + value


def result(failed: int, status: bytes) -> bytes:
    """C0: the number of the object that failed, and why; 0 and 9000: none."""
    return item(RESULT, bytes([failed]) + status)
