"""A book that somebody else has: the patron may have it kept for them. Asked first, sent once."""

import pytest

from kiosk.circulation.answers import (
    Denied,
    Doubt,
    HoldNotPlaced,
    HoldPlaced,
    ItemDescription,
    NotLent,
    NotReturned,
    Welcome,
)
from kiosk.circulation.effects import AppendRow, AskHold
from kiosk.circulation.events import AnswerLate, HoldAnswered
from kiosk.circulation.facts import HoldCame
from kiosk.circulation.intents import Do, Hold, Pressed
from kiosk.circulation.matters import open_matters
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Device, ItemKey, PatronId, Pin, RowKind, Untrusted
from kiosk.circulation.views import AskHold as Question
from kiosk.circulation.views import (
    AttractView,
    FarewellView,
    HelpCalled,
    Notice,
    PutBack,
    StillThere,
    Weight,
)
from tests.circulation.story import Story, kiosk

YES = HoldPlaced("Momo", pickup="Main desk")
NO = HoldNotPlaced(Reason.HOLD_REFUSED, Untrusted("Too many"))


def refused(
    reason: Reason = Reason.ON_LOAN_TO_OTHER, *, holds: bool = True, wanted: bool | None = True
) -> Story:
    story = kiosk(holds=holds).card().put("A1").flush()
    return says_no(story, "A1", reason, wanted=wanted)


def says_no(story: Story, item: str, reason: Reason = Reason.ON_HOLD, *, wanted: bool | None = True) -> Story:
    """The ILS does not lend it, and says whether somebody has it or waits for it (None: not even that)."""
    story.answers(item, NotLent(reason, "Momo")).flush()
    return story.describes(
        item, None if wanted is None else ItemDescription(ItemKey(item), "Momo", wanted=wanted)
    )


def asked(story: Story | None = None) -> Story:
    return (story or refused()).press(Hold("A1"), Do.YES).flush()


# ---- where it is offered --------------------------------------------------------------------


@pytest.mark.parametrize("reason", [Reason.ON_LOAN_TO_OTHER, Reason.ON_HOLD, Reason.ITEM_REFUSED])
def test_a_book_that_somebody_else_has_or_waits_for_can_be_held_whatever_the_ils_calls_it(
    reason: Reason,
) -> None:
    story = refused(reason)
    row = story.row("A1")
    assert (row.state, row.holdable, row.held) == ("refused", True, False)
    assert story.described == ["A1"]


@pytest.mark.parametrize("wanted", [False, None])
@pytest.mark.parametrize("reason", [Reason.ON_HOLD, Reason.ITEM_REFUSED, Reason.NOT_FOR_LOAN])
def test_a_book_that_nobody_has_or_waits_for_cannot_whatever_the_ils_calls_it(
    reason: Reason, wanted: bool | None
) -> None:
    story = refused(reason, wanted=wanted)
    assert not story.row("A1").holdable
    assert asked(story).held == []


def test_a_book_of_which_the_ils_was_never_asked_cannot() -> None:
    story = refused(Reason.ILS_DOWN, wanted=None)
    assert not story.row("A1").holdable
    assert story.described == []


def test_a_library_that_does_not_want_holds_offers_none() -> None:
    story = refused(holds=False)
    assert not story.row("A1").holdable
    assert asked(story).held == []


def test_a_book_that_is_being_asked_about_or_was_lent_cannot_be_held() -> None:
    story = kiosk(holds=True).card().put("A1").flush()
    assert story.press(Hold("A1")).modal is None
    story.lends("A1").proves("A1")
    assert story.press(Hold("A1")).modal is None
    assert story.press(Hold("A9")).modal is None


def test_a_book_that_comes_back_cannot_be_held() -> None:
    story = kiosk(holds=True).press(Do.RETURN).put("A1").flush()
    story.says_of("A1", NotReturned(Reason.ON_HOLD)).flush()
    story.describes("A1", ItemDescription(ItemKey("A1"), "Momo", wanted=True))
    assert not story.row("A1").holdable
    assert asked(story).held == []


def test_a_hold_is_offered_only_while_the_list_is_there() -> None:
    story = refused().press(Do.FINISH)
    assert isinstance(story.screen, FarewellView)
    assert not story.row("A1").holdable
    assert asked(story).held == []


