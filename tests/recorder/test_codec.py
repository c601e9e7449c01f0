"""Everything that circulation says can be written down and read back as it was, whatever is added to it."""

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any, NewType

import pytest
from hypothesis import given, settings

from kiosk.circulation.effects import Effect
from kiosk.circulation.events import Event, Stamped
from kiosk.circulation.state import State
from kiosk.circulation.values import Row
from kiosk.recorder import AsIs
from kiosk.recorder.codec import ENCODER, plan, treatment_of
from tests.recorder.recorded import steps_of
from tests.recorder.strategies import LOOSE, TEXTS, anything, st

AS_IS = AsIs()


def through_json(hint: Any, value: Any) -> Any:
    planned = plan(hint)
    return planned.unpack(json.loads(ENCODER.encode(planned.pack(value, AS_IS))))


@settings(max_examples=150, deadline=None)
@given(anything(Event))
def test_every_event_comes_back(event: Any) -> None:
    assert through_json(Event, event) == event


@settings(max_examples=80, deadline=None)
@given(anything(Effect))
def test_every_effect_comes_back(effect: Any) -> None:
    assert through_json(Effect, effect) == effect


@settings(max_examples=20, deadline=None)
@given(anything(State))
def test_any_state_comes_back(state: State) -> None:
    assert through_json(State, state) == state


def test_every_state_that_a_story_reaches_comes_back_and_goes_on_as_before() -> None:
    steps = steps_of(1, 2, 3)
    for _, stamped, after, effects in random.Random(1).sample(steps, 60):
        assert through_json(State, after) == after
        assert through_json(Stamped, stamped) == stamped
        assert tuple(through_json(Effect, effect) for effect in effects) == effects


# ---- what somebody adds tomorrow ------------------------------------------------------------

Locker = NewType("Locker", str)


class Weather(Enum):
    WET = auto()
    DRY = auto()


@dataclass(frozen=True, slots=True)
class Parcel:
    locker: Locker
    price: Decimal
    weather: Weather
    until: date | datetime | str | None = None
    inside: tuple["Parcel", ...] = ()
    sizes: tuple[int, float] = (0, 0.0)
    colours: Mapping[Weather, frozenset[str]] = field(default_factory=dict)


@given(
    st.builds(
        Parcel,
        TEXTS.map(Locker),
        st.decimals(allow_nan=False),
        st.sampled_from(Weather),
        st.none() | st.dates() | st.datetimes() | TEXTS,
        colours=st.dictionaries(st.sampled_from(Weather), st.frozensets(TEXTS)),
    )
)
def test_a_class_that_nobody_has_seen_comes_back(parcel: Parcel) -> None:
    again = Parcel(Locker("a"), Decimal(1), Weather.DRY, inside=(parcel, parcel))
    assert through_json(Parcel | str, again) == again


def test_what_is_nothing_is_left_out() -> None:
    parcel = Parcel(Locker("a"), Decimal("0.50"), Weather.WET)
    written = plan(Parcel).pack(parcel, AS_IS)
    assert written == {"locker": "a", "price": "0.50", "weather": "WET", "sizes": [0, 0.0]}


def test_a_type_that_cannot_be_written_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="no plan"):
        plan(bytes)


@given(st.dictionaries(TEXTS, LOOSE, max_size=4))
def test_a_payload_comes_back(payload: Mapping[str, object]) -> None:
    planned = plan(Mapping[str, object], treatment_of(Row, "payload"))
    assert planned.unpack(json.loads(ENCODER.encode(planned.pack(payload, AS_IS)))) == payload


@given(st.integers() | st.floats(0, 1e10).map(lambda number: round(number, 6)) | st.dates())
def test_no_number_could_be_taken_for_a_pin(value: object) -> None:
    written = ENCODER.encode(plan(float | int | date).pack(value, AS_IS))
    assert "e-" in written or not re.search(r"[0-9]{4}", written)
