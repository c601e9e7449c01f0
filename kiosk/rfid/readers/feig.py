"""The driver for FEIG OBID readers in ISO-host mode, over any byte stream (TCP port 10001).

One command is in flight at a time. Silence, garbage and a broken stream end the connection: the
wire has no sequence numbers, so that after any of them an answer could belong to an older question.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from kiosk.rfid import errors
from kiosk.rfid.iso15693 import SystemInfo, TagFound
from kiosk.rfid.readers.contract import Abilities, ByteWire, OpenByteWire, OpenReader, Reader
from kiosk.rfid.wire import feig

T = TypeVar("T")

log = logging.getLogger(__name__)

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
        self._wire = wire
        self._settings = settings
        self._requests = feig.Requests(settings.address, settings.advanced)
        self._turn = asyncio.Lock()
        self._dead: str | None = None
        self._owes = False
        """An answer is still to come, `_until` then at the latest."""
        self._until = 0.0

    @property
    def abilities(self) -> Abilities:
        """What it can do (see `Reader`)."""
        return Abilities(reports_new_only=True)

    async def inventory(self) -> list[TagFound]:
        """The tags that answer now (see `Reader`); fetches all that the reader has."""
        tags, more = await self._ask(self._requests.inventory(), feig.inventory_of)
        found = {tag.uid: tag for tag in tags}  # a uid may come twice
        answers = 1
        while more:
            if answers == MORE_AT_MOST:
                raise await self._die(errors.ReaderGarbled("an inventory without end"))
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
        self._dead = self._dead or "closed"
        with contextlib.suppress(OSError):
            await self._wire.close()

    # ---- one exchange -----------------------------------------------------------------------

    async def _ask(self, request: bytes, parse: Callable[[feig.Answer], T]) -> T:
        """One exchange, and what its answer says. What does not fit the protocol ends the connection, as
        silence and a broken stream do. One that is broken off is finished by the next: nobody may take its
        answer for another one's."""
        patience = self._settings.answer_timeout_s
        await self._turn.acquire()
        try:
            if self._dead is not None:
                raise errors.ReaderGone(self._dead)
            if self._owes:
                await self._outstanding()
            self._until = asyncio.get_running_loop().time() + patience
            self._owes = True
            data = await self._wire.ask(request, self._until)
            self._owes = False
            answer = feig.whole_answer(data)
            if answer is None:
                answer = await self._pieced_together(data)
            asked = request[4] if request[0] == feig.STX else request[2]
            if answer.command != asked:
                raise errors.ReaderGarbled(f"asked {asked:02X}, answered {answer.command:02X}")
            return parse(answer)
        except TimeoutError as error:
            raise await self._die(errors.ReaderSilent(f"no answer within {patience} s")) from error
        except OSError as error:
            raise await self._die(errors.ReaderGone(str(error) or type(error).__name__)) from error
        except errors.TransportError as error:
            await self._die(error)
            raise
        except asyncio.CancelledError:
            if not self._owes:
                self._dead = "a command was broken off in the middle of its answer"
            raise
        finally:
            self._turn.release()

    async def _outstanding(self) -> None:
        """Wait for the answer to a command that was broken off."""
        data = await self._wire.receive(self._until)
        self._owes = False
        if feig.whole_answer(data) is None:
            await self._pieced_together(data)

    async def _pieced_together(self, data: bytes) -> feig.Answer:
        """The answer that begins with `data`, which is none by itself."""
        until = asyncio.get_running_loop().time() + self._settings.rest_timeout_s
        parser = feig.AnswerParser()
        while True:
            if not data:
                raise errors.ReaderGone("the reader closed the connection")
            if answers := parser.feed(data):
                break
            try:
                data = await self._wire.receive(until)
            except TimeoutError as error:
                raise errors.ReaderGarbled("the answer is garbage or half a frame") from error
        if len(answers) > 1 or parser.pending:
            raise errors.ReaderGarbled("more came than was asked for")
        if parser.skipped:
            log.warning("%d bytes of garbage before an answer of the reader", parser.skipped)
        return answers[0]

    async def _die(self, error: errors.TransportError) -> errors.TransportError:
        self._dead = str(error)
        await self.close()
        return error


def feig_opener(open_wire: OpenByteWire, settings: FeigSettings) -> OpenReader:
    """How to open the FEIG reader at the far end of `open_wire`."""

    async def open_it() -> Reader:
        try:
            wire = await open_wire()
        except (OSError, UnicodeError) as error:  # TimeoutError is one; a host name may be none
            raise errors.ReaderGone(str(error) or type(error).__name__) from error
        return FeigReader(wire, settings)

    return open_it
