"""The ledger of the laboratory: one line of JSON for each run that was worth keeping.

`kiosk lab ... --ledger FILE` adds a line; `kiosk.lab.ledger.section` adds them up by commit, for
docs/reliability.md.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

UNKNOWN = "unknown"
"""What stands for a commit that nobody named, outside a repository."""


INPUTS_WANTED = 100_000_000
"""How many inputs all fuzzing together is to try."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One run of the laboratory: which code, which seeds, and what came of it."""

    commit: str
    seeds: str
    days: int
    sessions: int
    violations: int
    seconds: float
    jobs: int
    faults: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kills:
    """One run of `kiosk.lab.kill`."""

    commit: str
    kills: int
    recovered: int
    violations: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Fuzzing:
    """One run of a fuzzer: what was fuzzed, by which engine, and how many processes found something."""

    commit: str
    fuzzed: str
    engine: str
    inputs: int
    violations: int
    seconds: float
    jobs: int


Line = Entry | Kills | Fuzzing


def append(file: Path, entry: Line) -> None:
    """Add a line (raises OSError)."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(asdict(entry)) + "\n")


def read(file: Path) -> tuple[Line, ...]:
    """All lines, oldest first; none where there is no file.

    Raises:
        ValueError, TypeError: a line is not one of ours.
    """
    if not file.exists():
        return ()
    lines = file.read_text(encoding="utf-8").splitlines()
    return tuple(_entry(json.loads(line)) for line in lines if line)


def _entry(said: dict[str, Any]) -> Line:
    if "fuzzed" in said:
        return Fuzzing(**said)
    return Kills(**said) if "kills" in said else Entry(**said)


def commit() -> str:
    """What is checked out here; with `+` where files were changed since."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", "kiosk")
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN
    return f"{head}+" if changed else head


def _git(*words: str) -> str:
    ran = subprocess.run(["git", *words], capture_output=True, text=True, check=True)
    return ran.stdout.strip()


def section(entries: Iterable[Line]) -> str:
    """The totals as Markdown: days by commit, and all together; kills likewise; inputs of fuzzers; then the
    faults by kind."""
    days: dict[str, list[Entry]] = {}
    kills: dict[str, list[Kills]] = {}
    fuzzing: dict[tuple[str, str], list[Fuzzing]] = {}
    for entry in entries:
        if isinstance(entry, Fuzzing):
            fuzzing.setdefault((entry.fuzzed, entry.engine), []).append(entry)
        elif isinstance(entry, Kills):
            kills.setdefault(entry.commit, []).append(entry)
        else:
            days.setdefault(entry.commit, []).append(entry)
    lines = [
        "| commit | days | sessions | faults | violations | hours of one core |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    lines += [_line(f"`{name}`", of_commit) for name, of_commit in days.items()]
    everything = [entry for of_commit in days.values() for entry in of_commit]
    lines.append(_line("**all**", everything))
    if kills:
        lines += ["", "| commit | kills | recovered | violations |", "|---|--:|--:|--:|"]
        lines += [_killed(f"`{name}`", of_commit) for name, of_commit in kills.items()]
        lines.append(_killed("**all**", [entry for of_commit in kills.values() for entry in of_commit]))
    if fuzzing:
        lines += ["", "| fuzzed | by | inputs | violations | hours of one core |", "|---|---|--:|--:|--:|"]
        lines += [_fuzzed(f"{fuzzed} | {engine}", runs) for (fuzzed, engine), runs in fuzzing.items()]
        inputs = [run for runs in fuzzing.values() for run in runs]
        lines.append(_fuzzed(f"**all**, of {INPUTS_WANTED:,} | ", inputs))
    kinds: Counter[str] = Counter()
    for entry in everything:
        kinds.update(entry.faults)
    if kinds:
        lines += ["", "| fault | times |", "|---|--:|"]
        lines += [f"| {name} | {count:,} |" for name, count in sorted(kinds.items())]
    return "\n".join(lines) + "\n"


def _line(name: str, entries: Sequence[Entry]) -> str:
    days, sessions = sum(each.days for each in entries), sum(each.sessions for each in entries)
    faults = sum(sum(each.faults.values()) for each in entries)
    violations = sum(each.violations for each in entries)
    hours = sum(each.seconds * each.jobs for each in entries) / 3600
    return f"| {name} | {days:,} | {sessions:,} | {faults:,} | {violations:,} | {hours:.1f} |"


def _killed(name: str, entries: Sequence[Kills]) -> str:
    kills, well = sum(each.kills for each in entries), sum(each.recovered for each in entries)
    return f"| {name} | {kills:,} | {well:,} | {sum(each.violations for each in entries):,} |"


def _fuzzed(name: str, runs: Sequence[Fuzzing]) -> str:
    inputs, wrong = sum(each.inputs for each in runs), sum(each.violations for each in runs)
    hours = sum(each.seconds * each.jobs for each in runs) / 3600
    return f"| {name} | {inputs:,} | {wrong:,} | {hours:.1f} |"
