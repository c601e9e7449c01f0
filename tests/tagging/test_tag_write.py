"""`kiosk tag write` at the pad of each make: nothing is lost that nobody gave up, and what was
not read is not called written."""

import pytest

from kiosk.rfid.tags import LibraryTag, Usage, decode_tag, encode_28560_2
from kiosk.simulator.scenery import Tag
from tests.tagging.tools import Tools, every_make

BLANK, BOOK, CARD, ODD, KEPT = (f"E00401500000002{number}" for number in range(1, 6))
NEW = "39000077"
WRITE_KEYS = {"act", "uid", "outcome", "security", "says", "code", "saga", "tag"}

blank = Tag(BLANK, data="", dsfid=0, afi=0)


@pytest.fixture
def table(tmp_path, capsys):
    return lambda make, *tags, **more: Tools(tmp_path, capsys, make, *tags, **more)


def content(it: Tools, uid: str) -> LibraryTag:
    tag = it.world.field.tags[uid]
    decoded = decode_tag(bytes(tag.memory), dsfid=tag.dsfid)
    assert isinstance(decoded, LibraryTag), decoded
    return decoded


@every_make
def test_a_blank_tag_becomes_an_item_in_stock(table, make: str):
    it = table(make, blank)
    it.put(BLANK)
    said = it.tag("write", "--barcode", NEW, "--owner", "DK-718500", "--parts", "2/3", "--json")
    assert (said.status, said.err) == (0, "")
    told = said.json
    assert told.keys() == WRITE_KEYS
    assert (told["outcome"], told["security"], told["code"]) == ("written", "secured", None)
    assert (told["tag"]["item_id"], told["tag"]["part"], told["tag"]["parts"]) == (NEW, 2, 3)
    assert (told["tag"]["dsfid"], told["tag"]["afi"], told["tag"]["security"]) == ("3E", "07", "armed")
    tag = it.world.field.tags[BLANK]
    assert (tag.dsfid, tag.afi) == (0x3E, 0x07)
    found = content(it, BLANK)
    assert (found.item_id, found.owner, found.part, found.parts) == (NEW, "DK-718500", 2, 3)
    rows = it.journal()
    assert [(row["kind"], row["payload"].get("act")) for row in rows] == [
        ("staff", "write"),
        ("settled", None),
    ]
    assert rows[0]["payload"]["item"] == NEW
    assert rows[1]["payload"]["state"] == "write-written"
    # memory first, then the DSFID, then what a gate looks at
    assert rows[0]["mono"] < tag.block_writes[0].t <= tag.block_writes[-1].t < tag.dsfid_writes[0][0]
    assert tag.dsfid_writes[-1][0] < tag.writes[0][0] < rows[1]["mono"]


@every_make
def test_the_other_model_with_all_that_it_can_say(table, make: str):
    it = table(make, blank)
    it.put(BLANK)
    words = ["--model", "iso28560-2", "--usage", "not-for-circulation", "--media", "cd", "--owner", "FI-He"]
    said = it.tag("write", "--barcode", "1234567890", *words)
    assert said.out == f"{BLANK}  written, read back and understood, and armed\n"
    found = content(it, BLANK)
    assert (found.model, found.item_id, found.owner) == ("iso28560-2", "1234567890", "FI-He")
    assert (found.usage, found.media) == (Usage.NOT_FOR_CIRCULATION, "cd")
    assert it.world.field.tags[BLANK].dsfid == 0x06


