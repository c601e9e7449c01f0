"""Telling screens apart, on the pictures of the docs."""

from pathlib import Path

from PIL import Image

from tests.appliance import screen

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
LOAN = PICTURES / "loan.png"


def test_a_screen_of_the_kiosk_is_one(tmp_path):
    assert screen.drawn(LOAN)
    assert screen.offers_finish(LOAN)
    assert screen.safe_rows(LOAN) == 1


def test_the_attract_screen_is_none_that_cannot_lend():
    attract, closed = PICTURES / "appliance-attract.png", PICTURES / "appliance-needs-staff.png"
    assert screen.attracts(attract)
    assert screen.needs_staff(closed)
    for other in ("loan", "appliance-loan", "account", "appliance-wrong-file", "wrong-settings"):
        assert screen.drawn(PICTURES / f"{other}.png")
    for other in (
        closed,
        *(PICTURES / f"{each}.png" for each in ("loan", "appliance-loan", "wrong-settings")),
    ):
        assert not screen.attracts(other)
    for other in (
        attract,
        *(PICTURES / f"{each}.png" for each in ("loan", "appliance-loan", "wrong-settings")),
    ):
        assert not screen.needs_staff(other)


def test_the_screen_of_wrong_settings_is_told_from_others():
    for name in ("wrong-settings", "appliance-wrong-file"):
        assert screen.wants_settings(PICTURES / f"{name}.png")
    for name in ("loan", "appliance-attract", "appliance-needs-staff", "out-of-service"):
        assert not screen.wants_settings(PICTURES / f"{name}.png")


def test_a_dark_display_and_a_console_are_none(tmp_path):
    for ground in ("black", "#F6F1E7"):
        Image.new("RGB", (1280, 800), ground).save(tmp_path / "blank.png")
        assert not screen.drawn(tmp_path / "blank.png")
        assert not screen.offers_finish(tmp_path / "blank.png")
        assert not screen.out_of_service(tmp_path / "blank.png")
    assert screen.out_of_service(PICTURES / "out-of-service.png")
