"""One heap, everything in it: ten and twenty tags at once, on every driver over the wire that it has in a
library (TCP, a serial line, the PC/SC service).

Two tags are weak, one is lifted in the middle and put back, one comes from elsewhere, one is a patron's card,
two are the parts of a set.
"""

from dataclasses import replace
from random import Random

import pytest

from kiosk.circulation import views
from kiosk.simulator import lanternfield
from kiosk.simulator.lanternfield import FOREIGN, PATRON_CARD
from kiosk.simulator.scenery import Item, ReaderManners, Scenery, Tag
from tests.journeys.wired_desk import LEILA, Desk, Plan, desk, rows_of

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


def library(books: int, reader: ReaderManners) -> Scenery:
    """Lanternfield with so many more books: two with weak tags, one to be lifted, plain ones."""
    chance = Random(books)
    more = [f"39005{number:03}" for number in range(books)]
    tags = [
        Tag(f"E0040150{chance.getrandbits(32):08X}", code, weak=0.2 if number < 2 else 0.0)
        for number, code in enumerate(more)
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
    others = 4  # the set's two, the card, the one from elsewhere
    scenery = library(count - others, READERS[driver])
    books = books_of(scenery)
    lifted = books[2]
    with desk(tmp_path, Plan(with_card=driver == "pcsc"), scenery=scenery) as it:
        it.signs_in(LEILA)
        # it is in the air when it is taken away, and has been released or not
        it.when(
            {"kind": "loan", "item": lifted},
            {"do": "lift", "tags": [lifted]},
        )
        it.puts(*books, SET, FOREIGN, PATRON_CARD)
        it.sees(views.PutBack, lambda view: _is_away(view, lifted), within=PATIENCE_S)
        it.puts(lifted)
        ends = it.settles(*books, SET, within=PATIENCE_S)
        assert {key: ends[key] for key in (*books, SET)} == dict.fromkeys((*books, SET), "safe")
        elsewhere, card = rows_of(it.view).get(FOREIGN), rows_of(it.view).get(PATRON_CARD)
        print(driver, count, ends)
        _judge(it, books)


def _is_away(view: views.View, item: str) -> bool:
    row = rows_of(view).get(item)
    return row is not None and not row.on_pad


def _judge(it: Desk, books: list[str]) -> None:
    for book in books:
        assert it.afi(book) == ["C2"]
        assert it.asked("11", book) == 1
    assert it.afi(SET) == ["C2", "C2"]
    assert it.asked("11", SET) == 1
    report = it.world("report")
    untouched = {tag["uid"]: tag["writes"] for tag in report["field"] if tag["uid"] in (FOREIGN, PATRON_CARD)}
    assert untouched == {FOREIGN: [], PATRON_CARD: []}
    assert not report.get("locks")
