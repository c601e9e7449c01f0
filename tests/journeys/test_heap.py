"""One heap, everything in it: ten and twenty tags at once, on every driver over the wire that it has in a
library (TCP, a serial line, the PC/SC service).

Two tags are weak, one is lifted in the middle and put back, one wants a password, one comes from elsewhere,
one is a patron's card, two are the parts of a set.
"""

from dataclasses import replace
from random import Random

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.views import View
from kiosk.security_gate import SwitchSettings
from kiosk.simulator import lanternfield
from kiosk.simulator.lanternfield import FOREIGN, PATRON_CARD
from kiosk.simulator.scenery import Item, ReaderManners, Scenery, Tag
from tests.journeys.wired_desk import LEILA, Plan, desk, rows_of

SET = "39000018"
"""Has two parts."""

READERS = {
    "feig-tcp": ReaderManners(),
    "feig-serial": ReaderManners(baud=115200),
    "m3-serial": ReaderManners(make="m3"),
    "pcsc": ReaderManners(make="pcsc"),
}

PATIENCE_S = 40.0
"""Twenty tags at 19200 bits a second take ten."""


WEAK, LIFTED, GUARDED = ("39005000", "39005001"), "39005002", "39005003"

SECRET = "5EC2E700"


def library(books: int, reader: ReaderManners) -> Scenery:
    """Lanternfield with so many more books, some of them with weak tags, one with a tag that is protected."""
    chance = Random(books)
    more = [f"39005{number:03}" for number in range(books)]
    tags = [
        Tag(
            f"E0040150{chance.getrandbits(32):08X}",
            code,
            weak=0.2 if code in WEAK else 0.0,
            guards=("afi",) if code == GUARDED else (),
            password=SECRET,
        )
        for code in more
    ]
    usual = lanternfield()
    return replace(
        usual,
        items=(*usual.items, *(Item(code, f"Heap, volume {code[-2:]}") for code in more)),
        tags=(*usual.tags, *tags),
        reader=reader,
    )


def books_of(scenery: Scenery) -> list[str]:
    return [item.barcode for item in scenery.items if item.barcode.startswith("39005")]


@pytest.mark.parametrize("count", [10, 20])
@pytest.mark.parametrize("driver", READERS)
def test_a_heap_comes_out_right(tmp_path, driver: str, count: int):
    scenery = library(count - 4, READERS[driver])  # the set's two, the card, the one from elsewhere
    books = [item.barcode for item in scenery.items if item.barcode.startswith("39005")]
    plan = Plan(with_card=driver == "pcsc", security=SwitchSettings(password=SECRET))
    with desk(tmp_path, plan, scenery=scenery) as it:
        it.signs_in(LEILA)
        it.when({"kind": "loan", "item": LIFTED}, {"do": "lift", "tags": [LIFTED]})
        it.puts(*books, SET, FOREIGN, PATRON_CARD)
        it.sees(lambda view: _is_away(view, LIFTED), within=PATIENCE_S)
        it.puts(LIFTED)
        ends = it.settles(*books, SET, within=PATIENCE_S)
        assert ends == {
            **dict.fromkeys((*books, SET), "safe"),
            f"tag:{FOREIGN}": f"attention {Reason.TAG_FOREIGN}",
            f"tag:{PATRON_CARD}": f"attention {Reason.CARD_ON_PAD}",
        }
        for book, tags in (*((book, 1) for book in books), (SET, 2)):
            assert (it.asked("11", book), it.afi(book)) == (1, ["C2"] * tags)
        report = it.world("report")
        written = {tag["uid"]: len(tag["writes"]) for tag in report["field"]}
        assert (written[FOREIGN], written[PATRON_CARD]) == (0, 0)
        assert report["locks"] == []


def _is_away(view: View, item: str) -> bool:
    row = rows_of(view).get(item)
    return row is not None and not row.on_pad


@pytest.mark.parametrize("driver", READERS)
def test_a_reader_that_is_pulled_out_in_mid_write_loses_nothing(tmp_path, driver: str):
    """Between a tag taking its AFI and the answer that says so; what lies there is finished afterwards."""
    scenery = library(6, READERS[driver])
    books = [item.barcode for item in scenery.items if item.barcode.startswith("39005")]
    plan = Plan(with_card=driver == "pcsc", security=SwitchSettings(password=SECRET))
    with desk(tmp_path, plan, scenery=scenery) as it:
        it.signs_in(LEILA)
        it.when({"kind": "afi-written", "count": 2}, {"do": "unplug", "device": "reader"})
        it.puts(*books)
        it.says("reader-away", within=PATIENCE_S)
        assert "safe" not in {it.ends.get(book) for book in books if it.afi(book) == ["07"]}
        it.world("plug", device="reader")
        assert it.settles(*books, within=PATIENCE_S) == dict.fromkeys(books, "safe")
        assert [(it.asked("11", book), it.afi(book)) for book in books] == [(1, ["C2"])] * len(books)
