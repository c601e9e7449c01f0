"""Books on the pad: asked, lent, proved, and everything that can stand between."""

from dataclasses import replace
from datetime import date

import pytest

from kiosk.circulation.answers import ItemDescription, Lent, NotLent
from kiosk.circulation.effects import AppendRow, SwitchTag
from kiosk.circulation.facts import ItemLent, ItemNeedsStaff, ItemRefused, ItemSafe, ItemSeen
from kiosk.circulation.intents import Do
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CodeScanned, DeviceChanged
from kiosk.circulation.values import (
    AFI_IN_STOCK,
    AFI_ON_LOAN,
    Condition,
    Device,
    Due,
    ItemKey,
    PatronId,
    RowKind,
    Switched,
    Untrusted,
)
from kiosk.circulation.views import CannotLendView, FarewellView, LoanView, Notice, Weight
from tests.circulation.story import book, card_tag, copy, damaged, kiosk, part, uid


def test_three_books_on_the_pad_before_the_card_are_lent_and_safe() -> None:
    story = kiosk().put("A1", "A2", "A3").card()
    assert story.states == {"A1": "asking", "A2": "asking", "A3": "asking"}
    assert story.asked == []  # the intents are not on the disk yet

    story.flush()
    assert story.asked == ["A1", "A2", "A3"]

    due = Due(date(2026, 8, 1))
    story.answers("A1", Lent(release=True, title="Momo", due=due))
    assert story.written == []  # the answer is not on the disk yet
    assert story.row("A1").state == "asking"

    story.flush()
    assert story.written == [uid("A1")]
    assert story.row("A1").state == "lent"
    assert (story.row("A1").title, story.row("A1").due) == ("Momo", due)
    assert (story.loan.on_pad, story.loan.borrowed) == (3, 1)
    assert story.loan.message.notice is Notice.KEEP_ON_PAD
    assert story.loan.message.count == 3

    story.proves("A1").lends("A2", "A3").proves("A2", "A3")
    assert story.states == {"A1": "safe", "A2": "safe", "A3": "safe"}
    assert story.loan.message.notice is Notice.ALL_SAFE
    assert story.facts.count(ItemSafe(ItemKey("A1"))) == 1

    story.press(Do.FINISH)
    assert isinstance(story.screen, FarewellView)
    assert (story.screen.borrowed, story.screen.safe) == (3, 3)
    assert story.flush().open_on_disk() == []


def test_the_first_book_is_written_while_the_second_still_waits_for_the_ils() -> None:
    story = kiosk().card().put("A1", "A2").flush().lends("A1").proves("A1")
    assert story.states == {"A1": "safe", "A2": "asking"}


def test_a_tag_that_did_not_answer_proves_nothing() -> None:
    story = kiosk().card().put("A1").flush().lends("A1")
    story.tag_says("A1", None)
    assert story.row("A1").state == "lent"
    story.wait(0.3)
    assert story.written == [uid("A1")] * 2
    story.tag_says("A1", AFI_ON_LOAN)
    assert story.row("A1").state == "safe"


def test_a_refused_book_is_named_and_stays_armed_and_the_others_go_on() -> None:
    story = kiosk().card().put("A1", "A2").flush()
    story.answers("A1", NotLent(Reason.ON_HOLD, "Momo", Untrusted("Reserved")))
    story.lends("A2").proves("A2")
    assert story.written == [uid("A2")]
    row = story.row("A1")
    assert (row.state, row.reason, row.title) == ("refused", Reason.ON_HOLD, "Momo")
    assert row.note == Untrusted("Reserved")
    assert list(story.states) == ["A1", "A2"]  # what needs the patron stands first
    assert (story.loan.borrowed, story.loan.not_borrowed) == (1, 1)
    message = story.loan.message
    assert (message.weight, message.notice) == (Weight.REFUSAL, Notice.LEAVE_HERE)
    assert ItemRefused(ItemKey("A1"), Reason.ON_HOLD) in story.facts
    assert story.flush().open_on_disk() == []


