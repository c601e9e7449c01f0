"""Cards: any patron card, on whatever reader, becomes `CardShown`.

`PcscCards` follows the readers of the PC/SC service, `NfcCards` one that nfcpy drives. The patron's id is
the card's NDEF text, else the id of a library card (ISO 28560 type of usage 8), else, only where the
library wants it, its uid.
"""

from kiosk.cards.nfcpy import NfcCards
from kiosk.cards.pcsc import PcscCards
from kiosk.cards.settings import CardSettings, NfcSettings

__all__ = ["CardSettings", "NfcCards", "NfcSettings", "PcscCards"]
