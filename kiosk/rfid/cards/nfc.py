"""Cards through nfcpy: readers with a PN53x or RC-S380 inside, without a PC/SC service.

nfcpy (1.0.4) knows the NFC Forum's tags of types 1 to 4 (MIFARE Ultralight, NTAG, FeliCa, DESFire with
NDEF); it has nothing for ISO 15693 (type 5) and does not read MIFARE Classic, which shows its uid only.
It is imported when first needed, and lets through whatever its drivers stumble over, so that its calls
stand alone here, each with what it means when one of them fails.
"""

from __future__ import annotations

import errno
import importlib
import logging
import threading
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kiosk.rfid.cards.card import Card, read_message
from kiosk.rfid.cards.kind import CardKind
from kiosk.rfid.cards.watcher import READ_TRIES, CardFailed, CardRead, CardRemoved, CardReport, ReadersChanged
from kiosk.rfid.errors import CardError, CardGarbled, CardMute, CardPulled, CardReaderGone
from kiosk.rfid.tags import NdefMessage

log = logging.getLogger(__name__)

TECHNOLOGIES = ("106A", "106B", "212F")
"""Bit rate and technology of the cards that are looked for (nfcpy's own default)."""

PEER_ONLY = 0x40
"""SEL_RES of what can only talk as a peer, not as a tag: bit 7 without bit 6 (NFC Digital 1.1, 4.8.2)."""
TAG_4 = 0x20

KINDS = {
    "Type1Tag": CardKind.TOPAZ,
    "Type2Tag": CardKind.MIFARE_ULTRALIGHT,
    "Type3Tag": CardKind.FELICA,
    "Type4Tag": CardKind.SMART_CARD,
}
"""What nfcpy calls the NFC Forum's types of tags."""
CLASSIC = frozenset({0x08, 0x09, 0x18})
"""SEL_RES of MIFARE Classic: 1K, Mini, 4K (NXP AN10833, table 6)."""

MESSAGE_AT_MOST = 0xFFFF
"""Bytes of an NDEF message: what the length of a tag's TLV can say."""


