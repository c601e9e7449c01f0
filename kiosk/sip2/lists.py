"""Lists: what a patron has, waits for or owes, in as many 63 as it takes.

ACS differ: some ignore the window (BP, BQ) and send everything, some send a window that is off by one
and overlaps, some fill up a window past the end with empty entries, some fail on a 63 that has BP at
all. So the first question has no window; further ones only fill a gap that the count shows; ids are
taken once each; and a page that brings nothing new is the end.

Two fines may well have the same text: within one page they both count.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from kiosk.sip2.client import Client
from kiosk.sip2.errors import Trouble
from kiosk.sip2.fields import Summary
from kiosk.sip2.messages import PatronInformation, PatronInformationResponse
from kiosk.sip2.untrusted import Untrusted

E = TypeVar("E")

PAGES_AT_MOST: Final = 20

_NAMES: Final[Mapping[Summary, tuple[str, str]]] = MappingProxyType({
    Summary.HOLD: ("hold_items", "hold_count"),
    Summary.OVERDUE: ("overdue_items", "overdue_count"),
    Summary.CHARGED: ("charged_items", "charged_count"),
    Summary.FINE: ("fine_items", "fine_count"),
    Summary.RECALL: ("recall_items", "recall_count"),
    Summary.UNAVAILABLE_HOLD: ("unavailable_hold_items", "unavailable_hold_count"),
})  # fmt: skip
"""Where a 64 has each list, and how long it says that it is."""


@dataclass(frozen=True, slots=True)
class PatronList(Generic[E]):
    """The first answer, all entries of one of its lists, and whether that is all of them.

    `complete` is true only when the ACS gives a count and the list has as many entries. (What some ACS count
    as holds is more than they list, see `Profile`: such a list is never complete.)
    """

    answer: PatronInformationResponse
    entries: tuple[E, ...]
    complete: bool


async def item_list(
    client: Client, request: PatronInformation, summary: Summary, *, paging: bool = True
) -> PatronList[str]:
    """Ask 63 for one list of items, each once, with `request` as the pattern (its summary and window are set
    here). `paging`: whether the ACS may be sent BP and BQ.

    Raises:
        ValueError: it is the list of fines (see `fine_list`).
        EncodeError: nothing was sent.
        Trouble: no answer to the first question. (If a later one fails, the list is incomplete.)
    """
    if summary is Summary.FINE:
        raise ValueError("fines are no items")
    name, _ = _NAMES[summary]

    def entries(answer: PatronInformationResponse) -> tuple[str, ...]:
        items: tuple[str, ...] = getattr(answer, name)
        return _distinct(tuple(filter(None, map(str.strip, items))))

    return await _gathered(client, request, summary, entries, paging=paging)


async def charged_list(client: Client, request: PatronInformation, *, paging: bool = True) -> PatronList[str]:
    """`item_list` of what the patron has on loan."""
    return await item_list(client, request, Summary.CHARGED, paging=paging)


async def fine_list(
    client: Client, request: PatronInformation, *, paging: bool = True
) -> PatronList[Untrusted]:
    """As `item_list`, of what the patron owes and for what, in the ACS's own words."""

    def entries(answer: PatronInformationResponse) -> tuple[Untrusted, ...]:
        return tuple(entry for entry in answer.fine_items if entry.raw.strip())

    return await _gathered(client, request, Summary.FINE, entries, paging=paging)


async def _gathered(
    client: Client,
    request: PatronInformation,
    summary: Summary,
    entries_of: Callable[[PatronInformationResponse], tuple[E, ...]],
    *,
    paging: bool,
) -> PatronList[E]:
    _, count_name = _NAMES[summary]
    request = dataclasses.replace(request, summary=summary, start=None, end=None)
    answer = await client.ask(request)
    count: int | None = getattr(answer, count_name)
    entries = entries_of(answer)
    page = len(entries)
    for _ in range(PAGES_AT_MOST if paging else 0):
        if not entries or count is None or len(entries) >= count:
            break
        window = dataclasses.replace(request, start=len(entries) + 1, end=len(entries) + page)
        try:
            more = await client.ask(window)
        except Trouble:
            break
        new = _distinct(tuple(entry for entry in entries_of(more) if entry not in entries))
        if not new:
            break
        entries += new
    return PatronList(answer, entries, complete=count == len(entries))


def _distinct(entries: tuple[E, ...]) -> tuple[E, ...]:
    """Each entry once, in the order in which they came."""
    return tuple(dict.fromkeys(entries))
