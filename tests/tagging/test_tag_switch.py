"""`kiosk tag secure` and `release` at the pad of each make: named, journalled, proved."""

import fcntl
import os

import pytest

from kiosk.lab.case import Case
from kiosk.lab.evidence import Evidence, JournalRow
from kiosk.lab.wire import Rules
from kiosk.simulator.scenery import Tag
from kiosk.support.journal_command import main as journal_command
from tests.tagging.tools import STAFF, PowerCut, Tools, every_make

BOOK, OTHER, SECOND, CARD, BLANK, KEPT = (f"E00401500000001{number}" for number in range(1, 7))
END_KEYS = {"uid", "item", "part", "parts", "outcome", "afi", "says", "code", "saga"}


@pytest.fixture
def table(tmp_path, capsys):
    return lambda make, *tags, **more: Tools(tmp_path, capsys, make, *tags, **more)


def ends(said) -> dict[str, str]:
    return {each["uid"]: each["outcome"] for each in said.json["tags"]}


@every_make
def test_a_book_is_released_and_secured_by_name(table, make: str):
    it = table(make, Tag(BOOK, "39000001"))
    it.put(BOOK)
    said = it.tag("release", "--json", *STAFF)
    assert (said.status, said.err) == (0, "")
    (end,) = said.json["tags"]
    assert end.keys() == END_KEYS
    assert (end["item"], end["outcome"], end["afi"], end["code"]) == ("39000001", "released", "C2", None)
    assert it.truth(BOOK)["afi_after"] == "C2"
    said = it.tag("secure", *STAFF)
    assert said.out == f"{BOOK}  39000001  secured, and read back (AFI 07)\n"
    assert it.truth(BOOK)["afi_after"] == "07"
    rows = it.journal()
    assert [(row["kind"], row["closes"]) for row in rows] == [("staff", False), ("settled", True)] * 2
    assert rows[0]["payload"] == {
        "act": "release",
        "item": "39000001",
        "uid": BOOK,
        "who": "Ina",
        "why": "it lay in the bin",
        "afi": 7,
    }
    assert rows[1]["payload"]["state"] == "release-released"
    assert rows[0]["saga"] == rows[1]["saga"] != rows[2]["saga"]
    # the row was on the disk before the tag was touched
    (released, secured) = it.truth(BOOK)["writes"]
    assert rows[0]["mono"] <= released["t"] <= rows[1]["mono"]
    assert rows[2]["mono"] <= secured["t"] <= rows[3]["mono"]


def test_the_judge_of_the_laboratory_takes_it_for_an_act_of_staff(table):
    it = table("feig", Tag(BOOK, "39000001"))
    it.put(BOOK)
    it.tag("release", *STAFF)
    rows = tuple(
        JournalRow(row["seq"], row["saga"], row["kind"], row["mono"] * 1000, row["closes"], row["payload"])
        for row in it.journal()
    )
    case = Case(Evidence(journal=rows), Rules())
    assert case.staff_act("39000001", "", it.truth(BOOK)["writes"][0]["t"] * 1000)
    assert case.staff_act(None, BOOK, 1e12)
    assert not case.staff_act("39000002", OTHER, 1e12)


@every_make
def test_all_that_lies_there(table, make: str):
    tags = (
        Tag(BOOK, "39000001"),
        Tag(OTHER, "39000002", afi=0xC2),
        Tag(CARD, "21000001", usage=8),
        Tag(BLANK, data=""),
        Tag(KEPT, "39000009", guards=("afi",), password="11223344"),
    )
    it = table(make, *tags)
    it.put(*(tag.uid for tag in tags))
    said = it.tag("release", "--all", "--json", *STAFF)
    assert said.status == 1
    assert ends(said) == {
        BOOK: "released",
        OTHER: "released",
        CARD: "no-item",
        BLANK: "no-item",
        # a 3M pad says no more than that it was not written
        KEPT: "failed" if make == "m3" else "protected",
    }
    codes = {each["uid"]: each["code"] for each in said.json["tags"]}
    assert (codes[CARD], codes[KEPT]) == ("K-TAG-003", "K-TAG-005" if make == "m3" else "K-TAG-010")
    afis = [it.truth(uid)["afi_after"] for uid in (BOOK, OTHER, CARD, BLANK, KEPT)]
    assert afis == ["C2", "C2", "07", "07", "07"]
    assert it.truth(CARD)["writes"] == it.truth(BLANK)["writes"] == []
    touched = {row["payload"]["uid"] for row in it.journal()}
    assert touched == {BOOK, OTHER, KEPT}


def test_the_password_of_the_settings_opens_a_protected_tag(table):
    it = table(
        "feig",
        Tag(KEPT, "39000009", guards=("afi",), password="11223344"),
        settings='[security]\npassword = "11223344"',
    )
    it.put(KEPT)
    assert ends(it.tag("release", "--json", *STAFF)) == {KEPT: "released"}


def test_eas_as_the_settings_say(table):
    it = table("feig", Tag(BOOK, "39000001", eas=True), settings='[security]\nswitches = ["afi", "eas"]')
    it.put(BOOK)
    assert it.tag("release", *STAFF).status == 0
    assert it.world.field.tags[BOOK].eas is False
    assert it.tag("secure", *STAFF).status == 0
    assert it.world.field.tags[BOOK].eas is True


