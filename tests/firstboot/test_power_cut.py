"""The plug is pulled at each step of taking a file over; after the next start all is as if it had not been."""

from pathlib import Path

import pytest

from kiosk.settings import SettingsError
from tests.firstboot.technician import GOOD, SECRETS, Appliance, CutDisk, PowerCut, hashed

OLD = GOOD.replace("horse battery", "old horse").replace("274951", "883106").replace("Kiosk 2", "Kiosk 1")


def started(place: Path, *, before: bool) -> Appliance:
    """A kiosk whose card was just edited, with or without settings from before."""
    kiosk = Appliance(place)
    if before:
        kiosk.edit(OLD)
        kiosk.on()
    kiosk.edit(GOOD)
    return kiosk


def steps(place: Path, *, before: bool) -> int:
    """How many steps there are."""
    counting = CutDisk(0, "never")
    started(place, before=before).on(counting)
    return counting.steps


@pytest.mark.parametrize("when", ["before", "half", "after"])
@pytest.mark.parametrize("before", [False, True], ids=["first boot", "later"])
def test_a_power_cut_at_any_step_is_made_good(tmp_path: Path, when: str, before: bool) -> None:
    whole = started(tmp_path / "whole", before=before)
    whole.on()
    cuts = 0
    for step in range(1, steps(tmp_path / "count", before=before) + 1):
        kiosk = started(tmp_path / str(step), before=before)
        with pytest.raises(PowerCut):
            kiosk.on(CutDisk(step, when))
        cuts += 1
        assert_old_or_new(kiosk, before=before)
        assert kiosk.on() == ()
        settings = kiosk.settings
        assert settings.staff.kiosk_name == "Kiosk 2"
        assert settings.ils.sip2 is not None
        assert settings.ils.sip2.login_password == "horse battery"
        assert settings.network.wifi is not None
        assert settings.network.wifi.password == "correct staple"
        assert kiosk.pin == hashed("274951")
        assert not [secret for secret in SECRETS if kiosk.on_card(secret)]
        assert kiosk.answer == whole.answer
        assert sorted(each.name for each in kiosk.card.iterdir()) == ["kiosk-result.txt", "kiosk.toml"]
        assert_no_secret_is_left_over(kiosk)
        kept = kiosk.files()
        assert kiosk.on() == ()
        assert kiosk.files() == kept, "and it is over"
    assert cuts > 25


def assert_no_secret_is_left_over(kiosk: Appliance) -> None:
    """Each file of a secret is named by the settings, or by those before them."""
    texts = [each.read_text() for each in kiosk.state.glob("kiosk.toml*")]
    for each in kiosk.state.joinpath("secrets").iterdir():
        assert any(f'"secrets/{each.name}"' in text for text in texts), each.name


def assert_old_or_new(kiosk: Appliance, *, before: bool) -> None:
    """Half of the settings are nobody's."""
    try:
        settings = kiosk.settings
    except SettingsError:
        assert not before, "the old ones were good"
        assert not kiosk.state.joinpath("kiosk.toml").exists()
        return
    assert settings.ils.sip2 is not None
    pair = settings.staff.kiosk_name, settings.ils.sip2.login_password
    assert pair in {("Kiosk 1", "old horse"), ("Kiosk 2", "horse battery")}


def test_a_card_that_was_edited_after_the_cut_is_read_anew(tmp_path: Path) -> None:
    for step in range(1, steps(tmp_path / "count", before=False) + 1):
        kiosk = started(tmp_path / str(step), before=False)
        with pytest.raises(PowerCut):
            kiosk.on(CutDisk(step, "half"))
        kiosk.edit(GOOD.replace("Kiosk 2", "Kiosk 3"))
        assert kiosk.on() == ()
        assert kiosk.settings.staff.kiosk_name == "Kiosk 3"
        assert not [secret for secret in SECRETS if kiosk.on_card(secret)]
