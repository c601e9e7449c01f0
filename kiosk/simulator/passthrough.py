"""Frames of ISO/IEC 15693-3 as a reader is given them to say: for readers that pass on what they are handed.

A frame goes in from its flags to its last parameter, without CRC; what comes back begins with the flags and
ends with the CRC, as the air has it. A reader that passes frames on makes one slot of an inventory: of a
round of 16 it hears the first.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import lru_cache
from typing import NamedTuple

from kiosk.simulator import nxp, requests, rounds
from kiosk.simulator.airtime import WRITE_WINDOW
from kiosk.simulator.field import NOT_SUPPORTED, Heard, Instant, Request, TagField
from kiosk.simulator.rounds import Wanted
from kiosk.simulator.tag import NXP, Mode, Tag

# --- request flags (15693-3, 7.3.1) --------------------------------------------------------------------
TWO_SUBCARRIERS = 0x01
HIGH_RATE = 0x02
INVENTORY = 0x04
EXTENSION = 0x08
SELECTED = 0x10
AFI = 0x10
ADDRESSED = 0x20
ONE_SLOT = 0x20
OPTION = 0x40

ERROR = 0x01
"""Flag of an answer that is an error."""
FIRST_CUSTOM = 0xA0
ALL_INFORMATION = 0x0F
"""The information flags of our tags, which come first (10.4.12): all four pieces are there."""
KNOWN = {
    requests.SELECT,
    requests.RESET_TO_READY,
    requests.SYSTEM_INFORMATION,
    requests.READ_SINGLE,
    requests.READ_MULTIPLE,
    requests.BLOCK_SECURITY,
    requests.WRITE_SINGLE,
    requests.WRITE_AFI,
    requests.WRITE_DSFID,
}
"""Commands that tags know, so that wrong parameters are what is wrong with them."""


class Once(NamedTuple):
    """A round of an inventory."""

    length: int
    mask: int
    wanted: Wanted
    one_slot: bool


class Quiet(NamedTuple):
    """A tag is to be silent."""

    uid: str


class Refused(NamedTuple):
    """It would lock something, or do something else that cannot be undone."""


class Noise(NamedTuple):
    """No frame that a tag takes as its own: nobody answers."""


Order = Request | Once | Quiet | Refused | Noise


class Said(NamedTuple):
    """What was said on the air: `end` is when it is free again; `answer` is a tag's, flags and CRC included,
    None for silence; `collision` tells that several answered at once."""

    end: float
    answer: bytes | None = None
    collision: bool = False


def crc(data: bytes) -> bytes:
    """CRC-16 of ISO/IEC 13239: polynomial 0x8408, preset 0xFFFF, its ones complement sent lowest byte
    first."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0x8408 if value & 1 else value >> 1
    return (value ^ 0xFFFF).to_bytes(2, "little")


def say(
    field: TagField, start: float, frame: bytes, eof: float = WRITE_WINDOW
) -> Generator[Instant, None, Said]:
    """Say one frame; `eof` is how long after a write with the option flag the reader's EOF comes."""
    order = read(frame)
    match order:
        case Request():
            heard = yield from field.ask(start, order._replace(eof=eof) if order.option else order)
            if order.code == requests.SYSTEM_INFORMATION and heard.data is not None:
                heard = heard._replace(data=bytes([ALL_INFORMATION]) + heard.data)
        case Once(length, mask, wanted, one_slot):
            if one_slot:
                heard = yield from rounds.inventory_once(field, start, length, mask, wanted)
            else:
                heard = yield from _first_slot(field, start, order)
        case Quiet(uid):
            end = yield from field.stay_quiet(start, uid)
            heard = Heard(end)
        case Refused():
            field.refuse_lock(start, frame)
            yield start, start
            heard = Heard(start)
        case _:
            yield start, start
            heard = Heard(start)
    return Said(heard.end, _answer(heard), heard.collision)


def _first_slot(field: TagField, start: float, order: Once) -> Generator[Instant, None, Heard]:
    end, slots = yield from rounds.round_of_16(field, start, order.length, order.mask, order.wanted)
    first = slots.get(0)
    if first is None:
        return Heard(end)
    return Heard(end, first.data) if first.tag is not None else Heard(end, collision=True)


def _answer(heard: Heard) -> bytes | None:
    """An answer with its flags and CRC."""
    if heard.data is not None:
        body = b"\0" + heard.data
    elif heard.error is not None:
        body = bytes([ERROR, heard.error])
    else:
        return None
    return body + crc(body)


