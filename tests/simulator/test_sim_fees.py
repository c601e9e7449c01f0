"""Fees at the simulated ILS: what is owed, what a loan costs, what was paid, and how often."""

import dataclasses
import json

import pysip2
import pytest

from kiosk.simulator import Hangup, Scenery, World, lanternfield
from tests.simulator.raw_kiosk import TODAY, Kiosk, agree, checked, checkin, information, pay

ANNA, BRUNO = b"21000001", b"21000002"
FINES = b"   Y      "


def in_debt(**manners: bool) -> World:
    """Anna owes 2.50 and 1.20, and The Wind in the Willows costs 3.00."""
    scenery = lanternfield().owing("21000001", "2.50", "1.2").costing("3.00", "39000001")
    return World(dataclasses.replace(scenery, ils=dataclasses.replace(scenery.ils, **manners)))


def test_what_a_patron_owes_is_told_and_listed() -> None:
    kiosk = Kiosk(in_debt()).login()
    told = kiosk.asks(information(ANNA, FINES))
    assert told[37:61] == "000000000001000200000000"
    assert "|BHEUR|BV3.70|" in told
    assert "|AVF1 2.50 Overdue|AVF2 1.20 Overdue|" in told
    assert "|BHEUR|BV3.70|" in kiosk.asks(b"23001" + TODAY + b"AOLANTERN|AA21000001|AC|AD|")
    assert "|BV" not in kiosk.asks(information(b"21000003", FINES)), "no account"


def test_a_payment_is_booked_once_and_told_everywhere() -> None:
    world = in_debt()
    kiosk = Kiosk(world).login()
    said = kiosk.asks(pay(ANNA, b"3.00", reference=b"P7-1"))
    assert said == "38Y" + TODAY.decode() + "AOLANTERN|AA21000001|BKP7-1|"
    told = kiosk.asks(information(ANNA, FINES))
    assert "|BV0.70|" in told
    assert "|AVF2 0.70 Overdue|" in told
    report = json.loads(json.dumps(world.report()))["ils"]
    assert report["payments"] == [
        {"t": 105.0, "patron": "21000001", "amount": "3.00", "currency": "EUR", "reference": "P7-1"}
    ]
    assert {each["id"]: each["owes"] for each in report["patrons"]}["21000001"] == "0.70"
    assert kiosk.asks(pay(ANNA, b"0.7")).startswith("38Y")
    assert "|BV0.00|" in kiosk.asks(information(ANNA)), "known to owe nothing"


def test_one_fee_may_be_named() -> None:
    kiosk = Kiosk(in_debt()).login()
    assert kiosk.asks(pay(ANNA, b"1.20", fee=b"F2")).startswith("38Y")
    assert "|AVF1 2.50 Overdue|" in kiosk.asks(information(ANNA, FINES))
    assert "|AFNo such fee|" in kiosk.asks(pay(ANNA, b"1.20", fee=b"F2"))


@pytest.mark.parametrize(
    ("patron", "amount", "currency", "why"),
    [
        (ANNA, b"3.71", b"EUR", "Amount is more than what is owed"),
        (BRUNO, b"0.01", b"EUR", "Amount is more than what is owed"),
        (b"29999999", b"1.00", b"EUR", "Invalid patron"),
        (ANNA, b"1.00", b"USD", "Currency is not accepted"),
        (ANNA, b"0.00", b"EUR", "Invalid amount"),
        (ANNA, b"-1.00", b"EUR", "Invalid amount"),
        (ANNA, b"1,00", b"EUR", "Invalid amount"),
        (ANNA, b"", b"EUR", "Invalid amount"),
    ],
)
def test_payments_that_are_refused_book_nothing(
    patron: bytes, amount: bytes, currency: bytes, why: str
) -> None:
    world = in_debt()
    said = Kiosk(world).login().asks(pay(patron, amount, currency=currency, reference=b"R"))
    assert said.startswith("38N")
    assert f"|BKR|AF{why}|" in said
    assert world.report()["ils"]["payments"] == []


def test_a_payment_that_comes_twice_is_booked_twice() -> None:
    """As far as the debt goes; an ILS that gives credit takes it in any case."""
    world = in_debt()
    kiosk = Kiosk(world).login()
    frame = checked(pay(ANNA, b"1.50", reference=b"P1") + b"AY1AZ")
    assert kiosk.say(frame).startswith(b"38Y")
    assert kiosk.say(frame).startswith(b"38Y")
    assert kiosk.say(frame).startswith(b"38N")
    assert kiosk.say(b"97AZFEF5\r").startswith(b"38N")
    assert [paid.reference for paid in world.ils.payments] == ["P1", "P1"]

    generous = in_debt(credits=True)
    kiosk = Kiosk(generous).login()
    frame = checked(pay(ANNA, b"3.70", reference=b"P1") + b"AY1AZ")
    assert [kiosk.say(frame)[:3] for _ in range(2)] == [b"38Y", b"38Y"]
    assert len(generous.ils.payments) == 2
    assert generous.report()["ils"]["patrons"][0]["owes"] == "-3.70"

    careful = in_debt(replays=True)
    kiosk = Kiosk(careful).login()
    assert [kiosk.say(frame)[:3] for _ in range(2)] == [b"38Y", b"38Y"]
    assert len(careful.ils.payments) == 1


