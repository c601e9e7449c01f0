"""`kiosk doctor`: what it says of devices and matters, and that it leaves a running kiosk alone."""

import asyncio
import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

from kiosk.app import real_doors
from kiosk.circulation.reasons import Reason
from kiosk.circulation.reports import CardShown, DeviceChanged
from kiosk.circulation.values import Condition, Device, PatronId, Row, RowKind, SagaId
from kiosk.doctor import main
from kiosk.doctor.command import NO_ISOLATES, matter_says
from kiosk.journal import JournalSettings, SqliteJournal
from kiosk.journal.sealing import create_key
from kiosk.maintenance.views import MatterView
from kiosk.settings import Settings
from kiosk.words import Words

T = TypeVar("T")

PROJECT = Path(__file__).resolve().parent.parent.parent

NOW = 1_790_000_000.0

CONFIG = """\
[ils]
driver = "sip2"
[pad]
driver = "feig-tcp"
[cards]
driver = "none"
[printer]
driver = "escpos-tcp"
[gate]
driver = "gpiod"
[staff]
kiosk_name = "Kiosk 2"
"""


class Supervised:
    """A device that says these things, one after the other, and then nothing."""

    def __init__(self, *reports: Any) -> None:
        self.reports = reports
        self.let_go = False

    async def run(self, post: Callable[[Any], None]) -> None:
        try:
            for report in self.reports:
                await asyncio.sleep(0)
                if isinstance(report, Exception):
                    raise report
                post(report)
            await asyncio.Event().wait()
        finally:
            self.let_go = True


def ready(device: Device) -> DeviceChanged:
    return DeviceChanged(device, Condition.READY)


class Machine:
    """A machine with these devices and this settings file."""

    def __init__(self, folder: Path, **devices: Supervised) -> None:
        self.config = folder / "kiosk.toml"
        self.config.write_text(CONFIG)
        self.data = folder / "data"
        self.devices: Mapping[str, Supervised] = devices
        self.made: list[Device] = []

    def make(self, device: Device, settings: Settings) -> Supervised | None:
        if device is Device.TILL or getattr(settings, device.value).driver == "none":
            return None
        self.made.append(device)
        return self.devices.get(device.value, Supervised(ready(device)))

    def doctor(self, *more: str, credentials: Path | None = None) -> int:
        call = ["--config", str(self.config), "--seconds", "0.3", *more]
        doors = dataclasses.replace(real_doors(Path()), wall=lambda: NOW, credentials=credentials)
        return main(call, self.make, doors)


async def inline(fn: Callable[..., T], /, *args: object) -> T:
    return fn(*args)


async def journal_at(folder: Path) -> SqliteJournal:
    return await SqliteJournal.open(
        JournalSettings(folder / "data", folder / "journal.key"),
        run_blocking=inline,
        mono=lambda: 0.0,
        wall=lambda: NOW - 3600,
    )


OPEN = Row(SagaId("L1"), RowKind.INTENT, {"item": "33330001"}, {"patron": "21000001"})


def test_all_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine(tmp_path)
    assert machine.doctor() == 0
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert [line.split("  ")[0] for line in lines[:-1]] == [
        "Library system",
        "Book pad",
        "Card reader",
        "Journal",
        "Receipt printer",
        "Gate",
        "Barcode scanner",
        "Card terminal",
    ]
    assert "Not fitted" in lines[2]
    assert lines[-1] == "There are no open matters."
    assert not machine.data.exists(), "looking makes nothing"


def test_what_is_missing_says_why_and_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    silent = DeviceChanged(Device.PRINTER, Condition.MISSING, Reason.PRINTER_SILENT)
    low = DeviceChanged(Device.PRINTER, Condition.DEGRADED, Reason.PAPER_LOW)
    assert Machine(tmp_path, printer=Supervised(ready(Device.PRINTER), silent)).doctor() == 1
    said = capsys.readouterr().out
    assert "Missing. It does not answer. -> Check its power and its cable. [K-PRN-002] since" in said
    assert Machine(tmp_path, printer=Supervised(low)).doctor() == 0
    assert "Degraded. The paper will soon be used up. -> Have a new roll" in capsys.readouterr().out


