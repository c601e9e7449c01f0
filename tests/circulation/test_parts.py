"""Sets on the pad: what is missing, what does not belong there, and what nobody can count."""

import pytest

from kiosk.circulation.answers import Lent
from kiosk.circulation.facts import ItemNeedsStaff, ItemSafe
from kiosk.circulation.intents import Do
from kiosk.circulation.reasons import Reason
from kiosk.circulation.sets import UnknownSize
from kiosk.circulation.state import Phase
from kiosk.circulation.values import AFI_ON_LOAN, Device, ItemKey, Switched
from kiosk.circulation.views import AskFee, AskParts, HelpCalled, Notice, StillThere
from tests.circulation.story import Story, book, kiosk, part, uid

ONE, TWO, THREE = (part("S", number, 2) for number in (1, 2, 3))
"""The third claims to be part 3 of 2."""

U1, U2, U3 = (part("U", number, 0) for number in (1, 2, 3))
"""Parts of a set of which nobody knows how many it has."""


def trouble(story: Story, key: str = "S") -> tuple[str, Reason | None]:
    row = story.row(key)
    return row.state.value, row.reason


def asks(*tags: object) -> Story:
    """A library that asks the patron, and a set that nobody can count."""
    return kiosk(unknown_sets=UnknownSize.ASK).card().put(*(tags or (U1, U2)))  # type: ignore[arg-type]


# ---- what does not belong there -------------------------------------------------------------


def test_a_part_too_many_is_named_and_the_set_is_for_staff() -> None:
    story = kiosk().card().put(ONE, THREE).flush()
    assert trouble(story) == ("attention", Reason.PART_EXTRA)
    assert story.row("S").parts_odd == (3,)
    assert story.loan.message.notice is Notice.SEE_STAFF
    assert story.put(TWO).flush().asked == []
    assert story.facts.count(ItemNeedsStaff(ItemKey("S"), Reason.PART_EXTRA)) == 1
    assert story.lift(THREE).flush().asked == [], "it may still be in the case, out of hearing"
    assert story.lift(ONE, TWO).put(ONE, TWO).row("S").parts_odd == (3,)
    story.press(Do.FINISH, Do.FINISH).lift(ONE, TWO).wait(3)
    assert story.card("p2").put(ONE, TWO).flush().asked == ["S"], "the next visit knows nothing of it"


def test_a_part_of_another_library_is_named_and_the_set_is_for_staff() -> None:
    own, other = part("S", 1, 2, owner="DE-1"), part("S", 2, 2, owner="SE-X")
    story = kiosk().card().put(own, other).flush()
    assert trouble(story) == ("attention", Reason.PART_FOREIGN)
    assert (story.row("S").parts_odd, story.row("S").parts_missing) == ((2,), (2,))
    assert story.put(part("S", 2, 2, owner="DE-1")).lift(other).flush().asked == []


def test_tags_that_do_not_agree_are_for_staff() -> None:
    story = kiosk().card().put(ONE, part("S", 2, 3)).flush()
    assert trouble(story) == ("attention", Reason.PART_FOREIGN)
    assert (story.asked, story.row("S").parts_odd) == ([], ())


def test_a_part_that_is_there_twice_leaves_the_set_to_staff() -> None:
    again = part("S", 1, 2, owner="DE-1")
    story = kiosk().card().put(ONE, again, TWO).flush()
    assert trouble(story) == ("attention", Reason.TAG_DUPLICATE)
    assert story.row("S").parts_odd == (1,)
    assert story.lift(again).flush().asked == [], "nobody can tell which of them was lifted"
    told = [fact for fact in story.facts if isinstance(fact, ItemNeedsStaff)]
    assert [fact.reason for fact in told] == [Reason.TAG_DUPLICATE]


def test_parts_in_each_other_s_cases_are_told_with_whose_they_are() -> None:
    one, other = (part("S", 1, 3), part("S", 3, 3)), (part("T", 2, 3),)
    story = kiosk().card().put(*one, *other).flush()
    assert {row.key: row.reason for row in story.rows()} == {
        "S": Reason.PART_FOREIGN,
        "T": Reason.PART_FOREIGN,
    }
    assert (story.row("S").parts_odd, story.row("S").odd_of) == ((2,), "T")
    assert (story.row("T").parts_odd, story.row("T").odd_of) == ((1, 3), "S")
    story.put(part("S", 2, 3)).flush().lends("S")
    assert trouble(story, "T") == ("attention", Reason.PART_MISSING)


def test_a_part_is_not_called_swapped_while_something_is_unread() -> None:
    story = kiosk().card().put(part("S", 1, 2)).name(part("S", 2, 2), part("T", 1, 2)).put(part("T", 2, 2))
    assert {row.reason for row in story.rows()} == {Reason.PART_MISSING}


