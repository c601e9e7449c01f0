"""The security switch: the only one who arms and releases tags, and knows what proves it.

A tag is switched by everything that secures such an item (`SwitchSettings.kinds`), and only the whole of it
is called secured or released:

- AFI: written, then read from that very tag (system information). Where several switches wait and the reader
  can ask for one AFI, all are written first and one inventory proves those that it names; who is not named is
  asked by uid. What was not said is never proof.
- EAS: set or reset, then the addressed alarm is asked for between two reads that the tag answers, all in
  one turn: silence says that EAS is off only of a tag that is surely there, and has said yes to the reset.
- Case lock: opened by a pulse on a line of the gate, last, once all else is proved. Staff lock it.

A tag that refuses is given the library's password, once for each of its stays on the pad: a wrong one mutes
it until it loses its power, so that the field is reset at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from kiosk.circulation.values import (
    AFI_UNKNOWN,
    Flushed,
    ItemTag,
    Media,
    RowKind,
    Security,
    Switched,
    TagContent,
    Uid,
)
from kiosk.rfid.errors import (
    Collision,
    Locked,
    NoTag,
    NotWritten,
    Protected,
    RfidError,
    TagError,
    TagGarbled,
    TransportError,
)
from kiosk.rfid.readers import Abilities, Password, Reader
from kiosk.security_gate.switch_settings import Kind, SwitchSettings

log = logging.getLogger(__name__)

T = TypeVar("T")

PERMITS = frozenset({RowKind.ANSWER, RowKind.STAFF})
"""Rows that allow a tag to be switched: the answer of a loan or a return, or a named staff act."""

FUTILE_WRITES = 2
"""So many writes that come to nothing, without a word why, at a tag that answers all else are taken for a
refusal: a protected tag may be silent (ISO 15693-3 clause 7.4), which a 3M pad calls too little power. A weak
one is so now and then."""


class Tags(Protocol):
    """The tags on the pad, and the reader that reaches them."""

    @property
    def abilities(self) -> Abilities | None:
        """What the reader can do; None while there is none."""

    def content(self, uid: Uid) -> TagContent | None:
        """What a tag in the field says; None while there is no such tag, or it is not read yet."""

    def stay(self, uid: Uid) -> object:
        """This stay of the tag in the field: another object for each, None while it is not there."""

    async def write(self, act: Callable[[Reader], Awaitable[T]]) -> T:
        """Do `act` with the reader when it is a write's turn. Raises RfidError; TransportError at once while
        there is no reader."""

    async def verify(self, act: Callable[[Reader], Awaitable[T]]) -> T:
        """The same at the turn of a read-back."""

    def knows_afi(self, uid: Uid) -> None:
        """Its AFI was just read: nobody else need ask for it."""


OpenCase = Callable[[], Awaitable[bool]]
"""Opens the lock of the case that lies on it; True when the line has followed."""


@dataclass(slots=True)
class _Job:
    """One tag that is being switched."""

    uid: Uid
    armed: bool
    to_do: set[Kind]
    afi: int = AFI_UNKNOWN
    """As it was last read."""
    futile: int = 0
    """Writes that came to nothing though it was there."""
    refused: bool = False
    """It said no, or all was futile too often."""
    noise: bool = False
    """Nobody understood what it holds."""
    denied: bool = False
    """It did not take the password, and that was learnt."""


@dataclass(slots=True)
class _Batch:
    """Tags that were written the same AFI and wait to be proved together."""

    waiting: dict[Uid, asyncio.Future[bool]] = field(default_factory=dict)

    def tell(self, named: set[str]) -> None:
        """The inventory has named these."""
        for uid, waiting in self.waiting.items():
            if not waiting.done():
                waiting.set_result(uid in named)


class TagSwitch:
    """Switches the tags of one pad; meets `desk.ports.Switch`, and works as well without a desk."""

    def __init__(self, tags: Tags, settings: SwitchSettings, open_case: OpenCase | None = None) -> None:
        """Switch `tags` as `settings` say; `open_case` opens a case, where the kiosk has a line for that."""
        self._tags = tags
        self._settings = settings
        self._open_case = open_case
        self._cases = asyncio.Lock()
        self._to_write: Counter[int] = Counter()
        """Writes that wait for their turn, by AFI."""
        self._batches: dict[int, _Batch] = {}
        self._tried: dict[Uid, object] = {}
        """The stay in which the password did not help, by tag."""

    # ---- what the desk asks -----------------------------------------------------------------

    async def switch(
        self,
        uid: Uid,
        permit: Flushed,
        wanted: Callable[[], bool] = lambda: True,
        *,
        armed: bool,
        media: Media = Media.UNKNOWN,
    ) -> tuple[Switched, int]:
        """Arm or release a tag, with proof.

        Args:
            uid: which.
            permit: the flushed row that allows it: an answer, or a staff act.
            wanted: asked before each write: whether it is wanted still. If not, the tag has `left` for us.
            armed: which way.
            media: what its item is made of.

        Returns:
            What came of it, and its AFI as it was last read (0: it was not).

        Raises:
            ValueError: such a row allows nothing.
        """
        if permit.kind not in PERMITS:
            raise ValueError(f"a row of kind {permit.kind} allows no tag to be switched")
        content = self._tags.content(uid)
        if content is None:
            return Switched.LEFT, AFI_UNKNOWN
        if not isinstance(content, ItemTag):  # whose items are ours, the pad has judged
            log.warning("tag %s is no identified item of ours and is left alone", uid)
            return Switched.FAILED, AFI_UNKNOWN
        kinds = self._settings.kinds(media)
        job = _Job(uid, armed, set(kinds - {Kind.CASE_LOCK} if armed else kinds))
        if not job.to_do:
            return Switched.NOT_NEEDED, AFI_UNKNOWN
        try:
            outcome = await self._try(job, wanted)
        except (NoTag, TransportError) as error:
            log.info("tag %s was lost while it was switched: %r", uid, error)
            outcome = Switched.LEFT
        return outcome, job.afi

    async def look(self, uid: Uid, media: Media = Media.UNKNOWN) -> tuple[int | None, Security]:
        """The AFI of a tag, None when it did not answer, and what it is to a gate. Changes nothing."""
        afi: int | None = None
        sounds: bool | None = None
        try:
            afi = await self._read_afi(uid)
            if Kind.EAS in self._settings.kinds(media):
                sounds = await self._tags.verify(lambda reader: sounds_eas(reader, uid))
        except RfidError as error:
            log.info("tag %s not looked at: %r", uid, error)
        return afi, self._settings.together(media, afi, sounds)

    # ---- attempts ---------------------------------------------------------------------------

    async def _try(self, job: _Job, wanted: Callable[[], bool]) -> Switched:
        """Attempt after attempt, while the tag is there. Raises NoTag, TransportError."""
        settings = self._settings
        for attempt in range(settings.attempts):
            if attempt:
                await asyncio.sleep(settings.pause_s)
            if not wanted():
                return Switched.LEFT
            await self._attempt(job, wanted)
            if job.refused and job.to_do and self._may_give_password(job):
                if not wanted():
                    return Switched.LEFT
                await self._with_password(job)
                if job.to_do - {Kind.CASE_LOCK}:
                    return Switched.PROTECTED
                await self._finish(job, wanted)
            if not job.to_do:
                return Switched.SECURED if job.armed else Switched.RELEASED
        if job.refused:
            return Switched.PROTECTED
        return Switched.LEFT if job.noise else Switched.FAILED

    async def _attempt(self, job: _Job, wanted: Callable[[], bool]) -> None:
        """Write what is to be done yet, and read it back; what is proved is done."""
        job.noise = False
        if Kind.AFI in job.to_do:
            afi = self._settings.afi(armed=job.armed)
            said = await self._written(afi, lambda reader: reader.write_afi(job.uid, afi))
            await self._proved_afi(job, afi, batch=True)
            self._heed(job, said, done=Kind.AFI not in job.to_do)
        if Kind.EAS in job.to_do:
            said = await self._told(lambda reader: reader.set_eas(job.uid, job.armed))
            await self._proved_eas(job, said)
            self._heed(job, said, done=Kind.EAS not in job.to_do)
        await self._finish(job, wanted)

    async def _finish(self, job: _Job, wanted: Callable[[], bool]) -> None:
        """Open the case, once the tag is released by all else."""
        if job.to_do != {Kind.CASE_LOCK} or not wanted():
            return
        if self._open_case is None:
            log.warning("the case of tag %s stays locked: the kiosk has no line for that", job.uid)
            return
        async with self._cases:  # one case at a time lies on the lock
            if await self._open_case():
                job.to_do.clear()

    def _heed(self, job: _Job, said: TagError | None, *, done: bool) -> None:
        """Note what the tag said to a write that was read back."""
        if done or said is None:
            return
        log.info("tag %s was not switched: %r", job.uid, said)
        if isinstance(said, Protected | Locked):
            job.refused = True
        elif isinstance(said, NoTag | NotWritten) and self._settings.password:
            job.futile += 1
            job.refused = job.refused or job.futile >= min(FUTILE_WRITES, self._settings.attempts)

    # ---- the AFI ----------------------------------------------------------------------------

    async def _written(self, afi: int, act: Callable[[Reader], Awaitable[None]]) -> TagError | None:
        """Write an AFI; what the tag said against it."""
        self._to_write[afi] += 1
        broken_off = True
        try:
            said = await self._told(act)
            broken_off = False
        finally:
            self._to_write[afi] -= 1
            if broken_off and not self._to_write[afi] and afi in self._batches:
                self._batches.pop(afi).tell(set())  # whoever waits for this one reads alone
        return said

    async def _told(self, act: Callable[[Reader], Awaitable[None]]) -> TagError | None:
        """Write something; what the tag said against it. Whatever it says, only reading is proof."""
        try:
            await self._tags.write(act)
        except TagError as error:
            return error
        return None

    async def _proved_afi(self, job: _Job, afi: int, *, batch: bool) -> None:
        """Read the AFI back: in one go with others, or alone. Raises NoTag, TransportError."""
        if batch and await self._named(job.uid, afi):
            held = afi
        else:
            try:
                held = await self._read_afi(job.uid)
            except (Collision, TagGarbled):
                job.noise = True
                return
            except NoTag:
                raise
            except TagError as error:  # it is there, and does not tell its AFI
                log.info("tag %s does not tell its AFI: %r", job.uid, error)
                return
        self._tags.knows_afi(job.uid)
        job.afi = held
        if held == afi:
            job.to_do.discard(Kind.AFI)

    async def _read_afi(self, uid: Uid) -> int:
        info = await self._tags.verify(lambda reader: reader.system_info(uid))
        self._tags.knows_afi(uid)
        return info.afi

    async def _named(self, uid: Uid, afi: int) -> bool:
        """Whether one inventory for all that were written this AFI has named the tag. False where it is the
        only one, or the reader cannot ask so: then it is read alone."""
        abilities = self._tags.abilities
        if abilities is None or not abilities.afi_filter:
            return False
        if not self._to_write[afi] and afi not in self._batches:
            return False
        batch = self._batches.setdefault(afi, _Batch())
        mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        batch.waiting[uid] = mine
        if not self._to_write[afi]:  # it was the last of them
            del self._batches[afi]
            await self._ask_for_all(batch, afi)
        return await mine

    async def _ask_for_all(self, batch: _Batch, afi: int) -> None:
        named: set[str] = set()
        try:
            found = await self._tags.verify(lambda reader: reader.inventory(afi))
            named = {tag.uid for tag in found}
        except RfidError as error:
            log.info("AFI %02X not asked for at once: %r", afi, error)
        finally:
            batch.tell(named)

    # ---- EAS --------------------------------------------------------------------------------

    async def _proved_eas(self, job: _Job, said: TagError | None) -> None:
        """Ask for the alarm. Silence is that of a tag whose EAS is off only if it has also said yes to the
        reset: one that is weak for a moment misses the question as it missed the command, and answers the
        reads around it. `said` is what it said against the command. Raises NoTag, TransportError."""
        try:
            sounds = await self._tags.verify(lambda reader: sounds_eas(reader, job.uid))
        except NoTag:
            raise
        except (Collision, TagGarbled):
            job.noise = True
        except TagError as error:  # it, or the reader, does not do that
            log.warning("tag %s cannot be asked for EAS: %r", job.uid, error)
        else:
            if sounds is job.armed and (sounds or said is None):
                job.to_do.discard(Kind.EAS)

    # ---- the password -----------------------------------------------------------------------

    def _may_give_password(self, job: _Job) -> bool:
        abilities = self._tags.abilities
        able = bool(self._settings.password) and abilities is not None and abilities.customs
        return able and self._tried.get(job.uid) is not self._tags.stay(job.uid)

    async def _with_password(self, job: _Job) -> None:
        """Give the password and write, in one turn, so that the tag keeps its power in between; then read
        back. Raises NoTag when the tag is gone, TransportError."""
        stay, uid = self._tags.stay(job.uid), job.uid
        self._tried = {known: each for known, each in self._tried.items() if self._tags.stay(known) is each}
        self._tried[uid] = stay
        try:
            await self._given_password(job)
        except TransportError:
            if not job.denied:  # nobody knows what became of it, and the tag has lost its power
                del self._tried[uid]
            raise
        if not job.to_do - {Kind.CASE_LOCK}:
            del self._tried[uid]  # it is ours, and may be needed again in the same stay

    async def _given_password(self, job: _Job) -> None:
        uid = job.uid
        said: TagError | None = None
        try:
            await self._tags.write(lambda reader: self._open_and_write(reader, job))
        except TagError as error:
            log.info("tag %s was not opened by the password: %r", uid, error)
            said = error
        try:
            if Kind.AFI in job.to_do:
                await self._proved_afi(job, self._settings.afi(armed=job.armed), batch=False)
            if Kind.EAS in job.to_do:
                await self._proved_eas(job, said)
        except NoTag:
            abilities = self._tags.abilities
            if said is None or abilities is None or abilities.resets_field:
                raise
            # it answered until it was given the password, and this reader cannot wake it

    async def _open_and_write(self, reader: Reader, job: _Job) -> None:
        password = int(self._settings.password, 16)
        try:
            await reader.present_password(job.uid, Password.EAS_AFI, password)
        except TagError:
            # a tag that was given a wrong password is mute until it loses its power
            job.denied = True  # whatever becomes of the reader from here on
            await reader.rf_reset()
            raise
        if Kind.AFI in job.to_do:
            await reader.write_afi(job.uid, self._settings.afi(armed=job.armed))
        if Kind.EAS in job.to_do:
            await reader.set_eas(job.uid, job.armed)


async def sounds_eas(reader: Reader, uid: Uid) -> bool:
    """Whether a tag sounds the EAS alarm, asked between two reads that it answers.

    Raises:
        NoTag: it does not answer.
        TagError: nothing can be said.
        TransportError: the reader cannot be used.
    """
    await reader.read(uid, 0, 1)
    sounds: bool = await reader.eas_alarm(uid)
    await reader.read(uid, 0, 1)
    return sounds
