"""What stands in the fields: numbers that nobody told us of, dates in three styles, BX, money, free text."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.sip2 import (
    AcsStatus,
    AlertType,
    BlockPatron,
    Checkin,
    CheckinResponse,
    Checkout,
    CheckoutResponse,
    CirculationStatus,
    DateZone,
    EncodeError,
    FeeType,
    HoldMode,
    ItemInformation,
    ItemInformationResponse,
    ItemStatusUpdate,
    ItemStatusUpdateResponse,
    Language,
    MediaType,
    PatronEnable,
    PatronEnableResponse,
    PatronFlag,
    PatronInformation,
    PatronInformationResponse,
    PatronStatusResponse,
    RenewAll,
    RenewAllResponse,
    ScStatus,
    SecurityMarker,
    Supported,
    TerminalStatus,
    Untrusted,
    decode,
    encode,
    moment_of,
)
from kiosk.sip2.conversation import Conversation, Reply, to_bytes
from kiosk.sip2.dates import read_date, write_date
from kiosk.sip2.fields import HoldType, PaymentType, Summary
from kiosk.sip2.framing import seal
from kiosk.sip2.messages import BX_ORDER
from kiosk.sip2.profiles import Profile
from tests.sip2.strategies import DATES

DATE = "20270102    101112"
NOON = datetime(2027, 1, 2, 12, 0, 0)  # noqa: DTZ001 - local time, as SIP2 prefers it
NOW = "20270102    120000"


# ---- enumerations -------------------------------------------------------------------------------


def test_the_official_numbers():
    assert [flag.value for flag in PatronFlag] == list(range(14))
    assert [one.value for one in Summary] == list(range(6))
    assert [one.value for one in CirculationStatus] == [f"{number:02}" for number in range(1, 14)]
    assert [one.value for one in SecurityMarker] == ["00", "01", "02", "03"]
    assert [one.value for one in FeeType] == [f"{number:02}" for number in range(1, 10)]
    assert [one.value for one in PaymentType] == ["00", "01", "02"]
    assert [one.value for one in MediaType] == [f"{number:03}" for number in range(11)]
    assert [one.value for one in HoldType] == ["1", "2", "3", "4"]
    assert [one.value for one in HoldMode] == ["+", "-", "*"]
    assert [one.value for one in TerminalStatus] == ["0", "1", "2"]
    assert [one.value for one in Language] == [f"{number:03}" for number in range(22)]
    assert [one.value for one in AlertType] == ["00", "01", "02", "03", "04", "98", "99"]


def test_a_number_that_the_standard_does_not_know_stays_what_it_is():
    text = f"18990455{DATE}AB1|AJMoby Dick|CK042|"
    answer = decode(text)
    assert isinstance(answer, ItemInformationResponse)
    assert answer.circulation_status == "99"
    assert not isinstance(answer.circulation_status, CirculationStatus)
    assert (answer.security_marker, answer.fee_type, answer.media_type) == ("04", "55", "042")
    assert encode(answer) == text
    mode = decode(f"15?{DATE}AOlib|AAp|")
    assert encode(mode) == f"15?{DATE}AOlib|AAp|"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("01", AlertType.HOLD_HERE), ("1", AlertType.HOLD_HERE), (" 01 ", AlertType.HOLD_HERE),
     ("05", "05"), ("", ""), ("x", "x"), ("001", "001")],
)  # fmt: skip
def test_a_known_number_is_known_however_it_is_padded(written, meant):
    answer = decode(f"101YNY{DATE}AOlib|AB1|AQMain|CV{written}|")
    assert isinstance(answer, CheckinResponse)
    assert answer.alert_type == meant
    assert type(answer.alert_type) is type(meant)


def test_a_status_of_the_terminal():
    assert encode(ScStatus(status=TerminalStatus.PAPER_OUT)) == "9910802.00"
    assert encode(ScStatus(status=TerminalStatus.SHUTTING_DOWN)) == "9920802.00"
    with pytest.raises(EncodeError) as caught:
        encode(ScStatus(status="10"))
    assert caught.value.field == "status"


# ---- what an ACS says that it can do ------------------------------------------------------------


@pytest.mark.parametrize(
    ("bx", "yes", "no", "unknown"),
    [
        ("Y" * 16, BX_ORDER, (), ("41",)),
        ("N" * 16, (), BX_ORDER, ("41",)),
        ("YN", ("23",), ("11",), ("09", "65")),
        ("", (), (), BX_ORDER),
        ("YU?" + " " * 13, ("23",), (), ("11", "09", "01")),
        ("YYYYYYYYYYYYYYYN and more", ("29",), ("65",), ()),
    ],
)
def test_bx_says_yes_or_no_or_nothing(bx, yes, no, unknown):
    supported = Supported(bx)
    assert [supported.supports(code) for code in yes] == [True] * len(yes)
    assert [supported.supports(code) for code in no] == [False] * len(no)
    assert [supported.supports(code) for code in unknown] == [None] * len(unknown)
    status = decode(f"98YYYYYN010003{DATE}2.00AOlib|BX{bx}|")
    assert isinstance(status, AcsStatus)
    assert status.supported == supported
    assert all(status.supports(code) for code in (*yes, *unknown, "99"))
    assert not any(status.supports(code) for code in no if code != "99")


def test_an_acs_without_bx_may_be_tried():
    status = decode(f"98YYYYYN010003{DATE}2.00AOlib|AMLibrary|")
    assert isinstance(status, AcsStatus)
    assert (status.supported, status.library) == (Supported(""), Untrusted("Library"))
    assert all(status.supports(code) for code in BX_ORDER)


# ---- dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (NOON, "20270102    120000"),
        (NOON.replace(tzinfo=UTC), "20270102   Z120000"),
        (NOON.replace(tzinfo=timezone(timedelta(hours=1))), "20270102   A120000"),
        (NOON.replace(tzinfo=timezone(timedelta(hours=12))), "20270102   M120000"),
        (NOON.replace(tzinfo=timezone(timedelta(hours=-5))), "20270102   R120000"),
        (NOON.replace(tzinfo=timezone(timedelta(hours=-12))), "20270102   Y120000"),
        (NOON.replace(tzinfo=timezone(timedelta(hours=5, minutes=30))), "20270102   Z063000"),
    ],
)
def test_a_date_says_its_zone_in_one_of_three_styles(moment, written):
    assert write_date(moment) == written
    read = read_date(written)
    assert read == moment
    assert (read.tzinfo is None) == (moment.tzinfo is None)


@given(DATES)
def test_any_date_is_read_again(moment):
    assert read_date(write_date(moment)) == moment
    assert read_date(write_date(moment)).utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    "text",
    ["", " " * 18, "0" * 18, "20271340    101112", "20270102    251112", "2027", "²0270102    101112"],
)  # fmt: skip
def test_what_is_no_date_is_none(text):
    assert read_date(text) is None


@pytest.mark.parametrize("zone", ["0000", "   J", "+100", "  ZZ"])
def test_a_zone_that_is_none_counts_as_moment_of(zone):
    assert read_date(f"20270102{zone}120000") == NOON


@given(st.integers(0, 2**32))
def test_a_moment_is_the_same_in_every_style(wall):
    assert moment_of(wall, DateZone.LOCAL).tzinfo is None
    for zone in (DateZone.UTC, DateZone.OFFSET):
        assert moment_of(wall + 0.5, zone).timestamp() == wall
    assert write_date(moment_of(wall, "utc"))[8:12] == "   Z"


@pytest.mark.parametrize("hours", [23, -23])
def test_a_date_at_the_end_of_time_cannot_be_written(hours):
    zone = timezone(timedelta(hours=hours, minutes=59))
    first, last = datetime.min.replace(tzinfo=zone), datetime.max.replace(tzinfo=zone)
    moment = first if hours > 0 else last
    with pytest.raises(EncodeError):
        encode(ItemInformation(date=moment, institution="", item=""))


# ---- money --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "value"),
    [("BV1,234.50|BHUSD|", "1234.50"), ("BHkwd|BV1.250|", "1.250"), ("BV1.250|BHEUR|", None),
     ("BV1.250|", None), ("BVlots|", None), ("BHEUR|", None), ("BHJPY|BV1,234|", "1234")],
)  # fmt: skip
def test_a_sum_is_read_with_its_currency_in_whichever_order_they_come(fields, value):
    for head in (f"24{' ' * 14}001{DATE}", f"64{' ' * 14}001{DATE}{'0' * 24}"):
        answer = decode(f"{head}AOlib|AAp|AE|{fields}CC10.00|")
        assert isinstance(answer, PatronStatusResponse | PatronInformationResponse)
        assert answer.fee_amount.value == (None if value is None else Decimal(value))
    assert isinstance(answer, PatronInformationResponse)
    assert answer.fee_limit.value == Decimal(10)


def test_no_sum_is_no_amount():
    answer = decode(f"121NNY{DATE}AOlib|AAp|ABi|AJt|AHd|")
    assert isinstance(answer, CheckoutResponse)
    assert (answer.fee_amount.raw, answer.fee_amount.currency, answer.fee_amount.value) == ("", "", None)


# ---- free text ----------------------------------------------------------------------------------


def test_free_text_gives_itself_away_to_nobody_by_accident():
    said = Untrusted("Moby Dick")
    assert said != "Moby Dick"
    assert str(said) == f"{said}" == "Untrusted(raw='Moby Dick')"
    assert "Émilie" not in repr(decode(f"24{' ' * 14}001{DATE}AOlib|AAp|AEÉmilie Brontë|"))
    assert bool(said)
    assert not Untrusted("")


def test_free_text_is_made_plain():
    assert Untrusted(" Moby\u202e Dick\x07 /\r\nor\u2028so \x1b[2J").plain() == "Moby Dick / or so [2J"
    assert Untrusted("می‌خواهم").plain() == "می‌خواهم"
    assert Untrusted("x" * 50).plain(10) == "x" * 10
    assert Untrusted("\ud800").plain() == "\ufffd"


# ---- fields that are not as they should be ------------------------------------------------------


def test_a_value_that_cannot_be_read_is_not_lost():
    text = f"18030001{DATE}CFmany|AB1|AJMoby Dick|CMsoon|XIx|"
    answer = decode(text)
    assert isinstance(answer, ItemInformationResponse)
    assert (answer.hold_queue, answer.hold_pickup_date) == (None, None)
    assert answer.extras == (("CF", "many"), ("CM", "soon"), ("XI", "x"))
    assert encode(answer) == f"18030001{DATE}AB1|AJMoby Dick|CFmany|CMsoon|XIx|"


def test_an_empty_value_says_nothing():
    answer = decode(f"18030001{DATE}AB1|AJMoby Dick|CF|CM|CK|BHEUR|BH|AH|")
    assert isinstance(answer, ItemInformationResponse)
    assert (answer.hold_queue, answer.hold_pickup_date, answer.currency) == (None, None, "EUR")
    assert answer.extras == ()
    assert encode(answer) == f"18030001{DATE}AB1|AJMoby Dick|BHEUR|"


def test_extensions_that_many_acs_send():
    answer = decode(f"101YNY{DATE}AOlib|AB1|AQMain|CRfiction|CS813.3|CTBranch|CV04|CY21000002|DAEmily|")
    assert isinstance(answer, CheckinResponse)
    assert (answer.collection, answer.call_number) == (Untrusted("fiction"), Untrusted("813.3"))
    assert (answer.destination, answer.alert_type) == (Untrusted("Branch"), AlertType.SEND_TO_BRANCH)
    assert (answer.hold_patron, answer.hold_patron_name) == ("21000002", Untrusted("Emily"))
    patron = decode(f"64{' ' * 14}001{DATE}{'0' * 24}AOlib|AAp|AE|PA20271231|PCadult|PB19700101|XI77|")
    assert isinstance(patron, PatronInformationResponse)
    assert (patron.expiry, patron.patron_class) == (Untrusted("20271231"), Untrusted("adult"))
    assert patron.extras == (("PB", "19700101"), ("XI", "77"))


def test_an_overlong_value_is_read_and_never_written():
    answer = decode(f"18030001{DATE}AB1|AJ{'x' * 300}|")
    assert isinstance(answer, ItemInformationResponse)
    assert len(answer.title.raw) == 300
    with pytest.raises(EncodeError) as caught:
        encode(answer)
    assert caught.value.field == "AJ"


@pytest.mark.parametrize("charset", ["utf-8", "cp850", "latin-1"])
@pytest.mark.parametrize("delimiter", ["|", "^"])
@pytest.mark.parametrize("error_detection", [True, False])
def test_an_answer_in_each_charset_and_with_each_delimiter(charset, delimiter, error_detection):
    profile = Profile(charset=charset, delimiter=delimiter, error_detection=error_detection)
    answer = PatronStatusResponse(date=NOON, institution="lib", patron="p", name=Untrusted("Émilie Brontë"))
    conversation = Conversation(profile)
    conversation.next(b"")
    body = to_bytes(answer, profile)
    assert body.count(delimiter.encode()) == 3
    assert conversation.hear(seal(body, 0) if error_detection else body) == Reply(answer)


# ---- the pairs that came last -------------------------------------------------------------------


def test_a_card_is_blocked():
    block = BlockPatron(
        card_retained=True, date=NOON, institution="lib", blocked_card_message="Left in the slot",
        patron="21000001", terminal_password="",
    )  # fmt: skip
    assert encode(block) == f"01Y{NOW}AOlib|ALLeft in the slot|AA21000001|AC|"
    answer = decode(f"24Y   Y         001{DATE}AOlib|AA21000001|AEAnna|")
    assert block.answered_by(answer)
    assert PatronFlag.CARD_LOST in answer.flags


def test_a_card_is_enabled_again():
    enable = PatronEnable(date=NOON, institution="lib", patron="21000001", patron_password="1234")
    assert encode(enable) == f"25{NOW}AOlib|AA21000001|AD1234|"
    answer = decode(f"26{' ' * 14}011{DATE}AOlib|AA21000001|AEAnna|BLY|CQY|AFWelcome back|")
    assert isinstance(answer, PatronEnableResponse)
    assert (answer.flags, answer.language, answer.valid_patron) == (
        frozenset(),
        Language.CANADIAN_FRENCH,
        True,
    )
    assert enable.answered_by(answer)


def test_everything_is_renewed():
    renew = RenewAll(date=NOON, institution="lib", patron="21000001", fee_acknowledged=False)
    assert encode(renew) == f"65{NOW}AOlib|AA21000001|BON|"
    # Koha 19.06, garbage and all: no delimiter before where the trailer was
    answer = decode(
        f"66100020001{DATE}AOCPL|BM39000001|BM39000002|BN39000003|C4::SIP::SIPServer=HASH(0x55)"
        "C4::SIP::SIPServer=HASH(0x55)"
    )
    assert isinstance(answer, RenewAllResponse)
    assert (answer.ok, answer.renewed_count, answer.unrenewed_count) == (True, 2, 1)
    assert (answer.renewed_items, answer.unrenewed_items) == (("39000001", "39000002"), ("39000003",))
    assert renew.answered_by(answer)


def test_item_properties_are_kept():
    update = ItemStatusUpdate(date=NOON, institution="lib", item="39000001", item_properties="")
    assert encode(update) == f"19{NOW}AOlib|AB39000001|CH|"
    answer = decode(f"201{DATE}AB39000001|AJMoby Dick|CHx|")
    assert isinstance(answer, ItemStatusUpdateResponse)
    assert (answer.ok, answer.item_properties) == (True, Untrusted("x"))
    assert update.answered_by(answer)
    assert not update.answered_by(dataclasses.replace(answer, item="39000002"))


# ---- answers without a sequence number ------------------------------------------------------------


def test_without_numbers_an_answer_is_known_by_its_item_and_else_by_its_patron():
    back = Checkin(
        date=NOON,
        return_date=NOON,
        current_location="",
        institution="",
        item="0039000001",
        terminal_password="",
    )
    for item, right in (("39000001", True), ("", True), ("39000002", False)):
        assert back.answered_by(decode(f"101YNN{DATE}AO|AB{item}|AQ|")) is right
    who = PatronInformation(date=NOON, institution="", patron="21000001")
    for patron, right in (("21000001", True), ("", True), ("21000002", False)):
        answer = f"64{' ' * 14}001{DATE}{'0' * 24}AO|AA{patron}|AE|"
        assert who.answered_by(decode(answer)) is right
        assert not who.answered_by(decode(f"24{' ' * 14}001{DATE}AO|AA{patron}|AE|"))
    lend = Checkout(date=NOON, nb_due_date=NOON, institution="", patron="a", item="i", terminal_password="")
    # an ACS may call the patron by another of their ids
    assert lend.answered_by(decode(f"121NNY{DATE}AO|AAother|ABi|AJ|AH|"))
