"""Every published tag, as it was published, as it lies on a real tag, written backwards, and cut short."""

import pytest

from kiosk.rfid.tags import (
    BlankTag,
    BlockOrder,
    DamagedTag,
    ForeignTag,
    LibraryTag,
    Media,
    Model,
    TagRules,
    Usage,
    decode_tag,
    encode_28560_2,
    encode_28560_3,
)
from kiosk.rfid.tags.iso28560_3 import crc_ccitt
from tests.rfid import tags_seen
from tests.rfid.tags_seen import SEEN, Seen

every_tag = pytest.mark.parametrize("seen", SEEN, ids=[seen.name for seen in SEEN])


def turned(memory: bytes, size: int = 4) -> bytes:
    return b"".join(memory[at : at + size][::-1] for at in range(0, len(memory), size))


def read(memory: bytes) -> LibraryTag:
    tag = decode_tag(memory)
    assert isinstance(tag, LibraryTag), tag
    assert tag.why
    return tag


def what(tag: LibraryTag) -> tuple[Model, str, str, int, int]:
    return tag.model, tag.item_id, tag.owner, tag.part, tag.parts


@every_tag
def test_it_means_what_was_published(seen: Seen) -> None:
    assert what(read(seen.memory)) == seen[2:]


@every_tag
@pytest.mark.parametrize("size", [112, 128, 160, 256])
def test_it_means_the_same_on_a_real_tag(seen: Seen, size: int) -> None:
    tag = read(seen.memory.ljust(size, b"\0"))
    assert what(tag) == seen[2:]
    assert tag.more == 0, "all was there"


@every_tag
def test_it_means_the_same_with_its_blocks_backwards(seen: Seen) -> None:
    tag = read(turned(seen.memory.ljust(112, b"\0")))
    assert what(tag) == seen[2:]
    assert tag.order is BlockOrder.REVERSED


@every_tag
def test_what_a_pad_reads_first_tells_the_item_and_whether_to_read_on(seen: Seen) -> None:
    memory = seen.memory.ljust(112, b"\0")
    tag = read(memory[:32])
    assert tag.item_id == seen.item_id
    if tag.more:
        assert 32 < tag.more <= 112
        tag = read(memory[: tag.more])
    assert what(tag) == seen[2:]


@every_tag
def test_cut_anywhere_it_never_means_another_item(seen: Seen) -> None:
    for size in range(300):
        tag = decode_tag(seen.memory.ljust(300, b"\0")[:size])
        if isinstance(tag, LibraryTag):
            assert tag.item_id == seen.item_id
            assert tag.owner in {seen.owner, ""}
        else:
            assert isinstance(tag, BlankTag if size == 0 else DamagedTag | ForeignTag)
            assert size < 32, "a whole first look is enough for all of them"


@pytest.mark.parametrize("size", range(8, 44))
def test_variable_length_is_an_item_as_soon_as_its_id_was_read(size: int) -> None:
    tag = read(tags_seen.ANNEX_D_TITLE[:size])
    assert tag.item_id == "123456789012"
    assert tag.more > size or not tag.more


def test_fixed_length_cannot_be_proven_by_less_than_32_bytes() -> None:
    for size in range(19, 29):
        tag = decode_tag(tags_seen.ANNEX_B1[:size])
        assert isinstance(tag, DamagedTag)
        assert tag.item_id == "1000000056", "said, and not believed"
        assert tag.more == 32
        assert "CRC" in tag.why
    for size in range(29, 32):
        assert "if what was not read is 00" in read(tags_seen.ANNEX_B1[:size]).why


def test_extension_blocks_are_read() -> None:
    assert read(tags_seen.ANNEX_B2).fields == {
        "media_format": 1,
        "supplier": "Bogvognen",
        "product_id_local": "1234567890",
        "invoice_number": "a789656c",
    }
    assert read(tags_seen.ANNEX_B2).media is Media.BOOK
    assert read(tags_seen.MAMK_3).fields == {"block_101": "7461"}


