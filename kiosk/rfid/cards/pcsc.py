"""PC/SC through pyscard's thin layer (`smartcard.scard`); pyscard is imported when first needed.

Codes are those of pcsclite's `pcsclite.h`. The context is made anew whenever the service was lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from kiosk.rfid.cards.card import Transmit
from kiosk.rfid.cards.watcher import SlotState
from kiosk.rfid.errors import (
    CardGarbled,
    CardMute,
    CardPulled,
    CardServiceGone,
    NoTag,
    ReaderGone,
    ReaderRefused,
)

HOTPLUG = "\\\\?PnP?\\Notification"
"""Name of the reader that stands for "a reader was plugged in or out" (pcsclite, SCardGetStatusChange)."""

CCID_ESCAPE = 0x42000001
"""SCARD_CTL_CODE(1) of pcsclite: what libccid hands on to the reader as an escape command. It does so only
with `ifdDriverOptions` 0001 in its Info.plist (libccid, README "ifdDriverOptions")."""

TRANSPARENT_INS = 0xC2
"""Commands of a transparent session (PC/SC part 3 supplement): the only ones that a reader may take without a
card."""


def load_scard() -> Any:
    """Pyscard's thin layer. Raises ImportError."""
    from smartcard import scard

    return scard


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
                self._scard = load_scard()
            except ImportError as error:
                raise CardServiceGone(f"pyscard is not installed: {error}") from error
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


class PcscSlot:
    """One reader as a pad: APDUs to it, whether or not a card lies there. Blocking; one thread.

    While a card lies there, they go to the card. A reader without one takes those of a transparent session as
    an escape command over a direct connection, if it and its driver allow that (untried: no real reader has
    been met, and vpcd knows no escape).
    """

    def __init__(self, name_part: str = "", load: Callable[[], Any] = load_scard) -> None:
        """The first reader whose name contains `name_part`; `load` gives the module `smartcard.scard`."""
        self._name_part = name_part
        self._load = load
        self._scard: Any = None
        self._context: Any = None
        self._name = ""
        self._card: Any = None
        self._header: Any = None
        """The protocol of the card; None on a direct connection."""
        self._escapes = True

    def open(self) -> None:
        """Find the reader.

        Raises:
            ReaderGone: there is no service, or no such reader.
        """
        try:
            scard = self._scard = self._load()
        except ImportError as error:
            raise ReaderGone(f"pyscard is not installed: {error}") from error
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        self._check(result)
        self._context = context
        result, names = scard.SCardListReaders(context, [])
        found = [name for name in names or [] if self._name_part in name]
        if not found:
            self.close()
            said = "" if result == scard.SCARD_S_SUCCESS else f": {scard.SCardGetErrorMessage(result)}"
            raise ReaderGone(f"no PC/SC reader whose name contains {self._name_part!r}{said}")
        self._name = found[0]

    def transmit(self, apdu: bytes) -> bytes:
        """Send an APDU and bring its answer. Nothing is sent twice: what was asked of one card must not reach
        the next.

        Raises:
            NoTag: no card lies there (any more), and the reader does not take this one without.
            ReaderGone: reader or service are gone.
            ReaderRefused: somebody else has the reader.
        """
        scard = self._scard
        if self._context is None:
            raise ReaderGone("closed")
        transparent = len(apdu) > 1 and apdu[1] == TRANSPARENT_INS
        if self._card is not None and self._header is None and not transparent:
            self._disconnect()  # a card may have come meanwhile
        if self._card is None:
            self._connect(direct=transparent and self._escapes)
        if self._header is None:
            result, answer = scard.SCardControl(self._card, CCID_ESCAPE, list(apdu))
            if result in {scard.SCARD_E_UNSUPPORTED_FEATURE, scard.SCARD_E_NOT_TRANSACTED}:
                self._escapes = False
                self._disconnect()
                raise NoTag("no card lies there, and the reader takes no command without one")
        else:
            result, answer = scard.SCardTransmit(self._card, self._header, list(apdu))
        self._check(result)
        return bytes(answer)

    def close(self) -> None:
        """Let go of reader and service. May be called again."""
        self._disconnect()
        if self._context is not None:
            self._scard.SCardReleaseContext(self._context)
            self._context = None

    def _connect(self, *, direct: bool) -> None:
        scard = self._scard
        either = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        shared = scard.SCARD_SHARE_SHARED
        result, card, protocol = scard.SCardConnect(self._context, self._name, shared, either)
        if direct and result in self._cardless():
            result, card, _ = scard.SCardConnect(self._context, self._name, scard.SCARD_SHARE_DIRECT, 0)
            self._check(result)
            self._card, self._header = card, None
            return
        self._check(result)
        self._card = card
        self._header = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1

    def _disconnect(self) -> None:
        if self._card is not None:
            self._scard.SCardDisconnect(self._card, self._scard.SCARD_LEAVE_CARD)
            self._card = self._header = None

    def _cardless(self) -> frozenset[int]:
        """What is answered when no card, or none that can be spoken to, lies there."""
        scard = self._scard
        return frozenset(
            {
                scard.SCARD_E_NO_SMARTCARD,
                scard.SCARD_W_REMOVED_CARD,
                scard.SCARD_W_RESET_CARD,
                scard.SCARD_W_UNPOWERED_CARD,
                scard.SCARD_W_UNRESPONSIVE_CARD,
            }
        )

    def _check(self, result: int) -> None:
        if result == self._scard.SCARD_S_SUCCESS:
            return
        text = f"{self._scard.SCardGetErrorMessage(result)} ({result & 0xFFFFFFFF:08X})"
        if result in self._cardless():
            self._disconnect()
            raise NoTag(text)
        if result == self._scard.SCARD_E_SHARING_VIOLATION:
            raise ReaderRefused(text)
        raise ReaderGone(text)
