"""Books come back: from the pad to *returned*, and everything that can come in between."""

import pytest

from kiosk.circulation.answers import Doubt, Lent, NotLent, NotReturned, Returned
from kiosk.circulation.effects import AppendRow, EndIlsSession, PrintPaper, SignIn, SwitchTag
from kiosk.circulation.events import AnswerLate, ReturnAnswered, ReturnSettled
from kiosk.circulation.facts import (
    ItemNeedsStaff,
    ItemRefused,
    ItemReturned,
    PaperCame,
    PutBackAsked,
    SessionBegan,
    SessionEnded,
)
from kiosk.circulation.intents import Do
from kiosk.circulation.policy import Mode
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CardUnread, CodeScanned
from kiosk.circulation.values import (
    AFI_IN_STOCK,
    AFI_ON_LOAN,
    Alert,
    Device,
    ItemKey,
    PaperKind,
    PaperLine,
    PatronId,
    Proof,
    RowKind,
    SagaId,
    Untrusted,
)
from kiosk.circulation.views import (
    AttractView,
    CannotLendView,
    Errand,
    FarewellView,
    LeftoversView,
    LoanView,
    Notice,
    PutBack,
    ReturnView,
    StillThere,
    WaitView,
    Weight,
)
from tests.circulation.story import Story, book, card_tag, copy, damaged, kiosk, part, uid

BACK = Returned(title="Momo")


def returns(**policy: object) -> Story:
    """Somebody pressed *Return*."""
    return kiosk(**policy).press(Do.RETURN)


# ---- the plain way ----------------------------------------------------------------------------


def test_two_books_come_back_without_a_card() -> None:
    story = returns()
    assert isinstance(story.screen, ReturnView)
    assert story.back.message.notice is Notice.PUT_RETURNS
    story.put(book("A1", AFI_ON_LOAN), book("A2", AFI_ON_LOAN))
    assert story.brought == []
    assert story.states == {"A1": "asking", "A2": "asking"}
    story.flush()
    assert story.brought == ["A1", "A2"]
    story.says_of("A1", BACK)
    assert story.written == []  # the answer is not on the disk yet
    story.flush()
    assert [(effect.uid, effect.armed) for effect in story.all(SwitchTag)] == [(uid("A1"), True)]
    assert story.row("A1").state == "asking"  # written is not proved
    story.arms("A1")
    assert story.states == {"A1": "returned", "A2": "asking"}
    story.takes_back("A2").arms("A2")
    assert (story.back.on_pad, story.back.returned, story.back.attention) == (2, 2, 0)
    assert story.back.message.notice is Notice.ALL_RETURNED
    story.press(Do.FINISH)
    screen = story.screen
    assert isinstance(screen, FarewellView)
    assert (screen.errand, screen.returned, screen.attention) == (Errand.RETURN, 2, 0)
    assert screen.message.notice is Notice.ALL_RETURNED
    assert isinstance(story.wait(25).screen, AttractView)
    assert story.flush().open_on_disk() == []
    facts = [fact for fact in story.facts if isinstance(fact, ItemReturned)]
    assert facts == [ItemReturned(ItemKey("A1")), ItemReturned(ItemKey("A2"))]
    assert sum(isinstance(fact, SessionBegan) for fact in story.facts) == 1
    assert sum(isinstance(fact, SessionEnded) for fact in story.facts) == 1
    assert story.all(SignIn) == []
    assert story.all(EndIlsSession) == []
    assert story.view.header.patron == ""


def test_rows_of_a_return_name_no_patron() -> None:
    story = returns().brings("A1").flush()
    rows = [effect.row for effect in story.all(AppendRow)]
    assert [row.kind for row in rows] == [RowKind.INTENT, RowKind.ANSWER, RowKind.SETTLED]
    assert [row.closes for row in rows] == [False, False, True]
    assert rows[0].payload["act"] == "return"
    assert rows[0].saga.startswith("R")
    assert all(row.sealed is None for row in rows)
    assert "Title" not in repr(rows)


def test_a_number_that_may_be_a_card_stands_in_the_journal_only_sealed() -> None:
    story = returns().tell(CodeScanned(PatronId("21000002"), ItemKey("21000002"))).flush()
    assert story.brought == ["21000002"]
    story.says_of("21000002", NotReturned(Reason.ITEM_UNKNOWN)).flush().press(Do.FINISH, Do.FINISH).flush()
    rows = [effect.row for effect in story.all(AppendRow)]
    assert rows[0].sealed == {"item": "21000002"}
    assert all("21000002" not in repr(row.payload) for row in rows)


