"""Frames of the 3M (now Bibliotheca) pad readers 210 and 810, as the reader reads and writes them.

After the reader's protocol specification 1.0.0 (2009-06-01), sections 2 to 5: `D6 LEN LEN CMD data BCC
BCC`, the length most significant byte first and counting all that follows it. An own reading, apart from
the kiosk's driver.
"""

from __future__ import annotations

from typing import NamedTuple

START = 0xD6
GREETING_START = 0xD5
"""What the frames begin with by which a host greets the reader; the specification is silent about them
(seen on the lines of 210s and 810s)."""
STARTS = (START, GREETING_START)

SHORTEST, LONGEST = 3, 1024
"""What the length may say: a command and its BCC; no command comes near the other end, so a longer one is
no length (assumed: the specification names no limit)."""

GAP_SECONDS = 0.5
"""A frame that pauses longer is dropped (assumed: the specification names no time-out between bytes)."""


def _table() -> tuple[int, ...]:
    values = []
    for byte in range(256):
        value = byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
        values.append(value)
    return tuple(values)


_CRC = _table()


def bcc(data: bytes) -> bytes:
    """The block check over all but the start byte: CRC-CCITT, polynomial 0x1021, preset 0xFFFF, inverted,
    most significant byte first (appendix C)."""
    value = 0xFFFF
    for byte in data:
        value = value << 8 & 0xFFFF ^ _CRC[value >> 8 ^ byte]
    return (value ^ 0xFFFF).to_bytes(2, "big")


class Frame(NamedTuple):
    """One command: what it begins with, its code, what follows."""

    start: int
    command: int
    data: bytes


def write(frame: Frame, data: bytes) -> bytes:
    """The answer to `frame`: the same start and code, then `data`."""
    body = bytes([frame.command]) + data
    checked = (len(body) + 2).to_bytes(2, "big") + body
    return bytes([frame.start]) + checked + bcc(checked)


class Splitter:
    """Cuts what arrives on one line into frames; what is none is skipped up to the next start byte."""

    def __init__(self) -> None:
        self._kept = b""
        self._last = float("-inf")

    def feed(self, data: bytes, now: float) -> tuple[Frame, ...]:
        """All frames that are complete now."""
        if now - self._last > GAP_SECONDS:
            self._kept = b""
        self._last = now
        self._kept += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return tuple(frames)

    def only(self, data: bytes) -> Frame | None:
        """The frame that arrives, when it is one, whole, and nothing was kept before."""
        if self._kept or len(data) < 6 or int.from_bytes(data[1:3], "big") + 3 != len(data):
            return None
        return _read(data)

    def _next(self) -> Frame | None:
        while self._kept:
            kept = self._kept
            if kept[0] in STARTS:
                if len(kept) < 3:
                    return None
                length = int.from_bytes(kept[1:3], "big")
                if SHORTEST <= length <= LONGEST:
                    if len(kept) < 3 + length:
                        return None
                    frame = _read(kept[: 3 + length])
                    if frame is not None:
                        self._kept = kept[3 + length :]
                        return frame
            self._kept = kept[1:]
        return None


def _read(whole: bytes) -> Frame | None:
    if whole[0] not in STARTS or bcc(whole[1:-2]) != whole[-2:]:
        return None
    return Frame(whole[0], whole[3], whole[4:-2])
