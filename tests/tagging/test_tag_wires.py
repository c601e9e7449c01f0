"""`kiosk tag` as staff start it, over the wire that each reader has in a library: a program of its own before
a reader in the network and one behind PC/SC. At a serial port it runs in this process where a program would
show no more of the port: a start takes longer than what it does."""

import contextlib
import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import fields
from pathlib import Path

import pytest

from kiosk.demo.farsides import FarSides
from kiosk.settings import PadSection, Settings
from kiosk.simulator.scenery import ReaderManners, Scenery, Tag
from kiosk.tagging import main
from tests.tagging.tools import STAFF

BOOK, BLANK, CARD = (f"E00401500000003{number}" for number in range(1, 4))
TAGS = (Tag(BOOK, "39000001"), Tag(BLANK, data=""), Tag(CARD, "21000001", usage=8))

READERS = {
    "feig-tcp": ReaderManners(),
    "feig-serial": ReaderManners(baud=38400),
    "m3-serial": ReaderManners(make="m3"),
    "pcsc": ReaderManners(make="pcsc"),
}

PATIENCE_S = 60.0


def toml_of(pad: PadSection) -> str:
    """A [pad] section as somebody would write it."""
    lines = [f'driver = "{pad.driver}"']
    reader = pad.feig or pad.feig_serial or pad.m3 or pad.pcsc
    assert reader is not None
    for each in fields(reader):
        value = getattr(reader, each.name)
        if isinstance(value, str | int) and value != each.default:
            lines.append(f"{each.name} = {json.dumps(value)}")
    return "\n".join(["[pad]", *lines])


class Shell:
    """A folder with a kiosk.toml, and somebody who types `kiosk tag` there."""

    def __init__(self, folder: Path, far: FarSides) -> None:
        self.folder = folder
        self.far = far
        pad = toml_of(far.stand_in(Settings()).pad)
        (folder / "kiosk.toml").write_text(f"{pad}\n[cards]\ndriver = 'none'\n")

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "kiosk", "tag", *words]

    @property
    def here(self) -> dict[str, object]:
        return {"cwd": self.folder, "env": {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}}

    def tag(self, *words: str) -> subprocess.CompletedProcess[str]:
        said = subprocess.run(
            self.command(*words), check=False, capture_output=True, text=True, timeout=PATIENCE_S, **self.here
        )
        assert "Traceback" not in said.stderr, said.stderr
        return said


class Here(Shell):
    """The same, where the command runs in this process."""

    def tag(self, *words: str) -> subprocess.CompletedProcess[str]:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            status = main(words)
        return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())


@contextmanager
def shell(tmp_path: Path, driver: str, kind: type[Shell] = Shell) -> Iterator[Shell]:
    scenery = Scenery(tags=TAGS, reader=READERS[driver])
    with FarSides(scenery, tmp_path / "far", with_card=driver == "pcsc") as far:
        yield kind(tmp_path, far)


@pytest.mark.parametrize("driver", READERS)
def test_a_tag_is_read_released_and_written(tmp_path, driver: str):
    with shell(tmp_path, driver, Here if driver.endswith("-serial") else Shell) as it:
        it.far.do({"do": "put", "tags": [BOOK]})
        read = it.tag("read", "--json", "--raw")
        (told,) = json.loads(read.stdout)["tags"]
        assert (read.returncode, told["item_id"], told["afi"]) == (0, "39000001", "07")
        released = it.tag("release", *STAFF)
        assert released.stderr == ""
        assert released.stdout == f"{BOOK}  39000001  released, and read back (AFI C2)\n"
        it.far.all([{"do": "lift", "tags": [BOOK]}, {"do": "put", "tags": [BLANK]}])
        written = it.tag("write", "--barcode", "39000077")
        assert written.stdout == f"{BLANK}  written, read back and understood, and armed\n"
        assert written.returncode == 0
        refused = it.tag("write", "--barcode", "39000078")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "holds item 39000077" in refused.stderr
        if driver == "pcsc":
            return  # to pcscd, the virtual reader is always plugged in
        it.far.do({"do": "unplug", "device": "reader"})
        away = it.tag("read", "--seconds", "2")
        assert (away.returncode, away.stdout) == (1, "")
        assert away.stderr.startswith("kiosk tag read: K-PAD-001: ")
        assert away.stderr.count("\n") == 1


