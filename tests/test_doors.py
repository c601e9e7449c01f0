"""The door to blocking work: one thread, in order, and what is raised there is raised here."""

import asyncio
import gc
import threading
import time

import pytest

from kiosk.doors import Threads


def test_work_is_done_in_order_in_one_thread_of_its_own() -> None:
    done: list[tuple[int, threading.Thread]] = []

    def work(number: int) -> int:
        done.append((number, threading.current_thread()))
        return number * 2

    async def story() -> list[int]:
        door = Threads("worker")
        return await asyncio.gather(*(door(work, number) for number in range(20)))

    assert asyncio.run(story()) == list(range(0, 40, 2))
    assert [number for number, _ in done] == list(range(20))
    [thread] = {thread for _, thread in done}
    assert (thread.name, thread is threading.current_thread()) == ("worker", False)
    gc.collect()
    thread.join(5)
    assert not thread.is_alive(), "nobody has the door any more"


def test_what_is_raised_there_is_raised_here_and_the_next_work_is_done() -> None:
    async def story() -> None:
        door = Threads("worker")
        with pytest.raises(ZeroDivisionError):
            await door(divmod, 1, 0)
        assert await door(divmod, 7, 2) == (3, 1)

    asyncio.run(story())


def test_what_is_broken_off_before_it_was_begun_is_not_done() -> None:
    go, done = threading.Event(), []

    async def story() -> None:
        door = Threads("worker")
        first = asyncio.ensure_future(door(go.wait))
        second = asyncio.ensure_future(door(done.append, "second"))
        third = asyncio.ensure_future(door(done.append, "third"))
        await asyncio.sleep(0)
        for each in (first, second):
            each.cancel()
        go.set()
        await third
        assert first.cancelled()
        assert second.cancelled()

    asyncio.run(story())
    assert done == ["third"]


def test_a_loop_that_has_ended_is_not_told() -> None:
    begun, go, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go.wait(5)
        done.set()

    async def story() -> Threads:
        door = Threads("worker")
        task = asyncio.ensure_future(door(work))
        await asyncio.sleep(0)
        assert begun.wait(5)
        task.cancel()
        return door

    door = asyncio.run(story())
    go.set()
    assert done.wait(5)
    assert asyncio.run(door(time.monotonic)) > 0, "it works on for the next loop"
