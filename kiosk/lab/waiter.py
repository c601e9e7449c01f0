"""People wait: a while, or until something happened."""

from __future__ import annotations

import asyncio

from kiosk.lab.loop import VirtualLoop


class Waiter:
    """Somebody who waits for a while, or until a moment after something happened."""

    def __init__(self, loop: VirtualLoop, rest_s: float, pace_s: float) -> None:
        """From now on."""
        self.over: asyncio.Future[None] = loop.create_future()
        self._loop, self._pace_s = loop, pace_s
        self._timer = loop.call_later(rest_s, self._end)

    def hurry(self) -> None:
        """Something happened."""
        at = self._loop.time() + self._pace_s
        if at < self._timer.when():
            self._timer.cancel()
            self._timer = self._loop.call_at(at, self._end)

    def _end(self) -> None:
        if not self.over.done():
            self.over.set_result(None)
