"""The desk at work in virtual time: what runs beside what, what waits for what, and what stops it."""

import asyncio
from itertools import pairwise

import pytest

from kiosk.circulation.answers import Doubt, NotLent
from kiosk.circulation.effects import (
    AskLoan,
    AskRenewal,
    AskReturn,
    DescribeItem,
    EndIlsSession,
    SettleLoan,
    SettleReturn,
    SignIn,
    SwitchTag,
)
from kiosk.circulation.events import Event
from kiosk.circulation.facts import DeviceNow, ItemSafe, SessionBegan, SessionEnded
from kiosk.circulation.intents import Do, Pressed
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CardShown, DeviceChanged
from kiosk.circulation.values import (
    Condition,
    Device,
    Flushed,
    ItemKey,
    PatronId,
    Row,
    RowKind,
    SagaId,
    TerminalState,
    Uid,
)
from kiosk.circulation.views import AttractView, CannotLendView, FarewellView, LoanView, WaitView
from kiosk.desk import Desk
from kiosk.desk.workers import DISK_PAUSE_S, IlsWorker, PadWorker, TokenMissing
from kiosk.lab.loop import run
from tests.desk.doubles import Disk, Field, House, SlowIls, now

ANNA, BEN = PatronId("p1"), PatronId("p2")
BOOKS = ("A1", "A2", "A3", "A4", "A5")


async def signed_in(house: House, desk: Desk) -> None:
    desk.post(CardShown(ANNA))
    await asyncio.sleep(1)
    assert isinstance(house.view.screen, LoanView)


def press(house: House, desk: Desk, do: Do) -> None:
    desk.post(Pressed(house.view.session, house.view.revision, do))


# ---- a visit ----------------------------------------------------------------------------------


def test_three_books_go_from_the_card_to_safe_to_leave() -> None:
    async def story(house: House, desk: Desk) -> None:
        house.pad.put("A1", "A2", "A3")
        await signed_in(house, desk)
        await asyncio.sleep(5)
        assert house.states() == {"A1": "safe", "A2": "safe", "A3": "safe"}
        press(house, desk, Do.FINISH)
        await asyncio.sleep(0.1)
        assert isinstance(house.view.screen, FarewellView)
        await asyncio.sleep(30)
        assert isinstance(house.view.screen, AttractView)

    house = House().open_for(story)
    assert set(house.pad.afi.values()) == {0xC2}
    assert [row.kind for row in house.disk.rows if row.closes] == [RowKind.SETTLED] * 3
    assert house.ils.did[-1].what == "end"
    safe = [fact for fact in house.wall.facts if isinstance(fact, ItemSafe)]
    assert safe == [ItemSafe(ItemKey(barcode)) for barcode in ("A1", "A2", "A3")]
    assert sum(isinstance(fact, SessionBegan) for fact in house.wall.facts) == 1
    assert sum(isinstance(fact, SessionEnded) for fact in house.wall.facts) == 1


def test_a_screen_gets_only_views_that_are_new() -> None:
    async def story(house: House, desk: Desk) -> None:
        house.pad.put("A1")
        await signed_in(house, desk)
        await asyncio.sleep(3)

    views = House().open_for(story).wall.views
    assert all(one != two for one, two in pairwise(views))
    assert [view.revision for view in views] == sorted({view.revision for view in views})


def test_a_finger_means_what_it_saw_though_much_has_changed_that_no_screen_shows() -> None:
    async def story(house: House, desk: Desk) -> None:
        house.pad.put("A1")
        await signed_in(house, desk)
        await asyncio.sleep(22)  # the loan is closed on the disk long after it was said to be safe
        assert desk.state.revision > house.view.revision
        press(house, desk, Do.FINISH)
        await asyncio.sleep(0.1)
        assert isinstance(house.view.screen, FarewellView)

    House().open_for(story)


