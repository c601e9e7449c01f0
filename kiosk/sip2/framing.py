"""Framing: bytes into frames and back, with sequence number and checksum. No I/O.

The rules of this room (3M SIP 2.00, sections on message format and error detection):

- A frame ends with CR. LF and CRLF are accepted too, since some ACS send them; we send what the
  profile says, CR.
- The trailer `AY<digit>AZ<4 hex>` has no delimiter and stands at the very end. It is found by its
  position from the end, never by splitting: some ACS write garbage without a delimiter before it.
- The checksum is the two's complement of the low 16 bits of the sum of all bytes up to and including
  the letters `AZ`. Some ACS leave out its leading zeros.
- What stands around a frame without belonging to it (NUL, blanks, a byte order mark) is taken off where the
  checksum is right without it.
- A line break within a value (a note of several lines) ends nothing: what the checksum behind the last line
  proves to be one frame, breaks and all, is one.
- 96 and 97 carry a checksum but never a sequence number: `96AZFEF6`, `97AZFEF5`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple
from zlib import adler32

FRAME_LIMIT: Final = 65536
"""Bytes without a terminator after which a frame is garbage; the longest 64 known is a few KiB."""

LINES_AT_MOST: Final = 16
"""Lines of which one frame may consist."""

TRAILER_SIZE: Final = len(b"AY0AZFFFF")
"""Bytes (and characters) of the longest trailer."""

_TRAILER = re.compile(rb"(?:AY([0-9]))?AZ([0-9A-Fa-f]{1,4})\Z")
_LOOSE_TRAILER = re.compile(rb"AY([0-9])[^0-9A-Za-z]?AZ[^0-9A-Za-z]?([0-9A-Fa-f]{0,4})[^0-9A-Za-z]{0,4}\Z")
"""As from an ACS that takes AY and AZ for fields like all others, with delimiters."""
_LOOSE_TRAILER_SIZE = TRAILER_SIZE + 6
_LINE_END = re.compile(rb"([\r\n])")
_BEFORE = re.compile(rb"\A(?:\xef\xbb\xbf|[\x00\t\x0b\x0c ])+")
_BEHIND = b"\x00\t\x0b\x0c "
"""What a line may begin and end with that is no part of it."""


class Integrity(Enum):
    """What the checksum says of a frame."""

    ABSENT = "absent"
    RIGHT = "right"
    WRONG = "wrong"


class Unsealed(NamedTuple):
    """A frame without its trailer."""

    body: bytes
    sequence: int | None
    integrity: Integrity


@dataclass(frozen=True, slots=True)
class Overlong:
    """`size` bytes came without a terminator; they and what follows up to the next one are dropped."""

    size: int


def checksum(data: bytes) -> bytes:
    """Four upper-case hex digits for the bytes of a frame up to and including `AZ`."""
    return b"%04X" % (-_sum(data) & 0xFFFF)


def _sum(data: bytes) -> int:
    """The sum of all bytes, as `sum` has it in six times the time. The low half of an Adler-32 (RFC 1950) is
    1 and the sum of the bytes, modulo 65521: what 256 bytes at most add up to is still there whole."""
    total = 0
    for at in range(0, len(data), 256):
        total += (adler32(data[at : at + 256]) & 0xFFFF) - 1
    return total


def seal(body: bytes, sequence: int | None) -> bytes:
    """The frame with its trailer; `sequence` 0 to 9, or None for 96 and 97."""
    through = body + (b"AZ" if sequence is None else b"AY%dAZ" % sequence)
    return through + checksum(through)


def unseal(frame: bytes) -> Unsealed:
    """Take the trailer off a frame (without its terminator) and check it."""
    numbered = frame[-9:-7] == b"AY" and frame[-6:-4] == b"AZ" and frame[-7:-6].isdigit()
    if numbered and checksum(frame[:-4]) == frame[-4:] and frame[:1].isdigit():
        return Unsealed(frame[:-9], frame[-7] - ord("0"), Integrity.RIGHT)  # as nearly all are
    line = _BEFORE.sub(b"", frame)
    as_it_came, trimmed = _unsealed(frame), _unsealed(line.rstrip(_BEHIND))
    loose = _unsealed(line, _LOOSE_TRAILER, _LOOSE_TRAILER_SIZE)
    if loose.integrity is Integrity.RIGHT:
        return loose
    if as_it_came.integrity is Integrity.RIGHT:
        return as_it_came._replace(body=_BEFORE.sub(b"", as_it_came.body))
    for wrong in (trimmed, loose):
        if wrong.integrity is not Integrity.ABSENT:
            return wrong
    # Nothing tells then which blanks at its end are its own.
    return as_it_came._replace(body=line.rstrip(b"\x00"))


def _unsealed(frame: bytes, trailer: re.Pattern[bytes] = _TRAILER, size: int = TRAILER_SIZE) -> Unsealed:
    match = trailer.search(frame, max(0, len(frame) - size))
    if match is None:
        return Unsealed(frame, None, Integrity.ABSENT)
    digit, given = match.groups()
    through = frame[: frame.rindex(b"AZ", match.start()) + len(b"AZ")]
    right = int(checksum(through), 16) == int(given or b"-1", 16)
    integrity = Integrity.RIGHT if right else Integrity.WRONG
    return Unsealed(frame[: match.start()], int(digit) if digit else None, integrity)


class Framer:
    """Collects bytes as they come and gives out whole frames, without their terminators."""

    def __init__(self, limit: int = FRAME_LIMIT) -> None:
        self._limit = limit
        self._partial = bytearray()
        self._dropping = False
        self._lines: list[bytes] = []
        """Lines without a trailer, with what ended them: the next one may be the last of their frame."""

    def feed(self, data: bytes) -> list[bytes | Overlong]:
        """The frames that `data` completes, in order. Empty lines are nothing.

        Of a frame with line breaks within, the lines that came before `data` were given out as they came,
        each for itself; those in `data` are not."""
        if not self._partial and not self._dropping and not self._lines and len(data) <= self._limit:
            # Nearly always one whole frame comes, and nothing else.
            frame = data[:-1]
            if data.endswith(b"\r") and frame[-6:-4] == b"AZ" and b"\r" not in frame and b"\n" not in frame:
                return [frame]
        out: list[bytes | Overlong] = []
        *ended, begun = _LINE_END.split(data)
        for piece, end in zip(ended[::2], ended[1::2], strict=True):
            self._collect(piece, out)
            frame, dropped = bytes(self._partial), self._dropping
            self._partial.clear()
            self._dropping = False
            if frame and not dropped:
                out.append(frame)
                self._join(out, frame, end)
            elif self._lines:
                self._lines[-1] += end
        self._collect(begun, out)
        return out

    def _join(self, out: list[bytes | Overlong], last: bytes, end: bytes) -> None:
        """See whether the last frame of `out` is the last line of a longer one."""
        if _TRAILER.search(last, max(0, len(last) - TRAILER_SIZE)) is None:
            self._lines.append(last + end)
            while len(self._lines) >= LINES_AT_MOST or sum(map(len, self._lines)) > self._limit:
                del self._lines[0]
            return
        lines, self._lines = self._lines, []
        if not lines or unseal(last).integrity is Integrity.RIGHT:
            return
        for number in range(1, len(lines) + 1):
            whole = b"".join((*lines[-number:], last))
            if whole[:2].isdigit() and unseal(whole).integrity is Integrity.RIGHT:
                # None of them is a frame; those of an earlier `feed` cannot be taken back.
                del out[max(0, len(out) - number - 1) :]
                out.append(whole)
                return

    def take_unended(self) -> bytes | None:
        """What stands there without a terminator, if its own trailer shows that it is a whole frame. One that
        comes after all ends nothing then."""
        frame = bytes(self._partial)
        if unseal(frame).integrity is not Integrity.RIGHT:
            return None
        self.forget()
        return frame

    def forget(self) -> None:
        """Drop the beginning of a frame that is not coming to an end."""
        self._partial.clear()
        self._lines.clear()
        self._dropping = False

    def _collect(self, piece: bytes, out: list[bytes | Overlong]) -> None:
        if self._dropping:
            return
        self._partial += piece
        if len(self._partial) > self._limit:
            out.append(Overlong(len(self._partial)))
            self._lines.clear()
            self._partial.clear()
            self._dropping = True
