"""`kiosk update`: what it says, what it asks RAUC for, and what it leaves alone."""

import json
import re
from pathlib import Path

import pytest

from kiosk.update.trouble import Exit
from tests.update.appliance import (
    CHANGED,
    FLASHED,
    NO_WAY_BACK,
    RECORDED,
    UPDATED,
    Appliance,
)

BUNDLE = "/tmp/kiosk.raucb"


def test_an_appliance_as_it_was_flashed(appliance: Appliance) -> None:
    said = appliance.update("status")
    assert said.status == Exit.DONE
    assert said.out.splitlines() == [
        "library-kiosk-amd64, version 0.1.0, running in slot A",
        "slot A: version 0.1.0, runs, not confirmed yet, comes at the next start, 3 tries left",
        "slot B: empty",
    ]


def test_after_an_update_all_is_said_for_programs_too(appliance: Appliance) -> None:
    appliance.says("status", UPDATED)
    appliance.tries(a=3, b=2)
    told = json.loads(appliance.update("status", "--json").out)
    assert (told["booted"], told["next"], told["confirmed"], told["compatible"]) == (
        "B",
        "B",
        False,
        "library-kiosk-amd64",
    )
    a, b = told["slots"]
    assert (a["slot"], a["booted"], a["tries_left"], a["version"]) == ("A", False, 3, None)
    assert (b["slot"], b["booted"], b["tries_left"], b["version"]) == ("B", True, 2, "0.1.0")
    recorded = (RECORDED / f"{UPDATED}.json").read_text()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b["installed"])
    assert b["installed"] in recorded
    said = appliance.update("status").out
    assert "slot B: version 0.1.0, runs, not confirmed yet, comes at the next start, 2 tries left" in said
    assert "slot A: version of the image, not tried yet, 3 tries left" in said


def test_a_slot_whose_tries_are_used_up_is_said_to_be_given_up(appliance: Appliance) -> None:
    appliance.says("status", NO_WAY_BACK)
    appliance.tries(a=0, b=2)
    assert "slot A: version of the image, did not prove itself, and is not tried again" in (
        appliance.update("status").out
    )


def test_a_bundle_is_checked_then_written(appliance: Appliance) -> None:
    appliance.places.flag.touch()
    said = appliance.update("install", BUNDLE)
    assert said.status == Exit.DONE, said.err
    assert appliance.asked == [f"rauc install {BUNDLE}"]
    assert "is tried at the next start" in said.out
    assert "comes back to version 0.1.0 by itself" in said.out


def test_restart_restarts_once_it_is_written(appliance: Appliance) -> None:
    assert appliance.update("install", "--restart", BUNDLE).status == Exit.DONE
    assert appliance.asked == [f"rauc install {BUNDLE}", "systemctl reboot"]


def test_a_relative_name_is_of_this_folder(
    appliance: Appliance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # RAUC's service has a folder of its own
    monkeypatch.chdir(tmp_path)
    appliance.update("install", "new.raucb")
    assert appliance.asked == [f"rauc install {tmp_path}/new.raucb"]


@pytest.mark.parametrize(
    ("answer", "says", "status"),
    [
        ("info-foreign", "nobody whom this kiosk trusts has signed this bundle", Exit.REFUSED),
        ("info-expired", "has expired, by the clock of this kiosk", Exit.REFUSED),
        ("info-not-yet-valid", "not valid yet, by the clock of this kiosk", Exit.REFUSED),
        ("info-other-purpose", "not meant for signing updates", Exit.REFUSED),
        ("info-cut-off", "no update bundle, or not a whole one", Exit.REFUSED),
        ("info-text", "no update bundle, or not a whole one", Exit.REFUSED),
        ("info-missing", "there is no such file", Exit.FAILED),
        (
            "info-arm64",
            "this bundle is for library-kiosk-arm64, and this kiosk is library-kiosk-amd64",
            Exit.REFUSED,
        ),
    ],
)
def test_what_is_refused_before_a_slot_is_touched(
    appliance: Appliance, answer: str, says: str, status: Exit
) -> None:
    appliance.says("info", answer)
    said = appliance.update("install", BUNDLE)
    assert (said.status, appliance.asked) == (status, [])
    assert says in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("answer", "says", "status"),
    [
        ("install-foreign", "nobody whom this kiosk trusts", Exit.REFUSED),
        ("install-expired", "has expired", Exit.REFUSED),
        ("install-not-yet-valid", "not valid yet", Exit.REFUSED),
        ("install-other-purpose", "not meant for signing updates", Exit.REFUSED),
        ("install-other-kind", "another kind of machine", Exit.REFUSED),
        ("install-too-large", "the slots of this card are too small", Exit.NO_ROOM),
        ("install-cut-off", "not a whole one", Exit.REFUSED),
        ("install-text", "not a whole one", Exit.REFUSED),
        ("install-missing", "there is no such file", Exit.FAILED),
        ("install-busy", "another installation is under way", Exit.BUSY),
        ("install-no-service", "RAUC does not answer", Exit.FAILED),
    ],
)
def test_what_rauc_refuses(appliance: Appliance, answer: str, says: str, status: Exit) -> None:
    appliance.says("install", answer)
    said = appliance.update("install", "--restart", BUNDLE)
    assert (said.status, appliance.asked) == (status, [f"rauc install {BUNDLE}"])
    assert says in said.err


