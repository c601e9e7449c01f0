"""No patron and no password in a log."""

from hypothesis import given
from hypothesis import strategies as st

from kiosk.sip2 import masked

DATE = "20270102    101112"


def test_patron_and_passwords_are_masked_wherever_they_stand():
    assert masked(f"11NN{DATE}{DATE}AOlib|AA21000001|AB39000001|ACtpw|AD1234|BON|AY3AZ1234".encode()) == (
        f"11NN{DATE}{DATE}AOlib|AA***|AB39000001|AC***|AD***|BON|AY3AZ1234"
    )
    assert masked("9300CNkiosk|COpw|CPdesk|AY0AZF217") == "9300CNkiosk|CO***|CPdesk|AY0AZF217"


def test_the_first_field_behind_the_fixed_ones_is_masked_too():
    assert masked(f"35{DATE}AA21000001|AD1234|\r") == f"35{DATE}AA***|AD***|"
    assert masked(f"24{' ' * 14}001{DATE}AA21000001|AE|") == f"24{' ' * 14}001{DATE}AA***|AE|"


def test_empty_values():
    assert masked(f"63001{DATE}  Y       AO|AA|AC|AD|") == f"63001{DATE}  Y       AO|AA***|AC|AD***|"


def test_values_that_only_look_like_it_stay():
    assert masked(f"17{DATE}AOAARHUS|ABAD12|") == f"17{DATE}AOAARHUS|ABAD12|"


def test_a_torn_frame_does_not_tell_either():
    assert masked(f"11NN{DATE}{DATE}AOlib|AA2100") == f"11NN{DATE}{DATE}AOlib|AA***"
    assert masked("63AA21000001|AD1234|") == "63AA***|AD***|"
    assert masked("??AA21000001|AD1234") == "??AA***|AD***"
    torn = f"121NNY{DATE}AOlib|AB390"
    next_one = f"64{' ' * 14}001{DATE}000000010002000000000000AA21000001|AEx|"
    assert "21000001" not in masked(torn + next_one)


def test_other_messages_are_known_by_their_width():
    assert masked(f"101YNN{DATE}AOlib|CY21000002|DAEmily|") == f"101YNN{DATE}AOlib|CY***|DA***|"


def test_who_had_a_returned_item_and_who_waits_for_it_do_not_show():
    ten = f"101YNY{DATE}AOlib|AB39000001|AQMain|AA21000001|CV01|CTMain|CY21000002|DAEmily|AY3AZ1234"
    assert masked(ten) == f"101YNY{DATE}AOlib|AB39000001|AQMain|AA***|CV01|CTMain|CY***|DA***|AY3AZ1234"
    assert masked(f"101YNY{DATE}AA21000001|AB1|") == f"101YNY{DATE}AA***|AB1|"
    twenty_nine = f"29NN{DATE}{DATE}AOlib|AA21000001|AD1234|AB39000001|BON|"
    assert masked(twenty_nine) == f"29NN{DATE}{DATE}AOlib|AA***|AD***|AB39000001|BON|"


def test_who_a_patron_is_and_how_they_are_reached_does_not_show():
    personal = "AEAnna Kern|BD12 Mill Lane|BEanna@example.org|BF030 555|PB19800101|PZ10115|XI4711|"
    hidden = "AE***|BD***|BE***|BF***|PB***|PZ***|XI***|"
    head = f"64{' ' * 14}001{DATE}{'0' * 24}AOlib|"
    assert masked(f"{head}AA21000001|{personal}BLY|AFWelcome|") == f"{head}AA***|{hidden}BLY|AFWelcome|"
    assert (
        masked(f"24{' ' * 14}001{DATE}AOlib|AA2|{personal}") == f"24{' ' * 14}001{DATE}AOlib|AA***|{hidden}"
    )


def test_one_line_of_text():
    assert masked("94\x00\x1b[2J\u2028é".encode()) == "94\\x00\\x1b[2J\\u2028é"
    assert masked(b"94\xff") == "94\ufffd"


@given(st.binary(max_size=200))
def test_any_bytes_make_one_line(data):
    assert len(masked(data).splitlines()) <= 1


@given(
    code=st.sampled_from(["11", "63", "64", "23", "24", "35", "36", "12", "17", "99", "xx", "6", ""]),
    filler=st.text(alphabet="0 1YNUZ", max_size=60),
    tail=st.sampled_from(["", "|", "|AY1AZ0000", "AY1AZ0000"]),
)
def test_a_patron_behind_a_delimiter_never_shows(code, filler, tail):
    assert "21000001" not in masked(f"{code}{filler}AOx|AA21000001{tail}")
