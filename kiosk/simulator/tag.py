"""One tag of the simulated field: what it holds, what state it is in, and the record of what befell it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from math import inf
from typing import NamedTuple

from kiosk.simulator import scenery

NXP = 0x04
TEXAS_INSTRUMENTS = 0x07
"""IC manufacturers (ISO/IEC 7816-6): the second byte of a UID."""
ICODE_SLI = 0x01
"""The third byte of a UID: NXP's ICODE SLI, SLIX and SLIX2 in one."""
SLIX_BITS = 0x18
"""Bits of the fourth byte that tell SLIX and SLIX2 from the plain SLI, where both are 0 (datasheets)."""

GUARDED = {"afi", "eas", "write"}
"""What a password may protect (see `scenery.Tag.guards`)."""


class State(Enum):
    """State of a tag in the field (15693-3, 7.2); out of the field it has no power and no state.

    `MUTED`: it was given a wrong password and takes no command until it loses its power (SL2S2602, SET
    PASSWORD).
    """

    READY = "ready"
    QUIET = "quiet"
    SELECTED = "selected"
    MUTED = "muted"


class Mode(Enum):
    """How a request names its tag."""

    ALL = "non-addressed"
    ADDRESSED = "addressed"
    SELECTED = "selected"


class Attempt(NamedTuple):
    """A password that was given to a tag: when, which one (01 read, 02 write, 10 EAS and AFI), and whether
    it was right."""

    t: float
    which: int
    right: bool


class BlockWrite(NamedTuple):
    """A block that was written: when, which, and what."""

    t: float
    block: int
    data: bytes


@dataclass(slots=True)
class Tag:
    """One tag with its memory, and the record of what befell it.

    `since` is when it was put into the field where it lies now, infinite when it lies nowhere: it has been
    there since an instant if `since` is not after that. `asked` has, for each time that it lay there, when it
    was first asked by its UID: from then on the reader's owner knows of it. `faint` is the share of requests
    that it misses because of where it lies; `alarms` are when it was asked for the EAS alarm by
    its UID, and whether it was to sound; `opened` are the passwords that it was given since it has power,
    `challenge` the random number that the next one must be mixed with.
    """

    number: int
    plan: scenery.Tag
    uid: int
    afi: int
    dsfid: int
    eas: bool
    memory: bytearray
    state: State = State.READY
    since: float = inf
    place: tuple[float, float, float] | None = None
    faint: float = 0.0
    challenge: int | None = None
    opened: set[int] = field(default_factory=set)
    there: list[list[float | None]] = field(default_factory=list)
    writes: list[tuple[float, int]] = field(default_factory=list)
    reads: list[tuple[float, int]] = field(default_factory=list)
    eas_writes: list[tuple[float, bool]] = field(default_factory=list)
    alarms: list[tuple[float, bool]] = field(default_factory=list)
    dsfid_writes: list[tuple[float, int]] = field(default_factory=list)
    block_writes: list[BlockWrite] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    answered: float = float("-inf")

    @classmethod
    def made_of(cls, plan: scenery.Tag, number: int) -> Tag:
        """The tag as the scenery has it; tags are numbered as they are made."""
        return cls(number, plan, int(plan.uid, 16), plan.afi, plan.dsfid, plan.eas, bytearray(plan.memory()))

    @property
    def present(self) -> bool:
        """Whether it is in the field now."""
        return self.since < inf

    @property
    def maker(self) -> int:
        """Who made its IC (ISO/IEC 7816-6)."""
        return self.uid >> 48 & 0xFF

    @property
    def knows_passwords(self) -> bool:
        """Whether it is one of NXP's that have passwords: all but the plain SLI."""
        plain = self.uid >> 40 & 0xFF == ICODE_SLI and not self.uid >> 32 & SLIX_BITS
        return self.maker == NXP and not plain

    def guards(self, what: str, which: int) -> bool:
        """Whether the password `which` is still wanting for `what` (see `scenery.Tag.guards`)."""
        return what in self.plan.guards and which not in self.opened

    def same_voice(self, other: Tag) -> bool:
        """Whether both say the same, bit by bit, when asked who they are: nobody can hear that they are two,
        as they take their time from one carrier."""
        return self.uid == other.uid and self.dsfid == other.dsfid

    def lose_power(self) -> None:
        """What it knew since it had power is forgotten."""
        self.state = State.READY
        if self.challenge is not None or self.opened:
            self.challenge = None
            self.opened.clear()
