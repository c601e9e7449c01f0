"""Cards become patrons: once each, whatever the reader does meanwhile."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import TypeVar

import pytest

from kiosk.cards import CardNaming, CardSettings, Named, PcscCards, Source, Why, name_of
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CardReport, CardShown, CardUnread, DeviceChanged
from kiosk.circulation.values import Condition, Device, PatronId
from kiosk.ids import IdRules
from kiosk.lab import run
from kiosk.rfid import cards as rfid
from kiosk.rfid import errors
from kiosk.rfid.cards import CardKind
from kiosk.rfid.tags import (
    BlankTag,
    DamagedTag,
    ForeignTag,
    LibraryTag,
    NdefMessage,
    TagMemory,
    Usage,
    decode_tag,
)

T = TypeVar("T")

DESK = "Desk reader 00"
READY = DeviceChanged(Device.CARDS, Condition.READY)
MISSING = DeviceChanged(Device.CARDS, Condition.MISSING, Reason.CARD_READER_MISSING)
HERE = rfid.ReadersChanged((DESK,))
GONE = rfid.ReadersChanged(())
LIFTED = rfid.CardRemoved(DESK)
UNREADABLE = CardUnread(Reason.CARD_UNREADABLE)

Step = rfid.CardReport | float | errors.CardServiceGone


UID_TOO = CardNaming(
    proximity=(Source.TEXT, Source.URI, Source.UID),
    felica=(Source.UID,),
    vicinity=(Source.TEXT, Source.URI, Source.LIBRARY, Source.UID),
)
"""What a library writes whose ILS knows cards by their uids."""


def card(
    uid: str = "04112233",
    text: str | None = None,
    memory: TagMemory | None = None,
    *,
    uri: str | None = None,
    kind: CardKind | None = None,
) -> rfid.Card:
    kind = kind or (CardKind.UNKNOWN if memory is None else CardKind.ISO15693)
    ndef = NdefMessage(() if text is None else (text,), () if uri is None else (uri,))
    return rfid.Card(uid, b"\x3b", kind, uid, ndef if text or uri else None, memory)


def read(uid: str = "04112233", text: str | None = None, memory: TagMemory | None = None) -> rfid.CardRead:
    return rfid.CardRead(DESK, card(uid, text, memory))


class End(Exception):
    """The story is told."""


class ScriptedWatcher:
    """Reports one step at a time; a number is so many seconds in which nothing happens."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = list(steps)
        self.stopped = False

    def next(self, timeout_s: float) -> list[rfid.CardReport]:
        if not self.steps:
            raise End
        step = self.steps.pop(0)
        if isinstance(step, errors.CardServiceGone):
            raise step
        if isinstance(step, float):
            asyncio.get_running_loop().spend(step)  # type: ignore[attr-defined]
            return []
        return [step]

    def stop(self) -> None:
        self.stopped = True


def posted(
    *steps: Step,
    settings: CardSettings | None = None,
    ids: IdRules | None = None,
    naming: CardNaming | None = None,
) -> list[CardReport]:
    posts: list[CardReport] = []
    watcher = ScriptedWatcher(steps)

    async def inline(fn: Callable[..., T], *args: object) -> T:
        return fn(*args)

    async def whole() -> None:
        cards = PcscCards(
            settings or CardSettings(), inline, ids or IdRules(), Random(1), naming, watcher=watcher
        )
        with pytest.raises(End):
            await cards.run(posts.append)

    run(whole())
    assert watcher.stopped
    return posts


def shown(patron: str) -> CardShown:
    return CardShown(PatronId(patron))


def test_the_text_of_a_card_names_the_patron() -> None:
    assert posted(HERE, LIFTED, read(text="21000001")) == [READY, shown("21000001")]


def test_else_the_library_s_own_card_does() -> None:
    own = LibraryTag("21000002", usage=Usage.PATRON_CARD)
    assert posted(HERE, read(memory=own)) == [READY, shown("21000002")]


