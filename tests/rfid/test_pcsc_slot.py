"""A PC/SC reader as a pad, over a scripted layer of pyscard: with a card, without one, and when it goes."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from kiosk.rfid import errors
from kiosk.rfid.cards import PcscSlot, PcscWatcher, ReadersChanged, SlotState

START = bytes.fromhex("FFC2000002810000")
GET_UID = bytes.fromhex("FFCA000000")
NAMES = ["Desk reader 00 00", "Pad reader 01 00"]

CODES = {
    "SCARD_S_SUCCESS": 0,
    "SCARD_E_NO_SMARTCARD": 0x8010000C,
    "SCARD_E_SHARING_VIOLATION": 0x8010000B,
    "SCARD_E_NOT_TRANSACTED": 0x80100016,
    "SCARD_E_READER_UNAVAILABLE": 0x80100017,
    "SCARD_E_NO_SERVICE": 0x8010001D,
    "SCARD_E_UNSUPPORTED_FEATURE": 0x8010001F,
    "SCARD_E_NO_READERS_AVAILABLE": 0x8010002E,
    "SCARD_W_UNRESPONSIVE_CARD": 0x80100066,
    "SCARD_W_UNPOWERED_CARD": 0x80100067,
    "SCARD_W_RESET_CARD": 0x80100068,
    "SCARD_W_REMOVED_CARD": 0x80100069,
    "SCARD_SCOPE_USER": 0,
    "SCARD_SHARE_SHARED": 2,
    "SCARD_SHARE_DIRECT": 3,
    "SCARD_PROTOCOL_T0": 1,
    "SCARD_PROTOCOL_T1": 2,
    "SCARD_PCI_T0": 10,
    "SCARD_PCI_T1": 20,
    "SCARD_LEAVE_CARD": 0,
}
"""Codes of pcsclite.h."""


class Service:
    """pcscd with a desk reader and a pad; answers every APDU with itself."""

    def __init__(self) -> None:
        self.card = True
        self.escapes = True
        self.fails = ""
        self.names = list(NAMES)
        self.log: list[str] = []
        self.contexts = 0

    def module(self) -> Any:
        calls: dict[str, Callable[..., Any]] = {
            name: getattr(self, name) for name in dir(self) if name.startswith("SCard")
        }
        return SimpleNamespace(**CODES, **calls)

    def code(self, otherwise: str = "SCARD_S_SUCCESS") -> int:
        return CODES[self.fails or otherwise]

    def SCardEstablishContext(self, scope: int) -> tuple[int, int]:  # noqa: N802
        self.contexts += 1
        return self.code(), 77

    def SCardReleaseContext(self, context: int) -> int:  # noqa: N802
        self.contexts -= 1
        return 0

    def SCardListReaders(self, context: int, groups: list[str]) -> tuple[int, list[str]]:  # noqa: N802
        return self.code() if self.names else CODES["SCARD_E_NO_READERS_AVAILABLE"], self.names

    def SCardConnect(self, context: int, name: str, share: int, protocols: int) -> tuple[int, int, int]:  # noqa: N802
        assert name == NAMES[1]
        direct = share == CODES["SCARD_SHARE_DIRECT"]
        if not direct and not self.card:
            return CODES["SCARD_E_NO_SMARTCARD"], 0, 0
        self.log.append("direct" if direct else "card")
        return self.code(), 5, 0 if direct else 2

    def SCardDisconnect(self, card: int, how: int) -> int:  # noqa: N802
        self.log.append("left")
        return 0

    def SCardTransmit(self, card: int, header: int, apdu: list[int]) -> tuple[int, list[int]]:  # noqa: N802
        assert header == CODES["SCARD_PCI_T1"]
        if not self.card:
            return CODES["SCARD_W_REMOVED_CARD"], []
        self.log.append(bytes(apdu).hex())
        return self.code(), apdu

    def SCardControl(self, card: int, control: int, apdu: list[int]) -> tuple[int, list[int]]:  # noqa: N802
        assert control == 0x42000001
        if not self.escapes:
            return CODES["SCARD_E_UNSUPPORTED_FEATURE"], []
        self.log.append("escape " + bytes(apdu).hex())
        return self.code(), apdu

    @staticmethod
    def SCardGetErrorMessage(result: int) -> str:  # noqa: N802
        return next(name for name, code in CODES.items() if code == result)


def opened(service: Service) -> PcscSlot:
    slot = PcscSlot("Pad", service.module)
    slot.open()
    return slot


def test_apdus_go_to_the_card_that_lies_there() -> None:
    service = Service()
    slot = opened(service)
    assert slot.transmit(GET_UID) == GET_UID
    assert slot.transmit(START) == START
    slot.close()
    slot.close()
    assert service.log == ["card", GET_UID.hex(), START.hex(), "left"]
    assert service.contexts == 0
    with pytest.raises(errors.ReaderGone):
        slot.transmit(GET_UID)


def test_without_a_card_sessions_go_through_the_escape() -> None:
    service = Service()
    service.card = False
    slot = opened(service)
    assert slot.transmit(START) == START
    with pytest.raises(errors.NoTag):
        slot.transmit(GET_UID)
    service.card = True
    assert slot.transmit(GET_UID) == GET_UID
    assert service.log == ["direct", "escape " + START.hex(), "left", "card", GET_UID.hex()]


def test_a_reader_that_takes_nothing_without_a_card_is_not_asked_again() -> None:
    service = Service()
    service.card = service.escapes = False
    slot = opened(service)
    for _ in range(3):
        with pytest.raises(errors.NoTag):
            slot.transmit(START)
    service.card = True
    assert slot.transmit(START) == START
    assert service.log == ["direct", "left", "card", START.hex()]


def test_what_was_meant_for_one_card_does_not_reach_the_next() -> None:
    service = Service()
    slot = opened(service)
    slot.transmit(GET_UID)
    service.card = False
    with pytest.raises(errors.NoTag):
        slot.transmit(bytes.fromhex("FFD600000441424344"))
    service.card = True
    slot.transmit(GET_UID)
    assert service.log == ["card", GET_UID.hex(), "left", "card", GET_UID.hex()]


@pytest.mark.parametrize(
    ("fails", "kind"),
    [
        ("SCARD_E_NO_SERVICE", errors.ReaderGone),
        ("SCARD_E_READER_UNAVAILABLE", errors.ReaderGone),
        ("SCARD_E_SHARING_VIOLATION", errors.ReaderRefused),
        ("SCARD_W_RESET_CARD", errors.NoTag),
    ],
)
def test_what_goes_wrong_is_the_readers_or_the_cards(fails: str, kind: type[errors.RfidError]) -> None:
    service = Service()
    slot = opened(service)
    slot.transmit(START)
    service.fails = fails
    with pytest.raises(kind, match=fails):
        slot.transmit(START)


@pytest.mark.parametrize("names", [[], NAMES[:1]])
def test_a_reader_that_is_not_there(names: list[str]) -> None:
    service = Service()
    service.names = names
    slot = PcscSlot("Pad", service.module)
    with pytest.raises(errors.ReaderGone, match="no PC/SC reader"):
        slot.open()
    assert service.contexts == 0


def test_no_service_and_no_pyscard() -> None:
    service = Service()
    service.fails = "SCARD_E_NO_SERVICE"
    with pytest.raises(errors.ReaderGone, match="NO_SERVICE"):
        opened(service)

    def missing() -> Any:
        raise ImportError("No module named smartcard")

    with pytest.raises(errors.ReaderGone, match="pyscard is not installed"):
        PcscSlot("Pad", missing).open()


class TwoReaders:
    """PC/SC with the two readers, both empty."""

    def readers(self) -> tuple[str, ...]:
        return tuple(NAMES)

    def changes(self, tokens: dict[str, int], timeout_s: float) -> dict[str, SlotState]:
        return {}

    def connect(self, reader: str) -> Any:
        raise AssertionError(reader)

    def cancel(self) -> None: ...

    def release(self) -> None: ...


def test_no_card_is_looked_for_on_the_pad() -> None:
    assert PcscWatcher(TwoReaders()).next(0) == [ReadersChanged(tuple(NAMES))]
    assert PcscWatcher(TwoReaders(), not_part="Pad").next(0) == [ReadersChanged((NAMES[0],))]
