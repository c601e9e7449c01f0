"""Tags that turn up late, come back changed, or lay there before: whatever the order, none is forgotten."""

import pytest

from kiosk.circulation.answers import Doubt, Lent, NotLent, NotReturned, Returned
from kiosk.circulation.effects import PrintPaper, ReadAfi, ReleaseGate, SettleLoan, SettleReturn, SwitchTag
from kiosk.circulation.events import AfiRead, LoanSettled, Restarted, ReturnSettled, TagSwitched
from kiosk.circulation.facts import ItemLent, ItemReturned
from kiosk.circulation.intents import Do
from kiosk.circulation.matters import open_matters
from kiosk.circulation.reasons import Reason
from kiosk.circulation.state import Phase
from kiosk.circulation.values import AFI_IN_STOCK, AFI_ON_LOAN, Alert, Device, ItemKey, Row, SeenTag, Uid
from kiosk.circulation.views import LeftoversView, PutBack
from tests.circulation.story import Story, book, copy, damaged, kiosk, outcome_of, part, security_of, uid

LOAN = book("A1", AFI_ON_LOAN)
ONE, TWO = part("S", 1, 2, AFI_ON_LOAN), part("S", 2, 2, AFI_ON_LOAN)


def named(story: Story) -> set[str]:
    return {matter.item.id for matter in open_matters(story.disk)}


def returns() -> Story:
    return kiosk().press(Do.RETURN)


# ---- named, and not read yet ----------------------------------------------------------------------


def released() -> Story:
    """A book is lent and its tag proved; another tag on the pad was named meanwhile."""
    return kiosk().card("p1").put(book("A1")).flush().lends("A1").name(book("B2")).proves(book("A1"))


def test_nothing_is_called_safe_while_a_tag_is_unread() -> None:
    story = released()
    assert story.states == {"A1": "lent"}
    story.put(book("B2")).flush().lends("B2")
    assert story.states == {"A1": "safe", "B2": "lent"}


def test_a_tag_that_is_unread_may_be_in_the_very_book() -> None:
    story = kiosk().card("p1").put(book("A1")).flush().lends("A1").name(copy("A1"))
    story.proves(book("A1"))
    assert story.states == {"A1": "lent"}
    story.put(copy("A1"))
    assert story.row("A1").reason is Reason.STAYS_ARMED


def test_what_was_safe_stays_so_when_the_next_book_is_put_down() -> None:
    story = kiosk().card("p1").put(book("A1")).flush().lends("A1").proves(book("A1"))
    assert story.name(book("B2")).states == {"A1": "safe"}


def test_a_visit_does_not_close_over_a_tag_that_is_unread() -> None:
    story = released().press(Do.FINISH)
    assert story.state.phase is Phase.CLOSING
    story.lift(book("B2"))
    assert story.state.phase is Phase.FAREWELL
    assert story.states == {"A1": "safe"}


def test_no_gate_opens_over_a_tag_that_is_unread() -> None:
    story = kiosk().ready(Device.GATE).card("p1").put(book("A1")).flush().lends("A1").name(book("B2"))
    story.proves(book("A1")).press(Do.FINISH)
    assert not story.all(ReleaseGate)
    assert story.lift(book("B2")).all(ReleaseGate)


def test_a_reader_that_is_lost_reads_nothing_more() -> None:
    story = released().missing(Device.PAD)
    assert story.states == {"A1": "safe"}


def test_a_second_tag_is_named_for_staff_when_a_loan_is_finished_after_a_power_cut() -> None:
    story = kiosk().card("p1").put(book("A1")).flush().lends("A1").power_cut().began()
    story.put(copy("A1"), book("A1")).settles("A1", Lent(release=True)).flush().proves(book("A1"))
    assert [(row.kind, row.payload.get("reason")) for row in story.flush().disk][-1] == (
        "staff",
        "tag-duplicate",
    )


def test_after_a_power_cut_nothing_is_finished_before_all_that_lies_there_was_read() -> None:
    story = kiosk().card("p1").put(book("A1")).flush().lends("A1").power_cut().began()
    story.name(book("B2")).put(book("A1")).settles("A1", Lent(release=True)).flush()
    assert story.all(SwitchTag) == []
    story.put(book("B2")).proves(book("A1"))
    assert named(story.flush()) == set()


# ---- lifted to be scanned -----------------------------------------------------------------------


def left_and_lifted(errand: str) -> Story:
    """A book lies there, and whoever comes next lifts it instead of answering."""
    story = kiosk().card("p0").put(LOAN).flush().answers("A1", NotLent(Reason.FEE)).flush()
    story.press(Do.FINISH, Do.FINISH)
    story = story.press(Do.RETURN) if errand == "return" else story.card("p1")
    assert isinstance(story.screen, LeftoversView)
    return story.lift(LOAN).scan("A1").flush()