def test_a_refused_book_is_not_asked_again_when_it_is_put_down_again() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", NotLent(Reason.ON_HOLD)).flush()
    story.lift("A1")
    assert story.loan.message.weight is Weight.INFO  # it was taken off the pad
    story.wait(5).put("A1").scan("A1").flush()
    assert story.asked == ["A1"]


def test_unknown_and_damaged_tags_say_so_and_are_never_written_or_asked() -> None:
    for reason in (Reason.TAG_BLANK, Reason.TAG_DAMAGED, Reason.TAG_FOREIGN):
        story = kiosk().card().put(damaged(reason)).borrows("A1")
        row = next(story.rows())
        assert (row.state, row.reason, row.item) == ("attention", reason, None)
        assert story.loan.message.notice is Notice.SCAN_BARCODE
        assert story.loan.message.reason is reason
        assert (story.loan.on_pad, story.loan.borrowed) == (2, 1)
        story.lift(damaged(reason))
        assert story.states == {"A1": "safe"}


def test_a_tag_that_could_not_be_read_and_then_can_is_one_row() -> None:
    story = kiosk().card().put(damaged()).put(replace(book("A1"), uid=damaged().uid))
    assert story.states == {"A1": "asking"}


def test_a_patron_card_among_the_books_is_no_book() -> None:
    story = kiosk().card().put(card_tag("p1"), "A1").flush()
    assert story.row(f"tag:{uid('p1')}").reason is Reason.CARD_ON_PAD
    assert story.loan.on_pad == 1
    assert story.asked == ["A1"]
    assert story.loan.message.notice is Notice.CARD_ON_PAD
    assert story.loan.not_borrowed == 0


def test_the_same_item_twice_is_asked_once_and_the_second_tag_is_not_touched() -> None:
    story = kiosk().card().put("A1", copy("A1")).flush().lends("A1").proves("A1")
    assert story.asked == ["A1"]
    assert story.written == [uid("A1")]
    assert story.row(f"tag:{copy('A1').uid}").reason is Reason.TAG_DUPLICATE
    assert (story.row("A1").state, story.row("A1").reason) == ("attention", Reason.STAYS_ARMED)
    assert ItemSafe(ItemKey("A1")) not in story.facts


def test_a_book_is_no_longer_safe_when_a_second_tag_of_it_turns_up() -> None:
    story = kiosk().card().borrows("A1")
    assert story.row("A1").state == "safe"
    assert story.put(copy("A1")).row("A1").state == "attention"
    assert story.lift(copy("A1")).row("A1").state == "attention"


def test_the_card_of_the_session_scanned_again_is_no_item() -> None:
    story = kiosk().card("p1")
    story.tell(CodeScanned(PatronId("p1"), ItemKey("p1")))
    assert story.states == {}
    assert story.flush().disk == []


def test_a_book_on_the_list_that_is_scanned_is_said_to_be_there() -> None:
    story = kiosk().card().put("A1").scan("A1")
    assert story.loan.message.notice is Notice.ALREADY_LISTED
    assert story.wait(10).loan.message.notice is Notice.KEEP_ON_PAD
    assert story.flush().asked == ["A1"]


# ---- items without a tag ------------------------------------------------------------------


def test_an_item_without_a_tag_is_scanned_lent_and_has_nothing_to_secure() -> None:
    story = kiosk().card().scan("C1").flush().lends("C1")
    row = story.row("C1")
    assert (row.state, row.on_pad) == ("no_tag", False)
    assert (story.loan.scanned, story.loan.borrowed, story.loan.on_pad) == (1, 1, 0)
    assert story.written == []
    assert story.open_on_disk() == []
    assert ItemSeen(ItemKey("C1")) in story.facts


def test_a_scanned_item_whose_tag_turns_up_is_secured_after_all() -> None:
    story = kiosk().card().scan("A1").flush().lends("A1").put("A1")
    assert story.row("A1").state == "lent"
    story.flush().proves("A1")
    assert story.row("A1").state == "safe"


def test_a_tag_that_turns_up_while_its_item_is_asked_is_secured_with_it() -> None:
    story = kiosk().card().scan("A1").flush().put("A1").lends("A1")
    assert story.written == [uid("A1")]


