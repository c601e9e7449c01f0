"""The kiosk in a process of its own, so that it can die as in a power cut: `kill`, and not a word more."""

from __future__ import annotations

import logging
import multiprocessing
import threading
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kiosk.demo.farsides import FarSides
from kiosk.simulator import lanternfield
from tests.journeys.desk_story import log_in
from tests.journeys.wired_desk import Kiosk, Plan, quick

PATIENCE_S = 20.0


class KioskApart:
    """Behaves as `wired_desk.Kiosk`, and can be killed."""

    def __init__(self, home: Path, plan: Plan, far: FarSides, hear: Callable[[str, Any], None]) -> None:
        self._hear = hear
        self._answers: list[Any] = []
        self._answered = threading.Event()
        # not a fork: this process has threads
        context = multiprocessing.get_context("spawn")
        self._line, other = context.Pipe()
        self._turn = threading.Lock()
        self._process = context.Process(target=_live, args=(home, plan, dict(far.ports), other), daemon=True)
        self._process.start()
        other.close()
        self._listening = threading.Thread(target=self._listen)
        self._listening.start()

    def press(self, pressed: Any) -> None:
        self._say("press", pressed)

    def scanned(self, code: str) -> None:
        self._say("scanned", code)

    def rows(self) -> Any:
        self._answered.clear()
        self._say("rows", None)
        assert self._answered.wait(PATIENCE_S)
        return self._answers.pop()

    def kill(self) -> None:
        """The power goes."""
        self._process.kill()
        self._end()

    def close(self) -> None:
        """Stop it as the station does."""
        if self._process.is_alive():
            self._say("close", None)
        self._end()

    def _end(self) -> None:
        self._process.join(PATIENCE_S)
        self._listening.join(PATIENCE_S)
        self._line.close()
        assert self._process.exitcode is not None

    def _say(self, kind: str, what: Any) -> None:
        with self._turn:
            self._line.send((kind, what))

    def _listen(self) -> None:
        try:
            while True:
                kind, what = self._line.recv()
                if kind == "rows":
                    self._answers.append(what)
                    self._answered.set()
                else:
                    self._hear(kind, what)
        except (EOFError, OSError):
            pass  # it is gone


class _Ports(FarSides):
    """The far sides as seen from the other process: only their addresses are known there."""

    def __init__(self, scenery: Any, folder: Path, ports: dict[str, int]) -> None:
        super().__init__(scenery, folder, with_card=False)
        self.ports = ports


def _live(home: Path, plan: Plan, ports: dict[str, int], line: Connection) -> None:
    turn = threading.Lock()

    def tell(kind: str, what: Any) -> None:
        with turn:
            line.send((kind, what))

    logging.getLogger().addHandler(log_in(home))
    kiosk = Kiosk(home, plan, _Ports(quick(lanternfield()), home / "far", ports), tell)
    while True:
        kind, what = line.recv()
        match kind:
            case "press":
                kiosk.press(what)
            case "scanned":
                kiosk.scanned(what)
            case "rows":
                # a read-only mapping does not travel
                tell("rows", tuple(replace(row, payload=dict(row.payload)) for row in kiosk.rows()))
            case _:
                break
    kiosk.close()
    line.close()
