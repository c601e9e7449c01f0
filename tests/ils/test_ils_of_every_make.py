"""Everything that the desk asks for, of each make of ILS as it comes, with the profile that is chosen for it.
It is done where the make does it, refused or left open where it does not, and the ILS has done just that."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

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
    NotLent,
    NotRenewed,
    NotReturned,
    Renewed,
    RenewedAll,
    Returned,
    Unsupported,
    Welcome,
)
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Alert, Condition, Due, ItemKey, Money, PatronId, Pin, Untrusted
from kiosk.simulator.makes import MAKES
from tests.ils.makes import (
    ANNA,
    COMING,
    DEAR,
    HERS,
    HIS,
    NOWHERE,
    OWED,
    PIN,
    SHELF,
    WAITING,
    Deed,
    House,
)

every_make = pytest.mark.parametrize("make", MAKES)

RENEWABLE = HERS[:-2]

AT_ONCE_S = 1.0
"""An ILS that is well answers a message in two hundredths of a second; an account is some twenty of them."""


@pytest.fixture
def house(make: str) -> House:
    """Its lists come in windows of five, where this make knows windows at all."""
    return House(make, {"window": 0 if MAKES[make].paging == "ignored" else 5})


def ask(house: House, *deeds: Deed) -> list[object]:
    """What comes of these, one after the other. Where the make is known to do them it takes no time."""

    async def tale() -> list[object]:
        loop = asyncio.get_running_loop()
        answers = []
        for deed in deeds:
            began = loop.time()
            answers.append(await deed.ask(house.ils))
            if not deed.code.isdigit() or house.serves(deed.code):
                assert loop.time() - began < AT_ONCE_S
        return answers

    answers = house.play(tale)
    assert [report.condition for report in house.news] == [Condition.READY]
    return answers


def due_date(due: Due | None) -> date | None:
    """The day that a due date is, also where it is kept as the ILS wrote it."""
    if due is None or not isinstance(due.value, Untrusted):
        return due.value if due else None
    month, day, year = map(int, due.value.raw.split("/"))
    return date(year, month, day)


# ---- patrons ---------------------------------------------------------------------------------------------


@every_make
def test_a_patron_is_known_with_what_they_have_and_owe(house: House) -> None:
    (who,) = ask(house, Deed("63"))
    owed = None if house.make.amounts == "none" else Money(Decimal("1012.50"), "EUR")
    assert who == Welcome("Anna Kern", frozenset(HERS), owed)


@every_make
def test_who_is_not_known_or_has_the_wrong_pin_is_denied(house: House) -> None:
    async def tale() -> list[object]:
        return [
            await house.ils.sign_in(PatronId("21009999"), PIN, "en"),
            await house.ils.sign_in(ANNA, Pin("9999"), "en"),
        ]

    nobody, mistyped = house.play(tale)
    assert isinstance(nobody, Denied)
    assert nobody.reason is Reason.CARD_UNKNOWN
    if house.make.tells_valid:
        assert isinstance(mistyped, Denied)
        assert mistyped.reason is Reason.PIN_WRONG
    else:
        assert isinstance(mistyped, Welcome), "it does not say whether a PIN is right"


@every_make
def test_an_account_is_told_whole_whatever_the_windows(house: House) -> None:
    (account,) = ask(house, Deed("account"))
    assert isinstance(account, Account)
    assert account.complete
    assert [loan.item.id for loan in account.loans] == list(HERS)
    assert [loan.item.id for loan in account.loans if loan.overdue] == [HERS[0]]
    assert [(hold.item, hold.waiting) for hold in account.holds] == [
        (ItemKey(WAITING), True),
        (ItemKey(COMING), False),
    ]
    currency = "" if house.make.amounts == "none" else "EUR"
    assert [fee.amount for fee in account.fees] == [Money(Decimal(amount), currency) for amount in OWED]
    windows = [frame for frame in house.asked("63") if "|BP" in frame]
    assert bool(windows) == (house.make.paging != "ignored")


@pytest.mark.parametrize("make", [name for name, made in MAKES.items() if made.paging == "ignored"])
def test_an_account_that_cannot_be_had_whole_is_not_called_complete(make: str) -> None:
    (account,) = ask(House(make, {"window": 5}), Deed("account"))
    assert isinstance(account, Account)
    assert not account.complete
    assert [loan.item.id for loan in account.loans] == list(HERS[:5])


@every_make
def test_the_end_of_a_visit_is_told(house: House) -> None:
    assert ask(house, Deed("35"), Deed("17", SHELF[0])) == [
        None,
        ItemDescription(ItemKey(SHELF[0]), f"Title {SHELF[0]}"),
    ]
    assert len(house.asked("35")) == 1
    assert house.done() == Counter()


# ---- loans -----------------------------------------------------------------------------------------------


@every_make
def test_loans(house: House) -> None:
    lent, elsewhere, kept, nothing = ask(
        house, Deed("11", SHELF[0]), Deed("11", HIS[0]), Deed("11", COMING), Deed("11", NOWHERE)
    )
    assert isinstance(lent, Lent)
    assert (lent.release, lent.title, lent.renewal) == (True, f"Title {SHELF[0]}", False)
    assert due_date(lent.due) == date(2026, 12, 12)
    reasons = []
    for answer in (elsewhere, kept, nothing):
        assert isinstance(answer, NotLent)
        reasons.append(answer.reason)
    assert reasons == [Reason.ON_LOAN_TO_OTHER, Reason.ON_HOLD, Reason.ITEM_UNKNOWN]
    assert house.done() == {f"11 {SHELF[0]}": 1}
    assert house.world.ils.held_by[SHELF[0]][0] == ANNA.value


@every_make
def test_a_loan_that_costs_something(house: House) -> None:
    async def tale() -> tuple[object, Counter[str], object]:
        item = ItemKey(DEAR[0])
        first = await house.ils.lend(ANNA, PIN, item, lambda: None)
        done = house.done()
        return first, done, await house.ils.lend(ANNA, PIN, item, lambda: None, agreed=True)

    first, done, second = house.play(tale)
    if house.make.asks_fees:
        assert isinstance(first, FeeAsked)
        assert first.fee == Money(Decimal("1.50"), "EUR")
        assert done == Counter()
        assert isinstance(second, Lent)
        assert second.release
        assert house.done() == {f"11 {DEAR[0]}": 1}
        assert [charge.amount for charge in house.world.ils.charges] == ["1.50"]
    else:
        assert isinstance(first, Lent)
        assert done == {f"11 {DEAR[0]}": 1}


@every_make
def test_what_became_of_a_loan_is_learnt_on_a_connection_of_its_own(house: House) -> None:
    async def tale() -> list[object]:
        items = (HERS[0], SHELF[0], HIS[0], NOWHERE)
        return [await house.ils.settle(ANNA, ItemKey(item)) for item in items]

    hers, nobody_s, his, nowhere = house.play(tale)
    assert isinstance(hers, Lent)
    assert not hers.release, "no answer said that it may be"
    assert isinstance(nobody_s, NotLent)
    assert [his, nowhere] == [Doubt(), Doubt()], "somebody may have it; nobody knows it"
    assert house.done() == Counter()


# ---- returns ---------------------------------------------------------------------------------------------


@every_make
def test_returns(house: House) -> None:
    back, waited_for, never_out = ask(house, Deed("09", HIS[0]), Deed("09", HERS[-2]), Deed("09", SHELF[0]))
    assert back == Returned(f"Title {HIS[0]}")
    if house.make.keeps_special:
        assert isinstance(waited_for, NotReturned)
        assert waited_for.reason is Reason.RETURN_REFUSED
        assert house.done() == {f"09 {HIS[0]}": 1}
    else:
        assert isinstance(waited_for, Returned)
        assert (waited_for.was_on_loan, waited_for.alert) == (True, Alert.HOLD_HERE)
        assert house.done() == {f"09 {HIS[0]}": 1, f"09 {HERS[-2]}": 1}
    assert isinstance(never_out, Returned)
    assert (never_out.was_on_loan, never_out.alert) == (False, None)


@every_make
def test_a_return_of_what_no_library_knows(make: str) -> None:
    """Evergreen's line drops over it, so that nobody knows, and 17 does not help."""
    house = House(make)

    async def tale() -> tuple[object, object, object]:
        answer = await Deed("09", NOWHERE).ask(house.ils)
        settled = await house.ils.settle_return(ItemKey(NOWHERE))
        return answer, settled, await Deed("09", HIS[0]).ask(house.ils)

    answer, settled, following = house.play(tale)
    if house.make.drops_unknown_item:
        assert answer == Doubt()
    else:
        assert isinstance(answer, NotReturned)
        assert answer.reason is Reason.ITEM_UNKNOWN
    assert settled == Doubt()
    assert following == Returned(f"Title {HIS[0]}")
    assert house.done() == {f"09 {HIS[0]}": 1}


