"""Whole visits at the desk with each make of ILS, and with each fault that befalls it while a book is lent.

The profile is the one that a technician would choose, and PINs are asked for, since some want them. Each
story ends as all in this folder do: the judge finds no promise broken, and the next patron borrows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kiosk.circulation import views
from kiosk.circulation.intents import Do, Renew
from kiosk.circulation.policy import PinRule
from kiosk.circulation.views import ItemState, View
from kiosk.simulator import lanternfield
from kiosk.simulator.makes import MAKES
from kiosk.simulator.scenery import Scenery
from tests.ils.makes import CHOSEN
from tests.journeys.desk_story import (
    ANNA,
    ANNAS_ALREADY,
    ANNAS_PIN,
    FINAL,
    KALILA,
    MOSSES,
    WILLOWS,
    Desk,
    Tell,
    play,
)

HERS = (ANNAS_ALREADY, "39000019", "39000020")
"""What she has already."""

every_make = pytest.mark.parametrize("make", [make for make in MAKES if MAKES[make].desensitise != "unknown"])
"""To the judge only an answer that says *desensitise* is leave to release an item: where none ever says that,
and a library's profile takes it for granted, he has nothing to go by."""

ORDERS: dict[str, dict[str, Any]] = {
    "slow": {"do": "slow", "seconds": 12},
    "far too slow": {"do": "slow", "seconds": 50},
    "silent": {"do": "silent"},
    "deaf": {"do": "silent", "execute": False},
    "dropped before": {"do": "hang-up"},
    "dropped behind": {"do": "hang-up", "execute": True},
    "half a frame": {"do": "garble", "how": "half"},
    "wrong checksum": {"do": "garble", "how": "checksum"},
    "another number": {"do": "garble", "how": "sequence"},
    "a storm of 96": {"do": "storm", "count": 3},
    "a 98 instead": {"do": "lie", "how": "unasked"},
    "twice": {"do": "twice", "seconds": 0.5},
    "restarted": {"do": "restart", "seconds": 8, "execute": True},
}


def library(make: str) -> Scenery:
    """Lanternfield with an ILS of this make, where she has two books and a third one costs something."""
    told = lanternfield().costing("1.50", KALILA).speaking_as(make)
    loans = (replace(loan, patron=ANNA) if loan.item in HERS else loan for loan in told.loans)
    return replace(told, loans=tuple(loans))


async def signs_in(desk: Desk) -> None:
    """She shows her card and types her PIN."""
    desk.shows_card(ANNA)
    await desk.sees(views.PinView)
    await desk.types(ANNAS_PIN)
    await desk.sees(views.LoanView)


def told(story: Tell, make: str) -> None:
    """The story is told at a kiosk before this make."""
    play(story, scenery=library(make), about_ils=dict(CHOSEN[make]), pin=PinRule.ALWAYS)


def marks(view: View) -> dict[str, str]:
    """What the account says of each loan."""
    return {row.key: row.mark.value for row in getattr(view.screen, "loans", ())}


@every_make
def test_a_visit_to_borrow_and_to_renew(make: str) -> None:
    async def story(desk: Desk) -> None:
        await signs_in(desk)
        desk.puts(WILLOWS, KALILA, MOSSES)
        if MAKES[make].asks_fees:
            await desk.sees(views.AskFee)
            desk.presses(Do.YES)
        books = dict.fromkeys((WILLOWS, KALILA, MOSSES), "safe")
        assert await desk.settles(*books) == books
        assert all(desk.lent(book) and desk.afi(book) == ["C2"] for book in books)

        first, *others = HERS
        desk.presses(Do.ACCOUNT)
        await desk.sees(lambda view: set(marks(view)) == {*books, *HERS})
        desk.presses(Renew(first))
        await desk.sees(views.AskRenewal)
        desk.presses(Do.YES)
        await desk.sees(lambda view: marks(view)[first] == "renewed")
        desk.presses(Do.RENEW_ALL)
        await desk.sees(views.AskRenewAll)
        desk.presses(Do.YES)
        await desk.sees(lambda view: all(marks(view)[item] == "renewed" for item in others))
        assert all(marks(desk.view)[book] == "on-loan" for book in books)
        await desk.finishes()
        desk.lifts(*books)

    told(story, make)


@every_make
def test_a_visit_to_bring_back(make: str) -> None:
    back = HERS[1:]

    async def story(desk: Desk) -> None:
        desk.presses(Do.RETURN)
        await desk.sees(views.ReturnView)
        desk.puts(*back)
        await desk.sees(lambda view: [row.state for row in view.screen.rows] == [ItemState.RETURNED] * 2)
        assert not any(desk.lent(book) for book in back)
        assert [desk.afi(book) for book in back] == [["07"], ["07"]]
        desk.presses(Do.FINISH)
        await desk.sees(views.FarewellView)

    told(story, make)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@every_make
def test_a_fault_while_a_book_is_lent(make: str, order: dict[str, Any]) -> None:
    """What is called safe is lent; what is lent is not called refused; each book is asked for once."""

    async def story(desk: Desk) -> None:
        await signs_in(desk)
        desk.world(**order, device="ils", message="11")
        desk.puts(WILLOWS)
        await desk.sees(
            lambda view: any(row.state in FINAL for row in getattr(view.screen, "rows", ())), within=120
        )
        desk.world("well", device="ils")
        await desk.wait(60)
        ends = desk.ends[WILLOWS]
        assert desk.lent(WILLOWS) or not ends.startswith("safe")
        assert not desk.lent(WILLOWS) or not ends.startswith("refused")
        assert desk.afi(WILLOWS) == (["C2"] if ends == "safe" else ["07"])
        # three times again at most, each after a 96 that says that it was not taken
        assert desk.asked(WILLOWS) <= (4 if order["do"] == "storm" else 1)

    told(story, make)
