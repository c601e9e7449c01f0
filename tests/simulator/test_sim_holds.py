"""Holds at the simulated ILS: who waits for what, and what the next loan and return make of it."""

import json

import pysip2
import pytest

from kiosk.simulator import World, lanternfield
from tests.simulator.raw_kiosk import TODAY, Kiosk, agree, checked, hold, information

ANNA, BRUNO, LEILA, MARA = b"21000001", b"21000002", b"21000003", b"21000004"


@pytest.fixture
def world() -> World:
    return World(lanternfield())


def ask_back(item: bytes) -> bytes:
    return b"09N" + TODAY + TODAY + b"APdesk|AOLANTERN|AB" + item + b"|AC|"


def ask_renewal(item: bytes, patron: bytes) -> bytes:
    return b"29NN" + TODAY + TODAY + b"AOLANTERN|AA" + patron + b"|AB" + item + b"|"


def test_a_hold_waits_until_the_book_comes_back(world: World) -> None:
    kiosk = Kiosk(world).login()
    said = kiosk.asks(hold(LEILA, b"39000011"))
    assert said == (
        "161N" + TODAY.decode() + "AOLANTERN|AA21000003|AB39000011|AJNotes from the Lighthouse|BR1|BSLANTERN|"
    )
    assert "|BR2|" in kiosk.asks(hold(MARA, b"39000011"))
    assert "|AFItem is on hold for another patron.|" in kiosk.asks(ask_renewal(b"39000011", ANNA))
    waiting = kiosk.asks(information(LEILA, b"     Y    "))
    assert waiting[37:61] == "000000000000000000000001"
    assert "|CD39000011|" in waiting
    back = kiosk.asks(ask_back(b"39000011"))
    assert back.startswith("101YNY")
    assert "|CV01|CTLANTERN|CY21000003|" in back
    ready = kiosk.asks(information(LEILA, b"Y         "))
    assert ready[37:61] == "000100000000000000000000"
    assert "|AS39000011|" in ready
    assert kiosk.asks(b"17" + TODAY + b"AOLANTERN|AB39000011|").startswith("180800")
    assert "hold shelf" in kiosk.asks(agree(b"39000011", ANNA, b"N"))
    assert kiosk.asks(agree(b"39000011", LEILA, b"N")).startswith("121")
    assert "|CY21000004|" in kiosk.asks(ask_back(b"39000011")), "the next one in the queue"


def test_the_report_has_every_hold_that_was_executed(world: World) -> None:
    kiosk = Kiosk(world).login()
    kiosk.asks(hold(LEILA, b"39000012", more=b"BSHILLTOP|"))
    kiosk.asks(hold(LEILA, b"39000012"))
    kiosk.asks(hold(LEILA, b"39000012", b"*", b"BSRIVERSIDE|"))
    kiosk.asks(hold(LEILA, b"39000012", b"-"))
    report = json.loads(json.dumps(world.report()))["ils"]
    one = {"patron": "21000003", "item": "39000012"}
    assert report["holds"] == [
        {"t": 105.0, **one, "mode": "+", "pickup": "HILLTOP", "position": 1},
        {"t": 115.0, **one, "mode": "*", "pickup": "RIVERSIDE", "position": 1},
        {"t": 120.0, **one, "mode": "-", "pickup": "", "position": None},
    ]
    assert {item["barcode"]: item["queue"] for item in report["items"]}["39000012"] == []


def test_a_book_for_another_branch_goes_there(world: World) -> None:
    kiosk = Kiosk(world).login()
    assert "|BSHILLTOP|" in kiosk.asks(hold(LEILA, b"39000012", more=b"BSHILLTOP|"))
    assert "|CV02|CTHILLTOP|" in kiosk.asks(ask_back(b"39000012"))
    assert kiosk.asks(b"17" + TODAY + b"AOLANTERN|AB39000012|").startswith("1810")


