"""A segment: a state, and every event that followed it, as lines of JSON.

The first line is an object, the segment's head; each further line is a list, one event:

    {"segment": 1, "kiosk": "0.4.0", "state": {...}}
    ["1_000.25", "1_795_341_600.25", 3, ["TagRead", {...}], "kqdwbvcnrt", "Tell AppendRow"]

Monotonic and wall time, the epoch under which the event arose, the event, a digest of what followed, and the
names of the effects. An event that the reducer choked on is the last of its segment; instead of the digest it
has an object, `{"fell": "KeyError", "at": [places]}`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kiosk.circulation.effects import Effect, Tell
from kiosk.circulation.events import Event, Moment, Stamped
from kiosk.circulation.show import screen_key
from kiosk.circulation.state import State
from kiosk.recorder.codec import ENCODER, pack_float, pack_int, plan
from kiosk.recorder.names import AsIs, letters
from kiosk.recorder.trace import kind_of

SCHEMA = 1
"""Number of this form of a segment. It changes when an old one could be misread."""

DIGEST_BYTES = 5
"""Length of an event's digest: with a million events, no false agreement is to be expected."""

_EVENT = plan(Event)
_EFFECT = plan(Effect)
_STATE = plan(State)


class Unreadable(ValueError):
    """This is not a segment that this version of the kiosk can read; its text says why."""


@dataclass(frozen=True, slots=True)
class Fall:
    """The reducer raised: the name of what, and where, outermost place first."""

    kind: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded event, not unpacked yet. `digest` and `effects` (their names) say what followed, `fall`
    that nothing did."""

    when: Moment
    epoch: int
    event: Any
    digest: str = ""
    effects: str = ""
    fall: Fall | None = None

    def stamped(self) -> Stamped:
        """The event as the desk stamped it.

        Raises:
            Unreadable: this version of the kiosk knows no such event.
        """
        try:
            return Stamped(self.when, self.epoch, _EVENT.unpack(self.event))
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            raise Unreadable(f"this version knows no such event ({kind_of(error)})") from error


@dataclass(slots=True)
class Segment:
    """A segment as it was read. `broken`: lines that could not be read; a power cut leaves one at the end."""

    schema: int
    kiosk: str
    packed: Any
    entries: list[Entry] = field(default_factory=list)
    broken: int = 0

    def state(self) -> State:
        """The state at its beginning.

        Raises:
            Unreadable: it was written in another form, or this version of the kiosk has another state.
        """
        if self.schema != SCHEMA:
            raise Unreadable(f"the segment has form {self.schema}, this version reads {SCHEMA}")
        try:
            state = _STATE.unpack(self.packed)
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            raise Unreadable(f"this version has another state ({kind_of(error)})") from error
        assert isinstance(state, State)
        # it is made of ids, and was replaced as one text; it follows from the rest
        return replace(state, key=screen_key(state)) if state.key else state


# ---- writing --------------------------------------------------------------------------------


def head_line(state: State, kiosk: str, names: AsIs) -> str:
    """The line that a segment begins with."""
    return ENCODER.encode({"segment": SCHEMA, "kiosk": kiosk, "state": _STATE.pack(state, names)})


def event_line(stamped: Stamped, after: State, effects: Sequence[Effect], names: AsIs) -> str:
    """The line of an event and of what followed."""
    return ENCODER.encode([*_stamp(stamped, names), *told(after, effects, names)])


def fall_line(stamped: Stamped, fall: Fall, names: AsIs) -> str:
    """The line of an event that the reducer choked on."""
    return ENCODER.encode([*_stamp(stamped, names), {"fell": fall.kind, "at": fall.places}])


def _stamp(stamped: Stamped, names: AsIs) -> list[Any]:
    when = stamped.when
    event = _EVENT.pack(stamped.event, names)
    return [pack_float(when.mono), pack_float(when.wall), pack_int(stamped.epoch), event]


def told(after: State, effects: Sequence[Effect], names: AsIs) -> tuple[str, str]:
    """What followed from an event: the digest of the new state's counts and of all effects, and the effects'
    names."""
    compared = names.compared
    packed = [_EFFECT.pack(effect, compared) for effect in effects]
    said = [after.epoch, after.revision, after.since, after.phase, packed]
    digest = hashlib.blake2b(ENCODER.encode(said).encode(), digest_size=DIGEST_BYTES).digest()
    return letters(digest), " ".join([name_of(effect) for effect in effects])


def name_of(effect: Effect) -> str:
    """An effect in one word; a fact's own name stands behind the effect's."""
    return f"Tell:{type(effect.fact).__name__}" if isinstance(effect, Tell) else type(effect).__name__


# ---- reading --------------------------------------------------------------------------------


def segments_of(lines: Iterable[str]) -> Iterator[Segment]:
    """Read segments, one after the other; lines that belong to none are passed over."""
    segment: Segment | None = None
    for line in lines:
        try:
            raw = json.loads(line)
        except ValueError:
            raw = None
        if isinstance(raw, dict):
            if segment is not None:
                yield segment
            segment = _head(raw)
        elif segment is not None:
            entry = _entry(raw)
            if entry is None:
                segment.broken += 1
            else:
                segment.entries.append(entry)
    if segment is not None:
        yield segment


def _head(raw: dict[str, Any]) -> Segment | None:
    if "segment" not in raw:
        return None
    schema = raw["segment"]
    return Segment(schema if isinstance(schema, int) else 0, str(raw.get("kiosk", "")), raw.get("state"))


def _entry(raw: Any) -> Entry | None:
    try:
        mono, wall, epoch, event, *outcome = raw
        when = Moment(float(mono), float(wall))
        match outcome:
            case [{"fell": kind, "at": places}]:
                return Entry(when, int(epoch), event, fall=Fall(str(kind), tuple(map(str, places))))
            case [str(digest), str(effects)]:
                return Entry(when, int(epoch), event, digest, effects)
            case _:
                return None
    except (TypeError, ValueError):
        return None
