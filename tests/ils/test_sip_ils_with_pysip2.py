"""The desk's port over real TCP against a server that we did not write."""

import asyncio
import random
import time
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal

from kiosk.circulation.answers import (
    Denied,
    Doubt,
    FeeAsked,
    FeeBooked,
    FeeNotBooked,
    HoldNotPlaced,
    HoldPlaced,
    Lent,
    NotLent,
    NotRenewed,
    NotReturned,
    Renewed,
    Returned,
    Welcome,
)
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Due, Exchange, ItemKey, Money, PatronId, Pin
from kiosk.desk.ports import Ils
from kiosk.ils import IlsSettings, SipIls
from kiosk.wires import tcp
from tests.sip2.pysip2_acs import PIN as PIN_TEXT
from tests.sip2.pysip2_acs import Library, serving

EMILIE = PatronId("21000001")
PIN = Pin(PIN_TEXT)


def test_a_patron_signs_in_borrows_and_leaves():
    async def story():
        library = Library(loans={"39000005": "21000002"})
        async with serving(library) as (host, port):
            settings = IlsSettings(
                host=host, port=port, institution="lib", login_user="kiosk", login_password="pw"
            )
            ils: Ils = SipIls(settings, tcp(host, port), time.time, random.Random(1))
            reports = []
            watching = asyncio.ensure_future(ils.run(reports.append))
            assert await ils.sign_in(PatronId("404"), PIN, "en") == Denied(Reason.CARD_UNKNOWN)
            assert await ils.sign_in(EMILIE, Pin("0000"), "en") == Denied(Reason.PIN_WRONG)
            assert await ils.sign_in(EMILIE, PIN, "en") == Welcome("Émilie Brontë")

            async def lend(item):
                return await ils.lend(EMILIE, PIN, ItemKey(item), lambda: None)

            one = await lend("39000001")
            assert isinstance(one, Lent)
            assert (one.release, one.title, one.renewal) == (True, "Title 1", False)
            reasons = {item: (await lend(item)) for item in ("39000040", "39000039", "39000005", "40400000")}
            assert {item: answer.reason for item, answer in reasons.items()} == {
                "39000040": Reason.ON_HOLD,
                "39000039": Reason.NOT_FOR_LOAN,
                "39000005": Reason.ON_LOAN_TO_OTHER,
                "40400000": Reason.ITEM_UNKNOWN,
            }
            assert isinstance(await ils.settle(EMILIE, ItemKey("39000001")), Lent)
            settled = await ils.settle(EMILIE, ItemKey("39000002"))
            assert settled == NotLent(Reason.ITEM_REFUSED, title="Title 2")
            assert await ils.sign_in(EMILIE, PIN, "en") == Welcome("Émilie Brontë", frozenset({"39000001"}))
            await ils.end_session(EMILIE, PIN)
            watching.cancel()
            await asyncio.wait({watching})
        assert library.executed == [("21000001", "39000001")]
        assert [report.condition for report in reports] == [Condition.READY]

    asyncio.run(story())


@asynccontextmanager
async def watched(host, port, open_wire=None, **more):
    """The adapter with its supervisor, as the desk runs it."""
    settings = IlsSettings(
        host=host, port=port, institution="lib", login_user="kiosk", login_password="pw", **more
    )
    ils = SipIls(settings, open_wire or tcp(host, port), time.time, random.Random(1))
    watching = asyncio.ensure_future(ils.run(lambda change: None))
    try:
        yield ils
    finally:
        watching.cancel()
        await asyncio.wait({watching})


def test_books_are_renewed_and_come_back():
    async def story():
        library = Library(loans={"39000001": "21000001", "39000002": "21000002", "39000040": "21000001"})
        async with (
            serving(library) as (host, port),
            watched(host, port, location="Desk 2", return_branch="Main") as ils,
        ):

            async def back(item):
                return await ils.take_back(ItemKey(item), lambda: None)

            async def renew(item):
                return await ils.renew(EMILIE, PIN, ItemKey(item), lambda: None)

            assert await renew("39000001") == Renewed(Due(date(2027, 2, 27)), "Title 1")
            assert (await renew("39000002")).reason is Reason.RENEWAL_REFUSED
            on_hold = await renew("39000040")
            assert isinstance(on_hold, NotRenewed)
            assert on_hold.reason is Reason.ON_HOLD

            assert await back("39000001") == Returned("Title 1", bin="A1")
            again = await back("39000001")
            assert isinstance(again, Returned)
            assert (again.was_on_loan, again.title, again.alert) == (False, "Title 1", None)
            assert again.note.raw == "Item not checked out"
            waited_for = await back("39000040")
            assert isinstance(waited_for, Returned)
            assert waited_for.alert is not None
            stranger = await back("40400000")
            assert isinstance(stranger, NotReturned)
            assert stranger.reason is Reason.ITEM_UNKNOWN

            assert (await ils.settle_return(ItemKey("39000001"))).title == "Title 1"
            still_out = await ils.settle_return(ItemKey("39000002"))
            assert still_out == NotReturned(Reason.ILS_SILENT, title="Title 2")
            assert await ils.settle_return(ItemKey("40400000")) == Doubt()
        assert library.renewed == ["39000001"]
        assert library.returned == ["39000001", "39000040"]
        assert library.branches == {"Main"}

    asyncio.run(story())