@pytest.mark.parametrize(
    ("answer", "says", "status"),
    [
        (CHANGED, "changed after it was signed, or the card fails", Exit.REFUSED),
        (
            (1, "LastError: it rained\nidle\n", "Installing `x` failed\n"),
            "and says: it rained",
            Exit.FAILED,
        ),
    ],
)
def test_what_goes_wrong_while_it_is_written(
    appliance: Appliance, answer: tuple[int, str, str], says: str, status: Exit
) -> None:
    appliance.made_up("install", answer)
    said = appliance.update("install", BUNDLE)
    assert said.status == status
    assert says in said.err


def test_while_the_last_update_is_not_confirmed_its_way_back_is_not_overwritten(appliance: Appliance) -> None:
    appliance.says("status", UPDATED)
    said = appliance.update("install", BUNDLE)
    assert (said.status, appliance.asked) == (Exit.BUSY, [])
    assert "slot A is its way back" in said.err
    appliance.places.flag.touch()
    assert appliance.update("install", BUNDLE).status == Exit.DONE


def test_what_is_overwritten_has_to_prove_itself_anew(appliance: Appliance) -> None:
    appliance.says("status", UPDATED)
    appliance.beats()
    assert appliance.selftest("--confirm").status == 0
    appliance.says("status", FLASHED)
    assert (appliance.places.state / "proved-B").exists()
    assert appliance.update("install", BUNDLE).status == Exit.DONE
    assert not (appliance.places.state / "proved-B").exists()


def test_going_back(appliance: Appliance) -> None:
    appliance.says("status", UPDATED)
    said = appliance.update("rollback", "--restart")
    assert said.status == Exit.DONE
    assert appliance.asked == ["rauc status mark-active other", "systemctl reboot"]
    assert "Slot A comes at the next start" in said.out


def test_nothing_to_go_back_to(appliance: Appliance) -> None:
    said = appliance.update("rollback", "--restart")
    assert (said.status, appliance.asked) == (Exit.FAILED, [])
    assert "no other version was ever installed" in said.err


def test_no_way_back_to_what_did_not_prove_itself(appliance: Appliance) -> None:
    appliance.says("status", NO_WAY_BACK)
    said = appliance.update("rollback")
    assert (said.status, appliance.asked) == (Exit.FAILED, [])
    assert "slot A cannot be gone back to" in said.err


@pytest.mark.parametrize("words", [("status",), ("install", BUNDLE), ("rollback",)])
def test_a_machine_without_slots_says_so(appliance: Appliance, words: tuple[str, ...]) -> None:
    appliance.no_slots()
    said = appliance.update(*words)
    assert said.status == Exit.NO_APPLIANCE
    assert "this machine is no appliance" in said.err
    assert "apt" in said.err


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("status-no-service", "RAUC does not answer on this machine"),
        ("status-no-bus", "RAUC cannot be reached: there is no system bus"),
    ],
)
def test_a_service_that_does_not_answer_is_told_to_programs_too(
    appliance: Appliance, answer: str, says: str
) -> None:
    appliance.says("status", answer)
    said = appliance.update("status", "--json")
    assert said.status == Exit.FAILED
    assert json.loads(said.out)["error"] == says
