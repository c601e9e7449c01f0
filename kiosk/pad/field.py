"""The field: which tags are there, and the reader that is asked.

How presence is found out, and why so (FEIG manuals H60301, H40801: "ONT"):

- A plain inventory is cheap and finds what is new. A reader that silences what it has reported
  gives only the new tags; another one gives all, and then each tag it names is present.
- Silence to an inventory therefore proves nothing. A known tag that the inventory did not name is
  read by its uid: one block, which is the shortest of all questions that leave it as it was (7.1 ms of air).
  Who is silent is asked again at once, and a few times more (`kiosk.pad.presence`).
- An RF reset wakes all silenced tags. It is done when a reader was opened, when something went
  wrong, and now and then without cause: so nothing that was overlooked stays so.
- The AFI is asked for once, in the stead of a tag's first read by its uid: what arrives is read first.
- What was there before the reader was lost is still known when it comes back, and nothing can be
  seen to leave while nobody looks.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import replace
from random import Random
from typing import NoReturn, TypeVar

from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import AfiSeen, DeviceChanged, PadReport, TagRead, TagsLeft, TagsNamed
from kiosk.circulation.values import (
    AFI_UNKNOWN,
    Condition,
    Device,
    Security,
    SeenTag,
    TagContent,
    Uid,
    UnreadTag,
)
from kiosk.doors import rest
from kiosk.ids import IdRules
from kiosk.pad.air import Air, Turn
from kiosk.pad.content import read_tag, read_whole
from kiosk.pad.presence import AGAIN_S, PASSED_BY, Presence
from kiosk.pad.settings import PadSettings
from kiosk.rfid.errors import (
    Collision,
    NoTag,
    ReaderGarbled,
    ReaderGone,
    ReaderRefused,
    RfidError,
    TagError,
    TagRefused,
    TransportError,
)
from kiosk.rfid.iso15693 import Told
from kiosk.rfid.readers import Abilities, OpenReader, Reader
from kiosk.rfid.tags import TagMemory

log = logging.getLogger(__name__)

T = TypeVar("T")

Post = Callable[[PadReport], None]

FIRST_ROUNDS = 3
"""Rounds after which a reader that came back is ready, whatever it makes of a tag that was there before."""

READ_AT_ONCE = 2
"""Tags that are read at a time: the next one's first exchange is in the queue before the desk looks at
the last one, so that the air never waits for a program; and no tag waits for all others' first exchange."""


Meaning = Callable[[int, TagContent], Security]
"""What a tag with this AFI and this content is to a gate."""


def says_nothing(_afi: int, _content: TagContent) -> Security:
    """What an AFI means where nobody has said so."""
    return Security.UNKNOWN


