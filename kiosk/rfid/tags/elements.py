"""The data elements of ISO 28560-1, by the object identifiers that ISO 28560-2 gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

from kiosk.rfid.tags.model import Media, Usage


class Element(IntEnum):
    """Relative object identifier (ISO 28560-2 table 1). Those above 26 are for future use."""

    ITEM_ID = 1
    CONTENT_PARAMETER = 2
    OWNER_ISIL = 3
    SET_INFORMATION = 4
    TYPE_OF_USAGE = 5
    SHELF_LOCATION = 6
    ONIX_MEDIA_FORMAT = 7
    MARC_MEDIA_FORMAT = 8
    SUPPLIER = 9
    ORDER_NUMBER = 10
    ILL_BORROWER_ISIL = 11
    ILL_TRANSACTION = 12
    GS1_PRODUCT = 13
    ALTERNATIVE_UNIQUE_ID = 14
    LOCAL_A = 15
    LOCAL_B = 16
    TITLE = 17
    PRODUCT_ID_LOCAL = 18
    MEDIA_FORMAT_OTHER = 19
    SUPPLY_STAGE = 20
    INVOICE_NUMBER = 21
    ALTERNATIVE_ITEM_ID = 22
    ALTERNATIVE_OWNER = 23
    SUBSIDIARY = 24
    ALTERNATIVE_ILL_BORROWER = 25
    LOCAL_C = 26


LAST_ELEMENT = 127
"""The last that there can be (ISO/IEC 15962: a relative object identifier of one byte)."""
LAST_KNOWN = 32
"""Those above are no part of ISO 28560-1, and prove nothing."""

LIKE_AN_ID = re.compile(r"(?!0+$)[^\W_][\w ./:+*$%-]{0,63}")
"""What an item id looks like that no checksum proves: what bar codes hold, letters, and not all zeros."""

ISILS = frozenset({Element.OWNER_ISIL, Element.ILL_BORROWER_ISIL})
"""What the application's own compaction holds as ISIL code."""

UTF_8_ELEMENTS = frozenset({Element.TITLE})
"""What is always written as UTF-8, so that it need not be looked at first (as the examples have it)."""


def name_of(oid: int) -> str:
    """The name under which an element stands in `fields`."""
    return _NAMES.get(oid) or f"element_{oid}"


_NAMES = {int(element): element.name.lower() for element in Element}


def set_of(text: str) -> tuple[int, int] | None:
    """Part and parts of set information, `parts * 100 + part`; None when that is no set.

    Two digits each, and one as leading zero may be missing: 1203 is part 3 of 12, 101 part 1 of 1.
    """
    if len(text) not in {3, 4} or not (text.isascii() and text.isdigit()):
        return None
    parts, part = divmod(int(text), 100)
    return (part, parts) if 1 <= part <= max(parts, 1) or (part and not parts) else None


CIRCULATING = "10"
"""Type of usage of an item whose tag has none: one like any other."""


def usage_of(text: str) -> Usage:
    """The type of usage of two hex digits, class and qualifier; of anything else there is no information."""
    return Usage.of(int(text, 16)) if len(text) == 2 and not text.strip(_HEX) else Usage.NO_INFORMATION


_HEX = "0123456789ABCDEFabcdef"

_ONIX_TAPES = frozenset({"AB", "AF", "AG"})
_ONIX_CDS = frozenset({"AA", "AC", "AE", "AI", "AZ", "DA", "DB"})
_ONIX_VIDEOS = frozenset({"VA", "VF", "VJ", "VK"})
_ONIX_DVDS = frozenset({"DI", "VI", "VO"})
_ONIX_MAGAZINES = frozenset({"PN"})

_MARC: Mapping[str, Media] = MappingProxyType(
    {"t": Media.BOOK, "ss": Media.TAPE, "sd": Media.CD, "co": Media.CD, "vd": Media.DVD, "vf": Media.VIDEO}
)


def onix_media(code: str) -> Media | None:
    """The kind of thing that a product form of ONIX (code list 7) is, as far as a kiosk minds."""
    for codes, media in (
        (_ONIX_TAPES, Media.TAPE),
        (_ONIX_CDS, Media.CD),
        (_ONIX_VIDEOS, Media.VIDEO),
        (_ONIX_DVDS, Media.DVD),
        (_ONIX_MAGAZINES, Media.MAGAZINE),
    ):
        if code in codes:
            return media
    if not is_onix(code):
        return None
    return Media.BOOK if code.startswith("B") else Media.OTHER


def is_onix(code: str) -> bool:
    """Whether it looks like a product form of ONIX: two letters."""
    return len(code) == 2 and code.isascii() and code.isalpha() and code.isupper()


def marc_media(code: str) -> Media | None:
    """The kind of thing that MARC 21 field 007 means, by its first two characters."""
    return _MARC.get(code[:2]) or _MARC.get(code[:1]) or (Media.OTHER if code[:1].isalpha() else None)
