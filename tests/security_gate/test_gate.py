"""The gate: idle unless a patron is let through, and honest about a line that does not follow."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeVar

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import DeviceChanged, GateAlarmed, GateReport
from kiosk.circulation.values import Condition, Device
from kiosk.lab import run
from kiosk.security_gate import Chip, GateLines, GpiodChip, LineGate, gpiod_opener, rpi_opener
from tests.cards.one_thread import OneThread
from tests.security_gate.standins import Board, Gpiod, RpiGpio

T = TypeVar("T")

READY = DeviceChanged(Device.GATE, Condition.READY)
STUCK = DeviceChanged(Device.GATE, Condition.DEGRADED, Reason.GATE_STUCK)
MISSING = DeviceChanged(Device.GATE, Condition.MISSING, Reason.GATE_MISSING)
RELEASE, ALARM, FEEDBACK, CASE = 17, 5, 6, 27
LINES = GateLines(alarm_line=ALARM, debounce_s=0.0)


async def inline(fn: Callable[..., T], *args: object) -> T:
    return fn(*args)


async def until(it_is_so: Callable[[], bool]) -> None:
    """Let the loop go on, at this very instant, until something is so."""
    for _ in range(1000):
        if it_is_so():
            return
        await asyncio.sleep(0)
    pytest.fail("it never was so")


async def waiting(fn: Callable[[float], list[tuple[int, bool]]], timeout_s: float) -> list[tuple[int, bool]]:
    """Waits for edges in the loop's own time."""
    for _ in range(round(timeout_s / 0.01)):
        if found := fn(0.0):
            return found
        await asyncio.sleep(0.01)
    return []


def opener(board: Board, lines: GateLines, through: str = "gpiod") -> Callable[[], Chip]:
    if through == "gpiod":
        return gpiod_opener(lambda: Gpiod(board), GpiodChip(), lines)
    return rpi_opener(lambda: RpiGpio(board), lines)


def told(
    story: Callable[[Board, LineGate, list[GateReport]], Awaitable[None]],
    lines: GateLines = LINES,
    through: str = "gpiod",
) -> tuple[Board, list[GateReport]]:
    """Run the gate while the story is told, cancel it, and give back the board and what was posted."""
    board, posts = Board(), list[GateReport]()

    async def whole() -> None:
        board.clock = asyncio.get_running_loop().time
        gate = LineGate(opener(board, lines, through), lines, inline, waiting, Random(1))  # type: ignore[arg-type]
        running = asyncio.create_task(gate.run(posts.append))
        await until(lambda: bool(posts))
        await story(board, gate, posts)
        assert not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run(whole())
    return board, posts


through_both = pytest.mark.parametrize("through", ["gpiod", "rpi"])


@through_both
def test_a_patron_is_let_through(through: str) -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        await asyncio.sleep(1)
        assert await gate.release()
        await asyncio.sleep(1)

    board, posts = told(story, through=through)
    assert board.of(RELEASE) == [(1.0, 1), (4.0, 0)]
    assert posts == [READY]


@through_both
def test_a_case_is_opened_by_a_line_of_its_own(through: str) -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        await asyncio.sleep(1)
        assert await gate.open_case()
        board.jam(CASE, 0)
        assert not await gate.open_case()

    board, posts = told(story, GateLines(case_line=CASE, case_pulse_s=0.5), through)
    assert board.of(CASE)[:2] == [(1.0, 1), (1.5, 0)]
    assert board.of(RELEASE) == []
    assert posts == [READY]
    assert board.owners == {}


def test_the_end_in_the_middle_of_opening_a_case_leaves_it_locked() -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        story.opening = asyncio.create_task(gate.open_case())  # type: ignore[attr-defined]
        await asyncio.sleep(0.2)
        assert board.level(CASE) == 1

    board, _posts = told(story, GateLines(case_line=CASE))
    assert board.level(CASE) == 0
    assert story.opening.result() is False  # type: ignore[attr-defined]


def test_a_gate_without_a_case_line_opens_none() -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        assert not await gate.open_case()

    told(story)


