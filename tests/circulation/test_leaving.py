"""What a patron takes along: the receipt and the gate, and never a word that is not proved."""

from datetime import date

import pytest

from kiosk.circulation.answers import Lent, NotLent, Renewed
from kiosk.circulation.effects import PrintPaper
from kiosk.circulation.events import GateAnswered, LoanAnswered, PaperPrinted
from kiosk.circulation.facts import GateOpened, GateSounded, PaperCame
from kiosk.circulation.intents import Do, Language, Renew
from kiosk.circulation.policy import ReceiptRule
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import GateAlarmed
from kiosk.circulation.values import (
    AFI_IN_STOCK,
    AFI_ON_LOAN,
    Device,
    Due,
    ItemKey,
    Paper,
    PaperKind,
    PaperLine,
    Printout,
    Proof,
)
from kiosk.circulation.views import (
    AttractView,
    FarewellView,
    LoanView,
    Notice,
    ReceiptState,
    ReceiptView,
    Weight,
)
from tests.circulation.story import Story, book, copy, damaged, kiosk

DUE = Due(date(2026, 8, 1))
OFFERED = ReceiptView(ReceiptState.OFFERED)


def borrowed(**policy: object) -> Story:
    """A patron has borrowed A1, and there is a printer."""
    story = kiosk(**policy).ready(Device.PRINTER).card().put("A1").flush()
    story.answers("A1", Lent(release=True, title="Momo", due=DUE)).flush()
    return story.proves("A1")


def paper(story: Story) -> Paper:
    return story.all(PrintPaper)[-1].paper


# ---- the receipt ------------------------------------------------------------------------------


def test_a_receipt_is_offered_printed_and_proved() -> None:
    story = borrowed().press(Language("ar"), Do.FINISH)
    assert story.screen.receipt == OFFERED
    assert story.all(PrintPaper) == []
    story.wait(20).press(Do.PRINT)
    assert story.screen.receipt == ReceiptView(ReceiptState.PRINTING)
    assert story.screen.seconds == 25
    wall = 1.7e9 + story.now
    line = PaperLine("Momo", ItemKey("A1"), DUE)
    assert paper(story) == Paper(PaperKind.LOANS, "ar", "Library", wall, (line,))
    story.wait(20).prints(Proof.PROVEN)
    assert story.screen.receipt == ReceiptView(ReceiptState.PRINTED)
    assert story.screen.seconds == 25
    assert PaperCame(PaperKind.LOANS, Proof.PROVEN) in story.facts
    story.press(Do.PRINT)
    assert len(story.all(PrintPaper)) == 1


@pytest.mark.parametrize(
    ("proof", "state"), [(Proof.UNPROVEN, ReceiptState.UNPROVEN), (Proof.FAILED, ReceiptState.FAILED)]
)
def test_a_receipt_that_is_not_proved_says_so_and_the_rows_stay(proof: Proof, state: ReceiptState) -> None:
    story = borrowed().press(Do.FINISH, Do.PRINT).prints(proof, Reason.PAPER_OUT)
    assert story.screen.receipt == ReceiptView(state, Reason.PAPER_OUT)
    assert [(row.title, row.due) for row in story.screen.rows] == [("Momo", DUE)]


def test_a_receipt_is_printed_at_once_where_everybody_gets_one() -> None:
    story = borrowed(receipt=ReceiptRule.ALWAYS).press(Do.FINISH)
    assert story.screen.receipt == ReceiptView(ReceiptState.PRINTING)
    story.press(Do.PRINT)
    assert len(story.all(PrintPaper)) == 1


def test_no_receipt_where_none_can_be_had() -> None:
    assert borrowed(receipt=ReceiptRule.NEVER).press(Do.FINISH).screen.receipt is None
    story = borrowed().missing(Device.PRINTER).press(Do.FINISH, Do.PRINT)
    assert story.screen.receipt is None
    assert story.all(PrintPaper) == []
    assert story.ready(Device.PRINTER).screen.receipt == OFFERED
    always = borrowed(receipt=ReceiptRule.ALWAYS).missing(Device.PRINTER).press(Do.FINISH)
    assert always.screen.receipt is None
    story = kiosk().ready(Device.PRINTER).card().put("A1").flush().answers("A1", NotLent(Reason.FEE)).flush()
    assert story.press(Do.FINISH, Do.PRINT).screen.receipt is None
    assert story.all(PrintPaper) == []


