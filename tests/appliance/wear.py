"""How much is written to the card: an idle hour, and a hundred loans."""

from __future__ import annotations

import time

from tests.appliance.bench import Bench
from tests.appliance.farside import many_books
from tests.appliance.machine import SMALL
from tests.appliance.visit import Visit, lent_once

IDLE_S = 600.0
LOANS = 100
AT_ONCE = 10

_RESTS_S = 60.0
"""What a start leaves to be written is written by then (ext4 commits after 5 s, Linux writes at 30)."""


def idle_hour(bench: Bench) -> None:
    """Nobody comes: what the machine writes to its card meanwhile. Measured for as long as the figure says,
    and multiplied to an hour."""
    with bench.far() as far, bench.settled(far) as appliance, appliance.on() as machine:
        visit = Visit(machine, far, bench.folder)
        visit.waits_for_first_frame()
        visit.waits_until_ready()
        # the one place where time itself is what is measured
        time.sleep(_RESTS_S)
        before, start = machine.written(), time.monotonic()
        time.sleep(IDLE_S)
        after, took = machine.written(), time.monotonic() - start
        bench.keeps(visit.picture("idle"))
        bench.figure("measured, s", took)
        for what in ("bytes", "requests", "flushes"):
            written = after[what] - before[what]
            bench.figure(f"{what} written", written)
            bench.figure(f"{what} in an hour", round(written * 3600 / took))


def hundred_loans(bench: Bench) -> None:
    """Ten patrons borrow ten books each: what that writes to the card. The display is a small one, which an
    emulator draws in a third of the time."""
    with (
        bench.far() as far,
        bench.settled(far) as appliance,
        appliance.on(display=SMALL) as machine,
    ):
        visit = Visit(machine, far, bench.folder)
        visit.waits_for_first_frame()
        visit.waits_until_ready()
        before, start = machine.written(), machine.seconds
        books = many_books()[:LOANS]
        for stack in (books[at : at + AT_ONCE] for at in range(0, LOANS, AT_ONCE)):
            visit.borrows(*stack)
        after = machine.written()
        bench.keeps(visit.picture("last"))
        lent_once(far, *books)
        bench.figure("loans", len(books))
        bench.figure("took, s", machine.seconds - start)
        for what in ("bytes", "requests", "flushes"):
            bench.figure(f"{what} written", after[what] - before[what])


SCENARIOS = {"idle-hour": idle_hour, "hundred-loans": hundred_loans}
