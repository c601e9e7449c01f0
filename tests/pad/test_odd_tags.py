"""Tags that say less of themselves than most: they are read as far as they go, and cost nobody the pad."""

import asyncio

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import AfiSeen, TagRead
from kiosk.circulation.values import ItemKey, ItemTag, TagContent, UnreadTag
from kiosk.lab.loop import run
from kiosk.pad import PadSettings, TagSettings
from kiosk.rfid import errors
from kiosk.rfid.iso15693 import Told
from kiosk.rfid.tags import Element, encode_28560_2, encode_28560_3, encode_elements
from tests.pad.field_of_tags import Field, Story, tell

A, B = "E007015012AB0001", "E004015012AB0002"
ITEM = ItemTag(ItemKey("39000001", "FI-He"))
LATE = encode_28560_2("39000001", "", others={Element.TITLE: "x" * 30, Element.OWNER_ISIL: "FI-He"})
SHORT = encode_elements({1: "39000001", 2: "", 3: "FI-He"})


def lie_there(field: Field, tags: TagSettings | None = None) -> dict[str, TagContent]:
    """What the pad says after a while of each tag in the field; the pad is still at work."""
    seen: dict[str, TagContent] = {}

    async def story(told: Story) -> None:
        await asyncio.sleep(3)
        seen.update({each.tag.uid: each.tag.content for each in told.posts if isinstance(each, TagRead)})
        told.posts.clear()
        field.put("E004015012AB00FF")
        await asyncio.sleep(1)
        assert any(isinstance(each, TagRead) for each in told.posts), "the pad is at work"

    run(tell(field, story, PadSettings(tags=tags or TagSettings())))
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
