"""A violation's shortest story: visits and faults are left out of the day as long as it remains."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from kiosk.lab.days import draw
from kiosk.lab.plans import Plan
from kiosk.lab.runs import play
from kiosk.lab.tell import tell

T = TypeVar("T")

_PARTICULAR = re.compile(r"E0[0-9A-F]{14}|\d+(?:\.\d+)?|'[^']*'|\[[^]]*\]")

TRIES = 400
"""Days that are played for one violation, at most."""


def clause(sentence: str) -> str:
    """What a violation breaks, without the items, tags and moments that it names."""
    return _PARTICULAR.sub("#", sentence)


def shrunk(seed: int) -> list[str]:
    """The shortest story that was found for the first violation of a seed, and how to run it again."""
    plan = draw(seed)
    result, _ = play(plan)
    if not result.violations:
        return [f"seed {seed}: nothing is wrong when it is played again"]
    wanted = clause(result.violations[0])
    shortest = _Search(wanted).shortest(plan)
    result, played = play(shortest)
    left = (
        f"{len(shortest.people)} of {len(plan.people)} visits, {len(shortest.faults)} of {len(plan.faults)}"
    )
    return [
        f"---- seed {seed}, its shortest story: {left} faults ----",
        *tell(played),
        *(f"seed {seed}: {sentence}" for sentence in result.violations),
        f"again: kiosk lab --seed {seed} --without {spelt(shortest.cut_out)} --story",
        "",
    ]


class _Search:
    """Looks for a smaller day in which a clause is still broken."""

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self._tries = 0

    def shortest(self, plan: Plan) -> Plan:
        """The smallest day that was found: nothing more can be left out of it."""
        while True:
            before = plan
            plan = self._fewer(plan, [person.label for person in plan.people])
            plan = self._fewer(plan, [fault.label for fault in plan.faults])
            if plan == before:
                return plan

    def _fewer(self, plan: Plan, labels: list[str]) -> Plan:
        def without_others(kept: list[str]) -> Plan:
            return plan.without(set(labels) - set(kept))

        return without_others(smallest(labels, lambda kept: self._still(without_others(kept))))

    def _still(self, plan: Plan) -> bool:
        self._tries += 1
        if self._tries > TRIES:
            return False
        result, _ = play(plan)
        return self._wanted in map(clause, result.violations)


def smallest(things: Sequence[T], fails: Callable[[list[T]], bool]) -> list[T]:
    """As few of these as still fail (delta debugging): pieces are left out as long as it does, first half of
    them, in the end each for itself."""
    kept = list(things)
    size = max(1, len(kept) // 2)
    while True:
        place = 0
        while place < len(kept):
            fewer = kept[:place] + kept[place + size :]
            if fails(fewer):
                kept = fewer
            else:
                place += size
        if size == 1:
            return kept
        size //= 2


def spelt(labels: Iterable[str]) -> str:
    """Labels as `--without` takes them, runs of numbers in short."""
    parts = []
    for kind in "vf":
        numbers = sorted({int(label[1:]) for label in labels if label[0] == kind})
        while numbers:
            last = next((n for n in range(len(numbers)) if numbers[n] != numbers[0] + n), len(numbers))
            run, numbers = numbers[:last], numbers[last:]
            parts.append(f"{kind}{run[0]}" if len(run) == 1 else f"{kind}{run[0]}-{run[-1]}")
    return ",".join(parts)
