"""RAUC, by its command line (1.13, rauc.readthedocs.io): its slots, bundles and marks, as values."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from kiosk.update.trouble import UpdateFailed, not_here, of_rauc

FIRST_SLOT = "A"
"""The slot that an image comes with; the other is empty until an update was installed there."""


class Ran(NamedTuple):
    """What a program has said, and its exit status."""

    status: int
    out: str
    err: str


Run = Callable[[Sequence[str]], Ran]
"""Runs a program to its end. Raises FileNotFoundError when there is no such program."""


def run_program(words: Sequence[str]) -> Ran:
    """Run it on this machine, speaking English."""
    done = subprocess.run(
        list(words),
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the two places for the root file system.

    Attributes:
        name: A or B (RAUC's bootname).
        booted: the running system is in it.
        works: RAUC's boot status; False once its tries are used up, or while it is being written.
        tries_left: how often boot.scr still tries it; None: the counter cannot be read.
        version: of the bundle that was installed there; empty: none was.
        installed: when (ISO 8601), as RAUC wrote it down; empty: never.
    """

    name: str
    booted: bool
    works: bool
    tries_left: int | None = None
    version: str = ""
    installed: str = ""

    @property
    def filled(self) -> bool:
        """There is a system in it."""
        return bool(self.installed) or self.booted or self.name == FIRST_SLOT


@dataclass(frozen=True, slots=True)
class Status:
    """The slots. `compatible` is the kind of machine, `next_boot` the slot that boot.scr tries first."""

    compatible: str
    next_boot: str
    slots: tuple[Slot, ...]

    @property
    def booted(self) -> Slot:
        """The slot that runs.

        Raises:
            UpdateFailed: none does: boot.scr has not chosen one.
        """
        for slot in self.slots:
            if slot.booted:
                return slot
        raise of_rauc("de.pengutronix.rauc")

    @property
    def other(self) -> Slot | None:
        """The slot beside it."""
        return next((slot for slot in self.slots if not slot.booted), None)

    @property
    def fallback(self) -> Slot | None:
        """The other slot, where there is a system in it that can be tried."""
        other = self.other
        return other if other is not None and other.filled and other.works else None


class Bundle(NamedTuple):
    """What a bundle says of itself, once its signature was found good."""

    compatible: str
    version: str


class Rauc:
    """RAUC's commands. Each raises `UpdateFailed` when it was not done."""

    def __init__(self, run: Run = run_program) -> None:
        """`run` runs its program, and that of the boot environment."""
        self._run = run

    @property
    def here(self) -> bool:
        """Whether this machine is an appliance: RAUC is there."""
        try:
            return self._run(["rauc", "--version"]).status == 0
        except FileNotFoundError:
            return False

    def status(self) -> Status:
        """The slots as they are."""
        said = self._json("status", "--detailed", "--output-format=json")
        tries = self._tries()
        slots = []
        names = {}
        for each in said["slots"]:
            ((key, about),) = each.items()
            names[key] = str(about["bootname"])
            slots.append(_slot(about, tries))
        slots.sort(key=lambda slot: slot.name)
        return Status(str(said["compatible"]), names.get(str(said["boot_primary"]), ""), tuple(slots))

    def bundle(self, path: Path) -> Bundle:
        """Check the signature of a bundle, and read what it says of itself."""
        said = self._json("info", "--output-format=json", str(path))
        return Bundle(str(said["compatible"]), str(said["version"] or ""))

    def install(self, path: Path) -> None:
        """Write a bundle to the slot that does not run, and have that one tried at the next boot."""
        self._do("install", str(path))

    def mark_good(self) -> None:
        """The slot that runs has proved itself: its tries are full again."""
        self._do("status", "mark-good", "booted")

    def activate_other(self) -> None:
        """Have the other slot tried at the next boot."""
        self._do("status", "mark-active", "other")

    def restart(self) -> None:
        """Restart the machine."""
        done = self._run(["systemctl", "reboot"])
        if done.status:
            raise UpdateFailed(f"the restart was refused: {done.err.strip()}", "Restart the machine by hand")

    def _tries(self) -> Mapping[str, int]:
        """How often each slot is still tried, by name, as boot.scr counts."""
        try:
            said = self._run(["fw_printenv"]).out
        except FileNotFoundError:
            return {}
        pairs = (line.partition("=") for line in said.splitlines())
        return {
            name.removeprefix("BOOT_").removesuffix("_LEFT"): int(value)
            for name, _, value in pairs
            if name.startswith("BOOT_") and name.endswith("_LEFT") and value.isdecimal()
        }

    def _json(self, *words: str) -> Any:
        said = self._do(*words)
        try:
            return json.loads(said)
        except ValueError as error:
            raise UpdateFailed("RAUC gave an answer that nobody here understands", said[:200]) from error

    def _do(self, *words: str) -> str:
        try:
            done = self._run(["rauc", *words])
        except FileNotFoundError:
            raise not_here() from None
        if done.status:
            raise of_rauc(f"{done.out}\n{done.err}")
        return done.out


def _slot(about: Mapping[str, Any], tries: Mapping[str, int]) -> Slot:
    written = about.get("slot_status") or {}
    name = str(about["bootname"])
    return Slot(
        name,
        booted=about["state"] == "booted",
        works=about["boot_status"] == "good",
        tries_left=tries.get(name),
        version=str((written.get("bundle") or {}).get("version") or ""),
        installed=str((written.get("installed") or {}).get("timestamp") or ""),
    )
