"""The desk and money, holds and the flight recorder: tokens, order, and what a recorder is told."""

import asyncio
from decimal import Decimal
from itertools import pairwise

import pytest

from kiosk.circulation.answers import (
    Doubt,
    FeeBooked,
    FeeNotBooked,
    HoldPlaced,
    Lent,
    MoneyNotTaken,
    MoneyTaken,
    NotLent,
    Welcome,
)
from kiosk.circulation.effects import AskHold, AskLoan, BookFee, SetTimer, TakeMoney, Timer
from kiosk.circulation.events import Event, FeeAnswered, HoldAnswered, LoanAnswered, RowsFlushed, TillAnswered
from kiosk.circulation.facts import FeePaid, HoldCame
from kiosk.circulation.intents import Do, Hold, Intent, Pressed
from kiosk.circulation.policy import Policy
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CardShown
from kiosk.circulation.values import Flushed, ItemKey, Money, PatronId, RowKind, SagaId
from kiosk.circulation.views import AskPayment, FarewellView, LoanView, Paying
from kiosk.desk import Desk
from kiosk.desk.workers import IlsWorker, TillWorker, TokenMissing
from kiosk.lab.loop import run
from tests.desk.doubles import Disk, House, Purse, SlowIls, Tape

ANNA = PatronId("p1")
FEE = Money(Decimal("2.50"), "EUR")
OWING = Welcome("Anna Kern", owed=FEE)


async def press(house: House, desk: Desk, intent: Intent) -> None:
    desk.post(Pressed(house.view.session, house.view.revision, intent))
    await asyncio.sleep(0.1)


def token(kind: RowKind, saga: str = "F1") -> Flushed:
    return Flushed(1, SagaId(saga), kind)


# ---- tokens ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in RowKind if kind is not RowKind.INTENT])
def test_no_money_is_taken_and_no_hold_is_asked_without_its_intent(kind: RowKind) -> None:
    async def main() -> None:
        with pytest.raises(TokenMissing):
            TillWorker(Purse(), lambda _: None).take(TakeMoney(token(kind), FEE))
        with pytest.raises(TokenMissing):
            TillWorker(None, lambda _: None).take(TakeMoney(token(kind), FEE))
        worker = IlsWorker(SlowIls(), lambda _: None)
        with pytest.raises(TokenMissing):
            worker.take(AskHold(token(kind), ANNA, None, ItemKey("A1")))
        with pytest.raises(TokenMissing):
            worker.take(AskLoan(token(kind), ANNA, None, ItemKey("A1"), agreed=True))

    run(main())


@pytest.mark.parametrize("kind", [kind for kind in RowKind if kind is not RowKind.TAKEN])
def test_nothing_is_booked_without_the_row_that_it_was_taken(kind: RowKind) -> None:
    async def main() -> None:
        worker = IlsWorker(SlowIls(), lambda _: None)
        with pytest.raises(TokenMissing):
            worker.take(BookFee(token(kind), ANNA, None, FEE, "T-1"))

    run(main())


# ---- the workers ----------------------------------------------------------------------------


def test_one_payment_at_a_time_each_answered_by_its_saga() -> None:
    said: list[Event] = []
    purse = Purse(takes=2.0)

    async def main() -> None:
        worker = TillWorker(purse, said.append)
        jobs = [asyncio.create_task(job) for job in worker.jobs()]
        worker.take(TakeMoney(token(RowKind.INTENT, "F1"), FEE))
        worker.take(TakeMoney(token(RowKind.INTENT, "F2"), FEE))
        await asyncio.sleep(3)
        assert len(purse.taken) == 2
        assert len([event for event in said if isinstance(event, TillAnswered)]) == 1
        await asyncio.sleep(3)
        for job in jobs:
            job.cancel()

    run(main())
    assert purse.taken == [(FEE, "F1"), (FEE, "F2")]
    assert said[1:] == [
        TillAnswered(SagaId("F1"), MoneyTaken("T-1")),
        TillAnswered(SagaId("F2"), MoneyTaken("T-1")),
    ]


def test_without_a_till_nothing_is_taken_and_that_is_said_at_once() -> None:
    said: list[Event] = []
    worker = TillWorker(None, said.append)
    worker.take(TakeMoney(token(RowKind.INTENT), FEE))
    assert said == [TillAnswered(SagaId("F1"), MoneyNotTaken(Reason.TILL_MISSING))]
    assert list(worker.jobs()) == []


def test_the_ils_worker_asks_with_consent_for_holds_and_books() -> None:
    said: list[Event] = []
    ils = SlowIls(late_after=0.1)

    async def main() -> None:
        worker = IlsWorker(ils, said.append)
        jobs = [asyncio.create_task(job) for job in worker.jobs()]
        await asyncio.sleep(0)
        said.clear()
        worker.take(AskLoan(token(RowKind.INTENT, "L1"), ANNA, None, ItemKey("A1"), agreed=True))
        worker.take(AskHold(token(RowKind.INTENT, "H1"), ANNA, None, ItemKey("A2")))
        worker.take(BookFee(token(RowKind.TAKEN), ANNA, None, FEE, "T-1"))
        await asyncio.sleep(2)
        for job in jobs:
            job.cancel()

    run(main())
    assert ils.begun == ["lend agreed A1", "hold A2", "book T-1"]
    assert [event for event in said if isinstance(event, LoanAnswered | HoldAnswered | FeeAnswered)] == [
        LoanAnswered(SagaId("L1"), Lent(release=True)),
        HoldAnswered(SagaId("H1"), HoldPlaced(pickup="Main desk")),
        FeeAnswered(SagaId("F1"), FeeBooked()),
    ]
    assert len(said) == 6, "and each was overdue"


