"""Our end of a line that carries one APDU at a time, each with its answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from kiosk.rfid import errors
from kiosk.rfid.readers.ending import Ending

T = TypeVar("T")

CLOSE_TIMEOUT_S = 1.0
"""How long a line that hangs is waited for when it is given back."""


class Apdus(Protocol):
    """A reader that takes APDUs."""

    async def transmit(self, apdu: bytes) -> bytes:
        """Send an APDU and bring its answer, its two status bytes last.

        Raises:
            NoTag: no card lies there, and the reader takes this one only for a card.
            TransportError: the reader cannot be used.
        """

    async def close(self) -> None:
        """Give the reader back. May be called again, and never raises."""


OpenApdus = Callable[[], Awaitable[Apdus]]
"""Opens a reader. Raises TransportError when it cannot be had."""


class Talk(Ending):
    """Questions to one reader. `turn` is held for a command of the contract, however many APDUs it takes."""

    def __init__(self, apdus: Apdus, patience_s: float) -> None:
        """Take over an open reader; `patience_s` seconds until it has answered."""
        super().__init__()
        self.turn = asyncio.Lock()
        self._apdus = apdus
        self._patience_s = patience_s
        self._under_way: asyncio.Task[bytes] | None = None

    async def ask(self, apdu: bytes, read: Callable[[bytes], T]) -> T:
        """One APDU, and what `read` makes of its answer. One that is broken off is finished before the next
        one goes out: a reader does one thing at a time, and that answer is nobody's.

        Raises:
            TagError: as `Apdus.transmit`, or what `read` raised; the reader works on.
            TransportError: the reader cannot be used, now or before.
        """
        self._must_stand()
        try:
            if self._under_way is not None:
                with contextlib.suppress(errors.TagError):
                    await self._answer(self._under_way)
            self._under_way = asyncio.ensure_future(self._transmit(apdu))
            return read(await self._answer(self._under_way))
        except errors.TransportError as error:
            await self.end(error)
            raise

    async def _give_back(self) -> None:
        if self._under_way is not None:
            self._under_way.add_done_callback(_forget)
        await asyncio.wait({asyncio.ensure_future(self._apdus.close())}, timeout=CLOSE_TIMEOUT_S)

    async def _transmit(self, apdu: bytes) -> bytes:
        return await self._apdus.transmit(apdu)

    async def _answer(self, task: asyncio.Task[bytes]) -> bytes:
        """What it brings; it goes on when this is broken off."""
        done, _ = await asyncio.wait({task}, timeout=self._patience_s)
        if not done:
            task.add_done_callback(_forget)
            raise errors.ReaderSilent(f"no answer within {self._patience_s} s")
        self._under_way = None
        return task.result()


def _forget(task: asyncio.Task[bytes]) -> None:
    """Nobody asks any more what became of it."""
    if not task.cancelled():
        task.exception()
