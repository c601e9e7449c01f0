"""The contract that every reader of tags meets.

One command at a time: a reader takes the next one when the last has been answered, also when whoever gave
that one was cancelled meanwhile: it may have been carried out, and its answer is nobody's. Whatever the
driver, a `TagError` is the affair of one tag and the reader works on; after a `TransportError` the
reader is dead and only `close` makes sense: open a new one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from kiosk.rfid.iso15693 import SystemInfo, TagFound


class Reader(Protocol):
    """A reader and the field in front of it."""

    async def inventory(self) -> list[TagFound]:
        """The tags that answer now, each once.

        A reader may silence tags that it has reported and so report only what is new; after
        `rf_reset` it reports all. Do not conclude from silence that a tag has left.

        Raises:
            Collision: only noise was heard.
            TransportError: the reader cannot be used.
        """

    async def read(self, uid: str, first: int, count: int) -> bytes:
        """Memory blocks `first` to `first + count - 1` of that tag, in the order of its memory.

        Raises:
            NoTag: it did not answer.
            TagError: it answered, but did not give them.
            TransportError: the reader cannot be used.
        """

    async def write_afi(self, uid: str, afi: int) -> None:
        """Write the application family identifier of that tag (0 to 255).

        Raises:
            TagError: it did not answer, or refused: read the AFI back to know.
            TransportError: the reader cannot be used; nobody knows what became of it.
        """

    async def system_info(self, uid: str) -> SystemInfo:
        """What that tag says of itself, its AFI among it: the proof of a write.

        Raises:
            TagError: it did not answer, or refused.
            TransportError: the reader cannot be used.
        """

    async def rf_reset(self) -> None:
        """Switch the field off and on: every tag starts anew, silenced ones answer again.

        Raises:
            TransportError: the reader cannot be used.
        """

    async def close(self) -> None:
        """Give the reader back. May be called again, and never raises."""


OpenReader = Callable[[], Awaitable[Reader]]
"""Opens a reader. Raises TransportError when it cannot be had."""


class ByteWire(Protocol):
    """An open byte stream to a reader."""

    async def send(self, data: bytes) -> None:
        """Send all of `data`; a few hundred bytes at most, so that it waits for nobody. Raises
        ConnectionError when the far side is gone."""

    async def receive(self, until: float | None = None) -> bytes:
        """The next bytes; `b""` at the end of the stream. Raises ConnectionError when it broke, TimeoutError
        when the loop's time is `until` and nothing has come."""

    async def ask(self, data: bytes, until: float) -> bytes:
        """Send, then receive."""

    async def close(self) -> None:
        """Close. May be called again."""


OpenByteWire = Callable[[], Awaitable[ByteWire]]
"""Opens the byte stream. Raises OSError (or TimeoutError) when it cannot be had."""
