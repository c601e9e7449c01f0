"""A book that costs something: the patron is asked, and nothing is lent before they say yes to that."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from kiosk.circulation.answers import Denied, Doubt, FeeAsked, Lent, NotLent, Welcome
from kiosk.circulation.effects import AppendRow, AskLoan, SettleLoan
from kiosk.circulation.events import AnswerLate, LoanAnswered
from kiosk.circulation.facts import ItemRefused, ItemSafe
from kiosk.circulation.intents import Do, Pressed
from kiosk.circulation.matters import open_matters
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import AFI_ON_LOAN, Device, ItemKey, Money, Pin, RowKind, Untrusted
from kiosk.circulation.views import (
    AskFee,
    AskHold,
    AskPayment,
    AttractView,
    FarewellView,
    HelpCalled,
    PutBack,
    StillThere,
)
from tests.circulation.story import FEE, Story, book, kiosk, part, uid

YES = Lent(release=True, title="Momo")


def asks(*barcodes: str) -> Story:
    """The ILS wants a fee for each of the books on the pad."""
    names = barcodes or ("A1",)
    return kiosk().card().put(*names).flush().asks_fee(*names)


def agreed() -> Story:
    """The patron has agreed, and the second 11 is with the ILS."""
    return asks().press(Do.YES).flush()


def kinds(story: Story, barcode: str = "A1") -> list[RowKind]:
    return [row.kind for row in story.rows_of(story.saga(barcode))]


# ---- yes ------------------------------------------------------------------------------------


def test_the_patron_is_asked_before_the_ils_is_told_that_they_agree() -> None:
    story = kiosk().card().put("A1").flush()
    story.answers("A1", FeeAsked(FEE, "Momo", Untrusted("Bestseller")))
    assert story.modal is None, "the answer is not on the disk yet"
    story.flush()
    assert isinstance(story.modal, AskFee)
    assert story.modal.fee == FEE
    row = story.modal.row
    assert (row.key, row.title, row.state, row.reason) == ("A1", "Momo", "asking", Reason.FEE)
    assert row.note == Untrusted("Bestseller")
    assert story.asked == ["A1"]
    assert story.written == []
    assert story.loan.borrowed == 0


def test_yes_goes_to_the_disk_with_the_amount_and_only_then_to_the_ils() -> None:
    story = asks().press(Do.YES)
    assert story.modal is None
    assert story.agreed == [], "the intent is not on the disk yet"
    row = story.pending[-1].row
    assert row.kind is RowKind.INTENT
    assert (row.payload["agreed"], row.payload["currency"]) == ("2.50", "EUR")
    assert row.sealed == {"patron": "p1"}
    story.flush()
    assert story.agreed == ["A1"]
    assert story.asked == ["A1", "A1"]
    first, second = story.all(AskLoan)
    assert first.intent.saga == second.intent.saga
    assert first.intent.seq < second.intent.seq, "each 11 has an intent of its own"
    story.lends("A1").proves("A1")
    assert story.states == {"A1": "safe"}
    assert ItemSafe(ItemKey("A1")) in story.facts
    assert story.flush().open_on_disk() == []
    assert kinds(story) == ["intent", "answer", "intent", "answer", "settled"]
    assert [row.payload.get("fee") for row in story.rows_of(story.saga("A1"))][1] == "2.50"


def test_the_pin_goes_along_with_the_second_question_too() -> None:
    story = kiosk().shows("p1").signed(Denied(Reason.PIN_NEEDED)).types("1234").signed(Welcome("Anna Kern"))
    story.put("A1").flush().asks_fee("A1").press(Do.YES).flush()
    assert [ask.pin for ask in story.all(AskLoan)] == [Pin("1234")] * 2


def test_the_intent_says_nothing_of_a_fee_that_nobody_agreed_to() -> None:
    story = asks()
    assert "agreed" not in story.disk[0].payload


def test_a_late_second_answer_is_shown_as_late() -> None:
    story = agreed()
    assert not story.row("A1").late
    assert story.tell(AnswerLate(story.saga("A1"))).row("A1").late


def test_yes_pressed_twice_asks_once() -> None:
    story = asks()
    seen = story.view
    for _ in range(2):
        story.tell(Pressed(seen.session, seen.revision, Do.YES))
    assert story.press(Do.YES).flush().agreed == ["A1"]


# ---- no -------------------------------------------------------------------------------------


def test_no_leaves_the_book_here_and_closes_it_on_the_disk() -> None:
    story = asks().press(Do.NO)
    assert story.modal is None
    assert (story.row("A1").state, story.row("A1").reason) == ("refused", Reason.FEE)
    assert ItemRefused(ItemKey("A1"), Reason.FEE) in story.facts
    assert story.flush().open_on_disk() == []
    story.lift("A1").wait(5).put("A1").scan("A1").flush()
    assert story.asked == ["A1"], "asked once a session"
    assert story.modal is None


def test_finish_is_a_no() -> None:
    story = asks("A1", "A2").press(Do.FINISH)
    assert isinstance(story.screen, FarewellView)
    assert story.states == {"A1": "refused", "A2": "refused"}
    assert story.flush().open_on_disk() == []
    assert story.agreed == []


def test_walking_away_is_a_no() -> None:
    story = asks().wait(60)
    assert isinstance(story.modal, StillThere)
    assert isinstance(story.press(Do.MORE_TIME).modal, AskFee)
    story.wait(81)
    assert isinstance(story.screen, AttractView)
    assert story.flush().open_on_disk() == []
    assert story.agreed == []


@pytest.mark.parametrize("go", [lambda story: story.press(Do.FINISH), lambda story: story.wait(81)])
def test_a_fee_that_is_asked_when_the_patron_has_gone_is_not_agreed_to(go: Callable[[Story], Story]) -> None:
    """Nobody can be asked any more: the visit must end all the same."""
    story = go(kiosk().card().put("A1").flush())
    assert story.loan.closing
    story.asks_fee("A1")
    assert isinstance(story.screen, FarewellView | AttractView)
    assert story.flush().open_on_disk() == []
    assert story.agreed == []


def test_a_fee_answer_that_the_disk_refused_is_not_asked_of_the_next_patron() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", FeeAsked(FEE)).disk_refuses()
    story.press(Do.FINISH, Do.FINISH).ready(Device.JOURNAL).flush()
    assert isinstance(story.screen, AttractView)
    assert story.flush().open_on_disk() == []
    story.card("p2", "Ben Lo")
    assert not isinstance(story.modal, AskFee)


# ---- what can lie above the question, and beside it ----------------------------------------------


def test_the_help_sheet_lies_above_the_question() -> None:
    story = asks().press(Do.CALL_STAFF)
    assert isinstance(story.modal, HelpCalled)
    story.press(Do.YES).flush()
    assert story.agreed == [], "a yes to a question that nobody sees"
    assert isinstance(story.press(Do.CLOSE_HELP).modal, AskFee)
    assert story.press(Do.YES).flush().agreed == ["A1"]


def test_are_you_still_there_lies_above_the_question() -> None:
    story = asks().wait(60)
    assert isinstance(story.modal, StillThere)
    story.press(Do.YES).flush()
    assert story.agreed == [], "yes, I am here"
    assert isinstance(story.modal, AskFee)


def test_a_book_that_must_be_put_back_lies_above_the_question() -> None:
    story = kiosk().card().put("A1", "A2").flush().asks_fee("A1").lends("A2").lift("A2")
    assert isinstance(story.modal, PutBack)
    story.press(Do.YES).flush()
    assert story.agreed == [], "a yes to a question that nobody sees"
    story.put("A2").proves("A2")
    assert isinstance(story.modal, AskFee)
    assert story.press(Do.YES).flush().agreed == ["A1"]


def test_several_books_are_asked_about_one_after_the_other() -> None:
    story = kiosk().card().put("A1", "A2", "A3", "A4").flush()
    story.asks_fee("A1").lends("A2").proves("A2").asks_fee("A3", fee=Money(Decimal(1), "EUR")).asks_fee("A4")
    assert (story.modal.row.key, story.modal.fee) == ("A1", FEE)
    story.press(Do.YES)
    assert (story.modal.row.key, story.modal.fee) == ("A3", Money(Decimal(1), "EUR"))
    story.press(Do.NO)
    assert story.modal.row.key == "A4"
    story.press(Do.YES).flush()
    assert story.agreed == ["A1", "A4"]
    story.lends("A1", "A4").proves("A1", "A4")
    assert story.states == {"A3": "refused", "A1": "safe", "A2": "safe", "A4": "safe"}
    assert story.flush().open_on_disk() == []


def test_a_finger_that_saw_one_question_does_not_answer_the_next() -> None:
    story = asks("A1", "A2")
    seen = story.view
    story.press(Do.NO)
    story.tell(Pressed(seen.session, seen.revision, Do.YES)).flush()
    assert story.agreed == []
    assert story.modal.row.key == "A2"


def test_a_fee_that_comes_while_something_else_is_asked_stands_first() -> None:
    """And takes no finger that was on its way to the other question."""
    story = kiosk().ready(Device.TILL).card(owed=FEE).put("A1").flush().press(Do.PAY)
    assert isinstance(story.modal, AskPayment)
    seen = story.view
    story.asks_fee("A1")
    assert isinstance(story.modal, AskFee)
    story.tell(Pressed(seen.session, seen.revision, Do.YES)).flush()
    assert (story.agreed, story.taken) == ([], [])
    assert isinstance(story.press(Do.NO).modal, AskPayment)


def test_the_question_says_nothing_of_holds() -> None:
    story = kiosk(holds=True).card().put("A1").flush().asks_fee("A1").press(Do.NO)
    assert not story.row("A1").holdable
    assert not isinstance(story.modal, AskHold)


# ---- tags that come and go meanwhile -------------------------------------------------------------


def test_a_book_that_is_lifted_while_it_is_asked_about_must_come_back_to_be_secured() -> None:
    story = asks().lift("A1").press(Do.YES).flush().lends("A1")
    assert isinstance(story.modal, PutBack)
    story.put("A1").proves("A1")
    assert story.states == {"A1": "safe"}


def test_a_tag_that_turns_up_while_the_patron_is_asked_is_in_the_intent_and_secured() -> None:
    story = kiosk().card().scan("A1").flush().asks_fee("A1").put("A1")
    story.press(Do.YES)
    assert story.pending[-1].row.payload["uids"] == [uid("A1")]
    story.flush().lends("A1").proves("A1")
    assert story.states == {"A1": "safe"}


def test_a_part_that_turns_up_while_the_fee_answer_is_on_its_way_to_the_disk() -> None:
    one, two = part("S", 1, 0), part("S", 2, 0)
    story = kiosk().card().put(one).flush().answers("S", FeeAsked(FEE)).put(two).flush()
    story.press(Do.YES).flush().lends("S").proves(one, two)
    assert story.states == {"S": "safe"}


def test_a_scanned_book_for_a_fee_has_nothing_to_secure() -> None:
    story = kiosk().card().scan("C1").flush().asks_fee("C1").press(Do.YES).flush().lends("C1")
    assert story.states == {"C1": "no_tag"}
    assert story.open_on_disk() == []


def test_an_unproved_book_whose_tag_turned_up_as_the_answer_went_to_the_disk_is_secured_after_all() -> None:
    story = kiosk().card().scan("A1").flush().answers("A1", FeeAsked(FEE)).put("A1").flush()
    story.press(Do.YES).flush().answers("A1", YES).flush().flush().proves("A1")
    assert story.states == {"A1": "safe"}


# ---- what can be away ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "reason"), [(Device.ILS, Reason.ILS_DOWN), (Device.JOURNAL, Reason.JOURNAL_FAILED)]
)
def test_a_yes_that_cannot_be_carried_out_is_refused_and_closed(device: Device, reason: Reason) -> None:
    story = asks().missing(device).press(Do.YES)
    assert story.modal is None
    assert (story.row("A1").state, story.row("A1").reason) == ("refused", reason)
    assert story.ready(device).flush().agreed == []
    assert story.open_on_disk() == []
    assert story.lift("A1").wait(3).put("A1").flush().asked == ["A1"]


def test_an_intent_that_the_disk_refused_is_not_asked_and_closed_when_the_disk_is_back() -> None:
    story = asks().press(Do.YES).disk_refuses()
    assert (story.row("A1").state, story.row("A1").reason) == ("refused", Reason.JOURNAL_FAILED)
    story.ready(Device.JOURNAL).flush()
    assert story.agreed == []
    assert story.open_on_disk() == []
    assert story.lift("A1").wait(3).put("A1").flush().asked == ["A1"]


def test_a_fee_answer_that_the_disk_refused_is_asked_when_the_disk_is_back() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", FeeAsked(FEE)).disk_refuses()
    assert story.modal is None
    assert (story.row("A1").state, story.row("A1").reason) == ("attention", Reason.JOURNAL_FAILED)
    story.ready(Device.JOURNAL)
    assert story.modal is None
    assert isinstance(story.flush().modal, AskFee)
    story.press(Do.YES).flush().lends("A1").proves("A1")
    assert story.states == {"A1": "safe"}


def test_what_was_agreed_to_and_could_not_be_sent_is_not_asked_a_third_time() -> None:
    """An item is asked once a session, and once more after a yes: the next yes is the next visit's."""
    story = agreed().missing(Device.ILS).answers("A1", NotLent(Reason.ILS_DOWN)).flush()
    assert story.row("A1").reason is Reason.ILS_DOWN
    asked = list(story.asked)
    story.ready(Device.ILS).flush()
    assert story.asked == asked
    assert story.modal is None


