"""Replaying a segment: its events are fed to the reducer from its state, and what follows must be the same.

Pure. The reducer takes the same ways with stand-ins as it took with names (`names`), so a segment that was
recorded by this version of the kiosk agrees; one that does not has found a reducer that is not pure, an
event that changed what it should not, or, recorded by an older version, what has changed since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from kiosk.circulation.effects import Effect
from kiosk.circulation.events import Stamped
from kiosk.circulation.state import State
from kiosk.circulation.step import step
from kiosk.recorder.names import AsIs
from kiosk.recorder.segment import Entry, Fall, Segment, Unreadable, told
from kiosk.recorder.trace import kind_of, places_of


class Outcome(StrEnum):
    """How a replayed event compares with the recorded one."""

    SAME = "same"
    FELL_ALIKE = "the reducer falls over here, as it did in the kiosk"
    MENDED = "the reducer fell over here in the kiosk, and does not any more"
    FELL = "the reducer falls over here, and did not in the kiosk"
    OTHER = "something else follows than in the kiosk"
    UNREADABLE = "this version cannot read it"


ENDS = frozenset({Outcome.FELL_ALIKE, Outcome.MENDED, Outcome.FELL, Outcome.UNREADABLE})
"""Outcomes after which there is nothing left to be replayed."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One event, replayed. `effects` are what followed here, `entry` says what followed in the kiosk."""

    entry: Entry
    outcome: Outcome
    stamped: Stamped | None = None
    before: State | None = None
    after: State | None = None
    effects: tuple[Effect, ...] = ()
    fall: Fall | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first event of a segment that came out otherwise: its number (from 0), and how."""

    number: int
    outcome: Outcome
    why: str = ""


def replay(segment: Segment) -> Iterator[Replayed]:
    """Replay a segment, event by event, to its end, or to the first event that cannot be gone beyond.

    Raises:
        Unreadable: its state is of another form.
    """
    state = segment.state()
    names = AsIs()
    for entry in segment.entries:
        try:
            stamped = entry.stamped()
        except Unreadable as error:
            yield Replayed(entry, Outcome.UNREADABLE, why=str(error))
            return
        try:
            after, effects = step(state, stamped)
        except Exception as error:  # noqa: BLE001 - whatever a reducer raises is what this looks for
            fall = Fall(kind_of(error), places_of(error))
            alike = entry.fall is not None and entry.fall.kind == fall.kind
            outcome = Outcome.FELL_ALIKE if alike else Outcome.FELL
            yield Replayed(entry, outcome, stamped, state, fall=fall)
            return
        if entry.fall is not None:
            outcome = Outcome.MENDED
        else:
            same = told(after, effects, names) == (entry.digest, entry.effects)
            outcome = Outcome.SAME if same else Outcome.OTHER
        yield Replayed(entry, outcome, stamped, state, after, effects)
        if outcome in ENDS:
            return
        state = after


def first_divergence(segment: Segment) -> Divergence | None:
    """Where a replay of this segment first comes out otherwise; None when it agrees to its end."""
    try:
        for number, step_ in enumerate(replay(segment)):
            if step_.outcome not in (Outcome.SAME, Outcome.FELL_ALIKE):
                return Divergence(number, step_.outcome, step_.why)
    except Unreadable as error:
        return Divergence(0, Outcome.UNREADABLE, str(error))
    return None
