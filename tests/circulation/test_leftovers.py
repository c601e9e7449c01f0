"""What lies on the pad when a visit ends, and whose it is."""

from kiosk.circulation.answers import ItemDescription, NotLent, Welcome
from kiosk.circulation.facts import LeftOnPad, SessionBegan, SessionEnded
from kiosk.circulation.intents import Do
from kiosk.circulation.policy import PinRule, Policy
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import ItemKey
from kiosk.circulation.views import AttractView, LeftoversView, LoanView, Notice
from tests.circulation.story import Story, card_tag, copy, damaged, kiosk, uid


def left_behind(*tags: object) -> Story:
    """Somebody borrowed A1 and went away, and these lie on the pad."""
    story = kiosk().card().put("A1", *tags).flush()  # type: ignore[arg-type]
    for barcode in story.asked:
        story.answers(barcode, NotLent(Reason.NOT_FOR_LOAN))
    story.flush().press(Do.FINISH, Do.FINISH)
    assert isinstance(story.screen, AttractView)
    story.effects.clear()
    return story


def test_the_next_patron_is_asked_whether_leftovers_are_theirs() -> None:
    story = left_behind("A2").card("p2", "Ben Lo")
    assert isinstance(story.screen, LeftoversView)
    assert [row.key for row in story.rows()] == ["A1", "A2"]
    assert story.described == ["A1", "A2"]
    assert story.flush().asked == []


def test_leftovers_that_are_mine_are_taken() -> None:
    story = left_behind("A2").card("p2").press(Do.MINE).flush()
    assert story.asked == ["A1", "A2"]


def test_leftovers_that_are_not_mine_are_not_taken_and_the_patron_is_told() -> None:
    story = left_behind().card("p2").press(Do.NOT_MINE).put("A2").flush()
    assert story.asked == ["A2"]
    assert list(story.states) == ["A2"]
    story.lends("A2").proves("A2")
    assert story.loan.message.notice is Notice.TAKE_AWAY_LEFT
    story.lift("A1").wait(1).put("A1")
    assert list(story.states) == ["A2"]
    story.lift("A1").wait(2).put("A1")  # away for two seconds: whoever puts it down now means it
    assert story.flush().asked == ["A2", "A1"]


def test_leftovers_taken_away_for_two_seconds_are_no_leftovers() -> None:
    story = left_behind().lift("A1").wait(2).put("A1").card("p2").flush()
    assert story.asked == ["A1"]


def test_a_leftover_that_flickers_is_still_a_leftover() -> None:
    story = left_behind().lift("A1").wait(1).put("A1").card("p2")
    assert isinstance(story.screen, LeftoversView)


def test_a_leftover_that_flickers_while_the_card_is_shown_is_still_not_taken() -> None:
    story = left_behind().lift("A1").wait(0.5).card("p2").put("A1").flush()
    assert story.asked == []
    assert story.loan.message.notice is Notice.TAKE_AWAY_LEFT


def test_a_book_that_flickers_while_the_visit_ends_is_a_leftover() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", NotLent(Reason.FEE)).flush()
    story.press(Do.FINISH).lift("A1").press(Do.FINISH).wait(1).put("A1").card("p2")
    assert isinstance(story.screen, LeftoversView)


def test_leftovers_that_are_taken_off_while_the_question_stands_need_no_answer() -> None:
    story = left_behind().card("p2").lift("A1")
    assert isinstance(story.screen, LoanView)


def test_nobody_is_asked_about_a_tag_that_says_nothing() -> None:
    story = kiosk().card().put(damaged(), card_tag("p1")).press(Do.FINISH, Do.FINISH).card("p2")
    assert isinstance(story.screen, LoanView)
    assert story.states == {}
    assert story.loan.message.notice is Notice.TAKE_AWAY_LEFT


def test_what_lies_there_at_the_end_is_told_to_the_listeners() -> None:
    story = kiosk().card().borrows("A1").press(Do.FINISH, Do.FINISH)
    assert LeftOnPad(uid("A1")) in story.facts
    assert isinstance(story.facts[-1], SessionEnded)
    assert sum(isinstance(fact, SessionBegan) for fact in story.facts) == 1


