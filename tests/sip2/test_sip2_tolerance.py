"""What ACS have been seen to send although the standard has it otherwise: it is understood where it can mean
one thing only, and believed where nothing is made up."""

from __future__ import annotations

import dataclasses
import random
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.sip2 import (
    AcsStatus,
    CheckinResponse,
    CheckoutResponse,
    DecodeError,
    EndSessionResponse,
    FeePaidResponse,
    Framer,
    Integrity,
    ItemInformationResponse,
    PatronFlag,
    PatronInformationResponse,
    PatronStatusResponse,
    RenewAllResponse,
    Tristate,
    Untrusted,
    decode,
    seal,
    unseal,
)
from kiosk.sip2.framing import checksum
from tests.sip2.garbage import SOUND

DATE = "20270102    101112"
MOMENT = datetime(2027, 1, 2, 10, 11, 12)  # noqa: DTZ001 - local time, as SIP2 prefers it
FLAGS = " " * 14
COUNTS = "000000010002000000030004"


def read(text, cls):
    message = decode(text)
    assert isinstance(message, cls)
    return message


# ---- the end of a frame ------------------------------------------------------------------------------


@given(st.binary(max_size=40), st.integers(0, 9))
def test_a_checksum_without_its_leading_zeros_is_right(filling, sequence):
    through = b"64" + filling + b"|AY%dAZ" % sequence
    shortest = checksum(through).lstrip(b"0") or b"0"
    for digits in {shortest, shortest.lower(), shortest.rjust(4, b"0"), shortest.rjust(3, b"0")}:
        assert unseal(through + digits) == (through[:-5], sequence, Integrity.RIGHT)


def test_a_short_checksum_is_no_more_believed_than_a_long_one():
    long = (seal(f"18030001{DATE}AB1|AF{'z' * size}|".encode(), 3) for size in range(485, 520))
    sound = next(frame for frame in long if frame[-4:-3] == b"0" and frame[-3:-2] != b"0")
    short = sound[:-4] + sound[-3:]
    assert unseal(short).integrity is Integrity.RIGHT
    for wrong in (short[:-1], short[:-2], short + b"0", sound[:-1], short[:-1] + b"x"):
        assert unseal(wrong).integrity is not Integrity.RIGHT
    assert unseal(short[:-3]).integrity is Integrity.WRONG


@pytest.mark.parametrize("before", [b"", b"\x00\x00", b"\xef\xbb\xbf", b" ", b"\t\x0b \x00"])
@pytest.mark.parametrize("behind", [b"", b"\x00", b"  ", b"\x00 \t"])
def test_what_stands_around_a_frame_is_no_part_of_it(before, behind):
    frame = seal(b"941", 4)
    assert unseal(before + frame + behind) == (b"941", 4, Integrity.RIGHT)
    # a sender that has summed it up
    assert unseal(seal(before + b"941", 4)) == (b"941", 4, Integrity.RIGHT)
    assert unseal(before + b"941" + behind).body.strip(b" \t\x00") == b"941"
    wrong = unseal(before + frame.replace(b"941", b"940") + behind)
    assert wrong.integrity is Integrity.WRONG


@pytest.mark.parametrize("before", [b"", b" ", b"\x00"])
@pytest.mark.parametrize("behind", [b"|", b"^", b"||", b" |", b"|\x00", b"| \t"])
def test_a_delimiter_behind_the_trailer_is_no_part_of_it(before, behind):
    frame = seal(f"98YYYYYN010003{DATE}2.00AOlib|".encode(), 4)
    assert unseal(before + frame + behind) == unseal(frame)
    assert unseal(before + frame[:-4] + b"0000" + behind).integrity is Integrity.WRONG


@pytest.mark.parametrize("pattern", [b"AY4|AZ%s|", b"AY4|AZ%s", b"AY4AZ|%s", b"AY4 AZ %s"])
def test_a_trailer_of_fields_is_one(pattern):
    begin, _, _ = (b"941" + pattern).partition(b"%s")
    begin = begin[: begin.index(b"AZ") + 2]
    assert unseal(b"941" + pattern % checksum(begin)) == (b"941", 4, Integrity.RIGHT)
    for wrong in (b"0000", b"", b"F"):
        assert unseal(b"941" + pattern % wrong).integrity is Integrity.WRONG


