"""What has been published or seen on real wires, byte by byte."""

import dataclasses
from datetime import UTC, datetime

import pytest

from kiosk.sip2 import (
    AcsStatus,
    Checkout,
    CheckoutResponse,
    DecodeError,
    EncodeError,
    Framer,
    Integrity,
    ItemInformation,
    Login,
    LoginResponse,
    Overlong,
    PatronFlag,
    PatronInformation,
    PatronInformationResponse,
    RequestAcsResend,
    RequestScResend,
    Summary,
    Tristate,
    Unrecognised,
    Untrusted,
    decode,
    encode,
    language_number,
    seal,
    unseal,
)

NOON = datetime(2027, 1, 2, 12, 0, 0)  # noqa: DTZ001 - local time, as SIP2 prefers it

VECTORS = [
    (b"941AY0AZFDFD", 0),
    (b"940AY0AZFDFE", 0),
    (b"96AZFEF6", None),
    (b"97AZFEF5", None),
    (b"9300CNscclient|COclientpwd|CPloc1|AY0AZF217", 0),
    (b"1719980723    100000AOCertification Institute ID|ABItemBook|AY1AZEBEB", 1),
]


@pytest.mark.parametrize(("frame", "sequence"), VECTORS)
def test_published_frames_carry_right_checksums_and_are_made_again_exactly(frame, sequence):
    bare = unseal(frame)
    assert bare.integrity is Integrity.RIGHT
    assert bare.sequence == sequence
    assert seal(bare.body, sequence) == frame
    message = decode(bare.body.decode())
    assert not isinstance(message, Unrecognised)
    assert encode(message).encode() == bare.body


def test_published_frames_mean_what_the_manual_says():
    assert decode("941") == LoginResponse(ok=True)
    assert decode("9300CNscclient|COclientpwd|CPloc1|") == Login(
        login_user="scclient", login_password="clientpwd", location="loc1"
    )
    assert decode("1719980723    100000AOCertification Institute ID|ABItemBook|") == ItemInformation(
        date=datetime(1998, 7, 23, 10, 0, 0),  # noqa: DTZ001
        institution="Certification Institute ID",
        item="ItemBook",
    )
    assert decode("96") == RequestScResend()
    assert decode("97") == RequestAcsResend()


def test_one_wrong_byte_is_noticed():
    assert unseal(b"940AY0AZFDFD").integrity is Integrity.WRONG
    assert unseal(b"941AY0AZFDFE").integrity is Integrity.WRONG


def test_a_checkout_as_it_leaves():
    message = Checkout(
        date=NOON, nb_due_date=datetime(2027, 1, 30, 12, 0, tzinfo=UTC), institution="lib",
        patron="21000001", item="39000001", terminal_password="", patron_password="1234",
        fee_acknowledged=False,
    )  # fmt: skip
    assert encode(message) == (
        "11NN20270102    12000020270130   Z120000AOlib|AA21000001|AB39000001|AC|AD1234|BON|"
    )


def test_a_63_asks_for_exactly_one_list():
    message = PatronInformation(date=NOON, summary=Summary.CHARGED, institution="lib", patron="21000001")
    assert encode(message) == "6300020270102    120000  Y       AOlib|AA21000001|"
    windowed = dataclasses.replace(message, start=1, end=5)
    assert encode(windowed).endswith("AA21000001|BP1|BQ5|")


def test_a_date_is_never_blank():
    message = ItemInformation(date=None, institution="lib", item="1")
    with pytest.raises(EncodeError):
        encode(message)


def test_empty_optional_fields_are_left_out_and_empty_required_ones_are_not():
    message = Checkout(
        date=NOON, nb_due_date=NOON, institution="", patron="p", item="i", terminal_password="",
        patron_password="", item_properties="",
    )  # fmt: skip
    assert encode(message).endswith("AO|AAp|ABi|AC|")


@pytest.mark.parametrize(
    "bad", ["a|b", "a\rb", "a\nb", "a\x00", "\x1b[2J", "\x7f", "a\x85b", "a\u2028b", "\ud800"]
)
def test_nothing_can_be_smuggled_into_a_frame_by_way_of_a_value(bad):
    message = ItemInformation(date=NOON, institution="lib", item=bad)
    with pytest.raises(EncodeError) as caught:
        encode(message)
    assert caught.value.field == "AB"
    with pytest.raises(EncodeError):
        encode(dataclasses.replace(message, item="x", extras=(("XX", bad),)))


def test_a_value_is_255_characters_at_most():
    message = ItemInformation(date=NOON, institution="lib", item="x" * 255)
    encode(message)
    with pytest.raises(EncodeError):
        encode(dataclasses.replace(message, item="x" * 256))


