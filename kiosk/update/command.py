"""`kiosk update status | install FILE_OR_URL | latest | rollback`."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kiosk.commands import INTERRUPTED, USAGE_ERROR, add_config, said_of
from kiosk.settings import SettingsError, load
from kiosk.update.confirmed import Places
from kiosk.update.fetching import Fetch
from kiosk.update.quiet import HEALTH, wait_for_quiet
from kiosk.update.rauc import Bundle, Rauc, Run, Slot, Status, run_program
from kiosk.update.trouble import UNTOUCHED, Exit, UpdateFailed


@dataclass(frozen=True)
class Call:
    """One call: RAUC, where things lie, the version that speaks, how to wait."""

    rauc: Rauc
    places: Places
    version: str
    pause: Callable[[float], None] = field(default=time.sleep)
    health: Path = HEALTH


def main(
    argv: Sequence[str],
    version: str,
    *,
    run: Run = run_program,
    places: Places | None = None,
    pause: Callable[[float], None] = time.sleep,
    health: Path = HEALTH,
) -> int:
    """Carry out the command; returns its exit status (`Exit`).

    Args:
        argv: what follows `kiosk update`.
        version: of the product.
        run: runs a program (`rauc`, `fw_printenv`, `systemctl`).
        places: where things lie; None: where they do on an appliance.
        pause: waits so many seconds.
        health: the running kiosk's health file.
    """
    given = _parser().parse_args(argv)
    call = Call(Rauc(run), places or Places(), version, pause, health)
    try:
        if given.command == "status":
            return _status(call, as_json=given.json)
        if given.command == "latest":
            if _latest(call, load(given.config).update.url) and given.restart:
                wait_for_quiet(call.health, call.pause)
                _say("The kiosk restarts now.")
                call.rauc.restart()
            return Exit.DONE
        if given.command == "install":
            _install(call, given.what)
        else:
            _rollback(call)
        if given.restart:
            _say("The kiosk restarts now.")
            call.rauc.restart()
    except UpdateFailed as failed:
        if given.command == "status" and given.json:
            _say(json.dumps({"error": failed.says, "remedy": failed.remedy}))
        else:
            print(f"kiosk update {given.command}: {failed}.", file=sys.stderr)
        return failed.status
    except SettingsError as error:
        print(error, file=sys.stderr)
        return USAGE_ERROR
    except OSError as error:
        print(f"kiosk update {given.command}: {said_of(error)}", file=sys.stderr)
        return Exit.FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return Exit.DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kiosk update", description="Updates of an appliance.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    status = commands.add_parser("status", help="the slots: which runs, which is confirmed, which comes next")
    status.add_argument("--json", action="store_true", help="for programs")
    install = commands.add_parser("install", help="write a signed bundle to the slot that does not run")
    install.add_argument("what", metavar="FILE_OR_URL", help="a bundle (.raucb), here or at an https address")
    latest = commands.add_parser(
        "latest", help="install what lies at the address in [update], if it is newer"
    )
    add_config(latest)
    latest.add_argument(
        "--restart", action="store_true", help="and restart the machine as soon as nobody uses it"
    )
    rollback = commands.add_parser("rollback", help="go back to the other slot at the next start")
    for command in (install, rollback):
        command.add_argument("--restart", action="store_true", help="and restart the machine at once")
    return parser


# ---- status ---------------------------------------------------------------------------------


def _status(call: Call, *, as_json: bool) -> int:
    status = call.rauc.status()
    booted = status.booted
    confirmed = call.places.is_confirmed
    if as_json:
        slots = [_as_json(call, slot, confirmed=confirmed) for slot in status.slots]
        told = {"version": call.version, "compatible": status.compatible, "booted": booted.name}
        _say(json.dumps({**told, "next": status.next_boot, "confirmed": confirmed, "slots": slots}, indent=2))
        return Exit.DONE
    _say(f"{status.compatible}, version {call.version}, running in slot {booted.name}")
    for slot in status.slots:
        _say(f"slot {slot.name}: {_in_words(call, slot, status, confirmed=confirmed)}")
    return Exit.DONE


def _as_json(call: Call, slot: Slot, *, confirmed: bool) -> dict[str, Any]:
    return {
        "slot": slot.name,
        "booted": slot.booted,
        "confirmed": confirmed if slot.booted else call.places.was_proved(slot),
        "works": slot.works,
        "tries_left": slot.tries_left,
        "version": _version(call, slot) or None,
        "installed": slot.installed or None,
    }


def _version(call: Call, slot: Slot) -> str:
    return call.version if slot.booted else slot.version


def _in_words(call: Call, slot: Slot, status: Status, *, confirmed: bool) -> str:
    if not slot.filled:
        return "empty"
    words = [f"version {_version(call, slot) or 'of the image'}"]
    if slot.booted:
        words.append("runs, confirmed" if confirmed else "runs, not confirmed yet")
    elif not slot.works:
        words.append("did not prove itself, and is not tried again")
    elif call.places.was_proved(slot):
        words.append("has proved itself before")
    else:
        words.append("not tried yet")
    if status.next_boot == slot.name:
        words.append("comes at the next start")
    if slot.tries_left is not None and slot.works:
        words.append("1 try left" if slot.tries_left == 1 else f"{slot.tries_left} tries left")
    return ", ".join(words)


# ---- installing and going back --------------------------------------------------------------


def _install(call: Call, what: str) -> None:
    """Check, write, and leave nothing behind."""
    status, target = _ready(call)
    if "://" not in what:
        path = Path(what).absolute()
        _write(call, path, _checked(call, path, status), target)
        return
    _say(f"Fetching {what}")
    fetched = Fetch(what, call.places.downloads, call.pause).fetch()
    assert fetched is not None
    try:
        _write(call, fetched, _checked(call, fetched, status), target)
    finally:
        fetched.unlink(missing_ok=True)


def _latest(call: Call, url: str) -> bool:
    """Install what lies at the address, if it is newer and was not tried before; whether it was."""
    if not url:
        _say("No update is looked for: [update] url is empty.")
        return False
    status, target = _ready(call)
    address, etag = call.places.seen
    fetch = Fetch(url, call.places.downloads, call.pause, known=etag if address == url else "")
    fetched = fetch.fetch()
    if fetched is None:
        _say("Nothing new.")
        return False
    try:
        bundle = _checked(call, fetched, status)
        newer = numbers(bundle.version) > numbers(call.version)
        if newer and bundle.version == target.version:
            # it was there already: the machine has come back from it
            _say(f"Version {bundle.version} was tried before, and is left alone.")
            newer = False
        elif not newer:
            _say(f"Version {bundle.version} is not newer than {call.version}.")
        if newer:
            _write(call, fetched, bundle, target)
        call.places.see(url, fetch.etag)
        return newer
    except UpdateFailed as failed:
        if failed.status is Exit.REFUSED:
            call.places.see(url, fetch.etag)  # it will be no better tomorrow
        raise
    finally:
        fetched.unlink(missing_ok=True)


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version, for comparing: 1.10 is newer than 1.9."""
    return tuple(int(each) for each in re.findall(r"\d+", version))


