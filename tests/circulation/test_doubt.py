"""When the ILS is away, late or silent, and after the power was cut: what is known, and what is done."""

import pytest

from kiosk.circulation.answers import Doubt, Lent, NotLent
from kiosk.circulation.events import AnswerLate, LoanAnswered, LoanSettled, Restarted
from kiosk.circulation.facts import ItemNeedsStaff, ItemSafe
from kiosk.circulation.intents import Do
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import AFI_ON_LOAN, Device, ItemKey, Row, RowKind, SagaId
from kiosk.circulation.views import AttractView, FarewellView, LoanView, Notice, PutBack, Weight
from tests.circulation.story import Story, book, kiosk, uid

YES = Lent(release=True, title="Momo")

# ---- the ILS is away ------------------------------------------------------------------------


def test_the_ils_goes_down_before_the_first_question() -> None:
    story = kiosk().card().missing(Device.ILS, Reason.ILS_DOWN).put("A1", "A2")
    assert story.pending == []  # nothing is asked, so nothing need be kept
    assert {row.reason for row in story.rows()} == {Reason.ILS_DOWN}
    assert (story.loan.borrowed, story.loan.not_borrowed) == (0, 2)
    message = story.loan.message
    assert (message.weight, message.notice, message.reason) == (
        Weight.REFUSAL,
        Notice.LEAVE_HERE,
        Reason.ILS_DOWN,
    )
    assert isinstance(story.press(Do.FINISH).screen, FarewellView)


def test_the_ils_goes_down_between_the_intent_and_the_question_and_comes_back() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", NotLent(Reason.ILS_DOWN)).missing(Device.ILS)
    story.flush()
    assert story.row("A1").reason is Reason.ILS_DOWN
    assert story.open_on_disk() == []
    story.ready(Device.ILS).flush()
    assert story.asked == ["A1", "A1"]  # the first was never sent
    story.lends("A1").proves("A1")
    assert story.states == {"A1": "safe"}
    assert story.loan.borrowed == 1


def test_an_ils_that_comes_back_does_not_repeat_what_it_has_refused() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", NotLent(Reason.ON_HOLD)).flush()
    story.missing(Device.ILS).ready(Device.ILS).flush()
    assert story.asked == ["A1"]


# ---- the ILS is silent after 11 -------------------------------------------------------------


def silent() -> Story:
    """Asked, overdue, and even a 97 brought no answer."""
    story = kiosk().card().put("A1").flush().tell(AnswerLate(SagaId("nobody's")))
    story.tell(AnswerLate(story.saga("A1")))
    assert (story.row("A1").state, story.row("A1").late) == ("asking", True)
    return story.answers("A1", Doubt())


def test_what_is_learnt_too_late_to_be_told_is_for_staff_and_closed_by_them() -> None:
    """The ILS comes back during the farewell; its answer is on its way to the disk while the patron goes."""
    story = kiosk().card().put("A1").flush().missing(Device.ILS).answers("A1", Doubt()).press(Do.FINISH)
    story.wait(12).flush().ready(Device.ILS).settles("A1", Lent(release=False)).press(Do.FINISH)
    assert isinstance(story.screen, AttractView)
    saga = story.saga("A1")
    story.flush().flush()
    assert [row.kind for row in story.rows_of(saga)][-2:] == [RowKind.ANSWER, RowKind.STAFF]
    assert story.open_on_disk() == ["A1"]


def test_a_late_answer_is_an_answer() -> None:
    story = kiosk().card().put("A1").flush()
    story.tell(AnswerLate(story.saga("A1"))).lends("A1").proves("A1")
    assert story.row("A1").state == "safe"


def test_a_loan_in_doubt_is_settled_and_lent_after_all() -> None:
    story = silent()
    assert story.settled == ["A1"]
    assert story.row("A1").state == "asking"
    assert story.written == []
    story.settles("A1", YES)
    assert story.written == []
    story.flush().proves("A1")
    assert story.row("A1").state == "safe"
    assert story.asked == ["A1"]