def breaking_before(host, port, code):
    """Wires that break just before this answer."""

    async def breaking():
        wire = await tcp(host, port)()
        receive = wire.receive

        async def until_then():
            data = await receive()
            return b"" if data.startswith(code) else data

        wire.receive = until_then
        return wire

    return breaking


def test_a_return_whose_answer_is_lost_is_executed_once_and_settled():
    """The connection breaks just before the 10."""

    async def story():
        library = Library(loans={"39000001": "21000001"})
        async with serving(library) as (host, port):
            breaking = breaking_before(host, port, b"10")
            async with watched(host, port, breaking) as ils:
                assert await ils.take_back(ItemKey("39000001"), lambda: None) == Doubt()
                assert await ils.settle_return(ItemKey("39000001")) == Returned("Title 1")
        assert library.returned == ["39000001"]

    asyncio.run(story())


def test_a_fee_is_agreed_to_another_one_paid_and_a_book_held():
    async def story():
        library = Library(
            rental={"39000003": "2.50"}, owed={"21000001": Decimal("1234.50")},
            loans={"39000004": "21000002"},
        )  # fmt: skip
        async with serving(library) as (host, port), watched(host, port) as ils:
            item, late = ItemKey("39000003"), lambda: None
            welcome = await ils.sign_in(EMILIE, PIN, "en")
            assert welcome == Welcome("Émilie Brontë", owed=Money(Decimal("1234.50"), "EUR"))
            asked = await ils.lend(EMILIE, PIN, item, late)
            assert isinstance(asked, FeeAsked)
            assert asked.fee == Money(Decimal("2.50"), "EUR")
            assert library.executed == []
            assert isinstance(await ils.lend(EMILIE, PIN, item, late, agreed=True), Lent)

            paid = await ils.book_fee(EMILIE, PIN, Money(Decimal("1000"), "EUR"), "T-1", late)
            assert paid == FeeBooked()
            assert paid.by == Exchange("standard", 5)
            too_much = await ils.book_fee(EMILIE, PIN, Money(Decimal("1000"), "EUR"), "T-2", late)
            assert isinstance(too_much, FeeNotBooked)
            welcome = await ils.sign_in(EMILIE, PIN, "en")
            assert isinstance(welcome, Welcome)
            assert welcome.owed == Money(Decimal("234.50"), "EUR")

            assert await ils.hold(EMILIE, PIN, ItemKey("39000004"), late) == HoldPlaced("Title 4", "Main")
            nothing = await ils.hold(EMILIE, PIN, ItemKey("40400000"), late)
            assert isinstance(nothing, HoldNotPlaced)
            assert nothing.reason is Reason.ITEM_UNKNOWN
        assert library.executed == [("21000001", "39000003")]
        assert library.paid == [("21000001", "1000.00", "T-1")]
        assert library.held == [("21000001", "39000004")]

    asyncio.run(story())


def test_a_payment_whose_answer_is_lost_is_booked_once():
    """The connection breaks just before the 38: nobody tells it again."""

    async def story():
        library = Library(owed={"21000001": Decimal("5.00")})
        async with serving(library) as (host, port):
            breaking = breaking_before(host, port, b"38")
            async with watched(host, port, breaking) as ils:
                money = Money(Decimal("5.00"), "EUR")
                assert await ils.book_fee(EMILIE, PIN, money, "T-1", lambda: None) == Doubt()
                assert await ils.sign_in(EMILIE, PIN, "en") == Welcome("Émilie Brontë")
        assert library.paid == [("21000001", "5.00", "T-1")]

    asyncio.run(story())
