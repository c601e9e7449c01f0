"""Playing one seed and judging it: in memory, without a file but the kiosk's own."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.lab import folder as files
from kiosk.lab.days import draw
from kiosk.lab.judge import decide
from kiosk.lab.makes import rules_of
from kiosk.lab.plans import Plan
from kiosk.lab.played import Played
from kiosk.lab.rest import at_the_end
from kiosk.lab.story import Story

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder with a random name is made in it
"""The kiosk's data lies here where there is such a folder: it is read once and thrown away."""


@dataclass(frozen=True, slots=True)
class SeedResult:
    """What one seed showed: the names of the faults that struck, a sentence for each violation, and how many
    sessions the kiosk had."""

    seed: int
    faults: tuple[str, ...]
    violations: tuple[str, ...]
    sessions: int = 0


def run_seed(seed: int, keep: Path | None = None) -> SeedResult:
    """Play one seed and judge it. Its evidence stays in `keep/seed-N` if that is wanted."""
    return play(draw(seed), keep)[0]


def play_seed(
    seed: int, keep: Path | None = None, without: Collection[str] = ()
) -> tuple[SeedResult, Played]:
    """Like `run_seed`, with what was played; `without` these visits and faults (`Plan.without`)."""
    return play(draw(seed).without(without), keep)


def play(plan: Plan, keep: Path | None = None) -> tuple[SeedResult, Played]:
    """Play a day and judge it."""
    with _folder(plan.seed, keep) as folder, _uncollected():
        played = Story(plan, folder).play()
        verdict = decide(played.evidence, folder / "data", rules_of(plan))
        violations = (*played.wrong, *map(str, verdict.findings), *at_the_end(played))
        if keep is not None:
            assert played.evidence.result is not None
            result = replace(played.evidence.result, ok=not violations, promises=verdict.promises)
            files.write(folder, replace(played.evidence, result=result))
        return SeedResult(plan.seed, played.faults, violations, played.sessions), played


@contextlib.contextmanager
def _folder(seed: int, keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        folder = keep / f"seed-{seed}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        yield folder
        return
    where = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="kiosk-lab-", dir=where) as made:
        yield Path(made)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector: a day makes few cycles, and looking for them in all its evidence again
    and again takes a tenth of the time. They are collected after each day."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextlib.contextmanager
def unlogged() -> Iterator[None]:
    """Trouble with devices is what happens here: nobody wants to read of it in the log."""
    logger = logging.getLogger("kiosk")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
