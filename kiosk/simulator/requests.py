"""What a reader may ask of tags beside the inventory (ISO/IEC 15693-3), as values.

A request says what it asks, how long that takes on the air, and what a tag does about it. It knows nothing
of the field that it will be asked in, so whoever asks the same again may keep it.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.simulator.field import T1, Mode, Request, State, Tag, TagField, answer_seconds, request_seconds

BLOCK = 4
"""Bytes of a block of the tags that we have."""
ERROR_BLOCK = 0x10
"""A tag's answer to a block that it does not have (15693-3, table of error codes)."""
INFORMATION_BYTES = 14
"""System information: info flags, UID, DSFID, AFI, memory size (2), IC reference."""
IC_REFERENCE = 0x01


def select(uid: str) -> Request:
    """Select one tag (25); another that was selected is ready again."""

    def act(field: TagField, tag: Tag, at: float) -> bytes:
        del at
        field.select(tag)
        return b""

    return _request(Mode.ADDRESSED, uid, 0, 0, act)


def reset_to_ready(mode: Mode, uid: str) -> Request:
    """Make one tag ready again (26)."""

    def act(field: TagField, tag: Tag, at: float) -> bytes:
        del field, at
        tag.state = State.READY
        return b""

    return _request(mode, uid, 0, 0, act)


def read_blocks(mode: Mode, uid: str, first: int, count: int) -> Request:
    """Read blocks (23; a single one by 20, as readers do); the data lowest address first."""

    def act(field: TagField, tag: Tag, at: float) -> bytes | int:
        del field, at
        data = bytes(tag.memory[first * BLOCK : (first + count) * BLOCK])
        return data if len(data) == count * BLOCK else ERROR_BLOCK

    return _request(mode, uid, 1 if count == 1 else 2, count * BLOCK, act, unseen=True)


def system_information(mode: Mode, uid: str) -> Request:
    """Ask for the system information (2B): DSFID, AFI, last block, last byte of a block, IC."""

    def act(field: TagField, tag: Tag, at: float) -> bytes:
        field.noted += 1
        tag.reads.append((at, tag.afi))
        field.on_read(tag.plan.uid, tag.afi, at)
        return tag.uid.to_bytes(8, "little") + bytes(
            [tag.plan.dsfid, tag.afi, len(tag.memory) // BLOCK - 1, BLOCK - 1, IC_REFERENCE]
        )

    return _request(mode, uid, 0, INFORMATION_BYTES, act)


def write_afi(mode: Mode, uid: str, afi: int) -> Request:
    """Write the AFI (27)."""

    def act(field: TagField, tag: Tag, at: float) -> bytes:
        field.noted += 1
        tag.afi = afi
        tag.writes.append((at, afi))
        field.on_write(tag.plan.uid, afi, at)
        return b""

    return _request(mode, uid, 1, 0, act, writes=True)


def write_block(mode: Mode, uid: str, number: int, data: bytes) -> Request:
    """Write one block (21)."""

    def act(field: TagField, tag: Tag, at: float) -> bytes | int:
        del at
        if (number + 1) * BLOCK > len(tag.memory):
            return ERROR_BLOCK
        field.noted += 1
        tag.memory[number * BLOCK : (number + 1) * BLOCK] = data
        return b""

    return _request(mode, uid, 1 + len(data), 0, act, writes=True)


def _request(
    mode: Mode,
    uid: str,
    parameters: int,
    answers_with: int,
    act: Callable[[TagField, Tag, float], bytes | int],
    *,
    writes: bool = False,
    unseen: bool = False,
) -> Request:
    """`parameters` and `answers_with` are the bytes of both beside flags, command, UID and CRC."""
    asked = request_seconds(2 + (8 if mode is Mode.ADDRESSED else 0) + parameters + 2)
    heard = asked + T1 + answer_seconds(1 + answers_with + 2)
    return Request(mode, uid, asked, heard, act, writes, unseen)
