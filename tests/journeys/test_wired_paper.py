"""Receipts and slips over a real wire, whatever the printer does: the patron learns the truth, the session
ends, and nobody gets a part of somebody else's paper."""

from dataclasses import replace
from typing import Any

import pytest

from kiosk.circulation import views
from kiosk.circulation.intents import Do
from kiosk.circulation.reasons import Reason
from kiosk.circulation.views import ReceiptState, ReceiptView, View
from kiosk.simulator import lanternfield
from kiosk.simulator.scenery import Item, tag_for
from tests.journeys.wired_desk import (
    FOR_HOLD_SHELF,
    LEILA,
    MOSSES,
    NEVER_LENT,
    TO_RIVERSIDE,
    WILLOWS,
    Desk,
    desk,
)

STACK = tuple(f"490000{n:02}" for n in range(11))
TITLE = "One line, as all are"
_USUAL = lanternfield()
WITH_STACK = replace(
    _USUAL,
    items=_USUAL.items + tuple(Item(book, TITLE) for book in STACK),
    tags=_USUAL.tags + tuple(tag_for(book, number) for number, book in enumerate(STACK, start=1)),
)
"""Books whose receipts are all of one height."""

PRINTER: dict[str, Any] = {"device": "printer"}
UNPLUG, PLUG, WELL = {"do": "unplug", **PRINTER}, {"do": "plug", **PRINTER}, {"do": "well", **PRINTER}
GARBAGE = {"do": "garble", "how": "garbage", "count": 10_000, **PRINTER}
SILENCE = {"do": "silent", "count": 10_000, **PRINTER}
FIRST_DOTS = {"kind": "print"}
PRINTED = ReceiptView(ReceiptState.PRINTED)
UNPROVEN = ReceiptView(ReceiptState.UNPROVEN, Reason.PRINTER_SILENT)


def failed(reason: Reason) -> ReceiptView:
    return ReceiptView(ReceiptState.FAILED, reason)


def offered(view: View) -> bool:
    receipt = getattr(view.screen, "receipt", None)
    return receipt is not None and receipt.state is ReceiptState.OFFERED


def borrows(it: Desk, *items: str) -> None:
    """Leila borrows them, and stands before the farewell."""
    it.signs_in(LEILA)
    it.puts(*items)
    assert it.settles(*items) == dict.fromkeys(items, "safe")
    it.finishes()


def gets(it: Desk, receipt: ReceiptView, *items: str) -> None:
    """Leila borrows them, and presses *Print* as soon as she can."""
    borrows(it, *items)
    it.sees(offered)
    assert it.prints() == receipt
    assert it.ends == dict.fromkeys(items, "safe")  # what the paper says, or would have said
    it.leaves(*items)


def gets_none(it: Desk, *items: str) -> None:
    """Leila borrows them and is offered no receipt; a finger that knows where it was gets none either."""
    borrows(it, *items)
    assert it.screen.receipt is None
    it.presses(Do.PRINT)
    it.leaves(*items)


def pieces(it: Desk) -> list[dict[str, Any]]:
    """The paper that came out. One that was cut has a time for that."""
    found: list[dict[str, Any]] = it.world("report")["printer"]["pieces"]
    return found


def test_without_paper_no_receipt_is_offered(tmp_path):
    with desk(tmp_path) as it:
        it.world("paper", state="out")
        it.finds("printer", "missing paper-out")
        gets_none(it, WILLOWS)
        assert pieces(it) == []
        it.world("paper", state="plenty")
        borrows(it, MOSSES)
        it.sees(offered)  # it need not be there at once, but while she stands there


BREAKS = [
    (
        {"do": "paper", "state": "near-end", "mm": 30},
        {"do": "paper", "state": "plenty"},
        Reason.PAPER_OUT,
    ),
    ({"do": "cover", "open": True}, {"do": "cover", "open": False}, Reason.COVER_OPEN),
    (UNPLUG, PLUG, Reason.PRINTER_MISSING),
    ({"do": "cutter", "jammed": True}, {"do": "cutter", "jammed": False}, Reason.PRINTER_ERROR),
    (GARBAGE, WELL, Reason.PRINTER_GARBLED),
]


