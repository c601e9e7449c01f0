"""`kiosk tag` at a simulated pad: the real commands and drivers in virtual time, over memory wires.

One `Tools` is a table with a pad: what is written on its tags stays from one command to the next.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from kiosk.app import Doors
from kiosk.lab.loop import run
from kiosk.lab.pcsc import apdus_over
from kiosk.lab.wires import Bench
from kiosk.simulator.scenery import ReaderManners, Scenery, Tag
from kiosk.simulator.world import World
from kiosk.tagging import main

PADS = {
    "feig": 'driver = "feig-tcp"\nhost = "192.0.2.7"',
    "m3": 'driver = "m3-serial"\ndevice = "/dev/ttyUSB7"',
    "pcsc": 'driver = "pcsc"\nreader = "Pad"',
}
every_make = pytest.mark.parametrize("make", PADS)

STAFF = ("--who", "Ina", "--why", "it lay in the bin")

Steps = dict[str, Any]


class Said(NamedTuple):
    """What a command has said, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class PowerCut(Exception):
    """The machine is dead; what was flushed is on the disk."""


class Tools:
    def __init__(
        self,
        folder: Path,
        capsys: pytest.CaptureFixture[str],
        make: str,
        *tags: Tag,
        settings: str = "",
        **manners: Any,
    ) -> None:
        self.folder = folder
        self.config = folder / "kiosk.toml"
        self.config.write_text(
            f"[pad]\n{PADS[make]}\n[journal]\n"
            f'folder = "{folder}/data"\nkey_file = "{folder}/journal.key"\n{settings}\n'
        )
        self.world = World(Scenery(tags=tags, reader=ReaderManners(make=make, **manners)), chance=Random(7))
        self.capsys = capsys
        self._now = 1.0
        self._cut = False
        self._later: list[tuple[float, Callable[[], object]]] = []

    def do(self, name: str, **command: Any) -> Steps:
        """Steer the pad, between two commands."""
        answer = self.world.do({"do": name, **command}, self._now)
        assert answer["ok"], answer
        return answer

    def put(self, *uids: str) -> None:
        self.do("put", tags=list(uids))

    def when(self, event: Steps, *steps: Steps) -> None:
        self.do("when", event=event, steps=list(steps))

    def later(self, seconds: float, name: str, **command: Any) -> None:
        """Steer it while the next command is at work, so many seconds after it began."""
        self.at(seconds, lambda: self.world.do({"do": name, **command}, asyncio.get_running_loop().time()))

    def at(self, seconds: float, happens: Callable[[], object]) -> None:
        """Something happens on the far side while the next command is at work."""
        self._later.append((seconds, happens))

    def tag(self, command: str, *words: str, cut: bool = False) -> Said:
        """One command; `cut`: the power goes as soon as its first row is on the disk."""
        self.capsys.readouterr()
        self._cut = cut

        def in_virtual_time(work: Any) -> int:
            async def timed() -> int:
                try:
                    status: int = await work
                finally:
                    self._now = asyncio.get_running_loop().time() + 1.0
                return status

            return run(timed(), start=self._now)

        status = main([command, "--config", str(self.config), *words], self._doors, in_virtual_time)
        out, err = self.capsys.readouterr()
        return Said(status, out, err)

    def _doors(self) -> Doors:
        loop = asyncio.get_running_loop()
        bench = Bench({"reader": self.world.reader})
        wire = bench.wire_to("reader")

        def steer(happens: Callable[[], object]) -> None:
            happens()
            bench.play()

        for seconds, happens in self._later:
            loop.call_later(seconds, steer, happens)
        self._later.clear()

        async def inline(fn: Callable[..., Any], *args: Any) -> Any:
            done = fn(*args)
            if self._cut and getattr(fn, "__name__", "") == "append":
                raise PowerCut
            return done

        return Doors(
            wall=lambda: 1_790_000_000.0 + loop.time(),
            mono=loop.time,
            open_wire=lambda host, port: wire,
            open_serial=lambda device, baud, parity="none": wire,
            run_blocking=lambda name: inline,
            chance=Random(3),
            fonts=self.folder,
            open_apdus=lambda settings, run_blocking: apdus_over(wire),
        )

    # ---- what is proved by others ------------------------------------------------------------

    def truth(self, uid: str) -> Steps:
        """What a tag holds, as the far side has it."""
        field = self.do("report")["field"]
        return next(each for each in field if each["uid"] == uid)

    def memory(self, uid: str) -> bytes:
        return bytes(self.world.field.tags[uid].memory)

    def journal(self) -> list[Steps]:
        """All rows, as `kiosk journal export` gives them."""
        from kiosk.support.journal_command import main as journal

        self.capsys.readouterr()
        words = ["export", "--config", str(self.config)]
        assert journal(words, wall=lambda: 0.0, mono=lambda: 0.0) == 0
        return [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]
