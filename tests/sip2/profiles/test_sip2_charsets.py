"""Charsets that a profile may name, by what they do to a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.sip2 import Checkout, Profile, ProfileError, decode
from kiosk.sip2.conversation import to_bytes
from kiosk.sip2.dates import moment_of
from kiosk.sip2.errors import EncodeError

OF_USE = ("utf-8", "cp850", "latin-1", "ascii", "cp1251", "iso8859-15", "koi8-r", "euc_kr", "gb2312", "cp949")


def lending(title: str, charset: str) -> bytes:
    now = moment_of(1.8e9)
    return to_bytes(
        Checkout(
            date=now, nb_due_date=now, institution="", patron="1", item="2", terminal_password="",
            item_properties=title,
        ),
        Profile(charset=charset),
    )  # fmt: skip


@pytest.mark.parametrize("charset", OF_USE)
@given(text=st.text(min_size=1, max_size=60))
def test_whatever_a_value_holds_the_frame_is_cut_where_it_was_joined(charset, text):
    try:
        frame = lending(text, charset)
    except EncodeError:
        return
    assert frame.startswith(b"11NN")
    assert frame.count(b"|") == 5
    assert not any(byte < 0x20 or byte == 0x7F for byte in frame)
    assert decode(frame.decode(charset)).item_properties == text


@pytest.mark.parametrize(
    ("charset", "why"),
    [
        ("iso2022_jp", "writes control bytes"),
        ("iso2022_kr", "writes control bytes"),
        ("utf-8-sig", "does not write ASCII as it is"),
        ("utf-16", "does not write ASCII as it is"),
        ("utf-7", "does not write ASCII as it is"),
        ("hz", "does not write ASCII as it is"),
        ("cp037", "does not write ASCII as it is"),
        ("punycode", "does not write ASCII as it is"),
        ("unicode_escape", "does not write ASCII as it is"),
        ("raw_unicode_escape", "takes ASCII for other letters"),
        ("idna", "is no charset that contains ASCII"),
        ("rot13", "is no charset that contains ASCII"),
        ("hex", "is no charset that contains ASCII"),
        ("klingon", "is no charset that contains ASCII"),
        ("", "is no charset that contains ASCII"),
        ("gbk", r"writes some letters with the byte of the delimiter '\|'"),
        ("cp932", r"writes some letters with the byte of the delimiter '\|'"),
        ("big5", r"writes some letters with the byte of the delimiter '\|'"),
    ],
)
def test_a_charset_that_would_spoil_messages_is_named_with_its_remedy(charset, why):
    with pytest.raises(ProfileError, match=rf"^charset: '.*' {why}.*; set the ILS and the kiosk to 'utf-8'"):
        Profile(charset=charset)


def test_it_depends_on_the_delimiter():
    assert Profile(charset="gbk", delimiter="!").charset == "gbk"
    with pytest.raises(ProfileError, match="the delimiter '~'"):
        Profile(charset="gbk", delimiter="~")


@pytest.mark.parametrize("delimiter", ["A", "7", " ", "", "||", "\r", "¦"])
def test_a_delimiter_is_one_sign_that_no_id_holds(delimiter):
    with pytest.raises(ProfileError, match=r"^delimiter: .* is not one sign of ASCII, such as '\|'"):
        Profile(delimiter=delimiter)
