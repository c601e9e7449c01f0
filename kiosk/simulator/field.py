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
from bisect import insort
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from enum import Enum
from math import inf
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

Instant = tuple[float, float]
"""When the world is looked at, and the instant before which nobody can tell that it was."""

Air = Generator[Instant, None, "Heard"]
"""A program on the air: yields instants, returns what came of it."""


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
SLOT_FULL = T1 + answer_seconds(12) + T2 + VCD_EOF
"""An answered or collided slot: 4.595 ms."""
INVENTORY_BYTES = 5
"""Flags, command, mask length, CRC."""
SLOTS = 16
NOBODY = request_seconds(INVENTORY_BYTES) + SLOTS * SLOT_EMPTY
"""An inventory to which nobody answers."""


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
    """One tag with its memory, and the record of what befell it.

    `since` is when it was put into the field where it lies now, infinite when it lies nowhere: it has been
    there since an instant if `since` is not after that. `asked` has, for each time that it lay there, when it
    was first asked by its UID: from then on the reader's owner knows of it.
    """

    number: int
    plan: scenery.Tag
    uid: int
    afi: int
    memory: bytearray
    state: State = State.READY
    since: float = inf
    there: list[list[float | None]] = field(default_factory=list)
    writes: list[tuple[float, int]] = field(default_factory=list)
    reads: list[tuple[float, int]] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    answered: float = float("-inf")

    @classmethod
    def made_of(cls, plan: scenery.Tag, number: int) -> Tag:
        """The tag as the scenery has it; tags are numbered as they are made."""
        return cls(number, plan, int(plan.uid, 16), plan.afi, bytearray(plan.memory()))

    @property
    def present(self) -> bool:
        """Whether it is in the field now."""
        return self.since < inf


class Read(NamedTuple):
    """What a tag gave to whoever read it from `start` on; at the `end` the air is free again."""

    tag: Tag
    start: float
    end: float
    data: bytes


