"""Paper: black or nothing, packed as printers take it."""

import pytest

from kiosk.typeset import Sheet, Style, Typesetter


def test_one_bit_is_one_dot_and_the_first_is_the_highest():
    sheet = Sheet(16)
    sheet.bar(0, 0, 1, 1)
    sheet.bar(15, 1, 1, 1)
    sheet.bar(4, 2, 8, 1)
    dots = sheet.dots(4)
    assert (dots.width, dots.height) == (16, 4)
    assert dots.bits.hex(" ", 2) == "8000 0001 0ff0 0000"


def test_the_picture_is_black_on_white():
    sheet = Sheet(8)
    sheet.bar(0, 0, 3, 1)
    assert [sheet.dots(1).image().convert("L").getpixel((x, 0)) for x in range(4)] == [0, 0, 0, 255]


def test_white_on_black_and_what_leaves_the_paper():
    sheet = Sheet(8)
    sheet.bar(-5, -5, 50, 6)
    sheet.bar(2, 0, 2, 9, white=True)
    sheet.bar(3, 0, 0, 5)
    assert sheet.dots(2).bits == b"\xcf\x00"


@pytest.mark.parametrize("width", [0, 7, 577, -8])
def test_a_width_is_whole_bytes(width):
    with pytest.raises(ValueError, match="multiple of 8"):
        Sheet(width)


def test_a_text_has_its_ink_in_its_box_at_any_width(tmp_path):
    said = Typesetter(tmp_path).set("Lighthouse", Style(40, 700))
    sheet = Sheet(400)
    sheet.text(said, 16, 10)
    image = sheet.dots(80).image().convert("L").point(lambda grey: 255 - grey)
    left, top, right, bottom = image.getbbox()
    assert 14 <= left <= 22
    assert abs(right - 16 - said.width) <= 4
    assert 10 <= top < bottom <= 10 + said.height
