"""0xBF: a FEIG reader says what it is given, and hands over what it hears (H60301-3e, 8.6; the manual of the
SIMATIC RF290R, 9.1, tells the same of a later one).

`MODE RSP-LENGTH(2) CMD-RSP-DELAY(2) [EOF-PULSE-DELAY(2) | GRIDS(2)] REQUEST-DATA`, the request without CRC,
the answer with it. CMD-RSP-DELAY, which the older manual reserves, is not looked at: our tags are on time.

Assumed, as the manuals do not say it: RSP-LENGTH is in bits (it has two bytes, and no answer has more than
255); a response of another length is not heard rightly, except an error's four bytes. The answers to a round
of sixteen slots follow one another, those of empty slots left out; a slot with a collision gives as many
bytes, whose CRC is wrong, and the status 02.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

from kiosk.simulator import passthrough, rounds
from kiosk.simulator.airtime import T2, VCD_EOF, WRITE_WINDOW
from kiosk.simulator.field import Instant, TagField
from kiosk.simulator.passthrough import Once

READ, WRITE, WRITE_OPTION, INVENTORY, WRITE_GRID = 1, 2, 3, 4, 5
"""MODE, bits 0-3."""
TIMED = (WRITE_OPTION, INVENTORY, WRITE_GRID)
"""Modes with two more bytes before the request."""
EOF_UNIT = 590e-9
"""Of EOF-PULSE-DELAY: 0x846A are 20 ms."""
ERROR_BYTES = 4


class Said(NamedTuple):
    """What came of it: the air is free at the `end`; no `data` and no `collision`: silence."""

    end: float
    data: bytes = b""
    collision: bool = False


class Frame(NamedTuple):
    """One transparent command; `length` is the answer's, in bytes."""

    mode: int
    length: int
    delay: float
    request: bytes


def read(data: bytes) -> Frame | None:
    """The command's data; None when they are none."""
    if len(data) < 5 or not READ <= data[0] & 0x0F <= WRITE_GRID:
        return None
    mode, rest = data[0] & 0x0F, data[5:]
    delay = WRITE_WINDOW
    if mode in TIMED:
        if len(rest) < 2:
            return None
        if mode == WRITE_OPTION:
            delay = int.from_bytes(rest[:2], "big") * EOF_UNIT
        rest = rest[2:]
    length = (int.from_bytes(data[1:3], "big") + 7) // 8
    return Frame(mode, length, delay, rest) if len(rest) >= 2 else None


def say(field: TagField, start: float, frame: Frame) -> Generator[Instant, None, Said]:
    """Say it, and listen for as long as its mode does."""
    order = passthrough.read(frame.request)
    if frame.mode == INVENTORY and isinstance(order, Once) and not order.one_slot:
        return (yield from _sixteen(field, start, frame, order))
    said = yield from passthrough.say(field, start, frame.request, frame.delay)
    if said.collision:
        return Said(said.end, collision=True)
    answer = said.answer or b""
    if answer and len(answer) != frame.length and not (answer[0] & 1 and len(answer) == ERROR_BYTES):
        return Said(said.end, collision=True)  # assumed: sampled to another length, its CRC is wrong
    return Said(said.end, answer)


def _sixteen(field: TagField, start: float, frame: Frame, order: Once) -> Generator[Instant, None, Said]:
    """Every slot of a round."""
    end, slots = yield from rounds.round_of_16(field, start, order.length, order.mask, order.wanted)
    data, collision = b"", False
    for slot in slots.values():
        if slot.tag is None:
            data += bytes(frame.length)
            collision = True
            continue
        answer = b"\0" + slot.data
        answer += passthrough.crc(answer)
        data += answer if len(answer) == frame.length else b""
    return Said(end + T2 + VCD_EOF, data, collision)
