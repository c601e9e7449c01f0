"""PC/SC for tags of ISO 15693: APDUs of a transparent session, and of the storage-card commands.

Sources: PC/SC part 3 (2.01.09) clause 3.2.2 for storage cards, and its supplement 2.02.00 for transparent
sessions (`FF C2`); the answers that the tests replay are those of a real ACR1552U, published by its users.

- A session is started, told the protocol, and then carries frames of ISO 15693-3 both ways: the reader makes
  and checks their CRC. What it hears it tells in data objects: `C0` says whether the command could be done
  at all, `96` what was wrong with what was heard, `97` is the frame.
- The time after which silence is silence goes with each frame (`5F46`, in microseconds). Its byte order is
  not the same in all readers.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, IntEnum, StrEnum, auto
from typing import NamedTuple

from kiosk.rfid import errors, iso15693
from kiosk.rfid.iso15693 import Heard, Noise, Request, Silent

TRANSPARENT = 0xC2
"""INS of every command of a transparent session."""
MANAGE, EXCHANGE, SWITCH = 0x00, 0x01, 0x02
"""P2 of it."""

# ---- data objects (supplement, tables 4 to 11) -----------------------------------------------
ISO15693_LAYER_3 = b"\x8f\x02\x02\x03"
"""Protocol 02 (ISO 15693), layer 3: frames, and no activation of a tag by the reader."""
TIMER = b"\x5f\x46"
TRANSCEIVE = 0x95
ERROR = 0xC0
HEARD_STATUS = 0x96
"""CRC 01, collision 02, parity 04, framing 08: anything but 0 is noise."""
HEARD_FRAME = 0x97

DONE = 0x9000
REFUSED = 0x6
"""First digit of what says that a command was not done (ISO 7816-4 clause 5.6)."""
NO_ANSWER = 0x6401
"""In `C0`: the command was sent, and no card answered."""
UNKNOWN_COMMANDS = frozenset({0x6881, 0x6A81, 0x6D00, 0x6E00})
"""Says of a command that the reader does not have it (ISO 7816-4 clause 5.6: channel, function, INS, CLA not
supported), in `C0` or for all of the answer. Any other refusal may be that of a bad moment: `6985` after the
service has reset the card, `6300` and `6400` of an empty field, `6F00` of anything."""
UNKNOWN_OBJECTS = frozenset({0x6700, 0x6A80, 0x6A81})
"""In `C0`: a data object is not supported, or not like this. What is left (6400, 6F00) is something that went
wrong in the air."""

# ---- storage cards (part 3 clause 3.2.2.1) ---------------------------------------------------
GET_UID = bytes.fromhex("FFCA000000")
READ_BINARY = bytes.fromhex("FFB0")
UPDATE_BINARY = bytes.fromhex("FFD6")

STATUS: dict[int, tuple[type[errors.TagError], str]] = {
    0x6300: (errors.NoTag, "no card answered"),
    0x6401: (errors.NoTag, "no card answered"),
    0x6581: (errors.NotWritten, "the card did not keep it"),
    0x6981: (errors.NotSupported, "not with this card"),
    0x6982: (errors.Protected, "protected"),
    0x6986: (errors.NotSupported, "not allowed"),
    0x6A81: (errors.NotSupported, "not supported"),
    0x6A82: (errors.NoBlock, "no such block"),
    0x6B00: (errors.NoBlock, "no such block"),
}
"""What the two bytes that end an answer mean for one tag (part 3 clause 3.2.2.1)."""


class Manage(IntEnum):
    """What is done to a session; the tag of an empty data object."""

    START = 0x81
    END = 0x82
    RF_OFF = 0x83
    RF_ON = 0x84


class TimerOrder(StrEnum):
    """How a reader takes the time of `5F46`. The ACR1552U takes it least significant byte first, as its users
    have found out; most significant first is what others report."""

    LSB_FIRST = "lsb-first"
    MSB_FIRST = "msb-first"
    NONE = "none"
    """It does not take it."""


class Begun(Enum):
    """What came of the beginning of a session."""

    YES = auto()
    NOT_NOW = auto()
    """The reader did not do it; another time it may."""
    UNKNOWN = auto()
    """The reader says that it has no such command. Some say so of an empty field."""


class Response(NamedTuple):
    """An answer of a reader: its data, and the two bytes at its end."""

    data: bytes
    status: int


# ---- commands --------------------------------------------------------------------------------


def manage(what: Manage) -> bytes:
    """Begin or end a session, or switch the field."""
    return _transparent(MANAGE, bytes([Manage(what), 0]))


def switch_protocol() -> bytes:
    """Speak ISO 15693-3, layer 3, from now on."""
    return _transparent(SWITCH, ISO15693_LAYER_3)


def transceive(request: Request, microseconds: int, order: TimerOrder = TimerOrder.LSB_FIRST) -> bytes:
    """Send a request to tags, and wait so long for an answer."""
    frame = request.frame
    timer = b""
    if order is not TimerOrder.NONE:
        time = microseconds.to_bytes(4, "little" if order is TimerOrder.LSB_FIRST else "big")
        timer = TIMER + b"\x04" + time
    return _transparent(EXCHANGE, timer + bytes([TRANSCEIVE]) + _length(len(frame)) + frame)


def read_block(number: int, size: int) -> bytes:
    """Read one block of a storage card."""
    return READ_BINARY + number.to_bytes(2) + bytes([size])


def write_block(number: int, data: bytes) -> bytes:
    """Write one block of a storage card."""
    return UPDATE_BINARY + number.to_bytes(2) + bytes([len(data)]) + data


def _transparent(p2: int, data: bytes) -> bytes:
    return bytes([0xFF, TRANSPARENT, 0x00, p2, len(data)]) + data + b"\x00"


def _length(size: int) -> bytes:
    """A length of BER-TLV."""
    return bytes([size]) if size < 0x80 else bytes([0x81, size])


# ---- answers ---------------------------------------------------------------------------------


def response(answer: bytes) -> Response:
    """An answer, taken apart. Raises ReaderGarbled for what is none: it must say that it was done, or be no
    more than the reason why not, so that what was refused is surely not done."""
    status = int.from_bytes(answer[-2:])
    if len(answer) < 2 or not (status == DONE or (status >> 12 == REFUSED and len(answer) == 2)):
        raise errors.ReaderGarbled(f"an answer of {len(answer)} bytes")
    return Response(answer[:-2], status)


def objects(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and value of each data object of BER-TLV. Raises ReaderGarbled."""
    while data:
        two = data[0] & 0x1F == 0x1F
        head = 2 if two else 1
        tag, rest = int.from_bytes(data[:head]), data[head:]
        longer = rest[0] - 0x80 if rest and rest[0] > 0x80 else 0
        size = int.from_bytes(rest[1 : 1 + longer]) if longer else int.from_bytes(rest[:1])
        value, data = rest[1 + longer : 1 + longer + size], rest[1 + longer + size :]
        if len(rest) < 1 + longer or len(value) != size:
            raise errors.ReaderGarbled("a data object without its end")
        yield tag, value


