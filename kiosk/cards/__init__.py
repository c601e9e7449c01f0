"""Cards: any patron card, on whatever reader, becomes `CardShown`.

`PcscCards` follows the readers of the PC/SC service, `NfcCards` one that nfcpy drives. The patron's id is
what `CardNaming` says for the kind of card: its NDEF text or URI, the id of a library's own card, or, only
where the library wants it, its uid; `name_of` tells how the rules' chain makes an id of it, or why not.
"""

from kiosk.cards.following import CardFollower
from kiosk.cards.naming import Named, Why, carried, name_of
from kiosk.cards.nfcpy import NfcCards
from kiosk.cards.pcsc import PcscCards
from kiosk.cards.settings import CardNaming, CardSettings, NfcSettings, Source

__all__ = [
    "CardFollower",
    "CardNaming",
    "CardSettings",
    "Named",
    "NfcCards",
    "NfcSettings",
    "PcscCards",
    "Source",
    "Why",
    "carried",
    "name_of",
]