def test_a_book_that_was_not_on_loan_is_armed_all_the_same() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush()
    story.says_of("A1", Returned(was_on_loan=False)).flush().arms("A1")
    row = story.row("A1")
    assert (row.state, row.was_on_loan) == ("returned", False)


def test_alerts_and_bins_are_shown_when_it_is_proved_and_not_before() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN), book("A2", AFI_ON_LOAN)).flush()
    story.takes_back("A1", "A2", alert=Alert.HOLD_ELSEWHERE, destination="North", bin="3")
    assert {row.alert for row in story.rows()} == {None}
    story.arms("A2")
    row = story.row("A2")
    assert (row.alert, row.destination, row.bin) == (Alert.HOLD_ELSEWHERE, "North", "3")
    assert list(story.states) == ["A2", "A1"]  # what needs somebody stands first
    story.arms("A1")
    assert story.back.message.notice is Notice.USE_BINS
    assert ItemReturned(ItemKey("A1"), Alert.HOLD_ELSEWHERE, "3") in story.facts


# ---- what does not come back --------------------------------------------------------------------


def test_a_refused_book_is_named_armed_and_sent_to_staff() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush()
    story.says_of("A1", NotReturned(Reason.RETURN_REFUSED, "Momo", "9", Untrusted("No")))
    assert story.written == []
    story.flush()
    row = story.row("A1")
    assert (row.state, row.reason, row.title, row.bin) == ("refused", Reason.RETURN_REFUSED, "Momo", "9")
    assert row.note == Untrusted("No")
    assert (story.back.returned, story.back.attention) == (0, 1)
    message = story.back.message
    assert (message.weight, message.notice) == (Weight.REFUSAL, Notice.TO_STAFF)
    assert ItemRefused(ItemKey("A1"), Reason.RETURN_REFUSED) in story.facts
    story.press(Do.FINISH)
    assert story.back.closing  # its tag is being armed
    story.arms("A1")
    assert isinstance(story.screen, FarewellView)
    assert (story.screen.returned, story.screen.attention) == (0, 1)
    assert story.flush().open_on_disk() == []
    assert not any(isinstance(fact, ItemReturned) for fact in story.facts)


def test_a_refused_book_that_is_taken_away_before_it_is_armed_is_let_go() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush()
    story.says_of("A1", NotReturned(Reason.ITEM_UNKNOWN)).lift(book("A1")).flush()
    assert story.modal is None
    assert story.written == []
    assert story.flush().open_on_disk() == []
    assert isinstance(story.press(Do.FINISH).screen, FarewellView)


def test_a_refused_book_does_not_wait_for_a_reader_that_went_away() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush().missing(Device.PAD)
    story.says_of("A1", NotReturned(Reason.ITEM_UNKNOWN)).flush().press(Do.FINISH)
    assert isinstance(story.screen, FarewellView)
    assert story.flush().open_on_disk() == []


def test_a_refused_book_whose_tag_refuses_too_is_no_matter_for_the_journal() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush()
    story.says_of("A1", NotReturned(Reason.ITEM_UNKNOWN)).flush().tag_says("A1", AFI_ON_LOAN)
    assert story.row("A1").reason is Reason.ITEM_UNKNOWN
    assert story.flush().open_on_disk() == []


def test_what_was_never_sent_is_not_armed_and_may_be_asked_again() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush()
    story.says_of("A1", NotReturned(Reason.ILS_DOWN)).missing(Device.ILS).flush()
    assert story.written == []
    assert story.row("A1").reason is Reason.ILS_DOWN
    assert story.open_on_disk() == []
    story.ready(Device.ILS).flush()
    assert story.brought == ["A1", "A1"]
    assert story.takes_back("A1").arms("A1").states == {"A1": "returned"}


def test_what_the_ils_does_not_do_is_not_sent_and_the_tag_stays_as_the_loan_is() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush()
    story.says_of("A1", NotReturned(Reason.NOT_SERVED)).flush()
    assert story.written == []
    assert (story.row("A1").state, story.row("A1").reason) == ("refused", Reason.NOT_SERVED)
    assert story.open_on_disk() == []


def test_what_was_refused_is_not_asked_again() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush()
    story.says_of("A1", NotReturned(Reason.ITEM_UNKNOWN)).flush().arms("A1")
    story.lift("A1").wait(5).put("A1").scan("A1").missing(Device.ILS).ready(Device.ILS).flush()
    assert story.brought == ["A1"]


