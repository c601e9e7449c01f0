"""SIP2 as the ACS side reads and writes it (3M SIP 2.00, revision 2.12): frames, fields, checksums.

An own reading of the document, apart from the kiosk's client, so that one misreading cannot hide on
both sides.
"""

from __future__ import annotations

import re
from typing import NamedTuple

CR = b"\r"

FIXED: dict[str, tuple[str, ...]] = {
    "09": ("[YN]", "DATE", "DATE"),
    "11": ("[YN]", "[YN]", "DATE", "DATE"),
    "15": ("[-+*]", "DATE"),
    "17": ("DATE",),
    "23": (r"\d{3}", "DATE"),
    "29": ("[YN]", "[YN]", "DATE", "DATE"),
    "35": ("DATE",),
    "37": ("DATE", r"\d\d", r"\d\d", "[A-Z]{3}"),
    "63": (r"\d{3}", "DATE", "[Y ]{10}"),
    "93": (".", "."),
    "97": (),
    "99": ("[012]", r"\d{3}", r"\d\.\d\d"),
}
"""Fixed fields of each request that we serve, in order (document pages 'SC to ACS messages')."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "09": ("AP", "AO", "AB", "AC"),
    "11": ("AO", "AA", "AB", "AC"),
    "15": ("AO", "AA"),
    "17": ("AO", "AB"),
    "23": ("AO", "AA", "AC", "AD"),
    "29": ("AO", "AA"),
    "35": ("AO", "AA"),
    "37": ("AO", "AA", "BV"),
    "63": ("AO", "AA"),
    "93": ("CN", "CO"),
    "97": (),
    "99": (),
}
"""Fields that a request must carry, even when empty."""

_DATE = r"\d{8}(?:    |   [A-Z])\d{6}"
_SHAPES = {
    code: re.compile("".join(f"({_DATE if part == 'DATE' else part})" for part in parts))
    for code, parts in FIXED.items()
}
_CODES = {code.encode("ascii"): code for code in FIXED}
_TRAILER = re.compile(rb"AZ[0-9A-F]{4}")
_FIELDS = re.compile(r"(?:[A-Z]{2}[^|]{0,255}\|)*")

LONGEST_FIELD = 255
"""Characters of one variable field."""


class BadChecksumError(Exception):
    """The frame's AZ does not fit its bytes: the ACS answers 96."""


class MalformedError(Exception):
    """The frame breaks the document; its text says where."""


class Request(NamedTuple):
    """One request: its code, its fixed fields in order, its variable fields, its sequence digit.

    `checked` tells that error detection was on (AZ present); 97 carries no sequence digit.
    """

    code: str
    fixed: tuple[str, ...]
    fields: dict[str, str]
    sequence: str | None
    checked: bool

    def get(self, name: str) -> str:
        """A variable field, "" when absent."""
        return self.fields.get(name, "")


def checksum(through_az: bytes) -> bytes:
    """The four hex digits after `AZ`: the two's complement of the byte sum (appendix A)."""
    return b"%04X" % (-sum(through_az) & 0xFFFF)


def code_of(frame: bytes) -> str:
    """The two-character id of a frame, "" when there is none."""
    head = frame[:2]
    return head.decode("ascii") if head.isdigit() and len(head) == 2 else ""


def parse(frame: bytes, charset: str) -> Request | None:
    """Read one frame (without its CR); None for a command that we do not serve, which is ignored.

    Raises:
        BadChecksumError: AZ is there and wrong.
        MalformedError: anything else that the document does not allow.
    """
    body, sequence, checked = _split_trailer(frame)
    code = _CODES.get(body[:2])
    if code is None:
        return None
    try:
        text = body.decode(charset)
    except UnicodeDecodeError as error:
        raise MalformedError(f"{code}: not {charset}: {error.reason}") from error
    if "\x00" in text or "\n" in text:
        raise MalformedError(f"{code}: a control character inside")
    if checked and sequence is None and code != "97":
        raise MalformedError(f"{code}: AZ without AY")
    if code == "97" and sequence is not None:
        raise MalformedError("97: carries AY")
    shape = _SHAPES[code].match(text, 2)
    if shape is None:
        raise MalformedError(f"{code}: fixed fields are wrong")
    fields = _fields(code, text[shape.end() :])
    for name in REQUIRED[code]:
        if name not in fields:
            raise MalformedError(f"{code}: {name} is missing")
    return Request(code, shape.groups(), fields, sequence, checked)


def _split_trailer(frame: bytes) -> tuple[bytes, str | None, bool]:
    """Take `AYnAZhhhh`, or a lone `AZhhhh`, off the end by position, and check it."""
    if frame[-6:-4] != b"AZ":
        return frame, None, False
    if checksum(frame[:-4]) != frame[-4:]:
        if _TRAILER.fullmatch(frame, len(frame) - 6) is None:
            return frame, None, False
        raise BadChecksumError
    if frame[-9:-7] == b"AY" and frame[-7:-6].isdigit():
        return frame[:-9], chr(frame[-7]), True
    return frame[:-6], None, True


def _fields(code: str, text: str) -> dict[str, str]:
    """Read `IDvalue|IDvalue|...`; every field ends with the delimiter."""
    if not text:
        return {}
    if _FIELDS.fullmatch(text) is not None:
        pieces = text.split("|")
        sound = {piece[:2]: piece[2:] for piece in pieces if piece}
        if len(sound) == len(pieces) - 1:
            return sound
    return _fields_with_a_fault(code, text)


def _fields_with_a_fault(code: str, text: str) -> dict[str, str]:
    """The same, a field at a time, to say which one is wrong.

    Raises:
        MalformedError: always, for what `_fields` cannot read.
    """
    if not text.endswith("|"):
        raise MalformedError(f"{code}: the last field lacks its '|'")
    fields: dict[str, str] = {}
    for piece in text[:-1].split("|"):
        name, value = piece[:2], piece[2:]
        if re.fullmatch("[A-Z]{2}", name) is None:
            raise MalformedError(f"{code}: no field id at {piece[:8]!r}")
        if name in fields:
            raise MalformedError(f"{code}: {name} twice")
        if len(value) > LONGEST_FIELD:
            raise MalformedError(f"{code}: {name} is longer than {LONGEST_FIELD}")
        fields[name] = value
    return fields


def reply(
    fixed: str, fields: list[tuple[str, str]], sequence: str | None, charset: str, *, checked: bool
) -> bytes:
    """Write one response, code and fixed fields first, with its CR."""
    text = "".join([f"{name}{value}|" for name, value in fields])
    odd = text.count("|") != len(fields) or "\r" in text or "\n" in text
    if odd or (len(text) > LONGEST_FIELD and any(len(value) > LONGEST_FIELD for _, value in fields)):
        text = "".join([f"{name}{_clean(value)}|" for name, value in fields])
    frame = (fixed + text).encode(charset, errors="replace")
    if checked:
        if sequence is not None:
            frame += b"AY" + sequence.encode("ascii")
        frame += b"AZ"
        frame += checksum(frame)
    return frame + CR


def resend_please(*, checked: bool = True) -> bytes:
    """Message 96: the SC is asked to send its last message again."""
    return reply("96", [], None, "ascii", checked=checked)


def _clean(value: str) -> str:
    """A value as a field can carry it: no delimiter, no end of frame."""
    return value.replace("|", "/").replace("\r", " ").replace("\n", " ")[:LONGEST_FIELD]
