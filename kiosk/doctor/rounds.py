"""Rounds: the same questions several times over, for their time."""

from __future__ import annotations

import asyncio
from typing import Final

from kiosk.doctor.line import Line
from kiosk.sip2.messages import ItemInformation, PatronInformation, ScStatus

ROUNDS: Final = 10

ROUNDS_AT_MOST_S: Final = 20.0
"""For the rounds of one message."""


async def of_questions(line: Line, *, item: ItemInformation | None, patron: PatronInformation | None) -> None:
    """Ask 99, and 17 and 63 where they are given, until there are ten times of each (`Line.took`), or their
    time is over, or one has no answer.

    Raises:
        GaveUp: as `Line.ask`.
    """
    now = asyncio.get_running_loop().time
    for request in (ScStatus(), item, patron):
        until = now() + ROUNDS_AT_MOST_S
        while request is not None and len(line.took[request.code]) < ROUNDS and now() < until:
            if await line.ask(request) is None:
                break
