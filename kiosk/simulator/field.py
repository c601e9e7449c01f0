"""The tag field: ISO 15693 tags in front of one antenna, on one absolute air clock.

Every exchange is charged what ISO/IEC 15693-3 charges for it at the high data rate, 1 out of 4, one
sub-carrier. Nothing here rounds to when a timer happened to fire: a program of exchanges yields the
exact instants at which the world is looked at, and is resumed in their order.

Tags fall silent rather than explain: one that was lifted, even for an instant of the exchange, gives no
answer, and a write that had not taken effect by then never does.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from kiosk.simulator import scenery

TICK = 2.0**-30
"""The air clock's grid: 0.93 ns, an eightieth of a cycle of the carrier. Durations are whole multiples of it,
so that sums of them are exact and the same exchange takes the same time whenever it begins."""


def _ticks(seconds: float) -> float:
    return round(seconds / TICK) * TICK


# --- ISO/IEC 15693-2 and -3, in seconds; fc is the carrier ---------------------------------------
FC = 13.56e6
BYTE = _ticks(4096 / FC)
"""One byte either way: 302.06 us."""
VCD_SOF = _ticks(1024 / FC)
VCD_EOF = _ticks(512 / FC)
VICC_SOF = VICC_EOF = _ticks(2048 / FC)
T1 = _ticks(4352 / FC)
"""Nominal wait from the request's EOF to the answer: 320.9 us."""
T1_MAX = _ticks(4384 / FC)
T2 = _ticks(4192 / FC)
"""Least wait from an answer to the next request: 309.2 us."""
WRITE_GRID = _ticks(4096 / FC)
"""A write is answered at t1 plus a multiple of this (15693-3, write alike commands)."""
WRITE_WINDOW = _ticks(0.020)
"""A write is answered within 20 ms or not at all."""
RF_RESET = _ticks(0.015)
"""The field's pause on an RF reset (H60301-3e, 5.6)."""

ERROR_BLOCK = 0x10
"""A tag's answer to a block that it does not have (15693-3, table of error codes)."""
INFORMATION_BYTES = 14
"""System information: info flags, UID, DSFID, AFI, memory size (2), IC reference."""
IC_REFERENCE = 0x01

Instant = float | tuple[float, float]
"""When the world is looked at; with a second instant, before which nobody can tell that it was."""

Air = Generator[Instant, None, "Heard"]
"""A program on the air: yields instants, returns what came of it."""


def request_seconds(size: int) -> float:
    """How long a request of `size` bytes (flags and CRC included) takes."""
    return VCD_SOF + size * BYTE + VCD_EOF


def answer_seconds(size: int) -> float:
    """How long an answer of `size` bytes (flags and CRC included) takes."""
    return VICC_SOF + size * BYTE + VICC_EOF


SLOT_EMPTY = T1_MAX + VICC_SOF + VCD_EOF
"""An empty inventory slot at 100 % modulation: 0.512 ms."""
SLOT_FULL = T1 + answer_seconds(12) + T2 + VCD_EOF
"""An answered or collided slot: 4.595 ms."""
INVENTORY_BYTES = 5
"""Flags, command, mask length, CRC."""
SLOTS = 16
NOBODY = request_seconds(INVENTORY_BYTES) + SLOTS * SLOT_EMPTY
"""An inventory to which no tag answers: one round of empty slots."""


class State(Enum):
    """State of a tag in the field (15693-3, 7.2); out of the field it has no power and no state."""

    READY = "ready"
    QUIET = "quiet"
    SELECTED = "selected"


class Mode(Enum):
    """How a request names its tag."""

    ALL = "non-addressed"
    ADDRESSED = "addressed"
    SELECTED = "selected"


class Heard(NamedTuple):
    """What the antenna heard: `end` is when the air is free again.

    `data` is the answer without flags and CRC, None for silence; `error` is the tag's error code;
    `collision` tells that several answered at once.
    """

    end: float
    data: bytes | None = None
    error: int | None = None
    collision: bool = False


