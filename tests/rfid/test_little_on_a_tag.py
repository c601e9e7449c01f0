"""Real tags that hold little more than an item id, whole or cut short: they are somebody's, and say so."""

import pytest

from kiosk.rfid.tags import (
    BlockOrder,
    DamagedTag,
    Element,
    ForeignTag,
    LibraryTag,
    Model,
    Usage,
    decode_tag,
    encode_28560_2,
    encode_28560_3,
)
from kiosk.rfid.tags.model import turn_blocks
from tests.rfid.tags_seen import SEEN

LITTLE = (
    # an integer, with and without set information
    ("11046091CE43140165", "1620168259"),
    ("11046091CE43", "1620168259"),
    ("11012A140165", "42"),
    ("4105071CB3D358140165", "A12345"),
    # nothing but the item id, in each compaction
    ("4108189C72CF4D76DF88", "FI12345678"),
    ("41071100B0C30C30CA", "DPB000002"),
    ("410B205333C30C72CF4D76DF88", "HEL30012345678"),
    ("4108CF9B71CB3D35DB78", "39-1234567"),
    ("4103042C72", "AB12"),
    ("31020886", "ABC"),
    ("310508864298E8", "ABCDEFGH"),
    ("210730000012345678", "30000012345678"),
    ("2104 0123456F", "0123456"),
    ("5109D9A713060C59336CDF", "lib0012367"),
    ("510762C99B46AD9BB8", "12345678"),
    ("010E3330303030303132333435363738", "30000012345678"),
    ("610A62313632303135343432", "b162015442"),
    ("61023432", "42"),
    ("710A62313632303135343432", "b162015442"),
    # locked, so that it fills a memory block of four or of eight bytes
    ("C1020B205333C30C72CF4D76DF880000", "HEL30012345678"),
    ("A106073000001234567880808080808080", "30000012345678"),
)
"""Data sets of ISO 28560-2 and the item id in them, from an independent reading of ISO/IEC 15962."""

little = pytest.mark.parametrize(("sets", "item_id"), LITTLE)


@little
@pytest.mark.parametrize("size", [28, 32, 64, 112, 256])
@pytest.mark.parametrize("filler", [b"\x00", b"\xff"], ids=["00", "FF"])
@pytest.mark.parametrize("order", BlockOrder)
def test_an_item_id_with_filler_behind_it_is_a_librarys_tag(
    sets: str, item_id: str, size: int, filler: bytes, order: BlockOrder
) -> None:
    memory = bytes.fromhex(sets).ljust(size, filler)
    tag = decode_tag(turn_blocks(memory, 4) if order is BlockOrder.REVERSED else memory)
    assert isinstance(tag, LibraryTag), tag
    assert (tag.model, tag.item_id, tag.order) == (Model.ISO28560_2, item_id, order)


def test_a_damaged_basic_block_is_still_told_from_data_sets() -> None:
    memory = bytearray(encode_28560_3("1000000056", "DK-718500", size=112))
    for byte in (4, 9, 22):
        memory[byte] ^= 0x80
        tag = decode_tag(bytes(memory))
        assert isinstance(tag, DamagedTag)
        assert tag.model is Model.ISO28560_3


WHOLE = (
    ("410B205333C30C72CF4D76DF88140165", "HEL30012345678"),
    ("410B205333C30C72CF4D76DF88050110", "HEL30012345678"),
    ("110703903BE5ADD182030532408E2D3F", "1003011860976002"),
    ("4108CF9B71CB3D35DB7803042141E705", "39-1234567"),
    ("210730000012345678", "30000012345678"),
    ("410BCF0C30C30C72CF4D76DF88", "30000012345678"),
    ("010E3330303030303132333435363738", "30000012345678"),
)
"""Memories that end with their last data set."""


@pytest.mark.parametrize(("memory", "item_id"), WHOLE)
def test_what_is_too_short_to_be_believed_says_its_item_id_all_the_same(memory: str, item_id: str) -> None:
    tag = decode_tag(bytes.fromhex(memory))
    assert isinstance(tag, LibraryTag | DamagedTag), tag
    assert (tag.model, tag.item_id) == (Model.ISO28560_2, item_id)
    if isinstance(tag, DamagedTag):
        assert "too few to believe it" in tag.why


