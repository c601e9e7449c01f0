"""Following a card reader, whichever: reports of its watcher become `CardShown`, `CardUnread`,
`DeviceChanged`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from random import Random
from typing import NoReturn, Protocol, TypeVar, TypeVarTuple, assert_never

from kiosk.cards.naming import Named, name_of
from kiosk.cards.settings import CardNaming
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CardReport, CardShown, CardUnread, DeviceChanged
from kiosk.circulation.values import Condition, Device, PatronId
from kiosk.doors import RunBlocking, rest
from kiosk.ids import IdRules
from kiosk.rfid import cards as rfid_cards
from kiosk.rfid.cards import Card, CardFailed, CardRead, CardRemoved, ReadersChanged
from kiosk.rfid.errors import CardError, CardReaderGone

log = logging.getLogger(__name__)

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

Post = Callable[[CardReport], None]


class Watcher(Protocol):
    """What follows card readers, blocking (see `kiosk.rfid.cards.PcscWatcher`)."""

    def next(self, timeout_s: float) -> list[rfid_cards.CardReport]:
        """What has happened. Raises CardReaderGone."""

    def stop(self) -> None:
        """End a `next` that waits in another thread."""


class Following(Protocol):
    """What the settings of every kind of reader have in common (see `kiosk.cards.CardSettings`)."""

    @property
    def debounce_s(self) -> float:
        """A card that is gone for less than this was only moved."""

    @property
    def reopen_first_s(self) -> float:
        """Rest before the first attempt to find a lost reader; then it doubles."""

    @property
    def reopen_longest_s(self) -> float:
        """The longest such rest."""


class CardFollower:
    """Card readers behind a watcher; meets `desk.ports.Cards`."""

    def __init__(
        self,
        watcher: Watcher,
        wait_s: float,
        settings: Following,
        run_blocking: RunBlocking,
        ids: IdRules,
        random: Random,
        naming: CardNaming | None = None,
    ) -> None:
        """Follow the readers that `watcher` watches, `wait_s` seconds at a time."""
        self._watcher = watcher
        self._wait_s = wait_s
        self._settings = settings
        self._run_blocking = run_blocking
        self._ids = ids
        self._random = random
        self._naming = naming or CardNaming()
        self._others: Callable[[Card | CardError], None] = lambda _: None
        self._lying: dict[str, str] = {}
        """The card on each reader, by name of the reader; "" for one that could not be read."""
        self._lifted: tuple[str, float] | None = None
        """The card that was lifted last, and when."""
        self._condition: tuple[Condition, Reason | None] | None = None

    def also(self, hear: Callable[[Card | CardError], None]) -> None:
        """Let somebody else hear of each card as it was read, or why it could not be."""
        self._others = hear

    async def run(self, post: Post) -> NoReturn:
        """Follow the readers until cancelled; post each card once while it lies there."""
        failures = 0
        try:
            while True:
                try:
                    reports = await self._run_blocking(self._watcher.next, self._wait_s)
                except CardReaderGone as error:
                    if not failures:
                        log.warning("no card reader: %s", error)
                    self._report(post, ready=False)
                    await asyncio.sleep(self._rest(failures))
                    failures += 1
                    continue
                failures = 0
                for report in reports:
                    self._handle(report, post)
        finally:
            self._watcher.stop()

    def _rest(self, failures: int) -> float:
        settings = self._settings
        return rest(failures + 1, settings.reopen_first_s, settings.reopen_longest_s, self._random)

    def _report(self, post: Post, *, ready: bool) -> None:
        condition = (Condition.READY, None) if ready else (Condition.MISSING, Reason.CARD_READER_MISSING)
        if condition != self._condition:
            self._condition = condition
            post(DeviceChanged(Device.CARDS, *condition))

    def _handle(self, report: rfid_cards.CardReport, post: Post) -> None:
        match report:
            case ReadersChanged(names):
                self._report(post, ready=bool(names))
            case CardRemoved(reader):
                card = self._lying.pop(reader, None)
                if card is not None:
                    self._lifted = (card, asyncio.get_running_loop().time())
            case CardRead(reader, card):
                named = name_of(card, self._naming, self._ids)
                if self._is_new(reader, named.patron or card.uid):
                    self._others(card)
                    post(_told(named))
            case CardFailed(reader, error):
                log.info("card not read: %r", error)
                if self._is_new(reader, ""):
                    self._others(error)
                    post(CardUnread(Reason.CARD_UNREADABLE))
            case _:
                assert_never(report)

    def _is_new(self, reader: str, card: str) -> bool:
        """Whether this card was not just there: it lay there already, or was only moved a little."""
        now = asyncio.get_running_loop().time()
        lay_there = self._lying.get(reader) == card
        moved = (
            self._lifted is not None
            and self._lifted[0] == card
            and now - self._lifted[1] < self._settings.debounce_s
        )
        self._lying[reader] = card
        return not (lay_there or moved)


def _told(named: Named) -> CardReport:
    if named.patron is not None:
        return CardShown(PatronId(named.patron))
    return CardUnread(named.reason or Reason.CARD_UNREADABLE)
