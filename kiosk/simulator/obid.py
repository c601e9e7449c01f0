"""Frames of FEIG's OBID protocol as a reader reads and writes them (H60301-3e 2.2, H01113-4e 2.3).

Standard: `LEN ADR CMD data CRC`, LEN counting the whole frame. Advanced: `02 LEN LEN ADR CMD data CRC`,
the length in two bytes, most significant first, counting from the 02. An own reading of the manuals,
apart from the kiosk's driver.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

STX = 0x02
BROADCAST = 0xFF
"""The bus address that every reader takes as its own."""

SHORTEST_STANDARD = 5
SHORTEST_ADVANCED = 7
LONGEST_STANDARD = 255
LONGEST_ADVANCED = 2048

GAP_SECONDS = 0.1
"""A frame that pauses longer is dropped. The manuals say 12 ms between characters on a serial line; TCP
may cut a frame anywhere."""


def _table() -> tuple[int, ...]:
    values = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ 0x8408 if value & 1 else value >> 1
        values.append(value)
    return tuple(values)


_CRC = _table()


def crc(data: bytes) -> bytes:
    """CRC-16, polynomial 0x8408, preset 0xFFFF, sent least significant byte first (annex on the CRC)."""
    value = 0xFFFF
    for byte in data:
        value = value >> 8 ^ _CRC[(value ^ byte) & 0xFF]
    return value.to_bytes(2, "little")


class Frame(NamedTuple):
    """One request: where it goes, what it asks, in which kind of frame it came."""

    address: int
    command: int
    data: bytes
    advanced: bool


@lru_cache(maxsize=1024)
def write(frame: Frame, status: int, data: bytes, address: int = 0) -> bytes:
    """The answer to `frame`, in a frame of the same kind, or in an advanced one if no other holds it."""
    body = bytes([address, frame.command, status]) + data
    long = bytes([STX]) + (len(body) + 5).to_bytes(2, "big")
    advanced = frame.advanced or len(body) + 3 > LONGEST_STANDARD
    head = long if advanced else bytes([len(body) + 3])
    return head + body + crc(head + body)


class Splitter:
    """Cuts what arrives on one link into frames; what is no frame is dropped without a word."""

    def __init__(self) -> None:
        self._kept = b""
        self._last = float("-inf")

    def feed(self, data: bytes, now: float) -> tuple[Frame, ...]:
        """All frames that are complete now."""
        if now - self._last > GAP_SECONDS:
            self._kept = b""
        self._last = now
        frames, self._kept = _cut(self._kept + data)
        return frames

    def only(self, data: bytes) -> Frame | None:
        """The frame that arrives, when it is one, whole, and nothing was kept before."""
        if self._kept:
            return None
        frames, rest = _cut(data)
        return frames[0] if len(frames) == 1 and not rest else None


@lru_cache(maxsize=1024)  # who polls says the same again and again
def _cut(kept: bytes) -> tuple[tuple[Frame, ...], bytes]:
    """The frames at the front, and the beginning of one that is left."""
    frames: list[Frame] = []
    while kept:
        length = _length(kept)
        if length is None:
            break
        frame = _read(kept[:length]) if length else None
        if frame is None:
            return tuple(frames), b""
        frames.append(frame)
        kept = kept[length:]
    return tuple(frames), kept


def _length(kept: bytes) -> int | None:
    """The length of the frame at the front; None: not all here; 0: this is no frame."""
    length = kept[0]
    if length == STX:
        if len(kept) < 3:
            return None
        length = int.from_bytes(kept[1:3], "big")
        if not SHORTEST_ADVANCED <= length <= LONGEST_ADVANCED:
            return 0
    elif length < SHORTEST_STANDARD:
        return 0
    return length if len(kept) >= length else None


def _read(whole: bytes) -> Frame | None:
    if crc(whole[:-2]) != whole[-2:]:
        return None
    if whole[0] == STX:
        return Frame(whole[3], whole[4], whole[5:-2], advanced=True)
    return Frame(whole[1], whole[2], whole[3:-2], advanced=False)