def test_idle_time_runs_on_the_loops_clock() -> None:
    async def story(house: House, desk: Desk) -> None:
        await signed_in(house, desk)
        await asyncio.sleep(70)
        assert house.view.modal is not None
        press(house, desk, Do.MORE_TIME)
        await asyncio.sleep(50)
        assert house.view.modal is None
        await asyncio.sleep(40)
        assert isinstance(house.view.screen, AttractView)

    House().open_for(story)


def test_two_cards_at_one_instant_are_one_visit() -> None:
    async def story(house: House, desk: Desk) -> None:
        desk.post(CardShown(ANNA))
        desk.post(CardShown(BEN))
        await asyncio.sleep(2)

    house = House().open_for(story)
    assert [did.on for did in house.ils.did] == ["p1"]


# ---- side by side -------------------------------------------------------------------------------


def test_the_stages_of_different_books_overlap() -> None:
    async def story(house: House, desk: Desk) -> None:
        await signed_in(house, desk)
        house.pad.put("A1", "A2")
        await asyncio.sleep(2)

    house = House().open_for(story)
    second = house.did("lend", "A2")
    assert second.began == house.did("lend", "A1").ended  # the ILS does not wait for our disk
    answer = next(flush for flush in house.disk.flushes if flush.on == "answer A1")
    assert answer.overlaps(second)
    assert house.did("write", "A1").ended < second.ended
    assert house.did("read", "A1").ended < second.ended


@pytest.mark.parametrize("before_the_card", [True, False])
def test_a_stack_of_five_shares_its_flushes(*, before_the_card: bool) -> None:
    async def story(house: House, desk: Desk) -> None:
        if before_the_card:
            house.pad.put(*BOOKS)
        await signed_in(house, desk)
        if not before_the_card:
            house.pad.put(*BOOKS)
        await asyncio.sleep(10)

    house = House().open_for(story)
    assert set(house.states().values()) == {"safe"}
    assert len(house.disk.flushes) <= len(BOOKS) + 3, [flush.on for flush in house.disk.flushes]
    assert house.disk.flushes[0].on == ", ".join(f"intent {barcode}" for barcode in BOOKS)


def test_a_quick_ils_gives_no_more_flushes_than_answers() -> None:
    async def story(house: House, desk: Desk) -> None:
        house.pad.put(*BOOKS)
        await signed_in(house, desk)
        await asyncio.sleep(10)

    house = House(ils=SlowIls(takes=0.001)).open_for(story)
    assert set(house.states().values()) == {"safe"}
    assert len(house.disk.flushes) <= len(BOOKS) + 3


def test_one_tag_that_is_slow_does_not_hold_up_the_others() -> None:
    async def story(house: House, desk: Desk) -> None:
        await signed_in(house, desk)
        house.pad.put("A1", "A2", "A3")
        await asyncio.sleep(3)
        assert house.states() == {"A1": "lent", "A2": "safe", "A3": "safe"}
        await asyncio.sleep(30)
        assert set(house.states().values()) == {"safe"}

    House(pad=Field(slow={Uid("A1"): 20.0})).open_for(story)


def test_a_late_answer_is_seen_on_the_screen() -> None:
    async def story(house: House, desk: Desk) -> None:
        house.ils.takes, house.ils.late_after = 5.0, 2.0
        house.pad.put("A1")
        await asyncio.sleep(0.1)
        desk.post(CardShown(ANNA))
        await asyncio.sleep(8)
        assert house.view.screen.rows[0].late  # type: ignore[union-attr]
        await asyncio.sleep(3)
        assert house.states() == {"A1": "safe"}

    House().open_for(story)


def test_a_doubt_is_settled_after_the_loans_that_patrons_wait_for() -> None:
    async def story(house: House, desk: Desk) -> None:
        house.pad.put("A1", "A2", "A3")
        await signed_in(house, desk)
        await asyncio.sleep(10)
        assert set(house.states().values()) == {"safe"}

    house = House(ils=SlowIls(answers={"A1": Doubt()})).open_for(story)
    assert house.ils.begun == ["sign-in p1", "lend A1", "lend A2", "lend A3", "settle A1"]