@lru_cache(maxsize=1024)
def read(frame: bytes) -> Order:
    """What a frame asks."""
    if len(frame) < 2:
        return Noise()
    flags, code, rest = frame[0], frame[1], frame[2:]
    if not flags & HIGH_RATE or flags & EXTENSION:
        return Noise()  # assumed: nobody here reads at the low rate
    if flags & INVENTORY:
        return _inventory(flags, code, rest)
    maker = None
    if code >= FIRST_CUSTOM:
        if not rest:
            return Noise()
        maker, rest = rest[0], rest[1:]
    mode, uid = Mode.ALL, ""
    if flags & ADDRESSED:
        mode, uid, rest = Mode.ADDRESSED, rest[:8][::-1].hex().upper(), rest[8:]
        if len(uid) != 16:
            return Noise()
    elif flags & SELECTED:
        mode = Mode.SELECTED
    option = bool(flags & OPTION)
    if maker is not None:
        return _custom(code, maker, mode, uid, rest, option=option)
    return _standard(code, mode, uid, rest, option=option)


def _inventory(flags: int, code: int, rest: bytes) -> Order:
    """An inventory, or NXP's inventory read."""
    reads = code == nxp.INVENTORY_READ
    if reads:
        if rest[:1] != bytes([NXP]):
            return Noise()
        rest = rest[1:]
    elif code != requests.INVENTORY:
        return Noise()
    afi = None
    if flags & AFI:
        if not rest:
            return Noise()
        afi, rest = rest[0], rest[1:]
    if not rest:
        return Noise()
    length, rest = rest[0], rest[1:]
    size = (length + 7) // 8
    if length > rounds.UID_BITS or len(rest) != size + (2 if reads else 0):
        return Noise()
    mask = int.from_bytes(rest[:size], "little") & (1 << length) - 1
    wanted = Wanted(afi)
    if reads:
        wanted = Wanted(afi, rest[size], rest[size + 1] + 1, bool(flags & OPTION))
    return Once(length, mask, wanted, bool(flags & ONE_SLOT))


def _standard(code: int, mode: Mode, uid: str, rest: bytes, *, option: bool) -> Order:
    """A command of the standard; `rest` are its parameters."""
    if code in requests.LOCKS:
        return Refused()
    if code == requests.STAY_QUIET:
        return Quiet(uid) if mode is Mode.ADDRESSED and not rest else Noise()
    if code == requests.SELECT and mode is Mode.ADDRESSED and not rest:
        return requests.select(uid)
    if code == requests.RESET_TO_READY and not rest:
        return requests.reset_to_ready(mode, uid)
    if code == requests.SYSTEM_INFORMATION and not rest:
        return requests.system_information(mode, uid)
    if code == requests.READ_SINGLE and len(rest) == 1:
        return requests.read_blocks(mode, uid, rest[0], 1, option=option, single=True)
    if code == requests.READ_MULTIPLE and len(rest) == 2:
        return requests.read_blocks(mode, uid, rest[0], rest[1] + 1, option=option, single=False)
    if code == requests.BLOCK_SECURITY and len(rest) == 2:
        return requests.block_security(mode, uid, rest[0], rest[1] + 1)
    if code == requests.WRITE_SINGLE and len(rest) > 1:
        return requests.write_block(mode, uid, rest[0], rest[1:], option=option)
    if code == requests.WRITE_AFI and len(rest) == 1:
        return requests.write_afi(mode, uid, rest[0], option=option)
    if code == requests.WRITE_DSFID and len(rest) == 1:
        return requests.write_dsfid(mode, uid, rest[0], option=option)
    error = requests.ERROR_FORMAT if code in KNOWN else NOT_SUPPORTED
    return requests.unknown(code, mode, uid, len(rest), error)


def _custom(code: int, maker: int, mode: Mode, uid: str, rest: bytes, *, option: bool) -> Order:
    """A command of one maker's tags; only NXP's know any here."""
    if maker != NXP:
        return requests.unknown(code, mode, uid, 1 + len(rest), NOT_SUPPORTED)._replace(speaks=_nobody)
    if code in nxp.IRREVERSIBLE:
        return Refused()
    if code in {nxp.SET_EAS, nxp.RESET_EAS} and not rest:
        return nxp.set_eas(mode, uid, armed=code == nxp.SET_EAS, option=option)
    if code == nxp.EAS_ALARM and not rest:
        return nxp.eas_alarm(mode, uid)
    if code == nxp.GET_RANDOM and not rest:
        return nxp.get_random(mode, uid)
    if code == nxp.SET_PASSWORD and len(rest) == 5 and mode is not Mode.ALL:
        return nxp.set_password(mode, uid, rest[0], rest[1:])
    return requests.unknown(code, mode, uid, 1 + len(rest), NOT_SUPPORTED)._replace(speaks=nxp.is_nxp)


def _nobody(tag: Tag) -> bool:
    del tag
    return False