def test_where_the_ils_is_away_nothing_is_kept_and_nothing_is_asked() -> None:
    story = returns().missing(Device.ILS).put(book("A1", AFI_ON_LOAN))
    assert story.pending == []
    assert (story.row("A1").state, story.row("A1").reason) == ("refused", Reason.ILS_DOWN)
    story.ready(Device.ILS).flush()
    assert story.brought == ["A1"]


def test_one_poisoned_book_does_not_hold_up_the_others() -> None:
    story = returns().put(*(book(name, AFI_ON_LOAN) for name in ("A1", "A2", "A3"))).flush()
    story.says_of("A1", Doubt()).says_of("A2", NotReturned(Reason.ITEM_UNKNOWN)).flush()
    story.takes_back("A3").arms("A3")
    assert story.states == {"A2": "refused", "A1": "asking", "A3": "returned"}


# ---- doubt --------------------------------------------------------------------------------------


def doubted() -> Story:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush()
    story.tell(AnswerLate(story.returning("A1")))
    assert story.row("A1").late
    return story.says_of("A1", Doubt())


def test_a_return_in_doubt_is_settled_and_was_taken_back() -> None:
    story = doubted()
    assert story.settled_returns == ["A1"]
    assert story.settles_return("A1", BACK).written == []
    story.flush().arms("A1")
    assert story.states == {"A1": "returned"}
    assert story.brought == ["A1"]


def test_a_return_in_doubt_is_settled_and_is_still_on_loan() -> None:
    story = doubted().settles_return("A1", NotReturned(Reason.RETURN_REFUSED)).flush()
    assert story.row("A1").state == "refused"
    story.arms("A1").lift("A1").put("A1").flush()
    assert story.brought == ["A1"]


def test_a_return_that_nobody_can_settle_is_for_staff_and_its_tag_is_left_alone() -> None:
    story = doubted().press(Do.FINISH)
    for tries in (1, 2, 3):
        assert story.back.closing
        assert len(story.settled_returns) == tries
        story.settles_return("A1", NotReturned(Reason.ILS_DOWN) if tries == 1 else Doubt()).wait(4)
    assert isinstance(story.screen, FarewellView)
    assert (story.row("A1").state, story.row("A1").reason) == ("attention", Reason.OUTCOME_UNKNOWN)
    assert story.written == []
    assert ItemNeedsStaff(ItemKey("A1"), Reason.OUTCOME_UNKNOWN) in story.facts
    assert story.flush().open_on_disk() == ["A1"]


def test_an_unknown_return_is_settled_when_the_ils_is_back_though_everybody_has_left() -> None:
    story = doubted().missing(Device.ILS).settles_return("A1", Doubt()).press(Do.FINISH).wait(12)
    assert isinstance(story.screen, FarewellView)
    assert isinstance(story.press(Do.FINISH).screen, CannotLendView)
    story.ready(Device.ILS)
    assert story.settled_returns == ["A1", "A1"]
    story.settles_return("A1", BACK).flush()
    assert story.written == [uid("A1")]  # it still lies there
    assert story.arms("A1").flush().open_on_disk() == []


def test_a_late_answer_after_the_visit_changes_nothing_twice() -> None:
    story = returns().brings("A1").press(Do.FINISH, Do.FINISH)
    story.tell(ReturnAnswered(SagaId("nobody's"), BACK)).flush().card("p2")
    assert story.press(Do.NOT_MINE).states == {}
    assert story.written == [uid("A1")]


# ---- lifted too early ---------------------------------------------------------------------------


def test_a_book_lifted_before_it_is_armed_must_come_back() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN), book("A2", AFI_ON_LOAN)).flush()
    story.lift("A1").takes_back("A1", "A2").arms("A2")
    assert isinstance(story.modal, PutBack)
    assert (story.modal.row.key, story.modal.more) == ("A1", 0)
    assert story.facts.count(PutBackAsked(ItemKey("A1"))) == 1
    for intent in (Do.FINISH, Do.CLOSE_HELP, Do.BACK, Do.MORE_TIME, Do.NO, Do.YES):
        story.press(intent)
        assert isinstance(story.modal, PutBack)
    story.press(Do.CALL_STAFF)
    assert story.modal.staff_called
    story.put(book("A1", AFI_ON_LOAN))
    assert not isinstance(story.modal, PutBack)  # it closes by itself
    story.arms("A1")
    assert set(story.states.values()) == {"returned"}


def test_a_book_lifted_while_it_is_asked_is_nobodys_business_yet() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush().lift("A1")
    assert story.modal is None


