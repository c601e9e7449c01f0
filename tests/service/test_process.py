"""The real process, as a service manager starts it, watches it and ends it. Its window draws off screen."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from kiosk.demo.farsides import FarSides
from kiosk.journal import JournalSettings
from kiosk.maintenance import FilePinStore
from kiosk.maintenance.pin import hash_pin
from kiosk.simulator import lanternfield
from tests.journeys.staffed_desk import write_file
from tests.service.manager import PATIENCE_S, Manager

WATCHDOG_S = 1.5

NOBODY_THERE = """\
[screen]
size = "800x480"
fullscreen = false
[ils]
driver = "sip2"
host = "127.0.0.1"
port = 1
backoff_s = 0.1
backoff_limit_s = 0.1
[pad]
driver = "feig-tcp"
host = "127.0.0.1"
port = 1
"""
"""Settings of a kiosk whose far sides are all away."""


@contextlib.contextmanager
def process(words: list[str], extra: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A program of ours; it is killed when the test is over and it is not."""
    given = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "RUNTIME_DIRECTORY"}
    environment = {name: value for name, value in os.environ.items() if name not in given}
    with subprocess.Popen(
        [sys.executable, "-m", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, "SDL_VIDEODRIVER": "offscreen", **(extra or {})},
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def health(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "health.json").read_text())
    return read


def test_a_kiosk_comes_up_lives_and_is_ended_in_its_order(manager: Manager, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    scenery = lanternfield()
    with FarSides(scenery, tmp_path / "far", with_card=False) as far:
        file = write_file(tmp_path, far, scenery)
        file.write_text(file.read_text() + '[screen]\nsize = "800x480"\nfullscreen = false\n')
        FilePinStore(tmp_path / "staff.pin").save(hash_pin("80492613"))
        began = time.monotonic()
        with process(["kiosk", "run", "--config", str(file)], manager.environment(run, WATCHDOG_S)) as kiosk:
            manager.until("READY=1")
            up = time.monotonic() - began
            assert health(run)["journal"] == "ready"
            assert 0 < health(run)["first_frame_s"] <= up + 0.02  # the system counts in ticks of 10 ms
            manager.until("STATUS=attract; journal ready")
            for _ in range(3):
                manager.until("WATCHDOG=1")
            now = health(run)
            assert now["frames"] > 0
            assert abs(now["beaten"] - time.time()) < PATIENCE_S

            asked = time.monotonic()
            kiosk.send_signal(signal.SIGTERM)
            manager.until("STOPPING=1")
            assert kiosk.wait(PATIENCE_S) == 0
            assert time.monotonic() - asked < 10
            assert kiosk.stderr is not None
            assert kiosk.stderr.read() == ""
        messages = far.do({"do": "report"})["ils"]["messages"]
        assert messages[-1]["request"].startswith("992"), "the ILS was told that the kiosk shuts down"
    left = sorted(each.name for each in (tmp_path / JournalSettings().folder).glob("*"))
    assert not [name for name in left if name.endswith("-wal")], left


@pytest.fixture
def frozen(manager: Manager, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A kiosk that can be frozen, and is ready."""
    run = tmp_path / "run"
    run.mkdir()
    file = tmp_path / "kiosk.toml"
    file.write_text(NOBODY_THERE)
    with process(["tests.service.freezing", str(file)], manager.environment(run, WATCHDOG_S)) as kiosk:
        manager.until("READY=1")
        yield kiosk


def tell(kiosk: subprocess.Popen[str], word: str) -> None:
    assert kiosk.stdin is not None
    kiosk.stdin.write(f"{word}\n")
    kiosk.stdin.flush()


@pytest.mark.parametrize("who", ["screen", "core"])
def test_whichever_freezes_the_manager_is_fed_no_more(
    frozen: subprocess.Popen[str], manager: Manager, who: str
) -> None:
    manager.until("WATCHDOG=1")
    tell(frozen, f"freeze {who}")
    assert frozen.stdout is not None
    assert frozen.stdout.readline() == f"frozen {who}\n"
    # the other side beats on; one feed may have been due
    before = manager.all() + manager.hears(WATCHDOG_S / 2) + manager.all()
    assert before.count("WATCHDOG=1") <= 4
    assert "WATCHDOG=1" not in manager.hears(2 * WATCHDOG_S) + manager.all()
    tell(frozen, "thaw")
    manager.until("WATCHDOG=1")
    frozen.send_signal(signal.SIGTERM)
    assert frozen.wait(PATIENCE_S) == 0


def test_who_ends_it_while_it_comes_up_need_not_wait_for_its_first_picture(
    manager: Manager, tmp_path: Path
) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(NOBODY_THERE)
    with process(["kiosk", "run", "--config", str(file)], manager.environment(tmp_path, WATCHDOG_S)) as kiosk:
        manager.until("STATUS=starting; journal not yet opened")
        kiosk.send_signal(signal.SIGTERM)
        manager.until("STOPPING=1")
        assert kiosk.wait(PATIENCE_S) == 0


def test_a_kiosk_whose_core_is_stuck_can_be_ended_too(
    frozen: subprocess.Popen[str], manager: Manager
) -> None:
    tell(frozen, "freeze core")
    assert frozen.stdout is not None
    assert frozen.stdout.readline() == "frozen core\n"
    frozen.send_signal(signal.SIGTERM)
    manager.until("STOPPING=1")
    assert frozen.wait(PATIENCE_S) == 0
    assert frozen.stderr is not None
    assert "K-CORE-003" in frozen.stderr.read()


def test_by_hand_it_tells_nobody(tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text(NOBODY_THERE)
    with process(["tests.service.freezing", str(file)]) as kiosk:
        tell(kiosk, "freeze core")
        assert kiosk.stdout is not None
        assert kiosk.stdout.readline() == "frozen core\n", "it came up, and works"
        tell(kiosk, "thaw")
        kiosk.send_signal(signal.SIGTERM)
        assert kiosk.wait(PATIENCE_S) == 0
    assert not list(tmp_path.rglob("*health*"))
