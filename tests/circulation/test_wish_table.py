"""The table of renewals and holds: each line is walked by a story of each kind that can come there."""

from collections.abc import Callable

import pytest

from kiosk.circulation.answers import (
    Account,
    AccountLoan,
    Doubt,
    HoldAnswer,
    HoldNotPlaced,
    HoldPlaced,
    ItemDescription,
    NotLent,
    NotRenewed,
    RenewalAnswer,
    RenewAllAnswer,
    Renewed,
    RenewedAll,
    Unsupported,
)
from kiosk.circulation.events import HoldAnswered, RenewalAnswered, RenewAllAnswered
from kiosk.circulation.intents import Do, Hold, Renew
from kiosk.circulation.reasons import Reason
from kiosk.circulation.saga import Act, Signal
from kiosk.circulation.values import AFI_ON_LOAN, Device, ItemKey
from kiosk.circulation.wish import ENDS, TABLE, WishKind, WishState
from tests.circulation.story import Story, book, kiosk

S, G = WishState, Signal
HOLDS: dict[Signal, HoldAnswer] = {
    G.GRANTED: HoldPlaced(),
    G.NOT_GRANTED: HoldNotPlaced(Reason.HOLD_REFUSED),
    G.UNKNOWN: Doubt(),
}
RENEWALS: dict[Signal, RenewalAnswer] = {
    G.GRANTED: Renewed(),
    G.NOT_GRANTED: NotRenewed(Reason.RENEWAL_REFUSED),
    G.UNKNOWN: Doubt(),
}
ALL: dict[Signal, RenewAllAnswer] = {
    G.GRANTED: RenewedAll((ItemKey("A1"), ItemKey("A2"))),
    G.NOT_GRANTED: NotRenewed(Reason.RENEWAL_REFUSED),
    G.UNKNOWN: Doubt(),
    G.NOT_DONE_HERE: Unsupported(),
}
TWO = Account((AccountLoan(ItemKey("A1")), AccountLoan(ItemKey("A2"))))


def asks(kind: WishKind) -> Story:
    if kind is WishKind.RENEW_ALL:
        return kiosk().card().press(Do.ACCOUNT).accounts(TWO).press(Do.RENEW_ALL)
    if kind is WishKind.RENEWAL:
        return kiosk().card(charged=("A1",)).put(book("A1", AFI_ON_LOAN)).press(Renew("A1"))
    story = kiosk(holds=True).card().put("A1").flush().answers("A1", NotLent(Reason.ON_HOLD)).flush()
    return story.describes("A1", ItemDescription(ItemKey("A1"), "Momo", wanted=True)).press(Hold("A1"))


def intended(kind: WishKind) -> Story:
    return asks(kind).press(Do.YES)


def asked(kind: WishKind) -> Story:
    return intended(kind).flush()


def answered(kind: WishKind, signal: Signal = G.GRANTED) -> Story:
    story = asked(kind)
    saga = list(story.state.wishes)[-1]
    if kind is WishKind.RENEW_ALL:
        return story.tell(RenewAllAnswered(saga, ALL[signal]))
    if kind is WishKind.RENEWAL:
        return story.tell(RenewalAnswered(saga, RENEWALS[signal]))
    return story.tell(HoldAnswered(saga, HOLDS[signal]))


def after_one() -> Story:
    """One was renewed by itself, so the others are renewed by themselves too."""
    story = kiosk().card().press(Do.ACCOUNT)
    story.accounts(Account((*TWO.loans, AccountLoan(ItemKey("A3"))))).press(Renew("A3"), Do.YES).flush()
    return story.renews("A3", Renewed()).press(Do.RENEW_ALL, Do.YES)


WAYS: dict[tuple[WishState, Signal], Callable[[WishKind], Story]] = {
    (S.ASKS, G.YES): intended,
    (S.ASKS, G.NO): lambda kind: asks(kind).press(Do.NO),
    (S.ASKS, G.CANNOT_ASK): lambda kind: asks(kind).missing(Device.ILS).press(Do.YES),
    (S.INTENDED, G.INTENT_KEPT): asked,
    (S.INTENDED, G.INTENT_LOST): lambda kind: intended(kind).disk_refuses(),
    (S.ASKED, G.ANSWER_CAME): answered,
    (S.ANSWERED, G.GRANTED): lambda kind: answered(kind).flush(),
    (S.ANSWERED, G.NOT_GRANTED): lambda kind: answered(kind, G.NOT_GRANTED).flush(),
    (S.ANSWERED, G.UNKNOWN): lambda kind: answered(kind, G.UNKNOWN).flush(),
}

ONE_BY_ONE: dict[tuple[WishState, Signal], Callable[[], Story]] = {
    (S.ASKS, G.SINGLY): after_one,
    (S.ANSWERED, G.NOT_DONE_HERE): lambda: answered(WishKind.RENEW_ALL, G.NOT_DONE_HERE).flush(),
    (S.SINGLY, G.NEXT): lambda: after_one().flush().renews("A1", Renewed()),
    (S.SINGLY, G.ALL_ENDED): lambda: (
        after_one().flush().renews("A1", Doubt()).flush().renews("A2", Renewed())
    ),
}


def test_every_line_of_the_table_has_its_story() -> None:
    assert set(WAYS) | set(ONE_BY_ONE) == set(TABLE)


@pytest.mark.parametrize(("state", "signal"), ONE_BY_ONE, ids=lambda value: value.name)
def test_the_story_walks_its_line_of_one_by_one(state: WishState, signal: Signal) -> None:
    story = ONE_BY_ONE[state, signal]()
    if signal is G.NEXT:
        assert story.state.wishes[next(each for each in story.state.wishes if each[0] == "A")].rest == ()
    else:
        assert (state, TABLE[state, signal].to) in story.watch.moves


@pytest.mark.parametrize("kind", WishKind)
@pytest.mark.parametrize(("state", "signal"), WAYS, ids=lambda value: value.name)
def test_the_story_walks_its_line(kind: WishKind, state: WishState, signal: Signal) -> None:
    assert (state, TABLE[state, signal].to) in WAYS[state, signal](kind).watch.moves


def test_every_state_is_left_for_an_end() -> None:
    for state in WishState:
        assert (state in ENDS) == all(at is not state for at, _ in TABLE)


def test_it_is_asked_only_from_a_flushed_intent() -> None:
    asking = [(state, signal) for (state, signal), step in TABLE.items() if Act.ASK in step.does]
    assert asking == [(S.INTENDED, G.INTENT_KEPT)]