def test_the_uid_only_where_the_library_wants_it() -> None:
    assert posted(HERE, read()) == [READY, UNREADABLE]
    assert posted(HERE, read(), naming=UID_TOO) == [READY, shown("04112233")]


def test_a_book_is_no_card_even_then() -> None:
    book = read("E004010012345678", memory=LibraryTag("3100000123"))
    assert posted(HERE, book, naming=UID_TOO) == [READY, CardUnread(Reason.CARD_IS_BOOK)]


def test_what_may_have_been_a_book_is_no_card_either() -> None:
    assert posted(HERE, read("E004010012345678", memory=DamagedTag()), naming=UID_TOO) == [READY, UNREADABLE]
    named = name_of(card(memory=DamagedTag()), UID_TOO, IdRules())
    assert (named.why, named.patron) == (Why.DAMAGED, None)


@pytest.mark.parametrize(
    "memory",
    [
        b"39000001".ljust(112, b"\0"),  # an id in plain text, and no pattern for it in the settings
        b"\x55".ljust(32, b"\0"),  # a tag of 3M's that nobody has written yet
    ],
)
def test_a_book_s_tag_that_names_no_item_here_is_no_card_either(memory: bytes) -> None:
    book = card("E004010012345678", memory=decode_tag(memory))
    assert not isinstance(book.memory, LibraryTag | DamagedTag)
    assert name_of(book, UID_TOO, IdRules()).why is Why.DAMAGED


@pytest.mark.parametrize("memory", [BlankTag(), ForeignTag(), None])
def test_an_iso_15693_card_without_a_library_s_data_has_a_uid(memory: TagMemory | None) -> None:
    blank = card("E004010012345678", memory=memory, kind=CardKind.ISO15693)
    assert name_of(blank, UID_TOO, IdRules()).patron == "E004010012345678"
    assert name_of(blank, CardNaming(), IdRules()).why is Why.NOTHING


def test_a_telephone_makes_up_a_uid_and_names_nobody() -> None:
    phone = read("08A1B2C3")
    assert posted(HERE, phone, naming=UID_TOO) == [READY, CardUnread(Reason.CARD_RANDOM)]
    assert posted(HERE, phone) == [READY, CardUnread(Reason.CARD_RANDOM)]
    assert posted(HERE, read("08A1B2C3", text="21000001"), naming=UID_TOO) == [READY, shown("21000001")]


@pytest.mark.parametrize("uid", ["DEADBEEF", "04112233445566", "0102030405060708090A"])
def test_uids_of_every_length(uid: str) -> None:
    assert name_of(card(uid), UID_TOO, IdRules()).patron == uid


def test_a_uid_of_a_length_that_no_uid_has() -> None:
    assert name_of(card("0102030405"), UID_TOO, IdRules()).why is Why.ODD_UID


def test_the_idm_of_a_felica() -> None:
    felica = card("0139010203040506", "a text that nobody asked for", kind=CardKind.FELICA)
    assert name_of(felica, UID_TOO, IdRules()).patron == "0139010203040506"


def test_a_uid_goes_through_its_own_chain() -> None:
    rules = IdRules(patron_chain=("check-luhn",), uid_chain=("reverse-bytes", "hex-to-decimal"))
    named = name_of(card("04A1B2C3"), UID_TOO, rules)
    assert (named.patron, [stage.value for stage in named.stages]) == (
        "3283263748",
        ["04A1B2C3", "C3B2A104", "3283263748"],
    )


def test_a_step_of_the_chain_says_what_the_id_in_a_uri_is() -> None:
    rules = IdRules(patron_chain=("after-last:/",), patron_length=8)
    web = card(uri="https://lib.example/p/21000001")
    assert name_of(web, CardNaming(), rules).patron == "21000001"
    assert name_of(card(uri="https://lib.example"), CardNaming(), rules) == Named(
        None,
        Why.REFUSED,
        Source.URI,
        "https://lib.example",
        rules.explain_patron("https://lib.example"),
    )


