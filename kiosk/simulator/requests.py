"""What a reader may ask of tags beside the inventory (ISO/IEC 15693-3), as values; NXP's are in `nxp`.

A request says what it asks, how long that takes on the air, and what a tag does about it. It knows nothing
of the field that it will be asked in, so whoever asks the same again may keep it. Nothing here locks
anything: who asks for that finds `TagField.refuse_lock`.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.simulator.airtime import T1, WRITE_WINDOW, answer_seconds, request_seconds
from kiosk.simulator.field import Request, TagField
from kiosk.simulator.scenery import BLOCK
from kiosk.simulator.tag import BlockWrite, Mode, State, Tag

# --- commands (15693-3, 10) --------------------------------------------------------------------------
INVENTORY = 0x01
STAY_QUIET = 0x02
READ_SINGLE = 0x20
WRITE_SINGLE = 0x21
READ_MULTIPLE = 0x23
SELECT = 0x25
RESET_TO_READY = 0x26
WRITE_AFI = 0x27
WRITE_DSFID = 0x29
SYSTEM_INFORMATION = 0x2B
BLOCK_SECURITY = 0x2C
LOCKS = {0x22, 0x28, 0x2A}
"""Lock block, lock AFI, lock DSFID."""

# --- error codes (15693-3, table of error codes) --------------------------------------------------------
ERROR_FORMAT = 0x02
ERROR_UNKNOWN = 0x0F
"""Also what NXP's tags say to what a password protects."""
ERROR_BLOCK = 0x10
"""A tag's answer to a block that it does not have."""

INFORMATION_BYTES = 14
"""System information: info flags, UID, DSFID, AFI, memory size (2), IC reference."""
IC_REFERENCE = 0x01

WRITE_PASSWORD = 0x02
EAS_AFI_PASSWORD = 0x10
"""Which password opens what (SL2S2602, password identifiers)."""

Act = Callable[[TagField, Tag, float], bytes | int | None]


def select(uid: str) -> Request:
    """Select one tag; another that was selected is ready again."""

    def act(field: TagField, tag: Tag, at: float) -> bytes:
        del at
        field.select(tag)
        return b""

    return request(SELECT, Mode.ADDRESSED, uid, 0, 0, act)


def reset_to_ready(mode: Mode, uid: str) -> Request:
    """Make one tag ready again."""

    def act(field: TagField, tag: Tag, at: float) -> bytes:
        del field, at
        tag.state = State.READY
        return b""

    return request(RESET_TO_READY, mode, uid, 0, 0, act)


def read_blocks(
    mode: Mode, uid: str, first: int, count: int, *, option: bool = False, single: bool | None = None
) -> Request:
    """Read blocks; the data lowest address first. With the option flag each comes after its security status,
    of which bit 0 tells a locked one. One block is read by the command for one (`single` None), as readers
    do."""
    alone = count == 1 if single is None else single

    def act(field: TagField, tag: Tag, at: float) -> bytes | int:
        del field, at
        size = tag.plan.block_size
        data = bytes(tag.memory[first * size : (first + count) * size])
        if len(data) != count * size:
            return ERROR_BLOCK
        if option:
            return b"".join(b"\0" + data[at : at + size] for at in range(0, len(data), size))
        return data

    made = request(
        READ_SINGLE if alone else READ_MULTIPLE,
        mode,
        uid,
        1 if alone else 2,
        count * (BLOCK + option),
        act,
        unseen=True,
    )
    return made._replace(blocks=count, option=option)


def block_security(mode: Mode, uid: str, first: int, count: int) -> Request:
    """Ask which blocks are locked: a byte each."""

    def act(field: TagField, tag: Tag, at: float) -> bytes | int:
        del field, at
        return bytes(count) if (first + count) * tag.plan.block_size <= len(tag.memory) else ERROR_BLOCK

    return request(BLOCK_SECURITY, mode, uid, 2, count, act, unseen=True)


def system_information(mode: Mode, uid: str) -> Request:
    """Ask for the system information: UID lowest byte first, DSFID, AFI, last block, last byte of a block,
    IC."""

    def act(field: TagField, tag: Tag, at: float) -> bytes:
        field.tells_afi(tag, at)
        size = tag.plan.block_size
        return tag.uid.to_bytes(8, "little") + bytes(
            [tag.dsfid, tag.afi, len(tag.memory) // size - 1, size - 1, IC_REFERENCE]
        )

    return request(SYSTEM_INFORMATION, mode, uid, 0, INFORMATION_BYTES, act)


def write_afi(mode: Mode, uid: str, afi: int, *, option: bool = False) -> Request:
    """Write the AFI."""

    def act(field: TagField, tag: Tag, at: float) -> bytes | int:
        if tag.guards("afi", EAS_AFI_PASSWORD):
            return ERROR_UNKNOWN
        field.noted += 1
        tag.afi = afi
        tag.writes.append((at, afi))
        field.on_write(tag.plan.name, afi, at)
        return b""

    return write(WRITE_AFI, mode, uid, 1, act, option=option)


def write_dsfid(mode: Mode, uid: str, dsfid: int, *, option: bool = False) -> Request:
    """Write the DSFID."""

    def act(field: TagField, tag: Tag, at: float) -> bytes | int:
        if tag.guards("write", WRITE_PASSWORD):
            return ERROR_UNKNOWN
        field.noted += 1
        tag.dsfid = dsfid
        tag.dsfid_writes.append((at, dsfid))
        return b""

    return write(WRITE_DSFID, mode, uid, 1, act, option=option)


def write_block(mode: Mode, uid: str, number: int, data: bytes, *, option: bool = False) -> Request:
    """Write one block, of its own size."""

    def act(field: TagField, tag: Tag, at: float) -> bytes | int:
        size = tag.plan.block_size
        if len(data) != size:
            return ERROR_FORMAT
        if (number + 1) * size > len(tag.memory):
            return ERROR_BLOCK
        if tag.guards("write", WRITE_PASSWORD):
            return ERROR_UNKNOWN
        field.noted += 1
        tag.memory[number * size : (number + 1) * size] = data
        tag.block_writes.append(BlockWrite(at, number, data))
        field.on_block(tag.plan.name, number, at)
        return b""

    return write(WRITE_SINGLE, mode, uid, 1 + len(data), act, option=option)


def unknown(code: int, mode: Mode, uid: str, parameters: int, error: int) -> Request:
    """A command that tags do not know, or not so: they answer that error."""

    def act(field: TagField, tag: Tag, at: float) -> int:
        del field, tag, at
        return error

    return request(code, mode, uid, parameters, 1, act, unseen=True)


def write(
    code: int,
    mode: Mode,
    uid: str,
    parameters: int,
    act: Act,
    *,
    option: bool = False,
    eof: float = WRITE_WINDOW,
    speaks: Callable[[Tag], bool] | None = None,
) -> Request:
    """A request that a tag's memory takes its time for; `parameters` as in `request`."""
    made = request(code, mode, uid, parameters, 0, act, speaks=speaks)
    return made._replace(writes=True, option=option, eof=eof)


def request(
    code: int,
    mode: Mode,
    uid: str,
    parameters: int,
    answers_with: int,
    act: Act,
    *,
    unseen: bool = False,
    speaks: Callable[[Tag], bool] | None = None,
) -> Request:
    """`parameters` and `answers_with` are the bytes of both beside flags, command, UID and CRC."""
    asked = request_seconds(2 + (8 if mode is Mode.ADDRESSED else 0) + parameters + 2)
    heard = asked + T1 + answer_seconds(1 + answers_with + 2)
    return Request(mode, uid, asked, heard, act, False, unseen, code, speaks=speaks)