@pytest.mark.parametrize("title", ["GAZA", "GAZA|", "Plan AZ1|", "AY1|", "AY1 to AZ and back|", "BAY1AZURE|"])
def test_what_only_looks_like_a_trailer_is_none(title):
    assert unseal(f"18030001{DATE}AB1|AJ{title}|".encode()).integrity is Integrity.ABSENT


def test_blank_lines_line_feeds_and_nothing_between_frames():
    said = b"\n\r\r\n941AY0AZFDFD\r\n\n\n\r96AZFEF6\n\r\n"
    for size in range(1, len(said)):
        framer = Framer()
        heard = [f for at in range(0, len(said), size) for f in framer.feed(said[at : at + size])]
        assert heard == [b"941AY0AZFDFD", b"96AZFEF6"]


def test_a_frame_without_a_terminator_ends_where_its_trailer_is_right():
    frame = seal(f"121NNY{DATE}AOlib|AB1|AFAY3AZ|".encode(), 3)
    for cut in range(len(frame)):
        framer = Framer()
        framer.feed(frame[:cut])
        assert framer.take_unended() is None
        framer.feed(frame[cut:])
        assert framer.take_unended() == frame
        assert framer.take_unended() is None
        assert framer.feed(b"\r\n941\r") == [b"941"]


def test_what_is_a_piece_of_a_frame_never_ends_by_itself():
    rng = random.Random(1)
    for sound in SOUND:
        frame = seal(sound, 5)
        framer = Framer()
        for byte in frame[rng.randrange(1, len(frame)) :]:
            framer.feed(bytes((byte,)))
            assert framer.take_unended() is None


BREAKS = ["\n", "\r", "\r\n", "\n\n", "\r\n \r\n"]


@pytest.mark.parametrize("line_break", BREAKS)
def test_line_breaks_within_a_frame_are_a_part_of_it(line_break):
    frame = seal(f"64{FLAGS}001{DATE}AO1|AFOne{line_break}two{line_break}10 days|BLY|".encode(), 3)
    other = seal(b"941", 4)
    framer = Framer()
    assert framer.feed(other + b"\r\n" + frame + b"\r\n" + other + b"\r") == [other, frame, other]
    for cut in range(len(frame)):
        *pieces, whole = framer.feed(frame[:cut]) + framer.feed(frame[cut:] + b"\r")
        assert whole == frame
        assert all(unseal(piece).integrity is Integrity.ABSENT for piece in pieces)


def test_lines_are_one_frame_only_where_the_last_one_proves_it():
    frame = seal(f"64{FLAGS}001{DATE}AO1|AFOne\ntwo|".encode(), 3)
    lines = frame.split(b"\n")
    for spoilt in (frame[:-4] + b"0000", frame.replace(b"\n", b"\r"), frame.replace(b"\n", b"\n\n")):
        assert frame not in Framer().feed(spoilt + b"\r")
        assert len(Framer().feed(spoilt + b"\r")) == 2
    # what is a frame by itself is one, whatever stands before it
    alone = seal(b"941", 4)
    assert Framer().feed(lines[0] + b"\n" + alone + b"\r") == [lines[0], alone]
    # and ends what was before
    assert frame not in Framer().feed(lines[0] + b"\n" + alone + b"\r" + lines[1] + b"\r")
    # without a checksum each is a line
    assert Framer().feed(b"64x|AFOne\ntwo|\r") == [b"64x|AFOne", b"two|"]


def test_a_frame_of_too_many_lines_is_none():
    for breaks, whole in ((15, True), (16, False)):
        frame = seal(b"64|AF" + b"\n".join([b"line"] * (breaks + 1)) + b"|", 3)
        assert (frame in Framer().feed(frame + b"\r")) == whole
    long = seal(b"64|AF" + b"x" * 700 + b"\n" + b"y" * 400 + b"|", 3)
    assert Framer(2000).feed(long + b"\r") == [long]
    assert long not in Framer(500).feed(long + b"\r")