# ---- order and tokens ---------------------------------------------------------------------------


def intent(item: str, kind: RowKind = RowKind.INTENT) -> Flushed:
    return Flushed(1, SagaId(item), kind)


def test_what_patrons_wait_for_is_asked_before_what_they_do_not() -> None:
    ils = SlowIls()
    answers: list[Event] = []

    async def main() -> None:
        worker = IlsWorker(ils, answers.append)
        worker.take(DescribeItem(ItemKey("D1")))
        worker.take(EndIlsSession(ANNA, None))
        worker.take(SettleLoan(SagaId("S1"), ANNA, ItemKey("S1")))
        worker.take(SettleReturn(SagaId("S2"), ItemKey("S2")))
        worker.take(AskLoan(intent("L1"), ANNA, None, ItemKey("L1")))
        worker.take(AskReturn(intent("R1"), ItemKey("R1")))
        worker.take(AskRenewal(intent("N1"), ANNA, None, ItemKey("N1")))
        worker.take(AskLoan(intent("L2"), ANNA, None, ItemKey("L2")))
        worker.take(SignIn(1, BEN, None, "en"))
        jobs = [asyncio.create_task(job) for job in worker.jobs()]
        await asyncio.sleep(10)
        for job in jobs:
            job.cancel()

    run(main())
    assert ils.begun == [
        "end p1",
        "sign-in p2",
        "lend L1",
        "take-back R1",
        "renew N1",
        "lend L2",
        "settle S1",
        "settle-return S2",
        "describe D1",
    ]
    assert len({(did.began, did.ended) for did in ils.did}) == 9  # one question at a time


@pytest.mark.parametrize("kind", [kind for kind in RowKind if kind is not RowKind.INTENT])
def test_a_loan_is_not_asked_without_its_intent(kind: RowKind) -> None:
    async def main() -> None:
        worker = IlsWorker(SlowIls(), lambda _: None)
        with pytest.raises(TokenMissing):
            worker.take(AskLoan(intent("L1", kind), ANNA, None, ItemKey("L1")))

    run(main())


@pytest.mark.parametrize("kind", [kind for kind in RowKind if kind is not RowKind.INTENT])
def test_neither_a_return_nor_a_renewal_is_asked_without_its_intent(kind: RowKind) -> None:
    async def main() -> None:
        worker = IlsWorker(SlowIls(), lambda _: None)
        with pytest.raises(TokenMissing):
            worker.take(AskReturn(intent("R1", kind), ItemKey("R1")))
        with pytest.raises(TokenMissing):
            worker.take(AskRenewal(intent("N1", kind), ANNA, None, ItemKey("N1")))

    run(main())


@pytest.mark.parametrize("armed", [False, True])
@pytest.mark.parametrize("kind", [kind for kind in RowKind if kind is not RowKind.ANSWER])
def test_a_tag_is_not_switched_without_its_answer(kind: RowKind, armed: bool) -> None:
    async def main() -> None:
        field = Field()
        worker = PadWorker(field, field, lambda _: None, lambda _: True)
        with pytest.raises(TokenMissing):
            worker.take(SwitchTag(Uid("A1"), armed, intent("L1", kind)))

    run(main())


# ---- the disk -----------------------------------------------------------------------------------


async def refused_and_finished(house: House, desk: Desk) -> None:
    """A book is put on the pad and refused, and its patron finishes."""
    house.pad.put("A1")
    await asyncio.sleep(1)
    assert house.states() == {"A1": "refused"}
    press(house, desk, Do.FINISH)
    await asyncio.sleep(0.1)
    press(house, desk, Do.FINISH)


