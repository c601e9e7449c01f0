"""Fees and holds: consent (11 with BO), payments (37) and holds (15), against a scripted far side."""

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
    Welcome,
)
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import ItemKey, Money, Untrusted
from tests.ils.branch import ANNA, BOOK, LENT, PIN, Branch, info
from tests.sip2.scripted import DATE, in_turn, sealed, silent

FIVE = Money(Decimal("5.00"), "EUR")
CONSENT = LENT.replace("121NNY", "120NNN") + "BT06|BV5.00|BHEUR|AFPlease agree|"


@pytest.fixture
def branch():
    return Branch()


# ---- consent ------------------------------------------------------------------------------------------


def agree(branch, pin=None):
    return branch.ils.lend(ANNA, pin, BOOK, branch.was_late, agreed=True)


def test_a_fee_is_asked_for_and_agreed_to(branch):
    branch.acs.on["11"] = in_turn(lambda f, w: w.answer(f, CONSENT), lambda f, w: w.answer(f, LENT))

    async def tale():
        return await branch.lend(), await agree(branch)

    asked, answer = branch.play(tale)
    assert asked == FeeAsked(FIVE, "Moby Dick", Untrusted("Please agree"))
    assert isinstance(answer, Lent)
    first, second = branch.acs.sent("11")
    assert "|BON|" in first
    assert "|BOY|" in second


def test_after_consent_a_refusal_stays_one(branch):
    branch.answers("11", CONSENT)
    answer = branch.play(lambda: agree(branch))
    assert answer == NotLent(Reason.FEE, "Moby Dick", Untrusted("Please agree"))
    branch.answers("11", LENT.replace("121NNY", "120NNN") + "AFPatron Blocked|")
    assert branch.play(lambda: agree(branch)).reason is Reason.PATRON_BLOCKED


@pytest.mark.parametrize("amount", ["much", "1.234", "5.005"])
def test_a_fee_that_nobody_can_read_cannot_be_agreed_to(branch, amount):
    branch.answers("11", CONSENT.replace("BV5.00", f"BV{amount}"))
    assert branch.play(branch.lend).reason is Reason.FEE


def test_a_loan_that_costs_nothing_more_is_a_loan(branch):
    branch.answers("11", LENT + "BT06|BV5.00|BHEUR|")
    assert isinstance(branch.play(branch.lend), Lent)


# ---- what a patron owes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "money"),
    [
        ("BV12.5|BHEUR|", Money(Decimal("12.5"), "EUR")),
        ("BH usd|BV1,234.50|", Money(Decimal("1234.50"), "USD")),
        ("BV3.00|", Money(Decimal("3.00"))),
        ("BV3.00|BH€|", Money(Decimal("3.00"))),
        ("BV0.00|BHEUR|", None),
        ("BV-2.00|BHEUR|", None),
        ("BV|BHEUR|", None),
        ("BVa lot|BHEUR|", None),
        ("BV1.234|BHEUR|", None),
        ("", None),
    ],
)
def test_what_is_owed(branch, fields, money):
    branch.answers("63", info(tail=f"AEAnna|BLY|{fields}"))
    assert branch.play(lambda: branch.ils.sign_in(ANNA, None, "en")) == Welcome("Anna", owed=money)


# ---- payments -----------------------------------------------------------------------------------------


BOOKED = f"38Y{DATE}AOlib|AA21000001|BK9|"


def book(branch, money=FIVE, reference="T-77", pin=None):
    return branch.ils.book_fee(ANNA, pin, money, reference, branch.was_late)


def test_a_payment_is_booked(branch):
    branch.answers("37", BOOKED + "AFThanks|")
    assert branch.play(lambda: book(branch, pin=PIN)) == FeeBooked(Untrusted("Thanks"))
    (frame,) = branch.acs.sent("37")
    assert frame.startswith("37202701")
    assert frame[20:-9] == "0102EURBV5.00|AOlib|AA21000001|AD1234|BKT-77|"


@pytest.mark.parametrize(
    ("money", "sent"),
    [(Money(Decimal("5"), "EUR"), "EURBV5.00|"), (Money(Decimal("300.00"), "JPY"), "JPYBV300|"),
     (Money(Decimal("1.5"), "KWD"), "KWDBV1.500|"), (Money(Decimal("5")), "   BV5.00|")],
)  # fmt: skip
def test_the_amount_is_written_as_its_currency_wants_it(branch, money, sent):
    branch.answers("37", BOOKED)
    assert branch.play(lambda: book(branch, money)) == FeeBooked()
    assert branch.acs.sent("37")[0][24:].startswith(sent)


