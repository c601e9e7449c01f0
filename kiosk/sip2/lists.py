"""Lists: what a patron has, waits for or owes, each list in as many 63 as it takes.

ACS differ: some ignore the window (BP, BQ) and send everything, some send a window that is off by one
and overlaps, some fill up a window past the end with empty entries, some fail on a 63 that has BP at
all. So the first question has no window; further ones only fill a gap that the count shows; ids are
taken once each; and a page that brings nothing new is the end.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from kiosk.sip2.client import Client
from kiosk.sip2.errors import Trouble
from kiosk.sip2.fields import Summary
from kiosk.sip2.messages import PatronInformation, PatronInformationResponse

PAGES_AT_MOST: Final = 20

_Count = Callable[[PatronInformationResponse], int | None]
_Entries = Callable[[PatronInformationResponse], tuple[str, ...]]

_LISTS: Final[Mapping[Summary, tuple[_Count, _Entries]]] = MappingProxyType({
    Summary.HOLD: (lambda answer: answer.hold_count, lambda answer: answer.hold_items),
    Summary.OVERDUE: (lambda answer: answer.overdue_count, lambda answer: answer.overdue_items),
    Summary.CHARGED: (lambda answer: answer.charged_count, lambda answer: answer.charged_items),
    Summary.FINE: (
        lambda answer: answer.fine_count, lambda answer: tuple(one.raw for one in answer.fine_items)
    ),
    Summary.RECALL: (lambda answer: answer.recall_count, lambda answer: answer.recall_items),
    Summary.UNAVAILABLE_HOLD: (
        lambda answer: answer.unavailable_hold_count, lambda answer: answer.unavailable_hold_items
    ),
})  # fmt: skip
"""Of each list: its count and its entries in a 64."""


@dataclass(frozen=True, slots=True)
class PatronList:
    """The first answer, all entries of its list (each once; fines as they come), and whether that is all.

    What an entry is, the ACS decides: an id, an id with a text behind it, a text. So none is fit to be shown
    as it is.

    `complete` is true only when the ACS gives a count and the list has as many entries.
    """

    answer: PatronInformationResponse
    entries: tuple[str, ...]
    complete: bool


def count_of(answer: PatronInformationResponse, summary: Summary) -> int | None:
    """How many entries a list has, as a 64 says; None when it does not."""
    return _LISTS[summary][0](answer)


async def charged_list(client: Client, request: PatronInformation) -> PatronList:
    """Ask 63 for the charged list (see `patron_list`)."""
    return await patron_list(client, request, Summary.CHARGED)


async def patron_list(client: Client, request: PatronInformation, summary: Summary) -> PatronList:
    """Ask 63 for one list, with `request` as the pattern (its summary and window are set here). Whether the
    ACS may be sent a window, the client's profile knows (`paging`).

    Raises:
        EncodeError: nothing was sent.
        Trouble: no answer to the first question. (If a later one fails, the list is incomplete.)
    """
    request = dataclasses.replace(request, summary=summary, start=None, end=None)
    answer = await client.ask(request)
    count, listed = count_of(answer, summary), _LISTS[summary][1]
    # two fines may well read the same
    entries = _some(listed(answer)) if summary is Summary.FINE else _distinct(listed(answer))
    page = len(entries)
    for _ in range(PAGES_AT_MOST if client.profile.paging == "window" else 0):
        if not entries or count is None or len(entries) >= count:
            break
        window = dataclasses.replace(request, start=len(entries) + 1, end=len(entries) + page)
        try:
            more = await client.ask(window)
        except Trouble:
            break
        known = set(entries)
        new = [entry for entry in _distinct(listed(more)) if entry not in known]
        if not new:
            break
        entries = (*entries, *new)
    return PatronList(answer, entries, complete=count == len(entries))


def _some(entries: tuple[str, ...]) -> tuple[str, ...]:
    """The entries in the order in which they came; empty ones are filling."""
    return tuple(entry for entry in map(str.strip, entries) if entry)


def _distinct(entries: tuple[str, ...]) -> tuple[str, ...]:
    """Each of them once."""
    return tuple(dict.fromkeys(_some(entries)))
