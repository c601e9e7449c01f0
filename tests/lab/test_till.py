"""The laboratory's till, at its port: what it answers, and what it has taken all the same."""

import asyncio
from decimal import Decimal

import pytest

from kiosk.circulation.answers import Doubt, MoneyNotTaken, MoneyTaken, TillAnswer
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import DeviceChanged
from kiosk.circulation.values import Condition, Money, SagaId
from kiosk.lab import run
from kiosk.lab.plans import Command
from kiosk.lab.till import Terminal, TillPort

FEE = Money(Decimal("2.50"), "EUR")


class Desk:
    """A terminal whose plans are carried out by the loop."""

    def __init__(self) -> None:
        self.moments: list[str] = []
        self.terminal = Terminal(
            lambda: asyncio.get_running_loop().time(),
            self.later,
            lambda moment, _: self.moments.append(moment),
        )
        self.port = TillPort(self.terminal)

    def later(self, seconds: float, command: Command) -> None:
        asyncio.get_running_loop().call_later(seconds, self.terminal.do, command)

    async def pays(self) -> TillAnswer:
        return await self.port.take(FEE, SagaId("F1-1"))


def told(*commands: Command) -> tuple[TillAnswer, int]:
    """What a payment is answered after these commands, and how many the till has taken in the end."""

    async def story() -> tuple[TillAnswer, int]:
        desk = Desk()
        for command in commands:
            desk.terminal.do(command)
        answer = await desk.pays()
        await asyncio.sleep(30.0)
        return answer, len(desk.terminal.seen(0.0).taken)

    return run(story())


@pytest.mark.parametrize(
    ("how", "answer", "taken"),
    [
        ("takes", MoneyTaken("T00001"), 1),
        ("slow", MoneyTaken("T00001"), 1),
        ("declines", MoneyNotTaken(Reason.PAYMENT_REFUSED), 0),
        ("cancelled", MoneyNotTaken(Reason.PAYMENT_CANCELLED), 0),
        ("late", Doubt(), 1),
        ("silent-taken", Doubt(), 1),
        ("silent", Doubt(), 0),
    ],
)
def test_each_way_in_which_a_payment_ends(how: str, answer: TillAnswer, taken: int) -> None:
    assert told({"do": "till", "how": how}) == (answer, taken)


def test_one_that_is_away_takes_nothing() -> None:
    assert told({"do": "till", "how": "away"}) == (MoneyNotTaken(Reason.TILL_MISSING), 0)


def test_one_that_goes_away_meanwhile_leaves_doubt_and_takes_the_money() -> None:
    async def story() -> tuple[TillAnswer, int]:
        desk = Desk()
        asyncio.get_running_loop().call_later(0.1, desk.terminal.do, {"do": "till", "how": "away"})
        answer = await desk.pays()
        await asyncio.sleep(5.0)
        return answer, len(desk.terminal.seen(0.0).taken)

    assert run(story()) == (Doubt(), 1)


def test_what_was_begun_is_ended_in_the_dark() -> None:
    async def story() -> list[str]:
        desk = Desk()
        paying = asyncio.get_running_loop().create_task(desk.pays())
        await asyncio.sleep(0.1)
        paying.cancel()
        desk.terminal.dark()
        await asyncio.sleep(5.0)
        return desk.moments

    assert run(story()) == ["money-asked", "money"]


def test_it_reports_when_it_goes_and_comes() -> None:
    async def story() -> list[Condition]:
        desk, heard = Desk(), list[DeviceChanged]()
        watching = asyncio.get_running_loop().create_task(desk.port.run(heard.append))
        for how in ("well", "away", "back"):
            await asyncio.sleep(1.0)
            desk.terminal.do({"do": "till", "how": how})
        await asyncio.sleep(1.0)
        watching.cancel()
        return [each.condition for each in heard]

    assert run(story()) == [Condition.READY, Condition.MISSING, Condition.READY]