def test_a_part_too_many_that_comes_when_the_set_is_lent_is_not_touched() -> None:
    story = kiosk().card().put(ONE, TWO).flush().put(THREE).lends("S").proves(ONE, TWO)
    assert uid("S 3") not in story.written
    assert trouble(story) == ("attention", Reason.STAYS_ARMED)
    assert story.row(f"tag:{THREE.uid}").reason is Reason.PART_EXTRA
    assert story.loan.message.notice is Notice.SEE_STAFF, "no barcode is asked for"
    assert ItemSafe(ItemKey("S")) not in story.facts


def test_a_part_too_many_that_comes_when_the_set_is_back_is_said_to_be_one() -> None:
    story = kiosk().press(Do.RETURN).put(ONE, TWO).flush().takes_back("S").arms(ONE, TWO).put(THREE)
    assert trouble(story) == ("attention", Reason.PART_EXTRA)


# ---- what is missing ------------------------------------------------------------------------


def test_a_scanned_set_of_which_one_part_turns_up_is_not_safe_before_the_others_do() -> None:
    story = kiosk().card().scan("S").flush().lends("S").put(ONE).flush().proves(ONE)
    assert trouble(story) == ("attention", Reason.PART_MISSING)
    assert (story.row("S").parts, story.row("S").parts_missing) == (2, (2,))
    assert story.loan.borrowed == 1
    assert ItemSafe(ItemKey("S")) not in story.facts
    story.put(TWO).flush().proves(TWO)
    assert story.states == {"S": "safe"}
    assert story.facts.count(ItemSafe(ItemKey("S"))) == 1


def test_a_scanned_set_that_comes_back_in_part_is_not_called_returned() -> None:
    story = kiosk().press(Do.RETURN).scan("S").flush().takes_back("S").put(ONE).flush().arms(ONE)
    assert trouble(story) == ("attention", Reason.PART_MISSING)
    story.put(TWO).flush().arms(TWO)
    assert story.states == {"S": "returned"}


def test_a_lent_set_that_is_taken_along_lacks_nothing() -> None:
    story = kiosk().card().put(ONE, TWO).flush().lends("S").proves(ONE, TWO).lift(ONE)
    assert story.states == {"S": "safe"}


def test_an_ils_that_comes_back_is_not_asked_for_a_set_that_is_no_longer_whole() -> None:
    story = kiosk().card().missing(Device.ILS).put(ONE, TWO).lift(TWO).ready(Device.ILS).flush()
    assert (story.asked, trouble(story)) == ([], ("attention", Reason.PART_MISSING))
    story.put(TWO).flush()
    assert story.asked == ["S"]


@pytest.mark.parametrize("outcome", [Switched.FAILED, Switched.PROTECTED])
def test_one_part_that_refuses_leaves_the_whole_set_to_staff(outcome: Switched) -> None:
    story = kiosk().card().put(ONE, TWO).flush().lends("S").proves(ONE).switched(TWO, outcome)
    assert story.row("S").state == "attention"
    assert ItemSafe(ItemKey("S")) not in story.facts
    assert story.press(Do.FINISH).screen.attention == 1


# ---- sets of unknown size -------------------------------------------------------------------


def test_a_set_of_unknown_size_is_lent_as_it_lies_unless_the_library_says_otherwise() -> None:
    story = kiosk().card().put(U1, U2).flush().lends("U").flush().proves(U1, U2)
    assert story.states == {"U": "safe"}


def test_the_patron_is_asked_before_the_ils_is() -> None:
    story = asks().flush()
    assert (story.asked, story.disk) == ([], [])
    assert isinstance(story.modal, AskParts)
    assert (story.modal.row.key, story.modal.row.state, story.modal.parts) == ("U", "asking", 2)
    story.press(Do.YES).flush().lends("U").proves(U1, U2)
    assert story.states == {"U": "safe"}
    assert story.modal is None


@pytest.mark.parametrize("away", ["no", "finish", "walks off"])
def test_no_and_walking_away_mean_that_nothing_is_asked_of_the_ils(away: str) -> None:
    story = asks()
    if away == "walks off":
        story.wait(60)
        assert isinstance(story.modal, StillThere)
        story.wait(25)
        assert story.state.session is None
    else:
        story.press(Do.NO if away == "no" else Do.FINISH)
        assert trouble(story, "U") == ("attention", Reason.PARTS_UNKNOWN)
        assert story.screen.not_borrowed == 1
    assert (story.flush().asked, story.disk, story.written) == ([], [], [])
    assert story.facts.count(ItemNeedsStaff(ItemKey("U"), Reason.PARTS_UNKNOWN)) == 1


def test_whoever_said_no_and_finds_the_part_is_asked_once_more() -> None:
    story = asks(U1).press(Do.NO).put(U2)
    assert isinstance(story.modal, AskParts)
    assert story.press(Do.YES).flush().asked == ["U"]


