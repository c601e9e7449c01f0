"""`kiosk nightly`: the journal is read to its last row, and what nobody fetched is cleared away."""

import os
import sqlite3
from pathlib import Path

import pytest

from kiosk.update.nightly import main
from tests.journal.places import place, row, write

NOW = 2_000_000_000.0


@pytest.fixture
def config(tmp_path: Path) -> Path:
    write(tmp_path, [row("a"), row("a", closes=True), row("b")])
    file = tmp_path / "kiosk.toml"
    file.write_text('[journal]\nfolder = "data"\nkey_file = "journal.key"\n')
    return file


def night(config: Path) -> int:
    return main(["--config", str(config)], wall=lambda: NOW)


def test_a_quiet_night(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = place(config.parent).path.read_bytes()
    assert night(config) == 0
    assert capsys.readouterr().out == "journal: 3 rows, each as it was written\n"
    assert place(config.parent).path.read_bytes() == before


def test_a_row_that_the_disk_has_changed_is_found(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db = sqlite3.connect(place(config.parent).path)
    db.execute("UPDATE rows SET payload = '{\"x\":1}' WHERE seq = 2")
    db.commit()
    db.close()
    assert night(config) == 1
    said = capsys.readouterr().err
    assert "row 2 is not what was written" in said
    assert "K-" in said


def test_only_old_capsules_are_removed(config: Path) -> None:
    for name, age in (("capsule-1.jsonl.gz", 31), ("capsule-2.jsonl.gz", 29), ("other.gz", 400)):
        (config.parent / name).touch()
        os.utime(config.parent / name, (NOW - age * 86400,) * 2)
    assert night(config) == 0
    assert sorted(each.name for each in config.parent.glob("*.gz")) == ["capsule-2.jsonl.gz", "other.gz"]


def test_wrong_settings_are_said(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text("[journal\n")
    assert night(config) == 2
    assert "kiosk.toml" in capsys.readouterr().err
