"""`python -m tests.rfid.fuzz --inputs N --ledger FILE`: any bytes into the decoders of tags.

Half of the inputs are sound tags that were damaged, half are noise of 6 to 300 bytes. With `--noise SIZE` all
are noise of that size, and it says how many of them were believed to be a library's tag. Each process is a
seed of its own, and an input that breaks something is left in `build/fuzz`. What must hold is
`tests.rfid.garbage_tags.judge`; besides, noise of 16 bytes and more must never be believed.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from kiosk.lab import ledger
from tests.rfid.garbage_tags import RULES, Input, inputs, judge

FOLDER = Path("build/fuzz")
SEED_LIMIT = 1 << 31
ENGINE = "mutation"
NEVER_BELIEVED = 16
"""Bytes of noise from which on one that is believed is a violation."""


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; status 1 when something was broken."""
    given = _options().parse_args(argv)
    if given.seed is not None:
        return _play(given.inputs, given.seed, given.noise, given.folder)
    began = time.monotonic()
    share = -(-given.inputs // given.jobs)
    first = given.first if given.first is not None else time.time_ns() % SEED_LIMIT
    command = [sys.executable, "-m", "tests.rfid.fuzz", "--inputs", str(share), "--noise", str(given.noise)]
    command += ["--folder", str(given.folder)]
    given.folder.mkdir(parents=True, exist_ok=True)
    runs = [subprocess.Popen([*command, "--seed", str(first + job)]) for job in range(given.jobs)]
    broken = sum(run.wait() != 0 for run in runs)
    played = share * (given.jobs - broken)
    seconds = round(time.monotonic() - began, 1)
    print(f"fuzz: {played} tags in {seconds} s, violations: {broken}")
    if given.ledger is not None:
        commit = given.commit or ledger.commit()
        what = f"tags (noise of {given.noise} bytes)" if given.noise else "tags"
        entry = ledger.Fuzzing(commit, what, ENGINE, played, broken, seconds, given.jobs)
        ledger.append(given.ledger, entry)
    return 1 if broken else 0


def _play(count: int, seed: int, noise: int, folder: Path) -> int:
    """One process; status 1 at the first input that breaks something."""
    rng = random.Random(seed)
    believed = {True: 0, False: 0}
    tags = (Input(rng.randbytes(noise), True) for _ in iter(int, 1)) if noise else inputs(seed)
    for given in islice(tags, count):
        try:
            hints = {} if noise or rng.random() < 0.7 else {"dsfid": rng.choice((0, 6, 0x3E)), "afi": 0xD7}
            rules = RULES[0] if given.noise else rng.choice(RULES)
            seen = judge(given, rules, **({} if given.noise else hints))
            believed[given.noise] += seen
            assert not (seen and given.noise and len(given.memory) >= NEVER_BELIEVED), "noise was believed"
        except BaseException:
            (folder / f"broken-tag-{seed}").write_bytes(given.memory)
            print(f"fuzz: seed {seed} broke something: {given.memory.hex().upper()}", file=sys.stderr)
            raise
    print(f"fuzz: seed {seed}, of {count} tags {believed[False]} were read, and noise {believed[True]} times")
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fuzz", description="Any bytes into the decoders of tags.")
    parser.add_argument("--inputs", type=int, default=100_000, metavar="N")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes, each with its share")
    parser.add_argument("--noise", type=int, default=0, metavar="SIZE", help="nothing but noise of that size")
    parser.add_argument(
        "--first", type=int, metavar="N", help="seed of the first process (default: the time)"
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, metavar="DIR")
    parser.add_argument("--ledger", type=Path, metavar="FILE", help="add a line with the total to FILE")
    parser.add_argument("--commit", default="", metavar="ID", help="what was run, for the ledger")
    parser.add_argument("--seed", type=int, help=argparse.SUPPRESS)  # one process of those above
    return parser


if __name__ == "__main__":
    sys.exit(main())