def test_a_disk_that_refuses_rows_lends_nothing_and_is_tried_again() -> None:
    async def story(house: House, desk: Desk) -> None:
        await signed_in(house, desk)
        house.disk.broken = True
        await refused_and_finished(house, desk)
        await asyncio.sleep(0.1)
        assert isinstance(house.view.screen, CannotLendView)
        desk.post(CardShown(BEN))
        await asyncio.sleep(0.1)
        assert isinstance(house.view.screen, CannotLendView)
        house.disk.broken = False
        await asyncio.sleep(DISK_PAUSE_S)
        assert isinstance(house.view.screen, AttractView)
        house.pad.lift("A1")
        await asyncio.sleep(3)
        house.pad.put("A1")
        desk.post(CardShown(BEN))
        await asyncio.sleep(3)
        assert house.states() == {"A1": "safe"}

    house = House().open_for(story)
    assert [did.on for did in house.ils.did if did.what == "lend"] == ["A1"]
    assert any(
        isinstance(fact, DeviceNow) and fact.reason is Reason.JOURNAL_FAILED for fact in house.wall.facts
    )


def test_a_full_disk_invites_nobody_until_it_has_room() -> None:
    async def story(house: House, desk: Desk) -> None:
        await signed_in(house, desk)
        house.disk.broken = house.disk.full = True
        await refused_and_finished(house, desk)
        house.pad.lift("A1")
        await asyncio.sleep(100 * DISK_PAUSE_S)
        assert isinstance(house.view.screen, CannotLendView)
        house.disk.broken = house.disk.full = False
        await asyncio.sleep(DISK_PAUSE_S)
        assert isinstance(house.view.screen, AttractView)

    House().open_for(story)


def test_a_disk_that_refuses_the_answer_leaves_the_tag_alone_until_the_next_start() -> None:
    async def break_it(house: House, desk: Desk) -> None:
        await signed_in(house, desk)
        house.pad.put("A1")
        await asyncio.sleep(0.2)
        house.disk.broken = True
        await asyncio.sleep(2)
        assert house.states() == {"A1": "attention"}

    async def start_again(house: House, desk: Desk) -> None:
        house.pad.put("A1")
        await asyncio.sleep(10)

    before = House().open_for(break_it)
    assert before.pad.did == []
    after = House(disk=Disk(rows=before.disk.rows)).open_for(start_again)
    assert after.ils.begun == ["settle A1"]
    assert after.pad.afi == {"A1": 0xC2}
    assert after.disk.still_open == ()


def test_what_was_open_when_the_power_went_is_settled_at_the_start() -> None:
    rows = [
        Row(SagaId("L1"), RowKind.INTENT, {"item": "A1", "owner": "", "uids": ["A1"]}, {"patron": "p1"}),
        Row(SagaId("L2"), RowKind.INTENT, {"item": "A2", "owner": "", "uids": ["A2"]}, {"patron": "p1"}),
        Row(SagaId("L2"), RowKind.ANSWER, {"item": "A2", "lent": True, "release": True}),
        Row(SagaId("L3"), RowKind.INTENT, {"item": "A3", "owner": "", "uids": ["A3"]}, {"patron": "p1"}),
    ]

    async def story(house: House, desk: Desk) -> None:
        house.pad.put("A1", "A2", "A3")
        await asyncio.sleep(10)

    ils = SlowIls(settled={"A3": NotLent(Reason.ITEM_REFUSED)})
    house = House(ils=ils, disk=Disk(rows=rows)).open_for(story)
    assert sorted(house.ils.begun) == ["settle A1", "settle A2", "settle A3"]
    assert house.pad.afi == {"A1": 0xC2, "A2": 0xC2, "A3": 0x07}
    assert house.disk.still_open == ()
    assert isinstance(house.view.screen, AttractView)


