"""The driver for FEIG OBID readers in ISO-host mode, over any byte stream (TCP port 10001, a serial line).

What it leaves alone, and why:

- `inventory(afi)`: the reader's inventory has no AFI in it; the filter is a setting of the reader (H60301).
- `inventory_read`: the reader has no such command. Passed on as a frame it would need masks against
  collisions and one more frame for each tag to silence it, which is more air than it saves.
- Passwords go as frames of ours (0xBF), not through 0xB1: the manuals do not say which way round a random
  number and a password go there, and a wrong one mutes the tag.

Customs reach the tag on a reader with ONT off as well, but such a reader resets the field with each
inventory, and some (CFG16, *persistence reset*) do so some 200 ms after a tag's last answer. So write at once
what a password opens, with no inventory in between.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from kiosk.rfid import errors, iso15693
from kiosk.rfid.iso15693 import Password, Request, SystemInfo, TagFound
from kiosk.rfid.readers.contract import (
    Abilities,
    ByteWire,
    OpenByteWire,
    OpenReader,
    Reader,
    TagWithMemory,
)
from kiosk.rfid.readers.exchange import Exchange, Language
from kiosk.rfid.wire import feig

T = TypeVar("T")

MORE_AT_MOST = 64
"""Answers to one inventory before the reader is called garbled (64 answers hold 1600 tags)."""

WRITTEN_AT_ONCE = 8
"""Blocks in one request: 8 writes of 20 ms are well within the time for an answer."""

LONG_FRAME = 512
"""Bytes of a long answer, an inventory of 50 tags: what a line must have time for."""

BITS_A_BYTE = {"none": 10, "even": 11, "odd": 11}
"""On a serial line: a start bit, eight of data, one of parity, a stop bit."""


@dataclass(frozen=True, slots=True)
class FeigTalk:
    """How a FEIG reader is spoken to, whatever the line. Times in seconds.

    Attributes:
        address: COM-ADR on the bus, 255 for "whoever you are".
        advanced: always use advanced frames, as some readers want it.
        new_only: the reader names a tag once until the field is reset (its setting ONT, on in most).
        outputs: outputs of the reader that may be switched; 0 for none.
        output_command: "71": outputs 1 to 8 as older readers have them, lamps first; "72": relays.
        answer_timeout_s: until the first byte of an answer; an inventory of a full pad takes half a second.
        rest_timeout_s: from the first byte of an answer to its last; a serial line gets more by itself.
    """

    address: int = field(default=feig.ANY_ADDRESS, metadata={"at_least": 0, "at_most": 255})
    advanced: bool = False
    new_only: bool = True
    outputs: int = field(default=0, metadata={"at_least": 0, "at_most": 8})
    output_command: Literal["71", "72"] = "71"
    answer_timeout_s: float = field(default=1.0, metadata={"at_least": 0.1})
    rest_timeout_s: float = field(default=0.25, metadata={"at_least": 0.02})


@dataclass(frozen=True, slots=True)
class FeigSettings:
    """Where a FEIG reader on the network is.

    Attributes:
        host: its name or IP address.
        port: its TCP port; FEIG's default is 10001.
    """

    host: str = "127.0.0.1"
    port: int = 10001
    talk: FeigTalk = field(default_factory=FeigTalk)


@dataclass(frozen=True, slots=True)
class FeigSerialSettings:
    """Where a FEIG reader on a serial line is.

    Attributes:
        device: the line, such as `/dev/ttyUSB0`.
        baud: its speed in bits a second, as set on the reader (CFG1); 115200 and more save a quarter of the
            time that a stack takes.
        parity: as set on the reader; FEIG's default is even.
        pause_s: silence that the reader wants before each question (H60301 clause 2.1).
    """

    device: str = "/dev/ttyUSB0"
    baud: int = field(
        default=38400,
        metadata={"choices": (4800, 9600, 19200, 38400, 57600, 115200, 230400)},
    )
    parity: Literal["even", "odd", "none"] = "even"
    pause_s: float = field(default=0.005, metadata={"at_least": 0.0, "at_most": 0.1})
    talk: FeigTalk = field(default_factory=FeigTalk)


class FeigReader:
    """A FEIG reader on an open byte stream; meets `Reader`. Make it with `feig_opener`."""

    def __init__(
        self,
        wire: ByteWire,
        talk: FeigTalk,
        *,
        bytes_s: float = math.inf,
        pause_s: float = 0.0,
        hint: str = "",
    ) -> None:
        """Speak to the reader over `wire`, which carries `bytes_s` bytes a second.

        `pause_s` and `hint` as `Exchange` has them.
        """
        self._talk = talk
        self._requests = feig.Requests(talk.address, talk.advanced)
        on_the_way = LONG_FRAME / bytes_s
        language = Language(feig.whole_answer, feig.AnswerParser, self._misfit)
        self._exchange = Exchange(
            wire,
            language,
            talk.answer_timeout_s + on_the_way,
            talk.rest_timeout_s + on_the_way,
            pause_s=pause_s,
            hint=hint,
        )
        self._ask = self._exchange.ask
        self._read_at_once = feig.BLOCKS_AT_MOST
        self._written_at_once = WRITTEN_AT_ONCE
        self._options_are_ours = False
        """Whether the reader leaves the option flag of a write to us."""
        self._abilities = Abilities(
            customs=True,
            outputs=talk.outputs,
            reports_new_only=talk.new_only,
            blocks_at_most=feig.BLOCKS_AT_MOST,
        )

    @property
    def abilities(self) -> Abilities:
        """What it can do (see `Reader`)."""
        return self._abilities

    async def meet(self) -> None:
        """Begin the connection: the field is reset, and what was asked before is answered.

        Raises:
            TransportError: it is no reader that we can speak with.
        """
        answer = await self._exchange.meet(self._requests.rf_reset())
        try:
            feig.obeyed(answer)
        except errors.ReaderRefused as error:
            await self._exchange.end(error)
            raise

    # ---- looking ----------------------------------------------------------------------------

    async def inventory(self, afi: int = 0) -> list[TagFound]:
        """The tags that answer now (see `Reader`); fetches all that the reader has."""
        if afi:
            raise errors.NotSupported("this reader's host cannot ask for an AFI")
        tags, more = await self._ask(self._requests.inventory(), feig.inventory_of)
        found = {tag.uid: tag for tag in tags}  # a uid may come twice
        answers = 1
        while more:
            if answers == MORE_AT_MOST:
                raise await self._exchange.end(errors.ReaderGarbled("an inventory without end"))
            tags, more = await self._ask(self._requests.inventory(more=True), feig.inventory_of)
            found.update((tag.uid, tag) for tag in tags)
            answers += 1
        return list(found.values())

    async def inventory_read(self, first: int, count: int, afi: int = 0) -> list[TagWithMemory]:
        """It cannot (see `Reader`)."""
        raise errors.NotSupported("this reader has no inventory that reads")

    async def read(self, uid: str, first: int, count: int) -> bytes:
        """Memory blocks of that tag (see `Reader`), 32 at most; fewer where the tag ends."""
        request = self._requests.read_blocks(uid, first, count)
        if count <= self._read_at_once:
            try:
                return await self._ask(request, feig.blocks_of)
            except feig.TooLong:
                if count == 1:
                    raise
        return await self._read_in_pieces(uid, first, count)

    async def system_info(self, uid: str) -> SystemInfo:
        """What that tag says of itself (see `Reader`)."""
        return await self._ask(self._requests.system_info(uid), lambda it: feig.system_info_of(it, uid))

    async def eas_alarm(self, uid: str) -> bool:
        """Whether that tag sounds the EAS alarm (see `Reader`)."""
        return await self._ask(self._requests.eas_alarm(uid), feig.sounds_alarm)

    async def _read_in_pieces(self, uid: str, first: int, count: int) -> bytes:
        """A read that was too long for this reader or this tag. What all of it could be read with is what
        later reads begin with."""
        size = min(self._read_at_once, (count + 1) // 2)
        memory, done, block_size = b"", 0, 0
        while done < count:
            asked = min(size, count - done)
            try:
                piece = await self._ask(self._requests.read_blocks(uid, first + done, asked), feig.blocks_of)
            except feig.TooLong:
                if asked == 1:
                    raise
                size = asked // 2
                continue
            block_size = block_size or len(piece) // asked
            memory += piece
            done += asked
            if len(piece) < asked * block_size:
                break  # the tag ends here
        self._read_at_once = min(self._read_at_once, size)
        return memory

    # ---- writing ----------------------------------------------------------------------------

    async def write(self, uid: str, first: int, data: bytes, block_size: int = 4) -> None:
        """Write whole blocks (see `Reader`)."""
        count = iso15693.whole_blocks(data, block_size)
        at_once = min(self._written_at_once, feig.BYTES_AT_MOST // block_size)
        done = shorter = 0
        while done < count:
            now = data[done * block_size : (done + at_once) * block_size]
            try:
                await self._write_blocks(uid, first + done, now, block_size)
            except feig.TooLong:
                if len(now) == block_size:
                    raise
                shorter = at_once = len(now) // block_size // 2
                continue
            done += len(now) // block_size
        self._written_at_once = shorter or self._written_at_once

    async def write_afi(self, uid: str, afi: int) -> None:
        """Write that tag's AFI (see `Reader`)."""
        await self._write(uid, self._requests.write_afi(uid, afi), [iso15693.write_afi(uid, afi)])

    async def write_dsfid(self, uid: str, dsfid: int) -> None:
        """Write that tag's DSFID (see `Reader`)."""
        await self._write(uid, self._requests.write_dsfid(uid, dsfid), [iso15693.write_dsfid(uid, dsfid)])

    async def set_eas(self, uid: str, armed: bool) -> None:
        """Set or reset that tag's EAS bit (see `Reader`)."""
        await self._ask(self._requests.set_eas(uid, armed), feig.accepted)

    async def present_password(self, uid: str, which: Password, password: int) -> None:
        """Give that tag its password (see `Reader`)."""
        random = iso15693.random_of(await self._passed_on(iso15693.random_number(uid), iso15693.RANDOM_BYTES))
        await self._passed_on(iso15693.set_password(uid, which, password, random))

    async def _write_blocks(self, uid: str, first: int, data: bytes, size: int) -> None:
        blocks = [data[at : at + size] for at in range(0, len(data), size)]
        await self._write(
            uid,
            self._requests.write_blocks(uid, first, data, size),
            [iso15693.write_single(uid, first + number, block) for number, block in enumerate(blocks)],
        )

    async def _write(self, uid: str, request: bytes, frames: list[Request]) -> None:
        """Write by the reader's own command. It sets the option flag of a write by the tag's maker, unless it
        is set up not to (RW-OPTION; H60301 clause 9.1): then those tags are written by frames of ours."""
        wants_option = iso15693.writes_with_option(uid)
        if not (wants_option and self._options_are_ours):
            try:
                await self._ask(request, feig.accepted)
                return
            except feig.TooLong:
                raise
            except errors.NotSupported:
                if not wants_option:
                    raise
        for frame in frames:
            await self._passed_on(frame)
        self._options_are_ours = True

    async def _passed_on(self, request: Request, answer_bytes: int = 0) -> bytes:
        """Pass a frame on; what the tag gave."""
        return await self._ask(
            self._requests.passed_on(request, answer_bytes),
            lambda answer: iso15693.data_of(feig.passed_back(answer)),
        )

    # ---- the reader itself ------------------------------------------------------------------

    async def set_output(self, number: int, seconds: float) -> None:
        """Switch an output (see `Reader`)."""
        if not 1 <= number <= self._talk.outputs:
            raise errors.NotSupported(f"the settings know no output {number} of this reader")
        build: Callable[[int, float], bytes] = self._requests.set_output
        if self._talk.output_command == "72":
            build = self._requests.set_relay
        await self._ask(build(number, seconds), feig.output_set)

    async def rf_reset(self) -> None:
        """Switch the field off and on (see `Reader`)."""
        await self._ask(self._requests.rf_reset(), feig.obeyed)

    async def close(self) -> None:
        """Close the connection (see `Reader`)."""
        await self._exchange.close()

    def _misfit(self, request: bytes, answer: feig.Answer) -> str:
        """Why that cannot be the answer to this request; "" when it can."""
        asked = feig.control_of(request)
        if answer.command != asked and (asked, answer.command) not in feig.ANSWERED_AS:
            return f"asked {asked:02X}, answered {answer.command:02X}"
        if self._talk.address not in {feig.ANY_ADDRESS, answer.address}:
            return f"asked reader {self._talk.address}, reader {answer.address} answered"
        return ""


def feig_opener(open_wire: OpenByteWire, settings: FeigSettings | FeigSerialSettings) -> OpenReader:
    """How to open the FEIG reader at the far end of `open_wire`."""
    bytes_s, pause_s = math.inf, 0.0
    hint = "is it in ISO-host mode?"
    if isinstance(settings, FeigSerialSettings):
        bytes_s, pause_s = settings.baud / BITS_A_BYTE[settings.parity], settings.pause_s
        line = f"{settings.baud} bits/s with {settings.parity} parity"
        hint = f"is the reader set to {line}, and in ISO-host mode?"

    async def open_it() -> Reader:
        try:
            wire = await open_wire()
        except (OSError, UnicodeError) as error:  # TimeoutError is one; a host name may be none
            raise errors.ReaderGone(str(error) or type(error).__name__) from error
        reader = FeigReader(wire, settings.talk, bytes_s=bytes_s, pause_s=pause_s, hint=hint)
        met = False
        try:
            await reader.meet()
            met = True
        finally:
            if not met:  # cancelled, too
                await reader.close()
        return reader

    return open_it
