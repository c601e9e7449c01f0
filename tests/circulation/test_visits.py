"""A patron's visit: the card, the PIN, leftovers, time, Finish, and what is forgotten at the end."""

import pytest

from kiosk.circulation.answers import Denied, NoAnswer, NotLent, Welcome
from kiosk.circulation.effects import EndIlsSession, SignIn, Tell
from kiosk.circulation.events import PolicyChanged, SignInAnswered
from kiosk.circulation.facts import PutBackAsked, SessionEnded, StaffCalled
from kiosk.circulation.intents import Digit, Do, Language, Pressed
from kiosk.circulation.policy import NameRule, PinRule, Policy
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CardShown, CardUnread, CodeScanned
from kiosk.circulation.values import Device, ItemKey, PatronId, Pin, Untrusted
from kiosk.circulation.views import (
    AttractView,
    CannotLendView,
    FarewellView,
    HelpCalled,
    LeftoversView,
    LoanView,
    Notice,
    PinView,
    PutBack,
    SeeStaffView,
    StillThere,
    Theme,
    WaitView,
)
from tests.circulation.story import book, kiosk, uid

# ---- who is it ------------------------------------------------------------------------------


def test_a_card_is_asked_about_and_opens_the_list() -> None:
    story = kiosk().shows("p1")
    assert isinstance(story.screen, WaitView)
    story.signed(Welcome("Kern, Anna Maria"))
    assert isinstance(story.screen, LoanView)
    assert story.view.header.patron == "Anna K."
    assert story.loan.message.notice is Notice.PUT_BOOKS


@pytest.mark.parametrize(
    ("rule", "name", "shown"),
    [
        (NameRule.FIRST, "Anna Kern", "Anna K."),
        (NameRule.INITIALS, "Kern, Anna", "A. K."),
        (NameRule.NONE, "Anna Kern", ""),
        (NameRule.FIRST, "Plato", "Plato"),
        (NameRule.FIRST, " , ", ""),
        (NameRule.INITIALS, "李 雷", "李. 雷."),
    ],
)
def test_how_much_of_a_name_is_shown(rule: NameRule, name: str, shown: str) -> None:
    assert kiosk(show_name=rule).card("p1", name).view.header.patron == shown


def test_a_blocked_patron_sees_neutral_words_and_borrows_nothing() -> None:
    story = kiosk().put("A1").shows("p1").signed(Denied(Reason.PATRON_BLOCKED, Untrusted("Fees")))
    assert isinstance(story.screen, SeeStaffView)
    assert (story.screen.reason, story.screen.note) == (Reason.PATRON_BLOCKED, Untrusted("Fees"))
    assert story.screen.seconds == story.screen.of_seconds == 25
    story.wait(10)
    assert story.screen.seconds == 15
    story.wait(15)
    assert isinstance(story.screen, AttractView)
    assert story.flush().asked == []


@pytest.mark.parametrize("reason", [Reason.ILS_DOWN, Reason.ILS_SILENT, Reason.ILS_GARBLED])
def test_an_ils_that_does_not_answer_the_card_is_named(reason: Reason) -> None:
    story = kiosk().shows("p1").signed(NoAnswer(reason))
    assert isinstance(story.screen, SeeStaffView)
    assert story.screen.reason is reason


def test_a_card_that_names_nobody_gets_a_word() -> None:
    story = kiosk().tell(CardUnread(Reason.CARD_UNREADABLE))
    assert story.screen.message.notice is Notice.CARD_UNREADABLE
    assert isinstance(story.wait(10).screen, AttractView)
    assert story.screen.message is None


def test_a_code_that_is_nothing_gets_a_word() -> None:
    story = kiosk().tell(CodeScanned(problem=Reason.CODE_BAD))
    assert story.screen.message.notice is Notice.BAD_CODE
    story = kiosk().card().tell(CodeScanned(problem=Reason.CODE_BAD))
    assert story.loan.message.notice is Notice.BAD_CODE


def test_a_typed_card_number_opens_the_session_too() -> None:
    story = kiosk().tell(CodeScanned(patron=PatronId("p1")))
    assert isinstance(story.screen, WaitView)


# ---- the PIN --------------------------------------------------------------------------------


def test_a_pin_is_asked_for_before_the_ils_when_policy_says_always() -> None:
    story = kiosk(pin=PinRule.ALWAYS).shows("p1")
    assert story.screen == PinView(0, wrong=False, tries_left=3)
    assert story.all(SignIn) == []
    story.types("1234")
    assert story.all(SignIn)[0].pin == Pin("1234")


