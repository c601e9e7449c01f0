"""A library in one file of TOML, and what is said of a file that is wrong."""

import json
from pathlib import Path

import pytest

from kiosk.simulator import World, lanternfield
from kiosk.simulator.libraryfile import read_library
from kiosk.simulator.manual import FAULTS, LIBRARY, page
from kiosk.simulator.serve import main
from tests.simulator.raw_kiosk import Kiosk, agree, hold, information

MILL = """\
[ils]
personality = "koha"
institution = "MILL"
login = ["desk", "secret"]
loan_days = 14
fine_limit = "10.00"

[[branches]]
code = "MILL"
name = "Mill Street"
closed = ["sunday", "2026-12-05"]

[[branches]]
code = "HILL"

[[patrons]]
id = "1001"
name = "Ida Fenn"
pin = "4711"

[[patrons]]
id = "1002"
name = "Joss Ward"
owes = [["F1", "1.00", "Old fee"]]

[[items]]
barcode = "5001"
title = "The Weir"

[[items]]
barcode = "5002"
title = "Millstones"
home = "HILL"

[[loans]]
patron = "1002"
item = "5002"

[[holds]]
patron = "1001"
item = "5002"
pickup = "HILL"

[[fees]]
patron = "1002"
amount = "3.50"
reason = "Lost card"
"""


def test_a_library_is_read_and_played() -> None:
    world = World(read_library(MILL))
    kiosk = Kiosk(world)
    login = b"9300CNdesk|COsecret|AY0AZ"
    assert kiosk.say(login + b"%04X\r" % (-sum(login) & 0xFFFF)).startswith(b"941")
    assert "|AVF1 1.00 Old fee|AVF2 3.50 Lost card|" in kiosk.asks(information(b"1002", b"   Y      "))
    assert "|AH20261207    235900|" in kiosk.asks(agree(b"5001", b"1001", b""))
    assert kiosk.asks(information(b"1001"))[57:61] == "0001"
    assert kiosk.asks(hold(b"1002", b"5001", more=b"BSHILL|")).startswith("161")


def test_a_library_without_patrons_and_items_is_lanternfield() -> None:
    scenery = read_library(
        '[ils]\npersonality = "evergreen"\n[[holds]]\npatron="21000001"\nitem="39000001"\n'
    )
    assert scenery.items == lanternfield().items
    assert scenery.tags == lanternfield().tags
    assert scenery.ils.timeout == "600"
    assert read_library("") == lanternfield()
    assert read_library("[ils]\nlogin = []\n").ils.login is None


@pytest.mark.parametrize(
    ("wrong", "instead", "said"),
    [
        ('"koha"', '"kohaa"', "line 2: personality must be one of lantern, standard, koha"),
        ("loan_days = 14", "loan_days = true", "line 5: loan_days must be a whole number, not True"),
        ("loan_days = 14", "lone_days = 14", "line 5: lone_days is not known; there are personality"),
        ('"10.00"', '"ten"', "line 6: fine_limit must be an amount"),
        ('"10.00"', "10", "line 6: fine_limit must be a text, not 10"),
        ('["desk", "secret"]', '["desk"]', "line 4: login must be two texts"),
        ('"sunday"', '"sonntag"', "line 11: closed must be weekdays (monday...) and dates (2026-12-24)"),
        ('code = "HILL"', 'code = "MILL"', "line 14: code 'MILL' is there already"),
        ('id = "1002"', 'id = "1001"', "line 22: id '1001' is there already"),
        ('name = "Joss Ward"', "", "line 21: patrons lacks name"),
        ('[["F1", "1.00", "Old fee"]]', '[["F1"]]', "line 24: owes must be a list of [id, amount, reason]"),
        (
            'title = "Millstones"',
            'titel = "Millstones"',
            "line 32: titel is not known; there are barcode, title",
        ),
        ('item = "5002"\n\n', 'item = "5009"\n\n', "line 37: item '5009' is none of the items above"),
        ('amount = "3.50"', "", "line 44: fees lacks amount"),
        ("[[branches]]", "[[brunches]]", "line 8: brunches is no section; there are ils, reader"),
        ("[ils]", "[[ils]]", "line 1: ils is a section of its own"),
        ("[ils]", "[ils", "line 1"),
        ("[[fees]]", "[fees]", "line 44: fees is written [[fees]], once for each"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(wrong: str, instead: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"line \d+") as error:
        read_library(MILL.replace(wrong, instead, 1))
    assert said in str(error.value)


def test_a_section_must_be_a_section() -> None:
    with pytest.raises(ValueError, match="line 1: patrons is written"):
        read_library('patrons = "many"\n')
    with pytest.raises(ValueError, match="line 1: patrons is a section of its own"):
        read_library("patrons = [1]\n")


def test_the_command_tells_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mill.toml"
    file.write_text(MILL.replace("koha", "kohaa"), "utf-8")
    assert main(["ils", "--scenery", str(file)]) == 2
    assert "mill.toml: line 2: personality must be one of lantern" in capsys.readouterr().err
    scenery = tmp_path / "odd.json"
    scenery.write_text(json.dumps({"holds": [{"patron": "1", "item": "2"}]}), "utf-8")
    assert main(["ils", "--scenery", str(scenery)]) == 2
    assert "holds on 2, which are no items" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["ils", "--personality", "nonesuch"])


def test_the_page_is_what_the_program_writes() -> None:
    written = Path(__file__).parents[2] / "docs" / "simulated-ils.md"
    assert written.read_text("utf-8") == page(), "python -m kiosk.simulator.manual > docs/simulated-ils.md"


def test_what_the_page_shows_works() -> None:
    world = World(read_library(LIBRARY))
    assert world.ils.lending.accounts.balance("1001") > 3
    for name, takes, _ in FAULTS:
        ways = [part.strip('`" ') for part in takes.partition("`how`:")[2].split(",")] or [""]
        for how in ways:
            command = {"do": name, "device": "ils", "seconds": 1.0, "message": "11"}
            command |= {"how": how} if how and how != "message" else {}
            assert world.do(command, 1.0)["ok"], command
