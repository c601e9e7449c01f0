"""Stacks are measured with the real kiosk and the far sides as they are now."""

from pathlib import Path

import pytest

from benchmarks import floor, lift, readings, released, stack, tag
from benchmarks.setting import FEIG_TCP, M3, PCSC, Reader
from benchmarks.wire import within


def test_two_books_are_played_and_their_time_is_taken_apart(tmp_path: Path) -> None:
    (sample,) = stack.play(FEIG_TCP, 2, 0, 1, tmp_path)
    assert {each["what"] for each in sample.air} == {
        "round",
        "stay_quiet",
        "read",
        "write_afi",
        "system_information",
    }
    # each tag was read, written and read back once, in the very time that the standard has for it
    assert sum(each["what"] == "write_afi" for each in sample.air) == 2
    wrote = next(each for each in sample.air if each["what"] == "write_afi")
    assert abs(wrote["end"] - wrote["start"] - floor.write_afi_s(0.010)) < 1e-6
    parts = (sample.air_s, sample.wire_s, sample.rest_s, sample.cpu_s)
    assert all(part > 0 for part in parts)
    assert abs(sum(parts[:3]) - sample.seconds) < 1e-9
    names = [each.name for each in stack.taken_apart("stack/x/2/ils0", [sample])]
    assert names == [f"stack/x/2/ils0/{part}" for part in ("air", "wire", "rest", "cpu")]


def test_what_overlaps_counts_once_and_what_lies_outside_not_at_all() -> None:
    spans = [(0.0, 2.0), (1.0, 3.0), (1.5, 1.6), (5.0, 9.0)]
    assert within(spans, 0.5, 6.0) == 2.5 + 1.0
    assert within([], 0.0, 1.0) == 0.0


def test_a_lift_is_told_of_once(tmp_path: Path) -> None:
    (took,) = lift.lifts(FEIG_TCP, 1, 1, tmp_path)
    assert took > 0


def test_a_heap_is_released_without_a_desk(tmp_path: Path) -> None:
    used = released.releases(FEIG_TCP, 2, 2, tmp_path)
    assert len(used) == 2
    assert all(cpu > 0 and air > 2 * floor.write_afi_s(0.010) for cpu, air in used)


@pytest.mark.parametrize(("reader", "ways"), [(M3, 2), (PCSC, 3)])
def test_two_tags_are_read_in_each_way_that_a_reader_knows(reader: Reader, ways: int, tmp_path: Path) -> None:
    took = readings.readings(reader, 2, 1, tmp_path)
    assert len(took) == ways
    assert took["block-by-block"][0] > took["blocks-at-once"][0]


@pytest.mark.parametrize("reader", [M3, PCSC])
def test_other_readers_have_a_floor_too(reader: Reader, tmp_path: Path) -> None:
    (sample,) = stack.play(reader, 1, 0, 1, tmp_path)
    assert 0 < sample.air_floor_s <= sample.floor_s
    assert (sample.line_s > 0) == (reader is M3)


def test_every_memory_is_decoded_as_what_it_is() -> None:
    names = [each.name for each in tag.rows(1)]
    assert "tag/decode/iso28560-2" in names
    assert len(set(names)) == len(names)
