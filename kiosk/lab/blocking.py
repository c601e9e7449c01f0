"""The door to blocking work: done inline, charged its time, with all that can happen at a disk."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from kiosk.circulation.values import Row
from kiosk.lab.happenings import Happenings
from kiosk.lab.loop import sleep

T = TypeVar("T")

FLUSH_S = (0.0005, 0.02)
"""What blocking work is charged, before and after it is done: a flush on a good disk and on a bad card."""

FLUSH_TAKES = 6
"""Within how many operations of the disk the power goes in the middle of a flush, which takes about four."""

DISK = "journal"
"""The name of the door behind which the disk is."""


class Blocking:
    """Makes the doors of one day. `running` says whether the kiosk is up: a disk fails only then. `dark`: the
    power is cut, and nothing is done any more, whatever was about to be."""

    def __init__(self, chance: random.Random, happenings: Happenings, running: Callable[[], bool]) -> None:
        self._chance = chance
        self._happenings = happenings
        self._running = running
        self.dark = False

    def door(self, name: str) -> Callable[..., Awaitable[Any]]:
        """A door to blocking work, by its name."""
        return self._at_the_disk if name == DISK else self._inline

    async def _inline(self, fn: Callable[..., T], /, *args: object) -> T:
        await sleep(self._chance.uniform(*FLUSH_S))
        self._in_the_light()
        return fn(*args)

    async def _at_the_disk(self, fn: Callable[..., T], /, *args: object) -> T:
        """A power cut may come before the rows are durable, or after, so that nobody learns of it."""
        await sleep(self._chance.uniform(*FLUSH_S))
        rows = [row for row in args[0] if isinstance(row, Row)] if args and isinstance(args[0], tuple) else []
        if rows:
            await self._before_a_flush()
        self._in_the_light()
        if self._running():
            self._happenings.disk()
        try:
            result = fn(*args)
        finally:
            if self._happenings.lossy is not None and self._happenings.countdown is not None:
                await asyncio.sleep(0)  # whatever the disk said as the power went, nobody hears it
        for row in rows:
            self._happenings.happens(row.kind.value, str(row.payload.get("item", "")))
        if rows:
            await self._may_be_cut("flushed")
        await sleep(self._chance.uniform(*FLUSH_S))
        return result

    def _in_the_light(self) -> None:
        """Nothing goes on in the dark: whoever asks is cancelled, as everything is."""
        if self.dark:
            raise asyncio.CancelledError

    async def _before_a_flush(self) -> None:
        """The power may go at once; or, on a disk of its own mind, in the middle of the flush."""
        lossy = self._happenings.lossy
        if lossy is None:
            await self._may_be_cut("flushing")
            return
        self._happenings.happens("flushing")
        if self._happenings.countdown is not None and self._happenings.countdown[0] == 0:
            lossy.cut_in(self._chance.randint(1, FLUSH_TAKES))

    async def _may_be_cut(self, moment: str) -> None:
        """A moment at which the power may go at once."""
        self._happenings.happens(moment)
        if self._happenings.countdown is not None:
            await asyncio.sleep(0)