@every_make
def test_what_became_of_a_return_is_learnt_on_a_connection_of_its_own(house: House) -> None:
    async def tale() -> list[object]:
        return [await house.ils.settle_return(ItemKey(item)) for item in (SHELF[0], WAITING, HIS[0])]

    shelf, waiting, his = house.play(tale)
    assert shelf == Returned(f"Title {SHELF[0]}")
    assert waiting == Returned(f"Title {WAITING}", alert=Alert.HOLD_HERE)
    assert his == NotReturned(Reason.ILS_SILENT, title=f"Title {HIS[0]}")


# ---- renewals --------------------------------------------------------------------------------------------


@every_make
def test_renewals(house: House) -> None:
    renewed, wanted, last, his = ask(house, *(Deed("29", item) for item in (HERS[0], *HERS[-2:], HIS[0])))
    assert isinstance(renewed, Renewed)
    assert (renewed.title, due_date(renewed.due)) == (f"Title {HERS[0]}", date(2027, 1, 2))
    assert isinstance(wanted, NotRenewed)
    assert wanted.reason is Reason.ON_HOLD
    assert isinstance(last, NotRenewed)
    assert isinstance(his, NotRenewed)
    assert house.done() == {f"29 {HERS[0]}": 1}


@every_make
def test_everything_is_renewed(house: House) -> None:
    answer, following = ask(house, Deed("65"), Deed("29", HERS[0]))
    assert isinstance(following, Renewed)
    done = Counter({f"29 {HERS[0]}": 1})
    if house.serves("65"):
        assert isinstance(answer, RenewedAll)
        assert [item.id for item in answer.renewed] == list(RENEWABLE)
        assert [item.id for item in answer.not_renewed] == list(HERS[-2:])
        done += Counter(f"29 {item}" for item in RENEWABLE)
    elif house.says_so("65"):
        assert answer == Unsupported()
        assert house.asked("65") == []
    else:
        assert answer == Doubt(), "it says nothing, and may have done it"
        assert len(house.asked("65")) == 1
    assert house.done() == done


