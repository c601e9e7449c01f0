"""Text in any script becomes one bitmap, of the size that was asked for, in the fonts that we name."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.typeset import (
    Align,
    Bitmap,
    BoxStyle,
    Direction,
    FontsMissing,
    Icons,
    Shadow,
    Shape,
    Style,
    Typesetter,
    circle,
    draw,
    patch,
    rounded,
)
from kiosk.typeset.drawing import commands
from kiosk.typeset.fonts import PACKAGES, write_fonts_conf

BODY = Style(25, 600)
TITLE = "A Field Guide to Mosses and Liverworts of the Northern Woods"


@pytest.fixture(scope="module")
def typesetter(tmp_path_factory: pytest.TempPathFactory) -> Typesetter:
    return Typesetter(tmp_path_factory.mktemp("fonts"))


def ink(bitmap: Bitmap) -> list[tuple[int, int]]:
    """Where there is ink, x and y."""
    alpha = bitmap.rgba[3::4]
    return [(at % bitmap.width, at // bitmap.width) for at, value in enumerate(alpha) if value > 64]


def test_a_mask_is_white_and_holds_all_ink(typesetter):
    set_text = typesetter.set("Ägypten", BODY)
    mask = set_text.mask
    assert len(mask.rgba) == 4 * mask.width * mask.height
    assert set(mask.rgba[0::4]) == {255}
    across = [x for x, _ in ink(mask)]
    assert min(across) >= set_text.bleed - 2
    assert max(across) <= set_text.bleed + set_text.width + 2


@pytest.mark.parametrize(
    "text",
    [
        "Lighthouse",
        "Мастер и Маргарита",
        "Ελλάδα",
        "كليلة ودمنة",
        "שלום עולם",
        "红楼梦",
        "かな",
        "한글",
        "हिन्दी",
        "สวัสดี",
    ],
)
def test_no_script_falls_into_boxes(typesetter, text):
    # The box for a missing glyph is the same for all: so its letters would all look alike.
    layout = typesetter._layout(text, BODY, None, None, Direction.AUTO, 0)
    assert layout.get_unknown_glyphs_count() == 0


def test_lines_have_the_same_pitch_in_every_script(typesetter):
    heights = {typesetter.set(text, BODY).height for text in ("Aa", "كليلة", "红楼梦", "สวัสดี")}
    assert heights == {30}


def test_two_lines_and_then_an_ellipsis(typesetter):
    whole = typesetter.set(TITLE, BODY, width=500, lines=2)
    assert (whole.lines, whole.cut) == (2, False)
    cut = typesetter.set(f"{TITLE} and Elsewhere, in Two Volumes", BODY, width=500, lines=2)
    assert (cut.lines, cut.cut) == (2, True)
    assert cut.width <= 500


def test_an_arabic_title_is_cut_at_its_own_end(typesetter):
    text = "كتاب طويل العنوان جدا لا يسعه السطر الواحد في هذا المكان"
    cut = typesetter.set(text, BODY, width=200, lines=1)
    assert cut.cut
    # Its end is at the left: three dots stand there, on the baseline, and nothing above them.
    first = min(x for x, _ in ink(cut.mask))
    dots = [y for x, y in ink(cut.mask) if x < first + 6]
    assert max(dots) - min(dots) <= 6


def test_alignment_is_within_the_widest_line(typesetter):
    left, right = (
        typesetter.set("wide wide wide\nx", BODY, align=align).mask for align in (Align.LEFT, Align.RIGHT)
    )
    second = [x for x, y in ink(left) if y > left.height * 0.55]
    mirrored = [x for x, y in ink(right) if y > right.height * 0.55]
    assert max(second) < min(mirrored)


def test_base_direction_of_our_own_texts(typesetter):
    ltr = typesetter.set("abc.", BODY, direction=Direction.LTR).mask
    rtl = typesetter.set("abc.", BODY, direction=Direction.RTL).mask
    assert ltr.rgba != rtl.rgba


def test_tabular_figures_are_all_as_wide(typesetter):
    wide = {typesetter.set(str(digit) * 4, Style(40, tabular=True)).width for digit in range(10)}
    assert len(wide) == 1


def test_letters_that_join_are_not_spaced(typesetter):
    plain, spaced = (typesetter.set("كليلة", Style(40, tracking=tracking)) for tracking in (0.0, 0.3))
    assert plain.width == spaced.width
    assert typesetter.set("abc", Style(40, tracking=0.3)).width > typesetter.set("abc", Style(40)).width


def test_a_word_that_is_broken_is_told(typesetter):
    assert typesetter.set("Donaudampfschifffahrt", BODY, width=80).split
    assert not typesetter.set("Put it back", BODY, width=80).split
    assert not typesetter.set("红楼梦红楼梦红楼梦", BODY, width=80).split


def test_the_first_letters_may_be_bold(typesetter):
    assert (
        typesetter.set("After this: go", Style(25), strong=11).width
        > typesetter.set("After this: go", Style(25)).width
    )


@settings(max_examples=40)
@given(st.text(max_size=60), st.integers(20, 300), st.integers(1, 3))
def test_any_text_can_be_set(typesetter, text, width, lines):
    made = typesetter.set(text, BODY, width=width, lines=lines)
    assert len(made.mask.rgba) == 4 * made.mask.width * made.mask.height


def test_what_was_set_can_be_forgotten(typesetter):
    first = typesetter.set("secret", BODY)
    assert typesetter.set("secret", BODY) is first
    typesetter.forget()
    assert typesetter.set("secret", BODY) is not first


# ---- fonts ----------------------------------------------------------------------------------


def test_missing_fonts_are_named_by_their_packages(tmp_path: Path):
    with pytest.raises(FontsMissing, match="fonts-inter fonts-noto-core fonts-noto-cjk") as caught:
        write_fonts_conf(tmp_path / "cache", (tmp_path,))
    assert caught.value.packages == tuple(PACKAGES)
    (tmp_path / "inter").mkdir()
    (tmp_path / "inter" / "Inter-Regular.otf").touch()
    with pytest.raises(FontsMissing) as caught:
        write_fonts_conf(tmp_path / "cache", (tmp_path,))
    assert caught.value.packages == ("fonts-noto-core", "fonts-noto-cjk")


def test_the_font_configuration_names_our_fonts_only(tmp_path: Path):
    text = write_fonts_conf(tmp_path).read_text()
    assert "<glob>*</glob>" in text
    assert "Inter-Regular" in text
    assert "DejaVu" not in text


# ---- drawing --------------------------------------------------------------------------------


def test_colours_are_straight_not_multiplied_by_alpha():
    bitmap = draw([Shape(rounded(0, 0, 4, 4), fill=(1.0, 0.5, 0.0, 0.5))], 4, 4)
    assert bitmap.rgba[:4] in {bytes((255, green, 0, 128)) for green in range(126, 130)}


def test_paths_are_read_as_svg_says():
    assert commands("M1 2h3v-4l1 1z") == (
        ("M", (1, 2)),
        ("L", (4, 2)),
        ("L", (4, -2)),
        ("L", (5, -1)),
        ("Z", ()),
    )
    assert commands("m1 1 2 2") == (("M", (1, 1)), ("L", (3, 3)))
    # A smooth curve mirrors the control point of the one before.
    assert commands("M0 0C0 1 1 2 2 2S4 1 4 0")[2] == ("C", (3, 2, 4, 1, 4, 0))
    name, (x, y, rx, ry, *_) = commands("M0 5a5 5 0 1 1 10 0")[1]
    assert (name, round(x, 6), round(y, 6), rx, ry) == ("A", 5, 5, 5, 5)
    with pytest.raises(ValueError, match="not a path"):
        commands("M0 0 Q1 1 2 2")


def test_a_circle_is_round():
    bitmap = draw([Shape(circle(20, 20, 15), fill=(0, 0, 0, 1))], 40, 40)
    area = sum(bitmap.rgba[3::4]) / 255
    assert abs(area - 3.14159 * 225) < 4


def test_every_icon_can_be_drawn_and_none_is_empty():
    svg = (Path(__file__).parents[2] / "kiosk" / "screens" / "icons.svg").read_text()
    icons = Icons(svg)
    assert len(icons.names) > 40
    for name in icons.names:
        assert ink(icons.mask(name, 44)), name


def test_arrows_can_be_mirrored():
    icons = Icons('<svg xmlns="http://www.w3.org/2000/svg"><symbol id="a"><path d="M4 4v16"/></symbol></svg>')
    left = {x for x, _ in ink(icons.mask("a", 48))}
    right = {x for x, _ in ink(icons.mask("a", 48, mirrored=True))}
    assert max(left) < 24 <= min(right)


def test_a_nine_patch_has_corners_that_are_not_stretched():
    plain = patch(BoxStyle((18,) * 4, fill=(1, 1, 1, 1)))
    assert plain.outset == 0
    assert plain.border >= 18
    assert plain.bitmap.width > 2 * plain.border
    cast = patch(BoxStyle((18,) * 4, fill=(1, 1, 1, 1), shadow=Shadow(2, 10, (0, 0, 0, 0.1))))
    assert cast.outset >= 12
    middle = cast.bitmap.width // 2
    under = cast.bitmap.rgba[4 * ((cast.bitmap.height - cast.outset) * cast.bitmap.width + middle) + 3]
    assert 0 < under < 60