def managed(answer: bytes) -> bool:
    """Whether a command that manages the session, or switches the protocol, was done. One that found no tag
    to speak to was: sessions begin on an empty pad too. Raises ReaderGarbled."""
    return _outcome(answer) in {DONE, NO_ANSWER}


def begun(answer: bytes) -> Begun:
    """The answer to the beginning of a session. Raises ReaderGarbled."""
    outcome = _outcome(answer)
    if outcome in UNKNOWN_COMMANDS:
        return Begun.UNKNOWN
    return Begun.YES if outcome in {DONE, NO_ANSWER} else Begun.NOT_NOW


def heard(answer: bytes) -> Heard | None:
    """What a frame brought; None: the reader did not send it, as there is no session.

    Raises:
        ReaderGarbled: the answer is none of these commands.
        ReaderRefused: the reader does not know what was asked.
    """
    data, status = response(answer)
    if status != DONE:
        return None
    found = dict(objects(data))
    error = _error(found)
    if error == NO_ANSWER:
        return Silent()
    if error in UNKNOWN_OBJECTS:
        raise errors.ReaderRefused(f"the reader does not take part of the command (PC/SC {error:04X})")
    if error != DONE or any(found.get(HEARD_STATUS, b"")[:1]):
        return Noise()
    return iso15693.heard(found.get(HEARD_FRAME, b""), crc=False)


def _outcome(answer: bytes) -> int:
    """What was said of a command that carries nothing: in `C0`, or for all of it."""
    data, status = response(answer)
    return _error(dict(objects(data))) if status == DONE else status


def _error(found: dict[int, bytes]) -> int:
    """The two bytes of `C0`, which some leave out when all went well."""
    value = found.get(ERROR)
    if value is None:
        return DONE
    if len(value) != 3:
        raise errors.ReaderGarbled(f"an error status of {len(value)} bytes")
    return int.from_bytes(value[1:])


def uid_of(answer: bytes) -> str | None:
    """The uid in an answer to `GET_UID`, most significant byte first, as readers differ in that; None when no
    tag of ISO 15693 lies there, or more than the reader can tell apart. Raises ReaderGarbled."""
    number, status = response(answer)
    if status != DONE or len(number) != iso15693.UID_BYTES:
        return None
    if number[0] != iso15693.UID_HEAD:
        number = number[::-1]
    return number.hex().upper() if number[0] == iso15693.UID_HEAD else None


def data_of(answer: bytes) -> bytes:
    """The data of an answer to `read_block` or `write_block`.

    Raises:
        TagError: the tag did not do it.
        ReaderGarbled: it is no answer.
    """
    data, status = response(answer)
    if status != DONE:
        kind, text = STATUS.get(status, (errors.TagRefused, "refused"))
        raise kind(f"{text} (PC/SC {status:04X})")
    return data