@through_both
def test_asked_again_the_pulse_becomes_longer(through: str) -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        await asyncio.sleep(1)
        first = asyncio.create_task(gate.release())
        await asyncio.sleep(2)
        assert await gate.release()
        assert await first

    board, _posts = told(story, through=through)
    assert board.of(RELEASE) == [(1.0, 1), (6.0, 0)]


def test_the_loop_is_not_held_up_by_a_pulse() -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        releasing = asyncio.create_task(gate.release())
        for _ in range(10):
            await asyncio.sleep(0.1)
            assert not releasing.done()
        await releasing

    told(story)


def test_who_asked_may_go_away() -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        releasing = asyncio.create_task(gate.release())
        await asyncio.sleep(1)
        releasing.cancel()
        await asyncio.sleep(5)

    board, posts = told(story)
    assert board.of(RELEASE) == [(0.0, 1), (3.0, 0)]
    assert posts == [READY]


@through_both
def test_the_end_in_the_middle_of_a_pulse(through: str) -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        story.releasing = asyncio.create_task(gate.release())  # type: ignore[attr-defined]
        await asyncio.sleep(1)

    board, _posts = told(story, through=through)
    assert board.of(RELEASE) == [(0.0, 1), (1.0, 0)]
    assert board.owners == {}
    assert story.releasing.result() is False  # type: ignore[attr-defined]


@through_both
def test_a_line_jammed_idle_lets_nobody_through(through: str) -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        board.jam(RELEASE, 0)
        assert not await gate.release()
        await asyncio.sleep(60)
        assert posts == [READY, STUCK], "only a release can show that it follows again"
        board.jammed.clear()
        assert await gate.release()

    _board, posts = told(story, through=through)
    assert posts == [READY, STUCK, READY]


@through_both
def test_a_line_that_stays_active_is_told_again_until_it_is_idle(through: str) -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        releasing = asyncio.create_task(gate.release())
        await asyncio.sleep(1)
        board.jam(RELEASE, 1)
        assert not await releasing
        assert posts[-1] == STUCK
        before = asyncio.get_running_loop().time()
        assert not await gate.release()
        assert asyncio.get_running_loop().time() == before, "at once"
        await asyncio.sleep(10)
        assert posts[-1] == STUCK
        board.jammed.clear()
        await asyncio.sleep(1)
        assert posts[-1] == READY
        assert board.level(RELEASE) == 0
        assert await gate.release()

    _board, posts = told(story, through=through)
    assert posts == [READY, STUCK, READY]


def test_a_line_that_becomes_active_by_itself_is_noticed() -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        await asyncio.sleep(10)
        board.jam(RELEASE, 1)
        await asyncio.sleep(3)
        board.jammed.clear()
        await asyncio.sleep(1)

    _board, posts = told(story)
    assert posts == [READY, STUCK, READY]


def test_a_line_that_is_jammed_from_the_start() -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        assert not await gate.release()

    board = Board(jammed={RELEASE: 1})
    posts: list[GateReport] = []

    async def whole() -> None:
        gate = LineGate(opener(board, LINES), LINES, inline, waiting, Random(1))  # type: ignore[arg-type]
        running = asyncio.create_task(gate.run(posts.append))
        await asyncio.sleep(1)
        assert not await gate.release()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run(whole())
    assert posts == [STUCK]


def test_a_relay_that_does_not_follow_its_line() -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        assert await gate.release()
        board.tied.clear()
        board.levels[FEEDBACK] = 0
        assert not await gate.release()
        assert board.level(RELEASE) == 0
        await asyncio.sleep(5)

    board, lines = Board(tied={FEEDBACK: RELEASE}), GateLines(feedback_line=FEEDBACK)
    posts: list[GateReport] = []

    async def whole() -> None:
        gate = LineGate(opener(board, lines), lines, inline, waiting, Random(1))  # type: ignore[arg-type]
        running = asyncio.create_task(gate.run(posts.append))
        await asyncio.sleep(1)
        await story(board, gate, posts)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run(whole())
    assert posts == [READY, STUCK]


