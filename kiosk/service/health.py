"""The health file: how the kiosk is, for programs that do not speak to its service manager.

`kiosk selftest` and the tests of the appliance read it. It is replaced at one go, so that a reader finds
the old one or the new one and never half of one.
"""

from __future__ import annotations

import dataclasses
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

NAME = "health.json"
"""Its name, in $RUNTIME_DIRECTORY."""


@dataclass(frozen=True, slots=True)
class Health:
    """How the kiosk is. Nothing in it is about a patron.

    Attributes:
        version: of the product.
        first_frame_s: seconds from the beginning of the process to its first picture; None: none yet.
        frames: how many frames were drawn, at the screen's last beat.
        screen: the name of what is on the screen, such as `attract`; empty: nothing yet.
        journal: `ready` or `missing`; None: nobody has said yet.
        beaten: wall time (seconds since 1970) at which core and screen both had beaten; None: not yet.
    """

    version: str
    first_frame_s: float | None = None
    frames: int = 0
    screen: str = ""
    journal: str | None = None
    beaten: float | None = None

    def changed_from(self, other: Health | None) -> bool:
        """Whether something else is the matter, and not only time has gone by."""
        if other is None:
            return True
        return dataclasses.replace(self, frames=0, beaten=None) != dataclasses.replace(
            other, frames=0, beaten=None
        )

    def write(self, path: Path) -> None:
        """Replace the file.

        Raises:
            OSError: it cannot be written.
        """
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(json.dumps(dataclasses.asdict(self)) + "\n", encoding="utf-8")
        fresh.replace(path)


def process_age() -> float:
    """Seconds since this process began; what came before its first line of Python is part of them.

    Raises:
        OSError: /proc is not there.
    """
    # proc_pid_stat(5): field 22, in ticks since boot; field 2 is a name in brackets that may hold anything
    fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    began = int(fields[22 - 3]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - began
