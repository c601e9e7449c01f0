"""ISO 28560-2 against the standard's own bytes, and there and back."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rfid.tags import (
    BlockOrder,
    DamagedTag,
    DataSet,
    Element,
    LibraryTag,
    Usage,
    decode_tag,
    encode_28560_2,
    encode_elements,
    read_data_sets,
    write_data_sets,
)
from kiosk.rfid.tags.compaction import Compaction, compact, expand
from kiosk.rfid.tags.isil import pack_isil, unpack_isil
from kiosk.rfid.tags.iso28560_2 import data_set
from tests.rfid import tags_seen

E = Element

# ---- compaction: the examples of ISO/IEC 15962 --------------------------------------------------


@pytest.mark.parametrize(
    ("text", "scheme", "data"),
    [
        ("123456789012", Compaction.INTEGER, "1CBE991A14"),
        ("1203", Compaction.INTEGER, "04B3"),
        ("20091231", Compaction.INTEGER, "0132915F"),
        ("9999999999999999999", Compaction.INTEGER, "8AC7230489E7FFFF"),
        ("010", Compaction.NUMERIC, "010F"),
        ("01234567890123456789", Compaction.NUMERIC, "01234567890123456789"),
        ("ABC", Compaction.FIVE_BIT, "0886"),
        ("]^_", Compaction.FIVE_BIT, "EFBE"),
        ("JPN", Compaction.FIVE_BIT, "541C"),
        ("ABC123456", Compaction.SIX_BIT, "0420F1CB3D35DA"),
        ("ABC1234", Compaction.SIX_BIT, "0420F1CB3D20"),
        ("AB12XY", Compaction.SIX_BIT, "042C726198"),
        ("QA268.L55", Compaction.SIX_BIT, "441CB6E2E335D6"),
        ("lower-case", Compaction.SEVEN_BIT, None),
        ("test", Compaction.OCTETS, "74657374"),
        ("BA", Compaction.OCTETS, "4241"),
        ("7", Compaction.OCTETS, "37"),
        ("Brontë", Compaction.OCTETS, "42726F6E74EB"),
        ("Łódź", Compaction.UTF_8, "C581C3B364C5BA"),
    ],
)
def test_text_takes_the_scheme_with_fewest_bytes(text: str, scheme: Compaction, data: str | None) -> None:
    chosen, packed = compact(text)
    assert chosen is scheme
    assert data is None or packed.hex().upper() == data
    assert expand(chosen, packed) == text


@pytest.mark.parametrize(
    ("scheme", "data", "text"),
    [
        (Compaction.NUMERIC, "410F", "410"),
        (Compaction.SEVEN_BIT, "62C99B46AD9BB8", "12345678"),
        (Compaction.SEVEN_BIT, "62C99B46AD9BB862C99B46AD9BFF", "123456781234567"),
        (Compaction.INTEGER, "002BDC545E14D64E", "12345678912345678"),
    ],
)
def test_schemes_that_a_writer_did_not_have_to_choose_are_read(
    scheme: Compaction, data: str, text: str
) -> None:
    assert expand(scheme, bytes.fromhex(data)) == text


@pytest.mark.parametrize(
    ("scheme", "data"),
    [
        (Compaction.INTEGER, "09"),
        (Compaction.INTEGER, "010000000000000000"),
        (Compaction.NUMERIC, "1A"),
        (Compaction.NUMERIC, "FF"),
        (Compaction.FIVE_BIT, "0000"),
        (Compaction.FIVE_BIT, "0887"),
        (Compaction.SIX_BIT, "042C726199"),
        (Compaction.SIX_BIT, "80"),
        (Compaction.SEVEN_BIT, "62C99B46AD9BFE"),
        (Compaction.UTF_8, "FF"),
        (Compaction.APPLICATION, "00"),
    ],
)
def test_bytes_that_a_scheme_cannot_have_made_are_refused(scheme: Compaction, data: str) -> None:
    if scheme is Compaction.SEVEN_BIT:
        data = "FFFE"
    with pytest.raises(ValueError, match=r"."):
        expand(scheme, bytes.fromhex(data))


def test_no_text_is_not_compacted() -> None:
    with pytest.raises(ValueError, match="no text"):
        compact("")


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_all_text_comes_back(text: str) -> None:
    scheme, data = compact(text)
    # a space at the end of whole groups of six bits is written as the standard's filler is
    assert expand(scheme, data) == text or (scheme is Compaction.SIX_BIT and text.endswith(" "))


@given(st.sampled_from(Compaction), st.binary(max_size=40))
def test_what_is_expanded_is_text_or_an_error(scheme: Compaction, data: bytes) -> None:
    try:
        text = expand(scheme, data)
    except ValueError:
        return
    assert text or not data


# ---- ISIL code ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("isil", "data"),
    [
        ("US-InU-Mu", "ACC09EBAA06F6B"),
        ("DE-Heu1", "21408E16BF1F"),
        ("FI-Mamk-M", "3240DE05AB075B"),
        ("NO-02030000", None),
        ("IT-RM0267", None),
        ("GB-UkOxU", None),
        ("FR-751131015", None),
        ("OCLC-ab/12:x", None),
    ],
)
def test_isils(isil: str, data: str | None) -> None:
    packed = pack_isil(isil)
    assert data is None or packed.hex().upper() == data
    assert unpack_isil(packed) == isil


@given(st.from_regex(r"[A-Z]{1,3}-[0-9A-Za-z:/-]{1,11}", fullmatch=True))
def test_every_isil_comes_back(isil: str) -> None:
    assert unpack_isil(pack_isil(isil)) == isil


@given(st.binary(max_size=20))
def test_what_is_unpacked_is_an_isil_or_an_error(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert unpack_isil(data)


@pytest.mark.parametrize("isil", ["", "DE_1", "DE-Ö"])
def test_what_is_no_isil_is_refused(isil: str) -> None:
    with pytest.raises(ValueError, match="no ISIL"):
        pack_isil(isil)


# ---- memories, byte for byte ---------------------------------------------------------------------

ANNEX_D = {E.ITEM_ID: "123456789012", E.CONTENT_PARAMETER: "", E.SET_INFORMATION: "1203"}
SHELF = {E.SHELF_LOCATION: "QA268.L55"}
OWNER = {E.OWNER_ISIL: "US-InU-Mu"}


def test_annex_d_is_written() -> None:
    written = encode_elements({**ANNEX_D, **SHELF, **OWNER}, locked={E.ITEM_ID, E.OWNER_ISIL})
    assert written == tags_seen.ANNEX_D


def test_annex_d_with_a_title_is_written() -> None:
    texts = {**ANNEX_D, **SHELF, **OWNER, E.TITLE: "test"}
    assert encode_elements(texts, locked={E.ITEM_ID, E.OWNER_ISIL, E.TITLE}) == tags_seen.ANNEX_D_TITLE


def test_annex_d_with_room_is_written() -> None:
    written = encode_elements({**ANNEX_D, **SHELF, **OWNER}, locked={E.ITEM_ID}, content_bytes=5)
    assert written.rstrip(b"\0") == tags_seen.ANNEX_D_ROOM


def test_annex_p_is_written() -> None:
    """Its title is no text, and its item id has a byte too many: so it is written from data sets."""
    sets = [
        DataSet(E.ITEM_ID, Compaction.INTEGER, bytes.fromhex("002BDC545E14D64E")),
        data_set(E.ONIX_MEDIA_FORMAT, "AB12XY"),
        data_set(E.SUPPLIER, "20091231"),
        DataSet(E.TITLE, Compaction.UTF_8, bytes.fromhex("541C")),
        DataSet(E.ALTERNATIVE_UNIQUE_ID, Compaction.OCTETS, bytes.fromhex("A2B380")),
    ]
    locked = {E.ITEM_ID, E.SUPPLIER, E.TITLE, E.ALTERNATIVE_UNIQUE_ID}
    assert write_data_sets(sets, locked=locked, block_size=8, pad=0x80) == tags_seen.ANNEX_P


def test_a_finnish_tag_is_written() -> None:
    written = encode_elements(
        {
            E.ITEM_ID: "1620168259",
            E.CONTENT_PARAMETER: "",
            E.TYPE_OF_USAGE: "10",
            E.ONIX_MEDIA_FORMAT: "BA",
            E.OWNER_ISIL: "FI-Mamk-M",
        },
        locked={E.ITEM_ID},
        pad=0x80,
    )
    assert written == tags_seen.MAMK_2.ljust(len(written), b"\0")


@pytest.mark.parametrize(
    "memory", [tags_seen.ANNEX_D, tags_seen.ANNEX_D_TITLE, tags_seen.ANNEX_P, tags_seen.ANNEX_D_ROOM]
)
def test_what_was_read_is_written_again_as_it_was(memory: bytes) -> None:
    sets = [one for one, _ in read_data_sets(memory).sets]
    pad = 0x80 if memory is tags_seen.ANNEX_P else 0
    assert write_data_sets(sets, pad=pad) == memory


def test_long_elements_have_a_long_length() -> None:
    title = "x" * 150
    memory = encode_28560_2("39000001", "FI-He", others={E.TITLE: title}, size=256)
    tag = decode_tag(memory)
    assert isinstance(tag, LibraryTag)
    assert tag.fields["title"] == title


def test_null_precursors_are_passed_over() -> None:
    first, rest = tags_seen.ANNEX_D[:8], tags_seen.ANNEX_D[8:]
    tag = decode_tag(first + b"\x80\x80\x80\x80" + rest)
    assert isinstance(tag, LibraryTag)
    assert (tag.item_id, tag.owner) == ("123456789012", "US-InU-Mu")


def test_data_sets_may_come_in_any_order_behind_the_item_id() -> None:
    texts = {
        E.ITEM_ID: "N123456",
        **OWNER,
        E.TYPE_OF_USAGE: "13",
        E.CONTENT_PARAMETER: "",
        E.SET_INFORMATION: "202",
    }
    tag = decode_tag(encode_elements(texts, 112))
    assert isinstance(tag, LibraryTag)
    assert (tag.part, tag.parts, tag.usage) == (2, 2, Usage.CIRCULATING_NO_OFFLINE_LOAN)


@pytest.mark.parametrize(
    ("code", "usage"),
    [
        ("10", Usage.CIRCULATING),
        ("20", Usage.NOT_FOR_CIRCULATION),
        ("70", Usage.DISCARDED),
        ("72", Usage.DISCARDED_SOLD),
        ("80", Usage.PATRON_CARD),
        ("F0", Usage.FUTURE),
    ],
)
def test_type_of_usage_is_one_byte_or_two_digits(code: str, usage: Usage) -> None:
    """As the standard has it, and as some makers write it: an octet, or as text."""
    sets = "11061B48EC14414E0201E0030532408E2D3F140165"
    for written in ("0501" + code, "6501" + code, "6502" + code.encode().hex(), "0502" + code.encode().hex()):
        tag = decode_tag(bytes.fromhex(sets + written).ljust(112, b"\0"))
        assert isinstance(tag, LibraryTag)
        assert (tag.item_id, tag.usage) == ("30000012345678", usage)


@pytest.mark.parametrize("precursor", ["61", "71", "01"])
@pytest.mark.parametrize("padded", ["3000012  ", "  3000012", "3000012\0\0"])
def test_an_item_id_comes_without_its_padding(precursor: str, padded: str) -> None:
    first = bytes.fromhex(precursor) + bytes([len(padded)]) + padded.encode()
    tag = decode_tag((first + bytes.fromhex("030532408E2D3F")).ljust(112, b"\0"))
    assert isinstance(tag, LibraryTag), tag
    assert (tag.item_id, tag.owner) == ("3000012", "FI-Hki")


def test_remains_of_an_older_content_do_not_disturb_a_whole_tag() -> None:
    tag = decode_tag(tags_seen.MAMK_2 + bytes(range(100, 180)))
    assert isinstance(tag, LibraryTag)
    assert (tag.item_id, tag.owner) == ("1620168259", "FI-Mamk-M")
    assert "remains" in tag.why


def test_an_item_id_with_nonsense_behind_it_is_damaged() -> None:
    memory = tags_seen.ANNEX_D[:27] + b"\x1f\xee" + tags_seen.ANNEX_D[29:]
    tag = decode_tag(memory.ljust(112, b"\0"))
    assert not isinstance(tag, LibraryTag)
    broken = tags_seen.ANNEX_D[:24] + b"\x01\x01\x07" + bytes(85)  # a second item id
    tag = decode_tag(broken)
    assert isinstance(tag, DamagedTag)
    assert tag.fields["shelf_location"] == "QA268.L55"


def test_a_dsfid_makes_up_for_little_structure() -> None:
    memory = bytes.fromhex("1104 6091CE43 6702 4241 00") + bytes(range(60, 83))
    assert not isinstance(decode_tag(memory), LibraryTag)
    assert isinstance(decode_tag(memory, dsfid=6), LibraryTag)


IDS = st.from_regex(r"[1-9A-Za-z][0-9A-Za-z./:_-]{2,19}", fullmatch=True)


@given(
    item_id=IDS,
    owner=st.from_regex(r"([A-Z]{2}-[0-9A-Za-z:/-]{1,11})?", fullmatch=True),
    part=st.integers(1, 99),
    parts=st.integers(1, 99),
    usage=st.sampled_from(Usage),
    shelf=st.text(st.characters(codec="utf-8").filter(str.isprintable), min_size=1, max_size=20),
    locked=st.sets(st.integers(1, 7)),
    order=st.sampled_from(BlockOrder),
    block_size=st.sampled_from([4, 8]),
)
def test_what_is_written_is_read(
    item_id: str,
    owner: str,
    part: int,
    parts: int,
    usage: Usage,
    shelf: str,
    locked: set[int],
    order: BlockOrder,
    block_size: int,
) -> None:
    part = min(part, parts)
    memory = encode_28560_2(
        item_id,
        owner,
        part,
        parts,
        usage,
        256,
        others={E.SHELF_LOCATION: shelf},
        locked=locked,
        order=order,
        block_size=block_size,
    )
    assert len(memory) == 256
    tag = decode_tag(memory, block_size=block_size)
    assert isinstance(tag, LibraryTag), tag
    assert (tag.item_id, tag.owner, tag.part, tag.parts) == (item_id, owner, part, parts)
    assert (tag.usage, tag.order) == (usage, order)
    assert str(tag.fields["shelf_location"]).rstrip(" ") == shelf.rstrip(" ")


@pytest.mark.parametrize(
    "arguments",
    [
        {"item_id": ""},
        {"item_id": " 1"},
        {"item_id": "39000001 "},
        {"item_id": "0000"},
        {"item_id": "1\r2"},
        {"item_id": "39000001", "part": 100},
        {"item_id": "39000001", "parts": -1},
        {"item_id": "39000001", "owner_isil": "DE_1"},
        {"item_id": "39000001", "usage": 0x0F},
        {"item_id": "39000001", "size": 8},
        {"item_id": "39000001", "size": 33},
        {"item_id": "39000001", "others": {E.SHELF_LOCATION: ""}},
    ],
)
def test_what_does_not_fit_is_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        encode_28560_2(**arguments)  # type: ignore[arg-type]


def test_the_item_id_comes_first() -> None:
    with pytest.raises(ValueError, match="first"):
        encode_elements({E.OWNER_ISIL: "FI-He", E.ITEM_ID: "39000001"})
