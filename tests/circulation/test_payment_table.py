"""The table of the fee payment: each of its lines is walked by a story."""

from collections.abc import Callable

import pytest

from kiosk.circulation.answers import Doubt, FeeNotBooked, MoneyNotTaken, MoneyTaken
from kiosk.circulation.events import MatterResolved
from kiosk.circulation.intents import Do
from kiosk.circulation.payment import ENDS, PENDING, TABLE, PaymentState
from kiosk.circulation.reasons import Reason
from kiosk.circulation.saga import Act, Signal
from kiosk.circulation.values import Device
from tests.circulation.story import FEE, Story, kiosk

S, G = PaymentState, Signal
REFUSED = FeeNotBooked(Reason.PAYMENT_REFUSED)


def asks() -> Story:
    return kiosk().ready(Device.TILL).card(owed=FEE).press(Do.PAY)


def intended() -> Story:
    return asks().press(Do.YES)


def taking() -> Story:
    return intended().flush()


def taken() -> Story:
    return taking().till_says(MoneyTaken("T-1"))


def no_money() -> Story:
    return taking().till_says(MoneyNotTaken(Reason.PAYMENT_CANCELLED))


def booking() -> Story:
    return taken().flush()


def unbooked() -> Story:
    return booking().missing(Device.ILS).books(FeeNotBooked(Reason.ILS_DOWN))


def for_staff() -> Story:
    return taking().till_says(Doubt())


def resolved(story: Story) -> Story:
    return story.tell(MatterResolved(story.paying))


WAYS: dict[tuple[PaymentState, Signal], Callable[[], Story]] = {
    (S.ASKS, G.YES): intended,
    (S.ASKS, G.CANNOT_ASK): lambda: asks().missing(Device.TILL).press(Do.YES),
    (S.ASKS, G.NO): lambda: asks().press(Do.NO),
    (S.INTENDED, G.INTENT_KEPT): taking,
    (S.INTENDED, G.INTENT_LOST): lambda: intended().disk_refuses(),
    (S.TAKING, G.MONEY_TAKEN): taken,
    (S.TAKING, G.NO_MONEY): no_money,
    (S.TAKING, G.SILENCE): for_staff,
    (S.TAKEN, G.TAKEN_KEPT): booking,
    (S.TAKEN, G.ANSWER_LOST): lambda: taken().disk_refuses(),
    (S.BOOKING, G.ANSWER_CAME): lambda: booking().books(),
    (S.BOOKING, G.NOT_SENT): unbooked,
    (S.BOOKING, G.SILENCE): lambda: booking().books(Doubt()),
    (S.UNBOOKED, G.ASK_AGAIN): lambda: unbooked().ready(Device.ILS),
    (S.ANSWERED, G.BOOKED): lambda: booking().books().flush(),
    (S.ANSWERED, G.NOT_BOOKED): lambda: booking().books(REFUSED).flush(),
    (S.ANSWERED, G.NOT_PAID): lambda: no_money().flush(),
    (S.ANSWERED, G.ANSWER_LOST): lambda: booking().books(REFUSED).disk_refuses(),
    (S.UNBOOKED, G.RESOLVED): lambda: resolved(unbooked()),
    (S.FOR_STAFF, G.RESOLVED): lambda: resolved(for_staff()),
}


def test_every_line_of_the_table_has_its_story() -> None:
    assert set(WAYS) == set(TABLE) - {(state, G.DISK_BACK) for state in PENDING}


@pytest.mark.parametrize(("state", "signal"), WAYS, ids=lambda value: value.name)
def test_the_story_walks_its_line(state: PaymentState, signal: Signal) -> None:
    assert (state, TABLE[state, signal].to) in WAYS[state, signal]().watch.moves


def test_a_disk_that_is_back_gets_what_it_refused_and_the_state_stays() -> None:
    story = taken().disk_refuses().ready(Device.JOURNAL)
    assert TABLE[S.FOR_STAFF, G.DISK_BACK].to is S.FOR_STAFF
    assert [effect.row.kind for effect in story.pending] == ["taken", "staff"]
    story = unbooked().disk_refuses().ready(Device.JOURNAL)
    assert TABLE[S.UNBOOKED, G.DISK_BACK].to is S.UNBOOKED
    assert [effect.row.kind for effect in story.pending] == ["staff"]


def test_every_state_can_reach_an_end() -> None:
    for state in PaymentState:
        assert state in ENDS or any(at is state for at, _ in TABLE), f"{state} never ends"
    assert PENDING < ENDS


def test_money_is_taken_and_booked_only_from_flushed_rows() -> None:
    acts = {act: [at for at, step in TABLE.items() if act in step.does] for act in Act}
    assert acts[Act.TAKE_MONEY] == [(S.INTENDED, G.INTENT_KEPT)]
    assert acts[Act.BOOK] == [(S.TAKEN, G.TAKEN_KEPT), (S.UNBOOKED, G.ASK_AGAIN)]
