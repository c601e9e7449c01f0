"""The ledger: one line for each run, added up by commit."""

import json
from pathlib import Path

import pytest

from kiosk.lab import ledger, reliability
from kiosk.lab.ledger import Entry
from kiosk.lab.seeds import main


def entry(commit: str, **said: int) -> Entry:
    return Entry(
        commit, "0-9", 10, said.get("sessions", 200), said.get("violations", 0), 3600.0, 2, {"lifted": 4}
    )


def test_lines_come_back_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "docs" / "ledger.jsonl"
    assert ledger.read(file) == ()
    ledger.append(file, entry("a"))
    ledger.append(file, entry("b", violations=1))
    assert ledger.read(file) == (entry("a"), entry("b", violations=1))


def test_totals_are_added_up_by_commit() -> None:
    told = ledger.section(
        [entry("a", sessions=900_000), entry("b", violations=2), entry("a", sessions=100_000)]
    )
    assert "| `a` | 20 | 1,000,000 | 8 | 0 | 4.0 |" in told
    assert "| `b` | 10 | 200 | 4 | 2 | 2.0 |" in told
    assert "| **all** | 30 | 1,000,200 | 12 | 2 | 6.0 |" in told
    assert "| lifted | 12 |" in told


def test_a_run_adds_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ledger.jsonl"
    assert main(["--seeds", "3-4", "--ledger", str(file), "--commit", "abc"]) == 0
    said = json.loads(file.read_text())
    assert (said["commit"], said["seeds"], said["days"], said["jobs"]) == ("abc", "3-4", 2, 1)
    printed = capsys.readouterr().out
    assert f"sessions: {said['sessions']}\n" in printed
    assert f"faults: {sum(said['faults'].values())}\n" in printed


def test_kills_are_added_up_beside_the_days(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    ledger.append(file, ledger.Kills("abc", 300, 300, 0, 158.0))
    ledger.append(file, Entry("abc", "0-9", 10, 200, 0, 5.0, 2, {"power-cut": 3}))
    ledger.append(file, ledger.Kills("abc", 100, 100, 0, 50.0))
    said = ledger.section(ledger.read(file))
    assert "| `abc` | 10 | 200 | 3 | 0 |" in said
    assert "| `abc` | 400 | 400 | 0 |" in said


def test_the_page_on_reliability_is_as_the_ledger_is() -> None:
    """`python -m kiosk.lab.reliability > docs/reliability.md`"""
    docs = Path(__file__).resolve().parent.parent.parent / "docs"
    assert (docs / "reliability.md").read_text() == reliability.page(docs / "ledger.jsonl")