# ---- holds and money ----------------------------------------------------------------------------------


@every_make
def test_holds(house: House) -> None:
    placed, again, following = ask(
        house, Deed("15", HIS[0]), Deed("15", HIS[0] if house.serves("15") else HIS[1]), Deed("11", SHELF[0])
    )
    assert isinstance(following, Lent)
    done = Counter({f"11 {SHELF[0]}": 1})
    if house.serves("15"):
        assert placed == HoldPlaced(f"Title {HIS[0]}", "LANTERN")
        assert isinstance(again, HoldNotPlaced)
        done += Counter({f"15 {HIS[0]}": 1})
    elif house.says_so("15"):
        assert placed == again == HoldNotPlaced(Reason.NOT_SERVED)
        assert house.asked("15") == []
    else:
        assert placed == again == Doubt()
        assert len(house.asked("15")) == 2
    assert house.done() == done


@every_make
def test_payments(house: House) -> None:
    async def tale() -> tuple[object, object]:
        paid = await Deed("37", "T-1").ask(house.ils)
        more = Money(Decimal("5000.00"), "EUR")
        return paid, await house.ils.book_fee(ANNA, PIN, more, "T-2", lambda: None)

    paid, more = house.play(tale)
    done = Counter()
    if house.serves("37"):
        assert paid == FeeBooked()
        keeps = house.world.scenery.ils.credits
        assert isinstance(more, FeeBooked if keeps else FeeNotBooked)
        done = Counter({"37 T-1": 1, "37 T-2": 1} if keeps else {"37 T-1": 1})
    else:
        assert not house.make.bx, "all others say beforehand what they do not do"
        assert (paid, more) == (Doubt(), Doubt())
    assert house.done() == done
    assert [payment.amount for payment in house.world.ils.payments[:1]] == ["1.00"] * house.serves("37")