@dataclass(slots=True)
class Tag:
    """One tag with its memory, and the record of what befell it."""

    plan: scenery.Tag
    uid: int
    afi: int
    memory: bytearray
    state: State = State.READY
    there: list[list[float | None]] = field(default_factory=list)
    writes: list[tuple[float, int]] = field(default_factory=list)
    reads: list[tuple[float, int]] = field(default_factory=list)
    answered: float = float("-inf")

    @classmethod
    def made_of(cls, plan: scenery.Tag) -> Tag:
        """The tag as the scenery has it."""
        return cls(plan, int(plan.uid, 16), plan.afi, bytearray(plan.memory()))

    @property
    def present(self) -> bool:
        """Whether it is in the field now."""
        return bool(self.there) and self.there[-1][1] is None

    def there_since(self, start: float) -> bool:
        """Whether it is in the field now and was there all the time since `start`."""
        if not self.there:
            return False
        put, lifted = self.there[-1]
        return lifted is None and put is not None and put <= start


class TagField:
    """The tags, the carrier, and what may be asked over the air.

    `write_seconds` is how long a tag's memory takes to take a byte or block; `chance` decides what weak
    tags miss. `on_write(uid, afi, at)` and `on_read(uid, afi, at)` are called at the very instant at
    which an AFI takes effect or was given out.
    """

    def __init__(
        self,
        tags: Iterable[scenery.Tag] = (),
        *,
        write_seconds: float = 0.010,
        chance: random.Random | None = None,
    ) -> None:
        self.tags: dict[str, Tag] = {}
        self.write_seconds = write_seconds
        self.carrier = True
        self.on_write: Callable[[str, int, float], None] = lambda uid, afi, at: None
        self.on_read: Callable[[str, int, float], None] = lambda uid, afi, at: None
        self.noted = 0
        """Counts what changed the field, or was recorded of it, or was left to chance."""
        self._chance = chance or random.Random(0)
        self._here: list[Tag] = []
        for tag in tags:
            self.make(tag)

    def make(self, plan: scenery.Tag) -> Tag:
        """A new tag, which lies nowhere yet.

        Raises:
            ValueError: its UID is taken, or is none.
        """
        if plan.uid in self.tags:
            raise ValueError(f"tag {plan.uid} exists")
        if re.fullmatch("[0-9A-F]{16}", plan.uid) is None:
            raise ValueError(f"{plan.uid!r} is no UID: 16 upper-case hex digits")
        tag = self.tags[plan.uid] = Tag.made_of(plan)
        return tag

    def put(self, uid: str, now: float) -> None:
        """Put a tag into the field; nothing happens if it lies there."""
        tag = self.tags[uid]
        if not tag.present:
            tag.there.append([now, None])
            tag.state = State.READY
            self._look()

    def lift(self, uid: str, now: float) -> None:
        """Take a tag out of the field: it loses its power, and with it its state."""
        tag = self.tags[uid]
        if tag.present:
            tag.there[-1][1] = now
            tag.state = State.READY
            self._look()

    def _look(self) -> None:
        """Which tags lie in the field, in the order in which they were made."""
        self.noted += 1
        self._here = [tag for tag in self.tags.values() if tag.present]

    def power(self, *, on: bool) -> None:
        """Switch the carrier; without it no tag has a state."""
        self.carrier = on
        if not on:
            self.wake()

    def wake(self) -> None:
        """All tags are ready again."""
        for tag in self._here:
            tag.state = State.READY

    def free_after(self, seconds: float, now: float) -> None:
        """Free every silenced tag that last answered `seconds` ago (the reader's persistence reset)."""
        for tag in self._here:
            if tag.state is State.QUIET and now - tag.answered >= seconds:
                tag.state = State.READY

    def younger(self, since: float, seconds: float) -> None:
        """Whoever answered since then has answered the same again after so many seconds."""
        for tag in self._here:
            if tag.answered >= since:
                tag.answered += seconds

    # --- programs ---------------------------------------------------------------------------------

    def inventory(self, start: float) -> Generator[float, None, tuple[float, list[Tag]]]:
        """Find all tags that are ready, in rounds of 16 slots with growing masks.

        A slot is the next 4 bits of the UID after the mask, lowest bits first (15693-3, 8.1); a slot in
        which several answer is a collision and gets a round of its own. Returns the end, and the tags in
        the order in which they were heard.
        """
        found: list[Tag] = []
        masks = [(0, 0)]
        at = start
        while masks:
            length, mask = masks.pop(0)
            at, heard, collided = yield from self._round(at, length, mask)
            found += heard
            masks += collided
        return at, found

    def _round(
        self, start: float, length: int, mask: int
    ) -> Generator[float, None, tuple[float, list[Tag], list[tuple[int, int]]]]:
        ready = [tag for tag in self._here if tag.state is not State.QUIET] if self.carrier else []
        if not ready and length == 0:
            yield start + NOBODY
            return start + NOBODY, [], []
        slots: list[list[Tag]] = [[] for _ in range(SLOTS)]
        for tag in ready:
            if tag.uid & ((1 << length) - 1) == mask and self._hears(tag):
                slots[tag.uid >> length & 0xF].append(tag)
        at = start + request_seconds(INVENTORY_BYTES + (length + 7) // 8)
        heard: list[Tag] = []
        collided: list[tuple[int, int]] = []
        for number, answering in enumerate(slots):
            at += SLOT_FULL if answering else SLOT_EMPTY
            if len(answering) > 1 and length < 60:
                collided.append((length + 4, mask | number << length))
            else:
                heard += answering
        yield at
        heard = [tag for tag in heard if self.carrier and tag.there_since(start)]
        for tag in heard:
            tag.answered = at
        return at, heard, collided

    def stay_quiet(self, start: float, tag_uid: str) -> Generator[float, None, float]:
        """Silence one tag (02); it never answers this. Takes 4.05 ms."""
        end = start + request_seconds(12)
        yield end
        tag = self.tags.get(tag_uid)
        if tag is not None and self.carrier and tag.there_since(start):
            tag.state = State.QUIET
        return end + T2

    def select(self, start: float, uid: str) -> Air:
        """Select one tag (25); another that was selected is ready again."""

        def act(tag: Tag, at: float) -> bytes:
            del at
            for other in self._here:
                if other.state is State.SELECTED:
                    other.state = State.READY
            tag.state = State.SELECTED
            return b""

        return (yield from self._ask(start, Mode.ADDRESSED, uid, 0, 0, act))

    def reset_to_ready(self, start: float, mode: Mode, uid: str) -> Air:
        """Make one tag ready again (26)."""

        def act(tag: Tag, at: float) -> bytes:
            del at
            tag.state = State.READY
            return b""

        return (yield from self._ask(start, mode, uid, 0, 0, act))

    def read_blocks(self, start: float, mode: Mode, uid: str, first: int, count: int) -> Air:
        """Read blocks (23; a single one by 20, as readers do); the data lowest address first."""

        def act(tag: Tag, at: float) -> bytes | int:
            del at
            data = bytes(tag.memory[first * 4 : (first + count) * 4])
            return data if len(data) == count * 4 else ERROR_BLOCK

        parameters = 1 if count == 1 else 2
        return (yield from self._ask(start, mode, uid, parameters, count * 4, act, unseen=True))

    def system_information(self, start: float, mode: Mode, uid: str) -> Air:
        """Ask for the system information (2B): DSFID, AFI, last block, last byte of a block, IC."""

        def act(tag: Tag, at: float) -> bytes:
            self.noted += 1
            tag.reads.append((at, tag.afi))
            self.on_read(tag.plan.uid, tag.afi, at)
            return tag.uid.to_bytes(8, "little") + bytes(
                [tag.plan.dsfid, tag.afi, len(tag.memory) // 4 - 1, 3, IC_REFERENCE]
            )

        return (yield from self._ask(start, mode, uid, 0, INFORMATION_BYTES, act))

    def write_afi(self, start: float, mode: Mode, uid: str, afi: int) -> Air:
        """Write the AFI (27)."""

        def act(tag: Tag, at: float) -> bytes:
            self.noted += 1
            tag.afi = afi
            tag.writes.append((at, afi))
            self.on_write(tag.plan.uid, afi, at)
            return b""

        return (yield from self._ask(start, mode, uid, 1, 0, act, writes=True))

    def write_block(self, start: float, mode: Mode, uid: str, number: int, data: bytes) -> Air:
        """Write one block (21)."""

        def act(tag: Tag, at: float) -> bytes | int:
            del at
            if (number + 1) * 4 > len(tag.memory):
                return ERROR_BLOCK
            self.noted += 1
            tag.memory[number * 4 : number * 4 + 4] = data
            return b""

        return (yield from self._ask(start, mode, uid, 1 + len(data), 0, act, writes=True))

    # --- one request, one answer ---------------------------------------------------------------------

    def _ask(
        self,
        start: float,
        mode: Mode,
        uid: str,
        parameters: int,
        answers_with: int,
        act: Callable[[Tag, float], bytes | int],
        *,
        writes: bool = False,
        unseen: bool = False,
    ) -> Air:
        """One request to the tag or tags that `mode` and `uid` mean.

        `parameters` and `answers_with` are the bytes of both beside flags, command, UID and CRC. `act` is
        what the tag does; it returns the answer's data, or an error code. What a read gives out
        is stamped when its answer ends, what a write does when the memory has taken it. `unseen`: nobody
        hears of what the tag does but by its answer.
        """
        addressed = mode is Mode.ADDRESSED
        asked_at = start + request_seconds(2 + (8 if addressed else 0) + parameters + 2)
        answering = [tag for tag in self._meant(mode, uid) if self._hears(tag)]
        if writes:
            return (yield from self._write(start, asked_at, answering, act))
        if not answering:
            yield asked_at + T1_MAX + VICC_SOF
            return Heard(asked_at + T1_MAX + VICC_SOF)
        heard_at = asked_at + T1 + answer_seconds(1 + answers_with + 2)
        yield (heard_at, heard_at + T2) if unseen else heard_at
        answering = [tag for tag in answering if self.carrier and tag.there_since(start)]
        return self._heard(heard_at + T2, [(tag, act(tag, heard_at)) for tag in answering])

    def _write(
        self, start: float, asked_at: float, answering: list[Tag], act: Callable[[Tag, float], bytes | int]
    ) -> Air:
        """A write: its effect comes after the memory's time, the answer on the grid after that."""
        if not answering:
            yield asked_at + WRITE_WINDOW
            return Heard(asked_at + WRITE_WINDOW)
        takes = max(self._write_time(tag) for tag in answering)
        answer_at = asked_at + T1
        while answer_at < asked_at + takes - 1e-9:
            answer_at += WRITE_GRID
        yield asked_at + takes
        answers = [
            (tag, act(tag, asked_at + takes)) for tag in answering if self.carrier and tag.there_since(start)
        ]
        end = answer_at + answer_seconds(3)
        yield end
        answers = [(tag, answer) for tag, answer in answers if self.carrier and tag.there_since(start)]
        if not answers:
            return Heard(max(end, asked_at + WRITE_WINDOW))
        return self._heard(end + T2, answers)

    def _heard(self, end: float, answers: list[tuple[Tag, bytes | int]]) -> Heard:
        """What all answers make together at the antenna."""
        spoken = [(tag, each) for tag, each in answers if isinstance(each, bytes) or not tag.plan.mute]
        for tag, _ in spoken:
            tag.answered = end
        if len(spoken) > 1:
            return Heard(end, collision=True)
        if not spoken:
            return Heard(end)
        answer = spoken[0][1]
        return Heard(end, error=answer) if isinstance(answer, int) else Heard(end, data=answer)

    def _meant(self, mode: Mode, uid: str) -> list[Tag]:
        """The tags in the field that take a request as theirs."""
        if not self.carrier:
            return []
        if mode is Mode.ADDRESSED:
            tag = self.tags.get(uid)
            return [tag] if tag is not None and tag.present else []
        wanted = {State.SELECTED} if mode is Mode.SELECTED else {State.READY, State.SELECTED}
        return [tag for tag in self._here if tag.state in wanted]

    def _hears(self, tag: Tag) -> bool:
        if not tag.plan.weak:
            return True
        self.noted += 1
        return self._chance.random() >= tag.plan.weak

    def _write_time(self, tag: Tag) -> float:
        return self.write_seconds if tag.plan.write_seconds is None else tag.plan.write_seconds