def test_a_pin_is_asked_for_when_the_ils_asks_for_it() -> None:
    story = kiosk().shows("p1").signed(Denied(Reason.PIN_NEEDED))
    assert story.screen == PinView(0, wrong=False, tries_left=3)
    story.types("1234").signed(Welcome("Anna Kern"))
    assert isinstance(story.screen, LoanView)


def test_a_pin_is_never_asked_for_when_policy_says_never() -> None:
    story = kiosk(pin=PinRule.NEVER).shows("p1").signed(Denied(Reason.PIN_NEEDED))
    assert isinstance(story.screen, SeeStaffView)


def test_a_wrong_pin_thrice_ends_at_staff() -> None:
    story = kiosk().shows("p1").signed(Denied(Reason.PIN_NEEDED))
    for left in (2, 1):
        story.types("0000").signed(Denied(Reason.PIN_WRONG))
        assert story.screen == PinView(0, wrong=True, tries_left=left)
    story.types("0000").signed(Denied(Reason.PIN_WRONG))
    assert isinstance(story.screen, SeeStaffView)
    assert story.screen.reason is Reason.PIN_TOO_MANY


def test_digits_are_counted_deleted_and_limited() -> None:
    story = kiosk(pin=PinRule.ALWAYS, pin_length=4).shows("p1")
    story.press(*(Digit(digit) for digit in "123456"), Digit("x"), Digit("12"))
    assert story.screen.typed == 4
    story.press(Do.DELETE, Do.DELETE)
    assert story.screen.typed == 2
    story.press(Do.CONTINUE)
    assert story.all(SignIn)[0].pin == Pin("12")


def test_continue_without_a_digit_does_nothing_and_back_ends_the_visit() -> None:
    story = kiosk(pin=PinRule.ALWAYS).shows("p1").press(Do.CONTINUE)
    assert isinstance(story.screen, PinView)
    assert isinstance(story.press(Do.BACK).screen, AttractView)


def test_digits_meant_for_the_last_try_are_dropped() -> None:
    story = kiosk(pin=PinRule.ALWAYS).shows("p1").press(Digit("1"))
    old = story.view
    story.press(Do.CONTINUE).signed(Denied(Reason.PIN_WRONG))
    story.tell(Pressed(old.session, old.revision, Digit("2")))
    assert story.screen.typed == 0


def test_the_pin_is_in_no_repr() -> None:
    story = kiosk(pin=PinRule.ALWAYS).shows("secret-id").types("9876").signed(Welcome("Anna Kern"))
    assert "9876" not in repr(story.state)
    assert "secret-id" not in repr(story.state)
    assert "Anna" not in repr(story.state)


# ---- put it back ----------------------------------------------------------------------------


def test_a_book_lifted_before_it_was_written_must_come_back() -> None:
    story = kiosk().card().put("A1", "A2", "A3").flush().lift("A2").lends("A1", "A2", "A3")
    story.proves("A1", "A3")
    assert isinstance(story.modal, PutBack)
    assert (story.modal.row.key, story.modal.more) == ("A2", 0)
    assert story.facts.count(PutBackAsked(ItemKey("A2"))) == 1
    for intent in (Do.FINISH, Do.CLOSE_HELP, Do.BACK, Do.MORE_TIME, Do.CONTINUE, Do.NOT_MINE):
        story.press(intent)
        assert isinstance(story.modal, PutBack)
    assert isinstance(story.screen, LoanView)
    story.press(Do.CALL_STAFF)
    assert isinstance(story.modal, PutBack)
    assert story.modal.staff_called
    story.put("A2")
    assert not isinstance(story.modal, PutBack)  # it closes by itself
    story.proves("A2")
    assert set(story.states.values()) == {"safe"} or isinstance(story.screen, FarewellView)
    assert story.facts.count(PutBackAsked(ItemKey("A2"))) == 1


def test_a_book_lifted_while_it_is_written_is_written_again_when_it_is_back() -> None:
    story = kiosk().card().put("A1").flush().lends("A1").lift("A1")
    story.tag_says("A1", None)
    assert isinstance(story.modal, PutBack)
    story.wait(1)
    assert story.written == [uid("A1")]
    story.put("A1").proves("A1")
    assert story.written == [uid("A1")] * 2
    assert story.states == {"A1": "safe"}


def test_two_books_away_are_asked_back_one_after_the_other() -> None:
    story = kiosk().card().put("A1", "A2").flush().lift("A1", "A2").lends("A1", "A2")
    assert (story.modal.row.key, story.modal.more) == ("A1", 1)
    story.put("A1")
    assert (story.modal.row.key, story.modal.more) == ("A2", 0)


# ---- time -----------------------------------------------------------------------------------