# ---- fixed fields ------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["    ", "   Z", "0000"])
def test_a_38_with_the_date_before_the_verdict(zone):
    """invenio-sip2 1.0.0 and 1.0.1."""
    date = f"20270102{zone}101112"
    for letter, ok in (("Y", True), ("N", False)):
        swapped, standard = (
            read(f"38{start}AOlib|AA21000001|BK7|", FeePaidResponse)
            for start in (date + letter, letter + date)
        )
        assert swapped == standard
        assert (swapped.ok, swapped.patron, swapped.transaction) == (ok, "21000001", "7")
        assert swapped.date is not None


@pytest.mark.parametrize(
    "start",
    [
        f"{DATE} ",
        f"{DATE}U",
        f"{DATE}1",
        f"{DATE}y",
        DATE,
        f"{' ' * 18}Y",
        f"{DATE[:-1]}YY",
        f"2027010{DATE[9:]}Y",
    ],
)
def test_a_38_that_can_be_read_in_no_way_or_in_two_is_none(start):
    with pytest.raises(DecodeError):
        decode(f"38{start}AOlib|AA21000001|")


@pytest.mark.parametrize(
    ("date", "meant"),
    [
        (DATE, MOMENT), (DATE + "00", MOMENT), (DATE + " ", MOMENT), ("2027010210111", None), ("", None),
        ("20270102101112", None), (DATE[:-1], None), (" " * 17, None), ("20270102", None), ("0" * 14, None),
    ],
)  # fmt: skip
def test_a_date_that_is_too_short_or_too_long_hides_nothing_behind_it(date, meant):
    lent = read(f"121NNY{date}AB39000001|AA21000001|AOlib|AJMoby Dick|", CheckoutResponse)
    assert (lent.ok, lent.desensitize, lent.date) == (True, Tristate.YES, meant)
    assert (lent.item, lent.patron, lent.extras) == ("39000001", "21000001", ())
    item = read(f"18040001{date}AB39000001|AJMoby Dick|", ItemInformationResponse)
    assert (item.circulation_status, item.item, item.date) == ("04", "39000001", meant)
    # The counts of a 64 have moved then, and nobody knows which is which.
    who = read(f"64{FLAGS}001{date}{COUNTS}AA21000001|AU39000001|", PatronInformationResponse)
    assert (who.patron, who.charged_items) == ("21000001", ("39000001",))
    assert who.charged_count == (2 if date == DATE else None)


@pytest.mark.parametrize("counts", ["", "0000", COUNTS[:-4], COUNTS + "0000", "0 1 2 3 4 5", " " * 24])
def test_counts_that_are_not_all_there_are_unknown(counts):
    who = read(f"64{FLAGS}001{DATE}{counts}AOlib|AA21000001|AU1|", PatronInformationResponse)
    assert (who.date, who.institution, who.patron, who.charged_items) == (MOMENT, "lib", "21000001", ("1",))
    assert (who.hold_count, who.overdue_count, who.charged_count, who.fine_count) == (None,) * 4


def test_flags_that_are_not_all_there_are_unknown_and_the_verdict_is_not():
    for flags in ("1", "1N", "1YY", "1NYYY"):
        lent = read(f"12{flags}{DATE}AB39000001|AOlib|", CheckoutResponse)
        assert (lent.ok, lent.item, lent.date) == (True, "39000001", MOMENT)
        assert (lent.renewal_ok, lent.desensitize) == (False, Tristate.UNKNOWN)
    back = read(f"100Y{DATE}AOlib|AB39000001|", CheckinResponse)
    assert (back.ok, back.resensitize, back.item) == (False, False, "39000001")
    for flags in ("", "Y" * 5, "Y" * 10):
        who = read(f"64{flags}001{DATE}{COUNTS}AOlib|AA21000001|", PatronInformationResponse)
        assert (who.patron, who.charged_count, who.flags) == ("21000001", 2, frozenset())
    # those of a patron are read from the first one on
    shorter = read(f"24{'Y' + ' ' * 12}001{DATE}AOlib|AA21000001|", PatronStatusResponse)
    assert (shorter.patron, shorter.flags) == ("21000001", {PatronFlag.CHARGE_DENIED})
    longer = read(f"24{'Y' + ' ' * 14}001{DATE}AOlib|AA21000001|", PatronStatusResponse)
    assert (longer.patron, longer.flags) == ("21000001", {PatronFlag.CHARGE_DENIED})


