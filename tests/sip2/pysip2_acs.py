"""A small library behind pysip2's server, which we did not write: patrons, items, loans.

    async with serving(Library()) as (host, port): ...

`Library` keeps `loans` (item -> patron), counts `executed` checkouts, `returned` and `renewed` items, `held`
items and `paid` fees, and takes `slow` seconds for each. An item with a `rental` wants consent to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal

import anyio
import pysip2
from anyio.abc import SocketAttribute

PIN = "739164"
"""No time and no checksum of a log can hold these digits in a row."""


@dataclass
class Library:
    """What the ILS knows. Login `kiosk`/`pw`; every PIN is `PIN`."""

    patrons: dict[str, str] = field(
        default_factory=lambda: {"21000001": "Émilie Brontë", "21000002": "Samuel Pepys"}
    )
    items: dict[str, str] = field(
        default_factory=lambda: {f"390000{n:02d}": f"Title {n}" for n in range(1, 41)}
    )
    on_hold: set[str] = field(default_factory=lambda: {"39000040"})
    reference: set[str] = field(default_factory=lambda: {"39000039"})
    loans: dict[str, str] = field(default_factory=dict)
    executed: list[tuple[str, str]] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    branches: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    rental: dict[str, str] = field(default_factory=dict)
    owed: dict[str, Decimal] = field(default_factory=dict)
    held: list[tuple[str, str]] = field(default_factory=list)
    paid: list[tuple[str, str, str]] = field(default_factory=list)
    slow: float = 0.0


def server(library: Library) -> pysip2.SIP2Server:
    """The server, not yet listening."""
    acs = pysip2.SIP2Server(encoding="utf-8", institution_id="lib", login_required=True, timeout_period="100")

    @acs.route(pysip2.LOGIN)
    async def login(req: pysip2.LoginRequest, ctx):
        known = (req.login_user_id, req.login_password) == ("kiosk", "pw")
        return pysip2.LoginResponse(ok="1" if known else "0")

    @acs.route(pysip2.PATRON_INFORMATION)
    async def patron_information(req: pysip2.PatronInformationRequest, ctx):
        who = req.patron_identifier
        charged = tuple(item for item, patron in library.loans.items() if patron == who)
        return pysip2.PatronInformationResponse(
            patron_status=("Y" if who in library.blocked else " ") + " " * 13,
            language=req.language, transaction_date=ctx.now_18(),
            hold_items_count="0000", overdue_items_count="0000", charged_items_count=f"{len(charged):04d}",
            fine_items_count="0000", recall_items_count="0000", unavailable_holds_count="0000",
            institution_id=req.institution_id, patron_identifier=who,
            personal_name=library.patrons.get(who, ""),
            valid_patron="Y" if who in library.patrons else "N",
            valid_patron_password="Y" if req.patron_password == PIN else "N",
            currency_type="EUR" if who in library.owed else None,
            fee_amount=f"{library.owed[who]:,.2f}" if who in library.owed else None,
            charged_items=charged if req.summary[2] == "Y" else (),
        )  # fmt: skip

    @acs.route(pysip2.CHECKOUT)
    async def checkout(req: pysip2.CheckoutRequest, ctx):
        who, item = req.patron_identifier, req.item_identifier
        await asyncio.sleep(library.slow)
        refusal = (
            "Invalid Item" if item not in library.items
            else "Item is on hold shelf for another patron." if item in library.on_hold
            else "Item cannot be issued: NOT_FOR_LOAN" if item in library.reference
            else "Item checked out to another patron" if library.loans.get(item, who) != who
            else "Do you agree to the fee?" if item in library.rental and req.fee_acknowledged != "Y"
            else ""
        )  # fmt: skip
        fee = library.rental.get(item)
        renewal = library.loans.get(item) == who
        if not refusal:
            library.loans[item] = who
            library.executed.append((who, item))
        return pysip2.CheckoutResponse(
            ok="0" if refusal else "1", renewal_ok="Y" if renewal else "N", magnetic_media="N",
            desensitize="N" if refusal else "Y", transaction_date=ctx.now_18(),
            institution_id=req.institution_id, patron_identifier=who, item_identifier=item,
            title_identifier=library.items.get(item, ""), due_date="" if refusal else "20270130    235900",
            screen_message=(refusal,) if refusal else (),
            fee_type="06" if fee else None, currency_type="EUR" if fee else None, fee_amount=fee,
        )  # fmt: skip

    @acs.route(pysip2.CHECKIN)
    async def checkin(req: pysip2.CheckinRequest, ctx):
        item = req.item_identifier
        await asyncio.sleep(library.slow)
        library.branches.add(req.current_location)
        who = library.loans.pop(item, None)
        if who is not None:
            library.returned.append(item)
        waited_for = item in library.on_hold
        return pysip2.CheckinResponse(
            ok="1" if who else "0", resensitize="Y" if who else "N", magnetic_media="N",
            alert="Y" if waited_for else "N", transaction_date=ctx.now_18(),
            institution_id=req.institution_id, item_identifier=item, permanent_location="Main",
            title_identifier=library.items.get(item) if who else None, patron_identifier=who,
            sort_bin="A1" if who else None,
            screen_message=() if who else ("Item not checked out",),
        )  # fmt: skip

    @acs.route(pysip2.RENEW)
    async def renew(req: pysip2.RenewRequest, ctx):
        who, item = req.patron_identifier, req.item_identifier or ""
        await asyncio.sleep(library.slow)
        refusal = (
            "Item not checked out to this patron" if library.loans.get(item) != who
            else "Item is on hold for another patron" if item in library.on_hold
            else ""
        )  # fmt: skip
        if not refusal:
            library.renewed.append(item)
        return pysip2.RenewResponse(
            ok="0" if refusal else "1", renewal_ok="N" if refusal else "Y", magnetic_media="N",
            desensitize="N" if refusal else "Y", transaction_date=ctx.now_18(),
            institution_id=req.institution_id, patron_identifier=who, item_identifier=item,
            title_identifier=library.items.get(item, ""), due_date="" if refusal else "20270227    235900",
            screen_message=(refusal,) if refusal else (),
        )  # fmt: skip

    @acs.route(pysip2.HOLD)
    async def hold(req: pysip2.HoldRequest, ctx):
        who, item = req.patron_identifier, req.item_identifier or ""
        placed = req.hold_mode == "+" and req.hold_type == "2" and item in library.items
        if placed:
            library.held.append((who, item))
        return pysip2.HoldResponse(
            ok="1" if placed else "0", available="N" if item in library.loans else "Y",
            transaction_date=ctx.now_18(), institution_id=req.institution_id, patron_identifier=who,
            item_identifier=item, title_identifier=library.items.get(item), pickup_location="Main",
            queue_position="1", screen_message=() if placed else ("No such item",),
        )  # fmt: skip

    @acs.route(pysip2.FEE_PAID)
    async def fee_paid(req: pysip2.FeePaidRequest, ctx):
        who, amount = req.patron_identifier, Decimal(req.fee_amount)
        await asyncio.sleep(library.slow)
        accepted = amount <= library.owed.get(who, Decimal(0)) and req.currency_type == "EUR"
        if accepted:
            library.owed[who] -= amount
            library.paid.append((who, req.fee_amount, req.transaction_id or ""))
        return pysip2.FeePaidResponse(
            payment_accepted="Y" if accepted else "N", transaction_date=ctx.now_18(),
            institution_id=req.institution_id, patron_identifier=who, transaction_id="acs-1",
            screen_message=() if accepted else ("Overpaid",),
        )  # fmt: skip

    @acs.route(pysip2.ITEM_INFORMATION)
    async def item_information(req: pysip2.ItemInformationRequest, ctx):
        item = req.item_identifier
        return pysip2.ItemInformationResponse(
            circulation_status="04" if item in library.loans else "03" if item in library.items else "01",
            security_marker="00", fee_type="01", transaction_date=ctx.now_18(), item_identifier=item,
            title_identifier=library.items.get(item, ""),
            due_date="20270130    235900" if item in library.loans else None,
        )  # fmt: skip

    @acs.route(pysip2.END_PATRON_SESSION)
    async def end_session(req: pysip2.EndPatronSessionRequest, ctx):
        return pysip2.EndSessionResponse(
            end_session="Y", transaction_date=ctx.now_18(), institution_id=req.institution_id,
            patron_identifier=req.patron_identifier,
        )  # fmt: skip

    return acs


@asynccontextmanager
async def serving(library: Library, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[tuple[str, int]]:
    """Serve in this loop; host and port (an ephemeral one by default)."""
    acs = server(library)
    # Not acs.start(): that leaves the listening socket open.
    async with await acs.listen(host, port) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, acs._handle_connection)
        try:
            yield host, listener.extra(SocketAttribute.local_port)
        finally:
            tasks.cancel_scope.cancel()
