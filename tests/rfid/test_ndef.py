"""NDEF: what cards carry, and garbage."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rfid.tags import (
    NdefError,
    NdefMessage,
    decode_ndef,
    decode_ndef_message,
    encode_ndef_text,
    encode_ndef_uri,
)
from kiosk.rfid.tags.ndef import URI_BEGINNINGS, Record, encode_records

# NFC Forum RTD Text 1.0, appendix A.2: "Hello, world!" in English, as one record
HELLO = bytes.fromhex("D1 01 10 54 02 656E 48656C6C6F2C20776F726C6421".replace(" ", ""))


TEXT = Record(1, b"T", b"\x02en21000001")
URI = Record(1, b"U", b"\x04lib.example/p/21000001")


def text_of(area: bytes) -> str | None:
    held = decode_ndef(area)
    return None if held is None else held.text


def tlv(message: bytes) -> bytes:
    return bytes([3, len(message)]) + message + b"\xfe"


def test_the_example_of_the_standard() -> None:
    assert text_of(tlv(HELLO)) == "Hello, world!"
    assert encode_ndef_text("Hello, world!") == tlv(HELLO)


def test_lock_and_null_tlvs_before_it_are_passed_over() -> None:
    assert text_of(bytes.fromhex("000103A00C3400") + tlv(HELLO)) == "Hello, world!"


def test_the_first_text_record_counts() -> None:
    uri = bytes.fromhex("91 01 04 55 03 612E62".replace(" ", ""))
    text = bytes.fromhex("51 01 04 54 02 6465 37".replace(" ", ""))
    assert decode_ndef(tlv(uri + text)) == NdefMessage(("7",), ("http://a.b",))


def test_utf_16() -> None:
    payload = b"\x82en" + "Ж7".encode("utf-16-be")
    assert text_of(tlv(bytes([0xD1, 1, len(payload)]) + b"T" + payload)) == "Ж7"


@pytest.mark.parametrize("area", [b"", b"\xfe", b"\x00\x00", bytes.fromhex("0300FE"), bytes(100)])
def test_no_text_is_none(area: bytes) -> None:
    assert text_of(area) is None


@pytest.mark.parametrize("end", range(1, len(tlv(HELLO)) - 1))
def test_half_an_area_is_an_error(end: int) -> None:
    with pytest.raises(NdefError):
        text_of(tlv(HELLO)[:end])


def test_the_uri_of_a_card_stands_there_in_full() -> None:
    assert decode_ndef_message(encode_records(URI)).uri == "https://lib.example/p/21000001"
    area = encode_ndef_uri("urn:lib:21000001")
    # RTD URI 1.0, clause 3.2: 13 stands for "urn:"
    assert area == bytes.fromhex("0311D1010D5513") + b"lib:21000001" + b"\xfe"


@pytest.mark.parametrize("begins", URI_BEGINNINGS)
def test_each_beginning_of_a_uri_goes_there_and_back(begins: str) -> None:
    held = decode_ndef(encode_ndef_uri(f"{begins}21000001"))
    assert held == NdefMessage((), (f"{begins}21000001",))


def test_a_beginning_that_the_standard_does_not_know_is_none() -> None:
    assert decode_ndef_message(encode_records(Record(1, b"U", b"\x24lib"))).uri == "lib"


def test_texts_and_uris_of_all_records_in_their_order() -> None:
    more = [Record(2, b"text/plain", b"7"), Record(3, b"lib:x", b""), Record(4, b"lib.example:c", b"??")]
    held = decode_ndef_message(encode_records(URI, TEXT, *more))
    assert held == NdefMessage(("21000001", "7"), ("https://lib.example/p/21000001", "lib:x"))


def test_a_smart_poster_holds_both() -> None:
    poster = Record(1, b"Sp", encode_records(TEXT, URI))
    assert decode_ndef_message(encode_records(poster)) == NdefMessage(
        ("21000001",), ("https://lib.example/p/21000001",)
    )


def test_a_poster_in_a_poster_is_not_looked_into() -> None:
    inner = Record(1, b"Sp", encode_records(TEXT))
    assert decode_ndef_message(encode_records(Record(1, b"Sp", encode_records(inner)))) == NdefMessage()


@given(st.text(max_size=400).filter(lambda text: not any("\ud800" <= ch <= "\udfff" for ch in text)))
def test_any_text_goes_there_and_back(text: str) -> None:
    assert text_of(encode_ndef_text(text, "de-AT")) == text


@given(st.binary(max_size=300))
def test_garbage_raises_nothing_else(area: bytes) -> None:
    with contextlib.suppress(NdefError):
        text_of(area)


@given(st.binary(max_size=100))
def test_a_garbled_message_raises_nothing_else(message: bytes) -> None:
    with contextlib.suppress(NdefError):
        decode_ndef_message(message)