@every_make
def test_what_is_not_blank_stays_unless_told(table, make: str):
    it = table(
        make,
        Tag(BOOK, "39000001"),
        Tag(CARD, "21000001", usage=8),
        Tag(ODD, data="DEADBEEF" * 8),
    )
    for uid, what in ((BOOK, "holds item 39000001"), (CARD, "holds a patron's card"), (ODD, "is not blank")):
        it.put(uid)
        before = it.memory(uid)
        said = it.tag("write", "--barcode", NEW)
        assert (said.status, said.out) == (1, "")
        assert what in said.err
        assert "--overwrite" in said.err
        assert it.memory(uid) == before
        assert it.journal() == [] or it.journal()[-1]["payload"]["uid"] != uid
        assert it.tag("write", "--barcode", NEW, "--overwrite").status == 0
        assert content(it, uid).item_id == NEW
        it.do("lift", tags=[uid])
    assert [row["payload"]["before"] for row in it.journal() if row["kind"] == "staff"] == [
        "39000001",
        None,
        None,
    ]
    assert "21000001" not in str(it.journal())  # whose card it was is nobody's business


def test_what_stood_behind_the_new_content_is_gone(table):
    full = encode_28560_2("1234567890", "FI-He", others={17: "A very long title indeed"}, size=112)
    it = table("feig", Tag(BOOK, data=full.hex()))
    it.put(BOOK)
    assert it.tag("write", "--barcode", NEW, "--overwrite").status == 0
    assert not it.memory(BOOK)[32:].strip(b"\0")


def test_to_write_the_same_again_overwrites_nothing(table):
    it = table("feig", blank)
    it.put(BLANK)
    assert it.tag("write", "--barcode", NEW).status == 0
    written = len(it.world.field.tags[BLANK].block_writes)
    assert it.tag("write", "--barcode", NEW).status == 0
    assert len(it.world.field.tags[BLANK].block_writes) == written


def test_several_tags_are_not_guessed_at(table):
    it = table("feig", blank, Tag(BOOK, "39000001"))
    it.put(BLANK, BOOK)
    said = it.tag("write", "--barcode", NEW)
    assert (said.status, said.out) == (1, "")
    assert "2 tags lie on the pad" in said.err
    assert it.tag("write", "--barcode", NEW, BLANK).status == 0
    assert content(it, BOOK).item_id == "39000001"


def test_two_tags_of_one_uid_are_not_written(table):
    it = table("feig", blank, Tag(BLANK, "39000002", copy=1))
    it.put(BLANK, f"{BLANK}#1")
    said = it.tag("write", "--barcode", NEW, "--overwrite")
    assert said.status == 1
    # what they say of themselves differs, so that no inventory names them
    assert "no tag answers" in said.err
    it = table("feig", blank, Tag(BLANK, "39000002", copy=1, afi=0, dsfid=0))
    it.put(BLANK, f"{BLANK}#1")
    said = it.tag("write", "--barcode", NEW, "--overwrite")
    assert said.status == 1
    assert "Take all but one off the pad" in said.err
    assert it.world.field.tags[BLANK].block_writes == []


@every_make
def test_lifted_in_mid_write(table, make: str):
    it = table(make, Tag(BOOK, "39000001", afi=0xC2))
    it.put(BOOK)
    it.when({"kind": "block-written", "uid": BOOK, "count": 3}, {"do": "lift", "tags": [BOOK]})
    said = it.tag("write", "--barcode", NEW, "--overwrite", "--json")
    assert said.status == 1
    told = said.json
    assert (told["outcome"], told["code"], told["tag"]) == ("half-written", "K-TAG-006", None)
    assert "--overwrite" in told["says"]
    assert it.journal()[-1]["payload"]["state"] == "write-half-written"
    # half of it is no item, not the old one and not the new one
    assert not isinstance(decode_tag(it.memory(BOOK)), LibraryTag)
    it.put(BOOK)
    said = it.tag("write", "--barcode", NEW)
    assert "is not blank" in said.err
    assert it.tag("write", "--barcode", NEW, "--overwrite").status == 0
    assert content(it, BOOK).item_id == NEW