def test_a_receipt_names_what_is_proved_and_what_staff_must_see_and_nothing_else() -> None:
    story = kiosk().ready(Device.PRINTER).card(charged=("M1", "M2"))
    story.put("A1", "A2", "A3", book("M1", AFI_ON_LOAN), book("M2", AFI_ON_LOAN)).scan("C1")
    story.put(damaged()).flush()
    story.answers("A3", NotLent(Reason.ON_HOLD)).lends("A1", "A2", "C1").proves("A1")
    story.tag_says("A2", AFI_IN_STOCK).press(Renew("M1"), Do.YES).flush().renews("M1", Renewed(DUE, "Mio"))
    story.press(Do.FINISH, Do.PRINT)
    lines = {line.item.id: line for line in paper(story).lines if line.item}
    assert set(lines) == {"A1", "A2", "C1", "M1"}
    assert [key for key, line in lines.items() if line.see_staff] == ["A2"]
    assert (lines["M1"].title, lines["M1"].due) == ("Mio", DUE)
    assert [key for key, line in lines.items() if line.renewed] == ["M1"]


def test_titles_are_left_out_where_the_library_does_not_want_them() -> None:
    story = borrowed(receipt_titles=False).press(Do.FINISH, Do.PRINT)
    assert paper(story).lines == (PaperLine("", ItemKey("A1"), DUE),)


def test_a_receipt_of_returns_names_what_came_back() -> None:
    story = kiosk().ready(Device.PRINTER).press(Do.RETURN).brings("A1")
    story.put(book("A2", AFI_ON_LOAN)).flush().takes_back("A2").tag_says("A2", AFI_ON_LOAN)
    story.press(Do.FINISH, Do.PRINT)
    assert paper(story).kind is PaperKind.RETURNS
    assert {(line.item, line.see_staff) for line in paper(story).lines} == {
        (ItemKey("A1"), False),
        (ItemKey("A2"), True),
    }


def test_the_late_answer_to_one_patrons_receipt_is_not_the_next_ones() -> None:
    story = borrowed().press(Do.FINISH, Do.PRINT)
    job = story.all(PrintPaper)[0].job
    story.press(Do.FINISH).card("p2", "Ben Lo").press(Do.NOT_MINE).borrows("B1").press(Do.FINISH).wait(5)
    story.tell(PaperPrinted(job, Printout(Proof.FAILED, Reason.PAPER_OUT)))
    assert story.screen.receipt == OFFERED
    assert story.screen.seconds == 20
    story.press(Do.PRINT)
    told = len(story.facts)
    story.tell(PaperPrinted(job, Printout(Proof.PROVEN)))  # doubled
    assert story.screen.receipt == ReceiptView(ReceiptState.PRINTING)
    assert len(story.facts) == told


def test_who_borrows_one_more_during_the_farewell_gets_a_receipt_of_both() -> None:
    story = borrowed().press(Do.FINISH, Do.PRINT)
    job = story.all(PrintPaper)[0].job
    story.borrows("A2").tell(PaperPrinted(job, Printout(Proof.PROVEN))).press(Do.FINISH)
    assert story.screen.receipt == OFFERED
    story.press(Do.PRINT)
    assert [line.item for line in paper(story).lines] == [ItemKey("A1"), ItemKey("A2")]


def test_print_means_nothing_before_the_farewell() -> None:
    assert borrowed().press(Do.PRINT).all(PrintPaper) == []


# ---- the gate ---------------------------------------------------------------------------------


def gated(*tags: str) -> Story:
    """A kiosk with a gate, and a patron whose books were asked for."""
    return kiosk().ready(Device.GATE).card().put(*(tags or ("A1",))).flush()


def test_the_gate_is_released_once_in_the_farewell() -> None:
    story = gated().lends("A1").proves("A1")
    assert story.released == []
    story.press(Do.FINISH)
    assert story.released == [story.state.epoch]
    story.tell(GateAnswered(story.state.epoch, done=True))
    assert GateOpened(story.state.epoch, done=True) in story.facts
    story.lift("A1").put(book("A1", AFI_ON_LOAN)).borrows("A2").press(Do.FINISH).wait(3)
    assert len(story.released) == 1
    assert story.screen.message.notice is Notice.TAKE_CARD


def test_where_no_gate_was_ever_reported_none_is_released() -> None:
    story = kiosk().card().borrows("A1").press(Do.FINISH)
    assert isinstance(story.screen, FarewellView)
    assert story.released == []
    assert story.screen.message.notice is Notice.TAKE_CARD


@pytest.mark.parametrize("answer", [NotLent(Reason.ON_HOLD), Lent(release=False)], ids=["refused", "armed"])
def test_a_book_that_may_not_leave_keeps_the_gate_closed_until_it_is_off_the_pad(
    answer: Lent | NotLent,
) -> None:
    story = gated("A1", "A2").answers("A2", answer).lends("A1").proves("A1").press(Do.FINISH)
    assert isinstance(story.screen, FarewellView)
    assert story.released == []
    story.lift("A2")
    assert story.released == [story.state.epoch]


def test_a_tag_that_was_not_written_keeps_the_gate_closed_until_it_is_off_the_pad() -> None:
    story = gated("A1", "A2").lends("A1", "A2").proves("A1").tag_says("A2", AFI_IN_STOCK).press(Do.FINISH)
    assert story.released == []
    assert story.lift("A2").released == [story.state.epoch]


