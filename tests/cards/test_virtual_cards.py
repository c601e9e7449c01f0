"""Cards of every kind on a virtual reader of the real PC/SC service: read, told apart, named or refused."""

import asyncio
import threading
from dataclasses import dataclass

import pytest

from kiosk.cards import CardNaming, Named, Source, Why, name_of
from kiosk.ids import IdRules
from kiosk.rfid.cards import Card, CardKind, CardRead, CardRemoved, PcscService, PcscWatcher
from kiosk.rfid.tags import Element, Usage, encode_28560_3, encode_elements
from kiosk.simulator import card as virtual
from kiosk.simulator.cardlink import CardLink
from kiosk.simulator.pcscd import borrow_pcscd

NAMING = CardNaming(
    proximity=(Source.TEXT, Source.URI, Source.UID),
    felica=(Source.UID,),
    vicinity=(Source.TEXT, Source.URI, Source.LIBRARY, Source.UID),
)
RULES = IdRules(patron_chain=("after-last:/", "after-last::"))
LONGEST_S = 60
URI = "https://lib.example/p/21000001"


@dataclass(frozen=True)
class Case:
    """A card, what it must be taken for, and whom it names or why nobody."""

    shown: virtual.Card
    kind: CardKind
    uid: str
    named: str | Why


def block(item: str, usage: Usage, owner: str = "DE-Heu1") -> str:
    return encode_28560_3(item, owner, usage=usage, size=64).hex()


def elements(item: str, usage: Usage) -> str:
    """ISO 28560-2, with so much before the usage that it stands behind what is read first."""
    long = {Element.TITLE: "A title that fills all that is read at first"}
    return encode_elements({1: item, **long, Element.TYPE_OF_USAGE: f"{usage:02X}"}, 112).hex()


CASES = {
    "classic": Case(virtual.Card(kind=virtual.Kind.CLASSIC), CardKind.MIFARE_CLASSIC, "4B495243", "4B495243"),
    "ultralight": Case(
        virtual.Card(kind=virtual.Kind.ULTRALIGHT),
        CardKind.MIFARE_ULTRALIGHT,
        "044B4952CB6480",
        "044B4952CB6480",
    ),
    "ntag-text": Case(
        virtual.Card("21000001", kind=virtual.Kind.ULTRALIGHT),
        CardKind.MIFARE_ULTRALIGHT,
        "044B4952CB6480",
        "21000001",
    ),
    "desfire": Case(
        virtual.Card(kind=virtual.Kind.DESFIRE), CardKind.DESFIRE, "04524B49524B80", "04524B49524B80"
    ),
    "desfire-uri": Case(
        virtual.Card(uri=URI, kind=virtual.Kind.DESFIRE), CardKind.DESFIRE, "04524B49524B80", "21000001"
    ),
    "phone": Case(virtual.Card(kind=virtual.Kind.PHONE), CardKind.SMART_CARD, "084B4952", Why.RANDOM_UID),
    "phone-uri": Case(
        virtual.Card(uri="urn:lib:21000001", kind=virtual.Kind.PHONE),
        CardKind.SMART_CARD,
        "084B4952",
        "21000001",
    ),
    "felica": Case(
        virtual.Card(kind=virtual.Kind.FELICA), CardKind.FELICA, "01394B49524B01E0", "01394B49524B01E0"
    ),
    "vicinity-uri": Case(virtual.Card(uri=URI), CardKind.ISO15693, "E00401504B49524B", "21000001"),
    "vicinity-uid": Case(virtual.Card(), CardKind.ISO15693, "E00401504B49524B", "E00401504B49524B"),
    "library-card": Case(
        virtual.Card(raw=block("21000001", Usage.PATRON_CARD)),
        CardKind.ISO15693,
        "E00401504B49524B",
        "21000001",
    ),
    "book": Case(
        virtual.Card(raw=block("3100000123", Usage.CIRCULATING)),
        CardKind.ISO15693,
        "E00401504B49524B",
        Why.BOOK,
    ),
    "library-card-2": Case(
        virtual.Card(raw=elements("21000001", Usage.PATRON_CARD_CHILD)),
        CardKind.ISO15693,
        "E00401504B49524B",
        "21000001",
    ),
    "book-2": Case(
        virtual.Card(raw=elements("3100000123", Usage.CIRCULATING)),
        CardKind.ISO15693,
        "E00401504B49524B",
        Why.BOOK,
    ),
    "damaged": Case(
        virtual.Card(raw="1101013131" + block("3100000123", Usage.CIRCULATING)[10:]),
        CardKind.ISO15693,
        "E00401504B49524B",
        Why.DAMAGED,
    ),
}


def watched(watcher: PcscWatcher, want: type[CardRead | CardRemoved], over: threading.Event) -> Card | None:
    while not over.is_set():
        for report in watcher.next(0.5):
            if isinstance(report, want):
                return report.card if isinstance(report, CardRead) else None
    raise AssertionError("nobody waits any more")


async def shown_one_after_the_other(slot: int) -> dict[str, Card]:
    link, watcher, over = (
        CardLink(slot),
        PcscWatcher(PcscService(), "Virtual PCD 00 00"),
        threading.Event(),
    )
    read: dict[str, Card] = {}
    try:
        async with asyncio.timeout(LONGEST_S):
            await asyncio.to_thread(watched, watcher, CardRemoved, over)
            for name, case in CASES.items():
                await link.show(case.shown)
                card = await asyncio.to_thread(watched, watcher, CardRead, over)
                assert card is not None
                read[name] = card
                await link.show(None)
                await asyncio.to_thread(watched, watcher, CardRemoved, over)
    finally:
        over.set()
        await link.show(None)
        watcher.stop()
    return read


@pytest.fixture(scope="module")
def read() -> dict[str, Card]:
    with borrow_pcscd() as virtual:
        return asyncio.run(shown_one_after_the_other(virtual.card))


@pytest.mark.parametrize("name", CASES)
def test_a_card_on_the_virtual_reader(read: dict[str, Card], name: str) -> None:
    case, card = CASES[name], read[name]
    assert (card.kind, card.uid) == (case.kind, case.uid)
    named = name_of(card, NAMING, RULES)
    assert case.named == (named.patron or named.why), named
    assert isinstance(named, Named)