def test_after_a_minute_the_kiosk_asks_and_counts_and_a_touch_is_enough() -> None:
    story = kiosk().card().borrows("A1").wait(59.9)
    assert story.modal is None
    story.wait(0.1)
    assert story.modal == StillThere(20, 20, borrowed=1, safe=1)
    story.wait(5)
    assert story.modal.seconds == 15
    story.press(Do.MORE_TIME)
    assert story.modal is None
    story.wait(59)
    assert story.modal is None


def test_a_book_put_down_is_a_sign_of_life() -> None:
    story = kiosk().card().wait(65).put("A1")
    assert story.modal is None


def test_who_walks_away_is_signed_out_without_a_farewell() -> None:
    story = kiosk().card().borrows("A1").wait(60 + 20)
    assert isinstance(story.screen, AttractView)
    assert len(story.all(EndIlsSession)) == 1


def test_who_walks_away_from_a_book_under_way_still_gets_it_finished() -> None:
    story = kiosk().card().put("A1").flush().wait(80)
    assert story.loan.closing
    story.lends("A1")
    assert story.state.session is not None
    story.proves("A1")
    assert isinstance(story.screen, AttractView)
    assert story.flush().open_on_disk() == []


def test_who_walks_away_with_an_unproved_book_leaves_a_named_item() -> None:
    story = kiosk().card().put("A1").flush().lift("A1").lends("A1").wait(80)
    assert isinstance(story.screen, AttractView)
    assert story.flush().open_on_disk() == ["A1"]


def test_a_book_taken_away_while_it_is_finished_for_someone_who_left_ends_the_visit() -> None:
    story = kiosk().card().put("A1").flush().lends("A1").wait(80)
    assert story.state.session is not None
    story.lift("A1")
    assert isinstance(story.screen, AttractView)
    story.tag_says("A1", 0xC2)  # the write had reached it in time
    assert story.flush().open_on_disk() == []


def test_the_pin_screen_does_not_wait_for_ever() -> None:
    for story in (kiosk(pin=PinRule.ALWAYS).shows("p1"), kiosk().shows("p1")):
        story.wait(60)
        assert isinstance(story.modal, StillThere)
        assert isinstance(story.wait(20).screen, AttractView)


def test_the_warning_is_seen_above_the_help_sheet() -> None:
    story = kiosk().card().press(Do.CALL_STAFF)
    assert isinstance(story.modal, HelpCalled)
    assert StaffCalled(story.state.epoch) in story.facts
    story.wait(60)
    assert isinstance(story.modal, StillThere)
    story.press(Do.MORE_TIME)
    assert isinstance(story.modal, HelpCalled)
    assert story.press(Do.CLOSE_HELP).modal is None


# ---- Finish ---------------------------------------------------------------------------------


def test_finish_while_a_book_is_open_ends_it_first() -> None:
    story = kiosk().card().put("A1").flush().press(Do.FINISH)
    assert story.loan.closing
    assert story.loan.message.notice is Notice.ONE_MOMENT
    story.lends("A1")
    assert story.loan.closing
    story.proves("A1")
    assert isinstance(story.screen, FarewellView)
    assert (story.screen.borrowed, story.screen.safe, story.screen.seconds) == (1, 1, 25)
    assert isinstance(story.wait(25).screen, AttractView)


def test_a_book_put_down_during_the_farewell_leads_back_and_does_not_wait_for_ever() -> None:
    story = kiosk().card().borrows("A1").press(Do.FINISH)
    assert isinstance(story.screen, FarewellView)
    story.borrows("A2")
    assert story.states == {"A1": "safe", "A2": "safe"}
    assert isinstance(story.screen, LoanView)
    story.wait(60)
    assert isinstance(story.modal, StillThere)


def test_taking_the_books_keeps_the_farewell_a_little_longer() -> None:
    story = kiosk().card().borrows("A1").press(Do.FINISH).wait(20).lift("A1").wait(20)
    assert isinstance(story.screen, FarewellView)
    assert isinstance(story.wait(5).screen, AttractView)


def test_a_book_that_was_never_asked_is_asked_when_it_comes_back_during_the_farewell() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", NotLent(Reason.ILS_DOWN)).flush()
    story.press(Do.FINISH).lift("A1").put("A1")
    assert isinstance(story.screen, LoanView)
    story.flush().lends("A1").proves("A1")
    assert story.states == {"A1": "safe"}


def test_a_late_finish_does_not_end_the_next_patrons_visit() -> None:
    story = kiosk().card().borrows("A1").press(Do.FINISH)
    late = Pressed(story.view.session, story.view.revision, Do.FINISH)
    story.shows("p2").signed(Welcome("Ben Lo"))
    story.tell(late)
    assert isinstance(story.screen, LoanView | LeftoversView)
    assert story.view.header.patron == "Ben L."