# ---- what the ILS makes of it --------------------------------------------------------------------


@pytest.mark.parametrize("answer", [NotLent(Reason.ON_HOLD), FeeAsked(Money(Decimal(9), "EUR"))])
def test_refused_after_consent_is_refused(answer: NotLent | FeeAsked) -> None:
    """Also when it wants a fee again: that is no question to be asked for ever."""
    story = agreed().answers("A1", answer).flush()
    assert story.modal is None
    assert story.row("A1").state == "refused"
    assert story.row("A1").reason in (Reason.ON_HOLD, Reason.FEE)
    assert story.open_on_disk() == []
    assert story.written == []


@pytest.mark.parametrize(("settled", "state"), [(YES, "safe"), (NotLent(Reason.ITEM_REFUSED), "refused")])
def test_a_doubt_about_the_second_question_is_settled_and_not_repeated(
    settled: Lent | NotLent, state: str
) -> None:
    story = agreed().answers("A1", Doubt())
    assert [effect.item.id for effect in story.all(SettleLoan)] == ["A1"]
    story.settles("A1", settled).flush()
    if state == "safe":
        story.proves("A1")
    assert story.states == {"A1": state}
    assert story.agreed == ["A1"]
    assert story.flush().open_on_disk() == []


def test_a_doubt_about_the_first_question_is_settled_and_no_fee_is_asked() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", Doubt())
    story.settles("A1", NotLent(Reason.FEE)).flush()
    assert story.modal is None
    assert story.row("A1").state == "refused"


