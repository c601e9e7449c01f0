"""Open fees are paid: asked first, taken once, booked once, and never said to be paid when nobody knows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kiosk.circulation.answers import (
    Denied,
    Doubt,
    FeeBooked,
    FeeNotBooked,
    MoneyNotTaken,
    MoneyTaken,
    Welcome,
)
from kiosk.circulation.effects import AppendRow, BookFee, EndIlsSession, PrintPaper, TakeMoney
from kiosk.circulation.events import AnswerLate, FeeAnswered, MatterResolved, PolicyChanged, TillAnswered
from kiosk.circulation.facts import FeePaid, ItemNeedsStaff, MatterClosed
from kiosk.circulation.intents import Do, Pressed
from kiosk.circulation.matters import open_matters
from kiosk.circulation.policy import Policy, ReceiptRule
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Device, ItemKey, PatronId, Payment, Pin, RowKind
from kiosk.circulation.views import (
    AskPayment,
    AttractView,
    FarewellView,
    HelpCalled,
    Notice,
    Paying,
    PutBack,
    StillThere,
    Weight,
)
from tests.circulation.story import FEE, Story, kiosk

CANCELLED = MoneyNotTaken(Reason.PAYMENT_CANCELLED)
REFUSED = FeeNotBooked(Reason.PAYMENT_REFUSED)
UNSENT = FeeNotBooked(Reason.ILS_DOWN)


def owing(**policy: Any) -> Story:
    """A patron who owes something, at a kiosk with a till and a printer."""
    return kiosk(**policy).ready(Device.TILL, Device.PRINTER).card(owed=FEE)


def intended() -> Story:
    return owing().press(Do.PAY, Do.YES)


def taking() -> Story:
    return intended().flush()


def taken() -> Story:
    """The till has taken the money; the row that says so is not on the disk yet."""
    return taking().till_says(MoneyTaken("T-1"))


def booking() -> Story:
    return taken().flush()


def answered() -> Story:
    return booking().books()


def paid() -> Story:
    return answered().flush()


def unbooked() -> Story:
    return booking().missing(Device.ILS).books(UNSENT).flush()


def matters(story: Story) -> list[tuple[str, Reason | None]]:
    return [(matter.key, matter.reason) for matter in open_matters(story.flush().disk)]


def kinds(story: Story) -> list[RowKind]:
    return [row.kind for row in story.flush().rows_of(story.all(TakeMoney)[-1].intent.saga)]


# ---- where it is offered --------------------------------------------------------------------


def test_who_owes_something_may_pay_it_here() -> None:
    assert owing().loan.payable == FEE


def test_nobody_is_asked_for_money_who_owes_none_or_where_it_cannot_be_taken() -> None:
    assert kiosk().ready(Device.TILL).card().loan.payable is None
    assert kiosk().card(owed=FEE).loan.payable is None
    assert owing().missing(Device.TILL).loan.payable is None
    assert owing(payments=False).loan.payable is None
    for story in (kiosk().ready(Device.TILL).card(), owing(payments=False), kiosk().card(owed=FEE)):
        assert story.press(Do.PAY).modal is None
        assert story.press(Do.YES).flush().taken == []


def test_it_is_offered_on_the_list_only() -> None:
    story = owing().press(Do.FINISH)
    assert isinstance(story.screen, FarewellView)
    assert story.press(Do.PAY, Do.YES).flush().taken == []
    assert kiosk().ready(Device.TILL).press(Do.PAY, Do.YES, Do.RETURN, Do.PAY, Do.YES).flush().taken == []


def test_what_one_patron_owes_is_not_the_next_ones() -> None:
    story = owing().press(Do.FINISH, Do.FINISH).card("p2", "Ben Lo")
    assert story.loan.payable is None


# ---- all goes well --------------------------------------------------------------------------


def test_the_patron_is_asked_before_the_till_is() -> None:
    story = owing().press(Do.PAY)
    assert isinstance(story.modal, AskPayment)
    assert story.modal.amount == FEE
    assert (story.pending, story.flush().taken) == ([], [])
    story.press(Do.NO)
    assert story.modal is None
    assert story.flush().taken == []
    assert story.loan.payable == FEE, "whoever said no may think better of it"
    assert story.loan.message.weight is Weight.INFO


def test_each_step_is_on_the_disk_before_the_next() -> None:
    story = intended()
    assert story.taken == []
    assert story.modal == Paying(FEE)
    assert story.loan.payable is None
    story.flush()
    assert story.taken == [FEE]
    story.till_says(MoneyTaken("T-1"))
    assert story.booked == []
    assert story.modal == Paying(FEE, booking=True)
    story.flush()
    effect = story.all(BookFee)[0]
    assert (effect.patron, effect.amount, effect.reference) == (PatronId("p1"), FEE, "T-1")
    assert effect.taken.kind is RowKind.TAKEN
    story.books()
    assert FeePaid(story.paying, pending=False) not in story.facts
    assert story.modal == Paying(FEE, booking=True)
    story.flush()
    assert story.modal is None
    assert story.facts.count(FeePaid(story.paying, pending=False)) == 1
    assert story.loan.message.notice is Notice.PAID
    assert story.loan.payable is None
    assert kinds(story) == ["intent", "taken", "answer"]
    assert matters(story) == []
    assert story.flush().disk[-1].closes


def test_the_rows_hold_the_amount_and_the_patron_only_sealed() -> None:
    story = paid()
    intent, took, answer = story.rows_of(story.paying)
    assert dict(intent.payload) == {"act": "payment", "amount": "2.50", "currency": "EUR"}
    assert intent.sealed == {"patron": "p1"}
    assert dict(took.payload) == {"reference": "T-1"}
    assert dict(answer.payload) == {"taken": True, "booked": "yes"}
    assert story.paying.startswith("F")


def test_the_pin_goes_along_while_its_patron_is_here() -> None:
    story = kiosk().ready(Device.TILL).shows("p1").signed(Denied(Reason.PIN_NEEDED)).types("1234")
    story.signed(Welcome("Anna Kern", owed=FEE)).press(Do.PAY, Do.YES).flush().till_takes()
    assert story.all(BookFee)[0].pin == Pin("1234")


def test_books_are_lent_meanwhile() -> None:
    story = taking().put("A1").flush().lends("A1").proves("A1").till_takes().books().flush()
    assert story.states == {"A1": "safe"}
    assert story.loan.message.notice is Notice.ALL_SAFE


def test_finish_waits_for_the_till() -> None:
    story = taking().press(Do.FINISH)
    assert story.loan.closing
    story.till_takes().books().flush()
    assert isinstance(story.screen, FarewellView)
    assert story.screen.payment == Payment(FEE, "T-1")


def test_yes_pressed_twice_takes_money_once() -> None:
    story = owing().press(Do.PAY)
    seen = story.view
    for _ in range(2):
        story.tell(Pressed(seen.session, seen.revision, Do.YES))
    story.press(Do.YES, Do.PAY, Do.YES).flush().till_takes().books().flush()
    story.press(Do.PAY, Do.YES).flush()
    assert (story.taken, story.booked) == ([FEE], [FEE])


def test_doubled_and_late_answers_change_nothing() -> None:
    story = paid()
    saga = story.paying
    for event in (
        TillAnswered(saga, MoneyTaken("T-2")),
        TillAnswered(saga, CANCELLED),
        FeeAnswered(saga, REFUSED),
        FeeAnswered(saga, FeeBooked()),
        AnswerLate(saga),
        MatterResolved(saga),
    ):
        story.tell(event).flush()
    assert (story.taken, story.booked) == ([FEE], [FEE])
    assert kinds(story) == ["intent", "taken", "answer"]
    assert story.press(Do.FINISH).screen.payment == Payment(FEE, "T-1")


def test_a_yes_is_for_the_question_that_is_seen() -> None:
    story = owing().press(Do.PAY, Do.CALL_STAFF)
    assert isinstance(story.modal, HelpCalled)
    assert story.press(Do.YES).flush().taken == []
    assert isinstance(story.press(Do.CLOSE_HELP).modal, AskPayment)
    story.wait(60)
    assert isinstance(story.modal, StillThere)
    assert story.press(Do.YES).flush().taken == []
    story.put("A1").flush().lends("A1").lift("A1")
    assert isinstance(story.modal, PutBack)
    assert story.press(Do.YES).flush().taken == []
    assert story.put("A1").proves("A1").press(Do.YES).flush().taken == [FEE]


def test_finish_and_walking_away_are_a_no() -> None:
    story = owing().press(Do.PAY, Do.FINISH)
    assert isinstance(story.screen, FarewellView)
    assert story.screen.payment is None
    assert isinstance(owing().press(Do.PAY).wait(81).screen, AttractView)


# ---- the receipt ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "payment"),
    [
        (paid, Payment(FEE, "T-1")),
        (unbooked, Payment(FEE, "T-1", pending=True)),
        (lambda: booking().books(REFUSED).flush(), Payment(FEE, "T-1", pending=True)),
        (lambda: booking().books(Doubt()).flush(), Payment(FEE, "T-1", pending=True)),
        (lambda: taking().till_says(Doubt()).flush(), Payment(FEE, pending=True)),
        (lambda: taken().disk_refuses().ready(Device.JOURNAL), Payment(FEE, "T-1", pending=True)),
    ],
)
def test_the_farewell_and_the_receipt_say_what_became_of_the_money(
    way: Callable[[], Story], payment: Payment
) -> None:
    story = way().press(Do.FINISH)
    assert isinstance(story.screen, FarewellView)
    assert story.screen.payment == payment
    assert story.screen.receipt is not None, "also when nothing was borrowed"
    story.press(Do.PRINT)
    paper = story.all(PrintPaper)[-1].paper
    assert (paper.payment, paper.lines) == (payment, ())


@pytest.mark.parametrize(
    "way",
    [
        owing,
        lambda: owing().press(Do.PAY, Do.NO),
        lambda: taking().till_says(CANCELLED).flush(),
        lambda: intended().disk_refuses().ready(Device.JOURNAL),
    ],
)
def test_where_nothing_was_taken_no_receipt_names_a_payment(way: Callable[[], Story]) -> None:
    story = way().press(Do.FINISH)
    assert (story.screen.payment, story.screen.receipt) == (None, None)


def test_a_receipt_for_everybody_names_the_payment_beside_the_books() -> None:
    story = owing(receipt=ReceiptRule.ALWAYS).borrows("A1").press(Do.PAY, Do.YES).flush()
    story.till_takes().books().flush().press(Do.FINISH)
    paper = story.all(PrintPaper)[-1].paper
    assert paper.payment == Payment(FEE, "T-1")
    assert [line.item for line in paper.lines] == [ItemKey("A1")]


# ---- the till -------------------------------------------------------------------------------


def test_a_till_that_takes_nothing_is_the_end_of_it_and_may_be_tried_again() -> None:
    story = taking().till_says(CANCELLED)
    assert story.modal == Paying(FEE, booking=True) or isinstance(story.modal, Paying)
    story.flush()
    message = story.loan.message
    assert (message.weight, message.notice) == (Weight.REFUSAL, Notice.NOT_PAID)
    assert message.reason is Reason.PAYMENT_CANCELLED
    assert kinds(story) == ["intent", "answer"]
    assert matters(story) == []
    assert story.disk[-1].closes
    assert story.loan.payable == FEE
    story.press(Do.PAY, Do.YES).flush().till_takes("T-2").books().flush()
    assert (story.taken, story.booked) == ([FEE, FEE], [FEE])
    assert story.press(Do.FINISH).screen.payment == Payment(FEE, "T-2")


def test_a_till_of_which_nobody_knows_is_for_staff_and_nothing_is_booked() -> None:
    story = taking().till_says(Doubt()).flush()
    assert story.booked == []
    assert (story.loan.message.notice, story.loan.message.reason) == (
        Notice.PAYMENT_PENDING,
        Reason.PAYMENT_UNKNOWN,
    )
    assert matters(story) == [("payment-unknown", Reason.PAYMENT_UNKNOWN)]
    assert FeePaid(story.paying, pending=True) in story.facts
    assert story.loan.payable is None
    assert story.press(Do.PAY, Do.YES).flush().taken == [FEE], "never twice"
    story.press(Do.FINISH, Do.FINISH).missing(Device.ILS).ready(Device.ILS)
    assert story.flush().booked == []


@pytest.mark.parametrize(
    ("device", "reason"),
    [
        (Device.ILS, Reason.ILS_DOWN),
        (Device.JOURNAL, Reason.JOURNAL_FAILED),
        (Device.TILL, Reason.TILL_MISSING),
    ],
)
def test_a_yes_that_cannot_be_carried_out_takes_nothing(device: Device, reason: Reason) -> None:
    story = owing().press(Do.PAY).missing(device).press(Do.YES)
    assert story.pending == []
    assert (story.loan.message.notice, story.loan.message.reason) == (Notice.NOT_PAID, reason)
    story.ready(device)
    assert story.loan.payable == FEE
    assert story.press(Do.PAY, Do.YES).flush().taken == [FEE]


# ---- the ILS --------------------------------------------------------------------------------


def test_an_ils_that_does_not_book_it_is_for_staff() -> None:
    story = booking().books(REFUSED).flush()
    assert kinds(story) == ["intent", "taken", "answer", "staff"]
    assert matters(story) == [("payment-not-booked", Reason.NOT_BOOKED)]
    assert story.loan.message.notice is Notice.PAYMENT_PENDING
    assert FeePaid(story.paying, pending=True) in story.facts
    assert story.loan.payable is None
    story.press(Do.FINISH, Do.FINISH).missing(Device.ILS).ready(Device.ILS).flush()
    assert story.booked == [FEE], "told once"


def test_what_staff_have_closed_is_closed_on_the_disk_when_it_takes_rows_again() -> None:
    for leaves_first in (False, True):
        story = booking().books(REFUSED).flush()
        saga = story.paying
        story.tell(MatterResolved(saga))
        if leaves_first:
            story.press(Do.FINISH, Do.FINISH)
        story.disk_refuses()
        if not leaves_first:
            story.press(Do.FINISH, Do.FINISH)
        assert MatterClosed(saga) not in story.facts
        assert story.ready(Device.JOURNAL).flush().open_on_disk() == []
        assert MatterClosed(saga) in story.facts


def test_an_ils_that_does_not_answer_is_not_told_again() -> None:
    story = booking().tell(AnswerLate(booking().paying)).books(Doubt()).flush()
    assert matters(story) == [("payment-not-booked", Reason.PAYMENT_UNKNOWN)]
    story.missing(Device.ILS).ready(Device.ILS).press(Do.FINISH, Do.FINISH)
    story.missing(Device.ILS).ready(Device.ILS).flush()
    assert story.booked == [FEE]


def test_an_ils_that_was_surely_not_told_is_told_when_it_is_back_once() -> None:
    story = unbooked()
    assert matters(story) == [("payment-not-booked", Reason.NOT_BOOKED)]
    assert story.loan.message.notice is Notice.PAYMENT_PENDING
    story.ready(Device.ILS)
    assert story.booked == [FEE, FEE]
    story.missing(Device.ILS).ready(Device.ILS)
    assert story.booked == [FEE, FEE], "it is being told"
    story.books().flush()
    assert story.loan.message.notice is Notice.PAID
    assert matters(story) == []
    story.missing(Device.ILS).ready(Device.ILS).flush()
    assert story.booked == [FEE, FEE]
    assert story.press(Do.FINISH).screen.payment == Payment(FEE, "T-1")


def test_it_is_told_although_its_patron_has_gone_and_without_their_pin() -> None:
    story = kiosk().ready(Device.TILL).shows("p1").signed(Denied(Reason.PIN_NEEDED)).types("1234")
    story.signed(Welcome("Anna Kern", owed=FEE)).press(Do.PAY, Do.YES).flush().till_takes()
    story.missing(Device.ILS).books(UNSENT).flush().press(Do.FINISH, Do.FINISH)
    assert story.all(EndIlsSession)
    story.ready(Device.ILS).card("p2", "Ben Lo")
    last = story.all(BookFee)[-1]
    assert (last.patron, last.pin) == (PatronId("p1"), None)
    story.books().flush()
    assert story.loan.message.notice is not Notice.PAID, "that was somebody else's"
    assert story.press(Do.FINISH).screen.payment is None
    assert matters(story) == []


def test_an_ils_that_goes_away_again_is_told_when_it_is_back() -> None:
    story = unbooked().ready(Device.ILS).missing(Device.ILS).books(UNSENT).flush().ready(Device.ILS)
    assert story.booked == [FEE] * 3
    assert matters(story.books().flush()) == []


def test_a_farewell_names_the_payment_also_while_the_ils_is_told_again() -> None:
    story = unbooked().press(Do.FINISH).ready(Device.ILS)
    assert story.booked == [FEE, FEE]
    assert story.screen.payment == Payment(FEE, "T-1", pending=True)
    assert story.modal is None, "the till does not need the patron any more"
    story.books().flush()
    assert story.screen.payment == Payment(FEE, "T-1")


# ---- the disk -------------------------------------------------------------------------------


def test_a_disk_that_refuses_the_intent_takes_nothing() -> None:
    story = intended().disk_refuses()
    assert (story.loan.message.notice, story.loan.message.reason) == (
        Notice.NOT_PAID,
        Reason.JOURNAL_FAILED,
    )
    story.ready(Device.JOURNAL).flush()
    assert (story.taken, story.disk) == ([], [])
    assert story.press(Do.PAY, Do.YES).flush().taken == [FEE]


def test_a_disk_that_refuses_what_was_taken_books_nothing_and_says_so_when_it_is_back() -> None:
    story = taken().disk_refuses()
    assert story.booked == []
    assert story.loan.message.notice is Notice.PAYMENT_PENDING
    assert FeePaid(story.paying, pending=True) in story.facts
    story.ready(Device.JOURNAL)
    assert matters(story) == [("payment-not-booked", Reason.JOURNAL_FAILED)]
    assert kinds(story) == ["intent", "taken", "staff"]
    story.missing(Device.ILS).ready(Device.ILS).flush()
    assert story.booked == [], "staff have been told of it"


def test_a_disk_that_refuses_twice_is_tried_until_it_takes_it() -> None:
    story = taken().disk_refuses().ready(Device.JOURNAL).disk_refuses().ready(Device.JOURNAL)
    assert kinds(story) == ["intent", "taken", "staff"]
    story.missing(Device.JOURNAL).ready(Device.JOURNAL)
    assert story.pending == [], "once is enough"


@pytest.mark.parametrize("session", [True, False])
def test_a_disk_that_refuses_a_booking_does_not_make_it_unknown(*, session: bool) -> None:
    story = answered().disk_refuses()
    assert story.loan.message.notice is Notice.PAID
    if not session:
        assert story.press(Do.FINISH).screen.payment == Payment(FEE, "T-1")
        story.press(Do.FINISH)
    story.ready(Device.JOURNAL)
    assert matters(story) == []
    assert kinds(story) == ["intent", "taken", "answer"]
    story.missing(Device.JOURNAL).ready(Device.JOURNAL)
    assert story.pending == [], "once is enough"


def test_a_disk_that_refuses_that_nothing_was_taken_does_not_make_it_unknown() -> None:
    story = taking().till_says(CANCELLED).disk_refuses()
    assert (story.loan.message.notice, story.loan.message.reason) == (
        Notice.NOT_PAID,
        Reason.PAYMENT_CANCELLED,
    )
    assert story.press(Do.FINISH).screen.payment is None
    story.press(Do.FINISH).ready(Device.JOURNAL).disk_refuses().ready(Device.JOURNAL)
    assert kinds(story) == ["intent", "answer"]
    assert matters(story) == []


def test_a_disk_that_refuses_a_refusal_says_so_when_it_is_back() -> None:
    story = booking().books(REFUSED).disk_refuses()
    assert story.loan.message.notice is Notice.PAYMENT_PENDING
    story.press(Do.FINISH, Do.FINISH).ready(Device.JOURNAL)
    assert kinds(story) == ["intent", "taken", "answer", "staff"]
    assert matters(story) == [("payment-not-booked", Reason.NOT_BOOKED)]


# ---- nobody is here any more ----------------------------------------------------------------


def test_who_walks_away_from_the_till_is_waited_for_by_nobody_and_paid_all_the_same() -> None:
    story = taking().wait(81)
    assert story.loan.closing
    story.till_takes()
    assert story.booked == [FEE]
    story.books().flush()
    assert isinstance(story.screen, AttractView)
    assert matters(story) == []
    assert FeePaid(story.all(TakeMoney)[0].intent.saga, pending=False) in story.facts


@pytest.mark.parametrize("end", [lambda s: s.till_says(CANCELLED), lambda s: s.till_says(Doubt())])
def test_who_walks_away_and_does_not_pay_ends_too(end: Callable[[Story], Story]) -> None:
    story = end(taking().wait(81)).flush()
    assert isinstance(story.screen, AttractView)


# ---- staff ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way",
    [
        unbooked,
        lambda: booking().books(REFUSED).flush(),
        lambda: booking().books(Doubt()).flush(),
        lambda: taking().till_says(Doubt()).flush(),
    ],
)
def test_staff_close_it_and_then_it_is_over(way: Callable[[], Story]) -> None:
    story = way().press(Do.FINISH, Do.FINISH)
    saga = story.all(TakeMoney)[0].intent.saga
    booked = list(story.booked)
    story.tell(MatterResolved(saga))
    assert MatterClosed(saga) in story.flush().facts
    assert matters(story) == []
    story.missing(Device.ILS).ready(Device.ILS).flush()
    assert story.booked == booked, "staff have seen to it: nobody books it now"


@pytest.mark.parametrize("way", [intended, taking, taken, booking, answered])
def test_what_is_on_its_way_is_not_closed_by_staff(way: Callable[[], Story]) -> None:
    story = way()
    state = story.state.payments
    story.tell(MatterResolved(story.paying))
    assert story.state.payments == state
    assert not any(isinstance(fact, MatterClosed) for fact in story.facts)


# ---- the power goes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "key"),
    [
        (lambda: owing().press(Do.PAY), None),
        (intended, None),
        (taking, "payment-unknown"),
        (taken, "payment-unknown"),
        (booking, "payment-not-booked"),
        (answered, "payment-not-booked"),
        (paid, None),
        (unbooked, "payment-not-booked"),
        (lambda: unbooked().ready(Device.ILS), "payment-not-booked"),
        (lambda: taking().till_says(CANCELLED), "payment-unknown"),
        (lambda: taking().till_says(CANCELLED).flush(), None),
        (lambda: taking().till_says(Doubt()), "payment-unknown"),
        (lambda: booking().books(REFUSED).flush(), "payment-not-booked"),
        (lambda: booking().books(Doubt()), "payment-not-booked"),
    ],
)
def test_a_payment_that_was_cut_off_is_named_and_nobody_is_asked_again(
    way: Callable[[], Story], key: str | None
) -> None:
    story = way().power_cut().began().ready(Device.TILL)
    assert [matter[0] for matter in matters(story)] == ([key] if key else [])
    named = [row.kind for row in story.disk].count(RowKind.STAFF)
    assert (named > 0) == (key is not None)
    story.missing(Device.ILS).ready(Device.ILS).flush().card(owed=FEE).press(Do.FINISH, Do.FINISH)
    assert (story.taken, story.booked) == ([], [])
    again = story.power_cut().began()
    assert [matter[0] for matter in matters(again)] == ([key] if key else [])
    assert [row.kind for row in again.disk].count(RowKind.STAFF) == named, "named once"
    if key is not None:
        saga = next(row.saga for row in again.disk)
        again.tell(MatterResolved(saga))
        assert matters(again) == []
        assert again.power_cut().began().state.payments == {}


def test_what_was_cut_off_is_told_to_the_listeners_at_the_start() -> None:
    story = booking().power_cut().began()
    assert ItemNeedsStaff(ItemKey(""), Reason.PAYMENT_UNKNOWN) in story.facts


def test_a_payment_that_was_cut_off_does_not_stand_in_the_way_of_the_next() -> None:
    story = booking().power_cut().began().ready(Device.TILL).card(owed=FEE).press(Do.PAY, Do.YES).flush()
    story.till_takes("T-2").books().flush()
    assert story.loan.message.notice is Notice.PAID
    assert len(matters(story)) == 1


def test_an_amount_that_cannot_be_read_is_named_all_the_same() -> None:
    story = booking()
    story.disk[0] = replace(story.disk[0], payload={"act": "payment", "amount": "much"}, sealed=None)
    after = story.power_cut().began()
    assert [key for key, _ in matters(after)] == ["payment-not-booked"]


def test_a_till_that_comes_while_a_patron_is_here_is_offered() -> None:
    story = kiosk().card(owed=FEE)
    assert story.ready(Device.TILL).loan.payable == FEE
    story.tell(PolicyChanged(Policy(payments=False)))
    assert story.loan.payable is None


def test_no_row_of_a_payment_names_a_patron_in_the_open() -> None:
    story = booking().books(REFUSED).flush()
    rows = [effect.row for effect in story.all(AppendRow)]
    assert all("p1" not in repr((row.saga, row.payload)) for row in rows)
    assert [row.sealed for row in rows if row.sealed] == [{"patron": "p1"}]
