"""What moves for ever rests where the machine cannot afford it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.screens.pace import DEAR, PATIENCE, REST_S, Pace

INTERVAL = 0.2
DEAR_FRAME = 2 * DEAR * INTERVAL


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_machine_without_gpu_stops_nodding_and_tries_again_later() -> None:
    hand = Hand()
    pace = Pace(INTERVAL, mono=hand)
    for _ in range(PATIENCE):
        assert not pace.rests
        pace.frame(DEAR_FRAME)
    assert pace.rests
    hand.now += REST_S - 1
    assert pace.rests
    hand.now += 1
    assert not pace.rests


@given(st.lists(st.tuples(st.integers(0, PATIENCE - 1), st.floats(0, DEAR * INTERVAL))))
def test_a_cheap_frame_among_dear_ones_is_forgiven(frames: list[tuple[int, float]]) -> None:
    pace = Pace(INTERVAL, mono=Hand())
    for dear, cheap in frames:
        for _ in range(dear):
            pace.frame(DEAR_FRAME)
        pace.frame(cheap)
        assert not pace.rests
