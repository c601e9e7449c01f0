"""Tags that say less of themselves than most: they are read as far as they go, and cost nobody the pad."""

import asyncio

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import AfiSeen, TagRead
from kiosk.circulation.values import (
    AFI_UNKNOWN,
    ItemKey,
    ItemTag,
    Media,
    SeenTag,
    TagContent,
    Uid,
    UnreadTag,
)
from kiosk.lab.loop import run
from kiosk.pad import PadSettings, TagSettings
from kiosk.rfid import errors
from kiosk.rfid.iso15693 import Told
from kiosk.rfid.tags import (
    Element,
    encode_501,
    encode_28560_2,
    encode_28560_3,
    encode_elements,
    library_block,
    text_block,
)
from tests.pad.field_of_tags import Field, Story, tell

A, B = "E007015012AB0001", "E004015012AB0002"
ITEM = ItemTag(ItemKey("39000001", "FI-He"))
LATE = encode_28560_2("39000001", "", others={Element.TITLE: "x" * 30, Element.OWNER_ISIL: "FI-He"})
SHORT = encode_elements({1: "39000001", 2: "", 3: "FI-He"})


def lie_there(field: Field, tags: TagSettings | None = None, *, media: bool = False) -> dict[str, TagContent]:
    """What the pad says after a while of each tag in the field; the pad is still at work."""
    seen: dict[str, TagContent] = {}

    async def story(told: Story) -> None:
        await asyncio.sleep(3)
        seen.update({each.tag.uid: each.tag.content for each in told.posts if isinstance(each, TagRead)})
        told.posts.clear()
        field.put("E004015012AB00FF")
        await asyncio.sleep(1)
        assert any(isinstance(each, TagRead) for each in told.posts), "the pad is at work"

    run(tell(field, story, PadSettings(tags=tags or TagSettings()), media=media))
    return seen


@pytest.mark.parametrize("told", [Told.AFI, Told(0), Told.ALL ^ Told.MEMORY])
@pytest.mark.parametrize("gives_fewer", [False, True])
@pytest.mark.parametrize(
    ("memory", "content"),
    [
        (b"\xde\xad\xbe\xef" * 28, UnreadTag(Reason.TAG_FOREIGN)),
        (encode_28560_3("39000001", "FI-He", size=112), ITEM),
        (LATE, ITEM),
        (SHORT, ITEM),
    ],
    ids=["foreign", "basic block", "owner last", "20 bytes"],
)
def test_a_tag_that_does_not_tell_its_memory_is_read_as_far_as_it_goes(
    told: Told, gives_fewer: bool, memory: bytes, content: TagContent
) -> None:
    field = Field()
    field.gives_fewer = gives_fewer
    field.put(A, memory).told = told
    field.put(B, encode_28560_3("39000002", size=32))
    assert lie_there(field) == {A: content, B: ItemTag(ItemKey("39000002"))}


def test_one_that_tells_nothing_and_gives_nothing_is_foreign() -> None:
    field = Field()
    tag = field.put(A, bytes(112))
    tag.told = Told(0)
    tag.own_faults["read"] = [errors.TagRefused("no")] * 99
    assert lie_there(field) == {A: UnreadTag(Reason.TAG_FOREIGN)}


def test_an_afi_that_was_not_told_is_nobodys() -> None:
    field = Field()
    field.put(A, encode_28560_3("39000001", size=112)).told = Told.MEMORY

    async def story(told: Story) -> None:
        await asyncio.sleep(3)
        assert any(isinstance(each, TagRead) for each in told.posts)
        assert not any(isinstance(each, AfiSeen) for each in told.posts)

    run(tell(field, story))


@pytest.mark.parametrize("block_size", [4, 8])
@pytest.mark.parametrize("blocks", [5, 6, 7])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_small_tag_of_which_the_reader_gives_fewer_blocks(
    block_size: int, blocks: int, backwards: bool
) -> None:
    """Its blocks are as long as it says, and not an eighth of what came."""
    memory = SHORT.ljust(block_size * blocks, b"\0")
    if backwards:
        memory = b"".join(memory[at : at + block_size][::-1] for at in range(0, len(memory), block_size))
    field = Field()
    field.gives_fewer = True
    field.put(A, memory).block_size = block_size
    assert lie_there(field) == {A: ITEM}


