"""The file to begin with, and `kiosk config`."""

import re
import subprocess
import sys
import tomllib
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from kiosk.settings import Settings, parse, template
from kiosk.settings.command import main
from kiosk.settings.schema import keys_of

KEY = re.compile(r"^#(?=\S)", re.MULTILINE)
"""What stands in front of a key that is switched off; an explanation begins with `# `."""


def test_it_says_nothing_but_the_defaults() -> None:
    assert parse(template()) == parse("")


def test_uncommented_it_names_every_key_and_can_be_read() -> None:
    text = KEY.sub("", template())
    parse(text)
    tables = tomllib.loads(text)
    for section in fields(Settings):
        assert set(tables[section.name]) == {key.name for key in keys_of(section.name)}, section.name


@pytest.mark.parametrize(
    ("section", "driver"),
    [
        (section.name, driver)
        for section in fields(Settings)
        for key in keys_of(section.name)
        if key.name == "driver"
        for driver in key.hint.__args__
    ],
)
def test_with_each_driver_it_is_what_the_driver_takes(section: str, driver: str) -> None:
    head, name, rest = template().partition(f"\n[{section}]\n")
    own, line, others = rest.partition("\n# ----")
    own = re.sub(r'^driver = ".*"$', f'driver = "{driver}"', own, count=1, flags=re.MULTILINE)
    for key in keys_of(section):
        if key.driver == driver and key.default is MISSING:  # which must be given
            own = own.replace(f"\n#{key.name} =", f"\n{key.name} =")
    settings = parse(head + name + own + line + others)
    assert getattr(settings, section).driver == driver


def test_what_most_libraries_change_comes_first() -> None:
    order = re.findall(r"^#?\[(\w+)\]$", template(), re.MULTILINE)
    wanted = ("policy", "network", "ils", "pad", "printer", "staff", "journal")
    assert [name for name in order if name in wanted] == [name for name in wanted if name in order]
    assert len(order) == len(fields(Settings))


def test_every_line_fits_a_screen() -> None:
    assert max(len(line) for line in template().splitlines() if line.startswith("# ")) <= 96


# ---- kiosk config ---------------------------------------------------------------------------


def test_the_command_prints_what_the_command_checks(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "kiosk", "config"]
    path = tmp_path / "kiosk.toml"
    printed = subprocess.run([*command, "template"], capture_output=True, text=True, check=True)
    path.write_text(printed.stdout)
    checked = subprocess.run([*command, "check", str(path)], capture_output=True, text=True, check=True)
    assert checked.stdout == f"{path}: ok\n"


def test_a_wrong_file_is_said_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text('[screen]\nsize = "big"\n[ils]\ndriver = "sip2"\nport = 0\n')
    assert main(["check", str(path)]) == 2
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(" ")[0] for line in said] == [f"{path}:2:", f"{path}:5:"]


def test_a_file_with_which_no_kiosk_may_run_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text('[pad]\ndriver = "feig-tcp"\n')
    assert main(["check", str(path)]) == 2
    assert "a real [pad] needs a real [ils]" in capsys.readouterr().err


def test_a_password_in_the_file_is_named_and_not_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text('[ils]\ndriver = "sip2"\nlogin_password = "hush"\n')
    assert main(["check", str(path)]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{path}:3: [ils] login_password stands in the settings file as a text.")
    assert "[K-SET-001]" in said
    assert "hush" not in said


def test_a_file_of_this_version_is_not_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text("# mine\n")
    assert main(["migrate", str(path)]) == 0
    assert "is of this version" in capsys.readouterr().out
    assert [each.name for each in tmp_path.iterdir()] == ["kiosk.toml"]
    assert main(["migrate", str(tmp_path / "none.toml")]) == 2
