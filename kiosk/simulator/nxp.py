"""What NXP's tags know beyond the standard (ICODE SLIX SL2S2002 and SLIX2 SL2S2602), as requests.

Tags of other makers are silent. Passwords: a tag gives a random number of 16 bits, and takes the password
mixed with it, once; which of them opens what says `requests`. A wrong one mutes it until it loses its power.
All that cannot be undone is in `IRREVERSIBLE`, and is nothing but refused.
"""

from __future__ import annotations

from kiosk.simulator.field import NOT_SUPPORTED, Request, TagField
from kiosk.simulator.requests import EAS_AFI_PASSWORD, ERROR_UNKNOWN, WRITE_PASSWORD, request, write
from kiosk.simulator.tag import NXP, Attempt, Mode, State, Tag

INVENTORY_READ = 0xA0
SET_EAS = 0xA2
RESET_EAS = 0xA3
EAS_ALARM = 0xA5
GET_RANDOM = 0xB2
SET_PASSWORD = 0xB3
IRREVERSIBLE = {0xA4, 0xA6, 0xA7, 0xB4, 0xB5, 0xB6, 0xB7, 0xB9, 0xBA, 0xBB}
"""Lock EAS, protect EAS or AFI, write EAS ID, write and lock password, protect page, lock page protection,
destroy, enable privacy, 64-bit password protection."""

ALARM = bytes.fromhex("2FB36270D5A7907FE8B18038D281497682DA9A866FAF8BB0F19CD112A57237EF")
"""The 256 bits that sound an EAS alarm (SL2S2002, EAS ALARM)."""

READ_PASSWORD = 0x01
PASSWORDS = (READ_PASSWORD, WRITE_PASSWORD, EAS_AFI_PASSWORD)
"""Those that a kiosk may know; privacy (04) and destroy (08) are for nobody here."""


def set_eas(mode: Mode, uid: str, *, armed: bool, option: bool = False) -> Request:
    """Set EAS, or reset it."""

    def act(field: TagField, tag: Tag, at: float) -> bytes | int:
        if tag.guards("eas", EAS_AFI_PASSWORD):
            return ERROR_UNKNOWN
        field.noted += 1
        tag.eas = armed
        tag.eas_writes.append((at, armed))
        field.on_eas(tag.plan.name, armed, at)
        return b""

    code = SET_EAS if armed else RESET_EAS
    return write(code, mode, uid, 1, act, option=option, speaks=is_nxp)


def eas_alarm(mode: Mode, uid: str) -> Request:
    """Let those sound whose EAS is set; the others are silent. They all say the same, bit by bit."""

    def act(field: TagField, tag: Tag, at: float) -> bytes:
        del field, tag, at
        return ALARM

    def put_to(field: TagField, tag: Tag, at: float) -> None:
        field.noted += 1
        tag.alarms.append((at, tag.eas))

    made = request(EAS_ALARM, mode, uid, 1, len(ALARM), act, speaks=_sounds)
    return made._replace(put_to=put_to)


def get_random(mode: Mode, uid: str) -> Request:
    """Ask for a random number, lowest byte first."""

    def act(field: TagField, tag: Tag, at: float) -> bytes | int:
        del at
        if not tag.knows_passwords:
            return NOT_SUPPORTED
        field.noted += 1
        tag.challenge = field.chance.getrandbits(16)
        return tag.challenge.to_bytes(2, "little")

    return request(GET_RANDOM, mode, uid, 1, 2, act, speaks=is_nxp)


def set_password(mode: Mode, uid: str, which: int, mixed: bytes) -> Request:
    """Give a password: its four bytes, lowest first, each mixed (XOR) with the random number's, twice over.

    Assumed, as the datasheets do not say: it is answered at once (nothing is written); to one that was not
    asked for a random number before, and to a password that does not exist, the answer is error 0F; a wrong
    one is answered by silence already.
    """

    def act(field: TagField, tag: Tag, at: float) -> bytes | int | None:
        if not tag.knows_passwords:
            return NOT_SUPPORTED
        if tag.challenge is None or which not in PASSWORDS:
            return ERROR_UNKNOWN
        number, tag.challenge = tag.challenge, None
        right = int.from_bytes(mixed, "little") ^ (number << 16 | number) == int(tag.plan.password, 16)
        field.noted += 1
        tag.attempts.append(Attempt(at, which, right))
        if right:
            tag.opened.add(which)
        else:
            tag.state = State.MUTED
        field.on_password(tag.plan.name, right, at)
        return b"" if right else None

    return request(SET_PASSWORD, mode, uid, 6, 0, act, speaks=is_nxp)


def is_nxp(tag: Tag) -> bool:
    """Whether it knows NXP's commands."""
    return tag.maker == NXP


def _sounds(tag: Tag) -> bool:
    return tag.eas and tag.maker == NXP
