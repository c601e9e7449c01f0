"""The watcher of card readers, over a scripted PC/SC service."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from kiosk.rfid import errors
from kiosk.rfid.cards import (
    Card,
    CardFailed,
    CardRead,
    CardRemoved,
    PcscWatcher,
    ReadersChanged,
    SlotState,
    Transmit,
)

DESK, SPARE = "Desk reader 00", "Spare reader 01"
UID = b"\x04\x11\x22\x33"


class ScriptedService:
    """PC/SC with readers that a test plugs in, and cards that it lays on them."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.states = {name: SlotState(token=1, present=False) for name in names}
        self.running = True
        self.released = 0
        self.faults: list[errors.CardError] = []

    def lay(self, name: str) -> None:
        token = self.states[name].token + 1
        self.states[name] = SlotState(token, present=True, atr=b"\x3b", events=token)

    def lift(self, name: str) -> None:
        token = self.states[name].token + 1
        self.states[name] = SlotState(token, present=False, events=token)

    def readers(self) -> tuple[str, ...]:
        if not self.running:
            raise errors.CardServiceGone("stopped")
        return self.names

    def changes(self, tokens: Mapping[str, int], timeout_s: float) -> Mapping[str, SlotState]:
        assert 0 <= timeout_s <= 1
        return {name: self.states[name] for name, token in tokens.items() if token != self.states[name].token}

    @contextmanager
    def connect(self, reader: str) -> Iterator[Transmit]:
        if self.faults:
            raise self.faults.pop(0)
        yield lambda apdu: UID + b"\x90\x00" if apdu[1] == 0xCA else b"\x6a\x82"

    def cancel(self) -> None:
        pass

    def release(self) -> None:
        self.released += 1


READ = CardRead(DESK, Card("04112233", b"\x3b", raw_uid="04112233"))


def test_a_card_is_read_once_while_it_lies_there() -> None:
    service = ScriptedService(DESK)
    watcher = PcscWatcher(service)
    assert watcher.next(1) == [ReadersChanged((DESK,)), CardRemoved(DESK)]
    service.lay(DESK)
    assert watcher.next(1) == [READ]
    assert watcher.next(1) == []
    service.lift(DESK)
    assert watcher.next(1) == [CardRemoved(DESK)]


def test_a_quick_exchange_of_cards_is_noticed() -> None:
    service = ScriptedService(DESK)
    watcher = PcscWatcher(service)
    service.lay(DESK)
    assert watcher.next(1) == [ReadersChanged((DESK,)), READ]
    service.lift(DESK)
    service.lay(DESK)
    assert watcher.next(1) == [READ]


def test_a_bounce_is_read_again_and_a_lasting_fault_is_told() -> None:
    service = ScriptedService(DESK)
    watcher = PcscWatcher(service)
    watcher.next(1)
    service.lay(DESK)
    service.faults = [errors.CardPulled("bounce"), errors.CardGarbled("bounce")]
    assert watcher.next(1) == [READ]
    service.lift(DESK)
    watcher.next(1)
    service.lay(DESK)
    fault = errors.CardMute("dead")
    service.faults = [fault] * 3
    assert watcher.next(1) == [CardFailed(DESK, fault)]


def test_readers_come_and_go() -> None:
    service = ScriptedService()
    watcher = PcscWatcher(service)
    assert watcher.next(1) == [ReadersChanged(())]
    service.names = (DESK,)
    service.states[DESK] = SlotState(1, present=False)
    service.lay(DESK)
    assert watcher.next(1) == [ReadersChanged((DESK,)), READ]
    service.names = ()
    assert watcher.next(1) == [ReadersChanged(())]


def test_only_the_reader_that_was_asked_for() -> None:
    service = ScriptedService(DESK, SPARE)
    watcher = PcscWatcher(service, "Spare")
    service.lay(DESK)
    assert watcher.next(1) == [ReadersChanged((SPARE,)), CardRemoved(SPARE)]


def test_a_restart_of_the_service_is_survived() -> None:
    service = ScriptedService(DESK)
    watcher = PcscWatcher(service)
    service.lay(DESK)
    watcher.next(1)
    service.running = False
    for _ in range(2):
        with pytest.raises(errors.CardServiceGone):
            watcher.next(1)
    assert service.released == 2
    service.running = True
    assert watcher.next(1) == [ReadersChanged((DESK,)), READ]


def test_stopping_lets_go_of_the_service() -> None:
    service = ScriptedService(DESK)
    watcher = PcscWatcher(service)
    watcher.stop()
    watcher.next(1)
    assert service.released == 1
