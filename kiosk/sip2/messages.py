"""Messages: each SIP2 message as a frozen dataclass whose attributes are the table of its fields.

Names are those of the standard; the comment beside a field says what the wire needs to know. What is ours to
say, and what identifies something, is a `str`; what somebody on the far side wrote is `Untrusted`. The
terminal's own messages stand in `terminal_messages`, those about patrons in `patron_messages`, about loans in
`loan_messages`, about items in `item_messages`, about money in `fee_messages`. No code knows a message by
name: a new one is a class and a row in `MESSAGES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from kiosk.sip2.fee_messages import FeePaid, FeePaidResponse
from kiosk.sip2.item_messages import (
    Checkin,
    CheckinResponse,
    Hold,
    HoldResponse,
    ItemInformation,
    ItemInformationResponse,
    ItemStatusUpdate,
    ItemStatusUpdateResponse,
)
from kiosk.sip2.loan_messages import (
    Checkout,
    CheckoutResponse,
    LoanVerdict,
    Renew,
    RenewAll,
    RenewAllResponse,
    RenewResponse,
)
from kiosk.sip2.patron_messages import (
    BlockPatron,
    EndSession,
    EndSessionResponse,
    PatronEnable,
    PatronEnableResponse,
    PatronInformation,
    PatronInformationResponse,
    PatronStatusRequest,
    PatronStatusResponse,
)
from kiosk.sip2.shape import Change, Message, Question, Request, Verdict
from kiosk.sip2.terminal_messages import (
    BX_ORDER,
    AcsStatus,
    Login,
    LoginResponse,
    RequestAcsResend,
    RequestScResend,
    ScStatus,
    Supported,
)

__all__ = [
    "ANSWERS_TO_CHANGES", "BX_ORDER", "MESSAGES", "AcsStatus", "BlockPatron", "Change", "Checkin",
    "CheckinResponse", "Checkout", "CheckoutResponse", "EndSession", "EndSessionResponse", "FeePaid",
    "FeePaidResponse", "Hold", "HoldResponse", "ItemInformation", "ItemInformationResponse",
    "ItemStatusUpdate", "ItemStatusUpdateResponse", "LoanVerdict", "Login", "LoginResponse", "Message",
    "PatronEnable", "PatronEnableResponse", "PatronInformation", "PatronInformationResponse",
    "PatronStatusRequest", "PatronStatusResponse", "Question", "Renew", "RenewAll", "RenewAllResponse",
    "RenewResponse", "Request", "RequestAcsResend", "RequestScResend", "ScStatus", "Supported", "Verdict",
]  # fmt: skip

MESSAGES: Final[Mapping[str, type[Message]]] = MappingProxyType({
    cls.code: cls
    for cls in (
        Login, LoginResponse, ScStatus, AcsStatus, RequestScResend, RequestAcsResend,
        PatronStatusRequest, PatronStatusResponse, PatronInformation, PatronInformationResponse,
        EndSession, EndSessionResponse, BlockPatron, PatronEnable, PatronEnableResponse,
        Checkout, CheckoutResponse, Renew, RenewResponse, RenewAll, RenewAllResponse,
        Checkin, CheckinResponse, Hold, HoldResponse, ItemInformation, ItemInformationResponse,
        ItemStatusUpdate, ItemStatusUpdateResponse, FeePaid, FeePaidResponse,
    )
})  # fmt: skip
"""Every message of the standard, by its code."""

ANSWERS_TO_CHANGES: Final = frozenset(cls.answer for cls in MESSAGES.values() if issubclass(cls, Change))
"""The messages that may answer one that changes something (and some of them a question, too)."""
