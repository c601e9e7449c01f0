"""`kiosk tag read` and `watch` at the pad of each make."""

import pytest

from kiosk.rfid.tags import encode_501, encode_28560_2
from kiosk.simulator.scenery import Tag
from kiosk.tagging import main
from tests.tagging.tools import PADS, Tools, every_make

BOOK, CARD, BLANK, FINNISH, OLD, ODD = (f"E00401500000000{number}" for number in range(1, 7))
LOOK_KEYS = {
    *("uid", "maker", "chip", "ic_reference", "blocks", "block_size", "dsfid", "afi", "eas", "security"),
    *("model", "valid", "state", "item_id", "owner_isil", "part", "parts", "usage", "media", "fields"),
    *("written", "why", "ils_item", "reason", "code", "doubts", "memory"),
}

HEAP = (
    Tag(BOOK, "39000001", parts=2, part=2, eas=True),
    Tag(CARD, "21000001", usage=8),
    Tag(BLANK, data=""),
    Tag(FINNISH, data=encode_28560_2("1234567890", "FI-He", size=112).hex(), dsfid=6, afi=0xC2),
    Tag(OLD, data=encode_501("30007007007").hex(), afi=0xDA),
    Tag(ODD, "39000007", damaged=True),
)


@pytest.fixture
def table(tmp_path, capsys):
    return lambda make, *tags, **more: Tools(tmp_path, capsys, make, *tags, **more)


@every_make
def test_each_tag_tells_all_that_it_has(table, make: str):
    it = table(make, *HEAP)
    it.put(*(tag.uid for tag in HEAP))
    said = it.tag("read", "--json")
    assert (said.status, said.err) == (0, "")
    tags = {each["uid"]: each for each in said.json["tags"]}
    assert all(each.keys() == LOOK_KEYS for each in tags.values())
    assert {uid: (each["state"], each["model"], each["item_id"]) for uid, each in tags.items()} == {
        BOOK: ("item", "iso28560-3", "39000001"),
        CARD: ("patron-card", "iso28560-3", "21000001"),
        BLANK: ("blank", "unknown", None),
        FINNISH: ("item", "iso28560-2", "1234567890"),
        OLD: ("item", "rfid501", "30007007007"),
        ODD: ("damaged", "iso28560-3", None),
    }
    book = tags[BOOK]
    assert (book["part"], book["parts"], book["afi"], book["dsfid"], book["security"]) == (
        2,
        2,
        "07",
        "3E",
        "armed",
    )
    assert (book["maker"], book["chip"], book["blocks"], book["eas"]) == ("NXP", "ICODE SLIX", 28, True)
    assert (tags[FINNISH]["security"], tags[FINNISH]["eas"]) == ("released", False)
    assert tags[OLD]["security"] == "unknown"  # 3M's DA means nothing by these settings
    assert (tags[ODD]["reason"], tags[ODD]["code"]) == ("tag-damaged", "K-TAG-002")
    assert "CRC" in tags[ODD]["doubts"]["tag-damaged"]
    assert book["doubts"] == {}


@every_make
def test_raw_gives_every_block(table, make: str):
    it = table(make, *HEAP)
    it.put(BOOK, BLANK)
    said = it.tag("read", "--raw", "--json", BOOK)
    assert [each["uid"] for each in said.json["tags"]] == [BOOK]
    assert bytes.fromhex(said.json["tags"][0]["memory"]) == it.memory(BOOK)
    said = it.tag("read", "--raw", BOOK.lower())
    assert "    0  11 02 02 33  ...3" in said.out
    assert "   27  00 00 00 00  ...." in said.out
    assert BLANK not in said.out


@every_make
def test_an_empty_pad_and_a_tag_that_is_not_there(table, make: str):
    it = table(make, *HEAP)
    said = it.tag("read")
    assert (said.status, said.out) == (1, "No tag answers on the pad.\n")
    it.put(BLANK)
    said = it.tag("read", BOOK)
    assert (said.status, said.out) == (1, "")
    assert said.err == f"kiosk tag read: there is no tag {BOOK} on the pad\n"


def test_a_tag_without_system_information_is_read_as_far_as_it_goes(table):
    it = table(
        "feig", Tag(BOOK, "39000001", lacks=("2B",), blocks=8), Tag(CARD, "x", lacks=("2B",), mute=True)
    )
    it.put(BOOK, CARD)
    tags = it.tag("read", "--raw", "--json").json["tags"]
    assert [bytes.fromhex(each["memory"]) for each in tags] == [it.memory(BOOK), it.memory(CARD)]
    assert [(each["afi"], each["blocks"], list(each["doubts"])) for each in tags] == [
        (None, None, ["no-system-info"])
    ] * 2


def test_two_tags_of_one_uid_are_doubted(table):
    it = table("feig", Tag(BOOK, "39000001"), Tag(BOOK, "39000002", copy=1, afi=0xC2))
    it.put(BOOK, f"{BOOK}#1")
    said = it.tag("read", "--json")
    (told,) = said.json["tags"]
    assert (said.status, told["valid"]) == (1, False)
    assert "duplicate-uid" in told["doubts"]


