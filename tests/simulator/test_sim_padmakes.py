"""Every make of simulated pad reader, on the laboratory's wires: one name, one vocabulary of faults, the same
air, and polls of a still field that can be jumped over."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from kiosk.lab.loop import VirtualLoop, run
from kiosk.lab.wires import Bench
from kiosk.simulator import Scenery, World, m3wire, obid, vpcdwire
from kiosk.simulator.scenery import ReaderManners, Tag
from kiosk.wires import Wire

UID = "E004015012345678"
TURNED = bytes.fromhex(UID)[::-1].hex()
PATIENCE = 2.0


def feig(command: str) -> bytes:
    body = bytes([len(command) // 2 + 4, 0xFF]) + bytes.fromhex(command)
    return body + obid.crc(body)


def m3(command: str) -> bytes:
    return m3wire.write(m3wire.Frame(0xD6, int(command[:2], 16), b""), bytes.fromhex(command[2:]))


def pcsc(frame: str, timer: int = 30_000) -> bytes:
    data = "5F4604" + timer.to_bytes(4, "little").hex() + "95" + f"{len(frame) // 2:02X}" + frame
    return vpcdwire.write(bytes.fromhex("FFC20001" + f"{len(data) // 2:02X}" + data + "00"))


@dataclass(frozen=True)
class Words:
    """How one make is spoken to."""

    find: bytes
    read: bytes
    write: bytes
    look: bytes
    first: tuple[bytes, ...] = ()


MAKES = {
    "feig": Words(
        feig("B00100"), feig("B02301" + UID + "0008"), feig("B02701" + UID + "C2"), feig("B02B01" + UID)
    ),
    "m3": Words(m3("FE0001"), m3("02" + UID + "000801"), m3("09" + UID + "C2"), m3("0A" + UID)),
    "pcsc": Words(
        pcsc("260100"),
        pcsc("2223" + TURNED + "0007"),
        pcsc("2227" + TURNED + "C2"),
        pcsc("222B" + TURNED),
        (
            vpcdwire.write(bytes.fromhex("FFC2000002810000")),
            vpcdwire.write(bytes.fromhex("FFC20002048F02020300")),
        ),
    ),
}


@dataclass
class Scene:
    """A host of one make at the reader's wire."""

    words: Words
    world: World
    bench: Bench
    loop: VirtualLoop
    wire: Wire
    told: list[tuple[float, bytes]] = field(default_factory=list)

    async def ask(self, what: bytes) -> bytes | None:
        """The answer; None when there is none in time, empty when the line is gone."""
        try:
            answer = await self.wire.ask(what, self.loop.time() + PATIENCE)
        except TimeoutError:
            return None
        self.told.append((self.loop.time(), answer))
        return answer

    async def connect(self) -> None:
        self.wire = await self.bench.wire_to("reader")()
        for greeting in self.words.first:
            await self.wire.send(greeting)
            await self.wire.receive()

    def do(self, **command: object) -> None:
        assert self.world.do(command, self.loop.time())["ok"]
        self.bench.play()


def play(make: str, story: Callable[[Scene], Awaitable[None]], *, jump: bool = True, **manners: Any) -> Scene:
    async def whole() -> Scene:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        reader = ReaderManners(make=make, ont=False, **manners)
        world = World(Scenery(tags=(Tag(UID, "1"),), reader=reader), chance=random.Random(1))
        bench = Bench({"reader": world.reader}, jump=jump)
        scene = Scene(MAKES[make], world, bench, loop, await bench.wire_to("reader")())
        await scene.connect()
        await story(scene)
        return scene

    return run(whole(), start=1000.0)


@pytest.mark.parametrize("make", MAKES)
def test_one_plan_of_faults_fits_all(make: str) -> None:
    async def story(scene: Scene) -> None:
        words, tag = scene.words, scene.world.field.tags[UID]
        scene.do(do="put", tags=[UID])
        scene.do(do="silent", device="reader", message="27", count=1, execute=False)
        assert await scene.ask(words.find)
        assert await scene.ask(words.write) is None
        assert tag.afi == 0x07, "it was not done"
        scene.do(do="silent", device="reader", message="27", count=1)
        assert await scene.ask(words.write) is None
        assert tag.afi == 0xC2, "it was done, and nobody was told"
        for message, question in (("01", words.find), ("23", words.read), ("2B", words.look)):
            scene.do(do="garble", device="reader", message=message, count=1, how="half")
            spoilt = await scene.ask(question)
            whole = await scene.ask(question)
            assert spoilt
            assert whole
            assert len(spoilt) < len(whole)
        scene.do(do="hang-up", device="reader", message="23", count=1)
        assert await scene.ask(words.read) == b""
        await scene.connect()
        assert await scene.ask(words.read)

    play(make, story)


@pytest.mark.parametrize("make", MAKES)
def test_unplugged_at_the_very_instant_of_a_write(make: str) -> None:
    async def story(scene: Scene) -> None:
        tag = scene.world.field.tags[UID]
        scene.do(do="put", tags=[UID])
        event = {"kind": "afi-written", "uid": UID}
        scene.do(do="when", event=event, steps=[{"do": "unplug", "device": "reader"}])
        assert await scene.ask(scene.words.write) == b""
        assert tag.afi == 0xC2
        with pytest.raises(ConnectionRefusedError):
            await scene.connect()
        scene.do(do="plug", device="reader")
        await scene.connect()
        assert await scene.ask(scene.words.look)
        assert scene.world.troubles == []

    play(make, story)


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("present", [True, False])
def test_polls_of_a_still_field_are_jumped_over(make: str, present: bool) -> None:
    async def story(scene: Scene) -> None:
        question = scene.words.read if present else scene.words.find

        async def poll() -> None:
            while True:
                await scene.ask(question)
                await asyncio.sleep(0.25)

        if present:
            scene.do(do="put", tags=[UID])
        polling = asyncio.create_task(poll())
        await asyncio.sleep(600)
        scene.do(do="lift" if present else "put", tags=[UID])
        await asyncio.sleep(0.5)
        polling.cancel()

    jumped, played = play(make, story), play(make, story, jump=False)
    assert set(jumped.told) <= set(played.told), "at the very same instants"
    late = next(each for each in played.told if each[1] != played.told[0][1])
    assert late in jumped.told, "what is new is new in both"
    assert jumped.bench.rounds_skipped + len(jumped.told) == len(played.told)
    assert jumped.bench.rounds_skipped > 1000


def test_there_is_no_other_make() -> None:
    with pytest.raises(ValueError, match="no reader 'rl866'"):
        World(Scenery(reader=ReaderManners(make="rl866")))