def test_a_receipt_that_breaks_off_stands_on_the_screen_and_the_next_is_only_the_next_patrons(tmp_path):
    books = iter(STACK)
    with desk(tmp_path, scenery=WITH_STACK) as it:
        gets(it, PRINTED, next(books))
        (whole,) = pieces(it)
        # a printer that is back is asked to answer in order before it is believed: that takes it a while
        it.world("slow", device="printer", message="GS r", seconds=0.1)
        for breaks, mended, reason in BREAKS:
            it.world("tear")
            it.when(FIRST_DOTS, breaks)
            gets(it, failed(reason), next(books))
            it.world("tear")
            it.far.do(mended)
            gets(it, PRINTED, next(books))
            # the end of an old roll goes with the roll
            found = [(piece["height"], piece["cut"]) for piece in pieces(it) if piece["cut"] != "end"]
            assert found == [(whole["height"], "partial")], f"after {reason}"


@pytest.mark.parametrize("message", [None, "GS r"], ids=["all", "in order"])
def test_a_printer_that_does_not_answer_prints_and_nothing_is_claimed(tmp_path, message):
    with desk(tmp_path) as it:
        it.far.do({**SILENCE, "message": message})
        it.far.do(UNPLUG)
        it.far.do(PLUG)
        gets(it, UNPROVEN, WILLOWS)
        it.reports(lambda report: [bool(each["t_cut"]) for each in report["printer"]["pieces"]] == [True])


def test_a_printer_that_talks_garbage_is_none_until_it_makes_sense(tmp_path):
    with desk(tmp_path) as it:
        it.far.do(GARBAGE)
        it.finds("printer", "missing printer-garbled")
        gets_none(it, WILLOWS)
        it.far.do(WELL)
        gets(it, PRINTED, MOSSES)


def test_a_patron_who_does_not_wait_for_the_paper_leaves_the_next_one_a_receipt_of_their_own(tmp_path):
    with desk(tmp_path, scenery=WITH_STACK) as it:
        it.world("slow", device="printer", message="GS r", seconds=0.2)
        borrows(it, STACK[0])
        it.sees(offered)
        it.presses(Do.PRINT)
        it.receipt("printing")
        it.leaves(STACK[0])
        borrows(it, STACK[1])
        it.sees(offered)
        at = len(it.seen)
        assert it.prints() == PRINTED
        states = [view.screen.receipt.state for view in it.seen[at:]]
        assert states[0] is ReceiptState.PRINTING  # the answer of the job before is not taken for this one's
        it.leaves(STACK[1])
        first, second = pieces(it)
        assert None not in (first["t_cut"], second["t_cut"])
        assert first["height"] == second["height"]


@pytest.mark.parametrize(
    ("trouble", "slips"),
    [(None, 2), (UNPLUG, 0), ({"do": "paper", "state": "near-end", "mm": 20}, 0)],
    ids=["well", "away", "out in the middle"],
)
def test_a_return_goes_on_whatever_becomes_of_its_slips(tmp_path, trouble, slips):
    back = [FOR_HOLD_SHELF, NEVER_LENT, TO_RIVERSIDE]
    with desk(tmp_path) as it:
        if trouble is not None:
            it.far.do(trouble)
        it.begins_return()
        it.puts(*back)
        assert it.settles(*back) == dict.fromkeys(back, "returned")
        assert [it.rows[item].alert for item in back] == ["hold-here", None, "transit"]
        it.reports(lambda report: sum(bool(each["t_cut"]) for each in report["printer"]["pieces"]) >= slips)
        farewell = it.finishes()
        assert farewell.returned == 3
        it.leaves(*back)
        it.begins_return()
        it.sees(views.ReturnView)
