"""Messages between terminal and ACS about themselves: login (93), status (99), repetitions (96, 97)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kiosk.sip2.fields import TerminalStatus
from kiosk.sip2.kinds import FREE_TEXT, SYNC_DATE, TERMINAL_STATUS, YES_NO, ZERO_ONE, Kind, number, text
from kiosk.sip2.shape import Message, Question, Request, Verdict, fixed, message, repeated, variable
from kiosk.sip2.untrusted import Untrusted


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


@dataclass(frozen=True, slots=True)
class Supported:
    """What an ACS says that it can do (BX); `raw` as it came."""

    raw: str = ""

    def supports(self, code: str) -> bool | None:
        """Whether it does the message. None where BX does not say: it is absent or short, has another
        letter, or knows no such message. Then it may be tried."""
        if code not in BX_ORDER:
            return None
        position = BX_ORDER.index(code)
        return {"Y": True, "N": False}.get(self.raw[position : position + 1].upper())


SUPPORTED: Final[Kind[Supported]] = Kind("16 flags", None, Supported, lambda supported: supported.raw)


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
    library: Untrusted | None = variable("AM", kind=FREE_TEXT, default=None)
    supported: Supported = variable("BX", kind=SUPPORTED)
    terminal_location: Untrusted | None = variable("AN", kind=FREE_TEXT, default=None)
    screen_messages: tuple[Untrusted, ...] = repeated("AF", kind=FREE_TEXT, default=())
    print_lines: tuple[Untrusted, ...] = repeated("AG", kind=FREE_TEXT, default=())

    def supports(self, code: str) -> bool:
        """Whether this ACS may be sent the message: only a plain N in BX says no (and none to a 99, which
        this very answer is the answer to)."""
        return code == "99" or self.supported.supports(code) is not False


@message("99", AcsStatus)
class ScStatus(Question[AcsStatus]):
    """99: the terminal's status."""

    status: TerminalStatus | str = fixed(TERMINAL_STATUS, default=TerminalStatus.OK)
    max_print_width: int | None = fixed(number(3), default=80)
    version: str = fixed(text(4), default="2.00")


@message("96")
class RequestScResend(Message):
    """96: the ACS did not understand the last frame. Never carries a sequence number."""


@message("97")
class RequestAcsResend(Message):
    """97: please say your last answer again. Never carries a sequence number."""
