"""The ring keeps the last hours and no more, never makes anybody wait, and fails alone."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kiosk.circulation.events import GateAlarmed, Moment, Stamped
from kiosk.circulation.policy import Policy
from kiosk.circulation.reports import CardShown, DeviceChanged
from kiosk.circulation.state import State
from kiosk.circulation.step import initial, step
from kiosk.circulation.values import Condition, Device, PatronId
from kiosk.lab.loop import run
from kiosk.recorder import RecorderSettings, lines_of, paths_of
from kiosk.recorder.recorder import PRUNE_S, WRITE_S, FlightRecorder
from tests.recorder.recorded import (
    WALL,
    at_once,
    record,
    recorder_in,
    segments_in,
    steps_of,
    text_of,
)

HOUR = 3600.0

STEPS = steps_of(1, acts=40)


def let_happen(
    recorder: FlightRecorder, *moments: float, state: State | None = None, event: Any = None
) -> State:
    """The gate sounds at these moments, in seconds before now."""
    state = state or initial(Policy())
    for before in moments:
        stamped = Stamped(Moment(1e6 - before, WALL - before), state.epoch, event or GateAlarmed())
        after, effects = step(state, stamped)
        recorder.stepped(state, stamped, after, effects)
        state = after
    return state


def test_what_was_recorded_is_on_the_disk_a_second_later(tmp_path: Path) -> None:
    async def story() -> None:
        recorder = recorder_in(tmp_path)
        work = asyncio.create_task(recorder.run())
        let_happen(recorder, 3.0, 2.0)
        assert not paths_of(tmp_path)
        await asyncio.sleep(WRITE_S + 0.1)
        # nobody has closed it: what stands there can be read all the same
        assert [len(segment.entries) for segment in segments_in(tmp_path)] == [2]
        await asyncio.sleep(PRUNE_S + 0.1)
        let_happen(recorder, 1.0)
        await asyncio.sleep(WRITE_S + 0.1)
        assert [len(segment.entries) for segment in segments_in(tmp_path)] == [2, 1]
        let_happen(recorder, 0.5)
        work.cancel()

    run(story())
    # the last moments are written when the desk ends
    assert [len(segment.entries) for segment in segments_in(tmp_path)] == [2, 1, 1]


def test_the_power_takes_what_was_not_written(tmp_path: Path) -> None:
    async def story() -> None:
        recorder = recorder_in(tmp_path)
        work = asyncio.create_task(recorder.run())
        state = let_happen(recorder, 3.0, 2.0)
        await asyncio.sleep(WRITE_S + 0.1)
        let_happen(recorder, 1.0, state=state)
        recorder.abandon()
        work.cancel()

    run(story())
    assert [len(segment.entries) for segment in segments_in(tmp_path)] == [2]


def test_a_power_cut_leaves_what_was_written(tmp_path: Path) -> None:
    record(tmp_path, STEPS[:50])
    [path] = paths_of(tmp_path)[:1]
    whole = list(lines_of(path))
    path.write_bytes(path.read_bytes()[:-20])
    left = list(lines_of(path))
    assert left[:-1] == whole[: len(left) - 1]
    assert len(left) > len(whole) / 2


def test_each_half_hour_begins_a_segment_at_a_quiet_moment(tmp_path: Path) -> None:
    recorder = recorder_in(tmp_path)
    state = initial(Policy())
    for device in Device:
        state = let_happen(recorder, 2 * HOUR, state=state, event=DeviceChanged(device, Condition.READY))
    state = let_happen(recorder, 1.9 * HOUR, state=state, event=CardShown(PatronId("21000001")))
    assert state.session is not None
    state = let_happen(recorder, 1.0 * HOUR, state=state)
    assert state.session is not None
    asyncio.run(recorder.close())
    assert len(paths_of(tmp_path)) == 1, "a session is not cut in two"
    let_happen(recorder, 0.3 * HOUR, 0.1 * HOUR, 0.0, state=replace(state, session=None))
    asyncio.run(recorder.close())
    assert [len(segment.entries) for segment in segments_in(tmp_path)] == [len(Device) + 2, 3]


def test_what_is_older_than_the_hours_goes_also_when_nobody_comes(tmp_path: Path) -> None:
    record(tmp_path, [])
    for before in (9.0, 8.5, 1.0):
        recorder = recorder_in(tmp_path, hours=100)
        let_happen(recorder, before * HOUR)
        asyncio.run(recorder.close())
    assert len(paths_of(tmp_path)) == 3

    async def story() -> None:
        work = asyncio.create_task(recorder_in(tmp_path, hours=8).run())
        await asyncio.sleep(0)
        work.cancel()

    asyncio.run(story())
    assert [segment.entries[0].when.wall for segment in segments_in(tmp_path)] == [WALL - HOUR]


def test_the_oldest_go_when_all_are_too_large(tmp_path: Path) -> None:
    for number in range(5):
        old = tmp_path / f"{number:08}.jsonl.gz"
        old.write_bytes(bytes(400_000))
    recorder = recorder_in(tmp_path, megabytes=1)
    let_happen(recorder, 0.0)
    asyncio.run(recorder.close())
    assert [path.name[:8] for path in paths_of(tmp_path)] == ["00000005"], "and what nobody can date"


def test_hours_0_keeps_nothing(tmp_path: Path) -> None:
    record(tmp_path, STEPS[:50])
    assert paths_of(tmp_path)
    recorder = record(tmp_path, STEPS[:50], hours=0)
    assert not recorder.on

    async def story() -> None:
        work = asyncio.create_task(recorder.run())
        await asyncio.sleep(0)
        work.cancel()

    asyncio.run(story())
    assert not paths_of(tmp_path)


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    record(tmp_path / "ring", STEPS[:50])
    assert (tmp_path / "ring").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in paths_of(tmp_path / "ring"))


class Refusing:
    """A disk that takes nothing."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, fn: Callable[..., Any], /, *args: Any) -> Any:
        self.asked += 1
        raise OSError(28, "No space left on device")


