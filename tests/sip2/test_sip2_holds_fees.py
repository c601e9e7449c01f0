"""Holds (15/16) and payments (37/38): on the wire, masked, and a payment never sent twice."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from decimal import Decimal

import pytest

from kiosk.lab import run
from kiosk.sip2 import (
    CheckoutResponse,
    Client,
    DecodeError,
    Done,
    EncodeError,
    FeePaid,
    FeePaidResponse,
    FeeType,
    Hold,
    HoldMode,
    HoldResponse,
    HoldType,
    LinkGarbled,
    LinkSilent,
    Login,
    NotSent,
    NotSupported,
    PaymentType,
    Profile,
    Refused,
    Unknown,
    Untrusted,
    decode,
    encode,
    masked,
)
from tests.sip2.scripted import DATE, ScriptedAcs, in_turn, sealed, silent

NOON = datetime(2027, 1, 2, 12, 0, 0)  # noqa: DTZ001 - local time, as SIP2 prefers it
NOW = "20270102    120000"

PAID = FeePaid(
    date=NOON, fee_type=FeeType.OVERDUE, payment_type=PaymentType.CREDIT_CARD, currency="EUR",
    fee_amount=Decimal("5.00"), institution="lib", patron="21000001", transaction="T-77",
)  # fmt: skip
BOOKED = f"38Y{DATE}AOlib|AA21000001|BKacs-1|"
NOT_BOOKED = f"38N{DATE}AOlib|AA21000001|AFOverpaid|"


# ---- on the wire --------------------------------------------------------------------------------------


def test_a_payment_as_it_leaves():
    assert encode(PAID) == f"37{NOW}0402EURBV5.00|AOlib|AA21000001|BKT-77|"
    bare = dataclasses.replace(PAID, fee_type="01", transaction="", patron_password="", currency="")
    assert encode(bare) == f"37{NOW}0102   BV5.00|AOlib|AA21000001|"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"fee_amount": None}, "BV"), ({"fee_amount": Decimal("NaN")}, "BV"),
        ({"fee_amount": Decimal("-1")}, "BV"), ({"currency": "eur"}, "currency"),
        ({"currency": "EURO"}, "currency"), ({"transaction": "a|b"}, "BK"), ({"fee_type": "1"}, "fee_type"),
    ],
)  # fmt: skip
def test_a_payment_that_cannot_be_said(change, field):
    with pytest.raises(EncodeError) as caught:
        encode(dataclasses.replace(PAID, **change))
    assert caught.value.field == field


def test_what_a_38_says():
    answer = decode(BOOKED)
    assert isinstance(answer, FeePaidResponse)
    assert answer.ok
    assert answer.transaction == "acs-1"
    refused = decode(NOT_BOOKED)
    assert isinstance(refused, FeePaidResponse)
    assert not refused.ok


@pytest.mark.parametrize("letter", ["1", "0", " ", "y", "U"])
def test_whether_a_payment_is_booked_is_never_guessed(letter):
    with pytest.raises(DecodeError):
        decode(BOOKED.replace("38Y", f"38{letter}"))


def test_a_hold_as_it_leaves():
    hold = Hold(
        date=NOON, hold_type=HoldType.ANY_COPY, institution="lib", patron="21000001", item="39000001",
        patron_password="1234", fee_acknowledged=False,
    )  # fmt: skip
    assert encode(hold) == f"15+{NOW}BY2|AOlib|AA21000001|AD1234|AB39000001|BON|"
    away = dataclasses.replace(hold, mode=HoldMode.DELETE, expires=NOON, pickup_location="Main")
    assert encode(away).startswith(f"15-{NOW}BW{NOW}|BSMain|BY2|AO")
    assert encode(dataclasses.replace(hold, mode=HoldMode.CHANGE)).startswith("15*")


def test_what_a_16_says():
    answer = decode(f"161Y{DATE}BW{DATE}|BR2|BSMain|AOlib|AA21000001|AB39000001|AJMoby Dick|AFSoon|")
    assert isinstance(answer, HoldResponse)
    assert (answer.ok, answer.available) == (True, True)
    assert (answer.queue_position, answer.pickup_location, answer.title) == (
        2, Untrusted("Main"), Untrusted("Moby Dick")
    )  # fmt: skip
    assert answer.expires == datetime(2027, 1, 2, 10, 11, 12)  # noqa: DTZ001
    with pytest.raises(DecodeError):
        decode(f"16Y1{DATE}AOlib|AA21000001|")


def test_what_a_12_says_of_a_fee():
    answer = decode(f"120NNN{DATE}AOlib|AA21000001|AB1|AJMoby Dick|AH|BT06|BHUSD|BV5.00|BK77|")
    assert isinstance(answer, CheckoutResponse)
    assert (answer.fee_type, answer.fee_amount.currency) == (FeeType.RENTAL, "USD")
    assert (answer.fee_amount.raw, answer.fee_amount.value) == ("5.00", Decimal("5.00"))


def test_a_payment_leads_no_log_to_a_patron():
    assert masked(encode(PAID)) == f"37{NOW}0402EURBV5.00|AOlib|AA***|BK***|"
    assert masked(BOOKED) == f"38Y{DATE}AOlib|AA***|BK***|"
    assert masked(f"15+{NOW}AA21000001|AD1234|") == f"15+{NOW}AA***|AD***|"
    assert not any(secret in repr(PAID) for secret in ("21000001", "T-77"))


# ---- never twice --------------------------------------------------------------------------------------


class Story:
    """A client against a scripted ACS, paying."""

    def __init__(self, *, plain: bool = False) -> None:
        self.acs = ScriptedAcs()
        self.late: list[bool] = []
        self.client = Client(
            self.acs.open, Profile(error_detection=not plain),
            login=Login(login_user="kiosk", login_password="pw"),
        )  # fmt: skip

    def pay(self, *payments: FeePaid):
        async def tale():
            try:
                return [await self.client.change(one, lambda: self.late.append(True)) for one in payments]
            finally:
                await self.client.disconnect()

        return run(tale())


def test_yes_and_no():
    story = Story()
    story.acs.on["37"] = in_turn(lambda f, w: w.answer(f, BOOKED), lambda f, w: w.answer(f, NOT_BOOKED))
    yes, no = story.pay(PAID, PAID)
    assert isinstance(yes, Done)
    assert isinstance(no, Refused)
    assert (yes.sequence, no.sequence) == (2, 3)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (silent, LinkSilent),
        (lambda f, w: w.say(b"#!?\r"), LinkGarbled),
        (lambda f, w: w.answer(f, BOOKED.replace("38Y", "381")), LinkGarbled),
        (lambda f, w: w.say(b"96\r"), NotSupported),
    ],
    ids=["silence", "garbage", "neither yes nor no", "bare 96"],
)
def test_a_payment_is_told_once_whatever_hides_the_answer(how, why):
    story = Story()
    story.acs.on["37"] = how
    (outcome,) = story.pay(PAID)
    assert isinstance(outcome, Unknown)
    assert isinstance(outcome.why, why)
    assert outcome.sequence == 2
    assert len(story.acs.sent("37")) == 1


def test_a_lost_answer_comes_back_by_97():
    story = Story()
    last = []
    story.acs.on["37"] = lambda f, w: last.append(sealed(f, BOOKED))
    story.acs.on["97"] = lambda f, w: w.say(last[0] + b"\r")
    (outcome,) = story.pay(PAID)
    assert isinstance(outcome, Done)
    assert story.late == [True]
    assert len(story.acs.sent("37")) == 1


def test_without_numbers_another_patron_s_answer_is_none():
    story = Story(plain=True)
    story.acs.on["37"] = lambda f, w: w.answer(f, BOOKED.replace("21000001", "21000009"))
    story.acs.on["97"] = lambda f, w: w.answer(f, BOOKED)
    (outcome,) = story.pay(PAID)
    assert isinstance(outcome, Done)
    assert outcome.sequence is None
    assert len(story.acs.sent("97")) == 1


def test_what_98_forbids_is_not_sent():
    story = Story()
    story.acs.status = story.acs.status.replace("BX" + "Y" * 16, "BX" + "Y" * 9 + "N" + "Y" * 6)
    (outcome,) = story.pay(PAID)
    assert isinstance(outcome, NotSent)
    assert isinstance(outcome.why, NotSupported)


def test_nobody_waits_when_a_payment_cannot_be_said():
    story = Story()
    story.acs.reachable = False
    with pytest.raises(EncodeError):
        story.pay(dataclasses.replace(PAID, transaction="a\rb"))
    assert story.acs.wires == []
