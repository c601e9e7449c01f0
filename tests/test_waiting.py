"""A service whose settings cannot be used looks again and again, and goes on when they can."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageGrab

from kiosk.firstboot import LOST_FILE, REFUSED_FILE
from kiosk.waiting import UnderSystemd, Waiting
from tests.screens.display import x_server

FILE = '[ils]\ndriver = "sip2"\nlogin_password = { file = "secrets/ils-password" }\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "state" / "kiosk.toml"


@pytest.fixture
def waiting(config: Path, tmp_path: Path) -> Waiting:
    config.parent.mkdir()
    return Waiting(config, tmp_path / "run")


def refuse(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run" / REFUSED_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_by_hand_nobody_waits() -> None:
    assert UnderSystemd.of({}) is None
    assert UnderSystemd.of({"INVOCATION_ID": "as in any terminal of a desktop"}) is None


def test_a_file_that_was_refused_is_what_the_screen_names(waiting: Waiting, tmp_path: Path) -> None:
    refuse(tmp_path, "kiosk.toml:3: [ils] port\nkiosk.toml:9: [clock] zone")
    wrong = waiting.look()
    assert wrong is not None
    assert wrong.messages == ("kiosk.toml:3: [ils] port", "kiosk.toml:9: [clock] zone")
    assert (wrong.on_card, wrong.by_card, wrong.missing) == (True, True, False)


def test_a_card_without_a_file(waiting: Waiting, tmp_path: Path) -> None:
    tmp_path.joinpath("run", REFUSED_FILE).parent.mkdir(parents=True)
    wrong = waiting.look()
    assert wrong is not None
    assert wrong.missing
    assert wrong.messages == ("There is no kiosk.toml on the card.",)


def test_a_card_whose_data_are_gone(waiting: Waiting, config: Path, tmp_path: Path) -> None:
    path = tmp_path / "run" / LOST_FILE
    path.parent.mkdir(parents=True)
    path.write_text("The data partition")
    wrong = waiting.look()
    assert wrong is not None
    assert wrong.lost
    assert wrong.messages == ("The data partition",)
    assert (wrong.on_card, wrong.by_card, wrong.missing) == (True, True, False)


def test_a_password_that_is_put_right_is_noticed_too(waiting: Waiting, config: Path) -> None:
    config.write_text('[ils]\ndriver = "sip2"\nlogin_password = { file = "secrets/ils-password" }\n')
    secret = config.parent / "secrets" / "ils-password"
    wrong = waiting.look()
    assert wrong is not None
    assert "there is no such file" in wrong.messages[0]
    secret.parent.mkdir()
    secret.write_text("hush\n")
    secret.chmod(0o644)
    wrong = waiting.look()
    assert wrong is not None
    assert "others may read or change it" in wrong.messages[0]
    assert "hush" not in str(wrong)
    secret.chmod(0o600)
    assert waiting.look() is None


def test_on_a_machine_that_somebody_manages_the_file_itself_is_named(waiting: Waiting, config: Path) -> None:
    config.write_text('[screen]\nsize = "big"\n')
    wrong = waiting.look()
    assert wrong is not None
    assert wrong.file == str(config)
    assert wrong.messages[0].startswith(f"{config}:2: [screen] size")
    assert not wrong.by_card


def test_old_settings_that_work_are_used_whatever_was_refused(
    waiting: Waiting, config: Path, tmp_path: Path
) -> None:
    refuse(tmp_path, "kiosk.toml:3: [ils] port")
    config.write_text('[ils]\ndriver = "sip2"\nhost = "192.168.20.10"\n')
    assert waiting.look() is None


def test_a_card_whose_file_nobody_has_filled_in_is_no_kiosk_for_patrons(
    waiting: Waiting, config: Path, tmp_path: Path
) -> None:
    tmp_path.joinpath("run", REFUSED_FILE).parent.mkdir(parents=True)
    config.write_text('[library]\nname = "Lanternfield Library"\n')
    wrong = waiting.look()
    assert wrong is not None
    assert wrong.missing
    assert wrong.messages == (
        "The kiosk.toml on the card says nothing of the library yet: neither [ils] nor [pad].",
    )


def test_what_is_put_right_is_seen(waiting: Waiting, config: Path) -> None:
    assert waiting.look() is not None
    config.write_text('[screen]\nsize = "big"\n')
    assert waiting.look() is not None
    config.write_text('[screen]\nsize = "800x480"\n')
    assert waiting.look() is None


def test_a_real_pad_does_not_lend_for_a_simulated_ils(waiting: Waiting, config: Path) -> None:
    config.write_text('[pad]\ndriver = "feig-tcp"\nhost = "192.168.20.30"\n')
    wrong = waiting.look()
    assert wrong is not None
    assert "a real [pad] needs a real [ils]" in wrong.messages[0]


def test_it_goes_on_once_the_password_is_there_and_guarded(tmp_path: Path) -> None:
    config, secret = tmp_path / "kiosk.toml", tmp_path / "secrets" / "ils-password"
    config.write_text(FILE)
    waiting = Waiting(config, tmp_path / "run")
    wrong = waiting.look()
    assert wrong is not None
    assert "there is no such file" in wrong.messages[0]
    secret.parent.mkdir()
    secret.write_text("hush\n")
    secret.chmod(0o644)
    wrong = waiting.look()
    assert wrong is not None
    assert "others may read or change it" in wrong.messages[0]
    assert "hush" not in str(wrong)
    secret.chmod(0o600)
    assert waiting.look() is None


@pytest.mark.parametrize(
    ("text", "rotation"),
    [
        ('[screen]\nrotation = 90\n[ils]\nport = "high"\n', 90),
        ('[screen]\nrotation = 270\nsize = "big"\n', 270),
        ("[screen]\nrotation = 45\n", 0),
        ("[screen]\nrotation = true\n", 0),
        ('[screen]\nsize = "big"\n', 0),
        ("screen = 90\n", 0),
        ("[screen]\nrotation = 90\n[ils\n", 0),
        ("version = 9999\n[screen]\nrotation = 90\n", 0),
    ],
)
def test_a_panel_that_hangs_turned_is_known_whatever_else_is_wrong(
    waiting: Waiting, config: Path, text: str, rotation: int
) -> None:
    config.write_text(text)
    assert waiting.look() is not None
    assert waiting.rotation == rotation


def test_how_the_panel_hangs_is_seen_anew(waiting: Waiting, config: Path) -> None:
    assert waiting.look() is not None
    assert waiting.rotation == 0
    config.write_text('[screen]\nrotation = 180\nsize = "big"\n')
    assert waiting.look() is not None
    assert waiting.rotation == 180


@dataclass
class Running:
    """`kiosk run` as a service manager starts it."""

    process: subprocess.Popen[bytes]
    heard: socket.socket

    def says(self, words: int) -> list[str]:
        """The next words that the manager hears."""
        return [self.heard.recv(4096).decode() for _ in range(words)]

    def becomes_ready(self) -> str:
        """Listen until it is ready (again); how that was said."""
        while not (said := self.heard.recv(4096)).startswith(b"READY=1"):
            assert self.process.poll() is None
        return said.decode()


@contextlib.contextmanager
def running(config: Path, display: str, folder: Path) -> Iterator[Running]:
    """The kiosk on this display; it ends well."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(folder / "notify"))
        heard.settimeout(120)
        process = subprocess.Popen(
            [sys.executable, "-m", "kiosk", "run", "--config", str(config)],
            env={
                **os.environ,
                "DISPLAY": display,
                "SDL_VIDEODRIVER": "x11",
                "NOTIFY_SOCKET": str(folder / "notify"),
                "RUNTIME_DIRECTORY": str(folder / "run" / "kiosk"),
            },
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        try:
            yield Running(process, heard)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    assert process.returncode == 0


@pytest.fixture
def runtime(config: Path, tmp_path: Path) -> Path:
    """The folder of the health file; that of the settings is there too."""
    config.parent.mkdir()
    runtime = tmp_path / "run" / "kiosk"
    runtime.mkdir(parents=True)
    return runtime


def test_the_service_is_ready_watched_and_begins_anew(config: Path, runtime: Path, tmp_path: Path) -> None:
    """The whole of it, on a display: READY with the first frame, a beat with each, and when the file is put
    right the same process is a kiosk."""
    with x_server("800x480") as display, running(config, display, tmp_path) as kiosk:
        assert kiosk.says(3) == [
            "READY=1\nSTATUS=these settings cannot be used",
            "WATCHDOG=1",
            "WATCHDOG=1",
        ]
        health = json.loads(runtime.joinpath("health.json").read_text())
        assert health["screen"] == "no-settings"
        assert health["first_frame_s"] > 0
        put(config, '[screen]\nsize = "800x480"\nfullscreen = false\n')
        assert kiosk.becomes_ready().endswith("; journal ready"), "a kiosk, in the process that was waiting"


@pytest.mark.usefixtures("runtime")
def test_on_a_panel_that_hangs_turned_it_can_be_read(config: Path, tmp_path: Path) -> None:
    """Also when that is the first thing that is put right, and whatever the size of the panel."""
    with x_server("1024x600") as display:
        put(config, '[screen]\nrotation = 90\n[ils]\nport = "high"\n')
        with running(config, display, tmp_path) as kiosk:
            for rotation in (90, 180):
                kiosk.becomes_ready()
                kiosk.says(2)
                upright = ImageGrab.grab(xdisplay=display).rotate(-rotation, expand=True)
                # the title stands on a band of its own, along the whole top
                (top,) = colours(upright, 3)
                assert {top} != colours(upright, upright.height - 3)
                put(config, '[screen]\nrotation = 180\n[ils]\nport = "high"\n')


def colours(image: Image.Image, y: int) -> set[object]:
    """Those of one row."""
    return {image.getpixel((x, y)) for x in range(image.width)}


def put(config: Path, text: str) -> None:
    """Write the settings as an editor does, at once."""
    draft = config.with_name("draft")
    draft.write_text(text)
    draft.rename(config)
