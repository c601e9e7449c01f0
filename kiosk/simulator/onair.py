"""What every reader in front of the tag field has in common, whatever it speaks: commands wait for the air,
the first of them plays its program there, its answer leaves when the air clock says so; faults, power.

A reader is a `Device` (see `device.py`); what it speaks is the part of who inherits from `OnAir`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Generator, Hashable
from math import inf
from typing import Generic, NamedTuple, Protocol, TypeVar

from kiosk.simulator.device import Agenda, Fault, Faults, Hangup, Out, Send, spoil
from kiosk.simulator.field import Instant, TagField
from kiosk.simulator.scenery import ReaderManners
from kiosk.simulator.serialline import SerialLine

Message = TypeVar("Message")
Cut_co = TypeVar("Cut_co", covariant=True)


class Answer(NamedTuple):
    """What came of a command: when the air is free again, what is said then (None: nothing), and whether a
    host may count it as something that went wrong on the air."""

    end: float
    data: bytes | None
    amiss: bool = False


Program = Generator[Instant, None, Answer]
"""What the reader does for one command."""


class Splitter(Protocol[Cut_co]):
    """Cuts what arrives on one link into messages; what is none is dropped without a word."""

    def feed(self, data: bytes, now: float) -> tuple[Cut_co, ...]:
        """All messages that are complete now."""


class _Ask(NamedTuple, Generic[Message]):
    """A command that came, and was wholly heard `at`."""

    link: int
    message: Message
    fault: Fault | None
    lag: float
    at: float


class OnAir(ABC, Generic[Message]):
    """A reader. Who inherits says how its bytes become messages, what they are called, what they do.

    `deaf_at_work`: it ignores a command that comes while it works on another; else they wait.
    """

    deaf_at_work = False

    def __init__(self, field: TagField, manners: ReaderManners | None = None) -> None:
        self.field = field
        self.manners = manners or ReaderManners()
        self.faults = Faults()
        self.reachable = True
        """False while it is unplugged."""
        self._line = SerialLine(self._byte_seconds())
        self._links: dict[int, Splitter[Message]] = {}
        self._agenda = Agenda()
        self._asks: deque[_Ask[Message]] = deque()
        self._program: Program | None = None
        self._at = inf
        self._due: float | None = None
        self._air = -inf
        self._playing = False
        self._noted = 0

    # --- what it speaks -------------------------------------------------------------------------------

    @abstractmethod
    def _splitter(self) -> Splitter[Message]:
        """A new link's."""

    @abstractmethod
    def _name(self, message: Message) -> str:
        """What the command is called to which a fault may happen (see `fault_name`)."""

    @abstractmethod
    def _program_of(self, message: Message, start: float) -> Program:
        """What a command does, from `start` on."""

    def _byte_seconds(self) -> float:
        """What a byte takes on its wire."""
        return 0.0

    def _powered(self, *, on: bool) -> None:
        """It lost its power, or has it again: what it kept in mind is gone."""

    # --- the device -----------------------------------------------------------------------------------

    def opened(self, link: int, now: float) -> None:
        """A host connected."""
        del now
        self._links[link] = self._splitter()

    def received(self, link: int, data: bytes, now: float) -> None:
        """Bytes from a host."""
        if self._at <= now:
            self.play(now)
        splitter = self._links.get(link)
        if splitter is None or not self.reachable:
            return
        heard = self._line.heard(now, len(data))
        for message in splitter.feed(data, now):
            self._accept(link, message, heard)
        if self._at <= now:
            self.play(now)

    def closed(self, link: int, now: float) -> None:
        """A host is gone; what it asked for is still done, its answers go nowhere."""
        self.play(now)
        self._links.pop(link, None)
        self._agenda.forget(link)

    def due(self) -> float | None:
        """The next instant at which something is heard of the air, or leaves."""
        leaves, heard = self._agenda.next, self._due
        return leaves if heard is None or (leaves is not None and leaves <= heard) else heard

    def take(self, now: float) -> list[Out]:
        """Play on until `now`, and hand over what leaves."""
        if self._at <= now:
            self.play(now)
        return self._agenda.take(now)

    # --- a poll that is of no consequence -------------------------------------------------------------

    def still(self) -> Hashable | None:
        """What its answers depend on beside the questions; None while something is under way.

        The same as before: whoever asks the same gets the same, at the same times after the question. It
        differs after every act on reader, field or faults, and after whatever it did that chance had a
        hand in, that it keeps a record of, or that a host may count (a tag that is silent or refuses).
        """
        if self._asks or self._agenda.next is not None:
            return None
        return self._noted, self.field.noted, self.reachable, len(self._links), self.faults.state()

    def skipped(self, since: float, seconds: float) -> None:
        """What the host did from `since` on it did again and again for so long, to no effect."""

    # --- steering -------------------------------------------------------------------------------------

    def unplug(self, now: float) -> None:
        """Cut its power: links drop, what is in the air ends at once, tags lose their state."""
        self.play(now)
        self._noted += 1
        self.reachable = False
        self._agenda.clear()
        self._asks.clear()
        self._program = self._due = None
        self._at = inf
        self._line.cut()
        self._powered(on=False)
        self.field.power(on=False)
        for link in list(self._links):
            self._agenda.plan(now, Hangup(link))
        self._links.clear()

    def plug(self, now: float) -> None:
        """Give it power again."""
        if not self.reachable:
            self.reachable = True
            self._air = now
            self.field.power(on=True)
            self._powered(on=True)

    def play(self, now: float) -> None:
        """Let everything happen that the air holds until `now`; does nothing while it is happening."""
        if self._at > now or self._playing:
            return
        self._playing = True
        try:
            while (program := self._program) is not None and self._at <= now:
                try:
                    instant = next(program)
                except StopIteration as done:
                    if self._program is program:  # else the power went meanwhile
                        self._done(done.value)
                else:
                    if self._program is program:
                        self._at, self._due = instant
        finally:
            self._playing = False

    # --- beforehand -----------------------------------------------------------------------------------

    def _asks_wait(self) -> bool:
        """Whether it has something to do, or to say."""
        return bool(self._asks) or self._agenda.next is not None

    def _lag(self, name: str) -> float | None:
        """How late the answer to a command will be; None when a fault will happen to it."""
        lag = self.manners.answer_seconds
        if self.faults.waiting or self.faults.slow:
            if self.faults.concern(name):
                return None
            lag += self.faults.delay(name)[0]
        return lag

    # --- asking the air -------------------------------------------------------------------------------

    def _accept(self, link: int, message: Message, heard: float) -> None:
        if self.deaf_at_work and self._asks_wait():
            self._noted += 1
            return
        fault, lag = None, 0.0
        if self.faults.waiting or self.faults.slow:
            name = self._name(message)
            fault = self.faults.meet(name)
            lag, _ = self.faults.delay(name)
        if fault is not None and not fault.execute:
            if fault.kind == "hang-up":
                self._drop(link, heard)
            return
        self._asks.append(_Ask(link, message, fault, lag + self.manners.answer_seconds, heard))
        if self._program is None:
            self._begin(heard)

    def _begin(self, now: float) -> None:
        """Set the first command to begin as soon as it is heard and the air is free."""
        ask = self._asks[0]
        self._at = self._due = start = max(now, ask.at, self._air)
        self._program = self._program_of(ask.message, start)

    def _done(self, answer: Answer) -> None:
        """A command came to its end: let its answer leave, and begin the next."""
        ask = self._asks.popleft()
        self._program = self._due = None
        self._at, self._air = inf, answer.end
        if answer.amiss:
            self._noted += 1
        if ask.link in self._links:
            self._leave(ask, answer.end + ask.lag, answer.data)
        if self._asks:
            self._begin(answer.end)

    def _leave(self, ask: _Ask[Message], at: float, data: bytes | None) -> None:
        """Say what is to be said, or what leaves in its stead when something goes wrong."""
        if ask.fault is not None and ask.fault.kind == "hang-up":
            self._drop(ask.link, at)
        elif data is not None and ask.fault is None:
            self._agenda.plan(self._line.said(at, len(data)), Send(ask.link, data))
        elif data is not None and ask.fault is not None and ask.fault.kind == "garble":
            spoilt = self._spoil(data, ask.fault.how)
            self._agenda.plan(self._line.said(at, len(spoilt)), Send(ask.link, spoilt))

    def _spoil(self, data: bytes, how: str) -> bytes:
        """The answer as it arrives garbled."""
        return spoil(data, how)

    def _drop(self, link: int, at: float) -> None:
        self._links.pop(link, None)
        self._agenda.forget(link)
        self._agenda.plan(at, Hangup(link))


def at_once(start: float, data: bytes | None) -> Program:
    """An answer for which the air is not needed."""
    yield start, start
    return Answer(start, data)


FAULT_NAMES = {0x20: "23", 0x21: "24"}
"""FEIG's ISO host reads and writes one block by the commands for several."""


def fault_name(frame: bytes) -> str:
    """What a frame of ISO 15693 is called to which a fault may happen: its command's code, as FEIG's ISO host
    has it, so that one plan of faults fits all readers."""
    return FAULT_NAMES.get(frame[1], f"{frame[1]:02X}") if len(frame) > 1 else "BF"
