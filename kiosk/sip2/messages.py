"""Messages: each SIP2 message as a frozen dataclass whose attributes are the table of its fields.

Names are those of the standard; the comment beside a field says what the wire needs to know. Other
pairs come in as further classes here and further rows in `MESSAGES`; no code knows a message by name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final, Generic, TypeVar, dataclass_transform

from kiosk.sip2.fields import (
    COUNT,
    DATE,
    FLAG,
    LANGUAGE,
    PATRON_FLAGS,
    SUMMARY,
    SYNC_DATE,
    TRISTATE,
    YES_NO,
    ZERO_ONE,
    FieldSpec,
    PatronFlag,
    Summary,
    Tristate,
    fixed,
    number,
    repeated,
    specs_of,
    text,
    variable,
)

M = TypeVar("M", bound="Message")
A_co = TypeVar("A_co", bound="Message", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The base of all messages.

    `extras` are the fields that the class does not name, in the order in which they came: extensions
    of one ACS or another, and second copies of a field that may stand only once.
    """

    code: ClassVar[str] = ""
    specs: ClassVar[tuple[FieldSpec, ...]] = ()

    extras: tuple[tuple[str, str], ...] = dataclasses.field(default=(), repr=False)


class Request(Message, Generic[A_co]):
    """A message that asks for an answer of one class."""

    __slots__ = ()
    answer: ClassVar[type[Message]]

    def answered_by(self, answer: Message) -> bool:
        """Whether `answer` speaks of the same thing, as far as one can see without a sequence number."""
        return isinstance(answer, self.answer)


class Verdict(Message):
    """The answer to a message that changes something (or to a login)."""

    __slots__ = ()

    @property
    def ok(self) -> bool:
        """Whether the ACS has done it."""
        raise NotImplementedError


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(fixed, variable, repeated))
def message(code: str, answer: type[Message] | None = None) -> Callable[[type[M]], type[M]]:
    """Make a class the message with this code (and, for a request, this class of answer)."""

    def make(cls: type[M]) -> type[M]:
        made: Any = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        made.code = code
        made.specs = specs_of(made)
        if answer is not None:
            made.answer = answer
        made_class: type[M] = made
        return made_class

    return make


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


# ---- items ------------------------------------------------------------------------------------


@message("12")
class CheckoutResponse(Verdict):
    """12: whether the loan was made, and whether the security bit may be cleared (`desensitize`)."""

    ok: bool = fixed(ZERO_ONE)
    renewal_ok: bool = fixed(YES_NO, default=False)  # "the patron already had it"
    magnetic_media: Tristate = fixed(TRISTATE, default=Tristate.UNKNOWN)
    desensitize: Tristate = fixed(TRISTATE, default=Tristate.UNKNOWN)
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    item: str = variable("AB")
    title: str = variable("AJ")
    due: str = variable("AH")  # in whatever format the ACS likes
    fee_type: str | None = variable("BT", default=None)
    security_inhibit: bool | None = variable("CI", kind=FLAG, default=None)
    currency: str | None = variable("BH", default=None)
    fee_amount: str | None = variable("BV", default=None)
    media_type: str | None = variable("CK", default=None)
    item_properties: str | None = variable("CH", default=None)
    transaction: str | None = variable("BK", default=None)
    screen_messages: tuple[str, ...] = repeated("AF", default=())
    print_lines: tuple[str, ...] = repeated("AG", default=())


@message("11", CheckoutResponse)
class Checkout(Request[CheckoutResponse]):
    """11: lend this item to this patron. On several ACS a second 11 is a renewal: never send it twice."""

    renewal_policy: bool = fixed(YES_NO, default=False)
    no_block: bool = fixed(YES_NO, default=False)
    date: datetime | None = fixed(DATE)
    nb_due_date: datetime | None = fixed(DATE)  # never blank, see fields.write_date
    institution: str = variable("AO")
    patron: str = variable("AA")
    item: str = variable("AB")
    terminal_password: str = variable("AC")
    patron_password: str | None = variable("AD", default=None)
    item_properties: str | None = variable("CH", default=None)
    fee_acknowledged: bool | None = variable("BO", kind=FLAG, default=None)
    cancel: bool | None = variable("BI", kind=FLAG, default=None)

    def answered_by(self, answer: Message) -> bool:
        """A 12 for the same item: without a sequence number, a late answer may be another item's."""
        return isinstance(answer, CheckoutResponse) and _same_id(self.item, answer.item)


@message("18")
class ItemInformationResponse(Message):
    """18: where the item is and what it is called."""

    circulation_status: str = fixed(text(2), default="01")
    security_marker: str = fixed(text(2), default="00")
    fee_type: str = fixed(text(2), default="01")
    date: datetime | None = fixed(DATE)
    hold_queue: str | None = variable("CF", default=None)
    due: str | None = variable("AH", default=None)
    recall_date: str | None = variable("CJ", default=None)
    hold_pickup_date: str | None = variable("CM", default=None)
    item: str = variable("AB")
    title: str = variable("AJ")
    owner: str | None = variable("BG", default=None)
    currency: str | None = variable("BH", default=None)
    fee_amount: str | None = variable("BV", default=None)
    media_type: str | None = variable("CK", default=None)
    permanent_location: str | None = variable("AQ", default=None)
    current_location: str | None = variable("AP", default=None)
    item_properties: str | None = variable("CH", default=None)
    screen_messages: tuple[str, ...] = repeated("AF", default=())
    print_lines: tuple[str, ...] = repeated("AG", default=())


@message("17", ItemInformationResponse)
class ItemInformation(Request[ItemInformationResponse]):
    """17: what is this item?"""

    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    item: str = variable("AB")
    terminal_password: str | None = variable("AC", default=None)

    def answered_by(self, answer: Message) -> bool:
        """An 18 for the same item."""
        return isinstance(answer, ItemInformationResponse) and _same_id(self.item, answer.item)


def _same_id(asked: str, answered: str) -> bool:
    """Ids as different ACS write them: an empty one says nothing, blanks and leading zeros vary."""
    left, right = ("".join(one.split()).casefold().lstrip("0") for one in (asked, answered))
    return not right or left == right


MESSAGES: Final[Mapping[str, type[Message]]] = MappingProxyType({
    cls.code: cls
    for cls in (
        Login, LoginResponse, ScStatus, AcsStatus, RequestScResend, RequestAcsResend,
        PatronStatusRequest, PatronStatusResponse, PatronInformation, PatronInformationResponse,
        EndSession, EndSessionResponse, Checkout, CheckoutResponse,
        ItemInformation, ItemInformationResponse,
    )
})  # fmt: skip
"""Every message that this package knows, by its code."""
