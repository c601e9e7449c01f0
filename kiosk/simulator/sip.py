"""SIP2 as the ACS side reads and writes it (3M SIP 2.00, revision 2.12): frames, fields, checksums.

An own reading of the document, apart from the kiosk's client, so that one misreading cannot hide on
both sides.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

CR = b"\r"

FIXED: dict[str, tuple[str, ...]] = {
    "01": ("[YN]", "DATE"),
    "09": ("[YN]", "DATE", "DATE"),
    "11": ("[YN]", "[YN]", "DATE", "DATE"),
    "15": ("[-+*]", "DATE"),
    "17": ("DATE",),
    "19": ("DATE",),
    "23": (r"\d{3}", "DATE"),
    "25": ("DATE",),
    "29": ("[YN]", "[YN]", "DATE", "DATE"),
    "35": ("DATE",),
    "37": ("DATE", r"\d\d", r"\d\d", "[A-Z]{3}"),
    "63": (r"\d{3}", "DATE", "[Y ]{10}"),
    "65": ("DATE",),
    "93": (".", "."),
    "97": (),
    "99": ("[012]", r"\d{3}", r"\d\.\d\d"),
}
"""Fixed fields of each request, in order (document pages 'SC to ACS messages')."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "01": ("AO", "AL", "AA", "AC"),
    "09": ("AP", "AO", "AB", "AC"),
    "11": ("AO", "AA", "AB", "AC"),
    "15": ("AO", "AA"),
    "17": ("AO", "AB"),
    "19": ("AO", "AB", "CH"),
    "23": ("AO", "AA", "AC", "AD"),
    "25": ("AO", "AA"),
    "29": ("AO", "AA"),
    "35": ("AO", "AA"),
    "37": ("AO", "AA", "BV"),
    "63": ("AO", "AA"),
    "65": ("AO", "AA"),
    "93": ("CN", "CO"),
    "97": (),
    "99": (),
}
"""Fields that a request must carry, even when empty."""

LONGEST_FIELD = 255
"""Characters of one variable field."""

_DATE = r"\d{8}(?:    |   [A-Z])\d{6}"
_FIELD = rf"[A-Z]{{2}}[^|]{{0,{LONGEST_FIELD}}}\|"
_SOUND = {
    code: re.compile(
        code + "".join(f"({_DATE if part == 'DATE' else part})" for part in parts) + rf"((?:{_FIELD})*)"
    )
    for code, parts in FIXED.items()
}
"""Whole messages: the fixed fields as groups, and all variable fields as the last one."""
_CODES = {code.encode("ascii"): code for code in FIXED}
_WIDTHS = {
    "09": (1, 18, 18),
    "11": (1, 1, 18, 18),
    "29": (1, 1, 18, 18),
    "37": (18, 2, 2, 3),
    "63": (3, 18, 10),
    "01": (1, 18),
    "15": (1, 18),
    "23": (3, 18),
    "93": (1, 1),
    "97": (),
    "99": (1, 3, 4),
}
"""How many characters each fixed field has; one date in all others."""
_BY_POSITION = {
    code: re.compile(code + "".join([f"(.{{{width}}})" for width in _WIDTHS.get(code, (18,))]), re.DOTALL)
    for code in FIXED
}
_TRAILER = re.compile(rb"AZ[0-9A-Fa-f]{4}")
_ZEROS = re.compile(rb"AZ0{1,3}(?=[0-9A-F]{1,3}\r\Z)")


class BadChecksumError(Exception):
    """The frame's AZ does not fit its bytes: the ACS answers 96."""


class MalformedError(Exception):
    """The frame is too short for its fixed fields, so that nobody can read it."""


class Flaw(StrEnum):
    """How a message that can be read all the same breaks the document."""

    DATE = "a date that is none"
    BLANK = "blanks for a date"
    VALUE = "a fixed field with what it cannot say"
    MISSING = "a required field is missing"
    TWICE = "a field comes twice"
    DELIMITER = "the last field lacks its delimiter"
    PIECE = "what stands between two delimiters is no field"
    LONG = "a field is too long"
    LETTERS = "other letters than were agreed on, or control characters"
    TRAILER = "AZ without AY, AY in a 97, small hex digits"


ALL_FLAWS = frozenset(Flaw)

Flaws = list[tuple[Flaw, str]]
"""How one message breaks the document, each with a text that says where."""


