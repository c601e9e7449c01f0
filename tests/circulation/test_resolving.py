"""Staff close what a saga left open; what is on its way ends by itself."""

from collections.abc import Callable

import pytest

from kiosk.circulation.answers import Doubt, NotLent
from kiosk.circulation.effects import AppendRow, FlushRows
from kiosk.circulation.events import MatterResolved
from kiosk.circulation.facts import MatterClosed
from kiosk.circulation.intents import Do, Hold, Renew
from kiosk.circulation.matters import open_matters
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import AFI_ON_LOAN, Device, RowKind, SagaId
from kiosk.circulation.views import StaffView
from tests.circulation.story import FEE, Story, book, kiosk

BACK = book("A1", AFI_ON_LOAN)


def by_staff(story: Story) -> Story:
    """Whoever was here goes, and staff come to the maintenance screen."""
    story.press(Do.FINISH, Do.FINISH)
    return story.press(Do.STAFF)


def loan_unknown() -> Story:
    story = kiosk(settle_tries=1).card().put("A1").flush().answers("A1", Doubt())
    return story.settles("A1", Doubt()).flush()


def loan_unsecured() -> Story:
    return kiosk().card().put("A1").flush().lends("A1").lift("A1").wait(81).flush()


def loan_not_written() -> Story:
    return kiosk().card().put("A1").flush().lends("A1").tag_says("A1", 7).flush()


def return_unknown() -> Story:
    story = kiosk(settle_tries=1).press(Do.RETURN).put(BACK).flush().says_of("A1", Doubt())
    return story.settles_return("A1", Doubt()).flush()


def return_unarmed() -> Story:
    return kiosk().press(Do.RETURN).put(BACK).flush().lift("A1").takes_back("A1").wait(81).flush()


def payment_unknown() -> Story:
    story = kiosk().ready(Device.TILL).card(owed=FEE).press(Do.PAY, Do.YES).flush()
    return story.till_says(Doubt()).flush()


def payment_not_booked() -> Story:
    story = kiosk().ready(Device.TILL).card(owed=FEE).press(Do.PAY, Do.YES).flush().till_takes()
    return story.books(Doubt()).flush()


OPEN = (
    loan_unknown,
    loan_unsecured,
    loan_not_written,
    return_unknown,
    return_unarmed,
    payment_unknown,
    payment_not_booked,
)


@pytest.mark.parametrize("way", OPEN, ids=lambda way: way.__name__)
@pytest.mark.parametrize("cut", [False, True])
def test_what_is_open_is_closed_on_the_disk(way: Callable[[], Story], *, cut: bool) -> None:
    story = by_staff(way())
    if cut:
        # whatever can be asked is asked, and taught nothing
        story = story.power_cut().began()
        for saga in story.state.loans:
            story.settles("A1", Doubt()) if story.state.loans[saga].state == "doubted" else None
        for saga in story.state.returns:
            story.settles_return("A1", Doubt()) if story.state.returns[saga].state == "doubted" else None
        story.press(Do.STAFF)
    assert isinstance(story.screen, StaffView)
    [matter] = open_matters(story.flush().disk)
    before, written = len(story.effects), list(story.written)
    story.tell(MatterResolved(matter.saga))
    done = story.effects[before:]
    assert FlushRows() in done, "staff wait for it"
    assert MatterClosed(matter.saga) not in story.facts, "the disk has not taken it yet"
    assert open_matters(story.flush().disk) == ()
    assert MatterClosed(matter.saga) in story.facts
    assert story.open_on_disk() == []
    story.tell(MatterResolved(matter.saga)).missing(Device.ILS).ready(Device.ILS).put("A1").flush()
    assert story.written == written, "nothing is done for it any more"
    after = story.power_cut().began()
    assert list(after.state.sagas()) == []


def in_flight() -> list[Story]:
    loan = kiosk().card().put("A1")
    back = kiosk().press(Do.RETURN).put(BACK)
    renewal = kiosk().card(charged=("A1",)).put(BACK).press(Renew("A1"), Do.YES)
    hold = kiosk(holds=True).card().put("A1").flush().answers("A1", NotLent(Reason.ON_HOLD)).flush()
    hold.press(Hold("A1"), Do.YES)
    doubted = kiosk().card().put("A1").flush().answers("A1", Doubt())
    fee = kiosk().card().put("A1").flush().asks_fee("A1")
    lent = kiosk().card().put("A1").flush().lends("A1")
    return [loan, back, renewal, hold, doubted, fee, lent]


@pytest.mark.parametrize("number", range(7))
def test_what_is_on_its_way_ends_by_itself(number: int) -> None:
    story = in_flight()[number]
    sagas = tuple(story.state.sagas())
    for saga in sagas:
        if not saga.ended:
            story.tell(MatterResolved(saga.id))
    assert tuple(story.state.sagas()) == sagas
    assert not any(isinstance(fact, MatterClosed) for fact in story.facts)


def test_what_has_ended_is_not_closed_again() -> None:
    story = kiosk().card().borrows("A1").flush()
    story.tell(MatterResolved(story.saga("A1")))
    assert story.pending == []


def test_a_saga_that_only_the_journal_knows_is_closed_there() -> None:
    """Such as one of a newer kiosk, whose kind this one has never heard of."""
    story = kiosk().tell(MatterResolved(SagaId("X9-1")))
    [row] = [effect.row for effect in story.all(AppendRow)]
    assert (row.saga, row.kind, row.closes) == ("X9-1", RowKind.SETTLED, True)
    assert MatterClosed(SagaId("X9-1")) in story.flush().facts


def test_what_the_disk_refuses_is_not_called_closed() -> None:
    story = kiosk().tell(MatterResolved(SagaId("X9-1"))).disk_refuses().ready(Device.JOURNAL).flush()
    assert MatterClosed(SagaId("X9-1")) not in story.facts
    assert MatterClosed(SagaId("X9-1")) in story.tell(MatterResolved(SagaId("X9-1"))).flush().facts