def test_data_sets_are_read() -> None:
    assert read(tags_seen.ANNEX_D_TITLE).fields == {
        "content_parameter": "3 4 6 17",
        "set_information": "1203",
        "shelf_location": "QA268.L55",
        "title": "test",
    }
    assert read(tags_seen.ANNEX_P).fields["supplier"] == "20091231"
    assert read(tags_seen.ZHIYAN).fields["alternative_owner"] == "Lib01"
    assert read(tags_seen.GANCHUANG).fields == {"content_parameter": "3 5 6 7", "type_of_usage": "10"}
    finnish = read(tags_seen.MAMK_2)
    assert (finnish.usage, finnish.media) == (Usage.CIRCULATING, Media.BOOK)


def test_a_3m_tag_tells_its_branch() -> None:
    assert read(tags_seen.RFID_501_LAST).fields == {
        "item_type": "other",
        "branch": 0xFFF,
        "library": 0xFFFFF,
        "custom": 0x7FFFFFFF,
    }
    assert read(tags_seen.RFID_501).media is Media.BOOK


@pytest.mark.parametrize("size", [6, 8, 28, 32, 112, 256])
@pytest.mark.parametrize("byte", [b"\x00", b"\xff"])
def test_an_unwritten_tag_is_blank(size: int, byte: bytes) -> None:
    assert isinstance(decode_tag(byte * size), BlankTag)


def test_other_blanks() -> None:
    assert isinstance(decode_tag(tags_seen.BLANK_3M), BlankTag)
    assert isinstance(decode_tag(tags_seen.BLANK_3M.ljust(112, b"\0")), BlankTag)
    assert isinstance(decode_tag(tags_seen.NAMELESS), BlankTag)


@pytest.mark.parametrize(
    "memory",
    [
        tags_seen.DM11,
        b"1234567890".ljust(112, b"\0"),
        b"1!A1a1q1QqQ".ljust(112, b"\0"),
        b"https://library.example/item/1234567890".ljust(112, b"\0"),
        bytes.fromhex("E1401001 030B D101075402656E31323334FE").ljust(112, b"\0"),
        b"\x11" * 112,
        b"\x04" * 112,
        bytes(range(112)),
        bytes(range(255, 143, -1)),
        b"\x36\x37\x38\x00".ljust(112, b"\0"),
        bytes.fromhex("5A12").ljust(112, b"\0"),
        bytes.fromhex("1104F3A0C5A5 0E68") + bytes(range(1, 105)),
        bytes.fromhex("210300").ljust(112, b"\0"),
        bytes.fromhex("B11B01D0").ljust(112, b"\0"),
        bytes.fromhex("CB1205C15BD7").ljust(112, b"\0"),
    ],
)
def test_what_is_no_library_tag_is_not_believed(memory: bytes) -> None:
    for cut in (memory, memory[:32], memory[:28], turned(memory)):
        assert not isinstance(decode_tag(cut), LibraryTag)


def test_items_of_many_libraries() -> None:
    for item_id, owner in (
        ("1003011860976002", "NO-02030000"),
        ("30123456789", "DK-820010"),
        ("301120012345", "FI-He"),
        ("N12345678", "DE-Heu1"),
        ("0100123456", "NL-0800070000"),
        ("B01234567", "FR-751131015"),
        ("BIB.20140001", "SE-Gbg"),
        ("X00012345", "CH-000003-7"),
    ):
        for memory in (
            encode_28560_3(item_id, owner, 2, 3, size=112),
            encode_28560_2(item_id, owner, 2, 3, size=112),
        ):
            assert what(read(memory))[1:] == (item_id, owner, 2, 3)
            assert read(memory[:36]).item_id == item_id


