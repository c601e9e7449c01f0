"""`kiosk selftest`: what is well, what is not, and what follows on an appliance."""

import json
import random

import pytest

from kiosk.simulator.scenery import ReaderManners, Scenery, Tag, tag_for
from kiosk.simulator.world import World
from kiosk.update.trip import BARCODE, round_trip
from tests.update.appliance import NO_WAY_BACK, UPDATED, Appliance


def checks(said: str) -> dict[str, str | None]:
    found: dict[str, str | None] = json.loads(said)["checks"]
    return found


def test_all_is_well(appliance: Appliance) -> None:
    appliance.beats()
    said = appliance.selftest()
    assert (said.status, said.out) == (0, "kiosk: well\ntag: well\ndisk: well\n")
    assert appliance.asked == []
    assert not appliance.places.flag.exists()


@pytest.mark.parametrize(
    ("health", "wrong"),
    [
        ({"first_frame_s": None}, "the kiosk has drawn nothing yet"),
        ({"journal": "missing"}, "the kiosk has no journal that it can use"),
        ({"journal": None}, "the kiosk has no journal that it can use"),
        ({"beaten": 969.0}, "the kiosk has stopped: its screen or its core does not beat"),
        ({"beaten": None}, "the kiosk has stopped: its screen or its core does not beat"),
        ({"version": "0.0.9"}, "the kiosk that runs is version 0.0.9, and this is 0.1.0"),
    ],
)
def test_a_kiosk_that_is_not_well(appliance: Appliance, health: dict[str, object], wrong: str) -> None:
    appliance.beats(**health)
    said = appliance.selftest("--json", "--wait", "0")
    assert said.status == 1
    assert checks(said.out) == {"kiosk": wrong, "tag": None, "disk": None}


def test_no_kiosk_runs(appliance: Appliance) -> None:
    said = appliance.selftest("--json", "--wait", "0")
    assert said.status == 1
    assert "no kiosk runs here" in str(checks(said.out)["kiosk"])


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null"])
def test_half_a_health_file_is_no_health(appliance: Appliance, text: str) -> None:
    appliance.health.write_text(text)
    said = appliance.selftest("--json", "--wait", "0")
    assert said.status == 1
    assert "cannot be read" in str(checks(said.out)["kiosk"])


def test_a_kiosk_that_takes_its_time_is_waited_for(appliance: Appliance) -> None:
    began = appliance.clock.now

    def draws_at_last() -> None:
        if appliance.clock.now >= began + 60:
            appliance.beats()

    appliance.clock.then = draws_at_last
    assert appliance.selftest("--wait", "90").status == 0
    assert appliance.clock.now == began + 60


def test_it_is_not_waited_for_ever(appliance: Appliance) -> None:
    appliance.beats(first_frame_s=None)
    began = appliance.clock.now
    assert appliance.selftest("--wait", "90").status == 1
    assert appliance.clock.now == began + 90


def test_a_folder_that_is_gone_is_said(appliance: Appliance) -> None:
    appliance.beats()
    (appliance.folder / "state").rmdir()
    said = appliance.selftest("--json")
    assert said.status == 1
    assert "cannot be written" in str(checks(said.out)["disk"])


# ---- the tag --------------------------------------------------------------------------------


def field_of(*tags: Tag, **manners: object) -> World:
    return World(Scenery(tags=tags, reader=ReaderManners(**manners)), chance=random.Random(7))  # type: ignore[arg-type]


def test_a_sound_tag_goes_round_and_ends_as_it_was() -> None:
    world = field_of(tag_for(BARCODE, 1))
    before = {uid: tag.afi for uid, tag in world.field.tags.items()}
    assert round_trip(world) == ""
    assert {uid: tag.afi for uid, tag in world.field.tags.items()} == before
    assert sum(len(tag.writes) for tag in world.field.tags.values()) == 2


def test_a_tag_that_is_another_item_is_no_round_trip() -> None:
    world = field_of(Tag(uid="E00401509F000001", barcode="31111111111111"), tag_for(BARCODE, 2))
    world.do({"do": "put", "tags": ["31111111111111"]}, 0.0)
    assert "bears" in round_trip(world)