def test_a_full_disk_switches_it_off_with_one_line_and_nobody_notices(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disk = Refusing()
    recorder = FlightRecorder(tmp_path, RecorderSettings(), version="1", run_blocking=disk, wall=lambda: WALL)

    async def story() -> None:
        work = asyncio.create_task(recorder.run())
        await asyncio.sleep(0)
        let_happen(recorder, 1.0, 0.0)
        await recorder.close()
        await recorder.close()
        work.cancel()

    with caplog.at_level(logging.WARNING):
        asyncio.run(story())
    assert not recorder.on
    [line] = [record.getMessage() for record in caplog.records]
    assert line == "K-REC-001: the flight recorder is off until the next start: No space left on device"


def test_a_broken_folder_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "recorder").write_text("not a folder")
    recorder = record(tmp_path / "recorder", STEPS[:20])
    assert not recorder.on
    assert "K-REC-001" in caplog.text


def test_a_fault_of_its_own_is_no_fault_of_the_desk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    recorder = recorder_in(tmp_path)
    state = initial(Policy())
    recorder.stepped(state, Stamped(Moment(1.0, WALL), 0, "Anna Kern"), state, ())  # type: ignore[arg-type]
    recorder.stepped(state, Stamped(Moment(1.0, WALL), 0, GateAlarmed()), state, ())
    asyncio.run(recorder.close())
    assert not recorder.on
    assert not paths_of(tmp_path)
    assert caplog.text.count("K-REC-001") == 1
    assert "Anna" not in caplog.text


def test_an_error_of_the_reducer_is_the_last_event_and_quotes_nothing(tmp_path: Path) -> None:
    steps = STEPS[:30]
    recorder = recorder_in(tmp_path)
    for each in steps:
        recorder.stepped(*each)
    _, stamped, after, _ = steps[-1]

    def choke() -> None:
        try:
            {}["21000001"]
        except KeyError as error:
            raise ValueError("Anna Kern, born on a Monday") from error

    with pytest.raises(ValueError, match="Anna") as caught:
        choke()
    recorder.fell(after, stamped, caught.value)
    recorder.stepped(*steps[0])
    asyncio.run(recorder.close())
    first, second = segments_in(tmp_path)
    fall = first.entries[-1].fall
    assert fall is not None
    assert fall.kind == "ValueError"
    assert any(place.startswith("recorder/test_ring.py:") and "in choke" in place for place in fall.places)
    assert len(second.entries) == 1
    assert "Anna" not in text_of(tmp_path)
    assert "21000001" not in text_of(tmp_path)


def test_two_desks_after_each_other_share_the_ring(tmp_path: Path) -> None:
    for _ in range(2):
        record(tmp_path, STEPS[:30])
    first, second = segments_in(tmp_path)
    assert len(first.entries) == len(second.entries) == 30
    assert asyncio.run(at_once(len, paths_of(tmp_path))) == 2
