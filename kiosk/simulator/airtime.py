"""How long things take on the air: ISO/IEC 15693-2 and -3 at the high data rate, 1 out of 4, one
sub-carrier. All in seconds; fc is the carrier."""

from __future__ import annotations

TICK = 2.0**-30
"""The air clock's grid: 0.93 ns, an eightieth of a cycle of the carrier. Durations are whole multiples of it,
so that sums of them are exact and the same exchange takes the same time whenever it begins."""


def ticks(seconds: float) -> float:
    """The duration on the air clock's grid that is nearest."""
    return round(seconds / TICK) * TICK


FC = 13.56e6
BYTE = ticks(4096 / FC)
"""One byte either way: 302.06 us."""
VCD_SOF = ticks(1024 / FC)
VCD_EOF = ticks(512 / FC)
VICC_SOF = VICC_EOF = ticks(2048 / FC)
T1 = ticks(4352 / FC)
"""Nominal wait from the request's EOF to the answer: 320.9 us."""
T1_MAX = ticks(4384 / FC)
T2 = ticks(4192 / FC)
"""Least wait from an answer to the next request: 309.2 us."""
WRITE_GRID = ticks(4096 / FC)
"""A write is answered at t1 plus a multiple of this (15693-3, write alike commands)."""
WRITE_WINDOW = ticks(0.020)
"""A write is answered within 20 ms or not at all; with the option flag, the reader's EOF comes then."""
RF_RESET = ticks(0.015)
"""The field's pause on an RF reset (H60301-3e, 5.6)."""


def request_seconds(size: int) -> float:
    """How long a request of `size` bytes (flags and CRC included) takes."""
    return VCD_SOF + size * BYTE + VCD_EOF


def answer_seconds(size: int) -> float:
    """How long an answer of `size` bytes (flags and CRC included) takes."""
    return VICC_SOF + size * BYTE + VICC_EOF


SILENCE = T1_MAX + VICC_SOF
"""Nobody answers a request that is no write."""
SLOT_EMPTY = T1_MAX + VICC_SOF + VCD_EOF
"""An empty inventory slot at 100 % modulation: 0.512 ms."""


def slot_seconds(size: int) -> float:
    """An answered or collided inventory slot, the answer being of `size` bytes."""
    return T1 + answer_seconds(size) + T2 + VCD_EOF


SLOT_FULL = slot_seconds(12)
"""The slot of a tag's UID: 4.595 ms."""
INVENTORY_BYTES = 5
"""Flags, command, mask length, CRC."""
SLOTS = 16
NOBODY = request_seconds(INVENTORY_BYTES) + SLOTS * SLOT_EMPTY
"""An inventory to which nobody answers."""