def test_finish_pressed_twice_does_not_skip_the_farewell() -> None:
    story = kiosk().card().borrows("A1")
    seen = story.view
    for _ in range(2):
        story.tell(Pressed(seen.session, seen.revision, Do.FINISH))
    assert isinstance(story.screen, FarewellView)


def test_a_card_of_the_former_moment_is_dropped() -> None:
    story = kiosk()
    story.tell(CardShown(PatronId("p1")))
    story.tell(CardShown(PatronId("p2")), epoch=0)
    assert story.all(SignIn)[-1].patron == PatronId("p1")
    assert len(story.all(SignIn)) == 1


def test_the_late_answer_to_one_patron_does_not_sign_in_the_next() -> None:
    story = kiosk().shows("p1")
    first = story.all(SignIn)[0].attempt
    story.wait(80)  # nobody answers; the patron has left
    story.shows("p2").tell(SignInAnswered(first, Welcome("Anna Kern", frozenset({"A1"}))))
    assert isinstance(story.screen, WaitView)
    story.signed(Welcome("Ben Lo"))
    assert story.view.header.patron == "Ben L."


def test_a_second_patrons_card_during_the_farewell_begins_the_next_visit() -> None:
    story = kiosk().card().borrows("A1").press(Do.FINISH).shows("p1")
    assert isinstance(story.screen, FarewellView)  # the same card still lies there
    story.shows("p2")
    assert isinstance(story.screen, WaitView)
    ends = [effect.fact for effect in story.all(Tell) if isinstance(effect.fact, SessionEnded)]
    assert len(ends) == 1


# ---- what is forgotten ------------------------------------------------------------------------


def test_preferences_are_the_librarys_own_again() -> None:
    story = kiosk().card().press(Language("ar"), Do.TEXT_SIZE, Do.CONTRAST)
    header = story.view.header
    assert (header.language, header.text_size, header.theme) == ("ar", 130, Theme.DARK)
    story.press(Do.FINISH, Do.FINISH)
    header = story.view.header
    assert (header.language, header.text_size, header.theme) == ("en", 100, Theme.LIGHT)


def test_a_language_chosen_before_the_card_stays_for_the_visit() -> None:
    story = kiosk().press(Language("ar"), Language("xx")).card()
    assert story.view.header.language == "ar"
    assert story.all(SignIn)[0].language == "ar"
    assert story.press(Do.NEXT_LANGUAGE).view.header.language == "en"


def test_who_chooses_a_language_or_help_and_walks_away_leaves_nothing() -> None:
    story = kiosk().press(Language("ar"), Do.CALL_STAFF)
    assert isinstance(story.modal, HelpCalled)
    story.wait(60)
    assert story.modal is None
    assert story.view.header.language == "en"


def test_nothing_of_a_visit_is_in_the_next_view() -> None:
    story = kiosk().card("p1", "Anna Kern").borrows("A1").lift("A1").press(Do.FINISH, Do.FINISH).wait(3)
    assert story.state.session is None
    assert "Anna" not in repr(story.view)
    assert "Title" not in repr(story.view)
    assert "A1" not in repr(story.view)
    story.card("p2", "Ben Lo")
    assert story.states == {}


def test_sagas_and_tags_are_not_kept_for_ever() -> None:
    story = kiosk()
    for visit in range(20):
        story.card(f"p{visit}", "Anna Kern").borrows(f"A{visit}").press(Do.FINISH)
        story.lift(f"A{visit}").wait(1)
        story.press(Do.FINISH).flush().wait(5)
    story.card("p", "Ben Lo")
    assert len(story.state.loans) == 0
    assert len(story.state.pad) <= 1  # the last one may still be a leftover that flickers


# ---- devices ----------------------------------------------------------------------------------


@pytest.mark.parametrize("device", [Device.ILS, Device.JOURNAL])
def test_nobody_signs_in_where_nothing_can_be_lent(device: Device) -> None:
    story = kiosk().missing(device)
    assert isinstance(story.screen, CannotLendView)
    assert isinstance(story.shows("p1").screen, CannotLendView)
    assert story.all(SignIn) == []
    assert isinstance(story.ready(device).screen, AttractView)


def test_at_the_attract_screen_a_book_on_the_pad_sends_nothing() -> None:
    story = kiosk().put("A1", book("A2", 0xC2))
    assert not story.asked
    assert not story.described
    assert not story.pending


def test_a_changed_policy_holds_from_then_on() -> None:
    story = kiosk().tell(PolicyChanged(Policy(pin=PinRule.ALWAYS))).shows("p1")
    assert isinstance(story.screen, PinView)