def test_who_walks_away_with_an_unarmed_book_leaves_a_named_item() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush().lift("A1").takes_back("A1").wait(80)
    assert isinstance(story.screen, AttractView)
    assert ItemNeedsStaff(ItemKey("A1"), Reason.TAG_GONE) in story.facts
    assert story.flush().open_on_disk() == ["A1"]


def test_who_walks_away_from_a_book_under_way_still_gets_it_armed() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush().wait(80)
    assert story.back.closing
    story.takes_back("A1").arms("A1")
    assert isinstance(story.screen, AttractView)
    assert story.flush().open_on_disk() == []


def test_the_warning_counts_what_came_back() -> None:
    story = returns().brings("A1").wait(60)
    assert story.modal == StillThere(20, 20, 1, 1, Errand.RETURN)
    assert story.press(Do.MORE_TIME).modal is None


# ---- awaited ------------------------------------------------------------------------------------


def awaited() -> Story:
    return returns().put(book("A1", AFI_ON_LOAN)).flush().lift("A1").takes_back("A1").wait(80).flush().wait(9)


def test_an_awaited_book_is_asked_about_before_it_is_armed() -> None:
    story = awaited().put(book("A1", AFI_ON_LOAN))
    assert story.settled_returns == ["A1"]
    assert story.written == []
    story.settles_return("A1", Returned(was_on_loan=False)).arms("A1")
    assert story.flush().open_on_disk() == []
    assert ItemReturned(ItemKey("A1")) in story.facts


def test_an_awaited_book_that_is_on_loan_again_is_left_as_it_is() -> None:
    story = awaited().put(book("A1", AFI_ON_LOAN)).settles_return("A1", NotReturned(Reason.RETURN_REFUSED))
    assert story.written == []
    assert story.flush().open_on_disk() == []


def test_an_awaited_book_of_which_nobody_knows_is_asked_about_when_it_comes_again() -> None:
    story = awaited().put(book("A1", AFI_ON_LOAN)).settles_return("A1", Doubt())
    story.lift("A1").wait(5).put(book("A1", AFI_ON_LOAN))
    assert story.settled_returns == ["A1", "A1"]
    assert story.written == []


def test_a_confirmed_book_that_is_taken_away_is_confirmed_anew() -> None:
    story = awaited().put(book("A1", AFI_ON_LOAN)).settles_return("A1", BACK)
    assert story.written == [uid("A1")]
    story.lift("A1").tag_says("A1", None).wait(86400).put(book("A1", AFI_ON_LOAN))
    story.settles_return("A1", NotReturned(Reason.RETURN_REFUSED)).flush()
    assert story.written == [uid("A1")]
    assert story.open_on_disk() == []


def test_a_loan_of_the_awaited_book_ends_its_return() -> None:
    story = awaited().card("p1").put(book("A1", AFI_ON_LOAN)).flush()
    assert story.asked == ["A1"]
    story.lends("A1").proves("A1").flush()
    assert story.states == {"A1": "safe"}
    assert story.open_on_disk() == []
    assert {effect.armed for effect in story.all(SwitchTag)} == {False}


def test_an_awaited_book_is_not_armed_in_the_hands_of_whoever_borrows_it() -> None:
    """17 was on its way when the card was shown, and says what was true before the loan."""
    story = awaited().put(book("A1", AFI_ON_LOAN))
    assert story.settled_returns == ["A1"]
    story.card("p1").flush()
    story.settles_return("A1", Returned(was_on_loan=False))
    assert story.written == []
    story.lends("A1").proves("A1").flush()
    assert story.open_on_disk() == []
    assert {effect.armed for effect in story.all(SwitchTag)} == {False}


def test_an_awaited_book_that_is_refused_as_a_loan_is_armed_after_all() -> None:
    story = awaited().card("p1").put(book("A1", AFI_ON_LOAN)).flush()
    assert story.settled_returns == ["A1"]  # asked when it was put down, before it was wanted
    story.settles_return("A1", Returned(was_on_loan=False))
    assert story.written == []
    story.answers("A1", NotLent(Reason.ON_HOLD)).flush()
    story.settles_return("A1", Returned(was_on_loan=False)).arms("A1").flush()
    assert story.open_on_disk() == []


def test_a_second_return_of_the_awaited_book_ends_the_first() -> None:
    story = awaited().press(Do.RETURN).put(book("A1", AFI_ON_LOAN)).flush()
    assert story.brought == ["A1", "A1"]
    story.takes_back("A1").arms("A1").flush()
    assert story.states == {"A1": "returned"}
    assert story.open_on_disk() == []