def test_a_payment_that_the_ils_does_not_accept(branch):
    branch.answers("37", f"38N{DATE}AOlib|AA21000001|AFOverpaid|")
    assert branch.play(lambda: book(branch)) == FeeNotBooked(Reason.NOT_BOOKED, Untrusted("Overpaid"))


@pytest.mark.parametrize(
    ("money", "reference"),
    [(Money(Decimal("5.005"), "EUR"), "T"), (Money(Decimal("NaN"), "EUR"), "T"), (FIVE, "T|1"),
     (Money(Decimal("-5"), "EUR"), "T"), (Money(Decimal("5"), "€"), "T")],
)  # fmt: skip
def test_a_payment_that_no_frame_can_carry(branch, money, reference):
    assert branch.play(lambda: book(branch, money, reference)) == FeeNotBooked(Reason.NOT_BOOKED)
    assert branch.acs.sent("37") == []


@pytest.mark.parametrize(
    "how",
    [silent, lambda f, w: w.hang_up(), lambda f, w: w.say(b"#!?\r"), lambda f, w: w.say(b"96\r")],
    ids=["silent", "dropped", "garbage", "96"],
)
@pytest.mark.parametrize("code", ["37", "15"])
def test_whatever_hides_the_answer_it_is_sent_once_and_ends_in_doubt(branch, code, how):
    branch.acs.on[code] = how
    assert branch.play(lambda: book(branch) if code == "37" else hold(branch)) == Doubt()
    assert len(branch.acs.sent(code)) == 1


def test_a_lost_answer_is_recalled(branch):
    last = []
    branch.acs.on["37"] = lambda f, w: last.append(sealed(f, BOOKED))
    branch.acs.on["97"] = lambda f, w: w.say(last[0] + b"\r")
    assert branch.play(lambda: book(branch)) == FeeBooked()
    assert branch.late == 1


def test_an_ils_that_is_away(branch):
    async def tale():
        branch.acs.unplug()
        return await book(branch), await hold(branch)

    (paid, held), took = branch.seconds(tale)
    assert paid == FeeNotBooked(Reason.ILS_DOWN)
    assert held == HoldNotPlaced(Reason.ILS_DOWN)
    assert took < 3
    assert branch.acs.sent("37") == branch.acs.sent("15") == []


def test_an_ils_that_takes_neither_payments_nor_holds(branch):
    branch.acs.status = branch.acs.status.replace("BX" + "Y" * 16, "BX" + "Y" * 9 + "NYYYNYY")

    async def tale():
        return await book(branch), await hold(branch)

    assert branch.play(tale) == (FeeNotBooked(Reason.NOT_SERVED), HoldNotPlaced(Reason.NOT_SERVED))
    assert branch.acs.sent("37") == branch.acs.sent("15") == []


# ---- holds --------------------------------------------------------------------------------------------


def hold(branch, item=BOOK, pin=None):
    return branch.ils.hold(ANNA, pin, item, branch.was_late)


def held(ok="1", available="N", tail="BSMain|"):
    return f"16{ok}{available}{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|{tail}"


def test_a_hold(branch):
    branch.answers("15", held(tail="BSMain\u202e|BR2|AFYou are second|"))
    answer = branch.play(lambda: hold(branch, pin=PIN))
    assert answer == HoldPlaced("Moby Dick", "Main", note=Untrusted("You are second"))
    (frame,) = branch.acs.sent("15")
    assert frame.startswith("15+202701")
    assert frame[21:-9] == "BY2|AOlib|AA21000001|AD1234|AB39000001|BON|"


def test_a_hold_that_waits_there_already(branch):
    branch.answers("15", f"161Y{DATE}AOlib|AA21000001|")
    assert branch.play(lambda: hold(branch)) == HoldPlaced(available=True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.HOLD_REFUSED),
        ("No such item", Reason.ITEM_UNKNOWN),
        ("Patron Blocked", Reason.PATRON_BLOCKED),
        ("Item is on hold for you", Reason.HOLD_REFUSED),  # somebody else's is another matter
        ("Too many holds", Reason.HOLD_REFUSED),
        ("Hold placed!", Reason.HOLD_REFUSED),
    ],
)
def test_a_hold_that_is_refused(branch, text, reason):
    branch.answers("15", held("0", tail=f"AF{text}|"))
    answer = branch.play(lambda: hold(branch))
    assert answer == HoldNotPlaced(reason, Untrusted(text) if text else None)


@pytest.mark.parametrize("item", ["", "39|AO", "39\r"])
def test_a_code_that_no_frame_can_carry(branch, item):
    branch.acs.reachable = False
    assert branch.play(lambda: hold(branch, ItemKey(item))) == HoldNotPlaced(Reason.CODE_BAD)
