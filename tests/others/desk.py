"""The desk's side: our adapter over real TCP before a server that we did not write."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from kiosk.circulation.answers import FeeAnswer, HoldAnswer, LoanAnswer, RenewalAnswer, ReturnAnswer
from kiosk.circulation.reports import DeviceChanged
from kiosk.circulation.values import Condition, Device, ItemKey, Money, PatronId, Pin
from kiosk.ils import IlsSettings, SipIls
from kiosk.wires import Wire, tcp
from tests.others.far_side import Server
from tests.others.servers.library import INSTITUTION, LOGIN
from tests.others.servers.library import PIN as PIN_TEXT

EMILIE = PatronId("21000001")
PIN = Pin(PIN_TEXT)
READY = DeviceChanged(Device.ILS, Condition.READY)

STORY_AT_MOST_S = 120.0


def only(name: str) -> pytest.MarkDecorator:
    """Play with this server alone: the test tells of what no other does."""
    return pytest.mark.parametrize("far", [name], indirect=True)


def settings(far: Server, **more: Any) -> IlsSettings:
    """What a kiosk says of such a server; it tries soon again to reach one that is away."""
    said = {
        "login_user": LOGIN[0],
        "login_password": LOGIN[1],
        "return_branch": "Main",
        "backoff_s": 0.1,
        "backoff_limit_s": 0.5,
    }
    return IlsSettings(host="127.0.0.1", port=far.port, institution=INSTITUTION, **{**said, **more})


class Desk:
    """The adapter and what is heard of it: `news` of the connection, `frames` as they went over the wire,
    `writes` as they were given to the socket, and how often an answer was `overdue`."""

    def __init__(self, far: Server, **more: Any) -> None:
        self.far = far
        self.news: asyncio.Queue[DeviceChanged] = asyncio.Queue()
        self.frames: list[tuple[str, bytes]] = []
        self.writes: list[bytes] = []
        self.overdue = 0
        self.late: Callable[[], None] = self._count
        self.ils = SipIls(
            settings(far, **more),
            self._open,
            time.time,
            random.Random(1),
            tap=self._note,
        )
        self._more = asyncio.Event()

    def sent(self, code: str) -> list[bytes]:
        """All messages of this kind that left."""
        return [frame for way, frame in self.frames if way == ">" and frame.startswith(code.encode())]

    async def heard(self, code: str, times: int) -> None:
        """Wait until so many answers of this kind have come."""
        while sum(way == "<" and frame.startswith(code.encode()) for way, frame in self.frames) < times:
            self._more.clear()
            await self._more.wait()

    async def lend(self, item: str, *, agreed: bool = False) -> LoanAnswer:
        return await self.ils.lend(EMILIE, PIN, ItemKey(item), self.late, agreed=agreed)

    async def renew(self, item: str) -> RenewalAnswer:
        return await self.ils.renew(EMILIE, PIN, ItemKey(item), self.late)

    async def take_back(self, item: str) -> ReturnAnswer:
        return await self.ils.take_back(ItemKey(item), self.late)

    async def hold(self, item: str) -> HoldAnswer:
        return await self.ils.hold(EMILIE, PIN, ItemKey(item), self.late)

    async def pay(self, amount: Money, reference: str) -> FeeAnswer:
        return await self.ils.book_fee(EMILIE, PIN, amount, reference, self.late)

    async def _open(self) -> Wire:
        wire = await tcp("127.0.0.1", self.far.port)()
        send = wire.send

        async def noted(data: bytes) -> None:
            self.writes.append(data)
            await send(data)

        wire.send = noted  # type: ignore[method-assign]
        return wire

    def _note(self, way: str, frame: bytes, at: float) -> None:
        self.frames.append((way, frame))
        self._more.set()

    def _count(self) -> None:
        self.overdue += 1


@asynccontextmanager
async def at_the_desk(far: Server, **more: Any) -> AsyncIterator[Desk]:
    """A desk whose connection is watched over, as the kiosk does it."""
    desk = Desk(far, **more)
    watching = asyncio.ensure_future(desk.ils.run(desk.news.put_nowait))
    try:
        assert await desk.news.get() == READY
        yield desk
    finally:
        watching.cancel()
        await asyncio.wait({watching})


def play(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Play a story to its end, which must come."""
    asyncio.run(asyncio.wait_for(story(), STORY_AT_MOST_S))