# ---- a loan that still waited for its tag ---------------------------------------------------------


def test_a_book_that_comes_back_ends_the_loan_that_waited_for_its_tag() -> None:
    story = kiosk().card().put("A1").flush().lift("A1").lends("A1").wait(80).flush()
    assert story.open_on_disk() == ["A1"]
    story.press(Do.RETURN).put("A1").flush().takes_back("A1").arms("A1").flush()
    assert story.open_on_disk() == []
    story.press(Do.FINISH, Do.FINISH).lift("A1").wait(5).put("A1")
    assert story.settled == []  # nobody asks for that loan any more
    assert {effect.armed for effect in story.all(SwitchTag)} == {True}


def test_a_book_that_comes_back_ends_the_loan_that_staff_should_have_looked_at() -> None:
    story = kiosk().card().put("A1").flush().lends("A1").tag_says("A1", AFI_IN_STOCK)
    assert story.row("A1").reason is Reason.TAG_NOT_WRITTEN
    story.press(Do.FINISH, Do.FINISH).flush()
    assert story.open_on_disk() == ["A1"]
    story.press(Do.RETURN, Do.MINE).flush().takes_back("A1").arms("A1").flush()
    assert story.open_on_disk() == []


def test_a_write_of_the_loan_that_is_still_in_the_air_is_waited_for() -> None:
    """Two writes of one tag at once: nobody could tell which of them was read back."""
    story = kiosk().card().put("A1").flush().lends("A1").wait(80).lift("A1").wait(3)
    assert isinstance(story.screen, AttractView)
    story.press(Do.RETURN).put("A1").flush().takes_back("A1")
    assert story.written == [uid("A1")]
    story.tag_says("A1", AFI_ON_LOAN)
    assert story.row("A1").state == "asking"
    assert story.written == [uid("A1")] * 2
    assert story.arms("A1").states == {"A1": "returned"}
    assert story.flush().open_on_disk() == []


# ---- tags that do not do as they are told -----------------------------------------------------------


def test_a_tag_that_refuses_goes_to_staff() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush().takes_back("A1").tag_says("A1", AFI_ON_LOAN)
    assert (story.row("A1").state, story.row("A1").reason) == ("attention", Reason.TAG_NOT_WRITTEN)
    assert (story.back.returned, story.back.attention) == (0, 1)
    assert story.back.message.notice is Notice.TO_STAFF
    assert isinstance(story.press(Do.FINISH).screen, FarewellView)
    assert story.flush().open_on_disk() == ["A1"]


def test_a_tag_that_did_not_answer_is_written_again() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush().takes_back("A1").tag_says("A1", None).wait(0.3)
    assert story.written == [uid("A1")] * 2
    assert story.arms("A1").states == {"A1": "returned"}


def test_the_reader_goes_away_and_comes_back() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush().missing(Device.PAD).takes_back("A1")
    assert (story.back.message.weight, story.back.message.notice) == (Weight.SECURITY, Notice.READER_AWAY)
    assert story.written == []
    assert story.ready(Device.PAD).arms("A1").states == {"A1": "returned"}


def test_a_set_with_a_part_missing_is_not_asked_until_it_is_whole() -> None:
    one, two = part("S", 1, 2, AFI_ON_LOAN), part("S", 2, 2, AFI_ON_LOAN)
    story = returns().put(one).flush()
    assert story.brought == []
    assert (story.row("S").state, story.row("S").reason) == ("attention", Reason.PART_MISSING)
    story.put(two).flush().takes_back("S").arms(one)
    assert story.row("S").state == "asking"
    story.arms(two)
    assert story.row("S").state == "returned"
    assert story.facts.count(ItemReturned(ItemKey("S"))) == 1


def test_an_unread_tag_asks_for_the_barcode_and_is_never_called_returned() -> None:
    story = returns().put(damaged())
    assert story.back.message.notice is Notice.SCAN_BARCODE
    story.lift(damaged()).scan("A1").flush().takes_back("A1")
    assert (story.row("A1").state, story.row("A1").reason) == ("attention", Reason.TAG_NOT_WRITTEN)
    assert story.back.returned == 0


def test_an_item_without_a_tag_is_returned_when_the_ils_says_so() -> None:
    story = returns().scan("C1").flush().takes_back("C1")
    assert story.states == {"C1": "returned"}
    assert story.open_on_disk() == []
    story.put(book("C1", AFI_ON_LOAN))
    assert story.states == {"C1": "asking"}, "it has a tag after all, which is not armed"
    assert story.flush().arms("C1").states == {"C1": "returned"}
    assert story.facts.count(ItemReturned(ItemKey("C1"))) == 1


