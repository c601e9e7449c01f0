"""What is said of the parts of a set: which are missing, which do not belong there, and of what they are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kiosk.circulation.reasons import Reason
from kiosk.circulation.views import RowView
from kiosk.words import Words

WRONG_PARTS = frozenset({Reason.PART_EXTRA, Reason.PART_FOREIGN})
"""Why a part does not belong where it lies."""

_ODD_PARTS: Mapping[Reason, str] = MappingProxyType(
    {
        **dict.fromkeys(WRONG_PARTS, "row.part-wrong"),
        Reason.TAG_DUPLICATE: "row.part-twice",
    }
)
"""Sentences that name the parts which should not be there."""


def say_parts(row: RowView, words: Words) -> str | None:
    """The sentence that names the parts which a row's reason is about; None: it names none."""
    if row.reason is Reason.PART_MISSING and row.parts_missing:
        return words.say("row.put-part", parts=_numbers(row.parts_missing, words))
    odd = _ODD_PARTS.get(row.reason) if row.reason is not None and row.parts_odd else None
    return words.say(odd, parts=_numbers(row.parts_odd, words)) if odd is not None else None


def say_swapped(row: RowView, words: Words) -> str | None:
    """The sentence of a set in whose case parts of another one on the list lie: of which; None: of none."""
    if row.reason is not Reason.PART_FOREIGN or not row.odd_of:
        return None
    return words.say("row.part-of", parts=_numbers(row.parts_odd, words), title=row.odd_of)


def _numbers(parts: tuple[int, ...], words: Words) -> str:
    """*1*, *1 and 3*, *1 and 3 and 4*."""
    named = str(parts[0])
    for part in parts[1:]:
        named = words.say("row.parts-and", first=named, last=str(part))
    return named
