"""The settings file in the hands of staff: tried with its changes, kept, and the kiosk set up with it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from kiosk.ils import IlsSettings
from kiosk.maintenance.ports import SettingsDesk
from kiosk.maintenance.views import FieldKind, TestState, TestStep
from kiosk.settings import Keeper, Settings, SettingsFile, load

T = TypeVar("T")

FILE = '[ils]\ndriver = "sip2"\nhost = "ils.example.org"\nlogin_password = "hush"\n'


async def inline(fn: Callable[..., T], /, *args: object) -> T:
    return fn(*args)


class Around:
    """A kiosk that is set up, and an ILS that is tried."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "kiosk.toml"
        self.path.write_text(FILE)
        self.tried: list[IlsSettings] = []
        self.set_up: list[Settings] = []
        self.steps: list[TestStep] = []
        self.file: SettingsDesk = SettingsFile(Keeper(self.path), inline, self._try, self._set_up)

    async def _try(self, settings: IlsSettings, step: Callable[[TestStep], None]) -> None:
        self.tried.append(settings)
        step(TestStep("address", TestState.PASSED))

    async def _set_up(self, settings: Settings) -> None:
        self.set_up.append(settings)


@pytest.fixture
def around(tmp_path: Path) -> Around:
    return Around(tmp_path)


def test_the_ils_is_tried_with_what_was_typed_and_the_file_stays(around: Around) -> None:
    asyncio.run(around.file.try_ils({"ils.port": "6443"}, around.steps.append))
    (tried,) = around.tried
    assert (tried.host, tried.port, tried.login_password) == ("ils.example.org", 6443, "hush")
    assert around.path.read_text() == FILE
    assert [each.key for each in around.steps] == ["address"]


def test_what_cannot_be_settings_is_not_tried(around: Around) -> None:
    asyncio.run(around.file.try_ils({"ils.port": "0"}, around.steps.append))
    around.path.unlink()
    asyncio.run(around.file.try_ils({}, around.steps.append))
    assert around.tried == []
    assert [(each.key, each.state) for each in around.steps] == [("settings", TestState.FAILED)] * 2


def test_a_file_without_an_ils_has_none_to_try(around: Around) -> None:
    around.path.write_text("")
    asyncio.run(around.file.try_ils({}, around.steps.append))
    assert around.steps == [TestStep("no-ils", TestState.FAILED)]


def test_what_was_kept_is_what_the_kiosk_works_with(around: Around) -> None:
    asyncio.run(around.file.keep({"ils.port": "6443", "policy.languages": "de"}))
    assert around.set_up == [load(around.path)]
    assert around.file.field("ils.port") == (FieldKind.NUMBER, "6443", ())
    assert around.set_up[0].policy.languages[0] == "de"


def test_what_is_wrong_is_neither_kept_nor_used(around: Around) -> None:
    assert around.file.problems({"ils.port": "0"}) == {"ils.port": "must be a whole number from 1 to 65535"}
    with pytest.raises(OSError, match="must be a whole number"):
        asyncio.run(around.file.keep({"ils.port": "0"}))
    assert around.path.read_text() == FILE
    assert around.set_up == []


def test_a_file_that_is_gone_is_said(around: Around) -> None:
    around.path.unlink()
    with pytest.raises(OSError, match="No such file"):
        asyncio.run(around.file.keep({"ils.port": "6443"}))


def test_how_much_of_a_profile_is_assumed(around: Around, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('based_on = "koha"\npaging = { value = "none", how = "assumed", source = "no idea" }')
    assert around.file.assumed(("koha", str(own), "nobody", str(tmp_path / "gone.toml"))) == {
        "koha": 0,
        str(own): 1,
    }


def test_plain_text_that_leaves_this_machine_is_told(around: Around) -> None:
    assert around.file.exposed({})
    assert not around.file.exposed({"ils.tls": "on"})
    assert not around.file.exposed({"ils.host": "127.0.0.1"})
    assert not around.file.exposed({"ils.port": "0"}), "of what is wrong nobody can say so"