# ---- a payment ------------------------------------------------------------------------------


def paying(ils: SlowIls | None = None, till: Purse | None = None, *, cut: float = 20.0) -> House:
    async def story(house: House, desk: Desk) -> None:
        desk.post(CardShown(ANNA))
        await asyncio.sleep(1)
        await press(house, desk, Do.PAY)
        assert isinstance(house.view.modal, AskPayment)
        await press(house, desk, Do.YES)
        await asyncio.sleep(cut)

    return House(ils=ils or SlowIls(welcome=OWING), till=till or Purse()).open_for(story)


def test_a_fee_is_paid_each_step_on_the_disk_before_the_next() -> None:
    house = paying()
    saga = house.till.taken[0][1] if house.till else ""
    assert [flush.on for flush in house.disk.flushes] == [
        f"{kind} {saga}" for kind in ("intent", "taken", "answer")
    ]
    booked = house.did("book", "T-1")
    assert house.disk.flushes[1].ended == booked.began
    assert booked.ended == house.disk.flushes[2].began
    assert FeePaid(SagaId(saga), pending=False) in house.wall.facts
    assert house.disk.still_open == ()


def test_the_screen_says_where_the_money_is() -> None:
    modals = [view.modal for view in paying().wall.views if view.modal is not None]
    assert list(dict.fromkeys(modals)) == [AskPayment(FEE), Paying(FEE), Paying(FEE, booking=True)]


@pytest.mark.parametrize("booked", [Doubt(), FeeNotBooked(Reason.PAYMENT_REFUSED)])
def test_a_payment_that_is_not_booked_stays_open_for_staff(booked: Doubt | FeeNotBooked) -> None:
    house = paying(SlowIls(welcome=OWING, booked=booked))
    assert house.till is not None
    assert len(house.till.taken) == 1
    assert house.ils.begun.count("book T-1") == 1
    assert [row.kind for row in house.disk.still_open][:2] == [RowKind.INTENT, RowKind.TAKEN]
    assert any(isinstance(fact, FeePaid) and fact.pending for fact in house.wall.facts)


def test_a_cut_at_any_moment_of_a_payment_leaves_it_paid_or_named() -> None:
    async def morning(house: House, desk: Desk) -> None:
        await asyncio.sleep(10)

    for tenth in range(45):
        before = paying(cut=tenth * 0.1)
        assert before.till is not None
        asked = bool(before.till.taken)
        paid = any(row.closes for row in before.disk.rows)
        after = House(
            ils=SlowIls(welcome=OWING), disk=Disk(rows=before.disk.rows, openings=1), till=Purse()
        ).open_for(morning)
        assert after.till is not None
        assert (after.till.taken, after.ils.begun) == ([], []), "nobody is asked again"
        named = any(row.kind is RowKind.STAFF for row in after.disk.still_open)
        assert named == (asked and not paid), tenth


def test_a_hold_is_placed_after_the_question() -> None:
    async def story(house: House, desk: Desk) -> None:
        desk.post(CardShown(ANNA))
        await asyncio.sleep(1)
        house.pad.put("A1")
        await asyncio.sleep(1)
        await press(house, desk, Hold("A1"))
        assert not any(did.startswith("hold") for did in house.ils.begun)
        await press(house, desk, Do.YES)
        await asyncio.sleep(1)
        assert isinstance(house.view.screen, LoanView)
        assert house.view.screen.rows[0].pickup == "Main desk"

    ils = SlowIls(answers={"A1": NotLent(Reason.ON_HOLD)})
    house = House(ils=ils, policy=Policy(holds=True)).open_for(story)
    assert HoldCame(ItemKey("A1")) in house.wall.facts


# ---- the flight recorder ------------------------------------------------------------------------


def test_the_recorder_is_told_each_step() -> None:
    tape = Tape()

    async def story(house: House, desk: Desk) -> None:
        desk.post(CardShown(ANNA))
        await asyncio.sleep(1)
        house.pad.put("A1")
        await asyncio.sleep(2)
        await press(house, desk, Do.FINISH)
        assert isinstance(house.view.screen, FarewellView)
        assert tape.steps[-1][2] is desk.state

    House(recorder=tape).open_for(story)
    assert tape.running
    assert tape.fallen == []
    assert all(one[2] is two[0] for one, two in pairwise(tape.steps))
    kinds = [type(stamped.event) for _, stamped, _, _ in tape.steps]
    assert kinds.count(RowsFlushed) >= 2
    effects = [effect for _, _, _, effects in tape.steps for effect in effects]
    assert any(isinstance(effect, SetTimer) and effect.timer is Timer.IDLE for effect in effects)


def test_the_recorder_is_told_of_a_step_that_falls_and_the_desk_falls_with_it() -> None:
    tape = Tape()

    async def story(house: House, desk: Desk) -> None:
        desk.post(RowsFlushed(7))  # type: ignore[arg-type]
        await asyncio.sleep(1)

    with pytest.raises(BaseExceptionGroup) as fell:
        House(recorder=tape).open_for(story)
    [(before, stamped, error)] = tape.fallen
    assert stamped.event == RowsFlushed(7)  # type: ignore[arg-type]
    assert isinstance(error, TypeError)
    assert before is tape.steps[-1][2]
    assert fell.group_contains(TypeError)


def test_a_step_that_falls_ends_the_desk_without_a_recorder_too() -> None:
    async def story(house: House, desk: Desk) -> None:
        desk.post(RowsFlushed(7))  # type: ignore[arg-type]
        await asyncio.sleep(1)

    with pytest.raises(BaseExceptionGroup):
        House().open_for(story)
