"""Rows of sets on the pad: parts that are missing or do not belong there, and a set that nobody can count."""

from __future__ import annotations

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import ItemKey
from kiosk.circulation.views import ItemState, RowView

_LONG = "A Field Guide to Mosses and Liverworts of the Northern Woods"


def _set(
    number: int,
    title: str,
    reason: Reason,
    parts: int = 1,
    *,
    missing: tuple[int, ...] = (),
    odd: tuple[int, ...] = (),
    odd_of: str = "",
    state: ItemState = ItemState.ATTENTION,
) -> RowView:
    return RowView(
        f"{number}",
        ItemKey(f"{number}", "DE-1"),
        title,
        "",
        state,
        reason,
        parts=parts,
        parts_missing=missing,
        parts_odd=odd,
        odd_of=odd_of,
    )


STOVE = _set(30009, "Stories by the Stove", Reason.PART_MISSING, 3, missing=(2,))
BOXED = _set(30061, "Songs of the Salt Road", Reason.PART_EXTRA, 2, odd=(3,))
STRANGE = _set(30062, _LONG, Reason.PART_FOREIGN, 4, missing=(1, 3), odd=(1, 3))
SWAPPED = _set(
    30063, "Seven Winters", Reason.PART_FOREIGN, 3, missing=(2,), odd=(2,), odd_of="Salt and Cedar"
)
SWAPPED_LONG = _set(30067, "Tide Tables", Reason.PART_FOREIGN, 3, missing=(1,), odd=(1,), odd_of=_LONG)
TWICE = _set(30064, "Каштанка", Reason.TAG_DUPLICATE, 2, odd=(1,))
UNCOUNTED = _set(30065, "红楼梦", Reason.PARTS_UNKNOWN)
STRAY_PART = RowView("tag:E004010012345670", None, "", "", ItemState.ATTENTION, Reason.PART_FOREIGN)
TO_COUNT = _set(30066, "Songs of the Salt Road", Reason.PARTS_UNKNOWN, state=ItemState.ASKING)
