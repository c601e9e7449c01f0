"""The plug is pulled at each step of taking a file over; the next start makes it good."""

import shutil
from pathlib import Path

import pytest

from kiosk.settings import SettingsError
from tests.firstboot.technician import GOOD, SECRETS, Appliance, CutDisk, PowerCut, hashed

OLD = GOOD.replace("horse battery", "old horse").replace("274951", "883106").replace("Kiosk 2", "Kiosk 1")


@pytest.fixture(params=[False, True], ids=["first boot", "later"])
def edited(tmp_path: Path, request: pytest.FixtureRequest) -> Appliance:
    """A kiosk, new or with settings, and a card that was edited since."""
    kiosk = Appliance(tmp_path / "edited")
    kiosk.state.mkdir()
    if request.param:
        kiosk.edit(OLD)
        kiosk.on()
    kiosk.edit(GOOD)
    return kiosk


def another(kiosk: Appliance, name: str) -> Appliance:
    """One that is the same."""
    place = kiosk.card.parent.with_name(name)
    other = Appliance(place)
    for folder, copy in ((kiosk.card, other.card), (kiosk.state, other.state)):
        shutil.copytree(folder, copy, dirs_exist_ok=True)
    return other


def test_a_power_cut_at_any_step_is_made_good(edited: Appliance) -> None:
    whole, counting = another(edited, "whole"), CutDisk()
    whole.on(counting)
    cuts = [(step, False) for step in range(1, counting.steps + 1)]
    cuts += [(step, True) for step in counting.long]
    assert len(cuts) > 40
    for step, half in cuts:
        kiosk = another(edited, f"{step}-{half}")
        with pytest.raises(PowerCut):
            kiosk.on(CutDisk(step, half=half))
        assert_old_or_new(kiosk)
        assert kiosk.on() == ()
        assert_new(kiosk)
        assert kiosk.answer == whole.answer
        kept = kiosk.files()
        assert kiosk.on() == ()
        assert kiosk.files() == kept, "and it is over"


def assert_old_or_new(kiosk: Appliance) -> None:
    """Half of the settings are nobody's."""
    try:
        settings = kiosk.settings
    except SettingsError:
        assert not kiosk.state.joinpath("kiosk.toml").exists()
        return
    assert settings.ils.sip2 is not None
    pair = settings.staff.kiosk_name, settings.ils.sip2.login_password
    assert pair in {("Kiosk 1", "old horse"), ("Kiosk 2", "horse battery")}


def assert_new(kiosk: Appliance) -> None:
    settings = kiosk.settings
    assert settings.staff.kiosk_name == "Kiosk 2"
    assert settings.ils.sip2 is not None
    assert settings.ils.sip2.login_password == "horse battery"
    assert settings.network.wifi is not None
    assert settings.network.wifi.password == "correct staple"
    assert kiosk.pin == hashed("274951")
    assert not [secret for secret in SECRETS if kiosk.on_card(secret)]
    assert sorted(each.name for each in kiosk.card.iterdir()) == ["kiosk-result.txt", "kiosk.toml"]
    # each file of a secret is named by the settings, or by those before them
    texts = [each.read_text() for each in kiosk.state.glob("kiosk.toml*")]
    for each in kiosk.state.joinpath("secrets").iterdir():
        assert any(f'"secrets/{each.name}"' in text for text in texts), each.name


def test_a_card_that_was_edited_after_the_cut_is_read_anew(edited: Appliance) -> None:
    counting = CutDisk()
    another(edited, "whole").on(counting)
    for step in counting.long:
        kiosk = another(edited, str(step))
        with pytest.raises(PowerCut):
            kiosk.on(CutDisk(step, half=True))
        kiosk.edit(GOOD.replace("Kiosk 2", "Kiosk 3"))
        assert kiosk.on() == ()
        assert kiosk.settings.staff.kiosk_name == "Kiosk 3"
        assert not [secret for secret in SECRETS if kiosk.on_card(secret)]
