"""Requests to tags (ISO 15693-3 clauses 7.3 and 10): values in, frames out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag

from kiosk.rfid.air.chips import NXP, UID_BITS, uid_on_air, writes_with_option
from kiosk.rfid.air.crc import air_crc


class Flag(IntFlag):
    """The first byte of a request (clause 7.3.1). Bits 4 and 5 mean one thing in an inventory and another
    everywhere else."""

    TWO_SUBCARRIERS = 0x01
    HIGH_RATE = 0x02
    INVENTORY = 0x04
    EXTENSION = 0x08
    OPTION = 0x40
    # outside an inventory
    SELECT = 0x10
    ADDRESS = 0x20
    # in an inventory
    AFI = 0x10
    ONE_SLOT = 0x20


class Command(IntEnum):
    """Every command that we can say: those of the standard (clause 10.2) and, from A0 on, NXP's own (ICODE
    SLIX, SL2S2002 clause 8.5), which carry the maker's code behind them."""

    INVENTORY = 0x01
    STAY_QUIET = 0x02
    READ_SINGLE = 0x20
    WRITE_SINGLE = 0x21
    READ_MULTIPLE = 0x23
    WRITE_MULTIPLE = 0x24
    SELECT = 0x25
    RESET_TO_READY = 0x26
    WRITE_AFI = 0x27
    WRITE_DSFID = 0x29
    SYSTEM_INFO = 0x2B
    BLOCK_SECURITY = 0x2C
    INVENTORY_READ = 0xA0
    SET_EAS = 0xA2
    RESET_EAS = 0xA3
    EAS_ALARM = 0xA5
    RANDOM_NUMBER = 0xB2
    SET_PASSWORD = 0xB3

    @property
    def custom(self) -> bool:
        """Whether it is NXP's own."""
        return self >= FIRST_CUSTOM


FIRST_CUSTOM = 0xA0
LONGEST_BLOCK = 32
"""Bytes of a block at most (clause 5.1)."""
SLOT_BITS = 4
"""Bits of the uid that the number of a slot stands for, in a round of 16 (clause 8.1)."""


class Password(IntEnum):
    """Which password of an NXP tag (SET PASSWORD, SL2S2602 clause 9.5.3.2): only those that we may need.
    There is none here for *privacy* and *destroy*."""

    READ = 0x01
    WRITE = 0x02
    EAS_AFI = 0x10


@dataclass(frozen=True, slots=True)
class Request:
    """A request to one tag or to all.

    Attributes:
        command: what is asked.
        flags: the first byte.
        body: what follows the command (and NXP's code): uid, parameters.
    """

    command: Command
    flags: Flag
    body: bytes = b""

    def __post_init__(self) -> None:
        """Raises ValueError for a command that has no number here."""
        object.__setattr__(self, "command", Command(self.command))

    @property
    def frame(self) -> bytes:
        """The frame without CRC, as readers take it that make the CRC themselves."""
        maker = bytes([NXP]) if self.command.custom else b""
        return bytes([self.flags, self.command]) + maker + self.body

    @property
    def on_air(self) -> bytes:
        """The frame as it is in the air."""
        frame = self.frame
        return frame + air_crc(frame)


@dataclass(frozen=True, slots=True)
class Mask:
    """The uids that an inventory asks for: those whose lowest `bits` bits (0 to 64) are `value`."""

    value: int = 0
    bits: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError for a value that has more bits, or bits that no uid has."""
        if not (0 <= self.bits <= UID_BITS and 0 <= self.value < 1 << self.bits):
            raise ValueError(f"no mask of {self.bits} bits: {self.value:#x}")

    @property
    def encoded(self) -> bytes:
        """Length in bits, then the value in whole bytes."""
        return bytes([self.bits]) + self.value.to_bytes((self.bits + 7) // 8, "little")

    def longer(self, value: int, bits: int) -> Mask:
        """The mask that asks for `value` in the next `bits` bits too. Raises ValueError past 64 bits."""
        return Mask(self.value | value << self.bits, self.bits + bits)

    def halves(self) -> tuple[Mask, Mask]:
        """Both masks that are one bit longer: how a collision in a round of one slot is taken apart."""
        return self.longer(0, 1), self.longer(1, 1)

    def slot(self, number: int) -> Mask:
        """The mask of the tags that answer in slot `number` (0 to 15) of a round with this one."""
        return self.longer(number, SLOT_BITS)

    def fits(self, uid: str) -> bool:
        """Whether a tag is asked by this mask."""
        return int(uid, 16) & ((1 << self.bits) - 1) == self.value


EVERY_TAG = Mask()


def _to_one(command: Command, uid: str, *parameters: int, more: bytes = b"", option: bool = False) -> Request:
    """A request to one tag. Raises ValueError for what is no uid, or no byte."""
    flags = Flag.HIGH_RATE | Flag.ADDRESS | (Flag.OPTION if option else Flag(0))
    return Request(command, flags, uid_on_air(uid) + bytes(parameters) + more)


def _to_all(command: Command, mask: Mask, afi: int, one_slot: bool, option: bool, more: bytes) -> Request:
    if not one_slot and mask.bits > UID_BITS - SLOT_BITS:
        raise ValueError(f"no round of 16 slots with a mask of {mask.bits} bits")
    flags = Flag.HIGH_RATE | Flag.INVENTORY
    flags |= (Flag.ONE_SLOT if one_slot else Flag(0)) | (Flag.OPTION if option else Flag(0))
    if afi:
        flags |= Flag.AFI
    return Request(command, flags, (bytes([afi]) if afi else b"") + mask.encoded + more)


def _blocks(first: int, count: int) -> tuple[int, int]:
    if not (0 <= first <= 255 and 1 <= count <= 256 - first):
        raise ValueError(f"no {count} blocks from block {first}")
    return first, count - 1


def inventory(mask: Mask = EVERY_TAG, *, afi: int = 0, one_slot: bool = False) -> Request:
    """Which tags are there? (clause 10.3.1). `afi` 0: all; with a low nibble of 0: a family."""
    return _to_all(Command.INVENTORY, mask, afi, one_slot, option=False, more=b"")


def inventory_read(
    first: int, count: int, mask: Mask = EVERY_TAG, *, afi: int = 0, one_slot: bool = False, uids: bool = True
) -> Request:
    """As `inventory`, and NXP's tags answer with blocks (SL2S2002 clause 8.5.3.1). `uids`: and with what the
    mask does not say of their uid; without, only a 64-bit mask says whose memory it is."""
    more = bytes(_blocks(first, count))
    return _to_all(Command.INVENTORY_READ, mask, afi, one_slot, option=uids, more=more)


def stay_quiet(uid: str) -> Request:
    """Answer no inventory until the field goes off, or `reset_to_ready`. Never answered (clause 10.3.2)."""
    return _to_one(Command.STAY_QUIET, uid)


def read_single(uid: str, block: int, *, security: bool = False) -> Request:
    """One block; `security`: its lock byte before it (clause 10.4.1)."""
    return _to_one(Command.READ_SINGLE, uid, block, option=security)


def read_multiple(uid: str, first: int, count: int, *, security: bool = False) -> Request:
    """`count` blocks (clause 10.4.4)."""
    return _to_one(Command.READ_MULTIPLE, uid, *_blocks(first, count), option=security)


def write_single(uid: str, block: int, data: bytes) -> Request:
    """One block (clause 10.4.2), with the option flag where the tag's maker wants it."""
    whole_blocks(data, len(data))
    return _to_one(Command.WRITE_SINGLE, uid, block, more=data, option=writes_with_option(uid))