class NfcWatcher:
    """Watches one reader that nfcpy drives; meets the same face as `PcscWatcher`. Blocking; one thread."""

    def __init__(self, path: str, load: Callable[[], Any] | None = None) -> None:
        """Watch the reader at this path.

        Args:
            path: where nfcpy finds it (`nfc.ContactlessFrontend.open`).
            load: gives the module `nfc` instead of importing it.
        """
        self._path = path
        self._load = load or load_nfc
        self._nfc: Any = None
        self._reader: Any = None
        self._lying = False
        """Whether a card lies there."""
        self._tag: Any = None
        """It, when nfcpy knows what kind of tag it is."""
        self._empty = False
        """Whether it has been told that no card lies there."""
        self._stopping = threading.Event()
        self._busy = threading.Lock()
        """Held while somebody is in `next`, and by whoever lets go of the reader."""

    def next(self, timeout_s: float) -> list[CardReport]:
        """Look for a card once; when nothing has changed, rest for `timeout_s` seconds.

        Raises:
            CardReaderGone: there is no reader, or no nfcpy; ask again after a rest.
        """
        try:
            with self._busy:
                return self._next(timeout_s)
        finally:
            self._end_if_told()

    def stop(self) -> None:
        """End a `next` that waits in another thread, and let go of the reader, at once where nobody waits.
        The watcher may be used again afterwards."""
        self._stopping.set()
        self._end_if_told()

    def _end_if_told(self) -> None:
        """Both who stops and who was stopped try this, each after its own part: one of them finds nobody
        there any more."""
        if self._stopping.is_set() and self._busy.acquire(blocking=False):
            try:
                if self._stopping.is_set():
                    self._forget()
            finally:
                self._busy.release()

    def _next(self, timeout_s: float) -> list[CardReport]:
        try:
            reports = self._look()
        except CardReaderGone:
            self._forget()
            raise
        if not reports:
            self._stopping.wait(timeout_s)
        return reports

    def _forget(self) -> None:
        self._stopping.clear()
        reader, self._reader = self._reader, None
        self._lying, self._tag, self._empty = False, None, False
        if reader is not None:
            try:
                reader.close()
            except Exception as error:  # noqa: BLE001 - it is gone anyway
                log.debug("the reader did not close: %r", error)

    def _look(self) -> list[CardReport]:
        if self._reader is None:
            self._open()
            return [ReadersChanged((self._path,))]
        if self._lying:
            if self._still_there():
                return []
            self._lying, self._tag, self._empty = False, None, True
            return [CardRemoved(self._path)]
        target = self._sense()
        if target is None:
            empty, self._empty = self._empty, True
            return [] if empty else [CardRemoved(self._path)]
        self._lying, self._empty = True, False
        return [self._read(target)]

    # ---- calls of nfcpy ---------------------------------------------------------------------

    def _open(self) -> None:
        try:
            if self._nfc is None:
                self._nfc = self._load()
            self._reader = self._nfc.ContactlessFrontend(self._path)
        except ImportError as error:
            raise CardReaderGone(f"nfcpy cannot be used: {error}") from error
        except Exception as error:
            missing = isinstance(error, OSError) and error.errno == errno.ENODEV
            text = f"no reader at {self._path}" if missing else f"reader {self._path}: {error!r}"
            raise CardReaderGone(text) from error

    def _sense(self) -> Any:
        """What lies in the field; None when there is nothing, or nothing that can be a card."""
        remote = self._nfc.clf.RemoteTarget
        try:
            target = self._reader.sense(*[remote(each) for each in TECHNOLOGIES], iterations=1)
        except Exception as error:
            raise CardReaderGone(f"the reader failed: {error!r}") from error
        if target is not None and target.sel_res and target.sel_res[0] & (PEER_ONLY | TAG_4) == PEER_ONLY:
            return None
        return target

    def _still_there(self) -> bool:
        if self._tag is None:
            return self._sense() is not None  # its uid may be another one: phones make them up
        try:
            return bool(self._tag.is_present)
        except OSError as error:
            raise CardReaderGone(f"the reader failed: {error!r}") from error
        except Exception as error:  # noqa: BLE001 - nonsense instead of an answer: look again
            log.debug("presence not known: %r", error)
            return False

    def _read(self, target: Any) -> CardReport:
        failure: CardError | None = None
        for _ in range(READ_TRIES):
            try:
                return CardRead(self._path, self._read_once(target))
            except CardError as error:
                failure = error
            target = self._sense()  # a tag that failed has to be activated anew
            if target is None:
                break
        assert failure is not None
        return CardFailed(self._path, failure)

    def _read_once(self, target: Any) -> Card:
        """Read the card. Raises CardError, and CardReaderGone when it is the reader that fails."""
        try:
            tag = self._tag = self._nfc.tag.activate(self._reader, target)
            if tag is None:
                return _card(_uid_of(target), _kind_of(target))
            card = _card(bytes(tag.identifier), KINDS.get(str(tag.type), _kind_of(target)))
            ndef = tag.ndef
            octets = None if ndef is None else bytes(ndef.octets)
            gone = octets is None and not tag.is_present  # nfcpy does not tell "no NDEF" from "no answer"
        except OSError as error:
            raise CardReaderGone(f"the reader failed: {error!r}") from error
        except CardError:
            raise
        except Exception as error:
            raise CardGarbled(f"nfcpy stumbled over the card: {error!r}") from error
        if gone:
            raise CardPulled("the card was taken away")
        return card if octets is None else replace(card, ndef=_message(octets))


def _message(message: bytes) -> NdefMessage:
    if len(message) > MESSAGE_AT_MOST:
        raise CardGarbled(f"an NDEF message of {len(message)} bytes")
    return read_message(message)


def _card(uid: bytes, kind: CardKind) -> Card:
    told = uid.hex().upper()
    return Card(told, b"", kind, told)


def _kind_of(target: Any) -> CardKind:
    """What was found, as far as its first answer tells."""
    if target.sensf_res:
        return CardKind.FELICA
    if target.sensb_res:
        return CardKind.ISO14443_B
    classic = bool(target.sel_res) and target.sel_res[0] in CLASSIC
    return CardKind.MIFARE_CLASSIC if classic else CardKind.ISO14443_A


def _uid_of(target: Any) -> bytes:
    """The uid that a card told when it was found: NFCID1, the PUPI of type B, IDm. Raises CardMute."""
    if target.sdd_res:
        raw = target.sdd_res
    elif target.sensb_res:
        raw = target.sensb_res[1:5]
    elif target.sensf_res:
        raw = target.sensf_res[1:9]
    else:
        raise CardMute("the card does not tell its uid")
    return bytes(raw)


def load_nfc() -> Any:
    """Import nfcpy. It turns all warnings of the program into log entries, which is not its business, and
    says at each attempt to open a reader that there is none, which is said once by whoever asked."""
    show = warnings.showwarning
    nfc = importlib.import_module("nfc")
    logging.getLogger("nfc").setLevel(logging.CRITICAL)
    importlib.import_module("nfc.clf")
    importlib.import_module("nfc.tag")
    if warnings.showwarning is not show:
        logging.captureWarnings(False)
    return nfc
