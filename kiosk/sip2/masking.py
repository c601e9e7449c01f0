"""Masking: a frame as a log may show it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from kiosk.sip2.codec import FIXED_WIDTHS
from kiosk.sip2.fields import DATE_WIDTH, SECRET_IDS
from kiosk.sip2.framing import TRAILER_SIZE

MASK: Final = "***"

_ALWAYS: Final = frozenset({"AA", "AD"})
"""Masked even when empty, so that a log does not tell who has no PIN."""

_SECRET = "|".join(sorted(SECRET_IDS))
_ANYWHERE = re.compile(f"({_SECRET}).*", re.DOTALL)
_BEHIND_A_DATE = re.compile(rf"(\d{{8}}.{{4}}\d{{6}}[\d ]{{0,24}})({_SECRET}).*", re.DOTALL)
"""A second message run into the first: its first field stands directly behind date and counts."""
_TRAILER = re.compile(r"(?:AY\dAZ[0-9A-Fa-f]{1,4}|AZ[0-9A-Fa-f]{4})\Z")
"""A short checksum only behind a number: a torn id may end so, too."""


def masked(frame: bytes | str, *, charset: str = "utf-8", delimiter: str = "|") -> str:
    """One line of text: the frame without terminator, secrets as `***`, control characters escaped.

    The values of AA and AD are masked wherever they stand, and so are passwords (AC, CO), the patron on
    hold (CY, DA) and the number of a payment (BK). Frames that are torn or no SIP2 at all are masked rather
    too much.
    """
    text = frame if isinstance(frame, str) else frame.decode(charset, errors="replace")
    text = text.rstrip("\r\n")
    trailer = _TRAILER.search(text, max(0, len(text) - TRAILER_SIZE))
    tail = trailer[0] if trailer else ""
    first, *others = (text[: trailer.start()] if trailer else text).split(delimiter)
    line = _masked_first(first)
    for part in others:
        # What is short and no secret needs no second look: that is nearly every part.
        masks = part[:2] in SECRET_IDS or len(part) > DATE_WIDTH
        line += delimiter + (_masked_part(part) if masks else part)
    line += tail
    return line if line.isprintable() else "".join(map(_visible, line))


def _masked_first(part: str) -> str:
    """The code, the fixed fields and the first variable field."""
    width = FIXED_WIDTHS.get(part[:2])
    if width is None:
        return _ANYWHERE.sub(rf"\1{MASK}", part)
    fixed, field = part[: width + 2], part[width + 2 :]
    if _ANYWHERE.search(fixed):
        # No fixed field can hold these letters: this frame is not what its code says.
        return _ANYWHERE.sub(rf"\1{MASK}", part)
    return fixed + _masked_part(field)


def _masked_part(part: str) -> str:
    id_, value = part[:2], part[2:]
    if id_ in SECRET_IDS:
        return id_ + MASK if value or id_ in _ALWAYS else part
    if len(part) > DATE_WIDTH and _BEHIND_A_DATE.search(part):
        return _BEHIND_A_DATE.sub(rf"\1\2{MASK}", part)
    return part


def _visible(ch: str) -> str:
    return ch.encode("unicode_escape").decode() if unicodedata.category(ch) in {"Cc", "Zl", "Zp"} else ch
