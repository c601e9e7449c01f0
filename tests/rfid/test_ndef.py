"""NDEF text: what cards carry, and garbage."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rfid.tags import NdefError, decode_ndef_text, encode_ndef_text

# NFC Forum RTD Text 1.0, appendix A.2: "Hello, world!" in English, as one record
HELLO = bytes.fromhex("D1 01 10 54 02 656E 48656C6C6F2C20776F726C6421".replace(" ", ""))


def tlv(message: bytes) -> bytes:
    return bytes([3, len(message)]) + message + b"\xfe"


def test_the_example_of_the_standard() -> None:
    assert decode_ndef_text(tlv(HELLO)) == "Hello, world!"
    assert encode_ndef_text("Hello, world!") == tlv(HELLO)


def test_lock_and_null_tlvs_before_it_are_passed_over() -> None:
    assert decode_ndef_text(bytes.fromhex("000103A00C3400") + tlv(HELLO)) == "Hello, world!"


def test_the_first_text_record_counts() -> None:
    uri = bytes.fromhex("91 01 04 55 03 612E62".replace(" ", ""))
    text = bytes.fromhex("51 01 04 54 02 6465 37".replace(" ", ""))
    assert decode_ndef_text(tlv(uri + text)) == "7"


def test_utf_16() -> None:
    payload = b"\x82en" + "Ж7".encode("utf-16-be")
    assert decode_ndef_text(tlv(bytes([0xD1, 1, len(payload)]) + b"T" + payload)) == "Ж7"


@pytest.mark.parametrize("area", [b"", b"\xfe", b"\x00\x00", bytes.fromhex("0300FE"), bytes(100)])
def test_no_text_is_none(area: bytes) -> None:
    assert decode_ndef_text(area) is None


@pytest.mark.parametrize("end", range(1, len(tlv(HELLO)) - 1))
def test_half_an_area_is_an_error(end: int) -> None:
    with pytest.raises(NdefError):
        decode_ndef_text(tlv(HELLO)[:end])


@given(st.text(max_size=400).filter(lambda text: not any("\ud800" <= ch <= "\udfff" for ch in text)))
def test_any_text_goes_there_and_back(text: str) -> None:
    assert decode_ndef_text(encode_ndef_text(text, "de-AT")) == text


@given(st.binary(max_size=300))
def test_garbage_raises_nothing_else(area: bytes) -> None:
    with contextlib.suppress(NdefError):
        decode_ndef_text(area)


@given(st.binary(max_size=100))
def test_a_garbled_message_raises_nothing_else(message: bytes) -> None:
    with contextlib.suppress(NdefError):
        decode_ndef_text(tlv(message))