def test_a_loan_in_doubt_is_settled_and_was_not_lent() -> None:
    story = silent().settles("A1", NotLent(Reason.ITEM_REFUSED)).flush()
    assert story.row("A1").state == "refused"
    story.lift("A1").put("A1").flush()
    assert story.asked == ["A1"]  # it was asked, once


def test_a_loan_in_doubt_that_nobody_can_settle_is_for_staff() -> None:
    story = silent().press(Do.FINISH)
    for tries in (1, 2, 3):
        assert story.loan.closing
        assert len(story.settled) == tries
        story.settles("A1", Doubt()).wait(4)
    row = story.row("A1")
    assert (row.state, row.reason) == ("attention", Reason.OUTCOME_UNKNOWN)
    assert isinstance(story.screen, FarewellView)
    assert (story.screen.borrowed, story.screen.attention) == (0, 1)
    assert story.flush().open_on_disk() == ["A1"]
    assert ItemNeedsStaff(ItemKey("A1"), Reason.OUTCOME_UNKNOWN) in story.facts


def test_who_cannot_be_asked_has_not_said_no() -> None:
    story = silent().settles("A1", NotLent(Reason.ILS_DOWN))
    assert story.row("A1").state == "asking"
    story.wait(4)
    assert story.settled == ["A1", "A1"]


def test_a_doubt_while_the_ils_is_away_is_settled_when_it_is_back() -> None:
    story = kiosk().card().put("A1").flush().missing(Device.ILS).answers("A1", Doubt())
    assert story.settled == []
    story.wait(5).ready(Device.ILS)
    assert story.settled == ["A1"]
    story.settles("A1", YES).flush().proves("A1")
    assert story.states == {"A1": "safe"}


def test_a_doubt_ends_at_staff_also_when_the_ils_stays_away_and_is_settled_in_the_next_visit() -> None:
    story = kiosk().card().put("A1").flush().missing(Device.ILS).answers("A1", Doubt()).press(Do.FINISH)
    story.wait(12)
    assert isinstance(story.screen, FarewellView)
    assert story.row("A1").reason is Reason.OUTCOME_UNKNOWN
    story.press(Do.FINISH).ready(Device.ILS)
    assert story.settled == ["A1"]
    story.settles("A1", YES).flush()
    assert story.written == [uid("A1")]  # it still lies there
    story.proves("A1").flush()
    assert story.open_on_disk() == []


def test_one_book_in_doubt_does_not_hold_up_the_others() -> None:
    story = kiosk().card().put("A1", "A2", "A3").flush().answers("A1", Doubt())
    story.lends("A2", "A3").proves("A2", "A3")
    assert story.states == {"A1": "asking", "A2": "safe", "A3": "safe"}


def test_answers_that_come_twice_or_to_nobody_change_nothing() -> None:
    story = kiosk().card().borrows("A1").answers("A1", NotLent(Reason.ON_HOLD)).settles("A1", Doubt())
    story.tell(LoanAnswered(SagaId("nobody's"), YES)).flush()
    assert story.states == {"A1": "safe"}


# ---- the power was cut ----------------------------------------------------------------------


def test_after_an_intent_alone_the_ils_is_asked_what_became_of_it() -> None:
    before = kiosk().card().put("A1").flush()
    story = before.power_cut().began().put("A1")
    assert story.asked == []
    assert story.settled == ["A1"]
    story.settles("A1", YES).flush().proves("A1").flush()
    assert story.open_on_disk() == []
    assert isinstance(story.screen, AttractView)


def test_after_an_intent_alone_a_loan_that_never_was_is_closed() -> None:
    story = kiosk().card().put("A1").flush().power_cut().began().put("A1")
    story.settles("A1", NotLent(Reason.ITEM_REFUSED)).flush()
    assert story.open_on_disk() == []
    assert story.written == []


