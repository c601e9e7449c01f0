"""The account and the 65 over real TCP, against a server that we did not write."""

import asyncio
import random
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal

import anyio
import pysip2
from anyio.abc import SocketAttribute

from kiosk.circulation.answers import Account, AccountFee, AccountHold, AccountLoan, RenewedAll
from kiosk.circulation.values import ItemKey, Money, PatronId, Pin, Untrusted
from kiosk.desk.ports import Ils
from kiosk.ils import IlsSettings, SipIls
from kiosk.wires import tcp

EMILIE, PIN = PatronId("21000001"), Pin("1234")


@dataclass
class Shelf:
    """What one patron has. Lists come in windows of `page` entries, as the window of the question says."""

    loans: list[str] = field(default_factory=lambda: [f"390000{n:02d}" for n in range(1, 13)])
    overdue: list[str] = field(default_factory=lambda: ["39000002"])
    holds: list[str] = field(default_factory=lambda: ["39000020"])
    away: list[str] = field(default_factory=lambda: ["39000021"])
    fines: list[str] = field(default_factory=lambda: ["Photocopies 1.20"])
    page: int = 5
    asked: list[str] = field(default_factory=list)


def server(shelf: Shelf) -> pysip2.SIP2Server:
    """The server, not yet listening."""
    acs = pysip2.SIP2Server(encoding="utf-8", institution_id="lib", login_required=True, timeout_period="100")

    @acs.route(pysip2.LOGIN)
    async def login(req: pysip2.LoginRequest, ctx):
        return pysip2.LoginResponse(ok="1")

    @acs.route(pysip2.PATRON_INFORMATION)
    async def patron_information(req: pysip2.PatronInformationRequest, ctx):
        shelf.asked.append(f"63 {req.summary}")
        lists = [shelf.holds, shelf.overdue, shelf.loans, shelf.fines, [], shelf.away]
        first = int(req.start_item or 1) - 1
        asked = req.summary.find("Y")

        def shown(number):
            return tuple(lists[number][first : first + shelf.page]) if asked == number else ()

        counts = [f"{len(each):04d}" for each in lists]
        return pysip2.PatronInformationResponse(
            patron_status=" " * 14, language=req.language, transaction_date=ctx.now_18(),
            hold_items_count=counts[0], overdue_items_count=counts[1], charged_items_count=counts[2],
            fine_items_count=counts[3], recall_items_count=counts[4], unavailable_holds_count=counts[5],
            institution_id=req.institution_id, patron_identifier=req.patron_identifier,
            personal_name="Émilie Brontë", valid_patron="Y", valid_patron_password="Y",
            currency_type="EUR", fee_amount="1.20",
            hold_items=shown(0), overdue_items=shown(1), charged_items=shown(2), fine_items=shown(3),
            unavailable_hold_items=shown(5),
        )  # fmt: skip

    @acs.route(pysip2.RENEW_ALL)
    async def renew_all(req: pysip2.RenewAllRequest, ctx):
        assert (req.patron_identifier, req.patron_password) == (EMILIE.value, PIN.value)
        assert req.fee_acknowledged == "N"
        shelf.asked.append("65")
        renewed = [item for item in shelf.loans if item not in shelf.overdue]
        return pysip2.RenewAllResponse(
            ok="1", renewed_count=f"{len(renewed):04d}", unrenewed_count=f"{len(shelf.overdue):04d}",
            transaction_date=ctx.now_18(), institution_id=req.institution_id,
            renewed_items=tuple(renewed), unrenewed_items=tuple(shelf.overdue),
        )  # fmt: skip

    return acs


@asynccontextmanager
async def asking(shelf: Shelf):
    """The adapter beside its supervisor, in front of that server."""
    acs = server(shelf)
    async with await acs.listen("127.0.0.1", 0) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, acs._handle_connection)
        port = listener.extra(SocketAttribute.local_port)
        settings = IlsSettings(
            host="127.0.0.1", port=port, institution="lib", login_user="kiosk", login_password="pw"
        )
        ils: Ils = SipIls(settings, tcp("127.0.0.1", port), time.time, random.Random(1))
        watching = asyncio.ensure_future(ils.run(lambda change: None))
        try:
            yield ils
        finally:
            watching.cancel()
            await asyncio.wait({watching})
            tasks.cancel_scope.cancel()


def test_an_account_in_pages_and_everything_renewed():
    shelf = Shelf()

    async def story():
        async with asking(shelf) as ils:
            account = await ils.account(EMILIE, PIN)
            renewed = await ils.renew_all(EMILIE, PIN, lambda: None)
        return account, renewed

    account, renewed = asyncio.run(story())
    items = [ItemKey(item) for item in shelf.loans]
    assert account == Account(
        loans=(
            AccountLoan(ItemKey("39000002"), overdue=True),
            *(AccountLoan(item) for item in items if item.id != "39000002"),
        ),
        holds=(
            AccountHold("", ItemKey("39000020"), waiting=True),
            AccountHold("", ItemKey("39000021"), waiting=False),
        ),
        fees=(AccountFee(Untrusted("Photocopies 1.20"), Money(Decimal("1.20"), "EUR")),),
        complete=True,
        owed=Money(Decimal("1.20"), "EUR"),
    )
    assert renewed == RenewedAll(tuple(item for item in items if item.id != "39000002"), (items[1],))
    assert shelf.asked.count("65") == 1
    assert len([each for each in shelf.asked if each.startswith("63   Y")]) == 3
