"""A bundle is fetched over https, in as many pieces as the line wants, and never more than is good."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.machine import AddressSettings, ClockSettings, NetworkSection, files
from kiosk.update.fetching import CHUNK, TRIES, Fetch, bundle_name
from kiosk.update.trouble import Exit, UpdateFailed
from tests.update.appliance import Appliance, Clock
from tests.update.server import Shop, proxy

GOODS = random.Random(1).randbytes(3_000_000)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    shop = Shop(GOODS)
    with shop.open(tmp_path) as authority:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield shop


def fetch(shop: Shop, folder: Path, url: str = "", largest: int = 2**30) -> Path:
    path = Fetch(url or shop.url, folder / "update", Clock().pause, largest).fetch()
    assert path is not None
    return path


def test_in_one_piece(shop: Shop, tmp_path: Path) -> None:
    path = fetch(shop, tmp_path)
    assert path.read_bytes() == GOODS
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name]


def test_a_line_that_breaks_is_gone_on_with(shop: Shop, tmp_path: Path) -> None:
    shop.breaks = [10 * CHUNK, 20 * CHUNK + 7]
    assert fetch(shop, tmp_path).read_bytes() == GOODS
    assert shop.asked == ["", f"bytes={10 * CHUNK}-", f"bytes={30 * CHUNK}-"]


def test_a_download_that_was_given_up_goes_on_the_next_day(shop: Shop, tmp_path: Path) -> None:
    shop.breaks = [2 * CHUNK] * TRIES
    with pytest.raises(UpdateFailed, match="Try again later: it goes on where it stopped") as failed:
        fetch(shop, tmp_path)
    assert failed.value.status == Exit.NETWORK
    assert fetch(shop, tmp_path).read_bytes() == GOODS
    assert shop.asked[-1] == f"bytes={2 * CHUNK * TRIES}-"


def test_another_file_of_the_same_name_is_begun_anew(shop: Shop, tmp_path: Path) -> None:
    shop.breaks = [2 * CHUNK] * TRIES
    shop.goods = GOODS[::-1] + b"more"
    with pytest.raises(UpdateFailed):
        fetch(shop, tmp_path)
    shop.goods, shop.etag, shop.breaks = GOODS, '"two"', []
    assert fetch(shop, tmp_path).read_bytes() == GOODS


def test_a_server_that_cannot_name_its_file_is_asked_for_all_of_it(shop: Shop, tmp_path: Path) -> None:
    shop.etag = 'W/"weak"'
    shop.breaks = [2 * CHUNK]
    assert fetch(shop, tmp_path).read_bytes() == GOODS
    assert shop.asked == ["", ""]


@pytest.mark.parametrize("says_length", [True, False])
def test_what_is_too_large_is_not_kept(shop: Shop, tmp_path: Path, *, says_length: bool) -> None:
    shop.says_length = says_length
    with pytest.raises(UpdateFailed, match="larger than any bundle") as failed:
        fetch(shop, tmp_path, largest=2_000_000)
    assert failed.value.status == Exit.NO_ROOM
    assert not list((tmp_path / "update").glob("*.raucb*"))


def test_there_is_no_such_bundle(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(UpdateFailed, match="does not give it \\(404") as failed:
        fetch(shop, tmp_path, url=shop.url.replace("kiosk.", "other."))
    assert failed.value.status == Exit.NETWORK
    assert len(shop.asked) == 1


def test_plain_http_is_refused(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(UpdateFailed, match="over https only") as failed:
        fetch(shop, tmp_path, url=shop.url.replace("https", "http"))
    assert failed.value.status == Exit.REFUSED
    assert shop.asked == []


def test_a_server_whose_certificate_nobody_knows_is_not_believed(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(UpdateFailed, match="does not prove that it is") as failed:
        fetch(shop, tmp_path)
    assert failed.value.status == Exit.NETWORK
    assert shop.asked == []


def test_the_proxy_of_the_settings_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As kiosk-update.service has it: what `kiosk setup` writes of [network] is its environment."""
    shop, host = Shop(GOODS), "updates.example.org"
    with shop.open(tmp_path, name=host) as authority, proxy(shop.port) as (address, asked):
        network = NetworkSection("wired", place=AddressSettings(proxy=address))
        (told,) = [
            each for path, each in files(network, ClockSettings()).items() if path.name == "environment"
        ]
        assert told is not None
        for line in told.text.splitlines()[1:]:
            monkeypatch.setenv(*line.split("=", 1))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
        assert fetch(shop, tmp_path, url=f"https://{host}/kiosk.raucb").read_bytes() == GOODS
    assert asked == [f"{host}:443"]


def test_nobody_is_there(tmp_path: Path) -> None:
    clock = Clock()
    with pytest.raises(UpdateFailed, match="cannot be reached"):
        Fetch("https://127.0.0.1:1/kiosk.raucb", tmp_path, clock.pause).fetch()
    assert clock.now > Clock().now


def test_it_is_fetched_installed_and_removed(shop: Shop, appliance: Appliance) -> None:
    path = appliance.places.downloads / bundle_name(shop.url)
    said = appliance.update("install", shop.url)
    assert said.status == Exit.DONE, said.err
    assert appliance.asked == [f"rauc install {path}"]
    assert list(appliance.places.downloads.iterdir()) == []


def test_what_is_refused_is_removed_too(shop: Shop, appliance: Appliance) -> None:
    appliance.says("info", "info-foreign")
    assert appliance.update("install", shop.url).status == Exit.REFUSED
    assert list(appliance.places.downloads.iterdir()) == []
