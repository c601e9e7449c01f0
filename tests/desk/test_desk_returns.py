"""The desk and what stands beside it: books that come back, paper, the gate."""

import asyncio

from kiosk.circulation.answers import Doubt, NotReturned, Returned, Welcome
from kiosk.circulation.effects import PrintPaper, ReleaseGate
from kiosk.circulation.events import Event, GateAnswered, PaperPrinted
from kiosk.circulation.facts import GateOpened, GateSounded, ItemReturned, PaperCame
from kiosk.circulation.intents import Do, Intent, Pressed, Renew
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CardShown, CodeScanned, GateAlarmed
from kiosk.circulation.values import (
    Alert,
    ItemKey,
    Paper,
    PaperKind,
    PatronId,
    Printout,
    Proof,
    Row,
    RowKind,
    SagaId,
    Uid,
)
from kiosk.circulation.views import AttractView, FarewellView, ReceiptState, ReceiptView, ReturnView
from kiosk.desk import Desk
from kiosk.desk.workers import GateWorker, PaperWorker
from kiosk.lab.loop import run
from tests.desk.doubles import Disk, Field, House, Paperback, SlowIls, Turnstile, now

LENT = {Uid(name): 0xC2 for name in ("A1", "A2", "A3")}


async def press(house: House, desk: Desk, do: Intent) -> None:
    desk.post(Pressed(house.view.session, house.view.revision, do))
    await asyncio.sleep(0.1)


def test_three_books_come_back_and_share_their_flushes() -> None:
    async def story(house: House, desk: Desk) -> None:
        await press(house, desk, Do.RETURN)
        house.pad.put("A1", "A2", "A3")
        await asyncio.sleep(5)
        assert isinstance(house.view.screen, ReturnView)
        assert house.states() == {"A1": "returned", "A2": "returned", "A3": "returned"}
        await press(house, desk, Do.FINISH)
        assert isinstance(house.view.screen, FarewellView)
        await asyncio.sleep(30)
        assert isinstance(house.view.screen, AttractView)
        assert house.disk.still_open == ()

    house = House(pad=Field(afi=dict(LENT))).open_for(story)
    assert set(house.pad.afi.values()) == {0x07}
    assert [did.what for did in house.ils.did] == ["take-back"] * 3
    assert house.ils.did[1].began == house.did("take-back", "A1").ended  # the ILS does not wait for our disk
    assert house.did("write", "A1").ended < house.did("take-back", "A2").ended
    assert len(house.disk.flushes) <= 3 + 3
    assert sum(isinstance(fact, ItemReturned) for fact in house.wall.facts) == 3


def test_a_doubt_about_a_return_is_settled_after_the_others() -> None:
    async def story(house: House, desk: Desk) -> None:
        await press(house, desk, Do.RETURN)
        house.pad.put("A1", "A2")
        await asyncio.sleep(8)
        assert set(house.states().values()) == {"returned"}

    house = House(ils=SlowIls(back={"A1": Doubt()}), pad=Field(afi=dict(LENT))).open_for(story)
    assert house.ils.begun == ["take-back A1", "take-back A2", "settle-return A1"]


def test_a_late_answer_to_a_return_is_seen_on_the_screen() -> None:
    async def story(house: House, desk: Desk) -> None:
        house.ils.takes, house.ils.late_after = 5.0, 2.0
        await press(house, desk, Do.RETURN)
        house.pad.put("A1")
        await asyncio.sleep(3)
        assert house.view.screen.rows[0].late  # type: ignore[union-attr]
        await asyncio.sleep(3)
        assert house.states() == {"A1": "returned"}

    House().open_for(story)


def test_a_cut_at_any_moment_of_a_return_ends_in_agreement() -> None:
    """What the ILS took back is armed in the morning; what it did not is left as it was."""

    async def visit(house: House, desk: Desk) -> None:
        await press(house, desk, Do.RETURN)
        house.pad.put("A1", "A2")
        await asyncio.sleep(cut)

    async def morning(house: House, desk: Desk) -> None:
        house.pad.put("A1", "A2")
        await asyncio.sleep(10)
        assert house.disk.still_open == (), cut

    for tenth in range(30):
        cut = tenth * 0.04
        before = House(pad=Field(afi={Uid("A1"): 0xC2, Uid("A2"): 0xC2})).open_for(visit)
        took = {did.on for did in before.ils.did if did.what == "take-back"}
        lent = {name: NotReturned(Reason.RETURN_REFUSED) for name in ("A1", "A2") if name not in took}
        after = House(
            ils=SlowIls(settled_back=dict(lent)),
            pad=Field(afi=dict(before.pad.afi)),
            disk=Disk(rows=before.disk.rows),
        ).open_for(morning)
        assert {str(uid) for uid, afi in after.pad.afi.items() if afi == 0x07} == took, cut


def test_a_renewal_that_was_cut_off_is_closed_at_the_start() -> None:
    rows = [
        Row(
            SagaId("N1"),
            RowKind.INTENT,
            {"item": "A1", "owner": "", "uids": [], "act": "renewal"},
            {"patron": "p1"},
        )
    ]

    async def story(house: House, desk: Desk) -> None:
        await asyncio.sleep(5)
        assert house.disk.still_open == ()

    assert House(disk=Disk(rows=rows)).open_for(story).ils.begun == []