WRITTEN = [
    encode_28560_2(item_id, owner, 1, 2, usage, 112, others=others, locked=locked)
    for item_id in ("30000012345678", "A12345", "0012345", "b1620154429", "39-1234567", "ABC")
    for owner, usage in (("FI-Hki", Usage.CIRCULATING), ("", Usage.PATRON_CARD))
    for others, locked in (({}, ()), ({Element.TITLE: "Sinuhé"}, (1, 2, 3)))
]


@pytest.mark.parametrize(
    "memory",
    [
        *(bytes.fromhex(sets).ljust(112, b"\0") for sets, _ in LITTLE),
        *(bytes.fromhex(whole).ljust(112, b"\0") for whole, _ in WHOLE),
        *WRITTEN,
        *(seen.memory.ljust(112, b"\0") for seen in SEEN if seen.model is Model.ISO28560_2),
    ],
    ids=lambda memory: memory.hex()[:20],
)
def test_more_bytes_never_say_less(memory: bytes) -> None:
    """Once a memory was read far enough to say its item id, it says it however far it is read."""
    whole = decode_tag(memory)
    assert isinstance(whole, LibraryTag)
    said = [getattr(decode_tag(memory[:size]), "item_id", None) for size in range(1, len(memory))]
    known = next(at for at, item_id in enumerate(said) if item_id is not None)
    assert known < 40
    assert set(said[known:]) == {whole.item_id}
    models = [decode_tag(memory[:size]).model for size in range(known + 1, len(memory))]
    assert set(models) == {Model.ISO28560_2}


@pytest.mark.parametrize("memory", ["11", "1104", "91 00", "00 11", "A5"])
def test_one_or_two_bytes_are_of_no_model(memory: str) -> None:
    tag = decode_tag(bytes.fromhex(memory))
    assert isinstance(tag, ForeignTag)
    assert (tag.model, tag.more) == (Model.UNKNOWN, 32)
    assert "too few" in tag.why


def test_an_item_id_and_nothing_else_says_so() -> None:
    tag = decode_tag(bytes.fromhex("1104 6091CE43"))
    assert isinstance(tag, LibraryTag)
    assert tag.why == "an item id of ISO 28560-2 and not a byte more"


@pytest.mark.parametrize("memory", WRITTEN[::3], ids=lambda memory: memory.hex()[:20])
def test_half_a_block_that_was_written_backwards_says_nothing(memory: bytes) -> None:
    whole = decode_tag(memory)
    assert isinstance(whole, LibraryTag)
    backwards = turn_blocks(memory, 4)
    for size in range(6, 64):
        tag = decode_tag(backwards[:size])
        assert getattr(tag, "item_id", None) in {None, whole.item_id}
        assert tag.model in {Model.ISO28560_2, Model.UNKNOWN}
        assert not tag.more or tag.more > size


@pytest.mark.parametrize("item_id", ["00$12345678", "Bücher12", "B/1.2-3"])
def test_one_alphabet_for_the_item_ids_of_all_models(item_id: str) -> None:
    fixed = decode_tag(encode_28560_3(item_id, "DE-15")[:24])
    assert isinstance(fixed, DamagedTag)
    assert (fixed.model, fixed.item_id) == (Model.ISO28560_3, item_id)
    assert decode_tag(encode_28560_2(item_id, "DE-15", size=112)) == LibraryTag(
        item_id, "DE-15", model=Model.ISO28560_2, version=0
    )


@pytest.mark.parametrize(
    "noise",
    [
        # two bytes that look like the head of a long text in UTF-8, which it is not
        "110543A993DB3B7D697BB47DAEC1B1FE94EEE7ABFA91A5E0DC79A06651EBCDE9",
        # the same in ISO 8859-1, where most bytes are letters
        "110543A993DB3B6D69" + "E9F1C3A8" * 5 + "D7E1F0",
    ],
)
def test_bytes_of_a_text_that_goes_on_prove_it_only_when_they_are_one(noise: str) -> None:
    assert isinstance(decode_tag(bytes.fromhex(noise)), ForeignTag)
