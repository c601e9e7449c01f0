"""Reading cards through storage-card commands: kinds of cards, and cards that go wrong."""

import contextlib
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rfid import errors
from kiosk.rfid.cards import CardKind, Family, card_of, read_card
from kiosk.rfid.cards.kind import kind_of
from kiosk.rfid.tags import (
    BlankTag,
    Element,
    LibraryTag,
    Model,
    TagRules,
    Usage,
    encode_28560_2,
    encode_28560_3,
    encode_elements,
    encode_ndef_text,
    encode_ndef_uri,
)

ATR = bytes.fromhex("3B8F8001804F0CA0000003060B00140000000077")
TYPE_2 = bytes.fromhex("3B8F8001804F0CA0000003060300030000000068")
FELICA = bytes.fromhex("3B8F8001804F0CA00000030611003B0000000042")
DESFIRE = bytes.fromhex("3B8180018080")
UID_14443 = bytes.fromhex("04112233445566")
UID_15693 = bytes.fromhex("E004010012345678")


@dataclass
class FakeCard:
    """Answers GET DATA and READ BINARY from a memory, as a reader with that card would."""

    uid: bytes
    memory: bytes
    longest: int = 16
    pulled_after: int = 1000
    asked: list[bytes] = field(default_factory=list)

    def transmit(self, apdu: bytes) -> bytes:
        self.asked.append(apdu)
        if len(self.asked) > self.pulled_after:
            raise errors.CardPulled("gone")
        if apdu == bytes.fromhex("FFCA000000"):
            return self.uid + b"\x90\x00"
        assert apdu[:2] == bytes.fromhex("FFB0")
        at, length = int.from_bytes(apdu[2:4]) * 4, apdu[4]
        if length > self.longest or at + length > len(self.memory):
            return bytes.fromhex("6A82")
        return self.memory[at : at + length] + b"\x90\x00"


def type_2(area: bytes, longest: int = 16, pulled_after: int = 1000) -> FakeCard:
    return FakeCard(
        UID_14443, bytes(12) + bytes.fromhex("E1101200") + area.ljust(144, b"\0"), longest, pulled_after
    )


def type_5(memory: bytes) -> FakeCard:
    return FakeCard(UID_15693, memory.ljust(112, b"\0"), longest=4)


@pytest.mark.parametrize("longest", [16, 4])
def test_ndef_text_of_a_type_2_card(longest: int) -> None:
    card = type_2(bytes.fromhex("0103A00C34") + encode_ndef_text("21000001"), longest=longest)
    read = read_card(card.transmit, TYPE_2)
    assert (read.uid, read.text, read.memory, read.atr) == ("04112233445566", "21000001", None, TYPE_2)
    assert read.kind is CardKind.MIFARE_ULTRALIGHT


def test_no_more_of_a_card_is_read_than_needed() -> None:
    card = type_2(encode_ndef_text("21000001"))
    read_card(card.transmit, TYPE_2)
    assert [apdu.hex() for apdu in card.asked] == ["ffca000000", "ffb0000304", "ffb0000410", "ffb0000810"]


@pytest.mark.parametrize("container", ["E1400E01", "E2400E01", "E14000010000000E"])
def test_ndef_text_of_a_type_5_card(container: str) -> None:
    card = type_5(bytes.fromhex(container) + encode_ndef_text("21000001"))
    assert read_card(card.transmit, ATR).text == "21000001"


@pytest.mark.parametrize("uid", [UID_15693, UID_15693[::-1]])
def test_the_uid_of_a_vicinity_card_begins_with_e0(uid: bytes) -> None:
    assert read_card(FakeCard(uid, bytes(112), longest=4).transmit, ATR).uid == "E004010012345678"


@pytest.mark.parametrize("owner", ["DK-718500", "DK-12345678901"])
def test_a_library_card(owner: str) -> None:
    card = type_5(encode_28560_3("21000001", owner, usage=Usage.PATRON_CARD, size=112))
    assert read_card(card.transmit, ATR).memory == LibraryTag("21000001", owner, usage=Usage.PATRON_CARD)


@pytest.mark.parametrize("usage", [usage for usage in Usage if usage.kind == Usage.PATRON_CARD.kind])
def test_a_library_card_of_the_other_model_for_any_kind_of_patron(usage: Usage) -> None:
    card = read_card(type_5(encode_28560_2("21000001", "FI-He", usage=usage)).transmit, ATR)
    assert isinstance(card.memory, LibraryTag)
    assert (card.memory.item_id, card.memory.usage, card.memory.is_patron_card) == ("21000001", usage, True)


@pytest.mark.parametrize(("usage", "is_card"), [("81", True), ("10", False)])
def test_a_card_and_a_book_are_told_apart_where_that_stands_late(usage: str, is_card: bool) -> None:
    long = {Element.TITLE: "A title that fills all that is read at first sight"}
    memory = encode_elements({1: "21000001", **long, Element.TYPE_OF_USAGE: usage}, 112)
    card = read_card(type_5(memory).transmit, ATR)
    assert isinstance(card.memory, LibraryTag)
    assert card.memory.is_patron_card is is_card


