"""OBID frames (H20800 clause 3; H60301 clause 2): answers in what comes from the wire."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from kiosk.rfid.iso15693 import is_intact

ANY_ADDRESS = 0xFF
"""COM-ADR that every reader answers to."""
STX = 0x02
"""First byte of an advanced frame."""
SHORTEST_ANSWER = 6
"""LEN ADR CMD STATUS CRC CRC."""
SHORTEST_ADVANCED_ANSWER = 8
"""STX LEN LEN ADR CMD STATUS CRC CRC."""
LONGEST_STANDARD = 255


class Answer(NamedTuple):
    """One answer of a reader, its CRC checked."""

    address: int
    command: int
    status: int
    data: bytes = b""


@lru_cache(maxsize=256)  # who is asked the same all day says the same
def whole_answer(data: bytes) -> Answer | None:
    """The answer in what came, when that is one standard frame and nothing else, as it nearly always is."""
    return _parse(data) if len(data) >= SHORTEST_ANSWER and data[0] == len(data) else None


def _parse(whole: bytes) -> Answer | None:
    """The answer in a frame of the right length; None when its CRC does not fit."""
    if not is_intact(whole):
        return None
    head = 3 if whole[0] == STX else 1
    return Answer(whole[head], whole[head + 1], whole[head + 2], whole[head + 3 : -2])


class AnswerParser:
    """Finds answers in what comes from the wire, in any pieces.

    Bytes that cannot begin a frame, and frames whose CRC does not fit, are skipped byte by byte and
    counted in `skipped`. A damaged length can make it wait for bytes that never come: whoever waits
    needs a deadline, and may look at `pending`.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self.skipped = 0

    @property
    def pending(self) -> int:
        """Bytes that may be the beginning of a frame."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Answer]:
        """Take the next bytes; give back the answers that are complete now."""
        self._buffer += data
        answers = []
        while self._buffer:
            length = self._length()
            if length is None or 0 < length > len(self._buffer):
                break
            answer = _parse(self._buffer[:length]) if length else None
            if answer is None:
                self._buffer = self._buffer[1:]
                self.skipped += 1
            else:
                self._buffer = self._buffer[length:]
                answers.append(answer)
        return answers

    def _length(self) -> int | None:
        """Length of the frame that begins here; 0 when none can; None when it is not known yet."""
        if self._buffer[0] != STX:
            length, shortest = self._buffer[0], SHORTEST_ANSWER
        elif len(self._buffer) < 3:
            return None
        else:
            length, shortest = int.from_bytes(self._buffer[1:3]), SHORTEST_ADVANCED_ANSWER
        return length if length >= shortest else 0