def write_multiple(uid: str, first: int, data: bytes, block_size: int = 4) -> Request:
    """Some blocks at once (clause 10.4.5). Few tags know it; ICODE does not."""
    numbers = _blocks(first, whole_blocks(data, block_size))
    return _to_one(Command.WRITE_MULTIPLE, uid, *numbers, more=data, option=writes_with_option(uid))


def select(uid: str) -> Request:
    """Make it the one that hears requests to the selected tag (clause 10.4.6)."""
    return _to_one(Command.SELECT, uid)


def reset_to_ready(uid: str) -> Request:
    """Answer inventories again (clause 10.4.7)."""
    return _to_one(Command.RESET_TO_READY, uid)


def all_to_ready() -> Request:
    """Every tag in the field answers inventories again, whoever silenced it. Their answers are one noise."""
    return Request(Command.RESET_TO_READY, Flag.HIGH_RATE)


def write_afi(uid: str, afi: int) -> Request:
    """Write the application family identifier (clause 10.4.8)."""
    return _to_one(Command.WRITE_AFI, uid, afi, option=writes_with_option(uid))


def write_dsfid(uid: str, dsfid: int) -> Request:
    """Write the data storage format identifier (clause 10.4.10)."""
    return _to_one(Command.WRITE_DSFID, uid, dsfid, option=writes_with_option(uid))


def system_info(uid: str) -> Request:
    """What it says of itself (clause 10.4.12)."""
    return _to_one(Command.SYSTEM_INFO, uid)


def block_security(uid: str, first: int, count: int) -> Request:
    """Which of these blocks are locked (clause 10.4.13)."""
    return _to_one(Command.BLOCK_SECURITY, uid, *_blocks(first, count))


def set_eas(uid: str, armed: bool) -> Request:
    """Set or reset the EAS bit of an NXP tag (SL2S2002 clauses 8.5.3.3, 8.5.3.4)."""
    return _to_one(Command.SET_EAS if armed else Command.RESET_EAS, uid)


def eas_alarm(uid: str | None = None) -> Request:
    """Who has its EAS bit set answers, all the same and at once; None asks all (SL2S2002 clause 8.5.3.6)."""
    if uid is None:
        return Request(Command.EAS_ALARM, Flag.HIGH_RATE)
    return _to_one(Command.EAS_ALARM, uid)


def random_number(uid: str) -> Request:
    """A number of 16 bits that hides the next password (SL2S2002 clause 8.5.3.9)."""
    return _to_one(Command.RANDOM_NUMBER, uid)


def set_password(uid: str, which: Password, password: int, random: bytes) -> Request:
    """Present a password of 32 bits, hidden by the two bytes that `random_number` brought."""
    return _to_one(Command.SET_PASSWORD, uid, Password(which), more=hidden_password(password, random))


def hidden_password(password: int, random: bytes) -> bytes:
    """Password (32 bits) XOR the random number twice (SL2S2602 clause 9.5.3.2), as it goes over the air.
    Raises ValueError for other sizes."""
    if not (0 <= password < 1 << 32 and len(random) == RANDOM_BYTES):
        raise ValueError("a password has 32 bits, a random number 16")
    return bytes(one ^ other for one, other in zip(password.to_bytes(4, "little"), random * 2, strict=True))


RANDOM_BYTES = 2


def whole_blocks(data: bytes, block_size: int = 4) -> int:
    """How many blocks of that size `data` is. Raises ValueError: no whole ones, of 1 to 32 bytes."""
    if not 1 <= block_size <= LONGEST_BLOCK or not data or len(data) % block_size:
        raise ValueError(f"{len(data)} bytes are no whole blocks of {block_size}")
    return len(data) // block_size
