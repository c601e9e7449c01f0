"""The simulator on real sockets: ports, the control socket, unplug and plug, and a card on PC/SC."""

import asyncio
import base64
import contextlib
import json
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.simulator import World, lanternfield
from kiosk.simulator.control import BlockingControl, Control, ControlError
from kiosk.simulator.pcscd import CONFIG, INSTALL, OWN_PORTS, VPCD_PORT, PcscdError, borrow_pcscd
from kiosk.simulator.serve import Stage, main

INVENTORY = bytes.fromhex("07FFB001001C56")
WILLOWS = "E004015012AB3F01"
LOGIN = b"9300CNselfcheck|COlantern|\r"


def stage(*names: str) -> Stage:
    return Stage(World(lanternfield()), dict.fromkeys(names or ("ils", "reader"), 0))


def test_both_wires_and_the_control_socket() -> None:
    async def story() -> None:
        async with stage() as served, await Control.connect(served.ports["control"]) as control:
            ils_in, ils_out = await asyncio.open_connection("127.0.0.1", served.ports["ils"])
            ils_out.write(LOGIN)
            assert await ils_in.readuntil(b"\r") == b"941\r"

            before = asyncio.get_running_loop().time()
            put = await control.do(do="put", tags=["39000001"])
            assert before <= put["now"] <= asyncio.get_running_loop().time()
            pad_in, pad_out = await asyncio.open_connection("127.0.0.1", served.ports["reader"])
            pad_out.write(INVENTORY)
            answer = await pad_in.readexactly(17)
            assert answer[7:15].hex().upper() == WILLOWS

            with pytest.raises(ControlError, match="dance"):
                await control.do(do="dance")
            report = await control.do({"do": "report"})
            assert report["field"][0]["uid"] == WILLOWS
            assert report["ils"]["messages"][0]["response"] == "941"
            for writer in (ils_out, pad_out):
                writer.close()
            await control.do(do="quit")
            await asyncio.wait_for(served.over.wait(), 5)

    asyncio.run(story())


@pytest.mark.parametrize("device", ["ils", "reader", "printer", "chip"])
def test_unplugged_lines_drop_and_connects_are_refused_until_it_is_plugged(device: str) -> None:
    async def story() -> None:
        async with stage(device) as served, await Control.connect(served.ports["control"]) as control:
            port = served.ports[device]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await control.do(do="unplug", device=device)
            assert await reader.read() == b""
            writer.close()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
            await control.do(do="plug", device=device)
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            assert served.ports[device] == port

    asyncio.run(story())


def test_an_unplugged_device_keeps_its_port() -> None:
    async def story() -> None:
        async with stage("printer") as served, await Control.connect(served.ports["control"]) as control:
            await control.do(do="unplug", device="printer")
            with socket.socket() as other, pytest.raises(OSError, match="in use"):
                other.bind(("127.0.0.1", served.ports["printer"]))

    asyncio.run(story())


def test_started_again_the_ils_refuses_connects_and_comes_back_on_its_own() -> None:
    async def story() -> None:
        async with stage("ils") as served, await Control.connect(served.ports["control"]) as control:
            port = served.ports["ils"]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            await control.do(do="restart", device="ils", seconds=0.2)
            assert await reader.read() == b""
            writer.close()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
            while (await control.do(do="look"))["unplugged"]:
                pass
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(LOGIN)
            assert await reader.readuntil(b"\r") == b"941\r"
            writer.close()

    asyncio.run(story())


def test_a_trigger_on_one_wire_reaches_the_other() -> None:
    async def story() -> None:
        async with stage() as served, await Control.connect(served.ports["control"]) as control:
            pad_in, pad_out = await asyncio.open_connection("127.0.0.1", served.ports["reader"])
            pad_out.write(INVENTORY)
            await pad_in.readexactly(6)
            event = {"kind": "message", "message": "93"}
            await control.do(do="when", event=event, steps=[{"do": "unplug", "device": "reader"}])
            ils_in, ils_out = await asyncio.open_connection("127.0.0.1", served.ports["ils"])
            ils_out.write(LOGIN)
            assert await asyncio.wait_for(pad_in.read(), 5) == b""
            assert await ils_in.readuntil(b"\r") == b"941\r"
            for writer in (ils_out, pad_out):
                writer.close()

    asyncio.run(story())


def test_lines_that_are_no_commands() -> None:
    async def story() -> None:
        async with stage("ils") as served:
            reader, writer = await asyncio.open_connection("127.0.0.1", served.ports["control"])
            for line in (b"hello\n", b"[1]\n", b"\xff\n"):
                writer.write(line)
                assert not json.loads(await reader.readline())["ok"]
            writer.close()

    asyncio.run(story())


def simulator(*arguments: str) -> subprocess.Popen[str]:
    code = "import sys; from kiosk.simulator.serve import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def test_a_process_of_its_own_says_where_it_listens_and_ends_with_its_parent() -> None:
    with simulator("desk", "--no-card", "--die-with-stdin", "--put", "39000001") as process:
        assert process.stdout is not None
        ports = json.loads(process.stdout.readline())
        assert set(ports) == {"ils", "reader", "printer", "chip", "control"}
        control = BlockingControl(ports["control"])
        assert control.do(do="report")["field"][0]["uid"] == WILLOWS
        with pytest.raises(ControlError, match="unknown command"):
            control.do(do="dance")
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0
        control.close()