def test_a_journal_that_cannot_be_read_at_the_start_is_tried_until_it_can() -> None:
    rows = [Row(SagaId("L1"), RowKind.INTENT, {"item": "A1", "owner": "", "uids": ["A1"]}, {"patron": "p1"})]

    async def story(house: House, desk: Desk) -> None:
        assert isinstance(house.view.screen, CannotLendView)
        house.pad.put("A1")
        await asyncio.sleep(2.5 * DISK_PAUSE_S)
        assert house.pad.afi == {"A1": 0xC2}
        house.pad.lift("A1")
        await asyncio.sleep(3)
        await signed_in(house, desk)

    House(disk=Disk(rows=rows, unreadable=2)).open_for(story)


def test_a_cut_at_any_moment_of_a_visit_ends_in_agreement() -> None:
    """The power goes; what was flushed stays, what was written stays, what the ILS lent stays."""

    async def visit(house: House, desk: Desk) -> None:
        house.pad.put("A1", "A2")
        desk.post(CardShown(ANNA))
        await asyncio.sleep(cut)

    async def morning(house: House, desk: Desk) -> None:
        house.pad.put("A1", "A2")
        await asyncio.sleep(10)

    for tenth in range(30):
        cut = tenth * 0.05
        before = House().open_for(visit)
        lent = {did.on for did in before.ils.did if did.what == "lend"}
        settled = {} if "A1" in lent else {"A1": NotLent(Reason.ITEM_REFUSED)}
        settled |= {} if "A2" in lent else {"A2": NotLent(Reason.ITEM_REFUSED)}
        after = House(
            ils=SlowIls(settled=dict(settled)),
            pad=Field(afi=dict(before.pad.afi)),
            disk=Disk(rows=before.disk.rows),
        ).open_for(morning)
        assert {str(uid) for uid, afi in after.pad.afi.items() if afi == 0xC2} == lent, cut
        assert after.disk.still_open == (), cut


def test_the_wait_for_the_ils_is_shown_at_once() -> None:
    async def story(house: House, desk: Desk) -> None:
        began = now()
        desk.post(CardShown(ANNA))
        await asyncio.sleep(0)
        assert isinstance(house.view.screen, WaitView)
        assert now() == began
        await asyncio.sleep(1)
        assert house.ils.did[0].began == began
        assert house.view.header.patron == "Anna K."
        assert house.wall.facts[0] == DeviceNow(Device.JOURNAL, house.wall.facts[0].condition, None)

    House().open_for(story)


# ---- what the ILS is told of the kiosk ------------------------------------------------------------


def test_the_ils_learns_of_paper_that_has_run_out_and_of_the_end() -> None:
    async def story(house: House, desk: Desk) -> None:
        for condition, reason in (
            (Condition.READY, None),
            (Condition.DEGRADED, Reason.PAPER_LOW),
            (Condition.MISSING, Reason.PAPER_OUT),
            (Condition.MISSING, Reason.PAPER_OUT),
            (Condition.MISSING, Reason.PRINTER_SILENT),
            (Condition.READY, None),
        ):
            desk.post(DeviceChanged(Device.PRINTER, condition, reason))
            await asyncio.sleep(1)
        desk.post(DeviceChanged(Device.PAD, Condition.MISSING, Reason.PAPER_OUT))  # no printer
        await asyncio.sleep(1)
        assert house.ils.told == [TerminalState.PAPER_OUT, TerminalState.READY]

    assert House().open_for(story).ils.told[2:] == [TerminalState.CLOSING]


def test_whoever_comes_without_touching_the_screen_stirs_it() -> None:
    """A book that is put down first changes no view, and the screen may be dark."""

    async def story(house: House, desk: Desk) -> None:
        await asyncio.sleep(100)
        desk.post(DeviceChanged(Device.PRINTER, Condition.MISSING, Reason.PAPER_OUT))
        await asyncio.sleep(100)
        assert house.stirs == []
        before = house.view
        house.pad.put("A1")
        await asyncio.sleep(100)
        assert house.view == before
        assert len(house.stirs) == 1
        desk.post(CardShown(ANNA))
        await asyncio.sleep(1)
        assert len(house.stirs) == 2

    House().open_for(story)