def test_numbers_of_a_98_or_a_66_that_are_not_padded_are_unknown():
    status = read(f"98YYYYYN103{DATE}2.00AOlib|BXYYYYYYYYYYYYYYYN|", AcsStatus)
    assert (status.online, status.checkout_ok, status.offline_ok) == (True, True, False)
    assert (status.timeout_tenths, status.retries, status.clock) == (None, None, MOMENT)
    assert (status.version, status.supports("65")) == ("2.00", False)
    renewed = read(f"66110{DATE}AOlib|BM1|BN2|", RenewAllResponse)
    assert (renewed.ok, renewed.renewed_count, renewed.unrenewed_count) == (True, None, None)
    assert (renewed.renewed_items, renewed.unrenewed_items) == (("1",), ("2",))
    old = read(f"98YYYYYN010003{DATE}AOlib|BXYY|", AcsStatus)
    assert (old.timeout_tenths, old.institution, old.version) == (10, "lib", "    ")


@pytest.mark.parametrize(
    "text",
    ["12", "121", "12AOlib|AB1|", "121NNY", f"121NNY{DATE[:9]}", "121AOlib|AB1|", f"12Y{DATE}AOlib|AB1|",
     f"12 NNY{DATE}AOlib|AB1|", f"12{DATE}AOlib|AB1|", f"10NNY{DATE}AOlib|AB1|", "94", "94Y", "98", "98Y|"],
)  # fmt: skip
def test_whether_it_was_done_is_never_made_up(text):
    with pytest.raises(DecodeError):
        decode(text)


def test_what_only_looks_like_the_first_field_of_a_message_is_left_alone():
    """An extension of the ACS that comes first, and fixed fields that are as wide as they should be."""
    who = read(f"64{FLAGS}001{DATE}{COUNTS}XX1 AAnobody|AA21000001|", PatronInformationResponse)
    assert (who.patron, who.charged_count, who.extras) == ("21000001", 2, (("XX", "1 AAnobody"),))
    there = read(f"18030001{DATE}ZZ 0AB7|AB39000001|", ItemInformationResponse)
    assert (there.item, there.date, there.extras) == ("39000001", MOMENT, (("ZZ", " 0AB7"),))


# ---- values --------------------------------------------------------------------------------------------


def test_small_letters_are_flags_too():
    who = read(f"24y   y         001{DATE}AOlib|AA1|AEAnna|BLy|CQ y |BHeur|", PatronStatusResponse)
    assert who.flags == {PatronFlag.CHARGE_DENIED, PatronFlag.CARD_LOST}
    assert (who.valid_patron, who.valid_password, who.currency) == (True, True, "EUR")
    lent = read(f"121yny{DATE}AOlib|AA1|AB2|AJt|AHd|CIy|", CheckoutResponse)
    assert (lent.renewal_ok, lent.magnetic_media, lent.desensitize) == (True, Tristate.NO, Tristate.YES)
    assert lent.security_inhibit
    assert read(f"121nnu{DATE}AOlib|AA1|AB2|AJt|AHd|", CheckoutResponse).desensitize is Tristate.UNKNOWN
    back = read(f"101yny{DATE}AOlib|AB2|AQMain|", CheckinResponse)
    assert (back.resensitize, back.alert) == (True, True)
    status = read(f"98yyyyyn010003{DATE}2.00AOlib|BXyyyyyyyyyyyyyyyn|", AcsStatus)
    assert (status.online, status.supports("29"), status.supports("65")) == (True, True, False)


def test_a_letter_that_nobody_knows_releases_nothing():
    """A profile may take U for yes; so nothing else may be taken for U."""
    for letter in "1X?ß":
        assert read(f"121NN{letter}{DATE}AOlib|AB2|", CheckoutResponse).desensitize is Tristate.NO


