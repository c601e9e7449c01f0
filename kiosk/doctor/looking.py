"""Looking at all devices without a desk, and at the journal without opening it for writing."""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Condition, Device, DeviceChanged, SagaId
from kiosk.journal import JournalSettings, StoredRow
from kiosk.journal.errors import JournalDamaged, JournalTooNew, as_os_error
from kiosk.journal.sealing import load_key
from kiosk.journal.store import APPLICATION_ID, FILE_NAME, FILE_VERSION
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


async def examine(settings: Settings, make: Make, wall: Callable[[], float], seconds: float) -> Report:
    """Look at all devices for at most `seconds`, sooner when all are ready. Changes nothing."""
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
    journal, matters = _journal(settings.journal, wall())
    looks[Device.JOURNAL] = journal
    return Report(tuple(looks[device] for device in Device), matters)


def _named(settings: Settings, device: Device) -> bool:
    return getattr(getattr(settings, device.value), "driver", "none") != "none"


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


def _journal(settings: JournalSettings, now: float) -> tuple[Look, tuple[MatterView, ...] | None]:
    path = settings.folder / FILE_NAME
    try:
        rows = read_rows(path) if path.exists() else ()
        if load_key(settings.key_file) is None and any(row.sealed for row in rows):
            raise OSError(2, "the kiosk key is missing", str(settings.key_file))
        if settings.folder.exists() and not os.access(settings.folder, os.W_OK):
            raise PermissionError(13, "may not be written", str(settings.folder))
        matters = matters_in(rows)
    except OSError as error:
        detail = f"{error.filename}: {error.strerror}"
        return Look(Device.JOURNAL, Condition.MISSING, Reason.JOURNAL_FAILED, now, detail), None
    return Look(Device.JOURNAL, Condition.READY, since=now), matters


def read_rows(path: Path) -> tuple[StoredRow, ...]:
    """All rows of a journal, oldest first, read beside a kiosk that may be writing to it.

    Raises:
        OSError: it cannot be read, or is no journal.
    """
    # without a log beside it nobody has it open: then SQLite need not make files of its own to read it
    alone = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    with as_os_error(path):
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{alone}", uri=True, timeout=2.0)
        try:
            if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise JournalDamaged("this is not a kiosk's journal", path)
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version > FILE_VERSION:
                raise JournalTooNew(f"the journal has version {version}", path)
            found = db.execute(
                "SELECT seq, saga, kind, schema, closes, payload, mono, wall, key FROM rows ORDER BY seq"
            ).fetchall()
        finally:
            db.close()
    try:
        return tuple(_row(record) for record in found)
    except (TypeError, ValueError) as error:
        raise JournalDamaged("a row is not what was written", path) from error


def _row(record: tuple[Any, ...]) -> StoredRow:
    seq, saga, kind, schema, closes, payload, mono, wall, key = record
    return StoredRow(
        seq, SagaId(saga), kind, schema, bool(closes), json.loads(payload), mono, wall, any(key or b"")
    )
