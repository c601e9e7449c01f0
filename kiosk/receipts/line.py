"""The line to a printer: bytes go out, what the printer says is sorted and waited for.

Nothing is sent inside of a command, and only one question that is answered at once (DLE EOT) is open
at a time, since its answer does not say which question it answers. Questions that are answered in
order (GS r) may be open by the dozen: they are counted.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Protocol

from kiosk.receipts.encode import INITIALIZE
from kiosk.receipts.status import Ear, Garbled, Heard, InOrder, Status

ASK_REALTIME = b"\x10\x04"
"""DLE EOT, to be followed by 1, 2, 3 or 4."""

ASK_IN_ORDER = b"\x1dr\x01"
"""GS r 1: the paper sensors, once all that was sent before has been processed."""

CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""DLE DC4 8: recover from an error and empty the receive and print buffers, at once. Nothing may
follow before it is answered."""

CLOSE_S = 1.0
"""How long closing may take."""


class Wire(Protocol):
    """An open byte stream with one reader and one writer."""

    async def send(self, data: bytes) -> None:
        """Send all of `data`. Raises ConnectionError when the far side is gone."""

    async def receive(self) -> bytes:
        """The next bytes, at least one; `b""` at the end. Raises ConnectionError."""

    async def close(self) -> None:
        """Close both directions. May be called again."""


OpenWire = Callable[[], Awaitable[Wire]]
"""Opens the wire to the printer. Raises OSError (TimeoutError is one) when it cannot be had."""


class LineLost(ConnectionError):
    """The printer is gone."""


class Line:
    """An open line. `listen` must run as long as anything is asked."""

    def __init__(self, wire: Wire, *, owes: bool = False) -> None:
        """Take over an open wire. `owes`: the printer may still answer what was asked on another one,
        so that answers in order prove nothing until the line is settled."""
        self._wire = wire
        self.owes = owes
        self._settling: int | None = None
        self._ear = Ear()
        self._news = asyncio.Event()
        self._realtime: list[int] = []
        self._garbled = False
        self._cleared = False
        self.over = asyncio.Event()
        """Set once the line is lost, or was dropped."""
        self.lost = False
        """The far side ended it, not we."""
        self.asked = 0
        """How many questions were put that are answered in order."""
        self.answered = 0
        """How many of them were answered."""
        self.paper_ended = False
        """An answer in order said that there is no paper."""
        self.spoke = False
        """The printer has said anything at all on this line."""

    async def listen(self) -> None:
        """Take in what the printer says until the line is over."""
        try:
            while data := await self._wire.receive():
                for heard in self._ear.hear(data):
                    self._take(heard)
                self._news.set()
        except OSError:
            pass
        finally:
            self._lose()

    def _take(self, heard: int | InOrder | Heard) -> None:
        match heard:
            case InOrder() if self._settling is not None:
                self._settling += 1
                self.spoke = True
            case InOrder() if self.answered < self.asked:
                self.answered += 1
                self.paper_ended |= heard.paper_end
                self.spoke = True
            case InOrder() if self.owes:
                pass
            case InOrder() | Heard.GARBAGE:
                self._garbled = True  # an answer that nobody asked for is none
            case Heard.CLEARED:
                self._cleared = True
            case _:
                self._realtime.append(heard)
                self.spoke = True

    def _lose(self) -> None:
        self.lost |= not self.over.is_set()
        self.drop()

    def drop(self) -> None:
        """Give the line up: whoever waits on it raises LineLost."""
        self.over.set()
        self._news.set()

    async def close(self) -> None:
        """Close it; a printer that takes nothing more is not waited for."""
        self.drop()
        with contextlib.suppress(OSError):  # TimeoutError is one
            async with asyncio.timeout(CLOSE_S):
                await self._wire.close()

    async def send(self, data: bytes) -> None:
        """Send whole commands.

        Raises:
            LineLost: the printer is gone.
        """
        if self.over.is_set():
            raise LineLost("the printer is gone")
        try:
            await self._wire.send(data)
        except OSError as error:
            self._lose()
            raise LineLost(f"the printer is gone: {error}") from error

    async def status(self, timeout_s: float) -> Status | None:
        """Ask for the whole status; None when an answer does not come within `timeout_s`.

        Raises:
            Garbled: what came is no answer.
            LineLost: the printer is gone.
        """
        answers = []
        for question in (1, 2, 3, 4):
            self._realtime.clear()  # one that came too late
            self._garbled = False
            await self.send(ASK_REALTIME + bytes((question,)))
            if not await self._wait(lambda: bool(self._realtime) or self._garbled, timeout_s):
                return None
            if self._garbled:
                raise Garbled("the answer to DLE EOT is none that a printer gives")
            answers.append(self._realtime[0])
        return Status.of(*answers)

    async def ask_in_order(self) -> None:
        """Ask to be told when all that was sent has been processed.

        Raises:
            LineLost: the printer is gone.
        """
        self.asked += 1
        await self.send(ASK_IN_ORDER)

    async def wait_in_order(self, behind: int, timeout_s: float) -> bool:
        """Wait until at most `behind` answers in order are owed; False when that takes longer.

        Raises:
            LineLost: the printer is gone.
        """
        return await self._wait(lambda: self.asked - self.answered <= behind, timeout_s)

    async def settle(self, quiet_s: float) -> None:
        """Ask in order, and let all answers come that are still owed to older questions, until nothing
        was heard for `quiet_s`. If anything was, the line `owes` nothing any more.

        Raises:
            LineLost: the printer is gone.
        """
        self._settling = heard = 0

        def more() -> bool:
            return (self._settling or 0) > heard

        try:
            await self.send(ASK_IN_ORDER)
            while await self._wait(more, quiet_s):
                heard = self._settling
        finally:
            self._settling = None
        self.owes = not heard
        self.asked = self.answered = min(1, heard)

    async def clear(self, timeout_s: float) -> bool:
        """Empty the printer's buffers: True when it says that it has done so.

        Raises:
            LineLost: the printer is gone.
        """
        self._cleared = False
        await self.send(CLEAR)
        if not await self._wait(lambda: self._cleared, timeout_s):
            return False
        await self.send(INITIALIZE)
        return True

    async def _wait(self, done: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until `done`; False when that takes longer than `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                while not done():
                    if self.over.is_set():
                        raise LineLost("the printer is gone")
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True
