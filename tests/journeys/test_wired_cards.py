"""Cards on the real PC/SC service, and codes of a scanner on a serial line (a pseudo-terminal)."""

import contextlib
import os
import pty
import signal
import subprocess
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.circulation import views
from kiosk.circulation.reasons import Reason
from tests.journeys.wired_desk import ANNA, LEILA, WILLOWS, Plan, desk, message_of


class Pcscd:
    """The PC/SC service that runs: the machine's own, or one that the far sides have started."""

    def __init__(self) -> None:
        found = subprocess.run(["pidof", "-s", "pcscd"], check=True, capture_output=True, text=True)
        process = Path("/proc") / found.stdout.strip()
        self._pid = int(process.name)
        self._command = process.joinpath("cmdline").read_text().rstrip("\0").split("\0")
        self._of_the_machine = "PPid:\t1\n" in process.joinpath("status").read_text()

    def stop(self) -> None:
        """As if the reader's driver went away with it."""
        if self._of_the_machine or os.geteuid() != 0:
            pytest.skip("only root may stop a PC/SC service, and the machine's own is left alone")
        os.kill(self._pid, signal.SIGTERM)

    @contextlib.contextmanager
    def again(self) -> Iterator[None]:
        """It is back; the far sides still hold the virtual reader's lock."""
        service = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            service.terminate()
            service.wait(10)


def test_a_card_that_is_torn_away_in_the_middle_and_the_reader_serves_the_next(tmp_path):
    with desk(tmp_path, Plan(with_card=True)) as it:
        it.finds("cards", "ready")
        it.world("show-card", text=LEILA)
        it.sees(views.LoanView)
        it.puts(WILLOWS)
        assert it.settles(WILLOWS) == {WILLOWS: "safe"}
        it.world("remove-card")
        it.finishes()
        it.leaves(WILLOWS)
        it.world("show-card", text="no patron's card")
        assert it.sees(views.SeeStaffView).screen.reason is Reason.CARD_UNKNOWN
        it.world("remove-card")
        it.leaves()
        it.world("show-card", text=LEILA)
        it.sees(views.LoanView)


def test_a_card_reader_that_goes_away_in_a_visit_serves_the_next_when_it_is_back(tmp_path):
    with desk(tmp_path, Plan(with_card=True)) as it:
        service = Pcscd()
        it.finds("cards", "ready")
        it.world("show-card", text=LEILA)
        it.sees(views.LoanView)
        it.puts(WILLOWS)
        assert it.settles(WILLOWS) == {WILLOWS: "safe"}
        it.world("remove-card")
        service.stop()
        it.finds("cards", "missing card-reader-missing")
        assert isinstance(it.screen, views.LoanView)  # who is here stays here
        it.finishes()
        it.leaves(WILLOWS)
        it.signs_in(LEILA)  # a scanner serves meanwhile
        it.finishes()
        it.leaves()
        with service.again():
            it.finds("cards", "ready")
            it.world("show-card", text=ANNA)  # hers is another: the same one may only have been moved
            it.sees(views.LoanView)
            it.world("remove-card")


def test_a_serial_scanner_that_babbles_and_then_reads_a_card(tmp_path):
    far, near = pty.openpty()
    tty.setraw(near)
    try:
        with desk(tmp_path, Plan(scanner=os.ttyname(near))) as it:
            it.finds("scanner", "ready")
            for garbage in (b"\xff\xfe\x00\r", b"9" * 300 + b"\r", b"39\x0000001\n", b"\x1b[2J\t"):
                at = len(it.seen)
                os.write(far, garbage)
                it.says("bad-code")
                assert message_of(it.view) == f"bad-code {Reason.CODE_BAD}"
                assert isinstance(it.view.screen, views.AttractView)
                assert at <= len(it.seen)
            os.write(far, b"\r\n\r\n" + LEILA[:3].encode())
            os.write(far, LEILA[3:].encode() + b"\r\n")
            it.sees(views.LoanView)
            os.write(far, WILLOWS.encode() + b"\r")
            assert it.settles(WILLOWS) == {WILLOWS: "no_tag"}
            os.write(far, b"\x00|AF\r")
            it.says("bad-code")
            assert it.ends == {WILLOWS: "no_tag"}
            messages = it.world("report")["ils"]["messages"]
            assert [each["request"][:2] for each in messages].count("11") == 1
            it.finishes()
    finally:
        os.close(far)
        os.close(near)
