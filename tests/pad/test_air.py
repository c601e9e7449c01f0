"""Turns at the reader: who goes next, and what becomes of those who wait or are broken off."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from kiosk.lab.loop import run
from kiosk.pad.air import READ_BACK_S, Air, Turn
from kiosk.rfid.errors import ReaderGone, TransportError
from kiosk.rfid.readers import Reader, TagFound
from tests.pad.field_of_tags import EXCHANGE_S, Field

Asking = Callable[[Air], Coroutine[Any, Any, None]]


def with_air(story: Asking, field: Field | None = None) -> None:
    async def whole() -> None:
        await story(Air(await (field or Field()).open_reader()))

    run(whole())


def look(reader: Reader) -> Awaitable[list[TagFound]]:
    return reader.inventory()


def test_who_is_cancelled_as_the_turn_comes_passes_it_on() -> None:
    async def story(air: Air) -> None:
        first = asyncio.create_task(air.ask(Turn.POLL, look))
        await asyncio.sleep(0)
        second = asyncio.create_task(air.ask(Turn.READ, look))
        third = asyncio.create_task(air.ask(Turn.POLL, look))
        first.add_done_callback(lambda _: second.cancel())  # it has been given the air, and does not know it
        assert await third == []
        assert second.cancelled()
        assert asyncio.get_running_loop().time() == pytest.approx(2 * EXCHANGE_S)

    with_air(story)


def test_who_has_gone_while_waiting_is_passed_over() -> None:
    async def story(air: Air) -> None:
        first = asyncio.create_task(air.ask(Turn.POLL, look))
        await asyncio.sleep(0)
        second = asyncio.create_task(air.ask(Turn.READ, look))
        third = asyncio.create_task(air.ask(Turn.POLL, look))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(first, third)
        assert asyncio.get_running_loop().time() == pytest.approx(2 * EXCHANGE_S)

    with_air(story)


def test_when_the_reader_is_lost_all_who_wait_are_told_and_all_who_come_later() -> None:
    field = Field()

    async def story(air: Air) -> None:
        jobs = [asyncio.create_task(air.ask(turn, look)) for turn in (Turn.POLL, Turn.READ, Turn.POLL)]
        await asyncio.sleep(0)
        field.plugged = False
        told = await asyncio.gather(*jobs, return_exceptions=True)
        assert all(isinstance(each, TransportError) for each in told)
        assert asyncio.get_running_loop().time() == pytest.approx(EXCHANGE_S)
        with pytest.raises(ReaderGone):
            await air.ask(Turn.READ, look)

    with_air(story, field)


def test_after_a_write_the_poll_waits_for_its_read_back() -> None:
    field = Field()
    field.put("E004010000000001")

    async def story(air: Air) -> None:
        loop = asyncio.get_running_loop()
        await air.ask(Turn.WRITE, lambda reader: reader.write_afi("E004010000000001", 0xC2))
        written = loop.time()
        poll = asyncio.create_task(air.ask(Turn.POLL, look))
        await asyncio.sleep(0.001)
        await air.ask(Turn.VERIFY, lambda reader: reader.system_info("E004010000000001"))
        assert loop.time() == pytest.approx(written + 0.001 + EXCHANGE_S)
        await poll
        assert loop.time() == pytest.approx(written + READ_BACK_S + EXCHANGE_S)

    with_air(story, field)


def test_whoever_lets_go_of_the_reader_ends_the_waiting() -> None:
    field = Field()
    field.put("E004010000000001")

    async def story(air: Air) -> None:
        await air.ask(Turn.WRITE, lambda reader: reader.write_afi("E004010000000001", 0xC2))
        poll = asyncio.create_task(air.ask(Turn.POLL, look))
        await asyncio.sleep(0)
        air.let_go()
        with pytest.raises(ReaderGone):
            await poll

    with_air(story, field)


def test_an_exchange_that_nobody_waits_for_is_finished() -> None:
    field = Field()
    tag = field.put("E004010000000001")

    async def story(air: Air) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(EXCHANGE_S / 2):
                await air.ask(Turn.WRITE, lambda reader: reader.write_afi("E004010000000001", 0xC2))
        await air.ask(Turn.READ, look)
        assert tag.afi == 0xC2

    with_air(story, field)
