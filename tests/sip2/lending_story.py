"""A client against a scripted ACS, lending, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from kiosk.lab import run
from kiosk.sip2 import Checkout, Client, ItemInformation, Login, Profile
from tests.sip2.scripted import DATE, ScriptedAcs

NOON = datetime(2027, 1, 2, 12, 0, 0)  # noqa: DTZ001
YES = f"121NNY{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|AH20270130|"
NO = f"120NNN{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|AH|AFOn hold|"
WHAT = ItemInformation(date=NOON, institution="lib", item="39000001")
IS = f"18030001{DATE}AB39000001|AJMoby Dick|"


def checkout(item: str = "39000001") -> Checkout:
    return Checkout(
        date=NOON, nb_due_date=NOON, institution="lib", patron="21000001", item=item, terminal_password=""
    )


class Story:
    """A client against a scripted ACS; `lend()` gives the outcome, the seconds, and when doubt began."""

    def __init__(self, profile: Profile | None = None) -> None:
        self.acs = ScriptedAcs()
        self.heard: list[tuple[str, str, float]] = []
        self.late: list[float] = []
        self.client = Client(
            self.acs.open,
            profile or Profile(),
            login=Login(login_user="kiosk", login_password="pw"),
            tap=lambda way, frame, at: self.heard.append((way, frame.decode(errors="replace"), at)),
        )

    async def lend(self, item: str = "39000001"):
        await self.client.connect()
        loop = asyncio.get_running_loop()
        began = loop.time()
        outcome = await self.client.change(checkout(item), lambda: self.late.append(loop.time() - began))
        self.took = loop.time() - began
        return outcome

    def play(self, tale: Callable[[], Awaitable[object]]):
        async def whole():
            try:
                return await tale()
            finally:
                await self.client.disconnect()

        return run(whole())
