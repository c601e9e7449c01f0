"""The driver for 3M / Bibliotheca pads 210 and 810, over any byte stream (USB serial, 19200 8N1).

One command is in flight at a time, and what is no answer ends the connection (`Exchange`). Opening greets the
reader, which also finds out whether anything that speaks this language is there, and what it can do.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass, field
from typing import Literal

from kiosk.rfid import errors, iso15693
from kiosk.rfid.iso15693 import Heard, Mask, Password, Request, SystemInfo, TagFound, Told
from kiosk.rfid.readers.contract import Abilities, OpenByteWire, OpenReader, Reader, TagWithMemory
from kiosk.rfid.readers.exchange import Exchange, Language
from kiosk.rfid.wire import m3

log = logging.getLogger(__name__)

BLOCKS_WRITTEN_AT_ONCE = 8
"""Of a longer write each exchange takes so many: 8 blocks of a slow tag are 0.2 s in the air."""

RESETS = 2
"""How often all tags are told to answer again: a weak one may miss it once."""

NOBODY = Mask(0, iso15693.UID_BITS)
"""The uid of no tag: a request for it tells whether the reader passes requests on, and nothing else."""


@dataclass(frozen=True, slots=True)
class M3Settings:
    """Where a 3M pad is and how it is spoken to.

    Attributes:
        device: the serial line, such as `/dev/ttyUSB0`; better `/dev/serial/by-id/...`.
        baud: its speed in bits a second; these pads know only 19200.
        pass_through: whether requests to tags go through the reader as they are (passwords of protected tags
            need that), and who makes their CRC: "reader", "host", or "none" to do without.
        answer_timeout_s: seconds until the first byte of an answer; an inventory of 30 tags takes half
            a second.
        rest_timeout_s: seconds from the first byte of an answer to its last; 300 bytes take 0.16 s.
    """

    device: str = "/dev/ttyUSB0"
    baud: int = field(default=19200, metadata={"at_least": 1200})
    pass_through: Literal["reader", "host", "none"] = "reader"
    answer_timeout_s: float = field(default=1.5, metadata={"at_least": 0.1})
    rest_timeout_s: float = field(default=0.4, metadata={"at_least": 0.02})


class M3Reader:
    """A 3M pad on an open byte stream; meets `Reader`. Make it with `m3_opener`."""

    def __init__(self, exchange: Exchange[m3.Answer], *, passes: bool, host_crc: bool) -> None:
        """Take over a reader that has been greeted.

        Args:
            exchange: the reader's end of the wire.
            passes: it passes requests to tags on.
            host_crc: we make their CRC.
        """
        self._ask = exchange.ask
        self._exchange = exchange
        self._host_crc = host_crc
        self._tells_info = True
        self._named: frozenset[str] | None = None
        """Whom the last inventory named; None when the next one has to ask twice."""
        self.abilities = Abilities(
            afi_filter=True, customs=passes, resets_field=False, blocks_at_most=m3.BLOCKS_AT_MOST
        )
        """What it can do (see `Reader`)."""

    async def inventory(self, afi: int = 0) -> list[TagFound]:
        """The tags that answer now (see `Reader`). Each inventory names all.

        After `rf_reset`, and after an inventory that named others than the last, it also asks a second time
        for those that others have drowned. While all is as it was that would only make a lifted book wait.
        """
        options = m3.POLL if self._named is None or afi else m3.POLL | m3.ONCE
        tags = await self._ask(m3.read_uids(afi, options), m3.uids_of)
        found = {tag.uid: tag for tag in tags}  # a uid may come twice (chapter 7.1)
        if not afi:
            named = frozenset(found)
            self._named = named if self._named in (None, named) else None
        return list(found.values())

    async def inventory_read(self, first: int, count: int, afi: int = 0) -> list[TagWithMemory]:
        """It cannot (see `Reader`): rounds of our own would be slower through 19200 bits a second."""
        raise errors.NotSupported("3M pads have no inventory with memory")

    async def read(self, uid: str, first: int, count: int) -> bytes:
        """Memory blocks of that tag (see `Reader`), of four bytes, 32 at most."""
        return await self._ask(
            m3.read_blocks(uid, first, count), lambda answer: m3.blocks_of(answer, uid, first, count)
        )

    async def write(self, uid: str, first: int, data: bytes, block_size: int = m3.BLOCK_BYTES) -> None:
        """Write whole blocks (see `Reader`), of four bytes."""
        if not data or len(data) % block_size:
            raise ValueError(f"{len(data)} bytes are no whole blocks")
        if block_size != m3.BLOCK_BYTES:
            raise errors.NotSupported("3M pads write blocks of four bytes")
        step = BLOCKS_WRITTEN_AT_ONCE * block_size
        for at in range(0, len(data), step):
            await self._do(m3.write_blocks(uid, first + at // block_size, data[at : at + step]), uid)

    async def write_afi(self, uid: str, afi: int) -> None:
        """Write that tag's AFI (see `Reader`)."""
        await self._do(m3.write_afi(uid, afi), uid)

    async def write_dsfid(self, uid: str, dsfid: int) -> None:
        """Write that tag's DSFID (see `Reader`)."""
        await self._do(m3.write_dsfid(uid, dsfid), uid)

    async def system_info(self, uid: str) -> SystemInfo:
        """What that tag says of itself (see `Reader`). From a reader that does not know the command, AFI and
        DSFID by themselves, and as much memory as that type of chip has."""
        if self._tells_info:
            info = await self._ask(
                m3.tag_info(uid),
                lambda it: None if it.error == m3.NOT_IMPLEMENTED else m3.system_info_of(it, uid),
            )
            if info is not None:
                return info
            self._tells_info = False
        afi = await self._ask(m3.get_afi(uid), lambda answer: m3.byte_of(answer, uid))
        told, dsfid = Told.AFI, 0
        try:
            dsfid = await self._ask(m3.get_dsfid(uid), lambda answer: m3.byte_of(answer, uid))
            told |= Told.DSFID
        except errors.NotSupported:
            pass  # the AFI is what matters, and it has been told
        chip = iso15693.chip_of(uid)
        return SystemInfo(
            uid, dsfid, afi, chip.blocks if chip else 0, m3.BLOCK_BYTES if chip else 0, told=told
        )

    async def set_eas(self, uid: str, armed: bool) -> None:
        """Set or reset that tag's EAS bit (see `Reader`)."""
        self._need_customs()
        await self._do(m3.set_eas(uid, armed), uid)

    async def eas_alarm(self, uid: str) -> bool:
        """Whether that tag sounds the EAS alarm (see `Reader`)."""
        self._need_customs()
        try:
            return bool(await self._ask(m3.check_eas(uid), lambda answer: m3.byte_of(answer, uid)))
        except errors.NoTag:
            return False

    async def present_password(self, uid: str, which: Password, password: int) -> None:
        """Give that tag its password (see `Reader`)."""
        self._need_customs()
        random = iso15693.random_of(
            iso15693.data_of(await self._pass(iso15693.random_number(uid), iso15693.RANDOM_BYTES))
        )
        iso15693.data_of(await self._pass(iso15693.set_password(uid, which, password, random), 0))

    async def set_output(self, number: int, seconds: float) -> None:
        """It has none (see `Reader`)."""
        raise errors.NotSupported("3M pads have no outputs")

    async def rf_reset(self) -> None:
        """Let every tag start anew (see `Reader`).

        The document has no command for the field. Each poll wakes those that it has silenced itself, and a
        weak one may miss that: so all are told to answer again, where the reader passes that on. Elsewhere a
        poll whose answer is only a number has to do.
        """
        self._named = None
        if self.abilities.customs:
            for _ in range(RESETS):
                with contextlib.suppress(errors.TagError):  # all answer at once, or nobody is there
                    await self._pass(iso15693.all_to_ready(), 0)
        else:
            await self._ask(m3.read_uids(options=m3.COUNT_ONLY), lambda _: None)

    async def close(self) -> None:
        """Close the connection (see `Reader`)."""
        await self._exchange.close()

    async def _do(self, request: bytes, uid: str) -> None:
        await self._ask(request, lambda answer: m3.accepted(answer, uid))

    def _need_customs(self) -> None:
        if not self.abilities.customs:
            raise errors.NotSupported("this pad does not pass requests on to tags")

    async def _pass(self, request: Request, data_bytes: int) -> Heard:
        """What is heard after a request that the reader passes on; `data_bytes` of data are expected."""
        return await _passed(self._exchange, request, data_bytes, host_crc=self._host_crc)


