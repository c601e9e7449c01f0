"""Messages about items: taken back (09), on hold (15), what one is (17), what is known of one (19)."""

from __future__ import annotations

from datetime import datetime

from kiosk.sip2.fields import (
    AlertType,
    CirculationStatus,
    FeeType,
    HoldMode,
    HoldType,
    MediaType,
    SecurityMarker,
    Tristate,
)
from kiosk.sip2.kinds import (
    ALERT_TYPE,
    CIRCULATION_STATUS,
    COUNT,
    CURRENCY_CODE,
    DATE,
    FEE_TYPE,
    FLAG,
    FREE_TEXT,
    HOLD_MODE,
    HOLD_TYPE,
    MEDIA_TYPE,
    MOMENT,
    SECURITY_MARKER,
    TRISTATE,
    YES_NO,
    ZERO_ONE,
)
from kiosk.sip2.money import Priced
from kiosk.sip2.shape import Change, Question, Verdict, fixed, message, repeated, variable
from kiosk.sip2.untrusted import Untrusted


@message("10")
class CheckinResponse(Verdict):
    """10: whether the item was taken back, and what must be done with it.

    `alert` wants staff to look; why, and where the item goes, say the extensions CV (`AlertType`) and CT,
    which most ACS send. AA, CY and DA name people. CR and CS (collection, call number) are extensions too.
    """

    ok: bool = fixed(ZERO_ONE)
    resensitize: bool = fixed(YES_NO, default=False)
    magnetic_media: Tristate = fixed(TRISTATE, default=Tristate.UNKNOWN)
    alert: bool = fixed(YES_NO, default=False)
    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    item: str = variable("AB")
    permanent_location: Untrusted = variable("AQ", kind=FREE_TEXT)
    title: Untrusted | None = variable("AJ", kind=FREE_TEXT, default=None)
    sort_bin: Untrusted | None = variable("CL", kind=FREE_TEXT, default=None)
    patron: str | None = variable("AA", default=None)  # who had it
    media_type: MediaType | str | None = variable("CK", kind=MEDIA_TYPE, default=None)
    item_properties: Untrusted | None = variable("CH", kind=FREE_TEXT, default=None)
    collection: Untrusted | None = variable("CR", kind=FREE_TEXT, default=None)
    call_number: Untrusted | None = variable("CS", kind=FREE_TEXT, default=None)
    destination: Untrusted | None = variable("CT", kind=FREE_TEXT, default=None)
    alert_type: AlertType | str | None = variable("CV", kind=ALERT_TYPE, default=None)
    hold_patron: str | None = variable("CY", default=None)  # who waits for it
    hold_patron_name: Untrusted | None = variable("DA", kind=FREE_TEXT, default=None)
    screen_messages: tuple[Untrusted, ...] = repeated("AF", kind=FREE_TEXT, default=())
    print_lines: tuple[Untrusted, ...] = repeated("AG", kind=FREE_TEXT, default=())


@message("09", CheckinResponse)
class Checkin(Change[CheckinResponse]):
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


@message("16")
class HoldResponse(Verdict):
    """16: whether the hold was placed (or deleted, or changed), and whether the item waits already."""

    ok: bool = fixed(ZERO_ONE)
    available: bool = fixed(YES_NO, default=False)
    date: datetime | None = fixed(DATE)
    expires: datetime | None = variable("BW", kind=MOMENT, default=None)
    queue_position: int | None = variable("BR", kind=COUNT, default=None)
    pickup_location: Untrusted | None = variable("BS", kind=FREE_TEXT, default=None)
    institution: str = variable("AO")
    patron: str = variable("AA")
    item: str | None = variable("AB", default=None)
    title: Untrusted | None = variable("AJ", kind=FREE_TEXT, default=None)
    screen_messages: tuple[Untrusted, ...] = repeated("AF", kind=FREE_TEXT, default=())
    print_lines: tuple[Untrusted, ...] = repeated("AG", kind=FREE_TEXT, default=())


