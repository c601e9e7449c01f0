"""`python -m tests.sip2.fuzz --inputs N --ledger FILE`: any bytes into framer, conversation, codec, client.

Sound frames are damaged at random. With `--engine atheris` libFuzzer looks for inputs that reach new lines of
`kiosk.sip2`, and keeps them in `build/fuzz/sip2`. It has wheels for some machines only, so it is not among
what a developer needs, and lives in an environment of its own:

    python3 -m venv build/atheris && build/atheris/bin/pip install atheris==3.0.0

Each process is a seed of its own, and an input that breaks something is left in `build/fuzz`. What must hold
is `tests.sip2.garbage.hear`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

FOLDER = Path("build/fuzz")
ATHERIS = Path("build/atheris/bin/python")
SEED_LIMIT = 1 << 31


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; status 1 when something was broken."""
    given = _options().parse_args(argv)
    if given.seed is not None:
        return ENGINES[given.engine](given.inputs, given.seed, given.folder)
    engine = given.engine
    began = time.monotonic()
    share = -(-given.inputs // given.jobs)
    # the times differ, and with them what is tried: a run is worth another only if it tries something else
    first = given.first if given.first is not None else time.time_ns() % SEED_LIMIT
    python = str(ATHERIS) if engine == "atheris" else sys.executable
    command = [python, "-m", "tests.sip2.fuzz", "--engine", engine, "--inputs", str(share)]
    command += ["--folder", str(given.folder)]
    given.folder.mkdir(parents=True, exist_ok=True)
    runs = []
    for job in range(given.jobs):
        with (given.folder / f"log-{job}").open("wb") as log:  # what broke, and all that libFuzzer has to say
            runs.append(subprocess.Popen([*command, "--seed", str(first + job)], stderr=log))
    broken = sum(run.wait() != 0 for run in runs)
    if broken:
        print(f"fuzz: see {given.folder}/log-* and what lies beside them")
    played = share * (given.jobs - broken)
    seconds = round(time.monotonic() - began, 1)
    print(f"fuzz: {played} inputs in {seconds} s by {engine}, violations: {broken}")
    if given.ledger is not None:
        from kiosk.lab import ledger  # not above: what is imported before atheris is not watched by it

        commit = given.commit or ledger.commit()
        entry = ledger.Fuzzing(commit, "sip2", engine, played, broken, seconds, given.jobs)
        ledger.append(given.ledger, entry)
    return 1 if broken else 0


def _by_mutation(inputs: int, seed: int, folder: Path) -> int:
    from tests.sip2 import garbage

    understood = 0
    for data in islice(garbage.inputs(seed), inputs):
        try:
            understood += garbage.hear(data)
        except BaseException:
            (folder / f"broken-{seed}").write_bytes(data)
            raise
    print(f"fuzz: seed {seed}, {understood} messages understood in {inputs} inputs")
    return 0


def _by_atheris(inputs: int, seed: int, folder: Path) -> int:
    import atheris

    with atheris.instrument_imports(include=["kiosk.sip2"]):
        from tests.sip2 import garbage
    corpus = folder / "sip2"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(garbage.SOUND):
        (corpus / f"sound-{number:02}").write_bytes(b"\x80\xff" + frame)
    words = folder / "sip2.dict"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in garbage.TOKENS))
    options = [f"-runs={inputs}", f"-seed={seed}", f"-dict={words}", "-max_len=4096", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={folder}{os.sep}", str(corpus)], garbage.hear)
    atheris.Fuzz()  # ends the process
    return 0


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


ENGINES = {"mutation": _by_mutation, "atheris": _by_atheris}


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fuzz", description="Any bytes into the SIP2 codec.")
    parser.add_argument("--inputs", type=int, default=100_000, metavar="N")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes, each with its share")
    parser.add_argument("--engine", choices=ENGINES, default="mutation", help="default: mutation")
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