class FieldPad:
    """The pad of one reader; meets `desk.ports.Pad`, and `security_gate.switch.Tags`."""

    def __init__(
        self,
        open_reader: OpenReader,
        settings: PadSettings,
        ids: IdRules,
        random: Random,
        meaning: Meaning = says_nothing,
        *,
        media: bool = False,
        must_secure: bool = True,
    ) -> None:
        """Watch the field of the reader that `open_reader` opens.

        Args:
            open_reader: opens the reader; called again each time it is lost.
            settings: times and patience.
            ids: the item-id chain, applied to what tags carry.
            random: chance for the back-off.
            meaning: what an AFI means to a gate.
            media: whether tags are read on for what they are in, where it does not stand in the front.
            must_secure: something on the tags secures items: a reader that only reads does half the work.
        """
        self._open_reader = open_reader
        self._settings = settings
        self._ids = ids
        self._tags = replace(settings.tags.rules(), media=media)
        self._random = random
        self._meaning = meaning
        self._must_secure = must_secure
        self._air: Air | None = None
        self._known: dict[str, Presence] = {}
        self._just_left: set[str] = set()
        self._looked = False
        self._condition: tuple[Condition, Reason | None] | None = None

    # ---- what the security switch asks ------------------------------------------------------

    @property
    def abilities(self) -> Abilities | None:
        """What the reader can do; None while there is none."""
        return None if self._air is None else self._air.abilities

    def content(self, uid: Uid) -> TagContent | None:
        """What a tag in the field says; None while there is no such tag, or it is not read yet."""
        known = self._known.get(uid)
        return None if known is None else known.content

    def stay(self, uid: Uid) -> object:
        """This stay of the tag in the field: another object for each, None while it is not there."""
        return self._known.get(uid)

    async def write(self, act: Callable[[Reader], Awaitable[T]]) -> T:
        """Do `act`, a write, when it is its turn: before all else. Raises as `Air.ask`, and ReaderGone at
        once when there is no reader."""
        return await self._turn(Turn.WRITE, act)

    async def verify(self, act: Callable[[Reader], Awaitable[T]]) -> T:
        """Do `act`, a read-back, when it is its turn. Raises as `write`."""
        return await self._turn(Turn.VERIFY, act)

    async def _turn(self, turn: Turn, act: Callable[[Reader], Awaitable[T]]) -> T:
        if self._air is None:
            raise ReaderGone("there is no reader at the pad")
        return await self._air.ask(turn, act)

    def knows_afi(self, uid: Uid) -> None:
        """Somebody has just read its AFI: better than the poll could tell it."""
        if uid in self._known:
            self._known[uid].afi_questions = 0

    async def read_memory(self, uid: Uid) -> TagMemory | None:
        """What that very tag's memory says, read anew; None when it, or the reader, did not answer."""
        if self._air is None:
            return None
        known = self._known.get(uid)
        dsfid = None if known is None else known.dsfid
        try:
            _, memory = await read_whole(self._air, uid, dsfid, b"", self._tags)
        except RfidError:
            return None
        return memory

    # ---- the reader -------------------------------------------------------------------------

    async def run(self, post: Post) -> NoReturn:
        """Keep the reader and watch its field until cancelled; post what happens."""
        losses = 0
        while True:
            error = await self._attend(post)
            # A reader that had been ready is tried again soon, one that never was ever later.
            losses = 1 if self._is_at_work() else losses + 1
            log.log(logging.WARNING if losses == 1 else logging.DEBUG, "no reader at the pad: %r", error)
            garbled = isinstance(error, ReaderGarbled | ReaderRefused)
            self._report(post, Condition.MISSING, Reason.READER_GARBLED if garbled else Reason.READER_MISSING)
            await asyncio.sleep(self._rest(losses))

    async def _attend(self, post: Post) -> TransportError:
        """Open the reader, watch the field, and give back what ended that."""
        try:
            reader = await self._open_reader()
        except TransportError as error:
            return error
        air = Air(reader)
        try:
            await self._watch(air, post)
        except TransportError as error:
            return error
        finally:
            self._air = None
            air.let_go()
            await reader.close()

    def _rest(self, losses: int) -> float:
        settings = self._settings
        return rest(losses, settings.reopen_first_s, settings.reopen_longest_s, self._random)

    def _is_at_work(self) -> bool:
        return self._condition is not None and self._condition[0] is not Condition.MISSING

    def _report_at_work(self, air: Air, post: Post) -> None:
        if self._must_secure and not air.abilities.secures:
            self._report(post, Condition.DEGRADED, Reason.READER_READS_ONLY)
        else:
            self._report(post, Condition.READY, None)

    def _report(self, post: Post, condition: Condition, reason: Reason | None) -> None:
        if self._condition != (condition, reason):
            self._condition = (condition, reason)
            post(DeviceChanged(Device.PAD, condition, reason))

    # ---- the field --------------------------------------------------------------------------

    async def _watch(self, air: Air, post: Post) -> NoReturn:
        """Round after round, until the reader fails (raises TransportError)."""
        settings = self._settings
        for presence in self._known.values():
            presence.misses = presence.failures = 0  # what was missed on the old connection is void
            presence.named = False
        in_doubt, full = True, _Alarm(settings.full_every_s)
        rounds = 0
        try:
            while True:
                if in_doubt or full.rang:
                    await air.ask(Turn.POLL, lambda reader: reader.rf_reset())
                    full.wind()
                try:
                    tags = await air.ask(Turn.POLL, lambda reader: reader.inventory())
                    found, in_doubt = {tag.uid: tag.dsfid for tag in tags}, False
                except Collision:
                    found, in_doubt = {}, True
                self._air = air  # it has answered: the desk may use it
                if rounds >= FIRST_ROUNDS or self._all_there(found):
                    self._report_at_work(air, post)
                doubt = in_doubt
                in_doubt |= await self._round(air, found, in_doubt, post)
                self._looked |= not doubt  # the field was seen whole
                rounds += 1
                await full.rest(settings.poll_pause_s)
        finally:
            full.stop()

    def _all_there(self, found: Mapping[str, int | None]) -> bool:
        """Whether nothing that was known has to be looked for. What was lifted while the reader was away is
        told before it is ready again, so that nobody is asked about books that are gone."""
        return all(uid in found for uid, presence in self._known.items() if presence.posted)

    async def _round(self, air: Air, found: Mapping[str, int | None], noisy: bool, post: Post) -> bool:
        """Read what is new, look after what is known; True when something went wrong, or a tag has left: it
        may be there and have been too weak for a moment, and one that was told to be quiet is not found again
        before it has lost its power. `found` has the DSFIDs of those that the inventory named."""
        for uid in sorted(found - self._known.keys()):
            was_weak = uid in self._just_left
            self._known[uid] = Presence(was_weak, dsfid=found[uid], lay_there=not self._looked)
        self._just_left.clear()
        self._name(found, post)
        new = [uid for uid, presence in self._known.items() if not presence.posted]
        old = [uid for uid, presence in self._known.items() if presence.posted]
        in_doubt = bool(new) and not await self._read_all(air, new, found, post)
        for uid in old:
            if uid in found:
                self._known[uid].answered()
            elif not (noisy or air.abilities.reports_new_only):
                self._known[uid].misses += 1  # all that is there was named
        return await self._anybody_left(air, old, found, post) or in_doubt

    async def _anybody_left(self, air: Air, old: list[str], found: Container[str], post: Post) -> bool:
        """Ask those that were there, and tell who has left; whether somebody has.

        Who is silent is asked again before the others, `AGAIN_S` after it was last asked, until it answers or
        has been silent too often: that, and not another round, passes between its first miss and the word.
        """
        loop = asyncio.get_running_loop()
        to_ask = deque(sorted(old, key=lambda uid: self._known[uid].misses == 0))  # missed before: first
        silent: deque[tuple[float, str]] = deque()
        somebody_left = False
        while to_ask or silent:
            if silent and (not to_ask or silent[0][0] <= loop.time()):
                again_at, uid = silent.popleft()
                await asyncio.sleep(again_at - loop.time())
            else:
                uid = to_ask.popleft()
            presence, asked_at = self._known[uid], loop.time()
            if not await self._is_silent(air, uid, presence, uid in found, post):
                continue
            if not presence.has_left(self._settings.misses):
                silent.append((asked_at + AGAIN_S, uid))
                continue
            self._forget(uid, post)
            somebody_left = True
        return somebody_left

    def _forget(self, uid: str, post: Post) -> None:
        """It has left. If the next look finds it, it was only too weak."""
        del self._known[uid]
        self._just_left.add(uid)
        post(TagsLeft((Uid(uid),)))

    def _name(self, found: Container[str], post: Post) -> None:
        """Tell, once on each connection, which of the tags that are in the field have yet to be read."""
        unread = [
            uid for uid, known in self._known.items() if not (known.posted or known.named) and uid in found
        ]
        for uid in unread:
            self._known[uid].named = True
        if unread:
            post(TagsNamed(tuple(map(Uid, unread))))

    async def _read_all(self, air: Air, new: list[str], found: Container[str], post: Post) -> bool:
        """Try to read the tags that have not been posted yet; whether all could be read."""
        if len(new) == 1:
            return await self._read_new(air, new[0], new[0] in found, post)
        turns = asyncio.Semaphore(READ_AT_ONCE)

        async def read(uid: str) -> bool:
            async with turns:
                return await self._read_new(air, uid, uid in found, post)

        return all(await asyncio.gather(*map(read, new)))

    async def _read_new(self, air: Air, uid: str, named: bool, post: Post) -> bool:
        """Try to read a tag that has not been posted yet; False when that failed."""
        presence = self._known[uid]
        try:
            self._post_tag(post, presence, await read_tag(air, uid, presence.dsfid, self._ids, self._tags))
            return True
        except TagError as error:
            log.debug("tag %s not read: %r", uid, error)
            if isinstance(error, NoTag) and not named:
                presence.misses += 1
                if presence.misses >= PASSED_BY:
                    self._forget(uid, post)
            else:
                presence.answered()
                presence.failures += 1
                if presence.failures >= self._settings.read_tries:
                    refused = isinstance(error, TagRefused)
                    reason = Reason.TAG_FOREIGN if refused else Reason.TAG_DAMAGED
                    presence.mute_memory = True
                    self._post_tag(post, presence, SeenTag(Uid(uid), AFI_UNKNOWN, UnreadTag(reason)))
            return False

    def _post_tag(self, post: Post, presence: Presence, tag: SeenTag) -> None:
        presence.posted = True
        presence.answered()
        presence.content = tag.content
        if tag.afi != AFI_UNKNOWN:
            presence.afi_questions = 0
            tag = replace(tag, security=self._meaning(tag.afi, tag.content))
        post(TagRead(tag, presence.lay_there))

    async def _is_silent(self, air: Air, uid: str, presence: Presence, named: bool, post: Post) -> bool:
        """Whether a posted tag does not answer to its uid. Its AFI is asked for beside, once."""
        if presence.afi_questions and not presence.misses and await self._told_afi(air, uid, presence, post):
            return False
        if named:
            return False
        try:
            if presence.mute_memory:
                await air.ask(Turn.POLL, lambda reader: reader.system_info(uid))
            else:
                await air.ask(Turn.POLL, lambda reader: reader.read(uid, 0, 1))
        except NoTag:
            presence.misses += 1
            return True
        except TagRefused:
            presence.answered()  # who refuses is there
        except TagError as error:
            log.debug("tag %s answered with noise, which says neither yes nor no: %r", uid, error)
        else:
            presence.answered()
        return False

    async def _told_afi(self, air: Air, uid: str, presence: Presence, post: Post) -> bool:
        """Ask for the AFI of a tag that came without it; whether it told it, and so is there.

        It costs 2.7 ms more air than the read that it stands in for, at the end of the queue. A tag that is
        silent here need not have left: this command is optional (ISO 15693-3 clause 10.3.12).
        """
        presence.afi_questions -= 1
        try:
            info = await air.ask(Turn.POLL, lambda reader: reader.system_info(uid))
        except TagError as error:
            log.debug("tag %s did not tell its AFI: %r", uid, error)
            return False
        presence.afi_questions = 0
        presence.answered()
        if Told.AFI not in info.told:
            return True  # it is there, and has none
        meaning = Security.UNKNOWN if presence.content is None else self._meaning(info.afi, presence.content)
        post(AfiSeen(Uid(uid), info.afi, meaning))
        return True


class _Alarm:
    """Rings so many seconds after it was wound, and ends a rest that is taken beside it.

    So nothing that a round of the poll will do depends on the time at which it begins: until it rings, each
    is like the last one, if nothing happened in the field.
    """

    def __init__(self, seconds: float) -> None:
        self.rang = False
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self._resting: asyncio.Future[None] | None = None

    def wind(self) -> None:
        """From now on; no ring that was due before."""
        self.stop()
        self.rang = False
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._ring)

    def stop(self) -> None:
        """It will not ring."""
        if self._timer is not None:
            self._timer.cancel()

    async def rest(self, seconds: float) -> None:
        """Rest so long, or until it rings; not at all when it rang."""
        if self.rang:
            return
        loop = asyncio.get_running_loop()
        self._resting = loop.create_future()
        rested = loop.call_later(seconds, self._rise)
        try:
            await self._resting
        finally:
            rested.cancel()

    def _ring(self) -> None:
        self.rang = True
        self._rise()

    def _rise(self) -> None:
        if self._resting is not None and not self._resting.done():
            self._resting.set_result(None)
