"""`kiosk setup` itself, with the real doors."""

import os
import tempfile
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.firstboot import RealSystem
from kiosk.maintenance.pin import is_right
from tests.firstboot.technician import Appliance


def run(kiosk: Appliance) -> int:
    kiosk.run.mkdir(exist_ok=True)
    return main(["setup", "--boot", str(kiosk.card), "--state", str(kiosk.state), "--run", str(kiosk.run)])


def test_it_takes_a_file_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kiosk = Appliance(tmp_path)
    kiosk.edit('[staff]\npin = "274951"\n[clock]\nzone = "Europe/Berlin"\n')
    assert run(kiosk) == 0
    assert is_right(kiosk.pin, "274951")
    assert kiosk.run.joinpath("kiosk-setup/localtime").is_symlink()
    assert capsys.readouterr().err == ""


def test_a_refused_file_is_no_failure_of_the_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kiosk = Appliance(tmp_path)
    kiosk.edit('[clock]\nzone = "Berlin"\n')
    assert run(kiosk) == 0
    assert "kiosk.toml:2: [clock] zone: there is no time zone 'Berlin'" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kiosk = Appliance(tmp_path)
    kiosk.edit("")
    kiosk.state.write_text("no folder\n")
    assert run(kiosk) == 1
    assert "kiosk setup: " in capsys.readouterr().err


def test_what_is_made_for_the_kiosk_s_user_is_theirs() -> None:
    """By root for another user; by anybody else for themselves."""
    me = os.geteuid(), os.getegid()
    with tempfile.TemporaryDirectory() as place:  # into pytest's own folders nobody else may go
        folder = Path(place)
        if me[0] == 0:
            os.chown(folder, 65534, 65534)
        owner = folder.stat()
        with RealSystem().as_owner_of(folder):
            assert os.geteuid() == owner.st_uid
            made = folder / "made"
            made.touch()
        assert (made.stat().st_uid, made.stat().st_gid) == (owner.st_uid, owner.st_gid)
    assert (os.geteuid(), os.getegid()) == me


def test_a_partition_that_can_be_written_is_not_mounted_anew(tmp_path: Path) -> None:
    with RealSystem().writable(tmp_path):
        tmp_path.joinpath("kiosk-result.txt").touch()
    assert tmp_path.joinpath("kiosk-result.txt").exists()
