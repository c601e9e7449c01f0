"""The virtual card by its APDUs (PC/SC part 3) and by vpcd's messages."""

import pytest

from kiosk.simulator.card import ATR, Card, VirtualCard, ndef_text


@pytest.fixture
def card() -> VirtualCard:
    return VirtualCard(Card("21000001", "E004015012345678"))


def test_a_text_record_as_published() -> None:
    """NFC Forum RTD Text 1.0, section 3.2.1 and the usual short record header."""
    assert ndef_text("Hi") == bytes.fromhex("D101055402656E") + b"Hi"


def test_power_is_taken_and_only_the_atr_is_answered(card: VirtualCard) -> None:
    assert [card.message(bytes([control])) for control in (0, 1, 2)] == [None] * 3
    assert card.message(b"\x04") == ATR
    check = 0
    for byte in ATR[1:]:
        check ^= byte
    assert check == 0, "TCK (ISO 7816-3, 8.2.5)"


def test_the_uid_is_given_least_significant_byte_first(card: VirtualCard) -> None:
    assert card.message(bytes.fromhex("FFCA000000")) == bytes.fromhex("78563412500104E09000")
    assert card.message(bytes.fromhex("FFCA010000")) == bytes.fromhex("6A81")


def test_its_memory_is_a_type_5_tag(card: VirtualCard) -> None:
    assert card.message(bytes.fromhex("FFB0000004")) == bytes.fromhex("E1400D019000")
    assert card.message(bytes.fromhex("FFB0000100")) == bytes.fromhex("030FD1019000")
    assert card.message(bytes.fromhex("FFB0000208")) == bytes.fromhex("0B5402656E3231309000")
    assert card.message(bytes.fromhex("FFB0001C04")) == bytes.fromhex("6A82"), "past the end"


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("00A4040007D2760000850101", "6A82"),
        ("00B0000004", "6D00"),
        ("FFD600010400000000", "6982"),
        ("FF82000006FFFFFFFFFFFF", "6D00"),
        ("A0A4000002", "6E00"),
        ("FFCA", "6700"),
    ],
)
def test_what_a_storage_card_cannot_do(card: VirtualCard, command: str, status: str) -> None:
    assert card.message(bytes.fromhex(command)) == bytes.fromhex(status)


def test_a_text_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match="too long"):
        VirtualCard(Card("x" * 120))
