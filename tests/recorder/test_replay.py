"""A replay agrees with what happened, and says where it first does not."""

import itertools
import json
from collections.abc import Iterator

import pytest

from kiosk.recorder.replay import Outcome, first_divergence
from kiosk.recorder.segment import Segment, segments_of
from kiosk.recorder.story import tell
from tests.recorder.recorded import record, steps_of, text_of


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """One life of one kiosk, the longest."""
    folder = tmp_path_factory.mktemp("ring")
    record(folder, steps_of(3, acts=60)[:100])
    found = text_of(folder).split("\n")
    heads = [number for number, line in enumerate(found) if line.startswith("{")]
    lives = [found[head:end] for head, end in itertools.pairwise([*heads, len(found)])]
    return max(lives, key=len)


def only(lines: list[str]) -> Segment:
    [segment] = segments_of(lines)
    return segment


def changed(lines: list[str], number: int, old: str, new: str) -> Segment:
    """The segment with one event changed."""
    assert old in lines[number + 1]
    return only([*lines[: number + 1], lines[number + 1].replace(old, new), *lines[number + 2 :]])


def test_what_happened_happens_again(lines: list[str]) -> None:
    segment = only(lines)
    assert segment.broken == 0
    assert len(segment.entries) == len(lines) - 1 > 20
    assert first_divergence(segment) is None


def where(lines: list[str], text: str) -> Iterator[int]:
    return (number for number, line in enumerate(lines[1:]) if text in line)


def test_an_event_that_was_another_is_found_at_once(lines: list[str]) -> None:
    number = next(where(lines, '"condition":"ready"'))
    divergence = first_divergence(changed(lines, number, '"ready"', '"missing"'))
    assert divergence is not None
    assert (divergence.number, divergence.outcome) == (number, Outcome.OTHER)


def test_an_effect_that_was_another_is_found_at_once(lines: list[str]) -> None:
    number = next(where(lines, '"Tell:DeviceNow"'))
    divergence = first_divergence(changed(lines, number, '"Tell:DeviceNow"', '"Tell:DeviceNow Tell:Came"'))
    assert divergence is not None
    assert (divergence.number, divergence.outcome) == (number, Outcome.OTHER)


def test_a_state_that_was_another_is_found(lines: list[str]) -> None:
    head = json.loads(lines[0])
    head["state"]["revision"] = 7
    divergence = first_divergence(only([json.dumps(head), *lines[1:]]))
    assert divergence is not None
    assert divergence.number == 0


def test_what_this_version_does_not_know_is_said_and_nothing_raises(lines: list[str]) -> None:
    number = len(lines) // 2
    segment = only([*lines[:number], '[1.0,2.0,0,["FlyingSaucer",{}],"q",""]', *lines[number:]])
    divergence = first_divergence(segment)
    assert divergence is not None
    assert (divergence.number, divergence.outcome) == (number - 1, Outcome.UNREADABLE)
    head = json.loads(lines[0])
    for part in ({"segment": 99}, {"state": {"wings": 2}}, {"state": None}):
        divergence = first_divergence(only([json.dumps(head | part), *lines[1:]]))
        assert divergence is not None
        assert divergence.outcome is Outcome.UNREADABLE


@pytest.mark.parametrize("line", ["", "{", "[1,2]", "null", "7", '["a","b",0,["x",{}],"q",""]'])
def test_a_line_that_is_damaged_is_counted_and_passed_over(lines: list[str], line: str) -> None:
    segment = only([*lines, line])
    assert segment.broken == 1
    assert first_divergence(segment) is None


def fallen(lines: list[str], kind: str) -> Segment:
    """The segment as if the reducer had fallen over its last event."""
    *rest, last = lines
    raw = json.loads(last)
    return only([*rest, json.dumps([*raw[:4], {"fell": kind, "at": ["circulation/step.py:12 in step"]}])])


def test_a_fall_that_was_mended_is_told(lines: list[str]) -> None:
    divergence = first_divergence(fallen(lines, "AssertionError"))
    assert divergence is not None
    assert divergence.outcome is Outcome.MENDED


def test_the_story_says_when_what_happened_and_what_followed(lines: list[str]) -> None:
    told = list(tell(only(lines)))
    assert all(agrees for _, agrees in told)
    text = "\n".join(line for line, _ in told)
    assert "DeviceChanged device=ils condition=ready" in text
    assert "-> Tell DeviceNow device=ils condition=ready" in text
    last = list(tell(fallen(lines, "AssertionError")))[-3:]
    assert [line.strip() for line, _ in last] == [
        f"!! {Outcome.MENDED}",
        "AssertionError",
        "circulation/step.py:12 in step",
    ]
    assert not last[0][1]
