"""A service whose settings cannot be used looks again and again, and goes on when they can."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.firstboot import REFUSED_FILE
from kiosk.waiting import Service, Waiting
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
    assert Service.of({}) is None
    assert Service.of({"INVOCATION_ID": "as in any terminal of a desktop"}) is None


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


def test_the_service_is_ready_watched_and_begins_anew(config: Path, tmp_path: Path) -> None:
    """The whole of it, on a display: READY with the first frame, a beat with each, and when the file is put
    right the same process is a kiosk."""
    config.parent.mkdir()
    runtime = tmp_path / "run" / "kiosk"
    runtime.mkdir(parents=True)
    with x_server("800x480") as display, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(120)
        process = subprocess.Popen(
            [sys.executable, "-m", "kiosk", "run", "--config", str(config)],
            env={
                **os.environ,
                "DISPLAY": display,
                "SDL_VIDEODRIVER": "x11",
                "NOTIFY_SOCKET": str(tmp_path / "notify"),
                "RUNTIME_DIRECTORY": str(runtime),
            },
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        try:
            words = [heard.recv(4096).decode() for _ in range(3)]
            assert words == [
                "READY=1\nSTATUS=these settings cannot be used",
                "WATCHDOG=1",
                "WATCHDOG=1",
            ]
            health = json.loads(runtime.joinpath("health.json").read_text())
            assert health["screen"] == "no-settings"
            assert health["first_frame_s"] > 0
            draft = config.with_name("draft")
            draft.write_text('[screen]\nsize = "800x480"\nfullscreen = false\n')
            draft.rename(config)
            while not (said := heard.recv(4096)).startswith(b"READY=1"):
                assert process.poll() is None
            assert said.endswith(b"; journal ready"), "a kiosk, in the process that was waiting"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    assert process.returncode == 0
