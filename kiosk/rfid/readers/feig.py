"""The driver for FEIG OBID readers in ISO-host mode, over any byte stream (TCP port 10001).

One command is in flight at a time, and what is no answer ends the connection (`Exchange`).
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from kiosk.rfid import errors
from kiosk.rfid.iso15693 import SystemInfo, TagFound
from kiosk.rfid.readers.contract import ByteWire, OpenByteWire, OpenReader, Reader
from kiosk.rfid.readers.exchange import Exchange, Language
from kiosk.rfid.wire import feig

MORE_AT_MOST = 64
"""Answers to one inventory before the reader is called garbled (64 answers hold 1600 tags)."""


@dataclass(frozen=True, slots=True)
class FeigSettings:
    """Where a FEIG reader is and how it is spoken to.

    Attributes:
        host: its name or IP address.
        port: its TCP port; FEIG's default is 10001.
        address: COM-ADR on the bus, 255 for "whoever you are".
        advanced: always use advanced frames (a setting of the reader).
        answer_timeout_s: seconds until the first byte of an answer; an inventory of a full pad takes
            half a second.
        rest_timeout_s: seconds from the first byte of an answer to its last.
    """

    host: str = "127.0.0.1"
    port: int = 10001
    address: int = field(default=feig.ANY_ADDRESS, metadata={"at_least": 0, "at_most": 255})
    advanced: bool = False
    answer_timeout_s: float = field(default=1.0, metadata={"at_least": 0.1})
    rest_timeout_s: float = field(default=0.25, metadata={"at_least": 0.02})


class FeigReader:
    """A FEIG reader on an open byte stream; meets `Reader`. Make it with `feig_opener`."""

    def __init__(self, wire: ByteWire, settings: FeigSettings) -> None:
        self._requests = feig.Requests(settings.address, settings.advanced)
        self._exchange = Exchange(wire, LANGUAGE, settings.answer_timeout_s, settings.rest_timeout_s)
        self._ask = self._exchange.ask

    async def inventory(self) -> list[TagFound]:
        """The tags that answer now (see `Reader`); fetches all that the reader has."""
        tags, more = await self._ask(self._requests.inventory(), feig.inventory_of)
        found = {tag.uid: tag for tag in tags}  # a uid may come twice
        answers = 1
        while more:
            if answers == MORE_AT_MOST:
                raise await self._exchange.end(errors.ReaderGarbled("an inventory without end"))
            tags, more = await self._ask(self._requests.inventory(more=True), feig.inventory_of)
            found.update((tag.uid, tag) for tag in tags)
            answers += 1
        return list(found.values())

    def read(self, uid: str, first: int, count: int) -> Coroutine[Any, Any, bytes]:
        """Memory blocks of that tag (see `Reader`), 32 at most."""
        return self._ask(self._requests.read_blocks(uid, first, count), feig.blocks_of)

    async def write_afi(self, uid: str, afi: int) -> None:
        """Write that tag's AFI (see `Reader`)."""
        await self._ask(self._requests.write_afi(uid, afi), feig.accepted)

    async def system_info(self, uid: str) -> SystemInfo:
        """What that tag says of itself (see `Reader`)."""
        return await self._ask(self._requests.system_info(uid), lambda it: feig.system_info_of(it, uid))

    async def rf_reset(self) -> None:
        """Switch the field off and on (see `Reader`)."""
        await self._ask(self._requests.rf_reset(), feig.accepted)

    async def close(self) -> None:
        """Close the connection (see `Reader`)."""
        await self._exchange.close()


def _misfit(request: bytes, answer: feig.Answer) -> str:
    asked = request[4] if request[0] == feig.STX else request[2]
    return "" if answer.command == asked else f"asked {asked:02X}, answered {answer.command:02X}"


LANGUAGE = Language(feig.whole_answer, feig.AnswerParser, _misfit)


def feig_opener(open_wire: OpenByteWire, settings: FeigSettings) -> OpenReader:
    """How to open the FEIG reader at the far end of `open_wire`."""

    async def open_it() -> Reader:
        try:
            wire = await open_wire()
        except (OSError, UnicodeError) as error:  # TimeoutError is one; a host name may be none
            raise errors.ReaderGone(str(error) or type(error).__name__) from error
        return FeigReader(wire, settings)

    return open_it