async def _passed(
    exchange: Exchange[m3.Answer], request: Request, data_bytes: int, *, host_crc: bool
) -> Heard:
    answer = await exchange.ask(m3.pass_through(request, data_bytes, host_crc=host_crc), m3.passed)
    return iso15693.heard(answer.data, crc=host_crc)


def _misfit(request: bytes, answer: m3.Answer) -> str:
    if (answer.start, answer.command) == (request[0], request[3]):
        return ""
    return f"asked {request[3]:02X}, answered {answer.command:02X}"


LANGUAGE = Language(m3.whole_answer, m3.AnswerParser, _misfit)


def m3_opener(open_wire: OpenByteWire, settings: M3Settings) -> OpenReader:
    """How to open the 3M pad at the far end of `open_wire`."""

    async def open_it() -> Reader:
        try:
            wire = await open_wire()
        except (OSError, UnicodeError) as error:  # TimeoutError is one
            raise errors.ReaderGone(str(error) or type(error).__name__) from error
        exchange = Exchange(
            wire, LANGUAGE, settings.answer_timeout_s, settings.rest_timeout_s, hint="is it a 3M pad?"
        )
        host_crc = settings.pass_through == "host"
        try:
            log.info("3M pad, version %s", m3.version_of(await exchange.meet(m3.GREETING)))
            passes = settings.pass_through != "none" and await _passes(exchange, host_crc)
        except BaseException:
            await exchange.close()
            raise
        return M3Reader(exchange, passes=passes, host_crc=host_crc)

    return open_it


async def _passes(exchange: Exchange[m3.Answer], host_crc: bool) -> bool:
    """Whether the reader passes requests on to tags."""
    try:
        await _passed(
            exchange, iso15693.inventory(NOBODY, one_slot=True), 1 + iso15693.UID_BYTES, host_crc=host_crc
        )
    except errors.NotSupported:
        return False
    except errors.TagError:
        pass  # nobody answered, as it should be
    return True
