"""Messages: each SIP2 message as a frozen dataclass whose attributes are the table of its fields.

Names are those of the standard; the comment beside a field says what the wire needs to know. The
terminal's and the patrons' messages stand here, those about items in `item_messages`, those about money in
`fee_messages`. Other pairs come in as further classes and further rows in `MESSAGES`; no code knows a message
by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from kiosk.sip2.fee_messages import FeePaid, FeePaidResponse
from kiosk.sip2.fields import (
    COUNT,
    DATE,
    FLAG,
    LANGUAGE,
    PATRON_FLAGS,
    SUMMARY,
    SYNC_DATE,
    YES_NO,
    ZERO_ONE,
    PatronFlag,
    Summary,
    fixed,
    number,
    repeated,
    text,
    variable,
)
from kiosk.sip2.item_messages import (
    Checkin,
    CheckinResponse,
    Checkout,
    CheckoutResponse,
    Hold,
    HoldResponse,
    ItemInformation,
    ItemInformationResponse,
    LoanVerdict,
    Renew,
    RenewAll,
    RenewAllResponse,
    RenewResponse,
)
from kiosk.sip2.shape import Message, Request, Verdict, message

__all__ = [
    "BX_ORDER", "MESSAGES", "AcsStatus", "Checkin", "CheckinResponse", "Checkout", "CheckoutResponse",
    "EndSession", "EndSessionResponse", "FeePaid", "FeePaidResponse", "Hold", "HoldResponse",
    "ItemInformation", "ItemInformationResponse", "LoanVerdict", "Login", "LoginResponse", "Message",
    "PatronInformation", "PatronInformationResponse", "PatronStatusRequest", "PatronStatusResponse", "Renew",
    "RenewAll", "RenewAllResponse", "RenewResponse", "Request", "RequestAcsResend", "RequestScResend",
    "ScStatus", "Verdict",
]  # fmt: skip


# ---- terminal and ACS -------------------------------------------------------------------------


@message("94")
class LoginResponse(Verdict):
    """94: whether the terminal may talk."""

    ok: bool = fixed(ZERO_ONE)


@message("93", LoginResponse)
class Login(Request[LoginResponse]):
    """93: the terminal's own login. Algorithms 0: neither is encrypted."""

    uid_algorithm: str = fixed(text(1), default="0")
    pwd_algorithm: str = fixed(text(1), default="0")
    login_user: str = variable("CN")
    login_password: str = variable("CO")
    location: str | None = variable("CP", default=None)


BX_ORDER: Final = (
    "23", "11", "09", "01", "99", "97", "93", "63", "35", "37", "17", "19", "25", "15", "29", "65",
)  # fmt: skip
"""What the 16 letters of BX speak of (standard, field *supported messages*)."""


@message("98")
class AcsStatus(Message):
    """98: what the ACS can do. It may also come in place of any other answer."""

    online: bool = fixed(YES_NO)
    checkin_ok: bool = fixed(YES_NO)
    checkout_ok: bool = fixed(YES_NO)
    renewal_policy: bool = fixed(YES_NO)
    status_update_ok: bool = fixed(YES_NO)
    offline_ok: bool = fixed(YES_NO)
    timeout_tenths: int | None = fixed(number(3))  # 000 off-line, 999 unknown
    retries: int | None = fixed(number(3))  # 999 unknown
    clock: datetime | None = fixed(SYNC_DATE)
    version: str = fixed(text(4), default="2.00")
    institution: str = variable("AO")
    library: str | None = variable("AM", default=None)
    supported: str = variable("BX")
    terminal_location: str | None = variable("AN", default=None)
    screen_messages: tuple[str, ...] = repeated("AF", default=())
    print_lines: tuple[str, ...] = repeated("AG", default=())

    def supports(self, code: str) -> bool:
        """Whether this ACS does the message: only a plain N in BX says no."""
        if code not in BX_ORDER or code == "99":  # which this very answer is the answer to
            return True
        position = BX_ORDER.index(code)
        return self.supported[position : position + 1] != "N"


@message("99", AcsStatus)
class ScStatus(Request[AcsStatus]):
    """99: the terminal's status (0 fine, 1 out of paper, 2 about to shut down)."""

    status: str = fixed(text(1), default="0")
    max_print_width: int | None = fixed(number(3), default=80)
    version: str = fixed(text(4), default="2.00")


@message("96")
class RequestScResend(Message):
    """96: the ACS did not understand the last frame. Never carries a sequence number."""


@message("97")
class RequestAcsResend(Message):
    """97: please say your last answer again. Never carries a sequence number."""


# ---- patrons ----------------------------------------------------------------------------------