def test_two_tags_of_one_item_are_for_staff() -> None:
    story = returns().brings("A1").put(copy("A1"))
    assert (story.row("A1").state, story.row("A1").reason) == ("attention", Reason.TAG_DUPLICATE)
    assert story.back.returned == 0


# ---- who may begin it -------------------------------------------------------------------------------


def test_a_book_at_the_attract_screen_sends_nothing() -> None:
    story = kiosk().put(book("A1", AFI_ON_LOAN)).flush()
    assert isinstance(story.screen, AttractView)
    assert (story.screen.lends, story.screen.returns) == (True, True)
    assert story.brought == story.asked == story.described == story.settled_returns == []


def test_where_only_returns_are_taken_a_book_on_the_pad_begins_one() -> None:
    story = kiosk(mode=Mode.RETURNS)
    assert (story.screen.lends, story.screen.returns) == (False, True)
    story.brings("A1")
    assert story.states == {"A1": "returned"}
    story.press(Do.FINISH, Do.FINISH)
    assert isinstance(story.screen, AttractView)
    story.lift("A1").wait(1).put("A1")  # it only flickers
    assert isinstance(story.screen, AttractView)


def test_where_only_returns_are_taken_a_scanned_item_begins_one_too() -> None:
    story = kiosk(mode=Mode.RETURNS).scan("C1").flush()
    assert story.brought == ["C1"]
    story.takes_back("C1").press(Do.FINISH)
    assert isinstance(story.screen, FarewellView)
    story.scan("C1")
    assert isinstance(story.screen, FarewellView)
    story.scan("C2").flush()
    assert story.brought == ["C1", "C2"]
    assert story.states == {"C1": "returned", "C2": "asking"}
    assert kiosk(mode=Mode.RETURNS).missing(Device.ILS).scan("C1").flush().brought == []


def test_where_only_returns_are_taken_a_number_of_two_meanings_is_an_item() -> None:
    story = kiosk(mode=Mode.RETURNS).tell(CodeScanned(PatronId("21000002"), ItemKey("21000002"))).flush()
    assert story.brought == ["21000002"]
    assert all("21000002" not in repr(effect.row.payload) for effect in story.all(AppendRow))
    story = kiosk(mode=Mode.RETURNS).tell(CodeScanned(patron=PatronId("21000002")))
    assert story.screen.message.notice is Notice.NO_CARD_NEEDED


def test_items_scanned_while_leftovers_are_asked_about_are_taken_after_the_answer() -> None:
    story = kiosk(mode=Mode.RETURNS).brings("A1").press(Do.FINISH, Do.FINISH).scan("C1").scan("C2").flush()
    assert isinstance(story.screen, LeftoversView)
    assert story.brought == ["A1"]
    assert story.press(Do.NOT_MINE).flush().brought == ["A1", "C1", "C2"]


@pytest.mark.parametrize("device", [Device.ILS, Device.JOURNAL, Device.PAD])
def test_where_only_returns_are_taken_what_lies_there_is_taken_when_the_kiosk_is_ready(
    device: Device,
) -> None:
    story = kiosk(mode=Mode.RETURNS).missing(device).put(book("A1", AFI_ON_LOAN))
    assert isinstance(story.screen, CannotLendView)
    assert story.ready(device).flush().brought == ["A1"]
    story.takes_back("A1").arms("A1").press(Do.FINISH, Do.FINISH).missing(device).ready(device)
    assert isinstance(story.screen, AttractView), "it lies there since before"


def test_where_only_returns_are_taken_a_card_begins_nothing() -> None:
    story = kiosk(mode=Mode.RETURNS).shows("p1")
    assert isinstance(story.screen, AttractView)
    assert story.screen.message.notice is Notice.NO_CARD_NEEDED
    assert story.all(SignIn) == []
    story.put(damaged(), card_tag("p1"))
    assert isinstance(story.screen, AttractView)


def test_where_nothing_is_taken_back_the_control_does_nothing() -> None:
    story = kiosk(mode=Mode.LOANS).press(Do.RETURN)
    assert isinstance(story.screen, AttractView)
    assert (story.screen.lends, story.screen.returns) == (True, False)


