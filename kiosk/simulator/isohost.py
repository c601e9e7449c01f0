"""What a host asks of a FEIG reader in ISO-host mode (H60301-3e, section 6), read once into values.

A host that polls says the same few things all day, so what was read is kept, by its bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from kiosk.simulator import requests
from kiosk.simulator.field import Request
from kiosk.simulator.scenery import BLOCK
from kiosk.simulator.tag import Mode

INVENTORY = 0x01
STAY_QUIET = 0x02
READ_MULTIPLE = 0x23
WRITE_MULTIPLE = 0x24
SELECT = 0x25
RESET_TO_READY = 0x26
WRITE_AFI = 0x27
SYSTEM_INFORMATION = 0x2B
TAG_COMMANDS = {
    STAY_QUIET,
    READ_MULTIPLE,
    WRITE_MULTIPLE,
    SELECT,
    RESET_TO_READY,
    WRITE_AFI,
    SYSTEM_INFORMATION,
}

# --- status bytes (annex D) --------------------------------------------------------------------------
RANGE = 0x11
UNKNOWN_COMMAND = 0x80
LENGTH = 0x81

MORE = 0x80
"""MODE bit of an inventory: the rest of the last one."""
MODES = {0: Mode.ALL, 1: Mode.ADDRESSED, 2: Mode.SELECTED}
"""MODE bits 0-2 of a command to tags."""


class Inventory(NamedTuple):
    """6.1.1: which tags are there; or the rest of those found last, for which the air is not needed."""

    rest: bool


class Quiet(NamedTuple):
    """6.1.2: one tag is to be silent."""

    uid: str


class Asked(NamedTuple):
    """Requests to tags, one after another until one fails; the answer to the last is given in this shape."""

    requests: tuple[Request, ...]
    shape: Callable[[bytes], bytes]


class Refused(NamedTuple):
    """Nothing is asked on the air: the status says why."""

    status: int


Order = Inventory | Quiet | Asked | Refused


@lru_cache(maxsize=1024)
def read(data: bytes, tx_buffer: int) -> Order:
    """What is asked with these bytes, from the ISO command on; `tx_buffer` limits an answer."""
    command, data = data[0], data[1:]
    if command == INVENTORY:
        return Inventory(rest=bool(data[0] & MORE)) if len(data) == 1 else Refused(LENGTH)
    if not data:
        return Refused(LENGTH)
    mode = MODES.get(data[0] & 0x07)
    if mode is None:
        return Refused(RANGE)
    uid, rest = "", data[1:]
    if mode is Mode.ADDRESSED:
        uid, rest = rest[:8].hex().upper(), rest[8:]
        if len(uid) != 16:
            return Refused(LENGTH)
    return _to_tags(command, mode, uid, rest, tx_buffer)


def _to_tags(command: int, mode: Mode, uid: str, rest: bytes, tx_buffer: int) -> Order:
    """A command to the tag or tags that its mode means; `rest` is what follows the UID."""
    if command == STAY_QUIET and not rest:
        return Quiet(uid)
    if command == SELECT and not rest:
        return Asked((requests.select(uid),), bytes)
    if command == RESET_TO_READY and not rest:
        return Asked((requests.reset_to_ready(mode, uid),), bytes)
    if command == SYSTEM_INFORMATION and not rest:
        return Asked((requests.system_information(mode, uid),), _information)
    if command == WRITE_AFI and len(rest) == 1:
        return Asked((requests.write_afi(mode, uid, rest[0]),), bytes)
    if command == READ_MULTIPLE and len(rest) == 2:
        first, count = rest
        if count == 0 or count * (BLOCK + 1) > tx_buffer - 10:
            return Refused(RANGE)
        return Asked((requests.read_blocks(mode, uid, first, count),), _blocks)
    if command == WRITE_MULTIPLE and len(rest) > 3 and rest[2] == BLOCK and len(rest) == 3 + rest[1] * BLOCK:
        return Asked(tuple(_writes(mode, uid, rest[0], rest[3:])), bytes)
    return Refused(LENGTH if command in TAG_COMMANDS else UNKNOWN_COMMAND)


def _writes(mode: Mode, uid: str, first: int, data: bytes) -> list[Request]:
    """6.1.5: one write a block; block data arrives most significant byte first."""
    blocks = [data[at : at + BLOCK][::-1] for at in range(0, len(data), BLOCK)]
    return [requests.write_block(mode, uid, first + at, block) for at, block in enumerate(blocks)]


def _information(data: bytes) -> bytes:
    """6.1.12: DSFID, UID most significant byte first, AFI, MEM-SIZE (2), IC-REF."""
    uid, dsfid, afi, memory, ic = data[:8], data[8:9], data[9:10], data[10:12], data[12:13]
    return dsfid + uid[::-1] + afi + memory + ic


@lru_cache(maxsize=1024)
def _blocks(data: bytes) -> bytes:
    """6.1.4: DB-N, DB-SIZE, then SEC-STATUS and the block, most significant byte first, each time."""
    blocks = [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)]
    return bytes([len(blocks), BLOCK]) + b"".join([b"\0" + block[::-1] for block in blocks])
