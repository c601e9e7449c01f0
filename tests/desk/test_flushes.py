"""How often the disk is flushed, and that nobody waits for it who need not: the real desk in virtual time."""

import asyncio
from itertools import pairwise

import pytest

from kiosk.circulation.answers import FeeAsked, Welcome
from kiosk.circulation.effects import AppendRow, FlushRows
from kiosk.circulation.events import Event, RowsFlushed
from kiosk.circulation.intents import Do, Intent, Pressed
from kiosk.circulation.reports import CardShown, DeviceChanged
from kiosk.circulation.values import Money, PatronId, Row, RowKind, SagaId, Uid
from kiosk.circulation.views import AskFee, FarewellView
from kiosk.desk import Desk
from kiosk.desk.workers import LAZY_FLUSH_S, JournalWorker
from kiosk.lab.loop import run
from tests.desk.doubles import Disk, Field, House, SlowIls, now

ANNA = PatronId("p1")


async def press(house: House, desk: Desk, intent: Intent) -> None:
    desk.post(Pressed(house.view.session, house.view.revision, intent))
    await asyncio.sleep(0.001)


def names(count: int) -> list[str]:
    return [f"A{number:02}" for number in range(count)]


def answers(house: House) -> int:
    """How many answers about items the ILS has given."""
    return sum(did.what.startswith(("lend", "take-back")) for did in house.ils.did)


def a_house(ils: float, disk: float, on_loan: list[str] | None = None) -> House:
    afi = {Uid(name): 0xC2 for name in on_loan or ()}
    return House(ils=SlowIls(takes=ils), disk=Disk(takes=disk), pad=Field(afi=afi))


# ---- how many -------------------------------------------------------------------------------


@pytest.mark.parametrize("books", [1, 5, 12])
@pytest.mark.parametrize("disk", [0.001, 0.008, 0.3, 1.0])
@pytest.mark.parametrize("ils", [0.001, 0.05, 0.4, 1.5])
@pytest.mark.parametrize("errand", ["loan", "return"])
def test_a_stack_needs_at_most_a_flush_an_answer_and_three(
    errand: str, ils: float, disk: float, books: int
) -> None:
    stack = names(books)

    async def story(house: House, desk: Desk) -> None:
        if errand == "loan":
            desk.post(CardShown(ANNA))
        else:
            await press(house, desk, Do.RETURN)
        await asyncio.sleep(ils + 2 * disk + 0.1)
        house.pad.put(*stack)
        await asyncio.sleep(books * (ils + 2 * disk) + 12)
        assert set(house.states().values()) == {"safe" if errand == "loan" else "returned"}
        await press(house, desk, Do.FINISH)
        await asyncio.sleep(40)
        assert house.disk.still_open == ()

    house = a_house(ils, disk, stack if errand == "return" else None).open_for(story)
    assert answers(house) == books
    assert len(house.disk.flushes) <= books + 3, [flush.on for flush in house.disk.flushes]


@pytest.mark.parametrize("pause", [0.0, 1.0, 3.8])
@pytest.mark.parametrize("disk", [0.008, 0.2])
@pytest.mark.parametrize("errand", ["loan", "return"])
def test_books_put_down_one_by_one_need_at_most_two_flushes_each(
    errand: str, disk: float, pause: float
) -> None:
    books = names(6)
    done = "safe" if errand == "loan" else "returned"

    async def story(house: House, desk: Desk) -> None:
        if errand == "loan":
            desk.post(CardShown(ANNA))
        else:
            await press(house, desk, Do.RETURN)
        await asyncio.sleep(1)
        for book in books:
            house.pad.put(book)
            await asyncio.sleep(0.5 + 2 * disk)
            assert house.states()[book] == done
            await asyncio.sleep(pause)
        await press(house, desk, Do.FINISH)
        await asyncio.sleep(40)
        assert house.disk.still_open == ()

    house = a_house(0.4, disk, books if errand == "return" else None).open_for(story)
    assert answers(house) == len(books)
    assert len(house.disk.flushes) <= 2 * len(books) + 1, [flush.on for flush in house.disk.flushes]


