"""The desk's port over real TCP against a server that we did not write."""

import asyncio
import random
import time
from contextlib import asynccontextmanager
from datetime import date

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import (
    Condition,
    Denied,
    Doubt,
    Due,
    ItemKey,
    Lent,
    NotLent,
    NotRenewed,
    NotReturned,
    PatronId,
    Pin,
    Renewed,
    Returned,
    Welcome,
)
from kiosk.desk.ports import Ils
from kiosk.ils import IlsSettings, SipIls
from kiosk.wires import tcp
from tests.sip2.pysip2_acs import Library, serving

EMILIE = PatronId("21000001")
PIN = Pin("1234")


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


def test_a_return_whose_answer_is_lost_is_executed_once_and_settled():
    """The connection breaks just before the 10."""

    async def story():
        library = Library(loans={"39000001": "21000001"})
        async with serving(library) as (host, port):

            async def breaking():
                wire = await tcp(host, port)()
                receive = wire.receive

                async def until_the_10():
                    data = await receive()
                    return b"" if data.startswith(b"10") else data

                wire.receive = until_the_10
                return wire

            async with watched(host, port, breaking) as ils:
                assert await ils.take_back(ItemKey("39000001"), lambda: None) == Doubt()
                assert await ils.settle_return(ItemKey("39000001")) == Returned("Title 1")
        assert library.returned == ["39000001"]

    asyncio.run(story())
