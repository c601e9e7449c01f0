"""Doubts are settled on a connection of their own, and what patrons wait for goes on on the first one."""

from __future__ import annotations

import asyncio

import pytest

from kiosk.circulation.answers import Doubt, Lent, NotLent, NotReturned, Returned
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, ItemKey
from tests.ils.branch import ANNA, BOOK, LENT, Branch, about, charged
from tests.sip2.scripted import silent

OTHER = ItemKey("39000002")


@pytest.fixture
def branch():
    branch = Branch()
    branch.answers("63", charged(BOOK.id))
    branch.answers("17", about("04"))
    return branch


class OneEach:
    """An ILS that grants a kiosk one connection: what it does to another is `how`."""

    def __init__(self, branch, how):
        self.acs = branch.acs
        self.refused = 0
        self.how = how
        honest = self.acs.on["93"]

        def login(frame, wire):
            others = [each for each in self.acs.wires if each is not wire and not (each.closed or each.gone)]
            if not others:
                honest(frame, wire)
                return
            self.refused += 1
            match self.how:
                case "refuses":
                    wire.answer(frame, "940")
                case "hangs up":
                    wire.hang_up()
                case "is silent":
                    pass
                case "drops the first":
                    honest(frame, wire)
                    for each in others:
                        each.hang_up()

        self.acs.on["93"] = login


def said_on(wire, acs, code):
    """How often a message arrived on a connection; needs `listening`."""
    return sum(1 for at, text in acs.said if at is wire and text.startswith(code))


@pytest.fixture
def listening(branch):
    branch.acs.said = []
    heard = branch.acs.heard

    def also(frame, wire):
        branch.acs.said.append((wire, frame.decode()))
        heard(frame, wire)

    branch.acs.heard = also
    return branch


def test_the_first_connection_is_left_alone(listening):
    branch = listening

    async def tale():
        return await branch.ils.settle(ANNA, BOOK), await branch.ils.settle_return(BOOK)

    loan, back = branch.play(tale)
    assert isinstance(loan, Lent)
    assert isinstance(back, NotReturned)
    first, second, third = branch.acs.wires
    assert [text[:2] for at, text in branch.acs.said if at is first] == ["93", "99"]
    assert [text[:2] for at, text in branch.acs.said if at is second] == ["93", "99", "63", "17"]
    assert [text[:2] for at, text in branch.acs.said if at is third] == ["93", "99", "17"]
    assert second.closed
    assert third.closed
    assert [condition for _, condition, _ in branch.reports] == [Condition.READY]


def test_a_loan_under_way_is_not_disturbed_and_does_not_hold_up_the_settling(listening):
    branch = listening
    branch.acs.on["11"] = lambda f, w: w.answer(f, LENT.replace("39000001", "39000002"), after=6.0)

    async def tale():
        loop = asyncio.get_running_loop()
        loan = asyncio.ensure_future(branch.lend(OTHER))
        await asyncio.sleep(1.0)
        began = loop.time()
        settled = await branch.ils.settle(ANNA, BOOK)
        return settled, loop.time() - began, await loan

    settled, took, loan = branch.play(tale)
    assert isinstance(settled, Lent)
    assert took < 1.0
    assert isinstance(loan, Lent)
    assert len(branch.acs.sent("11")) == 1
    assert said_on(branch.acs.wires[0], branch.acs, "11") == 1


def test_a_doubt_is_settled_while_the_first_connection_is_opened_anew(listening):
    branch = listening
    branch.acs.on["11"] = lambda f, w: w.hang_up()

    async def tale():
        doubt = await branch.lend()
        return doubt, await branch.ils.settle(ANNA, BOOK), await branch.ils.describe(BOOK)

    doubt, settled, description = branch.play(tale)
    assert doubt == Doubt()
    assert isinstance(settled, Lent)
    assert description is not None
    _, first, second = branch.acs.wires  # the first goes first
    assert said_on(first, branch.acs, "63") == 0
    assert said_on(second, branch.acs, "63") == 1
    assert said_on(first, branch.acs, "17") == 1
    assert [condition for _, condition, _ in branch.reports] == [Condition.READY]


@pytest.mark.parametrize("how", ["refuses", "hangs up", "is silent"])
def test_an_ils_that_grants_one_connection_is_asked_on_that_one(branch, how):
    ils = OneEach(branch, how)

    async def tale():
        return [await branch.ils.settle(ANNA, BOOK) for _ in range(3)]

    assert all(isinstance(each, Lent) for each in branch.play(tale))
    assert ils.refused <= 2  # tried (and a question asked twice at most), and not again
    assert len(branch.acs.wires) == 2
    assert not branch.acs.wires[0].gone
    assert [condition for _, condition, _ in branch.reports] == [Condition.READY]


def test_an_ils_that_drops_the_first_connection_for_the_second_one_is_learned(branch):
    ils = OneEach(branch, "drops the first")

    async def tale():
        settled = []
        for _ in range(3):
            settled.append(await branch.ils.settle(ANNA, BOOK))
            await asyncio.sleep(10)
        return settled

    assert all(isinstance(each, Lent) for each in branch.play(tale))
    assert ils.refused == 1


@pytest.mark.parametrize("how", ["refuses", "hangs up", "is silent"])
def test_with_one_connection_a_loan_under_way_goes_first(branch, how):
    OneEach(branch, how)
    branch.acs.on["11"] = lambda f, w: w.answer(f, LENT, after=8.0)

    async def tale():
        loan = asyncio.ensure_future(branch.lend())
        await asyncio.sleep(0.5)
        settled = await branch.ils.settle(ANNA, BOOK)
        return await loan, settled

    loan, settled = branch.play(tale)
    assert isinstance(loan, Lent)
    assert isinstance(settled, Lent)
    assert len(branch.acs.sent("11")) == 1


def test_an_ils_that_is_away_settles_nothing_and_proves_nothing(branch):
    """It is not taken for one that grants a single connection."""

    async def tale():
        branch.acs.unplug()
        await asyncio.sleep(1)
        away = await branch.ils.settle(ANNA, BOOK), await branch.ils.settle_return(BOOK)
        branch.acs.reachable = True
        await asyncio.sleep(60)
        before = len(branch.acs.wires)
        settled = await branch.ils.settle(ANNA, BOOK)
        return away, settled, len(branch.acs.wires) - before

    away, settled, opened = branch.play(tale)
    assert away == (Doubt(), Doubt())
    assert isinstance(settled, Lent)
    assert opened == 1


def test_settling_that_is_given_up_leaves_no_connection_behind(branch):
    branch.acs.on["63"] = silent

    async def tale():
        settling = asyncio.ensure_future(branch.ils.settle(ANNA, BOOK))
        await asyncio.sleep(1.0)
        settling.cancel()
        await asyncio.wait({settling})
        return [wire.closed for wire in branch.acs.wires]

    assert branch.play(tale) == [False, True]


def test_what_no_longer_is_on_loan_is_settled_too(branch):
    branch.answers("63", charged())
    branch.answers("17", about("03"))

    async def tale():
        return await branch.ils.settle(ANNA, BOOK), await branch.ils.settle_return(BOOK)

    assert branch.play(tale) == (
        NotLent(Reason.ITEM_REFUSED, title="Moby Dick"), Returned("Moby Dick", was_on_loan=True)
    )  # fmt: skip