class Request(NamedTuple):
    """One request to the tag or tags that `mode` and `uid` mean; `kiosk.simulator.requests` makes them.

    `asked` is how long saying it takes, `heard` how long it is until an answer to it has ended (not to one
    that `writes`, which waits for the tag's memory). `act` is what a tag does; it returns the answer's data,
    or an error code. What a read gives out is stamped when its answer ends, what a write does when the
    memory has taken it. `unseen`: nobody hears of what the tag does but by its answer.
    """

    mode: Mode
    uid: str
    asked: float
    heard: float
    act: Callable[[TagField, Tag, float], bytes | int]
    writes: bool = False
    unseen: bool = False


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
        """The tags that lie in the field, in the order in which they were made."""
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
        tag = self.tags[plan.uid] = Tag.made_of(plan, len(self.tags))
        return tag

    def put(self, uid: str, now: float) -> None:
        """Put a tag into the field; nothing happens if it lies there."""
        tag = self.tags[uid]
        if not tag.present:
            tag.since = now
            tag.there.append([now, None])
            tag.state = State.READY
            insort(self._here, tag, key=lambda each: each.number)
            self.noted += 1

    def lift(self, uid: str, now: float) -> None:
        """Take a tag out of the field: it loses its power, and with it its state."""
        tag = self.tags[uid]
        if tag.present:
            tag.since = inf
            tag.there[-1][1] = now
            tag.state = State.READY
            self._here = [each for each in self._here if each is not tag]
            self.noted += 1

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

    def inventory(self, start: float) -> Generator[Instant, None, tuple[float, list[Tag]]]:
        """Find all tags that are ready, in rounds of 16 slots with growing masks.

        A slot is the next 4 bits of the UID after the mask, lowest bits first (15693-3, 8.1); a slot in
        which several answer is a collision and gets a round of its own. Returns the end, and the tags in
        the order in which they were heard.
        """
        found: list[Tag] = []
        masks = [(0, 0)]
        at = start
        for length, mask in masks:  # grows by a round for each collision
            began = at
            slots = self._slots(length, mask)
            at += request_seconds(INVENTORY_BYTES + (length + 7) // 8)
            full = len(slots)
            at += full * SLOT_FULL + (SLOTS - full) * SLOT_EMPTY
            yield at, at
            for slot, answering in sorted(slots.items()):
                if len(answering) > 1 and length < 60:
                    masks.append((length + 4, mask | slot << length))
                    continue
                for tag in answering:
                    if self.carrier and tag.since <= began:
                        tag.answered = at
                        found.append(tag)
        return at, found

    def _slots(self, length: int, mask: int) -> dict[int, list[Tag]]:
        """Who answers to a mask, by slot."""
        slots: dict[int, list[Tag]] = {}
        for tag in self._here if self.carrier else ():
            meant = tag.state is not State.QUIET and tag.uid & ((1 << length) - 1) == mask
            if meant and (not tag.plan.weak or self._hears(tag)):
                slots.setdefault(tag.uid >> length & 0xF, []).append(tag)
        return slots

    def stay_quiet(self, start: float, tag_uid: str) -> Generator[Instant, None, float]:
        """Silence one tag (02); it never answers this. Takes 4.05 ms."""
        end = start + request_seconds(12)
        yield end, end
        tag = self.tags.get(tag_uid)
        if tag is not None and self.carrier and tag.since <= start:
            tag.state = State.QUIET
        return end + T2

    def select(self, selected: Tag) -> None:
        """Select a tag; another that was selected is ready again."""
        for tag in self._here:
            if tag.state is State.SELECTED:
                tag.state = State.READY
        selected.state = State.SELECTED

    # --- one request, one answer ---------------------------------------------------------------------

    def ask(self, start: float, request: Request) -> Air:
        """One request to tags, and what the antenna hears then."""
        answering = self._answering(request)
        if request.mode is Mode.ADDRESSED:
            for tag in answering:
                _ask_by_name(tag, start)
        if request.writes:
            return (yield from self._write(start, request, answering))
        if not answering:
            end = start + request.asked + SILENCE
            yield end, end
            return Heard(end)
        heard_at = start + request.heard
        end = heard_at + T2
        yield heard_at, end if request.unseen else heard_at
        answers = [
            (tag, request.act(self, tag, heard_at))
            for tag in answering
            if self.carrier and tag.since <= start
        ]
        return _heard(end, answers)

    def foresee(self, start: float, request: Request) -> Read | None:
        """What will come of a request that only reads one tag, if nobody touches the field before; None when
        it is another one, or the tag is not sure to answer with what it is asked for."""
        tag = self.tags.get(request.uid)
        if tag is None or not request.unseen or request.mode is not Mode.ADDRESSED:
            return None
        if tag.since > start or tag.plan.weak or not self.carrier:
            return None
        heard_at = start + request.heard
        data = request.act(self, tag, heard_at)
        return Read(tag, start, heard_at + T2, data) if isinstance(data, bytes) else None

    def foresee_silence(self, start: float) -> float | None:
        """When an inventory ends to which nobody answers, if nobody touches the field before; None when
        somebody may answer."""
        if self.carrier:
            for tag in self._here:
                if tag.state is not State.QUIET:
                    return None
        return start + NOBODY

    def fulfil(self, read: Read) -> None:
        """It came so."""
        _ask_by_name(read.tag, read.start)
        read.tag.answered = read.end

    def _write(self, start: float, request: Request, answering: list[Tag]) -> Air:
        """A write: its effect comes after the memory's time, the answer on the grid after that."""
        asked_at = start + request.asked
        if not answering:
            end = asked_at + WRITE_WINDOW
            yield end, end
            return Heard(end)
        takes = max(self._write_time(tag) for tag in answering)
        answer_at = asked_at + T1
        while answer_at < asked_at + takes - 1e-9:
            answer_at += WRITE_GRID
        taken_at = asked_at + takes
        yield taken_at, taken_at
        answers = [
            (tag, request.act(self, tag, taken_at))
            for tag in answering
            if self.carrier and tag.since <= start
        ]
        end = answer_at + answer_seconds(3)
        yield end, end
        answers = [(tag, answer) for tag, answer in answers if self.carrier and tag.since <= start]
        if not answers:
            return Heard(max(end, asked_at + WRITE_WINDOW))
        return _heard(end + T2, answers)

    def _answering(self, request: Request) -> list[Tag]:
        """The tags in the field that take a request as theirs, and hear it."""
        if not self.carrier:
            return []
        if request.mode is Mode.ADDRESSED:
            tag = self.tags.get(request.uid)
            here = tag is not None and tag.since < inf and (not tag.plan.weak or self._hears(tag))
            return [tag] if tag is not None and here else []
        wanted = {State.SELECTED} if request.mode is Mode.SELECTED else {State.READY, State.SELECTED}
        meant = [tag for tag in self._here if tag.state in wanted]
        return [tag for tag in meant if not tag.plan.weak or self._hears(tag)]

    def _hears(self, weak: Tag) -> bool:
        """Whether a weak tag hears what it is asked now."""
        self.noted += 1
        return self._chance.random() >= weak.plan.weak

    def _write_time(self, tag: Tag) -> float:
        return self.write_seconds if tag.plan.write_seconds is None else tag.plan.write_seconds


def _ask_by_name(tag: Tag, start: float) -> None:
    if not tag.asked or tag.asked[-1] < tag.since:
        tag.asked.append(start)


def _heard(end: float, answers: list[tuple[Tag, bytes | int]]) -> Heard:
    """What all answers make together at the antenna."""
    voices, data, error = 0, None, None
    for tag, answer in answers:
        if isinstance(answer, bytes):
            data = answer
        elif tag.plan.mute:
            continue
        else:
            error = answer
        tag.answered = end
        voices += 1
    return Heard(end, data, error) if voices < 2 else Heard(end, collision=True)
