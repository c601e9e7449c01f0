"""One question, one answer, over a byte stream without sequence numbers.

One command is in flight at a time. Silence, garbage and a broken stream end the connection: after any of them
an answer could belong to an older question. A line that is opened anew may still bring such an answer, since
a reader does not know that nobody waits for it any more: whoever opens one begins with `meet`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NoReturn, Protocol, TypeVar

from kiosk.rfid import errors
from kiosk.rfid.readers.contract import ByteWire
from kiosk.rfid.readers.ending import Ending

A = TypeVar("A")
T = TypeVar("T")

log = logging.getLogger(__name__)


class Parser(Protocol[A]):
    """Finds answers in what comes from the wire, in any pieces."""

    skipped: int
    """Bytes that belonged to no answer."""

    @property
    def pending(self) -> int:
        """Bytes that may be the beginning of an answer."""

    def feed(self, data: bytes) -> list[A]:
        """Take the next bytes; give back the answers that are complete now."""


@dataclass(frozen=True, slots=True)
class Language(Generic[A]):
    """What a wire's codec knows of answers.

    Attributes:
        whole: the answer in what came, when that is one frame and nothing else; else None.
        parser: makes what finds an answer in pieces.
        misfit: says why an answer cannot be the one to a request; "" when it can.
    """

    whole: Callable[[bytes], A | None]
    parser: Callable[[], Parser[A]]
    misfit: Callable[[bytes, A], str]


class Exchange(Ending, Generic[A]):
    """A reader's end of the wire: questions go out, each with its answer."""

    def __init__(
        self,
        wire: ByteWire,
        language: Language[A],
        patience_s: float,
        rest_s: float,
        *,
        pause_s: float = 0.0,
        hint: str = "",
    ) -> None:
        """Speak `language` over an open wire.

        Args:
            wire: the byte stream.
            language: what answers look like.
            patience_s: seconds until the first byte of an answer.
            rest_s: seconds from there to its last.
            pause_s: seconds that the reader wants to hear nothing between its answer and the next question.
            hint: said when nothing is heard: what whoever set the kiosk up should look at.
        """
        super().__init__()
        self._wire = wire
        self._language = language
        self._patience_s = patience_s
        self._rest_s = rest_s
        self._pause_s = pause_s
        self._hint = f"; {hint}" if hint else ""
        self._turn = asyncio.Lock()
        self._owes = False
        """An answer, or the rest of one, is still to come, `_until` then at the latest."""
        self._until = 0.0
        self._begun: Parser[A] | None = None
        """Has a part of it."""
        self._heard = 0.0

    async def ask(self, request: bytes, read: Callable[[A], T]) -> T:
        """One exchange, and what `read` makes of its answer. One that is broken off is finished by the next:
        nobody may take its answer for another one's.

        Raises:
            TagError: what `read` raised; the connection stands.
            TransportError: the connection has ended, now or before.
        """
        await self._turn.acquire()
        try:
            self._must_stand()
            if self._owes:
                await self._outstanding()
            if self._pause_s:
                await self._pause()
            self._until = asyncio.get_running_loop().time() + self._patience_s
            self._owes = True
            data = await self._wire.ask(request, self._until)
            answer = self._language.whole(data)
            if answer is None:
                answer = await self._pieced_together(data)
            self._owes = False
            if misfit := self._language.misfit(request, answer):
                raise errors.ReaderGarbled(misfit)
            return read(answer)
        except (OSError, errors.TransportError) as error:
            await self._ended(error)
        finally:
            if self._pause_s:
                self._heard = asyncio.get_running_loop().time()
            self._turn.release()

    async def meet(self, request: bytes) -> A:
        """The first exchange on a line: whatever comes before the answer to `request` was meant for somebody
        else, and is passed over. A reader answers in the order in which it is asked, so nothing older comes
        behind it. If it does not come, the connection ends.

        Raises:
            TransportError: no answer, or none that can be understood.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience_s
        parser = self._language.parser()
        strange = 0
        tail = b""  # what may be the beginning of an answer
        answer: A | None = None
        try:
            data = await self._wire.ask(request, until)
            while True:
                if not data:
                    raise errors.ReaderGone("the reader closed the connection")
                for one in parser.feed(data):
                    fits = not self._language.misfit(request, one)
                    answer = one if fits else answer
                    strange += not fits
                tail = (tail + data)[-parser.pending :] if parser.pending else b""
                if answer is not None and not tail:
                    break
                try:
                    data = await self._wire.receive(min(until, loop.time() + self._rest_s) if tail else until)
                except TimeoutError:
                    if loop.time() >= until or not tail:
                        raise
                    # nothing begins there, or its rest had come: it was the end of something older
                    strange += 1
                    parser = self._language.parser()
                    data = self._behind_false_heads(tail) or await self._wire.receive(until)
                    tail = b""
            if strange or parser.skipped:
                log.info("passed over what was left over on the line")
                await self._quiet()
        except (OSError, errors.TransportError) as error:
            await self._ended(error, garbled=bool(strange or parser.skipped or tail))
        self._heard = loop.time()
        return answer

    async def _ended(self, error: Exception, *, garbled: bool = False) -> NoReturn:
        """End the connection because of this, and raise what it means to who asked. `garbled`: something was
        heard."""
        if isinstance(error, errors.TransportError):
            raise await self.end(error)
        why: errors.TransportError = errors.ReaderGone(str(error) or type(error).__name__)
        if isinstance(error, TimeoutError):
            why = errors.ReaderSilent(f"no answer within {self._patience_s:g} s{self._hint}")
            if garbled:
                why = errors.ReaderGarbled(f"what answers cannot be understood{self._hint}")
        raise await self.end(why) from error

    async def _give_back(self) -> None:
        with contextlib.suppress(OSError):
            await self._wire.close()

    def _behind_false_heads(self, tail: bytes) -> bytes:
        """From the first whole answer on, behind bytes that only looked like the beginning of one."""
        starts = (tail[at:] for at in range(1, len(tail)))
        return next((start for start in starts if self._language.parser().feed(start)), b"")

    async def _quiet(self) -> None:
        """Until nothing has come for a while: where there were leftovers, there may be more."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(TimeoutError):
            while await self._wire.receive(loop.time() + self._rest_s):
                pass
            raise errors.ReaderGone("the reader closed the connection")

    async def _pause(self) -> None:
        left = self._heard + self._pause_s - asyncio.get_running_loop().time()
        if left > 0:
            await asyncio.sleep(left)

    async def _outstanding(self) -> None:
        """Wait for the answer to a command that was broken off, or for the rest of it."""
        if self._begun is not None:
            await self._rest_of(self._begun)
        else:
            data = await self._wire.receive(self._until)
            if self._language.whole(data) is None:
                await self._pieced_together(data)
        self._owes = False
        self._heard = asyncio.get_running_loop().time()

    async def _pieced_together(self, data: bytes) -> A:
        """The answer that begins with `data`, which is none by itself."""
        self._until = asyncio.get_running_loop().time() + self._rest_s
        self._begun = self._language.parser()
        return await self._rest_of(self._begun, data)

    async def _rest_of(self, parser: Parser[A], data: bytes | None = None) -> A:
        """The answer that `parser` has begun to find."""
        while True:
            if data is None:
                try:
                    data = await self._wire.receive(self._until)
                except TimeoutError as error:
                    raise errors.ReaderGarbled("the answer is garbage or half a frame") from error
            if not data:
                raise errors.ReaderGone("the reader closed the connection")
            if answers := parser.feed(data):
                break
            data = None
        self._begun = None
        if len(answers) > 1 or parser.pending:
            raise errors.ReaderGarbled("more came than was asked for")
        if parser.skipped:
            log.warning("%d bytes of garbage before an answer of the reader", parser.skipped)
        return answers[0]
