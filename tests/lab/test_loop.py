"""The loop in virtual time: it jumps, it ends, it hides nothing."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.lab.loop import GRID_S, Deadlock, Stuck, VirtualLoop, on_grid, run


def running() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


def test_a_year_passes_at_once_and_time_is_exact() -> None:
    async def year() -> float:
        await asyncio.sleep(365 * 86400)
        return running().time()

    began = time.perf_counter()
    assert run(year(), start=0.5) == 365 * 86400 + 0.5
    assert time.perf_counter() - began < 5


def test_time_stands_still_while_callbacks_run() -> None:
    async def busy() -> float:
        for _ in range(50):
            await asyncio.sleep(0)
        return running().time()

    assert run(busy(), start=7.0) == 7.0


@given(st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=30))
def test_sleepers_wake_in_the_order_of_their_deadlines(delays: list[float]) -> None:
    woken: list[tuple[float, float]] = []

    async def sleeper(delay: float) -> None:
        await asyncio.sleep(delay)
        woken.append((delay, running().time()))

    async def main() -> None:
        await asyncio.gather(*(sleeper(delay) for delay in delays))

    run(main())
    assert [delay for delay, _ in woken] == sorted(delays)
    assert all(at == on_grid(delay) and delay <= at <= delay + GRID_S for delay, at in woken)


def test_timeouts_queues_events_and_call_at_work() -> None:
    async def main() -> list[object]:
        loop = asyncio.get_running_loop()
        story: list[object] = []
        queue: asyncio.Queue[str] = asyncio.Queue()
        rung = asyncio.Event()
        loop.call_at(4.0, rung.set)
        loop.call_later(1.0, queue.put_nowait, "a tag")
        story.append((await queue.get(), loop.time()))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.0):
                await queue.get()
        story.append(("silence", loop.time()))
        async with asyncio.timeout(2.0):
            await rung.wait()
        story.append(("rung", loop.time()))
        return story

    assert run(main()) == [("a tag", 1.0), ("silence", 3.0), ("rung", 4.0)]


def test_blocking_work_is_charged() -> None:
    async def main() -> list[float]:
        times = []
        running().call_later(1.0, lambda: times.append(running().time()))
        await asyncio.sleep(0.5)
        running().spend(2.0)
        await asyncio.sleep(0)
        times.append(running().time())
        with pytest.raises(ValueError, match="backwards"):
            running().spend(-1)
        await asyncio.sleep(1)
        return times

    assert run(main()) == [2.5, 2.5]


def test_timers_of_one_instant_fire_in_the_order_in_which_they_were_set() -> None:
    async def main() -> str:
        loop, fired = asyncio.get_running_loop(), list[str]()
        for name in "abcdefgh":
            loop.call_at(1.0, fired.append, name)
        await asyncio.sleep(2.0)
        return "".join(fired)

    assert run(main()) == "abcdefgh"


def test_what_looks_before_each_step_comes_and_goes_while_the_loop_runs() -> None:
    looked: list[float] = []

    async def main() -> None:
        loop = running()
        await asyncio.sleep(1)
        loop.before_each = lambda: looked.append(loop.time())
        await asyncio.sleep(1)
        loop.before_each = None
        await asyncio.sleep(1)

    run(main())
    assert set(looked) == {2.0}


def test_a_timer_is_postponed_only_at_rest() -> None:
    """And then it stands behind all that were set for the same instant."""
    fired: list[tuple[str, float]] = []

    async def main() -> None:
        loop = running()
        poll = loop.call_at(1.0, lambda: fired.append(("poll", loop.time())))
        other = loop.call_at(3.0, lambda: fired.append(("other", loop.time())))

        class Lazy:
            def at_rest(self) -> None:
                if poll.when() == 1.0:
                    assert loop.set_at_this_instant()[:2] == [poll, other]
                    assert loop.next_but(poll) == 3.0
                    assert loop.next_but(other) is None
                    loop.postpone(poll, 3.0)

            def lets_pass(self, until: float) -> bool:
                return True

        loop.far_side = Lazy()
        done = loop.create_future()
        loop.call_at(4.0, done.set_result, None)
        await done

    run(main())
    assert fired == [("other", 3.0), ("poll", 3.0)]


def test_time_passes_inside_a_callback_only_where_the_loop_would_let_it_pass() -> None:
    async def main() -> None:
        loop = running()
        assert loop.passes_to(1.0) and loop.time() == 1.0  # noqa: PT018 - one after the other
        assert not loop.passes_to(1.0)
        assert not loop.passes_to(3.0, until=3.0)
        timer = loop.call_at(2.0, lambda: None)
        assert not loop.passes_to(2.0)
        timer.cancel()
        soon = loop.call_soon(lambda: None)
        assert not loop.passes_to(2.0)
        soon.cancel()
        await asyncio.sleep(0)
        loop.before_each = lambda: None
        assert not loop.passes_to(2.0)
        loop.before_each = None
        assert loop.passes_to(2.0)

    run(main())


def test_who_queues_up_goes_on_between_those_that_are_ready() -> None:
    told: list[str] = []

    async def main() -> None:
        loop = running()
        for name in "abc":
            loop.call_soon(told.append, name)
        await loop.queue_up(1)
        told.append("we")
        await asyncio.sleep(0)

    run(main())
    assert told == ["a", "we", "b", "c"]


def test_a_deadlock_names_who_waits_and_where() -> None:
    async def patient(never: asyncio.Event) -> None:
        await never.wait()

    async def main() -> None:
        await asyncio.create_task(patient(asyncio.Event()), name="the patient one")

    with pytest.raises(Deadlock, match=r"the patient one at .*locks\.py"):
        run(main())


def test_a_program_that_lets_no_time_pass_is_stuck() -> None:
    async def spinner() -> None:
        for _ in itertools.count():
            await asyncio.sleep(0)

    with pytest.raises(Stuck, match=r"at 3\.0 s"):
        run(spinner(), start=3.0)


def test_a_failing_callback_ends_the_run_at_once() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_later(1.0, lambda: 1 // 0)
        await asyncio.sleep(1e9)

    with pytest.raises(ZeroDivisionError):
        run(main())


def test_a_failed_task_that_nobody_asks_is_reported_at_the_end() -> None:
    async def fails() -> None:
        raise ValueError("unheard")

    async def main() -> None:
        task = asyncio.create_task(fails())
        await asyncio.sleep(1)
        del task

    with pytest.raises(ValueError, match="unheard"):
        run(main())


def test_a_failed_task_that_was_asked_is_not() -> None:
    async def fails() -> None:
        raise ValueError("heard")

    async def main() -> str:
        task = asyncio.create_task(fails())
        await asyncio.sleep(1)
        with pytest.raises(ValueError, match="heard"):
            await task
        with pytest.raises(ExceptionGroup):
            async with asyncio.TaskGroup() as group:
                group.create_task(fails())
        return "well"

    assert run(main()) == "well"


def test_leftovers_are_cancelled_in_order_and_say_farewell() -> None:
    farewells: list[str] = []

    async def worker(name: str) -> None:
        try:
            await asyncio.sleep(1e9)
        finally:
            await asyncio.sleep(0.1)
            farewells.append(name)

    async def main() -> str:
        tasks = [asyncio.create_task(worker(name)) for name in "abc"]
        await asyncio.sleep(1)
        assert not any(task.done() for task in tasks)
        return "done"

    assert run(main()) == "done"
    assert farewells == ["a", "b", "c"]


def test_a_leftover_that_will_not_end_is_named() -> None:
    async def stubborn() -> None:
        while True:
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                continue

    async def main() -> None:
        task = asyncio.create_task(stubborn(), name="mule")
        await asyncio.sleep(2)
        assert not task.done()

    with pytest.raises(RuntimeError, match="mule"):
        run(main())


class PowerCutError(Exception):
    pass


def story_until(cut: int | None) -> tuple[list[str], int]:
    """A story of two tasks, with the power cut before step `cut`."""
    said: list[str] = []
    steps = 0

    def before_each() -> None:
        nonlocal steps
        if steps == cut:
            raise PowerCutError
        steps += 1

    async def speaker(name: str, pause: float) -> None:
        for n in range(3):
            await asyncio.sleep(pause)
            said.append(f"{name}{n}")

    async def main() -> None:
        await asyncio.gather(speaker("a", 1.0), speaker("b", 0.7))

    try:
        run(main(), before_each=before_each)
    except PowerCutError:
        assert cut is not None
    return said, steps


def test_the_power_can_be_cut_before_every_single_step() -> None:
    whole, steps = story_until(None)
    assert whole == ["b0", "a0", "b1", "a1", "b2", "a2"]
    seen = [story_until(cut)[0] for cut in range(steps)]
    # Each cut story is a beginning of the whole one, and every beginning is met.
    assert all(whole[: len(part)] == part for part in seen)
    assert {len(part) for part in seen} == set(range(len(whole) + 1))


def test_there_are_no_threads_and_no_sockets() -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match="no threads"):
            await asyncio.to_thread(time.perf_counter)
        with pytest.raises(RuntimeError, match="no threads"):
            await asyncio.open_connection("localhost", 1)
        heard: list[str] = []
        running().call_soon_threadsafe(heard.append, "same thread")
        await asyncio.sleep(0)
        assert heard == ["same thread"]

    run(main())


def test_it_does_not_run_inside_another_loop() -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match="another loop"):
            run(asyncio.sleep(1))

    asyncio.run(main())


def test_cancelled_timers_do_not_pile_up() -> None:
    async def main() -> int:
        for _ in range(10_000):
            async with asyncio.timeout(1e6):
                await asyncio.sleep(0.001)
        return len(running()._timers)

    assert run(main()) < 300


def test_thousands_of_timers_a_real_second() -> None:
    async def ticker() -> None:
        for _ in range(200):
            await asyncio.sleep(0.01)

    async def main() -> None:
        await asyncio.gather(*(ticker() for _ in range(100)))

    began = time.perf_counter()
    run(main())
    # 20,000 timers; a tenth of a second where nothing else runs.
    assert time.perf_counter() - began < 10


def test_async_generators_are_closed() -> None:
    closed: list[bool] = []

    async def endless() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.append(True)

    async def main() -> None:
        running().kept = endless()  # type: ignore[attr-defined]
        async for _ in running().kept:  # type: ignore[attr-defined]
            break

    run(main())
    assert closed == [True]
