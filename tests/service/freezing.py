"""A real kiosk whose screen, or whose core, can be frozen: a process of its own, told what to do by lines.

`freeze screen` blocks the main thread, as a graphics driver does that never comes back; `freeze core` blocks
the core's loop, as an adapter does that waits where it must not. `thaw` lets go of both.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from kiosk.app import Doors
from kiosk.settings import load
from kiosk.station import run_kiosk


class Ice:
    """What holds a thread."""

    def __init__(self) -> None:
        self._free = threading.Event()
        self._free.set()
        self.core = False

    def holds(self, who: str) -> None:
        """In the thread that is to freeze."""
        print(f"frozen {who}", flush=True)
        self._free.wait()

    def obey(self) -> None:
        """Do what is said, line by line."""
        for line in sys.stdin:
            if line == "thaw\n":
                self.core = False
                self._free.set()
            else:
                self._free.clear()
                self.core = line == "freeze core\n"
                if not self.core:
                    # not earlier: the window settles what Kivy reads while it is imported
                    from kivy.clock import Clock

                    Clock.create_trigger(lambda _: self.holds("screen"))()

    def doors(self, doors: Doors) -> Doors:
        """Wires that the core opens again and again, since nobody answers there; and here it can be held."""

        def open_wire(host: str, port: int) -> Callable[[], Any]:
            inner = doors.open_wire(host, port)

            async def opened() -> Any:
                if self.core:
                    self.holds("core")
                return await inner()

            return opened

        return replace(doors, open_wire=open_wire)


def main(config: Path) -> int:
    ice = Ice()
    threading.Thread(target=ice.obey, daemon=True).start()
    return run_kiosk(load(config).in_earnest, config, replace_doors=ice.doors)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
