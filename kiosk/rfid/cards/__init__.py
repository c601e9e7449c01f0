"""Readers of patron cards: one card at a time, blocking.

`PcscWatcher` follows the readers of a PC/SC service (pcscd) and reads each card that is shown;
`read_card` is the reading itself, over any way of sending an APDU. `NfcWatcher` does the same with one
reader that nfcpy drives. `PcscSlot` is a reader of that service that serves as a pad. Give each a thread of
its own, and it alone.
"""

from kiosk.rfid.cards.card import Card, Transmit, card_of, read_card
from kiosk.rfid.cards.kind import CardKind, Family
from kiosk.rfid.cards.nfc import NfcWatcher
from kiosk.rfid.cards.pcsc import PcscService, PcscSlot
from kiosk.rfid.cards.watcher import (
    CardFailed,
    CardRead,
    CardRemoved,
    CardReport,
    PcscWatcher,
    ReadersChanged,
    Service,
    SlotState,
)

__all__ = [
    "Card",
    "CardFailed",
    "CardKind",
    "CardRead",
    "CardRemoved",
    "CardReport",
    "Family",
    "NfcWatcher",
    "PcscService",
    "PcscSlot",
    "PcscWatcher",
    "ReadersChanged",
    "Service",
    "SlotState",
    "Transmit",
    "card_of",
    "read_card",
]
