"""A book that is the patron's already: asked first, renewed once, and never a word too much."""

from datetime import date

import pytest

from kiosk.circulation.answers import Denied, Doubt, NotRenewed, Renewed, Welcome
from kiosk.circulation.effects import AppendRow, AskRenewal
from kiosk.circulation.events import AnswerLate, RenewalAnswered
from kiosk.circulation.facts import ItemRenewed
from kiosk.circulation.intents import Do, Pressed, Renew
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import AFI_ON_LOAN, Device, Due, ItemKey, PatronId, Pin, RowKind, Untrusted
from kiosk.circulation.views import AskRenewal as Question
from kiosk.circulation.views import AttractView, FarewellView, HelpCalled, Notice, StillThere, Weight
from tests.circulation.story import Story, book, kiosk, part

DUE = Due(date(2026, 9, 1))
NO = NotRenewed(Reason.RENEWAL_REFUSED, Untrusted("Too often"))


def mine(*barcodes: str) -> Story:
    """Books that are the patron's already lie on the pad."""
    names = barcodes or ("A1",)
    return kiosk().card(charged=names).put(*(book(name, AFI_ON_LOAN) for name in names))


def asked(story: Story | None = None) -> Story:
    return (story or mine()).press(Renew("A1"), Do.YES).flush()


def test_the_patron_is_asked_before_anything_is_sent() -> None:
    story = mine()
    assert story.row("A1").renewable
    story.press(Renew("A1"))
    assert isinstance(story.modal, Question)
    assert story.modal.row.key == "A1"
    assert story.flush().renewed == []
    assert story.all(AppendRow) == []
    assert story.press(Do.NO).modal is None
    assert story.flush().renewed == []
    assert story.row("A1").renewable


def test_yes_renews_and_the_row_has_the_new_date() -> None:
    story = mine().press(Renew("A1"), Do.YES)
    assert story.modal is None
    assert story.renewed == []  # the intent is not on the disk yet
    assert (story.row("A1").state, story.row("A1").renewable) == ("asking", False)
    story.flush()
    assert story.renewed == ["A1"]
    assert story.all(AskRenewal)[0].patron == PatronId("p1")
    saga = story.all(AskRenewal)[0].intent.saga
    assert saga.startswith("N")
    story.tell(AnswerLate(saga))
    assert story.row("A1").late
    story.tell(RenewalAnswered(saga, Renewed(DUE, "Momo")))
    assert story.row("A1").state == "asking"  # the answer is not on the disk yet
    story.flush()
    row = story.row("A1")
    assert (row.state, row.due, row.title, row.reason, row.renewable) == ("renewed", DUE, "Momo", None, False)
    assert ItemRenewed(ItemKey("A1")) in story.facts
    assert story.loan.message.notice is Notice.ALL_SAFE
    assert story.loan.borrowed == 0
    assert story.written == []
    assert story.open_on_disk() == []


def test_the_pin_goes_along() -> None:
    story = kiosk().shows("p1").signed(Denied(Reason.PIN_NEEDED)).types("1234")
    story.signed(Welcome("Anna Kern", frozenset({"A1"}))).put(book("A1", AFI_ON_LOAN))
    assert asked(story).all(AskRenewal)[0].pin == Pin("1234")


def test_rows_of_a_renewal_have_the_patron_only_sealed() -> None:
    story = asked().renews("A1", Renewed(DUE))
    rows = [effect.row for effect in story.all(AppendRow)]
    assert [(row.kind, row.closes) for row in rows] == [(RowKind.INTENT, False), (RowKind.ANSWER, True)]
    assert rows[0].payload["act"] == "renewal"
    assert rows[0].sealed == {"patron": "p1"}
    assert all("p1" not in repr(row.payload) for row in rows)


def test_a_renewal_that_is_refused_leaves_the_row_as_it_was_and_says_why() -> None:
    story = asked().renews("A1", NO)
    row = story.row("A1")
    assert (row.state, row.reason, row.renewable) == ("safe", Reason.ALREADY_YOURS, False)
    message = story.loan.message
    assert (message.weight, message.notice) == (Weight.REFUSAL, Notice.NOT_RENEWED)
    assert (message.reason, message.note) == (Reason.RENEWAL_REFUSED, Untrusted("Too often"))
    assert story.open_on_disk() == []
    story.press(Renew("A1"))
    assert story.modal is None
    story.lift("A1")
    assert story.loan.message.weight is Weight.INFO


def test_a_renewal_that_nobody_knows_about_is_closed_and_said() -> None:
    story = asked().renews("A1", Doubt())
    assert (story.row("A1").state, story.row("A1").reason) == ("safe", Reason.ALREADY_YOURS)
    assert story.loan.message.reason is Reason.RENEWAL_UNKNOWN
    assert story.open_on_disk() == []
    assert story.disk[-1].payload["renewed"] == "unknown"
    assert story.press(Renew("A1"), Do.YES).flush().renewed == ["A1"]


def test_yes_pressed_twice_renews_once() -> None:
    story = mine().press(Renew("A1"))
    seen = story.view
    for _ in range(2):
        story.tell(Pressed(seen.session, seen.revision, Do.YES))
    assert story.press(Do.YES).flush().renewed == ["A1"]


