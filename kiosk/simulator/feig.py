"""A simulated FEIG pad reader in ISO-host mode, in front of a tag field.

Written from the published manuals H60301-3e (ID ISC.MR/PR101) and H01113-4e (MR102). It answers when the air
clock says so, in the order of the requests, and not at all to what is no frame of its own. What it does for
each command is in `feigprograms.py`.
"""

from __future__ import annotations

from functools import partial

from kiosk.simulator import isohost, obid
from kiosk.simulator.device import Foreseen
from kiosk.simulator.feigprograms import CUSTOM_HOST, ISO_HOST, MORE_DATA, NO_TRANSPONDER, OK, Programs
from kiosk.simulator.field import Read, TagField
from kiosk.simulator.onair import Answer, OnAir, Program
from kiosk.simulator.scenery import ReaderManners

ADDRESSES = (obid.BROADCAST, 0)
"""What a frame for us begins with."""
ONLY_INVENTORY = bytes([isohost.INVENTORY])
"""The ISO command whose status 01 is no news: all tags are silenced, or there is none."""


class _Ours(obid.Splitter):
    """The frames that are for us."""

    def feed(self, data: bytes, now: float) -> tuple[obid.Frame, ...]:
        frames = super().feed(data, now)
        return tuple([frame for frame in frames if frame.address in ADDRESSES])


class SimFeig(OnAir[obid.Frame]):
    """The reader. `Device` says how it is driven."""

    def __init__(self, field: TagField, manners: ReaderManners | None = None) -> None:
        super().__init__(field, manners)
        self.programs = Programs(field, self.manners)

    def _byte_seconds(self) -> float:
        return self.manners.bits / self.manners.baud if self.manners.baud else 0.0

    def _splitter(self) -> obid.Splitter:
        return _Ours()

    def _name(self, message: obid.Frame) -> str:
        return _name(message)

    def _program_of(self, message: obid.Frame, start: float) -> Program:
        end, status, data = yield from self.programs.of(message, start)
        amiss = status not in {OK, MORE_DATA} and message.data[:1] != ONLY_INVENTORY
        return Answer(end, obid.write(message, status, data), amiss)

    def _powered(self, *, on: bool) -> None:
        del on
        self.programs.untold = []

    def unplug(self, now: float) -> None:
        """Cut its power: links drop, what is in the air ends at once, tags lose their state, outputs are
        off."""
        super().unplug(now)
        self.programs.outputs.lose_power(now)

    # --- a poll that is of no consequence -------------------------------------------------------------

    def skipped(self, since: float, seconds: float) -> None:
        """What the host did from `since` on it did again and again for so long, to no effect."""
        if self.manners.persistence_reset is not None:
            self.field.younger(since, seconds)

    def foresee(self, link: int, data: bytes, now: float) -> Foreseen | None:
        """The answer to who only reads a tag, or looks for new ones where there is none, while nothing else
        is to be done; None to all else, which has to be played."""
        splitter = self._links.get(link)
        if not isinstance(splitter, _Ours) or self._asks_wait():
            return None
        if self.manners.persistence_reset is not None or self.manners.rx_buffer:
            return None
        frame = splitter.only(data)
        if frame is None or frame.command != ISO_HOST or frame.address not in ADDRESSES or not frame.data:
            return None
        lag = self._lag(_name(frame))
        if lag is None:
            return None
        order = isohost.read(frame.data, *self.programs.limits(advanced=frame.advanced))
        heard = self._line.would_hear(now, len(data))
        start = heard if heard > self._air else self._air
        if isinstance(order, isohost.Asked) and len(order.requests) == 1:
            read = self.field.foresee(start, order.requests[0])
            if read is not None:
                answer = obid.write(frame, OK, order.shape(read.data))
                said = self._line.would_say(read.end + lag, len(answer))
                return Foreseen(said, answer, partial(self._has_read, read, heard, said))
        elif isinstance(order, isohost.Inventory) and self.manners.ont and not order.rest:
            end = self.field.foresee_silence(start)
            if end is not None:
                answer = obid.write(frame, NO_TRANSPONDER, b"")
                said = self._line.would_say(end + lag, len(answer))
                return Foreseen(said, answer, partial(self._found_none, end, heard, said))
        return None

    def _has_read(self, read: Read, heard: float, said: float) -> None:
        self.field.fulfil(read)
        self._air = read.end
        self._line.did(heard, said)

    def _found_none(self, end: float, heard: float, said: float) -> None:
        self._air = end
        self.programs.untold = []
        self._line.did(heard, said)


def _name(frame: obid.Frame) -> str:
    """What the commands are called to which something is to happen."""
    if frame.command == ISO_HOST and frame.data:
        return f"{frame.data[0]:02X}"
    if frame.command == CUSTOM_HOST and len(frame.data) > 1:
        return f"{frame.data[1]:02X}"
    return f"{frame.command:02X}"
