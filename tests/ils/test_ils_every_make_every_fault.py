"""Each make of ILS with each fault that it can have, while the desk asks for each thing that it asks for.

An answer comes in time, says *done* only of what was done and *refused* only of what was not,
nothing is done twice, and when the fault is over all is well again. What became of a doubt is learnt then.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from kiosk.circulation.answers import (
    Account,
    Doubt,
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

CHANGE_AT_MOST_S = 63.0
"""Twice the longest wait (30 s), a quick connection before it, and two seconds for the twin of an answer."""

QUESTION_AT_MOST_S = 11.0
"""Twice the wait for an answer (5 s), and a quick connection before it."""

ACCOUNT_AT_MOST_S = 7 * QUESTION_AT_MOST_S
"""Five lists, one of them in three windows."""

REST_S = 75.0
"""After so long who was away is back, what is late has come, and a 99 was said."""

UNTIL_99_S = 61.0

DONE, REFUSED, UNKNOWN, ANY = "done", "refused", "unknown", "any"

VERDICTS = {
    **dict.fromkeys((Lent, Returned, Renewed, RenewedAll, HoldPlaced, FeeBooked), DONE),
    **dict.fromkeys((NotLent, NotReturned, NotRenewed, Unsupported, HoldNotPlaced, FeeNotBooked), REFUSED),
    Doubt: UNKNOWN,
}


@dataclass(frozen=True)
class Fault:
    """What befalls the ILS when it hears a message: the order for it, without the message. `comes_of_it` is
    what the kiosk makes of it when it asks for a change."""

    order: dict[str, Any]
    comes_of_it: str

    def befall(self, house: House, code: str) -> None:
        """It waits for this message."""
        if self.order["do"] == "unplug":
            house.order("when", event={"kind": "message", "message": code}, steps=[self.order])
        elif self.order["do"] == "lie" and self.order["how"] != "unasked":
            house.order(**self.order)
        else:
            house.order(**self.order, message=code)

    @property
    def late(self) -> bool:
        """What was asked for may be done long after the kiosk gave up."""
        return bool(self.order.get("late"))


FAULTS = {
    "slow": Fault({"do": "slow", "seconds": 4}, DONE),
    "slower than we wait": Fault({"do": "slow", "seconds": 12}, DONE),
    "far too slow": Fault({"do": "slow", "seconds": 65}, UNKNOWN),
    "late": Fault({"do": "slow", "seconds": 12, "late": True}, DONE),
    "far too late": Fault({"do": "slow", "seconds": 65, "late": True}, UNKNOWN),
    "silent": Fault({"do": "silent"}, DONE),
    "deaf": Fault({"do": "silent", "execute": False}, UNKNOWN),
    "dropped before": Fault({"do": "hang-up"}, UNKNOWN),
    "dropped behind": Fault({"do": "hang-up", "execute": True}, UNKNOWN),
    "half a frame": Fault({"do": "garble", "how": "half"}, DONE),
    "garbage": Fault({"do": "garble", "how": "garbage"}, DONE),
    "one wrong bit": Fault({"do": "garble", "how": "flip"}, DONE),
    "words before the trailer": Fault({"do": "garble", "how": "trailer"}, DONE),
    "another number": Fault({"do": "garble", "how": "sequence"}, DONE),
    "wrong checksum": Fault({"do": "garble", "how": "checksum"}, DONE),
    "one 96": Fault({"do": "storm"}, DONE),
    "three 96": Fault({"do": "storm", "count": 3}, DONE),
    "a storm of 96": Fault({"do": "storm", "count": 100}, UNKNOWN),
    "a 98 instead": Fault({"do": "lie", "how": "unasked"}, UNKNOWN),
    "says that it is off-line": Fault({"do": "lie", "how": "offline"}, DONE),
    "denies all": Fault({"do": "lie", "how": "denies"}, REFUSED),
    "half a BX": Fault({"do": "lie", "how": "short"}, DONE),
    "no BX": Fault({"do": "lie", "how": "mute"}, DONE),
    "twice": Fault({"do": "twice"}, DONE),
    "twice, later": Fault({"do": "twice", "seconds": 1.5}, DONE),
    "in pieces": Fault({"do": "pieces"}, DONE),
    "in slow pieces": Fault({"do": "pieces", "seconds": 0.7}, ANY),
    "kept back": Fault({"do": "keep-back"}, DONE),
    "restarted before": Fault({"do": "restart", "seconds": 20}, UNKNOWN),
    "restarted behind": Fault({"do": "restart", "seconds": 20, "execute": True}, UNKNOWN),
    "unplugged": Fault({"do": "unplug", "device": "ils"}, UNKNOWN),
}
"""All that the control port knows (`docs/simulated-ils.md`)."""

LEAVE_QUESTIONS_OPEN = {
    *("slower than we wait", "far too slow", "late", "far too late", "a storm of 96", "denies all"),
    *("restarted before", "restarted behind", "unplugged"),
}
"""Those that no second question makes up for. (In slow pieces a short answer comes in time, and no other.)"""

CHANGES = (
    (Deed("11", SHELF[0]), Deed("11", SHELF[1])),
    (Deed("09", HIS[0]), Deed("09", HIS[1])),
    (Deed("29", HERS[0]), Deed("29", HERS[1])),
    (Deed("65"), Deed("65")),
    (Deed("15", HIS[2]), Deed("15", HIS[3])),
    (Deed("37", "T-1"), Deed("37", "T-2")),
)
"""What is asked for while the fault is there, and when it is over."""

every_make = pytest.mark.parametrize("make", MAKES)
every_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)


async def under(fault: Fault, house: House, deed: Deed) -> tuple[object, float]:
    """What comes of it while the fault is there, and after how long. Then all is well again."""
    loop = asyncio.get_running_loop()
    fault.befall(house, "63" if deed.code == "account" else deed.code)
    if fault.order["do"] == "lie" and fault.order["how"] != "unasked":
        await asyncio.sleep(UNTIL_99_S)
    began = loop.time()
    answer = await deed.ask(house.ils)
    took = loop.time() - began
    house.order("well")
    house.order("plug")
    return answer, took


async def settle(house: House, deed: Deed) -> str:
    """What the kiosk learns afterwards; of some things it cannot learn anything."""
    if deed.code == "11":
        return VERDICTS[type(await house.ils.settle(ANNA, ItemKey(deed.about)))]
    if deed.code == "09":
        return VERDICTS[type(await house.ils.settle_return(ItemKey(deed.about)))]
    return UNKNOWN


@every_fault
@every_make
def test_what_changes_something(make: str, fault: Fault) -> None:
    house = House(make)

    async def tale() -> None:
        for deed, next_one in CHANGES:
            if house.serves(deed.code):
                await play(house, fault, deed)
                assert isinstance(await Deed("63").ask(house.ils), Welcome)
                assert VERDICTS[type(await next_one.ask(house.ils))] == DONE

    house.play(tale)


async def play(house: House, fault: Fault, deed: Deed) -> None:
    """One thing is asked for, under this fault, and what is said of it is true."""
    before = house.done()
    answer, took = await under(fault, house, deed)
    verdict = VERDICTS[type(answer)]
    assert fault.comes_of_it in {verdict, ANY}
    assert took < CHANGE_AT_MOST_S
    at_once = await settle(house, deed) if verdict == UNKNOWN else verdict
    await asyncio.sleep(REST_S)
    done = house.done() - before
    assert max(done.values(), default=0) <= 1, "executed twice"
    for said in (verdict, at_once):
        assert said != DONE or done
        assert said != REFUSED or not done or fault.late
    if isinstance(answer, RenewedAll) and not (house.plain and fault is FAULTS["one wrong bit"]):
        assert Counter(f"29 {item.id}" for item in answer.renewed) == done
    if verdict == UNKNOWN and deed.code in {"11", "09"}:
        assert await settle(house, deed) == (DONE if done else REFUSED)


@every_fault
@every_make
def test_what_changes_nothing(make: str, fault: Fault) -> None:
    house = House(make, {"window": 0 if MAKES[make].paging == "ignored" else 5})
    book = Deed("17", SHELF[0])
    left_open = any(fault is FAULTS[name] for name in LEAVE_QUESTIONS_OPEN)

    async def tale() -> None:
        who, took = await under(fault, house, Deed("63"))
        assert took < 3 * QUESTION_AT_MOST_S, "three windows of what they have"
        if isinstance(who, Welcome):
            assert not left_open
            assert who.charged <= set(HERS)
        else:
            assert isinstance(who, NoAnswer)
            assert left_open or fault.comes_of_it == ANY
        await asyncio.sleep(REST_S)

        account, took = await under(fault, house, Deed("account"))
        assert took < ACCOUNT_AT_MOST_S
        if isinstance(account, Account):
            listed = [loan.item.id for loan in account.loans]
            assert listed == list(HERS) if account.complete else set(listed) <= set(HERS)
            assert not left_open
        else:
            assert isinstance(account, NoAnswer)
            assert left_open or fault.comes_of_it == ANY
        await asyncio.sleep(REST_S)

        about, took = await under(fault, house, book)
        assert took < QUESTION_AT_MOST_S
        assert (about is None) == left_open
        await asyncio.sleep(REST_S)

        end, took = await under(fault, house, Deed("35"))
        assert took < QUESTION_AT_MOST_S
        assert end is None
        await asyncio.sleep(REST_S)

        assert isinstance(await Deed("63").ask(house.ils), Welcome)
        assert isinstance(await book.ask(house.ils), ItemDescription)

    house.play(tale)
    assert house.done() == Counter()


ONE_LIKE_THE_OTHER = {
    "another payment": (Deed("37", "T-1"), Deed("37", "T-2")),
    "all renewed again": (Deed("65"), Deed("65")),
    "renewed again": (Deed("29", HERS[0]), Deed("29", HERS[0])),
    "lent once the fee is agreed to": (Deed("11", DEAR[0], agreed=False), Deed("11", DEAR[0])),
}
"""Two things that the desk asks for, of which the answers can hardly be told apart."""

each_served = pytest.mark.parametrize(
    ("make", "before", "deed"),
    [
        pytest.param(make, before, deed, id=f"{make}-{name}")
        for make in MAKES
        for name, (before, deed) in ONE_LIKE_THE_OTHER.items()
        if House(make).serves(deed.code)
    ],
)


@pytest.mark.parametrize("late", [False, True], ids=["never done", "done late"])
@each_served
def test_the_answer_before_is_not_taken_for_this_one(make: str, before: Deed, deed: Deed, late: bool) -> None:
    """The ILS is asked for its last answer while it has not done yet what it is asked for."""
    house = House(make)
    order = {"do": "slow", "seconds": 65, "late": True} if late else {"do": "silent", "execute": False}

    async def tale() -> None:
        await before.ask(house.ils)
        done = house.done()
        answer, _ = await under(Fault(order, UNKNOWN), house, deed)
        assert answer == Doubt()
        await asyncio.sleep(REST_S)
        assert bool(house.done() - done) == late

    house.play(tale)


@each_served
def test_an_answer_that_comes_once_more_is_not_taken_for_the_next(
    make: str, before: Deed, deed: Deed
) -> None:
    house = House(make)

    async def tale() -> None:
        house.order("twice", message=deed.code, seconds=3)
        await before.ask(house.ils)
        done = house.done()
        await asyncio.sleep(1)
        answer, _ = await under(FAULTS["deaf"], house, deed)
        assert answer == Doubt()
        assert house.done() == done

    house.play(tale)
