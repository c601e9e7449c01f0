"""The floor: how soon a perfect host would have lent a stack, on this air and with this ILS.

It is a list schedule over two resources, the air and the ILS, each of which does one thing at a time.
Whenever the air is free it takes what is ready, write before verify before read before inventory;
nothing else costs any time (no wire to the reader, no disk, no program). What each tag needs:

- to be named by an inventory: the inventories of the record that named new tags, with the air time that
  the reader really spent on them (rounds of 16 slots with growing masks, and the Stay Quiet to each tag
  by which an "only new transponders" reader ends them). An inventory that named nobody new is not here;
- its 32 bytes of memory (the basic block of ISO 28560-3): one Read Multiple Blocks (23) of 8 blocks;
- one loan (11), `ils_s` seconds, one after the other, in the order in which the tags were read;
- Write AFI (27), its memory taking `write_s`;
- proof: Get System Information (2B) of that very tag, read after the write.

The schedule begins at the instant at which the stack lies there, with an inventory: waiting for the next
poll is a cost of ours, and so is everything else that was sent over the air.

A reader on a serial line is busy while bytes are on it, as it does one thing at a time: there each exchange
also takes what its bytes take (`Line`), as many as there really were.

Times of the air are those of ISO/IEC 15693-2 and -3 at the high data rate, 1 out of 4, one sub-carrier;
fc = 13.56 MHz.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

FC = 13.56e6
BYTE = 4096 / FC
"""One byte either way: 302.06 us (15693-2, 7.1 and 8.2)."""
REQUEST_FRAME = (1024 + 512) / FC
"""Start and end of a request (15693-2, 7.3)."""
ANSWER_FRAME = (2048 + 2048) / FC
"""Start and end of an answer (15693-2, 8.5)."""
T1 = 4352 / FC
"""From a request to its answer, nominal (15693-3, 9.1)."""
T2 = 4192 / FC
"""From an answer to the next request, at least (15693-3, 9.2)."""
WRITE_GRID = 4096 / FC
"""A write is answered at T1 plus a multiple of this (15693-3, 9.1; write alike commands)."""

INVENTORY_REQUEST = 5
"""Bytes: flags, command, mask length, CRC (15693-3, 10.3.1)."""
INVENTORY_ANSWER = 12
"""Bytes: flags, DSFID, UID, CRC (10.3.1)."""
READ = (14, 35)
"""Bytes asked and answered by a read of 8 blocks of 4 bytes, addressed: flags, command, UID, first, number,
CRC; flags, 32 bytes, CRC (10.4.3)."""
WRITE_AFI = (13, 3)
"""The same of Write AFI, addressed (10.4.7)."""
SYSTEM_INFORMATION = (12, 17)
"""The same of Get System Information, addressed, with DSFID, AFI, memory size and IC reference
(10.4.11)."""


def exchange_s(asked: int, answered: int) -> float:
    """Seconds of air for one request and its answer, until the next may begin."""
    return REQUEST_FRAME + asked * BYTE + T1 + ANSWER_FRAME + answered * BYTE + T2


def write_afi_s(write_s: float) -> float:
    """Seconds of air for a Write AFI whose memory takes `write_s`: answered on the grid after that."""
    asked, answered = WRITE_AFI
    steps = max(0, math.ceil((write_s - T1) / WRITE_GRID - 1e-9))
    return exchange_s(asked, answered) + steps * WRITE_GRID


@dataclass(frozen=True)
class Inventory:
    """An inventory of the record: its time on the air (and on a serial line) in seconds, and how many tags it
    was the first to name."""

    seconds: float
    named: int


@dataclass(frozen=True)
class Line:
    """What a serial line adds to each exchange, in seconds: nothing, where there is none."""

    read_s: float = 0.0
    write_s: float = 0.0
    verify_s: float = 0.0


NO_LINE = Line()


def inventory_bound(tags: int) -> list[Inventory]:
    """The least that any inventory of `tags` tags can take: each UID is on the air once, and nothing
    else but one request (no slot is empty, none collides)."""
    answers = tags * (T1 + ANSWER_FRAME + INVENTORY_ANSWER * BYTE + T2)
    return [Inventory(REQUEST_FRAME + INVENTORY_REQUEST * BYTE + answers, tags)]


_WRITE, _VERIFY, _READ, _INVENTORY = range(4)


def schedule(
    inventories: Sequence[Inventory], *, ils_s: float, write_s: float, line: Line = NO_LINE
) -> float:
    """Seconds from the stack's arrival until the last AFI is proved (see above)."""
    takes_s = {
        _READ: exchange_s(*READ) + line.read_s,
        _WRITE: write_afi_s(write_s) + line.write_s,
        _VERIFY: exchange_s(*SYSTEM_INFORMATION) + line.verify_s,
    }
    # what the air may do: (ready at, what, number of the tag or inventory)
    ready: list[tuple[float, int, int]] = [(0.0, _INVENTORY, 0)] if inventories else []
    tags = 0
    now = ils_free = done = 0.0
    while ready:
        now = max(now, min(at for at, _, _ in ready))
        job = min((job for job in ready if job[0] <= now), key=lambda job: job[1:])
        ready.remove(job)
        _, what, number = job
        if what == _INVENTORY:
            now += inventories[number].seconds
            for _ in range(inventories[number].named):
                ready.append((now, _READ, tags))
                tags += 1
            if number + 1 < len(inventories):
                ready.append((now, _INVENTORY, number + 1))
            continue
        now += takes_s[what]
        if what == _READ:
            ils_free = max(ils_free, now) + ils_s
            ready.append((ils_free, _WRITE, number))
        elif what == _WRITE:
            ready.append((now, _VERIFY, number))
        else:
            done = now
    return done
