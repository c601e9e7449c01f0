"""OBID frames (H20800 clause 3; H60301 clause 2): answers in what comes from the wire."""

from __future__ import annotations

from typing import NamedTuple

from kiosk.rfid.iso15693 import is_intact
from kiosk.rfid.wire.frames import FrameParser

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


def whole_answer(data: bytes) -> Answer | None:
    """The answer in what came, when that is one standard frame and nothing else, as it nearly always is."""
    return _parse(data) if len(data) >= SHORTEST_ANSWER and data[0] == len(data) else None


def _parse(whole: bytes) -> Answer | None:
    """The answer in a frame of the right length; None when its CRC does not fit."""
    if not is_intact(whole):
        return None
    head = 3 if whole[0] == STX else 1
    return Answer(whole[head], whole[head + 1], whole[head + 2], whole[head + 3 : -2])


class AnswerParser(FrameParser[Answer]):
    """Finds answers of a FEIG reader in what comes from the wire."""

    def __init__(self) -> None:
        super().__init__(_length_of, _parse)


def _length_of(data: bytes) -> int | None:
    if data[0] != STX:
        length, shortest = data[0], SHORTEST_ANSWER
    elif len(data) < 3:
        return None
    else:
        length, shortest = int.from_bytes(data[1:3]), SHORTEST_ADVANCED_ANSWER
    return length if length >= shortest else 0
