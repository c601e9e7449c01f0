"""A scanner on a serial line: codes however they come, and a line that goes away."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import wires
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CodeScanned, DeviceChanged, ScanReport
from kiosk.circulation.values import Condition, Device, ItemKey, PatronId
from kiosk.ids import IdRules
from kiosk.lab import run
from kiosk.scanner import SerialBarcodeScanner, SerialScanner

READY = DeviceChanged(Device.SCANNER, Condition.READY)
MISSING = DeviceChanged(Device.SCANNER, Condition.MISSING, Reason.SCANNER_MISSING)
BAD = CodeScanned(problem=Reason.CODE_BAD)
RULES = IdRules(patron_prefix="21", item_prefix="31")

Step = bytes | float
"""Bytes that arrive at once, or seconds in which nothing comes."""


def item(code: str) -> CodeScanned:
    return CodeScanned(item=ItemKey(code))


class End(Exception):
    """The story is told."""


class Line:
    """A line in memory that brings one step after another and then ends."""

    def __init__(self, steps: list[Step]) -> None:
        self.steps = steps
        self.rest = 0.0
        self.closed = False

    async def receive(self) -> bytes:
        while self.steps and not isinstance(self.steps[0], bytes):
            loop = asyncio.get_running_loop()
            until = loop.time() + float(self.steps[0])
            try:
                await asyncio.sleep(float(self.steps[0]))
            except asyncio.CancelledError:
                self.steps[0] = until - loop.time()
                raise
            self.steps.pop(0)
        step = self.steps.pop(0) if self.steps else b""
        assert isinstance(step, bytes)
        return step

    async def close(self) -> None:
        self.closed = True


def posted(*lines: list[Step] | None, settings: SerialScanner | None = None) -> list[ScanReport]:
    """What is posted while these lines are opened one after another (None: there is none)."""
    left, made, posts = list(lines), list[Line](), list[ScanReport]()

    async def open_it() -> Line:
        if not left:
            raise End
        steps = left.pop(0)
        if steps is None:
            raise FileNotFoundError("not plugged in")
        made.append(Line(steps))
        return made[-1]

    async def whole() -> None:
        scanner = SerialBarcodeScanner(settings or SerialScanner(), open_it, RULES, Random(1))
        with pytest.raises(End):
            await scanner.run(posts.append)

    run(whole())
    assert all(line.closed for line in made)
    return [post for post in posts if not isinstance(post, DeviceChanged)]


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\t"])
def test_each_usual_end(end: bytes) -> None:
    assert posted([b"3100000123" + end]) == [item("3100000123")]


def test_a_rest_ends_a_code_too() -> None:
    assert posted([b"3100000123", 0.3, b"3100000124", 0.3]) == [item("3100000123"), item("3100000124")]


def test_slow_bytes_are_one_code() -> None:
    steps: list[Step] = []
    for byte in b"3100000123\r":
        steps += [bytes([byte]), 0.15]
    assert posted(steps) == [item("3100000123")]


def test_two_codes_in_one_read() -> None:
    assert posted([b"3100000123\r\n21000001\r\n"]) == [
        item("3100000123"),
        CodeScanned(patron=PatronId("21000001")),
    ]


def test_half_a_code_on_a_lost_line_is_none() -> None:
    assert posted([b"310000"], [b"0123\r"]) == [BAD]


@pytest.mark.parametrize(
    "garbage", [b"\x00\x01\x02", b"\xff\xfe", b"310000\x1d0123", b"31" * 200, b"31|0123", b"99"]
)
def test_garbage_is_told_once(garbage: bytes) -> None:
    assert posted([garbage + b"\r", b"3100000123\r"]) == [BAD, item("3100000123")]


def test_an_endless_stream_does_not_grow() -> None:
    assert posted([b"x" * 100_000, b"x" * 100_000, 1.0]) == [BAD]


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_any_bytes_end_in_codes(pieces: list[bytes]) -> None:
    steps: list[Step] = [piece for piece in pieces if piece]
    for post in posted(steps):
        assert isinstance(post, CodeScanned)


def test_a_missing_scanner_is_looked_for_ever_later() -> None:
    opened: list[float] = []
    posts: list[ScanReport] = []

    async def whole() -> None:
        async def open_it() -> Line:
            opened.append(asyncio.get_running_loop().time())
            if len(opened) == 6:
                raise End
            raise FileNotFoundError("not plugged in")

        scanner = SerialBarcodeScanner(SerialScanner(), open_it, RULES, Random(1))
        with pytest.raises(End):
            await scanner.run(posts.append)

    run(whole())
    assert posts == [MISSING]
    # 0.5, 1, 2, 4, 5 seconds, and up to a quarter more
    assert 12.5 <= opened[-1] <= 12.5 * 1.25


# ---- on a pseudo-terminal -------------------------------------------------------------------


Story = Callable[[Path, Callable[[int], Awaitable[None]]], Awaitable[None]]


def on_a_pty(folder: Path, story: Story) -> list[ScanReport]:
    """Tell a story of a scanner at `device` (a link that the story makes) in real time."""
    posts: list[ScanReport] = []

    async def whole(device: Path) -> None:
        news = asyncio.Condition()

        async def tell() -> None:
            async with news:
                news.notify_all()

        def post(report: ScanReport) -> None:
            posts.append(report)
            telling.add(asyncio.ensure_future(tell()))

        async def until(count: int) -> None:
            async with asyncio.timeout(20), news:
                await news.wait_for(lambda: len(posts) >= count)

        telling: set[asyncio.Future[None]] = set()
        settings = SerialScanner(str(device), reopen_first_s=0.05, reopen_longest_s=0.05)
        wire = wires.serial(str(device), 9600)
        running = asyncio.create_task(SerialBarcodeScanner(settings, wire, RULES, Random(1)).run(post))
        try:
            await story(device, until)
        finally:
            running.cancel()
            await asyncio.gather(running, *telling, return_exceptions=True)

    asyncio.run(whole(folder / "scanner"))
    return posts


def plug_in(device: Path) -> int:
    """A new line at this path, as udev would link it; gives back the scanner's end."""
    far, near = os.openpty()
    device.unlink(missing_ok=True)
    device.symlink_to(os.ttyname(near))
    os.close(near)
    return far


def unplug(device: Path, far: int) -> None:
    device.unlink()
    os.close(far)


def test_unplugged_and_plugged_in_again(tmp_path: Path) -> None:
    async def story(device: Path, until: Callable[[int], Awaitable[None]]) -> None:
        await until(1)  # missing
        far = plug_in(device)
        await until(2)  # ready
        os.write(far, b"3100000123\r3100000124\r")
        await until(4)
        os.write(far, b"31000")
        unplug(device, far)
        await until(5)  # missing
        far = plug_in(device)
        await until(6)  # ready
        os.write(far, b"3100000125")  # no end but a rest
        await until(7)
        os.close(far)

    assert on_a_pty(tmp_path, story) == [
        MISSING,
        READY,
        item("3100000123"),
        item("3100000124"),
        MISSING,
        READY,
        item("3100000125"),
    ]


def test_garbage_and_slow_bytes_on_a_real_line(tmp_path: Path) -> None:
    async def story(device: Path, until: Callable[[int], Awaitable[None]]) -> None:
        far = plug_in(device)
        await until(1)
        os.write(far, bytes(range(128, 256)) + b"\r")
        await until(2)
        for byte in b"21000001\r":
            os.write(far, bytes([byte]))
            await asyncio.sleep(0.001)
        await until(3)
        os.close(far)

    assert on_a_pty(tmp_path, story)[-2:] == [BAD, CodeScanned(patron=PatronId("21000001"))]