def test_a_part_that_lay_there_and_went_is_missing_whatever_the_patron_would_say() -> None:
    story = asks().lift(U2)
    assert story.modal is None
    assert (story.row("U").reason, story.row("U").parts_missing) == (Reason.PART_MISSING, (2,))
    story.press(Do.YES).flush()
    assert story.asked == []
    assert isinstance(story.put(U2).modal, AskParts)


def test_a_number_that_is_left_out_is_missing_although_nobody_knows_the_size() -> None:
    story = asks(U1, U3)
    assert story.modal is None
    assert (story.row("U").reason, story.row("U").parts_missing) == (Reason.PART_MISSING, (2,))
    assert isinstance(story.put(U2).modal, AskParts)


def test_nobody_is_asked_about_a_set_that_was_lifted_away() -> None:
    story = asks(U1).lift(U1)
    assert (story.modal, story.states) == (None, {})


def test_a_late_yes_is_not_for_the_next_question() -> None:
    story = asks(U1).put(part("V", 1, 0))
    before = story.view
    story.press(Do.YES).flush()
    assert (story.asked, story.modal.row.key) == (["U"], "V")
    assert before.since < story.view.since, "another question is another screen"
    story.press(Do.NO)
    assert trouble(story, "V") == ("attention", Reason.PARTS_UNKNOWN)


def test_help_lies_above_the_question_and_books_beside_it_are_lent_meanwhile() -> None:
    story = asks(U1).put("A1").flush().lends("A1").proves("A1")
    assert isinstance(story.press(Do.CALL_STAFF).modal, HelpCalled)
    story.press(Do.YES).flush()
    assert story.asked == ["A1"], "the question was not on the screen"
    assert isinstance(story.press(Do.CLOSE_HELP).modal, AskParts)


def test_a_fee_is_asked_about_after_the_parts_were() -> None:
    story = asks(U1).press(Do.YES).flush().asks_fee("U")
    assert isinstance(story.modal, AskFee)
    assert story.press(Do.NO).row("U").reason is Reason.FEE


def test_a_set_that_is_the_patron_s_already_is_not_asked_about() -> None:
    story = kiosk(unknown_sets=UnknownSize.ASK).card(charged=("U",)).put(part("U", 1, 0, AFI_ON_LOAN))
    assert (story.modal, trouble(story, "U")) == (None, ("safe", Reason.ALREADY_YOURS))


def test_yes_holds_when_the_ils_is_away_and_comes_back() -> None:
    story = asks().missing(Device.ILS).press(Do.YES)
    assert trouble(story, "U") == ("refused", Reason.ILS_DOWN)
    assert story.ready(Device.ILS).flush().asked == ["U"]


def test_a_library_may_leave_them_to_staff() -> None:
    story = kiosk(unknown_sets=UnknownSize.STAFF).card().put(U1, book("A1")).flush()
    assert (story.asked, story.modal) == (["A1"], None)
    assert trouble(story, "U") == ("attention", Reason.PARTS_UNKNOWN)
    assert story.facts.count(ItemNeedsStaff(ItemKey("U"), Reason.PARTS_UNKNOWN)) == 1


def test_whoever_brings_one_back_is_asked_too() -> None:
    story = kiosk(unknown_sets=UnknownSize.ASK).press(Do.RETURN).put(part("U", 1, 0, AFI_ON_LOAN)).flush()
    assert (story.brought, type(story.modal)) == ([], AskParts)
    story.press(Do.YES).flush().takes_back("U").arms(U1)
    assert story.states == {"U": "returned"}
    story = kiosk(unknown_sets=UnknownSize.ASK).press(Do.RETURN).put(U1).press(Do.NO, Do.FINISH).flush()
    assert (story.brought, story.state.phase) == ([], Phase.FAREWELL)
    assert trouble(story, "U") == ("attention", Reason.PARTS_UNKNOWN)


def test_a_scanned_item_without_a_tag_has_nothing_to_be_counted() -> None:
    story = kiosk(unknown_sets=UnknownSize.STAFF).card().scan("U").flush()
    assert story.asked == ["U"]


def test_a_set_lifted_to_be_scanned_is_asked_about_all_the_same() -> None:
    story = kiosk(unknown_sets=UnknownSize.ASK).put(U1).lift(U1).card().scan("U").flush()
    assert (story.asked, type(story.modal)) == ([], AskParts)
    assert story.press(Do.YES).flush().asked == ["U"]


def test_a_further_part_of_a_lent_set_that_leaves_a_gap_is_no_longer_safe() -> None:
    story = kiosk().card().put(U1).flush().lends("U").proves(U1)
    assert story.row("U").state == "safe"
    story.put(U3).flush().proves(U3)
    assert (story.row("U").state, story.row("U").parts_missing) == ("attention", (2,))
    story.put(U2).flush().answers("U", Lent(release=True)).proves(U2)
    assert story.states == {"U": "safe"}