def test_the_first_that_a_card_carries_counts_and_no_other() -> None:
    both = card(text="hello", uri="https://lib.example/p/21000001")
    rules = IdRules(patron_chain=("after-last:/",), patron_prefix="21")
    assert name_of(both, CardNaming(), rules).why is Why.REFUSED
    uri_first = CardNaming(proximity=(Source.URI, Source.TEXT))
    assert name_of(both, uri_first, rules).patron == "21000001"


def test_a_library_s_own_card_is_an_iso_15693_card() -> None:
    with pytest.raises(ValueError, match="felica"):
        CardNaming(felica=(Source.LIBRARY,))


def test_somebody_else_hears_what_was_read_and_what_was_not() -> None:
    heard: list[object] = []
    failed = errors.CardPulled("too quick")
    watcher = ScriptedWatcher((read(text="hello"), rfid.CardFailed(DESK, failed)))

    async def inline(fn: Callable[..., T], *args: object) -> T:
        return fn(*args)

    async def whole() -> None:
        cards = PcscCards(CardSettings(), inline, IdRules(), Random(1), watcher=watcher)
        cards.also(heard.append)
        with pytest.raises(End):
            await cards.run(lambda _report: None)

    run(whole())
    assert heard == [card(text="hello"), failed]


@pytest.mark.parametrize("text", ["2100|0001", "2100\r0001", "9" * 65])
def test_a_text_that_can_be_no_id(text: str) -> None:
    assert posted(HERE, read(text=text)) == [READY, UNREADABLE]


def test_a_text_against_the_library_s_rules() -> None:
    assert posted(HERE, read(text="hello"), ids=IdRules(patron_prefix="21")) == [READY, UNREADABLE]


def test_a_card_that_is_moved_a_little_is_one_card() -> None:
    lying = read(text="21000001")
    assert posted(HERE, lying, LIFTED, 0.3, lying) == [READY, shown("21000001")]
    assert posted(HERE, lying, LIFTED, 1.5, lying) == [READY, shown("21000001"), shown("21000001")]


def test_another_card_at_once_is_another_patron() -> None:
    assert posted(HERE, read(text="1"), LIFTED, read("04AA", text="2")) == [READY, shown("1"), shown("2")]


def test_a_restart_of_the_service_shows_no_card_twice() -> None:
    lying, down = read(text="21000001"), errors.CardServiceGone("restarted")
    assert posted(HERE, lying, down, down, HERE, lying) == [READY, shown("21000001"), MISSING, READY]


def test_a_card_taken_away_meanwhile_may_come_again() -> None:
    lying, down = read(text="21000001"), errors.CardServiceGone("restarted")
    story = posted(HERE, lying, down, HERE, LIFTED, 2.0, lying)
    assert story == [READY, shown("21000001"), MISSING, READY, shown("21000001")]


def test_the_reader_is_pulled_out_and_comes_back() -> None:
    assert posted(GONE, HERE, GONE, HERE) == [MISSING, READY, MISSING, READY]


def test_a_card_that_cannot_be_read_is_told_once() -> None:
    failed = rfid.CardFailed(DESK, errors.CardPulled("too quick"))
    assert posted(HERE, failed, failed, LIFTED) == [READY, UNREADABLE]


def test_a_missing_service_is_not_asked_without_rest() -> None:
    down = [errors.CardServiceGone("no pcscd")] * 6

    async def whole() -> float:
        watcher = ScriptedWatcher(tuple(down))

        async def inline(fn: Callable[..., T], *args: object) -> T:
            return fn(*args)

        cards = PcscCards(CardSettings(), inline, IdRules(), Random(1), watcher=watcher)
        with pytest.raises(End):
            await cards.run(lambda _report: None)
        return asyncio.get_running_loop().time()

    # 0.5, 1, 2, 4, 5, 5 seconds, and up to a quarter more
    assert 17.5 <= run(whole()) <= 17.5 * 1.25
