"""Telling a scanner from a person by time alone."""

from hypothesis import given
from hypothesis import strategies as st

from kiosk.screens.typing_in import BURST, Code, Digits, Enter, Typed, Typing


def typed(text: str, gap: float, *, pin: bool, enter: bool = True, after: float = 1.0) -> list[Typed]:
    """Type a text with `gap` seconds between its characters, and let time pass before Enter."""
    typing, now, done = Typing(), 100.0, list[Typed]()
    for character in text:
        done += typing.character(character, now, pin=pin)
        now += gap
        if gap > BURST:
            done += typing.tick(now, pin=pin)
    if enter:
        done += typing.enter(now, pin=pin)
    return done + typing.tick(now + after, pin=pin)


digits = st.text("0123456789", min_size=2, max_size=14)


@given(digits, st.floats(0, BURST * 0.9))
def test_a_burst_with_enter_is_a_code_even_on_the_pin_screen(text, gap):
    assert typed(text, gap, pin=True) == [Code(text)]
    assert typed(text, gap, pin=False) == [Code(text)]


@given(digits, st.floats(0, BURST * 0.9))
def test_a_burst_that_was_cut_short_never_reaches_the_pin(text, gap):
    assert typed(text, gap, pin=True, enter=False) == []


@given(digits, st.floats(BURST * 1.2, 2.0))
def test_a_persons_digits_reach_the_pin_in_order(text, gap):
    done = typed(text, gap, pin=True)
    assert "".join(each.text for each in done if isinstance(each, Digits)) == text
    assert done[-1] == Enter()
    assert not any(isinstance(each, Code) for each in done)


def test_a_persons_last_digit_and_a_quick_enter_both_count():
    typing = Typing()
    typing.character("7", 5.0, pin=True)
    assert typing.enter(5.01, pin=True) == [Digits("7"), Enter()]


def test_letters_are_nothing_to_the_pin():
    assert typed("x", 1.0, pin=True) == [Enter()]


def test_a_code_typed_by_hand_is_a_code_elsewhere():
    assert typed("30001", 0.4, pin=False) == [Code("30001")]


def test_what_was_begun_long_ago_is_forgotten():
    typing = Typing()
    typing.character("1", 0.0, pin=False)
    typing.character("2", 60.0, pin=False)
    assert typing.enter(60.5, pin=False) == [Code("2")]


@given(st.text(max_size=500))
def test_codes_have_a_longest_length(text):
    typing = Typing()
    typing.character(text, 0.0, pin=False)
    for each in typing.enter(0.01, pin=False):
        assert not isinstance(each, Code) or len(each.text) <= 64
