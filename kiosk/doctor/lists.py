"""What the lists of a 64 tell of an ILS: how it counts holds, and what it makes of a window. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

HoldCounting = Literal["waiting", "all"]
Windows = Literal["exact", "off-by-one", "ignored"]


def hold_counting(
    count: int | None, listed: Sequence[str], later_count: int | None, later: Sequence[str]
) -> HoldCounting | None:
    """What the hold count is of; None where these holds cannot tell.

    Args:
        count: the hold count of a 64.
        listed: its list AS.
        later_count: the count of unavailable holds.
        later: the list CD.
    """
    if count is not None and later_count and count < later_count:
        return "waiting"  # all of them would be as many at least
    if not later:
        return None
    if set(later) <= set(listed):
        return "all"
    if set(later).isdisjoint(listed) and (listed or count == 0):
        return "waiting"
    return None


def windows(everything: Sequence[str], first: Sequence[str], second: Sequence[str]) -> Windows | None:
    """What came of BP1 BQ1 (`first`) and BP2 BQ2 (`second`) of a list of two entries at least; None: nothing
    that anybody could make something of."""
    got = (list(first), list(second))
    whole = list(everything)
    if got == (whole[:1], whole[1:2]):
        return "exact"
    if got == (whole[:2], whole[1:3]):
        return "off-by-one"
    if got == (whole, whole):
        return "ignored"
    return None
