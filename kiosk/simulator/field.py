"""The tag field: ISO 15693 tags in front of one antenna, on one absolute air clock.

Every exchange is charged what ISO/IEC 15693-3 charges for it (`airtime`). Nothing here rounds to when a timer
happened to fire: a program of exchanges yields the exact instants at which the world is looked at, and is
resumed in their order. Inventories are in `rounds`, what may be asked of tags in `requests` and `nxp`.

Tags fall silent rather than explain: one that was lifted, even for an instant of the exchange, gives no
answer, and a write that had not taken effect by then never does.
"""

from __future__ import annotations

import random
import re
from bisect import insort
from collections.abc import Callable, Generator, Iterable, Sequence
from math import dist, inf
from typing import NamedTuple

from kiosk.simulator import scenery
from kiosk.simulator.airtime import (
    BYTE,
    NOBODY,
    SILENCE,
    T1,
    T2,
    VCD_EOF,
    WRITE_GRID,
    WRITE_WINDOW,
    answer_seconds,
    request_seconds,
)
from kiosk.simulator.tag import GUARDED, TEXAS_INSTRUMENTS, Mode, State, Tag

Instant = tuple[float, float]
"""When the world is looked at, and the instant before which nobody can tell that it was."""

Air = Generator[Instant, None, "Heard"]
"""A program on the air: yields instants, returns what came of it."""

Place = tuple[float, float, float]
"""Where something lies: cm from the middle of the antenna to the right, to the back, and upwards."""

MIDDLE: Place = (0.0, 0.0, 0.0)
"""Where what is put down lies if nobody says where."""
HALF_CM = 15.0
HEIGHT_CM = 20.0
FADES_CM = 6.0
"""Assumed: a pad of 30 x 30 cm reads all up to 20 cm above itself; beyond that the share of requests that a
tag misses rises to all of them within 6 cm."""
DETUNES_CM = 4.0
DETUNED = 0.95
"""Assumed: metal detunes what is nearer than 4 cm; what lies right on it misses 95 % of all requests."""

NOT_SUPPORTED = 0x01
OPTION_NOT_SUPPORTED = 0x03
"""A tag's answer to a command, or an option, that it does not know (15693-3, table of error codes)."""