def test_a_book_is_renewed_after_the_question() -> None:
    async def story(house: House, desk: Desk) -> None:
        house.pad.put("A1")
        desk.post(CardShown(PatronId("p1")))
        await asyncio.sleep(2)
        await press(house, desk, Renew("A1"))
        await asyncio.sleep(1)
        assert not any(did.what == "renew" for did in house.ils.did)
        await press(house, desk, Do.YES)
        await asyncio.sleep(1)
        assert house.states() == {"A1": "renewed"}

    ils = SlowIls(welcome=Welcome("Anna Kern", frozenset({"A1"})))
    House(ils=ils, pad=Field(afi=dict(LENT))).open_for(story)


# ---- paper ------------------------------------------------------------------------------------


def test_slips_and_a_receipt_come_out_one_after_the_other() -> None:
    async def story(house: House, desk: Desk) -> None:
        await press(house, desk, Do.RETURN)
        house.pad.put("A1", "A2")
        await asyncio.sleep(1.2)
        await press(house, desk, Do.FINISH)
        await press(house, desk, Do.PRINT)
        assert house.view.screen.receipt == ReceiptView(ReceiptState.PRINTING)  # type: ignore[union-attr]
        await asyncio.sleep(5)
        assert house.view.screen.receipt == ReceiptView(ReceiptState.PRINTED)  # type: ignore[union-attr]

    alert = Returned("Momo", alert=Alert.TRANSIT, bin="3")
    printer = Paperback()
    house = House(ils=SlowIls(back={"A1": alert, "A2": alert}), printer=printer).open_for(story)
    assert [paper.kind for paper in printer.papers] == ["slip", "slip", "returns"]
    assert all(one.ended <= two.began for one, two in zip(printer.did, printer.did[1:], strict=False))
    assert sum(isinstance(fact, PaperCame) for fact in house.wall.facts) == 3


def test_without_a_printer_a_print_fails_at_once() -> None:
    said: list[Event] = []
    worker = PaperWorker(None, said.append)
    worker.take(PrintPaper(7, Paper(PaperKind.SLIP, "en", "Library", 0.0)))
    assert said == [PaperPrinted(7, Printout(Proof.FAILED, Reason.PRINTER_MISSING))]
    assert list(worker.jobs()) == []


# ---- the gate ---------------------------------------------------------------------------------


def borrowing(gate: Turnstile | None) -> House:
    async def story(house: House, desk: Desk) -> None:
        house.pad.put("A1")
        desk.post(CardShown(PatronId("p1")))
        await asyncio.sleep(3)
        assert gate is None or gate.released == []
        await press(house, desk, Do.FINISH)
        if gate is not None:
            assert now() - gate.released[0] <= 0.2
            gate.post(GateAlarmed())
        await asyncio.sleep(40)

    return House(gate=gate).open_for(story)


def test_the_gate_is_released_as_soon_as_the_farewell_begins() -> None:
    gate = Turnstile()
    facts = borrowing(gate).wall.facts
    assert len(gate.released) == 1
    assert [fact.done for fact in facts if isinstance(fact, GateOpened)] == [True]
    assert GateSounded() in facts


def test_a_gate_that_does_not_follow_is_told() -> None:
    facts = borrowing(Turnstile(follows=False)).wall.facts
    assert [fact.done for fact in facts if isinstance(fact, GateOpened)] == [False]


def test_without_a_gate_nothing_is_released_and_nothing_is_claimed() -> None:
    assert not any(isinstance(fact, GateOpened) for fact in borrowing(None).wall.facts)
    said: list[Event] = []
    worker = GateWorker(None, said.append)
    worker.take(ReleaseGate(1))
    assert said == []
    assert list(worker.jobs()) == []


def test_the_gate_answers_for_the_session_that_was_let_through() -> None:
    said: list[Event] = []

    async def main() -> None:
        worker = GateWorker(Turnstile(), said.append)
        worker.take(ReleaseGate(3))
        worker.take(ReleaseGate(5))
        jobs = [asyncio.create_task(job) for job in worker.jobs()]
        await asyncio.sleep(1)
        for job in jobs:
            job.cancel()

    run(main())
    assert [event for event in said if isinstance(event, GateAnswered)] == [
        GateAnswered(3, done=True),
        GateAnswered(5, done=True),
    ]


def test_a_release_does_not_wait_for_the_end_of_the_last_one() -> None:
    """By then the next patron may stand there."""
    gate = Turnstile()

    async def main() -> None:
        worker = GateWorker(gate, lambda _: None)
        worker.take(ReleaseGate(3))
        worker.take(ReleaseGate(5))
        jobs = [asyncio.create_task(job) for job in worker.jobs()]
        await asyncio.sleep(0.01)
        for job in jobs:
            job.cancel()

    run(main())
    assert len(gate.released) == 2


def test_an_item_without_a_tag_comes_back_with_two_flushes() -> None:
    async def story(house: House, desk: Desk) -> None:
        await press(house, desk, Do.RETURN)
        desk.post(CodeScanned(item=ItemKey("C1")))
        await asyncio.sleep(3)
        assert house.states() == {"C1": "returned"}

    assert len(House().open_for(story).disk.flushes) == 2
