"""Money at the desk: a loan that costs a fee, a debt that is paid at a till, and a payment of which nobody
knows what the ILS made of it."""

from decimal import Decimal

from kiosk.circulation import views
from kiosk.circulation.answers import MoneyNotTaken
from kiosk.circulation.intents import Do
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Device, Money
from kiosk.maintenance.views import Page
from kiosk.simulator import lanternfield
from tests.journeys.staffed_desk import staffed
from tests.journeys.till import Till
from tests.journeys.wired_desk import LEILA, MOSSES, WILLOWS, Desk, Plan, desk, rows_of

COSTS = lanternfield().costing("1.50", WILLOWS)
OWES = lanternfield().owing(LEILA, "2.50")
DEBT = Money(Decimal("2.50"), "EUR")


def fees(it: Desk) -> tuple[list[str], list[str]]:
    """Items whose loan was put on an account, and references of the payments that were booked."""
    ils = it.world("report")["ils"]
    return [each["item"] for each in ils["charges"]], [each["reference"] for each in ils["payments"]]


def owed(it: Desk, patron: str = LEILA) -> str:
    patrons = it.world("report")["ils"]["patrons"]
    return next(each["owes"] for each in patrons if each["id"] == patron)


# ---- a loan that costs a fee ----------------------------------------------------------------


def test_an_item_that_costs_a_fee_is_lent_when_the_patron_agrees(tmp_path):
    with desk(tmp_path, scenery=COSTS) as it:
        it.signs_in()
        it.puts(WILLOWS, MOSSES)
        asked = it.sees(views.AskFee).modal
        assert (asked.row.key, asked.fee) == (WILLOWS, Money(Decimal("1.50"), "EUR"))
        it.settles(MOSSES)  # nobody waits for the answer
        assert (fees(it), it.held(WILLOWS), it.afi(WILLOWS)) == (([], []), None, ["07"])
        it.presses(Do.YES)
        assert it.settles(WILLOWS, MOSSES) == {WILLOWS: "safe", MOSSES: "safe"}
        assert (it.held(WILLOWS), it.afi(WILLOWS), fees(it)) == (LEILA, ["C2"], ([WILLOWS], []))
        assert it.asked("11", WILLOWS) == 2, "once to learn of the fee, once with consent"
        assert it.finishes().borrowed == 2
        it.leaves(WILLOWS, MOSSES)
        it.reports(lambda _: it.open_rows() == set())


def test_an_item_that_costs_a_fee_stays_here_when_the_patron_does_not_agree(tmp_path):
    with desk(tmp_path, scenery=COSTS) as it:
        it.signs_in()
        it.puts(WILLOWS)
        it.sees(views.AskFee)
        it.presses(Do.NO)
        assert it.settles(WILLOWS) == {WILLOWS: f"refused {Reason.FEE}"}
        assert (it.held(WILLOWS), it.afi(WILLOWS), fees(it)) == (None, ["07"], ([], []))
        assert it.finishes().borrowed == 0
        it.leaves(WILLOWS)
        assert it.asked("11", WILLOWS) == 1
        it.reports(lambda _: it.open_rows() == set())


# ---- a debt ---------------------------------------------------------------------------------


def asks_to_pay(it: Desk) -> None:
    it.presses(Do.PAY)
    it.sees(views.AskPayment)
    assert it.view.modal.amount == DEBT


def test_a_debt_is_paid_once_and_the_receipt_says_so(tmp_path):
    till = Till(MoneyNotTaken(Reason.PAYMENT_CANCELLED))
    with desk(tmp_path, Plan(till=till), scenery=OWES) as it:
        it.sees(views.AttractView)
        it.finds("till", "ready")
        it.signs_in()
        assert it.screen.payable == DEBT
        asks_to_pay(it)
        it.presses(Do.NO)
        it.sees(lambda view: view.modal is None)
        assert till.asked == []
        # the card was not held there long enough
        asks_to_pay(it)
        it.presses(Do.YES)
        it.says(f"not-paid {Reason.PAYMENT_CANCELLED}")
        assert fees(it) == ([], [])
        asks_to_pay(it)
        it.presses(Do.YES)
        it.says("paid")
        assert it.screen.payable is None
        it.presses(Do.PAY)
        farewell = it.finishes()
        assert farewell.payment is not None
        assert (farewell.payment.amount, farewell.payment.reference) == (DEBT, "T-2")
        assert not farewell.payment.pending
        assert it.prints().state == "printed"
        assert len(it.paper()) == 1
        it.leaves()
        (payment,) = it.world("report")["ils"]["payments"]
        assert [payment[key] for key in ("patron", "amount", "currency", "reference")] == [
            LEILA,
            "2.50",
            "EUR",
            "T-2",
        ]
        assert owed(it) == "0.00"
        assert [amount for amount, _ in till.asked] == [DEBT, DEBT]
        it.reports(lambda _: it.open_rows() == set())
        assert not any(row.sealed for row in it.kiosk.rows())


def test_a_kiosk_without_a_till_offers_no_payment(tmp_path):
    with desk(tmp_path, scenery=OWES) as it:
        it.signs_in()
        assert it.screen.payable is None
        it.presses(Do.PAY)
        it.puts(MOSSES)
        it.settles(MOSSES)
        it.finishes()
        it.leaves(MOSSES)
        assert {type(view.modal) for view in it.seen} == {type(None)}


def test_a_payment_of_which_nobody_knows_is_pending_and_staff_close_it(tmp_path):
    till = Till()
    with staffed(tmp_path, scenery=OWES, till=till) as (it, staff):
        it.signs_in()
        it.sees(lambda view: view.screen.payable == DEBT)
        for message in ("37", "97"):
            it.world("silent", device="ils", message=message, count=5, execute=True)
        asks_to_pay(it)
        it.presses(Do.YES)
        # the 37 is waited for as long as a file of settings may say, and the 97 once more
        it.says(f"payment-pending {Reason.PAYMENT_UNKNOWN}", within=40.0)
        assert it.screen.payable is None
        it.world("well", device="ils")
        it.puts(MOSSES)
        it.sees(lambda view: MOSSES in rows_of(view))
        it.settles(MOSSES)
        farewell = it.finishes()
        assert (farewell.payment.pending, farewell.payment.reference) == (True, "T-1")
        assert it.prints().state == "printed"
        it.leaves(MOSSES)
        assert (len(till.asked), fees(it)) == (1, ([], ["T-1"])), "the ILS had booked it, and kept silent"
        (saga,) = it.open_rows()
        assert any(row.sealed for row in it.kiosk.rows())

        it.comes_in()
        assert staff.tests(Device.TILL) == {"till-there": "passed"}
        assert len(till.asked) == 1
        staff.goes_to(Page.MATTERS)
        (matter,) = staff.finds_matters(len)
        assert (matter.saga, matter.key) == (saga, "payment-not-booked")
        told = {fact.key: fact for fact in matter.facts}
        assert (told["amount"].money, told["reference"].text) == (DEBT, "T-1")
        staff.closes(matter)
        assert it.open_rows() == set()
        assert not any(row.sealed for row in it.kiosk.rows())
        it.leaves_to_patrons()
        assert fees(it) == ([], ["T-1"])
