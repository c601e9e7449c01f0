"""Simulated pad readers where a kiosk meets them: TCP, a serial line, and the second slot of real PC/SC."""

import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.simulator import Scenery, World, m3wire, vpcdwire
from kiosk.simulator.control import BlockingControl, Control
from kiosk.simulator.pcscd import CONFIG, INSTALL, borrow_pcscd
from kiosk.simulator.scenery import ReaderManners, Tag, tag_for
from kiosk.simulator.serve import Stage

BOOK = "E004010031269117"
FEIG_FIND, NO_TAG = bytes.fromhex("07FFB001001C56"), bytes.fromhex("0600B0015C63")
M3_VERSION, M3_FIND = bytes.fromhex("D60003116420"), bytes.fromhex("D60005FE0005FA40")
M3_FOUND = bytes.fromhex("FE00000501" + BOOK)
PATIENCE = 10.0


def world(make: str, *tags: Tag) -> World:
    return World(Scenery(tags=tags, reader=ReaderManners(make=make)))


class Line:
    """A serial line as a host has it."""

    def __init__(self, path: Path) -> None:
        self.handle = os.open(path, os.O_RDWR | os.O_NOCTTY)

    def say(self, data: bytes) -> None:
        os.write(self.handle, data)

    def hear(self) -> bytes:
        """What comes next; empty when the line is no more."""
        try:
            return os.read(self.handle, 4096)
        except OSError:
            return b""

    def hear_all(self, size: int) -> bytes:
        heard = b""
        while len(heard) < size and (piece := self.hear()):
            heard += piece
        return heard

    def close(self) -> None:
        os.close(self.handle)


async def ask(line: Line, data: bytes, size: int) -> bytes:
    line.say(data)
    return await asyncio.wait_for(asyncio.to_thread(line.hear_all, size), PATIENCE)


def found(answer: bytes) -> bytes:
    """Command and data of a 3M's answer."""
    assert m3wire.bcc(answer[1:-2]) == answer[-2:]
    return answer[3:-2]


def test_a_3m_over_tcp() -> None:
    async def story() -> None:
        async with Stage(world("m3", Tag(BOOK, "1")), {"reader": 0}) as served:
            heard, said = await asyncio.open_connection("127.0.0.1", served.ports["reader"])
            served.world.do({"do": "put", "tags": [BOOK]}, served.now())
            began = time.monotonic()
            said.write(M3_FIND)
            assert found(await heard.readexactly(18)) == M3_FOUND
            assert time.monotonic() - began > (8 + 18) * 10 / 19200, "the line is slow here, too"
            said.close()

    asyncio.run(story())


