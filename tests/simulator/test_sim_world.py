"""The world's steering: commands, triggers at the very instant, the report."""

import json

import pytest

from kiosk.rfid.tags import BlankTag, DamagedTag, ForeignTag, LibraryTag, decode_ndef, decode_tag
from kiosk.simulator import Send, World, lanternfield, tagdata
from kiosk.simulator.card import Card
from kiosk.simulator.lanternfield import BLANK, DAMAGED, FOREIGN, PATRON_CARD

WILLOWS = "E004015012AB3F01"
TODAY = b"20261121    101500"


def do(world: World, now: float, **command: object) -> dict[str, object]:
    return world.do({name.rstrip("_"): value for name, value in command.items()}, now)


def lend(world: World, item: str, now: float) -> bytes:
    """One loan over a line of its own, without checksums."""
    link = int(item)
    world.ils.opened(link, now)
    world.ils.received(link, b"9300CNselfcheck|COlantern|\r", now)
    frame = b"11YN" + TODAY + TODAY + b"AOLANTERN|AA21000001|AB" + item.encode() + b"|AC|\r"
    world.ils.received(link, frame, now)
    outs = world.ils.take(now + 1)
    return b"".join(out.data for out in outs if isinstance(out, Send))


def test_published_basic_blocks() -> None:
    first = tagdata.basic_block("1000000056", "DK-718500")
    assert first[:32].hex().upper() == ("1101013130303030303030353600000000000098A4444B373138353030000000")
    second = tagdata.basic_block("1000000136", "DK-718500")
    assert second.hex().upper() == ("110101313030303030303133360000000000003615444B3731383530300000000000")
    third = tagdata.basic_block("1620154429", "FI-Mamk-M")
    assert third.hex().upper() == ("11010131363230313534343239000000000000C4CF46494D616D6B2D4D0000000000")
    assert tagdata.crc(b"RFID tag data model") == 0x1AEE
    assert tagdata.crc(bytes(32)) == 0xF14C


def test_the_shipped_tags_are_what_they_are_called() -> None:
    world = World(lanternfield())
    memory = {uid: bytes(tag.memory) for uid, tag in world.field.tags.items()}
    sound = memory[WILLOWS]
    assert tagdata.crc(sound[:19] + sound[21:34]).to_bytes(2, "little") == sound[19:21]
    broken = memory[DAMAGED]
    assert tagdata.crc(broken[:19] + broken[21:34]).to_bytes(2, "little") != broken[19:21]
    assert not any(memory[BLANK])
    assert memory[PATRON_CARD][0] & 0x0F == 8
    assert memory[FOREIGN][:2] == b"\xe1\x40"
    barcodes = {item.barcode for item in lanternfield().items}
    untagged = barcodes - {tag.barcode for tag in lanternfield().tags}
    assert untagged == {"39000008"}


def test_the_kiosk_reads_on_our_tags_what_we_wrote() -> None:
    """Two readings of ISO 28560-3 and of NDEF, written apart, agree."""
    for plan in lanternfield().tags:
        read = decode_tag(plan.memory())
        if plan.damaged:
            assert isinstance(read, DamagedTag)
        elif plan.uid == BLANK:
            assert isinstance(read, BlankTag)
        elif plan.uid == FOREIGN:
            assert isinstance(read, ForeignTag)
        else:
            assert isinstance(read, LibraryTag)
            assert (read.item_id, read.owner) == (plan.barcode, plan.owner)
            assert (read.part, read.parts, read.usage.kind) == (plan.part, plan.parts, plan.usage)
    held = decode_ndef(Card("21000003").memory()[4:])
    assert held is not None
    assert held.text == "21000003"


def test_tags_come_and_go_by_uid_or_barcode() -> None:
    world = World(lanternfield())
    assert do(world, 1.0, do="put", tags=["39000001", DAMAGED])["ok"]
    assert do(world, 2.5, do="lift", tags=[WILLOWS])["ok"]
    field = {tag["uid"]: tag for tag in world.report()["field"]}
    assert set(field) == {WILLOWS, DAMAGED}
    assert field[WILLOWS]["there"] == [[1.0, 2.5]]
    assert field[WILLOWS]["afi_before"] == field[WILLOWS]["afi_after"] == "07"
    assert field[DAMAGED]["there"] == [[1.0, None]]
    assert do(world, 3.0, do="put", tags=["39000014"])["ok"], "three parts"
    assert len(world.report()["field"]) == 5


def test_a_tag_may_be_made_for_any_barcode() -> None:
    world = World(lanternfield())
    uid = do(world, 1.0, do="make-tag", barcode="ABC-1")["uid"]
    assert isinstance(uid, str)
    assert uid.startswith("E00401")
    assert do(world, 1.0, do="put", tags=[uid])["ok"]
    scenery = lanternfield().carrying(["A", "B"])
    assert [tag.barcode for tag in scenery.tags] == ["A", "B"]
    assert scenery.tag_of("B").uid != scenery.tag_of("A").uid


def test_several_commands_at_one_instant() -> None:
    world = World(lanternfield())
    steps = [{"do": "put", "tags": [WILLOWS]}, {"do": "show-card", "text": "21000001"}]
    assert do(world, 4.0, do="all", steps=steps)["ok"]
    report = world.report()
    assert report["field"][0]["there"][0][0] == report["card"][0]["t"] == 4.0
    assert world.card is not None
    do(world, 5.0, do="remove-card")
    assert world.card is None
    assert world.report()["card"][0]["removed"] == 5.0


