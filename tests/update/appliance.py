"""An appliance to try `kiosk update` and `kiosk selftest` on: programs on PATH that say what the real RAUC
1.13 has said (`recorded/`, whose README says how), a health file, and places of its own.

`made_up` answers are those that could not be recorded without a kernel that has dm-verity, and recorded ones
with another version in them.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from kiosk.update.command import main as update
from kiosk.update.confirmed import Places
from kiosk.update.rauc import run_program
from kiosk.update.selftest import World
from kiosk.update.selftest import main as selftest
from kiosk.update.trip import round_trip

RECORDED = Path(__file__).parent / "recorded"

VERSION = "0.1.0"

FLASHED = "status-a-as-flashed"
UPDATED = "status-b-tried"
NO_WAY_BACK = "status-b-and-a-used-up"
CAME_BACK = "status-a-came-back"

CHANGED = (1, "LastError: Installation error: Failed updating slot rootfs.1: Input/output error\n", "")
"""Written by hand: only a kernel with dm-verity has it said (`recorded/README.md`)."""

PROGRAM = """#!/bin/sh
echo "$(basename "$0") $*" >>{log}
answer={answers}/$(basename "$0")
for word; do case $word in -*|/*) ;; *) answer=$answer-$word ;; esac; done
cat "$answer.out"; cat "$answer.err" >&2; exit "$(cat "$answer.status")"
"""


class Said(NamedTuple):
    """What a command has said, and its exit status."""

    status: int
    out: str
    err: str


@dataclass
class Clock:
    """Time that passes by being waited for; `then` happens at each wait."""

    now: float = 1000.0
    then: Callable[[], object] = lambda: None

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.then()

    def read(self) -> float:
        return self.now


class Appliance:
    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self.clock = Clock()
        self.places = Places(folder / "kiosk-confirmed", folder / "update", folder / "rauc")
        self.health = folder / "health.json"
        self._answers = folder / "answers"
        self._log = folder / "log"
        self._capsys = capsys
        for made in (self._answers, folder / "bin", folder / "state", folder / "rauc"):
            made.mkdir()
        self._log.touch()
        monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")
        for name in ("rauc", "fw_printenv", "systemctl"):
            program = folder / "bin" / name
            program.write_text(
                PROGRAM.format(log=shlex.quote(str(self._log)), answers=shlex.quote(str(self._answers)))
            )
            program.chmod(0o755)
        self.says("", "version")
        self._answer("systemctl-reboot", 0)
        self.says("status", FLASHED)
        self.says("info", "info-good")
        self.says("status-mark-good-booted", "mark-good")
        self.says("status-mark-active-other", "mark-active-other")
        self.tries()
        self.says("install", "install-done")

    # ---- the far side ------------------------------------------------------------------------

    def says(self, command: str, recorded: str) -> None:
        """RAUC answers this command with what the real one has said."""
        told = json.loads((RECORDED / f"{recorded}.json").read_text())
        self._answer(f"rauc-{command}".rstrip("-"), told["status"], told["out"], told["err"])

    def made_up(self, command: str, answer: tuple[int, str, str]) -> None:
        """RAUC answers this command so."""
        self._answer(f"rauc-{command}", *answer)

    def tries(self, a: int = 3, b: int = 3) -> None:
        """What boot.scr has counted."""
        self._answer("fw_printenv", 0, f"BOOT_A_LEFT={a}\nBOOT_B_LEFT={b}\nBOOT_ORDER=A B\n")

    def no_slots(self) -> None:
        """A machine that a library manages itself."""
        for name in ("rauc", "fw_printenv"):
            (self.folder / "bin" / name).unlink()

    def beats(self, **said: object) -> None:
        """The kiosk runs, and says this of itself."""
        well = {"version": VERSION, "first_frame_s": 4.2, "frames": 9, "screen": "attract"}
        well |= {"journal": "ready", "beaten": self.clock.now}
        self.health.write_text(json.dumps({**well, **said}))

    def _answer(self, name: str, status: int, out: str = "", err: str = "") -> None:
        for ending, text in (("status", str(status)), ("out", out), ("err", err)):
            (self._answers / f"{name}.{ending}").write_text(text)

    # ---- what is done ------------------------------------------------------------------------

    def update(self, *words: str) -> Said:
        self._capsys.readouterr()
        status = update(
            words,
            VERSION,
            run=run_program,
            places=self.places,
            pause=self.clock.pause,
            health=self.health,
        )
        return Said(status, *self._capsys.readouterr())

    def selftest(self, *words: str, trip: Callable[[], str] = round_trip) -> Said:
        self._capsys.readouterr()
        world = World(
            self.health,
            self.folder / "state",
            self.places,
            mono=self.clock.read,
            wall=self.clock.read,
            pause=self.clock.pause,
            trip=trip,
        )
        status = selftest(words, VERSION, world)
        return Said(status, *self._capsys.readouterr())

    @property
    def asked(self) -> list[str]:
        """What was changed by programs: each command but questions."""
        lines = self._log.read_text().splitlines()
        questions = ("fw_printenv", "rauc --version", "rauc info", "rauc status --detailed")
        return [line for line in lines if not line.startswith(questions)]
