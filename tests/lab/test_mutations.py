"""Sins put into the code on purpose: the laboratory finds each of them within a few seeds.

A sin is a named patch on a copy of the tree. One whose old text no longer stands in its file fails: it
would sin no more and prove nothing. `make mutations` runs them alone; each says how many seeds it took.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.sins import SINS

PROJECT = Path(__file__).resolve().parent.parent.parent

WITHIN = 2000
"""Seeds in which each sin must be found."""


QUICK = frozenset({"release before the answer", "take money without the taken row", "drop leftovers"})
"""Sins that every run of the tests tries; `make mutations` tries them all, which takes minutes."""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT / "kiosk", tmp_path / "kiosk", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.long) for name in SINS]
)
def test_the_laboratory_finds_the_sin(tree: Path, name: str) -> None:
    sin = SINS[name]
    for edit in sin.edits:
        path = tree / edit.file
        text = path.read_text(encoding="utf-8")
        assert text.count(edit.old) == 1, f"{name}: the patch no longer applies to {edit.file}"
        path.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    seeds = f"0-{WITHIN - 1}"
    ran = subprocess.run(
        [sys.executable, "-m", "kiosk", "lab", "--seeds", seeds, "--jobs", "2", "--first", "--unshrunk"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    found = re.findall(r"^seed \d+: (.*)$", ran.stdout, flags=re.MULTILINE)
    assert any(re.match(sin.breaks, sentence) for sentence in found), ran.stdout
    runs = re.search(r"^runs: (\d+)$", ran.stdout, flags=re.MULTILINE)
    assert runs is not None
    print(f"{name}: found within {runs[1]} seeds")
