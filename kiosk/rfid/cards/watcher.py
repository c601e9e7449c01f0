"""Watching card readers: what was shown, what was taken away, which readers are there.

The loop is our own: pyscard's CardMonitor dies for good when pcscd is restarted. What it asks of
PC/SC is the small `Service`, so that all of its logic runs without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from kiosk.rfid.cards.card import Card, Transmit, read_card
from kiosk.rfid.errors import CardError, CardServiceGone
from kiosk.rfid.tags import DEFAULT, TagRules

READ_TRIES = 3
"""How often a card that still lies there is read before it is called unreadable (contact bounces)."""


@dataclass(frozen=True, slots=True)
class SlotState:
    """One reader's slot.

    `token` goes back to the service with the next question; `events` counts cards put in and taken
    out, so that a quick exchange of cards is noticed.
    """

    token: int
    present: bool
    atr: bytes = b""
    events: int = 0


class Service(Protocol):
    """What is asked of PC/SC. Every method raises CardServiceGone when the service is not there."""

    def readers(self) -> tuple[str, ...]:
        """Names of the readers that are plugged in."""

    def changes(self, tokens: Mapping[str, int], timeout_s: float) -> Mapping[str, SlotState]:
        """Wait until a slot differs from its token, a reader comes or goes, or time is over.

        A token 0 stands for "not known yet" and is answered at once. Gives back what has changed.
        """

    def connect(self, reader: str) -> AbstractContextManager[Transmit]:
        """Open the card in that reader. Raises CardError."""

    def cancel(self) -> None:
        """End a `changes` that waits in another thread."""

    def release(self) -> None:
        """Let go of the service; the next question begins anew. Never raises."""


@dataclass(frozen=True, slots=True)
class ReadersChanged:
    """These readers are there now; none: nobody can show a card."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CardRead:
    """A card was shown and read."""

    reader: str
    card: Card


@dataclass(frozen=True, slots=True)
class CardFailed:
    """A card was shown and could not be read."""

    reader: str
    error: CardError


@dataclass(frozen=True, slots=True)
class CardRemoved:
    """No card lies on this reader (any more)."""

    reader: str


CardReport = ReadersChanged | CardRead | CardFailed | CardRemoved


class PcscWatcher:
    """Watches all readers whose name contains `name_part` ("" for any). Blocking; one thread."""

    def __init__(
        self,
        service: Service,
        name_part: str = "",
        *,
        not_part: str = "",
        turned: bool = False,
        rules: TagRules = DEFAULT,
    ) -> None:
        """`not_part`: a reader whose name contains this is somebody else's ("": none is). `turned`: these
        readers give uids backwards. `rules`: what the library knows of its tags."""
        self._service = service
        self._turned = turned
        self._rules = rules
        self._name_part = name_part
        self._not_part = not_part
        self._slots: dict[str, SlotState] = {}
        self._names: tuple[str, ...] | None = None
        self._stopped = False

    def next(self, timeout_s: float) -> list[CardReport]:
        """Wait for something to happen, `timeout_s` seconds at most; an empty list when nothing did.

        After a restart of the service a card that still lies there is reported as read again.

        Raises:
            CardServiceGone: there is no service; ask again after a rest.
        """
        try:
            return self._next(timeout_s)
        except CardServiceGone:
            self._forget()
            raise
        finally:
            if self._stopped:
                self._forget()

    def stop(self) -> None:
        """End a `next` that waits in another thread. The watcher may be used again afterwards."""
        self._stopped = True
        self._service.cancel()

    def _forget(self) -> None:
        self._slots.clear()
        self._names = None
        self._stopped = False
        self._service.release()

    def _next(self, timeout_s: float) -> list[CardReport]:
        reports: list[CardReport] = []
        names = tuple(filter(self._is_ours, self._service.readers()))
        if names != self._names:
            self._names = names
            reports.append(ReadersChanged(names))
            for gone in self._slots.keys() - set(names):
                del self._slots[gone]
        tokens = {name: self._slots[name].token if name in self._slots else 0 for name in names}
        changed = self._service.changes(tokens, 0.0 if reports else timeout_s)
        for name, state in changed.items():
            reports += self._slot_changed(name, state)
        return reports

    def _is_ours(self, name: str) -> bool:
        return self._name_part in name and not (self._not_part and self._not_part in name)

    def _slot_changed(self, name: str, state: SlotState) -> list[CardReport]:
        before = self._slots.get(name)
        self._slots[name] = state
        if state.present:
            lay_there = before is not None and before.present and before.events == state.events
            return [] if lay_there else [self._read(name, state.atr)]
        return [CardRemoved(name)] if before is None or before.present else []

    def _read(self, name: str, atr: bytes) -> CardReport:
        failure: CardError | None = None
        for _ in range(READ_TRIES):
            try:
                with self._service.connect(name) as transmit:
                    return CardRead(name, read_card(transmit, atr, turned=self._turned, rules=self._rules))
            except CardError as error:
                failure = error
        assert failure is not None
        return CardFailed(name, failure)