def test_after_an_answer_the_tag_on_the_pad_is_finished_as_soon_as_the_loan_is_confirmed() -> None:
    before = kiosk().card().put("A1").flush().lends("A1")
    story = before.power_cut().began().put("A1")
    assert story.settled == ["A1"]
    assert story.written == []
    story.settles("A1", YES)
    assert story.written == []
    story.flush()  # the answer is flushed anew: its proof went with the power
    story.proves("A1").flush()
    assert story.open_on_disk() == []
    assert ItemSafe(ItemKey("A1")) in story.facts


def test_after_a_cut_a_book_that_went_home_is_finished_when_it_comes_back() -> None:
    story = kiosk().card().put("A1").flush().lends("A1").power_cut().began()
    assert story.settled == []
    story.wait(3600).put("A1").settles("A1", YES).flush().proves("A1").flush()
    assert story.open_on_disk() == []


def test_after_a_cut_a_book_that_was_returned_elsewhere_is_left_armed() -> None:
    story = kiosk().card().put("A1").flush().lends("A1").power_cut().began().put("A1")
    story.settles("A1", NotLent(Reason.ITEM_REFUSED)).flush()
    assert story.written == []
    assert story.open_on_disk() == []


def test_tags_that_are_read_before_the_ils_is_back_are_asked_about_then() -> None:
    story = kiosk().card().put("A1").flush().lends("A1").power_cut().began().missing(Device.ILS).put("A1")
    assert story.settled == []
    story.ready(Device.ILS)
    assert story.settled == ["A1"]


def test_a_journal_that_can_only_be_read_later_is_recovered_later() -> None:
    before = kiosk().card().put("A1").flush()
    story = before.power_cut().ready(Device.ILS, Device.PAD).put("A1")
    story.tell(Restarted(tuple(story.disk))).ready(Device.JOURNAL)
    assert story.settled == ["A1"]


def test_an_intent_whose_seal_is_broken_is_for_staff_and_stops_nothing() -> None:
    row = Row(SagaId("L1"), RowKind.INTENT, {"item": "A1", "owner": "", "uids": [uid("A1")]}, None)
    story = Story(disk=[row]).began().wait(5).put("A1").missing(Device.ILS).ready(Device.ILS)
    assert story.settled == []
    story.card().flush()
    assert story.asked == ["A1"]


# ---- awaited tags ---------------------------------------------------------------------------


def walked_away() -> Story:
    """Lent, not written, and the patron is gone with the book."""
    story = kiosk().card("p1").put("A1").flush().lift("A1").lends("A1").wait(80).flush()
    assert isinstance(story.screen, AttractView)
    assert story.open_on_disk() == ["A1"]
    return story.wait(60)


def test_an_awaited_book_is_confirmed_and_then_written() -> None:
    story = walked_away().put("A1")
    assert story.settled == ["A1"]
    assert story.written == []
    story.settles("A1", YES).proves("A1").flush()
    assert story.open_on_disk() == []


def test_an_awaited_book_whose_confirmation_fails_is_asked_about_when_it_comes_again() -> None:
    story = walked_away().put("A1").settles("A1", Doubt())
    assert story.written == []
    story.lift("A1").wait(5).put("A1")
    assert story.settled == ["A1", "A1"]


def test_a_confirmed_book_that_is_taken_away_is_confirmed_anew_before_it_is_written() -> None:
    story = walked_away().put("A1").settles("A1", YES)
    assert story.written == [uid("A1")]
    story.lift("A1").tag_says("A1", None)
    story.wait(86400).put("A1")  # it may have been returned elsewhere meanwhile
    assert story.written == [uid("A1")]
    story.settles("A1", NotLent(Reason.ITEM_REFUSED)).flush()
    assert story.written == [uid("A1")]
    assert story.open_on_disk() == []