@message("24")
class PatronStatusResponse(Message):
    """24: who the patron is and what is barred to them."""

    flags: frozenset[PatronFlag] = fixed(PATRON_FLAGS, default=frozenset())
    language: str = fixed(LANGUAGE, default="000")
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    name: str = variable("AE")
    valid_patron: bool | None = variable("BL", kind=FLAG, default=None)
    valid_password: bool | None = variable("CQ", kind=FLAG, default=None)
    currency: str | None = variable("BH", default=None)
    fee_amount: str | None = variable("BV", default=None)
    screen_messages: tuple[str, ...] = repeated("AF", default=())
    print_lines: tuple[str, ...] = repeated("AG", default=())


@message("23", PatronStatusResponse)
class PatronStatusRequest(Request[PatronStatusResponse]):
    """23: the short question about a patron; AC and AD are required, if only empty."""

    language: str = fixed(LANGUAGE, default="000")
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    terminal_password: str = variable("AC")
    patron_password: str = variable("AD")


@message("64")
class PatronInformationResponse(Message):
    """64: as 24, with counts (None: unknown) and at most one list of items."""

    flags: frozenset[PatronFlag] = fixed(PATRON_FLAGS, default=frozenset())
    language: str = fixed(LANGUAGE, default="000")
    date: datetime | None = fixed(DATE)
    hold_count: int | None = fixed(number(4), default=None)
    overdue_count: int | None = fixed(number(4), default=None)
    charged_count: int | None = fixed(number(4), default=None)
    fine_count: int | None = fixed(number(4), default=None)
    recall_count: int | None = fixed(number(4), default=None)
    unavailable_hold_count: int | None = fixed(number(4), default=None)
    institution: str = variable("AO")
    patron: str = variable("AA")
    name: str = variable("AE")
    hold_limit: str | None = variable("BZ", default=None)
    overdue_limit: str | None = variable("CA", default=None)
    charged_limit: str | None = variable("CB", default=None)
    valid_patron: bool | None = variable("BL", kind=FLAG, default=None)
    valid_password: bool | None = variable("CQ", kind=FLAG, default=None)
    currency: str | None = variable("BH", default=None)
    fee_amount: str | None = variable("BV", default=None)
    fee_limit: str | None = variable("CC", default=None)
    hold_items: tuple[str, ...] = repeated("AS", default=())
    overdue_items: tuple[str, ...] = repeated("AT", default=())
    charged_items: tuple[str, ...] = repeated("AU", default=())
    fine_items: tuple[str, ...] = repeated("AV", default=())
    recall_items: tuple[str, ...] = repeated("BU", default=())
    unavailable_hold_items: tuple[str, ...] = repeated("CD", default=())
    home_address: str | None = variable("BD", default=None)
    email: str | None = variable("BE", default=None)
    home_phone: str | None = variable("BF", default=None)
    screen_messages: tuple[str, ...] = repeated("AF", default=())
    print_lines: tuple[str, ...] = repeated("AG", default=())


@message("63", PatronInformationResponse)
class PatronInformation(Request[PatronInformationResponse]):
    """63: the long question. `summary` is one list or none: with two, several ACS send neither."""

    language: str = fixed(LANGUAGE, default="000")
    date: datetime | None = fixed(DATE)
    summary: Summary | None = fixed(SUMMARY, default=None)
    institution: str = variable("AO")
    patron: str = variable("AA")
    terminal_password: str | None = variable("AC", default=None)
    patron_password: str | None = variable("AD", default=None)
    start: int | None = variable("BP", kind=COUNT, default=None)  # from 1, both included
    end: int | None = variable("BQ", kind=COUNT, default=None)


@message("36")
class EndSessionResponse(Message):
    """36: the patron is done, says the ACS too."""

    ended: bool = fixed(YES_NO)
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    screen_messages: tuple[str, ...] = repeated("AF", default=())
    print_lines: tuple[str, ...] = repeated("AG", default=())


@message("35", EndSessionResponse)
class EndSession(Request[EndSessionResponse]):
    """35: the patron is done."""

    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    terminal_password: str | None = variable("AC", default=None)
    patron_password: str | None = variable("AD", default=None)


MESSAGES: Final[Mapping[str, type[Message]]] = MappingProxyType({
    cls.code: cls
    for cls in (
        Login, LoginResponse, ScStatus, AcsStatus, RequestScResend, RequestAcsResend,
        PatronStatusRequest, PatronStatusResponse, PatronInformation, PatronInformationResponse,
        EndSession, EndSessionResponse, Checkout, CheckoutResponse,
        Checkin, CheckinResponse, Renew, RenewResponse, RenewAll, RenewAllResponse,
        ItemInformation, ItemInformationResponse,
        Hold, HoldResponse, FeePaid, FeePaidResponse,
    )
})  # fmt: skip
"""Every message that this package knows, by its code."""
