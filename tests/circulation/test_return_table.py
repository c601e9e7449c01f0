"""The tables of returns and renewals: each line is walked by a story, and each state has a way out."""

from collections.abc import Callable

import pytest

from kiosk.circulation import loan, wish
from kiosk.circulation.answers import Doubt, Lent, NotRenewed, NotReturned, Renewed, Returned
from kiosk.circulation.effects import SwitchTag
from kiosk.circulation.events import Event, MatterResolved, ReturnAnswered, ReturnSettled, RowsFlushed
from kiosk.circulation.intents import Do, Renew
from kiosk.circulation.reasons import Reason
from kiosk.circulation.returning import STAGES, TABLE, ReturnState
from kiosk.circulation.rows import COMING_BACK
from kiosk.circulation.saga import ENDS, WAITING, Signal, Stage
from kiosk.circulation.values import AFI_IN_STOCK, AFI_ON_LOAN, Device, Flushed, RowKind
from kiosk.circulation.wish import WishState
from tests.circulation.story import Story, book, damaged, kiosk

S, G = ReturnState, Signal
LOAN = book("A1", AFI_ON_LOAN)
YES, NO = Returned(title="Momo"), NotReturned(Reason.RETURN_REFUSED)


def intended() -> Story:
    return kiosk().press(Do.RETURN).put(LOAN)


def asked() -> Story:
    return intended().flush()


def doubted() -> Story:
    return asked().says_of("A1", Doubt())


def unknown() -> Story:
    story = doubted()
    for _ in range(3):
        story.settles_return("A1", Doubt()).wait(4)
    return story


def answered() -> Story:
    return asked().says_of("A1", YES)


def arming() -> Story:
    return answered().flush()


def guarding() -> Story:
    return asked().says_of("A1", NO).flush()


def returned() -> Story:
    return arming().arms("A1")


def scanned() -> Story:
    return kiosk().press(Do.RETURN).scan("A1").flush().takes_back("A1")


def unarmed() -> Story:
    return kiosk().press(Do.RETURN).put(damaged()).scan("A1").flush().takes_back("A1")


def awaited() -> Story:
    return arming().wait(80).lift(LOAN)


def confirming() -> Story:
    return awaited().put(LOAN)


def recovered() -> Story:
    return arming().power_cut().began().put(LOAN)


def both_cut_off() -> Story:
    """A loan and a return of one item, both in doubt when the power went."""
    story = kiosk().card().put("A1").flush().answers("A1", Doubt())
    for _ in range(3):
        story.settles("A1", Doubt()).wait(4)
    story.press(Do.FINISH, Do.FINISH, Do.RETURN, Do.MINE).flush()
    return story.power_cut().began().put("A1")


def resolved(story: Story) -> Story:
    return story.tell(MatterResolved(story.returning("A1")))


WAYS: dict[tuple[ReturnState, Signal], Callable[[], Story]] = {
    (S.INTENDED, G.INTENT_KEPT): asked,
    (S.INTENDED, G.INTENT_LOST): lambda: intended().disk_refuses(),
    (S.ASKED, G.ANSWER_CAME): answered,
    (S.ASKED, G.SILENCE): doubted,
    (S.DOUBTED, G.ANSWER_CAME): lambda: doubted().settles_return("A1", YES),
    (S.DOUBTED, G.NEVER_KNOWN): unknown,
    (S.FOR_STAFF, G.ASK_AGAIN): lambda: unknown().missing(Device.ILS).ready(Device.ILS),
    (S.FOR_STAFF, G.DISK_BACK): lambda: answered().disk_refuses().ready(Device.JOURNAL),
    (S.FOR_STAFF, G.NO_LONGER): lambda: (
        unknown().press(Do.FINISH, Do.FINISH).card().press(Do.MINE).flush().lends("A1")
    ),
    (S.ANSWERED, G.ANSWER_LOST): lambda: answered().disk_refuses(),
    (S.ANSWERED, G.TAKEN_BACK): arming,
    (S.ANSWERED, G.NO_TAG): scanned,
    (S.ANSWERED, G.TAG_UNREAD): unarmed,
    (S.ANSWERED, G.UNSEEN): lambda: (
        kiosk()
        .press(Do.RETURN)
        .put(damaged())
        .scan("A1")
        .flush()
        .power_cut()
        .began()
        .settles_return("A1", YES)
        .flush()
    ),
    (S.ANSWERED, G.GUARD): guarding,
    (S.ANSWERED, G.NOT_TAKEN): lambda: asked().says_of("A1", NotReturned(Reason.ILS_DOWN)).flush(),
    (S.ARMING, G.PROVED): returned,
    (S.ARMING, G.NOT_WRITTEN): lambda: arming().tag_says("A1", 0xC2),
    (S.ARMING, G.SESSION_OVER): awaited,
    (S.GUARDING, G.LET_GO): lambda: guarding().arms("A1"),
    (S.ARMING, G.NO_LONGER): lambda: (
        both_cut_off().settles_return("A1", YES).settles("A1", Lent(release=True)).flush()
    ),
    (S.AWAITED, G.RESOLVED): lambda: resolved(awaited()),
    (S.FOR_STAFF, G.RESOLVED): lambda: resolved(unknown()),
    (S.AWAITED, G.TAG_BACK): confirming,
    (S.AWAITED, G.PROVED): lambda: awaited().tag_says("A1", AFI_IN_STOCK),
    (S.AWAITED, G.NO_LONGER): lambda: (
        awaited()
        .tag_says("A1", None)
        .wait(9)
        .card()
        .put(LOAN)
        .settles_return("A1", Doubt())
        .flush()
        .lends("A1")
    ),
    (S.CONFIRMING, G.PROVED): lambda: confirming().tag_says("A1", AFI_IN_STOCK),
    (S.CONFIRMING, G.STANDS): lambda: confirming().tag_says("A1", None).settles_return("A1", YES),
    (S.CONFIRMING, G.STANDS_UNWRITTEN): lambda: recovered().settles_return("A1", YES),
    (S.CONFIRMING, G.NO_LONGER): lambda: confirming().settles_return("A1", NO),
    (S.CONFIRMING, G.SILENCE): lambda: confirming().settles_return("A1", Doubt()),
}