def test_a_confirmed_book_is_not_written_after_the_reader_was_away() -> None:
    story = walked_away().put("A1").missing(Device.PAD).settles("A1", YES)
    assert story.written == []
    story.ready(Device.PAD)
    assert story.settled == ["A1", "A1"]
    story.settles("A1", YES).proves("A1")
    assert story.flush().open_on_disk() == []


def test_a_write_that_had_reached_the_tag_before_it_left_settles_the_awaited_loan() -> None:
    story = kiosk().card().put("A1").flush().lends("A1").wait(80).lift("A1")
    assert isinstance(story.screen, AttractView)
    story.tag_says("A1", AFI_ON_LOAN).flush()
    assert story.open_on_disk() == []


def test_a_refusal_of_the_tag_after_the_visit_does_not_bar_it_for_ever() -> None:
    story = kiosk().card().put("A1").flush().lends("A1").wait(80).lift("A1")
    story.tag_says("A1", 7)
    story.put("A1").settles("A1", YES)
    assert story.written == [uid("A1")] * 2


def test_an_awaited_book_is_not_freed_in_another_patrons_visit() -> None:
    story = walked_away().card("p2", "Ben Lo").put("A1").flush()
    assert story.settled == []
    assert story.asked == ["A1", "A1"]
    story.answers("A1", NotLent(Reason.ON_LOAN_TO_OTHER)).flush()
    assert story.row("A1").state == "refused"
    assert story.written == []


def test_an_awaited_book_is_not_freed_when_another_patron_comes_while_it_is_confirmed() -> None:
    story = walked_away().put("A1")
    saga = story.saga("A1")
    story.card("p2", "Ben Lo").flush()
    story.tell(LoanSettled(saga, YES))
    assert story.written == []


def test_the_patron_who_comes_back_with_the_awaited_book_gets_it_finished() -> None:
    story = walked_away().card("p1", charged=("A1",)).put("A1")
    assert story.row("A1").state == "attention"
    story.settles("A1", YES).proves("A1")
    assert (story.row("A1").state, story.row("A1").reason) == ("safe", Reason.ALREADY_YOURS)
    assert story.asked == ["A1"]


def test_the_loans_of_one_patron_do_not_hold_up_the_farewell_of_the_next() -> None:
    story = kiosk().card().put("A1").flush().missing(Device.ILS).answers("A1", Doubt()).press(Do.FINISH)
    story.wait(12).press(Do.FINISH).ready(Device.ILS).lift("A1")
    assert story.settled == ["A1"]  # under way, for the patron before
    story.card("p2", "Ben Lo").borrows("B1").press(Do.FINISH)
    assert isinstance(story.screen, FarewellView)
    story.settles("A1", YES).flush()
    assert not isinstance(story.modal, PutBack)


@pytest.mark.parametrize("moment", ["asked", "answered", "releasing"])
def test_two_books_of_two_patrons_do_not_meet(moment: str) -> None:
    """A power cut, and the next patron stands at the kiosk before the ILS is back."""
    before = kiosk().card().put(book("A1")).flush()
    if moment != "asked":
        before.answers("A1", YES)
    if moment == "releasing":
        before.flush()
    story = before.power_cut().began()
    story.card("p2", "Ben Lo").borrows("B1")
    assert story.states == {"B1": "safe"}
    assert isinstance(story.screen, LoanView)
    assert story.loan.borrowed == 1


def test_what_only_staff_can_mend_is_named_once_however_often_the_power_goes() -> None:
    story = kiosk().card().put("A1").flush().power_cut().began().settles("A1", Lent(release=False)).flush()
    cut_before_it_was_named = [row for row in story.disk if row.kind is not RowKind.STAFF]
    story.disk[:] = cut_before_it_was_named
    story = story.power_cut().began().flush()
    assert [row.payload["reason"] for row in story.disk if row.kind is RowKind.STAFF] == ["stays-armed"]
    story = story.power_cut().began().flush()
    assert sum(row.kind is RowKind.STAFF for row in story.disk) == 1
