"""`kiosk update latest`: a kiosk that updates itself, when there is something newer, and nobody is there."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.update.command import numbers
from kiosk.update.trouble import Exit
from tests.update.appliance import CAME_BACK, RECORDED, Appliance, Said
from tests.update.server import Shop


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    shop = Shop(b"a bundle")
    with shop.open(tmp_path) as authority:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield shop


@pytest.fixture
def config(shop: Shop, tmp_path: Path) -> Path:
    file = tmp_path / "kiosk.toml"
    file.write_text(f'[update]\nurl = "{shop.url}"\n')
    return file


def offers(appliance: Appliance, version: str) -> None:
    """The bundle at the address is of this version."""
    told = json.loads((RECORDED / "info-good.json").read_text())["out"]
    appliance.made_up("info", (0, told.replace('"version":"0.1.0"', f'"version":"{version}"'), ""))


def latest(appliance: Appliance, config: Path) -> Said:
    return appliance.update("latest", "--restart", "--config", str(config))


def installs(appliance: Appliance) -> int:
    return sum(line.startswith("rauc install") for line in appliance.asked)


def test_what_is_newer_is_installed_and_the_machine_restarts(appliance: Appliance, config: Path) -> None:
    offers(appliance, "0.2.0")
    appliance.beats()
    said = latest(appliance, config)
    assert said.status == Exit.DONE, said.err
    assert installs(appliance) == 1
    assert appliance.asked[-1] == "systemctl reboot"
    assert list(appliance.places.downloads.iterdir()) == []


def test_the_next_night_it_is_not_even_fetched(appliance: Appliance, config: Path, shop: Shop) -> None:
    offers(appliance, "0.2.0")
    latest(appliance, config)
    said = latest(appliance, config)
    assert (said.status, said.out) == (Exit.DONE, "Nothing new.\n")
    assert installs(appliance) == 1
    shop.etag = '"two"'
    assert latest(appliance, config).status == Exit.DONE
    assert installs(appliance) == 2


@pytest.mark.parametrize("version", ["0.1.0", "0.0.12"])
def test_what_is_not_newer_is_left(appliance: Appliance, config: Path, version: str) -> None:
    offers(appliance, version)
    assert "is not newer than 0.1.0" in latest(appliance, config).out
    assert appliance.asked == []


def test_what_the_kiosk_came_back_from_is_not_tried_again(appliance: Appliance, config: Path) -> None:
    appliance.says("status", CAME_BACK)
    offers(appliance, "0.2.0")
    assert "was tried before" in latest(appliance, config).out
    assert appliance.asked == []


def test_what_is_refused_is_not_fetched_every_night(appliance: Appliance, config: Path) -> None:
    appliance.says("info", "info-foreign")
    assert latest(appliance, config).status == Exit.REFUSED
    assert latest(appliance, config).out == "Nothing new.\n"


@pytest.mark.parametrize("nobody", ["attract", "cannot-lend", "blank"])
def test_nobody_is_disturbed(appliance: Appliance, config: Path, nobody: str) -> None:
    offers(appliance, "0.2.0")
    appliance.beats(screen="loan")
    began = appliance.clock.now

    def leaves() -> None:
        if appliance.clock.now >= began + 300:
            appliance.beats(screen=nobody)

    appliance.clock.then = leaves
    latest(appliance, config)
    assert appliance.asked[-1] == "systemctl reboot"
    assert appliance.clock.now >= began + 350


def test_without_an_address_nothing_is_done(appliance: Appliance, tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text("")
    said = latest(appliance, file)
    assert (said.status, appliance.asked) == (Exit.DONE, [])
    assert "[update] url is empty" in said.out


def test_an_address_without_tls_is_a_wrong_setting(appliance: Appliance, tmp_path: Path) -> None:
    file = tmp_path / "kiosk.toml"
    file.write_text('[update]\nurl = "http://updates.example.org/kiosk.raucb"\n')
    said = latest(appliance, file)
    assert said.status == 2
    assert "kiosk.toml:2: [update] url" in said.err


def test_versions_are_compared_by_their_numbers() -> None:
    assert numbers("1.10.0") > numbers("1.9.9")
    assert numbers("0.2") > numbers("0.1.9")
