"""Ids: what a code can be, and what can be no id at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ids import Code, IdRules

RULES = IdRules(patron_prefix="21", patron_length=8, item_prefix="31", item_pattern=r"\d{8,14}")


def test_the_rules_tell_patrons_from_items() -> None:
    assert RULES.classify("21000001") == Code(patron="21000001")
    assert RULES.classify("3100000123") == Code(item="3100000123")


def test_without_rules_a_code_can_be_either() -> None:
    assert IdRules().classify("X-17") == Code(patron="X-17", item="X-17")


def test_what_fits_no_rule_is_bad() -> None:
    assert RULES.classify("99").bad
    assert RULES.classify("2100000").bad


@pytest.mark.parametrize("code", [" 21000001", "21000001  "])
def test_blanks_around_it_do_no_harm(code: str) -> None:
    assert RULES.classify(code).patron == "21000001"


@pytest.mark.parametrize(
    "code",
    ["", "   ", "1|2", "1\r2", "21000001\n", "\x1d31", "\u202e31", "\u200b31", "\ud800", "\u2028", "x" * 65],
)
def test_what_can_be_no_id(code: str) -> None:
    assert IdRules().classify(code) == Code()
    assert IdRules().classify(code).bad


def test_64_characters_are_enough() -> None:
    assert IdRules().item_of("x" * 64) == "x" * 64


@given(st.text())
def test_what_passes_can_do_no_harm_to_a_message(code: str) -> None:
    passed = IdRules().item_of(code)
    if passed is not None:
        assert passed.isprintable()
        assert "|" not in passed
        assert passed in code
        assert 1 <= len(passed) <= 64


def test_a_wrong_rule_is_named() -> None:
    with pytest.raises(ValueError, match="item_pattern"):
        IdRules(item_pattern="(")
    with pytest.raises(ValueError, match="patron_length"):
        IdRules(patron_length=-1)
