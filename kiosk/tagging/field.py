"""The pad at work without a desk: what lies on it, for one command."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from kiosk.app import device
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import AfiSeen, DeviceChanged, PadReport, TagRead, TagsLeft, TagsNamed
from kiosk.circulation.values import Condition, Device, ItemTag, SeenTag, Uid
from kiosk.pad import FieldPad
from kiosk.rfid.errors import Collision, TransportError
from kiosk.rfid.readers import Reader
from kiosk.security_gate import LineGate, TagSwitch
from kiosk.settings import SIMULATED
from kiosk.tagging.calling import Call, Trouble, pad_trouble

CENSUS = 5
"""Inventories on a fresh field after which nothing is overlooked: a tag that misses every third one would be,
once in 240 times (ours)."""

SETTLE_S = 0.6
"""So long nothing new must come before all that was named counts as read (ours)."""

QUIETS = 5
"""So many such rests are waited for a tag that was named and is not read (ours)."""

BACK_S = 2.0
"""How long a tag that went is waited for (ours)."""


class Field:
    """What lies on the pad. The pad's own supervisor (`FieldPad`) is the one owner of the air here too:
    whatever a command asks of a tag takes its turn there."""

    def __init__(self, call: Call, pad: FieldPad, switch: TagSwitch) -> None:
        """`pad` tells what happens; `switch` is the security switch of its tags."""
        self.pad = pad
        self.switch = switch
        self.tags: dict[Uid, SeenTag] = {}
        """All that were read and have not left."""
        self.named: set[Uid] = set()
        """All that were named, read or not, there still or not."""
        self._call = call
        self._condition: tuple[Condition, Reason | None] = (Condition.MISSING, Reason.READER_MISSING)
        self._noise = False
        self._news = asyncio.Event()
        self._hear: Callable[[PadReport], None] = lambda _: None

    def hear(self, report: PadReport) -> None:
        """Take in what the pad reports."""
        match report:
            case TagsNamed(uids):
                self.named.update(uids)
            case TagRead(tag):
                self.tags[tag.uid] = tag
                self.named.add(tag.uid)
            case TagsLeft(uids):
                for uid in uids:
                    self.tags.pop(uid, None)
            case DeviceChanged():
                self._condition = (report.condition, report.reason)
            case AfiSeen():
                return  # a command asks for it itself
        self._news.set()
        self._hear(report)

    def also(self, hear: Callable[[PadReport], None]) -> None:
        """Let somebody else hear it too."""
        self._hear = hear

    @property
    def items(self) -> dict[Uid, ItemTag]:
        """The identified items of ours among them, by uid."""
        return {uid: tag.content for uid, tag in self.tags.items() if isinstance(tag.content, ItemTag)}

    @property
    def trouble(self) -> Trouble | None:
        """Why the reader cannot be used; None while it can."""
        condition, reason = self._condition
        return None if condition is Condition.READY else pad_trouble(self._call.reader, condition, reason)

    @property
    def nobody(self) -> Trouble:
        """That no tag was named; and whether something was heard all the same."""
        if not self._noise:
            return Trouble("no tag answers on the pad")
        return Trouble(
            "something answers on the pad that nobody understands: two tags of one uid, or metal beside a tag"
        )

    async def ready(self) -> None:
        """Until the reader answers.

        Raises:
            Trouble: it did not, for as long as the call allows.
        """
        try:
            async with asyncio.timeout(self._call.seconds):
                while self.trouble is not None:
                    await self._next()
        except TimeoutError:
            assert self.trouble is not None
            raise self.trouble from None

    async def settled(self) -> None:
        """Until all that lies there is found and read, or will not be read.

        Raises:
            Trouble: the reader was lost meanwhile.
        """
        try:
            await self._count()
        except TransportError:
            await self.ready()  # a reader that stumbles is opened anew; what it forgot, it is asked again
            try:
                await self._count()
            except TransportError as error:
                raise self.trouble or Trouble(f"the reader was lost: {error}") from error
        quiet = 0
        while quiet < 1 or (quiet < QUIETS and self.named - self.tags.keys()):
            try:
                async with asyncio.timeout(SETTLE_S):
                    await self._next()
                quiet = 0
            except TimeoutError:
                quiet += 1
            if self.trouble is not None:
                await self.ready()

    async def _count(self) -> None:
        """Who answers in one inventory after the other. Raises TransportError."""
        for _ in range(CENSUS):
            found = await self.pad.verify(_census)
            self.named.update(found or ())
            self._noise = self._noise or found is None

    async def back(self, uid: Uid) -> bool:
        """Whether a tag is there; one that just went gets a moment to come back, since weak ones flicker."""
        try:
            async with asyncio.timeout(BACK_S):
                while uid not in self.tags or self.trouble is not None:
                    await self._next()
        except TimeoutError:
            return False
        return True

    async def _next(self) -> None:
        self._news.clear()
        await self._news.wait()


@contextlib.asynccontextmanager
async def at_the_pad(call: Call) -> AsyncIterator[Field]:
    """The field of the call's reader, watched as long as the context lasts."""
    pad = device(Device.PAD, call.settings, call.doors)
    assert isinstance(pad, FieldPad)
    gate = _gate_of_cases(call)
    field = Field(call, pad, TagSwitch(pad, call.settings.security, gate.open_case if gate else None))
    at_work = [asyncio.ensure_future(pad.run(field.hear))]
    if gate is not None:
        at_work.append(asyncio.ensure_future(gate.run(lambda _: None)))
    try:
        yield field
    finally:
        for task in at_work:
            task.cancel()
        for ended in await asyncio.gather(*at_work, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


async def _census(reader: Reader) -> set[Uid] | None:
    """Who answers on a field where nobody was told to be quiet, None where only noise did. The field is left
    so again, for the poll."""
    try:
        return {Uid(tag.uid) for tag in await reader.inventory()}
    except Collision:
        return None
    finally:
        await reader.rf_reset()


def _gate_of_cases(call: Call) -> LineGate | None:
    """The gate whose line opens cases, where these settings have one."""
    settings = call.settings
    if not settings.security.opens_cases or settings.gate.driver == SIMULATED:
        return None
    gate = device(Device.GATE, settings, call.doors)
    assert gate is None or isinstance(gate, LineGate)
    return gate
