"""The account at the desk: asked for beside the queue, and renewals of all loans behind a flushed intent."""

import asyncio

import pytest

from kiosk.circulation.answers import Account, AccountLoan, Unsupported
from kiosk.circulation.effects import AskRenewAll
from kiosk.circulation.intents import Do, Intent, Pressed
from kiosk.circulation.reports import CardShown
from kiosk.circulation.values import Flushed, ItemKey, PatronId, RowKind, SagaId
from kiosk.circulation.views import AccountView, AttractView, LoanMark, LoanView
from kiosk.desk import Desk
from kiosk.desk.workers import IlsWorker, TokenMissing
from tests.desk.doubles import House, SlowIls

ANNA = PatronId("p1")
TWO = Account(tuple(AccountLoan(ItemKey(barcode), f"Title of {barcode}") for barcode in ("A1", "A2")))


async def signed_in(house: House, desk: Desk) -> None:
    desk.post(CardShown(ANNA))
    await asyncio.sleep(1)
    assert isinstance(house.view.screen, LoanView)


def press(house: House, desk: Desk, *intents: Intent) -> None:
    for intent in intents:
        desk.post(Pressed(house.view.session, house.view.revision, intent))


def account(house: House) -> AccountView:
    screen = house.view.screen
    assert isinstance(screen, AccountView)
    return screen


def test_a_book_put_down_while_the_account_is_asked_for_does_not_wait_for_it() -> None:
    async def story(house: House, desk: Desk) -> None:
        await signed_in(house, desk)
        press(house, desk, Do.ACCOUNT)
        await asyncio.sleep(0.1)
        house.pad.put("B1")
        await asyncio.sleep(3)
        assert (account(house).known, account(house).books.borrowed) == (False, 1)
        await asyncio.sleep(20)
        assert [row.title for row in account(house).loans] == ["Title of A1", "Title of A2"]

    house = House(ils=SlowIls(account_takes=9.0, listed=TWO)).open_for(story)
    lent = next(did for did in house.ils.did if did.what == "lend")
    first, *anew = [did for did in house.ils.did if did.what == "account"]
    assert lent.overlaps(first)
    assert len(anew) == 1, "one more loan is to be told of"


def test_all_loans_are_renewed_once_behind_a_flushed_intent() -> None:
    async def story(house: House, desk: Desk) -> None:
        await signed_in(house, desk)
        press(house, desk, Do.ACCOUNT)
        await asyncio.sleep(1)
        press(house, desk, Do.RENEW_ALL)
        await asyncio.sleep(0.1)
        press(house, desk, Do.YES, Do.YES)
        await asyncio.sleep(2)

    house = House(ils=SlowIls(listed=TWO)).open_for(story)
    (renewal,) = [did for did in house.ils.did if did.what == "renew-all"]
    assert house.disk.flushes[0].ended <= renewal.began
    assert [(row.kind, row.closes) for row in house.disk.rows] == [
        (RowKind.INTENT, False),
        (RowKind.ANSWER, True),
    ]
    assert [did.what for did in house.ils.did].count("account") == 2


def test_where_the_ils_does_not_know_that_each_is_renewed_in_turn() -> None:
    async def story(house: House, desk: Desk) -> None:
        await signed_in(house, desk)
        press(house, desk, Do.ACCOUNT)
        await asyncio.sleep(1)
        press(house, desk, Do.RENEW_ALL)
        await asyncio.sleep(0.1)
        press(house, desk, Do.YES)
        await asyncio.sleep(4)
        assert {row.mark for row in account(house).loans} == {LoanMark.RENEWED}

    house = House(ils=SlowIls(listed=TWO, all_renewed=Unsupported())).open_for(story)
    one, two = (did for did in house.ils.did if did.what == "renew")
    assert (one.on, two.on) == ("A1", "A2")
    assert one.ended <= two.began
    assert house.disk.still_open == ()


def test_an_account_that_comes_when_its_patron_has_gone_is_nobodys() -> None:
    async def story(house: House, desk: Desk) -> None:
        await signed_in(house, desk)
        press(house, desk, Do.ACCOUNT)
        await asyncio.sleep(0.1)
        press(house, desk, Do.FINISH)
        await asyncio.sleep(0.1)
        press(house, desk, Do.FINISH)
        await asyncio.sleep(0.1)
        assert isinstance(house.view.screen, AttractView)
        await asyncio.sleep(10)
        assert isinstance(house.view.screen, AttractView)
        assert "Title of A1" not in repr(desk.state)

    House(ils=SlowIls(account_takes=5.0, listed=TWO)).open_for(story)


def test_a_renewal_of_all_without_its_flushed_intent_stops_the_kiosk() -> None:
    worker = IlsWorker(SlowIls(), lambda _: None)
    with pytest.raises(TokenMissing):
        worker.take(AskRenewAll(Flushed(1, SagaId("A1-1"), RowKind.ANSWER), ANNA, None))
