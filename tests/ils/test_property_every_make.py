"""Sequences of faults over sequences of things that the desk asks for, with each make of ILS.

None of them makes the ILS execute anything twice, nor the kiosk call done what was not done, or refused what
was done; and afterwards all works again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.circulation.answers import (
    Account,
    Denied,
    Doubt,
    FeeAsked,
    FeeBooked,
    FeeNotBooked,
    HoldNotPlaced,
    HoldPlaced,
    ItemDescription,
    Lent,
    NoAnswer,
    NotLent,
    NotRenewed,
    NotReturned,
    Renewed,
    RenewedAll,
    Returned,
    Unsupported,
    Welcome,
)
from kiosk.circulation.values import ItemKey
from kiosk.simulator.makes import MAKES
from tests.ils.makes import ANNA, DEAR, HERS, HIS, SHELF, Deed, House

CHANGE_AT_MOST_S = 76.0
"""Twice the longest wait (30 s), a quick connection and the twin of an answer before it; and behind a return
that was refused a question."""

QUESTIONS_AT_MOST_S = 100.0
"""Up to eight questions, of which each is asked twice and waits for the twin of an answer."""

REFUSALS = NotLent | FeeAsked | NotReturned | NotRenewed | HoldNotPlaced | FeeNotBooked | Unsupported

REST_S = 75.0
AT_ONCE_S = 1.0

ORDERS: tuple[dict[str, Any], ...] = (
    {"do": "slow", "seconds": 4},
    {"do": "slow", "seconds": 9.99},
    {"do": "slow", "seconds": 12},
    {"do": "slow", "seconds": 12, "late": True},
    {"do": "slow", "seconds": 50},
    {"do": "slow", "seconds": 50, "late": True},
    {"do": "silent"},
    {"do": "silent", "execute": False},
    {"do": "hang-up"},
    {"do": "hang-up", "execute": True},
    *({"do": "garble", "how": how} for how in ("half", "garbage", "flip", "trailer", "sequence", "checksum")),
    {"do": "storm"},
    {"do": "storm", "count": 2},
    {"do": "storm", "count": 4},
    *({"do": "lie", "how": how} for how in ("offline", "denies", "short", "mute", "unasked")),
    {"do": "twice"},
    {"do": "twice", "seconds": 1.5},
    {"do": "twice", "seconds": 11.0},
    {"do": "pieces"},
    {"do": "pieces", "seconds": 0.7},
    {"do": "keep-back"},
    {"do": "restart", "seconds": 20, "message": "11"},
    {"do": "restart", "seconds": 3, "execute": True, "message": "29"},
    {"do": "restart", "seconds": 0.5},
    {"do": "unplug"},
)

DEEDS = (
    *(Deed("11", item) for item in (SHELF[0], SHELF[0], DEAR[0], HERS[0], HIS[0])),
    Deed("11", DEAR[0], agreed=False),
    *(Deed("09", item) for item in (SHELF[0], HERS[0], HIS[0])),
    *(Deed("29", item) for item in (HERS[0], HERS[1], HERS[-1], SHELF[0])),
    *(Deed("65"), Deed("15", HIS[0]), Deed("15", SHELF[0]), Deed("37", "T-1"), Deed("37", "T-2")),
    *(Deed("63"), Deed("account"), Deed("17", SHELF[0]), Deed("35")),
    *(Deed("settle", SHELF[0]), Deed("settle", HERS[0]), Deed("settled return", HIS[0])),
)


@dataclass(frozen=True)
class Step:
    """One thing that the desk asks for; what befalls the ILS before, and at which message (that of the deed,
    any, the 97, the login, the 99); how long the desk idles; whether the ILS is well again behind it."""

    deed: Deed
    orders: tuple[tuple[dict[str, Any], str], ...] = ()
    pause: float = 0.0
    cured: bool = True


steps = st.builds(
    Step,
    st.sampled_from(DEEDS),
    st.lists(
        st.tuples(st.sampled_from(ORDERS), st.sampled_from(["its", "its", "its", "any", "97", "93", "99"])),
        max_size=2,
    ).map(tuple),
    st.sampled_from([0.0, 0.0, 0.5, 3.0, 15.0, 61.0]),
    st.booleans(),
)


@dataclass
class Told:
    """What was asked for, what the kiosk says that was done, and of what it says that nobody knows."""

    asked: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def hear(self, deed: Deed, answer: object) -> None:
        """Note what came of one thing that was asked for."""
        key = f"{deed.code} {deed.about}"
        self.asked[key] += 1
        match answer:
            case RenewedAll(renewed):
                self.done.update(f"29 {item.id}" for item in renewed)
            case Doubt():
                self.unknown[key] += 1
            case Returned(was_on_loan=False):
                pass
            case Lent() | Returned() | Renewed() | HoldPlaced() | FeeBooked():
                self.done[key] += 1
            case _:
                assert isinstance(answer, REFUSALS), f"{answer} to {deed}"

    def agrees_with(self, house: House) -> None:
        """It is true, and nothing was executed more often than it was asked for."""
        really = house.done()
        for key in really | self.done:
            among_all = "65 " if key.startswith("29") else ""
            asked, unknown = (each[key] + each[among_all] for each in (self.asked, self.unknown))
            assert really[key] <= asked, f"{key}: executed more often than asked for"
            assert really[key] >= self.done[key], f"{key}: called done, and was not"
            assert really[key] <= self.done[key] + unknown, f"{key}: called refused, and was done"
        for item, times in Counter(each.item for each in house.world.ils.returns).items():
            assert times <= self.asked[f"09 {item}"], f"{item}: taken back more often than asked for"


def fit_for(house: House, steps: list[Step]) -> list[Step]:
    """Where answers have no checksum, nobody can tell a wrong bit from a right one: there no bit is wrong."""
    if not house.plain:
        return steps
    return [
        replace(step, orders=tuple(each for each in step.orders if each[0].get("how") != "flip"))
        for step in steps
    ]


def befall(house: House, order: dict[str, Any], message: str, code: str) -> None:
    """It happens, or waits for its message."""
    if (
        order["do"] in {"unplug", "restart"}
        or (order["do"] == "lie" and order["how"] != "unasked")
        or message == "any"
    ):
        house.order(**order)
    else:
        house.order(**order, message=code if message == "its" else message)


async def ask(house: House, deed: Deed, told: Told) -> None:
    """One thing is asked for; its answer comes in time and is of the right kind."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    if deed.code in {"settle", "settled return"}:
        await learn(house, deed)
        assert loop.time() - began < QUESTIONS_AT_MOST_S
        return
    answer = await deed.ask(house.ils)
    took = loop.time() - began
    match deed.code:
        case "63":
            assert isinstance(answer, Welcome | NoAnswer | Denied)
        case "account":
            assert isinstance(answer, Account | NoAnswer)
        case "17":
            assert answer is None or isinstance(answer, ItemDescription)
        case "35":
            assert answer is None
        case _:
            told.hear(deed, answer)
            assert took < CHANGE_AT_MOST_S
    assert took < QUESTIONS_AT_MOST_S