def test_a_late_first_answer_does_not_answer_the_second_question() -> None:
    story = asks().press(Do.YES)
    story.tell(LoanAnswered(story.saga("A1"), FeeAsked(FEE))).flush()
    assert story.agreed == ["A1"]
    assert story.modal is None


def test_a_fee_named_by_a_settling_teaches_nothing() -> None:
    story = agreed().answers("A1", Doubt()).settles("A1", FeeAsked(FEE))
    assert story.row("A1").state == "asking"


# ---- the power goes -------------------------------------------------------------------------


def cut(story: Story) -> Story:
    return story.power_cut().began()


def test_cut_before_the_fee_answer_was_on_the_disk() -> None:
    story = cut(kiosk().card().put("A1").flush().answers("A1", FeeAsked(FEE)))
    assert story.settled == ["A1"]
    story.settles("A1", NotLent(Reason.ITEM_REFUSED)).flush()
    assert story.open_on_disk() == []


def test_cut_while_the_patron_was_asked() -> None:
    """Nobody said yes: nothing is lent, and the next start closes it."""
    story = cut(asks())
    assert story.settled == story.asked == []
    assert story.flush().open_on_disk() == []
    story.card("p2", "Ben Lo")
    assert not isinstance(story.modal, AskFee)


def test_cut_while_the_yes_was_on_its_way_to_the_disk() -> None:
    story = cut(asks().press(Do.YES))
    assert story.settled == []
    assert story.flush().open_on_disk() == []