def test_every_line_of_the_table_has_its_story() -> None:
    assert set(WAYS) == set(TABLE)


@pytest.mark.parametrize(("state", "signal"), TABLE, ids=lambda value: value.name)
def test_the_story_walks_its_line(state: ReturnState, signal: Signal) -> None:
    # two answers for one item share a flush: one step goes through ARMING without staying there
    seen = S.ANSWERED if (state, signal) == (S.ARMING, G.NO_LONGER) else state
    assert (seen, TABLE[state, signal].to) in WAYS[state, signal]().watch.moves


def test_every_state_can_reach_an_end_and_is_shown() -> None:
    assert set(COMING_BACK) == set(ReturnState)
    assert [state for state, shown in COMING_BACK.items() if shown == "returned"] == [S.RETURNED]
    for state in ReturnState:
        reached = {state}
        while more := {step.to for (at, _), step in TABLE.items() if at in reached} - reached:
            reached |= more
        assert {STAGES[at] for at in reached} & ENDS, f"{state} never ends"


def test_a_tag_is_only_armed_after_an_answer() -> None:
    armed = (S.ARMING, S.GUARDING)
    before = {state for (state, _), step in TABLE.items() if step.to in armed}
    assert before == {S.ANSWERED, S.CONFIRMING}


def test_a_saga_that_is_closed_on_the_disk_stays_closed() -> None:
    """What goes on where it ended has a row of its own to go on from."""
    assert Stage.DONE not in {STAGES[state] for state, _ in TABLE}
    assert Stage.DONE not in {loan.STAGES[state] for state, _ in loan.TABLE}
    assert ENDS.isdisjoint(WAITING)


MOMENTS = [
    intended,
    asked,
    doubted,
    unknown,
    answered,
    arming,
    guarding,
    returned,
    scanned,
    awaited,
    confirming,
]


@pytest.mark.parametrize("stage", MOMENTS, ids=lambda stage: stage.__name__)
def test_no_late_doubled_or_foreign_signal_arms_a_tag_or_asks_again(stage: Callable[[], Story]) -> None:
    """At every stage, every answer that could come late: the watch would cry."""
    saga = stage().returning("A1")
    late: list[Event] = [
        ReturnAnswered(saga, YES),
        ReturnAnswered(saga, NO),
        ReturnAnswered(saga, Doubt()),
        ReturnSettled(saga, Doubt()),
        ReturnSettled(saga, NO),
        RowsFlushed((Flushed(0, saga, RowKind.STAFF), Flushed(0, saga, RowKind.SETTLED))),
    ]
    for first in late:
        for second in late:
            story = stage()
            asked_before = list(story.brought)
            story.tell(first).tell(second)
            assert story.brought == asked_before
            story.flush().press(Do.FINISH, Do.FINISH)
            assert {effect.armed for effect in story.all(SwitchTag)} <= {True}


# ---- renewals -----------------------------------------------------------------------------------


def wondering() -> Story:
    return kiosk().card(charged=("A1",)).put(LOAN).press(Renew("A1"))


def wanted() -> Story:
    return wondering().press(Do.YES)


N = WishState

RENEWALS: dict[tuple[WishState, Signal], Callable[[], Story]] = {
    (N.ASKS, G.YES): wanted,
    (N.ASKS, G.NO): lambda: wondering().press(Do.NO),
    (N.ASKS, G.CANNOT_ASK): lambda: wondering().missing(Device.ILS).press(Do.YES),
    (N.INTENDED, G.INTENT_KEPT): lambda: wanted().flush(),
    (N.INTENDED, G.INTENT_LOST): lambda: wanted().disk_refuses(),
    (N.ASKED, G.ANSWER_CAME): lambda: wanted().flush().renews("A1", Renewed()),
    (N.ANSWERED, G.GRANTED): lambda: wanted().flush().renews("A1", Renewed()),
    (N.ANSWERED, G.NOT_GRANTED): lambda: wanted().flush().renews("A1", NotRenewed(Reason.ON_HOLD)),
    (N.ANSWERED, G.UNKNOWN): lambda: wanted().flush().renews("A1", Doubt()),
}


@pytest.mark.parametrize(("state", "signal"), RENEWALS, ids=lambda value: value.name)
def test_the_story_walks_its_line_of_a_renewal(state: WishState, signal: Signal) -> None:
    assert (state, wish.TABLE[state, signal].to) in RENEWALS[state, signal]().watch.moves


def test_every_renewal_ends() -> None:
    on_their_way = {step.to for step in wish.TABLE.values() if step.to not in wish.ENDS}
    assert on_their_way == {N.INTENDED, N.ASKED, N.ANSWERED, N.SINGLY}