@pytest.mark.parametrize("device", [Device.ILS, Device.JOURNAL, Device.PAD])
def test_nothing_is_begun_where_nothing_can_be_taken_back(device: Device) -> None:
    story = kiosk(mode=Mode.RETURNS).missing(device).press(Do.RETURN).put(book("A1", AFI_ON_LOAN)).flush()
    assert story.state.session is None
    assert story.brought == []


@pytest.mark.parametrize(
    "card",
    [CardUnread(Reason.CARD_UNREADABLE), CodeScanned(patron=PatronId("p1"))],
    ids=["unread", "scanned"],
)
def test_a_card_during_a_return_is_not_needed(card: CardUnread | CodeScanned) -> None:
    story = returns().brings("A1").shows("p1")
    assert story.back.message.notice is Notice.NO_CARD_NEEDED
    story.wait(7).tell(card)
    assert story.back.message.notice is Notice.NO_CARD_NEEDED
    assert story.all(SignIn) == []


def test_a_card_during_the_farewell_of_a_return_begins_a_loan() -> None:
    story = returns().brings("A1").press(Do.FINISH).shows("p1")
    assert isinstance(story.screen, WaitView)


def test_leftovers_are_asked_about_before_they_are_taken_back() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", NotLent(Reason.NOT_FOR_LOAN)).flush()
    story.press(Do.FINISH, Do.FINISH, Do.RETURN)
    assert isinstance(story.screen, LeftoversView)
    assert story.flush().brought == []
    assert story.press(Do.MINE).flush().brought == ["A1"]


def test_a_book_put_down_before_return_is_pressed_is_taken() -> None:
    assert kiosk().put(book("A1", AFI_ON_LOAN)).press(Do.RETURN).flush().brought == ["A1"]


def test_return_cannot_be_pressed_in_a_loan() -> None:
    story = kiosk().card().press(Do.RETURN)
    assert isinstance(story.screen, LoanView)


def test_a_book_put_down_during_the_farewell_leads_back_to_the_list() -> None:
    story = returns().brings("A1").press(Do.FINISH).brings("A2")
    assert isinstance(story.screen, ReturnView)
    assert story.states == {"A1": "returned", "A2": "returned"}


# ---- slips --------------------------------------------------------------------------------------------


def test_a_slip_is_printed_for_each_alert_as_soon_as_it_is_proved() -> None:
    story = returns().ready(Device.PRINTER).put(book("A1", AFI_ON_LOAN)).flush()
    story.takes_back("A1", alert=Alert.TRANSIT, destination="North", bin="3")
    assert story.all(PrintPaper) == []
    story.arms("A1")
    paper = story.all(PrintPaper)[0].paper
    assert (paper.kind, paper.language, paper.library) == (PaperKind.SLIP, "en", "Library")
    line = PaperLine("Title of A1", ItemKey("A1"), alert=Alert.TRANSIT, destination="North", bin="3")
    assert paper.lines == (line,)
    story.prints(Proof.FAILED, Reason.PAPER_OUT)
    assert PaperCame(PaperKind.SLIP, Proof.FAILED, Reason.PAPER_OUT) in story.facts
    assert story.states == {"A1": "returned"}


def test_no_slip_without_an_alert_a_printer_or_the_librarys_wish() -> None:
    assert returns().ready(Device.PRINTER).brings("A1").all(PrintPaper) == []
    assert returns().brings("A1", alert=Alert.TRANSIT).all(PrintPaper) == []
    story = returns(slips=False).ready(Device.PRINTER).brings("A1", alert=Alert.TRANSIT)
    assert story.all(PrintPaper) == []


# ---- the power was cut ----------------------------------------------------------------------------------


def test_after_an_intent_alone_17_tells_what_became_of_it() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush().power_cut().began().put(book("A1", AFI_ON_LOAN))
    assert story.brought == []
    assert story.settled_returns == ["A1"]
    story.settles_return("A1", BACK).flush().arms("A1").flush()
    assert story.open_on_disk() == []


def test_after_an_intent_alone_a_book_that_is_still_on_loan_is_left_as_it_is() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush().power_cut().began().put(book("A1", AFI_ON_LOAN))
    story.settles_return("A1", NotReturned(Reason.RETURN_REFUSED)).flush().flush()
    assert story.written == []
    assert story.open_on_disk() == []


@pytest.mark.parametrize("written", [False, True])
def test_after_an_answer_the_tag_is_armed_as_soon_as_it_is_confirmed(*, written: bool) -> None:
    before = returns().put(book("A1", AFI_ON_LOAN)).flush().takes_back("A1")
    afi = AFI_IN_STOCK if written else AFI_ON_LOAN
    story = before.power_cut().began().put(book("A1", afi))
    assert story.settled_returns == ["A1"]
    story.settles_return("A1", Returned(was_on_loan=False))
    assert story.written == []
    story.flush().arms("A1").flush()
    assert story.open_on_disk() == []


