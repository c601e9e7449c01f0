"""The results of several runs, and the page that is made of them."""

import json
from pathlib import Path

from tests.appliance.bench import Bench, Outcome, play, results
from tests.appliance.machine import EmulatorCrashed
from tests.appliance.said import keep
from tests.appliance.summary import kept, page

IMAGE = Path("kiosk-1.0-amd64.img")


def outcome(name, *, passed=True, trouble=""):
    return Outcome(name, "What it is.", passed, 61.4, {"bytes": 12}, [], trouble, "abc", "today")


def test_what_is_played_again_replaces_what_it_said_and_the_rest_stays():
    first = results("amd64", IMAGE, "d1", {}, [outcome("loan", passed=False), outcome("first-boot")])
    again = results("amd64", IMAGE, "d1", first, [outcome("loan")])
    assert [(each["name"], each["passed"]) for each in again["scenarios"]] == [
        ("loan", True),
        ("first-boot", True),
    ]


def test_what_another_image_did_stays_and_says_which_it_was():
    first = results("amd64", IMAGE, "d1", {}, [outcome("loan")])
    again = results("amd64", IMAGE, "d2", first, [outcome("first-boot")])
    assert {each["name"]: each["sha256"] for each in again["scenarios"]} == {"loan": "d1", "first-boot": "d2"}


def test_the_page_keeps_what_was_played_elsewhere_and_takes_the_newest():
    then = results("amd64", IMAGE, "d1", {}, [outcome("loan", passed=False), outcome("first-boot")])
    other = results("arm64", IMAGE, "d1", {}, [outcome("loan")])
    now = results("amd64", IMAGE, "d2", {}, [outcome("loan")])
    amd64, arm64 = kept([then, other], [now])
    assert [(each["name"], each["sha256"]) for each in amd64["scenarios"]] == [
        ("loan", "d2"),
        ("first-boot", "d1"),
    ]
    assert arm64 == other


def test_a_page_names_what_failed_and_why():
    said = page([results("amd64", IMAGE, "d1", {}, [outcome("loan", passed=False, trouble="a | b\nc")])])
    assert "0 of 1 passed" in said
    assert "| `loan` | **failed**: a \\| b c | 61 | bytes: 12 | `abc`, today | `d1` |" in said


def test_what_was_tried_beside_the_emulator_is_shown_as_it_was_said(tmp_path, capfd):
    status = keep("deb-test", ["sh", "-c", "echo one; echo two >&2; exit 3"], tmp_path)
    assert status == 3
    assert capfd.readouterr().out == "one\ntwo\n"
    (file,) = tmp_path.iterdir()
    said = page([], [json.loads(file.read_text())])
    assert "`make deb-test`: **failed**, 0 s, `" in said
    assert "```\none\ntwo\n```" in said


def test_the_table_says_whether_an_image_was_made_twice(tmp_path):
    for arch, status in (("amd64", 0), ("arm64", 1)):
        keep(f"image-repro ARCH={arch}", ["sh", "-c", f"exit {status}"], tmp_path)
    both = [results(arch, IMAGE, "d1", {}, [outcome("loan")]) for arch in ("amd64", "arm64")]
    said = page(both, [json.loads(file.read_text()) for file in sorted(tmp_path.iterdir())])
    assert "from nothing | the same, bit for bit, `" in said
    assert "` | **not the same**, `" in said
    assert "from nothing | not tried | not tried |" in page(both)


def test_a_scenario_that_fails_stops_no_other(tmp_path):
    def breaks(bench: Bench) -> None:
        """Breaks."""
        bench.figure("tried", 1)
        raise AssertionError("no screen")

    def holds(bench: Bench) -> None:
        """Holds."""

    broken, held = list(play({"breaks": breaks, "holds": holds}, "amd64", IMAGE, tmp_path))
    assert (broken.passed, broken.trouble, broken.figures) == (
        False,
        "AssertionError: no screen",
        {"tried": 1},
    )
    assert (held.passed, held.about) == (True, "Holds.")
    assert "no screen" in (tmp_path / "breaks" / "trouble.txt").read_text()


def test_a_crash_of_the_emulator_is_not_the_appliances(tmp_path):
    crashes = 2

    def boots(bench: Bench) -> None:
        """Boots."""
        nonlocal crashes
        if crashes:
            crashes -= 1
            raise EmulatorCrashed("iotlb_to_section")

    (outcome,) = play({"boots": boots}, "amd64", IMAGE, tmp_path)
    assert outcome.passed
    assert outcome.figures == {"begun anew since the emulator crashed": 2}
    crashes = 9
    (outcome,) = play({"boots": boots}, "amd64", IMAGE, tmp_path)
    assert not outcome.passed
