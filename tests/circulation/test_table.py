"""The table of the loan saga: each of its lines is walked by a story, and each state has a way out."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from kiosk.circulation.answers import Doubt, FeeAsked, Lent, NotLent, Returned
from kiosk.circulation.events import Event, LoanAnswered, LoanSettled, MatterResolved, RowsFlushed
from kiosk.circulation.intents import Do
from kiosk.circulation.loan import LENT_STATES, STAGES, TABLE, LoanState
from kiosk.circulation.reasons import Reason
from kiosk.circulation.rows import PROGRESS
from kiosk.circulation.saga import ENDS, Signal
from kiosk.circulation.values import AFI_ON_LOAN, Device, Flushed, Money, RowKind
from tests.circulation.story import Story, kiosk

S, G = LoanState, Signal
YES = Lent(release=True)
NO = NotLent(Reason.ON_HOLD)


def intended() -> Story:
    return kiosk().card().put("A1")


def asked() -> Story:
    return intended().flush()


def doubted() -> Story:
    return asked().answers("A1", Doubt())


def unknown() -> Story:
    story = doubted()
    for _ in range(3):
        story.settles("A1", Doubt()).wait(4)
    return story


def answered() -> Story:
    return asked().answers("A1", YES)


def releasing() -> Story:
    return answered().flush()


def safe() -> Story:
    return releasing().proves("A1")


def untagged() -> Story:
    return kiosk().card().scan("A1").flush().lends("A1")


def awaited() -> Story:
    return releasing().wait(80).lift("A1")


def confirming() -> Story:
    return awaited().put("A1")


def recovered() -> Story:
    return releasing().power_cut().began().put("A1")


def asks() -> Story:
    return asked().answers("A1", FeeAsked(Money(Decimal("2.50"), "EUR"))).flush()


def both_cut_off() -> Story:
    """A loan and a return of one item, both in doubt when the power went."""
    story = unknown().press(Do.FINISH, Do.FINISH, Do.RETURN, Do.MINE).flush()
    return story.power_cut().began().put("A1")


def resolved(story: Story) -> Story:
    return story.tell(MatterResolved(story.saga("A1")))


WAYS: dict[tuple[LoanState, Signal], Callable[[], Story]] = {
    (S.INTENDED, G.INTENT_KEPT): asked,
    (S.INTENDED, G.INTENT_LOST): lambda: intended().disk_refuses(),
    (S.ASKED, G.ANSWER_CAME): answered,
    (S.ASKED, G.SILENCE): doubted,
    (S.DOUBTED, G.ANSWER_CAME): lambda: doubted().settles("A1", YES),
    (S.DOUBTED, G.NEVER_KNOWN): unknown,
    (S.FOR_STAFF, G.ASK_AGAIN): lambda: unknown().missing(Device.ILS).ready(Device.ILS),
    (S.ANSWERED, G.ANSWER_LOST): lambda: answered().disk_refuses(),
    (S.FOR_STAFF, G.DISK_BACK): lambda: answered().disk_refuses().ready(Device.JOURNAL),
    (S.ANSWERED, G.MAY_LEAVE): releasing,
    (S.ANSWERED, G.STAYS_ARMED): lambda: asked().answers("A1", Lent(release=False)).flush(),
    (S.ANSWERED, G.UNSEEN): lambda: asked().power_cut().began().settles("A1", Lent(release=False)).flush(),
    (S.ANSWERED, G.NO_TAG): untagged,
    (S.ANSWERED, G.NOT_LENT): lambda: asked().answers("A1", NO).flush(),
    (S.ANSWERED, G.FEE_DUE): asks,
    (S.ASKS, G.YES): lambda: asks().press(Do.YES),
    (S.ASKS, G.NO): lambda: asks().press(Do.NO),
    (S.ASKS, G.CANNOT_ASK): lambda: asks().missing(Device.ILS).press(Do.YES),
    (S.RELEASING, G.NO_LONGER): lambda: (
        both_cut_off().settles("A1", YES).settles_return("A1", Returned()).flush()
    ),
    (S.RELEASING, G.PROVED): safe,
    (S.RELEASING, G.NOT_WRITTEN): lambda: releasing().tag_says("A1", 7),
    (S.RELEASING, G.SESSION_OVER): awaited,
    (S.AWAITED, G.NO_LONGER): lambda: (
        awaited().tag_says("A1", None).wait(9).press(Do.RETURN).put("A1").flush().takes_back("A1").arms("A1")
    ),
    (S.FOR_STAFF, G.NO_LONGER): lambda: (
        unknown().press(Do.FINISH, Do.FINISH, Do.RETURN, Do.MINE).flush().takes_back("A1")
    ),
    (S.AWAITED, G.RESOLVED): lambda: resolved(awaited()),
    (S.FOR_STAFF, G.RESOLVED): lambda: resolved(unknown()),
    (S.AWAITED, G.TAG_BACK): confirming,
    (S.AWAITED, G.PROVED): lambda: awaited().tag_says("A1", AFI_ON_LOAN),
    (S.CONFIRMING, G.PROVED): lambda: confirming().tag_says("A1", AFI_ON_LOAN),
    (S.CONFIRMING, G.STANDS): lambda: confirming().tag_says("A1", None).settles("A1", YES),
    (S.CONFIRMING, G.STANDS_UNWRITTEN): lambda: recovered().settles("A1", YES),
    (S.CONFIRMING, G.NO_LONGER): lambda: confirming().settles("A1", NO),
    (S.CONFIRMING, G.SILENCE): lambda: confirming().settles("A1", Doubt()),
}


def test_every_line_of_the_table_has_its_story() -> None:
    assert set(WAYS) == set(TABLE)


@pytest.mark.parametrize(("state", "signal"), TABLE, ids=lambda value: value.name)
def test_the_story_walks_its_line(state: LoanState, signal: Signal) -> None:
    # two answers for one item share a flush: one step goes through RELEASING without staying there
    seen = S.ANSWERED if (state, signal) == (S.RELEASING, G.NO_LONGER) else state
    assert (seen, TABLE[state, signal].to) in WAYS[state, signal]().watch.moves


def test_every_state_can_reach_an_end() -> None:
    for state in LoanState:
        reached = {state}
        while True:
            more = {step.to for (at, _), step in TABLE.items() if at in reached} | reached
            if more == reached:
                break
            reached = more
        assert {STAGES[at] for at in reached} & ENDS, f"{state} never ends"


def test_every_state_is_shown_and_only_lent_states_say_lent() -> None:
    assert set(PROGRESS) == set(LoanState)
    for state, shown in PROGRESS.items():
        if shown in ("lent", "safe", "no_tag"):
            assert state in LENT_STATES


def test_a_tag_is_only_released_from_an_answer_or_from_a_loan_that_was_lent() -> None:
    before = {state for (state, _), step in TABLE.items() if step.to is LoanState.RELEASING}
    assert before == {S.ANSWERED, S.CONFIRMING}


MOMENTS = [intended, asked, doubted, unknown, answered, releasing, safe, untagged, awaited, confirming]


@pytest.mark.parametrize("stage", MOMENTS, ids=lambda stage: stage.__name__)
def test_no_late_doubled_or_foreign_signal_writes_a_tag_or_asks_again(stage: Callable[[], Story]) -> None:
    """At every stage, every answer that could come late: the watch would cry."""
    saga = stage().saga("A1")
    late: list[Event] = [
        LoanAnswered(saga, YES),
        LoanAnswered(saga, NO),
        LoanAnswered(saga, Doubt()),
        LoanSettled(saga, Doubt()),
        LoanSettled(saga, NO),
        RowsFlushed((Flushed(0, saga, RowKind.STAFF), Flushed(0, saga, RowKind.SETTLED))),
    ]
    for first in late:
        for second in late:
            story = stage()
            asked_before = list(story.asked)
            story.tell(first).tell(second)
            assert story.asked == asked_before
            story.flush().press(Do.FINISH, Do.FINISH)