def test_a_pcsc_reader_over_tcp_speaks_as_in_vpcd() -> None:
    async def story() -> None:
        async with Stage(world("pcsc", Tag(BOOK, "1")), {"reader": 0}, control=None) as served:
            heard, said = await asyncio.open_connection("127.0.0.1", served.ports["reader"])
            served.world.do({"do": "put", "tags": [BOOK]}, served.now())
            said.write(vpcdwire.write(b"\x01") + vpcdwire.write(bytes.fromhex("FFCA000000")))
            assert await heard.readexactly(12) == bytes.fromhex("000A" + "17912631000104E0" + "9000")
            said.close()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("make", "ask_for", "answer"), [("feig", FEIG_FIND, NO_TAG), ("m3", M3_VERSION, None)]
)
def test_on_a_serial_line(make: str, ask_for: bytes, answer: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "pad"

    async def story() -> None:
        async with Stage(world(make), {}, control=None, terminals={"reader": path}) as served:
            assert served.terminals == {"reader": path}
            line = Line(path)
            echo = termios.tcgetattr(line.handle)[3] & (termios.ECHO | termios.ICANON)
            assert not echo, "the line is raw"
            heard = await ask(line, ask_for, 6)
            assert heard == (
                answer or m3wire.write(m3wire.Frame(0xD6, 0x11, b""), bytes.fromhex("000A05021B"))
            )
            line.close()
            line = Line(path)
            assert await ask(line, ask_for, 6) == heard, "another host, the same line"
            line.close()
        assert not path.is_symlink()

    asyncio.run(story())


def test_unplugged_a_line_ends_and_comes_back_at_the_same_path(tmp_path: Path) -> None:
    path = tmp_path / "pad"

    async def story() -> None:
        stage = Stage(world("m3", Tag(BOOK, "1")), {}, terminals={"reader": path})
        async with stage as served, await Control.connect(served.ports["control"]) as control:
            await control.do(do="put", tags=[BOOK])
            for _ in range(3):
                line = Line(path)
                assert found(await ask(line, M3_FIND, 18)) == M3_FOUND
                waits = asyncio.create_task(asyncio.to_thread(line.hear))
                await control.do(do="unplug", device="reader")
                assert await asyncio.wait_for(waits, PATIENCE) == b"", "whoever reads reads the end"
                with pytest.raises(OSError, match="Input/output"):
                    line.say(M3_FIND)
                line.close()
                with pytest.raises(FileNotFoundError):
                    Line(path)
                await control.do(do="plug", device="reader")
            line = Line(path)
            await control.do(do="hang-up", device="reader", message="65")
            line.say(M3_VERSION)
            assert await asyncio.wait_for(asyncio.to_thread(line.hear), PATIENCE) == b""
            line.close()
            while not path.is_symlink():
                await control.do(do="look")
            line = Line(path)
            assert found(await ask(line, M3_FIND, 18)) == M3_FOUND, "it came back by itself"
            line.close()

    asyncio.run(story())


def test_a_path_is_made_up_and_goes_again() -> None:
    async def story() -> Path:
        async with Stage(world("m3"), {}, control=None, terminals={"reader": None}) as served:
            path = served.terminals["reader"]
            line = Line(path)
            assert len(await ask(line, M3_VERSION, 11)) == 11
            line.close()
            return path

    assert not asyncio.run(story()).parent.exists()


def test_one_device_is_in_one_place() -> None:
    with pytest.raises(ValueError, match="reader"):
        Stage(world("m3"), {"reader": 0}, terminals={"reader": None})


def test_a_process_of_its_own_with_a_serial_line(tmp_path: Path) -> None:
    code = "import sys; from kiosk.simulator.serve import main; sys.exit(main(sys.argv[1:]))"
    path = tmp_path / "pad"
    arguments = ["reader", "--make", "m3", "--pty", str(path), "--control-port", "0", "--die-with-stdin"]
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments, "--put", "39000001"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["reader"] == str(path)
        line = Line(path)
        line.say(M3_FIND)
        assert found(line.hear_all(18))[:5] == bytes.fromhex("FE00000501")
        line.close()
        control = BlockingControl(told["control"])
        control.do(do="quit")
        assert process.wait(10) == 0
        control.close()
    assert not path.is_symlink()


# --- real PC/SC -------------------------------------------------------------------------------------------


class Pad:
    """The second slot of the virtual reader, by plain calls of pyscard."""

    def __init__(self) -> None:
        from smartcard.System import readers

        self.reader = next(each for each in readers() if str(each).endswith("00 01"))
        self.connection: Any = None
        assert self.comes_to(is_in=True), "it was not noticed"

    def ask(self, apdu: str) -> str:
        data, sw1, sw2 = self.connection.transmit(list(bytes.fromhex(apdu)))
        return (bytes(data) + bytes([sw1, sw2])).hex().upper()

    def comes_to(self, *, is_in: bool) -> bool:
        """Whether PC/SC, which looks now and then, comes to see that a card is in the reader, or that none
        is."""
        from smartcard.Exceptions import CardConnectionException, NoCardException

        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.connection is not None:
                with contextlib.suppress(CardConnectionException):
                    self.connection.disconnect()
            self.connection = self.reader.createConnection()
            try:
                self.connection.connect()
                self.ask("FFCA000000")
            except NoCardException:
                if not is_in:
                    return True
            except CardConnectionException:
                pass
            else:
                if is_in:
                    return True
            time.sleep(0.05)
        return False

    def exchange(self, frame: str) -> str | None:
        """The frame that came back, None for silence; a collision is "!"."""
        data = "5F4604" + (22_000).to_bytes(4, "little").hex() + "95" + f"{len(frame) // 2:02X}" + frame
        answer = self.ask("FFC20001" + f"{len(data) // 2:02X}" + data + "00")
        if answer == "C0030264019000":
            return None
        head, body = answer[:16], answer[16:-4]
        assert head == "C003009000920100"
        return body[12:] if body[:8] == "96020000" else "!"

    def find(self) -> set[str]:
        uids, masks = set(), [(0, 0)]
        for length, mask in masks:
            size = (length + 7) // 8
            answer = self.exchange(f"2601{length:02X}" + mask.to_bytes(size, "little").hex())
            if answer == "!":
                masks += [(length + 1, mask), (length + 1, mask | 1 << length)]
            elif answer is not None:
                uids.add(bytes.fromhex(answer)[:1:-1].hex().upper())
        return uids


def test_ten_tags_in_the_second_slot_of_real_pcsc() -> None:
    assert CONFIG.exists(), f"install what packages.debian lists: {INSTALL}"
    tags = tuple(tag_for(str(number), number) for number in range(1, 11))
    uids = {tag.uid for tag in tags}

    def by_hand(control: Callable[..., None]) -> None:
        pad = Pad()
        assert bytes(pad.connection.getATR()).hex().upper().startswith("3B8F8001804F0CA000000306")
        assert pad.ask("FFCA000000") == "6300", "ten at once are none"
        assert pad.ask("FFC20000028100 00".replace(" ", "")) == "C0030090009000"
        assert pad.ask("FFC20002048F02020300") == "C0030090009000"
        assert pad.find() == uids
        one = sorted(uids)[0]
        turned = bytes.fromhex(one)[::-1].hex().upper()
        assert pad.exchange("2227" + turned + "C2") == "00"
        assert (pad.exchange("222B" + turned) or "")[:24] == "000F" + turned + "3EC2"
        assert (pad.exchange("2223" + turned + "0007") or "")[:4] == "0011"
        control(do="unplug", device="reader")
        assert pad.comes_to(is_in=False)
        control(do="plug", device="reader")
        assert pad.comes_to(is_in=True)
        assert pad.ask("FFC20001059503260100 00".replace(" ", "")) == "C0030163019000", "its session is gone"
        assert pad.ask("FFC2000002810000") == pad.ask("FFC20002048F02020300") == "C0030090009000"
        assert pad.find() == uids
        pad.connection.disconnect()

    async def story(slot: int) -> None:
        scenery = Scenery(tags=tags, reader=ReaderManners(make="pcsc"))
        stage = Stage(World(scenery, chance=random.Random(1)), {}, slots={"reader": slot})
        async with stage as served:
            port = served.ports["control"]
            served.world.do({"do": "put", "tags": sorted(uids)}, served.now())
            control = await asyncio.to_thread(BlockingControl, port)
            await asyncio.to_thread(by_hand, control.do)
            control.close()
            (tag,) = [tag for tag in served.world.report()["field"] if tag["writes"]]
            assert tag["afi_after"] == "C2"

    with borrow_pcscd() as virtual:
        asyncio.run(story(virtual.pad))
