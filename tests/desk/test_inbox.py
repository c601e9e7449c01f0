"""What is put into an inbox comes out once, in order, whoever was quicker: in virtual time."""

import asyncio

from kiosk.desk.inbox import Inbox
from kiosk.lab.loop import run


def test_what_lies_there_comes_out_at_once_in_order() -> None:
    async def story() -> None:
        inbox: Inbox[int] = Inbox()
        inbox.put(1)
        inbox.put(2)
        assert await inbox.some() == [1, 2]
        inbox.put(3)
        assert inbox.take() == [3]
        assert inbox.take() == []

    run(story())


def test_who_waits_is_woken_and_gets_all_that_came_at_once() -> None:
    async def story() -> None:
        inbox: Inbox[int] = Inbox()
        waiting = asyncio.create_task(inbox.some())
        await asyncio.sleep(1.0)
        inbox.put(1)
        inbox.put(2)
        assert await waiting == [1, 2]
        assert inbox.take() == []

    run(story())


def test_who_waits_until_a_moment_gets_nothing_then_and_loses_nothing_later() -> None:
    async def story() -> None:
        inbox: Inbox[int] = Inbox()
        loop = asyncio.get_running_loop()
        began = loop.time()
        assert await inbox.some(began + 5.0) == []
        assert loop.time() == began + 5.0
        inbox.put(1)
        assert await inbox.some(loop.time()) == [1]
        loop.call_later(1.0, inbox.put, 2)
        assert await inbox.some(loop.time() + 5.0) == [2]
        assert loop.time() == began + 6.0

    run(story())


def test_whoever_gives_up_waiting_takes_nothing_along() -> None:
    async def story() -> None:
        inbox: Inbox[int] = Inbox()
        waiting = asyncio.create_task(inbox.some())
        await asyncio.sleep(1.0)
        waiting.cancel()
        inbox.put(1)  # before the one who waited knows of it
        await asyncio.wait({waiting})
        assert waiting.cancelled()
        inbox.put(2)
        assert await inbox.some() == [1, 2]

    run(story())
