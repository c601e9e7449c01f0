"""The laboratory's runs: `kiosk lab --seed N | --seeds A-B`. One seed is one day, the same each time."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.lab import ledger
from kiosk.lab.runs import SeedResult, play_seed, run_seed, unlogged
from kiosk.lab.shrink import shrunk
from kiosk.lab.tell import tell

SHARE = 10
"""Seeds that a process takes at once."""

SHRUNK = 3
"""Seeds whose violations are shrunk to their shortest stories, at most: each takes some seconds."""


@dataclass
class Totals:
    """What came of many runs. `seconds` they took in `jobs` processes."""

    runs: int = 0
    sessions: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    broken: dict[int, tuple[str, ...]] = field(default_factory=dict)
    seconds: float = 0.0
    jobs: int = 1

    @property
    def violations(self) -> int:
        """How many there were."""
        return sum(map(len, self.broken.values()))

    @property
    def pace(self) -> float:
        """Sessions a second on one core."""
        return self.sessions / self.seconds / self.jobs if self.seconds else 0.0


def run_seeds(
    seeds: Sequence[int], *, jobs: int = 1, keep: Path | None = None, share: int = SHARE
) -> Iterator[SeedResult]:
    """Run many seeds, in order, in so many processes; each takes `share` of them at once."""
    if jobs < 2:
        yield from (run_seed(seed, keep) for seed in seeds)
        return
    pool = ProcessPoolExecutor(jobs)
    try:
        yield from pool.map(run_seed, seeds, [keep] * len(seeds), chunksize=share)
    finally:
        pool.shutdown(cancel_futures=True)


def main(argv: Sequence[str]) -> int:
    """Carry out `kiosk lab`; exit status 1 when a promise was broken."""
    given = _options().parse_args(argv)
    with unlogged():
        if given.story or given.without:
            result, played = play_seed(given.seeds[0], given.keep, given.without)
            if given.story:
                print("\n".join(tell(played)))
            return report(total([result]))
        began = time.perf_counter()
        share = 1 if given.first else SHARE
        results = run_seeds(given.seeds, jobs=given.jobs, keep=given.keep, share=share)
        totals = total(results, first=given.first)
        totals.seconds, totals.jobs = time.perf_counter() - began, given.jobs
        for seed in [] if given.unshrunk else list(totals.broken)[:SHRUNK]:
            print("\n".join(shrunk(seed)), flush=True)
    status = report(totals)
    if given.ledger is not None:
        seeds = f"{given.seeds[0]}-{given.seeds[0] + totals.runs - 1}"
        entry = ledger.Entry(
            commit=given.commit or ledger.commit(),
            seeds=seeds,
            days=totals.runs,
            sessions=totals.sessions,
            violations=totals.violations,
            seconds=round(totals.seconds, 1),
            jobs=totals.jobs,
            faults=dict(sorted(totals.faults.items())),
        )
        ledger.append(given.ledger, entry)
    return status


def total(results: Iterable[SeedResult], *, first: bool = False) -> Totals:
    """Add up runs, and print each violation as it is found. `first`: stop at the first one."""
    totals = Totals()
    for result in results:
        totals.runs += 1
        totals.sessions += result.sessions
        totals.faults.update(result.faults)
        if result.violations:
            totals.broken[result.seed] = result.violations
        for sentence in result.violations:
            print(f"seed {result.seed}: {sentence}", flush=True)
        if first and result.violations:
            break
    return totals


def report(totals: Totals) -> int:
    """Print what came of the runs; returns the exit status."""
    print(f"sessions: {totals.sessions}")
    if totals.seconds:
        print(f"sessions a second on each of {totals.jobs} cores: {totals.pace:.0f}")
    for name, count in sorted(totals.faults.items()):
        print(f"{count:8} {name}")
    print(f"runs: {totals.runs}")
    print(f"faults: {sum(totals.faults.values())}")
    print(f"violations: {totals.violations}")
    return 1 if totals.broken else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kiosk lab", description="Days with faults, drawn from seeds.")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--seed", dest="seeds", type=_one, metavar="N", help="one day")
    which.add_argument("--seeds", type=_range, metavar="A-B", help="many days, both ends included")
    parser.add_argument("--story", action="store_true", help="tell the (first) day in readable lines")
    parser.add_argument(
        "--without", type=_labels, default=(), metavar="v3,f2", help="leave out these visits and faults"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the evidence in DIR/seed-N")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="how many processes (1)")
    parser.add_argument("--first", action="store_true", help="stop at the first violation")
    parser.add_argument("--unshrunk", action="store_true", help="do not look for the shortest stories")
    parser.add_argument("--ledger", type=Path, metavar="FILE", help="add a line with the totals to FILE")
    parser.add_argument("--commit", default="", metavar="ID", help="what was run, for the ledger")
    return parser


def _labels(text: str) -> tuple[str, ...]:
    """`v1-9,v12,f3`: visits and faults by their numbers, and runs of them."""
    found: list[str] = []
    for part in text.split(","):
        kind, numbers = part[:1], part[1:]
        first, _, last = numbers.partition("-")
        if kind not in {"v", "f"} or not first.isdecimal() or not (last or first).isdecimal():
            raise argparse.ArgumentTypeError(f"{part!r}: must be like v3, f2 or v4-9")
        found += [f"{kind}{number}" for number in range(int(first), int(last or first) + 1)]
    return tuple(found)


def _one(text: str) -> range:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text}: must be a whole number")
    return range(int(text), int(text) + 1)


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    seeds = range(_one(first)[0], _one(last or first)[-1] + 1)
    if not seeds:
        raise argparse.ArgumentTypeError(f"no seed lies in {text}")
    return seeds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