@pytest.fixture
def at_a_terminal() -> Iterator[None]:
    """Programs that are started now hear Ctrl-C, though the tests may run behind a shell that ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@contextmanager
def started(*command: str, **how: object) -> Iterator[subprocess.Popen[str]]:
    """A program, killed in the end should it not have ended."""
    with subprocess.Popen(command, text=True, **how) as program:  # type: ignore[call-overload]
        try:
            yield program
        finally:
            program.kill()


@pytest.mark.usefixtures("at_a_terminal")
@pytest.mark.parametrize("driver", ["feig-tcp", "m3-serial"])
def test_the_list_ends_well_at_ctrl_c(tmp_path, driver: str):
    with shell(tmp_path, driver) as it:
        it.far.do({"do": "put", "tags": [BOOK]})
        with started(
            *it.command("watch", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, **it.here
        ) as watch:
            assert watch.stdout is not None
            assert watch.stderr is not None
            assert json.loads(watch.stdout.readline())["event"] == "reader"
            assert json.loads(watch.stdout.readline())["uid"] == BOOK
            it.far.do({"do": "lift", "tags": [BOOK]})
            assert json.loads(watch.stdout.readline())["event"] == "left"
            watch.send_signal(signal.SIGINT)
            assert watch.wait(PATIENCE_S) == 0
            assert (watch.stdout.read(), watch.stderr.read()) == ("", "")


def test_a_list_whose_reader_has_heard_enough_ends_well(tmp_path):
    with shell(tmp_path, "feig-tcp") as it:
        it.far.do({"do": "put", "tags": [BOOK]})
        with started(
            *it.command("watch", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, **it.here
        ) as watch:
            assert watch.stdout is not None
            assert watch.stderr is not None
            watch.stdout.readline()
            watch.stdout.close()
            assert watch.wait(PATIENCE_S) == 0
            assert watch.stderr.read() == ""


@pytest.mark.usefixtures("at_a_terminal")
def test_on_a_terminal_the_list_is_drawn_anew(tmp_path):
    with shell(tmp_path, "feig-tcp") as it:
        it.far.do({"do": "put", "tags": [BOOK]})
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, 132))
        with started(*it.command("watch"), stdout=theirs, stderr=theirs, **it.here) as watch:
            os.close(theirs)
            screens = Terminal(ours)
            # a row stands below how many there are, and may come in another piece
            assert "1 tags" in screens.until("39000001")
            it.far.do({"do": "put", "tags": [CARD]})
            assert "2 tags" in screens.until("patron-card")
            watch.send_signal(signal.SIGINT)
            assert watch.wait(PATIENCE_S) == 0
        assert "Traceback" not in screens.rest()
        os.close(ours)


class Terminal:
    """What is drawn on a terminal, screen by screen."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._drawn = ""

    def until(self, text: str) -> str:
        """The screen on which this stands."""
        while True:
            *_, screen = self._drawn.split("\x1b[H\x1b[J")
            if text in screen and screen.endswith("\n"):
                return screen
            assert select.select([self._handle], [], [], PATIENCE_S)[0], self._drawn
            self._drawn += os.read(self._handle, 65536).decode()

    def rest(self) -> str:
        """All that was drawn."""
        while select.select([self._handle], [], [], 0)[0]:
            try:
                self._drawn += os.read(self._handle, 65536).decode()
            except OSError:
                break  # Linux says so when the other end is closed
        return self._drawn
