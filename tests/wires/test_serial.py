"""Serial lines, on pseudo-terminals: the kernel's own line, without the wire."""

import asyncio
import contextlib
import errno
import os
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kiosk import wires
from kiosk.wires import Wire

LONGEST_S = 20


class FarSide:
    """The other end of a line, worked by the test."""

    def __init__(self) -> None:
        self.fd, slave = os.openpty()
        self.device = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self.fd, False)

    async def read(self, size: int) -> bytes:
        """Read so many bytes, as slowly as they come."""
        data = b""
        while len(data) < size:
            try:
                data += os.read(self.fd, 1000)
            except BlockingIOError:
                await asyncio.sleep(0.001)
        return data

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self.fd)


@asynccontextmanager
async def line() -> AsyncIterator[tuple[Wire, FarSide]]:
    far = FarSide()
    try:
        async with asyncio.timeout(LONGEST_S):
            wire = await wires.serial(far.device, 9600)()
            try:
                yield wire, far
            finally:
                await wire.close()
    finally:
        far.close()


def test_bytes_go_both_ways_as_they_are() -> None:
    every = bytes(range(256))  # also those that a terminal would take for commands

    async def story() -> None:
        async with line() as (wire, far):
            await wire.send(every)
            assert await far.read(256) == every
            os.write(far.fd, every)
            got = b""
            while len(got) < 256:
                got += await wire.receive()
            assert got == every

    asyncio.run(story())


@pytest.mark.parametrize("parity", ["none", "even", "odd"])
def test_a_line_without_parity_is_opened_as_often_as_wanted(parity: wires.Parity) -> None:
    """A pseudo-terminal drops it; Linux says so from the second time on, when nothing else is to change."""

    async def story() -> None:
        async with line() as (_wire, far):
            await _wire.close()
            for _ in range(3):
                again = await wires.serial(far.device, 9600, parity)()
                await again.send(b"!")
                assert await far.read(1) == b"!"
                await again.close()

    asyncio.run(story())


def test_the_line_is_set_up_as_asked() -> None:
    async def story() -> None:
        async with line() as (_wire, far):
            iflag, oflag, cflag, lflag, ispeed, ospeed, _cc = termios.tcgetattr(far.fd)
            assert ispeed == ospeed == termios.B9600
            assert cflag & termios.CSIZE == termios.CS8
            assert not cflag & (termios.PARENB | termios.CSTOPB)
            assert not lflag & (termios.ICANON | termios.ECHO | termios.ISIG)
            assert not iflag & (termios.IXON | termios.ICRNL | termios.ISTRIP)
            assert not oflag & termios.OPOST

    asyncio.run(story())


def test_a_receive_that_waits_gets_what_comes_later() -> None:
    async def story() -> None:
        async with line() as (wire, far):
            receiving = asyncio.create_task(wire.receive())
            await asyncio.sleep(0)
            os.write(far.fd, b"x")
            assert await receiving == b"x"

    asyncio.run(story())


def test_a_receive_that_was_given_up_loses_nothing() -> None:
    async def story() -> None:
        async with line() as (wire, far):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await wire.receive()
            os.write(far.fd, b"later")
            assert await wire.receive() == b"later"

    asyncio.run(story())


def test_more_than_the_kernel_takes_at_once() -> None:
    much = bytes(n * 7 % 251 for n in range(100_000))

    async def story() -> None:
        async with line() as (wire, far):
            sending = asyncio.create_task(wire.send(much))
            assert await far.read(len(much)) == much
            await sending

    asyncio.run(story())


def test_hung_up() -> None:
    async def story() -> None:
        async with line() as (wire, far):
            receiving = asyncio.create_task(wire.receive())
            await asyncio.sleep(0)
            far.close()
            assert await receiving == b""
            assert await wire.receive() == b""
            with pytest.raises(ConnectionError):
                await wire.send(b"x")

    asyncio.run(story())


def test_hung_up_in_the_middle_of_a_long_write() -> None:
    async def story() -> None:
        async with line() as (wire, far):
            sending = asyncio.create_task(wire.send(bytes(100_000)))
            await far.read(1)
            far.close()
            with pytest.raises(ConnectionError):
                await sending

    asyncio.run(story())


def test_closing_wakes_whoever_waits() -> None:
    async def story() -> None:
        async with line() as (wire, _far):
            receiving = asyncio.create_task(wire.receive())
            sending = asyncio.create_task(wire.send(bytes(100_000)))
            await asyncio.sleep(0.01)
            await wire.close()
            await wire.close()
            assert await receiving == b""
            with pytest.raises(ConnectionError):
                await sending

    asyncio.run(story())


def test_nobody_else_gets_the_line() -> None:
    async def story() -> None:
        async with line() as (wire, far):
            again = wires.serial(far.device, 9600)
            with pytest.raises(OSError, match="another program") as caught:
                await again()
            assert caught.value.errno == errno.EBUSY
            await wire.close()
            await (await again()).close()

    asyncio.run(story())


def test_no_such_line(tmp_path: Path) -> None:
    missing = tmp_path / "ttyACM7"
    with pytest.raises(FileNotFoundError, match=r"plugged in\?.*ttyACM7"):
        asyncio.run(wires.serial(str(missing), 9600)())
    missing.write_text("a file")
    with pytest.raises(OSError, match="no serial line"):
        asyncio.run(wires.serial(str(missing), 9600)())
