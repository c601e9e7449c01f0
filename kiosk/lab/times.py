"""Things that happened, in order of time, found by when they did."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

from kiosk.lab.evidence import Evidence


class OutOfReach(Exception):
    """What a verdict needs is not in this folder."""


_Part = TypeVar("_Part")


def reach(part: _Part | None, name: str) -> _Part:
    """A part of the evidence.

    Raises:
        OutOfReach: it is not there.
    """
    if part is None:
        raise OutOfReach(f"there is no {name}")
    return part


class Timed(Protocol):
    """Something with its moment."""

    @property
    def ms(self) -> float:
        """Milliseconds since the run began."""


_T = TypeVar("_T", bound=Timed)
_K = TypeVar("_K", bound=Hashable)

_MS = attrgetter("ms")


class Times(Generic[_T]):
    """A few things of one kind, in order of time."""

    __slots__ = ("_at", "all")

    def __init__(self, things: Iterable[_T] = ()) -> None:
        self.all: Sequence[_T] = sorted(things, key=_MS)
        self._at = [each.ms for each in self.all]

    def __iter__(self) -> Iterator[_T]:
        return iter(self.all)

    def __bool__(self) -> bool:
        return bool(self.all)

    def within(self, since: float = -math.inf, until: float = math.inf) -> Sequence[_T]:
        """Those in a stretch of time, both ends included."""
        return self.all[bisect_left(self._at, since) : bisect_right(self._at, until)]

    def last(self, since: float = -math.inf, until: float = math.inf) -> _T | None:
        """The last one in a stretch of time."""
        number = bisect_right(self._at, until) - 1
        return self.all[number] if number >= 0 and self._at[number] >= since else None

    def first(self, since: float = -math.inf, until: float = math.inf) -> _T | None:
        """The first one in a stretch of time."""
        number = bisect_left(self._at, since)
        return self.all[number] if number < len(self._at) and self._at[number] <= until else None


class ByKey(Generic[_K, _T]):
    """Things of one kind by what they are about; none for a key that nothing is about."""

    __slots__ = ("_none", "_of")

    def __init__(self, things: Iterable[_T], key: Callable[[_T], _K]) -> None:
        found: dict[_K, list[_T]] = defaultdict(list)
        for each in things:
            found[key(each)].append(each)
        self._of: Mapping[_K, Times[_T]] = {name: Times(each) for name, each in found.items()}
        self._none: Times[_T] = Times()

    def __getitem__(self, key: _K) -> Times[_T]:
        return self._of.get(key, self._none)

    def __iter__(self) -> Iterator[_K]:
        return iter(self._of)


class Side:
    """One side of the case: a part of its evidence, with the questions that verdicts ask of it."""

    evidence: Evidence
