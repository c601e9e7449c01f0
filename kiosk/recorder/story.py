"""A segment in readable lines: when, what happened, what followed. For support, who replays a capsule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from kiosk.circulation.effects import Effect, Tell
from kiosk.circulation.events import Moment
from kiosk.recorder.replay import Outcome, Replayed, replay
from kiosk.recorder.segment import Entry, Segment

SAYS = {
    Outcome.OTHER: "!! {outcome}: there it was {there}",
    Outcome.UNREADABLE: "!! {outcome}: {why}",
}
"""How an outcome is told; others are told by their own words."""

IDS = frozenset({"ItemKey", "PatronId", "Pin", "Untrusted"})
"""Values that are told without their name, where they are nothing but one text."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def tell(segment: Segment) -> Iterator[tuple[str, bool]]:
    """The lines of a segment's story, each with whether it agrees with what the kiosk had recorded.

    Raises:
        Unreadable: its state is of another form.
    """
    for each in replay(segment):
        agrees = each.outcome in (Outcome.SAME, Outcome.FELL_ALIKE)
        for line in _lines(each):
            yield line, agrees


def _lines(each: Replayed) -> Iterator[str]:
    entry = each.entry
    what = brief(each.stamped.event) if each.stamped is not None else _raw_name(entry)
    yield f"{moment(entry.when)}  {what}"
    for effect in each.effects:
        yield f"{'':14}-> {_effect(effect)}"
    fall = each.fall or entry.fall
    if each.outcome is not Outcome.SAME:
        there = entry.effects or "nothing"
        said = SAYS.get(each.outcome, "!! {outcome}")
        yield f"{'':14}{said.format(outcome=each.outcome.value, there=there, why=each.why)}"
    if fall is not None:
        yield f"{'':14}{fall.kind}"
        yield from (f"{'':16}{place}" for place in fall.places)


def _raw_name(entry: Entry) -> str:
    raw = entry.event
    return str(raw[0]) if isinstance(raw, list) and raw else "?"


def _effect(effect: Effect) -> str:
    return f"Tell {brief(effect.fact)}" if isinstance(effect, Tell) else brief(effect)


def moment(when: Moment) -> str:
    """The wall time of a moment, in UTC: hours to milliseconds."""
    try:
        at = EPOCH + timedelta(seconds=when.wall)
    except (OverflowError, ValueError):
        return f"{when.wall:g}"
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03}"


def day(when: Moment) -> str:
    """The day of a moment, in UTC."""
    try:
        return f"{EPOCH + timedelta(seconds=when.wall):%Y-%m-%d}"
    except (OverflowError, ValueError):
        return "?"


def brief(value: object) -> str:
    """A value of circulation in one line: its name, then what is not as usual in it."""
    if isinstance(value, type) or not is_dataclass(value):
        return _plain(value)
    name = type(value).__name__
    parts = []
    some = fields(value)
    for each in some:
        part = getattr(value, each.name)
        if part in (None, "", (), frozenset(), {}) or (each.default is not MISSING and part == each.default):
            continue
        said = _inner(part)
        parts.append(said if len(some) == 1 else f"{each.name}={said}")
    return " ".join((name, *parts))


def _inner(value: object) -> str:
    if is_dataclass(value) and not isinstance(value, type):
        some = [part for each in fields(value) if (part := getattr(value, each.name)) not in (None, "")]
        bare = type(value).__name__ in IDS and len(some) == 1
        return str(some[0]) if bare else f"({brief(value)})"
    return _plain(value)


def _plain(value: object) -> str:
    match value:
        case Enum():
            return str(value.value)
        case date():
            return value.isoformat()
        case Mapping():
            return "{" + ", ".join(f"{_inner(k)}: {_inner(v)}" for k, v in value.items()) + "}"
        case frozenset():
            return "{" + ", ".join(sorted(_inner(each) for each in value)) + "}"
        case tuple() | list():
            return "[" + ", ".join(_inner(each) for each in value) + "]"
        case _:
            return str(value)
