"""Messages about loans: made (11), renewed (29), all renewed (65)."""

from __future__ import annotations

from datetime import datetime

from kiosk.sip2.fields import FeeType, MediaType, Tristate
from kiosk.sip2.kinds import (
    CURRENCY_CODE,
    DATE,
    DATE_OR_BLANKS,
    FLAG,
    FREE_TEXT,
    LOAN_FEE_TYPE,
    MEDIA_TYPE,
    TRISTATE,
    YES_NO,
    ZERO_ONE,
    number,
)
from kiosk.sip2.money import Priced
from kiosk.sip2.shape import Change, Verdict, fixed, message, repeated, variable
from kiosk.sip2.untrusted import Untrusted


@message("")
class LoanVerdict(Verdict, Priced):
    """What 12 and 30 look like: whether the loan was made or renewed, until when, and whether the security
    bit may be cleared (`desensitize`)."""

    ok: bool = fixed(ZERO_ONE)
    renewal_ok: bool = fixed(YES_NO, default=False)  # "the patron already had it"
    magnetic_media: Tristate = fixed(TRISTATE, default=Tristate.UNKNOWN)
    desensitize: Tristate = fixed(TRISTATE, default=Tristate.UNKNOWN)
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    item: str = variable("AB")
    title: Untrusted = variable("AJ", kind=FREE_TEXT)
    due: Untrusted = variable("AH", kind=FREE_TEXT)  # in whatever format the ACS likes
    fee_type: FeeType | str | None = variable("BT", kind=LOAN_FEE_TYPE, default=None)
    security_inhibit: bool | None = variable("CI", kind=FLAG, default=None)
    currency: str | None = variable("BH", kind=CURRENCY_CODE, default=None)
    fee_amount_text: str | None = variable("BV", default=None)
    media_type: MediaType | str | None = variable("CK", kind=MEDIA_TYPE, default=None)
    item_properties: Untrusted | None = variable("CH", kind=FREE_TEXT, default=None)
    transaction: str | None = variable("BK", default=None)
    screen_messages: tuple[Untrusted, ...] = repeated("AF", kind=FREE_TEXT, default=())
    print_lines: tuple[Untrusted, ...] = repeated("AG", kind=FREE_TEXT, default=())


@message("12")
class CheckoutResponse(LoanVerdict):
    """12: whether the loan was made."""


@message("11", CheckoutResponse)
class Checkout(Change[CheckoutResponse]):
    """11: lend this item to this patron. On several ACS a second 11 is a renewal: never send it twice."""

    renewal_policy: bool = fixed(YES_NO, default=False)
    no_block: bool = fixed(YES_NO, default=False)
    date: datetime | None = fixed(DATE)
    nb_due_date: datetime | None = fixed(DATE_OR_BLANKS)
    institution: str = variable("AO")
    patron: str = variable("AA")
    item: str = variable("AB")
    terminal_password: str = variable("AC")
    item_properties: str | None = variable("CH", default=None)
    patron_password: str | None = variable("AD", default=None)
    fee_acknowledged: bool | None = variable("BO", kind=FLAG, default=None)
    cancel: bool | None = variable("BI", kind=FLAG, default=None)


@message("30")
class RenewResponse(LoanVerdict):
    """30: whether the loan was renewed."""


@message("29", RenewResponse)
class Renew(Change[RenewResponse]):
    """29: let this patron keep this item for longer. A second 29 is a second renewal: never send it twice."""

    third_party_allowed: bool = fixed(YES_NO, default=False)  # another patron's card may renew it
    no_block: bool = fixed(YES_NO, default=False)
    date: datetime | None = fixed(DATE)
    nb_due_date: datetime | None = fixed(DATE_OR_BLANKS)
    institution: str = variable("AO")
    patron: str = variable("AA")
    patron_password: str | None = variable("AD", default=None)
    item: str | None = variable("AB", default=None)
    title: str | None = variable("AJ", default=None)  # an empty one makes it a renewal by title to some ACS
    terminal_password: str | None = variable("AC", default=None)
    item_properties: str | None = variable("CH", default=None)
    fee_acknowledged: bool | None = variable("BO", kind=FLAG, default=None)


@message("66")
class RenewAllResponse(Verdict):
    """66: what was renewed and what was not. It names no patron, and `ok` may be true with nothing renewed:
    what counts are the lists."""

    ok: bool = fixed(ZERO_ONE)
    renewed_count: int | None = fixed(number(4), default=None)
    unrenewed_count: int | None = fixed(number(4), default=None)
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    renewed_items: tuple[str, ...] = repeated("BM", default=())
    unrenewed_items: tuple[str, ...] = repeated("BN", default=())
    screen_messages: tuple[Untrusted, ...] = repeated("AF", kind=FREE_TEXT, default=())
    print_lines: tuple[Untrusted, ...] = repeated("AG", kind=FREE_TEXT, default=())


@message("65", RenewAllResponse)
class RenewAll(Change[RenewAllResponse]):
    """65: let this patron keep everything for longer. A second 65 renews a second time: never send it
    twice."""

    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    patron_password: str | None = variable("AD", default=None)
    terminal_password: str | None = variable("AC", default=None)
    fee_acknowledged: bool | None = variable("BO", kind=FLAG, default=None)