@pytest.mark.parametrize(("host", "warned"), [("sip.example.org", True), ("127.0.0.1", False)])
def test_plain_text_on_the_way_is_a_warning_and_nothing_is_missing(
    host: str, warned: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine(tmp_path)
    machine.config.write_text(CONFIG.replace("[pad]", f'host = "{host}"\n[pad]'))
    assert machine.doctor() == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("Library system    Ready")
    assert ("can be read on the way" in first) == ("[K-ILS-006]" in first) == warned
    down = Supervised(DeviceChanged(Device.ILS, Condition.MISSING, Reason.ILS_DOWN))
    machine.devices = {"ils": down}
    assert machine.doctor() == 1
    assert "[K-ILS-001]" in capsys.readouterr().out.splitlines()[0]


def test_a_device_that_says_nothing_or_falls_over_does_not_hide_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine(tmp_path, pad=Supervised(), gate=Supervised(RuntimeError("a fault")))
    assert machine.doctor() == 1
    said = capsys.readouterr().out
    assert "[K-PAD-000]" in said
    assert "[K-GAT-000]" in said
    assert "Library system    Ready since" in said


def test_every_device_is_let_go(tmp_path: Path) -> None:
    pad = Supervised(ready(Device.PAD), CardShown(PatronId("21000001")))
    Machine(tmp_path, pad=pad).doctor()
    assert pad.let_go


def test_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    down = DeviceChanged(Device.ILS, Condition.MISSING, Reason.ILS_DOWN)
    machine = Machine(tmp_path, ils=Supervised(down))
    assert machine.doctor("--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert set(said) == {"kiosk", "version", "when", "devices", "settings", "matters"}
    assert (said["kiosk"], said["when"], said["matters"]) == ("Kiosk 2", "2026-09-21T14:13:20+00:00", [])
    devices = {each.pop("device"): each for each in said["devices"]}
    assert devices["ils"] == {
        "fitted": True,
        "condition": "missing",
        "reason": "ils-down",
        "says": "There is no connection to it.",
        "remedy": "Check the network cable, then the address.",
        "code": "K-ILS-001",
        "since": "2026-09-21T14:13:20+00:00",
    }
    assert (devices["cards"]["fitted"], devices["cards"]["condition"]) == (False, "not-fitted")
    assert devices["pad"]["condition"] == "ready"
    assert set(devices) == set(Device)


def test_a_password_in_the_settings_file_is_named_and_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine(tmp_path)
    machine.config.write_text(CONFIG.replace('"sip2"\n', '"sip2"\nlogin_password = "hush"\n'))
    assert machine.doctor() == 0
    said = capsys.readouterr().out
    assert (
        "Settings          line 3. [ils] login_password stands in the settings file as a text. -> Put" in said
    )
    assert machine.doctor("--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert [(each["line"], each["code"]) for each in document["settings"]] == [(3, "K-SET-001")]
    assert "hush" not in said + json.dumps(document)
    # in a file of its own it is no matter
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "password").touch(0o600)
    (tmp_path / "secrets" / "password").write_text("hush")
    reference = '"sip2"\nlogin_password = { file = "secrets/password" }\n'
    machine.config.write_text(CONFIG.replace('"sip2"\n', reference))
    assert machine.doctor() == 0
    said = capsys.readouterr().out
    assert "Settings" not in said
    assert "hush" not in said


def test_open_matters_are_told_in_a_sentence_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def a_kiosk_was_here() -> None:
        journal = await journal_at(tmp_path)
        await journal.append([OPEN])
        await journal.close()

    asyncio.run(a_kiosk_was_here())
    machine = Machine(tmp_path)
    before = sorted(each.name for each in machine.data.iterdir())
    assert machine.doctor("--json") == 0, "a matter is for staff; no device is missing"
    (matter,) = json.loads(capsys.readouterr().out)["matters"]
    assert matter["item"] == "33330001"
    assert matter["says"].startswith("Book 33330001: nobody knows whether it was lent.")
    assert matter["since"] == "2026-09-21T13:13:20+00:00"
    assert sorted(each.name for each in machine.data.iterdir()) == before


KIOSK = """
import asyncio, sys
from pathlib import Path
from kiosk.circulation.values import (Row, RowKind, SagaId)
from kiosk.journal import JournalSettings, SqliteJournal

async def inline(fn, *args):
    return fn(*args)

async def kiosk(folder):
    settings = JournalSettings(folder / "data", folder / "journal.key")
    journal = await SqliteJournal.open(
        settings, run_blocking=inline, mono=lambda: 0.0, wall=lambda: 1_789_996_400.0
    )
    await journal.append([Row(SagaId("L1"), RowKind.INTENT, {"item": "33330001"})])
    print("up", flush=True)
    sys.stdin.readline()
    await journal.append([Row(SagaId("L1"), RowKind.SETTLED, {}, closes=True)])
    await journal.close()

asyncio.run(kiosk(Path(sys.argv[1])))
"""


def test_a_running_kiosk_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", KIOSK, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT
    ) as kiosk:
        assert kiosk.stdout is not None
        assert kiosk.stdout.readline() == b"up\n"
        assert machine.doctor("--json") == 0
        said = json.loads(capsys.readouterr().out)
        kiosk.communicate(b"go on\n")
    assert kiosk.returncode == 0, "it could write all the time"
    conditions = {each["device"]: each["condition"] for each in said["devices"]}
    assert conditions["pad"] == conditions["printer"] == conditions["gate"] == "in-use"
    assert conditions["cards"] == conditions["scanner"] == "not-fitted"
    assert conditions["ils"] == conditions["journal"] == "ready"
    assert machine.made == [Device.ILS]
    assert [each["item"] for each in said["matters"]] == ["33330001"]
    assert machine.doctor("--json") == 0
    assert json.loads(capsys.readouterr().out)["matters"] == []


def test_a_damaged_journal_is_named_and_not_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine(tmp_path)
    machine.data.mkdir()
    (machine.data / "journal.db").write_bytes(b"no journal at all" * 100)
    assert machine.doctor("--json") == 1
    said = json.loads(capsys.readouterr().out)
    journal = next(each for each in said["devices"] if each["device"] == "journal")
    assert (journal["condition"], journal["code"]) == ("missing", "K-JRN-004")
    assert "journal.db" in journal["says"]
    assert said["matters"] is None
    assert machine.doctor() == 1
    assert "The open matters cannot be read now." in capsys.readouterr().out


def test_a_lost_key_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def a_kiosk_was_here() -> None:
        journal = await journal_at(tmp_path)
        await journal.append([OPEN])
        await journal.close()

    asyncio.run(a_kiosk_was_here())
    (tmp_path / "journal.key").unlink()
    assert Machine(tmp_path).doctor() == 1
    assert "the kiosk key is missing" in capsys.readouterr().out


async def a_kiosk_with_a_credential(folder: Path, credentials: Path) -> None:
    journal = await SqliteJournal.open(
        JournalSettings(folder / "data", Path("credential:journal.key")),
        run_blocking=inline,
        mono=lambda: 0.0,
        wall=lambda: NOW - 3600,
        credentials=credentials,
    )
    await journal.append([OPEN])
    await journal.close()


def test_a_key_that_is_a_credential_is_looked_at_where_there_are_credentials(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    credentials = tmp_path / "credentials"
    create_key(credentials / "journal.key")  # makes the folder, too
    asyncio.run(a_kiosk_with_a_credential(tmp_path, credentials))
    machine = Machine(tmp_path)
    machine.config.write_text(f'{CONFIG}[journal]\nkey_file = "credential:journal.key"\n')
    assert machine.doctor() == 0, "it is handed to the kiosk's service alone"
    assert machine.doctor(credentials=credentials) == 0
    (credentials / "journal.key").unlink()
    capsys.readouterr()
    assert machine.doctor(credentials=credentials) == 1
    said = capsys.readouterr().out
    assert f"{credentials / 'journal.key'}: the kiosk key is missing" in said
    assert "[K-JRN-007]" in said
    assert machine.doctor() == 0


def test_a_matter_without_words_of_its_own_is_told_all_the_same() -> None:
    words = Words("en")
    sentence = matter_says(MatterView("33330001", "lost-in-space", NOW), words)
    assert sentence == words.say("matter.other", book="33330001").translate(NO_ISOLATES)
    assert "33330001" in sentence


def test_simulated_devices_are_called_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine(tmp_path)
    machine.config.write_text("")
    assert machine.doctor() == 0
    assert capsys.readouterr().out.count("Simulated") == 5
    assert machine.made == []


def test_beside_a_real_ils_and_pad_nothing_is_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine(tmp_path)
    machine.config.write_text('[ils]\ndriver = "sip2"\n[pad]\ndriver = "feig-tcp"\n')
    assert machine.doctor() == 0
    assert capsys.readouterr().out.count("Not fitted") == 5, "as `kiosk run` has it"
    assert machine.made == [Device.ILS, Device.PAD]


def test_a_wrong_file_is_told_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = Machine(tmp_path)
    machine.config.write_text('[ils]\ndriver = "sip2"\nport = 70000\n')
    assert machine.doctor() == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "kiosk.toml:3: [ils] port = 70000" in told.err


@pytest.mark.parametrize("seconds", ["x", "0", "-1", "1e9"])
def test_a_wrong_call_is_refused(tmp_path: Path, seconds: str) -> None:
    with pytest.raises(SystemExit) as ended:
        Machine(tmp_path).doctor("--seconds", seconds)
    assert ended.value.code == 2