def test_patron_cards_say_so() -> None:
    for usage in (
        Usage.PATRON_CARD,
        Usage.PATRON_CARD_ADULT,
        Usage.PATRON_CARD_YOUNG_ADULT,
        Usage.PATRON_CARD_CHILD,
    ):
        assert read(encode_28560_2("21000001", "FI-He", usage=usage, size=112)).usage is usage
        assert read(encode_28560_2("21000001", "FI-He", usage=usage, size=112)).is_patron_card
        assert read(encode_28560_3("21000001", "FI-He", usage=usage)).is_patron_card


# ---- what the settings add ------------------------------------------------------------------


def test_plain_text_is_believed_where_a_pattern_is_configured() -> None:
    memory = b"\x07\x01ITEM:0039000123;2019".ljust(112, b"\0")
    assert isinstance(decode_tag(memory), ForeignTag)
    rules = TagRules(ascii=(r"ITEM:(?P<id>\d{10});", r"\d{12}"))
    tag = decode_tag(memory, rules=rules)
    assert isinstance(tag, LibraryTag)
    assert (tag.model, tag.item_id) == (Model.ASCII, "0039000123")
    assert "ITEM" in tag.why


def test_text_that_may_go_on_is_read_on() -> None:
    rules = TagRules(ascii=(r"\d{8,12}",))
    memory = bytes(22) + b"3900000123".ljust(90, b"\0")
    tag = decode_tag(memory[:32], rules=rules)
    assert isinstance(tag, ForeignTag)
    assert tag.more > 32
    tag = decode_tag(memory, rules=rules)
    assert isinstance(tag, LibraryTag)
    assert tag.item_id == "3900000123"


def test_text_without_a_pattern_is_named_and_not_believed() -> None:
    tag = decode_tag(b"39000001".ljust(112, b"\0"))
    assert isinstance(tag, ForeignTag)
    assert (tag.model, tag.fields) == (Model.ASCII, {"text": "39000001"})


def test_a_uid_is_looked_up_only_when_the_memory_says_nothing() -> None:
    rules = TagRules(uids={"E004015012345678": "39000077"})
    for memory in (bytes(112), b"\x5a" * 112, tags_seen.DM11):
        tag = decode_tag(memory, uid="E004015012345678", rules=rules)
        assert isinstance(tag, LibraryTag)
        assert (tag.item_id, tag.model) == ("39000077", Model.UNKNOWN)
        assert "uid" in tag.why
    tag = decode_tag(tags_seen.BERLIN, uid="E004015012345678", rules=rules)
    assert isinstance(tag, LibraryTag)
    assert tag.item_id == "11223344"


def test_settings_overrule_what_a_tag_looks_like() -> None:
    for rules in (TagRules(by_dsfid={0x01: Model.ISO28560_3}), TagRules(by_afi={0xC2: Model.ISO28560_3})):
        assert isinstance(decode_tag(tags_seen.BERLIN, dsfid=1, afi=0xC2, rules=rules), LibraryTag)
        assert isinstance(decode_tag(tags_seen.MAMK_2, dsfid=1, afi=0xC2, rules=rules), DamagedTag)
        assert isinstance(decode_tag(tags_seen.MAMK_2, dsfid=6, afi=0x07, rules=rules), LibraryTag)
    rules = TagRules(by_owner={"FI-Mamk-M": Model.ISO28560_2})
    assert isinstance(decode_tag(tags_seen.MAMK_2, rules=rules), LibraryTag)
    assert isinstance(decode_tag(tags_seen.MAMK_3, rules=rules), ForeignTag)


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="regular expression"):
        TagRules(ascii=("(",))


def test_an_item_id_and_not_a_byte_more_is_an_item() -> None:
    for memory in ("1104 6091CE43", "1105 1CBE991A14", "9100051CBE991A14", "1106 6091CE430201"):
        read(bytes.fromhex(memory))
    cut = decode_tag(bytes.fromhex("910104 6091CE43"))
    assert isinstance(cut, DamagedTag)
    assert (cut.item_id, cut.more) == ("1620168259", 8), "its pad byte was not read"


