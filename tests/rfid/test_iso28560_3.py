"""ISO 28560-3 against the published vectors, and against anything that may stand on a tag."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rfid.tags import (
    BlankTag,
    BlockOrder,
    DamagedTag,
    ExtensionBlock,
    ForeignTag,
    LibraryTag,
    Media,
    Usage,
    decode_tag,
    encode_28560_3,
    library_block,
    text_block,
)
from kiosk.rfid.tags.iso28560_3 import crc_ccitt

# ISO 28560-3 annex B.1, a tag of 32 bytes
B1 = bytes.fromhex("1101013130303030303030353600000000000098A4444B373138353030000000")
# ISO 28560-3 annex B.2, with two extension blocks
B2 = bytes.fromhex(
    "11010131303030303030313336000000000000"
    "3615"
    "444B3731383530300000000000"
    "0501000501"
    "22020071426F67766F676E656E00313233343536373839300000613738393635366300"
)
# a tag from a Finnish library, with a vendor's extension block
MAMK = bytes.fromhex("11010131363230313534343239000000000000C4CF46494D616D6B2D4D0000000000066500767461")

TEXT = st.text(st.characters(codec="utf-8").filter(str.isprintable), min_size=1).filter(
    lambda text: len(text.encode()) <= 16 and text == text.strip(" ")
)


def turned(memory: bytes, size: int = 4) -> bytes:
    return b"".join(memory[at : at + size][::-1] for at in range(0, len(memory), size))


def test_crc_of_annex_c() -> None:
    assert crc_ccitt(b"RFID tag data model") == 0x1AEE


def test_annex_b1_reads_and_writes() -> None:
    assert decode_tag(B1) == LibraryTag("1000000056", "DK-718500")
    assert encode_28560_3("1000000056", "DK-718500") == B1


def test_annex_b2_reads_with_its_extension_blocks() -> None:
    assert decode_tag(B2) == LibraryTag("1000000136", "DK-718500", media=Media.BOOK)
    assert B2.startswith(encode_28560_3("1000000136", "DK-718500", size=36)[:34])


def test_a_real_tag_reads() -> None:
    assert decode_tag(MAMK) == LibraryTag("1620154429", "FI-Mamk-M")


def test_blocks_written_backwards_are_read_and_remembered() -> None:
    assert decode_tag(turned(B1)) == LibraryTag("1000000056", "DK-718500", order=BlockOrder.REVERSED)
    assert encode_28560_3("1000000056", "DK-718500", order=BlockOrder.REVERSED) == turned(B1)


def test_swapped_nibbles_are_read_and_remembered() -> None:
    for first, usage in (
        (0x21, Usage.NOT_FOR_CIRCULATION),
        (0x71, Usage.DISCARDED),
        (0x81, Usage.PATRON_CARD),
    ):
        memory = bytearray(B1)
        memory[0] = first
        covered = bytes(memory[:19] + memory[21:]) + bytes(2)
        memory[19:21] = crc_ccitt(covered).to_bytes(2, "little")
        tag = decode_tag(bytes(memory))
        assert isinstance(tag, LibraryTag)
        assert (tag.usage, tag.version, tag.swapped) == (usage, 1, True)


def test_a_patron_card_says_so() -> None:
    tag = decode_tag(encode_28560_3("21000001", usage=Usage.PATRON_CARD))
    assert isinstance(tag, LibraryTag)
    assert tag.is_patron_card


def test_nothing_written_is_blank() -> None:
    assert decode_tag(bytes(112)) == BlankTag()


def test_a_valid_block_without_an_id_is_blank() -> None:
    memory = bytearray(32)
    memory[0] = 0x11
    memory[19:21] = crc_ccitt(bytes(memory[:19] + memory[21:]) + bytes(2)).to_bytes(2, "little")
    assert decode_tag(bytes(memory)) == BlankTag()


@pytest.mark.parametrize("memory", [B1, turned(B1)])
@given(bit=st.integers(0, 32 * 8 - 1))
def test_one_flipped_bit_is_never_read_as_an_item(memory: bytes, bit: int) -> None:
    broken = bytearray(memory)
    broken[bit // 8] ^= 1 << bit % 8
    assert decode_tag(bytes(broken)) in {DamagedTag(), ForeignTag()}


LONG_OWNER = bytes.fromhex("110101313233343536373839300000000000001C9E4649486B692D4B616C6C696F31")
"""Its owner fills all 34 bytes of the basic block: FI-Hki-Kallio1."""


@pytest.mark.parametrize("memory", [LONG_OWNER, encode_28560_3("39000001", "DK-1234567890", size=36)])
@pytest.mark.parametrize("order", BlockOrder)
def test_the_end_of_a_long_owner_that_was_not_read_contradicts_nothing(
    memory: bytes, order: BlockOrder
) -> None:
    memory = memory.ljust(112, b"\0")
    memory = turned(memory) if order is BlockOrder.REVERSED else memory
    whole = decode_tag(memory)
    assert isinstance(whole, LibraryTag)
    for size in range(19, 34):
        if order is BlockOrder.REVERSED and size % 4:
            continue  # half a block that is written backwards is none
        tag = decode_tag(memory[:size])
        if memory[33] == 0 and size == 33:
            assert tag == whole, "nothing but filling is missing"
            continue
        assert isinstance(tag, DamagedTag)
        assert (tag.item_id, tag.more) == (whole.item_id, 32 if size < 32 else 34)
    assert "CRC fits if 6F31 stands behind them" in decode_tag(LONG_OWNER[:32]).why


def test_what_no_end_of_an_owner_can_put_right_is_contradicted() -> None:
    broken = bytearray(LONG_OWNER[:32])
    broken[6] ^= 0x02
    tag = decode_tag(bytes(broken))
    assert isinstance(tag, DamagedTag)
    assert tag.item_id is None
    assert "CRC does not fit" in tag.why
    wrong = LONG_OWNER[:32] + b"p"
    assert decode_tag(wrong) == DamagedTag()
    assert "CRC does not fit" in decode_tag(wrong).why


def test_a_broken_id_is_damaged() -> None:
    assert decode_tag(B1.replace(b"1000000056", b"1000000057")) == DamagedTag()


@pytest.mark.parametrize(
    "memory",
    [
        bytes.fromhex("E140 0E01 03 0F D101 0B 5402 656E".replace(" ", ""))
        + b"21000001\xfe"
        + bytes(20),  # NDEF
        b"\x11" * 8,  # too short
    ],
)
def test_other_models_are_foreign(memory: bytes) -> None:
    assert decode_tag(memory) == ForeignTag()


@given(st.binary(max_size=160), st.sampled_from([1, 4, 8]))
def test_no_content_raises(memory: bytes, block_size: int) -> None:
    decode_tag(memory, block_size=block_size)


@given(
    item_id=TEXT,
    owner=st.from_regex(r"([A-Z]{2}-[A-Za-z0-9][A-Za-z0-9/:-]{0,10})?", fullmatch=True),
    part=st.integers(1, 255),
    parts=st.integers(0, 255),
    usage=st.sampled_from(Usage),
    size=st.sampled_from([36, 112, 256]),
    order=st.sampled_from(BlockOrder),
)
def test_what_is_written_is_read(
    item_id: str, owner: str, part: int, parts: int, usage: Usage, size: int, order: BlockOrder
) -> None:
    memory = encode_28560_3(item_id, owner, part, parts, usage, size, order=order)
    assert len(memory) == size
    tag = decode_tag(memory)
    assert isinstance(tag, LibraryTag)
    assert (tag.item_id, tag.owner, tag.part, tag.parts, tag.usage) == (
        item_id,
        owner,
        part,
        parts,
        Usage.of(usage & 0xF0),
    )


def test_a_long_owner_is_cut_on_a_small_tag() -> None:
    assert decode_tag(encode_28560_3("1", "DK-12345678901")) == LibraryTag("1", "DK-123456789")


@pytest.mark.parametrize(
    "arguments",
    [
        {"item_id": ""},
        {"item_id": "12345678901234567"},
        {"item_id": "1\x002"},
        {"item_id": "12 "},
        {"item_id": "1", "owner_isil": "DK-123456789012"},
        {"item_id": "1", "part": 0},
        {"item_id": "1", "parts": 256},
        {"item_id": "1", "usage": 8},
        {"item_id": "1", "size": 28},
        {"item_id": "1", "size": 33},
    ],
)
def test_what_does_not_fit_is_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        encode_28560_3(**arguments)  # type: ignore[arg-type]


# ---- extension blocks ----------------------------------------------------------------------------


def test_annex_b2_is_written() -> None:
    acquisition = text_block(2, "Bogvognen", "1234567890", "", "a789656c")
    written = encode_28560_3(
        "1000000136", "DK-718500", size=74, extensions=(library_block(1), acquisition), block_size=1
    )
    assert written == B2


def test_the_block_of_a_real_tag_is_written() -> None:
    written = encode_28560_3("1620154429", "FI-Mamk-M", size=40, extensions=(ExtensionBlock(101, b"ta"),))
    assert written == MAMK


def test_a_block_with_an_escaped_id_is_written_and_read() -> None:
    block = ExtensionBlock(0x12FF07, b"\x01\x02")
    memory = encode_28560_3("1", size=112, extensions=(block, library_block(3, "B-1", "DK-820010-2")))
    assert memory[34:42] == bytes.fromhex("0807FFFF12") + bytes([0x08 ^ 0x07 ^ 0x12 ^ 0x03, 1, 2])
    tag = decode_tag(memory)
    assert isinstance(tag, LibraryTag)
    assert tag.fields["block_1244935"] == "0102"
    assert tag.fields["extended_owner"] == "DK-820010-2"
    assert tag.media is Media.TAPE


def test_filler_and_a_broken_block_are_passed_over() -> None:
    title, shelf = text_block(4, "Brontë"), text_block(3, "QA268")
    memory = bytearray(encode_28560_3("1", size=112, extensions=(title,)))
    tail = encode_28560_3("1", size=112, extensions=(shelf,))[34:60]
    memory[60:64] = b"\x01" * 4
    whole = bytes(memory[:45]) + b"\x01\x01" + tail
    tag = decode_tag(whole)
    assert isinstance(tag, LibraryTag)
    assert tag.fields == {"title": "Brontë", "shelf_location": "QA268"}
    broken = bytearray(whole)
    broken[40] ^= 0x20
    tag = decode_tag(bytes(broken))
    assert isinstance(tag, LibraryTag)
    assert tag.fields == {"shelf_location": "QA268"}
    assert "broken extension block at byte 34" in tag.why


def test_an_extension_block_behind_the_end_of_what_was_read_is_named() -> None:
    memory = encode_28560_3("1", size=112, extensions=(text_block(4, "A long title"), text_block(3, "QA268")))
    tag = decode_tag(memory[:56])
    assert isinstance(tag, LibraryTag)
    assert tag.fields == {"title": "A long title"}
    assert "the memory ends in the extension block at byte 50" in tag.why


@pytest.mark.parametrize("filler", [b"\xff", b"\x55", b"\0"])
def test_filler_behind_the_basic_block_is_no_broken_block(filler: bytes) -> None:
    tag = decode_tag(B1.ljust(34, b"\0").ljust(256, filler))
    assert isinstance(tag, LibraryTag)
    assert tag.why == "a basic block, and its CRC fits"


def test_texts_of_older_writers_are_read() -> None:
    title = ExtensionBlock(4, "Ærø".encode("latin-1"))
    tag = decode_tag(encode_28560_3("1", size=112, extensions=(title,)))
    assert isinstance(tag, LibraryTag)
    assert tag.fields == {"title": "Ærø"}


@pytest.mark.parametrize(
    ("owner", "isil"),
    [(b"0200050000", "0200050000"), (b"DK718500", "DK-718500"), (b"NL", "NL"), (b"D1", "D1")],
)
def test_an_owner_gets_its_hyphen_back_only_behind_a_country(owner: bytes, isil: str) -> None:
    tag = decode_tag(proven({21: owner.ljust(11, b"\0")}))
    assert isinstance(tag, LibraryTag)
    assert tag.owner == isil


@pytest.mark.parametrize(
    "arguments",
    [
        {"size": 40, "extensions": (text_block(4, "The Wind in the Willows"),)},
        {"size": 512, "extensions": (ExtensionBlock(200, bytes(252)),)},
    ],
)
def test_extension_blocks_that_do_not_fit_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"extension"):
        encode_28560_3("1", **arguments)  # type: ignore[arg-type]


def test_swapped_nibbles_are_written_as_they_were_read() -> None:
    memory = encode_28560_3("1", usage=Usage.DISCARDED, swapped=True)
    assert memory[0] == 0x71
    tag = decode_tag(memory)
    assert isinstance(tag, LibraryTag)
    assert (tag.swapped, tag.usage) == (True, Usage.DISCARDED)


def proven(change: dict[int, bytes], memory: bytes = B1) -> bytes:
    """A tag with other bytes at these places, and the CRC that fits."""
    changed = bytearray(memory)
    for at, piece in change.items():
        changed[at : at + len(piece)] = piece
    covered = bytes(changed[:19] + changed[21:34]).ljust(32, b"\0")
    changed[19:21] = crc_ccitt(covered).to_bytes(2, "little")
    return bytes(changed)


@pytest.mark.parametrize(
    ("field", "item_id"),
    [
        (b"1000000056      ", "1000000056"),
        (b"      1000000056", "1000000056"),
        (b"1000000056" + b"\xff" * 6, "1000000056"),
        (b"1000 56 \0       ", "1000 56"),
        ("Bücher12".encode("latin-1").ljust(16, b"\0"), "Bücher12"),
        ("Bücher12".encode().ljust(16, b"\0"), "Bücher12"),
    ],
)
def test_an_item_id_comes_without_its_padding(field: bytes, item_id: str) -> None:
    tag = decode_tag(proven({3: field}))
    assert isinstance(tag, LibraryTag), tag
    assert tag.item_id == item_id


def test_an_id_of_nothing_but_padding_is_none() -> None:
    assert decode_tag(proven({3: b" " * 16})) == BlankTag()
    assert decode_tag(proven({3: b"\xff" * 16})) == BlankTag()


def test_a_crc_without_the_filling_is_taken() -> None:
    memory = bytearray(B1)
    memory[19:21] = crc_ccitt(bytes(memory[:19] + memory[21:])).to_bytes(2, "little")
    tag = decode_tag(bytes(memory))
    assert isinstance(tag, LibraryTag)
    assert "without the filling" in tag.why


def test_a_writer_of_32_bytes_may_leave_what_stands_behind_them() -> None:
    tag = decode_tag(B1 + b"\xde\xad\xbe\xef")
    assert isinstance(tag, LibraryTag)
    assert tag.owner == "DK-718500"
    assert "first 32 bytes" in tag.why


def test_an_owner_with_its_hyphen_left_in_is_the_same_owner() -> None:
    memory = bytearray(encode_28560_3("1", "DK-718500"))
    memory[21:31] = b"DK-718500\0"
    memory[19:21] = crc_ccitt(bytes(memory[:19] + memory[21:]) + bytes(2)).to_bytes(2, "little")
    tag = decode_tag(bytes(memory))
    assert isinstance(tag, LibraryTag)
    assert tag.owner == "DK-718500"


@given(
    st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 5, 101, 0x12FF07]), st.binary(max_size=20)), max_size=4)
)
def test_extension_blocks_of_any_content_are_survived(blocks: list[tuple[int, bytes]]) -> None:
    extensions = tuple(ExtensionBlock(number, data) for number, data in blocks)
    tag = decode_tag(encode_28560_3("1", "FI-He", size=256, extensions=extensions))
    assert isinstance(tag, LibraryTag)
    assert tag.item_id == "1"


@given(data=st.data())
def test_a_title_and_a_shelf_come_back(data: st.DataObject) -> None:
    words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
    title, shelf = data.draw(words), data.draw(words)
    blocks = (library_block(1), text_block(4, title), text_block(3, shelf))
    tag = decode_tag(encode_28560_3("1", "FI-He", size=256, extensions=blocks))
    assert isinstance(tag, LibraryTag)
    assert (tag.fields["title"], tag.fields["shelf_location"]) == (title, shelf)
