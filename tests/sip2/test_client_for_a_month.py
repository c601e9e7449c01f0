"""A connection that lasts a month: what the client holds does not grow with what it has said.

A month of keep-alives is 43,200 of them; what grew by one object for each would show after a few hundred.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import itertools
from collections import deque
from collections.abc import Iterator
from typing import Any

from kiosk.lab import run
from kiosk.sip2 import Client, Done, ItemInformation, Login, PatronInformation, Profile, SipError
from tests.sip2.lending_story import NOON, YES, checkout
from tests.sip2.scripted import DATE, ScriptedAcs, ScriptedWire, sealed

ROUNDS = 120
"""Of some ten messages each, before and after the first count."""


def held_by(root: object) -> Iterator[object]:
    """All that an object of the package holds, directly and through containers and others of the package."""
    seen: set[int] = set()
    waiting: list[Any] = [root]
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type):
            continue
        seen.add(id(each))
        ours = type(each).__module__.startswith("kiosk.sip2")
        if ours or isinstance(each, dict | list | tuple | set | frozenset | deque | bytearray):
            yield each
            waiting.extend(gc.get_referents(each))


def weight(root: object) -> int:
    """Objects and elements of containers together."""
    return sum(1 + (len(each) if hasattr(each, "__len__") else 0) for each in held_by(root))


class Month:
    """An ACS that answers everything, and some of it badly; it keeps nothing itself."""

    def __init__(self, profile: Profile, *, gracious: bool) -> None:
        self.acs = ScriptedAcs()
        self.gracious = gracious
        self.counter = itertools.count()
        self.last = b""
        for code, body in {
            "11": YES,
            "17": f"18030001{DATE}AB39000001|AJMoby Dick|",
            "63": f"64{' ' * 14}001{DATE}{'0' * 24}AOlib|AA21000001|AEAnna|BLY|",
        }.items():
            self.acs.on[code] = self._answering(body)
        self.acs.on["97"] = lambda frame, wire: wire.say(self.last)
        login = Login(login_user="kiosk", login_password="pw")
        self.client = Client(self.acs.open, profile, login=login)

    def _answering(self, body: str):
        def handler(frame: bytes, wire: ScriptedWire) -> None:
            self.last = sealed(frame, body) + b"\r"
            fault = 9 if self.gracious else next(self.counter) % 7
            match fault:
                case 0:
                    wire.say(b"#!?\r")
                case 1:
                    wire.say(self.last * 3)
                case 2:
                    wire.say(b"\xff" * 70_000)
                    wire.say(b"\r" + self.last, after=0.5)
                case 3:
                    wire.say(self.last, after=11.0)
                case 4:
                    wire.say(b"96AZFEF6\r")
                case _:
                    wire.say(self.last)

        return handler

    async def rounds(self) -> int:
        """Say what a kiosk says, over and over; gives what the client weighs then."""
        done = 0
        for number in range(ROUNDS):
            self.acs.frames.clear()
            del self.acs.wires[:-1]
            await asyncio.sleep(60)
            about = {"date": NOON, "institution": "lib"}
            for talk in (
                self.client.keep_alive(),
                self.client.ask(PatronInformation(**about, patron=f"2{number:07d}")),
                self.client.ask(ItemInformation(**about, item=f"3{number:07d}")),
            ):
                with contextlib.suppress(SipError):
                    await talk
            for _ in range(3):
                outcome = await self.client.change(checkout(), lambda: None)
                done += isinstance(outcome, Done)
        assert done > ROUNDS
        return weight(self.client)


def months(profile: Profile, *, gracious: bool) -> None:
    month = Month(profile, gracious=gracious)

    async def story() -> None:
        await month.client.connect()
        before, tasks = await month.rounds(), len(asyncio.all_tasks())
        after = await month.rounds()
        assert before < 2000
        assert after <= before * 1.1
        assert len(asyncio.all_tasks()) <= tasks
        await month.client.disconnect()

    run(story())


def test_with_an_ils_that_does_all_well():
    months(Profile(), gracious=True)


def test_with_one_that_does_everything_badly():
    months(Profile(), gracious=False)


def test_without_sequence_numbers():
    months(Profile(error_detection=False), gracious=True)


def test_a_far_side_that_talks_without_being_asked_is_hung_up_on():
    acs = ScriptedAcs()
    client = Client(acs.open, Profile(), login=Login(login_user="kiosk", login_password="pw"))

    async def story() -> None:
        await client.connect()
        quiet = weight(client)
        for _ in range(300):
            acs.wires[-1].say(b"98YYYYYN\r#!?\r")
            await asyncio.sleep(0.01)
            assert weight(client) < quiet + 2000
        assert not client.connected
        await client.connect()
        await client.keep_alive()
        assert weight(client) <= quiet * 1.1
        await client.disconnect()

    run(story())
