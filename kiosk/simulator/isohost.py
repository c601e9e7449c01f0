"""What a host asks of a FEIG reader in ISO-host mode (H60301-3e, sections 6 and 8), read once into values.

A host that polls says the same few things all day, so what was read is kept, by its bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

from kiosk.simulator import nxp, requests
from kiosk.simulator.field import Request
from kiosk.simulator.scenery import BLOCK
from kiosk.simulator.tag import NXP, TEXAS_INSTRUMENTS, Mode

INVENTORY = 0x01
STAY_QUIET = 0x02
READ_MULTIPLE = 0x23
WRITE_MULTIPLE = 0x24
SELECT = 0x25
RESET_TO_READY = 0x26
WRITE_AFI = 0x27
WRITE_DSFID = 0x29
SYSTEM_INFORMATION = 0x2B
BLOCK_SECURITY = 0x2C
TAG_COMMANDS = {
    STAY_QUIET,
    READ_MULTIPLE,
    WRITE_MULTIPLE,
    SELECT,
    RESET_TO_READY,
    WRITE_AFI,
    WRITE_DSFID,
    SYSTEM_INFORMATION,
    BLOCK_SECURITY,
}
NXP_COMMANDS = {nxp.SET_EAS, nxp.RESET_EAS, nxp.EAS_ALARM, nxp.GET_RANDOM, nxp.SET_PASSWORD}

# --- status bytes (annex D) --------------------------------------------------------------------------
RANGE = 0x11
UNKNOWN_COMMAND = 0x80
LENGTH = 0x81
OVERFLOW = 0x93

MORE = 0x80
"""MODE bit of an inventory: the rest of the last one."""
MODES = {0: Mode.ALL, 1: Mode.ADDRESSED, 2: Mode.SELECTED}
"""MODE bits 0-2 of a command to tags."""
OVERHEAD = 10
"""What an answer needs of the transmit buffer beside its blocks."""


class Inventory(NamedTuple):
    """6.1.1: which tags are there; or the rest of those found last, for which the air is not needed."""

    rest: bool


class Quiet(NamedTuple):
    """6.1.2: one tag is to be silent."""

    uid: str


class Asked(NamedTuple):
    """Requests to tags, one after another until one fails; the answer to the last is given in this shape.

    `instead` is asked of a tag that does not know the first: the answers to all of them are one.
    """

    requests: tuple[Request, ...]
    shape: Callable[[bytes], bytes]
    instead: tuple[Request, ...] = ()


class Refused(NamedTuple):
    """Nothing is asked on the air: the status says why. `locking`: it could not have been undone."""

    status: int
    locking: bool = False


Order = Inventory | Quiet | Asked | Refused


@lru_cache(maxsize=1024)
def read(data: bytes, tx_buffer: int, most_blocks: int) -> Order:
    """What is asked with these bytes, from the ISO command on; `tx_buffer` limits an answer, `most_blocks`
    how many blocks one command may read."""
    command, data = data[0], data[1:]
    if command == INVENTORY:
        return Inventory(rest=bool(data[0] & MORE)) if len(data) == 1 else Refused(LENGTH)
    if command in requests.LOCKS:
        return Refused(UNKNOWN_COMMAND, locking=True)
    addressed = _addressed(data)
    if isinstance(addressed, Refused):
        return addressed
    if command in {READ_MULTIPLE, BLOCK_SECURITY} and len(addressed[2]) == 2:
        return _blocks_of(command, *addressed, tx_buffer, most_blocks)
    return _to_tags(command, *addressed)


@lru_cache(maxsize=256)
def custom(data: bytes) -> Order:
    """8: what is asked with these bytes, from the manufacturer code on. Only NXP's are known here.

    Assumed: random number (2 bytes) and password (identifier, 4 bytes that the host has mixed) go through as
    they are on the air, lowest byte first, as the one password that the manual describes (8.5.1).
    """
    if len(data) < 2:
        return Refused(LENGTH)
    maker, command = data[0], data[1]
    if maker != NXP or command not in NXP_COMMANDS:
        return Refused(UNKNOWN_COMMAND, locking=maker == NXP and command in nxp.IRREVERSIBLE)
    addressed = _addressed(data[2:])
    if isinstance(addressed, Refused):
        return addressed
    mode, uid, rest = addressed
    if command == nxp.SET_PASSWORD:
        if len(rest) != 5:
            return Refused(LENGTH)
        return Asked((nxp.set_password(mode, uid, rest[0], rest[1:]),), bytes)
    if rest:
        return Refused(LENGTH)
    if command == nxp.GET_RANDOM:
        return Asked((nxp.get_random(mode, uid),), bytes)
    if command == nxp.EAS_ALARM:
        return Asked((nxp.eas_alarm(mode, uid),), _nothing)
    return Asked((nxp.set_eas(mode, uid, armed=command == nxp.SET_EAS),), bytes)


def _addressed(data: bytes) -> tuple[Mode, str, bytes] | Refused:
    """MODE and UID, and what follows them."""
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
    return mode, uid, rest


def _blocks_of(command: int, mode: Mode, uid: str, rest: bytes, tx_buffer: int, most: int) -> Order:
    """6.1.4 and 6.1.13: blocks, or how they are locked; DB-ADR and DB-N in `rest`."""
    first, count = rest
    if count == 0 or count > most:
        return Refused(RANGE)
    if command == BLOCK_SECURITY:
        return Asked((requests.block_security(mode, uid, first, count),), _counted)
    if count * (BLOCK + 1) > tx_buffer - OVERHEAD:
        return Refused(OVERFLOW)
    asked = requests.read_blocks(mode, uid, first, count)
    singles = [requests.read_blocks(mode, uid, first + at, 1) for at in range(count)] if count > 1 else []
    return Asked((asked,), partial(_blocks, count), tuple(singles))


def _to_tags(command: int, mode: Mode, uid: str, rest: bytes) -> Order:
    """A command to the tag or tags that its mode means; `rest` is what follows the UID. Readers know by the
    UID which tags want the option flag in writes (9.1)."""
    option = uid.startswith(f"E0{TEXAS_INSTRUMENTS:02X}")
    if command == STAY_QUIET and not rest:
        return Quiet(uid)
    if command == SELECT and not rest:
        return Asked((requests.select(uid),), bytes)
    if command == RESET_TO_READY and not rest:
        return Asked((requests.reset_to_ready(mode, uid),), bytes)
    if command == SYSTEM_INFORMATION and not rest:
        return Asked((requests.system_information(mode, uid),), _information)
    if command == WRITE_AFI and len(rest) == 1:
        return Asked((requests.write_afi(mode, uid, rest[0], option=option),), bytes)
    if command == WRITE_DSFID and len(rest) == 1:
        return Asked((requests.write_dsfid(mode, uid, rest[0], option=option),), bytes)
    if command == WRITE_MULTIPLE and len(rest) > 3 and len(rest) == 3 + rest[1] * rest[2]:
        return Asked(tuple(_writes(mode, uid, rest, option=option)), bytes)
    return Refused(LENGTH if command in TAG_COMMANDS else UNKNOWN_COMMAND)


def _writes(mode: Mode, uid: str, rest: bytes, *, option: bool) -> list[Request]:
    """6.1.5: one write a block; DB-ADR, DB-N, DB-SIZE, then blocks, most significant byte first."""
    first, size, data = rest[0], rest[2], rest[3:]
    blocks = [data[at : at + size][::-1] for at in range(0, len(data), size)]
    return [
        requests.write_block(mode, uid, first + at, block, option=option) for at, block in enumerate(blocks)
    ]


def _nothing(data: bytes) -> bytes:
    """8.3.4: that there is an answer says all."""
    del data
    return b""


def _counted(data: bytes) -> bytes:
    """6.1.13: DB-N, then a SEC-STATUS each."""
    return bytes([len(data)]) + data


def _information(data: bytes) -> bytes:
    """6.1.12: DSFID, UID most significant byte first, AFI, MEM-SIZE (2), IC-REF."""
    uid, dsfid, afi, memory, ic = data[:8], data[8:9], data[9:10], data[10:12], data[12:13]
    return dsfid + uid[::-1] + afi + memory + ic


@lru_cache(maxsize=1024)
def _blocks(count: int, data: bytes) -> bytes:
    """6.1.4: DB-N, DB-SIZE, then SEC-STATUS and the block, most significant byte first, each time."""
    size = len(data) // count
    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    return bytes([count, size]) + b"".join([b"\0" + block[::-1] for block in blocks])