# ---- what the inventory told, and what is worth reading on for -----------------------------------


def arrival(field: Field, tags: TagSettings | None = None, *, media: bool = False) -> tuple[SeenTag, int]:
    """What is posted for the one tag in the field, and how often it was read for that."""
    out: list[tuple[SeenTag, int]] = []

    async def story(told: Story) -> None:
        for _ in range(1000):
            await asyncio.sleep(0.001)
            if arrived := [each.tag for each in told.posts if isinstance(each, TagRead)]:
                out.append((arrived[0], len(field.said("read"))))
                return

    run(tell(field, story, PadSettings(tags=tags or TagSettings()), media=media))
    return out[0]


@pytest.mark.parametrize(
    ("tag_models", "afi"),
    [
        (("dsfid:3E=iso28560-3",), AFI_UNKNOWN),
        (("dsfid:06=iso28560-2",), AFI_UNKNOWN),
        (("dsfid:3E=iso28560-3", "afi:D7=rfid501"), AFI_UNKNOWN),
        (("afi:D7=rfid501",), 0x07),
    ],
)
def test_a_dsfid_that_the_inventory_told_is_not_asked_for(tag_models: tuple[str, ...], afi: int) -> None:
    """Only who has to be asked for its system information comes with its AFI."""
    field = Field()
    field.put(A, encode_28560_3("39000001", "FI-He", size=112)).dsfid = 0x3E
    assert arrival(field, TagSettings(tag_models=tag_models)) == (SeenTag(Uid(A), afi, ITEM), 1)


def test_a_tag_is_what_the_settings_say_of_its_dsfid() -> None:
    for dsfid, model in ((0x3E, "dsfid:3E=rfid501"), (None, "dsfid:00=rfid501")):
        field = Field()
        field.put(A, encode_28560_3("39000001", "FI-He", size=112)).dsfid = dsfid
        seen, _ = arrival(field, TagSettings(tag_models=(model,)))
        assert seen.content == UnreadTag(Reason.TAG_DAMAGED)


ONIX = {Element.TITLE: "x" * 30, Element.ONIX_MEDIA_FORMAT: "AC"}
CD, TITLE = library_block(2), text_block(4, "A title before the media format")


@pytest.mark.parametrize(
    ("memory", "media", "reads"),
    [
        (encode_28560_3("39000001", "FI-He", size=112, extensions=(CD,)), Media.CD, 2),
        (encode_28560_3("39000001", "FI-He", size=112, extensions=(TITLE, CD)), Media.CD, 3),
        (encode_28560_3("39000001", "FI-He", size=112, extensions=(CD, TITLE)), Media.CD, 2),
        (encode_28560_3("39000001", "FI-He", size=112), Media.UNKNOWN, 2),
        (encode_28560_3("39000001", "FI-He", size=32), Media.UNKNOWN, 2),
        (encode_28560_2("39000001", "FI-He", size=112, others=ONIX), Media.CD, 2),
        (encode_28560_2("39000001", "FI-He", size=112), Media.UNKNOWN, 1),
        (encode_501("39000001").ljust(112, b"\0"), Media.BOOK, 1),
    ],
)
def test_a_tag_is_read_on_for_its_media_only_where_that_is_wanted(
    memory: bytes, media: Media, reads: int
) -> None:
    field = Field()
    field.put(A, memory)
    seen, read = arrival(field, media=True)
    assert isinstance(seen.content, ItemTag)
    assert (seen.content.item.id, seen.content.media, read) == ("39000001", media, reads)
    field = Field()
    field.put(A, memory)
    seen, read = arrival(field)
    assert isinstance(seen.content, ItemTag)
    assert (seen.content.item.id, read) == ("39000001", 1)
