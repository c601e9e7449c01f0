"""What the journal leaves for staff: one matter a saga, by what its open rows say."""

import pytest

from kiosk.circulation.answers import Doubt, FeeNotBooked, ItemDescription, Lent, NotLent, NotReturned
from kiosk.circulation.intents import Do, Hold, Renew
from kiosk.circulation.matters import Matter, open_matters
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CodeScanned
from kiosk.circulation.values import AFI_ON_LOAN, Device, ItemKey, PatronId, Row, RowKind, SagaId
from tests.circulation.story import FEE, Story, book, kiosk

BACK = book("A1", AFI_ON_LOAN)


def matters(story: Story) -> list[tuple[str, str, Reason | None]]:
    """Item, key and reason of each matter on the disk."""
    return [(m.item.id, m.key, m.reason) for m in open_matters(story.flush().disk)]


def test_a_kiosk_without_trouble_has_no_matters() -> None:
    story = kiosk().card().borrows("A1").press(Do.FINISH, Do.FINISH, Do.RETURN, Do.MINE).flush()
    story.takes_back("A1").arms("A1")
    assert matters(story) == []
    assert open_matters(()) == ()


def test_loans() -> None:
    assert matters(kiosk().card().put("A1")) == [("A1", "loan-unknown", None)]
    lent = kiosk().card().put("A1").flush().lends("A1")
    assert matters(lent) == [("A1", "loan-unsecured", None)]
    assert matters(lent.tag_says("A1", 7)) == [("A1", "loan-unsecured", Reason.TAG_NOT_WRITTEN)]
    armed = kiosk().card().put("A1").flush().power_cut().began().settles("A1", Lent(release=False)).flush()
    assert matters(armed) == [("A1", "loan-armed", Reason.STAYS_ARMED)], "nobody was here who could be told"
    story = kiosk(settle_tries=1).card().put("A1").flush().answers("A1", Doubt()).settles("A1", Doubt())
    assert matters(story) == [("A1", "loan-unknown", Reason.OUTCOME_UNKNOWN)]
    story.press(Do.FINISH, Do.FINISH).wait(5)
    story.missing(Device.ILS).ready(Device.ILS).settles("A1", Lent(release=True))
    assert matters(story) == [("A1", "loan-unsecured", None)], "what staff were told before no longer holds"


def test_returns() -> None:
    story = kiosk().press(Do.RETURN).put(BACK)
    assert matters(story) == [("A1", "return-unknown", None)]
    story.lift("A1").takes_back("A1").wait(80)
    assert matters(story) == [("A1", "return-unarmed", Reason.TAG_GONE)]


def test_a_refused_return_is_no_matter_though_its_tag_is_being_armed() -> None:
    story = kiosk().press(Do.RETURN).put(BACK).flush().says_of("A1", NotReturned(Reason.ITEM_UNKNOWN)).flush()
    assert story.open_on_disk() == ["A1"]
    assert matters(story) == []


def test_renewals() -> None:
    story = kiosk().card(charged=("A1",)).put(BACK).press(Renew("A1"), Do.YES)
    assert matters(story) == [("A1", "renewal-unknown", None)]
    assert matters(story.power_cut().began()) == []


def test_holds() -> None:
    story = kiosk(holds=True).card().put("A1").flush().answers("A1", NotLent(Reason.ON_HOLD)).flush()
    story.describes("A1", ItemDescription(ItemKey("A1"), "Momo", wanted=True)).press(Hold("A1"), Do.YES)
    assert matters(story) == [("A1", "hold-unknown", None)]
    assert matters(story.power_cut().began()) == []


def test_payments() -> None:
    story = kiosk().ready(Device.TILL).card(owed=FEE).press(Do.PAY, Do.YES)
    assert matters(story) == [("", "payment-unknown", None)]
    story.till_takes()
    assert matters(story) == [("", "payment-not-booked", None)]
    assert matters(story.books(FeeNotBooked(Reason.PAYMENT_REFUSED))) == [
        ("", "payment-not-booked", None),
    ]
    assert matters(story) == [("", "payment-not-booked", Reason.NOT_BOOKED)]
    paid = kiosk().ready(Device.TILL).card(owed=FEE).press(Do.PAY, Do.YES).flush().till_takes().books()
    assert matters(paid) == []


def test_a_fee_is_a_matter_only_when_the_patron_has_agreed_to_it() -> None:
    story = kiosk().card().put("A1").flush().asks_fee("A1")
    assert matters(story) == []
    assert matters(story.press(Do.YES)) == [("A1", "loan-unknown", None)]
    assert matters(story.lends("A1")) == [("A1", "loan-unsecured", None)]
    assert matters(story.proves("A1")) == []


def test_a_number_that_may_be_a_patrons_is_not_told() -> None:
    story = kiosk().press(Do.RETURN).tell(CodeScanned(PatronId("2100"), ItemKey("2100"))).flush()
    assert matters(story) == [("", "return-unknown", None)]


def test_matters_stand_in_the_order_in_which_they_began() -> None:
    story = kiosk().card().put("A1", "A2", "A3").flush().lends("A2")
    assert [item for item, _, _ in matters(story)] == ["A1", "A2", "A3"]


@pytest.mark.parametrize("reason", ["from-the-future", None])
def test_a_reason_that_this_kiosk_does_not_know_is_left_out(reason: str | None) -> None:
    rows = (
        Row(SagaId("L1"), RowKind.INTENT, {"item": "A1", "owner": "DE-1"}),
        Row(SagaId("L1"), RowKind.STAFF, {"item": "A1", "reason": reason}),
        Row(SagaId("L2"), RowKind.STAFF, {"item": "A2", "reason": "tag-gone"}),
    )
    assert open_matters(rows) == (Matter(SagaId("L1"), ItemKey("A1", "DE-1"), "loan-unknown"),)
