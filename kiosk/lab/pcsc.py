"""The laboratory's PC/SC service: APDUs over a memory wire to the simulated reader, as pcscd and vpcd do it.

vpcd's messages (vsmartcard, "Virtual smart card", TCP protocol): two bytes of length, most significant first,
then the content; one of one byte switches the card off (00) and on (01), resets it (02) or asks for its
ATR (04, the only one that is answered); any other is an APDU, and its answer comes back.
"""

from __future__ import annotations

import asyncio

from kiosk.rfid import errors
from kiosk.rfid.readers import OpenApdus
from kiosk.wires import OpenWire, Wire

POWER_ON, GET_ATR = b"\x01", b"\x04"
LENGTH_BYTES = 2

LONGEST_S = 600.0
"""No service waits so long for a card."""


class MemoryApdus:
    """A slot in which a card lies, at the far end of a wire; meets `kiosk.rfid.readers.Apdus`."""

    def __init__(self, wire: Wire) -> None:
        """Take over an open wire."""
        self._wire = wire
        self._inbox = b""
        self._turn = asyncio.Lock()

    async def begin(self) -> None:
        """Switch the card on and ask for its ATR, as pcscd does. Raises TransportError."""
        await self._send(POWER_ON)
        await self.transmit(GET_ATR)

    async def transmit(self, apdu: bytes) -> bytes:
        """Send an APDU and bring its answer (see `Apdus`)."""
        async with self._turn:
            # whoever waits for it, waits no longer than that: it is he who gives it up
            until = asyncio.get_running_loop().time() + LONGEST_S
            try:
                self._inbox += await self._wire.ask(_message(apdu), until)
            except OSError as error:
                raise errors.ReaderGone(f"the service lost the reader: {error}") from error
            size = int.from_bytes(await self._take(LENGTH_BYTES))
            return await self._take(size)

    async def close(self) -> None:
        """Close the wire (see `Apdus`)."""
        await self._wire.close()

    async def _send(self, message: bytes) -> None:
        try:
            await self._wire.send(_message(message))
        except OSError as error:
            raise errors.ReaderGone(f"the service lost the reader: {error}") from error

    async def _take(self, count: int) -> bytes:
        while len(self._inbox) < count:
            try:
                data = await self._wire.receive()
            except OSError as error:
                raise errors.ReaderGone(f"the service lost the reader: {error}") from error
            if not data:
                raise errors.ReaderGone("the reader was pulled out")
            self._inbox += data
        taken, self._inbox = self._inbox[:count], self._inbox[count:]
        return taken


def _message(content: bytes) -> bytes:
    return len(content).to_bytes(LENGTH_BYTES) + content


def apdus_over(open_wire: OpenWire, patience_s: float = 3.0) -> OpenApdus:
    """How to open the slot at the far end of `open_wire`: it shows its card within `patience_s`, or there is
    none."""

    async def open_it() -> MemoryApdus:
        try:
            apdus = MemoryApdus(await open_wire())
        except OSError as error:
            raise errors.ReaderGone(f"no such reader: {error}") from error
        try:
            async with asyncio.timeout(patience_s):
                await apdus.begin()
        except BaseException as error:
            await apdus.close()
            if isinstance(error, TimeoutError):
                raise errors.ReaderSilent(f"no card within {patience_s} s") from error
            raise
        return apdus

    return open_it
