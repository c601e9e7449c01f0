"""A journal on a lossy disk through many lives, each of which ends in a power cut. `main` plays seeds and
prints what was wrong; the sins of test_disk are found by it in a copied tree."""

import asyncio
import logging
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from kiosk import lab
from kiosk.circulation.values import Row, RowKind, SagaId
from kiosk.journal import JournalError, JournalSettings, SqliteJournal, StoredRow
from kiosk.lab.disk import LossyDisk
from tests.journal.test_migration import version_1

T = TypeVar("T")

DAY_S = 86400.0
SPRING = 1_775_000_000.0

LIVES = 5
"""Lives of one seed, a day apart: from the fourth on the clock is believed, and old rows are removed."""

MIGRATED = 0.2
"""How often the journal begins as one of version 1."""

Said = tuple[str, str, int]


class Wrong(Exception):
    """A promise of the journal was broken."""


async def inline(fn: Callable[..., T], /, *args: object) -> T:
    return fn(*args)


class Lives:
    """One seed. `told` are the rows whose flush was reported, with their wall time; `closed` says when each
    saga was, as far as anybody tried; `asked` is what nobody was told about any more."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.cuts = 0
        self.number = 0
        self.told: dict[Said, float] = {}
        self.asked: set[Said] = set()
        self.closed: dict[str, float] = {}
        self.opening = 0
        self.wall = SPRING
        if self.chance.random() < MIGRATED:
            self._of_version_1()

    def play(self) -> None:
        with LossyDisk(self.folder, random.Random(self.chance.random())) as disk:
            for _ in range(LIVES):
                if self.chance.random() < 0.7:
                    # an opening takes some ten operations (a hundred when the file is made), a flush four
                    disk.cut_in(self.chance.randint(1, self.chance.choice((15, 120, 120))))
                lab.run(self._life(disk))
                disk.power_returns()
                self.cuts += 1
                self.wall += DAY_S
            lab.run(self._last())

    def _of_version_1(self) -> None:
        left, _ = version_1(self.folder, 20)
        self.told = {(row.saga, row.kind.value, 0): SPRING for row in left}
        for number in range(20):
            saga = f"s{number}"
            if saga not in {row.saga for row in left}:
                self.closed[saga] = 0.0
                self.asked |= {(saga, RowKind.INTENT.value, 0)}

    def journal(self) -> SqliteJournal:
        settings = JournalSettings(self.folder / "data", self.folder / "journal.key", keep_days=1)
        return SqliteJournal(settings, run_blocking=inline, mono=lambda: 5.0, wall=lambda: self.wall)

    async def _life(self, disk: LossyDisk) -> None:
        journal = self.journal()
        try:
            await self._opens(journal)
            for _ in range(self.chance.randint(0, 12)):
                await self._appends(journal)
                if self.chance.random() < 0.2:
                    await asyncio.sleep(70.0)  # the journal tidies, and removes what is old
        except OSError:
            if not disk.dark:
                raise
        if not disk.dark:
            disk.cut()
        journal.abandon()

    async def _last(self) -> None:
        journal = self.journal()
        await self._opens(journal)
        await journal.close()

    async def _opens(self, journal: SqliteJournal) -> None:
        opened = await journal.open_rows()
        if opened.opening <= self.opening:
            raise Wrong(f"opening {opened.opening} after {self.opening}")
        self.opening = opened.opening
        stored = await journal.stored_rows()
        there = {_said(row) for row in stored}
        old = {saga for saga, at in self.closed.items() if at < self.wall - DAY_S}
        lost = {said for said in self.told if said not in there and said[0] not in old}
        if lost:
            raise Wrong(f"{sorted(lost)[0]} was reported flushed, and is gone")
        if strange := there - set(self.told) - self.asked:
            raise Wrong(f"{sorted(strange)[0]} was never written")
        if journal.broken_seals:
            raise Wrong(str(journal.broken_seals[0]))
        closed = {row.saga for row in stored if row.closes}
        if any(row.sealed for row in stored if row.saga in closed):
            raise Wrong("a key outlived its saga")
        for said in there - set(self.told):
            self.told[said] = self.wall

    async def _appends(self, journal: SqliteJournal) -> None:
        rows = []
        for _ in range(self.chance.choice((1, 1, 2, 4))):
            self.number += 1
            free = sorted({said[0] for said in self.told} - set(self.closed) - {row.saga for row in rows})
            if free and self.chance.random() < 0.5:
                saga = self.chance.choice(free)
                self.closed[saga] = self.wall
                rows.append(Row(SagaId(saga), RowKind.SETTLED, {"n": self.number}, closes=True))
            else:
                sealed = {"patron": f"2100{self.number:04}"}
                rows.append(Row(SagaId(f"t{self.number}"), RowKind.INTENT, {"n": self.number}, sealed))
        said = {(row.saga, row.kind.value, int(str(row.payload["n"]))) for row in rows}
        self.asked |= said
        flushed = await journal.append(rows)
        if len(flushed) != len(rows):
            raise Wrong("not all rows were reported")
        self.told |= dict.fromkeys(said, self.wall)


def _said(row: StoredRow) -> Said:
    return row.saga, row.kind, int(str(row.payload.get("n", 0)))


def played(seed: int) -> Lives:
    """Play one seed. Raises Wrong, or what the journal says of its file."""
    with tempfile.TemporaryDirectory() as made:
        lives = Lives(seed, Path(made))
        lives.play()
        return lives


def main(seeds: int) -> None:
    logging.disable()
    for seed in range(seeds):
        try:
            played(seed)
        except (Wrong, JournalError) as wrong:
            sys.exit(f"seed {seed}: {wrong}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
