"""`kiosk selftest [--confirm]`: does this version work on this machine, and may it stay?

Three things are asked: that the running kiosk has drawn and has its journal (its health file says so), that a
tag goes round in a virtual field, and that the disk takes what is written. Whether the ILS, the reader or the
printer answer is no question here: an older version would reach them no better.

With `--confirm` on an appliance, a slot that passes is marked as good, and its tries are full again. One that
does not pass is left to kiosk-roll-back.service: the machine is restarted, and boot.scr, which has counted
the try, goes back when all are used up. That would be wrong where there is nothing to go back to, and where
this very system has passed before: when it fails a year later, a disk is full or broken, and last year's
version would not help. Then the kiosk says on its screen what is wrong, and the slot stays.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.update.confirmed import Places
from kiosk.update.rauc import Rauc, Run, run_program
from kiosk.update.trip import round_trip
from kiosk.update.trouble import UpdateFailed

WAIT_S = 60.0
"""So long the kiosk gets to open its journal; that it has drawn, kiosk-confirm.service has waited for
(ours)."""

LOOK_S = 1.0
"""How often its health is looked at."""

FRESH_S = 30.0
"""A kiosk beats every 10 s; two beats may come late."""

ROOM = 16 * 1024**2
"""Bytes that must be free for the journal: weeks of rows."""


@dataclass(frozen=True, slots=True)
class World:
    """What the self-test asks of the machine.

    Attributes:
        health: the running kiosk's health file.
        state: the folder of its settings and journal.
        places: what is remembered of updates.
        run: runs a program.
        mono, wall: seconds of the monotonic clock, and since 1970.
        pause: waits so many seconds.
        trip: the tag round trip; says what went wrong.
    """

    health: Path
    state: Path
    places: Places = field(default_factory=Places)
    run: Run = run_program
    mono: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    pause: Callable[[float], None] = time.sleep
    trip: Callable[[], str] = round_trip


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, and what is wrong (empty: nothing)."""

    name: str
    wrong: str


def this_machine() -> World:
    """The machine that this runs on."""
    return World(
        Path(os.environ.get("RUNTIME_DIRECTORY") or "/run/kiosk") / "health.json",
        Path(os.environ.get("STATE_DIRECTORY") or "/var/lib/kiosk"),
    )


def main(argv: Sequence[str], version: str, world: World | None = None) -> int:
    """Carry out the command; returns 0 when all is well (with `--confirm`: when this slot stays), 1 when not,
    2 for a wrong call.

    Args:
        argv: what follows `kiosk selftest`.
        version: of the product.
        world: what is asked; None: this machine.
    """
    parser = argparse.ArgumentParser(prog="kiosk selftest", description="Does this version work here?")
    parser.add_argument("--confirm", action="store_true", help="on an appliance: let this slot stay")
    parser.add_argument(
        "--wait",
        type=float,
        default=WAIT_S,
        metavar="S",
        help=f"seconds that the kiosk gets to draw and to open its journal (default {WAIT_S:g})",
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    given = parser.parse_args(argv)
    around = world or this_machine()
    checks = [
        Check("kiosk", _kiosk(around, version, given.wait)),
        Check("tag", around.trip()),
        Check("disk", _disk(around.state)),
    ]
    passed = not any(check.wrong for check in checks)
    says, done = "", passed
    if given.confirm:
        says, done = _confirm(around, passed=passed)
    if given.json:
        found = {each.name: each.wrong or None for each in checks}
        _say(json.dumps({"passed": passed, "checks": found, "confirmation": says or None}))
    else:
        for each in checks:
            _say(f"{each.name}: {each.wrong or 'well'}")
        if says:
            _say(says)
    return 0 if done else 1


# ---- the checks -----------------------------------------------------------------------------


def _kiosk(world: World, version: str, patience: float) -> str:
    """Wait until the kiosk is well; what is wrong with it when it is not in time."""
    until = world.mono() + patience
    while wrong := _health(world, version):
        if world.mono() >= until:
            break
        world.pause(LOOK_S)
    return wrong


def _health(world: World, version: str) -> str:
    try:
        told = json.loads(world.health.read_text(encoding="utf-8"))
        drawn, beaten, journal = told["first_frame_s"], told["beaten"], told["journal"]
        runs = told["version"]
    except FileNotFoundError:
        return f"no kiosk runs here ({world.health} is not there)"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"what the kiosk says of itself cannot be read ({error})"
    if drawn is None:
        return "the kiosk has drawn nothing yet"
    if journal != "ready":
        return "the kiosk has no journal that it can use"
    # from both sides: a clock that was set since has put the beat into the future
    if not isinstance(beaten, int | float) or abs(world.wall() - beaten) > FRESH_S:
        return "the kiosk has stopped: its screen or its core does not beat"
    return "" if runs == version else f"the kiosk that runs is version {runs}, and this is {version}"


def _disk(state: Path) -> str:
    try:
        with tempfile.TemporaryFile(dir=state) as file:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
        free = shutil.disk_usage(state).free
    except OSError as error:
        return f"{state} cannot be written ({error.strerror or error})"
    return "" if free >= ROOM else f"{state} has only {free // 1024**2} MB left"


# ---- what follows ---------------------------------------------------------------------------


def _confirm(world: World, *, passed: bool) -> tuple[str, bool]:
    """Let this slot stay, or not; what was done, and whether it stays."""
    rauc = Rauc(world.run)
    if not rauc.here:
        return "Nothing to confirm: this machine is no appliance.", passed
    try:
        status = rauc.status()
        slot = status.booted
        if passed:
            says = f"Slot {slot.name} is confirmed."
        elif world.places.was_proved(slot):
            says = f"Slot {slot.name} has passed before, and stays: look at what is wrong."
        elif status.fallback is None:
            says = f"Slot {slot.name} stays, since there is no other to go back to: look at what is wrong."
        else:
            return f"Slot {slot.name} is not confirmed: the machine will go back to the other.", False
        rauc.mark_good()
        world.places.confirm(slot, proved=passed)
        return says, True
    except UpdateFailed as failed:
        print(f"kiosk selftest: {failed}.", file=sys.stderr)
    except OSError as error:
        print(f"kiosk selftest: {error.filename}: {error.strerror or error}", file=sys.stderr)
    return "Nothing was confirmed.", False


def _say(text: str) -> None:
    print(text, flush=True)
