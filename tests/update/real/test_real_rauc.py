"""`kiosk update` with the real RAUC: its answers, its refusals, and what it does to the boot loader."""

import json
from pathlib import Path

import pytest

from kiosk.update.command import main as update
from kiosk.update.confirmed import Places
from kiosk.update.rauc import Rauc
from kiosk.update.selftest import World
from kiosk.update.selftest import main as selftest
from kiosk.update.trouble import Exit
from tests.update.appliance import RECORDED
from tests.update.real.machine import Machine
from tests.update.real.recording import recordings, same

pytestmark = pytest.mark.rauc

FLASHED = {"BOOT_ORDER": "A B", "BOOT_A_LEFT": "2", "BOOT_B_LEFT": "3"}

INSTALLED = """[slot.rootfs.1]
bundle.compatible=library-kiosk-amd64
bundle.version=9.9
status=ok
installed.timestamp=2026-11-20T02:10:00Z
installed.count=1
"""


def said(machine: Machine, capsys: pytest.CaptureFixture[str], places: Path, *words: str) -> tuple[int, str]:
    capsys.readouterr()
    status = update(words, "0.1.0", run=machine.run, places=Places(places / "flag", places, places))
    out, err = capsys.readouterr()
    return status, out + err


def test_a_new_card(machine: Machine, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    machine.boots("A", **FLASHED)
    told = json.loads(said(machine, capsys, tmp_path, "status", "--json")[1])
    assert (told["booted"], told["next"], told["compatible"]) == ("A", "A", "library-kiosk-amd64")
    assert [(each["slot"], each["works"], each["tries_left"]) for each in told["slots"]] == [
        ("A", True, 2),
        ("B", True, 3),
    ]
    assert said(machine, capsys, tmp_path, "rollback")[0] == Exit.FAILED
    assert machine.variables == FLASHED


def test_what_is_refused_before_a_slot_is_touched(
    machine: Machine, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    machine.boots("A", **FLASHED)
    machine.keys()
    machine.keys("expired", "-1")
    foreign = machine.keys(folder=machine.folder / "foreign")
    keys = machine.folder.parent / "keys"
    good = machine.bundle("good")
    cut = machine.folder / "cut.raucb"
    cut.write_bytes(good.read_bytes()[:-1000])
    text = machine.folder / "text.raucb"
    text.write_text("hello")
    signed = {"CERT": str(foreign / "leaf.pem"), "KEY": str(foreign / "leaf-key.pem"), "KEYRING": ""}
    old = {"CERT": str(keys / "expired.pem"), "KEY": str(keys / "expired-key.pem"), "KEYRING": ""}
    for bundle, status, words in (
        (machine.bundle("foreign", **signed), Exit.REFUSED, "nobody whom this kiosk trusts"),
        (machine.bundle("expired", **old), Exit.REFUSED, "certificate that signed this bundle has expired"),
        (machine.bundle("arm64", "arm64"), Exit.REFUSED, "this bundle is for library-kiosk-arm64"),
        (cut, Exit.REFUSED, "not a whole one"),
        (text, Exit.REFUSED, "not a whole one"),
        (machine.folder / "missing.raucb", Exit.FAILED, "there is no such file"),
    ):
        assert (status, True) == (
            (answer := said(machine, capsys, tmp_path, "install", str(bundle)))[0],
            words in answer[1],
        ), answer
    assert machine.variables == FLASHED
    # signed, ours, whole: it is taken as far as this machine's kernel goes
    bundle = Rauc(machine.run).bundle(good)
    assert (bundle.compatible, bundle.version) == ("library-kiosk-amd64", "9.9")
    status, words = said(machine, capsys, tmp_path, "install", str(good))
    assert "Writing version 9.9 to slot B" in words
    assert status == Exit.DONE or "/dev/mapper" in words


def test_an_update_is_confirmed_and_can_be_gone_back_from(
    machine: Machine, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (machine.folder / "state" / "central.raucs").write_text(INSTALLED)
    machine.boots("B", BOOT_ORDER="B A", BOOT_A_LEFT="3", BOOT_B_LEFT="2")
    assert (
        "slot B: version 0.1.0, runs, not confirmed yet, comes at the next start, 2 tries left"
        in (said(machine, capsys, tmp_path, "status")[1])
    )
    health = {"version": "0.1.0", "first_frame_s": 4.0, "journal": "ready", "beaten": 100.0}
    (tmp_path / "health.json").write_text(json.dumps(health))
    places = Places(tmp_path / "flag", tmp_path, tmp_path)
    world = World(tmp_path / "health.json", tmp_path, places, machine.run, wall=lambda: 101.0)
    assert selftest(["--confirm"], "0.1.0", world) == 0
    assert machine.variables["BOOT_B_LEFT"] == "3"
    assert "slot B: version 0.1.0, runs, confirmed" in said(machine, capsys, tmp_path, "status")[1]
    assert said(machine, capsys, tmp_path, "rollback")[0] == Exit.DONE
    assert machine.variables == {"BOOT_ORDER": "A B", "BOOT_A_LEFT": "3", "BOOT_B_LEFT": "3"}


def test_what_is_recorded_is_what_it_says() -> None:
    told = dict(recordings())
    recorded = {path.stem: json.loads(path.read_text()) for path in RECORDED.glob("*.json")}
    assert {name: same(each) for name, each in told.items()} == {
        name: same(each) for name, each in recorded.items()
    }


def test_a_slot_that_is_used_up_is_no_way_back(
    machine: Machine, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (machine.folder / "state" / "central.raucs").write_text(INSTALLED)
    before = {"BOOT_ORDER": "B A", "BOOT_A_LEFT": "2", "BOOT_B_LEFT": "0"}
    machine.boots("A", **before)
    status, words = said(machine, capsys, tmp_path, "rollback")
    assert (status, machine.variables) == (Exit.FAILED, before)
    assert "slot B cannot be gone back to" in words