# ---- watch ----------------------------------------------------------------------------------


@every_make
def test_the_list_tells_each_change_once(table, make: str):
    it = table(make, *HEAP)
    it.put(BOOK, BLANK)
    it.later(6.0, "put", tags=[CARD])
    it.later(9.0, "lift", tags=[BOOK])
    said = it.tag("watch", "--json", "--seconds", "13")
    assert said.status == 0
    events = [(each["event"], each.get("uid")) for each in said.lines]
    assert events[0] == ("reader", None)
    assert sorted(events[1:3]) == [("came", BOOK), ("came", BLANK)]
    assert events[3:] == [("came", CARD), ("left", BOOK)]
    came = next(each for each in said.lines if each["event"] == "came")
    assert came.keys() == LOOK_KEYS | {"at", "event"}
    assert came["at"].startswith("2026-09-21T")


def test_the_list_for_people(table):
    it = table("feig", *HEAP)
    it.put(BOOK, ODD)
    out = it.tag("watch", "--seconds", "3").out
    assert f"+ {BOOK}  item  39000001  2/2  XX-LANTERN  iso28560-3  circulating  AFI 07  EAS on\n" in out
    (damaged,) = [line for line in out.splitlines() if ODD in line]
    assert " ! " in damaged
    assert "CRC" in damaged


def test_what_another_switches_is_seen(table):
    it = table("feig", *HEAP)
    it.put(FINNISH)
    tag = it.world.field.tags[FINNISH]
    it.at(3.0, lambda: setattr(tag, "afi", 0x07))
    lines = it.tag("watch", "--json", "--seconds", "8").lines
    assert [(each["event"], each.get("afi"), each.get("security")) for each in lines] == [
        ("reader", None, None),
        ("came", "C2", "released"),
        ("changed", "07", "armed"),
    ]


def test_two_tags_that_name_the_same_part_are_doubted(table):
    it = table("feig", Tag(BOOK, "39000001"), Tag(CARD, "39000001"))
    it.put(BOOK, CARD)
    it.later(5.0, "lift", tags=[CARD])
    lines = it.tag("watch", "--json", "--seconds", "9").lines
    last = {each["uid"]: each for each in lines if "uid" in each}
    doubted = [each["uid"] for each in lines if "same-item" in each.get("doubts", {})]
    assert set(doubted) == {BOOK, CARD}
    assert last[BOOK]["doubts"] == {}
    assert last[CARD]["event"] == "left"


def test_a_weak_tag_is_called_weak(table):
    it = table("feig", Tag(BOOK, "39000001", weak=0.3), Tag(CARD, "39000002"))
    it.put(BOOK, CARD)
    lines = it.tag("watch", "--json", "--seconds", "40").lines
    assert {each["uid"] for each in lines if each.get("doubts", {}).keys() & {"weak", "flickering"}} == {BOOK}


@every_make
def test_a_reader_that_goes_and_comes(table, make: str):
    it = table(make, *HEAP)
    it.put(BOOK)
    it.later(4.0, "unplug", device="reader")
    it.later(6.0, "plug", device="reader")
    lines = it.tag("watch", "--json", "--seconds", "14").lines
    reader = [(each["ready"], each["code"]) for each in lines if each["event"] == "reader"]
    assert reader == [(True, None), (False, "K-PAD-001"), (True, None)]
    # nobody saw the book leave, and it is there
    assert [each["event"] for each in lines if each["event"] != "reader"] == ["came"]


# ---- what keeps it from the pad -------------------------------------------------------------


@pytest.mark.parametrize("command", ["read", "watch", "secure", "release", "write"])
def test_without_settings_it_says_what_to_do(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
):
    monkeypatch.chdir(tmp_path)
    more = {"read": [], "watch": [], "write": ["--barcode", "1"]}.get(command, ["--who", "I", "--why", "w"])
    status = main([command, *more])
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert said.err.startswith(f"kiosk tag {command}: there is no kiosk.toml in this folder")
    assert "[pad]" in said.err


@pytest.mark.parametrize("make", PADS)
def test_a_reader_that_is_away_is_one_sentence_with_its_code(table, make: str):
    it = table(make, *HEAP)
    it.do("unplug", device="reader")
    said = it.tag("read")
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("kiosk tag read: K-PAD-001: ")
    assert said.err.count("\n") == 1
    told = it.tag("read", "--json").json
    assert told["code"] == "K-PAD-001"
    assert told["error"] in said.err


def test_a_reader_that_says_nothing(table):
    it = table("feig", *HEAP)
    it.put(BOOK)
    it.do("silent", device="reader", count=10000)
    assert it.tag("read", "--seconds", "4").err.startswith("kiosk tag read: K-PAD-001: ")


def test_wrong_settings_are_named(table):
    it = table("feig", settings="[pad2]\n")
    said = it.tag("read")
    assert said.status == 2
    assert "pad2" in said.err


def test_simulated_pads_have_nobody_to_ask(table):
    it = table("feig")
    it.config.write_text("[library]\nname = 'Lanternfield'\n")
    said = it.tag("read")
    assert said.status == 2
    assert "[pad] driver must be feig-tcp" in said.err