def test_a_scanned_item_beside_a_tag_that_cannot_be_read_stays_armed() -> None:
    story = kiosk().card().put(damaged()).scan("A1").flush().lends("A1")
    row = story.row("A1")
    assert (row.state, row.reason) == ("attention", Reason.STAYS_ARMED)


def test_a_book_lifted_to_scan_it_because_its_tag_cannot_be_read_stays_armed() -> None:
    """The tag that went away with it may be the one that the gate reads."""
    story = kiosk().card().put(damaged()).lift(damaged()).scan("A1").flush().lends("A1")
    assert story.states == {"A1": "attention"}
    assert story.row("A1").reason is Reason.STAYS_ARMED
    story.scan("A2").flush().lends("A2")
    assert story.states["A2"] == "no_tag", "the unread tag belonged to the first"


def test_scanning_a_refused_book_on_the_pad_does_not_make_it_an_item_without_a_tag() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", NotLent(Reason.ILS_DOWN)).flush()
    story.scan("A1").flush().lends("A1")
    assert story.row("A1").state == "lent"
    assert story.written == [uid("A1")]


def test_scanning_a_book_that_someone_left_on_the_pad_secures_its_tag_too() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", NotLent(Reason.TOO_MANY_LOANS)).flush()
    story.press(Do.FINISH, Do.FINISH)
    story.card("p2", "Ben Lo").press(Do.NOT_MINE).scan("A1").flush().lends("A1").proves("A1")
    assert story.states == {"A1": "safe"}


# ---- parts --------------------------------------------------------------------------------


def test_a_set_with_a_part_missing_is_not_asked_until_it_is_whole() -> None:
    one, two, three = (part("S", number, 3) for number in (1, 2, 3))
    story = kiosk().card().put(one, three).flush()
    row = story.row("S")
    assert (row.state, row.reason, row.parts, row.parts_missing) == (
        "attention",
        Reason.PART_MISSING,
        3,
        (2,),
    )
    assert story.loan.on_pad == 1
    assert story.asked == []
    story.put(two).flush().lends("S").proves(one, two)
    assert story.row("S").state == "lent"
    story.proves(three)
    assert story.row("S").state == "safe"
    assert story.facts.count(ItemSafe(ItemKey("S"))) == 1


def test_a_set_is_not_asked_in_parts_by_a_scan_or_by_an_ils_that_comes_back() -> None:
    story = kiosk().card().put(part("S", 1, 3)).scan("S")
    story.missing(Device.ILS).ready(Device.ILS).flush()
    assert story.asked == []
    assert story.row("S").reason is Reason.PART_MISSING


def test_a_part_that_leaves_is_missing_again() -> None:
    story = kiosk().card().put(part("S", 1, 3), part("S", 2, 3)).lift(part("S", 2, 3))
    assert story.row("S").parts_missing == (2, 3)
    story.lift(part("S", 1, 3))
    assert story.states == {}


def test_a_part_away_before_it_is_written_is_asked_back() -> None:
    one, two = part("S", 1, 2), part("S", 2, 2)
    story = kiosk().card().put(one, two).flush().lift(two).lends("S").proves(one)
    assert story.modal.row.key == "S"
    story.put(two).proves(two)
    assert story.modal is None
    assert story.row("S").state == "safe"


# ---- what the ILS knows already -----------------------------------------------------------


def test_a_book_that_is_charged_already_is_never_asked() -> None:
    story = kiosk().put(book("A1", AFI_ON_LOAN), "A2").card(charged=("A1", "A2", "A3")).scan("A3").flush()
    assert story.asked == []
    assert story.written == []
    assert story.row("A1").state == "safe"
    assert story.row("A2").state == "attention"  # charged, and armed: that is for staff
    assert story.row("A3").state == "no_tag"
    assert {row.reason for row in story.rows()} == {Reason.ALREADY_YOURS}
    assert story.loan.borrowed == 0
    assert story.loan.not_borrowed == 0
    assert ItemNeedsStaff(ItemKey("A2"), Reason.ALREADY_YOURS) in story.facts
    story.describes("A1", ItemDescription(ItemKey("A1"), "Momo", "Ende"))
    assert (story.row("A1").title, story.row("A1").author) == ("Momo", "Ende")