@pytest.mark.parametrize("tag", [damaged(), copy("A1")], ids=["unread", "twice"])
def test_a_tag_that_nobody_can_vouch_for_keeps_the_gate_closed(tag: object) -> None:
    story = gated("A1", tag).lends("A1").proves("A1").press(Do.FINISH)  # type: ignore[arg-type]
    assert isinstance(story.screen, FarewellView)
    assert story.released == []
    assert len(story.lift(tag).released) == (0 if tag == copy("A1") else 1)  # type: ignore[arg-type]


def test_while_the_reader_is_away_nobody_can_tell_what_lies_on_the_pad() -> None:
    story = gated("A1", "A2").answers("A2", NotLent(Reason.ON_HOLD)).lends("A1").proves("A1").press(Do.FINISH)
    story.missing(Device.PAD).lift("A2")
    assert story.released == []
    assert len(story.ready(Device.PAD).released) == 1


def test_nobody_is_let_through_for_nothing() -> None:
    assert gated().answers("A1", NotLent(Reason.ON_HOLD)).flush().lift("A1").press(Do.FINISH).released == []
    story = kiosk().ready(Device.GATE).card(charged=("A1",)).put(book("A1", AFI_ON_LOAN)).press(Do.FINISH)
    assert isinstance(story.screen, FarewellView)
    assert story.released == []
    story = kiosk().ready(Device.GATE).press(Do.RETURN).brings("A1").press(Do.FINISH)
    assert isinstance(story.screen, FarewellView)
    assert story.released == []


def test_items_without_a_tag_renewed_and_already_yours_pass() -> None:
    story = kiosk().ready(Device.GATE).card(charged=("M1", "M2"))
    story.put(book("M1", AFI_ON_LOAN), book("M2", AFI_ON_LOAN)).scan("C1").flush().lends("C1")
    story.press(Renew("M1"), Do.YES).flush().renews("M1", Renewed(DUE)).press(Do.FINISH)
    assert story.states == {"M1": "renewed", "M2": "safe", "C1": "no_tag"}
    assert len(story.released) == 1


def test_an_armed_book_that_was_the_patrons_already_keeps_the_gate_closed() -> None:
    story = kiosk().ready(Device.GATE).card(charged=("M1",)).put("M1").borrows("A1").press(Do.FINISH)
    assert story.released == []
    assert len(story.lift("M1").released) == 1


def test_who_walks_away_is_not_let_through() -> None:
    story = gated().lends("A1").proves("A1").wait(90)
    assert isinstance(story.screen, AttractView)
    assert story.released == []


def test_a_gate_that_is_away_is_said_and_released_when_it_is_back() -> None:
    story = gated().lends("A1").proves("A1").missing(Device.GATE, Reason.GATE_MISSING).press(Do.FINISH)
    assert story.released == []
    assert (story.screen.message.weight, story.screen.message.notice) == (Weight.REFUSAL, Notice.GATE_AWAY)
    story.ready(Device.GATE)
    assert len(story.released) == 1
    assert story.screen.message.notice is Notice.TAKE_CARD


def test_a_gate_whose_line_did_not_follow_is_said_and_not_tried_again() -> None:
    story = gated().lends("A1").proves("A1").press(Do.FINISH)
    story.tell(GateAnswered(story.state.epoch, done=False)).wait(3)
    assert story.screen.message.notice is Notice.GATE_AWAY
    assert len(story.released) == 1
    assert GateOpened(story.state.epoch, done=False) in story.facts


def test_the_late_answer_of_one_patrons_gate_is_not_the_next_ones() -> None:
    story = gated().lends("A1").proves("A1").press(Do.FINISH)
    session = story.state.epoch
    story.press(Do.FINISH).card("p2", "Ben Lo").press(Do.NOT_MINE).borrows("B1").press(Do.FINISH)
    story.tell(GateAnswered(session, done=False))
    assert story.screen.message.notice is not Notice.GATE_AWAY


def test_a_book_put_down_in_the_farewell_takes_the_patron_back_before_the_gate() -> None:
    story = gated("A1", "A2").answers("A2", NotLent(Reason.ON_HOLD)).lends("A1").proves("A1").press(Do.FINISH)
    story.put("A3")
    assert isinstance(story.screen, LoanView)
    assert story.lift("A2").released == []


def test_the_alarm_is_told() -> None:
    assert GateSounded() in kiosk().tell(GateAlarmed()).facts


def test_a_stray_answer_about_a_loan_does_not_open_the_gate_twice() -> None:
    story = gated().lends("A1").proves("A1").press(Do.FINISH)
    story.tell(LoanAnswered(story.saga("A1"), Lent(release=True))).flush()
    assert len(story.released) == 1
