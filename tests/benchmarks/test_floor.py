"""The floor that stacks are measured against: its arithmetic, by hand and by the clauses' own numbers."""

import math

import pytest

from benchmarks import floor
from benchmarks.floor import Inventory, schedule
from benchmarks.rows import row
from benchmarks.stack import inventories, writes_while_asking

READ = floor.exchange_s(*floor.READ)
VERIFY = floor.exchange_s(*floor.SYSTEM_INFORMATION)
WRITE = floor.write_afi_s(0.010)


@pytest.mark.parametrize(
    ("what", "ms"),
    [
        (floor.exchange_s(5, 12), 6.19),  # an inventory of one tag, in one slot
        (READ, 15.85),
        (VERIFY, 9.81),
        (floor.write_afi_s(0.0), 5.88),
        (floor.write_afi_s(0.020), 25.8),
        (floor.inventory_bound(10)[0].seconds, 47.2),
        (floor.inventory_bound(20)[0].seconds, 92.8),
    ],
)
def test_times_of_the_air(what: float, ms: float) -> None:
    assert 1000 * what == pytest.approx(ms, abs=0.06)


def test_one_tag_is_named_read_asked_written_and_proved() -> None:
    took = schedule([Inventory(0.014, 1)], ils_s=0.05, write_s=0.010)
    assert took == pytest.approx(0.014 + READ + 0.05 + WRITE + VERIFY)


def test_with_a_quick_ils_the_air_is_all_that_counts() -> None:
    took = schedule([Inventory(0.08, 10)], ils_s=0.0, write_s=0.010)
    assert took == pytest.approx(0.08 + 10 * (READ + WRITE + VERIFY))


def test_with_a_slow_ils_only_the_first_read_and_the_last_proof_count_besides_it() -> None:
    took = schedule([Inventory(0.08, 10)], ils_s=0.25, write_s=0.010)
    assert took == pytest.approx(0.08 + READ + 10 * 0.25 + WRITE + VERIFY)


def test_a_second_inventory_comes_when_the_air_has_nothing_better_to_do() -> None:
    took = schedule([Inventory(0.08, 1), Inventory(0.02, 1)], ils_s=0.0, write_s=0.010)
    assert took == pytest.approx(0.10 + 2 * (READ + WRITE + VERIFY))


def test_nothing_takes_no_time() -> None:
    assert schedule([], ils_s=0.25, write_s=0.010) == 0.0


def test_the_rounds_of_the_record_are_those_that_named_somebody_new() -> None:
    def played(what: str, start: float, end: float, *tags: str, mask: int = 0) -> dict[str, object]:
        return {"what": what, "start": start, "end": end, "tags": list(tags), "mask": mask}

    air = [
        played("round", 0.00, 0.01),
        played("round", 0.01, 0.04, "A"),
        played("round", 0.04, 0.05, "B", mask=4),
        played("stay_quiet", 0.05, 0.06, "A"),
        played("stay_quiet", 0.06, 0.07, "B"),
        played("read", 0.07, 0.08, "A"),
        played("round", 0.08, 0.09),
        played("round", 0.09, 0.12, "B", "C"),
    ]
    found = inventories(air)
    assert [each.named for each in found] == [2, 1]
    assert math.isclose(found[0].seconds, 0.06)
    assert math.isclose(found[1].seconds, 0.03)


def test_a_write_counts_as_pipelined_when_the_ils_was_asked_all_the_while() -> None:
    air = [{"what": "write_afi", "start": start, "end": start + 0.016, "tags": ["A"]} for start in (1.0, 2.0)]
    asked = [
        {"t": 0.99, "answered": 1.04, "request": "11NN"},
        {"t": 1.99, "answered": 2.01, "request": "11NN"},
        {"t": 1.9, "answered": 2.9, "request": "9900"},
    ]
    assert writes_while_asking(air, asked) == 1


def test_a_ratio_is_the_median_of_pairs() -> None:
    figure = row("x", "ms", [10.0, 30.0, 50.0], references=[10.0, 20.0, 50.0], reference_name="floor")
    assert (figure.value, figure.reference, figure.ratio) == (30.0, 20.0, 1.0)
    assert row("y", "ms", [1.0]).ratio is None
