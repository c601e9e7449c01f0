"""Where kiosks are killed: far sides in a process of their own, and in another a kiosk that dies and dies.

Nothing here sleeps for a while and hopes: everything waits for what the kiosk or the far sides tell.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kiosk.lab.evidence import Canary
from kiosk.lab.inquest import Report
from kiosk.lab.victim import Life
from kiosk.simulator.control import BlockingControl
from kiosk.simulator.scenery import IlsManners, Item, Patron, ReaderManners, Scenery, tag_for

PATIENCE_S = 25.0
"""How long something may take that has to come; a kiosk tries three times to learn what became of a loan."""

LOOK_S = 0.03
"""Pause between two looks at something that does not tell of itself."""

POLLS = 4
"""Questions to the reader, for each tag and for the field, after which a tag that is gone is known to be."""

LOGIN = ("selfcheck", "lantern")

PATRONS = ("Wilhelmina Oakes", "Thaddeus Brindlewood", "Ottoline Farrow", "Cornelius Vane")

ITEMS = 48
"""Enough that a stack is found for whoever comes, of books that are in as of those that are out."""

Event = dict[str, Any]


def scenery() -> Scenery:
    """A library in which everything can be lent and taken back: what goes wrong here is the power."""
    barcodes = [f"39{number:06}" for number in range(1, ITEMS + 1)]
    return Scenery(
        patrons=tuple(Patron(f"21{number:06}", name) for number, name in enumerate(PATRONS, start=1)),
        items=tuple(Item(code, f"The Lantern Papers, Volume {code[-2:]}") for code in barcodes),
        tags=tuple(tag_for(code, number) for number, code in enumerate(barcodes, start=1)),
        ils=IlsManners(login=LOGIN, timeout="010"),
        reader=ReaderManners(),
    )


def canaries(library: Scenery) -> list[Canary]:
    """What must not be found in the data folder."""
    return (
        [Canary("name", patron.name) for patron in library.patrons]
        + [Canary("patron", patron.id) for patron in library.patrons]
        + [Canary("title", item.title) for item in library.items]
    )


class Lost(Exception):
    """Something that has to come did not, and what it was."""


class Scene:
    """A desk in `folder` (a context manager), whose kiosk is started and killed as often as one likes.

    `view` is the newest view of this life, None before the first; `troubles` are errors that any life told;
    `cleared` are the items that this life saw taken from the pad when it was cleared; `told` is what was said
    last, for whoever looks into a case.
    """

    def __init__(self, folder: Path, chance: random.Random) -> None:
        """Prepare it."""
        self.library = scenery()
        self.folder = folder
        self.view: Event | None = None
        self.troubles: list[str] = []
        self.told: deque[str] = deque(maxlen=400)
        self.cleared: set[str] = set()
        self.pid = 0
        self._chance = chance
        self._stack = contextlib.ExitStack()
        self._heard = b""

    def __enter__(self) -> Self:
        """Start the far sides, and what kiosks are forked from."""
        with contextlib.ExitStack() as stack:
            self._stack = stack
            self.folder.mkdir(parents=True, exist_ok=True)
            file = self.folder / "scenery.json"
            file.write_text(json.dumps(self.library.to_json()), encoding="utf-8")
            sim = ["kiosk", "sim", "desk", "--scenery", str(file), "--no-card", "--die-with-stdin"]
            far = self._program(*sim)
            self._nursery = self._program("kiosk.lab.victim")
            self._ports = json.loads(self._first_line(far))
            self._control = BlockingControl(self._ports["control"])
            stack.callback(self._control.close)
            # no longer than the folder: such a path has little room
            self._socket = stack.enter_context(socket.socket(socket.AF_UNIX))
            self._socket.bind(str(self.folder / "line"))
            self._socket.listen(1)
            self._socket.settimeout(PATIENCE_S)
            self._first_line(self._nursery)
            self._line = stack.enter_context(socket.socket(socket.AF_UNIX))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all of it."""
        if self.pid:
            self.kill()
        self._stack.close()

    def _program(self, *command: str) -> subprocess.Popen[bytes]:
        log = self._stack.enter_context((self.folder / f"{command[0]}.log").open("wb"))
        process = subprocess.Popen(
            [sys.executable, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )
        self._stack.callback(_end, process)
        return process

    def _first_line(self, process: subprocess.Popen[bytes]) -> bytes:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise Lost(f"{process.args!r} did not start; its log is in {self.folder}")
        return line

    # ---- lives ------------------------------------------------------------------------------

    def start(self) -> None:
        """Start a kiosk; it is alive when this returns, and nothing of it is built."""
        order = Life(
            str(self.folder / "line"),
            str(self.folder / "kiosk"),
            self._ports["ils"],
            self._ports["reader"],
            LOGIN,
            self.library.ils.institution,
            self._chance.getrandbits(32),
        )
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        self._nursery.stdin.flush()
        self.view, self._heard, self.cleared = None, b"", set()
        line, _ = self._socket.accept()
        self._line = self._stack.enter_context(line)
        self.pid = self.hears(lambda event: "alive" in event)["alive"]

    def kill(self) -> None:
        """The power goes: SIGKILL, and nothing more is heard."""
        self._note({"kill": self.pid})
        os.kill(self.pid, signal.SIGKILL)
        self.pid = 0
        self._line.settimeout(PATIENCE_S)
        while self._line.recv(1 << 16):
            pass
        self._line.close()

    def hears(self, test: Callable[[Event], Any], within: float = PATIENCE_S) -> Event:
        """Listen to the kiosk until something passes the test.

        Raises:
            Lost: it did not come, or the kiosk ended by itself.
        """
        end = time.monotonic() + within
        while True:
            while b"\n" in self._heard:
                line, _, self._heard = self._heard.partition(b"\n")
                event: Event = json.loads(line)
                self._learn(event)
                self._note(event)
                if test(event):
                    return event
            self._line.settimeout(max(0.001, end - time.monotonic()))
            try:
                more = self._line.recv(1 << 16)
            except TimeoutError:
                raise Lost(f"not told in {within:.1f} s; the screen is {self.view}") from None
            if not more:
                raise Lost(f"the kiosk ended by itself; its log is in {self.folder}")
            self._heard += more

    def _note(self, event: Event) -> None:
        if "rows" not in event and event.get("disk") not in {"all_rows", "stored_rows"}:
            self.told.append(f"{time.monotonic():.3f} {json.dumps(event)}")

    def _learn(self, event: Event) -> None:
        if "view" in event:
            self.view = event["view"]
        elif "trouble" in event:
            self.troubles.append(event["trouble"])

    def sees(self, *screens: str) -> None:
        """Wait for one of these screens."""
        if self.view is None or self.view["screen"] not in screens:
            self.hears(lambda event: "view" in event and event["view"]["screen"] in screens)

    # ---- what people do ---------------------------------------------------------------------

    def press(self, intent: str) -> None:
        """Press what is on the screen now."""
        assert self.view is not None
        self._say(press=[self.view["session"], self.view["revision"], intent])

    def scan(self, code: str) -> None:
        """Scan a card."""
        self._say(scan=code)

    def rows(self) -> list[Event]:
        """The journal's rows."""
        self._say(rows=None)
        told: list[Event] = self.hears(lambda event: "rows" in event)["rows"]
        return told

    def put(self, barcodes: Iterable[str]) -> None:
        """Put books on the pad."""
        tags = list(barcodes)
        self._note({"put": tags})
        self._control.do(do="put", tags=tags)

    def lift(self, barcodes: Iterable[str]) -> None:
        """Take books from the pad; in the dark nobody notices."""
        tags = list(barcodes)
        self._note({"lift": tags})
        self._control.do(do="lift", tags=tags)

    def clear(self) -> None:
        """Take all from the pad, and wait until the kiosk has had the time to notice: no patron is so quick
        that their card is shown before."""
        if there := self.on_pad():
            barcodes = {tag.uid: tag.barcode for tag in self.library.tags}
            self.cleared |= {barcodes[uid] for uid in there}
            self.lift(there)
            self._say(polls=POLLS * (1 + len(there)))
            self.hears(lambda event: "polled" in event)

    def on_pad(self) -> list[str]:
        """The tags that lie there."""
        there: list[str] = self._control.do(do="look")["pad"]
        return there

    def report(self) -> Report:
        """What the far sides saw."""
        return self._control.do(do="report")

    def _say(self, **what: Any) -> None:
        self._note(what)
        self._line.settimeout(PATIENCE_S)
        self._line.sendall(json.dumps(what).encode() + b"\n")


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.wait(PATIENCE_S)
    process.stdout.close()