def test_after_a_cut_what_was_refused_is_closed() -> None:
    before = returns().put(book("A1", AFI_ON_LOAN)).flush()
    before.says_of("A1", NotReturned(Reason.ITEM_UNKNOWN)).flush()
    assert before.open_on_disk() == ["A1"]  # its tag was being armed
    story = before.power_cut().began().flush()
    assert story.open_on_disk() == []
    assert story.put("A1").settled_returns == []


def test_a_return_whose_seal_is_broken_is_for_staff_and_stops_nothing() -> None:
    before = returns().tell(CodeScanned(PatronId("n1"), ItemKey("n1"))).flush()
    before.disk[:] = [type(row)(row.saga, row.kind, row.payload) for row in before.disk]
    story = before.power_cut().began().missing(Device.ILS).ready(Device.ILS).wait(20)
    assert story.settled_returns == []
    assert story.card().borrows("A1").states == {"A1": "safe"}


@pytest.mark.parametrize("last", ["loan", "return"])
def test_a_loan_and_a_return_that_were_both_cut_off_do_not_pull_at_one_tag(last: str) -> None:
    """The last one that the ILS speaks for keeps the tag, and the other one ends."""
    story = kiosk().card().put("A1").flush().answers("A1", Doubt()).press(Do.FINISH)
    for _ in range(3):
        story.settles("A1", Doubt()).wait(4)
    story.press(Do.FINISH, Do.RETURN, Do.MINE).flush()
    story = story.power_cut().began().put("A1")
    if last == "loan":
        story.settles_return("A1", BACK).settles("A1", Lent(release=True)).flush().proves("A1")
    else:
        story.settles("A1", Lent(release=True)).settles_return("A1", BACK).flush().arms("A1")
    armed = last == "return"
    assert {effect.armed for effect in story.all(SwitchTag)} == {armed}
    assert story.flush().open_on_disk() == []


# ---- the disk ---------------------------------------------------------------------------------------------


def test_a_disk_that_refuses_the_intent_means_that_nothing_is_asked() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).disk_refuses()
    assert story.brought == []
    assert (story.row("A1").state, story.row("A1").reason) == ("refused", Reason.JOURNAL_FAILED)
    story.ready(Device.JOURNAL).lift("A1").put(book("A1", AFI_ON_LOAN)).flush()
    assert story.brought == ["A1"]


def test_an_answer_that_the_disk_refused_is_kept_when_the_disk_is_back() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush().says_of("A1", BACK).disk_refuses()
    assert (story.row("A1").state, story.row("A1").reason) == ("attention", Reason.JOURNAL_FAILED)
    story.ready(Device.JOURNAL)
    assert story.written == []
    assert story.flush().arms("A1").states == {"A1": "returned"}
    assert story.flush().open_on_disk() == []


def test_a_refusal_that_the_disk_did_not_take_at_first_still_says_why() -> None:
    story = returns().put(book("A1", AFI_ON_LOAN)).flush()
    story.says_of("A1", NotReturned(Reason.ITEM_UNKNOWN)).disk_refuses().ready(Device.JOURNAL).flush()
    assert (story.row("A1").state, story.row("A1").reason) == ("refused", Reason.ITEM_UNKNOWN)


def test_an_older_return_of_the_item_that_is_confirmed_leaves_the_list_alone() -> None:
    """What is on somebody's list ends in their sight, by its own answers."""
    story = returns(settle_tries=1).put(book("A1", AFI_ON_LOAN)).flush().lift("A1").takes_back("A1").wait(80)
    story = story.flush().power_cut().began().wait(9).press(Do.RETURN).put(book("A1", AFI_ON_LOAN)).flush()
    older, newer = story.state.returns
    story.tell(ReturnSettled(older, Doubt()))  # asked when the book was put down
    story.tell(ReturnAnswered(newer, Doubt())).tell(ReturnSettled(newer, Doubt()))
    assert story.row("A1").reason is Reason.OUTCOME_UNKNOWN
    story.lift("A1").put(book("A1", AFI_ON_LOAN)).tell(ReturnSettled(older, Returned(was_on_loan=False)))
    story.flush().arms("A1").flush()
    assert (story.row("A1").state, story.row("A1").reason) == ("attention", Reason.OUTCOME_UNKNOWN)
