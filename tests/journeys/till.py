"""A till at its port: no payment terminal has a driver yet, so the journeys hand one in (`Doors.till`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kiosk.circulation.answers import MoneyTaken, TillAnswer
from kiosk.circulation.reports import DeviceChanged
from kiosk.circulation.values import Condition, Device, Money, SagaId


class Till:
    """A terminal that is there, and does with each amount what it was told to: the next of `answers`, and
    then it takes them all.

    Attributes:
        asked: every amount that it was asked for, and the number that the kiosk gave to it.
    """

    def __init__(self, *answers: TillAnswer) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[Money, SagaId]] = []

    async def run(self, post: Callable[[DeviceChanged], None]) -> None:
        """As `desk.ports.Till`."""
        post(DeviceChanged(Device.TILL, Condition.READY))
        await asyncio.Event().wait()

    async def take(self, amount: Money, saga: SagaId) -> TillAnswer:
        """As `desk.ports.Till`."""
        self.asked.append((amount, saga))
        return self._answers.pop(0) if self._answers else MoneyTaken(f"T-{len(self.asked)}")
