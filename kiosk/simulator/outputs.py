"""A reader's outputs: what was switched on and off when (H60301-3e 5.8, H40801-5e 5.11: 0x71; H01113-4e
6.11: 0x72)."""

from __future__ import annotations

from typing import NamedTuple

STEP_SECONDS = 0.1
"""Times are in steps of 100 ms."""
FOR_EVER = 0xFFFF

ON, OFF, FLASH = 1, 2, 3
"""What two bits say of an output; 0 leaves it as it is."""

LIGHTS = {0: "led-green", 2: "led-red", 4: "beeper"}
"""0x71: where in OS the two bits of each are; OS-TIME is for these."""
CONTACTS = {10: "out-1", 12: "out-2", 14: "relay"}
"""The same for what OUT-TIME is for."""


class Edge(NamedTuple):
    """An output that is on or off from `t` on; `flashes`: on and off in turns."""

    t: float
    output: str
    on: bool
    flashes: bool = False


class Setting(NamedTuple):
    """What one output shall do, for how many steps."""

    output: str
    does: int
    steps: int


def by_word(data: bytes) -> list[Setting] | None:
    """0x71: OS (2), OSF (2), OS-TIME (2) and, of readers with contacts, OUT-TIME (2; without it OS-TIME is
    for all). None when it is not that long."""
    if len(data) not in {6, 8}:
        return None
    state, lights = int.from_bytes(data[:2], "big"), int.from_bytes(data[4:6], "big")
    contacts = int.from_bytes(data[6:8], "big") if len(data) == 8 else lights
    settings = [Setting(name, state >> bit & 3, lights) for bit, name in LIGHTS.items()]
    return settings + [Setting(name, state >> bit & 3, contacts) for bit, name in CONTACTS.items()]


def by_record(data: bytes) -> list[Setting] | None:
    """0x72: MODE, OUT-N, then OUT-NR, OUT-S, OUT-TIME (2) each. None when it is not that long.

    Assumed: the lowest two bits of OUT-S say what it does; outputs are called by their OUT-NR.
    """
    if len(data) < 2 or len(data) != 2 + 4 * data[1]:
        return None
    records = [data[at : at + 4] for at in range(2, len(data), 4)]
    return [
        Setting(f"{number:02X}", state & 3, int.from_bytes(time, "big"))
        for number, state, time in ((record[0], record[1], record[2:]) for record in records)
    ]


class Outputs:
    """The outputs, and every edge of them."""

    def __init__(self) -> None:
        self.edges: list[Edge] = []
        self._ends: dict[str, float] = {}

    def play(self, now: float) -> None:
        """Let end what ends until `now`."""
        for at, output in sorted((at, output) for output, at in self._ends.items() if at <= now):
            del self._ends[output]
            self._edge(Edge(at, output, on=False))

    def switch(self, settings: list[Setting], now: float) -> None:
        """Do as they say. A time of 0 leaves what is going on."""
        self.play(now)
        for output, does, steps in settings:
            if not does or not steps:
                continue
            self._ends.pop(output, None)
            self._edge(Edge(now, output, does != OFF, does == FLASH))
            if does != OFF and steps != FOR_EVER:
                self._ends[output] = now + steps * STEP_SECONDS

    def lose_power(self, now: float) -> None:
        """All off."""
        self.play(now)
        self._ends.clear()
        for output in sorted({edge.output for edge in self.edges}):
            self._edge(Edge(now, output, on=False))

    def _edge(self, edge: Edge) -> None:
        last = next((each for each in reversed(self.edges) if each.output == edge.output), None)
        if (edge.on, edge.flashes) != ((last.on, last.flashes) if last else (False, False)):
            self.edges.append(edge)
