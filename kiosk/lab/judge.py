"""The judge of the nine promises (DESIGN, section 5).

It reads only the evidence folder and the kiosk's data folder: far sides, files on the disk, what the
screen showed. Each promise is judged alone: true when nothing broke it (also where nothing tempted
it), false with a sentence for each breach, None when what it needs is out of reach. A breach that can
be seen counts even where the rest is out of reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kiosk.lab import folder as files
from kiosk.lab.canaries import p6
from kiosk.lab.case import Case, OutOfReach, Rules
from kiosk.lab.evidence import Evidence
from kiosk.lab.leaking import p9
from kiosk.lab.lending import p1, p3, p4
from kiosk.lab.poisoned import p5
from kiosk.lab.showing import p2, p7, p8

Promise = Callable[[Case], Iterator[str]]
"""Yields a sentence for each breach; raises `OutOfReach` when it cannot go on."""

PROMISES: Mapping[str, Promise] = {
    "p1": p1,
    "p2": p2,
    "p3": p3,
    "p4": p4,
    "p5": p5,
    "p7": p7,
    "p8": p8,
    "p9": p9,
}
"""The promises that the evidence folder alone decides."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach: what is wrong, and where."""

    promise: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.promise}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`promises` as `result.json` wants them; `findings` say what broke those that are false, and
    `missing` what those would need that are None."""

    promises: Mapping[str, bool | None]
    findings: tuple[Finding, ...]
    missing: tuple[Finding, ...]

    @property
    def broken(self) -> tuple[str, ...]:
        """The promises that are false."""
        return tuple(name for name, kept in self.promises.items() if kept is False)


def judge(folder: Path, data: Path, rules: Rules | None = None) -> Verdict:
    """Judge one run: `folder` is its evidence, `data` the kiosk's data folder.

    Raises:
        ValueError, KeyError, TypeError: a file of the folder is not what `folder.write` writes.
    """
    return decide(files.read(folder), data, rules)


def decide(evidence: Evidence, data: Path, rules: Rules | None = None) -> Verdict:
    """The same for evidence that was not written to files."""
    case = Case(evidence, rules or Rules())
    promises: dict[str, Promise] = dict(PROMISES)
    promises["p6"] = lambda case: p6(case.evidence.canaries, data)
    verdicts: dict[str, bool | None] = {}
    findings: list[Finding] = []
    missing: list[Finding] = []
    for name in sorted(promises):
        breaches: list[str] = []
        reached = True
        try:
            breaches.extend(promises[name](case))
        except OutOfReach as reason:
            reached = False
            missing.append(Finding(name, str(reason)))
        findings.extend(Finding(name, sentence) for sentence in breaches)
        verdicts[name] = False if breaches else (True if reached else None)
    return Verdict(verdicts, tuple(findings), tuple(missing))
