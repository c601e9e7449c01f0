"""The theme keeps what it promises about contrast."""

import itertools

import pytest

from kiosk.circulation.views import Theme
from kiosk.screens.theme import COVERS, PALETTES, Metrics, contrast, cover_of

TEXT, PARTS = 7.0, 3.0


@pytest.mark.parametrize("theme", Theme)
def test_text_can_be_read(theme):
    palette = PALETTES[theme]
    grounds = (palette.paper, palette.surface, palette.well)
    for ground in grounds:
        assert contrast(palette.ink, ground) >= TEXT
    for ground in (palette.paper, palette.surface):
        assert contrast(palette.ink2, ground) >= TEXT
    assert contrast(palette.on_primary, palette.primary) >= TEXT
    assert contrast(palette.on_alarm, palette.alarm) >= TEXT
    for tone in (palette.asking, palette.lent, palette.safe, palette.refused, palette.staff):
        assert contrast(tone.text, tone.tint) >= TEXT
        assert contrast(tone.text, palette.surface) >= TEXT


@pytest.mark.parametrize("theme", Theme)
def test_what_can_be_touched_is_seen_to_have_an_edge(theme):
    palette = PALETTES[theme]
    for part, ground in itertools.product((palette.edge, palette.primary), (palette.paper, palette.surface)):
        assert contrast(part, ground) >= PARTS
    assert contrast(palette.arrow, palette.glow) >= PARTS
    assert contrast(palette.arrow, palette.well) >= PARTS
    # The ring and what is inside it part from each other, whatever they lie on.
    assert contrast(palette.ring, palette.ring_inside) >= PARTS


def test_a_white_letter_can_be_read_on_every_cover():
    assert all(contrast("FFFFFF", cover) >= TEXT for cover in COVERS)


def test_neighbours_by_number_have_different_covers():
    covers = [cover_of(f"3000{digit}") for digit in range(8)]
    assert len(set(covers)) == len(COVERS)


def test_the_regions_are_those_of_the_drawings():
    large, at_160, small = (
        Metrics.of(size, text) for size, text in (((1280, 800), 100), ((1280, 800), 160), ((800, 480), 100))
    )
    assert (large.header, large.target, large.bar, large.primary, large.compact) == (96, 72, 142, 118, False)
    assert (at_160.header, at_160.target, at_160.bar, at_160.primary, at_160.compact) == (
        108,
        84,
        146,
        118,
        True,
    )
    assert (small.header, small.target, small.bar, small.primary, small.compact) == (74, 62, 116, 104, True)


def test_text_is_never_too_small():
    for role in ("small", "label", "body", "title", "status", "second", "tiny"):
        assert Metrics.of((1280, 800), 100).style(role).px >= 20
        assert Metrics.of((800, 480), 100).style(role).px >= 17
        # A capital of Inter is 0.727 em: 39 px are 4.8 mm at 5.9 px/mm.
        assert Metrics.of((1280, 800), 160).style(role).px * 0.727 / 5.9 >= 4.8