def test_cut_while_the_no_was_on_its_way_to_the_disk() -> None:
    story = cut(asks().press(Do.NO))
    assert story.flush().open_on_disk() == []


@pytest.mark.parametrize(("settled", "ends"), [(YES, "safe"), (NotLent(Reason.ITEM_REFUSED), "refused")])
def test_cut_after_the_yes_was_on_the_disk(settled: Lent | NotLent, ends: str) -> None:
    """Two intents, and an answer between them that no longer counts: it may have been lent."""
    before = agreed()
    assert [matter.key for matter in open_matters(before.disk)] == ["loan-unknown"]
    story = cut(before)
    assert story.settled == ["A1"]
    story.put("A1").settles("A1", settled).flush()
    if ends == "safe":
        story.tag_says("A1", AFI_ON_LOAN)
        assert story.written == [uid("A1")]
    assert story.flush().open_on_disk() == []
    assert story.asked == []


def test_cut_after_the_second_answer_was_on_the_disk() -> None:
    story = cut(agreed().lends("A1")).put("A1")
    assert story.settled == ["A1"]
    story.settles("A1", YES).flush().tag_says("A1", AFI_ON_LOAN).flush()
    assert story.open_on_disk() == []


def test_cut_after_a_refusal_that_followed_the_consent() -> None:
    before = agreed().answers("A1", NotLent(Reason.ON_HOLD)).flush()
    assert before.open_on_disk() == []
    assert cut(before).state.loans == {}


