"""The laboratory's runs: `kiosk lab --seed N | --seeds A-B`. One seed is one story, the same each time."""

from __future__ import annotations

import argparse
import contextlib
import logging
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.lab import folder as files
from kiosk.lab.faults import draw
from kiosk.lab.judge import judge
from kiosk.lab.rest import hanging
from kiosk.lab.story import Played, Story
from kiosk.lab.tell import tell

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder with a random name is made in it
"""Evidence is written here where there is such a folder: it is read once and thrown away."""

SHARE = 10
"""Seeds that a process takes at once."""


@dataclass(frozen=True, slots=True)
class SeedResult:
    """What one seed showed: the names of the faults that struck, and a sentence for each violation."""

    seed: int
    faults: tuple[str, ...]
    violations: tuple[str, ...]


def run_seed(seed: int, keep: Path | None = None) -> SeedResult:
    """Play one seed and judge it. Its evidence stays in `keep/seed-N` if that is wanted."""
    return play_seed(seed, keep)[0]


def play_seed(seed: int, keep: Path | None = None) -> tuple[SeedResult, Played]:
    """Like `run_seed`, with what was played."""
    where = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="kiosk-lab-", dir=where) as made:
        folder = Path(made)
        if keep is not None:
            folder = keep / f"seed-{seed}"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        played = Story(draw(seed), folder).play()
        files.write(folder, played.evidence)
        verdict = judge(folder, folder / "data")
        violations = (
            *played.wrong,
            *map(str, verdict.findings),
            *hanging(played.evidence, played.brought_back),
        )
        assert played.evidence.result is not None
        result = replace(played.evidence.result, ok=not violations, promises=verdict.promises)
        files.write_result(folder, result)
        return SeedResult(seed, played.faults, violations), played


def run_seeds(seeds: Sequence[int], *, jobs: int = 1, keep: Path | None = None) -> Iterator[SeedResult]:
    """Run many seeds, in order, in so many processes."""
    if jobs < 2:
        yield from (run_seed(seed, keep) for seed in seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(run_seed, seeds, [keep] * len(seeds), chunksize=SHARE)


def main(argv: Sequence[str]) -> int:
    """Carry out `kiosk lab`; exit status 1 when a promise was broken."""
    given = _options().parse_args(argv)
    with _unlogged():
        if given.story:
            result, played = play_seed(given.seeds[0], given.keep)
            print("\n".join(tell(played)))
            return report([result])
        return report(run_seeds(given.seeds, jobs=given.jobs, keep=given.keep), first=given.first)


@contextlib.contextmanager
def _unlogged() -> Iterator[None]:
    """Trouble with devices is what happens here: nobody wants to read of it in the log."""
    logger = logging.getLogger("kiosk")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def report(results: Iterable[SeedResult], *, first: bool = False) -> int:
    """Print what came of the runs; returns the exit status. `first`: stop at the first violation."""
    runs = broken = 0
    faults: Counter[str] = Counter()
    for result in results:
        runs += 1
        faults.update(result.faults)
        broken += len(result.violations)
        for sentence in result.violations:
            print(f"seed {result.seed}: {sentence}", flush=True)
        if first and broken:
            break
    for name, count in sorted(faults.items()):
        print(f"{count:8} {name}")
    print(f"runs: {runs}")
    print(f"faults: {sum(faults.values())}")
    print(f"violations: {broken}")
    return 1 if broken else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kiosk lab", description="Stories with faults, drawn from seeds.")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--seed", dest="seeds", type=_one, metavar="N", help="one story")
    which.add_argument("--seeds", type=_range, metavar="A-B", help="many stories, both ends included")
    parser.add_argument("--story", action="store_true", help="tell the (first) story in readable lines")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the evidence in DIR/seed-N")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="how many processes (1)")
    parser.add_argument("--first", action="store_true", help="stop at the first violation")
    return parser


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
