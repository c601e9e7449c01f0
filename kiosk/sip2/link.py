"""Link: one open connection: a wire, its conversation, and a task that reads all the time.

Reading all the time, not only while an answer is awaited, is how a connection that the far side has
closed is noticed before a message is lost on it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from kiosk.sip2.conversation import Conversation, Heard, Reply, ResendWanted
from kiosk.sip2.errors import LinkDown
from kiosk.sip2.framing import Framer, Overlong
from kiosk.sip2.messages import AcsStatus, Message
from kiosk.sip2.profiles import Profile

CLOSE_PATIENCE_S: Final = 1.0
"""A wire that does not close in this time is left to its fate."""


class Wire(Protocol):
    """An open byte stream."""

    async def send(self, data: bytes) -> None:
        """Send all of `data`; ConnectionError when the far side is gone."""

    async def receive(self) -> bytes:
        """At least one byte, or `b""` at the end; ConnectionError when it broke."""

    async def close(self) -> None:
        """Close; may be called again."""


OpenWire = Callable[[], Awaitable[Wire]]
"""Opens the wire to the ACS, or raises OSError."""

HEARD_AT_MOST: Final = 256
"""Frames that nobody has listened to before the link is given up: an ACS answers, it does not speak."""

NAMES_AT_MOST: Final = 20
"""Ids of answers that a link remembers: an item and a patron for each number that there is."""

SOUND_96: Final = ResendWanted(sound=True)

Tap = Callable[[str, bytes, float], None]
"""Hears every frame: `>` (sent) or `<` (received), the frame without terminator, loop time. A sent
frame is stamped before it is sent, a received one when its last byte is in. It holds secrets: write
it down only through `masked`."""


def no_tap(direction: str, frame: bytes, at: float) -> None:
    """Hear nothing."""


class Link:
    """One open connection to an ACS."""

    def __init__(self, wire: Wire, profile: Profile, tap: Tap, on_lost: Callable[[], None]) -> None:
        """Take over an open wire and begin to read (needs a running loop)."""
        self.profile = profile
        self.status: AcsStatus | None = None
        self.lost = False
        self.polluted = False
        """Whether there may be more answers to come than messages: something was said twice, or a 97, and
        what was said first may be answered too. A 96 has no number to tell by, and on some links nothing
        has."""
        self.misunderstood = 0
        """How many sound 96 were heard. The first may be the only answer to what was said last; any other may
        be the first once more."""
        self.recalled: Message | None = None
        """The answer to the last message for which a 97 was sent: it may come once more."""
        self._twin_due = False
        self._spoilt = False
        self._recalling = False
        self._named: dict[int, int] = {}
        self._said: deque[int] = deque(maxlen=NAMES_AT_MOST)
        self._wire = wire
        self._conversation = Conversation(profile)
        self._terminator = profile.terminator.encode("ascii")
        self._framer = Framer()
        self._tap = tap
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self.now: Callable[[], float] = self._loop.time
        """Loop time."""
        self._heard: deque[Heard | None] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._end = "the far side closed the connection"
        self._reading = self._loop.create_task(self._read(), name="sip2 reading")

    @property
    def plain(self) -> bool:
        """Whether this ACS does no error detection."""
        return self._conversation.plain

    @property
    def quiet(self) -> bool:
        """Whether nothing is heard that nobody has taken yet."""
        return not self._heard

    @property
    def spotless(self) -> bool:
        """Whether a 96 could mean nothing but the last message."""
        return not (self.misunderstood or self.polluted)

    @property
    def sequence(self) -> int | None:
        """The sequence number of the last message prepared; None where there are none."""
        return self._conversation.sequence

    def remember(self, asked: tuple[str, ...], answered: tuple[str, ...]) -> None:
        """By which ids a message has asked, and by which it was answered. They are kept as numbers."""
        for one, other in zip(asked, answered, strict=True):
            if one and other:
                self._named.pop(hash(other), None)
                self._named[hash(other)] = hash(one)
        while len(self._named) > NAMES_AT_MOST:
            del self._named[next(iter(self._named))]

    def knows_as_another(self, asked: str, answered: str) -> bool:
        """Whether this id was the answer of late when another one was asked for."""
        return self._named.get(hash(answered), hash(asked)) != hash(asked)

    def note_answer(self, answer: Message) -> None:
        """This was an answer such as messages that change something have."""
        self._said.append(hash(answer))

    def has_said(self, answer: Message) -> bool:
        """Whether the very same was an answer to another message, and no number tells which one is
        meant now."""
        return self.plain and hash(answer) in self._said

    def prepare(self, body: bytes) -> bytes:
        """The frame of a new message (see `to_bytes`); what was heard before it is forgotten."""
        self._heard.clear()
        self._recalling = False
        if self.lost:
            self._heard.append(None)
        return self._conversation.next(body)

    async def send(self, frame: bytes) -> None:
        """Send one frame.

        Raises:
            LinkDown: the far side is gone; how much of the frame it got, nobody knows.
        """
        self._tap(">", frame, self.now())
        try:
            await self._wire.send(frame + self._terminator)
        except OSError as error:
            raise LinkDown("the connection broke while sending") from error

    async def send_again(self, *, answered: bool = False) -> None:
        """Send the last frame once more. Only for messages that change nothing. `answered`: a 96 was the
        answer to it, and no other can follow."""
        self._framer.forget()
        self.polluted = self.polluted or not answered
        await self.send(self._conversation.again())

    async def send_recall(self) -> None:
        """Send a 97: the ACS shall say its last answer again. Some do so without a terminator: from now on
        until the next message, a trailer with the right checksum ends a frame, too."""
        self._framer.forget()
        self._recalling = True
        self.polluted = True
        await self.send(self._conversation.recall())

    def answered_after_recall(self, answer: Message, *, alone: bool) -> None:
        """A message for which a 97 was sent has this answer, which comes twice, late and again; not `alone`:
        it has had others too."""
        self.recalled = answer
        self._twin_due = alone
        self._spoilt = self._spoilt or not alone

    async def drained(self) -> bool:
        """Whether all that was asked for has come: waits for the twin of an answer that was recalled. Where
        it stays away, or something else comes, nobody knows what is still under way."""
        if self._spoilt or not self._twin_due:
            return not self._spoilt
        self._twin_due = False
        self._spoilt = True
        with contextlib.suppress(TimeoutError, LinkDown):
            heard = await self.hear(self.now() + self.profile.recall_patience_s)
            self._spoilt = not (isinstance(heard, Reply) and heard.message == self.recalled and self.quiet)
        return not self._spoilt

    async def hear(self, until: float) -> Heard:
        """The next thing heard, at loop time `until` at the latest.

        Raises:
            LinkDown: the connection is closed.
            TimeoutError: nothing came.
        """
        if not self._heard:
            # A timeout of asyncio would cost a task its cancellation, and every exchange its price.
            self._wake = self._loop.create_future()
            alarm = self._loop.call_at(until, wake_up, self._wake)
            try:
                await self._wake
            finally:
                alarm.cancel()
                self._wake = None
        if not self._heard:
            raise TimeoutError
        heard = self._heard[0]
        if heard is None:  # the end stays, whoever listens next
            raise LinkDown(self._end)
        self._heard.popleft()
        return heard

    async def close(self) -> None:
        """Close the wire and stop reading."""
        self.lost = True
        self._reading.cancel()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(CLOSE_PATIENCE_S):
                await self._wire.close()

    async def _read(self) -> None:
        try:
            while data := await self._wire.receive():
                at = self.now()
                for frame in self._frames(data):
                    if not isinstance(frame, Overlong):
                        self._tap("<", frame, at)
                    heard = self._conversation.hear(frame)
                    if heard == SOUND_96:
                        self.misunderstood += 1
                    if len(self._heard) == HEARD_AT_MOST:
                        self._end = "the far side talks without being asked"
                        return
                    self._note(heard)
        except OSError as error:
            self._end = f"the connection broke: {error.strerror or error}"
        finally:
            self.lost = True
            self._note(None)
            self._on_lost()

    def _frames(self, data: bytes) -> list[bytes | Overlong]:
        frames = self._framer.feed(data)
        if self._recalling and (unended := self._framer.take_unended()) is not None:
            frames.append(unended)
        return frames

    def _note(self, heard: Heard | None) -> None:
        self._heard.append(heard)
        if self._wake is not None:
            wake_up(self._wake)


def wake_up(sleeper: asyncio.Future[None]) -> None:
    """Wake whoever awaits this, unless that has happened or nobody does any more."""
    if not sleeper.done():
        sleeper.set_result(None)
