"""Files as laptops write them."""

from pathlib import Path

import pytest

from tests.firstboot.technician import GOOD, SECRETS, Appliance, hashed


@pytest.fixture
def kiosk(tmp_path: Path) -> Appliance:
    return Appliance(tmp_path)


WINDOWS = GOOD.replace("\n", "\r\n")


@pytest.mark.parametrize(
    "data",
    [
        WINDOWS.encode(),
        WINDOWS.encode("utf-8-sig"),
        WINDOWS.encode("utf-16"),
        b"\xfe\xff" + WINDOWS.encode("utf-16-be"),
        WINDOWS.encode("utf-16-le"),
        GOOD.replace("\n", "\r").encode(),
        GOOD.rstrip("\n").encode(),
    ],
    ids=["CRLF", "UTF-8 with a mark", "Notepad's Unicode", "big-endian", "no mark", "CR", "no last line end"],
)
def test_whatever_editor_wrote_it(kiosk: Appliance, data: bytes) -> None:
    kiosk.edit(data)
    assert kiosk.on() == ()
    assert kiosk.settings.staff.kiosk_name == "Kiosk 2"
    assert kiosk.pin == hashed("274951")
    shown = kiosk.card.joinpath("kiosk.toml").read_bytes()
    assert not [s for s in SECRETS if s.encode() in shown or s.encode("utf-16-le") in shown]
    kept = kiosk.files()
    assert kiosk.on() == ()
    assert kiosk.files() == kept


@pytest.mark.parametrize("name", ["kiosk.toml.txt", "KIOSK.TOML", "kiosk.txt"])
def test_by_another_name_it_is_the_same_file(kiosk: Appliance, name: str) -> None:
    kiosk.edit(GOOD, name)
    assert kiosk.on() == ()
    assert kiosk.settings.staff.kiosk_name == "Kiosk 2"
    assert "horse battery" not in kiosk.card.joinpath(name).read_text()
    assert not kiosk.card.joinpath("kiosk.toml").exists()


def test_of_two_files_nobody_knows_which_is_meant(kiosk: Appliance) -> None:
    kiosk.edit("# as it came\n")
    kiosk.edit(GOOD, "kiosk.toml.txt")
    (said,) = kiosk.on()
    assert "kiosk.toml and kiosk.toml.txt: only one of them" in said
    assert said in kiosk.answer


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("[library]\nname = “Lanternfield”\n", "kiosk.toml:2: curly quotation mark “"),
        ('[policy]\nlanguages = ["en", „de“]\n', "kiosk.toml:2: curly quotation mark „"),
        ('[library]\n\u00a0name = "L"\n', "kiosk.toml:2: an odd blank (U+00A0)"),
        (b'[library]\nname = "B\xfccherei"\n', "kiosk.toml:2: not UTF-8 text: save the file again"),
        (rb"{\rtf1 [library]}", "kiosk.toml:1: this is a document of a word processor"),
        (b"[library]\n\0\0\0\0", "kiosk.toml:2: this is no text"),
        ('[library]\nname = "L\n', "kiosk.toml:2: not TOML"),
    ],
)
def test_what_a_laptop_spoils_is_named(kiosk: Appliance, data: str | bytes, says: str) -> None:
    kiosk.edit(data)
    (said,) = kiosk.on()
    assert said.startswith(says)
    number = says.split(":")[1]
    assert f"line {number}: " in kiosk.answer


def test_curly_marks_inside_a_text_are_part_of_it(kiosk: Appliance) -> None:
    kiosk.edit('[library]\nname = "The “Lantern”"  # “so”\n')
    assert kiosk.on() == ()
    assert kiosk.settings.library.name[""] == "The “Lantern”"


def test_a_pin_in_any_way_of_toml_leaves_the_file(kiosk: Appliance) -> None:
    kiosk.edit('staff = { pin = "274951", kiosk_name = "Kiosk 2" }\n')
    assert kiosk.on() == ()
    assert kiosk.settings.staff.kiosk_name == "Kiosk 2"
    assert not kiosk.on_card("274951")