# ---- yes and no -----------------------------------------------------------------------------


def test_the_patron_is_asked_before_anything_is_sent() -> None:
    story = refused().press(Hold("A1"))
    assert isinstance(story.modal, Question)
    assert story.modal.row.key == "A1"
    assert (story.pending, story.flush().held) == ([], [])
    assert story.press(Do.NO).modal is None
    assert story.flush().held == []
    assert story.row("A1").holdable, "whoever said no may think better of it"


def test_yes_places_it_and_the_row_says_where_it_will_wait() -> None:
    story = refused().press(Hold("A1"), Do.YES)
    assert story.held == [], "the intent is not on the disk yet"
    assert (story.row("A1").state, story.row("A1").holdable) == ("asking", False)
    story.flush()
    effect = story.all(AskHold)[0]
    assert (effect.item, effect.patron) == (ItemKey("A1"), PatronId("p1"))
    assert effect.intent.saga.startswith("H")
    assert story.tell(AnswerLate(effect.intent.saga)).row("A1").late
    story.tell(HoldAnswered(effect.intent.saga, YES))
    assert not story.row("A1").held, "the answer is not on the disk yet"
    story.flush()
    row = story.row("A1")
    assert (row.state, row.reason) == ("refused", Reason.ON_LOAN_TO_OTHER), "it stays here all the same"
    assert (row.held, row.pickup, row.holdable) == (True, "Main desk", False)
    assert HoldCame(ItemKey("A1")) in story.facts
    assert story.open_on_disk() == []
    assert story.loan.borrowed == 0
    assert story.written == []


def test_the_pin_goes_along() -> None:
    story = kiosk(holds=True).shows("p1").signed(Denied(Reason.PIN_NEEDED)).types("1234")
    says_no(story.signed(Welcome("Anna Kern")).put("A1").flush(), "A1")
    assert asked(story).all(AskHold)[0].pin == Pin("1234")


def test_rows_of_a_hold_have_the_patron_only_sealed() -> None:
    story = asked().holds("A1", YES)
    rows = [effect.row for effect in story.all(AppendRow) if effect.row.saga.startswith("H")]
    assert [(row.kind, row.closes) for row in rows] == [(RowKind.INTENT, False), (RowKind.ANSWER, True)]
    assert rows[0].payload["act"] == "hold"
    assert rows[0].sealed == {"patron": "p1"}
    assert rows[1].payload["held"] == "yes"
    assert all("p1" not in repr(row.payload) and "Main desk" not in repr(row.payload) for row in rows)


def test_a_hold_that_is_refused_says_why_and_is_not_offered_again() -> None:
    story = asked().holds("A1", NO)
    assert (story.row("A1").held, story.row("A1").holdable) == (False, False)
    message = story.loan.message
    assert (message.weight, message.notice) == (Weight.REFUSAL, Notice.HOLD_NOT_PLACED)
    assert (message.reason, message.note) == (Reason.HOLD_REFUSED, Untrusted("Too many"))
    assert story.open_on_disk() == []
    assert asked(story).held == ["A1"]


def test_a_hold_that_nobody_knows_about_is_closed_and_said_and_never_asked_again() -> None:
    story = asked().holds("A1", Doubt())
    assert not story.row("A1").held
    message = story.loan.message
    assert (message.notice, message.reason) == (Notice.SEE_STAFF, Reason.HOLD_UNKNOWN)
    assert story.disk[-1].payload["held"] == "unknown"
    assert story.open_on_disk() == []
    assert asked(story).held == ["A1"]


def test_it_is_never_placed_twice() -> None:
    story = refused().press(Hold("A1"))
    seen = story.view
    for _ in range(2):
        story.tell(Pressed(seen.session, seen.revision, Do.YES))
    story.press(Do.YES, Hold("A1"), Do.YES).flush().holds("A1", YES)
    story.press(Hold("A1"), Do.YES).flush()
    story.lift("A1").wait(3).put("A1").press(Hold("A1"), Do.YES).flush()
    assert story.held == ["A1"]