@pytest.mark.parametrize(
    "command",
    [
        {},
        {"do": "dance"},
        {"do": "put"},
        {"do": "put", "tags": ["E0040100DEADBEEF"]},
        {"do": "put", "tags": [""]},
        {"do": "unplug", "device": "kettle"},
        {"do": "garble", "device": "ils", "how": "badly"},
        {"do": "slow", "device": "ils", "seconds": "soon"},
        {"do": "show-card", "text": "x" * 300},
        {"do": "make-tag", "uid": "nonsense", "barcode": "1"},
        {"do": "make-tag", "uid": WILLOWS, "barcode": "1"},
        {"do": "when", "event": {"kind": "rain"}, "steps": []},
        {"do": "when", "event": {"kind": "loan", "uid": WILLOWS}, "steps": []},
        {"do": "all", "steps": [{"do": "nothing"}]},
    ],
)
def test_a_wrong_command_says_what_is_wrong(command: dict[str, object]) -> None:
    answer = World(lanternfield()).do(command, 1.0)
    assert not answer["ok"]
    assert answer["error"]


def test_a_loan_can_make_a_tag_vanish_before_the_answer_leaves() -> None:
    world = World(lanternfield())
    do(world, 1.0, do="put", tags=[WILLOWS])
    event = {"kind": "loan", "item": "39000001"}
    do(world, 1.0, do="when", event=event, steps=[{"do": "lift", "tags": [WILLOWS]}])
    lend(world, "39000002", 2.0)
    assert world.field.tags[WILLOWS].present
    assert lend(world, "39000001", 3.0).count(b"121NNY") == 1
    assert world.report()["field"][0]["there"] == [[1.0, 3.0]]
    answered = world.report()["ils"]["messages"][-1]["answered"]
    assert answered > 3.0


def test_the_ils_can_go_before_the_first_loan() -> None:
    world = World(lanternfield())
    event = {"kind": "message", "message": "11"}
    do(world, 1.0, do="when", event=event, steps=[{"do": "unplug", "device": "ils"}])
    lend(world, "39000001", 2.0)
    assert world.ils.loans == []
    assert not world.ils.reachable


def test_a_trigger_counts_acts_once_and_tells_its_watchers() -> None:
    world = World(lanternfield())
    told: list[bool] = []
    world.watch(lambda: told.append(world.ils.reachable))
    event = {"kind": "loan", "count": 2}
    do(world, 1.0, do="when", event=event, steps=[{"do": "unplug", "device": "ils"}, {"do": "rain"}])
    lend(world, "39000001", 2.0)
    assert world.ils.reachable
    lend(world, "39000002", 3.0)
    assert told == [False]
    assert world.report()["troubles"] == ["when loan: unknown command 'rain'"]


def test_returns_and_renewals_are_instants_to_act_at() -> None:
    world = World(lanternfield())
    lift = [{"do": "lift", "tags": ["39000019"]}]
    do(world, 1.0, do="put", tags=["39000019"])
    do(world, 1.0, do="when", event={"kind": "return", "item": "39000019"}, steps=lift)
    unplug = [{"do": "unplug", "device": "ils"}]
    do(world, 1.0, do="when", event={"kind": "renewal", "item": "39000011"}, steps=unplug)
    world.ils.opened(1, 1.0)
    world.ils.received(1, b"9300CNselfcheck|COlantern|\r", 1.0)
    world.ils.received(1, b"09N" + TODAY + TODAY + b"AP|AOLANTERN|AB39000019|AC|\r", 2.0)
    assert world.report()["field"][0]["there"] == [[1.0, 2.0]]
    world.ils.received(1, b"29NN" + TODAY + TODAY + b"AOLANTERN|AA21000001|AB39000011|\r", 3.0)
    assert not world.ils.reachable
    assert world.report()["ils"]["renewals"][0]["t"] == 3.0
    assert world.report()["troubles"] == []


def test_faults_can_be_called_off() -> None:
    world = World(lanternfield())
    do(world, 1.0, do="silent", device="ils", count=9)
    do(world, 1.0, do="slow", device="ils", seconds=60)
    assert lend(world, "39000001", 2.0) == b""
    do(world, 1.0, do="well", device="ils")
    assert b"121" in lend(world, "39000002", 3.0)


def test_the_report_is_json_and_knows_who_has_what() -> None:
    world = World(lanternfield())
    lend(world, "39000001", 2.0)
    report = json.loads(json.dumps(do(world, 9.0, do="report")))
    assert report["now"] == 9.0
    (loan,) = report["ils"]["loans"]
    assert loan == {
        "t": 2.0,
        "patron": "21000001",
        "item": "39000001",
        "renewal": False,
        "due": "20261212    235900",
    }
    message = report["ils"]["messages"][-1]
    assert message["request"].startswith("11YN")
    assert message["response"].startswith("121NNY")
    holders = {item["barcode"]: item["with"] for item in report["ils"]["items"]}
    assert holders["39000001"] == "21000001"
    assert holders["39000002"] is None
    assert {item["barcode"]: item["status"] for item in report["ils"]["items"]}["39000001"] == "04"
    assert report["printer"] == {
        "paper": "plenty",
        "cover": "closed",
        "pieces": [],
        "status": [],
        "complaints": [],
    }
    assert report["gate"] == {"lines": [], "edges": []}
    assert do(world, 9.0, do="quit")["ok"]
    assert world.over
