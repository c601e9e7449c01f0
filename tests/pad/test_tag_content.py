"""What tags of all models mean to the pad, and how many exchanges it takes to know."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import TagRead
from kiosk.circulation.values import CardTag, ItemKey, ItemTag, Media, PatronId, TagContent, UnreadTag
from kiosk.lab.loop import run
from kiosk.pad import PadSettings, TagSettings
from kiosk.rfid.tags import Element, Usage, encode_501, encode_28560_2, encode_28560_3, encode_elements
from tests.pad.field_of_tags import Field, Story, tell

A = "E004015012AB0001"
SHELF = {Element.SHELF_LOCATION: "FICTION, ROOM 12"}


def play(field: Field, story: Callable[[Story], Awaitable[None]], tags: TagSettings) -> None:
    run(tell(field, story, PadSettings(tags=tags)))


def seen(memory: bytes, tags: TagSettings | None = None) -> tuple[TagContent, list[str]]:
    """What is posted for a tag, and the exchanges with it up to then."""
    field = Field()
    field.put(A, memory)
    out: list[tuple[TagContent, list[str]]] = []

    async def story(told: Story) -> None:
        await asyncio.sleep(0.5)
        (read,) = [each for each in told.posts if isinstance(each, TagRead)]
        # once it was read, it is asked for its AFI
        exchanges = [line.split()[0] for line in field.log[: field.log.index(f"info {A}")] if A in line]
        out.append((read.tag.content, exchanges))

    play(field, story, tags or TagSettings())
    return out[0]


ITEM = ItemTag(ItemKey("39000001", "FI-He"))


@pytest.mark.parametrize(
    ("memory", "content", "exchanges"),
    [
        (encode_28560_3("39000001", "FI-He", size=112), ITEM, 1),
        (encode_28560_2("39000001", "FI-He", size=112), ITEM, 1),
        (encode_501("39000001", 1, 2).ljust(112, b"\0"), ItemTag(ItemKey("39000001"), 1, 2, Media.BOOK), 1),
        # the last two bytes of a long owner are behind the first look, and so is an owner behind a shelf
        (
            encode_28560_3("39000001", "DK-12345678901", size=112),
            ItemTag(ItemKey("39000001", "DK-12345678901")),
            2,
        ),
        (
            encode_28560_2("39000001", "", 2, 3, size=112, others={**SHELF, Element.OWNER_ISIL: "FI-He"}),
            ItemTag(ItemKey("39000001", "FI-He"), 2, 3),
            2,
        ),
    ],
)
def test_a_tag_is_read_in_as_few_exchanges_as_it_allows(
    memory: bytes, content: TagContent, exchanges: int
) -> None:
    assert seen(memory) == (content, ["read"] * exchanges)


def test_a_tag_that_ends_before_it_was_said_to_is_read_to_its_end() -> None:
    memory = encode_28560_2("39000001", "", others=SHELF)[:32]
    content, exchanges = seen(memory.replace(b"\xff\xff", b"\0\0"))
    assert content == ItemTag(ItemKey("39000001"))
    assert exchanges[0] == "read"


@pytest.mark.parametrize(
    ("usage", "content"),
    [
        (Usage.CIRCULATING, ITEM),
        (Usage.CIRCULATING_ONLY_ONLINE, ITEM),
        (Usage.NOT_FOR_CIRCULATION, ITEM),
        (Usage.ACQUISITION, ITEM),
        (Usage.NO_INFORMATION, ITEM),
        (Usage.EQUIPMENT, ITEM),
        (Usage.DISCARDED, UnreadTag(Reason.TAG_FOREIGN)),
        (Usage.DISCARDED_SOLD, UnreadTag(Reason.TAG_FOREIGN)),
        (Usage.PATRON_CARD, CardTag(PatronId("39000001"))),
        (Usage.PATRON_CARD_CHILD, CardTag(PatronId("39000001"))),
    ],
)
def test_a_card_is_no_item_and_what_does_not_circulate_is_for_the_ils_to_refuse(
    usage: Usage, content: TagContent
) -> None:
    assert seen(encode_28560_2("39000001", "FI-He", usage=usage, size=112))[0] == content
    assert seen(encode_28560_3("39000001", "FI-He", usage=usage, size=112))[0] == content


def test_a_card_whose_usage_stands_late_is_no_item() -> None:
    long = {Element.TITLE: "A title that fills all that is read at first sight"}
    memory = bytearray(encode_28560_2("21000001", "FI-He", usage=Usage.PATRON_CARD, size=128))
    assert seen(bytes(memory))[0] == CardTag(PatronId("21000001"))
    late = encode_elements({1: "21000001", **long, Element.TYPE_OF_USAGE: "81"}, 128)
    assert seen(late)[0] == CardTag(PatronId("21000001"))


def test_what_the_settings_say_of_tags() -> None:
    tags = TagSettings(
        tag_models=("dsfid:00=iso28560-3",),
        tag_owners=("FI-He",),
        tag_texts=("[0-9]{8}",),
        tag_uids=(f"{A.lower()}=39000077",),
    )
    assert seen(encode_28560_3("39000001", "FI-He", size=112), tags)[0] == ITEM
    assert seen(encode_28560_3("39000001", "FI-Em", size=112), tags)[0] == UnreadTag(Reason.TAG_FOREIGN)
    assert seen(bytes(112), tags)[0] == ItemTag(ItemKey("39000077"))
    texts = TagSettings(tag_texts=("[0-9]{8}",))
    late = (bytes(range(1, 32)) * 2 + b"39000005").ljust(112, b"\0")
    assert seen(late, texts)[0] == ItemTag(ItemKey("39000005"))
    assert seen(late)[0] == UnreadTag(Reason.TAG_FOREIGN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tag_models": ("dsfid:0=iso28560-3",)},
        {"tag_models": ("afi:07=danish",)},
        {"tag_models": ("owner:=rfid501",)},
        {"tag_texts": ("(",)},
        {"tag_uids": ("E004=1",)},
    ],
)
def test_wrong_settings_are_refused_by_name(wrong: dict[str, tuple[str, ...]]) -> None:
    (name,) = wrong
    with pytest.raises(ValueError, match=name):
        TagSettings(**wrong)