def _ready(call: Call) -> tuple[Status, Slot]:
    """The slots, and the one that may be written."""
    status = call.rauc.status()
    target = status.other
    if target is None:
        raise UpdateFailed("there is only one slot here", "Write the card anew with a newer image")
    if not call.places.is_confirmed and status.fallback is not None:
        # the other slot is what the kiosk goes back to: not now
        raise UpdateFailed(
            f"what runs in slot {status.booted.name} is not confirmed yet, and slot {target.name} is its way"
            " back",
            "Wait until kiosk-confirm.service has confirmed it, or go back by: kiosk update rollback",
            Exit.BUSY,
        )
    return status, target


def _checked(call: Call, path: Path, status: Status) -> Bundle:
    """What the bundle says of itself, once it is known to be for this kiosk."""
    bundle = call.rauc.bundle(path)
    if bundle.compatible != status.compatible:
        raise UpdateFailed(
            f"this bundle is for {bundle.compatible}, and this kiosk is {status.compatible}",
            f"Get the one for {status.compatible}. {UNTOUCHED}",
            Exit.REFUSED,
        )
    return bundle


def _write(call: Call, path: Path, bundle: Bundle, target: Slot) -> None:
    _say(f"Writing version {bundle.version} to slot {target.name}; this takes a minute or two.")
    call.places.forget(target.name)
    call.rauc.install(path)
    _say(
        f"Version {bundle.version} is in slot {target.name} and is tried at the next start. If it does not"
        f" prove itself, the kiosk comes back to version {call.version} by itself."
    )


def _rollback(call: Call) -> None:
    status = call.rauc.status()
    other = status.other
    if other is None or not other.filled:
        raise UpdateFailed("there is nothing to go back to: no other version was ever installed", UNTOUCHED)
    if not other.works:
        raise UpdateFailed(
            f"slot {other.name} cannot be gone back to: it did not prove itself, or was not written to its"
            " end",
            "Install the version that you want: kiosk update install FILE_OR_URL",
        )
    call.rauc.activate_other()
    _say(f"Slot {other.name} comes at the next start.")


def _say(text: str) -> None:
    print(text, flush=True)
