"""Messages about items: loans (11), returns (09), renewals (29), holds (15) and the question what an item
is (17)."""

from __future__ import annotations

from datetime import datetime

from kiosk.sip2.fields import (
    DATE,
    FLAG,
    HOLD_MODE,
    MOMENT,
    TRISTATE,
    YES_NO,
    ZERO_ONE,
    HoldMode,
    Tristate,
    fixed,
    number,
    repeated,
    text,
    variable,
)
from kiosk.sip2.shape import Message, Request, Verdict, message


@message("")
class LoanVerdict(Verdict):
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
    title: str = variable("AJ")
    due: str = variable("AH")  # in whatever format the ACS likes
    fee_type: str | None = variable("BT", default=None)  # see FeeType
    security_inhibit: bool | None = variable("CI", kind=FLAG, default=None)
    currency: str | None = variable("BH", default=None)
    fee_amount: str | None = variable("BV", default=None)  # in whatever format, see money.read_amount
    media_type: str | None = variable("CK", default=None)
    item_properties: str | None = variable("CH", default=None)
    transaction: str | None = variable("BK", default=None)
    screen_messages: tuple[str, ...] = repeated("AF", default=())
    print_lines: tuple[str, ...] = repeated("AG", default=())


@message("12")
class CheckoutResponse(LoanVerdict):
    """12: whether the loan was made."""


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
        return isinstance(answer, CheckoutResponse) and same_id(self.item, answer.item)


@message("30")
class RenewResponse(LoanVerdict):
    """30: whether the loan was renewed."""


@message("29", RenewResponse)
class Renew(Request[RenewResponse]):
    """29: let this patron keep this item for longer. A second 29 is a second renewal: never send it twice."""

    third_party_allowed: bool = fixed(YES_NO, default=False)  # another patron's card may renew it
    no_block: bool = fixed(YES_NO, default=False)
    date: datetime | None = fixed(DATE)
    nb_due_date: datetime | None = fixed(DATE)  # never blank, see fields.write_date
    institution: str = variable("AO")
    patron: str = variable("AA")
    patron_password: str | None = variable("AD", default=None)
    item: str | None = variable("AB", default=None)
    title: str | None = variable("AJ", default=None)  # an empty one makes it a renewal by title to some ACS
    terminal_password: str | None = variable("AC", default=None)
    item_properties: str | None = variable("CH", default=None)
    fee_acknowledged: bool | None = variable("BO", kind=FLAG, default=None)

    def answered_by(self, answer: Message) -> bool:
        """A 30 for the same item, if the request names one."""
        return isinstance(answer, RenewResponse) and same_id(self.item or "", answer.item)


@message("66")
class RenewAllResponse(Verdict):
    """66: what was renewed, and what was not; an ACS may name neither."""

    ok: bool = fixed(ZERO_ONE)
    renewed_count: int | None = fixed(number(4), default=None)
    unrenewed_count: int | None = fixed(number(4), default=None)
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    renewed_items: tuple[str, ...] = repeated("BM", default=())
    unrenewed_items: tuple[str, ...] = repeated("BN", default=())
    screen_messages: tuple[str, ...] = repeated("AF", default=())
    print_lines: tuple[str, ...] = repeated("AG", default=())


@message("65", RenewAllResponse)
class RenewAll(Request[RenewAllResponse]):
    """65: keep everything for longer. A second 65 renews a second time: never send it twice."""

    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    patron: str = variable("AA")
    patron_password: str | None = variable("AD", default=None)
    terminal_password: str | None = variable("AC", default=None)
    fee_acknowledged: bool | None = variable("BO", kind=FLAG, default=None)