def test_a_loan_that_costs_something_wants_consent() -> None:
    world = in_debt()
    kiosk = Kiosk(world).login()
    fee = "BT06|BHEUR|BV3.00|"
    for unsaid in (b"N", b""):
        said = kiosk.asks(agree(b"39000001", ANNA, unsaid))
        assert said.startswith("120NUN")
        assert f"|AH|{fee}AFThis loan costs 3.00 EUR|" in said
    assert world.ils.loans == []
    assert world.ils.charges == []
    lent = kiosk.asks(agree(b"39000001", ANNA, b"Y"))
    assert lent.startswith("121NNY")
    assert lent.endswith(f"|AH20261212    235900|{fee}")
    again = kiosk.asks(agree(b"39000001", ANNA, b"N"))
    assert again.startswith("121YNY"), "renewed, and that costs nothing"
    report = world.report()["ils"]
    assert [loan["renewal"] for loan in report["loans"]] == [False, True]
    assert report["charges"] == [
        {"t": 115.0, "patron": "21000001", "item": "39000001", "amount": "3.00", "currency": "EUR"}
    ]
    assert "|BV6.70|" in kiosk.asks(information(ANNA))


def test_other_refusals_come_before_the_fee() -> None:
    world = in_debt()
    said = Kiosk(world).login().asks(agree(b"39000001", BRUNO, b"N"))
    assert "|AFPatron owes 42.50|" in said
    assert "|BV" not in said


def test_18_tells_the_fee_and_consent_to_none_is_no_charge() -> None:
    world = in_debt()
    kiosk = Kiosk(world).login()
    told = kiosk.asks(b"17" + TODAY + b"AOLANTERN|AB39000001|")
    assert told.startswith("18030006")
    assert "|BHEUR|BV3.00|" in told
    assert "|BV" not in kiosk.asks(agree(b"39000002", ANNA, b"Y"))
    assert world.ils.charges == []


@pytest.mark.parametrize("execute", [True, False])
@pytest.mark.parametrize("how", ["silent", "hang-up"])
def test_a_payment_without_an_answer(how: str, *, execute: bool) -> None:
    world = in_debt()
    kiosk = Kiosk(world).login()
    world.do({"do": how, "device": "ils", "message": "37", "execute": execute}, kiosk.now)
    assert kiosk.asks(pay(ANNA, b"3.70")) == ""
    assert (kiosk.out == [Hangup(1)]) == (how == "hang-up")
    assert len(world.ils.payments) == execute


def test_a_late_payment_is_booked_when_its_answer_leaves() -> None:
    world = in_debt()
    kiosk = Kiosk(world).login()
    world.do({"do": "slow", "device": "ils", "seconds": 3, "message": "37", "late": True}, kiosk.now)
    kiosk.asks(pay(ANNA, b"3.70"), wait=1)
    assert world.ils.payments == []
    assert kiosk.say(b"", wait=4).startswith(b"38Y")
    assert [paid.t for paid in world.ils.payments] == [pytest.approx(108.02)]


def test_a_payment_is_an_instant_to_act_at() -> None:
    world = in_debt()
    kiosk = Kiosk(world).login()
    steps = [{"do": "unplug", "device": "ils"}]
    event = {"kind": "payment", "patron": "21000001"}
    assert world.do({"do": "when", "event": event, "steps": steps}, kiosk.now)["ok"]
    assert kiosk.asks(pay(BRUNO, b"1.00")).startswith("38N")
    assert kiosk.asks(pay(ANNA, b"1.00")) == ""
    assert len(world.ils.payments) == 1
    assert not world.ils.reachable


def test_a_library_that_we_did_not_write_reads_fees_too() -> None:
    kiosk = Kiosk(in_debt()).login()
    asked = [
        information(ANNA, FINES),
        pay(ANNA, b"1.00", reference=b"X"),
        pay(ANNA, b"99"),
        agree(b"39000001", ANNA, b"N"),
    ]
    kinds = []
    for number, text in enumerate(asked, start=1):
        answer = kiosk.say(checked(text + b"AY%dAZ" % number))
        kinds.append(type(pysip2.decode_message(answer, encoding="utf-8").message).__name__)
    assert kinds == ["PatronInformationResponse", "FeePaidResponse", "FeePaidResponse", "CheckoutResponse"]
    encoded = pay(ANNA, b"1.00", reference=b"X", fee=b"F1")
    decoded = pysip2.decode_message(checked(encoded + b"AY1AZ"), encoding="utf-8").message
    assert type(decoded).__name__ == "FeePaidRequest", "and what we call a payment is one"


def test_debts_go_to_json_and_back() -> None:
    scenery = lanternfield().owing("21000001", "2.50").costing("0.50", "39000001")
    assert Scenery.from_json(json.loads(json.dumps(scenery.to_json()))) == scenery
    by_hand = {"patrons": [{"id": "1", "name": "A", "owes": [["F1", "2.50"], ["F2", "1"]]}]}
    assert [debt.amount for debt in Scenery.from_json(by_hand).patrons[0].owes] == ["2.50", "1"]
    for wrong in (
        {"patrons": [{"id": "1", "name": "A", "owes": [["F1", "two"]]}]},
        {"items": [{"barcode": "1", "title": "t", "fee": "much"}]},
    ):
        with pytest.raises(ValueError, match="scenery"):
            Scenery.from_json(wrong)


def test_a_returned_book_costs_again_when_it_is_lent_again() -> None:
    world = in_debt()
    kiosk = Kiosk(world).login()
    kiosk.asks(agree(b"39000001", ANNA, b"Y"))
    kiosk.say(checkin(b"39000001", 2))
    kiosk.digit = 2
    assert kiosk.asks(agree(b"39000001", ANNA, b"N")).startswith("120")
    assert kiosk.asks(agree(b"39000001", ANNA, b"Y")).startswith("121")
    assert len(world.ils.charges) == 2
