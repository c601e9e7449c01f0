"""The driver for PC/SC readers as pads: which of the two ways a reader takes, and its end of the line.

A reader that carries frames (a transparent session, `FF C2`) can do all that we know how to say: several
tags, AFI, EAS, passwords (`pcsc_transparent`). One that does not shows one tag at a time, as a card with
blocks (`pcsc_storage`). What lies between us and the service is `Apdus`: an APDU goes out, its answer comes
back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar, TypeVarTuple

from kiosk.rfid import errors
from kiosk.rfid.readers.contract import OpenReader, Reader
from kiosk.rfid.readers.pcsc_storage import StorageReader
from kiosk.rfid.readers.pcsc_transparent import TransparentReader
from kiosk.rfid.readers.talk import Apdus, OpenApdus, Talk
from kiosk.rfid.wire.pcsc import TimerOrder

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PcscSettings:
    """Which PC/SC reader is the pad, and how it is spoken to.

    Attributes:
        reader: part of its name as `pcsc_scan` shows it. Patron cards are not looked for on it.
        session: "transparent" for frames of our own (several tags, security), "storage" for one tag with
            blocks, "auto" to find out: storage only where the reader says twice, with a tag on it, that it
            has no such command.
        timer: how the reader takes the time after which silence is silence.
        answer_timeout_s: seconds until the service has answered.
    """

    reader: str = field(metadata={"pattern": r".*\S.*", "like": "ACR1552"})
    session: Literal["auto", "transparent", "storage"] = "auto"
    timer: TimerOrder = TimerOrder.LSB_FIRST
    answer_timeout_s: float = field(default=3.0, metadata={"at_least": 0.1})


def pcsc_opener(open_apdus: OpenApdus, settings: PcscSettings) -> OpenReader:
    """How to open the reader at the far end of `open_apdus`."""

    async def open_it() -> Reader:
        patience_s = settings.answer_timeout_s
        try:
            async with asyncio.timeout(patience_s):
                apdus = await open_apdus()
        except TimeoutError as error:
            raise errors.ReaderSilent(f"PC/SC did not answer within {patience_s} s") from error
        talk = Talk(apdus, patience_s)
        try:
            return await _reader_on(talk, settings)
        except BaseException:
            await talk.close()
            raise

    return open_it


async def _reader_on(talk: Talk, settings: PcscSettings) -> Reader:
    if settings.session == "storage":
        return StorageReader(talk)
    reader = TransparentReader(talk, settings.timer)
    try:
        begun = await reader.begin()
    except errors.NoTag:
        # Of an empty pad nobody knows yet; if it then turns out that it knows no session, it is refused, and
        # whoever opens it anew finds that out here.
        begun = True
    if begun:
        return reader
    if settings.session == "transparent":
        raise await talk.end(errors.ReaderRefused("the reader knows no transparent session"))
    log.warning("the reader at the pad carries no frames: one tag at a time, and no security")
    return StorageReader(talk, reader.could_begin)


# ---- the service of this machine -------------------------------------------------------------


class Slot(Protocol):
    """The reader as the service shows it; blocking (see `kiosk.rfid.cards.PcscSlot`)."""

    def open(self) -> None:
        """Find the reader. Raises TransportError."""

    def transmit(self, apdu: bytes) -> bytes:
        """Send an APDU and bring its answer. Raises NoTag, TransportError."""

    def close(self) -> None:
        """Let go of it. Never raises."""


class RunBlocking(Protocol):
    """The door to blocking work, with a thread of its own."""

    def __call__(self, fn: Callable[[*Ts], T], /, *args: *Ts) -> Awaitable[T]:
        """Run `fn(*args)` there and give back what it returns or raises."""


class PcscApdus:
    """A slot of the service of this machine; meets `Apdus`."""

    def __init__(self, slot: Slot, run_blocking: RunBlocking) -> None:
        """Take over a slot that is open."""
        self._slot = slot
        self._run_blocking = run_blocking

    async def transmit(self, apdu: bytes) -> bytes:
        """Send an APDU and bring its answer (see `Apdus`)."""
        return await self._run_blocking(self._slot.transmit, apdu)

    async def close(self) -> None:
        """Let go of the slot (see `Apdus`)."""
        await self._run_blocking(self._slot.close)


def pcsc_apdus(make_slot: Callable[[], Slot], run_blocking: RunBlocking) -> OpenApdus:
    """How to open the slot that `make_slot` makes, in the thread of `run_blocking`."""

    async def open_it() -> Apdus:
        slot = make_slot()
        await run_blocking(slot.open)
        return PcscApdus(slot, run_blocking)

    return open_it
