"""Cards become patrons: once each, whatever the reader does meanwhile."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import TypeVar

import pytest

from kiosk.cards import CardSettings, PcscCards
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CardReport, CardShown, CardUnread, DeviceChanged
from kiosk.circulation.values import Condition, Device, PatronId
from kiosk.ids import IdRules
from kiosk.lab import run
from kiosk.rfid import cards as rfid
from kiosk.rfid import errors
from kiosk.rfid.tags import LibraryTag, Usage

T = TypeVar("T")

DESK = "Desk reader 00"
READY = DeviceChanged(Device.CARDS, Condition.READY)
MISSING = DeviceChanged(Device.CARDS, Condition.MISSING, Reason.CARD_READER_MISSING)
HERE = rfid.ReadersChanged((DESK,))
GONE = rfid.ReadersChanged(())
LIFTED = rfid.CardRemoved(DESK)
UNREADABLE = CardUnread(Reason.CARD_UNREADABLE)

Step = rfid.CardReport | float | errors.CardServiceGone


def read(uid: str = "04112233", text: str | None = None, library: LibraryTag | None = None) -> rfid.CardRead:
    return rfid.CardRead(DESK, rfid.Card(uid, b"\x3b", text, library))


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
    *steps: Step, settings: CardSettings | None = None, ids: IdRules | None = None
) -> list[CardReport]:
    posts: list[CardReport] = []
    watcher = ScriptedWatcher(steps)

    async def inline(fn: Callable[..., T], *args: object) -> T:
        return fn(*args)

    async def whole() -> None:
        cards = PcscCards(settings or CardSettings(), inline, ids or IdRules(), Random(1), watcher)
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
    card = LibraryTag("21000002", usage=Usage.PATRON_CARD)
    assert posted(HERE, read(library=card)) == [READY, shown("21000002")]


def test_the_uid_only_where_the_library_wants_it() -> None:
    assert posted(HERE, read()) == [READY, UNREADABLE]
    assert posted(HERE, read(), settings=CardSettings(uid_is_patron=True)) == [READY, shown("04112233")]


def test_a_book_is_no_card_even_then() -> None:
    book = read("E004010012345678", library=LibraryTag("3100000123"))
    assert posted(HERE, book, settings=CardSettings(uid_is_patron=True)) == [READY, UNREADABLE]


@pytest.mark.parametrize("text", ["2100|0001", "2100\r0001", "9" * 65])
def test_a_text_that_can_be_no_id(text: str) -> None:
    assert posted(HERE, read(text=text)) == [READY, UNREADABLE]


def test_a_text_against_the_library_s_rules() -> None:
    assert posted(HERE, read(text="hello"), ids=IdRules(patron_prefix="21")) == [READY, UNREADABLE]


def test_a_card_that_is_moved_a_little_is_one_card() -> None:
    card = read(text="21000001")
    assert posted(HERE, card, LIFTED, 0.3, card) == [READY, shown("21000001")]
    assert posted(HERE, card, LIFTED, 1.5, card) == [READY, shown("21000001"), shown("21000001")]


def test_another_card_at_once_is_another_patron() -> None:
    assert posted(HERE, read(text="1"), LIFTED, read("04AA", text="2")) == [READY, shown("1"), shown("2")]


def test_a_restart_of_the_service_shows_no_card_twice() -> None:
    card, down = read(text="21000001"), errors.CardServiceGone("restarted")
    assert posted(HERE, card, down, down, HERE, card) == [READY, shown("21000001"), MISSING, READY]


def test_a_card_taken_away_meanwhile_may_come_again() -> None:
    card, down = read(text="21000001"), errors.CardServiceGone("restarted")
    story = posted(HERE, card, down, HERE, LIFTED, 2.0, card)
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

        cards = PcscCards(CardSettings(), inline, IdRules(), Random(1), watcher)
        with pytest.raises(End):
            await cards.run(lambda _report: None)
        return asyncio.get_running_loop().time()

    # 0.5, 1, 2, 4, 5, 5 seconds, and up to a quarter more
    assert 17.5 <= run(whole()) <= 17.5 * 1.25
