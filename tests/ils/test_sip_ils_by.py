"""How an answer was learnt: each carries the profile's name and the number of the message that asked."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kiosk.circulation.answers import (
    Doubt,
    FeeAsked,
    FeeBooked,
    FeeNotBooked,
    HoldNotPlaced,
    HoldPlaced,
    Lent,
    NotLent,
    NotRenewed,
    NotReturned,
    Renewed,
    Returned,
)
from kiosk.circulation.values import Exchange, ItemKey, Money
from tests.ils.branch import ANNA, BOOK, LENT, Branch, about, charged
from tests.sip2.scripted import DATE, silent

FIVE = Money(Decimal("5.00"), "EUR")
TAIL = "AOlib|AA21000001|AB39000001|AJMoby Dick|AH|"
ANSWERS = {
    "11": [(LENT, Lent), (f"120NNN{DATE}{TAIL}", NotLent), (f"120NNN{DATE}{TAIL}BT06|BV5.00|", FeeAsked)],
    "09": [(f"101YNN{DATE}AB39000001|AQ|AJx|", Returned), (f"100NNN{DATE}AB39000001|AQ|", NotReturned)],
    "29": [(f"301YNN{DATE}{TAIL}", Renewed), (f"300NNN{DATE}{TAIL}", NotRenewed)],
    "15": [(f"161N{DATE}{TAIL}", HoldPlaced), (f"160N{DATE}{TAIL}", HoldNotPlaced)],
    "37": [(f"38Y{DATE}AA21000001|", FeeBooked), (f"38N{DATE}AA21000001|", FeeNotBooked)],
}
CASES = [(code, answer, kind) for code, answers in ANSWERS.items() for answer, kind in answers]
CODES = sorted(ANSWERS)


def change(branch, code, item=BOOK):
    late = branch.was_late
    match code:
        case "11":
            return branch.ils.lend(ANNA, None, item, late)
        case "09":
            return branch.ils.take_back(item, late)
        case "29":
            return branch.ils.renew(ANNA, None, item, late)
        case "15":
            return branch.ils.hold(ANNA, None, item, late)
        case _:
            return branch.ils.book_fee(ANNA, None, FIVE, "T", late)


@pytest.fixture
def branch():
    branch = Branch()
    branch.answers("17", about("04"))
    return branch


@pytest.mark.parametrize(("code", "answer", "kind"), CASES)
def test_a_yes_and_a_no_tell_their_number(branch, code, answer, kind):
    branch.answers(code, answer)

    async def tale():
        return await change(branch, code), await change(branch, code)

    one, two = branch.play(tale)
    assert type(one) is type(two) is kind
    assert one.by == Exchange("standard", 2)
    (_, frame) = branch.acs.sent(code)
    assert two.by == Exchange("standard", int(frame[-7]))


@pytest.mark.parametrize("code", CODES)
def test_a_doubt_tells_the_number_of_what_was_sent(branch, code):
    branch.acs.on[code] = silent
    answer = branch.play(lambda: change(branch, code))
    assert type(answer) is Doubt
    assert answer.by == Exchange("standard", 2)


@pytest.mark.parametrize("code", CODES)
def test_what_was_not_sent_has_no_number(branch, code):
    async def tale():
        branch.acs.unplug()
        return await change(branch, code)

    assert branch.play(tale).by == Exchange("standard", None)


@pytest.mark.parametrize("item", ["", "39|AO"])
def test_what_cannot_be_said_has_none_either(branch, item):
    for code in ("11", "09", "29", "15"):
        answer = branch.play(lambda code=code: change(branch, code, ItemKey(item)))
        assert answer.by == Exchange("standard", None)


def test_an_ils_without_numbers_has_none(branch):
    def bare(body):
        return lambda frame, wire: wire.say(body.encode() + b"\r")

    for code, body in {"93": "941", "99": branch.acs.status, "11": LENT}.items():
        branch.acs.on[code] = bare(body)
    answer = branch.play(branch.lend)
    assert isinstance(answer, Lent)
    assert answer.by == Exchange("standard", None)


def test_what_was_settled_tells_the_number_of_the_question(branch):
    branch.answers("63", charged("39000001"))

    async def tale():
        return await branch.ils.settle(ANNA, BOOK), await branch.ils.settle_return(BOOK)

    loan, back = branch.play(tale)
    assert isinstance(loan, Lent)
    assert isinstance(back, NotReturned)
    assert loan.by == back.by == Exchange("standard", 2)


def test_the_number_makes_no_difference_between_answers():
    assert Doubt(Exchange("standard", 2)) == Doubt()
