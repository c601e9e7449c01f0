"""One branch of a library: the kiosk's ILS adapter and a scripted ACS behind it, in virtual time."""

from __future__ import annotations

import asyncio
import random

from kiosk.circulation.values import ItemKey, PatronId, Pin
from kiosk.ils import IlsSettings, SipIls
from kiosk.lab import run
from tests.sip2.scripted import DATE, ScriptedAcs

ANNA = PatronId("21000001")
PIN = Pin("1234")
BOOK = ItemKey("39000001")
LENT = f"121NNY{DATE}AOlib|AA21000001|AB39000001|AJMoby Dick|AH20270130    235900|"
BLANKS = " " * 14


def info(flags=BLANKS, counts="000000000000000000000000", tail="AEAnna|BLY|CQY|"):
    return f"64{flags}001{DATE}{counts}AOlib|AA21000001|{tail}"


def charged(*items, count=None):
    counts = f"00000000{len(items) if count is None else count:04d}000000000000"
    return info(counts=counts, tail="AEAnna|BLY|CQN|" + "".join(f"AU{item}|" for item in items))


def about(status, title="Moby Dick"):
    return f"18{status}0001{DATE}AB39000001|AJ{title}|"


class Branch:
    """A kiosk's ILS adapter, the scripted ACS behind it, and what the supervisor reported."""

    def __init__(self, **settings):
        self.acs = ScriptedAcs()
        self.reports = []
        settings = {"institution": "lib", "login_user": "kiosk", "login_password": "pw", **settings}
        self.ils = SipIls(IlsSettings(**settings), self.acs.open, lambda: 1.8e9, random.Random(1))
        self.late = 0

    def answers(self, code, body):
        self.acs.on[code] = lambda frame, wire: wire.answer(frame, body)

    def was_late(self):
        self.late += 1

    async def lend(self, item=BOOK, pin=None):
        return await self.ils.lend(ANNA, pin, item, self.was_late)

    async def take_back(self, item=BOOK):
        return await self.ils.take_back(item, self.was_late)

    async def renew(self, item=BOOK, pin=None):
        return await self.ils.renew(ANNA, pin, item, self.was_late)

    def play(self, tale):
        """Run a tale beside the supervisor; gives back what the tale gives."""

        async def whole():
            loop = asyncio.get_running_loop()
            watch = loop.create_task(
                self.ils.run(
                    lambda change: self.reports.append((loop.time(), change.condition, change.reason))
                )
            )
            await asyncio.sleep(0.1)
            try:
                return await tale()
            finally:
                watch.cancel()
                await asyncio.wait({watch})

        return run(whole())

    def seconds(self, tale):
        async def timed():
            loop = asyncio.get_running_loop()
            began = loop.time()
            result = await tale()
            return result, loop.time() - began

        return self.play(timed)