def test_yes_without_a_question_sends_nothing() -> None:
    story = mine().press(Do.YES, Renew("A9"), Do.YES).flush()
    assert story.renewed == []
    story = kiosk().card().borrows("B1").press(Renew("B1"))
    assert story.modal is None, "what was lent now is not to be renewed"


def test_two_books_are_renewed_one_after_the_other() -> None:
    story = mine("A1", "A2").press(Renew("A1"), Do.YES, Renew("A2"), Do.YES).flush()
    story.renews("A2", NO).renews("A1", Renewed(DUE))
    assert story.states == {"A1": "renewed", "A2": "safe"}


def test_a_scanned_book_is_renewed_too() -> None:
    story = kiosk().card(charged=("C1",)).scan("C1").press(Renew("C1"), Do.YES).flush()
    assert story.renews("C1", Renewed(DUE)).states == {"C1": "renewed"}


def test_an_armed_book_that_is_renewed_still_needs_staff() -> None:
    story = kiosk().card(charged=("A1",)).put("A1").press(Renew("A1"), Do.YES).flush()
    story.renews("A1", Renewed(DUE))
    assert (story.row("A1").state, story.row("A1").due) == ("attention", DUE)


@pytest.mark.parametrize("device", [Device.ILS, Device.JOURNAL])
def test_what_could_not_be_asked_may_be_asked_later(device: Device) -> None:
    story = mine().missing(device).press(Renew("A1"), Do.YES)
    assert story.pending == []
    assert story.loan.message.notice is Notice.NOT_RENEWED
    assert story.row("A1").renewable
    assert asked(story.ready(device)).renewed == ["A1"]


def test_what_was_never_sent_may_be_asked_again() -> None:
    story = asked().renews("A1", NotRenewed(Reason.ILS_DOWN))
    assert story.row("A1").renewable
    assert asked(story).renewed == ["A1", "A1"]
    story = mine().press(Renew("A1"), Do.YES).disk_refuses()
    assert story.renewed == []
    assert asked(story.ready(Device.JOURNAL)).renewed == ["A1"]


def test_finish_waits_for_a_renewal() -> None:
    story = asked().press(Do.FINISH)
    assert story.loan.closing
    story.renews("A1", Renewed(DUE))
    assert isinstance(story.screen, FarewellView)
    assert story.states == {"A1": "renewed"}


def test_who_walks_away_from_a_renewal_leaves_nothing_open() -> None:
    story = asked().wait(80)
    assert story.loan.closing
    story.renews("A1", Renewed(DUE))
    assert isinstance(story.screen, AttractView)
    assert story.open_on_disk() == []
    assert len(story.state.wishes) == 0


def test_finish_and_walking_away_close_the_question() -> None:
    assert isinstance(mine().press(Renew("A1"), Do.FINISH).screen, FarewellView)
    story = mine().press(Renew("A1")).wait(60)
    assert isinstance(story.modal, StillThere)
    assert isinstance(story.press(Do.MORE_TIME).modal, Question)
    story.press(Do.CALL_STAFF)
    assert isinstance(story.modal, HelpCalled)
    assert isinstance(story.press(Do.CLOSE_HELP).modal, Question)
    assert isinstance(story.wait(80).screen, AttractView)
    assert story.renewed == []


def test_an_answer_that_the_disk_refused_is_told_and_kept_when_the_disk_is_back() -> None:
    story = asked()
    saga = story.all(AskRenewal)[0].intent.saga
    story.tell(RenewalAnswered(saga, Renewed(DUE))).disk_refuses()
    assert story.states == {"A1": "renewed"}
    assert story.open_on_disk() == ["A1"]
    story.press(Do.FINISH, Do.FINISH).ready(Device.JOURNAL).flush()
    assert story.open_on_disk() == []


def test_a_renewal_that_was_cut_off_is_closed_at_the_start_and_bothers_nobody() -> None:
    story = asked().power_cut().began().flush()
    assert story.open_on_disk() == []
    assert story.renewed == story.settled == []
    assert [row.payload.get("renewed") for row in story.disk if row.closes] == ["unknown"]


def test_a_late_answer_of_one_patron_is_not_the_next_ones() -> None:
    story = asked()
    saga = story.all(AskRenewal)[0].intent.saga
    story.renews("A1", Renewed(DUE)).press(Do.FINISH, Do.FINISH).card("p2", "Ben Lo", charged=("A1",))
    story.press(Do.MINE).tell(RenewalAnswered(saga, NO))
    assert (story.row("A1").state, story.row("A1").renewable) == ("safe", True)


def test_a_set_that_was_renewed_and_left_the_list_is_not_renewed_again() -> None:
    one, two = part("S", 1, 2, AFI_ON_LOAN), part("S", 2, 2, AFI_ON_LOAN)
    story = kiosk().card(charged=("S",)).scan("S").press(Renew("S"), Do.YES).flush().renews("S", Renewed(DUE))
    story.put(one).lift(one).put(one, two)
    assert not story.row("S").renewable
    assert story.press(Renew("S"), Do.YES).flush().renewed == ["S"]
