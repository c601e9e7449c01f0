"""What can go wrong between the kiosk and the gate's lines.

`GateAway`: nothing can be said of any line (`NoChip`, `NoLine`, `LineBusy`, `GateGone`). `LineStuck`: one
line does not do what it is told (`StuckIdle`, `StuckActive`). All are `GateTrouble`.
"""

from __future__ import annotations


class GateTrouble(Exception):
    """Something between the kiosk and the gate's lines went wrong."""


class GateAway(GateTrouble):
    """The lines cannot be used at all."""


class NoChip(GateAway):
    """There is no such GPIO chip, no module to drive it, or no right to use it."""


class NoLine(GateAway):
    """The chip has no such line, or the line cannot do what is asked of it."""


class LineBusy(GateAway):
    """Another program, or the kernel itself, holds the line."""


class GateGone(GateAway):
    """The chip was there and does not answer any more."""


class LineStuck(GateTrouble):
    """A line does not follow what it is told."""


class StuckIdle(LineStuck):
    """The line does not become active: nobody is let through."""


class StuckActive(LineStuck):
    """The line does not go back to idle: everybody is let through."""