@pytest.mark.parametrize("count", range(1, 10))
def test_no_half_of_a_model_without_a_checksum_is_an_item(table, count: int):
    old = encode_28560_2("1234567890", "FI-He", size=112).hex()
    it = table("feig", Tag(BOOK, data=old, dsfid=6))
    it.put(BOOK)
    it.when({"kind": "block-written", "uid": BOOK, "count": count}, {"do": "lift", "tags": [BOOK]})
    words = ["--model", "iso28560-2", "--owner", "FI-Em", "--parts", "2/3", "--overwrite"]
    said = it.tag("write", "--barcode", "1234567891", *words)
    found = decode_tag(it.memory(BOOK), dsfid=6)
    whole = isinstance(found, LibraryTag) and found.item_id == "1234567891" and found.parts == 3
    assert whole or not isinstance(found, LibraryTag), found
    if said.status == 0:
        assert whole  # no such block had to be written


@every_make
def test_lifted_a_little_and_put_back(table, make: str):
    it = table(make, blank)
    it.put(BLANK)
    event = {"kind": "block-written", "uid": BLANK, "count": 3}
    it.when(event, {"do": "lift", "tags": [BLANK]}, {"do": "put", "tags": [BLANK]})
    assert it.tag("write", "--barcode", NEW).status == 0
    assert content(it, BLANK).item_id == NEW


@every_make
def test_unplugged_in_mid_write(table, make: str):
    it = table(make, blank)
    it.put(BLANK)
    it.when({"kind": "block-written", "uid": BLANK, "count": 3}, {"do": "unplug", "device": "reader"})
    said = it.tag("write", "--barcode", NEW, "--json")
    assert (said.status, said.json["outcome"]) == (1, "half-written")
    it.do("plug", device="reader")
    assert it.tag("write", "--barcode", NEW, "--overwrite").status == 0
    assert content(it, BLANK).item_id == NEW


@every_make
def test_a_protected_tag_is_named_and_stays(table, make: str):
    it = table(make, Tag(KEPT, "39000009", guards=("write",), password="11223344"))
    it.put(KEPT)
    said = it.tag("write", "--barcode", NEW, "--overwrite", "--json")
    assert said.status == 1
    # a 3M pad says no more than that it was not written
    assert said.json["outcome"] == ("not-verified" if make == "m3" else "protected")
    assert content(it, KEPT).item_id == "39000009"


@every_make
def test_written_and_not_armed_is_not_done(table, make: str):
    it = table(make, Tag(KEPT, data="", guards=("afi",), password="11223344", afi=0))
    it.put(KEPT)
    said = it.tag("write", "--barcode", NEW, "--json")
    assert (said.status, said.json["outcome"]) == (1, "written-not-secured")
    assert said.json["security"] in {"protected", "failed"}
    assert content(it, KEPT).item_id == NEW


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--barcode", "12345678901234567"], "1 to 16 bytes"),
        (["--barcode", NEW, "--parts", "3/300"], "does not fit"),
        (["--barcode", NEW, "--model", "iso28560-2", "--parts", "3/120"], "more than a set can have"),
        (["--barcode", NEW, "--media", "dvd"], "no code for media dvd"),
        (["--barcode", NEW, "--usage", "patron-card"], "would not take it for an item"),
        (["--barcode", "77"], "would not take it for an item"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_touched(table, words: list[str], why: str):
    it = table("feig", blank, settings="[ids]\nitem_length = 8\n")
    it.put(BLANK)
    said = it.tag("write", *words)
    assert said.out == ""
    assert said.status in {1, 2}
    assert why in said.err
    assert it.world.field.tags[BLANK].block_writes == []
    assert it.journal() == []


@pytest.mark.parametrize("parts", ["0/2", "3/2", "one", "1"])
def test_parts_that_are_none(table, parts: str):
    with pytest.raises(SystemExit):
        table("feig").tag("write", "--barcode", NEW, "--parts", parts)


def test_weak_tags_are_written_in_the_end(table):
    it = table("feig", Tag(BLANK, data="", weak=0.2))
    it.put(BLANK)
    for _ in range(5):
        if it.tag("write", "--barcode", NEW, "--overwrite").status == 0:
            break
    assert content(it, BLANK).item_id == NEW
