"""What was known before: each row says which tags, their AFI, and how the ILS's answer was learnt."""

from kiosk.circulation.answers import (
    FeeAsked,
    FeeBooked,
    FeeNotBooked,
    HoldPlaced,
    Lent,
    NotLent,
    Renewed,
    Returned,
)
from kiosk.circulation.events import HoldAnswered, RenewalAnswered
from kiosk.circulation.intents import Do, Hold, Renew
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CodeScanned
from kiosk.circulation.values import (
    AFI_IN_STOCK,
    AFI_ON_LOAN,
    Device,
    Exchange,
    ItemKey,
    PatronId,
    Row,
    RowKind,
)
from tests.circulation.story import FEE, Story, book, kiosk, part, uid

BY = Exchange("koha", 3)


def rows(story: Story, kind: RowKind) -> list[Row]:
    return [row for row in story.flush().disk if row.kind is kind]


def test_a_loan_says_which_tags_it_is_about_and_what_each_held() -> None:
    one, two = part("S", 1, 2), part("S", 2, 2, 0)
    story = kiosk().card().put(one, two).flush().lends("S")
    for row in (rows(story, RowKind.INTENT)[0], rows(story, RowKind.ANSWER)[0]):
        assert row.payload["uids"] == [one.uid, two.uid]
        assert row.payload["afi"] == [AFI_IN_STOCK, None], "the pad was not told the second one"


def test_a_return_says_it_too() -> None:
    story = kiosk().press(Do.RETURN).put(book("A1", AFI_ON_LOAN)).flush().takes_back("A1")
    for row in story.disk:
        assert (row.payload["uids"], row.payload["afi"]) == ([uid("A1")], [AFI_ON_LOAN])


def test_an_item_without_a_tag_has_none() -> None:
    story = kiosk().card().scan("C1").flush().lends("C1")
    assert [(row.payload["uids"], row.payload["afi"]) for row in story.disk] == [([], [])] * 2


def test_a_tag_that_has_left_the_pads_memory_is_unknown() -> None:
    story = kiosk().card().put("A1").flush().lends("A1").power_cut().began()
    story.put(book("A1", 0)).settles("A1", Lent(release=True)).flush()
    assert story.disk[-1].payload["afi"] == [None]


def test_a_tag_that_turns_up_later_is_in_the_next_row() -> None:
    story = kiosk().card().scan("A1").put("A1").flush().lends("A1")
    intents = rows(story, RowKind.INTENT)
    assert [row.payload["uids"] for row in intents] == [[], [uid("A1")]]
    assert intents[-1].payload["afi"] == [AFI_IN_STOCK]


def test_the_second_intent_of_a_fee_says_what_is_known_then() -> None:
    story = kiosk().card().scan("A1").flush().asks_fee("A1").put("A1").press(Do.YES)
    assert [row.payload["uids"] for row in rows(story, RowKind.INTENT)] == [[], [uid("A1")]]


def test_each_answer_says_how_it_was_learnt() -> None:
    story = kiosk().card().put("A1").flush().answers("A1", Lent(release=True, by=BY)).flush()
    story.put("A2").flush().answers("A2", NotLent(Reason.ON_HOLD, by=Exchange("koha", 4))).flush()
    story.put("A3").flush().answers("A3", FeeAsked(FEE, by=Exchange("koha", None))).flush()
    said = [(row.payload["profile"], row.payload["sequence"]) for row in rows(story, RowKind.ANSWER)]
    assert said == [("koha", 3), ("koha", 4), ("koha", None)]
    assert all("profile" not in row.payload for row in rows(story, RowKind.INTENT))


def test_so_do_returns_renewals_holds_and_payments() -> None:
    story = kiosk().press(Do.RETURN).put(book("A1", AFI_ON_LOAN)).flush().says_of("A1", Returned(by=BY))
    assert rows(story, RowKind.ANSWER)[-1].payload["profile"] == "koha"
    story = kiosk(holds=True).ready(Device.TILL).card(charged=("A1",), owed=FEE)
    story.put(book("A1", AFI_ON_LOAN), "A2").flush().answers("A2", NotLent(Reason.ON_HOLD)).flush()
    story.press(Renew("A1"), Do.YES).flush()
    story.tell(RenewalAnswered(list(story.state.wishes)[-1], Renewed(by=BY)))
    assert rows(story, RowKind.ANSWER)[-1].payload["sequence"] == 3
    story.press(Hold("A2"), Do.YES).flush()
    story.tell(HoldAnswered(list(story.state.wishes)[-1], HoldPlaced(by=BY)))
    assert rows(story, RowKind.ANSWER)[-1].payload["sequence"] == 3
    story.press(Do.PAY, Do.YES).flush().till_takes().books(FeeBooked(by=BY))
    assert rows(story, RowKind.ANSWER)[-1].payload["sequence"] == 3


def test_a_refused_payment_says_it_too_and_the_till_has_none() -> None:
    story = kiosk().ready(Device.TILL).card(owed=FEE).press(Do.PAY, Do.YES).flush().till_takes()
    story.books(FeeNotBooked(Reason.PAYMENT_REFUSED, by=BY))
    assert rows(story, RowKind.ANSWER)[-1].payload["profile"] == "koha"
    assert "profile" not in rows(story, RowKind.TAKEN)[0].payload


def test_an_answer_that_was_learnt_otherwise_is_the_same_answer() -> None:
    assert Lent(release=True, by=BY) == Lent(release=True)


def test_a_number_that_may_be_a_patrons_stands_only_sealed() -> None:
    story = kiosk().press(Do.RETURN).tell(CodeScanned(PatronId("2100"), ItemKey("2100"))).flush()
    assert story.disk[0].payload["item"] == ""
    assert story.disk[0].sealed == {"item": "2100"}


def test_what_goes_on_with_a_closed_answer_keeps_how_that_was_learnt() -> None:
    story = kiosk().card().scan("A1").flush().answers("A1", Lent(release=True, by=BY)).flush().put("A1")
    answer = rows(story, RowKind.ANSWER)[-1]
    assert (answer.payload["uids"], answer.payload["sequence"]) == ([uid("A1")], 3)