def test_fields_in_any_order():
    fields = [
        f"AO{'lib'}|",
        "AA21000001|",
        "AEAnna|",
        "BLY|",
        "CQN|",
        "BV1.50|",
        "BHEUR|",
        "AU1|",
        "AFx|",
        "PA2027|",
    ]
    straight = read(f"64{FLAGS}001{DATE}{COUNTS}{''.join(fields)}", PatronInformationResponse)
    rng = random.Random(2)
    for _ in range(20):
        rng.shuffle(fields)
        assert decode(f"64{FLAGS}001{DATE}{COUNTS}{''.join(fields)}") == straight


def test_several_of_one_list_with_others_between_them():
    who = read(f"64{FLAGS}001{DATE}{COUNTS}AU1|AFa|AU2|AEAnna|AU3|AU4|AFb|AA9|", PatronInformationResponse)
    assert who.charged_items == ("1", "2", "3", "4")
    assert who.screen_messages == (Untrusted("a"), Untrusted("b"))
    assert (who.name, who.patron, who.extras) == (Untrusted("Anna"), "9", ())


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        (f"121NNY{DATE}AOlib|AA1|AB39000001|AJMoby Dick|AH20270130", "due", Untrusted("20270130")),
        (f"121NNY{DATE}AOlib|AA1|AHx|AJy|AB39000001", "item", "39000001"),
        (f"121NNY{DATE}AB39000001", "item", "39000001"),
        (f"121NNY{DATE}AB39000001|AFone|AFtwo", "screen_messages", (Untrusted("one"), Untrusted("two"))),
    ],
)
def test_the_last_delimiter_may_be_missing(text, field, value):
    message = read(text, CheckoutResponse)
    assert message.ok
    assert getattr(message, field) == value
    assert message.extras == ()


def test_nul_in_a_value_is_no_reason_to_lose_the_message():
    lent = read(f"121NNY{DATE}AOlib|AA1|AB39000001|AJMoby\x00 Dick|AH\x00|", CheckoutResponse)
    assert (lent.item, lent.title.plain()) == ("39000001", "Moby Dick")


def test_a_session_s_end_without_a_date():
    over = read("36YAOlib|AA21000001|", EndSessionResponse)
    assert (over.ended, over.date, over.patron) == (True, None, "21000001")


# ---- what was seen, ACS by ACS -------------------------------------------------------------------------


def test_koha_s_answers():
    hash_ = "C4::SIP::SIPServer=HASH(0x55d0)"
    renewed = read(f"66100010000{DATE}AOCPL|BM39000001|{hash_}{hash_}", RenewAllResponse)
    assert (renewed.ok, renewed.renewed_count, renewed.renewed_items) == (True, 1, ("39000001",))
    held = read(
        f"101YNY{DATE}AOCPL|AB39000001|AQCPL|AJMoby Dick|CV01|CY21000002|CTCPL|DAÉmilie Brontë|",
        CheckinResponse,
    )
    assert (held.alert, held.alert_type, held.hold_patron) == (True, "01", "21000002")
    assert (held.destination, held.hold_patron_name) == (Untrusted("CPL"), Untrusted("Émilie Brontë"))
    odd = read(f"101YNN{DATE}AOCPL|AB39000001|AQCPL|CY{hash_}|DA{hash_}|CV00|", CheckinResponse)
    assert (odd.ok, odd.alert, odd.alert_type) == (True, False, "00")
    invalid = read(f"100NUY{DATE}AOCPL|ABnonsense|AQ|CV99|AFInvalid Item|", CheckinResponse)
    assert (invalid.ok, invalid.alert, invalid.alert_type) == (False, True, "99")
    shelf = read(f"18080001{DATE}CF1|CM{DATE}|AB39000001|AJMoby Dick|", ItemInformationResponse)
    assert (shelf.circulation_status, shelf.hold_queue, shelf.hold_pickup_date) == ("08", 1, MOMENT)
    # AO last, the language of nobody, and money with one digit behind the point
    who = read(f"24{FLAGS}000{DATE}AEÉmilie|AA21000001|BLY|CQN|BHUSD|BV12.5|AOCPL|", PatronStatusResponse)
    assert (who.institution, who.language, who.valid_password) == ("CPL", "000", False)
    assert str(who.fee_amount.value) == "12.5"
    rental = read(
        f"120NUN{DATE}AOCPL|AA1|AB2|AJt|AH|BV5.00|BHUSD|BT06|AFItem cannot be issued: FEE|", CheckoutResponse
    )
    assert (rental.ok, rental.fee_type, str(rental.fee_amount.value)) == (False, "06", "5.00")