def test_cut_in_the_second_intent_with_a_tag_that_came_between() -> None:
    before = kiosk().card().scan("A1").flush().asks_fee("A1").put("A1").press(Do.YES).flush()
    story = cut(before).put("A1").settles("A1", YES).flush()
    assert story.written == [uid("A1")]


def test_a_question_about_a_fee_is_no_matter_for_staff() -> None:
    assert open_matters(asks().disk) == ()


# ---- and others -----------------------------------------------------------------------------


def test_a_return_that_stood_back_for_a_loan_goes_on_when_the_patron_does_not_want_it() -> None:
    """A book that was taken back and whose tag was not armed lies on the pad while its loan is asked for."""
    story = kiosk().press(Do.RETURN).put(book("A1", AFI_ON_LOAN)).flush().lift("A1")
    story.takes_back("A1").wait(81).missing(Device.ILS)
    story.put(book("A1", AFI_ON_LOAN)).ready(Device.ILS)
    story.settles_return("A1", Doubt()).card().press(Do.MINE).flush()
    story.asks_fee("A1")
    asked_before = len(story.settled_returns)
    story.press(Do.NO)
    assert len(story.settled_returns) == asked_before + 1


def test_rows_of_a_fee_hold_no_title_and_no_name() -> None:
    story = agreed().lends("A1").proves("A1").flush()
    said = repr([effect.row.payload for effect in story.all(AppendRow)])
    assert "Title" not in said
    assert "p1" not in said
