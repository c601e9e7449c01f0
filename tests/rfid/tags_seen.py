"""Tags that were published: what stands on them, and where that was found.

Annexes are those of the standards. *lainuri*, *libdanrfid* and *dp2* are programs whose tests hold memories
of real tags (Hypernova-Oy/lainuri, GallusMax/libdanrfid, DigitalPlatform/dp2); *Biblio::RFID* documents 3M's
layout, which 3M did not.
"""

from typing import NamedTuple

from kiosk.rfid.tags import Model


class Seen(NamedTuple):
    """A memory as it was published, and what it means."""

    name: str
    memory: bytes
    model: Model
    item_id: str
    owner: str = ""
    part: int = 1
    parts: int = 1


def _(text: str) -> bytes:
    return bytes.fromhex(text)


ANNEX_D = _("9100051CBE991A14 0201D0 140204B3 4607441CB6E2E335D6 830207ACC09EBAA06F6B0000")
"""ISO 28560-2 annex D (the same in GB/T 35660.2): blocks 0-1 and 6-8 are locked."""
ANNEX_D_TITLE = _(
    "9100051CBE991A14 0202D002 140204B3 C60207441CB6E2E335D60000 0307ACC09EBAA06F6B 7F020474657374"
)
"""The same with a title, which is locked as well."""
ANNEX_D_ROOM = _("9100051CBE991A14 0205D000000000 140204B3 4607441CB6E2E335D6 0307ACC09EBAA06F6B")
"""The same with room in the content parameter, and nothing else locked but the item id."""
ANNEX_P = _("910508002BDC545E14D64E8080808080 C70005042C726198 19040132915F 7F0202541C 6E03A2B380")
"""ISO/IEC 15962 annex P: every compaction, blocks of eight bytes. (The UTF-8 in it is none that is text.)"""
MAMK_2 = _("91010460 91CE4380 0201A8 050110 67024241 0307 3240DE05AB075B 00")
"""lainuri: a Finnish college library, usage and media before the owner, a pad byte of 80."""
ZHIYAN = _("C1020711 00B0C30C30CA0000 0203A80008 830203D6593F0000 250110 37021040 5F080599A713063F")
"""dp2: a Chinese maker; six bits, usage as digits, and the owner is no ISIL."""
JINGYUAN = _("11030AA8AE") + bytes(34)
"""dp2: another; nothing but the item id."""
GANCHUANG = _("91010401 42214B00 0201B8 0300 650110 660100 670100") + bytes(90)
"""dp2: a third, with elements that were left empty."""
MAMK_3 = _("110101 31363230313534343239000000000000 C4CF 46494D616D6B2D4D0000000000 066500767461")
"""lainuri: the same library in the other model, with a block of the maker's own (101)."""
ANNEX_B1 = _("110101 31303030303030303536000000000000 98A4 444B373138353030000000")
"""ISO 28560-3 annex B.1: a tag of 32 bytes."""
ANNEX_B2 = _(
    "110101 31303030303030313336000000000000 3615 444B3731383530300000000000"
    "0501000501"
    "22020071 426F67766F676E656E00 3132333435363738393000 00 61373839363536 6300"
)
"""ISO 28560-3 annex B.2: with library and acquisition blocks."""
BERLIN = _("110101 31313232333334340000000000000000 513E 4445373035000000000000")
"""libdanrfid: a German library."""
NAMELESS = _("110101 00000000000000000000000000000000 CA9F 4445373035000000000000")
"""libdanrfid: initialised, and no item yet."""
RFID_501 = _("04110001 31333031323334353637000000000000 00000000 00000000 00000000")
"""Biblio::RFID: a book."""
RFID_501_SHORT = _("04110000 32303039313233313031323300000000")
"""Biblio::RFID: no more than the item id."""
RFID_501_LAST = _("04110000 32303039303130313031323300000000 FFFFFFFF 7FFFFFFF 00000000")
"""Biblio::RFID: the last branch and library there can be."""
BLANK_3M = _("55" * 24 + "00000000")
"""Biblio::RFID: as 3M delivered them."""
DM11 = _("0B41244D54655D18000000000000BB4CA484FF4F42504401500400000000F555")
"""libdanrfid: Bibliotheca's own layout before the Danish one, which nobody has published."""

SEEN = (
    Seen("28560-2 annex D", ANNEX_D, Model.ISO28560_2, "123456789012", "US-InU-Mu", 3, 12),
    Seen("28560-2 with title", ANNEX_D_TITLE, Model.ISO28560_2, "123456789012", "US-InU-Mu", 3, 12),
    Seen("28560-2 with room", ANNEX_D_ROOM, Model.ISO28560_2, "123456789012", "US-InU-Mu", 3, 12),
    Seen("15962 annex P", ANNEX_P, Model.ISO28560_2, "12345678912345678"),
    Seen("Mamk 28560-2", MAMK_2, Model.ISO28560_2, "1620168259", "FI-Mamk-M"),
    Seen("Zhiyan", ZHIYAN, Model.ISO28560_2, "DPB000002", "ZYLS"),
    Seen("Jingyuan", JINGYUAN, Model.ISO28560_2, "698542"),
    Seen("Ganchuang", GANCHUANG, Model.ISO28560_2, "21111115"),
    Seen("Mamk 28560-3", MAMK_3, Model.ISO28560_3, "1620154429", "FI-Mamk-M"),
    Seen("28560-3 annex B.1", ANNEX_B1 + bytes(2), Model.ISO28560_3, "1000000056", "DK-718500"),
    Seen("28560-3 annex B.2", ANNEX_B2, Model.ISO28560_3, "1000000136", "DK-718500"),
    Seen("Berlin", BERLIN, Model.ISO28560_3, "11223344", "DE-705"),
    Seen("3M", RFID_501, Model.RFID501, "1301234567"),
    Seen("3M, short", RFID_501_SHORT, Model.RFID501, "200912310123"),
    Seen("3M, last", RFID_501_LAST, Model.RFID501, "200901010123"),
)
