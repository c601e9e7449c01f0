"""Telling screens apart, on the pictures of the docs."""

from pathlib import Path

from PIL import Image

from tests.appliance import screen

LOAN = Path(__file__).parents[2] / "docs" / "pictures" / "loan.png"


def test_a_screen_of_the_kiosk_is_one(tmp_path):
    assert screen.drawn(LOAN)
    assert screen.offers_finish(LOAN)
    assert screen.safe_rows(LOAN) == 1


def test_a_dark_display_and_a_console_are_none(tmp_path):
    for ground in ("black", "#F6F1E7"):
        Image.new("RGB", (1280, 800), ground).save(tmp_path / "blank.png")
        assert not screen.drawn(tmp_path / "blank.png")
        assert not screen.offers_finish(tmp_path / "blank.png")
