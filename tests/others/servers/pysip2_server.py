"""A server built on pysip2, which is strict, before our small library.

environment/bin/python pysip2_server.py LIBRARY-FILE [PORT]
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import anyio
import pysip2
from anyio.abc import SocketAttribute
from library import DUE, INSTITUTION, LOGIN, PIN, RENEWED_DUE, nap, opened, say_and_live_with_stdin

FILE = Path(sys.argv[1])
acs = pysip2.SIP2Server(
    encoding="utf-8", institution_id=INSTITUTION, login_required=True, timeout_period="010"
)


def common(req, ctx, refusal=""):
    """What nearly all answers have."""
    return {
        "transaction_date": ctx.now_18(),
        "institution_id": INSTITUTION,
        "patron_identifier": req.patron_identifier,
        "screen_message": (refusal,) if refusal else (),
    }


def about(library, req):
    """What a 24 and a 64 say of the patron."""
    patron = req.patron_identifier
    owed = library.owed.get(patron)
    return {
        "patron_status": ("Y" if patron in library.blocked else " ") + " " * 13,
        "language": req.language,
        "personal_name": library.patrons.get(patron, ""),
        "valid_patron": "Y" if patron in library.patrons else "N",
        "valid_patron_password": "Y" if req.patron_password == PIN else "N",
        "currency_type": "EUR" if owed else None,
        "fee_amount": owed,
    }


@acs.route(pysip2.LOGIN)
async def login(req, ctx):
    return pysip2.LoginResponse(ok="1" if (req.login_user_id, req.login_password) == LOGIN else "0")


@acs.route(pysip2.PATRON_STATUS)
async def patron_status(req, ctx):
    with opened(FILE) as library:
        return pysip2.PatronStatusResponse(**common(req, ctx), **about(library, req))


@acs.route(pysip2.PATRON_INFORMATION)
async def patron_information(req, ctx):
    with opened(FILE) as library:
        charged = library.charged(req.patron_identifier)
        return pysip2.PatronInformationResponse(
            **common(req, ctx), **about(library, req), charged_items_count=f"{len(charged):04d}",
            hold_items_count="0000", overdue_items_count="0000", fine_items_count="0000",
            recall_items_count="0000", unavailable_holds_count="0000",
            charged_items=tuple(charged) if req.summary[2] == "Y" else (),
        )  # fmt: skip


@acs.route(pysip2.CHECKOUT)
async def checkout(req, ctx):
    patron, item = req.patron_identifier, req.item_identifier
    with opened(FILE) as library:
        had = library.loans.get(item) == patron
        refusal = library.lend(patron, item, agreed=req.fee_acknowledged == "Y")
        fee, title = library.rental.get(item), library.titles.get(item, "")
    await anyio.sleep(nap(FILE, "11"))
    return pysip2.CheckoutResponse(
        **common(req, ctx, refusal), ok="0" if refusal else "1", renewal_ok="Y" if had else "N",
        magnetic_media="N", desensitize="N" if refusal else "Y", item_identifier=item, title_identifier=title,
        due_date="" if refusal else DUE, fee_type="06" if fee else None,
        currency_type="EUR" if fee else None, fee_amount=fee,
    )  # fmt: skip


@acs.route(pysip2.CHECKIN)
async def checkin(req, ctx):
    item = req.item_identifier
    with opened(FILE) as library:
        patron, refusal = library.loans.get(item), library.take_back(item)
        title, waited_for = library.titles.get(item), item in library.on_hold
    await anyio.sleep(nap(FILE, "09"))
    return pysip2.CheckinResponse(
        ok="0" if refusal else "1", resensitize="N" if refusal else "Y", magnetic_media="N",
        alert="Y" if waited_for else "N", transaction_date=ctx.now_18(), institution_id=INSTITUTION,
        item_identifier=item, permanent_location="Main", title_identifier=title if patron else None,
        patron_identifier=patron, sort_bin="A1" if patron else None,
        screen_message=(refusal,) if refusal else (),
    )  # fmt: skip


@acs.route(pysip2.RENEW)
async def renew(req, ctx):
    item = req.item_identifier or ""
    with opened(FILE) as library:
        refusal, title = library.renew(req.patron_identifier, item), library.titles.get(item, "")
    await anyio.sleep(nap(FILE, "29"))
    return pysip2.RenewResponse(
        **common(req, ctx, refusal), ok="0" if refusal else "1", renewal_ok="N" if refusal else "Y",
        magnetic_media="N", desensitize="N" if refusal else "Y", item_identifier=item, title_identifier=title,
        due_date="" if refusal else RENEWED_DUE,
    )  # fmt: skip


@acs.route(pysip2.HOLD)
async def hold(req, ctx):
    item = req.item_identifier or ""
    with opened(FILE) as library:
        refusal, title = library.hold(req.patron_identifier, item), library.titles.get(item)
    return pysip2.HoldResponse(
        **common(req, ctx, refusal), ok="0" if refusal else "1", available="N", item_identifier=item,
        title_identifier=title, pickup_location="Main",
    )  # fmt: skip


@acs.route(pysip2.FEE_PAID)
async def fee_paid(req, ctx):
    with opened(FILE) as library:
        refusal = library.pay(req.patron_identifier, req.fee_amount)
    return pysip2.FeePaidResponse(**common(req, ctx, refusal), payment_accepted="N" if refusal else "Y")


@acs.route(pysip2.ITEM_INFORMATION)
async def item_information(req, ctx):
    item = req.item_identifier
    with opened(FILE) as library:
        lent, title = item in library.loans, library.titles.get(item)
    return pysip2.ItemInformationResponse(
        circulation_status="04" if lent else "01" if title is None else "03", security_marker="00",
        fee_type="01", transaction_date=ctx.now_18(), item_identifier=item, title_identifier=title or "",
        due_date=DUE if lent else None,
    )  # fmt: skip


@acs.route(pysip2.END_PATRON_SESSION)
async def end_session(req, ctx):
    return pysip2.EndSessionResponse(end_session="Y", **common(req, ctx))


async def main() -> None:
    port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    listener = await acs.listen("127.0.0.1", port)
    say_and_live_with_stdin(listener.extra(SocketAttribute.local_port))
    await listener.serve(acs._handle_connection)


if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL)
    anyio.run(main)
