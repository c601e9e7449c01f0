"""One question, one answer, over a byte stream without sequence numbers.

One command is in flight at a time. Silence, garbage and a broken stream end the connection: after any of them
an answer could belong to an older question.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from kiosk.rfid import errors
from kiosk.rfid.readers.contract import ByteWire

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


class Exchange(Generic[A]):
    """A reader's end of the wire: questions go out, each with its answer."""

    def __init__(self, wire: ByteWire, language: Language[A], patience_s: float, rest_s: float) -> None:
        """Speak `language` over an open wire.

        Args:
            wire: the byte stream.
            language: what answers look like.
            patience_s: seconds until the first byte of an answer.
            rest_s: seconds from there to its last.
        """
        self._wire = wire
        self._language = language
        self._patience_s = patience_s
        self._rest_s = rest_s
        self._turn = asyncio.Lock()
        self._dead: str | None = None
        self._owes = False
        """An answer is still to come, `_until` then at the latest."""
        self._until = 0.0

    async def ask(self, request: bytes, read: Callable[[A], T]) -> T:
        """One exchange, and what `read` makes of its answer. One that is broken off is finished by the next:
        nobody may take its answer for another one's.

        Raises:
            TagError: what `read` raised; the connection stands.
            TransportError: the connection has ended, now or before.
        """
        await self._turn.acquire()
        try:
            if self._dead is not None:
                raise errors.ReaderGone(self._dead)
            if self._owes:
                await self._outstanding()
            self._until = asyncio.get_running_loop().time() + self._patience_s
            self._owes = True
            data = await self._wire.ask(request, self._until)
            self._owes = False
            answer = self._language.whole(data)
            if answer is None:
                answer = await self._pieced_together(data)
            if misfit := self._language.misfit(request, answer):
                raise errors.ReaderGarbled(misfit)
            return read(answer)
        except TimeoutError as error:
            raise await self.end(errors.ReaderSilent(f"no answer within {self._patience_s} s")) from error
        except OSError as error:
            raise await self.end(errors.ReaderGone(str(error) or type(error).__name__)) from error
        except errors.TransportError as error:
            await self.end(error)
            raise
        except asyncio.CancelledError:
            if not self._owes:
                self._dead = "a command was broken off in the middle of its answer"
            raise
        finally:
            self._turn.release()

    async def end(self, error: errors.TransportError) -> errors.TransportError:
        """End the connection for this reason, and give it back."""
        self._dead = str(error)
        await self.close()
        return error

    async def close(self) -> None:
        """Close the connection. May be called again, and never raises."""
        self._dead = self._dead or "closed"
        with contextlib.suppress(OSError):
            await self._wire.close()

    async def _outstanding(self) -> None:
        """Wait for the answer to a command that was broken off."""
        data = await self._wire.receive(self._until)
        self._owes = False
        if self._language.whole(data) is None:
            await self._pieced_together(data)

    async def _pieced_together(self, data: bytes) -> A:
        """The answer that begins with `data`, which is none by itself."""
        until = asyncio.get_running_loop().time() + self._rest_s
        parser = self._language.parser()
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