class Request(NamedTuple):
    """One request: its code, its fixed fields in order, its variable fields, its sequence digit.

    `checked` tells that error detection was on (AZ present); 97 carries no sequence digit. `flaws` is how it
    breaks the document, each with a text that says where.
    """

    code: str
    fixed: tuple[str, ...]
    fields: dict[str, str]
    sequence: str | None
    checked: bool
    flaws: tuple[tuple[Flaw, str], ...] = ()

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

    What breaks the document is read as generous servers do, by position and without asking for much: what is
    missing is empty, of two fields with one name the last one counts, pieces that are no fields are passed
    over. All of it is told as `flaws`, for who will not have it.

    Raises:
        BadChecksumError: AZ is there and wrong.
        MalformedError: it is too short for its fixed fields.
    """
    body, sequence, checked = _split_trailer(frame)
    code = _CODES.get(body[:2])
    if code is None:
        return None
    odd: Flaws = []
    try:
        text = body.decode(charset)
    except UnicodeDecodeError as error:
        text = body.decode(charset, errors="replace")
        odd.append((Flaw.LETTERS, f"{code}: not {charset}: {error.reason}"))
    if "\x00" in text or "\n" in text:
        odd.append((Flaw.LETTERS, f"{code}: a control character inside"))
    if checked and ((sequence is None) != (code == "97") or frame[-4:] != frame[-4:].upper()):
        odd.append((Flaw.TRAILER, f"{code}: {frame[len(body) :].decode('ascii')} for a trailer"))
    sound = _SOUND[code].fullmatch(text)
    if sound is not None and not odd:
        *fixed, variable = sound.groups()
        pieces = variable.split("|")
        fields = {piece[:2]: piece[2:] for piece in pieces if piece}
        if len(fields) == len(pieces) - 1 and all(name in fields for name in REQUIRED[code]):
            return Request(code, tuple(fixed), fields, sequence, checked)
    head = _BY_POSITION[code].match(text)
    if head is None:
        raise MalformedError(f"{code}: fixed fields are too short")
    pieces = text[head.end() :].split("|")
    fields = {piece[:2]: piece[2:] for piece in pieces if len(piece) > 1}
    flaws = (*odd, *_odd_fixed(code, head.groups()), *_odd_fields(code, pieces))
    return Request(code, head.groups(), fields, sequence, checked, flaws)


def without_trailer(frame: bytes) -> bytes:
    """A frame without its AY and AZ, whatever they say: for who has error detection off."""
    if frame[-6:-4] != b"AZ":
        return frame
    return frame[:-9] if frame[-9:-7] == b"AY" else frame[:-6]


def _split_trailer(frame: bytes) -> tuple[bytes, str | None, bool]:
    """Take `AYnAZhhhh`, or a lone `AZhhhh`, off the end by position, and check it."""
    if frame[-6:-4] != b"AZ":
        return frame, None, False
    if checksum(frame[:-4]) != frame[-4:].upper():
        if _TRAILER.fullmatch(frame, len(frame) - 6) is None:
            return frame, None, False
        raise BadChecksumError
    if frame[-9:-7] == b"AY" and frame[-7:-6].isdigit():
        return frame[:-9], chr(frame[-7]), True
    return frame[:-6], None, True


def _odd_fixed(code: str, values: tuple[str, ...]) -> Flaws:
    """What is wrong with the fixed fields."""
    flaws: Flaws = []
    for part, value in zip(FIXED[code], values, strict=True):
        if re.fullmatch(_DATE if part == "DATE" else part, value) is not None:
            continue
        if part != "DATE":
            flaws.append((Flaw.VALUE, f"{code}: {value!r} in a fixed field"))
        elif value.strip(" "):
            flaws.append((Flaw.DATE, f"{code}: {value!r} is no date"))
        else:
            flaws.append((Flaw.BLANK, f"{code}: blanks for a date"))
    return flaws


def _odd_fields(code: str, pieces: list[str]) -> Flaws:
    """What is wrong with the variable fields, which stand between delimiters."""
    flaws: Flaws = []
    names: set[str] = set()
    if pieces[-1]:
        flaws.append((Flaw.DELIMITER, f"{code}: the last field lacks its '|'"))
    for piece in pieces if pieces[-1] else pieces[:-1]:
        name, value = piece[:2], piece[2:]
        if re.fullmatch("[A-Z]{2}", name) is None:
            flaws.append((Flaw.PIECE, f"{code}: no field id at {piece[:8]!r}"))
        elif name in names:
            flaws.append((Flaw.TWICE, f"{code}: {name} twice"))
        if len(value) > LONGEST_FIELD:
            flaws.append((Flaw.LONG, f"{code}: {name} is longer than {LONGEST_FIELD}"))
        names.add(name)
    flaws += [(Flaw.MISSING, f"{code}: {name} is missing") for name in REQUIRED[code] if name not in names]
    return flaws


def reply(
    fixed: str,
    fields: list[tuple[str, str]],
    sequence: str | None,
    charset: str,
    *,
    checked: bool,
    tail: str = "",
) -> bytes:
    """Write one response, code and fixed fields first, with its CR; `tail` stands between the last field and
    the trailer, as it is."""
    text = "".join([f"{name}{value}|" for name, value in fields])
    odd = text.count("|") != len(fields) or "\r" in text or "\n" in text
    if odd or (len(text) > LONGEST_FIELD and any(len(value) > LONGEST_FIELD for _, value in fields)):
        text = "".join([f"{name}{_clean(value)}|" for name, value in fields])
    text += tail
    if not checked:
        return (fixed + text).encode(charset, errors="replace") + CR
    trailer = "AZ" if sequence is None else f"AY{sequence}AZ"
    frame = (fixed + text + trailer).encode(charset, errors="replace")
    return frame + checksum(frame) + CR


def without_zeros(answer: bytes) -> bytes:
    """An answer whose checksum is written as a number is: its leading zeros are left out."""
    return _ZEROS.sub(b"AZ", answer)


def resend_please(*, checked: bool = True) -> bytes:
    """Message 96: the SC is asked to send its last message again."""
    return reply("96", [], None, "ascii", checked=checked)


def _clean(value: str) -> str:
    """A value as a field can carry it: no delimiter, no end of frame."""
    return value.replace("|", "/").replace("\r", " ").replace("\n", " ")[:LONGEST_FIELD]