def test_evergreen_s_answers():
    who = read(
        f"64{FLAGS}000{DATE}{'0000' * 6}AOgapines|AA1|AEx|AS|AS|AS|AS|AS|XIinternal|",
        PatronInformationResponse,
    )
    assert who.hold_items == ("",) * 5
    assert who.extras == (("XI", "internal"),)
    status = read(f"98YYYYNN600003{DATE}2.00AOgapines|AMSystem|BXYYYYYYYYYYYNYNNYYN|", AcsStatus)
    assert (status.timeout_tenths, status.retries) == (600, 3)


def test_invenio_s_answers():
    status = read(f"98YYYYYY 10 10{DATE}2.00AOlib|AM|BXYYYNYYYYYNYYNNYN|", AcsStatus)
    assert (status.timeout_tenths, status.retries, status.offline_ok) == (10, 10, True)
    who = read(f"24{FLAGS}001{DATE}AOlib|AA21000001|AEÉmilie|", PatronStatusResponse)
    assert (who.valid_patron, who.valid_password) == (None, None)
    assert read(f"301YUU{DATE}AOlib|AA1|AB2|AJt|AHd|", type(decode("301YUU" + DATE))).ok


def test_folio_s_answers():
    misplaced = read(f"18030001{DATE}BT06|AB39000001|AJMoby Dick|", ItemInformationResponse)
    assert (misplaced.item, misplaced.extras) == ("39000001", (("BT", "06"),))
    lent = read(f"121NUU{DATE}AOdiku|AA1|AB2|AJt|AHd|", CheckoutResponse)
    assert (lent.ok, lent.desensitize) == (True, Tristate.UNKNOWN)
    owed = read(f"24{FLAGS}001{DATE}AOdiku|AA1|AE|BLY|CQY|BHUSD|BV1,234.50|", PatronStatusResponse)
    assert str(owed.fee_amount.value) == "1234.50"
    item = read(
        f"18030001{DATE}AB1|AJt|EAMelville|DEsummary|IN9780000000000|NBother|CSPS 2384|CTMain|CV01|CM{DATE}|",
        ItemInformationResponse,
    )
    assert dict(item.extras) == {
        "EA": "Melville",
        "DE": "summary",
        "IN": "9780000000000",
        "NB": "other",
        "CV": "01",
    }
    assert item.call_number == Untrusted("PS 2384")


def test_other_makes_answers():
    polaris = read(
        f"64{FLAGS}001{DATE}{COUNTS}AOp|AA1|AEx|BC19700101|PZ12345|PX20300101|PYN|", PatronInformationResponse
    )
    assert [id_ for id_, _ in polaris.extras] == ["BC", "PZ", "PX", "PY"]
    voyager = read(f"98YYYYYN010003{DATE}2.13AOv|BX{'Y' * 16}|", AcsStatus)
    assert voyager.version == "2.13"
    no_name = read(f"64{FLAGS}001{DATE}{COUNTS}AO|AA1|", PatronInformationResponse)
    assert not no_name.name


def test_a_field_twice_is_kept_and_the_first_counts():
    lent = read(f"121NNY{DATE}AOlib|AOother|AB1|AB2|AJa|AJb|", CheckoutResponse)
    assert (lent.institution, lent.item, lent.title) == ("lib", "1", Untrusted("a"))
    assert lent.extras == (("AO", "other"), ("AB", "2"), ("AJ", "b"))
    assert dataclasses.replace(lent, extras=()).extras == ()