def test_a_visit_without_books_touches_no_disk() -> None:
    async def story(house: House, desk: Desk) -> None:
        desk.post(CardShown(ANNA))
        await asyncio.sleep(1)
        await press(house, desk, Do.FINISH)
        await asyncio.sleep(40)

    assert House().open_for(story).disk.flushes == []


# ---- who waits for whom -----------------------------------------------------------------------


@pytest.mark.parametrize("books", [1, 6])
def test_the_first_question_waits_for_its_own_flush_and_for_nothing_else(books: int) -> None:
    put: list[float] = []

    async def story(house: House, desk: Desk) -> None:
        desk.post(CardShown(ANNA))
        await asyncio.sleep(1)
        put.append(now())
        house.pad.put(*names(books))
        await asyncio.sleep(0.01)
        house.pad.put("B1")  # too late for the first flush, which does not wait for it
        await asyncio.sleep(30)
        assert set(house.states().values()) == {"safe"}

    house = a_house(0.4, 0.25).open_for(story)
    assert house.did("lend", "A00").began == pytest.approx(put[0] + 0.25)
    assert "B1" not in house.disk.flushes[0].on
    assert "intent B1" in house.disk.flushes[1].on


def test_answers_that_come_while_the_disk_is_busy_share_the_next_flush() -> None:
    async def story(house: House, desk: Desk) -> None:
        desk.post(CardShown(ANNA))
        await asyncio.sleep(1)
        house.pad.put(*names(6))
        await asyncio.sleep(30)

    house = a_house(0.01, 1.0).open_for(story)
    flushes = [flush.on for flush in house.disk.flushes if "answer" in flush.on]
    assert flushes[0] == "answer A00", "the first one waits for nobody"
    assert all(f"answer {book}" in flushes[1] for book in names(6)[1:])
    assert len(flushes) == 2


def test_a_flush_overlaps_the_next_question() -> None:
    async def story(house: House, desk: Desk) -> None:
        desk.post(CardShown(ANNA))
        await asyncio.sleep(1)
        house.pad.put(*names(4))
        await asyncio.sleep(20)

    house = a_house(0.4, 0.3).open_for(story)
    asked = [house.did("lend", book) for book in names(4)]
    for before, after in pairwise(asked):
        assert after.began == before.ended, "the ILS does not wait for our disk"
        flush = next(flush for flush in house.disk.flushes if f"answer {before.on}" in flush.on)
        assert flush.overlaps(after)


def test_a_tag_is_written_as_soon_as_its_answer_is_on_the_disk() -> None:
    async def story(house: House, desk: Desk) -> None:
        desk.post(CardShown(ANNA))
        await asyncio.sleep(1)
        house.pad.put(*names(3))
        await asyncio.sleep(20)

    house = a_house(0.4, 0.1).open_for(story)
    for book in names(3):
        flush = next(flush for flush in house.disk.flushes if f"answer {book}" in flush.on)
        assert house.did("write", book).began == flush.ended


def test_finish_ends_the_wait_of_rows_that_nobody_waits_for() -> None:
    async def story(house: House, desk: Desk) -> None:
        desk.post(CardShown(ANNA))
        await asyncio.sleep(1)
        house.pad.put("A1")
        await asyncio.sleep(1)
        assert house.states() == {"A1": "safe"}
        assert house.disk.still_open != ()
        await press(house, desk, Do.FINISH)
        assert isinstance(house.view.screen, FarewellView)
        await asyncio.sleep(0.02)
        assert house.disk.still_open == ()

    House().open_for(story)