def test_a_book_that_only_the_library_s_own_list_knows_is_a_book() -> None:
    rules = TagRules(uids={"E004010012345678": "39000001"})
    card = read_card(type_5(b"").transmit, ATR, rules=rules)
    assert isinstance(card.memory, LibraryTag)
    assert not card.memory.is_patron_card


@pytest.mark.parametrize("memory", [b"", bytes.fromhex("E1400E01") + encode_ndef_text("21000001")])
def test_such_a_book_is_one_whatever_else_stands_on_it_and_if_nothing_can_be_read(memory: bytes) -> None:
    rules = TagRules(uids={"E004010012345678": "39000001"})
    card = read_card(FakeCard(UID_15693, memory, longest=4).transmit, ATR, rules=rules)
    assert (card.memory, card.text) == (LibraryTag("39000001", model=Model.UNKNOWN, version=0), None)


def test_a_card_with_nothing_but_a_uid() -> None:
    assert read_card(FakeCard(UID_14443, b"").transmit, TYPE_2).text is None
    assert read_card(type_5(b"").transmit, ATR).memory == BlankTag()


def test_a_card_that_does_not_tell_its_uid() -> None:
    with pytest.raises(errors.CardMute):
        read_card(lambda _apdu: bytes.fromhex("6300"), ATR)


def test_half_a_text_is_garbled() -> None:
    card = FakeCard(UID_14443, bytes(12) + bytes.fromhex("E1100200") + encode_ndef_text("2" * 40)[:16])
    with pytest.raises(errors.CardGarbled):
        read_card(card.transmit, TYPE_2)


@pytest.mark.parametrize("exchanges", [0, 1, 2, 3])
def test_a_card_pulled_while_it_is_read(exchanges: int) -> None:
    card = type_2(encode_ndef_text("21000001"), pulled_after=exchanges)
    with pytest.raises(errors.CardPulled):
        read_card(card.transmit, TYPE_2)


@pytest.mark.parametrize(
    ("atr", "kind"),
    [
        # published ATRs: PC/SC part 3 supplement, and manuals of readers
        ("3B8F8001804F0CA000000306030001000000006A", CardKind.MIFARE_CLASSIC),
        ("3B8F8001804F0CA0000003060300020000000069", CardKind.MIFARE_CLASSIC),
        ("3B8F8001804F0CA0000003060300030000000068", CardKind.MIFARE_ULTRALIGHT),
        ("3B8F8001804F0CA0000003060B00140000000077", CardKind.ISO15693),
        ("3B8F8001804F0CA00000030611003B0000000042", CardKind.FELICA),
        ("3B8F8001804F0CA00000030603F011000000008A", CardKind.FELICA),
        ("3B8C80010443FD0102030405060708FF00", CardKind.FELICA),
        ("3B8180018080", CardKind.DESFIRE),
        ("3B86800106757781028000", CardKind.DESFIRE),
        ("3B888001004B51FFB381D1000F", CardKind.SMART_CARD),
        ("3B8F8001804F0CA00000030603FF200000000000", CardKind.ISO14443_A),
        ("3B8F8001804F0CA0000003060700070000000000", CardKind.ISO14443_B),
        ("3B8F8001804F0CA000000306", CardKind.UNKNOWN),
        ("3B9F958131FE9F006646530523002571DF000000", CardKind.UNKNOWN),
        ("", CardKind.UNKNOWN),
    ],
)
def test_the_kind_of_a_card_is_in_its_atr(atr: str, kind: CardKind) -> None:
    assert kind_of(bytes.fromhex(atr)) is kind


@pytest.mark.parametrize("idm", ["01390102030405E0", "E039010203040506"])
def test_an_idm_is_not_turned_though_it_looks_like_a_uid_of_a_book(idm: str) -> None:
    card = read_card(FakeCard(bytes.fromhex(idm), b"").transmit, FELICA)
    assert (card.uid, card.kind.family, card.memory) == (idm, Family.FELICA, None)


@pytest.mark.parametrize(
    ("uid", "atr", "turned"),
    [
        ("33221104", "04112233", TYPE_2),
        ("66554433221104", "04112233445566", TYPE_2),
        ("78563412000104E0", "E004010012345678", ATR),
        ("E004010012345678", "E004010012345678", ATR),
        ("0605040302013901", "0139010203040506", FELICA),
        ("0A090807060504030201", "0102030405060708090A", DESFIRE),
    ],
)
def test_a_reader_that_turns_uids_around(uid: str, atr: str, turned: bytes) -> None:
    card = card_of(bytes.fromhex(uid), turned, turned=True)
    assert (card.uid, card.raw_uid) == (atr, uid)
    assert card.uid_is_whole


