"""PC/SC through pyscard's thin layer (`smartcard.scard`); pyscard is imported when first needed.

Codes are those of pcsclite's `pcsclite.h`. The context is made anew whenever the service was lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from kiosk.rfid.cards.card import Transmit
from kiosk.rfid.cards.watcher import SlotState
from kiosk.rfid.errors import CardGarbled, CardMute, CardPulled, CardServiceGone

HOTPLUG = "\\\\?PnP?\\Notification"
"""Name of the reader that stands for "a reader was plugged in or out" (pcsclite, SCardGetStatusChange)."""


class PcscService:
    """The PC/SC service of this machine; meets `watcher.Service`."""

    def __init__(self) -> None:
        self._context: Any = None
        self._scard: Any = None

    def readers(self) -> tuple[str, ...]:
        """Names of the readers that are plugged in (see `Service`)."""
        scard = self._open()
        result, names = scard.SCardListReaders(self._context, [])
        if result == scard.SCARD_E_NO_READERS_AVAILABLE:
            return ()
        self._check(result)
        return tuple(names)

    def changes(self, tokens: Mapping[str, int], timeout_s: float) -> Mapping[str, SlotState]:
        """Wait for a change of slots or readers (see `Service`)."""
        scard = self._open()
        asked = [(name, token or scard.SCARD_STATE_UNAWARE) for name, token in tokens.items()]
        hotplug = [(HOTPLUG, scard.SCARD_STATE_UNAWARE)]
        result, states = scard.SCardGetStatusChange(self._context, int(timeout_s * 1000), asked + hotplug)
        if result in {
            scard.SCARD_E_TIMEOUT,
            scard.SCARD_E_CANCELLED,
            scard.SCARD_E_UNKNOWN_READER,
            scard.SCARD_E_READER_UNAVAILABLE,
            scard.SCARD_E_NO_READERS_AVAILABLE,
        }:
            return {}  # nothing, or another set of readers: the caller lists them anew
        self._check(result)
        return {
            name: SlotState(
                token=state & ~scard.SCARD_STATE_CHANGED,
                present=bool(state & scard.SCARD_STATE_PRESENT),
                atr=bytes(atr),
                events=state >> 16 & 0xFFFF,  # pcsclite counts them there
            )
            for name, state, atr in states
            if name in tokens and state & scard.SCARD_STATE_CHANGED
        }

    def connect(self, reader: str) -> AbstractContextManager[Transmit]:
        """Open the card in that reader (see `Service`)."""
        return self._connected(reader)

    def cancel(self) -> None:
        """End a `changes` that waits in another thread (see `Service`)."""
        if self._scard is not None and self._context is not None:
            self._scard.SCardCancel(self._context)

    def release(self) -> None:
        """Let go of the service (see `Service`)."""
        if self._context is not None:
            self._scard.SCardReleaseContext(self._context)
            self._context = None

    @contextmanager
    def _connected(self, reader: str) -> Iterator[Transmit]:
        scard = self._open()
        either = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        result, card, protocol = scard.SCardConnect(self._context, reader, scard.SCARD_SHARE_SHARED, either)
        self._check_card(result)
        header = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1

        def transmit(apdu: bytes) -> bytes:
            outcome, answer = scard.SCardTransmit(card, header, list(apdu))
            self._check_card(outcome)
            return bytes(answer)

        try:
            yield transmit
        finally:
            scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)

    def _open(self) -> Any:
        """The module of pyscard, with a context at hand."""
        if self._scard is None:
            try:
                from smartcard import scard
            except ImportError as error:
                raise CardServiceGone(f"pyscard is not installed: {error}") from error
            self._scard = scard
        if self._context is None:
            result, context = self._scard.SCardEstablishContext(self._scard.SCARD_SCOPE_USER)
            self._check(result)
            self._context = context
        return self._scard

    def _check(self, result: int) -> None:
        """Whatever goes wrong outside a card is cured by a fresh context, or not at all."""
        if result != self._scard.SCARD_S_SUCCESS:
            raise CardServiceGone(self._text(result))

    def _check_card(self, result: int) -> None:
        scard = self._scard
        if result == scard.SCARD_S_SUCCESS:
            return
        text = self._text(result)
        if result in {
            scard.SCARD_E_NO_SERVICE,
            scard.SCARD_E_SERVICE_STOPPED,
            scard.SCARD_F_COMM_ERROR,
            scard.SCARD_E_INVALID_HANDLE,
        }:
            raise CardServiceGone(text)
        if result in {
            scard.SCARD_W_REMOVED_CARD,
            scard.SCARD_E_NO_SMARTCARD,
            scard.SCARD_W_RESET_CARD,
            scard.SCARD_E_UNKNOWN_READER,
            scard.SCARD_E_READER_UNAVAILABLE,
        }:
            raise CardPulled(text)
        if result in {scard.SCARD_W_UNPOWERED_CARD, scard.SCARD_W_UNRESPONSIVE_CARD}:
            raise CardMute(text)
        raise CardGarbled(text)

    def _text(self, result: int) -> str:
        return f"{self._scard.SCardGetErrorMessage(result)} ({result & 0xFFFFFFFF:08X})"
