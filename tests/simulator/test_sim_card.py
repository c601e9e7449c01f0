"""The virtual card by its APDUs (PC/SC part 3) and by vpcd's messages."""

import pytest

from kiosk.simulator.card import ATR, ATRS, UIDS, Card, Kind, VirtualCard, ndef_text


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


def test_every_kind_has_the_atr_that_readers_make_up_for_it() -> None:
    """As manuals of readers print them: ACR122U (Ultralight, Classic, DESFire), RC-S300 (FeliCa)."""
    assert {kind: atr.hex().upper() for kind, atr in ATRS.items()} == {
        Kind.VICINITY: "3B8F8001804F0CA0000003060B00140000000077",
        Kind.ULTRALIGHT: "3B8F8001804F0CA0000003060300030000000068",
        Kind.CLASSIC: "3B8F8001804F0CA000000306030001000000006A",
        Kind.DESFIRE: "3B8180018080",
        Kind.PHONE: "3B80800101",
        Kind.FELICA: "3B8F8001804F0CA00000030611003B0000000042",
    }


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.VICINITY])
def test_the_uid_of_all_others_is_given_most_significant_byte_first(kind: Kind) -> None:
    shown = VirtualCard(Card(kind=kind))
    assert shown.message(bytes.fromhex("FFCA000000")) == bytes.fromhex(UIDS[kind]) + b"\x90\x00"
    another = "02" + UIDS[kind][2:]
    other = VirtualCard(Card(kind=kind, uid=another))
    assert other.message(bytes.fromhex("FFCA000000")) == bytes.fromhex(another) + b"\x90\x00"


def test_the_memory_of_an_ntag_by_pages() -> None:
    ntag = VirtualCard(Card(kind=Kind.ULTRALIGHT, uri="https://lib.example/p/21000001"))
    # NTAG213 data sheet 8.5.1: check bytes are the exclusive or, with the cascade tag 88
    assert ntag.message(bytes.fromhex("FFB0000010")) == bytes.fromhex(
        "044B498E52CB64807D480000E1101200" + "9000"
    )
    assert ntag.message(bytes.fromhex("FFB0000404")) == bytes.fromhex("031BD1019000")
    assert ntag.message(bytes.fromhex("FFB0000504")) == bytes.fromhex("175504 6C 9000".replace(" ", ""))
    assert ntag.message(bytes.fromhex("FFB0000411")) == bytes.fromhex("6700"), "four pages at once"
    blank = VirtualCard(Card(kind=Kind.ULTRALIGHT))
    assert blank.message(bytes.fromhex("FFB0000304")) == bytes.fromhex("000000009000")


def test_what_cannot_be_read_by_a_storage_card_command() -> None:
    assert VirtualCard(Card(kind=Kind.CLASSIC)).message(bytes.fromhex("FFB0000404")) == bytes.fromhex("6982")
    assert VirtualCard(Card(kind=Kind.FELICA)).message(bytes.fromhex("FFB0000404")) == bytes.fromhex("6A81")
    assert VirtualCard(Card(kind=Kind.DESFIRE)).message(bytes.fromhex("FFB0000404")) == bytes.fromhex("6A81")


def test_the_files_of_a_telephone() -> None:
    phone = VirtualCard(Card("21000001", kind=Kind.PHONE))
    said = [
        phone.message(bytes.fromhex(command))
        for command in (
            "00A4000C02E103",
            "00A4040007D276000085010100",
            "00A4000C02E103",
            "00B000000F",
            "00A4000C02E104",
            "00B0000002",
            "00B0000204",
            "00A4000C02E105",
        )
    ]
    assert said == [
        bytes.fromhex(answer)
        for answer in (
            "6A82",
            "9000",
            "9000",
            "000F20003B00340406E104001100FF9000",
            "9000",
            "000F9000",
            "D1010B549000",
            "6A82",
        )
    ]
    empty = VirtualCard(Card(kind=Kind.DESFIRE))
    assert empty.message(bytes.fromhex("00A4040007D276000085010100")) == bytes.fromhex("6A82")


def test_an_ntag_has_seven_bytes_of_uid() -> None:
    with pytest.raises(ValueError, match="seven bytes"):
        VirtualCard(Card(kind=Kind.ULTRALIGHT, uid="04010203"))


def test_a_card_with_any_memory() -> None:
    raw = VirtualCard(Card(raw="11010131"))
    assert raw.message(bytes.fromhex("FFB0000008")) == bytes.fromhex("11010131000000009000")
    with pytest.raises(ValueError, match="too long"):
        VirtualCard(Card(raw="00" * 113))