def test_a_fee_needs_two_flushes_more() -> None:
    async def story(house: House, desk: Desk) -> None:
        desk.post(CardShown(ANNA))
        await asyncio.sleep(1)
        house.pad.put("A1", "A2")
        await asyncio.sleep(2)
        assert isinstance(house.view.modal, AskFee)
        await press(house, desk, Do.YES)
        await asyncio.sleep(2)
        assert house.states() == {"A1": "safe", "A2": "safe"}
        await press(house, desk, Do.FINISH)
        await asyncio.sleep(1)
        assert house.disk.still_open == ()

    ils = SlowIls(answers={"A1": FeeAsked(Money(2))}, welcome=Welcome("Anna Kern"))  # type: ignore[arg-type]
    house = House(ils=ils).open_for(story)
    assert house.ils.begun[1:] == ["lend A1", "lend A2", "lend agreed A1"]
    assert len(house.disk.flushes) <= answers(house) + 3


# ---- the worker alone -------------------------------------------------------------------------


def lazy(saga: str) -> AppendRow:
    return AppendRow(Row(SagaId(saga), RowKind.SETTLED, {"item": saga}, closes=True), urgent=False)


def urgent(saga: str) -> AppendRow:
    return AppendRow(Row(SagaId(saga), RowKind.INTENT, {"item": saga}))


async def at_work(disk: Disk, said: list[Event]) -> JournalWorker:
    worker = JournalWorker(disk, said.append)
    for job in worker.jobs():
        worker.kept = asyncio.create_task(job)  # type: ignore[attr-defined]
    await asyncio.sleep(0)
    return worker


def flushed(disk: Disk) -> list[tuple[str, float]]:
    return [(flush.on, round(flush.began, 3)) for flush in disk.flushes]


def test_a_row_that_nobody_waits_for_waits_for_company_for_a_while() -> None:
    disk, said = Disk(), list[Event]()

    async def main() -> None:
        worker = await at_work(disk, said)
        worker.take(lazy("L1"))
        await asyncio.sleep(2)
        worker.take(lazy("L2"))
        await asyncio.sleep(LAZY_FLUSH_S)

    run(main())
    assert flushed(disk) == [("settled L1, settled L2", LAZY_FLUSH_S)]


def test_an_urgent_row_takes_along_what_waits() -> None:
    disk, said = Disk(), list[Event]()

    async def main() -> None:
        worker = await at_work(disk, said)
        worker.take(lazy("L1"))
        await asyncio.sleep(1)
        worker.take(urgent("L2"))
        await asyncio.sleep(1)

    run(main())
    assert flushed(disk) == [("settled L1, intent L2", 1.0)]
    assert [type(event) for event in said] == [RowsFlushed]


def test_flush_rows_ends_the_wait_and_is_nothing_by_itself() -> None:
    disk, said = Disk(), list[Event]()

    async def main() -> None:
        worker = await at_work(disk, said)
        worker.take(FlushRows())
        await asyncio.sleep(1)
        worker.take(lazy("L1"))
        await asyncio.sleep(1)
        worker.take(FlushRows())
        await asyncio.sleep(1)

    run(main())
    assert flushed(disk) == [("settled L1", 2.0)]


def test_rows_that_come_during_a_flush_share_the_next() -> None:
    disk, said = Disk(takes=1.0), list[Event]()

    async def main() -> None:
        worker = await at_work(disk, said)
        for number in range(4):
            worker.take(urgent(f"L{number}"))
            await asyncio.sleep(0.2)
        await asyncio.sleep(5)

    run(main())
    assert flushed(disk) == [("intent L0", 0.0), ("intent L1, intent L2, intent L3", 1.0)]


def test_a_refused_flush_names_each_saga_once_and_the_disk_is_left_alone_for_a_while() -> None:
    disk, said = Disk(broken=True), list[Event]()

    async def main() -> None:
        worker = await at_work(disk, said)
        worker.take(urgent("L1"))
        worker.take(lazy("L1"))
        worker.take(urgent("L2"))
        await asyncio.sleep(30)

    run(main())
    assert [getattr(event, "sagas", None) for event in said] == [("L1", "L2"), None, None]
    assert [event.condition for event in said if isinstance(event, DeviceChanged)] == ["missing", "ready"]
