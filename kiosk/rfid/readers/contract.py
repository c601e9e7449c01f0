"""The contract that every reader of tags meets.

One command at a time: a reader takes the next one when the last has been answered, also when whoever gave
that one was cancelled meanwhile: it may have been carried out, and its answer is nobody's. Whatever the
driver, a `TagError` is the affair of one tag and the reader works on; after a `TransportError` the
reader is dead and only `close` makes sense: open a new one.

A uid is a `str` of 16 upper-case hex digits, most significant byte first. Memory goes in and comes out in
the order of the tag's own addresses, whichever way a reader turns it on its wire. What a reader cannot do
says `abilities`; asked for it all the same it raises `NotSupported`, and nothing was sent. No driver can lock
anything: there is no such method, and no such command in any codec.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from kiosk.rfid.iso15693 import Password, SystemInfo, TagFound


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a reader can do beyond the least, which is inventory, read, write, write_afi, system_info and
    rf_reset.

    Attributes:
        secures: it can arm and release tags, and prove it: `write_afi` and `system_info` reach them. A reader
            without that does less than the least: it tells what lies there, and no more.
        afi_filter: `inventory(afi)` lets only tags of that AFI answer.
        inventory_read: `inventory_read` gives uid and memory in one.
        customs: `set_eas`, `eas_alarm` and `present_password` (NXP's custom commands) reach the tag.
        outputs: relays or lamps that `set_output` drives.
        reports_new_only: it silences tags that it has reported until `rf_reset` (FEIG's ONT).
        resets_field: `rf_reset` takes the power from the tags, so that one which is mute answers again. A
            reader without a command for its field only wakes those that were told to be quiet.
        blocks_at_most: blocks of four bytes that one `read` may ask for.
    """

    secures: bool = True
    afi_filter: bool = False
    inventory_read: bool = False
    customs: bool = False
    outputs: int = 0
    reports_new_only: bool = False
    resets_field: bool = True
    blocks_at_most: int = 32


class TagWithMemory(NamedTuple):
    """One tag of an inventory read: who it is, and the blocks that it gave."""

    tag: TagFound
    memory: bytes


class Reader(Protocol):
    """A reader and the field in front of it."""

    @property
    def abilities(self) -> Abilities:
        """What it can do; the same as long as it is open."""

    async def inventory(self, afi: int = 0) -> list[TagFound]:
        """The tags that answer now, each once. `afi`: only those that hold it (0: all), positive proof of
        that for each that is named.

        A reader may silence tags that it has reported and so report only what is new; after
        `rf_reset` it reports all. Do not conclude from silence that a tag has left.

        Raises:
            Collision: only noise was heard.
            NotSupported: it cannot filter by AFI.
            TransportError: the reader cannot be used.
        """

    async def inventory_read(self, first: int, count: int, afi: int = 0) -> list[TagWithMemory]:
        """As `inventory`, and of each tag that knows the command (NXP's A0) the blocks `first` to
        `first + count - 1`; of one that does not, b"" where it answered at all. Tags of other makers stay
        silent: never the only way to look for tags.

        Raises:
            As `inventory`; NotSupported: it cannot do this.
        """

    async def read(self, uid: str, first: int, count: int) -> bytes:
        """Memory blocks `first` to `first + count - 1` of that tag, in the order of its memory.

        Raises:
            NoTag: it did not answer.
            TagError: it answered, but did not give them.
            TransportError: the reader cannot be used.
        """

    async def write(self, uid: str, first: int, data: bytes, block_size: int = 4) -> None:
        """Write whole blocks from block `first` on, one after the other. Read back to know: one that fails
        leaves those before it written.

        Raises:
            ValueError: `data` is not whole blocks.
            TagError: it did not answer, or refused.
            TransportError: the reader cannot be used; nobody knows what became of it.
        """

    async def write_afi(self, uid: str, afi: int) -> None:
        """Write the application family identifier of that tag (0 to 255).

        Raises:
            TagError: it did not answer, or refused: read the AFI back to know.
            TransportError: the reader cannot be used; nobody knows what became of it.
        """

    async def write_dsfid(self, uid: str, dsfid: int) -> None:
        """Write the data storage format identifier of that tag (0 to 255). Raises as `write_afi`."""

    async def system_info(self, uid: str) -> SystemInfo:
        """What that tag says of itself, its AFI among it: the proof of a write.

        Raises:
            TagError: it did not answer, or refused.
            TransportError: the reader cannot be used.
        """

    async def set_eas(self, uid: str, armed: bool) -> None:
        """Set or reset the EAS bit of an NXP tag. Raises as `write_afi`; NotSupported: it cannot."""

    async def eas_alarm(self, uid: str) -> bool:
        """Whether that tag sounds the EAS alarm. False is silence, and proves that EAS is off only between
        two addressed reads that it answered.

        Raises:
            NotSupported: the reader cannot ask.
            Collision: something was heard that is no EAS sequence.
            TransportError: the reader cannot be used.
        """

    async def present_password(self, uid: str, which: Password, password: int) -> None:
        """Give a protected NXP tag its password (32 bits): GET RANDOM NUMBER, then SET PASSWORD. Once: a
        wrong one mutes the tag until `rf_reset`. What it opens stays open until the tag loses its power,
        which some readers take from it before each command: then `Abilities.customs` is False.
        Others take it for an inventory or after a while: write what it opens at once, in the same turn.

        Raises:
            NoTag: it did not answer, or it was the wrong password.
            TagError: it refused.
            NotSupported: the reader cannot.
            TransportError: the reader cannot be used.
        """

    async def set_output(self, number: int, seconds: float) -> None:
        """Switch output `number` (from 1) on for so long, 0 for off.

        Raises:
            NotSupported: it has no such output.
            TransportError: the reader cannot be used.
        """

    async def rf_reset(self) -> None:
        """Switch the field off and on: every tag starts anew, silenced ones answer again.

        Raises:
            TransportError: the reader cannot be used.
        """

    async def close(self) -> None:
        """Give the reader back. May be called again, and never raises."""


OpenReader = Callable[[], Awaitable[Reader]]
"""Opens a reader. Raises TransportError when it cannot be had."""


class ByteWire(Protocol):
    """An open byte stream to a reader."""

    async def send(self, data: bytes) -> None:
        """Send all of `data`; a few hundred bytes at most, so that it waits for nobody. Raises
        ConnectionError when the far side is gone."""

    async def receive(self, until: float | None = None) -> bytes:
        """The next bytes; `b""` at the end of the stream. Raises ConnectionError when it broke, TimeoutError
        when the loop's time is `until` and nothing has come."""

    async def ask(self, data: bytes, until: float) -> bytes:
        """Send, then receive."""

    async def close(self) -> None:
        """Close. May be called again."""


OpenByteWire = Callable[[], Awaitable[ByteWire]]
"""Opens the byte stream. Raises OSError (or TimeoutError) when it cannot be had."""
