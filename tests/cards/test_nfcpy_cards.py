"""Cards through nfcpy, in two processes: its UDP driver is the air, the other process the card."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from kiosk.cards import NfcCards, NfcSettings
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CardReport, CardShown, CardUnread, DeviceChanged
from kiosk.circulation.values import Condition, Device, PatronId
from kiosk.ids import IdRules
from tests.cards.one_thread import OneThread

READY = DeviceChanged(Device.CARDS, Condition.READY)
MISSING = DeviceChanged(Device.CARDS, Condition.MISSING, Reason.CARD_READER_MISSING)
PROJECT = Path(__file__).resolve().parents[2]
LONGEST_S = 60
"""nfcpy's UDP driver waits a second for each technology that does not answer."""


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def card(port: int, idm: str, text: str) -> Iterator[None]:
    """A card lies on the reader."""
    program = [sys.executable, "-m", "tests.cards.emulated_card", str(port), idm, text]
    with subprocess.Popen(program, cwd=PROJECT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        try:
            yield
        finally:
            process.kill()


def test_a_card_is_read_taken_away_and_another_one_shown() -> None:
    port = free_port()
    settings = NfcSettings(path=f"udp:localhost:{port}", sense_s=0.02, debounce_s=0.1)
    thread, posts = OneThread("nfc"), list[CardReport]()

    async def whole() -> None:
        news: asyncio.Queue[CardReport] = asyncio.Queue()
        cards = NfcCards(settings, thread, IdRules(patron_prefix="21"), Random(1))
        running = asyncio.create_task(cards.run(news.put_nowait))
        async with asyncio.timeout(LONGEST_S):
            posts.append(await news.get())
            with card(port, "02FE010203040506", "21000001"):
                posts.append(await news.get())
            with card(port, "02FE0102030405AA", "hello"):
                posts.append(await news.get())
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(whole())
    thread.end()
    assert posts == [READY, CardShown(PatronId("21000001")), CardUnread(Reason.CARD_UNREADABLE)]


def test_no_reader_is_no_fault() -> None:
    thread, posts = OneThread("nfc"), list[CardReport]()

    async def whole() -> None:
        missing = asyncio.Event()

        def post(report: CardReport) -> None:
            posts.append(report)
            missing.set()

        cards = NfcCards(NfcSettings(path="tty:NONE7:pn532"), thread, IdRules(), Random(1))
        running = asyncio.create_task(cards.run(post))
        async with asyncio.timeout(LONGEST_S):
            await missing.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(whole())
    thread.end()
    assert posts == [MISSING]


def test_nfcpy_warns_of_nothing_and_leaves_warnings_alone() -> None:
    program = (
        "import warnings; show = warnings.showwarning\n"
        "from kiosk.rfid.cards.nfc import load_nfc; load_nfc()\n"
        "import nfc.tag.tt1, nfc.tag.tt2, nfc.tag.tt3, nfc.tag.tt4, nfc.clf.pn532, nfc.clf.rcs380\n"
        "assert warnings.showwarning is show"
    )
    ran = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")
