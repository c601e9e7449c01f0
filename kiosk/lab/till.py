"""The laboratory's payment terminal, a far side, and its port at the desk (`Till`).

There is no wire protocol for a terminal yet, so it enters at the port. The terminal lives through power cuts:
what the patron has begun there is ended there, and it keeps its own list of the money that it has taken. The
kiosk's side of it lives as long as the kiosk.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.circulation.answers import Doubt, MoneyNotTaken, MoneyTaken, TillAnswer
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import DeviceChanged
from kiosk.circulation.values import Condition, Device, Money, SagaId
from kiosk.lab.evidence import MoneyDone, TillAsked, TillSeen, stamp
from kiosk.lab.plans import Command

ANSWERS_IN_S = 6.0
"""How long the port waits for the terminal's answer; then nobody knows."""

CARD_S, SLOW_S, LATE_S = (0.4, 2.5), (3.0, 5.0), (7.0, 12.0)
"""How long it takes until the money is taken, or not: usually, slowly, and after the port has given up."""

LINE_S = (0.0, 0.2)
"""How long the answer is on its way: the power may go between the money and its answer."""

TAKES, SLOW, LATE, SILENT = "takes", "slow", "late", "silent-taken"
"""Ways of ending in which the money is taken."""

NOT_TAKEN = {"declines": Reason.PAYMENT_REFUSED, "cancelled": Reason.PAYMENT_CANCELLED, "silent": None}
"""Ways in which it is not, and what the answer says then (None: there is no answer)."""

MUTE = frozenset({SILENT, "silent"})


@dataclass(slots=True)
class _Payment:
    """One payment at the terminal; `waiter` is the port's, while the kiosk lives."""

    amount: Money
    saga: str
    how: str
    waiter: asyncio.Future[TillAnswer] | None
    answer: TillAnswer | None = None


class Terminal:
    """The terminal. `later` plans one of its own commands so many seconds from now; `happens` hears of
    moments (`money-asked`, `money`)."""

    def __init__(
        self,
        now: Callable[[], float],
        later: Callable[[float, Command], None],
        happens: Callable[[str, str], None],
    ) -> None:
        """It is there, and takes all money."""
        self.chance = random.Random("kiosk till")
        self.present = True
        self.stirred: Callable[[], None] = lambda: None
        self._now = now
        self._later = later
        self._happens = happens
        self._moods: deque[str] = deque()
        self._payments: list[_Payment] = []
        self._asked: list[tuple[float, _Payment]] = []
        self._taken: list[tuple[float, _Payment, str]] = []

    def seen(self, t0: float) -> TillSeen:
        """What it saw, as evidence."""
        return TillSeen(
            tuple(
                TillAsked(stamp(t, t0), each.saga, str(each.amount.amount), each.amount.currency)
                for t, each in self._asked
            ),
            tuple(
                MoneyDone(stamp(t, t0), each.saga, str(each.amount.amount), each.amount.currency, reference)
                for t, each, reference in self._taken
            ),
        )

    def do(self, command: Command) -> None:
        """A command of the day: `how` is `away`, `back`, `well`, `ends` or `answers` (of payment `number`),
        or how the next payment ends."""
        match command["how"]:
            case "away" | "back" as how:
                self._plugged(there=how == "back")
            case "well":
                self._moods.clear()
                self._plugged(there=True)
            case "ends":
                self._ends(int(command["number"]))
            case "answers":
                payment = self._payments[int(command["number"])]
                if self.present and payment.answer is not None:
                    _say(payment, payment.answer)
            case how:
                self._moods.append(how)

    def take(self, amount: Money, saga: str, waiter: asyncio.Future[TillAnswer]) -> None:
        """Begin a payment; its answer goes to `waiter`, if ever."""
        how = self._moods.popleft() if self._moods else TAKES
        payment = _Payment(amount, saga, how, waiter)
        self._payments.append(payment)
        self._asked.append((self._now(), payment))
        seconds = self.chance.uniform(*{SLOW: SLOW_S, LATE: LATE_S}.get(how, CARD_S))
        self._later(seconds, {"do": "till", "how": "ends", "number": len(self._payments) - 1})
        self._happens("money-asked", saga)

    def dark(self) -> None:
        """The kiosk is dark: nobody waits for answers any more."""
        self.stirred = lambda: None
        for payment in self._payments:
            payment.waiter = None

    def _plugged(self, *, there: bool) -> None:
        self.present = there
        if not there:
            for payment in self._payments:
                _say(payment, Doubt())  # the line is lost; what the patron does there goes on
        self.stirred()

    def _ends(self, number: int) -> None:
        payment = self._payments[number]
        if payment.how in NOT_TAKEN:
            reason = NOT_TAKEN[payment.how]
            payment.answer = None if reason is None else MoneyNotTaken(reason)
        else:
            reference = f"T{len(self._taken) + 1:05d}"
            self._taken.append((self._now(), payment, reference))
            payment.answer = None if payment.how in MUTE else MoneyTaken(reference)
            self._happens("money", payment.saga)
        self._later(self.chance.uniform(*LINE_S), {"do": "till", "how": "answers", "number": number})


def _say(payment: _Payment, answer: TillAnswer) -> None:
    if payment.waiter is not None and not payment.waiter.done():
        payment.waiter.set_result(answer)


class TillPort:
    """Meets the desk's port `Till`, for one life of the kiosk."""

    def __init__(self, terminal: Terminal) -> None:
        """The way to this terminal."""
        self._terminal = terminal

    async def run(self, post: Callable[[DeviceChanged], None]) -> None:
        """Report whether it is there, at each change."""
        changed = asyncio.Event()
        self._terminal.stirred = changed.set
        told: bool | None = None
        while True:
            if told is not self._terminal.present:
                told = self._terminal.present
                condition = Condition.READY if told else Condition.MISSING
                post(DeviceChanged(Device.TILL, condition, None if told else Reason.TILL_MISSING))
            await changed.wait()
            changed.clear()

    async def take(self, amount: Money, saga: SagaId) -> TillAnswer:
        """Take this amount, once."""
        if not self._terminal.present:
            return MoneyNotTaken(Reason.TILL_MISSING)
        answer: asyncio.Future[TillAnswer] = asyncio.get_running_loop().create_future()
        self._terminal.take(amount, saga, answer)
        try:
            async with asyncio.timeout(ANSWERS_IN_S):
                return await answer
        except TimeoutError:
            return Doubt()
