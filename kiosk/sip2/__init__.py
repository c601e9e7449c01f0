"""A SIP2 client library: the terminal's side of 3M's Standard Interchange Protocol 2.00.

It stands alone and knows nothing of the kiosk. At the bottom, without any I/O: `fields`, `messages` and
`codec` (typed messages, table-driven), `framing` (bytes into frames, sequence number and checksum) and
`conversation` (what a frame means to us). Above it, on asyncio: `link` (one connection), `exchange` (one
message and its answer, by the rule that nothing which changes the ILS is ever sent twice blindly) and
`client`. Beside it `profiles`: how one make of ACS differs from the next. `masked` makes a frame fit
for a log.
"""

from kiosk.sip2.client import Client, Done, NotSent, Refused, Unknown
from kiosk.sip2.codec import Unrecognised, decode, encode
from kiosk.sip2.errors import (
    DecodeError,
    EncodeError,
    LinkDown,
    LinkGarbled,
    LinkSilent,
    LoginRefused,
    NotSupported,
    ProfileError,
    SipError,
    Trouble,
)
from kiosk.sip2.fields import AlertType, CirculationStatus, PatronFlag, Summary, Tristate, language_number
from kiosk.sip2.framing import Framer, Integrity, Overlong, checksum, seal, unseal
from kiosk.sip2.link import OpenWire, Tap, Wire
from kiosk.sip2.lists import ChargedList, charged_list
from kiosk.sip2.masking import masked
from kiosk.sip2.messages import (
    AcsStatus,
    Checkin,
    CheckinResponse,
    Checkout,
    CheckoutResponse,
    EndSession,
    EndSessionResponse,
    ItemInformation,
    ItemInformationResponse,
    Login,
    LoginResponse,
    Message,
    PatronInformation,
    PatronInformationResponse,
    PatronStatusRequest,
    PatronStatusResponse,
    Renew,
    RenewResponse,
    Request,
    RequestAcsResend,
    RequestScResend,
    ScStatus,
)
from kiosk.sip2.profiles import Profile

__all__ = [
    "AcsStatus",
    "AlertType",
    "ChargedList",
    "Checkin",
    "CheckinResponse",
    "Checkout",
    "CheckoutResponse",
    "CirculationStatus",
    "Client",
    "DecodeError",
    "Done",
    "EncodeError",
    "EndSession",
    "EndSessionResponse",
    "Framer",
    "Integrity",
    "ItemInformation",
    "ItemInformationResponse",
    "LinkDown",
    "LinkGarbled",
    "LinkSilent",
    "Login",
    "LoginRefused",
    "LoginResponse",
    "Message",
    "NotSent",
    "NotSupported",
    "OpenWire",
    "Overlong",
    "PatronFlag",
    "PatronInformation",
    "PatronInformationResponse",
    "PatronStatusRequest",
    "PatronStatusResponse",
    "Profile",
    "ProfileError",
    "Refused",
    "Renew",
    "RenewResponse",
    "Request",
    "RequestAcsResend",
    "RequestScResend",
    "ScStatus",
    "SipError",
    "Summary",
    "Tap",
    "Tristate",
    "Trouble",
    "Unknown",
    "Unrecognised",
    "Wire",
    "charged_list",
    "checksum",
    "decode",
    "encode",
    "language_number",
    "masked",
    "seal",
    "unseal",
]
