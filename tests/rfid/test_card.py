"""Reading cards through storage-card commands: kinds of cards, and cards that go wrong."""

import contextlib
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rfid import errors
from kiosk.rfid.cards import read_card
from kiosk.rfid.tags import LibraryTag, Usage, encode_28560_3, encode_ndef_text

ATR = bytes.fromhex("3B8F8001804F0CA0000003060B00140000000077")
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
    read = read_card(card.transmit, ATR)
    assert (read.uid, read.text, read.library, read.atr) == ("04112233445566", "21000001", None, ATR)


def test_no_more_of_a_card_is_read_than_needed() -> None:
    card = type_2(encode_ndef_text("21000001"))
    read_card(card.transmit, ATR)
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
    assert read_card(card.transmit, ATR).library == LibraryTag("21000001", owner, usage=Usage.PATRON_CARD)


def test_a_card_with_nothing_but_a_uid() -> None:
    assert read_card(FakeCard(UID_14443, b"").transmit, ATR).text is None
    assert read_card(type_5(b"").transmit, ATR).library is None


def test_a_card_that_does_not_tell_its_uid() -> None:
    with pytest.raises(errors.CardMute):
        read_card(lambda _apdu: bytes.fromhex("6300"), ATR)


def test_half_a_text_is_garbled() -> None:
    card = FakeCard(UID_14443, bytes(12) + bytes.fromhex("E1100200") + encode_ndef_text("2" * 40)[:16])
    with pytest.raises(errors.CardGarbled):
        read_card(card.transmit, ATR)


@pytest.mark.parametrize("exchanges", [0, 1, 2, 3])
def test_a_card_pulled_while_it_is_read(exchanges: int) -> None:
    card = type_2(encode_ndef_text("21000001"), pulled_after=exchanges)
    with pytest.raises(errors.CardPulled):
        read_card(card.transmit, ATR)


@given(st.lists(st.binary(max_size=20), max_size=30))
def test_garbage_ends_in_a_named_error_or_a_card(answers: list[bytes]) -> None:
    left = iter(answers)
    with contextlib.suppress(errors.CardError):
        read_card(lambda _apdu: next(left, b"\x90\x00"), ATR)


@given(st.binary(min_size=4, max_size=140))
def test_no_memory_raises_anything_else(memory: bytes) -> None:
    for card in (type_2(memory), type_5(memory), type_5(bytes.fromhex("E1400E01") + memory)):
        with contextlib.suppress(errors.CardError):
            read_card(card.transmit, ATR)
