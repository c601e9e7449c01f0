"""What a disk's platter holds of one file: see `disk.LossyDisk`, which says what a power cut does to it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

SECTOR = 512
"""Bytes that a disk writes whole or not at all."""

LUCK = (0.0, 0.5, 0.9, 1.0)
"""How likely the unsynced writes of one file are kept, drawn for each file and cut: a disk that wrote
nothing yet or nearly everything is as usual as one in between, and finds other mistakes."""


@dataclass(slots=True, eq=False)
class Content:
    """What one file holds on the platter: its bytes, and the writes that were not synced.

    `held` is what was synced, `since` are the writes (where, what) and truncations (to how many bytes, None)
    after that, oldest first. `fresh_log`: a log of SQLite's that was made and never synced; its first sync is
    one of its folder too. `by_sqlite`: all its writes are known; what Python writes nobody sees.
    """

    held: bytearray
    mode: int = 0o600
    since: list[tuple[int, bytes | None]] = field(default_factory=list)
    fresh_log: bool = False
    by_sqlite: bool = False

    def sync(self) -> None:
        """All of it is on the platter."""
        for where, what in self.since:
            _apply(self.held, where, what)
        self.since.clear()

    def rewritten(self, now: bytes) -> None:
        """Python wrote it, unseen: what differs was not synced."""
        if now != self.held:
            self.since = [(0, None), (0, now)]

    def cut(self, chance: random.Random) -> None:
        """Of what was not synced, this is left."""
        luck = chance.choice(LUCK)
        for where, what in self.since:
            if chance.random() < luck:
                _apply(self.held, where, what)
            elif what is not None:
                self._tear(where, what, chance)
        self.since.clear()

    def _tear(self, where: int, what: bytes, chance: random.Random) -> None:
        if where + len(what) > len(self.held) and chance.random() < 0.5:
            self.held.extend(bytes(where + len(what) - len(self.held)))
        if chance.random() < 0.5:
            return  # not a byte of it
        for sector in range(where // SECTOR, (where + len(what) - 1) // SECTOR + 1):
            if chance.random() < 0.5:
                begin, end = max(sector * SECTOR, where), min((sector + 1) * SECTOR, where + len(what))
                _apply(self.held, begin, what[begin - where : end - where])


def _apply(image: bytearray, where: int, what: bytes | None) -> None:
    if what is None:
        del image[where:]
    if len(image) < where:
        image.extend(bytes(where - len(image)))
    if what is not None:
        image[where : where + len(what)] = what