def test_a_charged_book_that_is_scanned_beside_an_unread_tag_is_not_called_free_to_take() -> None:
    story = kiosk().card(charged=("A1",)).put(damaged()).scan("A1").flush()
    row = story.row("A1")
    assert (row.state, row.reason) == ("attention", Reason.ALREADY_YOURS)


def test_a_charged_book_that_comes_and_goes_is_described_once() -> None:
    story = kiosk().card(charged=("A1",)).put("A1")
    for _ in range(3):
        story.lift("A1").put("A1")
    assert story.described == ["A1"]
    assert story.facts.count(ItemNeedsStaff(ItemKey("A1"), Reason.ALREADY_YOURS)) == 1


def test_lent_and_not_to_be_released_stays_armed_and_is_for_staff() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", Lent(release=False)).flush()
    row = story.row("A1")
    assert (row.state, row.reason) == ("attention", Reason.STAYS_ARMED)
    assert story.written == []
    assert (story.loan.borrowed, story.loan.attention, story.loan.not_borrowed) == (1, 1, 0)
    assert story.loan.message.notice is Notice.SEE_STAFF
    assert {ItemLent(ItemKey("A1")), ItemNeedsStaff(ItemKey("A1"), Reason.STAYS_ARMED)} <= set(story.facts)
    assert story.flush().open_on_disk() == []


# ---- tags that do not do as they are told ---------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [(Switched.FAILED, Reason.TAG_NOT_WRITTEN), (Switched.PROTECTED, Reason.TAG_PROTECTED)],
)
def test_a_tag_that_refuses_goes_to_staff_who_learn_why(outcome: Switched, reason: Reason) -> None:
    story = kiosk().card().put("A1", "A2").flush().lends("A1", "A2").switched("A1", outcome, AFI_IN_STOCK)
    story.wait(5)
    assert story.written.count(uid("A1")) == 1  # the switch has tried as often as it may
    row = story.row("A1")
    assert (row.state, row.reason) == ("attention", reason)
    assert story.proves("A2").row("A2").state == "safe"
    assert story.press(Do.FINISH).screen.attention == 1
    assert story.flush().open_on_disk() == ["A1"]


def test_a_tag_that_is_there_and_never_answers_goes_to_staff_in_the_end() -> None:
    story = kiosk().card().put("A1").flush().lends("A1").press(Do.FINISH)
    for _ in range(30):
        if story.row("A1").state == "lent":
            story.tag_says("A1", None).wait(0.3)
    assert story.row("A1").reason is Reason.TAG_NOT_WRITTEN
    assert isinstance(story.screen, FarewellView)


def test_the_pause_of_one_tag_does_not_forget_another() -> None:
    story = kiosk().card().put("A1", "A2").flush().lends("A1", "A2")
    story.tag_says("A1", None).wait(0.2).tag_says("A2", None).wait(0.3)
    assert sorted(story.written) == sorted([uid("A1"), uid("A2")] * 2)
    assert story.proves("A1", "A2").states == {"A1": "safe", "A2": "safe"}


def test_the_reader_goes_away_in_the_middle_and_comes_back() -> None:
    story = kiosk().card().put("A1", "A2", "A3").flush().lends("A1").proves("A1")
    story.missing(Device.PAD, Reason.READER_MISSING)
    assert story.loan.message.weight is Weight.SECURITY
    assert story.loan.message.notice is Notice.READER_AWAY
    story.lends("A2").lift("A2", "A3")  # what the pad says last, before it is silent
    assert story.modal is None  # nobody is told to put back what nobody can sense
    assert uid("A2") not in story.written
    story.press(Do.FINISH)
    assert story.loan.closing
    story.ready(Device.PAD).put("A2", "A3").lends("A3").proves("A2", "A3")
    assert story.states == {"A1": "safe", "A2": "safe", "A3": "safe"}
    assert isinstance(story.screen, FarewellView)


def test_a_pad_that_only_reads_neither_lends_nor_takes_back() -> None:
    half = DeviceChanged(Device.PAD, Condition.DEGRADED, Reason.READER_READS_ONLY)
    story = kiosk().tell(half)
    assert story.screen == CannotLendView(Reason.READER_READS_ONLY)
    assert story.put("A1").shows("7000").screen == CannotLendView(Reason.READER_READS_ONLY)
    assert story.asked == []
    assert isinstance(story.lift("A1").ready(Device.PAD).card().screen, LoanView)


