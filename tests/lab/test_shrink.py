"""A violation is shrunk to its shortest story."""

from kiosk.lab.shrink import clause, smallest, spelt


def test_a_clause_is_a_violation_without_its_particulars() -> None:
    one = "p1: tag E004015012AB3F01 (39000001) was written C2 at 11.5 ms: the ILS had not lent it"
    other = "p1: tag E0040150D01E9913 (39000003) was written C2 at 7 ms: the ILS had not lent it"
    assert clause(one) == clause(other)
    assert clause(one) != clause(
        "p1: tag E0040150D01E9913 (39000003) was written C2 at 7 ms: it carries no item"
    )


def test_what_is_left_out_is_spelt_in_short() -> None:
    assert spelt(["v1", "v3", "v2", "f7", "v9"]) == "v1-3,v9,f7"
    assert spelt([]) == ""


def test_only_what_a_violation_needs_is_left() -> None:
    """It needs 3 and 17 together; every try is told."""
    tried: list[int] = []

    def fails(kept: list[int]) -> bool:
        tried.append(len(kept))
        return {3, 17} <= set(kept)

    assert smallest(list(range(20)), fails) == [3, 17]
    assert len(tried) < 60


def test_where_nothing_is_needed_nothing_is_left() -> None:
    assert smallest([1, 2, 3], lambda _: True) == []
    assert smallest([1], lambda _: False) == [1]
