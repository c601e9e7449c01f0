"""The APDUs of PC/SC against what users of a real ACR1552U have published, and against noise."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rfid import errors, iso15693
from kiosk.rfid.iso15693 import Answered, Noise, Refused, Silent
from kiosk.rfid.wire import pcsc
from kiosk.rfid.wire.pcsc import TimerOrder

UID = "E0040100128F6A31"


def said(text: str) -> bytes:
    return bytes.fromhex(text)


def to_all(command: int, body: str = "", flags: int = 0x02) -> iso15693.Request:
    """A request that names no tag, as in what was published."""
    return iso15693.Request(iso15693.Command(command), iso15693.Flag(flags), said(body))


@pytest.mark.parametrize(
    ("apdu", "published"),
    [
        (pcsc.manage(pcsc.Manage.START), "FFC2000002810000"),
        (pcsc.manage(pcsc.Manage.END), "FFC2000002820000"),
        (pcsc.manage(pcsc.Manage.RF_OFF), "FFC2000002830000"),
        (pcsc.manage(pcsc.Manage.RF_ON), "FFC2000002840000"),
        (pcsc.switch_protocol(), "FFC20002048F02020300"),
        (pcsc.transceive(to_all(0x2B), 0, TimerOrder.NONE), "FFC20001049502022B00"),
        (pcsc.transceive(to_all(0x20, "00", 0x42), 0, TimerOrder.NONE), "FFC200010595 0342200000"),
        (
            pcsc.transceive(to_all(0x21, "0000010203"), 1_000_000),
            "FFC20001105F460440420F009507 0221000001020300",
        ),
        (pcsc.GET_UID, "FFCA000000"),
        (pcsc.read_block(5, 4), "FFB0000504"),
        (pcsc.write_block(5, b"ABCD"), "FFD60005 04 41424344"),
    ],
)
def test_commands_are_those_that_worked_for_others(apdu: bytes, published: str) -> None:
    assert apdu == said(published)


def test_the_time_goes_most_significant_byte_first_where_a_reader_wants_it() -> None:
    apdu = pcsc.transceive(to_all(0x2B), 1_000_000, TimerOrder.MSB_FIRST)
    assert said("5F4604000F4240") in apdu


def test_a_long_frame_has_a_long_length() -> None:
    request = to_all(0x21, "00" * 128)
    assert bytes([0x95, 0x81, 130]) + request.frame in pcsc.transceive(request, 1000)


@pytest.mark.parametrize(
    ("answer", "done"),
    [
        ("C0030090009000", True),
        ("C0030090008F01009000", True),
        ("9000", True),
        ("C0030164019000", True),
        ("C003016A819000", False),
        ("6A81", False),
        ("6E00", False),
    ],
)
def test_whether_a_session_was_begun(answer: str, done: bool) -> None:
    assert pcsc.managed(said(answer)) is done


def test_system_information_through_a_real_reader() -> None:
    answer = said("C003009000 920100 96020000 970F 000F2E985C8A000104E000001B0301 9000")
    heard = pcsc.heard(answer)
    assert isinstance(heard, Answered)
    info = iso15693.info_of(heard.data, "E00401008A5C982E")
    assert (info.blocks, info.block_size, info.ic_reference) == (28, 4, 1)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        ("C003009000 920100 96020000 9706 000011223344 9000", Answered(said("0011223344"))),
        ("C003009000 920100 96020000 9702 0110 9000", Refused(0x10)),
        ("C003016401 9000", Silent()),
        ("C003009000 96020000 9700 9000", Silent()),
        ("C003009000 96020200 9000", Noise()),
        ("C003009000 96020100 9704 00112233 9000", Noise()),
        ("C003016F00 9000", Noise()),
        ("97020000 9000", Answered(b"\x00")),
        ("6985", None),
    ],
)
def test_what_a_frame_brought(answer: str, heard: iso15693.Heard | None) -> None:
    assert pcsc.heard(said(answer)) == heard


@pytest.mark.parametrize(
    "answer", ["", "90", "C003009000 9710 00 9000", "C00190 9000", "5F 9000", "9782 9000"]
)
def test_answers_that_are_none(answer: str) -> None:
    with pytest.raises(errors.ReaderGarbled):
        pcsc.heard(said(answer))


def test_a_reader_that_does_not_take_the_time() -> None:
    with pytest.raises(errors.ReaderRefused):
        pcsc.heard(said("C003016A81 9000"))


@pytest.mark.parametrize(
    ("answer", "uid"),
    [
        ("E0040100128F6A31 9000", UID),
        ("316A8F12000104E0 9000", UID),
        ("04112233 9000", None),
        ("0411223344556677 9000", None),
        ("6300", None),
        ("6A81", None),
    ],
)
def test_uids_whichever_way_round_they_come(answer: str, uid: str | None) -> None:
    assert pcsc.uid_of(said(answer)) == uid


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("6300", errors.NoTag),
        ("6581", errors.NotWritten),
        ("6982", errors.Protected),
        ("6A81", errors.NotSupported),
        ("6A82", errors.NoBlock),
        ("6F00", errors.TagRefused),
    ],
)
def test_blocks_that_a_card_does_not_give(status: str, kind: type[errors.TagError]) -> None:
    with pytest.raises(kind) as raised:
        pcsc.data_of(said(status))
    assert type(raised.value) is kind


def test_a_block_that_it_gives() -> None:
    assert pcsc.data_of(said("41424344 9000")) == b"ABCD"


@given(st.binary(max_size=300))
def test_no_answer_surprises_a_reader_of_it(answer: bytes) -> None:
    for read in (pcsc.heard, pcsc.managed, pcsc.uid_of, pcsc.data_of):
        for whole in (answer, answer + b"\x90\x00"):
            with contextlib.suppress(errors.RfidError):
                read(whole)
