"""Lists: a patron's list of items, in as many 63 as it takes.

ACS differ: some ignore the window (BP, BQ) and send everything, some send a window that is off by one
and overlaps, some fill up a window past the end with empty entries, some fail on a 63 that has BP at
all. So the first question has no window; further ones only fill a gap that the count shows; ids are
taken once each; and a page that brings nothing new is the end.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

from kiosk.sip2.client import Client
from kiosk.sip2.errors import Trouble
from kiosk.sip2.fields import Summary
from kiosk.sip2.messages import PatronInformation, PatronInformationResponse

PAGES_AT_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class ChargedList:
    """The first answer, all entries of its charged list (each once), and whether that is all of them.

    `complete` is true only when the ACS gives a count and the list has as many entries.
    """

    answer: PatronInformationResponse
    entries: tuple[str, ...]
    complete: bool


async def charged_list(client: Client, request: PatronInformation) -> ChargedList:
    """Ask 63 for the charged list, with `request` as the pattern (its summary and window are set here).

    Raises:
        EncodeError: nothing was sent.
        Trouble: no answer to the first question. (If a later one fails, the list is incomplete.)
    """
    request = dataclasses.replace(request, summary=Summary.CHARGED, start=None, end=None)
    answer = await client.ask(request)
    count = answer.charged_count
    entries = _distinct(answer.charged_items)
    page = len(entries)
    for _ in range(PAGES_AT_MOST):
        if not entries or count is None or len(entries) >= count:
            break
        window = dataclasses.replace(request, start=len(entries) + 1, end=len(entries) + page)
        try:
            more = await client.ask(window)
        except Trouble:
            break
        grown = _distinct((*entries, *more.charged_items))
        if len(grown) == len(entries):
            break
        entries = grown
    return ChargedList(answer, entries, complete=count == len(entries))


def _distinct(entries: tuple[str, ...]) -> tuple[str, ...]:
    """Each entry once, in the order in which they came; empty ones are filling."""
    return tuple(dict.fromkeys(entry for entry in map(str.strip, entries) if entry))