def test_an_item_id_in_plain_bytes_is_read() -> None:
    memory = bytes.fromhex("010A") + b"3900000123" + bytes.fromhex("0201A0 0307 3240DE05AB075B 050110")
    tag = read(memory.ljust(112, b"\0"))
    assert (tag.item_id, tag.owner) == ("3900000123", "FI-Mamk-M")


def test_a_proven_item_may_have_an_owner_that_is_no_text() -> None:
    memory = bytearray(encode_28560_3("39000001", "DK-718500"))
    memory[21:25] = b"\xf0\x01\xff\xfe"
    memory[19:21] = crc_ccitt(bytes(memory[:19] + memory[21:]) + bytes(2)).to_bytes(2, "little")
    tag = read(bytes(memory))
    assert (tag.item_id, tag.owner) == ("39000001", "")
    assert str(tag.fields["owner_bytes"]).startswith("F001FFFE")


def test_a_3m_tag_of_an_unknown_type_or_of_a_set_without_a_number() -> None:
    assert read(b"\x04\x11\x00\x0f" + tags_seen.RFID_501[4:]).fields["item_type"] == "type 15"
    assert read(b"\x04\x10\x00\x01" + tags_seen.RFID_501[4:]).parts == 0
    assert not isinstance(decode_tag(b"\x04\x21\x00\x01" + tags_seen.RFID_501[4:]), LibraryTag)


def test_a_3m_header_says_what_is_wrong_with_its_item_id() -> None:
    header, rest = b"\x04\x11\x00\x01", bytes(92)
    for item_id in (b"A#1234567", b"12", b"<39000001>"):
        tag = decode_tag(header + item_id.ljust(16, b"\0") + rest)
        assert isinstance(tag, DamagedTag)
        assert tag.model is Model.RFID501
        assert repr(item_id.decode()) in tag.why
    blank = decode_tag(header + bytes(16) + rest)
    assert isinstance(blank, BlankTag)
    assert blank.model is Model.RFID501
    assert read(header + b"      3900000123" + rest).item_id == "3900000123"
    assert isinstance(decode_tag(header + b"\xf0\x01" * 8 + rest), ForeignTag)


@pytest.mark.parametrize("byte", [0x20, 0x30, 0x41, 0x55, 0xAA])
def test_one_byte_all_over_is_no_text(byte: int) -> None:
    tag = decode_tag(bytes([byte]) * 112)
    assert not isinstance(tag, LibraryTag)
    assert tag.model is not Model.ASCII


def test_elements_of_a_later_edition_do_not_break_a_tag() -> None:
    for oid in ("6F19 01 71", "6F70 01 71", "EF12 02 01 71 0000"):
        tag = read(bytes.fromhex("11061B48EC14414E 0201E0 030532408E2D3F" + oid).ljust(112, b"\0"))
        assert (tag.item_id, tag.owner) == ("30000012345678", "FI-Hki")


def test_null_precursors_may_stand_before_the_item_id() -> None:
    sets = bytes.fromhex("11061B48EC14414E 020180 030532408E2D3F")
    for nulls in range(1, 9):
        tag = read((b"\x80" * nulls + sets).ljust(112, b"\0"))
        assert (tag.item_id, tag.owner) == ("30000012345678", "FI-Hki")
    assert not isinstance(decode_tag((b"\x80" * 4 + sets[8:]).ljust(112, b"\0")), LibraryTag)


@pytest.mark.parametrize("length", [25, 30, 31])
def test_a_long_item_id_is_one(length: int) -> None:
    item_id = "A" * length
    memory = bytes([0x61, length]) + item_id.encode()
    assert what(read(memory.ljust(112, b"\0"))) == (Model.ISO28560_2, item_id, "", 1, 1)
