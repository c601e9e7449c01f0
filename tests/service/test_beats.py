"""What follows from the beats of core and screen, in virtual time: hours pass while nobody waits."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.circulation.facts import DeviceNow
from kiosk.circulation.values import Condition, Device
from kiosk.lab.loop import run
from kiosk.service import Notify, Service, serviced
from tests.service.manager import Manager

WATCHDOG_S = 30.0
FEEDS_AN_HOUR = 3600 / WATCHDOG_S * 3 - 1
"""At least; the last may still be under way."""


class Told:
    """A service, its clock, and its health file each time when that was written."""

    def __init__(self, manager: Manager | None, folder: Path) -> None:
        self.manager = manager
        self.path = folder / "health.json"
        self.written: list[dict[str, Any]] = []
        self.disk_full = False
        self.service: Service = serviced(
            {} if manager is None else manager.environment(folder, WATCHDOG_S),
            os.getpid(),
            version="1.2.3",
            wall=lambda: 1_000_000 + asyncio.get_running_loop().time(),
            age=lambda: 2.5,
            run_blocking=self._blocking,
        )
        self.screen: asyncio.Task[None] | None = None

    async def _blocking(self, work: Callable[..., Any], *what: Any) -> Any:
        if self.disk_full:
            raise OSError(28, "No space left on device")
        work(*what)
        self.written.append(json.loads(self.path.read_text()))

    async def beat(self, seconds: float, *, name: str = "attract") -> None:
        """The screen lives for so long."""
        loop = asyncio.get_running_loop()
        end, frames = loop.time() + seconds, 0
        while loop.time() < end:
            frames += 1
            self.service.screen_beats(frames, name)
            if self.manager is not None:
                self.manager.all()  # a manager listens all the time
            await asyncio.sleep(self.service.pulse_s)


@pytest.fixture
def told(manager: Manager, tmp_path: Path) -> Told:
    return Told(manager, tmp_path)


def journal(condition: Condition) -> DeviceNow:
    return DeviceNow(Device.JOURNAL, condition, None)


def played(told: Told, story: Callable[[], Any]) -> None:
    """Run a story beside the service."""

    async def both() -> None:
        core = asyncio.ensure_future(told.service.run())
        try:
            await story()
        finally:
            core.cancel()

    run(both())


def test_ready_waits_for_the_picture_and_for_the_journal(told: Told, manager: Manager) -> None:
    async def story() -> None:
        await asyncio.sleep(60)
        assert manager.all() == ["STATUS=starting; journal not yet opened"], "nobody has fed it either"
        told.service.screen_beats(1, "cannot-lend")
        await asyncio.sleep(60)
        assert "READY=1" not in manager.all()
        told.service.heard(DeviceNow(Device.PRINTER, Condition.READY, None))
        told.service.heard(journal(Condition.READY))
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        assert manager.all() == ["READY=1", "STATUS=cannot-lend; journal ready"]
        await asyncio.sleep(3600)
        assert "READY=1" not in manager.all()

    played(told, story)


def test_a_kiosk_without_a_journal_is_ready_too_and_says_so(told: Told, manager: Manager) -> None:
    async def story() -> None:
        told.service.heard(journal(Condition.MISSING))
        told.service.screen_beats(1, "cannot-lend")
        await asyncio.sleep(1)
        assert "READY=1" in manager.all()
        assert told.written[-1]["journal"] == "missing"
        told.service.heard(journal(Condition.READY))
        await asyncio.sleep(1)
        assert told.written[-1]["journal"] == "ready"

    played(told, story)


def test_the_watchdog_is_fed_thrice_as_often_as_it_must(told: Told, manager: Manager) -> None:
    async def story() -> None:
        await told.beat(3600)
        fed = manager.said.count("WATCHDOG=1")
        assert FEEDS_AN_HOUR <= fed <= 2 * FEEDS_AN_HOUR

    played(told, story)


def test_a_frozen_screen_starves_it(told: Told, manager: Manager) -> None:
    async def story() -> None:
        await told.beat(60)
        await asyncio.sleep(told.service.pulse_s)
        manager.all()
        await asyncio.sleep(3600)
        assert "WATCHDOG=1" not in manager.all()
        beaten = {each["beaten"] for each in told.written[-100:]}
        assert len(beaten) == 1, "and whoever reads the file sees since when"

    played(told, story)


def test_a_frozen_core_starves_it(told: Told, manager: Manager) -> None:
    async def story() -> None:
        core = asyncio.ensure_future(told.service.run())
        await told.beat(60)
        core.cancel()
        await asyncio.sleep(0)
        told.service.screen_beats(1, "attract")
        manager.all()
        await told.beat(3600)
        assert "WATCHDOG=1" not in manager.all()

    run(story())


def test_while_it_closes_the_core_alone_is_waited_for(told: Told, manager: Manager) -> None:
    async def story() -> None:
        await told.beat(60)
        told.service.stopping()
        assert manager.all()[-2:] == ["STOPPING=1", "STATUS=stopping"]
        await asyncio.sleep(60)
        assert set(manager.all()) == {"WATCHDOG=1"}

    played(told, story)


def test_a_word_that_was_not_heard_is_said_again(told: Told, manager: Manager) -> None:
    async def story() -> None:
        while Notify(manager.address).say("X=1"):
            pass  # until its queue is full
        told.service.heard(journal(Condition.READY))
        told.service.screen_beats(1, "attract")
        await asyncio.sleep(1)
        assert "READY=1" not in manager.all()
        await told.beat(2 * told.service.pulse_s)
        assert "READY=1" in manager.said

    played(told, story)


def test_the_health_file_is_written_at_once_on_change_and_then_now_and_again(told: Told) -> None:
    async def story() -> None:
        await asyncio.sleep(0.001)
        nothing_yet = {"first_frame_s": None, "frames": 0, "screen": "", "journal": None, "beaten": None}
        assert told.written == [{"version": "1.2.3", **nothing_yet}]
        told.service.heard(journal(Condition.READY))
        told.service.screen_beats(7, "attract")
        await asyncio.sleep(0.001)
        now = told.written[-1]
        assert now["first_frame_s"] == 2.5
        assert (now["frames"], now["screen"], now["journal"]) == (7, "attract", "ready")
        told.service.screen_beats(8, "loan")
        await asyncio.sleep(0.001)
        assert told.written[-1]["screen"] == "loan"
        count = len(told.written)
        await told.beat(3600, name="loan")
        assert 300 <= len(told.written) - count <= 361
        assert told.written[-1]["beaten"] == pytest.approx(1_003_600, abs=15)

    played(told, story)


def test_the_health_file_is_replaced_and_never_half_of_one(told: Told) -> None:
    async def story() -> None:
        await asyncio.sleep(0.001)
        with told.path.open() as before:
            told.service.screen_beats(1, "attract")
            await asyncio.sleep(0.001)
            assert json.load(before)["screen"] == "", "who has the old one open reads it to its end"
        assert json.loads(told.path.read_text())["screen"] == "attract"
        assert sorted(each.name for each in told.path.parent.iterdir()) == ["health.json", "notify"]

    played(told, story)


def test_a_full_disk_stops_no_beat_and_is_told_once(
    told: Told, manager: Manager, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        told.disk_full = True
        await told.beat(3600)
        assert manager.said.count("WATCHDOG=1") >= FEEDS_AN_HOUR
        assert [record.getMessage().split(":")[0] for record in caplog.records] == ["K-SRV-001"]
        told.disk_full = False
        await told.beat(60)
        assert told.written[-1]["screen"] == "attract"

    played(told, story)


def test_a_kiosk_started_by_hand_tells_nobody_and_leaves_nothing(tmp_path: Path) -> None:
    told = Told(None, tmp_path)

    async def story() -> None:
        await told.service.run()  # it ends at once: there is nothing to do

    run(story())
    assert not told.service.active
    assert list(tmp_path.iterdir()) == []
