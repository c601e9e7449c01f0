"""Rounds: the same questions several times over, for their time."""

from __future__ import annotations

import asyncio
from typing import Final

from kiosk.doctor.line import Line
from kiosk.sip2.messages import ItemInformation, PatronInformation, ScStatus

ROUNDS: Final = 10
"""Times of each question that are wanted, whatever an ILS takes for it."""

ROUNDS_AT_MOST_S: Final = 20.0
"""For the rounds of one message."""

MORE_ROUNDS: Final = 40
"""Times of each question where it answers fast: the 95th percentile of forty is not the longest of them, that
of fewer than twenty is."""

MORE_ROUNDS_AT_MOST_S: Final = 2.0
"""For the rounds of one message beyond `ROUNDS`."""


async def of_questions(line: Line, *, item: ItemInformation | None, patron: PatronInformation | None) -> None:
    """Ask 99, and 17 and 63 where they are given, until there are ten times of each (`Line.took`), or forty
    where that takes two seconds at most; or until one has no answer.

    Raises:
        GaveUp: as `Line.ask`.
    """
    now = asyncio.get_running_loop().time
    for request in (ScStatus(), item, patron):
        began = now()
        while request is not None:
            took, times = now() - began, len(line.took[request.code])
            rounds, at_most = (
                (ROUNDS, ROUNDS_AT_MOST_S) if times < ROUNDS else (MORE_ROUNDS, MORE_ROUNDS_AT_MOST_S)
            )
            if times >= rounds or took >= at_most or await line.ask(request) is None:
                break
