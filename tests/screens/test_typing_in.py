"""Telling a scanner from a person by time alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.screens.typing_in import AFTER, BURST, Code, Enter, Keyed, Space, To, Typed, Typing

HELD_BACK = (To.PIN, To.TEXT)


def typed(text: str, gap: float, to: To, *, enter: bool = True, after: float = 1.0) -> list[Typed]:
    """Type a text with `gap` seconds between its characters, and let time pass after it."""
    typing, now, done = Typing(), 100.0, list[Typed]()
    for character in text:
        typing.character(character, now, to)
        now += gap
        if gap > BURST:
            done += typing.tick(now)
    if enter:
        done += typing.enter(now)
    return done + typing.tick(now + after)


digits = st.text("0123456789", min_size=2, max_size=14)
codes = st.text("0123456789 AB-", min_size=4, max_size=14).filter(lambda text: not text.isspace())


@given(codes, st.floats(0, BURST * 0.9), st.sampled_from(To))
def test_a_burst_with_enter_is_a_code_everywhere_and_nothing_else(text, gap, to):
    assert typed(text, gap, to) == [Code(text)]


@given(digits, st.floats(0, BURST * 0.9))
def test_a_burst_that_was_cut_short_never_reaches_the_pin(text, gap):
    assert typed(text, gap, To.PIN, enter=False) == []


@given(codes, st.floats(0, BURST * 0.9))
def test_a_burst_that_was_cut_short_never_reaches_a_text_field(text, gap):
    assert typed(text, gap, To.TEXT, enter=False) == []


@pytest.mark.parametrize("to", HELD_BACK)
def test_a_code_that_waits_for_a_slow_frame_stays_in_one_piece(to):
    """The window lets go only after it has looked for further characters."""
    typing = Typing()
    typing.character("3", 1.0, to)
    for character in "0001":
        typing.character(character, 1.4, to)
    assert typing.enter(1.4) == [Code("30001")]


@given(digits, st.floats(BURST * 1.2, 2.0))
def test_a_persons_digits_reach_the_pin_in_order(text, gap):
    done = typed(text, gap, To.PIN)
    assert "".join(each.text for each in done if isinstance(each, Keyed)) == text
    assert done[-1] == Enter()
    assert not any(isinstance(each, Code) for each in done)


@given(st.text("abc 1.-", min_size=1, max_size=14), st.floats(BURST * 1.2, 2.0))
def test_a_persons_characters_reach_a_text_field_in_order(text, gap):
    done = typed(text, gap, To.TEXT)
    assert "".join(each.text for each in done if isinstance(each, Keyed)) == text
    assert done[-1] == Enter()


def test_fingers_may_roll_over_the_keys_of_a_text():
    typing = Typing()
    for at, character in enumerate("the"):
        typing.character(character, 1 + at * 0.03, To.TEXT)
    assert typing.tick(2) == [Keyed("the")]


def test_a_persons_last_digit_and_a_quick_enter_both_count():
    typing = Typing()
    typing.character("7", 5.0, To.PIN)
    assert typing.enter(5.01) == [Keyed("7"), Enter()]


def test_letters_are_nothing_to_the_pin():
    assert typed("x", 1.0, To.PIN) == [Enter()]


def test_a_code_typed_by_hand_is_a_code_elsewhere():
    assert typed("30001", 0.4, To.CODE) == [Code("30001")]


def test_what_was_begun_long_ago_is_forgotten():
    typing = Typing()
    typing.character("1", 0.0, To.CODE)
    typing.character("2", 60.0, To.CODE)
    assert typing.enter(60.5) == [Code("2")]
    typing.character("3", 70.0, To.CODE)
    assert typing.enter(90.0) == [Enter()]


def test_what_was_typed_before_the_pin_was_asked_for_is_not_of_the_pin():
    typing = Typing()
    typing.character("1", 0.0, To.CODE)
    typing.character("9", 1.0, To.PIN)
    assert typing.tick(2.0) == [Keyed("9")]
    typing.character("1", 3.0, To.CODE)
    assert typing.tick(4.0) == []


def test_a_code_stays_whole_although_the_pin_is_asked_for_in_the_middle_of_it():
    typing = Typing()
    for at, character in enumerate("30001"):
        typing.character(character, at * 0.01, To.CODE if at < 2 else To.PIN)
    assert typing.enter(0.05) == [Code("30001")]


def test_the_second_enter_of_a_scanner_that_sends_two_is_nobodys():
    typing = Typing()
    for at, character in enumerate("30001"):
        typing.character(character, at * 0.01, To.CODE)
    assert typing.enter(0.05) == [Code("30001")]
    assert typing.enter(0.06) == []
    assert typing.enter(0.05 + AFTER * 1.1) == [Enter()]


@pytest.mark.parametrize("to", [To.CODE, To.PIN])
def test_space_alone_is_ok_and_inside_a_code_it_is_a_character(to):
    assert typed(" ", 1.0, to, enter=False) == [Space()]
    assert typed(" 30001", 0.01, to) == [Code(" 30001")]


def test_space_is_a_character_of_a_text():
    assert typed(" ", 1.0, To.TEXT, enter=False) == [Keyed(" ")]


@given(st.text(max_size=500), st.sampled_from(To))
def test_codes_have_a_longest_length(text, to):
    typing = Typing()
    typing.character(text, 0.0, to)
    for each in typing.enter(0.01):
        assert not isinstance(each, Code) or len(each.text) <= 64