def test_a_book_whose_tag_was_read_before_it_is_scanned_is_not_returned_without_it() -> None:
    story = left_and_lifted("return").takes_back("A1")
    assert story.row("A1").state == "asking"
    assert isinstance(story.modal, PutBack)
    assert story.put(LOAN).arms("A1").states == {"A1": "returned"}


def test_a_book_whose_tag_was_read_before_it_is_scanned_is_not_lent_without_it() -> None:
    story = left_and_lifted("loan").lends("A1")
    assert story.row("A1").state == "lent"
    assert isinstance(story.modal, PutBack)
    assert story.put("A1").proves("A1").states == {"A1": "safe"}


def test_a_set_of_which_one_part_was_read_is_not_asked_because_it_is_scanned() -> None:
    story = returns().put(ONE).lift(ONE).scan("S").flush()
    assert story.brought == []
    assert (story.row("S").reason, story.row("S").parts_missing) == (Reason.PART_MISSING, (1, 2))
    story.put(ONE, TWO).flush().takes_back("S").arms(ONE, TWO)
    assert story.states == {"S": "returned"}


# ---- a tag turns up after its saga was closed ---------------------------------------------------


def test_a_returned_book_whose_tag_turns_up_is_named_until_it_is_armed() -> None:
    story = returns().scan("A1").flush().takes_back("A1").put(LOAN)
    assert story.written == [], "the disk does not know of this tag yet"
    story.flush().lift(LOAN).wait(80).flush()
    assert story.state.session is None
    assert named(story) == {"A1"}
    story = story.power_cut().began().put(LOAN).settles_return("A1", Returned(was_on_loan=False))
    story.flush().arms("A1").flush()
    assert named(story) == set()
    assert story.open_on_disk() == []


def test_a_lent_book_whose_tag_turns_up_is_released_after_a_power_cut() -> None:
    story = kiosk().card().scan("A1").flush().lends("A1").put("A1").flush()
    assert story.row("A1").state == "lent"
    assert story.loan.borrowed == 1
    assert story.facts.count(ItemLent(ItemKey("A1"))) == 1
    story = story.power_cut().began().put("A1").settles("A1", Lent(release=True)).flush().proves("A1")
    assert story.flush().open_on_disk() == []


def test_a_tag_that_turns_up_while_the_closing_answer_is_flushed_is_not_forgotten() -> None:
    story = returns().scan("A1").flush().says_of("A1", Returned(alert=Alert.TRANSIT))
    story.ready(Device.PRINTER).put(LOAN).flush()
    assert story.row("A1").state == "asking"
    assert story.all(PrintPaper) == []
    story.flush().arms("A1")
    assert story.states == {"A1": "returned"}
    assert story.facts.count(ItemReturned(ItemKey("A1"), Alert.TRANSIT)) == 1
    assert len(story.all(PrintPaper)) == 1
    story = kiosk().card().scan("A1").flush().answers("A1", Lent(release=True)).put("A1").flush()
    assert story.written == []
    assert story.flush().proves("A1").flush().open_on_disk() == []


def test_an_item_beside_an_unread_tag_is_returned_when_its_own_tag_is_read_after_all() -> None:
    story = returns().put(damaged()).lift(damaged()).scan("A1").flush().takes_back("A1")
    assert story.row("A1").state == "attention"
    assert story.put(LOAN).flush().arms("A1").states == {"A1": "returned"}


@pytest.mark.parametrize("errand", ["loan", "return"])
def test_a_disk_that_refuses_the_late_tag_is_asked_again(errand: str) -> None:
    if errand == "return":
        story = returns().scan("A1").flush().takes_back("A1").put(LOAN)
    else:
        story = kiosk().card().scan("A1").flush().lends("A1").put("A1")
    story.disk_refuses()
    assert story.row("A1").reason is Reason.JOURNAL_FAILED
    story.ready(Device.JOURNAL).flush()
    assert story.written == [uid("A1")]
    assert named(story) == {"A1"}, "its intent was lost too, and is on the disk again"


def test_a_tag_that_turns_up_while_its_item_is_asked_is_known_after_a_power_cut() -> None:
    story = returns().scan("A1").flush().put(LOAN).flush().power_cut().began().put(LOAN)
    story.settles_return("A1", Returned()).flush().arms("A1")
    assert story.flush().open_on_disk() == []


def test_a_further_part_of_a_set_of_unknown_size_is_armed_after_a_power_cut_too() -> None:
    one, two = part("U", 1, 0, AFI_ON_LOAN), part("U", 2, 0, AFI_ON_LOAN)
    story = returns().put(one).flush().takes_back("U").put(two).flush().arms(one)
    story = story.power_cut().began().put(two).settles_return("U", Returned()).flush().arms(two)
    assert story.flush().open_on_disk() == ["U"], (
        "the first part was proved before the cut, which nobody knows"
    )
    story.lift(two).put(part("U", 1, 0), part("U", 2, 0)).settles_return("U", Returned()).arms(one)
    assert story.flush().open_on_disk() == []