def test_what_stands_on_the_shelf_may_be_had_at_once_and_only_by_one(world: World) -> None:
    kiosk = Kiosk(world).login()
    assert kiosk.asks(hold(LEILA, b"39000001")).startswith("161Y")
    assert kiosk.asks(hold(MARA, b"39000001")).startswith("161N")
    told = kiosk.asks(b"17" + TODAY + b"AOLANTERN|AB39000001|")
    assert told.startswith("180300"), "nobody put it on the hold shelf yet"
    assert "CF2|" in told
    assert kiosk.asks(agree(b"39000001", ANNA, b"N")).startswith("120")
    assert kiosk.asks(hold(LEILA, b"39000001", b"-")).startswith("161")
    assert kiosk.asks(hold(MARA, b"39000001", b"-")).startswith("161")
    assert kiosk.asks(agree(b"39000001", ANNA, b"N")).startswith("121")


def test_the_hold_shelf_is_cleared_when_nobody_waits(world: World) -> None:
    kiosk = Kiosk(world).login()
    kiosk.asks(ask_back(b"39000015"))
    assert kiosk.asks(hold(MARA, b"39000015", b"-")).startswith("161")
    assert kiosk.asks(b"17" + TODAY + b"AOLANTERN|AB39000015|").startswith("180300")


def test_a_hold_by_title(world: World) -> None:
    kiosk = Kiosk(world).login()
    ask = b"15+" + TODAY + b"AOLANTERN|AA21000003|"
    assert "|AB39000011|" in kiosk.asks(ask + b"AJNotes from the Lighthouse|")
    assert "|AFInvalid item|" in kiosk.asks(ask + b"AJNo such book|")
    assert "|AFInvalid item|" in kiosk.asks(ask)


@pytest.mark.parametrize(
    ("patron", "item", "mode", "why"),
    [
        (BRUNO, b"39000001", b"+", "Patron owes 42.50"),
        (ANNA, b"39000011", b"+", "Item is already checked out to this patron."),
        (MARA, b"39000015", b"+", "Item is already on hold for this patron."),
        (ANNA, b"39000013", b"+", "Item is not for loan"),
        (ANNA, b"39999999", b"+", "Invalid item"),
        (b"29999999", b"39000001", b"+", "Invalid patron"),
        (ANNA, b"39000015", b"-", "Item is not on hold for this patron."),
        (ANNA, b"39000001", b"*", "Item is not on hold for this patron."),
    ],
)
def test_holds_that_are_refused(world: World, patron: bytes, item: bytes, mode: bytes, why: str) -> None:
    said = Kiosk(world).login().asks(hold(patron, item, mode))
    assert said.startswith("160N")
    assert f"|AF{why}|" in said
    assert world.ils.holds == []


@pytest.mark.parametrize("execute", [True, False])
def test_a_hold_without_an_answer(world: World, *, execute: bool) -> None:
    kiosk = Kiosk(world).login()
    world.do({"do": "silent", "device": "ils", "message": "15", "execute": execute}, kiosk.now)
    assert kiosk.asks(hold(ANNA, b"39000001")) == ""
    assert len(world.ils.holds) == execute


def test_a_hold_is_an_instant_to_act_at(world: World) -> None:
    kiosk = Kiosk(world).login()
    event = {"kind": "hold", "item": "39000002"}
    steps = [{"do": "lift", "tags": ["39000001"]}]
    world.do({"do": "put", "tags": ["39000001"]}, 1.0)
    assert world.do({"do": "when", "event": event, "steps": steps}, 1.0)["ok"]
    kiosk.asks(hold(ANNA, b"39000003"))
    kiosk.asks(hold(ANNA, b"39000002"))
    assert world.report()["field"][0]["there"] == [[1.0, 110.0]]


def test_a_library_that_we_did_not_write_reads_holds_too(world: World) -> None:
    kiosk = Kiosk(world).login()
    for number, text in enumerate(
        (hold(ANNA, b"39000001", more=b"BW20270101    000000|"), hold(ANNA, b"39000001"))
    ):
        frame = checked(text + b"AY%dAZ" % (number + 1))
        assert type(pysip2.decode_message(frame, encoding="utf-8").message).__name__ == "HoldRequest"
        answer = pysip2.decode_message(kiosk.say(frame), encoding="utf-8")
        assert type(answer.message).__name__ == "HoldResponse"