@through_both
def test_each_alarm_is_told_when_it_begins(through: str) -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        for _ in range(2):
            await asyncio.sleep(3)
            board.press(ALARM, 0)
            await asyncio.sleep(0.02)
            assert posts[-1] == GateAlarmed()
            posts.append(READY)  # a mark
            await asyncio.sleep(1)
            board.press(ALARM, 1)
        await asyncio.sleep(1)

    _board, posts = told(story, through=through)
    assert posts == [READY, GateAlarmed(), READY, GateAlarmed(), READY]


@through_both
def test_the_chip_vanishes_and_comes_back(through: str) -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        await asyncio.sleep(5)
        board.there = False
        await asyncio.sleep(3)
        assert posts[-1] == MISSING
        assert not await gate.release()
        await asyncio.sleep(60)
        board.there = True
        await asyncio.sleep(10)
        assert posts[-1] == READY
        assert await gate.release()
        board.press(ALARM, 0)
        await asyncio.sleep(1)

    _board, posts = told(story, through=through)
    assert [post for post in posts if post != MISSING] == [READY, READY, GateAlarmed()]
    assert MISSING in posts


def test_the_chip_vanishes_in_the_middle_of_a_pulse() -> None:
    async def story(board: Board, gate: LineGate, posts: list[GateReport]) -> None:
        releasing = asyncio.create_task(gate.release())
        await asyncio.sleep(1)
        board.there = False
        assert not await releasing
        await asyncio.sleep(1)
        assert posts[-1] == MISSING
        board.there = True
        await asyncio.sleep(10)

    board, posts = told(story)
    assert posts == [READY, MISSING, READY]
    assert board.of(RELEASE)[-1][1] == 0, "opened anew, it is made idle"


def test_busy_lines_are_tried_again_ever_later() -> None:
    opened: list[float] = []
    board = Board(busy={RELEASE})
    posts: list[GateReport] = []

    async def whole() -> None:
        loop = asyncio.get_running_loop()
        through = opener(board, LINES)

        def open_it() -> Chip:
            opened.append(loop.time())
            return through()

        gate = LineGate(open_it, LINES, inline, waiting, Random(1))  # type: ignore[arg-type]
        running = asyncio.create_task(gate.run(posts.append))
        await asyncio.sleep(12)
        assert not await gate.release()
        board.busy.clear()
        await asyncio.sleep(7)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run(whole())
    assert posts == [MISSING, READY]
    rests = [later - earlier for earlier, later in itertools.pairwise(opened)]
    for rest, least in zip(rests, (0.5, 1, 2, 4, 5), strict=False):
        assert least <= rest <= least * 1.25


def test_cancelled_while_it_opens_nothing_is_kept() -> None:
    board = Board()

    async def whole() -> None:
        async def slowly(fn: Callable[..., T], *args: object) -> T:
            await asyncio.sleep(1)
            return fn(*args)

        gate = LineGate(opener(board, LINES), LINES, slowly, waiting, Random(1))  # type: ignore[arg-type]
        running = asyncio.create_task(gate.run(lambda _report: None))
        await asyncio.sleep(0.5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run(whole())
    assert board.owners == {}


@through_both
def test_in_real_threads(through: str) -> None:
    board, lines = Board(), GateLines(pulse_s=0.1, alarm_line=ALARM, debounce_s=0.01)
    setting, hearing, posts = OneThread("gate"), OneThread("edges"), list[GateReport]()

    async def whole() -> None:
        board.clock = asyncio.get_running_loop().time
        gate = LineGate(opener(board, lines, through), lines, setting, hearing, Random(1))
        happened = asyncio.Event()

        def post(report: GateReport) -> None:
            posts.append(report)
            happened.set()

        running = asyncio.create_task(gate.run(post))
        async with asyncio.timeout(20):
            await happened.wait()
            assert await gate.release()
            happened.clear()
            board.press(ALARM, 0)
            await happened.wait()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    asyncio.run(whole())
    setting.end()
    hearing.end()
    assert posts == [READY, GateAlarmed()]
    (_on, high), (_off, low) = board.of(RELEASE)
    assert (high, low) == (1, 0)
    assert 0.1 <= _off - _on + 0.001 <= 1.0