def test_one_device_alone_with_a_scenery_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "scenery.json"
    file.write_text(json.dumps({"tags": [{"uid": WILLOWS, "barcode": "1"}]}))
    with simulator("reader", "--port", "0", "--control-port", "0", "--scenery", str(file)) as process:
        assert process.stdout is not None
        ports = json.loads(process.stdout.readline())
        assert set(ports) == {"reader", "control"}
        control = BlockingControl(ports["control"])
        control.do(do="quit")
        assert process.wait(10) == 0
        control.close()


@pytest.mark.parametrize(("options", "answer"), [((), b"121"), (("--strict",), b"")])
def test_an_ils_that_is_told_to_be_strict(options: tuple[str, ...], answer: bytes) -> None:
    with simulator("ils", "--port", "0", "--control-port", "0", "--die-with-stdin", *options) as process:
        assert process.stdout is not None
        ports = json.loads(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", ports["ils"]), timeout=10) as line:
            line.sendall(LOGIN)
            assert line.recv(4096) == b"941\r"
            line.sendall(b"11NN20261121    101500" + b" " * 18 + b"AOLANTERN|AA21000001|AB39000001|AC|\r")
            assert line.recv(4096)[:3] == answer
        control = BlockingControl(ports["control"])
        report = control.do(do="report")
        assert report["troubles"] == ["what the ILS was sent: 11: blanks for a date"]
        assert [each["text"] for each in report["ils"]["deviations"]] == ["11: blanks for a date"]
        control.do(do="quit")
        assert process.wait(10) == 0
        control.close()


def test_paper_comes_out_of_a_printer_alone() -> None:
    with simulator("printer", "--port", "0", "--control-port", "0") as process:
        assert process.stdout is not None
        ports = json.loads(process.stdout.readline())
        assert set(ports) == {"printer", "control"}
        control = BlockingControl(ports["control"])
        with socket.create_connection(("127.0.0.1", ports["printer"]), timeout=10) as wire:
            wire.sendall(b"\x1b@Seven Winters\n\x10\x04\x01\x1dVB\x00\x1d(H\x06\x0000id42")
            heard = b""
            while len(heard) < 8:
                heard += wire.recv(64)
        assert heard == b"\x12" + b"\x37\x22id42\x00", "status at once, the other when all is printed"
        (piece,) = control.do(do="report")["printer"]["pieces"]
        assert 0.2 < piece["t_cut"] - piece["t"] < 0.4
        printout = control.do(do="printout")
        assert base64.b64decode(printout["png"]).startswith(b"\x89PNG")
        assert (printout["width"], printout["pieces"]) == (576, 1)
        control.do(do="quit")
        assert process.wait(10) == 0
        control.close()


def test_a_wrong_scenery_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "scenery.json"
    file.write_text('{"items": [{"title": "no barcode"}]}')
    assert main(["ils", "--scenery", str(file)]) == 2
    assert "barcode" in capsys.readouterr().err


def pcscd_process() -> int | None:
    """The process that serves PC/SC on this machine now; None when none does."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect("/run/pcscd/pcscd.comm")
        except OSError:
            return None
        (process,) = struct.unpack("i8x", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return int(process)


@contextlib.contextmanager
def listeners(*ports: int) -> Iterator[None]:
    """Other programs that listen on these ports, where a PC/SC service does not already."""
    with contextlib.ExitStack() as stack:
        for port in ports:
            other = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                other.bind(("127.0.0.1", port))
                other.listen()
        yield


def test_a_card_on_the_virtual_reader_is_read_through_pcsc() -> None:
    assert CONFIG.exists(), f"install what packages.debian lists: {INSTALL}"
    from smartcard.Exceptions import CardConnectionException, NoCardException
    from smartcard.System import readers

    def read_card() -> tuple[bytes, bytes]:
        """UID and memory, once the reader has noticed the card."""
        end = time.monotonic() + 10
        while True:
            names = [reader for reader in readers() if "Virtual PCD" in str(reader)]
            connection = names[0].createConnection()
            try:
                connection.connect()
                break
            except (NoCardException, CardConnectionException):
                assert time.monotonic() < end, "the card was not noticed"
                time.sleep(0.05)
        uid, sw1, sw2 = connection.transmit([0xFF, 0xCA, 0, 0, 0])
        assert (sw1, sw2) == (0x90, 0x00)
        memory = []
        for block in range(0, 28, 4):
            data, sw1, sw2 = connection.transmit([0xFF, 0xB0, 0, block, 16])
            assert (sw1, sw2) == (0x90, 0x00)
            memory += data
        connection.disconnect()
        return bytes(uid), bytes(memory)

    async def story(slot: int) -> None:
        served = Stage(World(lanternfield()), {"ils": 0}, vpcd=slot)
        async with served, await Control.connect(served.ports["control"]) as control:
            await control.do(do="show-card", text="21000001", uid="E004015012345678")
            uid, memory = await asyncio.to_thread(read_card)
            assert uid[::-1].hex().upper() == "E004015012345678"
            assert memory[:4] == bytes.fromhex("E1400D01")
            assert memory[4:23] == bytes.fromhex("030FD1010B5402656E") + b"21000001" + b"\xfe\x00"
            await control.do(do="remove-card")
            await control.do(do="show-card", text="21000003")
            _, memory = await asyncio.to_thread(read_card)
            assert b"21000003" in memory

    before = pcscd_process()
    with listeners(VPCD_PORT, OWN_PORTS[0] + 1), borrow_pcscd() as virtual:
        mine = pcscd_process()
        asyncio.run(story(virtual.card))
        with pytest.raises(PcscdError, match="in use by another"), borrow_pcscd(patience=0.1):
            pass
    # others may borrow it before and after, so it is this process that must be gone, or stay if it was there
    assert mine is not None
    assert Path(f"/proc/{mine}").exists() == (mine == before), "what was started here is stopped here"
