"""FEIG's driver over a real serial line of the kernel: a pseudo-terminal, with the far side behind it.

A pseudo-terminal carries bytes, whatever speed and parity are set. Linux keeps PARENB off on one, so of the
parity only PARODD is seen; what a wrong one does to bytes is seen on a wire only.
"""

import asyncio
import contextlib
import os
import termios
from collections.abc import Awaitable, Callable

import pytest

from kiosk import wires
from kiosk.rfid import errors
from kiosk.rfid.readers import FeigSerialSettings, Reader, feig_opener
from tests.rfid.feig_far_side import FeigFarSide
from tests.rfid.reader_contract import MEMORY, SLIX, tag

LONGEST_S = 20


class FarEnd:
    """The reader at the other end of the pseudo-terminal."""

    def __init__(self) -> None:
        self.reader = FeigFarSide(serial=True)
        self.reader.tags[SLIX] = tag(SLIX)
        self.fd, slave = os.openpty()
        self.device = os.ttyname(slave)
        self.slave = slave
        os.set_blocking(self.fd, False)
        self.sent = b""
        self.noise = b""
        """Comes once, in the place of an answer."""
        asyncio.get_running_loop().add_reader(self.fd, self._readable)

    def _readable(self) -> None:
        with contextlib.suppress(OSError):
            self.sent += os.read(self.fd, 4096)
        while 0 < (length := self.reader.length_of(self.sent)) <= len(self.sent):
            request, self.sent = self.sent[:length], self.sent[length:]
            answer = self.reader.answer(request) or b""
            answer, self.noise = self.noise or answer, b""
            os.write(self.fd, answer)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.fd)
        for fd in (self.fd, self.slave):
            os.close(fd)


async def opened(far: FarEnd, **line: object) -> Reader:
    settings = FeigSerialSettings(device=far.device, **line)  # type: ignore[arg-type]
    opener = wires.serial(settings.device, settings.baud, settings.parity)
    return await feig_opener(opener, settings)()


def play(story: Callable[[Reader, FarEnd], Awaitable[None]], **line: object) -> None:
    async def whole() -> None:
        far = FarEnd()
        try:
            async with asyncio.timeout(LONGEST_S):
                reader = await opened(far, **line)
                await story(reader, far)
                await reader.close()
        finally:
            far.close()

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("baud", "parity", "speed", "odd"),
    [
        (38400, "even", termios.B38400, False),
        (115200, "odd", termios.B115200, True),
        (230400, "none", termios.B230400, False),
    ],
)
def test_the_line_is_set_up_as_the_settings_say(baud: int, parity: str, speed: int, odd: bool) -> None:
    async def story(reader: Reader, far: FarEnd) -> None:
        _, _, cflag, _, ispeed, ospeed, _ = termios.tcgetattr(far.fd)
        assert ispeed == ospeed == speed
        assert cflag & (termios.CSIZE | termios.CSTOPB) == termios.CS8
        assert bool(cflag & termios.PARODD) is odd
        assert await reader.read(SLIX, 0, 28) == MEMORY

    play(story, baud=baud, parity=parity)


def test_a_stack_is_listed_read_and_written() -> None:
    async def story(reader: Reader, far: FarEnd) -> None:
        assert [one.uid for one in await reader.inventory()] == [SLIX]
        await reader.write(SLIX, 0, MEMORY[::-1])
        await reader.write_afi(SLIX, 0xC2)
        assert await reader.read(SLIX, 0, 28) == MEMORY[::-1]
        assert far.reader.tags[SLIX].afi == 0xC2

    play(story)


def test_after_garbage_the_same_line_is_opened_anew() -> None:
    async def story(reader: Reader, far: FarEnd) -> None:
        far.noise = b"\xff" * 40
        with pytest.raises(errors.TransportError):
            await reader.read(SLIX, 0, 28)
        for _ in range(2):
            again = await opened(far)
            assert await again.read(SLIX, 0, 28) == MEMORY
            await again.close()

    play(story)


def test_a_line_that_is_pulled_out_is_gone() -> None:
    async def story(reader: Reader, far: FarEnd) -> None:
        asyncio.get_running_loop().remove_reader(far.fd)
        asking = asyncio.create_task(reader.system_info(SLIX))
        await asyncio.sleep(0)
        os.close(far.fd)
        far.fd = os.open(os.devnull, os.O_RDONLY)
        with pytest.raises(errors.TransportError):
            await asking

    play(story)
