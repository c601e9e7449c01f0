"""The simulated reader as a far side of the contract's tests: drivers meet the other reading of a manual."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping, MutableMapping

from kiosk.lab.wires import Bench
from kiosk.rfid.readers import ByteWire, OpenByteWire, OpenReader, Reader
from kiosk.simulator import Scenery, World
from kiosk.simulator import scenery as sc
from tests.rfid.far_side import LATE_S, Trouble
from tests.rfid.tag_in_air import Tag


class SimulatedFarSide:
    """Meets `FarSide`. `opener` makes the driver's way to open a reader over a line; `manners` are the
    simulated reader's. What `Tag` calls locked is protected by a password that nobody knows."""

    def __init__(
        self, opener: Callable[[OpenByteWire], OpenReader], manners: sc.ReaderManners | None = None
    ) -> None:
        self.heard: list[bytes] = []
        self._opener = opener
        self._world = World(Scenery(reader=manners or sc.ReaderManners()), chance=random.Random(1))
        self._bench: Bench | None = None
        self._tags = _Lying(self)
        self._pieces = 0
        self._plugged = True

    @property
    def bench(self) -> Bench:
        if self._bench is None:
            self._bench = Bench({"reader": self._world.reader})
        return self._bench

    def do(self, name: str, **command: object) -> None:
        done = self._world.do({"do": name, **command}, asyncio.get_running_loop().time())
        assert done["ok"], done
        self.bench.play()

    @property
    def tags(self) -> MutableMapping[str, Tag]:
        return self._tags

    @tags.setter
    def tags(self, tags: Mapping[str, Tag]) -> None:
        for uid, one in tags.items():
            self._tags[uid] = one

    @property
    def trouble(self) -> list[Trouble]:
        raise AssertionError("set it")

    @trouble.setter
    def trouble(self, troubles: list[Trouble]) -> None:
        for one in troubles:
            match one:
                case "silent" | "hang-up":
                    self.do(one, device="reader", count=1)
                case "garbage" | "half":
                    self.do("garble", device="reader", count=1, how=one)
                case "late":
                    self.do("slow", device="reader", seconds=LATE_S)
                case "pieces":
                    self._pieces += 1

    @property
    def plugged(self) -> bool:
        return self._plugged

    @plugged.setter
    def plugged(self, plugged: bool) -> None:
        self._plugged = plugged
        self.do("plug" if plugged else "unplug", device="reader")

    async def open(self) -> Reader:
        return await self._opener(self._open_wire)()

    async def _open_wire(self) -> ByteWire:
        return _Overheard(self, await self.bench.wire_to("reader")())

    def was_said(self) -> None:
        """What was to be slow is so only once."""
        self.do("slow", device="reader", seconds=0)

    def in_pieces(self) -> bool:
        """Whether the next answer comes byte by byte."""
        self._pieces -= 1
        return self._pieces >= 0


class _Lying(MutableMapping[str, Tag]):
    """What lies before the simulated reader. A tag that is put there is made first; what is taken from here
    is the simulator's."""

    def __init__(self, far: SimulatedFarSide) -> None:
        self._far = far

    def __setitem__(self, uid: str, one: Tag) -> None:
        guards = ["write"] if one.locked else ["afi", "eas"] if one.password is not None else []
        self._far.do(
            "make-tag",
            uid=uid,
            data=one.memory.hex(),
            afi=one.afi,
            dsfid=one.dsfid,
            eas=one.eas,
            blocks=one.blocks,
            guards=guards,
            password=f"{one.password or 0x12345678:08X}",
        )
        self._far.do("put", tags=[uid])

    def __getitem__(self, uid: str) -> Tag:
        return self._far._world.field.tags[uid]  # type: ignore[return-value]

    def __delitem__(self, uid: str) -> None:
        self._far.do("lift", tags=[uid])

    def __iter__(self) -> Iterator[str]:
        return iter(self._far._world.field.tags)

    def __len__(self) -> int:
        return len(self._far._world.field.tags)


class _Overheard:
    """The wire to the simulated reader, with an ear at it."""

    def __init__(self, far: SimulatedFarSide, wire: ByteWire) -> None:
        self._far = far
        self._wire = wire
        self._rest = b""

    async def send(self, data: bytes) -> None:
        self._far.heard.append(data)
        await self._wire.send(data)
        self._far.was_said()

    async def receive(self, until: float | None = None) -> bytes:
        if not self._rest:
            data = await self._wire.receive(until)
            if not self._far.in_pieces():
                return data
            self._rest = data
        await asyncio.sleep(0.002)
        piece, self._rest = self._rest[:1], self._rest[1:]
        return piece

    async def ask(self, data: bytes, until: float) -> bytes:
        await self.send(data)
        return await self.receive(until)

    async def close(self) -> None:
        await self._wire.close()