def test_what_lay_there_when_the_power_went_is_asked_about() -> None:
    """Books of a session that was cut off are not simply the next patron's."""
    story = kiosk().card().put("A1", "A2").flush().power_cut().began()
    story.put("A1", "A2").card("p2", "Ben Lo")
    assert isinstance(story.screen, LeftoversView)
    assert {row.key for row in story.screen.rows} == {"A1", "A2"}


def test_what_lay_there_is_asked_about_though_a_card_was_shown_before_it_was_read() -> None:
    story = kiosk().card().put("A1", "A2").flush().power_cut().began()
    story.put("A1").shows("p2").put("A2").signed(Welcome("Ben Lo"))
    assert isinstance(story.screen, LeftoversView)
    assert [row.key for row in story.rows()] == ["A1", "A2"]
    story.press(Do.NOT_MINE).put("A3").flush()
    assert story.asked == ["A3"]


def test_what_lay_there_is_not_returned_for_whoever_presses_return_before_it_was_read() -> None:
    story = kiosk().card().put("A1").flush().power_cut().began()
    story.press(Do.RETURN).put("A1").flush()
    assert not story.states, "it may be the book that the other patron has just borrowed"
    assert story.brought == []


def test_after_a_quiet_start_books_put_down_before_the_card_are_taken() -> None:
    story = Story().began().put("A1").card().flush()
    assert story.asked == ["A1"]


def test_the_ils_says_what_the_books_are_called_while_the_pin_is_typed() -> None:
    story = Story(Policy(pin=PinRule.ALWAYS)).began().put("A1").shows("p1")
    story.describes("A1", ItemDescription(ItemKey("A1"), "Seven Winters", "Halina Brook"))
    story.types("1234").signed(Welcome("Anna Kern"))
    assert [(row.title, row.author) for row in story.loan.rows] == [("Seven Winters", "Halina Brook")]


def test_a_book_put_down_while_the_pin_is_typed_is_asked_for_its_name_too() -> None:
    story = Story(Policy(pin=PinRule.ALWAYS)).began().put("A1").shows("p1").put("A2")
    assert story.described == ["A1", "A2"]


def test_what_lay_there_and_is_read_only_after_the_answer_is_not_simply_taken() -> None:
    story = kiosk().card().put("A1", "A2").flush().power_cut().began()
    story.lay("A1").card("p2", "Ben Lo").press(Do.MINE).lay("A2").flush()
    assert story.asked == ["A1"]
    assert story.states.keys() == {"A1"}
    assert story.loan.message.notice is not Notice.ALL_SAFE


def test_one_more_tag_of_a_book_that_was_taken_is_not_left_over() -> None:
    story = kiosk().card().put("A1").flush().power_cut().began()
    story.lay("A1").card("p2", "Ben Lo").press(Do.MINE).flush().lends("A1").lay(copy("A1")).proves("A1")
    assert story.states == {f"tag:{copy('A1').uid}": "attention", "A1": "attention"}


def test_a_leftover_that_says_what_a_book_on_the_list_says_may_be_in_that_very_book() -> None:
    story = left_behind(copy("A1")).lift("A1", copy("A1")).wait(1.9)
    story.card("p2").put(copy("A1")).wait(0.2).put("A1").flush()  # one of them was away for two seconds
    assert story.asked == ["A1"]
    assert story.lends("A1").proves("A1").states["A1"] == "attention"
    assert story.row("A1").reason is Reason.STAYS_ARMED


def test_the_leftover_may_be_read_after_the_book_that_it_may_be_in() -> None:
    story = left_behind(copy("A1")).lift("A1").wait(0.2).lift(copy("A1")).wait(1.9)
    story.card("p2").put("A1").flush().lends("A1").proves("A1")
    story.put(copy("A1"))
    assert story.row("A1").reason is Reason.STAYS_ARMED
