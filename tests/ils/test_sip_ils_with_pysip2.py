"""The desk's port over real TCP against a server that we did not write."""

import asyncio
import random
import time

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Denied, ItemKey, Lent, NotLent, PatronId, Pin, Welcome
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