def test_a_yes_is_for_the_question_that_is_seen() -> None:
    story = refused().press(Hold("A1"), Do.CALL_STAFF)
    assert isinstance(story.modal, HelpCalled)
    assert story.press(Do.YES).flush().held == []
    assert isinstance(story.press(Do.CLOSE_HELP).modal, Question)
    story.wait(60)
    assert isinstance(story.modal, StillThere)
    assert story.press(Do.YES).flush().held == []
    story.put("A2").flush().lends("A2").lift("A2")
    assert isinstance(story.modal, PutBack)
    assert story.press(Do.YES).flush().held == []
    assert story.put("A2").proves("A2").press(Do.YES).flush().held == ["A1"]


def test_two_books_are_held_one_after_the_other() -> None:
    story = kiosk(holds=True).card().put("A1", "A2").flush()
    says_no(says_no(story, "A1"), "A2")
    story.press(Hold("A1"), Do.YES, Hold("A2"), Do.YES).flush().holds("A2", NO).holds("A1", YES)
    assert [story.row("A1").held, story.row("A2").held] == [True, False]


# ---- what can be away -----------------------------------------------------------------------


@pytest.mark.parametrize("device", [Device.ILS, Device.JOURNAL])
def test_what_could_not_be_asked_may_be_asked_later(device: Device) -> None:
    story = refused().missing(device).press(Hold("A1"), Do.YES)
    assert story.pending == []
    assert story.row("A1").holdable
    assert asked(story.ready(device)).held == ["A1"]


def test_what_the_ils_does_not_do_is_not_offered_again() -> None:
    story = asked().holds("A1", HoldNotPlaced(Reason.NOT_SERVED))
    assert not story.row("A1").holdable
    assert story.loan.message.reason is Reason.NOT_SERVED


def test_what_was_never_sent_may_be_asked_again() -> None:
    story = asked().holds("A1", HoldNotPlaced(Reason.ILS_DOWN))
    assert story.row("A1").holdable
    assert asked(story).held == ["A1", "A1"]
    story = refused().press(Hold("A1"), Do.YES).disk_refuses()
    assert story.held == []
    assert asked(story.ready(Device.JOURNAL)).held == ["A1"]


def test_an_answer_that_the_disk_refused_is_told_and_kept_when_the_disk_is_back() -> None:
    story = asked().tell(HoldAnswered(asked().all(AskHold)[0].intent.saga, YES)).disk_refuses()
    assert story.row("A1").held
    assert story.open_on_disk() == ["A1"]
    story.press(Do.FINISH, Do.FINISH).ready(Device.JOURNAL).disk_refuses().ready(Device.JOURNAL).flush()
    assert story.open_on_disk() == []


def test_finish_waits_for_a_hold_and_closes_the_question() -> None:
    story = asked().press(Do.FINISH)
    assert story.loan.closing
    assert isinstance(story.holds("A1", YES).screen, FarewellView)
    assert story.row("A1").held
    assert isinstance(refused().press(Hold("A1"), Do.FINISH).screen, FarewellView)
    assert isinstance(refused().press(Hold("A1")).wait(81).screen, AttractView)


# ---- the power goes -------------------------------------------------------------------------


def test_a_hold_that_was_cut_off_is_closed_at_the_start_and_bothers_nobody() -> None:
    before = asked()
    assert [matter.key for matter in open_matters(before.disk) if matter.saga.startswith("H")] == [
        "hold-unknown"
    ]
    story = before.power_cut().began().flush()
    assert story.open_on_disk() == []
    assert story.held == []
    assert [row.payload.get("held") for row in story.disk if row.closes][-1] == "unknown"
    assert open_matters(story.disk) == ()


def test_a_question_or_a_yes_that_was_cut_off_leaves_nothing() -> None:
    for before in (refused().press(Hold("A1")), refused().press(Hold("A1"), Do.YES)):
        story = before.power_cut().began()
        assert story.state.wishes == {}
        assert story.held == []


def test_a_late_answer_of_one_patron_is_not_the_next_ones() -> None:
    story = asked()
    saga = story.all(AskHold)[0].intent.saga
    story.holds("A1", NO).press(Do.FINISH, Do.FINISH).card("p2", "Ben Lo").press(Do.MINE).flush()
    says_no(story, "A1").tell(HoldAnswered(saga, YES)).flush()
    assert (story.row("A1").held, story.row("A1").holdable) == (False, True)