@message("10")
class CheckinResponse(Verdict):
    """10: whether the item was taken back, and what must be done with it.

    `alert` wants staff to look; why, and where the item goes, say the extensions CV (`AlertType`) and CT,
    which most ACS send. AA, CY and DA name people.
    """

    ok: bool = fixed(ZERO_ONE)
    resensitize: bool = fixed(YES_NO, default=False)
    magnetic_media: Tristate = fixed(TRISTATE, default=Tristate.UNKNOWN)
    alert: bool = fixed(YES_NO, default=False)
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    item: str = variable("AB")
    permanent_location: str = variable("AQ")
    title: str | None = variable("AJ", default=None)
    sort_bin: str | None = variable("CL", default=None)
    patron: str | None = variable("AA", default=None)  # who had it
    media_type: str | None = variable("CK", default=None)
    item_properties: str | None = variable("CH", default=None)
    destination: str | None = variable("CT", default=None)
    alert_type: str | None = variable("CV", default=None)  # two digits, see AlertType
    hold_patron: str | None = variable("CY", default=None)  # who waits for it
    hold_patron_name: str | None = variable("DA", default=None)
    screen_messages: tuple[str, ...] = repeated("AF", default=())
    print_lines: tuple[str, ...] = repeated("AG", default=())


@message("09", CheckinResponse)
class Checkin(Request[CheckinResponse]):
    """09: take this item back. Some ACS answer a second 09 with a refusal, so that the first answer is lost
    for good: never send it twice."""

    no_block: bool = fixed(YES_NO, default=False)
    date: datetime | None = fixed(DATE)
    return_date: datetime | None = fixed(DATE)
    current_location: str = variable("AP")  # the branch that it comes back to
    institution: str = variable("AO")
    item: str = variable("AB")
    terminal_password: str = variable("AC")
    item_properties: str | None = variable("CH", default=None)
    cancel: bool | None = variable("BI", kind=FLAG, default=None)  # ignored by most ACS

    def answered_by(self, answer: Message) -> bool:
        """A 10 for the same item."""
        return isinstance(answer, CheckinResponse) and same_id(self.item, answer.item)


@message("16")
class HoldResponse(Verdict):
    """16: whether the hold was placed (or deleted, or changed), and whether the item waits already."""

    ok: bool = fixed(ZERO_ONE)
    available: bool = fixed(YES_NO, default=False)
    date: datetime | None = fixed(DATE)
    expires: datetime | None = variable("BW", kind=MOMENT, default=None)
    queue_position: str | None = variable("BR", default=None)
    pickup_location: str | None = variable("BS", default=None)
    institution: str = variable("AO")
    patron: str = variable("AA")
    item: str | None = variable("AB", default=None)
    title: str | None = variable("AJ", default=None)
    screen_messages: tuple[str, ...] = repeated("AF", default=())
    print_lines: tuple[str, ...] = repeated("AG", default=())


@message("15", HoldResponse)
class Hold(Request[HoldResponse]):
    """15: keep this item for this patron. A second 15 may be a second hold: never send it twice."""

    mode: HoldMode = fixed(HOLD_MODE, default=HoldMode.ADD)
    date: datetime | None = fixed(DATE)
    expires: datetime | None = variable("BW", kind=MOMENT, default=None)
    pickup_location: str | None = variable("BS", default=None)  # an unknown one makes some ACS hang up
    hold_type: str | None = variable("BY", default=None)  # see HoldType
    institution: str = variable("AO")
    patron: str = variable("AA")
    patron_password: str | None = variable("AD", default=None)
    item: str | None = variable("AB", default=None)
    title: str | None = variable("AJ", default=None)
    terminal_password: str | None = variable("AC", default=None)
    fee_acknowledged: bool | None = variable("BO", kind=FLAG, default=None)

    def answered_by(self, answer: Message) -> bool:
        """A 16 for the same item, if both name one."""
        return isinstance(answer, HoldResponse) and same_id(self.item or "", answer.item or "")


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
        return isinstance(answer, ItemInformationResponse) and same_id(self.item, answer.item)


def same_id(asked: str, answered: str) -> bool:
    """Ids as different ACS write them: an empty one says nothing, blanks and leading zeros vary."""
    left, right = ("".join(one.split()).casefold().lstrip("0") for one in (asked, answered))
    return not left or not right or left == right