async def learn(house: House, deed: Deed) -> None:
    """What is learnt of a loan or a return was so when it was asked, or is by now."""
    item = ItemKey(deed.about)
    who = {house.world.ils.lending.holder(deed.about)}
    if deed.code == "settle":
        answer: object = await house.ils.settle(ANNA, item)
    else:
        answer = await house.ils.settle_return(item)
    who.add(house.world.ils.lending.holder(deed.about))
    match answer:
        case Lent():
            assert ANNA.value in who
        case NotLent() | Returned():
            assert "" in who
        case NotReturned():
            assert who != {""}
        case _:
            assert answer == Doubt()


@settings(max_examples=60)
@given(st.lists(steps, min_size=1, max_size=7))
@pytest.mark.parametrize("make", MAKES)
def test_whatever_befalls_the_ils(make: str, steps: list[Step]) -> None:
    house = House(make, {"window": 0 if MAKES[make].paging == "ignored" else 5})
    told = Told()
    steps = fit_for(house, steps)

    async def tale() -> None:
        loop = asyncio.get_running_loop()
        for step in steps:
            for order, message in step.orders:
                befall(house, order, message, "63" if step.deed.code == "account" else step.deed.code)
            await asyncio.sleep(step.pause)
            await ask(house, step.deed, told)
            if step.cured:
                house.order("well")
                house.order("plug")
        house.order("well")
        house.order("plug")
        await asyncio.sleep(REST_S)
        began = loop.time()
        assert isinstance(await Deed("63").ask(house.ils), Welcome)
        last = Deed("11", SHELF[5])
        answer = await last.ask(house.ils)
        assert isinstance(answer, Lent)
        assert loop.time() - began < AT_ONCE_S
        told.hear(last, answer)
        await asyncio.sleep(REST_S)

    house.play(tale)
    told.agrees_with(house)
