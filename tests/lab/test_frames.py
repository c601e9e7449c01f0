"""The judge's own reading of SIP2 frames, held against the client's masking and the simulator's sums."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.lab.frames import FIXED, core, masked, parse, spoilt
from kiosk.simulator.sip import checksum
from kiosk.sip2.masking import masked as masked_by_client

VALUES = st.text(st.characters(exclude_characters="|\r\0", exclude_categories=["Cs"]), max_size=30)
FIELDS = st.lists(st.tuples(st.sampled_from(["AA", "AB", "AC", "AD", "AE", "AF", "AJ", "AO", "AU"]), VALUES))


def framed(code: str, fields: list[tuple[str, str]]) -> str:
    body = code + "0" * FIXED[code] + "".join(f"{name}{value}|" for name, value in fields) + "AY3AZ"
    return body + checksum(body.encode()).decode()


@given(code=st.sampled_from(sorted(FIXED)), fields=FIELDS)
def test_the_logs_copy_and_the_ils_own_are_known_as_one(code: str, fields: list[tuple[str, str]]) -> None:
    frame = framed(code, fields)
    assert core(masked_by_client(frame)) == core(frame)


@given(code=st.sampled_from(sorted(FIXED)), fields=FIELDS)
def test_every_field_is_found(code: str, fields: list[tuple[str, str]]) -> None:
    message = parse(framed(code, fields))
    assert message.code == code
    assert len(message.fixed) == FIXED[code]
    assert message.checked
    for name in {name for name, _ in fields}:
        assert message.fields[name] == tuple(value for each, value in fields if each == name)


@given(fields=FIELDS, place=st.integers(2, 20))
def test_one_flipped_bit_is_noticed(fields: list[tuple[str, str]], place: int) -> None:
    frame = framed("12", fields)
    assert not spoilt(frame)
    assert spoilt(frame[:place] + chr(ord(frame[place]) ^ 1) + frame[place + 1 :])


@given(st.text())
def test_garbage_is_read_without_a_word(text: str) -> None:
    parse(text)
    core(text)
    spoilt(text)


def test_published_frames_have_the_published_sums() -> None:
    for frame in ("941AY0AZFDFD", "940AY0AZFDFE", "96AZFEF6", "97AZFEF5"):
        assert not spoilt(frame)
    assert spoilt("941AY0AZFDFE")


@pytest.mark.parametrize(("names", "hidden"), [(("AD",), "AA21|AD***|"), (("AA", "AD"), "AA***|AD***|")])
def test_only_what_is_named_is_masked(names: tuple[str, ...], hidden: str) -> None:
    assert masked("63" + "0" * 31 + "AA21|AD4711|", *names).endswith(hidden)