class Heard(NamedTuple):
    """What the antenna heard: `end` is when the air is free again.

    `data` is the answer without flags and CRC, None for silence; `error` is the tag's error code;
    `collision` tells that several answered at once.
    """

    end: float
    data: bytes | None = None
    error: int | None = None
    collision: bool = False


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
    an error code, or None when it is silent. What a read gives out is stamped when its answer ends, what a
    write does when the memory has taken it. `unseen`: nobody hears of what the tag does but by its answer.

    `code` is the command. `option` is the option flag; of a write it means that the answer comes after an
    EOF of the reader, `eof` seconds after the request. `blocks` is how many blocks an answer brings, `heard`
    being right for blocks of four bytes. Tags that `speaks` denies are silent from the beginning. `put_to`
    records that a tag was asked for by name, also one that is silent or misses it.
    """

    mode: Mode
    uid: str
    asked: float
    heard: float
    act: Callable[[TagField, Tag, float], bytes | int | None]
    writes: bool = False
    unseen: bool = False
    code: int = 0
    option: bool = False
    eof: float = WRITE_WINDOW
    blocks: int = 0
    speaks: Callable[[Tag], bool] | None = None
    put_to: Callable[[TagField, Tag, float], None] | None = None


class Lock(NamedTuple):
    """What nobody may ask for, as it cannot be undone: when it came, and the bytes of it."""

    t: float
    frame: bytes


class TagField:
    """The tags, the carrier, and what may be asked over the air.

    `write_seconds` is how long a tag's memory takes to take a byte or block; `chance` decides what weak
    tags miss, what random numbers tags give, and which of several is heard (`capture`: how often one is,
    where others hear a collision). The callbacks `on_...` are called at the very instant at which something
    takes effect, or an AFI was given out; they get the tag's name (its UID, see `scenery.Tag.name`).
    """

    def __init__(
        self,
        tags: Iterable[scenery.Tag] = (),
        *,
        write_seconds: float = 0.010,
        capture: float = 0.0,
        chance: random.Random | None = None,
    ) -> None:
        self.tags: dict[str, Tag] = {}
        """All that exist, by name."""
        self.write_seconds = write_seconds
        self.carrier = True
        self.on_write: Callable[[str, int, float], None] = lambda uid, afi, at: None
        self.on_read: Callable[[str, int, float], None] = lambda uid, afi, at: None
        self.on_eas: Callable[[str, bool, float], None] = lambda uid, eas, at: None
        self.on_block: Callable[[str, int, float], None] = lambda uid, block, at: None
        self.on_password: Callable[[str, bool, float], None] = lambda uid, right, at: None
        self.noted = 0
        """Counts what changed the field, or was recorded of it, or was left to chance."""
        self.locks: list[Lock] = []
        """Commands that cannot be undone. No tag ever obeys them, and none may be sent."""
        self.chance = chance or random.Random(0)
        self.here: list[Tag] = []
        """The tags that lie in the field, in the order in which they were made."""
        self._capture = capture
        self._metal: tuple[Place, ...] = ()
        self._twins: dict[str, list[Tag]] = {}
        """The tags of those UIDs that more than one has."""
        for tag in tags:
            self.make(tag)

    def make(self, plan: scenery.Tag) -> Tag:
        """A new tag, which lies nowhere yet.

        Raises:
            ValueError: its name is taken, or it has no UID, or it guards what no tag does.
        """
        if plan.name in self.tags:
            raise ValueError(f"tag {plan.name} exists")
        if re.fullmatch("[0-9A-F]{16}", plan.uid) is None:
            raise ValueError(f"{plan.uid!r} is no UID: 16 upper-case hex digits")
        if not GUARDED.issuperset(plan.guards) or re.fullmatch("[0-9A-Fa-f]{8}", plan.password) is None:
            raise ValueError(f"tag {plan.name}: guards {plan.guards} by {plan.password!r}")
        tag = self.tags[plan.name] = Tag.made_of(plan, len(self.tags))
        if plan.copy:
            self._twins[plan.uid] = [each for each in self.tags.values() if each.uid == tag.uid]
        return tag

    def put(self, name: str, now: float, place: Place | None = None) -> None:
        """Put a tag into the field, in the middle if nobody says where; what lies there already is only
        moved."""
        tag = self.tags[name]
        if place is not None and place != tag.place:
            tag.place = place
            self.noted += 1
        if not tag.present:
            tag.since = now
            tag.there.append([now, None])
            tag.state = State.READY
            insort(self.here, tag, key=lambda each: each.number)
            self.noted += 1
        if tag.place is not None or self._metal:
            self._weigh(tag)

    def lift(self, name: str, now: float) -> None:
        """Take a tag out of the field: it loses its power, and with it its state."""
        tag = self.tags[name]
        if tag.present:
            tag.since = inf
            tag.there[-1][1] = now
            tag.lose_power()
            tag.place, tag.faint = None, 0.0
            self.here = [each for each in self.here if each is not tag]
            self.noted += 1

    def lay_metal(self, places: Iterable[Place]) -> None:
        """Now metal lies here, and nowhere else."""
        self._metal = tuple(places)
        self.noted += 1
        for tag in self.here:
            self._weigh(tag)

    def _weigh(self, tag: Tag) -> None:
        """How much a tag misses of what it is asked, where it lies."""
        x, y, z = place = tag.place or MIDDLE
        beyond = dist(
            (max(abs(x) - HALF_CM, 0.0), max(abs(y) - HALF_CM, 0.0), max(z - HEIGHT_CM, 0.0)), MIDDLE
        )
        near = min((dist(place, metal) for metal in self._metal), default=inf)
        detuned = DETUNED * (1 - near / DETUNES_CM) if near < DETUNES_CM else 0.0
        tag.faint = max(min(1.0, beyond / FADES_CM), detuned)

    def power(self, *, on: bool) -> None:
        """Switch the carrier; without it no tag has a state."""
        self.carrier = on
        if not on:
            for tag in self.here:
                tag.lose_power()

    def free_after(self, seconds: float, now: float) -> None:
        """Free every silenced tag that last answered `seconds` ago (the reader's persistence reset)."""
        for tag in self.here:
            if tag.state is State.QUIET and now - tag.answered >= seconds:
                tag.state = State.READY

    def younger(self, since: float, seconds: float) -> None:
        """Whoever answered since then has answered the same again after so many seconds."""
        for tag in self.here:
            if tag.answered >= since:
                tag.answered += seconds

    def tells_afi(self, tag: Tag, at: float) -> None:
        """A tag gives out its AFI: when it is asked for it, or by answering where only tags of one are."""
        self.noted += 1
        tag.reads.append((at, tag.afi))
        self.on_read(tag.plan.name, tag.afi, at)

    def refuse_lock(self, at: float, frame: bytes) -> None:
        """Somebody asks for what cannot be undone: it is recorded, and nothing else."""
        self.noted += 1
        self.locks.append(Lock(at, frame))

    # --- who hears ----------------------------------------------------------------------------------

    def hearing(self, length: int, mask: int, afi: int = 0) -> list[Tag]:
        """The tags that take part in a round of an inventory with this mask and AFI, and hear of it."""
        if not self.carrier:
            return []
        bits = (1 << length) - 1
        return [
            tag
            for tag in self.here
            if (tag.state is State.READY or tag.state is State.SELECTED)
            and tag.uid & bits == mask
            and (not afi or _of_family(tag.afi, afi))
            and self._hears(tag)
        ]

    def of_uid(self, uid: str) -> Sequence[Tag]:
        """All tags of a UID that exist."""
        twins = self._twins.get(uid)
        if twins is not None:
            return twins
        tag = self.tags.get(uid)
        return () if tag is None else (tag,)

    def loudest(self, tags: Sequence[Tag]) -> Tag | None:
        """Who is heard when these say who they are at once; None: only that there are several."""
        first = tags[0]
        if all(first.same_voice(each) for each in tags):
            return first
        if not self._capture:
            return None
        self.noted += 1
        if self.chance.random() >= self._capture:
            return None
        return min(tags, key=lambda each: (max(each.plan.weak, each.faint), each.number))

    def _answering(self, request: Request) -> list[Tag]:
        """The tags in the field that take a request as theirs, and hear it."""
        if not self.carrier:
            return []
        if request.mode is Mode.ADDRESSED:
            meant = [
                tag
                for tag in self.of_uid(request.uid)
                if tag.since < inf and tag.state is not State.MUTED and self._hears(tag)
            ]
        elif request.mode is Mode.SELECTED:
            meant = [tag for tag in self.here if tag.state is State.SELECTED and self._hears(tag)]
        else:
            meant = [
                tag
                for tag in self.here
                if (tag.state is State.READY or tag.state is State.SELECTED) and self._hears(tag)
            ]
        return meant if request.speaks is None else [tag for tag in meant if request.speaks(tag)]

    def _hears(self, tag: Tag) -> bool:
        """Whether a tag hears what it is asked now: one that is not weak always does."""
        if not tag.plan.weak and not tag.faint:
            return True
        self.noted += 1
        return self.chance.random() >= max(tag.plan.weak, tag.faint)

    # --- programs ---------------------------------------------------------------------------------

    def stay_quiet(self, start: float, tag_uid: str) -> Generator[Instant, None, float]:
        """Silence a tag (02); it never answers this. Takes 4.05 ms."""
        end = start + request_seconds(12)
        yield end, end
        for tag in self.of_uid(tag_uid):
            if self.carrier and tag.since <= start and tag.state is not State.MUTED:
                tag.state = State.QUIET
        return end + T2

    def select(self, selected: Tag) -> None:
        """Select a tag; another that was selected is ready again."""
        for tag in self.here:
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
            if request.put_to is not None:
                for tag in self.of_uid(request.uid):
                    if tag.present:
                        request.put_to(self, tag, start + request.asked)
        if request.writes:
            return (yield from self._write(start, request, answering))
        if not answering:
            end = start + request.asked + SILENCE
            yield end, end
            return Heard(end)
        heard_at = start + max(_heard_after(request, tag) for tag in answering)
        end = heard_at + T2
        yield heard_at, end if request.unseen else heard_at
        answers = [
            (tag, self._does(request, tag, heard_at))
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
        if tag.since > start or tag.plan.weak or tag.faint or not self.carrier:
            return None
        if tag.state is State.MUTED or request.uid in self._twins:
            return None
        if request.speaks is not None and not request.speaks(tag):
            return None
        heard_at = start + _heard_after(request, tag)
        data = self._does(request, tag, heard_at)
        return Read(tag, start, heard_at + T2, data) if isinstance(data, bytes) else None

    def foresee_silence(self, start: float) -> float | None:
        """When an inventory ends to which nobody answers, if nobody touches the field before; None when
        somebody may answer."""
        if self.carrier:
            for tag in self.here:
                if tag.state is not State.QUIET and tag.state is not State.MUTED:
                    return None
        return start + NOBODY

    def fulfil(self, read: Read) -> None:
        """It came so."""
        _ask_by_name(read.tag, read.start)
        read.tag.answered = read.end

    def _does(self, request: Request, tag: Tag, at: float) -> bytes | int | None:
        """What a tag does about a request."""
        if tag.plan.lacks and f"{request.code:02X}" in tag.plan.lacks:
            return NOT_SUPPORTED
        return request.act(self, tag, at)

    def _write(self, start: float, request: Request, answering: list[Tag]) -> Air:
        """A write: its effect comes after the memory's time, the answer on the grid after that, or (option
        flag) after the reader's EOF."""
        asked_at = start + request.asked
        if not answering:
            end = asked_at + WRITE_WINDOW
            yield end, end
            return Heard(end)
        takes = max(self._write_time(tag) for tag in answering)
        answer_at = asked_at + T1
        if request.option:
            answer_at += request.eof + VCD_EOF
        while answer_at < asked_at + takes - 1e-9:
            answer_at += WRITE_GRID
        taken_at = asked_at + takes
        yield taken_at, taken_at
        answers = [
            (tag, self._takes(request, tag, taken_at))
            for tag in answering
            if self.carrier and tag.since <= start
        ]
        end = answer_at + answer_seconds(3)
        yield end, end
        answers = [(tag, answer) for tag, answer in answers if self.carrier and tag.since <= start]
        if not answers:
            return Heard(max(end, asked_at + WRITE_WINDOW))
        return _heard(end + T2, answers)

    def _takes(self, request: Request, tag: Tag, at: float) -> bytes | int | None:
        """What a tag does about a write: those of Texas Instruments want the option flag."""
        if tag.maker == TEXAS_INSTRUMENTS and not request.option:
            return OPTION_NOT_SUPPORTED
        return self._does(request, tag, at)

    def _write_time(self, tag: Tag) -> float:
        return self.write_seconds if tag.plan.write_seconds is None else tag.plan.write_seconds


def _of_family(afi: int, asked: int) -> bool:
    """Whether a tag with this AFI is meant (15693-3, AFI): without a low nibble, a whole family is."""
    return afi == asked if asked & 0x0F else afi >> 4 == asked >> 4


def _heard_after(request: Request, tag: Tag) -> float:
    """How long it is until the tag's answer has ended."""
    if request.blocks and tag.plan.block_size != scenery.BLOCK:
        return request.heard + request.blocks * (tag.plan.block_size - scenery.BLOCK) * BYTE
    return request.heard


def _ask_by_name(tag: Tag, start: float) -> None:
    if not tag.asked or tag.asked[-1] < tag.since:
        tag.asked.append(start)


def _heard(end: float, answers: list[tuple[Tag, bytes | int | None]]) -> Heard:
    """What all answers make together at the antenna: those that are the same, bit by bit, are one."""
    voices: list[bytes | int] = []
    for tag, answer in answers:
        if answer is None or (isinstance(answer, int) and tag.plan.mute):
            continue
        tag.answered = end
        voices.append(answer)
    if not voices:
        return Heard(end)
    first = voices[0]
    if any(each != first for each in voices):
        return Heard(end, collision=True)
    return Heard(end, first) if isinstance(first, bytes) else Heard(end, None, first)
