"""Looking at all devices without a desk, and at the journal without opening it for writing."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import DeviceChanged
from kiosk.circulation.values import Condition, Device
from kiosk.journal import JournalSettings, KeyUnusable, read_what_can_be_read
from kiosk.journal.sealing import load_key
from kiosk.maintenance.matters import matters_in
from kiosk.maintenance.views import MatterView
from kiosk.settings import Settings

log = logging.getLogger(__name__)

LEFT_ALONE = frozenset({Device.PAD, Device.CARDS, Device.PRINTER, Device.GATE, Device.SCANNER})
"""What a second program must not touch while a kiosk runs: lines of a chip and serial lines have one owner, a
printer takes one connection, a card would be read twice, and a book that one client's inventory has silenced
is not named to the other. An ILS has many clients."""

FAREWELL_S = 3.0
"""Time for the supervisors to let go of their devices."""

DISK = (Device.JOURNAL,)
"""What is no device with a supervisor."""


class Supervised(Protocol):
    """A device with its supervisor, as `desk.ports` has them."""

    async def run(self, post: Callable[[Any], None]) -> None:
        """Open, watch, reopen; report each change."""


Make = Callable[[Device, Settings], Supervised | None]
"""Makes one device that the settings name; None: they name none. Raises ValueError for a simulated one."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one device is. `condition` is a `Condition`, or `not-fitted`, `simulated` or `in-use` (a running
    kiosk holds it). `detail` is what the system said of the journal; `since` in wall seconds."""

    device: Device
    condition: str
    reason: Reason | None = None
    since: float | None = None
    detail: str = ""

    @property
    def fitted(self) -> bool:
        """Whether there is one."""
        return self.condition not in {"not-fitted", "simulated"}


@dataclass(frozen=True, slots=True)
class Report:
    """All that was seen. `matters` is None when the journal could not be read."""

    looks: tuple[Look, ...]
    matters: tuple[MatterView, ...] | None

    @property
    def well(self) -> bool:
        """Whether nothing is missing."""
        return all(look.condition != Condition.MISSING for look in self.looks)


async def examine(
    settings: Settings,
    make: Make,
    wall: Callable[[], float],
    seconds: float,
    credentials: Path | None = None,
) -> Report:
    """Look at all devices for at most `seconds`, sooner when all are ready. Changes nothing.

    `credentials` is the folder of systemd credentials, None when there is none.
    """
    running = kiosk_runs(settings.journal.folder)
    looks: dict[Device, Look] = {}
    supervised: dict[Device, Supervised] = {}
    for device in Device:
        if device in DISK:
            continue
        if device.value in settings.simulated:
            looks[device] = Look(device, "simulated")
        elif running and device in LEFT_ALONE and _named(settings, device):
            looks[device] = Look(device, "in-use")
        elif (made := make(device, settings)) is None:
            looks[device] = Look(device, "not-fitted")
        else:
            supervised[device] = made
            looks[device] = Look(device, Condition.MISSING)
    looks.update(await _watch(supervised, wall, seconds))
    for device, reason in warnings(settings).items():
        if looks[device].condition == Condition.READY:
            looks[device] = replace(looks[device], reason=reason)
    journal, matters = _journal(settings.journal, wall(), credentials)
    looks[Device.JOURNAL] = journal
    return Report(tuple(looks[device] for device in Device), matters)


def warnings(settings: Settings) -> Mapping[Device, Reason]:
    """What staff should see to of devices that work all the same, as these settings have it."""
    sip2 = settings.ils.sip2
    return {Device.ILS: Reason.ILS_EXPOSED} if sip2 is not None and sip2.exposed else {}


def _named(settings: Settings, device: Device) -> bool:
    section = getattr(settings, device.value, None)
    return getattr(section, "driver", "none") != "none"


async def _watch(
    supervised: Mapping[Device, Supervised], wall: Callable[[], float], seconds: float
) -> dict[Device, Look]:
    """Let them work, and hear the last that each of them said."""
    heard: dict[Device, Look] = {}
    all_ready = asyncio.Event()

    def post(report: object) -> None:
        if isinstance(report, DeviceChanged):
            heard[report.device] = Look(report.device, report.condition, report.reason, wall())
            if all(device in heard and heard[device].condition == Condition.READY for device in supervised):
                all_ready.set()

    async def work(device: Device, party: Supervised) -> None:
        try:
            await party.run(post)
        except Exception:  # whatever one of them does, the others are looked at
            log.exception("a fault in the program ended the look at %s", device.value)

    tasks = [asyncio.ensure_future(work(device, party)) for device, party in supervised.items()]
    try:
        if tasks:
            async with asyncio.timeout(seconds):
                await all_ready.wait()
    except TimeoutError:
        pass
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=FAREWELL_S)
    return heard


# ---- the journal ----------------------------------------------------------------------------


def kiosk_runs(folder: Path) -> bool:
    """Whether a process holds the journal's folder. It is asked with a shared lock, for a moment."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _journal(
    settings: JournalSettings, now: float, credentials: Path | None
) -> tuple[Look, tuple[MatterView, ...] | None]:
    found = read_what_can_be_read(settings, only_open=True)
    error: OSError | None = found.error
    try:
        if error is None:
            _check_key(settings, credentials, sealed=any(row.sealed for row in found.rows))
        if error is None and settings.folder.exists() and not os.access(settings.folder, os.W_OK):
            raise PermissionError(13, "may not be written", str(settings.folder))
    except OSError as unusable:
        error = unusable
    if error is None:
        return Look(Device.JOURNAL, Condition.READY, since=now), matters_in(found.rows)
    reason = getattr(error, "reason", Reason.JOURNAL_FAILED)
    detail = f"{error.filename}: {getattr(error, 'problem', error.strerror)}"
    return Look(Device.JOURNAL, Condition.MISSING, reason, now, detail), None


def _check_key(settings: JournalSettings, credentials: Path | None, *, sealed: bool) -> None:
    """Whether the kiosk could open what is sealed (raises OSError where not)."""
    if settings.credential and credentials is None:
        return  # it is handed to the kiosk's own service, and nobody else can tell
    path = settings.key_path(credentials)
    if load_key(path) is None and (sealed or settings.credential):
        raise KeyUnusable("the kiosk key is missing", path, "Put it back.")