@message("15", HoldResponse)
class Hold(Change[HoldResponse]):
    """15: keep this item for this patron. A second 15 may be a second hold: never send it twice."""

    mode: HoldMode | str = fixed(HOLD_MODE, default=HoldMode.ADD)
    date: datetime | None = fixed(DATE)
    expires: datetime | None = variable("BW", kind=MOMENT, default=None)
    pickup_location: str | None = variable("BS", default=None)  # an unknown one makes some ACS hang up
    hold_type: HoldType | str | None = variable("BY", kind=HOLD_TYPE, default=None)
    institution: str = variable("AO")
    patron: str = variable("AA")
    patron_password: str | None = variable("AD", default=None)
    item: str | None = variable("AB", default=None)
    title: str | None = variable("AJ", default=None)
    terminal_password: str | None = variable("AC", default=None)
    fee_acknowledged: bool | None = variable("BO", kind=FLAG, default=None)


@message("18")
class ItemInformationResponse(Priced):
    """18: where the item is and what it is called. The last five variable fields are extensions."""

    circulation_status: CirculationStatus | str = fixed(CIRCULATION_STATUS, default=CirculationStatus.OTHER)
    security_marker: SecurityMarker | str = fixed(SECURITY_MARKER, default=SecurityMarker.OTHER)
    fee_type: FeeType | str = fixed(FEE_TYPE, default=FeeType.OTHER)
    date: datetime | None = fixed(DATE)
    hold_queue: int | None = variable("CF", kind=COUNT, default=None)
    due: Untrusted | None = variable("AH", kind=FREE_TEXT, default=None)
    recall_date: datetime | None = variable("CJ", kind=MOMENT, default=None)
    hold_pickup_date: datetime | None = variable("CM", kind=MOMENT, default=None)
    item: str = variable("AB")
    title: Untrusted = variable("AJ", kind=FREE_TEXT)
    owner: Untrusted | None = variable("BG", kind=FREE_TEXT, default=None)
    currency: str | None = variable("BH", kind=CURRENCY_CODE, default=None)
    fee_amount_text: str | None = variable("BV", default=None)
    media_type: MediaType | str | None = variable("CK", kind=MEDIA_TYPE, default=None)
    permanent_location: Untrusted | None = variable("AQ", kind=FREE_TEXT, default=None)
    current_location: Untrusted | None = variable("AP", kind=FREE_TEXT, default=None)
    item_properties: Untrusted | None = variable("CH", kind=FREE_TEXT, default=None)
    collection: Untrusted | None = variable("CR", kind=FREE_TEXT, default=None)
    call_number: Untrusted | None = variable("CS", kind=FREE_TEXT, default=None)
    destination: Untrusted | None = variable("CT", kind=FREE_TEXT, default=None)
    hold_patron: str | None = variable("CY", default=None)  # who waits for it
    hold_patron_name: Untrusted | None = variable("DA", kind=FREE_TEXT, default=None)
    screen_messages: tuple[Untrusted, ...] = repeated("AF", kind=FREE_TEXT, default=())
    print_lines: tuple[Untrusted, ...] = repeated("AG", kind=FREE_TEXT, default=())


@message("17", ItemInformationResponse)
class ItemInformation(Question[ItemInformationResponse]):
    """17: what is this item?"""

    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    item: str = variable("AB")
    terminal_password: str | None = variable("AC", default=None)


@message("20")
class ItemStatusUpdateResponse(Verdict):
    """20: whether the ACS keeps the item properties."""

    ok: bool = fixed(ZERO_ONE)
    date: datetime | None = fixed(DATE)
    item: str = variable("AB")
    title: Untrusted | None = variable("AJ", kind=FREE_TEXT, default=None)
    item_properties: Untrusted | None = variable("CH", kind=FREE_TEXT, default=None)
    screen_messages: tuple[Untrusted, ...] = repeated("AF", kind=FREE_TEXT, default=())
    print_lines: tuple[Untrusted, ...] = repeated("AG", kind=FREE_TEXT, default=())


@message("19", ItemStatusUpdateResponse)
class ItemStatusUpdate(Change[ItemStatusUpdateResponse]):
    """19: keep these properties with the item (few ACS do anything with them)."""

    date: datetime | None = fixed(DATE)
    institution: str = variable("AO")
    item: str = variable("AB")
    terminal_password: str | None = variable("AC", default=None)
    item_properties: str = variable("CH")