def test_a_tag_that_cannot_be_written_is_no_round_trip() -> None:
    world = field_of(Tag(uid="E00401509F000001", barcode=BARCODE, guards=("afi",), password="12345678"))
    assert "should have been released" in round_trip(world)


def test_a_reader_that_says_nothing_is_no_round_trip() -> None:
    world = field_of(tag_for(BARCODE, 1))
    world.do({"do": "unplug", "device": "reader"}, 0.0)
    assert "did not report" in round_trip(world)


# ---- what follows ---------------------------------------------------------------------------


def test_an_update_that_is_well_stays(appliance: Appliance) -> None:
    appliance.says("status", UPDATED)
    appliance.beats()
    said = appliance.selftest("--confirm")
    assert said.status == 0
    assert "Slot B is confirmed." in said.out
    assert appliance.asked == ["rauc status mark-good booted"]
    assert appliance.places.flag.exists()
    assert "slot B: version 0.1.0, runs, confirmed" in appliance.update("status").out


def test_an_update_that_is_not_well_is_left_to_be_rolled_back(appliance: Appliance) -> None:
    appliance.says("status", UPDATED)
    appliance.beats(journal="missing")
    said = appliance.selftest("--confirm")
    assert said.status == 1
    assert "Slot B is not confirmed: the machine will go back to the other." in said.out
    assert appliance.asked == []
    assert not appliance.places.flag.exists()


def test_a_broken_driver_is_reason_enough(appliance: Appliance) -> None:
    appliance.says("status", UPDATED)
    appliance.beats()
    assert appliance.selftest("--confirm", trip=lambda: "the tag was read as nonsense").status == 1
    assert not appliance.places.flag.exists()


@pytest.mark.parametrize("recorded", ["status-a-as-flashed", NO_WAY_BACK])
def test_with_nothing_to_go_back_to_it_stays_and_is_not_called_proved(
    appliance: Appliance, recorded: str
) -> None:
    # the first boot, with a wrong kiosk.toml: the screen says so, and nobody is helped by a restart
    appliance.says("status", recorded)
    said = appliance.selftest("--confirm")
    assert said.status == 0
    assert "kiosk: no kiosk runs here" in said.out
    assert "there is no other to go back to" in said.out
    assert appliance.asked == ["rauc status mark-good booted"]
    assert appliance.places.flag.exists()
    assert not (appliance.places.state / "proved-A").exists()


def test_what_has_passed_once_is_not_left_for_a_disk_that_fails_later(appliance: Appliance) -> None:
    appliance.says("status", UPDATED)
    appliance.beats()
    assert appliance.selftest("--confirm").status == 0
    appliance.places.flag.unlink()  # the next morning
    appliance.beats(journal="missing")
    said = appliance.selftest("--confirm")
    assert said.status == 0
    assert "kiosk: the kiosk has no journal that it can use" in said.out
    assert "has passed before, and stays" in said.out
    assert appliance.asked == ["rauc status mark-good booted"] * 2
    assert appliance.places.flag.exists()


def test_a_machine_without_slots_confirms_nothing_and_is_well(appliance: Appliance) -> None:
    appliance.no_slots()
    appliance.beats()
    said = appliance.selftest("--confirm")
    assert said.status == 0
    assert "Nothing to confirm" in said.out
    assert not appliance.places.flag.exists()


def test_a_rauc_that_does_not_answer_confirms_nothing(appliance: Appliance) -> None:
    appliance.says("status", "status-no-service")
    appliance.beats()
    said = appliance.selftest("--confirm")
    assert said.status == 1
    assert "RAUC does not answer" in said.err
    assert not appliance.places.flag.exists()


def test_the_proof_is_of_this_installation(appliance: Appliance) -> None:
    appliance.beats()
    appliance.says("status", UPDATED)
    assert appliance.selftest("--confirm").status == 0
    # the slot was written again behind our back
    (appliance.places.state / "proved-B").write_text("2026-01-01T00:00:00Z")
    appliance.beats(first_frame_s=None)
    assert appliance.selftest("--confirm").status == 1