def test_a_98_with_blank_padded_numbers_and_no_clock():
    status = decode("98YYYYYY 10 10" + "0" * 18 + "2.00AOlib|BXYYYNYYYYYNYYNNYN|")
    assert isinstance(status, AcsStatus)
    assert (status.timeout_tenths, status.retries, status.clock) == (10, 10, None)
    assert status.supports("11")
    assert not status.supports("01")
    assert not status.supports("65")
    assert status.supports("99")
    assert status.supports("41")


def test_a_bx_that_is_missing_or_short_forbids_nothing():
    status = decode("98YYYYYY010010" + "0" * 18 + "2.00AOlib|BXYN|")
    assert isinstance(status, AcsStatus)
    assert not status.supports("11")
    assert status.supports("63")


def test_a_12_whose_ok_is_neither_0_nor_1_is_no_answer():
    with pytest.raises(DecodeError):
        decode("12YNUY20270102    120000AOlib|AAp|ABi|AJt|AHd|")
    with pytest.raises(DecodeError):
        decode("121NNY2027")


@pytest.mark.parametrize(
    ("letter", "meaning"),
    [("Y", Tristate.YES), ("N", Tristate.NO), ("U", Tristate.UNKNOWN), (" ", Tristate.UNKNOWN)],
)
def test_desensitise_has_three_values(letter, meaning):
    answer = decode(f"121NU{letter}20270102    120000AOlib|AAp|ABi|AJt|AHd|")
    assert isinstance(answer, CheckoutResponse)
    assert answer.ok
    assert answer.desensitize is meaning


def test_fields_that_are_missing_doubled_empty_or_unknown():
    answer = decode(
        "64Y   Y         00120270102    1200000000    0002            AU39000001|AU|XIextension|AE|"
        "AEsecond|AFone|AFtwo|junk without an end"
    )
    assert isinstance(answer, PatronInformationResponse)
    assert answer.flags == {PatronFlag.CHARGE_DENIED, PatronFlag.CARD_LOST}
    assert (answer.hold_count, answer.overdue_count, answer.charged_count) == (0, None, 2)
    assert answer.patron == ""
    assert answer.name == Untrusted("")
    assert answer.valid_patron is None
    assert answer.charged_items == ("39000001", "")
    assert [one.raw for one in answer.screen_messages] == ["one", "two"]
    assert answer.extras == (("XI", "extension"), ("AE", "second"), ("ju", "nk without an end"))


def test_a_message_that_nobody_knows_is_kept():
    assert decode("7720270102") == Unrecognised("77", "20270102")


def test_koha_garbage_before_the_trailer_does_not_hide_the_trailer():
    # an answer to 65 as Koha 19.06 has sent it: no id, no delimiter before AY
    body = b"66100010000" + b"20270102    120000" + b"AOCPL|BM39000001|C4::SIP::SIPServer=HASH(0x55)"
    frame = seal(body, 8)
    assert unseal(frame).sequence == 8
    assert unseal(frame).integrity is Integrity.RIGHT
    assert unseal(frame).body == body


def test_secrets_do_not_show_in_a_repr():
    shown = repr(
        Checkout(
            date=NOON,
            nb_due_date=NOON,
            institution="lib",
            patron="21000001",
            item="39000001",
            terminal_password="tpw",
            patron_password="1234",
        )
    ) + repr(Login(login_user="u", login_password="secret"))
    for secret in ("21000001", "tpw", "1234", "secret"):
        assert secret not in shown


def test_languages():
    assert language_number("ar") == "016"
    assert language_number("de-AT") == "003"
    assert language_number("tlh") == "000"
    assert language_number("fr-CA") == "011"
    assert (language_number("fr"), language_number("fr_FR")) == ("002", "002")
    assert (language_number("es-MX"), language_number("es-419"), language_number("es-ES")) == (
        "021",
        "021",
        "008",
    )
    assert language_number("zh-Hant-TW") == "019"
    assert language_number("") == "000"


# ---- framing ----------------------------------------------------------------------------------


def test_frames_end_with_cr_lf_or_both_and_may_come_in_any_pieces():
    whole = b"941\r\n\n98Y\r\r96AZFEF6\n36"
    for size in (1, 2, 3, 7, 100):
        framer = Framer()
        frames = [f for at in range(0, len(whole), size) for f in framer.feed(whole[at : at + size])]
        assert frames == [b"941", b"98Y", b"96AZFEF6"]
        assert framer.feed(b"Y\r") == [b"36Y"]


def test_a_frame_without_end_is_dropped_and_the_next_one_is_heard():
    framer = Framer(limit=10)
    assert framer.feed(b"x" * 11) == [Overlong(11)]
    assert framer.feed(b"x" * 100) == []
    assert framer.feed(b"yy\r941\r") == [b"941"]