@every_make
def test_a_set_is_switched_by_its_barcode_and_the_missing_part_is_named(table, make: str):
    parts = [Tag(uid, "39000003", part=number, parts=3) for number, uid in enumerate((BOOK, SECOND), 1)]
    it = table(make, *parts, Tag(OTHER, "39000002"))
    it.put(BOOK, SECOND, OTHER)
    said = it.tag("release", "--barcode", "39000003", "--json", *STAFF)
    assert said.status == 1
    assert ends(said) == {BOOK: "released", SECOND: "released", None: "missing"}
    assert said.json["tags"][-1]["part"] == 3
    assert it.truth(OTHER)["writes"] == []


def test_several_and_none_are_not_guessed_at(table):
    it = table("feig", Tag(BOOK, "39000001"), Tag(OTHER, "39000002"))
    assert "no tag answers on the pad" in it.tag("release", *STAFF).err
    it.put(BOOK, OTHER)
    said = it.tag("release", *STAFF)
    assert (said.status, said.out) == (1, "")
    assert "2 tags lie on the pad" in said.err
    assert it.tag("release", BOOK, *STAFF).status == 0
    assert it.truth(OTHER)["writes"] == []
    assert "no tag of item 4711" in it.tag("release", "--barcode", "4711", *STAFF).err
    assert f"no tag {CARD}" in it.tag("release", CARD, *STAFF).err


@pytest.mark.parametrize(
    "words", [[], ["--who", "Ina"], ["--who", " ", "--why", "x"], [*STAFF, "--all", BOOK]]
)
def test_an_act_without_a_name_or_a_reason_is_none(table, words: list[str]):
    it = table("feig", Tag(BOOK, "39000001"))
    it.put(BOOK)
    with pytest.raises(SystemExit) as wrong:
        it.tag("release", *words)
    assert wrong.value.code == 2
    assert it.truth(BOOK)["writes"] == []


@every_make
def test_lifted_before_it_was_proved(table, make: str):
    it = table(make, Tag(BOOK, "39000001"), Tag(OTHER, "39000002"))
    it.put(BOOK, OTHER)
    it.when({"kind": "afi-written", "uid": BOOK}, {"do": "lift", "tags": [BOOK]})
    said = it.tag("release", "--all", "--json", *STAFF)
    assert (said.status, ends(said)) == (1, {BOOK: "left", OTHER: "released"})
    states = {row["payload"]["uid"]: row["payload"]["state"] for row in it.journal() if row["closes"]}
    assert states == {BOOK: "release-left", OTHER: "release-released"}


@every_make
def test_lifted_and_put_back_is_switched_after_all(table, make: str):
    it = table(make, Tag(BOOK, "39000001"))
    it.put(BOOK)
    it.when(
        {"kind": "afi-written", "uid": BOOK},
        {"do": "lift", "tags": [BOOK]},
        {"do": "put", "tags": [BOOK]},
    )
    assert ends(it.tag("release", "--json", *STAFF)) == {BOOK: "released"}


@every_make
def test_unplugged_in_mid_write_is_never_called_switched(table, make: str):
    it = table(make, Tag(BOOK, "39000001"))
    it.put(BOOK)
    it.when({"kind": "afi-written", "uid": BOOK}, {"do": "unplug", "device": "reader"})
    said = it.tag("release", "--json", *STAFF)
    assert (said.status, ends(said)) == (1, {BOOK: "left"})
    it.do("plug", device="reader")
    assert ends(it.tag("release", "--json", *STAFF)) == {BOOK: "released"}


@every_make
def test_unplugged_and_plugged_again_loses_nothing(table, make: str):
    it = table(make, Tag(BOOK, "39000001"))
    it.put(BOOK)
    it.when({"kind": "afi-written", "uid": BOOK}, {"do": "unplug", "device": "reader"})
    it.later(4.5, "plug", device="reader")
    said = it.tag("release", "--json", *STAFF)
    assert ends(said)[BOOK] in {"released", "left"}
    assert (said.status == 0) == (ends(said)[BOOK] == "released")


@pytest.mark.parametrize("command", ["secure", "release", "write", "read", "watch"])
def test_not_beside_a_kiosk(table, command: str):
    it = table("feig", Tag(BOOK, "39000001"))
    it.put(BOOK)
    data = it.folder / "data"
    data.mkdir()
    handle = os.open(data, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        more = {"read": (), "watch": (), "write": ("--barcode", "39000004")}.get(command, STAFF)
        said = it.tag(command, *more)
    finally:
        os.close(handle)
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith(f"kiosk tag {command}: K-JRN-")
    assert "a kiosk runs with these settings" in said.err
    assert it.truth(BOOK)["reads"] == []


def test_without_a_journal_nothing_is_touched(table):
    it = table("feig", Tag(BOOK, "39000001"))
    it.put(BOOK)
    data = it.folder / "data"
    data.mkdir()
    (data / "journal.db").write_bytes(b"no journal at all" * 100)
    said = it.tag("release", *STAFF)
    assert said.status == 1
    assert said.err.startswith("kiosk tag release: K-JRN-")
    assert "kiosk journal adopt" in said.err
    assert it.truth(BOOK)["writes"] == []


def test_an_act_that_was_cut_off_is_an_open_matter(table, capsys):
    """The power goes between the row and the tag: whoever lists the journal is told."""
    it = table("feig", Tag(BOOK, "39000001"))
    it.put(BOOK)
    it.tag("release", *STAFF)
    with pytest.raises(PowerCut):
        it.tag("secure", *STAFF, cut=True)
    assert it.truth(BOOK)["afi_after"] == "C2"
    capsys.readouterr()
    words = ["list", "--config", str(it.config), "--json"]
    assert journal_command(words, wall=lambda: 0.0, mono=lambda: 0.0) == 0
    told = capsys.readouterr().out
    assert '"key": "staff-act"' in told
    assert "39000001" in told
