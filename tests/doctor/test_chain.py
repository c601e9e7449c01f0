"""*Test the chain*: cards, codes and tags on the pad become what the maintenance screen shows."""

import asyncio

import pytest

from kiosk.cards import CardNaming, Source
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import SeenTag, Uid, UnreadTag
from kiosk.doctor.chain import ChainWatch, Pad, of_card
from kiosk.ids import IdRules
from kiosk.lab import run
from kiosk.maintenance.views import Came, ChainEnd, ChainFact, ChainFound, ChainStage
from kiosk.rfid.cards import Card, CardKind
from kiosk.rfid.errors import CardPulled
from kiosk.rfid.tags import LibraryTag, NdefMessage, TagMemory, Usage, decode_tag, encode_28560_3
from kiosk.words import Words, languages

RULES = IdRules(patron_chain=("after-last:/",), patron_prefix="21", item_prefix="31")
UID, TURNED = "E004010012345678", "78563412000104E0"


class Heap:
    """What lies on the pad: memory by uid, None for what does not answer."""

    def __init__(self, **tags: bytes | None) -> None:
        self.held = tags

    def tags(self) -> list[SeenTag]:
        return [SeenTag(Uid(uid), 0, UnreadTag(Reason.TAG_BLANK)) for uid in self.held]

    async def memory(self, uid: Uid) -> TagMemory | None:
        await asyncio.sleep(0.02)
        held = self.held.get(uid)
        return None if held is None else decode_tag(held)


def watch(heap: Heap | None = None) -> ChainWatch:
    lying = heap or Heap()
    return ChainWatch(CardNaming(), RULES, Pad(lying.tags, lying.memory))


def test_a_card_with_a_uri() -> None:
    uri = "https://lib.example/p/21000001"
    found: list[ChainFound] = []

    async def whole() -> None:
        chain = watch()
        chain.follow(found.append)
        chain.card(Card("04A1B2C3", b"", CardKind.MIFARE_CLASSIC, ndef=NdefMessage((), (uri,))))
        chain.follow(None)
        chain.card(Card("04A1B2C3"))
        chain.code("21000001")
        await asyncio.sleep(1)

    run(whole())
    assert found == [
        ChainFound(
            Came.CARD,
            (
                ChainFact("kind", says="maintenance.chain.kind.mifare-classic"),
                ChainFact("uid", "04A1B2C3"),
                ChainFact("uid-turned", "C3B2A104"),
                ChainFact("uri", uri),
            ),
            (
                ChainEnd(
                    "patron",
                    "uri",
                    (
                        ChainStage("clean", uri),
                        ChainStage("after-last:/", "21000001"),
                        ChainStage("prefix:21", "21000001"),
                    ),
                    "21000001",
                ),
            ),
        )
    ]


def test_a_felica_and_a_book_and_a_card_that_was_pulled() -> None:
    felica = of_card(Card("0139010203040506", b"", CardKind.FELICA), CardNaming(), RULES)
    assert ChainFact("idm", "0139010203040506") in felica.facts
    assert felica.ends == (ChainEnd("patron", why="nothing"),)
    book = Card(UID, b"", CardKind.ISO15693, memory=LibraryTag("3100000123", "DE-Heu1", part=1, parts=2))
    told = of_card(book, CardNaming(vicinity=(Source.UID,)), RULES)
    assert told.ends == (ChainEnd("patron", why="book"),)
    assert told.facts[3:] == (
        ChainFact("use", says="maintenance.chain.use.item"),
        ChainFact("model", "iso28560-3"),
        ChainFact("tag", "3100000123"),
        ChainFact("owner", "DE-Heu1"),
        ChainFact("part", "1/2"),
    )
    found: list[ChainFound] = []

    async def whole() -> None:
        chain = watch()
        chain.follow(found.append)
        chain.card(CardPulled("too quick"))
        chain.follow(None)

    run(whole())
    assert found == [ChainFound(Came.CARD, (), (ChainEnd("patron", why="unread"),))]


def test_a_code_goes_through_both_chains() -> None:
    found: list[ChainFound] = []

    async def whole() -> None:
        chain = watch()
        chain.follow(found.append)
        chain.code("3100000123")
        chain.follow(None)

    run(whole())
    patron, item = found[0].ends
    assert (patron.id, patron.why, patron.stages[-1].problem) == ("", "refused", "wrong-prefix")
    assert (item.id, item.why) == ("3100000123", "")


@pytest.mark.parametrize(
    ("memory", "end"),
    [
        (bytes(32), ChainEnd("item", why="blank")),
        (None, ChainEnd("item", why="unread")),
        (b"\x77" * 64, ChainEnd("item", why="foreign")),
        (
            encode_28560_3("21000007", usage=Usage.PATRON_CARD),
            ChainEnd(
                "patron",
                "tag",
                (
                    ChainStage("clean", "21000007"),
                    ChainStage("after-last:/", "21000007"),
                    ChainStage("prefix:21", "21000007"),
                ),
                "21000007",
            ),
        ),
    ],
)
def test_tags_on_the_pad_are_told_once_each(memory: bytes | None, end: ChainEnd) -> None:
    heap, found = Heap(), list[ChainFound]()

    async def whole() -> None:
        chain = watch(heap)
        chain.follow(found.append)
        await asyncio.sleep(1)
        assert not found
        heap.held = {UID: memory}
        await asyncio.sleep(2)
        assert len(found) == 1
        heap.held = {}
        await asyncio.sleep(1)
        heap.held = {UID: memory}
        await asyncio.sleep(1)
        chain.follow(None)

    run(whole())
    assert len(found) == 2, "once each time that it is put down"
    assert found[0].facts[:2] == (ChainFact("uid", UID), ChainFact("uid-turned", TURNED))
    assert found[0].ends == (end,)


def test_everything_that_can_be_said_has_words() -> None:
    kinds = [f"maintenance.chain.kind.{kind.value}" for kind in CardKind]
    for language in languages():
        words = Words(language)
        assert all(words.say(key) for key in kinds)