def test_a_loan_waits_while_the_pad_only_reads() -> None:
    half = DeviceChanged(Device.PAD, Condition.DEGRADED, Reason.READER_READS_ONLY)
    story = kiosk().card().put("A1").flush().tell(half).lends("A1")
    assert story.written == []
    story.ready(Device.PAD).wait(1).proves("A1")
    assert story.states == {"A1": "safe"}


def test_a_write_under_way_when_the_reader_went_is_repeated() -> None:
    story = kiosk().card().put("A1").flush().lends("A1").missing(Device.PAD)
    story.tag_says("A1", None).wait(2)
    assert story.written == [uid("A1")]
    story.ready(Device.PAD)
    assert story.written == [uid("A1")] * 2


# ---- the disk -----------------------------------------------------------------------------


def test_a_disk_that_refuses_the_intent_means_that_nothing_is_asked() -> None:
    story = kiosk().card().put("A1").disk_refuses()
    assert story.asked == []
    assert (story.row("A1").state, story.row("A1").reason) == ("refused", Reason.JOURNAL_FAILED)
    story.put("A2")
    assert story.row("A2").reason is Reason.JOURNAL_FAILED
    assert story.pending == []
    story.ready(Device.JOURNAL).lift("A1").put("A1").flush()
    assert story.asked == ["A1"]


def test_a_disk_that_refuses_the_answer_leaves_the_tag_armed_and_calls_staff() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", Lent(release=True)).disk_refuses()
    assert story.written == []
    row = story.row("A1")
    assert (row.state, row.reason) == ("attention", Reason.JOURNAL_FAILED)
    assert story.open_on_disk() == ["A1"]


def test_a_refusal_that_the_disk_did_not_take_at_first_still_says_why() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", NotLent(Reason.ON_HOLD)).disk_refuses()
    story.ready(Device.JOURNAL).flush()
    assert (story.row("A1").state, story.row("A1").reason) == ("refused", Reason.ON_HOLD)


def test_an_answer_that_the_disk_refused_is_kept_when_the_disk_is_back() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", Lent(release=True)).disk_refuses()
    story.ready(Device.JOURNAL)
    assert story.written == []
    story.flush().proves("A1")
    assert story.row("A1").state == "safe"
    assert story.flush().open_on_disk() == []


def test_a_disk_that_refuses_the_answer_again_and_again_leaves_it_with_the_staff() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", Lent(release=True)).disk_refuses()
    for _ in range(5):
        story.ready(Device.JOURNAL).disk_refuses()
    assert story.row("A1").reason is Reason.JOURNAL_FAILED
    assert story.written == []


def test_a_number_that_may_be_a_card_stands_in_the_journal_only_sealed() -> None:
    """Where the library's rules do not tell cards from books, another patron's card looks like a book."""
    story = kiosk().card()
    story.tell(CodeScanned(PatronId("21000002"), ItemKey("21000002"))).flush()
    assert story.asked == ["21000002"]
    story.answers("21000002", NotLent(Reason.ITEM_UNKNOWN)).flush().press(Do.FINISH, Do.FINISH).flush()
    assert story.all(AppendRow)
    for effect in story.all(AppendRow):
        assert "21000002" not in str(effect.row.payload)


def test_rows_hold_nothing_personal_and_the_patron_only_sealed() -> None:
    story = kiosk().card("secret-id", "Anna Kern").borrows("A1").flush()
    rows = [effect.row for effect in story.all(AppendRow)]
    assert [row.kind for row in rows] == [RowKind.INTENT, RowKind.ANSWER, RowKind.SETTLED]
    assert rows[0].sealed == {"patron": "secret-id"}
    for row in rows:
        assert "secret-id" not in repr(row.payload)
        assert "Anna" not in repr(row)
        assert "Title" not in repr(row)
    assert [row.closes for row in rows] == [False, False, True]
    assert story.all(SwitchTag)[0].answer.kind is RowKind.ANSWER
