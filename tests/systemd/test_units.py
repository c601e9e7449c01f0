"""The units, as the systemd of this machine reads them: complete, shut in, and consistent with each other.

Debian 12 has systemd 252 and Debian 13 has 257; the kiosk's package is for 13. What 252 does not know yet it
says, and ignores; nothing else may be said there.
"""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
UNITS = PROJECT / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
TIMERS = {path.name for path in UNITS.glob("*.timer")}

NEWER_THAN_252 = (
    r"Unknown key( name)? '(RestartMode|ImportCredential)' in section",
    r"Failed to parse boolean value, ignoring: disconnected",
)

# Thresholds in tenths, as --threshold has them, for systemd 257; 252 knows less of what is set, and says
# up to 0.5 more. The kiosk's own is what its users are promised.
EXPOSURE = {
    "kiosk.service": 15,
    "kiosk-confirm.service": 15,
    "kiosk-grow-data.service": 25,
    "kiosk-nightly.service": 10,
    "kiosk-out-of-service.service": 10,
    "kiosk-roll-back.service": 10,
    "kiosk-setup.service": 25,
    "kiosk-update.service": 25,
    "kiosk-wifi.service": 25,
}


def version() -> int:
    """The number of this machine's systemd."""
    said = subprocess.run(["systemd-analyze", "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.split()[1])


def unit_text(name: str) -> str:
    """A unit without its comments."""
    lines = (UNITS / name).read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


def values(name: str, key: str) -> list[str]:
    """All values of a key of a unit."""
    return re.findall(rf"^{key}=(.*)$", unit_text(name), re.MULTILINE)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine of which nothing is there but the units and the programs that they start."""
    folder = tmp_path / "usr/lib/systemd/system"
    folder.mkdir(parents=True)
    for path in (*UNITS.glob("*.service"), *UNITS.glob("*.timer")):
        shutil.copy(path, folder)
    for name in SERVICES:
        for line in re.findall(r"^Exec\w+=([^\s]+)", unit_text(name), re.MULTILINE):
            if line.strip("-@").startswith("/usr/libexec/kiosk/"):
                assert (UNITS / Path(line).name).is_file(), f"{name} starts what nobody brings: {line}"
            if line.startswith(("/", "-/")) and line != "/":
                program = tmp_path / line.removeprefix("-").lstrip("/")
                program.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy("/bin/true", program)
    return tmp_path


def test_systemd_understands_every_line(root: Path) -> None:
    names = [*SERVICES, *TIMERS]
    ran = subprocess.run(
        ["systemd-analyze", "verify", f"--root={root}", "--man=no", "--recursive-errors=no", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    newer = NEWER_THAN_252 if version() < 257 else ()
    said = [line for line in ran.stderr.splitlines() if not any(re.search(each, line) for each in newer)]
    assert said == []
    assert ran.returncode == 0 or newer, ran.stderr


def test_a_word_that_systemd_does_not_know_is_noticed(root: Path) -> None:
    unit = root / "usr/lib/systemd/system/kiosk.service"
    unit.write_text(unit.read_text(encoding="utf-8").replace("PrivateIPC=", "PrivateICP="), encoding="utf-8")
    ran = subprocess.run(
        ["systemd-analyze", "verify", f"--root={root}", "--man=no", "--recursive-errors=no", "kiosk.service"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "PrivateICP" in ran.stderr


def exposed(name: str, threshold: int, unit: Path) -> subprocess.CompletedProcess[str]:
    """Ask systemd how exposed a service is; its status is not 0 above the threshold (tenths)."""
    return subprocess.run(
        [
            "systemd-analyze",
            "security",
            "--offline=true",
            "--no-pager",
            f"--threshold={threshold}",
            str(unit / name),
        ],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_no_more_exposed_than_it_must(name: str) -> None:
    more = 5 if version() < 257 else 0
    ran = exposed(name, EXPOSURE[name] + more, UNITS)
    assert ran.returncode == 0, ran.stdout[-200:]


def test_a_service_that_is_opened_is_above_its_threshold(tmp_path: Path) -> None:
    text = (UNITS / "kiosk.service").read_text(encoding="utf-8").replace("User=kiosk", "User=root")
    (tmp_path / "kiosk.service").write_text(text.replace("SystemCallFilter", "#"), encoding="utf-8")
    assert exposed("kiosk.service", EXPOSURE["kiosk.service"] + 5, tmp_path).returncode != 0


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_limited_and_leaves_no_dump(name: str) -> None:
    for key in ("MemoryMax", "TasksMax", "LimitCORE", "MemorySwapMax"):
        assert len(values(name, key)) == 1, key


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_left_open_has_its_reason(name: str) -> None:
    """Each of these directives is set, or a comment says why it is not."""
    text = (UNITS / name).read_text(encoding="utf-8")
    comments = "\n".join(line for line in text.splitlines() if line.startswith("#"))
    for key in (
        "User",
        "PrivateDevices",
        "PrivateNetwork",
        "MemoryDenyWriteExecute",
        "ProtectHostname",
        "ProtectClock",
        "RestrictNamespaces",
        "SystemCallFilter",
        "CapabilityBoundingSet",
        "RestrictAddressFamilies",
        "NoNewPrivileges",
    ):
        dynamic = key == "User" and values(name, "DynamicUser") == ["yes"]
        assert values(name, key) or dynamic or f"{key}=" in comments, key


def test_all_starts_that_are_allowed_fit_into_their_interval() -> None:
    """Otherwise a kiosk that hangs in each start would be started for ever, and the picture never come."""
    start, stop, pause = (
        int(values("kiosk.service", key)[0]) for key in ("TimeoutStartSec", "TimeoutStopSec", "RestartSec")
    )
    (burst,) = map(int, values("kiosk.service", "StartLimitBurst"))
    (interval,) = values("kiosk.service", "StartLimitIntervalSec")
    assert interval == "10min"
    assert burst * (start + stop + pause) < 600
    # and the picture lasts until the kiosk may be started again
    (shown,) = re.findall(r"out-of-service (\d+)", unit_text("kiosk-out-of-service.service"))
    assert int(shown) >= 600


def test_the_boot_has_no_circle() -> None:
    """Nothing comes before what it comes after, as far as our own units go."""
    after = {
        name: set(" ".join(values(name, "After")).split()) & set(SERVICES)
        | {other for other in SERVICES if name in " ".join(values(other, "Before")).split()}
        for name in SERVICES
    }

    def earlier(name: str, seen: frozenset[str]) -> None:
        assert name not in seen, sorted(seen)
        for each in after[name]:
            earlier(each, seen | {name})

    for name in SERVICES:
        earlier(name, frozenset())
    assert "kiosk-setup.service" in after["kiosk.service"]
    assert "kiosk.service" in after["kiosk-confirm.service"]


@pytest.mark.parametrize("name", ["kiosk-setup.service", "kiosk-confirm.service", "kiosk-roll-back.service"])
def test_a_machine_that_somebody_manages_is_neither_configured_nor_rebooted(name: str) -> None:
    assert "/etc/rauc/system.conf" in values(name, "ConditionPathExists")


def test_only_a_reboot_of_an_unconfirmed_slot_is_ever_ordered() -> None:
    for name in SERVICES:
        actions = re.findall(r"^(?:Failure|Success|StartLimit|JobTimeout)Action=.*$", unit_text(name), re.M)
        assert actions == (["FailureAction=reboot"] if name == "kiosk-roll-back.service" else [])
    assert "!/run/kiosk-confirmed" in values("kiosk-roll-back.service", "ConditionPathExists")


def test_every_unit_that_starts_by_itself_is_enabled_by_the_preset() -> None:
    enabled = set(
        re.findall(r"^enable (\S+)$", (UNITS / "90-kiosk.preset").read_text(encoding="utf-8"), re.M)
    )
    units = {path.name for path in UNITS.glob("*.service")} | TIMERS
    assert enabled & units == {name for name in units if "[Install]" in unit_text(name)}


def test_the_user_has_the_groups_that_the_rules_give_devices_to() -> None:
    declared = (UNITS / "kiosk.sysusers").read_text(encoding="utf-8")
    member = set(re.findall(r"^m kiosk (\S+)$", declared, re.MULTILINE)) | {"kiosk"}
    rules = (UNITS / "90-kiosk.rules").read_text(encoding="utf-8")
    assert set(re.findall(r'GROUP="(\w+)"', rules)) <= member


def test_users_and_folders_are_made(tmp_path: Path) -> None:
    """As on a fresh machine: by systemd's own programs, into a folder."""
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n", encoding="utf-8")
    groups = ("root:x:0:", "lp:x:7:", "dialout:x:20:", "video:x:44:", "input:x:990:", "render:x:991:")
    (etc / "group").write_text("\n".join(groups) + "\n", encoding="utf-8")
    subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", str(UNITS / "kiosk.sysusers")],
        check=True,
        capture_output=True,
    )
    passwd = (etc / "passwd").read_text(encoding="utf-8")
    assert re.search(r"^kiosk:.*:/var/lib/kiosk:/usr/sbin/nologin$", passwd, re.MULTILINE)
    lines = (etc / "group").read_text(encoding="utf-8").splitlines()
    memberships = {line.split(":")[0]: line.split(":")[3] for line in lines}
    for group in ("lp", "dialout", "video", "input", "render", "gpio"):
        assert memberships[group] == "kiosk"


def test_the_folders_of_the_kiosk_are_nobody_elses() -> None:
    lines = [
        line.split()
        for line in (UNITS / "kiosk.tmpfiles").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    modes = {line[1]: tuple(line[2:5]) for line in lines}
    assert {line[0] for line in lines} == {"d"}
    for folder in ("/var/lib/kiosk", "/var/lib/kiosk/secrets", "/var/lib/kiosk/data"):
        assert modes[folder] == ("0700", "kiosk", "kiosk")
    (state,) = values("kiosk.service", "StateDirectory")
    assert f"/var/lib/{state}" in modes


def test_units_are_files_of_sections() -> None:
    """A key outside of any section, or a section misspelt, would be ignored in silence."""
    for name in SERVICES:
        parser = configparser.RawConfigParser(strict=False)
        parser.read_string(unit_text(name))
        assert set(parser.sections()) <= {"Unit", "Service", "Install"}
        assert {"Unit", "Service"} <= set(parser.sections())