# ---- one item, several sagas --------------------------------------------------------------------


def test_what_another_visit_wrote_on_a_tag_is_no_proof_for_the_loan_that_waits() -> None:
    one, two = part("S", 1, 2), part("S", 2, 2)
    story = kiosk().card().put(one, two).flush().lends("S").proves(one).lift(two).wait(80)
    story.tag_says(two, None).lift(one).wait(9)
    story.press(Do.RETURN).put(one, two).flush()
    story.says_of("S", NotReturned(Reason.RETURN_REFUSED)).flush().arms(one, two)  # on loan, and armed
    story.press(Do.FINISH, Do.FINISH).lift(one, two).wait(9).put(one, two)
    story.settles("S", Lent(release=True)).proves(two)
    assert story.flush().open_on_disk() == ["S"], "safe, and one of its tags is armed"
    assert story.proves(one).flush().open_on_disk() == []


def test_a_return_that_waits_goes_on_when_a_later_one_was_refused_and_let_go() -> None:
    story = returns().put(LOAN).flush().lift(LOAN).takes_back("A1").wait(80)
    story.put(LOAN).press(Do.RETURN).flush()
    story.settles_return("A1", Doubt())
    older, newer = story.state.returns
    story.tell(ReturnSettled(older, Doubt()))
    story.says_of("A1", NotReturned(Reason.RETURN_REFUSED)).flush().arms("A1").flush()
    assert newer not in [effect.saga for effect in story.all(SettleReturn)]
    story.tell(ReturnSettled(older, Returned())).arms("A1").flush()
    assert story.open_on_disk() == []


# ---- the kiosk that only takes books back lies in test_returns; the late journal here -----------


def test_what_lay_there_is_asked_about_though_the_journal_could_only_be_read_later() -> None:
    before = kiosk().card().put("A1").flush()
    story = Story(disk=before.disk).ready(Device.PAD, Device.ILS).put("A1")
    story.wait(30).tell(Restarted(tuple(before.disk))).ready(Device.JOURNAL)
    assert isinstance(story.card("p2", "Ben Lo").screen, LeftoversView)


# ---- a power cut after each row -----------------------------------------------------------------


def loan_rows() -> list[Row]:
    story = kiosk().card().put("A1").scan("A2").flush().lends("A1", "A2").put("A2").flush().proves("A1")
    return story.proves("A2").press(Do.FINISH).flush().disk


def return_rows() -> list[Row]:
    story = returns().put(LOAN).scan("A2").flush().takes_back("A1", "A2").put(book("A2", AFI_ON_LOAN)).flush()
    return story.arms("A1", "A2").press(Do.FINISH).flush().disk


def recover(story: Story, afi: dict[Uid, int], lent: bool) -> None:
    """Everybody answers truthfully until nothing is asked any more."""
    done = 0
    while done < len(story.effects):
        effect = story.effects[done]
        done += 1
        match effect:
            case SettleLoan(saga):
                story.tell(LoanSettled(saga, Lent(release=True) if lent else NotLent(Reason.ITEM_REFUSED)))
            case SettleReturn(saga):
                answer = NotReturned(Reason.RETURN_REFUSED) if lent else Returned()
                story.tell(ReturnSettled(saga, answer))
            case SwitchTag(tag, armed):
                afi[tag] = AFI_IN_STOCK if armed else AFI_ON_LOAN
                story.tell(TagSwitched(tag, outcome_of(afi[tag], armed=armed), afi[tag]))
            case ReadAfi(tag):
                story.tell(AfiRead(tag, afi[tag], security_of(afi[tag])))
            case _:
                story.flush()


@pytest.mark.parametrize("act", ["loan", "return"])
@pytest.mark.parametrize("before", [AFI_IN_STOCK, AFI_ON_LOAN])
def test_after_a_cut_behind_each_row_the_tags_end_as_the_ils_says(act: str, before: int) -> None:
    rows, lent = (loan_rows(), True) if act == "loan" else (return_rows(), False)
    wanted = AFI_ON_LOAN if lent else AFI_IN_STOCK
    assert {row.payload["item"] for row in rows} == {"A1", "A2"}
    for cut in range(len(rows) + 1):
        disk = list(rows[:cut])
        closed = {row.saga for row in disk if row.closes}
        opened = {str(row.payload["item"]) for row in disk if row.saga not in closed}
        tags: list[SeenTag] = [book("A1", before), book("A2", before)]
        afi = {tag.uid: before for tag in tags}
        story = Story(disk=disk).began().wait(9).put(*tags)
        recover(story, afi, lent)
        for tag, item in zip(tags, ("A1", "A2"), strict=True):
            knows = any(str(tag.uid) in str(row.payload.get("uids")) for row in disk)
            if item in opened and knows:
                assert afi[tag.uid] == wanted, f"{item} after {cut} rows"
        assert story.flush().open_on_disk() == []