def test_a_uid_that_begins_and_ends_with_e0_is_told_by_the_setting() -> None:
    there, back = bytes.fromhex("E0040100123456E0"), bytes.fromhex("E05634120001 04E0")
    assert card_of(there, ATR).uid == card_of(back, ATR, turned=True).uid == there.hex().upper()


@pytest.mark.parametrize(
    ("uid", "atr", "random"),
    [
        ("08123456", TYPE_2, True),
        ("08123456", b"", True),
        ("04123456", TYPE_2, False),
        ("08112233445566", TYPE_2, False),
        ("01FE010203040506", FELICA, True),
        ("02FE010203040506", FELICA, False),
        ("E004010012345678", ATR, False),
    ],
)
def test_a_uid_that_is_another_one_each_time(uid: str, atr: bytes, random: bool) -> None:
    assert card_of(bytes.fromhex(uid), atr).uid_is_random is random


def test_a_uri_on_a_type_2_and_a_type_5_card() -> None:
    uri = "https://lib.example/p/21000001"
    two = read_card(type_2(encode_ndef_uri(uri)).transmit, TYPE_2)
    five = read_card(type_5(bytes.fromhex("E1400E01") + encode_ndef_uri(uri)).transmit, ATR)
    assert (two.uri, two.text, five.uri, five.text) == (uri, None, uri, None)


def test_a_blank_text_is_none() -> None:
    assert read_card(type_2(encode_ndef_text("  ")).transmit, TYPE_2).text is None


def test_a_classic_is_not_asked_for_what_it_only_refuses() -> None:
    card = FakeCard(bytes.fromhex("DEADBEEF"), b"")
    read = read_card(card.transmit, bytes.fromhex("3B8F8001804F0CA000000306030001000000006A"))
    assert (read.uid, read.kind) == ("DEADBEEF", CardKind.MIFARE_CLASSIC)
    assert len(card.asked) == 1


class Type4:
    """A DESFire or a telephone with the NDEF application: files by their identifiers."""

    def __init__(self, message: bytes, container: str = "000F2000F000F00406E10408000000") -> None:
        ndef = len(message).to_bytes(2) + message
        self.files = {b"\xe1\x03": bytes.fromhex(container), b"\xe1\x04": ndef}
        self.selected: bytes | None = None

    def transmit(self, apdu: bytes) -> bytes:
        ok, refused = b"\x90\x00", bytes.fromhex("6A82")
        if apdu == bytes.fromhex("FFCA000000"):
            return bytes.fromhex("04112233445566") + ok
        if apdu == bytes.fromhex("00A4040007D276000085010100"):
            self.selected = b""
            return ok
        if apdu[:5] == bytes.fromhex("00A4000C02") and self.selected is not None:
            self.selected = self.files.get(apdu[5:7])
            return refused if self.selected is None else ok
        if apdu[:2] == bytes.fromhex("00B0") and self.selected:
            at = int.from_bytes(apdu[2:4])
            return self.selected[at : at + apdu[4]] + ok
        return refused


LONG = "https://lib.example/" + "x" * 300 + "/21000001"


@pytest.mark.parametrize("uri", ["urn:lib:21000001", LONG])
def test_the_message_of_a_type_4_card(uri: str) -> None:
    area = encode_ndef_uri(uri)
    message = area[4:-1] if area[1] == 0xFF else area[2:-1]
    card = read_card(Type4(message).transmit, DESFIRE)
    assert (card.uid, card.kind, card.uri) == ("04112233445566", CardKind.DESFIRE, uri)


def test_a_desfire_without_that_application_still_has_a_uid() -> None:
    card = read_card(FakeCardOf4().transmit, DESFIRE)
    assert (card.uid, card.ndef) == ("04112233445566", None)


class FakeCardOf4(Type4):
    def __init__(self) -> None:
        super().__init__(b"")

    def transmit(self, apdu: bytes) -> bytes:
        return super().transmit(apdu) if apdu[0] == 0xFF else bytes.fromhex("6A82")


def test_a_type_4_card_whose_file_ends_too_early_is_garbled() -> None:
    card = Type4(b"\xd1\x01\x0d\x55")
    card.files[b"\xe1\x04"] = b"\x00\x40" + b"\xd1"
    with pytest.raises(errors.CardGarbled):
        read_card(card.transmit, DESFIRE)


@given(st.sampled_from([ATR, TYPE_2, FELICA, DESFIRE, b""]), st.lists(st.binary(max_size=20), max_size=30))
def test_garbage_ends_in_a_named_error_or_a_card(atr: bytes, answers: list[bytes]) -> None:
    left = iter(answers)
    with contextlib.suppress(errors.CardError):
        read_card(lambda _apdu: next(left, b"\x90\x00"), atr)


@given(st.binary(min_size=4, max_size=140))
def test_no_memory_raises_anything_else(memory: bytes) -> None:
    five = type_5(bytes.fromhex("E1400E01") + memory)
    for card, atr in ((type_2(memory), TYPE_2), (type_5(memory), ATR), (five, ATR)):
        with contextlib.suppress(errors.CardError):
            read_card(card.transmit, atr)
